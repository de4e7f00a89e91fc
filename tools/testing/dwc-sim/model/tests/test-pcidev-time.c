// SPDX-License-Identifier: GPL-2.0
/* A guest's accesses in virtual time: what each costs, and when it arrives. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

/* Odd numbers, to tell them apart; the wire takes 0 to 5 ns. */
static const struct board costs = {
	.link_gen = 5, .link_lanes = 16, .mps = 256, .mrrs = 512, .rcb = 64, .framing = 8,
	.header_host = 12, .header_bar = 12, .latency_down = 1000, .latency_up = 300,
	.posted_credits = 1 << 20, .host_read = 70, .ep_read = 70, .reg_read = 50,
	.store_bytes = 8, .store_rc = 110, .store_ep = 90, .local_read = 40, .local_write = 20,
	.msi = 500, .line = 600, .eng_tags = 1,
};

/* A register that keeps what is written: the done IMWr address of the read half. */
#define reg_free	0xccu

#define LANES	5		/* ns, at most, on the wire */

static struct board board;
static struct calendar calendar;

static void forget(void *arg)
{
	(void)arg;
	fx_board = NULL;
	calendar_free(&calendar);
}

static void with_costs(void)
{
	board = costs;
	fx_board = &board;
	harness_defer(forget, NULL);
}

/* A guest whose kicks plan events, and that has no calendar to obey. */
static struct guest *boot_in(struct sim *sim, enum side side)
{
	struct guest *g;
	unsigned int i;

	EXPECT_EQ(calendar_init(&calendar, &sim->clock, &sim->report), 0);
	g = guest_new(sim, side);
	pcidev_in_time(&g->dev, &calendar);
	for (i = 0; i < GUEST_STEPS; i++)
		guest_step(g, i);
	guest_give_buffers(g, 10);
	return g;
}

static struct guest *boot(enum side side)
{
	with_costs();
	return boot_in(fx_linked(), side);
}

/* A command of @size bytes, with its part for the delay: where that is. */
static uint8_t *give_bar(struct guest *g, unsigned int op, unsigned int bar, uint64_t addr,
			 uint32_t size, bool read)
{
	unsigned int head = g->next_desc;
	size_t at = GUEST_DATA + 8192 * head;

	g->next_desc += 3;
	guest_header(g, at, op, bar, addr, size);
	guest_desc(g, QUEUE_CMD, head, GUEST_GPA + at, 16 + (read ? 0 : size), DESC_NEXT,
		   head + (read ? 1 : 2));
	guest_desc(g, QUEUE_CMD, head + 1, GUEST_GPA + at + 16, size, DESC_NEXT | DESC_WRITE, head + 2);
	guest_desc(g, QUEUE_CMD, head + 2, GUEST_GPA + at + 8000, 8, DESC_WRITE, 0);
	guest_publish(g, QUEUE_CMD, head);
	g->dev.vhost.kick(&g->dev.vhost, QUEUE_CMD);
	return g->mem + at + 8000;
}

static uint8_t *give(struct guest *g, unsigned int op, uint64_t addr, uint32_t size, bool read)
{
	return give_bar(g, op, 0, addr, size, read);
}

static bool near(uint64_t got, uint64_t want)
{
	if (got >= want && got <= want + LANES)
		return true;
	harness_note("%llu ns, wanted %llu", (unsigned long long)got, (unsigned long long)want);
	return false;
}

/* Virtual time goes on to @ns from now. */
static void pass(struct guest *g, uint64_t ns)
{
	struct clock *c = &g->sim->clock;
	uint64_t end = c->now + ns;

	while (events_next(&c->events) <= end) {
		clock_advance(c, events_next(&c->events));
		clock_run_due(c);
	}
	clock_advance(c, end);
}

static struct sim *expect_read(enum side side, unsigned int op, uint64_t addr, uint32_t size, uint64_t ns)
{
	struct guest *g = boot(side);
	uint8_t *delay = give(g, op, addr, size, true);
	uint64_t first = get_le(delay, 8), more;

	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 0);
	pass(g, first);
	more = get_le(delay, 8);
	EXPECT(near(first + (guest_used_idx(g, QUEUE_CMD) ? 0 : more), ns));
	if (!guest_used_idx(g, QUEUE_CMD))
		pass(g, more);
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 1);
	return g->sim;
}

TEST(pcidev_time_host_reads)
{
	expect_read(SIDE_RC, CFG_READ, 0, 4, 1000 + 50 + 300);
}

/* What is behind a BAR, memory or registers, has a time of its own. */
TEST(pcidev_time_host_reads_a_bar)
{
	struct guest *g;

	with_costs();
	board.ep_read = 77;
	g = boot_in(fx_start(), SIDE_RC);
	/* the machine was off in between: its driver enables the device anew */
	fx_enumerate(g->sim);
	EXPECT(near(get_le(give_bar(g, MMIO_READ, BAR_CTRL, 0, 4, true), 8), 1000 + 77 + 300));
	pass(g, 5000);
	EXPECT(near(get_le(give_bar(g, MMIO_READ, BAR_DMA, 8, 4, true), 8), 1000 + 50 + 300));
	pass(g, 5000);
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 2);
}

TEST(pcidev_time_endpoint_reads_a_register)
{
	expect_read(SIDE_EP, MMIO_READ, EP_DBI, 4, 40);
}

TEST(pcidev_time_endpoint_reads_the_host)
{
	struct sim *sim = expect_read(SIDE_EP, MMIO_READ, EP_WINDOW, 4, 300 + 70 + 1000);

	EXPECT_EQ(fx_violations(sim, "outbound-no-window"), 1);
}

/* Each 8 bytes are a round trip. */
TEST(pcidev_time_long_reads_are_many)
{
	struct guest *g = boot(SIDE_EP);
	uint8_t *delay = give(g, MMIO_READ, EP_DBI, 64, true);

	EXPECT(near(get_le(delay, 8), 8 * 40));
	pass(g, 8 * 40);
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 1);
}

/* A store is over for the CPU long before it arrives, and the buffer is free at once. */
TEST(pcidev_time_endpoint_store_arrives_later)
{
	struct guest *g = boot(SIDE_EP);
	struct sim *sim = g->sim;
	uint8_t *delay;

	put_le(g->mem + GUEST_DATA + 16, 0x12345678, 4);
	delay = give(g, MMIO_WRITE, EP_DMA + reg_free, 4, false);
	EXPECT_EQ(get_le(delay, 8), 20);
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 1);
	/* what the guest does to its buffer now is of no matter */
	put_le(g->mem + GUEST_DATA + 16, 0, 4);
	EXPECT_EQ(ep_read(sim, EP_DMA + reg_free), 0);
	pass(g, 19);
	EXPECT_EQ(ep_read(sim, EP_DMA + reg_free), 0);
	pass(g, 1);
	EXPECT_EQ(ep_read(sim, EP_DMA + reg_free), 0x12345678);
}

TEST(pcidev_time_host_stores_are_issued_one_by_one)
{
	struct guest *g = boot(SIDE_RC);
	uint8_t *delay = give(g, MMIO_WRITE, 0, 4096, false);

	EXPECT(near(get_le(delay, 8), 512 * 110));
	EXPECT(near(events_next(&g->sim->clock.events), 512 * 110 + 1000));
	pass(g, 512 * 110 + 1000 + LANES);
	EXPECT_EQ(fx_violations(g->sim, "bar-memory-off"), 1);
}

TEST(pcidev_time_stores_wait_for_the_link)
{
	struct guest *g = boot(SIDE_RC);
	uint8_t *delay;

	g->sim->board.store_rc = 0;
	g->sim->board.posted_credits = 0;
	delay = give(g, MMIO_WRITE, 0, 4096, false);
	/* 512 TLPs of 28 bytes, at 504 Gbit/s */
	EXPECT(near(get_le(delay, 8), 512 * 28 * 8 / 504));
	pass(g, 5000);
	EXPECT_EQ(fx_violations(g->sim, "bar-memory-off"), 1);
}

TEST(pcidev_time_configuration_writes_are_confirmed)
{
	struct guest *g = boot(SIDE_RC);

	EXPECT(near(get_le(give(g, CFG_WRITE, 4, 2, false), 8), 110 + 1000 + 50 + 300));
	pass(g, 5000);
}

/* Nothing passes anything: a read comes after the stores before it. */
TEST(pcidev_time_a_read_pushes_stores)
{
	struct guest *g = boot(SIDE_EP);

	g->sim->board.local_write = g->sim->board.local_read = 30;
	put_le(g->mem + GUEST_DATA + 16, 0xabcd, 4);
	give(g, MMIO_WRITE, EP_DMA + reg_free, 4, false);
	give(g, MMIO_READ, EP_DMA + reg_free, 4, true);
	pass(g, 100);
	EXPECT_EQ(get_le(g->mem + GUEST_DATA + 8192 * 3 + 16, 4), 0xabcd);
}

TEST(pcidev_time_a_guest_without_the_delay_is_refused)
{
	struct guest *g = boot(SIDE_EP);

	guest_header(g, GUEST_DATA, MMIO_READ, 0, EP_DBI, 4);
	guest_desc(g, QUEUE_CMD, 0, GUEST_GPA + GUEST_DATA, 16, DESC_NEXT, 1);
	guest_desc(g, QUEUE_CMD, 1, GUEST_GPA + GUEST_DATA + 16, 4, DESC_WRITE, 0);
	guest_publish(g, QUEUE_CMD, 0);
	g->dev.vhost.kick(&g->dev.vhost, QUEUE_CMD);
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 1);
	EXPECT_EQ(fx_violations(g->sim, "virtio-malformed"), 1);
}

/* ------------------------------------------------ notifications in band */

#define VRING_KICK	35
#define SET_BACKEND_FD	21
#define INBAND		(BIT_ULL(5) | BIT_ULL(14))

static uint64_t asked(struct guest *g, uint32_t req)
{
	uint64_t v = 0;

	guest_send(g, req, VERSION, "", 0, NULL, 0);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(guest_reply(g, &v));
	return v;
}

TEST(pcidev_time_offers_notifications_in_band)
{
	struct guest *g = boot(SIDE_EP);

	EXPECT_EQ(asked(g, GET_PROTOCOL_FEATURES) & INBAND, INBAND);
	EXPECT_EQ(asked(g, GET_FEATURES) & 1, 1);
}

TEST(pcidev_time_wall_clock_offers_none)
{
	struct guest *g = guest_boot(fx_power_on(NULL), SIDE_EP);

	EXPECT_EQ(asked(g, GET_PROTOCOL_FEATURES) & INBAND, 0);
	EXPECT_EQ(asked(g, GET_FEATURES) & 1, 0);
	guest_send_state(g, VRING_KICK, QUEUE_CMD, 0);
	EXPECT(guest_dropped(g));
}

/* The answer to a kick comes when the commands are taken note of. */
TEST(pcidev_time_a_kick_is_answered)
{
	struct guest *g = boot(SIDE_EP);
	uint8_t payload[8] = { QUEUE_CMD };
	uint64_t v = 1;

	guest_header(g, GUEST_DATA, MMIO_READ, 0, EP_DBI, 4);
	guest_desc(g, QUEUE_CMD, 0, GUEST_GPA + GUEST_DATA, 16, DESC_NEXT, 1);
	guest_desc(g, QUEUE_CMD, 1, GUEST_GPA + GUEST_DATA + 16, 4, DESC_NEXT | DESC_WRITE, 2);
	guest_desc(g, QUEUE_CMD, 2, GUEST_GPA + GUEST_DATA + 32, 8, DESC_WRITE, 0);
	guest_publish(g, QUEUE_CMD, 0);
	guest_send(g, VRING_KICK, VERSION | NEED_REPLY, payload, sizeof(payload), NULL, 0);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(guest_reply(g, &v));
	EXPECT_EQ(v, 0);
	EXPECT_EQ(get_le(g->mem + GUEST_DATA + 32, 8), 40);
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 0);
	pass(g, 40);
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 1);
}

/* An interrupt is a call that the guest answers; a level has its latency first. */
TEST(pcidev_time_a_line_is_a_call_in_band)
{
	struct guest *g = boot(SIDE_EP);
	uint8_t call[20], reply[20] = { 0 };
	struct guest_irq irq;
	int sv[2];

	if (!EXPECT(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv)))
		return;
	guest_send_fd(g, SET_BACKEND_FD, 0, sv[1]);
	close(sv[1]);
	EXPECT(pcidev_readable(&g->dev));
	/* the answer is there before the question: the model waits for it in the call */
	put_le(reply + 4, VERSION | 4, 4);
	put_le(reply + 8, 8, 4);
	EXPECT_EQ(send(sv[0], reply, sizeof(reply), 0), sizeof(reply));

	irq_line(&g->sim->irq, LINE_EDMA, true);
	pcidev_touch(&g->dev);
	pass(g, costs.line - 1);
	EXPECT(!guest_take_irq(g, &irq));
	pass(g, 1);
	EXPECT(guest_take_irq(g, &irq));
	EXPECT_EQ(irq.op, IRQ_INT);
	EXPECT_EQ(recv(sv[0], call, sizeof(call), MSG_DONTWAIT), sizeof(call));
	EXPECT_EQ(get_le(call, 4), 4);
	EXPECT_EQ(get_le(call + 12, 4), QUEUE_IRQ);
	EXPECT(!g->dev.vhost.why);
	close(sv[0]);
}
