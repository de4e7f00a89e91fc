// SPDX-License-Identifier: GPL-2.0
/* Which words a hostile peer changes, to what, and back again: see mutate.h. */
#include <string.h>

#include "dbi.h"
#include "mutate.h"
#include "report.h"
#include "sim.h"

#define SECOND		1000000000ull
#define AT_ONCE		16u	/* words at rest in one step */

const char * const mut_kind_name[NR_MUT_KINDS] = { "flip", "edge", "replay", "race" };
const char * const mut_region_name[NR_MUT_REGIONS] = {
	"bar0", "bar1", "bar2", "bar3", "bar4", "bar5", "info", "list", "regs", "ring", "record",
	"msi", "payload",
};

/* splitmix64: any seed will do */
static uint64_t next_random(struct mutator *m)
{
	uint64_t z = m->rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static bool is_same(const struct mut_at *a, const struct mut_at *b)
{
	return a->region == b->region && a->addr == b->addr && a->bar == b->bar &&
	       a->func == b->func;
}

static bool changes(const struct mutator *m, enum mut_region region)
{
	return m->active && m->left && region < NR_MUT_REGIONS && m->regions & BIT(region);
}

/** mutate_active() - does @victim's peer misbehave? */
bool mutate_active(const struct sim *sim, enum side victim)
{
	return sim->mutate[victim].active;
}

/* ------------------------------------------------------------- older values */

static struct mut_word *slot_of(struct mutator *m, const struct mut_at *at)
{
	uint64_t n = at->addr / 4 + at->region * 37u + at->bar * 11u + at->func * 5u;

	return &m->word[(n * 0x9e3779b97f4a7c15ull >> 40) % MUT_WORDS];
}

/* The peer has written a word: one that collides with it is forgotten. */
static void remember(struct mutator *m, const struct mut_at *at, uint32_t v)
{
	struct mut_word *w = slot_of(m, at);

	if (!w->nr || !is_same(&w->at, at))
		*w = (struct mut_word){ .at = *at };
	if (w->nr == MUT_OLD)
		memmove(w->old, w->old + 1, --w->nr * sizeof(*w->old));
	w->old[w->nr++] = v;
}

/* Something that was in this place before, or in another one. */
static uint32_t older(struct mutator *m, const struct mut_at *at, uint32_t v)
{
	struct mut_word *w = slot_of(m, at);
	unsigned int n;

	if (!w->nr || !is_same(&w->at, at))
		w = &m->word[next_random(m) % MUT_WORDS];
	if (!w->nr)
		return ~v;
	for (n = w->nr; n; n--)
		if (w->old[n - 1] != v && (n == 1 || next_random(m) & 1))
			return w->old[n - 1];
	return ~v;
}

static uint32_t edge(struct mutator *m, uint32_t v)
{
	const uint32_t values[] = {
		0, 1, 0xffffffff, 0x7fffffff, 0x80000000, 0xffff, 0x10000, 0xfff, 0x1000, v + 1, v - 1,
		v + 0x1000, v << 1,
	};

	return values[next_random(m) % ARRAY_SIZE(values)];
}

static uint32_t other_value(struct mutator *m, enum mut_kind kind, const struct mut_at *at,
			    uint32_t v, unsigned int size)
{
	uint32_t bits = size < 4 ? BIT(8 * size) - 1 : 0xffffffff, new = v;

	if (kind == MUT_EDGE)
		new = edge(m, v);
	else if (kind == MUT_REPLAY)
		new = older(m, at, v);
	if ((new & bits) == (v & bits))
		new = v ^ BIT(next_random(m) % (8 * size));
	return new & bits;
}

/* ---------------------------------------------------------- changes, and back */

/* @from becomes @to, unless something else is there. */
static bool exchange(void *p, unsigned int size, uint32_t from, uint32_t to)
{
	if (size == 4 && !((uintptr_t)p % 4))
		return __atomic_compare_exchange_n((uint32_t *)p, &from, to, false,
						   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	if (get_le(p, size) != from)
		return false;
	put_le(p, to, size);
	return true;
}

static void undo(struct sim *sim, enum side victim, struct mut_change *c)
{
	void *p = c->in_memory ? mutate_memory(sim, victim, &c->at, c->size) : NULL;

	c->in_memory = false;
	if (p && exchange(p, c->size, c->now, c->was))
		sim->mutate[victim].undone++;
}

/* What is said of a word so far is of no matter: *was receives what it should be. */
static void supersede(struct mutator *m, const struct mut_at *at, uint32_t *was)
{
	unsigned int i;

	for (i = 0; i < MUT_CHANGES; i++) {
		struct mut_change *c = &m->change[i];

		if (!c->in_memory || !is_same(&c->at, at))
			continue;
		c->in_memory = false;
		*was = c->was;
	}
	for (i = 0; i < MUT_RACES; i++) {
		struct mut_race *r = &m->race[i];

		if (!r->turns || !is_same(&r->at, at))
			continue;
		r->turns = 0;
		*was = r->was;
	}
}

static bool in_memory(enum mut_region region)
{
	return region < MUT_REGS || region == MUT_RING || region == MUT_RECORD ||
	       region == MUT_PAYLOAD;
}

static void note(struct sim *sim, enum side victim, const struct mut_change *change)
{
	struct mutator *m = &sim->mutate[victim];
	struct mut_change *c = &m->change[m->nr_changes++ % MUT_CHANGES];

	undo(sim, victim, c);
	*c = *change;
	m->count[c->at.region][c->kind]++;
	m->left--;
	trace(&sim->report, "mutate %s %s 0x%llx %s 0x%x -> 0x%x", side_name[victim],
	      mut_region_name[c->at.region], (unsigned long long)c->at.addr, mut_kind_name[c->kind],
	      c->was, c->now);
}

/* Returns false if there are too many already. */
static bool add_race(struct mutator *m, const struct mut_change *c)
{
	unsigned int i;

	for (i = 0; i < MUT_RACES; i++) {
		if (m->race[i].turns)
			continue;
		m->race[i] = (struct mut_race){ c->at, c->size, MUT_TURNS, c->was, c->now };
		return true;
	}
	return false;
}

/* One turn: the other value, if it still is one of the two. */
static void turn(struct sim *sim, enum side victim, struct mut_race *r)
{
	void *p = mutate_memory(sim, victim, &r->at, r->size);

	r->turns--;
	if (!p || (!exchange(p, r->size, r->now, r->was) &&
		   (!r->turns || !exchange(p, r->size, r->was, r->now))))
		r->turns = 0;
}

/* -------------------------------------------------------------- on their way */

static enum mut_kind any_kind(struct mutator *m, enum mut_region region)
{
	enum mut_kind kind = next_random(m) % NR_MUT_KINDS;

	return kind == MUT_RACE && !in_memory(region) ? MUT_FLIP : kind;
}

/* One word on its way. Returns what arrives. */
static uint32_t word(struct sim *sim, enum side victim, const struct mut_at *at, uint32_t v,
		     unsigned int size)
{
	struct mutator *m = &sim->mutate[victim];
	struct mut_change c = { .at = *at, .size = size, .was = v, .in_memory = in_memory(at->region) };
	uint32_t ignored;

	m->seen[at->region]++;
	supersede(m, at, &ignored);
	if (!m->every || next_random(m) % m->every || !changes(m, at->region)) {
		remember(m, at, v);
		return v;
	}
	c.kind = any_kind(m, at->region);
	c.now = other_value(m, c.kind, at, v, size);
	remember(m, at, v);
	if (c.kind == MUT_RACE)
		c.in_memory = !add_race(m, &c);
	note(sim, victim, &c);
	return c.now;
}

/* Words of what is on its way, in place. */
static void words(struct sim *sim, enum side victim, struct mut_at at, uint8_t *p, size_t len)
{
	unsigned int n = len < 4 ? (unsigned int)len : 4;

	for (; len >= n; len -= n, p += n, at.addr += n)
		put_le(p, word(sim, victim, &at, (uint32_t)get_le(p, n), n), n);
}

/**
 * mutate_write() - a write of the peer is on its way
 * @sim:	the model
 * @victim:	who gets it
 * @at:		its first word
 * @data:	the sender's, which does not change
 * @len:	bytes
 *
 * Return: what arrives: @data, or something else that is good until the next call.
 */
const void *mutate_write(struct sim *sim, enum side victim, struct mut_at at, const void *data,
			 size_t len)
{
	struct mutator *m = &sim->mutate[victim];

	if (len > MUT_STORE && at.region != MUT_RECORD)
		at.region = MUT_PAYLOAD;
	if (!len || len > MUT_MAX || !changes(m, at.region))
		return data;
	memcpy(m->way, data, len);
	words(sim, victim, at, m->way, len);
	return m->way;
}

/**
 * mutate_read() - what the host reads of the endpoint is on its way
 * @sim:	the model
 * @at:		its first word
 * @data:	changed in place; the endpoint's memory is not
 * @len:	bytes
 */
void mutate_read(struct sim *sim, struct mut_at at, void *data, size_t len)
{
	struct mutator *m = &sim->mutate[SIDE_RC];
	uint8_t *p = data;
	unsigned int n = len < 4 ? (unsigned int)len : 4;

	if (!changes(m, at.region))
		return;
	for (; n && len >= n; len -= n, p += n, at.addr += n) {
		struct mut_change c = { .at = at, .size = n, .was = (uint32_t)get_le(p, n) };

		m->seen[at.region]++;
		if (!m->left || !m->every || next_random(m) % m->every)
			continue;
		c.kind = next_random(m) % NR_MUT_KINDS;
		c.now = other_value(m, c.kind, &at, c.was, n);
		put_le(p, c.now, n);
		note(sim, SIDE_RC, &c);
	}
}

/**
 * mutate_msi() - an interrupt of the endpoint is on its way
 * @sim:	the model
 * @from:	who sends it, as which function
 * @data:	its data in the first one; receives that of those that arrive
 *
 * Others are of the vectors that this function has, as hardware lets none else pass.
 *
 * Return: how many arrive, one or two.
 */
unsigned int mutate_msi(struct sim *sim, struct origin from, uint32_t data[2])
{
	struct mut_change c = { .at = { .region = MUT_MSI, .func = from.func }, .size = 4, .was = data[0] };
	struct mutator *m = &sim->mutate[SIDE_RC];
	uint32_t mask, new;

	if (!changes(m, MUT_MSI))
		return 1;
	m->seen[MUT_MSI]++;
	mask = cfg_msi_enabled(sim, from.func) ? cfg_msi_vectors(sim, from.func) - 1 : 0;
	new = (data[0] & ~mask) | (next_random(m) & mask);
	c.kind = next_random(m) % NR_MUT_KINDS;
	if (c.kind == MUT_EDGE)
		new = next_random(m) & 1 ? data[0] & ~mask : data[0] | mask;
	else if (c.kind == MUT_REPLAY && (m->msi & ~mask) == (data[0] & ~mask))
		new = m->msi;
	m->msi = data[0];
	if (!m->every || next_random(m) % m->every || cfg_get(sim, from.func, MSI_MASK, 4) & BIT(new & mask))
		return 1;
	c.now = new;
	note(sim, SIDE_RC, &c);
	data[c.kind == MUT_RACE] = new;
	return 1 + (c.kind == MUT_RACE);
}

/* ------------------------------------------------------------------ at rest */

/* A word that the peer has written already, mostly, or any that it could write. */
static bool choose(struct sim *sim, enum side victim, struct mut_at *at)
{
	struct mutator *m = &sim->mutate[victim];
	uint64_t random = next_random(m);
	struct mut_word *w = &m->word[random % MUT_WORDS];
	unsigned int i;

	for (i = 0; i < 8 && !w->nr; i++)
		w = &m->word[next_random(m) % MUT_WORDS];
	if (!w->nr || !(random >> 61))
		return mutate_pick(sim, victim, next_random(m), at);
	*at = w->at;
	return true;
}

static void change_at_rest(struct sim *sim, enum side victim)
{
	struct mutator *m = &sim->mutate[victim];
	struct mut_change c = { .size = 4, .in_memory = true };
	uint32_t v;
	void *p;

	if (!choose(sim, victim, &c.at) || !changes(m, c.at.region))
		return;
	p = mutate_memory(sim, victim, &c.at, 4);
	if (!p || (uintptr_t)p % 4)
		return;
	v = (uint32_t)get_le(p, 4);
	c.was = v;
	c.kind = any_kind(m, c.at.region);
	c.now = other_value(m, c.kind, &c.at, v, 4);
	supersede(m, &c.at, &c.was);
	if (!exchange(p, 4, v, c.now))
		return;
	if (c.kind == MUT_RACE)
		c.in_memory = !add_race(m, &c);
	note(sim, victim, &c);
}

/* --------------------------------------------------------------------- life */

/**
 * mutate_start() - the peer turns hostile
 * @sim:	the model
 * @victim:	to whom
 * @wish:	how much so
 */
void mutate_start(struct sim *sim, enum side victim, const struct mut_wish *wish)
{
	struct mutator *m = &sim->mutate[victim];

	mutate_stop(sim, victim);
	memset(m, 0, sizeof(*m));
	m->active = true;
	m->rng = wish->seed;
	m->every = wish->every;
	m->rest = wish->rest;
	m->left = wish->limit ? wish->limit : UINT64_MAX;
	m->regions = wish->regions;
	m->next_rest = sim->clock.now;
	trace(&sim->report, "mutate %s on, seed %llu", side_name[victim], (unsigned long long)wish->seed);
}

/**
 * mutate_stop() - the peer repents: what it can, it puts right
 * @sim:	the model
 * @victim:	of whom
 */
void mutate_stop(struct sim *sim, enum side victim)
{
	struct mutator *m = &sim->mutate[victim];
	unsigned int i;

	if (!m->active)
		return;
	m->active = false;
	for (i = 0; i < MUT_RACES; i++)
		if (m->race[i].turns) {
			m->race[i].turns = 1;
			turn(sim, victim, &m->race[i]);
		}
	for (i = 0; i < MUT_CHANGES; i++)
		undo(sim, victim, &m->change[i]);
	trace(&sim->report, "mutate %s off", side_name[victim]);
}

static void step(struct sim *sim, enum side victim)
{
	struct mutator *m = &sim->mutate[victim];
	unsigned int i;

	if (!m->left) {
		mutate_stop(sim, victim);
		return;
	}
	for (i = 0; i < MUT_RACES; i++)
		if (m->race[i].turns)
			turn(sim, victim, &m->race[i]);
	for (i = 0; m->rest && i < AT_ONCE && m->left && m->next_rest <= sim->clock.now; i++) {
		m->next_rest += SECOND / m->rest;
		change_at_rest(sim, victim);
	}
	if (i == AT_ONCE)
		m->next_rest = sim->clock.now;
}

/**
 * mutate_step() - time passes: words at rest
 * @sim:	the model
 *
 * Return: true if it wants to be called again soon.
 */
bool mutate_step(struct sim *sim)
{
	enum side victim;
	bool more = false;

	for (victim = 0; victim < NR_SIDES; victim++) {
		if (!sim->mutate[victim].active)
			continue;
		step(sim, victim);
		more = true;
	}
	return more;
}
