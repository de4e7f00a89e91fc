// SPDX-License-Identifier: GPL-2.0
/* DesignWare eDMA: delegation of channels to the link partner. */

#include <kunit/device.h>
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "fixture.h"

#define WR	EDMA_DIR_WRITE
#define RD	EDMA_DIR_READ

/* With bits that are reserved, so that it differs from what the driver writes */
#define ALL_MASKED	0x7fffffff

static struct dw_edma_test_ctx *local_probe(struct kunit *test)
{
	return dw_edma_test_create_probed(test, DW_EDMA_CHIP_LOCAL);
}

static void expect_free(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
			u16 ch, bool is_free)
{
	struct dma_chan *chan = dw_edma_test_try_request(ctx, dir, ch);

	KUNIT_EXPECT_EQ_MSG(ctx->test, !!chan, is_free, "channel %u", ch);
	if (chan)
		dma_release_channel(chan);
}

/* While delegated, no client has the channels; afterwards they work again. */
static void dw_edma_test_delegate(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan;
	u16 i;

	dw_edma_test_set(ctx, RD, 0, REG_ENGINE_EN, 1);
	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));
	for (i = 0; i < TEST_CHANS; i++) {
		expect_free(ctx, RD, i, false);
		expect_free(ctx, WR, i, true);
	}
	if (ctx->map->mf != EDMA_MF_HDMA_COMPAT)
		KUNIT_EXPECT_EQ(test,
				dw_edma_test_get(ctx, RD, 0, REG_ENGINE_EN), 0);
	KUNIT_EXPECT_EQ(test,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0),
			-EBUSY);

	KUNIT_EXPECT_EQ(test, 0,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, 0,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	for (i = 0; i < TEST_CHANS; i++)
		expect_free(ctx, RD, i, true);

	chan = dw_edma_test_request(ctx, RD, 1);
	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_done(ctx, RD, 1);
	dw_edma_test_interrupt(ctx, RD, 1);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
}

/* All or nothing. */
static void dw_edma_test_delegate_busy(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, RD, 2);

	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_runs(ctx, RD, 2);

	KUNIT_EXPECT_EQ(test,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0),
			-EBUSY);
	expect_free(ctx, RD, 0, true);
	expect_free(ctx, RD, 1, true);
	expect_free(ctx, RD, 3, true);

	dw_edma_test_engine_done(ctx, RD, 2);
	dw_edma_test_interrupt(ctx, RD, 2);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
}

static void dw_edma_test_delegate_refused(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_LOCAL);

	KUNIT_EXPECT_EQ(test, -ENODEV,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));

	/* The instance does not own what it would delegate */
	kunit_device_unregister(test, ctx->dev);
	ctx = dw_edma_test_create_probed(test, DW_EDMA_CHIP_PARTIAL);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));
}

/* Maps that two machines cannot share, or that cannot be reclaimed safely. */
static void dw_edma_test_delegate_map(struct kunit *test)
{
	static const enum dw_edma_map_format formats[] = {
		EDMA_MF_EDMA_LEGACY, EDMA_MF_HDMA_NATIVE,
	};
	struct dw_edma_test_map map;
	struct dw_edma_test_ctx *ctx;
	int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		map = dw_edma_test_maps[formats[i] == EDMA_MF_HDMA_NATIVE ? 2 :
									    0];
		map.mf = formats[i];
		ctx = dw_edma_test_create(test, &map, DW_EDMA_CHIP_LOCAL);
		KUNIT_ASSERT_EQ(test, dw_edma_probe(&ctx->chip), 0);
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ,
						 0));
		expect_free(ctx, RD, 0, true);
		dw_edma_remove(&ctx->chip);
		kunit_device_unregister(test, ctx->dev);
	}
}

/* The function that the requests of a channel are, in its control register. */
static u32 function_of(struct dw_edma_test_ctx *ctx, enum dw_edma_dir dir,
		       u16 ch)
{
	return dw_edma_test_get(ctx, dir, ch, REG_CH_STATUS) >> 12 & 0x1f;
}

/* The owner's channels make their requests as the function of the delegation. */
static void dw_edma_test_delegate_function(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 1);

	KUNIT_EXPECT_EQ(test, -EINVAL,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 32));
	expect_free(ctx, RD, 0, true);

	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 5));
	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, function_of(ctx, WR, 1), 5);
	dw_edma_test_engine_done(ctx, WR, 1);
	dw_edma_test_interrupt(ctx, WR, 1);

	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	dw_edma_test_submit(ctx, chan, 1, 1);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, function_of(ctx, WR, 1), 0);
	dw_edma_test_engine_done(ctx, WR, 1);
	dw_edma_test_interrupt(ctx, WR, 1);
}

/* The instance that drives delegated channels was told the function. */
static void dw_edma_test_remote_function(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_PARTIAL);
	struct dma_chan *chan;

	ctx->chip.func_no = 31;
	dw_edma_test_probe(ctx);
	chan = dw_edma_test_request(ctx, RD, 2);
	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, function_of(ctx, RD, 2), 31);
	dw_edma_test_engine_done(ctx, RD, 2);
	dw_edma_test_interrupt(ctx, RD, 2);
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

static void engine_replace(struct dw_edma_test_ctx *ctx)
{
	engine.ops = *ctx->chip.dw->core;
	engine.ch_quiesce = engine.ops.ch_quiesce;
	engine.ops.ch_quiesce = engine_quiesce;
	engine.stuck = false;
	ctx->chip.dw->core = &engine.ops;
}

/* Nobody gets the channels before the engine has stopped, then everybody can. */
static void dw_edma_test_reclaim_stuck(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);

	engine_replace(ctx);
	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));

	engine.stuck = true;
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));
	expect_free(ctx, RD, 0, false);

	engine.stuck = false;
	KUNIT_EXPECT_EQ(test, 0,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	expect_free(ctx, RD, 0, true);
}

/* The next delegation finishes what the last one has left. */
static void dw_edma_test_reclaim_late(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);

	engine_replace(ctx);
	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));
	engine.stuck = true;
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));

	engine.stuck = false;
	KUNIT_EXPECT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));
	expect_free(ctx, RD, 0, false);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));

	/* Removing the controller does not wait for it any longer */
	engine.stuck = true;
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, 0, dw_edma_remove(&ctx->chip));
}

/* An interrupt that the link partner unmasks is masked again, each time. */
static void dw_edma_test_stray_int(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));

	dw_edma_test_engine_done(ctx, RD, 1);
	dw_edma_test_engine_aborts(ctx, RD, 2, 0);
	for (i = 0; i < 3; i++) {
		dw_edma_test_set(ctx, RD, 1, REG_INT_MASK, 0);
		dw_edma_test_interrupt(ctx, RD, 1);
		KUNIT_EXPECT_EQ_MSG(test,
				    dw_edma_test_get(ctx, RD, 1, REG_INT_MASK),
				    0xff00ff, "interrupt %u", i);
	}

	/* It is the link partner's to clear */
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 1, REG_INT_CLEAR),
			TEST_UNTOUCHED);
}

/* The status of delegated channels is left alone, that of others is not. */
static void dw_edma_test_delegate_irq(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 1);
	u16 i;

	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));
	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);

	dw_edma_test_set(ctx, RD, 0, REG_INT_MASK, ALL_MASKED);
	for (i = 0; i < TEST_CHANS - 1; i++)
		dw_edma_test_engine_done(ctx, RD, i);
	dw_edma_test_engine_aborts(ctx, RD, 0, 1);
	dw_edma_test_set(ctx, RD, 0, REG_INT_CLEAR, TEST_UNTOUCHED);
	dw_edma_test_engine_done(ctx, WR, 1);
	dw_edma_test_interrupt(ctx, WR, 1);

	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 0, REG_INT_CLEAR),
			TEST_UNTOUCHED);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 0, REG_INT_MASK),
			ALL_MASKED);

	/* Reclaimed: masked, status cleared */
	KUNIT_EXPECT_EQ(test, 0,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 0, REG_INT_MASK),
			0xff00ff);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 0, REG_INT_CLEAR),
			0xff00ff);
}

static void dw_edma_test_delegate_remove(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);

	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));
	KUNIT_EXPECT_EQ(test, dw_edma_remove(&ctx->chip), 0);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
}

static struct kunit_case dw_edma_delegation_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_delegate,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_busy,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_refused,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE(dw_edma_test_delegate_map),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_function,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_remote_function,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_irq,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_delegate_remove,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_reclaim_stuck,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_reclaim_late,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_stray_int,
			 dw_edma_test_shared_map_gen_params),
	{ }
};

static struct kunit_suite dw_edma_delegation_suite = {
	.name = "dw_edma_delegation",
	.test_cases = dw_edma_delegation_cases,
};

kunit_test_suite(dw_edma_delegation_suite);
