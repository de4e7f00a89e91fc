// SPDX-License-Identifier: GPL-2.0
/* DesignWare eDMA: which side gets which interrupt, and by which message. */

#include "fixture.h"

#define WR	EDMA_DIR_WRITE
#define RD	EDMA_DIR_READ

static struct dw_edma_test_ctx *local_probe(struct kunit *test)
{
	return dw_edma_test_create_probed(test, DW_EDMA_CHIP_LOCAL);
}

/* The instance that drives a delegated channel: a message, masked locally. */
static void dw_edma_test_remote_irq(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create_probed(test, DW_EDMA_CHIP_PARTIAL);
	struct dma_chan *chan = dw_edma_test_request(ctx, RD, 1);
	u32 ctrl, mask;

	dw_edma_test_submit(ctx, chan, 1, 0);
	dw_edma_test_submit(ctx, chan, 1, 1);
	dma_async_issue_pending(chan);

	mask = dw_edma_test_get(ctx, RD, 1, REG_INT_MASK);
	if (ctx->map->per_chan) {
		KUNIT_EXPECT_EQ(test, mask, 0x7d);
	} else {
		ctrl = le32_to_cpu(dw_edma_test_list_elem(ctx, RD, 1, 0)[0]);
		KUNIT_EXPECT_EQ(test, ctrl, LLE_CB);
		ctrl = le32_to_cpu(dw_edma_test_list_elem(ctx, RD, 1, 1)[0]);
		KUNIT_EXPECT_EQ(test, ctrl, LLE_CB | LLE_LIE | LLE_RIE);
		KUNIT_EXPECT_EQ(test, mask, 0xff00ff);
		KUNIT_EXPECT_EQ(test,
				dw_edma_test_get(ctx, RD, 1, REG_LL_ERR_EN),
				BIT(1) | BIT(17));
	}
	KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, RD, 1), 2);

	dw_edma_test_engine_done(ctx, RD, 1);
	dw_edma_test_interrupt(ctx, RD, 1);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 1, REG_INT_CLEAR),
			dw_edma_test_done_bit(ctx, 1));
}

/* A channel that interrupts the link partner instead: polled here. */
static void dw_edma_test_remote_polled(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_PARTIAL);
	struct dma_chan *chan;
	dma_cookie_t cookie;
	u32 ctrl, mask;

	dw_edma_test_set_msi(ctx, 0x100);
	dw_edma_test_probe(ctx);
	chan = dw_edma_test_request(ctx, RD, 3);
	dw_edma_test_core_chan(ctx, RD, 3)->irq_mode = DW_EDMA_CH_IRQ_LOCAL;
	cookie = dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_runs(ctx, RD, 3);

	mask = dw_edma_test_get(ctx, RD, 3, REG_INT_MASK);
	if (ctx->map->per_chan) {
		KUNIT_EXPECT_EQ(test, mask, BIT(6) | BIT(4));
	} else {
		ctrl = le32_to_cpu(dw_edma_test_list_elem(ctx, RD, 3, 0)[0]);
		KUNIT_EXPECT_EQ(test, ctrl, LLE_CB | LLE_LIE);
		KUNIT_EXPECT_EQ(test, mask, 0xff00ff);
		KUNIT_EXPECT_EQ(test,
				dw_edma_test_get(ctx, RD, 3, REG_LL_ERR_EN),
				BIT(19));
	}

	KUNIT_EXPECT_EQ(test, (int)DMA_IN_PROGRESS,
			(int)dmaengine_tx_status(chan, cookie, NULL));
	dw_edma_test_engine_done(ctx, RD, 3);
	dw_edma_test_interrupt(ctx, RD, 3);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 3, REG_INT_CLEAR),
			TEST_UNTOUCHED);
	dw_edma_test_expect_pending(ctx, 0);

	KUNIT_EXPECT_EQ(test, (int)DMA_COMPLETE,
			(int)dmaengine_tx_status(chan, cookie, NULL));
	dw_edma_test_settle(ctx, RD, 3);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 3, REG_INT_CLEAR),
			TEST_UNTOUCHED);

	/* An error is found in the same way */
	cookie = dw_edma_test_submit(ctx, chan, 1, 1);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_aborts(ctx, RD, 3, 0);
	KUNIT_EXPECT_EQ(test, (int)DMA_COMPLETE,
			(int)dmaengine_tx_status(chan, cookie, NULL));
	dw_edma_test_settle(ctx, RD, 3);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_ABORTED);

	/* And termination does not wait for an interrupt */
	dw_edma_test_submit(ctx, chan, 1, 2);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_runs(ctx, RD, 3);
	dmaengine_terminate_async(chan);
	dw_edma_test_engine_done(ctx, RD, 3);
	dmaengine_synchronize(chan);
	dw_edma_test_expect_pending(ctx, 2);
}

static void dw_edma_test_doorbell(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);

	if (!ctx->map->doorbell) {
		KUNIT_EXPECT_EQ(test, ctx->chip.db_irq, 0);
		return;
	}

	KUNIT_EXPECT_GT(test, ctx->chip.db_irq, 0);
	KUNIT_EXPECT_EQ(test, ctx->chip.db_offset, 0xa0);
}

/* A controller that cannot emulate interrupts has none. */
static void dw_edma_test_no_doorbell(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create_probed(test, DW_EDMA_CHIP_LOCAL |
					   DW_EDMA_CHIP_NO_IRQ_EMULATION);

	KUNIT_EXPECT_EQ(test, ctx->chip.db_irq, 0);
	KUNIT_EXPECT_TRUE(test, ctx->chip.db_offset == ~0);
}

static u32 imwr_data(struct dw_edma_test_ctx *ctx, u16 ch)
{
	if (ctx->map->per_chan)
		return dw_edma_test_get(ctx, RD, ch, REG_IMWR_DATA);

	return *(u16 *)(ctx->regs + ctx->map->rd[REG_IMWR_DATA] + 2 * ch);
}

static void expect_imwr_addr(struct dw_edma_test_ctx *ctx)
{
	u32 *done = ctx->regs + ctx->map->rd[REG_DONE_IMWR];
	u32 *abort = ctx->regs + ctx->map->rd[REG_ABORT_IMWR];

	KUNIT_EXPECT_EQ(ctx->test, done[0], ctx->msi.msg.address_lo);
	KUNIT_EXPECT_EQ(ctx->test, done[1], ctx->msi.msg.address_hi);
	KUNIT_EXPECT_EQ(ctx->test, abort[0], ctx->msi.msg.address_lo);
	KUNIT_EXPECT_EQ(ctx->test, abort[1], ctx->msi.msg.address_hi);
}

/* The driver got some vectors of an MSI, not the first ones. */
static void dw_edma_test_imwr_vectors(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_PARTIAL);
	u16 i;

	dw_edma_test_set_msi(ctx, 0x4f0);
	ctx->first_irq = ctx->irqs + 2;
	ctx->chip.nr_irqs = 2;
	dw_edma_test_probe(ctx);

	expect_imwr_addr(ctx);
	for (i = 0; i < TEST_CHANS; i++)
		KUNIT_EXPECT_EQ(test, imwr_data(ctx, i), 0x4f0 + 2 + i % 2);
}

static void dw_edma_test_imwr_one_vector(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_PARTIAL);
	u16 i;

	dw_edma_test_set_msi(ctx, 0x4f0);
	ctx->first_irq = ctx->irqs + 3;
	dw_edma_test_probe(ctx);

	expect_imwr_addr(ctx);
	for (i = 0; i < TEST_CHANS; i++)
		KUNIT_EXPECT_EQ(test, imwr_data(ctx, i), 0x4f3);
}

/* The interrupt moves to another CPU, which has another message for it. */
static void dw_edma_test_imwr_changes(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_PARTIAL);
	u16 i;

	dw_edma_test_set_msi(ctx, 0x4f0);
	ctx->first_irq = ctx->irqs + 1;
	KUNIT_ASSERT_EQ(test, 0, dw_edma_probe(&ctx->chip));
	KUNIT_ASSERT_NOT_NULL(test, ctx->msi.write_msi_msg);

	ctx->msi.msg.address_lo ^= 0x1000;
	ctx->msi.msg.data = 0x2a0;
	ctx->msi.write_msi_msg(&ctx->msi, ctx->msi.write_msi_msg_data);
	expect_imwr_addr(ctx);
	for (i = 0; i < TEST_CHANS; i++)
		KUNIT_EXPECT_EQ(test, imwr_data(ctx, i), 0x2a1);

	dw_edma_remove(&ctx->chip);
	KUNIT_EXPECT_NULL(test, ctx->msi.write_msi_msg);
}

KUNIT_ARRAY_PARAM(dw_edma_test_map, dw_edma_test_maps, dw_edma_test_map_desc);

static struct kunit_case dw_edma_interrupt_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_remote_irq, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_remote_polled,
			 dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_doorbell, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_no_doorbell,
			 dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_imwr_vectors,
			 dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_imwr_one_vector,
			 dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_imwr_changes,
			 dw_edma_test_map_gen_params),
	{ }
};

static struct kunit_suite dw_edma_interrupt_suite = {
	.name = "dw_edma_interrupt",
	.test_cases = dw_edma_interrupt_cases,
};

kunit_test_suite(dw_edma_interrupt_suite);
