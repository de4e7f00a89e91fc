/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks of registers in the endpoint's register window. sim.c fills the table;
 * who routes an access looks a block up there and knows none of them by name.
 */
#ifndef DWC_SIM_BLOCK_H
#define DWC_SIM_BLOCK_H

#include "types.h"

struct sim;

#define MAX_BLOCKS	8

/**
 * struct block - one block of registers
 * @base:	offset in the register window
 * @size:	bytes
 * @land:	what an access of the host is counted as
 * @read:	read 1, 2 or 4 bytes at an offset in the block
 * @write:	likewise
 */
struct block {
	uint64_t base, size;
	enum landing land;
	uint32_t (*read)(struct sim *sim, enum side who, unsigned int off, unsigned int size);
	void (*write)(struct sim *sim, enum side who, unsigned int off, unsigned int size,
		      uint32_t v);
};

/**
 * struct blocks - the blocks that there are
 * @block:	in any order
 * @nr:		how many
 */
struct blocks {
	struct block block[MAX_BLOCKS];
	unsigned int nr;
};

/** blocks_find() - the block at an offset in the register window, or NULL */
static inline const struct block *blocks_find(const struct blocks *b, uint64_t off)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		if (off - b->block[i].base < b->block[i].size)
			return &b->block[i];
	return NULL;
}

enum landing block_landing(const struct sim *sim, uint64_t bus, bool write);

#endif
