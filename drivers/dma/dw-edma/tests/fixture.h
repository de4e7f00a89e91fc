/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A controller that consists of registers in ordinary memory. The tests act as
 * the engine: they read what the driver has written, set status registers, and
 * raise interrupts.
 */

#ifndef _DW_EDMA_KUNIT_FIXTURE_H
#define _DW_EDMA_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/dma/edma.h>
#include <linux/dmaengine.h>
#include <linux/msi.h>

#include "../dw-edma-core.h"

#define FIX_CHANS	4
#define FIX_IRQS	4
#define FIX_REGS_SIZE	0x2000

/* No register of the controller reads like this. */
#define FIX_UNTOUCHED	0x5a5a5a5a

enum fix_reg {
	REG_ENGINE_EN, REG_DOORBELL, REG_INT_STATUS, REG_INT_MASK,
	REG_INT_CLEAR, REG_LL_ERR_EN, REG_DONE_IMWR, REG_ABORT_IMWR,
	REG_IMWR_DATA, REG_CH_STATUS, REG_LLP, REG_PWR_EN, NR_REGS,
};

/**
 * struct fix_map - a register map, and what the driver can do with it
 * @name:	for the test's log
 * @mf:		the driver's name for it
 * @wr:		offsets of the write direction's or first write channel's registers
 * @rd:		the same for reading
 * @stride:	distance of two channels' registers
 * @per_chan:	all registers are a channel's, there are none of a direction
 * @doorbell:	interrupt emulation is possible
 * @knows_pos:	the driver can tell how far an aborted run came
 */
struct fix_map {
	const char		*name;
	enum dw_edma_map_format	mf;
	u16			wr[NR_REGS];
	u16			rd[NR_REGS];
	u16			stride;
	bool			per_chan;
	bool			doorbell;
	bool			knows_pos;
};

extern const struct fix_map fix_maps[3];

struct fix_result {
	unsigned int		calls;
	unsigned int		order;
	enum dmaengine_tx_result result;
	u32			residue;
};

struct fix {
	struct kunit			*test;
	const struct fix_map		*map;
	struct device			*dev;
	struct device_dma_parameters	dma_parms;
	struct dw_edma_chip		chip;
	void				*regs;
	void				*ll[2][FIX_CHANS];
	struct msi_desc			msi;
	unsigned int			irqs;
	unsigned int			first_irq;
	struct fix_result		result[16];
	unsigned int			results;
};

struct fix *fix_create(struct kunit *test, const struct fix_map *map, u32 flags);
void fix_set_msi(struct fix *f, u16 data);
void fix_probe(struct fix *f);

u32 fix_get(struct fix *f, enum dw_edma_dir dir, u16 ch, enum fix_reg reg);
void fix_set(struct fix *f, enum dw_edma_dir dir, u16 ch, enum fix_reg reg,
	     u32 val);
u32 fix_done_bit(struct fix *f, u16 ch);
u32 fix_abort_bit(struct fix *f, u16 ch);

struct dw_edma_chan *fix_core_chan(struct fix *f, enum dw_edma_dir dir, u16 ch);
struct dma_chan *fix_request(struct fix *f, enum dw_edma_dir dir, u16 ch);
struct dma_chan *fix_try_request(struct fix *f, enum dw_edma_dir dir, u16 ch);
dma_cookie_t fix_submit(struct fix *f, struct dma_chan *dchan,
			unsigned int bursts, unsigned int idx);

void fix_engine_runs(struct fix *f, enum dw_edma_dir dir, u16 ch);
void fix_engine_done(struct fix *f, enum dw_edma_dir dir, u16 ch);
void fix_engine_aborts(struct fix *f, enum dw_edma_dir dir, u16 ch, int next);
void fix_interrupt(struct fix *f, enum dw_edma_dir dir, u16 ch);
void fix_settle(struct fix *f, enum dw_edma_dir dir, u16 ch);
unsigned int fix_list_len(struct fix *f, enum dw_edma_dir dir, u16 ch);
const __le32 *fix_list_elem(struct fix *f, enum dw_edma_dir dir, u16 ch,
			    unsigned int elem);

/* Distinct for each burst of each descriptor */
#define FIX_BURST_SIZE(idx, burst)	(0x100 * (1 + (idx)) + 8 * (burst))
#define FIX_BURST_ADDR(idx, burst)	(0x100000ULL * (1 + (idx)) + \
					 0x1000 * (burst))

/* Control word of a list's element */
#define LLE_CB		BIT(0)
#define LLE_TCB		BIT(1)
#define LLE_LLP		BIT(2)
#define LLE_LIE		BIT(3)
#define LLE_RIE		BIT(4)

void fix_expect_result(struct fix *f, unsigned int idx,
		       enum dmaengine_tx_result result);
void fix_expect_pending(struct fix *f, unsigned int idx);

void fix_map_desc(const struct fix_map *map, char *desc);
const void *fix_shared_map_gen_params(struct kunit *test, const void *prev,
				      char *desc);

#endif /* _DW_EDMA_KUNIT_FIXTURE_H */
