/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hostile peer: changes what one machine, the victim, reads of what the other one can
 * write. Words are changed on their way (stores of a CPU, records and lists that the
 * engine takes or leaves, what the host reads of a BAR, interrupts), and where they are:
 * in memory of the victim that a window of the peer leads to at that moment, and nowhere
 * else. The sender's own memory never changes.
 *
 * The peer repents: a change in memory is undone when so many others have followed, and
 * all are when the mutator stops, unless something else has been written there meanwhile.
 * All choices come from a seed.
 */
#ifndef DWC_SIM_MUTATE_H
#define DWC_SIM_MUTATE_H

#include "types.h"

struct sim;
struct atu_hit;

/* Where a word is. Up to MUT_BAR + 5: memory behind that BAR of the endpoint. */
enum mut_region {
	MUT_BAR,
	MUT_INFO = MUT_BAR + NR_BARS,	/* ... before the engine's registers in a BAR */
	MUT_LIST,			/* ... behind them */
	MUT_REGS,			/* the engine's registers in a BAR */
	MUT_RING,			/* the host's memory, by the endpoint's CPU */
	MUT_RECORD,			/* memory that a window leads to, too, by the engine */
	MUT_MSI,			/* data of an interrupt */
	MUT_PAYLOAD,			/* any other memory, by the engine; long stores */
	NR_MUT_REGIONS			/* none of these */
};

enum mut_kind {
	MUT_FLIP,			/* one bit */
	MUT_EDGE,			/* a value at the end of a range */
	MUT_REPLAY,			/* what was there before */
	MUT_RACE,			/* changed, and back, and again, between check and use */
	NR_MUT_KINDS
};

#define MUT_ALL_REGIONS	(BIT(NR_MUT_REGIONS) - 1)
#define MUT_DEFAULT	(MUT_ALL_REGIONS & ~BIT(MUT_PAYLOAD))
#define MUT_WORDS	1024u		/* of which older values are known */
#define MUT_OLD		4u		/* older values of each */
#define MUT_CHANGES	128u		/* that are not undone yet */
#define MUT_RACES	16u
#define MUT_TURNS	8u		/* of a race */
#define MUT_MAX		4096u		/* bytes of a write that can be changed */
#define MUT_STORE	64u		/* bytes of a CPU's store that is no payload */

/**
 * struct mut_at - a word that the peer can write
 * @region:	where
 * @addr:	offset in the BAR; MUT_RING: address on the link; MUT_RECORD, MUT_PAYLOAD:
 *		bus address of the victim
 * @bar:	of MUT_BAR to MUT_REGS
 * @func:	as which function, or of which
 */
struct mut_at {
	enum mut_region region;
	uint64_t addr;
	unsigned int bar, func;
};

/* Older values of a word, the newest last. */
struct mut_word {
	struct mut_at at;
	uint32_t old[MUT_OLD];
	unsigned int nr;
};

/* What became of a word; it is undone if the memory still has @now. */
struct mut_change {
	struct mut_at at;
	enum mut_kind kind;
	unsigned int size;
	uint32_t was, now;
	bool in_memory;
};

/* A word that changes between two values; it ends with @was. */
struct mut_race {
	struct mut_at at;
	unsigned int size, turns;
	uint32_t was, now;
};

/**
 * struct mutator - what one victim is exposed to
 * @active:	it runs
 * @rng:	state of the random numbers
 * @every:	one of so many words is changed on its way, 0: none
 * @rest:	words a second that are changed where they are
 * @left:	changes until it stops by itself
 * @regions:	bits of those that are changed
 * @next_rest:	when the next one at rest is due, ns
 * @count:	changes since the start
 * @seen:	words on their way
 * @undone:	changes in memory that were undone
 * @word:	words the peer has written
 * @change:	the last changes, a ring
 * @nr_changes:	how many there ever were
 * @race:	under way if turns are left
 * @msi:	data of the interrupt before
 * @way:	a write as the victim gets it
 */
struct mutator {
	bool active;
	uint64_t rng;
	uint64_t every, rest, left;
	uint32_t regions;
	uint64_t next_rest;
	uint64_t count[NR_MUT_REGIONS][NR_MUT_KINDS];
	uint64_t seen[NR_MUT_REGIONS];
	uint64_t undone;
	struct mut_word word[MUT_WORDS];
	struct mut_change change[MUT_CHANGES];
	uint64_t nr_changes;
	struct mut_race race[MUT_RACES];
	uint32_t msi;
	uint8_t way[MUT_MAX];
};

/* What is asked for at the start, as in struct mutator. */
struct mut_wish {
	uint64_t seed, every, rest, limit;
	uint32_t regions;
};

extern const char * const mut_kind_name[NR_MUT_KINDS];
extern const char * const mut_region_name[NR_MUT_REGIONS];

void mutate_start(struct sim *sim, enum side victim, const struct mut_wish *wish);
void mutate_stop(struct sim *sim, enum side victim);
bool mutate_step(struct sim *sim);
bool mutate_active(const struct sim *sim, enum side victim);
const void *mutate_write(struct sim *sim, enum side victim, struct mut_at at, const void *data,
			 size_t len);
void mutate_read(struct sim *sim, struct mut_at at, void *data, size_t len);
unsigned int mutate_msi(struct sim *sim, struct origin from, uint32_t data[2]);

/* mutate-map.c: what the peer can reach */
struct mut_at mutate_at_bar(const struct sim *sim, unsigned int func, unsigned int bar,
			    uint64_t off, const struct atu_hit *hit);
struct mut_at mutate_at_dma(const struct sim *sim, enum side victim, unsigned int func,
			    uint64_t bus);
void *mutate_memory(const struct sim *sim, enum side victim, const struct mut_at *at,
		    unsigned int size);
bool mutate_pick(struct sim *sim, enum side victim, uint64_t random, struct mut_at *at);

#endif
