// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * State machine of a queue that copies: two sides run against each other through
 * every order of events. Words and frames that a side has written are events of
 * their own when they arrive; those of a side arrive in order.
 */
#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/jhash.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../ntb_transport_memcpy_state.h"

#define MAX_STATES	BIT(17)
#define TABLE_BITS	18
#define MAX_FLIGHT	6
#define MAX_RING	12
#define MAX_FRAMES	1	/* frames that a side sends in an incarnation */
#define CHANGES		2	/* how often a client comes or goes */
#define LOSSES		1	/* how often a side finds the link down */
#define SETTLE_ROUNDS	16

enum kind { WORD, FRAME, LINK_DOWN };

/* @word: the writer's word; @num: number of a frame in its incarnation */
struct item {
	u8 kind;
	u8 word;
	u8 num;
};

/**
 * struct side - one side, with its scratchpad and its receive ring
 * @link: the state machine under test
 * @wanted: there is a client
 * @changes: times that the client may still come or go
 * @losses: times that the side may still find the link down
 * @word: the peer's word, in the own scratchpad
 * @tx: frames sent
 * @rx: frames received
 * @ring_num: items in the ring
 * @flight_num: items that were written and have not arrived
 * @ring: what the peer has written, the oldest first
 * @flight: what the peer will find, the oldest first
 */
struct side {
	struct ntb_memcpy_link link;
	u8 wanted;
	u8 changes;
	u8 losses;
	u8 word;
	u8 tx;
	u8 rx;
	u8 ring_num;
	u8 flight_num;
	struct item ring[MAX_RING];
	struct item flight[MAX_FLIGHT];
};

/* Compared and hashed as bytes: no padding */
static_assert(sizeof(struct side) == sizeof(struct ntb_memcpy_link) + 8 +
				     sizeof(struct item) * (MAX_RING + MAX_FLIGHT));

struct pair {
	struct side side[2];
};

enum event { CLIENT, LOSS, WORK, POLL, RECEIVE, SEND, ARRIVE, NUM_EVENTS };

static const char * const event_names[] = {
	"client", "loss", "work", "poll", "receive", "send", "arrive",
};

struct search {
	struct kunit *test;
	struct pair *states;
	u32 *from;		/* state before, and the event in the low bits */
	u32 *table;		/* index of a state, plus 1 */
	u32 num;
	const char *wrong;
};

static void put(struct search *s, struct side *me, u8 kind, u8 num)
{
	struct item *item;

	if (me->flight_num == MAX_FLIGHT) {
		s->wrong = "too much in flight";
		return;
	}
	item = &me->flight[me->flight_num++];
	item->kind = kind;
	item->word = ntb_memcpy_link_word(&me->link);
	item->num = num;
}

static struct item take(struct item *items, u8 *num)
{
	struct item first = items[0];

	memmove(items, items + 1, --*num * sizeof(*items));
	memset(&items[*num], 0, sizeof(*items));

	return first;
}

static void clean(struct side *me)
{
	memset(me->ring, 0, sizeof(me->ring));
	me->ring_num = 0;
	me->tx = 0;
	me->rx = 0;
}

static void leave(struct search *s, struct side *me)
{
	if (me->link.phase == NTB_MEMCPY_OPEN)
		put(s, me, LINK_DOWN, me->tx);
	ntb_memcpy_link_leave(&me->link);
	me->tx = 0;
	me->rx = 0;
	put(s, me, WORD, 0);
}

/* What ntb_memcpy_qp_link_ready() does */
static void work(struct search *s, struct side *me)
{
	u8 word = me->word, i;

	if (ntb_memcpy_link_offer(&me->link, word))
		clean(me);
	put(s, me, WORD, 0);
	if (!ntb_memcpy_link_open(&me->link, word))
		return;

	for (i = 0; i < me->ring_num; i++)
		if (me->ring[i].word != word)
			s->wrong = "a queue comes up with an old frame in its ring";
}

static void receive(struct search *s, struct side *me)
{
	struct item item = take(me->ring, &me->ring_num);

	if (item.word != NTB_MEMCPY_WORD(me->link.ack, me->link.inc))
		s->wrong = "a frame of another link is taken";
	if (item.num != me->rx++)
		s->wrong = "a frame is missing";
	if (item.kind == LINK_DOWN)
		leave(s, me);
}

static void arrive(struct search *s, struct side *me, struct side *peer)
{
	struct item item = take(peer->flight, &peer->flight_num);

	if (item.kind == WORD) {
		me->word = item.word;
		return;
	}
	if (me->ring_num == MAX_RING) {
		s->wrong = "too much in the ring";
		return;
	}
	if (me->link.phase == NTB_MEMCPY_OPEN &&
	    item.word != NTB_MEMCPY_WORD(me->link.ack, me->link.inc))
		s->wrong = "an old frame arrives in the ring of a queue that is up";
	me->ring[me->ring_num++] = item;
}

static void loss(struct search *s, struct side *me)
{
	ntb_memcpy_link_leave(&me->link);
	clean(me);
	me->word = 0;
	put(s, me, WORD, 0);
}

/* A word that is written again right behind itself changes nothing */
static void drop_repeated(struct side *me)
{
	struct item *last = &me->flight[me->flight_num - 1];

	if (me->flight_num < 2 || memcmp(last, last - 1, sizeof(*last)))
		return;

	memset(last, 0, sizeof(*last));
	me->flight_num--;
}

/* Returns false if the event cannot happen */
static bool step(struct search *s, struct pair *pair, int i, enum event event)
{
	struct side *me = &pair->side[i], *peer = &pair->side[!i];
	bool open = me->link.phase == NTB_MEMCPY_OPEN;
	bool room = me->flight_num < MAX_FLIGHT - 2;

	switch (event) {
	case CLIENT:
		if (!me->changes || !room)
			return false;
		me->changes--;
		me->wanted = !me->wanted;
		if (!me->wanted)
			leave(s, me);
		return true;
	case LOSS:
		if (!me->losses || !room)
			return false;
		me->losses--;
		loss(s, me);
		return true;
	case WORK:
		if (!me->wanted || open || !room)
			return false;
		work(s, me);
		drop_repeated(me);
		return true;
	case POLL:
		if (!open || !room ||
		    ntb_memcpy_link_peer_open(&me->link, me->word))
			return false;
		leave(s, me);
		return true;
	case RECEIVE:
		if (!open || !room || !me->ring_num)
			return false;
		receive(s, me);
		return true;
	case SEND:
		if (!open || !room || me->tx == MAX_FRAMES)
			return false;
		put(s, me, FRAME, me->tx++);
		return true;
	case ARRIVE:
		if (!peer->flight_num)
			return false;
		arrive(s, me, peer);
		return true;
	default:
		return false;
	}
}

/* With clients on both sides, and time, the queue comes up on both */
static void settle(struct search *s, const struct pair *start)
{
	struct pair pair = *start;
	int round, i;

	for (i = 0; i < 2; i++)
		pair.side[i].wanted = true;
	for (round = 0; round < SETTLE_ROUNDS; round++)
		for (i = 0; i < 2; i++) {
			while (step(s, &pair, i, ARRIVE))
				;
			while (step(s, &pair, i, RECEIVE))
				;
			step(s, &pair, i, POLL);
			step(s, &pair, i, WORK);
		}

	for (i = 0; i < 2; i++)
		if (pair.side[i].link.phase != NTB_MEMCPY_OPEN ||
		    pair.side[i].link.ack != pair.side[!i].link.inc)
			s->wrong = "the queue does not come up again";
}

/* Adds a state unless it is known */
static void add(struct search *s, const struct pair *pair, u32 from)
{
	u32 i = jhash(pair, sizeof(*pair), 0) >> (32 - TABLE_BITS);

	for (; s->table[i]; i = (i + 1) & ((1u << TABLE_BITS) - 1))
		if (!memcmp(&s->states[s->table[i] - 1], pair, sizeof(*pair)))
			return;

	if (s->num == MAX_STATES) {
		s->wrong = "too many states";
		return;
	}
	s->states[s->num] = *pair;
	s->from[s->num] = from;
	s->table[i] = ++s->num;
}

static void tell(struct search *s, u32 at)
{
	for (; at; at = s->from[at] >> 4)
		kunit_info(s->test, "... after %u:%s\n", s->from[at] & 1,
			   event_names[s->from[at] >> 1 & 7]);
	KUNIT_FAIL(s->test, "%s", s->wrong);
}

static void explore(struct search *s, const struct pair *start)
{
	struct pair next;
	u32 at, event;

	add(s, start, 0);
	for (at = 0; at < s->num; at++) {
		settle(s, &s->states[at]);
		for (event = 0; event < 2 * NUM_EVENTS && !s->wrong; event++) {
			next = s->states[at];
			if (step(s, &next, event & 1, event >> 1))
				add(s, &next, at << 4 | event);
		}
		if (s->wrong) {
			tell(s, at);
			return;
		}
	}
	kunit_info(s->test, "%u states\n", s->num);
}

static void free_search(void *data)
{
	struct search *s = data;

	vfree(s->states);
	vfree(s->from);
	vfree(s->table);
}

/* Incarnations before the first client, on both sides */
static const u8 starts[][2] = {
	{ 1, 1 },
	{ NTB_MEMCPY_LAST_INC, 1 },
	{ NTB_MEMCPY_LAST_INC, NTB_MEMCPY_LAST_INC },
};

static void memcpy_state_two_sides(struct kunit *test)
{
	const u8 *inc = test->param_value;
	struct pair start = {};
	struct search *s;
	int i;

	s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	s->test = test;
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, free_search, s), 0);
	s->states = vzalloc(array_size(MAX_STATES, sizeof(*s->states)));
	s->from = vzalloc(array_size(MAX_STATES, sizeof(*s->from)));
	s->table = vzalloc(sizeof(*s->table) << TABLE_BITS);
	KUNIT_ASSERT_TRUE(test, s->states && s->from && s->table);

	for (i = 0; i < 2; i++) {
		start.side[i].link.inc = inc[i];
		start.side[i].changes = CHANGES;
		start.side[i].losses = LOSSES;
	}
	explore(s, &start);
	KUNIT_EXPECT_GT(test, s->num, 1000u);
}

static void start_to_desc(const u8 (*start)[2], char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u and %u", (*start)[0],
		 (*start)[1]);
}

KUNIT_ARRAY_PARAM(start, starts, start_to_desc);

static void memcpy_state_word(struct kunit *test)
{
	struct ntb_memcpy_link link = { .inc = NTB_MEMCPY_LAST_INC };
	unsigned int word;

	/* No word is what a device that is gone reads as, or an empty scratchpad */
	for (link.inc = 1; link.inc <= NTB_MEMCPY_LAST_INC; link.inc++)
		for (link.ack = 0; link.ack <= NTB_MEMCPY_LAST_INC; link.ack++) {
			word = ntb_memcpy_link_word(&link);
			KUNIT_EXPECT_NE(test, word, 0);
			KUNIT_EXPECT_NE(test, word, 0xff);
			KUNIT_EXPECT_EQ(test, NTB_MEMCPY_INC(word), link.inc);
			KUNIT_EXPECT_EQ(test, NTB_MEMCPY_ACK(word), link.ack);
		}
}

static void memcpy_state_reload(struct kunit *test)
{
	struct ntb_memcpy_link link;
	unsigned int peer;

	/* A peer that names the incarnation of before does not find it again */
	for (peer = 0; peer <= 0xff; peer++) {
		ntb_memcpy_link_init(&link, peer);
		KUNIT_EXPECT_NE(test, link.inc, NTB_MEMCPY_ACK(peer));
		KUNIT_EXPECT_TRUE(test, link.inc >= 1 &&
				  link.inc <= NTB_MEMCPY_LAST_INC);
		KUNIT_EXPECT_FALSE(test, ntb_memcpy_link_open(&link, peer));
	}
	ntb_memcpy_link_init(&link, 0);
	KUNIT_EXPECT_FALSE(test, ntb_memcpy_link_offer(&link, 0));
	KUNIT_EXPECT_FALSE(test, ntb_memcpy_link_offer(&link, 0xff));
}

static struct kunit_case memcpy_state_cases[] = {
	KUNIT_CASE_PARAM(memcpy_state_two_sides, start_gen_params),
	KUNIT_CASE(memcpy_state_word),
	KUNIT_CASE(memcpy_state_reload),
	{}
};

static struct kunit_suite memcpy_state_suite = {
	.name = "ntb_transport_memcpy_state",
	.test_cases = memcpy_state_cases,
};

kunit_test_suite(memcpy_state_suite);

MODULE_DESCRIPTION("KUnit tests for the state machine of a queue that copies");
MODULE_LICENSE("Dual BSD/GPL");
