// SPDX-License-Identifier: GPL-2.0
/* DesignWare eDMA: channels whose transfers interrupt the link partner. */

#include <linux/irq.h>

#include "fixture.h"

#define WR	EDMA_DIR_WRITE
#define RD	EDMA_DIR_READ

static u32 control(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
		   unsigned int elem)
{
	return le32_to_cpu(dw_edma_test_list_elem(ctx, dir, 1, elem)[0]);
}

/* What both sides have in common: done is polled, an error interrupts. */
static void expect_outcome(struct dw_edma_test_ctx *ctx, struct dma_chan *chan,
			   enum dw_edma_dir dir, dma_cookie_t cookie)
{
	struct kunit *test = ctx->test;

	dw_edma_test_engine_done(ctx, dir, 1);
	dw_edma_test_interrupt(ctx, dir, 1);
	dw_edma_test_expect_pending(ctx, 0);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, dir, 1, REG_INT_CLEAR),
			TEST_UNTOUCHED);
	KUNIT_EXPECT_EQ(test, (int)DMA_COMPLETE,
			(int)dmaengine_tx_status(chan, cookie, NULL));
	dw_edma_test_settle(ctx, dir, 1);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);

	dw_edma_test_set(ctx, dir, 1, REG_INT_STATUS, 0);
	dw_edma_test_submit(ctx, chan, 1, 1);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_aborts(ctx, dir, 1, 0);
	dw_edma_test_interrupt(ctx, dir, 1);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_ABORTED);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, dir, 1, REG_INT_CLEAR),
			dw_edma_test_abort_bit(ctx, 1));
}

/* The endpoint's own channel: a message, the local interrupt masked. */
static void dw_edma_test_peer_local(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create_probed(test, DW_EDMA_CHIP_LOCAL);
	struct msi_msg msg = {
		.address_hi = 0x9a, .address_lo = 0xbcde0000, .data = 0x42,
	};
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 1);
	dma_cookie_t cookie;

	KUNIT_EXPECT_EQ(test, dw_edma_set_peer_irq(chan, NULL), -EINVAL);
	KUNIT_ASSERT_EQ(test, dw_edma_set_peer_irq(chan, &msg), 0);
	dw_edma_test_set(ctx, WR, 1, REG_INT_CLEAR, 0);
	cookie = dw_edma_test_submit(ctx, chan, 2, 0);
	dma_async_issue_pending(chan);

	KUNIT_EXPECT_EQ(test, control(ctx, WR, 0), LLE_CB);
	KUNIT_EXPECT_EQ(test, control(ctx, WR, 1), LLE_CB | LLE_LIE | LLE_RIE);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 1, REG_INT_MASK),
			0xff00ff & ~BIT(17));
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 1, REG_LL_ERR_EN),
			BIT(17));
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 1, REG_DONE_IMWR),
			msg.address_lo);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 1, REG_IMWR_DATA) >> 16,
			msg.data);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 1, REG_INT_CLEAR),
			dw_edma_test_done_bit(ctx, 1));

	/* The message has moved: at once, also of a busy channel */
	msg.data = 0x43;
	KUNIT_EXPECT_EQ(test, dw_edma_set_peer_irq(chan, &msg), 0);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 1, REG_IMWR_DATA) >> 16,
			msg.data);

	expect_outcome(ctx, chan, WR, cookie);
}

/* A delegated channel: the local interrupt, whose mask is the link partner's. */
static void dw_edma_test_peer_remote(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create_probed(test, DW_EDMA_CHIP_PARTIAL);
	struct dma_chan *chan = dw_edma_test_request(ctx, RD, 1);
	struct msi_msg msg = { };
	dma_cookie_t cookie;

	KUNIT_EXPECT_EQ(test, dw_edma_set_peer_irq(chan, &msg), -EINVAL);
	KUNIT_ASSERT_EQ(test, dw_edma_set_peer_irq(chan, NULL), 0);
	dw_edma_test_set(ctx, RD, 1, REG_INT_MASK, TEST_UNTOUCHED);
	dw_edma_test_set(ctx, RD, 1, REG_INT_CLEAR, TEST_UNTOUCHED);
	cookie = dw_edma_test_submit(ctx, chan, 2, 0);
	dma_async_issue_pending(chan);

	KUNIT_EXPECT_EQ(test, control(ctx, RD, 0), LLE_CB);
	KUNIT_EXPECT_EQ(test, control(ctx, RD, 1), LLE_CB | LLE_LIE);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 1, REG_INT_MASK),
			TEST_UNTOUCHED);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 1, REG_INT_CLEAR),
			TEST_UNTOUCHED);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 1, REG_LL_ERR_EN),
			BIT(17) | BIT(1));

	expect_outcome(ctx, chan, RD, cookie);
}

/* Not of a busy channel, and not for whoever has the channel next. */
static void dw_edma_test_peer_limits(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create_probed(test, DW_EDMA_CHIP_LOCAL);
	struct dma_chan *busy = dw_edma_test_request(ctx, WR, 0);
	struct dma_chan *chan = dw_edma_test_try_request(ctx, WR, 1);
	struct msi_msg msg = { };

	KUNIT_ASSERT_NOT_NULL(test, chan);
	dw_edma_test_submit(ctx, busy, 1, 0);
	dma_async_issue_pending(busy);
	KUNIT_EXPECT_EQ(test, dw_edma_set_peer_irq(busy, &msg), -EBUSY);

	KUNIT_EXPECT_EQ(test, dw_edma_set_peer_irq(chan, &msg), 0);
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test,
			(int)dw_edma_test_core_chan(ctx, WR, 1)->irq_mode,
			(int)DW_EDMA_CH_IRQ_LOCAL);
}

static struct kunit_case dw_edma_peer_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_peer_local,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_peer_remote,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_peer_limits,
			 dw_edma_test_shared_map_gen_params),
	{ }
};

static struct kunit_suite dw_edma_peer_suite = {
	.name = "dw_edma_peer",
	.test_cases = dw_edma_peer_cases,
};

kunit_test_suite(dw_edma_peer_suite);
