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

#define FIX_MSI_ADDR_HI	0x12
#define FIX_MSI_ADDR_LO	0x34567890

/* Offsets from the databook, not from the driver's headers */
#define FIX_V0_REGS							\
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

const struct fix_map fix_maps[3] = {
	{
		.name = "unroll", .mf = EDMA_MF_EDMA_UNROLL, FIX_V0_REGS,
		.doorbell = true, .knows_pos = true,
	},
	{
		.name = "hdma-compat", .mf = EDMA_MF_HDMA_COMPAT, FIX_V0_REGS,
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

void fix_map_desc(const struct fix_map *map, char *desc)
{
	strscpy(desc, map->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(fix_map, fix_maps, fix_map_desc);

/* The maps whose channels can be delegated */
const void *fix_shared_map_gen_params(struct kunit *test, const void *prev,
				      char *desc)
{
	const struct fix_map *map = prev;

	do {
		map = fix_map_gen_params(test, map, desc);
	} while (map && map->per_chan);

	return map;
}

static u32 *fix_reg(struct fix *f, enum dw_edma_dir dir, u16 ch,
		    enum fix_reg reg)
{
	const struct fix_map *map = f->map;
	u32 off = dir == EDMA_DIR_WRITE ? map->wr[reg] : map->rd[reg];

	if (map->per_chan || reg == REG_CH_STATUS || reg == REG_LLP)
		off += ch * map->stride;
	else if (reg == REG_PWR_EN)
		off += ch * sizeof(u32);

	return f->regs + off;
}

u32 fix_get(struct fix *f, enum dw_edma_dir dir, u16 ch, enum fix_reg reg)
{
	return READ_ONCE(*fix_reg(f, dir, ch, reg));
}

void fix_set(struct fix *f, enum dw_edma_dir dir, u16 ch, enum fix_reg reg,
	     u32 val)
{
	WRITE_ONCE(*fix_reg(f, dir, ch, reg), val);
}

u32 fix_done_bit(struct fix *f, u16 ch)
{
	return f->map->per_chan ? BIT(0) : BIT(ch);
}

u32 fix_abort_bit(struct fix *f, u16 ch)
{
	return f->map->per_chan ? BIT(2) : BIT(16 + ch);
}

static int fix_irq_vector(struct device *dev, unsigned int nr)
{
	struct fix *f = dev_get_drvdata(dev);

	return f->first_irq + nr;
}

static const struct dw_edma_plat_ops fix_plat_ops = {
	.irq_vector = fix_irq_vector,
};

static void fix_free_irqs(void *data)
{
	struct fix *f = data;

	irq_free_descs(f->irqs, FIX_IRQS);
}

static void fix_remove(void *data)
{
	struct fix *f = data;

	if (f->chip.dw)
		dw_edma_remove(&f->chip);
}

/* Not probed yet, so that a test can change the chip. */
struct fix *fix_create(struct kunit *test, const struct fix_map *map, u32 flags)
{
	struct dw_edma_region *ll;
	unsigned int i, dir;
	struct fix *f;
	int irq;

	f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f);
	f->test = test;
	f->map = map;

	f->regs = kunit_kzalloc(test, FIX_REGS_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->regs);
	if (!map->per_chan)
		*(u32 *)(f->regs + 8) = FIX_CHANS << 16 | FIX_CHANS;

	irq = irq_alloc_descs(-1, 1, FIX_IRQS, NUMA_NO_NODE);
	KUNIT_ASSERT_GT(test, irq, 0);
	f->irqs = irq;
	f->first_irq = irq;
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, fix_free_irqs, f));
	for (i = 0; i < FIX_IRQS; i++)
		irq_set_chip_and_handler(irq + i, &dummy_irq_chip,
					 handle_simple_irq);

	f->dev = kunit_device_register(test, "dw-edma-kunit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->dev);
	f->dev->dma_parms = &f->dma_parms;
	dev_set_drvdata(f->dev, f);

	f->chip.dev = f->dev;
	f->chip.ops = &fix_plat_ops;
	f->chip.flags = flags;
	f->chip.mf = map->mf;
	f->chip.reg_base = (void __iomem *)f->regs;
	f->chip.nr_irqs = 1;

	for (dir = 0; dir < 2; dir++) {
		for (i = 0; i < FIX_CHANS; i++) {
			f->ll[dir][i] = kunit_kzalloc(test, PAGE_SIZE,
						      GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, f->ll[dir][i]);
			ll = dir ? &f->chip.ll_region_rd[i] :
				   &f->chip.ll_region_wr[i];
			ll->vaddr.mem = f->ll[dir][i];
			ll->paddr = 0x8000000000ULL + dir * SZ_1M + i * SZ_64K;
			ll->sz = PAGE_SIZE;
		}
	}

	/* Whoever does not own the controller has the read direction */
	f->chip.ll_rd_cnt = FIX_CHANS;
	if (!(flags & DW_EDMA_CHIP_PARTIAL))
		f->chip.ll_wr_cnt = FIX_CHANS;

	return f;
}

/* All interrupts are one multi-vector MSI. */
void fix_set_msi(struct fix *f, u16 data)
{
	unsigned int i;

	f->msi.irq = f->irqs;
	f->msi.nvec_used = FIX_IRQS;
	f->msi.msg.address_hi = FIX_MSI_ADDR_HI;
	f->msi.msg.address_lo = FIX_MSI_ADDR_LO;
	f->msi.msg.data = data;

	for (i = 0; i < FIX_IRQS; i++)
		irq_get_irq_data(f->irqs + i)->common->msi_desc = &f->msi;
}

void fix_probe(struct fix *f)
{
	struct kunit *test = f->test;

	KUNIT_ASSERT_EQ(test, dw_edma_probe(&f->chip), 0);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, fix_remove, f));
}

struct dw_edma_chan *fix_core_chan(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	struct dw_edma *dw = f->chip.dw;

	return &dw->chan[dir == EDMA_DIR_WRITE ? ch : dw->wr_ch_cnt + ch];
}

static bool fix_filter(struct dma_chan *dchan, void *param)
{
	return dchan == param;
}

struct dma_chan *fix_try_request(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);

	return dma_request_channel(mask, fix_filter,
				   &fix_core_chan(f, dir, ch)->vc.chan);
}

static void fix_release(void *data)
{
	dma_release_channel(data);
}

/* Released at the end of the test, before the controller is removed. */
struct dma_chan *fix_request(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	struct dma_chan *dchan = fix_try_request(f, dir, ch);
	struct dma_slave_config config = {
		.src_addr = 0x1000, .dst_addr = 0x2000,
	};
	struct kunit *test = f->test;

	KUNIT_ASSERT_NOT_NULL(test, dchan);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, fix_release, dchan));
	KUNIT_ASSERT_EQ(test, dmaengine_slave_config(dchan, &config), 0);

	return dchan;
}

struct fix_param {
	struct fix	*f;
	unsigned int	idx;
};

static void fix_callback(void *data, const struct dmaengine_result *result)
{
	struct fix_param *param = data;
	struct fix_result *r = &param->f->result[param->idx];

	r->calls++;
	r->order = param->f->results++;
	r->result = result->result;
	r->residue = result->residue;
}

/* Descriptor number @idx of the test; bursts have known sizes and addresses. */
dma_cookie_t fix_submit(struct fix *f, struct dma_chan *dchan,
			unsigned int bursts, unsigned int idx)
{
	struct dw_edma_chan *chan = dchan2dw_edma_chan(dchan);
	struct dma_async_tx_descriptor *tx;
	struct kunit *test = f->test;
	struct fix_param *param;
	struct scatterlist *sg;
	unsigned int i;
	bool to_dev;

	sg = kunit_kcalloc(test, bursts, sizeof(*sg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sg);
	sg_init_table(sg, bursts);
	for (i = 0; i < bursts; i++) {
		sg_dma_address(&sg[i]) = FIX_BURST_ADDR(idx, i);
		sg_dma_len(&sg[i]) = FIX_BURST_SIZE(idx, i);
	}

	to_dev = chan->dw->local == (chan->dir == EDMA_DIR_WRITE);
	tx = dmaengine_prep_slave_sg(dchan, sg, bursts,
				     to_dev ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM,
				     DMA_PREP_INTERRUPT);
	KUNIT_ASSERT_NOT_NULL(test, tx);

	param = kunit_kzalloc(test, sizeof(*param), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, param);
	param->f = f;
	param->idx = idx;
	tx->callback_result = fix_callback;
	tx->callback_param = param;

	return dmaengine_submit(tx);
}

static void fix_set_state(struct fix *f, enum dw_edma_dir dir, u16 ch, u32 state)
{
	fix_set(f, dir, ch, REG_CH_STATUS,
		f->map->per_chan ? state : state << 5);
}

void fix_engine_runs(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	fix_set_state(f, dir, ch, 1);
}

static void fix_set_status(struct fix *f, enum dw_edma_dir dir, u16 ch, u32 bit)
{
	fix_set(f, dir, ch, REG_INT_STATUS,
		fix_get(f, dir, ch, REG_INT_STATUS) | bit);
}

void fix_engine_done(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	fix_set_state(f, dir, ch, 3);
	fix_set_status(f, dir, ch, fix_done_bit(f, ch));
}

/* @next: the element that the linked list pointer points to; -1: nowhere */
void fix_engine_aborts(struct fix *f, enum dw_edma_dir dir, u16 ch, int next)
{
	u64 llp = ~0ULL;

	if (next >= 0)
		llp = fix_core_chan(f, dir, ch)->ll_region.paddr + 24 * next;
	*fix_reg(f, dir, ch, REG_LLP) = lower_32_bits(llp);
	*(fix_reg(f, dir, ch, REG_LLP) + 1) = upper_32_bits(llp);

	fix_set_state(f, dir, ch, 2);
	fix_set_status(f, dir, ch, fix_abort_bit(f, ch));
}

void fix_settle(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	struct dw_edma_chan *chan = fix_core_chan(f, dir, ch);

	flush_work(&chan->irq_work);
	tasklet_kill(&chan->vc.task);
}

/*
 * The status is cleared by what the driver writes, as write-1-to-clear does. To
 * see that, the zero that is written for emulated interrupts must not follow.
 */
void fix_interrupt(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	u32 status = fix_get(f, dir, ch, REG_INT_STATUS);
	int db_irq = f->chip.db_irq;
	u32 clear;

	fix_set(f, dir, ch, REG_INT_CLEAR, FIX_UNTOUCHED);
	f->chip.db_irq = 0;
	generic_handle_irq_safe(fix_core_chan(f, dir, ch)->irq);
	f->chip.db_irq = db_irq;
	clear = fix_get(f, dir, ch, REG_INT_CLEAR);
	if (clear != FIX_UNTOUCHED)
		fix_set(f, dir, ch, REG_INT_STATUS, status & ~clear);

	fix_settle(f, dir, ch);
}

const __le32 *fix_list_elem(struct fix *f, enum dw_edma_dir dir, u16 ch,
			    unsigned int elem)
{
	return f->ll[dir][ch] + 24 * elem;
}

/* Number of elements in front of the one that ends the list */
unsigned int fix_list_len(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / 24; i++)
		if (le32_to_cpu(fix_list_elem(f, dir, ch, i)[0]) & LLE_LLP)
			break;

	return i;
}

void fix_expect_result(struct fix *f, unsigned int idx,
		       enum dmaengine_tx_result result)
{
	KUNIT_EXPECT_EQ_MSG(f->test, f->result[idx].calls, 1,
			    "descriptor %u", idx);
	KUNIT_EXPECT_EQ_MSG(f->test, (int)f->result[idx].result, (int)result,
			    "descriptor %u", idx);
}

void fix_expect_pending(struct fix *f, unsigned int idx)
{
	KUNIT_EXPECT_EQ_MSG(f->test, f->result[idx].calls, 0,
			    "descriptor %u", idx);
}

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the DesignWare eDMA driver");
