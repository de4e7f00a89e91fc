/* SPDX-License-Identifier: GPL-2.0 */
/* Enumerations every layer of the model shares, and the small helpers C lacks. */
#ifndef DWC_SIM_TYPES_H
#define DWC_SIM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum side { SIDE_RC, SIDE_EP, NR_SIDES };

/* Who starts an access. */
enum initiator { BY_RC_CPU, BY_EP_CPU, BY_EDMA_WR, BY_EDMA_RD, NR_INITIATORS };

enum dma_dir { DIR_WR, DIR_RD, NR_DIRS };

/* Whose request it is, as its requester ID says: initiator and PCI function. */
struct origin {
	enum initiator by;
	unsigned int func;
};

/* Where an access of the host to a BAR landed. */
enum landing { LAND_NONE, LAND_RAM, LAND_REGS, LAND_DMA_REGS, NR_LANDINGS };

#define MAX_FUNCS	2
#define MAX_EDMA_AHEAD	8	/* elements of a list that a channel can read ahead */
#define NR_BARS		6
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1u << (n))
#define BIT_ULL(n)	(1ull << (n))

#define min_t(type, a, b) ({ type _a = (a), _b = (b); _a < _b ? _a : _b; })

static inline uint64_t get_le(const void *p, unsigned int size)
{
	const uint8_t *b = p;
	uint64_t v = 0;

	while (size--)
		v = v << 8 | b[size];
	return v;
}

static inline void put_le(void *p, uint64_t v, unsigned int size)
{
	uint8_t *b = p;

	for (; size; size--, v >>= 8)
		*b++ = (uint8_t)v;
}

extern const char * const side_name[NR_SIDES];
extern const char * const initiator_name[NR_INITIATORS];
extern const char * const dir_name[NR_DIRS];

#endif
