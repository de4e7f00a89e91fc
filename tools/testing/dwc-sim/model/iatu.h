/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal address translation, unrolled register file: 512 bytes a pair of
 * windows, outbound in the lower half. Inbound windows match a BAR or a range
 * of PCIe addresses; outbound windows match a range of the CPU's addresses.
 */
#ifndef DWC_SIM_IATU_H
#define DWC_SIM_IATU_H

#include "types.h"

struct sim;

#define ATU_MAX_WINDOWS		16
#define ATU_PAIR_SIZE		512
#define ATU_FILE_SIZE		(ATU_MAX_WINDOWS * ATU_PAIR_SIZE)

#define ATU_CTRL1		0x00
#define ATU_CTRL1_INCREASE	BIT(13)
#define ATU_CTRL1_FUNC(v)	((v) >> 20 & 7)
#define ATU_CTRL2		0x04
#define ATU_CTRL2_ENABLE	BIT(31)
#define ATU_CTRL2_BAR_MODE	BIT(30)
#define ATU_CTRL2_FUNC_MATCH	BIT(19)
#define ATU_LOWER_BASE		0x08
#define ATU_UPPER_BASE		0x0c
#define ATU_LIMIT		0x10
#define ATU_LOWER_TARGET	0x14
#define ATU_UPPER_TARGET	0x18
#define ATU_UPPER_LIMIT		0x20
#define ATU_UPPER_LIMIT_BITS	0xff

enum atu_dir { ATU_OB, ATU_IB, NR_ATU_DIRS };

struct atu_window {
	uint32_t ctrl1, ctrl2;
	uint32_t lower_base, upper_base;
	uint32_t limit, upper_limit;
	uint32_t lower_target, upper_target;
};

struct iatu {
	struct atu_window win[NR_ATU_DIRS][ATU_MAX_WINDOWS];
};

/**
 * struct atu_hit - answer of a look-up
 * @hit:	a window matched
 * @addr:	translated address
 * @len:	bytes the answer holds for
 * @window:	which
 * @func:	outbound: whose request it is
 * @into:	bytes from the start of the window
 */
struct atu_hit {
	bool hit;
	uint64_t addr;
	uint64_t len;
	unsigned int window;
	unsigned int func;
	uint64_t into;
};

void iatu_reset(struct iatu *atu);
uint32_t iatu_read(struct sim *sim, enum side who, unsigned int off, unsigned int size);
void iatu_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v);
struct atu_hit iatu_inbound(const struct sim *sim, unsigned int func, unsigned int bar, uint64_t off,
			    uint64_t len);
struct atu_hit iatu_outbound(struct sim *sim, uint64_t addr, uint64_t len);
bool iatu_target(const struct sim *sim, enum atu_dir dir, unsigned int nr, uint64_t *addr,
		 uint64_t *size);
bool iatu_leads_to(const struct sim *sim, enum atu_dir dir, uint64_t addr);

#endif
