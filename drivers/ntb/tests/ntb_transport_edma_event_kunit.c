// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Events of the remote-eDMA transport: a queue runs through every order of events,
 * and can rely on being started again whenever it is stopped.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ntb_transport_edma_event_model.h"

#define DEPTH		36	/* longest order of events that is tried */
#define MAX_STATES	131072u
#define TABLE_BITS	18
#define SETTLE_ROUNDS	24

/**
 * struct event - what can happen
 * @name: for a report
 * @happen: returns false if it cannot now
 * @relied: it happens sooner or later
 */
struct event {
	const char *name;
	bool (*happen)(struct model *m);
	bool relied;
};

static const struct event events[] = {
	{ "send", send_one },
	{ "send two", send_batch },
	{ "send, unheard", send_one_unheard },
	{ "send two, unheard", send_batch_unheard },
	{ "stop", stop, true },
	{ "look again", look, true },
	{ "sender polls", tx_poll, true },
	{ "sender's timer", tx_timer, true },
	{ "arrives at the sender", tx_arrive, true },
	{ "engine", engine, true },
	{ "arrives at the receiver", rx_arrive, true },
	{ "receiver polls", rx_poll, true },
	{ "post", rx_post_all, true },
	{ "post nothing", rx_post_nothing },
	{ "poll ends", rx_end, true },
	{ "receiver's timer", rx_timer, true },
};

/**
 * struct run - all states that were reached
 * @states: the states, in the order in which they were found
 * @from: the state that each was reached from
 * @event: by which event
 * @table: hash table of indices to @states plus 1
 * @num: how many states
 * @full: there is no room for more
 */
struct run {
	struct model *states;
	u32 *from;
	u8 *event;
	u32 *table;
	u32 num;
	bool full;
};

/* What must not be, at any time; NULL if all is well. */
static const char *wrong(const struct model *m)
{
	u8 i;

	if (m->broken)
		return "a record or an index is not where it can be";

	if (m->by_word || !m->stopped || m->sender != SENDS || m->owe || m->due ||
	    (m->asked && m->reaped != m->head))
		return NULL;

	for (i = 0; i < m->to_sender.num; i++)
		if (m->to_sender.kind[i] == DOORBELL)
			return NULL;

	return "a stopped queue cannot rely on an event";
}

/* All that can be relied upon happens, until nothing changes. */
static const char *stuck(const struct model *state)
{
	struct model m = *state;
	unsigned int round;
	bool news = true;
	u8 event;

	for (round = 0; news && round < SETTLE_ROUNDS; round++)
		for (news = false, event = 0; event < ARRAY_SIZE(events); event++)
			if (events[event].relied)
				news |= events[event].happen(&m);

	if (m.stopped)
		return "a stopped queue does not start again";
	if (m.rx != m.head || m.reaped != m.head)
		return "a packet is not received, or not reaped";

	return wrong(&m);
}

static bool found(struct run *run, const struct model *m, u32 from, u8 event)
{
	u32 slot = jhash(m, sizeof(*m), 0) >> (32 - TABLE_BITS);

	for (; run->table[slot]; slot = (slot + 1) % (1u << TABLE_BITS))
		if (!memcmp(&run->states[run->table[slot] - 1], m, sizeof(*m)))
			return false;

	if (run->num == MAX_STATES) {
		run->full = true;
		return false;
	}

	run->states[run->num] = *m;
	run->from[run->num] = from;
	run->event[run->num] = event;
	run->table[slot] = ++run->num;

	return true;
}

/* All states one event after those from @first on; what is wrong with the last. */
static const char *advance(struct run *run, u32 first, u32 end)
{
	const char *problem;
	struct model next;
	u32 state;
	u8 event;

	for (state = first; state < end; state++)
		for (event = 0; event < ARRAY_SIZE(events); event++) {
			next = run->states[state];
			if (!model_has_room(&next) ||
			    !events[event].happen(&next) ||
			    !found(run, &next, state, event))
				continue;

			problem = wrong(&next) ?: stuck(&next);
			if (problem)
				return problem;
		}

	return NULL;
}

KUNIT_DEFINE_ACTION_WRAPPER(free_table, kvfree, const void *);

static void *alloc_table(struct kunit *test, size_t n, size_t size)
{
	void *table = kvcalloc(n, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_table, table));

	return table;
}

/* What is wrong with the last state that was found, or NULL. */
static const char *explore(struct kunit *test, struct run *run,
			   bool by_word)
{
	struct ntb_edma_rx_event rx;
	const char *problem = NULL;
	struct model start = { .by_word = by_word };
	u32 first, end;
	int depth;

	run->states = alloc_table(test, MAX_STATES, sizeof(*run->states));
	run->from = alloc_table(test, MAX_STATES, sizeof(*run->from));
	run->event = alloc_table(test, MAX_STATES, sizeof(*run->event));
	run->table = alloc_table(test, 1u << TABLE_BITS, sizeof(*run->table));

	ntb_edma_event_open(&rx);
	start.owe = rx.owe;
	start.stopped = true;
	start.receiver = DUE;
	for (first = 0; first < BUFFERS; first++)
		start.tag[first] = ntb_edma_record_invalid(EPOCH, GEN, first);

	found(run, &start, 0, 0);
	for (first = 0, depth = 0; depth < DEPTH && !problem; depth++) {
		end = run->num;
		problem = advance(run, first, end);
		first = end;
	}

	return problem;
}

/* How the last state was reached, the last event first. */
static int report(struct kunit *test, const struct run *run)
{
	u32 state;
	int n = 0;

	for (state = run->num - 1; state; state = run->from[state], n++)
		kunit_info(test, "  %s", events[run->event[state]].name);

	return n;
}

static void ntb_edma_event_test_all_orders(struct kunit *test)
{
	struct run run = {};
	const char *problem = explore(test, &run, false);

	if (problem) {
		KUNIT_FAIL(test, "%s after, backwards:", problem);
		report(test, &run);
	}
	KUNIT_EXPECT_FALSE(test, run.full);
	kunit_info(test, "%u states after up to %u events", run.num, DEPTH);
}

/* Why the request is in the record: a word may miss the posts it asks for. */
static void ntb_edma_event_test_word(struct kunit *test)
{
	struct run run = {};
	const char *problem = explore(test, &run, true);

	KUNIT_ASSERT_NOT_NULL(test, problem);
	kunit_info(test, "%s after, backwards:", problem);
	KUNIT_EXPECT_GE(test, report(test, &run), 12);
}

static void ntb_edma_event_test_bytes(struct kunit *test)
{
	struct ntb_edma_tx_event tx = {};

	KUNIT_EXPECT_FALSE(test, ntb_edma_event_ask(&tx, SZ_64K - 1, false));
	KUNIT_EXPECT_TRUE(test, ntb_edma_event_ask(&tx, 1, false));
	KUNIT_EXPECT_FALSE(test, ntb_edma_event_ask(&tx, SZ_64K - 1, false));
	KUNIT_EXPECT_TRUE(test, ntb_edma_event_ask(&tx, 0, true));
	KUNIT_EXPECT_FALSE(test, ntb_edma_event_ask(&tx, SZ_64K - 1, false));
}

static void ntb_edma_event_test_threshold(struct kunit *test)
{
	struct ntb_edma_rx_event rx;

	ntb_edma_event_open(&rx);
	KUNIT_EXPECT_FALSE(test, ntb_edma_event_ring(&rx, 1, 2, 100));
	KUNIT_EXPECT_TRUE(test, ntb_edma_event_ring(&rx, 100, 2, 100));
	KUNIT_EXPECT_FALSE(test, ntb_edma_event_ring(&rx, 100, 2, 100));
	ntb_edma_event_record(&rx, NTB_EDMA_RECORD_MORE);
	KUNIT_EXPECT_FALSE(test, ntb_edma_event_ring(&rx, 100, 2, 100));
	ntb_edma_event_record(&rx, NTB_EDMA_RECORD_EVENT);
	ntb_edma_event_record(&rx, 0);
	KUNIT_EXPECT_FALSE(test, ntb_edma_event_ring(&rx, 24, 2, 100));
	KUNIT_EXPECT_TRUE(test, ntb_edma_event_ring(&rx, 25, 2, 100));

	/* A ring that has become smaller never has as many as before */
	ntb_edma_event_record(&rx, NTB_EDMA_RECORD_EVENT);
	KUNIT_EXPECT_FALSE(test, ntb_edma_event_ring(&rx, 3, 2, 16));
	KUNIT_EXPECT_TRUE(test, ntb_edma_event_ring(&rx, 4, 2, 16));
}

static struct kunit_case ntb_edma_event_cases[] = {
	KUNIT_CASE(ntb_edma_event_test_bytes),
	KUNIT_CASE(ntb_edma_event_test_threshold),
	KUNIT_CASE(ntb_edma_event_test_word),
	KUNIT_CASE_SLOW(ntb_edma_event_test_all_orders),
	{}
};

static struct kunit_suite ntb_edma_event_suite = {
	.name = "ntb_transport_edma_event",
	.test_cases = ntb_edma_event_cases,
};

kunit_test_suite(ntb_edma_event_suite);

MODULE_DESCRIPTION("KUnit tests for the events of remote-eDMA queues");
MODULE_LICENSE("Dual BSD/GPL");
