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

#define TEST_CHANS	4
#define TEST_IRQS	4
#define TEST_REGS_SIZE	0x2000

/* No register of the controller reads like this. */
#define TEST_UNTOUCHED	0x5a5a5a5a

enum dw_edma_test_reg {
	REG_ENGINE_EN, REG_DOORBELL, REG_INT_STATUS, REG_INT_MASK,
	REG_INT_CLEAR, REG_LL_ERR_EN, REG_DONE_IMWR, REG_ABORT_IMWR,
	REG_IMWR_DATA, REG_CH_STATUS, REG_LLP, REG_PWR_EN, NR_REGS,
};

/**
 * struct dw_edma_test_map - a register map, and what the driver can do with it
 * @name:	for the test's log
 * @mf:		the driver's name for it
 * @wr:		offsets of the write direction's or first write channel's registers
 * @rd:		the same for reading
 * @stride:	distance of two channels' registers
 * @per_chan:	all registers are a channel's, there are none of a direction
 * @doorbell:	interrupt emulation is possible
 * @knows_pos:	the driver can tell how far an aborted run came
 */
struct dw_edma_test_map {
	const char		*name;
	enum dw_edma_map_format	mf;
	u16			wr[NR_REGS];
	u16			rd[NR_REGS];
	u16			stride;
	bool			per_chan;
	bool			doorbell;
	bool			knows_pos;
};

extern const struct dw_edma_test_map dw_edma_test_maps[3];

struct dw_edma_test_result {
	unsigned int		calls;
	unsigned int		order;
	enum dmaengine_tx_result result;
	u32			residue;
};

struct dw_edma_test_ctx {
	struct kunit			*test;
	const struct dw_edma_test_map *map;
	struct device			*dev;
	struct device_dma_parameters	dma_parms;
	struct dw_edma_chip		chip;
	void				*regs;
	void *ll[2][TEST_CHANS];
	struct msi_desc			msi;
	unsigned int			irqs;
	unsigned int			first_irq;
	struct dw_edma_test_result result[16];
	unsigned int			results;
};

struct dw_edma_test_ctx *dw_edma_test_create(struct kunit *test,
					     const struct dw_edma_test_map *map,
					     u32 flags);
void dw_edma_test_set_msi(struct dw_edma_test_ctx *ctx, u16 data);
void dw_edma_test_probe(struct dw_edma_test_ctx *ctx);
struct dw_edma_test_ctx *dw_edma_test_create_probed(struct kunit *test,
						    u32 flags);

u32 dw_edma_test_get(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir, u16 ch,
		     enum dw_edma_test_reg reg);
void dw_edma_test_set(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
		      u16 ch, enum dw_edma_test_reg reg, u32 val);
u32 dw_edma_test_done_bit(struct dw_edma_test_ctx *ctx, u16 ch);
u32 dw_edma_test_abort_bit(struct dw_edma_test_ctx *ctx, u16 ch);

struct dw_edma_chan *dw_edma_test_core_chan(struct dw_edma_test_ctx *ctx,
					    enum dw_edma_dir dir, u16 ch);
struct dma_chan *dw_edma_test_request(struct dw_edma_test_ctx *ctx,
				      enum dw_edma_dir dir, u16 ch);
struct dma_chan *dw_edma_test_try_request(struct dw_edma_test_ctx *ctx,
					  enum dw_edma_dir dir, u16 ch);
dma_cookie_t dw_edma_test_submit(struct dw_edma_test_ctx *ctx,
				 struct dma_chan *dchan, unsigned int bursts,
				 unsigned int idx);

void dw_edma_test_engine_runs(struct dw_edma_test_ctx *ctx,
			      enum dw_edma_dir dir, u16 ch);
void dw_edma_test_engine_done(struct dw_edma_test_ctx *ctx,
			      enum dw_edma_dir dir, u16 ch);
void dw_edma_test_engine_aborts(struct dw_edma_test_ctx *ctx,
				enum dw_edma_dir dir, u16 ch, int next);
void dw_edma_test_interrupt(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
			    u16 ch);
void dw_edma_test_settle(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
			 u16 ch);
unsigned int dw_edma_test_list_len(struct dw_edma_test_ctx *ctx,
				   enum dw_edma_dir dir, u16 ch);
const __le32 *dw_edma_test_list_elem(struct dw_edma_test_ctx *ctx,
				     enum dw_edma_dir dir, u16 ch,
				     unsigned int elem);

/* Distinct for each burst of each descriptor */
#define TEST_BURST_SIZE(idx, burst)	(0x100 * (1 + (idx)) + 8 * (burst))
#define TEST_BURST_ADDR(idx, burst)	(0x100000ULL * (1 + (idx)) + \
					 0x1000 * (burst))

/* Control word of a list's element */
#define LLE_CB		BIT(0)
#define LLE_TCB		BIT(1)
#define LLE_LLP		BIT(2)
#define LLE_LIE		BIT(3)
#define LLE_RIE		BIT(4)

void dw_edma_test_expect_result(struct dw_edma_test_ctx *ctx, unsigned int idx,
				enum dmaengine_tx_result result);
void dw_edma_test_expect_pending(struct dw_edma_test_ctx *ctx,
				 unsigned int idx);

void dw_edma_test_map_desc(const struct dw_edma_test_map *map, char *desc);
const void *dw_edma_test_shared_map_gen_params(struct kunit *test,
					       const void *prev, char *desc);

#endif /* _DW_EDMA_KUNIT_FIXTURE_H */
