/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers share: a deterministic generator (xorshift64*), and a loop in
 * which run i has the seed --seed + i, so that one run can be repeated alone.
 */
#ifndef DWC_SIM_TESTS_FUZZ_H
#define DWC_SIM_TESTS_FUZZ_H

#include "harness.h"

struct rng {
	uint64_t s;
};

uint64_t rnd(struct rng *r);
uint64_t rnd_below(struct rng *r, uint64_t n);
uint64_t rnd_pick(struct rng *r, const uint64_t *values, unsigned int nr);

/* One time out of @n. */
static inline bool rnd_one_in(struct rng *r, uint64_t n)
{
	return !rnd_below(r, n);
}

#define RND_OF(r, ...)									\
	rnd_pick((r), (const uint64_t[]){ __VA_ARGS__ },				\
		 sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

void fuzz(uint64_t normal_runs, void (*run)(struct rng *r));

#endif
