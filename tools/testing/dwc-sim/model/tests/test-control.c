// SPDX-License-Identifier: GPL-2.0
/* The command socket: commands, their answers, waiting, and clients that misbehave. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "driver.h"

static char answer[65536];

/* One command, answered. Returns the answer. */
static const char *command(struct sim *sim, const char *line)
{
	char *text = control_command(sim, line);

	snprintf(answer, sizeof(answer), "%s", text);
	free(text);
	EXPECT_EQ(answer[strlen(answer) - 1], '\n');
	EXPECT(strchr(answer, '\n') == answer + strlen(answer) - 1);
	return answer;
}

static bool ok(struct sim *sim, const char *line)
{
	return !strncmp(command(sim, line), "{\"ok\":true", 10);
}

static bool refused(struct sim *sim, const char *line)
{
	return !strncmp(command(sim, line), "{\"ok\":false,\"error\":\"", 21);
}

TEST(control_status_shows_the_function)
{
	struct sim *sim = fx_start();

	EXPECT(ok(sim, "status"));
	EXPECT(strstr(answer, "\"profile\":\"test\""));
	EXPECT(strstr(answer, "\"link\":\"up\""));
	EXPECT(strstr(answer, "\"rc\":true,\"ep\":true"));
	EXPECT(strstr(answer, "\"mse\":true,\"bme\":true,\"msi_enabled\":true,\"msix_enabled\":false,\"msi_vectors\":32"));
	EXPECT(strstr(answer, "\"mrrs\":512"));
	EXPECT(strstr(answer, "{\"size\":262144,\"addr\":21207449600}"));
}

TEST(control_link)
{
	struct sim *sim = fx_power_on(NULL);

	EXPECT(ok(sim, "link up"));
	EXPECT(sim->link_up);
	EXPECT(ok(sim, "link down"));
	EXPECT(!sim->link_up);
	EXPECT(refused(sim, "link"));
	EXPECT(refused(sim, "link sideways"));
	EXPECT(refused(sim, "link up now"));
	sim_machine_off(sim, SIDE_EP);
	EXPECT(refused(sim, "link up"));
	EXPECT(strstr(answer, "no endpoint"));
}

TEST(control_link_waits_for_the_glue)
{
	struct sim *sim = fx_glue();

	EXPECT(ok(sim, "link up"));
	EXPECT(ok(sim, "status"));
	EXPECT(strstr(answer, "\"link\":\"down\""));
	ep_write(sim, EP_APP, 1);
	EXPECT(ok(sim, "status"));
	EXPECT(strstr(answer, "\"link\":\"up\""));
	EXPECT(ok(sim, "link down"));
	EXPECT(!sim->link_up);
	sim_machine_off(sim, SIDE_EP);
	EXPECT(refused(sim, "link up"));
	EXPECT(strstr(answer, "no endpoint"));
}

TEST(control_counters_and_reset)
{
	struct sim *sim = dma_start();

	rc_write(sim, BAR_MW, 0, 1);
	rc_write(sim, BAR_DMA, 0x4c, 0);
	dma_single_buf(sim, DIR_WR, 0, LIE, 100);
	dma_single_buf(sim, DIR_RD, 3, LIE, 0);
	dma_run(sim);
	EXPECT(ok(sim, "counters"));
	EXPECT(strstr(answer, "{\"kind\":\"MWr\",\"initiator\":\"rc-cpu\",\"target\":\"bar2:ram\",\"tlps\":1,\"tlps_wc\":1,\"bytes\":4}"));
	EXPECT(strstr(answer, "\"sum\":{\"cpu_read\":0,\"cpu_write\":2,\"cpu_write_bytes\":8,\"dma_read_bytes\":0,\"dma_write_bytes\":100,\"msi\":0,\"doorbells\":1}"));
	EXPECT(strstr(answer, "\"rc_regs\":{\"edma.wr_int_status\":{\"r\":0,\"w\":1}}"));
	EXPECT(strstr(answer, "\"edma.wr_doorbell\":{\"r\":0,\"w\":1}"));
	EXPECT(strstr(answer, "\"wr0\":{\"runs\":1,\"elements\":1,\"empty\":0,\"lost\":0},"
			      "\"rd3\":{\"runs\":1,\"elements\":1,\"empty\":0,\"lost\":0}"));
	EXPECT(ok(sim, "counters reset"));
	EXPECT(ok(sim, "counters"));
	EXPECT(strstr(answer, "\"tlp\":[]"));
	EXPECT(strstr(answer, "\"rc_regs\":{}"));
	EXPECT(refused(sim, "counters please"));
}

TEST(control_violations_and_unknown)
{
	struct sim *sim = fx_start();

	rc_read(sim, 5, 0);
	rc_read(sim, 5, 4);
	ep_read(sim, EP_DBI + 0xe00);
	EXPECT(ok(sim, "violations"));
	EXPECT(strstr(answer, "\"total\":2,\"list\":[{\"kind\":\"bar-range\",\"detail\":\"bar5+0x0, 4 bytes, of 0x0\",\"count\":2}]"));
	EXPECT(ok(sim, "unknown"));
	EXPECT(strstr(answer, "\"total\":1,\"list\":[{\"kind\":\"dbi\",\"detail\":\"read 0xe00\",\"count\":1}]"));
	EXPECT(ok(sim, "violations clear"));
	EXPECT(ok(sim, "violations"));
	EXPECT(strstr(answer, "\"total\":0,\"list\":[]"));
	fx_unknown(sim, "dbi");
}

TEST(control_faults)
{
	struct sim *sim = fx_power_on(NULL);
	struct faults *r = &sim->faults;

	EXPECT(ok(sim, "fault irq drop 3"));
	EXPECT_EQ(r->irq_drop[SIDE_RC], 3);
	EXPECT(ok(sim, "fault irq dup 2 ep"));
	EXPECT_EQ(r->irq_dup[SIDE_EP], 2);
	EXPECT(ok(sim, "fault irq delay 4 250 rc"));
	EXPECT_EQ(r->irq_delayed[SIDE_RC], 4);
	EXPECT_EQ(r->irq_delay[SIDE_RC], 250);
	EXPECT(ok(sim, "fault dma abort wr 1 7"));
	EXPECT(r->dma[DIR_WR][1].armed && !r->dma[DIR_WR][1].llerr);
	EXPECT_EQ(r->dma[DIR_WR][1].element, 7);
	EXPECT(ok(sim, "fault dma llerr rd 2 0"));
	EXPECT(r->dma[DIR_RD][2].armed && r->dma[DIR_RD][2].llerr);
	EXPECT(ok(sim, "fault stall rd 3 on"));
	EXPECT(r->stall[DIR_RD][3]);
	EXPECT(ok(sim, "fault stall rd 3 off"));
	EXPECT(!r->stall[DIR_RD][3]);
	EXPECT(ok(sim, "fault overtake rd 2"));
	EXPECT(r->overtake[DIR_RD][2]);
	EXPECT(ok(sim, "fault engine off"));
	EXPECT_EQ(r->engine, ENGINE_DEAF);
	EXPECT(ok(sim, "fault engine on"));
	EXPECT_EQ(r->engine, ENGINE_WORKS);
	EXPECT(ok(sim, "fault engine stuck"));
	EXPECT_EQ(r->engine, ENGINE_STUCK);

	EXPECT(ok(sim, "fault clear"));
	EXPECT(r->engine == ENGINE_WORKS && !r->irq_drop[SIDE_RC] && !r->dma[DIR_WR][1].armed);
}

TEST(control_mutate_tells_what_was_changed)
{
	struct sim *sim = fx_start();

	EXPECT(ok(sim, "mutate ep start 5 1 0 0 bar2,ring"));
	rc_write(sim, BAR_MW, 0x10, 0);
	rc_write(sim, BAR_CTRL, 0x10, 0x77);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM + 0x10), 4), 0x77);
	EXPECT(ok(sim, "mutate ep"));
	EXPECT(strstr(answer, "\"active\":true,\"changes\":1,\"undone\":0,\"changed\":{\"bar2\":{"));
	EXPECT(strstr(answer, "\"seen\":{\"bar2\":1},\"recent\":[\"bar2+0x10 "));
	EXPECT(ok(sim, "mutate ep stop"));
	EXPECT(ok(sim, "mutate ep"));
	EXPECT(strstr(answer, "\"active\":false,\"changes\":1,\"undone\":1"));
	EXPECT(ok(sim, "mutate rc"));
	EXPECT(strstr(answer, "\"active\":false,\"changes\":0"));
	EXPECT(ok(sim, "mutate rc start 5 1 0 0"));
	EXPECT(ok(sim, "mutate rc stop"));
}

TEST(control_storm)
{
	struct sim *sim = fx_start();

	EXPECT(ok(sim, "fault storm ep 5 0 0x100 16"));
	EXPECT_EQ(sim->faults.storm[SIDE_EP].rate, 5);
	EXPECT_EQ(sim->faults.storm[SIDE_EP].off, 0x100);
	EXPECT(ok(sim, "fault storm rc 7"));
	EXPECT_EQ(sim->faults.storm[SIDE_RC].rate, 7);
	EXPECT(ok(sim, "fault storm ep 0"));
	EXPECT_EQ(sim->faults.storm[SIDE_EP].rate, 0);
}

TEST(control_status_tells_of_aborts)
{
	struct sim *sim = dma_start();

	EXPECT(ok(sim, "fault dma abort wr 0 0"));
	EXPECT(ok(sim, "status"));
	EXPECT(strstr(answer, "\"edma_silent\":false,\"dma_faults\":1"));
	list_buf(sim, DIR_WR, 0, CB | LIE, 16);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT(ok(sim, "status"));
	EXPECT(strstr(answer, "\"edma_silent\":true,\"dma_faults\":0"));
}

TEST(control_bad_commands_say_how)
{
	static const char * const bad[] = {
		"", " ", "hello", "fault", "fault irq", "fault irq drop", "fault irq drop x",
		"fault irq drop -1", "fault irq drop 1 me", "fault irq drop 1 rc ep",
		"fault irq delay 1", "fault irq lose 1", "fault dma", "fault dma abort",
		"fault dma abort wr 8 0", "fault dma abort up 0 0", "fault dma stop wr 0 0",
		"fault dma abort wr 0 0 0", "fault stall wr 0", "fault stall wr 9 on",
		"fault stall wr 0 maybe", "fault overtake", "fault overtake wr", "fault overtake wr 0 on",
		"fault overtake wr 8", "fault engine", "fault engine maybe", "fault engine on off",
		"fault clear now", "fault storm", "fault storm rc", "fault storm me 1", "fault storm rc 1 0 0 1",
		"fault storm ep 1001", "fault storm ep 1 0 0", "fault storm ep 1 6 0 1", "fault storm ep 1 0 2 1",
		"mutate", "mutate me", "mutate ep go", "mutate ep stop now", "mutate ep start",
		"mutate ep start 1 2 3", "mutate ep start 1 2 3 x", "mutate ep start 1 2 3 4 bar9",
		"mutate ep start 1 2 3 4 ,", "mutate ep start 1 2 3 4 bar0 bar1", "mutate ep start 1 2 9999999 4",
		"peek", "peek bar", "peek bar 6 0", "peek bar 0 zero", "peek bar 0 0 0",
		"poke bar 0 0", "peek window 0 0", "trace", "trace maybe", "trace mark",
		"violations now", "unknown clear", "rules", "break mps", "a b c d e f g h i j k l m",
	};
	struct sim *sim = fx_start();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (!EXPECT(refused(sim, bad[i])))
			harness_note("'%s'", bad[i]);
}

TEST(control_peek_and_poke_count_nothing)
{
	struct sim *sim = fx_start();

	EXPECT(ok(sim, "poke bar 2 0x100 0x600d"));
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_MW_MEM + 0x100), 4), 0x600d);
	EXPECT(ok(sim, "peek bar 2 0x100"));
	EXPECT(strstr(answer, "\"value\":24589"));
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write, 0);
	EXPECT(refused(sim, "peek bar 2 0x40000"));
	EXPECT(refused(sim, "peek bar 2 2"));
	EXPECT(refused(sim, "peek bar 5 0"));
	EXPECT(refused(sim, "peek bar 4 0"));	/* registers */
	fx_set_bar(sim, 1, 0x1000, BAR_TYPE_32);
	EXPECT(refused(sim, "peek bar 1 0"));	/* no window */
	sim_set_link(sim, false);
	EXPECT(ok(sim, "peek bar 2 0x100"));
}

TEST(control_counters_name_interrupts_by_line_and_vector)
{
	struct sim *sim = fx_start();

	sim->counters.line[LINE_EDMA] = 3;
	sim->counters.line[LINE_APP] = 1;
	counters_msi(&sim->counters, BY_EP_CPU, 0);
	counters_msi(&sim->counters, BY_EP_CPU, 31);
	EXPECT(ok(sim, "counters"));
	EXPECT(strstr(answer, "\"irq\":{\"ep.dma\":3,\"ep.app\":1,"
			      "\"rc.msi0\":1,\"rc.msi31\":1}"));
}

TEST(control_counters_name_unknown_registers_by_offset)
{
	struct sim *sim = fx_start();

	ep_read(sim, EP_DMA + 0xf0);
	EXPECT(ok(sim, "counters"));
	EXPECT(strstr(answer, "\"ep_regs\":{\"edma.0x0f0\":{\"r\":1,\"w\":0}}"));
	fx_unknown(sim, "edma");
}

TEST(control_texts_are_json_strings)
{
	struct sim *sim = fx_power_on(NULL);

	report_violation(&sim->report, "a", "quote \" back \\ bell \a");
	EXPECT(ok(sim, "violations"));
	EXPECT(strstr(answer, "\"quote \\\" back \\\\ bell \\u0007\""));
	fx_forget(sim);
}

TEST(control_trace_mark_keeps_its_blanks)
{
	struct sim *sim = fx_power_on(NULL);
	char *text = NULL;
	size_t len;

	EXPECT(refused(sim, "trace on"));
	sim->report.trace = open_memstream(&text, &len);
	EXPECT(ok(sim, "trace on"));
	EXPECT(ok(sim, "trace mark two  words"));
	EXPECT(ok(sim, "trace mark one"));
	EXPECT(ok(sim, "trace off"));
	EXPECT(ok(sim, "trace mark not shown"));
	fclose(sim->report.trace);
	sim->report.trace = NULL;
	EXPECT(strstr(text, "--- two  words\n"));
	EXPECT(strstr(text, "--- one\n"));
	EXPECT(!strstr(text, "not shown"));
	free(text);
}

/* A client and the server's end of its connection. */
static struct control control;
static int client[CONTROL_CLIENTS + 1];
static unsigned int nr_clients;

static void hang_up(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (control.client[i].fd >= 0)
			close(control.client[i].fd);
	while (nr_clients)
		close(client[--nr_clients]);
}

static bool dial(void)
{
	int sv[2];

	if (!EXPECT(!socketpair(AF_UNIX, SOCK_STREAM, 0, sv)))
		return false;
	client[nr_clients++] = sv[0];
	return control_accept(&control, sv[1]);
}

static struct sim *serve(void)
{
	struct sim *sim = fx_power_on(NULL);

	control_init(&control, sim);
	harness_defer(hang_up, NULL);
	EXPECT(dial());
	return sim;
}

/* A literal, without its final zero. */
#define say(text)	say_bytes(text, sizeof(text) - 1)

static void say_bytes(const char *text, size_t len)
{
	EXPECT_EQ(send(client[0], text, len, 0), len);
	if (control.client[0].fd >= 0)
		control_readable(&control, &control.client[0]);
}

/* What came back since last time. */
static const char *heard(void)
{
	ssize_t n = recv(client[0], answer, sizeof(answer) - 1, MSG_DONTWAIT);

	answer[n > 0 ? n : 0] = '\0';
	return answer;
}

TEST(control_commands_may_come_in_pieces)
{
	struct sim *sim = serve();

	say("link");
	say(" up");
	EXPECT_STR(heard(), "");
	control_readable(&control, &control.client[0]);		/* for nothing */
	EXPECT(control.client[0].fd >= 0);
	say("\nlink down\nlink up\nli");
	EXPECT_STR(heard(), "{\"ok\":true}\n{\"ok\":true}\n{\"ok\":true}\n");
	EXPECT(sim->link_up);
	say("nk down\n");
	EXPECT(!sim->link_up);
}

TEST(control_wait_answers_when_it_comes_true)
{
	struct sim *sim = serve();

	say("wait link=up 1000\n");
	control_check_waits(&control, 10);
	EXPECT_STR(heard(), "");
	EXPECT_EQ(control_next_deadline(&control), 1000);
	sim_set_link(sim, true);
	control_check_waits(&control, 20);
	EXPECT_STR(heard(), "{\"ok\":true}\n");
	EXPECT_EQ(control_next_deadline(&control), UINT64_MAX);
}

TEST(control_wait_fails_at_its_deadline)
{
	serve();
	say("wait link=up 50\n");
	control_check_waits(&control, 49);
	EXPECT_STR(heard(), "");
	control_check_waits(&control, 50);
	EXPECT_STR(heard(), "{\"ok\":false,\"error\":\"timeout: link is not up\"}\n");
}

TEST(control_wait_needs_a_known_key)
{
	serve();
	say("wait moon=full 50\nwait link 50\nwait link=up\nwait link=a\"b 0\n");
	control_check_waits(&control, 100);
	heard();
	EXPECT_EQ(strstr(answer, "ok\":true") != NULL, false);
	EXPECT(!strstr(answer, "a\"b"));
	EXPECT(!strncmp(answer, "{\"ok\":false,\"error\":\"wait KEY", 29));
}

TEST(control_commands_after_a_wait_are_answered_after_it)
{
	struct sim *sim = serve();

	say("wait link=up 1000\nlink down\nwait rc=true 5\nstatus\n");
	EXPECT_STR(heard(), "");
	sim_set_link(sim, true);
	control_check_waits(&control, 20);
	EXPECT(!sim->link_up);
	EXPECT_STR(heard(), "{\"ok\":true}\n{\"ok\":true}\n");
	control_check_waits(&control, 21);
	EXPECT(!strncmp(heard(), "{\"ok\":true}\n{\"ok\":true,\"profile\"", 31));
}

TEST(control_line_without_an_end_is_cut_off)
{
	char text[CONTROL_LINE_MAX];

	serve();
	memset(text, 'x', sizeof(text));
	say_bytes(text, sizeof(text));
	EXPECT_EQ(control.client[0].fd, -1);
}

TEST(control_zero_byte_in_a_line_is_survived)
{
	serve();
	say("li\0nk up\nstatus\n");
	heard();
	EXPECT(strstr(answer, "\"ok\":false"));
	EXPECT(strstr(answer, "\"profile\""));
}

TEST(control_clients_are_bounded)
{
	unsigned int i;

	serve();
	for (i = 1; i < CONTROL_CLIENTS; i++)
		EXPECT(dial());
	EXPECT(!dial());
	EXPECT_EQ(recv(client[nr_clients - 1], answer, 1, 0), 0);	/* hung up on */
	shutdown(client[0], SHUT_RDWR);
	control_readable(&control, &control.client[0]);
	EXPECT_EQ(control.client[0].fd, -1);
	close(client[--nr_clients]);
	EXPECT(dial());
}

TEST(control_client_that_does_not_read_is_dropped)
{
	unsigned int i;

	serve();
	for (i = 0; i < 10000 && control.client[0].fd >= 0; i++)
		say("status\n");
	EXPECT(i < 10000);
}
