// SPDX-License-Identifier: GPL-2.0
/* Generator and loop of the fuzzers: see fuzz.h. */
#include "fuzz.h"

/** rnd() - 64 random bits. @r: the generator */
uint64_t rnd(struct rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return r->s * 0x2545f4914f6cdd1dull;
}

/** rnd_below() - a number from 0 to @n - 1 */
uint64_t rnd_below(struct rng *r, uint64_t n)
{
	return rnd(r) % n;
}

/** rnd_pick() - one of @nr @values, now and then a neighbour of it or any number */
uint64_t rnd_pick(struct rng *r, const uint64_t *values, unsigned int nr)
{
	uint64_t v = values[rnd_below(r, nr)];

	if (rnd_one_in(r, 16))
		v += rnd_below(r, 17) - 8;
	if (rnd_one_in(r, 64))
		v = rnd(r) >> rnd_below(r, 64);
	return v;
}

/**
 * fuzz() - repeat @run with ever new seeds, until it fails
 * @normal_runs:	how often, without --runs
 * @run:		one run
 */
void fuzz(uint64_t normal_runs, void (*run)(struct rng *r))
{
	uint64_t i, n = harness_runs(normal_runs);
	unsigned int warm;
	struct rng r;

	for (i = 0; i < n; i++, harness_seed++) {
		r.s = harness_seed * 0x9e3779b97f4a7c15ull | 1;
		for (warm = 0; warm < 4; warm++)
			rnd(&r);
		run(&r);
		if (harness_failed()) {
			harness_note("repeat with --seed %llu --runs 1",
				     (unsigned long long)harness_seed);
			return;
		}
	}
}
