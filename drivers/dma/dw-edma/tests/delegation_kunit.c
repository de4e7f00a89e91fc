// SPDX-License-Identifier: GPL-2.0
/*
 * DesignWare eDMA: delegation of channels to the link partner, and who gets
 * which interrupt.
 */

#include <kunit/device.h>
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "fixture.h"

#define WR	EDMA_DIR_WRITE
#define RD	EDMA_DIR_READ

/* With bits that are reserved, so that it differs from what the driver writes */
#define ALL_MASKED	0x7fffffff

static struct fix *probe(struct kunit *test, u32 flags)
{
	struct fix *f = fix_create(test, test->param_value, flags);

	fix_set_msi(f, 0x100);
	fix_probe(f);

	return f;
}

static struct fix *local_probe(struct kunit *test)
{
	return probe(test, DW_EDMA_CHIP_LOCAL);
}

static void expect_free(struct fix *f, enum dw_edma_dir dir, u16 ch, bool is_free)
{
	struct dma_chan *chan = fix_try_request(f, dir, ch);

	KUNIT_EXPECT_EQ_MSG(f->test, !!chan, is_free, "channel %u", ch);
	if (chan)
		dma_release_channel(chan);
}

/* While delegated, no client has the channels; afterwards they work again. */
static void dw_edma_test_delegate(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan;
	u16 i;

	fix_set(f, RD, 0, REG_ENGINE_EN, 1);
	KUNIT_ASSERT_EQ(test, 0, dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));
	for (i = 0; i < FIX_CHANS; i++) {
		expect_free(f, RD, i, false);
		expect_free(f, WR, i, true);
	}
	if (f->map->mf != EDMA_MF_HDMA_COMPAT)
		KUNIT_EXPECT_EQ(test, fix_get(f, RD, 0, REG_ENGINE_EN), 0);
	KUNIT_EXPECT_EQ(test, dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0), -EBUSY);

	KUNIT_EXPECT_EQ(test, 0, dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, 0, dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	for (i = 0; i < FIX_CHANS; i++)
		expect_free(f, RD, i, true);

	chan = fix_request(f, RD, 1);
	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	fix_engine_done(f, RD, 1);
	fix_interrupt(f, RD, 1);
	fix_expect_result(f, 0, DMA_TRANS_NOERROR);
}

/* All or nothing. */
static void dw_edma_test_delegate_busy(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, RD, 2);

	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	fix_engine_runs(f, RD, 2);

	KUNIT_EXPECT_EQ(test, dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0), -EBUSY);
	expect_free(f, RD, 0, true);
	expect_free(f, RD, 1, true);
	expect_free(f, RD, 3, true);

	fix_engine_done(f, RD, 2);
	fix_interrupt(f, RD, 2);
	fix_expect_result(f, 0, DMA_TRANS_NOERROR);
}

static void dw_edma_test_delegate_refused(struct kunit *test)
{
	struct fix *f = fix_create(test, test->param_value, DW_EDMA_CHIP_LOCAL);

	KUNIT_EXPECT_EQ(test, -ENODEV,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));

	/* The instance does not own what it would delegate */
	kunit_device_unregister(test, f->dev);
	f = probe(test, DW_EDMA_CHIP_PARTIAL);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));
}

/* Maps that two machines cannot share, or that cannot be reclaimed safely. */
static void dw_edma_test_delegate_map(struct kunit *test)
{
	static const enum dw_edma_map_format formats[] = {
		EDMA_MF_EDMA_LEGACY, EDMA_MF_HDMA_NATIVE,
	};
	struct fix_map map;
	struct fix *f;
	int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		map = fix_maps[formats[i] == EDMA_MF_HDMA_NATIVE ? 2 : 0];
		map.mf = formats[i];
		f = fix_create(test, &map, DW_EDMA_CHIP_LOCAL);
		KUNIT_ASSERT_EQ(test, dw_edma_probe(&f->chip), 0);
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));
		expect_free(f, RD, 0, true);
		dw_edma_remove(&f->chip);
		kunit_device_unregister(test, f->dev);
	}
}

/* The function that the requests of a channel are, in its control register. */
static u32 function_of(struct fix *f, enum dw_edma_dir dir, u16 ch)
{
	return fix_get(f, dir, ch, REG_CH_STATUS) >> 12 & 0x1f;
}

/* The owner's channels make their requests as the function of the delegation. */
static void dw_edma_test_delegate_function(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 1);

	KUNIT_EXPECT_EQ(test, -EINVAL,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 32));
	expect_free(f, RD, 0, true);

	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 5));
	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, function_of(f, WR, 1), 5);
	fix_engine_done(f, WR, 1);
	fix_interrupt(f, WR, 1);

	KUNIT_ASSERT_EQ(test, 0, dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	fix_submit(f, chan, 1, 1);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, function_of(f, WR, 1), 0);
	fix_engine_done(f, WR, 1);
	fix_interrupt(f, WR, 1);
}

/* The instance that drives delegated channels was told the function. */
static void dw_edma_test_remote_function(struct kunit *test)
{
	struct fix *f = fix_create(test, test->param_value,
				   DW_EDMA_CHIP_PARTIAL);
	struct dma_chan *chan;

	f->chip.func_no = 31;
	fix_probe(f);
	chan = fix_request(f, RD, 2);
	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, function_of(f, RD, 2), 31);
	fix_engine_done(f, RD, 2);
	fix_interrupt(f, RD, 2);
}

/* An engine that goes on running, which registers in memory cannot do. */
static struct {
	struct dw_edma_core_ops ops;
	int (*ch_quiesce)(struct dw_edma_chan *chan);
	bool stuck;
} engine;

static int engine_quiesce(struct dw_edma_chan *chan)
{
	return engine.stuck ? -ETIMEDOUT : engine.ch_quiesce(chan);
}

static void engine_replace(struct fix *f)
{
	engine.ops = *f->chip.dw->core;
	engine.ch_quiesce = engine.ops.ch_quiesce;
	engine.ops.ch_quiesce = engine_quiesce;
	engine.stuck = false;
	f->chip.dw->core = &engine.ops;
}

/* Nobody gets the channels before the engine has stopped, then everybody can. */
static void dw_edma_test_reclaim_stuck(struct kunit *test)
{
	struct fix *f = local_probe(test);

	engine_replace(f);
	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));

	engine.stuck = true;
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));
	expect_free(f, RD, 0, false);

	engine.stuck = false;
	KUNIT_EXPECT_EQ(test, 0, dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	expect_free(f, RD, 0, true);
}

/* The next delegation finishes what the last one has left. */
static void dw_edma_test_reclaim_late(struct kunit *test)
{
	struct fix *f = local_probe(test);

	engine_replace(f);
	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));
	engine.stuck = true;
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));

	engine.stuck = false;
	KUNIT_EXPECT_EQ(test, 0,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));
	expect_free(f, RD, 0, false);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));

	/* Removing the controller does not wait for it any longer */
	engine.stuck = true;
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, 0, dw_edma_remove(&f->chip));
}

/* An interrupt that the link partner leaves unmasked is cleared, then masked. */
static void dw_edma_test_stray_int(struct kunit *test)
{
	struct fix *f = local_probe(test);
	u32 ints = fix_done_bit(f, 1) | fix_abort_bit(f, 1);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));

	for (i = 1; i <= 16; i++) {
		fix_set(f, RD, 1, REG_INT_MASK, 0);
		fix_engine_done(f, RD, 1);
		fix_interrupt(f, RD, 1);
		KUNIT_EXPECT_EQ_MSG(test, fix_get(f, RD, 1, REG_INT_STATUS), 0,
				    "interrupt %u", i);
		KUNIT_EXPECT_EQ_MSG(test, fix_get(f, RD, 1, REG_INT_MASK),
				    i < 16 ? 0 : ints, "interrupt %u", i);
	}

	/* What is masked is left for the link partner */
	fix_engine_done(f, RD, 1);
	fix_interrupt(f, RD, 1);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 1, REG_INT_STATUS),
			fix_done_bit(f, 1));
}

/* The status of delegated channels is left alone, that of others is not. */
static void dw_edma_test_delegate_irq(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 1);
	u16 i;

	KUNIT_ASSERT_EQ(test, 0, dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));
	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);

	fix_set(f, RD, 0, REG_INT_MASK, ALL_MASKED);
	for (i = 0; i < FIX_CHANS - 1; i++)
		fix_engine_done(f, RD, i);
	fix_engine_aborts(f, RD, 0, 1);
	fix_set(f, RD, 0, REG_INT_CLEAR, FIX_UNTOUCHED);
	fix_engine_done(f, WR, 1);
	fix_interrupt(f, WR, 1);

	fix_expect_result(f, 0, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 0, REG_INT_CLEAR), FIX_UNTOUCHED);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 0, REG_INT_MASK), ALL_MASKED);

	/* Reclaimed: masked, status cleared */
	KUNIT_EXPECT_EQ(test, 0, dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 0, REG_INT_MASK), 0xff00ff);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 0, REG_INT_CLEAR), 0xff00ff);
}

static void dw_edma_test_delegate_remove(struct kunit *test)
{
	struct fix *f = local_probe(test);

	KUNIT_ASSERT_EQ(test, 0, dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));
	KUNIT_EXPECT_EQ(test, dw_edma_remove(&f->chip), 0);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
}

/* The instance that drives a delegated channel: a message, masked locally. */
static void dw_edma_test_remote_irq(struct kunit *test)
{
	struct fix *f = probe(test, DW_EDMA_CHIP_PARTIAL);
	struct dma_chan *chan = fix_request(f, RD, 1);
	u32 ctrl, mask;

	fix_submit(f, chan, 1, 0);
	fix_submit(f, chan, 1, 1);
	dma_async_issue_pending(chan);

	mask = fix_get(f, RD, 1, REG_INT_MASK);
	if (f->map->per_chan) {
		KUNIT_EXPECT_EQ(test, mask, 0x7d);
	} else {
		ctrl = le32_to_cpu(fix_list_elem(f, RD, 1, 0)[0]);
		KUNIT_EXPECT_EQ(test, ctrl, LLE_CB);
		ctrl = le32_to_cpu(fix_list_elem(f, RD, 1, 1)[0]);
		KUNIT_EXPECT_EQ(test, ctrl, LLE_CB | LLE_LIE | LLE_RIE);
		KUNIT_EXPECT_EQ(test, mask, 0xff00ff);
		KUNIT_EXPECT_EQ(test, fix_get(f, RD, 1, REG_LL_ERR_EN),
				BIT(1) | BIT(17));
	}
	KUNIT_EXPECT_EQ(test, fix_list_len(f, RD, 1), 2);

	fix_engine_done(f, RD, 1);
	fix_interrupt(f, RD, 1);
	fix_expect_result(f, 0, DMA_TRANS_NOERROR);
	fix_expect_result(f, 1, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 1, REG_INT_CLEAR),
			fix_done_bit(f, 1));
}

/* A channel for notification: interrupts the link partner, polled here. */
static void dw_edma_test_remote_notify(struct kunit *test)
{
	struct fix *f = fix_create(test, test->param_value,
				   DW_EDMA_CHIP_PARTIAL);
	struct dma_chan *chan;
	dma_cookie_t cookie;
	u32 ctrl, mask;

	f->chip.rd_notify = BIT(3);
	fix_set_msi(f, 0x100);
	fix_probe(f);
	chan = fix_request(f, RD, 3);
	cookie = fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	fix_engine_runs(f, RD, 3);

	mask = fix_get(f, RD, 3, REG_INT_MASK);
	if (f->map->per_chan) {
		KUNIT_EXPECT_EQ(test, mask, BIT(6) | BIT(4));
	} else {
		ctrl = le32_to_cpu(fix_list_elem(f, RD, 3, 0)[0]);
		KUNIT_EXPECT_EQ(test, ctrl, LLE_CB | LLE_LIE);
		KUNIT_EXPECT_EQ(test, mask, 0xff00ff & ~0x080008);
		KUNIT_EXPECT_EQ(test, fix_get(f, RD, 3, REG_LL_ERR_EN), BIT(19));
	}

	KUNIT_EXPECT_EQ(test, (int)DMA_IN_PROGRESS,
			(int)dmaengine_tx_status(chan, cookie, NULL));
	fix_engine_done(f, RD, 3);
	fix_interrupt(f, RD, 3);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 3, REG_INT_CLEAR), FIX_UNTOUCHED);
	fix_expect_pending(f, 0);

	KUNIT_EXPECT_EQ(test, (int)DMA_COMPLETE,
			(int)dmaengine_tx_status(chan, cookie, NULL));
	fix_settle(f, RD, 3);
	fix_expect_result(f, 0, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 3, REG_INT_CLEAR), FIX_UNTOUCHED);

	/* An error is found in the same way */
	cookie = fix_submit(f, chan, 1, 1);
	dma_async_issue_pending(chan);
	fix_engine_aborts(f, RD, 3, 1);
	KUNIT_EXPECT_EQ(test, (int)DMA_COMPLETE,
			(int)dmaengine_tx_status(chan, cookie, NULL));
	fix_settle(f, RD, 3);
	fix_expect_result(f, 1, DMA_TRANS_ABORTED);

	/* And termination does not wait for an interrupt */
	fix_submit(f, chan, 1, 2);
	dma_async_issue_pending(chan);
	fix_engine_runs(f, RD, 3);
	dmaengine_terminate_async(chan);
	fix_engine_done(f, RD, 3);
	dmaengine_synchronize(chan);
	fix_expect_pending(f, 2);
}

static irqreturn_t count_notify(int irq, void *data)
{
	(*(unsigned int *)data)++;

	return IRQ_HANDLED;
}

/* The owner's side of that, where there is no doorbell. */
static void dw_edma_test_local_notify(struct kunit *test)
{
	struct fix *f = probe(test, DW_EDMA_CHIP_LOCAL |
				    DW_EDMA_CHIP_NO_IRQ_EMULATION);
	unsigned int count = 0;
	int irq;

	KUNIT_EXPECT_EQ(test, f->chip.db_irq, 0);
	KUNIT_EXPECT_TRUE(test, f->chip.db_offset == ~0);
	KUNIT_ASSERT_GT(test, f->chip.notify_irq, 0);
	KUNIT_EXPECT_TRUE(test, dw_edma_has_notify(&f->chip,
						   DW_EDMA_CHIP_READ, 2));
	KUNIT_EXPECT_FALSE(test, dw_edma_has_notify(&f->chip,
						    DW_EDMA_CHIP_READ, 1));
	KUNIT_EXPECT_FALSE(test, dw_edma_has_notify(&f->chip,
						    DW_EDMA_CHIP_WRITE, 2));

	irq = f->chip.notify_irq;
	KUNIT_ASSERT_EQ(test, 0, request_irq(irq, count_notify, 0, "kunit",
					     &count));
	KUNIT_ASSERT_EQ(test, 0, dw_edma_delegate(&f->chip, DW_EDMA_CHIP_READ, 0));

	/* The link partner unmasks the channel for notification only */
	fix_set(f, RD, 3, REG_INT_MASK, 0xff00ff & ~0x080008);
	fix_engine_done(f, RD, 0);
	fix_interrupt(f, RD, 0);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 0, REG_INT_CLEAR), FIX_UNTOUCHED);
	KUNIT_EXPECT_EQ(test, count, 0);

	fix_engine_done(f, RD, 3);
	fix_interrupt(f, RD, 3);
	KUNIT_EXPECT_EQ(test, fix_get(f, RD, 3, REG_INT_CLEAR),
			fix_done_bit(f, 3));
	KUNIT_EXPECT_EQ(test, count, 1);

	fix_engine_aborts(f, RD, 3, 0);
	fix_interrupt(f, RD, 3);
	KUNIT_EXPECT_EQ(test, count, 2);

	/* An ordinary channel again */
	KUNIT_EXPECT_EQ(test, 0, dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_READ));
	fix_set(f, RD, 3, REG_INT_STATUS, 0);
	fix_engine_done(f, RD, 3);
	fix_interrupt(f, RD, 3);
	KUNIT_EXPECT_EQ(test, count, 2);

	/* Channels that write to the link partner do not notify */
	KUNIT_ASSERT_EQ(test, 0, dw_edma_delegate(&f->chip, DW_EDMA_CHIP_WRITE, 0));
	fix_engine_done(f, WR, 3);
	fix_interrupt(f, WR, 3);
	KUNIT_EXPECT_EQ(test, count, 2);
	KUNIT_EXPECT_EQ(test, 0, dw_edma_reclaim(&f->chip, DW_EDMA_CHIP_WRITE));
	free_irq(irq, &count);
}

static void dw_edma_test_doorbell(struct kunit *test)
{
	struct fix *f = local_probe(test);

	if (!f->map->doorbell) {
		KUNIT_EXPECT_EQ(test, f->chip.db_irq, 0);
		KUNIT_EXPECT_GT(test, f->chip.notify_irq, 0);
		return;
	}

	KUNIT_EXPECT_GT(test, f->chip.db_irq, 0);
	KUNIT_EXPECT_EQ(test, f->chip.db_offset, 0xa0);
	KUNIT_EXPECT_EQ(test, f->chip.notify_irq, 0);
	KUNIT_EXPECT_FALSE(test, dw_edma_has_notify(&f->chip,
						    DW_EDMA_CHIP_READ,
						    FIX_CHANS));
}

static u32 imwr_data(struct fix *f, u16 ch)
{
	if (f->map->per_chan)
		return fix_get(f, RD, ch, REG_IMWR_DATA);

	return *(u16 *)(f->regs + f->map->rd[REG_IMWR_DATA] + 2 * ch);
}

static void expect_imwr_addr(struct fix *f)
{
	u32 *done = f->regs + f->map->rd[REG_DONE_IMWR];
	u32 *abort = f->regs + f->map->rd[REG_ABORT_IMWR];

	KUNIT_EXPECT_EQ(f->test, done[0], f->msi.msg.address_lo);
	KUNIT_EXPECT_EQ(f->test, done[1], f->msi.msg.address_hi);
	KUNIT_EXPECT_EQ(f->test, abort[0], f->msi.msg.address_lo);
	KUNIT_EXPECT_EQ(f->test, abort[1], f->msi.msg.address_hi);
}

/* The driver got some vectors of an MSI, not the first ones. */
static void dw_edma_test_imwr_vectors(struct kunit *test)
{
	struct fix *f = fix_create(test, test->param_value,
				   DW_EDMA_CHIP_PARTIAL);
	u16 i;

	fix_set_msi(f, 0x4f0);
	f->first_irq = f->irqs + 2;
	f->chip.nr_irqs = 2;
	fix_probe(f);

	expect_imwr_addr(f);
	for (i = 0; i < FIX_CHANS; i++)
		KUNIT_EXPECT_EQ(test, imwr_data(f, i), 0x4f0 + 2 + i % 2);
}

static void dw_edma_test_imwr_one_vector(struct kunit *test)
{
	struct fix *f = fix_create(test, test->param_value,
				   DW_EDMA_CHIP_PARTIAL);
	u16 i;

	fix_set_msi(f, 0x4f0);
	f->first_irq = f->irqs + 3;
	fix_probe(f);

	expect_imwr_addr(f);
	for (i = 0; i < FIX_CHANS; i++)
		KUNIT_EXPECT_EQ(test, imwr_data(f, i), 0x4f3);
}

/* The interrupt moves to another CPU, which has another message for it. */
static void dw_edma_test_imwr_changes(struct kunit *test)
{
	struct fix *f = fix_create(test, test->param_value,
				   DW_EDMA_CHIP_PARTIAL);
	u16 i;

	fix_set_msi(f, 0x4f0);
	f->first_irq = f->irqs + 1;
	KUNIT_ASSERT_EQ(test, 0, dw_edma_probe(&f->chip));
	KUNIT_ASSERT_NOT_NULL(test, f->msi.write_msi_msg);

	f->msi.msg.address_lo ^= 0x1000;
	f->msi.msg.data = 0x2a0;
	f->msi.write_msi_msg(&f->msi, f->msi.write_msi_msg_data);
	expect_imwr_addr(f);
	for (i = 0; i < FIX_CHANS; i++)
		KUNIT_EXPECT_EQ(test, imwr_data(f, i), 0x2a1);

	dw_edma_remove(&f->chip);
	KUNIT_EXPECT_NULL(test, f->msi.write_msi_msg);
}

KUNIT_ARRAY_PARAM(fix_map, fix_maps, fix_map_desc);

static struct kunit_case dw_edma_delegation_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_delegate, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_busy, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_refused, fix_shared_map_gen_params),
	KUNIT_CASE(dw_edma_test_delegate_map),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_function, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_remote_function, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_irq, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_remove, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_reclaim_stuck, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_reclaim_late, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_stray_int, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_remote_irq, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_remote_notify, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_local_notify, fix_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_doorbell, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_imwr_vectors, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_imwr_one_vector, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_imwr_changes, fix_map_gen_params),
	{ }
};

static struct kunit_suite dw_edma_delegation_suite = {
	.name = "dw_edma_delegation",
	.test_cases = dw_edma_delegation_cases,
};

kunit_test_suite(dw_edma_delegation_suite);
