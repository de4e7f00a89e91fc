// SPDX-License-Identifier: GPL-2.0
/* The calendar: who runs when, up to when, and what happens when nobody can. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calendar-msg.h"
#include "harness.h"

enum { ACK, START, WAIT = 3, UPDATE = 5, RUN, GET_TOD = 8 };

struct msg {
	uint32_t op, seq;
	uint64_t time;
};

/* A guest: its end of the connection, and the shared memory once it has it. */
struct peer {
	int fd;
	struct calendar_shm *shm;
	struct shm_client *me;
	uint16_t id;
};

static struct calendar cal;
static struct clock clk;
static struct report report;
static struct peer peer[NR_SIDES];
static unsigned int order[16], nr_order;

static void end(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < NR_SIDES; i++) {
		if (peer[i].shm)
			munmap(peer[i].shm, sizeof(*peer[i].shm));
		if (peer[i].fd >= 0)
			close(peer[i].fd);
	}
	calendar_free(&cal);
	events_free(&clk.events);
}

static void say(unsigned int side, uint32_t op, uint64_t time)
{
	static uint32_t seq;
	struct msg m = { op, ++seq, time };

	EXPECT_EQ(send(peer[side].fd, &m, sizeof(m), 0), sizeof(m));
}

/* The model reads whatever there is. */
static void look(void)
{
	struct pollfd pfd[CALENDAR_FDS];

	calendar_watch(&cal, pfd);
	if (poll(pfd, CALENDAR_FDS, 0) > 0)
		calendar_look(&cal, pfd);
}

static void dial(unsigned int side)
{
	int sv[2];

	if (!EXPECT(!socketpair(AF_UNIX, SOCK_STREAM, 0, sv)))
		exit(2);
	peer[side].fd = sv[0];
	calendar_accept(&cal, sv[1]);
	say(side, START, side + 1);
	look();
}

static struct msg hear(unsigned int side, int *fd)
{
	char control[CMSG_SPACE(2 * sizeof(int))];
	struct msg m = { .op = 99 };
	struct iovec iov = { &m, sizeof(m) };
	struct msghdr h = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	int fds[2];

	if (recvmsg(peer[side].fd, &h, MSG_DONTWAIT) != sizeof(m))
		return (struct msg){ .op = 99 };
	c = CMSG_FIRSTHDR(&h);
	if (c) {
		memcpy(fds, CMSG_DATA(c), sizeof(fds));
		close(fds[1]);
		if (fd)
			*fd = fds[0];
	}
	return m;
}

/* The guest is told that it is on: it has the shared memory. */
static bool is_on(unsigned int side)
{
	struct peer *p = &peer[side];
	int fd = -1;
	struct msg m = hear(side, &fd);

	if (m.op != ACK || fd < 0)
		return false;
	p->id = (uint16_t)m.time;
	p->shm = mmap(NULL, sizeof(*p->shm), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	p->me = &p->shm->client[p->id];
	p->me->capa |= SHM_TIME_SHARE;
	return true;
}

/* It is at @now, wants to go on at @next, and waits. */
static void wait_until(unsigned int side, uint64_t now, uint64_t next)
{
	struct peer *p = &peer[side];

	if (!EXPECT(p->shm != NULL))
		return;
	p->shm->current_time = now;
	p->me->flags |= SHM_REQ_RUN;
	p->me->req_time = next;
	say(side, WAIT, 0);
	look();
}

static void start(void)
{
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++)
		peer[i] = (struct peer){ .fd = -1 };
	nr_order = 0;
	memset(&report, 0, sizeof(report));
	clock_init(&clk, true);
	EXPECT_EQ(calendar_init(&cal, &clk, &report), 0);
	harness_defer(end, NULL);
}

static void note(void *arg, uint64_t n)
{
	(void)arg;
	order[nr_order++] = (unsigned int)n;
}

static bool runs(unsigned int side)
{
	struct msg m = hear(side, NULL);

	if (m.op != RUN || !peer[side].shm)
		return false;
	/* as the guest does it */
	peer[side].me->flags &= ~SHM_REQ_RUN;
	EXPECT_EQ(peer[side].shm->running_id, peer[side].id);
	return true;
}

/* Both are on, the host since @host_at. */
static void both(uint64_t host_at)
{
	start();
	cal.guest[SIDE_RC].on_at = host_at;
	dial(SIDE_EP);
	dial(SIDE_RC);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT(is_on(host_at ? SIDE_EP : SIDE_RC));
	wait_until(host_at ? SIDE_EP : SIDE_RC, 0, SHM_NEVER);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT(is_on(host_at ? SIDE_RC : SIDE_EP));
	wait_until(host_at ? SIDE_RC : SIDE_EP, host_at, SHM_NEVER);
}

TEST(calendar_no_time_passes_before_all_are_there)
{
	start();
	clock_at(&clk, 1, "x", note, NULL, 1);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_BUSY);
	dial(SIDE_EP);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_BUSY);
	dial(SIDE_RC);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT_EQ(clk.now, 0);
}

TEST(calendar_a_guest_is_switched_on_at_its_time)
{
	start();
	cal.guest[SIDE_RC].on_at = 1000;
	dial(SIDE_RC);
	dial(SIDE_EP);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT(is_on(SIDE_EP));
	EXPECT(!is_on(SIDE_RC));
	EXPECT_EQ(peer[SIDE_EP].shm->free_until, 1000);
	wait_until(SIDE_EP, 10, SHM_NEVER);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT(is_on(SIDE_RC));
	EXPECT_EQ(clk.now, 1000);
	EXPECT_EQ(peer[SIDE_RC].shm->current_time, 1000);
}

TEST(calendar_one_runs_at_a_time_the_earliest_first)
{
	both(0);
	wait_until(SIDE_RC, 0, 500);
	wait_until(SIDE_EP, 0, 300);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT(runs(SIDE_EP));
	EXPECT(!runs(SIDE_RC));
	EXPECT_EQ(clk.now, 300);
	EXPECT_EQ(peer[SIDE_EP].shm->free_until, 500);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_BUSY);
	wait_until(SIDE_EP, 400, SHM_NEVER);
	EXPECT_EQ(clk.now, 400);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT(runs(SIDE_RC));
}

TEST(calendar_ties_the_model_then_the_host)
{
	both(0);
	wait_until(SIDE_EP, 0, 300);
	wait_until(SIDE_RC, 0, 300);
	clock_at(&clk, 300, "x", note, NULL, 1);
	clock_at(&clk, 300, "y", note, NULL, 2);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT_EQ(nr_order, 2);
	EXPECT_EQ(order[0], 1);
	EXPECT(!runs(SIDE_RC));
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT(runs(SIDE_RC));
	EXPECT(!runs(SIDE_EP));
}

/* The time in a message is the guest's own, that in the memory is the calendar's. */
TEST(calendar_run_has_the_guests_own_time)
{
	struct msg m;

	both(1000);
	wait_until(SIDE_RC, 1000, 1500);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	m = hear(SIDE_RC, NULL);
	EXPECT_EQ(m.op, RUN);
	EXPECT_EQ(m.time, 500);
	EXPECT_EQ(peer[SIDE_RC].shm->current_time, 1500);
}

TEST(calendar_new_events_cut_a_run_short)
{
	both(0);
	wait_until(SIDE_EP, 0, 100);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
	EXPECT(runs(SIDE_EP));
	peer[SIDE_EP].shm->current_time = 150;
	calendar_sync(&cal);
	EXPECT_EQ(clk.now, 150);
	clock_after(&clk, 50, "x", note, NULL, 1);
	EXPECT(peer[SIDE_EP].shm->free_until > 200);
	calendar_freshen(&cal);
	EXPECT_EQ(peer[SIDE_EP].shm->free_until, 200);
}

TEST(calendar_a_guest_that_lies_about_the_time)
{
	both(0);
	wait_until(SIDE_RC, 0, 500);
	wait_until(SIDE_EP, 0, 100);
	calendar_step(&cal);
	EXPECT(runs(SIDE_EP));
	peer[SIDE_EP].shm->current_time = 9999;
	calendar_sync(&cal);
	EXPECT_EQ(clk.now, 500);
	peer[SIDE_EP].shm->current_time = 3;
	calendar_sync(&cal);
	EXPECT_EQ(clk.now, 500);
	EXPECT_EQ(report.violations.total, 2);
}

TEST(calendar_deadlock_is_seen)
{
	char text[200] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");

	both(0);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DEADLOCK);
	calendar_explain(&cal, f);
	fclose(f);
	EXPECT_STR(text, "dwc-sim: rc waits for an interrupt and has no timer\n"
			 "dwc-sim: ep waits for an interrupt and has no timer\n");
	clock_at(&clk, 10, "x", note, NULL, 1);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
}

TEST(calendar_time_is_up)
{
	both(0);
	cal.until = 1000;
	wait_until(SIDE_EP, 0, 1001);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_LATE);
	wait_until(SIDE_RC, 0, 1000);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DID);
}

TEST(calendar_guests_that_leave)
{
	both(0);
	wait_until(SIDE_EP, 0, 100);
	calendar_step(&cal);
	EXPECT(runs(SIDE_EP));
	close(peer[SIDE_EP].fd);
	peer[SIDE_EP].fd = -1;
	look();
	EXPECT_EQ(cal.guest[SIDE_EP].state, GUEST_GONE);
	EXPECT_EQ(calendar_step(&cal), CALENDAR_DEADLOCK);
	close(peer[SIDE_RC].fd);
	peer[SIDE_RC].fd = -1;
	look();
	EXPECT_EQ(calendar_step(&cal), CALENDAR_OVER);
}

TEST(calendar_strangers)
{
	int sv[2];

	start();
	dial(SIDE_EP);
	EXPECT(!socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	calendar_accept(&cal, sv[1]);
	peer[SIDE_RC].fd = sv[0];
	say(SIDE_RC, START, 7);
	look();
	EXPECT_EQ(report.violations.total, 1);
	EXPECT_EQ(cal.guest[SIDE_RC].state, GUEST_ABSENT);
	EXPECT_EQ(recv(sv[0], &(char){ 0 }, 1, MSG_DONTWAIT), 0);
}

TEST(calendar_time_of_day_is_the_same_in_each_run)
{
	struct msg m;

	both(1000);
	wait_until(SIDE_RC, 1000, 1500);
	calendar_step(&cal);
	EXPECT(runs(SIDE_RC));
	say(SIDE_RC, GET_TOD, 0);
	look();
	m = hear(SIDE_RC, NULL);
	EXPECT_EQ(m.op, ACK);
	EXPECT_EQ(m.time, 1767225600ull * 1000000000 + 1500);
}
