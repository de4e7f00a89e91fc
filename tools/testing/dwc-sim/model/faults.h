/* SPDX-License-Identifier: GPL-2.0 */
/* Faults on command: things that real hardware may do. */
#ifndef DWC_SIM_FAULTS_H
#define DWC_SIM_FAULTS_H

#include "types.h"

enum engine_fault {
	ENGINE_WORKS,
	ENGINE_DEAF,		/* takes no doorbell */
	ENGINE_STUCK,		/* cannot be disabled: a zero written to ENGINE_EN is lost */
};

struct fault_dma {
	bool armed;
	bool llerr;		/* linked-list error instead of an abort */
	uint64_t element;	/* elements still to pass */
};

/**
 * struct storm - interrupts that the peer sends for nothing
 * @rate:	how many a millisecond, 0: none
 * @next:	when the next one is due, ns
 * @sent:	how many were sent
 * @bar:	to the endpoint: where the words are that say what it is for
 * @off:	offset of the first one in that BAR
 * @words:	how many; each is set to 1 before each interrupt
 */
struct storm {
	uint64_t rate, next, sent;
	unsigned int bar;
	uint64_t off, words;
};

/**
 * struct faults - what is disturbed right now
 * @irq_drop:	interrupts still to be swallowed, by receiving side
 * @irq_dup:	interrupts still to be sent twice
 * @irq_delay:	delay of the next @irq_delayed interrupts, milliseconds
 * @irq_delayed: how many
 * @dma:	abort or linked-list error on the n-th element
 * @stall:	channel makes no progress
 * @overtake:	the next element of a channel that has one behind it lets that move first,
 *		and (wall-clock time) the channel stalls in between
 * @engine:	what is wrong with the engine as a whole
 * @storm:	by receiving side
 */
struct faults {
	uint64_t irq_drop[NR_SIDES];
	uint64_t irq_dup[NR_SIDES];
	uint64_t irq_delay[NR_SIDES];
	uint64_t irq_delayed[NR_SIDES];
	struct fault_dma dma[NR_DIRS][8];
	bool stall[NR_DIRS][8];
	bool overtake[NR_DIRS][8];
	enum engine_fault engine;
	struct storm storm[NR_SIDES];
};

#endif
