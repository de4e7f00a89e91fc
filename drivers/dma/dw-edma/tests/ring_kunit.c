// SPDX-License-Identifier: GPL-2.0
/* DesignWare eDMA: how much a list takes, and clients that do without interrupts. */

#include <linux/hrtimer.h>
#include <linux/sizes.h>

#include "fixture.h"

#define WR	EDMA_DIR_WRITE

/* What a client may rely on fits, one element more does not. */
static void dw_edma_test_ring_capacity(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_LOCAL);
	struct dw_edma_region *ll = &ctx->chip.ll_region_wr[1];
	struct dma_slave_caps caps;
	struct dw_edma_chan *chan;
	struct dma_chan *dchan;

	ll->sz = SZ_64K;
	ll->vaddr.mem = kunit_kzalloc(test, ll->sz, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ll->vaddr.mem);
	ctx->ll[WR][1] = ll->vaddr.mem;
	dw_edma_test_probe(ctx);

	dchan = dw_edma_test_request(ctx, WR, 1);
	chan = dw_edma_test_core_chan(ctx, WR, 1);
	KUNIT_ASSERT_EQ(test, dma_get_slave_caps(dchan, &caps), 0);
	/* 2730 elements, of which one is the link and one stays free */
	KUNIT_EXPECT_EQ(test, caps.max_sg_burst, 2728);

	dw_edma_test_submit(ctx, dchan, caps.max_sg_burst, 0);
	dma_async_issue_pending(dchan);
	KUNIT_EXPECT_EQ(test, chan->ring.pending, caps.max_sg_burst);
	KUNIT_EXPECT_NULL(test, chan->ring.next);

	dw_edma_test_submit(ctx, dchan, 1, 1);
	dma_async_issue_pending(dchan);
	KUNIT_EXPECT_EQ(test, chan->ring.pending, caps.max_sg_burst);
	KUNIT_EXPECT_NOT_NULL(test, chan->ring.next);

	dw_edma_test_engine_done(ctx, WR, 1);
	dw_edma_test_interrupt(ctx, WR, 1);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, chan->ring.pending, 1);
}

/* The position in a list is compared by its low half. */
static void dw_edma_test_ring_4gb(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_LOCAL);
	struct dw_edma_region *ll = &ctx->chip.ll_region_wr[3];

	ll->paddr = 0x900000000ULL - ll->sz + EDMA_LL_SZ;
	KUNIT_EXPECT_EQ(test, dw_edma_probe(&ctx->chip), -EINVAL);

	ll->paddr = 0x900000000ULL - ll->sz;
	KUNIT_EXPECT_EQ(test, dw_edma_probe(&ctx->chip), 0);
	dw_edma_remove(&ctx->chip);
}

struct engine {
	struct hrtimer timer;
	struct dw_edma_test_ctx *ctx;
	unsigned int rung;
};

/* An engine that stops after each element, as if it had not seen the next one. */
static enum hrtimer_restart engine_works(struct hrtimer *timer)
{
	struct engine *engine = container_of(timer, struct engine, timer);
	struct dw_edma_test_ctx *ctx = engine->ctx;

	if (dw_edma_test_get(ctx, WR, 1, REG_DOORBELL) != TEST_UNTOUCHED) {
		dw_edma_test_set(ctx, WR, 1, REG_DOORBELL, TEST_UNTOUCHED);
		engine->rung++;
		dw_edma_test_engine_moves(ctx, WR, 1, 1);
		dw_edma_test_engine_stops(ctx, WR, 1);
	}
	hrtimer_forward_now(timer, ms_to_ktime(1));

	return HRTIMER_RESTART;
}

/* As the target of nvmet does: no interrupt, and nobody but the client looks. */
static void dw_edma_test_sync_wait(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create_probed(test, DW_EDMA_CHIP_LOCAL);
	struct dma_chan *dchan = dw_edma_test_request(ctx, WR, 1);
	struct dma_async_tx_descriptor *tx;
	struct engine *engine;
	struct scatterlist sg[3];
	enum dma_status status;
	unsigned int i;

	sg_init_table(sg, ARRAY_SIZE(sg));
	for (i = 0; i < ARRAY_SIZE(sg); i++) {
		sg_dma_address(&sg[i]) = TEST_BURST_ADDR(0, i);
		sg_dma_len(&sg[i]) = TEST_BURST_SIZE(0, i);
	}
	tx = dmaengine_prep_slave_sg(dchan, sg, ARRAY_SIZE(sg), DMA_MEM_TO_DEV, 0);
	KUNIT_ASSERT_NOT_NULL(test, tx);

	engine = kunit_kzalloc(test, sizeof(*engine), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, engine);
	engine->ctx = ctx;
	dw_edma_test_set(ctx, WR, 1, REG_DOORBELL, TEST_UNTOUCHED);
	hrtimer_setup(&engine->timer, engine_works, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	hrtimer_start(&engine->timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	status = dma_sync_wait(dchan, dmaengine_submit(tx));
	hrtimer_cancel(&engine->timer);

	KUNIT_EXPECT_EQ(test, (int)status, (int)DMA_COMPLETE);
	KUNIT_EXPECT_EQ(test, engine->rung, ARRAY_SIZE(sg));
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 1, REG_INT_STATUS), 0);
}

/* What is terminated has ended already: its interrupt comes for the next one. */
static void dw_edma_test_terminate_done(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create_probed(test, DW_EDMA_CHIP_LOCAL);
	struct dma_chan *dchan = dw_edma_test_request(ctx, WR, 1);

	dw_edma_test_submit(ctx, dchan, 2, 0);
	dma_async_issue_pending(dchan);
	dw_edma_test_engine_done(ctx, WR, 1);
	dmaengine_terminate_async(dchan);

	dw_edma_test_submit(ctx, dchan, 2, 1);
	dma_async_issue_pending(dchan);
	dw_edma_test_engine_runs(ctx, WR, 1);
	dw_edma_test_engine_moves(ctx, WR, 1, 1);
	dw_edma_test_interrupt(ctx, WR, 1);
	dw_edma_test_expect_pending(ctx, 1);

	dw_edma_test_engine_done(ctx, WR, 1);
	dw_edma_test_interrupt(ctx, WR, 1);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_NOERROR);
}

static struct kunit_case dw_edma_ring_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_ring_capacity,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_ring_4gb,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_sync_wait,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_terminate_done,
			 dw_edma_test_shared_map_gen_params),
	{ }
};

static struct kunit_suite dw_edma_ring_suite = {
	.name = "dw_edma_ring",
	.test_cases = dw_edma_ring_cases,
};

kunit_test_suite(dw_edma_ring_suite);
