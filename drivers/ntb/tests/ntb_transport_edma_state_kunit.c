// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * State machine of a queue of the remote-eDMA transport: two sides run against
 * each other through every order of events, where each write to the peer's block
 * is an event of its own when it arrives. Writes of a side arrive in order.
 */
#include <kunit/test.h>
#include <linux/jhash.h>
#include <linux/string.h>

#include "../ntb_transport_edma_state.h"

#define EVENTS		24	/* longest order of events that is tried */
#define MAX_STATES	32768
#define TABLE_BITS	16
#define MAX_FLIGHT	9
#define SETTLE_ROUNDS	16

/* What arrives in the peer's block; a post comes with the tag of its slot. */
enum write_kind { WRITE_WORD, WRITE_ZERO, WRITE_POST };

struct flight {
	u8 kind;
	u8 value;
};

/**
 * struct side - one side, its block included
 * @state: the state machine under test
 * @wanted: there is a client
 * @dma: transfers to the peer's buffers may be under way
 * @posted: generation whose buffers the peer may write to, 0 if none
 * @word: the peer's word, in the own block
 * @post: generation in the tag of the slot that the peer has posted, 0 if its
 *	post_index is
 * @num: writes to the peer's block that have not arrived
 * @flight: these, the oldest first
 */
struct side {
	struct ntb_edma_state state;
	u8 wanted;
	u8 dma;
	u8 posted;
	u8 word;
	u8 post;
	u8 num;
	struct flight flight[MAX_FLIGHT];
};

/* Compared and hashed as bytes: no padding */
static_assert(sizeof(struct side) == sizeof(struct ntb_edma_state) + 6 +
				     sizeof(struct flight) * MAX_FLIGHT);

struct pair {
	struct side side[2];
};

enum event { CLIENT, WORK, POST, SEND, ARRIVE, NUM_EVENTS };

static const char * const event_names[] = {
	"client", "work", "post", "send", "arrive",
};

/**
 * struct run - all states that were reached
 * @states: the states, in the order in which they were found
 * @from: the state that each was reached from
 * @event: by which event, side included
 * @table: hash table of indices to @states plus 1
 * @num: how many states
 * @full: there is no room for more
 */
struct run {
	struct pair *states;
	u32 *from;
	u8 *event;
	u32 *table;
	u32 num;
	bool full;
};

static void write_peer(struct side *side, u8 kind, u32 value)
{
	side->flight[side->num++] = (struct flight){ kind, value };
}

static void publish(struct side *side)
{
	write_peer(side, WRITE_WORD, ntb_edma_state_word(&side->state));
}

static void leave(struct side *side)
{
	side->dma = false;
	if (ntb_edma_state_leave(&side->state))
		publish(side);
}

/* What the work items and the poll of a queue do. */
static bool work(struct side *side)
{
	struct ntb_edma_state *state = &side->state;

	switch (state->phase) {
	case NTB_EDMA_IDLE:
	case NTB_EDMA_OFFERED:
		if (!side->wanted)
			return false;
		if (!ntb_edma_state_offer(state, side->word))
			return ntb_edma_state_open(state, side->word);
		write_peer(side, WRITE_ZERO, 0);
		publish(side);
		return true;
	case NTB_EDMA_OPEN:
		if (ntb_edma_state_peer_open(state, side->word))
			return false;
		leave(side);
		return true;
	case NTB_EDMA_CLOSING:
		if (!ntb_edma_state_peer_done(state, side->word))
			return false;
		side->posted = 0;
		ntb_edma_state_reclaimed(state);
		return true;
	}

	return false;
}

static bool arrive(struct side *from, struct side *to)
{
	struct flight *first = from->flight;

	if (!from->num)
		return false;

	/* WRITE_ZERO comes with the value 0 */
	if (first->kind == WRITE_WORD)
		to->word = first->value;
	else
		to->post = first->value;

	memmove(first, first + 1, sizeof(*first) * --from->num);
	from->flight[from->num] = (struct flight){};

	return true;
}

/* Returns false if the event cannot happen, or changes nothing. */
static bool happen(struct pair *pair, unsigned int who, enum event event)
{
	struct side *side = &pair->side[who];

	/* Room for what one event writes */
	if (event != ARRIVE && side->num > MAX_FLIGHT - 2)
		return false;

	switch (event) {
	case CLIENT:
		/* A client that leaves waits until its buffers are reclaimed */
		if (side->state.phase == NTB_EDMA_CLOSING)
			return false;
		side->wanted = !side->wanted;
		if (!side->wanted)
			leave(side);
		return true;
	case WORK:
		return work(side);
	case POST:
		if (side->state.phase != NTB_EDMA_OPEN || side->posted)
			return false;
		side->posted = side->state.gen;
		write_peer(side, WRITE_POST, side->state.gen);
		return true;
	case SEND:
		if (side->state.phase != NTB_EDMA_OPEN || !side->post ||
		    side->dma)
			return false;
		side->dma = true;
		return true;
	case ARRIVE:
		return arrive(side, &pair->side[!who]);
	default:
		return false;
	}
}

/* What must not be, at any time; NULL if all is well. */
static const char *wrong(const struct pair *pair)
{
	unsigned int who;

	for (who = 0; who < 2; who++) {
		const struct side *side = &pair->side[who];
		const struct side *peer = &pair->side[!who];

		if (!side->dma)
			continue;
		if (side->post != side->state.gen)
			return "a post of another generation is taken";
		if (peer->posted != side->state.gen)
			return "a buffer is written to that was reclaimed";
	}

	return NULL;
}

/* All writes arrive and both sides do what they can, until nothing changes. */
static void settle(struct pair *pair, unsigned int first)
{
	unsigned int i, n, round;

	for (round = 0; round < SETTLE_ROUNDS; round++)
		for (i = 0; i < 2; i++) {
			unsigned int who = first ^ i;

			for (n = 0; n < MAX_FLIGHT; n++)
				happen(pair, who, ARRIVE);
			happen(pair, who, WORK);
		}
}

/* What must become of each state when clients come and go no more. */
static const char *stuck(const struct pair *pair, unsigned int first)
{
	struct pair copy = *pair;
	struct side *a = &copy.side[0], *b = &copy.side[1];
	const char *problem = NULL;

	settle(&copy, first);
	if (a->state.phase == NTB_EDMA_CLOSING ||
	    b->state.phase == NTB_EDMA_CLOSING)
		problem = "a side waits for an answer that nobody gives";
	else if ((a->wanted && a->state.phase == NTB_EDMA_IDLE) ||
		 (b->wanted && b->state.phase == NTB_EDMA_IDLE))
		problem = "a side does not wait for its peer";
	else if (a->wanted && b->wanted &&
		 (a->state.phase != NTB_EDMA_OPEN ||
		  b->state.phase != NTB_EDMA_OPEN ||
		  a->state.gen != b->state.gen))
		problem = "both sides want to be up, and are not";

	return problem ?: wrong(&copy);
}

static bool found(struct run *run, const struct pair *pair, u32 from, u8 event)
{
	u32 slot = jhash(pair, sizeof(*pair), 0) >> (32 - TABLE_BITS);

	for (; run->table[slot]; slot = (slot + 1) % (1u << TABLE_BITS))
		if (!memcmp(&run->states[run->table[slot] - 1], pair,
			    sizeof(*pair)))
			return false;

	if (run->num == MAX_STATES) {
		run->full = true;
		return false;
	}

	run->states[run->num] = *pair;
	run->from[run->num] = from;
	run->event[run->num] = event;
	run->table[slot] = ++run->num;

	return true;
}

/* How a state was reached, the last event first. */
static void report(struct kunit *test, const struct run *run, u32 state)
{
	for (; state; state = run->from[state])
		kunit_err(test, "  %c: %s", 'A' + run->event[state] / NUM_EVENTS,
			  event_names[run->event[state] % NUM_EVENTS]);
}

static const char *check_state(const struct pair *pair)
{
	return wrong(pair) ?: stuck(pair, 0) ?: stuck(pair, 1);
}

/* All states one event after those from @first on. */
static bool advance(struct kunit *test, struct run *run, u32 first, u32 end)
{
	const char *problem;
	struct pair next;
	u32 state;
	u8 event;

	for (state = first; state < end; state++)
		for (event = 0; event < 2 * NUM_EVENTS; event++) {
			next = run->states[state];
			if (!happen(&next, event / NUM_EVENTS,
				    event % NUM_EVENTS) ||
			    !found(run, &next, state, event))
				continue;

			problem = check_state(&next);
			if (!problem)
				continue;

			KUNIT_FAIL(test, "%s after, backwards:", problem);
			report(test, run, run->num - 1);
			return false;
		}

	return true;
}

static void ntb_edma_state_test_all_orders(struct kunit *test)
{
	struct run run = {};
	u32 first, end;
	int depth;

	run.states = kunit_kcalloc(test, MAX_STATES, sizeof(*run.states),
				   GFP_KERNEL);
	run.from = kunit_kcalloc(test, MAX_STATES, sizeof(*run.from),
				 GFP_KERNEL);
	run.event = kunit_kcalloc(test, MAX_STATES, sizeof(*run.event),
				  GFP_KERNEL);
	run.table = kunit_kcalloc(test, 1u << TABLE_BITS, sizeof(*run.table),
				  GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, run.states);
	KUNIT_ASSERT_NOT_NULL(test, run.from);
	KUNIT_ASSERT_NOT_NULL(test, run.event);
	KUNIT_ASSERT_NOT_NULL(test, run.table);

	found(&run, &(struct pair){}, 0, 0);
	for (first = 0, depth = 0; depth < EVENTS; depth++) {
		end = run.num;
		if (!advance(test, &run, first, end))
			return;
		first = end;
	}

	KUNIT_EXPECT_FALSE(test, run.full);
	kunit_info(test, "%u states after up to %u events", run.num, EVENTS);
}

#define UP(gen)		NTB_EDMA_QP_WORD(gen, NTB_EDMA_QP_UP)
#define DOWN(gen)	NTB_EDMA_QP_WORD(gen, NTB_EDMA_QP_DOWN)
#define LAST_GEN	(U32_MAX >> 1)

struct offer_case {
	const char *name;
	enum ntb_edma_phase phase;
	u32 gen;
	u32 peer;
	bool news;
	u32 offer;
};

static const struct offer_case offer_cases[] = {
	{ "new_session", NTB_EDMA_IDLE, 0, DOWN(0), true, 1 },
	{ "peer_was_first", NTB_EDMA_IDLE, 0, UP(1), true, 1 },
	{ "peer_gave_up", NTB_EDMA_IDLE, 0, DOWN(1), true, 2 },
	{ "peer_is_ahead", NTB_EDMA_IDLE, 3, UP(9), true, 9 },
	{ "peer_was_ahead", NTB_EDMA_IDLE, 3, DOWN(9), true, 10 },
	{ "peer_is_behind", NTB_EDMA_IDLE, 3, UP(3), true, 4 },
	{ "waits", NTB_EDMA_OFFERED, 3, DOWN(2), false, 3 },
	{ "is_answered", NTB_EDMA_OFFERED, 3, UP(3), false, 3 },
	{ "peer_left_at_once", NTB_EDMA_OFFERED, 3, DOWN(3), true, 4 },
	{ "peer_offers_the_next", NTB_EDMA_OFFERED, 3, UP(4), true, 4 },
	{ "wrap", NTB_EDMA_IDLE, LAST_GEN, DOWN(LAST_GEN), true, 0 },
	{ "peer_wrapped", NTB_EDMA_OFFERED, LAST_GEN, UP(0), true, 0 },
	{ "before_the_wrap", NTB_EDMA_OFFERED, 0, UP(LAST_GEN), false, 0 },
	{ "any_word", NTB_EDMA_OFFERED, 1, DOWN(LAST_GEN / 2), true,
	  LAST_GEN / 2 + 1 },
};

KUNIT_ARRAY_PARAM_DESC(offer, offer_cases, name);

static void ntb_edma_state_test_offer(struct kunit *test)
{
	const struct offer_case *c = test->param_value;
	struct ntb_edma_state state = { c->phase, c->gen };

	KUNIT_EXPECT_EQ(test, c->news, ntb_edma_state_offer(&state, c->peer));
	KUNIT_EXPECT_EQ(test, c->offer, state.gen);
	KUNIT_EXPECT_EQ(test, UP(c->offer), ntb_edma_state_word(&state));
}

static struct kunit_case ntb_edma_state_cases[] = {
	KUNIT_CASE_PARAM(ntb_edma_state_test_offer, offer_gen_params),
	KUNIT_CASE(ntb_edma_state_test_all_orders),
	{}
};

static struct kunit_suite ntb_edma_state_suite = {
	.name = "ntb_transport_edma_state",
	.test_cases = ntb_edma_state_cases,
};

kunit_test_suite(ntb_edma_state_suite);

MODULE_DESCRIPTION("KUnit tests for the state machine of remote-eDMA queues");
MODULE_LICENSE("Dual BSD/GPL");
