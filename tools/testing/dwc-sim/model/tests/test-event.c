// SPDX-License-Identifier: GPL-2.0
/* The queue of events, and the two clocks behind one interface. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "harness.h"

#define MANY	1000

static uint64_t seen[MANY];
static unsigned int nr_seen;
static struct clock clk;

static void note(void *arg, uint64_t n)
{
	(void)arg;
	seen[nr_seen++] = n;
}

static void again(void *arg, uint64_t n)
{
	note(arg, n);
	if (n < 3)
		clock_after(&clk, 10, "again", again, arg, n + 1);
}

static void release(void *arg)
{
	events_free(arg);
}

static struct events *queue(void)
{
	static struct events q;

	nr_seen = 0;
	harness_defer(release, &q);
	return &q;
}

static void start(bool timed)
{
	nr_seen = 0;
	harness_defer(release, &clk.events);
	clock_init(&clk, timed);
}

TEST(event_earliest_first)
{
	static const uint64_t when[] = { 5, 1, 4, 1, 3, 9, 2, 6 };
	struct events *q = queue();
	struct event e;
	uint64_t last = 0;
	unsigned int i;

	EXPECT_EQ(events_next(q), EVENT_NEVER);
	EXPECT(!events_take(q, &e));
	for (i = 0; i < ARRAY_SIZE(when); i++)
		events_add(q, when[i], "x", note, NULL, i);
	EXPECT_EQ(events_next(q), 1);
	for (i = 0; i < ARRAY_SIZE(when); i++) {
		EXPECT(events_take(q, &e));
		EXPECT(e.when >= last);
		EXPECT_EQ(e.when, when[e.n]);
		last = e.when;
	}
	EXPECT_EQ(events_next(q), EVENT_NEVER);
}

/* Whatever else is in the queue: a heap alone does not keep the order. */
TEST(event_order_of_one_time_is_the_order_of_the_calls)
{
	struct events *q = queue();
	uint64_t next[3] = { 0 };
	struct event e;
	unsigned int i;

	for (i = 0; i < MANY; i++)
		events_add(q, i % 3, "x", note, NULL, i / 3);
	for (i = 0; i < MANY; i++) {
		EXPECT(events_take(q, &e));
		EXPECT_EQ(e.n, next[e.when]++);
	}
}

TEST(clock_virtual_time_only_moves_when_told)
{
	start(true);
	clock_after(&clk, 0, "now", note, NULL, 1);
	EXPECT_EQ(nr_seen, 0);
	clock_after(&clk, 100, "later", note, NULL, 2);
	EXPECT(clock_run_due(&clk));
	EXPECT_EQ(nr_seen, 1);
	EXPECT(!clock_run_due(&clk));
	clock_advance(&clk, 99);
	EXPECT(!clock_run_due(&clk));
	clock_advance(&clk, 100);
	EXPECT_STR(clock_run_one(&clk), "later");
	EXPECT_EQ(clk.ran, 2);
	/* what is past is now */
	clock_at(&clk, 7, "past", note, NULL, 3);
	EXPECT_EQ(events_next(&clk.events), 100);
}

TEST(clock_an_event_can_cause_the_next)
{
	start(true);
	clock_after(&clk, 10, "again", again, NULL, 1);
	while (events_next(&clk.events) != EVENT_NEVER) {
		clock_advance(&clk, events_next(&clk.events));
		clock_run_due(&clk);
	}
	EXPECT_EQ(nr_seen, 3);
	EXPECT_EQ(clk.now, 30);
}

TEST(clock_wall_clock_does_at_once_what_is_due)
{
	start(false);
	clock_tick(&clk);
	clock_after(&clk, 0, "now", note, NULL, 1);
	EXPECT_EQ(nr_seen, 1);
	EXPECT_EQ(clk.ran, 1);
	clock_after(&clk, 1000000000000, "later", note, NULL, 2);
	EXPECT_EQ(nr_seen, 1);
	EXPECT(!clock_run_due(&clk));
}

/* A bug of ours ends the process: SIGABRT. */
static bool aborts(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		signal(SIGABRT, SIG_DFL);
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void read_host_clock(void)
{
	clock_tick(&clk);
}

static void go_back(void)
{
	clock_advance(&clk, 4);
}

static void skip_event(void)
{
	clock_at(&clk, 10, "x", note, NULL, 0);
	clock_advance(&clk, 11);
}

TEST(clock_no_host_clock_in_virtual_time)
{
	start(true);
	clock_advance(&clk, 5);
	EXPECT(aborts(read_host_clock));
	EXPECT(aborts(go_back));
	EXPECT(aborts(skip_event));
}
