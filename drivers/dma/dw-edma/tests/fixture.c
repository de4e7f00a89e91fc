// SPDX-License-Identifier: GPL-2.0
/* DesignWare eDMA: what all of its tests need. */

#include <kunit/device.h>
#include <kunit/resource.h>
#include <linux/dma-mapping.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/module.h>
#include <linux/scatterlist.h>

#include "fixture.h"

#define TEST_MSI_ADDR_HI	0x12
#define TEST_MSI_ADDR_LO	0x34567890

/* Offsets from the databook, not from the driver's headers */
#define TEST_V0_REGS							\
	.wr = {								\
		[REG_ENGINE_EN] = 0x0c, [REG_DOORBELL] = 0x10,		\
		[REG_INT_STATUS] = 0x4c, [REG_INT_MASK] = 0x54,		\
		[REG_INT_CLEAR] = 0x58, [REG_LL_ERR_EN] = 0x90,		\
		[REG_DONE_IMWR] = 0x60, [REG_ABORT_IMWR] = 0x68,	\
		[REG_IMWR_DATA] = 0x70,					\
		[REG_CH_STATUS] = 0x200, [REG_LLP] = 0x21c,		\
		[REG_PWR_EN] = 0x128,					\
	},								\
	.rd = {								\
		[REG_ENGINE_EN] = 0x2c, [REG_DOORBELL] = 0x30,		\
		[REG_INT_STATUS] = 0xa0, [REG_INT_MASK] = 0xa8,		\
		[REG_INT_CLEAR] = 0xac, [REG_LL_ERR_EN] = 0xc4,		\
		[REG_DONE_IMWR] = 0xcc, [REG_ABORT_IMWR] = 0xd4,	\
		[REG_IMWR_DATA] = 0xdc,					\
		[REG_CH_STATUS] = 0x300, [REG_LLP] = 0x31c,		\
		[REG_PWR_EN] = 0x168,					\
	},								\
	.stride = 0x200

const struct dw_edma_test_map dw_edma_test_maps[3] = {
	{
		.name = "unroll", .mf = EDMA_MF_EDMA_UNROLL, TEST_V0_REGS,
		.doorbell = true, .knows_pos = true,
	},
	{
		.name = "hdma-compat", .mf = EDMA_MF_HDMA_COMPAT, TEST_V0_REGS,
		.doorbell = true, .knows_pos = true,
	},
	{
		.name = "hdma-native", .mf = EDMA_MF_HDMA_NATIVE,
		.wr = {
			[REG_ENGINE_EN] = 0x00, [REG_DOORBELL] = 0x04,
			[REG_INT_STATUS] = 0x84, [REG_INT_MASK] = 0x88,
			[REG_INT_CLEAR] = 0x8c, [REG_DONE_IMWR] = 0x90,
			[REG_ABORT_IMWR] = 0xa0, [REG_IMWR_DATA] = 0xa8,
			[REG_CH_STATUS] = 0x80, [REG_LLP] = 0x10,
		},
		.rd = {
			[REG_ENGINE_EN] = 0x100, [REG_DOORBELL] = 0x104,
			[REG_INT_STATUS] = 0x184, [REG_INT_MASK] = 0x188,
			[REG_INT_CLEAR] = 0x18c, [REG_DONE_IMWR] = 0x190,
			[REG_ABORT_IMWR] = 0x1a0, [REG_IMWR_DATA] = 0x1a8,
			[REG_CH_STATUS] = 0x180, [REG_LLP] = 0x110,
		},
		.stride = 0x200, .per_chan = true,
	},
};

void dw_edma_test_map_desc(const struct dw_edma_test_map *map, char *desc)
{
	strscpy(desc, map->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(dw_edma_test_map, dw_edma_test_maps, dw_edma_test_map_desc);

/* The maps whose channels can be delegated */
const void *dw_edma_test_shared_map_gen_params(struct kunit *test,
					       const void *prev, char *desc)
{
	const struct dw_edma_test_map *map = prev;

	do {
		map = dw_edma_test_map_gen_params(test, map, desc);
	} while (map && map->per_chan);

	return map;
}

static u32 *dw_edma_test_reg(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
			     u16 ch, enum dw_edma_test_reg reg)
{
	const struct dw_edma_test_map *map = ctx->map;
	u32 off = dir == EDMA_DIR_WRITE ? map->wr[reg] : map->rd[reg];

	if (map->per_chan || reg == REG_CH_STATUS || reg == REG_LLP)
		off += ch * map->stride;
	else if (reg == REG_PWR_EN)
		off += ch * sizeof(u32);

	return ctx->regs + off;
}

u32 dw_edma_test_get(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir, u16 ch,
		     enum dw_edma_test_reg reg)
{
	return READ_ONCE(*dw_edma_test_reg(ctx, dir, ch, reg));
}

void dw_edma_test_set(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
		      u16 ch, enum dw_edma_test_reg reg, u32 val)
{
	WRITE_ONCE(*dw_edma_test_reg(ctx, dir, ch, reg), val);
}

u32 dw_edma_test_done_bit(struct dw_edma_test_ctx *ctx, u16 ch)
{
	return ctx->map->per_chan ? BIT(0) : BIT(ch);
}

u32 dw_edma_test_abort_bit(struct dw_edma_test_ctx *ctx, u16 ch)
{
	return ctx->map->per_chan ? BIT(2) : BIT(16 + ch);
}

static int dw_edma_test_irq_vector(struct device *dev, unsigned int nr)
{
	struct dw_edma_test_ctx *ctx = dev_get_drvdata(dev);

	return ctx->first_irq + nr;
}

static const struct dw_edma_plat_ops dw_edma_test_plat_ops = {
	.irq_vector = dw_edma_test_irq_vector,
};

static void dw_edma_test_free_irqs(void *data)
{
	struct dw_edma_test_ctx *ctx = data;

	irq_free_descs(ctx->irqs, TEST_IRQS);
}

static void dw_edma_test_remove(void *data)
{
	struct dw_edma_test_ctx *ctx = data;

	if (ctx->chip.dw)
		dw_edma_remove(&ctx->chip);
}

/* Not probed yet, so that a test can change the chip. */
struct dw_edma_test_ctx *dw_edma_test_create(struct kunit *test,
					     const struct dw_edma_test_map *map,
					     u32 flags)
{
	struct dw_edma_region *ll;
	unsigned int i, dir;
	struct dw_edma_test_ctx *ctx;
	int irq;

	ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ctx);
	ctx->test = test;
	ctx->map = map;

	ctx->regs = kunit_kzalloc(test, TEST_REGS_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ctx->regs);
	if (!map->per_chan)
		*(u32 *)(ctx->regs + 8) = TEST_CHANS << 16 | TEST_CHANS;

	irq = irq_alloc_descs(-1, 1, TEST_IRQS, NUMA_NO_NODE);
	KUNIT_ASSERT_GT(test, irq, 0);
	ctx->irqs = irq;
	ctx->first_irq = irq;
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, dw_edma_test_free_irqs,
						  ctx));
	for (i = 0; i < TEST_IRQS; i++)
		irq_set_chip_and_handler(irq + i, &dummy_irq_chip,
					 handle_simple_irq);

	ctx->dev = kunit_device_register(test, "dw-edma-kunit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ctx->dev);
	ctx->dev->dma_parms = &ctx->dma_parms;
	dev_set_drvdata(ctx->dev, ctx);

	ctx->chip.dev = ctx->dev;
	ctx->chip.ops = &dw_edma_test_plat_ops;
	ctx->chip.flags = flags;
	ctx->chip.mf = map->mf;
	ctx->chip.reg_base = (void __iomem *)ctx->regs;
	ctx->chip.nr_irqs = 1;

	for (dir = 0; dir < 2; dir++) {
		for (i = 0; i < TEST_CHANS; i++) {
			ctx->ll[dir][i] =
				kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, ctx->ll[dir][i]);
			ll = dir ? &ctx->chip.ll_region_rd[i] :
				   &ctx->chip.ll_region_wr[i];
			ll->vaddr.mem = ctx->ll[dir][i];
			ll->paddr = 0x8000000000ULL + dir * SZ_1M + i * SZ_64K;
			ll->sz = PAGE_SIZE;
		}
	}

	/* Whoever does not own the controller has the read direction */
	ctx->chip.ll_rd_cnt = TEST_CHANS;
	if (!(flags & DW_EDMA_CHIP_PARTIAL))
		ctx->chip.ll_wr_cnt = TEST_CHANS;

	return ctx;
}

/* All interrupts are one multi-vector MSI. */
void dw_edma_test_set_msi(struct dw_edma_test_ctx *ctx, u16 data)
{
	unsigned int i;

	ctx->msi.irq = ctx->irqs;
	ctx->msi.nvec_used = TEST_IRQS;
	ctx->msi.msg.address_hi = TEST_MSI_ADDR_HI;
	ctx->msi.msg.address_lo = TEST_MSI_ADDR_LO;
	ctx->msi.msg.data = data;

	for (i = 0; i < TEST_IRQS; i++)
		irq_get_irq_data(ctx->irqs + i)->common->msi_desc = &ctx->msi;
}

void dw_edma_test_probe(struct dw_edma_test_ctx *ctx)
{
	struct kunit *test = ctx->test;

	KUNIT_ASSERT_EQ(test, dw_edma_probe(&ctx->chip), 0);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, dw_edma_test_remove,
						  ctx));
}

/* With a message for interrupts to the link partner */
struct dw_edma_test_ctx *dw_edma_test_create_probed(struct kunit *test,
						    u32 flags)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, flags);

	dw_edma_test_set_msi(ctx, 0x100);
	dw_edma_test_probe(ctx);

	return ctx;
}

struct dw_edma_chan *dw_edma_test_core_chan(struct dw_edma_test_ctx *ctx,
					    enum dw_edma_dir dir, u16 ch)
{
	struct dw_edma *dw = ctx->chip.dw;

	return &dw->chan[dir == EDMA_DIR_WRITE ? ch : dw->wr_ch_cnt + ch];
}

static bool dw_edma_test_filter(struct dma_chan *dchan, void *param)
{
	return dchan == param;
}

struct dma_chan *dw_edma_test_try_request(struct dw_edma_test_ctx *ctx,
					  enum dw_edma_dir dir, u16 ch)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);

	return dma_request_channel(mask, dw_edma_test_filter,
				   &dw_edma_test_core_chan(ctx, dir, ch)->vc.chan);
}

static void dw_edma_test_release(void *data)
{
	dma_release_channel(data);
}

/* Released at the end of the test, before the controller is removed. */
struct dma_chan *dw_edma_test_request(struct dw_edma_test_ctx *ctx,
				      enum dw_edma_dir dir, u16 ch)
{
	struct dma_chan *dchan = dw_edma_test_try_request(ctx, dir, ch);
	struct dma_slave_config config = {
		.src_addr = 0x1000, .dst_addr = 0x2000,
	};
	struct kunit *test = ctx->test;

	KUNIT_ASSERT_NOT_NULL(test, dchan);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, dw_edma_test_release,
						  dchan));
	KUNIT_ASSERT_EQ(test, dmaengine_slave_config(dchan, &config), 0);

	return dchan;
}

struct dw_edma_test_param {
	struct dw_edma_test_ctx *ctx;
	unsigned int	idx;
};

static void dw_edma_test_callback(void *data,
				  const struct dmaengine_result *result)
{
	struct dw_edma_test_param *param = data;
	struct dw_edma_test_result *r = &param->ctx->result[param->idx];

	r->calls++;
	r->order = param->ctx->results++;
	r->result = result->result;
	r->residue = result->residue;
}

/* Descriptor number @idx of the test; bursts have known sizes and addresses. */
dma_cookie_t dw_edma_test_submit(struct dw_edma_test_ctx *ctx,
				 struct dma_chan *dchan, unsigned int bursts,
				 unsigned int idx)
{
	struct dw_edma_chan *chan = dchan2dw_edma_chan(dchan);
	struct dma_async_tx_descriptor *tx;
	struct kunit *test = ctx->test;
	struct dw_edma_test_param *param;
	struct scatterlist *sg;
	unsigned int i;
	bool to_dev;

	sg = kunit_kcalloc(test, bursts, sizeof(*sg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sg);
	sg_init_table(sg, bursts);
	for (i = 0; i < bursts; i++) {
		sg_dma_address(&sg[i]) = TEST_BURST_ADDR(idx, i);
		sg_dma_len(&sg[i]) = TEST_BURST_SIZE(idx, i);
	}

	to_dev = chan->dw->local == (chan->dir == EDMA_DIR_WRITE);
	tx = dmaengine_prep_slave_sg(dchan, sg, bursts,
				     to_dev ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM,
				     DMA_PREP_INTERRUPT);
	KUNIT_ASSERT_NOT_NULL(test, tx);

	param = kunit_kzalloc(test, sizeof(*param), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, param);
	param->ctx = ctx;
	param->idx = idx;
	tx->callback_result = dw_edma_test_callback;
	tx->callback_param = param;

	return dmaengine_submit(tx);
}

static void dw_edma_test_set_state(struct dw_edma_test_ctx *ctx,
				   enum dw_edma_dir dir, u16 ch, u32 state)
{
	dw_edma_test_set(ctx, dir, ch, REG_CH_STATUS,
			 ctx->map->per_chan ? state : state << 5);
}

void dw_edma_test_engine_runs(struct dw_edma_test_ctx *ctx,
			      enum dw_edma_dir dir, u16 ch)
{
	dw_edma_test_set_state(ctx, dir, ch, 1);
}

static void dw_edma_test_set_status(struct dw_edma_test_ctx *ctx,
				    enum dw_edma_dir dir, u16 ch, u32 bit)
{
	dw_edma_test_set(ctx, dir, ch, REG_INT_STATUS,
			 dw_edma_test_get(ctx, dir, ch, REG_INT_STATUS) | bit);
}

void dw_edma_test_engine_done(struct dw_edma_test_ctx *ctx,
			      enum dw_edma_dir dir, u16 ch)
{
	dw_edma_test_set_state(ctx, dir, ch, 3);
	dw_edma_test_set_status(ctx, dir, ch, dw_edma_test_done_bit(ctx, ch));
}

/* @next: the element that the linked list pointer points to; -1: nowhere */
void dw_edma_test_engine_aborts(struct dw_edma_test_ctx *ctx,
				enum dw_edma_dir dir, u16 ch, int next)
{
	u64 llp = ~0ULL;

	if (next >= 0)
		llp = dw_edma_test_core_chan(ctx, dir, ch)->ll_region.paddr +
		      24 * next;
	*dw_edma_test_reg(ctx, dir, ch, REG_LLP) = lower_32_bits(llp);
	*(dw_edma_test_reg(ctx, dir, ch, REG_LLP) + 1) = upper_32_bits(llp);

	dw_edma_test_set_state(ctx, dir, ch, 2);
	dw_edma_test_set_status(ctx, dir, ch, dw_edma_test_abort_bit(ctx, ch));
}

void dw_edma_test_settle(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
			 u16 ch)
{
	struct dw_edma_chan *chan = dw_edma_test_core_chan(ctx, dir, ch);

	flush_work(&chan->irq_work);
	tasklet_kill(&chan->vc.task);
}

/*
 * The status is cleared by what the driver writes, as write-1-to-clear does. To
 * see that, the zero that is written for emulated interrupts must not follow.
 */
void dw_edma_test_interrupt(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
			    u16 ch)
{
	u32 status = dw_edma_test_get(ctx, dir, ch, REG_INT_STATUS);
	int db_irq = ctx->chip.db_irq;
	u32 clear;

	dw_edma_test_set(ctx, dir, ch, REG_INT_CLEAR, TEST_UNTOUCHED);
	ctx->chip.db_irq = 0;
	generic_handle_irq_safe(dw_edma_test_core_chan(ctx, dir, ch)->irq);
	ctx->chip.db_irq = db_irq;
	clear = dw_edma_test_get(ctx, dir, ch, REG_INT_CLEAR);
	if (clear != TEST_UNTOUCHED)
		dw_edma_test_set(ctx, dir, ch, REG_INT_STATUS, status & ~clear);

	dw_edma_test_settle(ctx, dir, ch);
}

const __le32 *dw_edma_test_list_elem(struct dw_edma_test_ctx *ctx,
				     enum dw_edma_dir dir, u16 ch,
				     unsigned int elem)
{
	return ctx->ll[dir][ch] + 24 * elem;
}

/* Number of elements in front of the one that ends the list */
unsigned int dw_edma_test_list_len(struct dw_edma_test_ctx *ctx,
				   enum dw_edma_dir dir, u16 ch)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / 24; i++)
		if (le32_to_cpu(dw_edma_test_list_elem(ctx, dir, ch, i)[0]) &
		    LLE_LLP)
			break;

	return i;
}

void dw_edma_test_expect_result(struct dw_edma_test_ctx *ctx, unsigned int idx,
				enum dmaengine_tx_result result)
{
	KUNIT_EXPECT_EQ_MSG(ctx->test, ctx->result[idx].calls, 1,
			    "descriptor %u", idx);
	KUNIT_EXPECT_EQ_MSG(ctx->test, (int)ctx->result[idx].result,
			    (int)result, "descriptor %u", idx);
}

void dw_edma_test_expect_pending(struct dw_edma_test_ctx *ctx, unsigned int idx)
{
	KUNIT_EXPECT_EQ_MSG(ctx->test, ctx->result[idx].calls, 0,
			    "descriptor %u", idx);
}

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the DesignWare eDMA driver");
