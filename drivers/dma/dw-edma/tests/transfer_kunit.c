// SPDX-License-Identifier: GPL-2.0
/*
 * DesignWare eDMA: how descriptors become linked lists and are completed, on
 * each register map.
 */

#include "fixture.h"

#define WR	EDMA_DIR_WRITE
#define RD	EDMA_DIR_READ

static struct dw_edma_test_ctx *local_create(struct kunit *test)
{
	return dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_LOCAL);
}

static struct dw_edma_test_ctx *local_probe(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_create(test);

	dw_edma_test_probe(ctx);

	return ctx;
}

static struct dw_edma_test_ctx *remote_probe(struct kunit *test)
{
	return dw_edma_test_create_probed(test, DW_EDMA_CHIP_PARTIAL);
}

/* Element @elem is burst @burst of descriptor @idx, in the write direction. */
static void expect_burst(struct dw_edma_test_ctx *ctx, unsigned int elem,
			 unsigned int idx, unsigned int burst)
{
	const __le32 *lle = dw_edma_test_list_elem(ctx, WR, 0, elem);

	KUNIT_EXPECT_TRUE(ctx->test, le32_to_cpu(lle[0]) & LLE_CB);
	KUNIT_EXPECT_EQ_MSG(ctx->test, le32_to_cpu(lle[1]),
			    TEST_BURST_SIZE(idx, burst), "element %u", elem);
	KUNIT_EXPECT_EQ_MSG(ctx->test, le32_to_cpu(lle[2]),
			    TEST_BURST_ADDR(idx, burst), "element %u", elem);
}

static void run_done(struct dw_edma_test_ctx *ctx)
{
	dw_edma_test_engine_done(ctx, WR, 0);
	dw_edma_test_interrupt(ctx, WR, 0);
}

/* One list with everything that was issued, one interrupt, all completed. */
static void dw_edma_test_batch(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 0);
	dma_cookie_t cookie[3];
	unsigned int i;
	u32 ctrl;

	cookie[0] = dw_edma_test_submit(ctx, chan, 1, 0);
	cookie[1] = dw_edma_test_submit(ctx, chan, 2, 1);
	cookie[2] = dw_edma_test_submit(ctx, chan, 1, 2);
	dw_edma_test_set(ctx, WR, 0, REG_DOORBELL, TEST_UNTOUCHED);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_runs(ctx, WR, 0);

	KUNIT_EXPECT_NE(test, dw_edma_test_get(ctx, WR, 0, REG_DOORBELL),
			TEST_UNTOUCHED);
	KUNIT_ASSERT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 4);
	expect_burst(ctx, 0, 0, 0);
	expect_burst(ctx, 1, 1, 0);
	expect_burst(ctx, 2, 1, 1);
	expect_burst(ctx, 3, 2, 0);
	for (i = 0; i < 4 && !ctx->map->per_chan; i++) {
		ctrl = le32_to_cpu(dw_edma_test_list_elem(ctx, WR, 0, i)[0]);
		KUNIT_EXPECT_EQ(test, ctrl & (LLE_LIE | LLE_RIE),
				i == 3 ? LLE_LIE : 0);
	}

	/* The list leads back to its beginning, and ends there */
	ctrl = le32_to_cpu(dw_edma_test_list_elem(ctx, WR, 0, 4)[0]);
	KUNIT_EXPECT_EQ(test, ctrl, LLE_LLP | LLE_TCB);
	KUNIT_EXPECT_EQ(test,
			le32_to_cpu(dw_edma_test_list_elem(ctx, WR, 0, 4)[2]),
			lower_32_bits(ctx->chip.ll_region_wr[0].paddr));
	KUNIT_EXPECT_EQ(test,
			le32_to_cpu(dw_edma_test_list_elem(ctx, WR, 0, 4)[3]),
			upper_32_bits(ctx->chip.ll_region_wr[0].paddr));

	for (i = 0; i < 3; i++) {
		dw_edma_test_expect_pending(ctx, i);
		KUNIT_EXPECT_EQ(test, (int)DMA_IN_PROGRESS,
				(int)dmaengine_tx_status(chan, cookie[i], NULL));
	}
	run_done(ctx);
	for (i = 0; i < 3; i++) {
		dw_edma_test_expect_result(ctx, i, DMA_TRANS_NOERROR);
		KUNIT_EXPECT_EQ(test, ctx->result[i].order, i);
		KUNIT_EXPECT_EQ(test, ctx->result[i].residue, 0);
		KUNIT_EXPECT_EQ(test, (int)DMA_COMPLETE,
				(int)dmaengine_tx_status(chan, cookie[i], NULL));
	}
	KUNIT_EXPECT_EQ(test, (int)dw_edma_test_core_chan(ctx, WR, 0)->status,
			(int)EDMA_ST_IDLE);
}

/* What is issued while the engine runs, makes the next run. */
static void dw_edma_test_batch_while_busy(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 0);

	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_runs(ctx, WR, 0);
	dw_edma_test_submit(ctx, chan, 1, 1);
	dw_edma_test_submit(ctx, chan, 1, 2);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 1);

	run_done(ctx);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
	dw_edma_test_expect_pending(ctx, 1);
	KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 2);
	expect_burst(ctx, 0, 1, 0);
	expect_burst(ctx, 1, 2, 0);

	run_done(ctx);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_NOERROR);
	dw_edma_test_expect_result(ctx, 2, DMA_TRANS_NOERROR);
}

/* Descriptors are not torn apart, unless one is larger than the list. */
static void dw_edma_test_batch_limit(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_create(test);
	struct dma_tx_state state;
	struct dma_chan *chan;
	dma_cookie_t big;
	unsigned int i;
	u32 residue;

	ctx->chip.ll_region_wr[0].sz = 5 * 24;
	dw_edma_test_probe(ctx);
	chan = dw_edma_test_request(ctx, WR, 0);

	dw_edma_test_submit(ctx, chan, 3, 0);
	dw_edma_test_submit(ctx, chan, 2, 1);
	big = dw_edma_test_submit(ctx, chan, 6, 2);
	dw_edma_test_submit(ctx, chan, 2, 3);
	dw_edma_test_submit(ctx, chan, 1, 4);
	dma_async_issue_pending(chan);

	KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 3);
	run_done(ctx);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);

	KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 2);
	expect_burst(ctx, 0, 1, 0);
	run_done(ctx);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_NOERROR);

	KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 4);
	expect_burst(ctx, 3, 2, 3);
	run_done(ctx);
	dw_edma_test_expect_pending(ctx, 2);

	/* The rest of the big one, and what fits behind it */
	KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 4);
	expect_burst(ctx, 0, 2, 4);
	expect_burst(ctx, 1, 2, 5);
	expect_burst(ctx, 2, 3, 0);
	expect_burst(ctx, 3, 3, 1);
	dmaengine_tx_status(chan, big, &state);
	for (i = 4, residue = 0; i < 6; i++)
		residue += TEST_BURST_SIZE(2, i);
	KUNIT_EXPECT_EQ(test, state.residue, residue);
	run_done(ctx);
	dw_edma_test_expect_result(ctx, 2, DMA_TRANS_NOERROR);
	dw_edma_test_expect_result(ctx, 3, DMA_TRANS_NOERROR);
	dw_edma_test_expect_pending(ctx, 4);

	KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 1);
	run_done(ctx);
	dw_edma_test_expect_result(ctx, 4, DMA_TRANS_NOERROR);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, ctx->result[i].order, i);
}

/* After an error in the middle, the error is reported once, the rest runs. */
static void dw_edma_test_abort(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 0);
	bool knows = ctx->map->knows_pos;
	unsigned int i;

	for (i = 0; i < 4; i++)
		dw_edma_test_submit(ctx, chan, 2, i);
	dma_async_issue_pending(chan);
	dw_edma_test_submit(ctx, chan, 1, 4);
	dma_async_issue_pending(chan);

	/* The second element of descriptor 1 */
	dw_edma_test_engine_aborts(ctx, WR, 0, 4);
	dw_edma_test_interrupt(ctx, WR, 0);
	dw_edma_test_engine_runs(ctx, WR, 0);

	dw_edma_test_expect_result(ctx, 0, knows ? DMA_TRANS_NOERROR :
						   DMA_TRANS_ABORTED);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_ABORTED);
	if (knows) {
		dw_edma_test_expect_pending(ctx, 2);
		dw_edma_test_expect_pending(ctx, 3);
		KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 5);
		expect_burst(ctx, 0, 2, 0);
		expect_burst(ctx, 3, 3, 1);
		expect_burst(ctx, 4, 4, 0);
	} else {
		dw_edma_test_expect_result(ctx, 2, DMA_TRANS_ABORTED);
		dw_edma_test_expect_result(ctx, 3, DMA_TRANS_ABORTED);
		KUNIT_EXPECT_EQ(test, dw_edma_test_list_len(ctx, WR, 0), 1);
		expect_burst(ctx, 0, 4, 0);
	}
	dw_edma_test_expect_pending(ctx, 4);

	run_done(ctx);
	dw_edma_test_expect_result(ctx, 4, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, ctx->results, 5);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, ctx->result[i].order, i);
}

/* The first element, the last one, and a pointer to nowhere. */
static void dw_edma_test_abort_position(struct kunit *test)
{
	static const struct {
		int next;
		int failed;
	} cases[] = { { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 2 }, { 4, -1 }, { -1, -1 } };
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 0);
	unsigned int i;
	int j, failed;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		failed = cases[i].failed;
		if (!ctx->map->knows_pos)
			failed = -1;
		memset(ctx->result, 0, sizeof(ctx->result));
		for (j = 0; j < 3; j++)
			dw_edma_test_submit(ctx, chan, 1, j);
		dma_async_issue_pending(chan);
		dw_edma_test_engine_aborts(ctx, WR, 0, cases[i].next);
		dw_edma_test_interrupt(ctx, WR, 0);

		for (j = 0; j < 3; j++) {
			if (failed < 0 || j == failed)
				dw_edma_test_expect_result(ctx, j,
							   DMA_TRANS_ABORTED);
			else if (j < failed)
				dw_edma_test_expect_result(ctx, j,
							   DMA_TRANS_NOERROR);
			else
				dw_edma_test_expect_pending(ctx, j);
		}
		run_done(ctx);
		for (j = 0; j < 3; j++)
			KUNIT_EXPECT_EQ(test, ctx->result[j].calls, 1);
	}
}

/* A requested pause holds, however the run ends, and resume works. */
static void dw_edma_test_pause(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 0);
	int aborts;

	for (aborts = 0; aborts < 2; aborts++) {
		memset(ctx->result, 0, sizeof(ctx->result));
		dw_edma_test_submit(ctx, chan, 1, 0);
		dma_async_issue_pending(chan);
		dw_edma_test_submit(ctx, chan, 1, 1);
		dma_async_issue_pending(chan);

		KUNIT_EXPECT_EQ(test, dmaengine_pause(chan), 0);
		if (aborts)
			dw_edma_test_engine_aborts(ctx, WR, 0, 1);
		else
			dw_edma_test_engine_done(ctx, WR, 0);
		dw_edma_test_interrupt(ctx, WR, 0);
		dw_edma_test_expect_result(ctx, 0, aborts ? DMA_TRANS_ABORTED :
							    DMA_TRANS_NOERROR);
		KUNIT_EXPECT_EQ(test,
				(int)dw_edma_test_core_chan(ctx, WR, 0)->status,
				(int)EDMA_ST_PAUSE);

		KUNIT_EXPECT_EQ(test, dmaengine_resume(chan), 0);
		expect_burst(ctx, 0, 1, 0);
		run_done(ctx);
		dw_edma_test_expect_result(ctx, 1, DMA_TRANS_NOERROR);
	}
}

static void dw_edma_test_terminate(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 0);

	dw_edma_test_submit(ctx, chan, 1, 0);
	dw_edma_test_submit(ctx, chan, 1, 1);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_runs(ctx, WR, 0);
	dw_edma_test_submit(ctx, chan, 1, 2);

	KUNIT_EXPECT_EQ(test, dmaengine_terminate_async(chan), 0);
	run_done(ctx);
	dmaengine_synchronize(chan);
	KUNIT_EXPECT_EQ(test, ctx->results, 0);

	dw_edma_test_submit(ctx, chan, 1, 3);
	dma_async_issue_pending(chan);
	run_done(ctx);
	dw_edma_test_expect_result(ctx, 3, DMA_TRANS_NOERROR);
}

/* No interrupt comes: neither waiting for it, nor taking it for the next run. */
static void dw_edma_test_late_interrupt(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 0);
	struct dw_edma_chan *core = dw_edma_test_core_chan(ctx, WR, 0);

	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_done(ctx, WR, 0);
	dw_edma_test_set(ctx, WR, 0, REG_INT_CLEAR, 0);
	KUNIT_EXPECT_EQ(test, dmaengine_terminate_async(chan), 0);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 0, REG_INT_CLEAR),
			dw_edma_test_done_bit(ctx, 0) |
				dw_edma_test_abort_bit(ctx, 0));

	dw_edma_test_submit(ctx, chan, 1, 1);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_runs(ctx, WR, 0);
	/* A handler that saw the status before it was cleared */
	dw_edma_test_interrupt(ctx, WR, 0);
	dw_edma_test_expect_pending(ctx, 1);
	KUNIT_EXPECT_EQ(test, (int)core->status, (int)EDMA_ST_BUSY);

	run_done(ctx);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_NOERROR);

	dmaengine_synchronize(chan);
	KUNIT_EXPECT_FALSE(test, core->check_events);
}

/* An interrupt that nobody needs changes nothing, whatever it says. */
static void dw_edma_test_spurious(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, WR, 0);

	dw_edma_test_engine_aborts(ctx, WR, 0, 1);
	dw_edma_test_interrupt(ctx, WR, 0);
	run_done(ctx);

	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	dw_edma_test_engine_runs(ctx, WR, 0);
	dw_edma_test_set(ctx, WR, 0, REG_INT_STATUS, ~0);
	dw_edma_test_interrupt(ctx, WR, 0);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 0, REG_INT_CLEAR),
			TEST_UNTOUCHED);
	dw_edma_test_expect_pending(ctx, 0);

	dw_edma_test_set(ctx, WR, 0, REG_INT_STATUS, 0);
	run_done(ctx);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
}

/* The controller is gone: nothing is reported done, nobody waits. */
static void dw_edma_test_gone(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = remote_probe(test);
	struct dma_chan *chan = dw_edma_test_request(ctx, RD, 0);
	unsigned long start = jiffies;

	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	memset(ctx->regs, 0xff, TEST_REGS_SIZE);
	dw_edma_test_interrupt(ctx, RD, 0);
	dw_edma_test_expect_pending(ctx, 0);

	dmaengine_terminate_sync(chan);
	KUNIT_EXPECT_EQ(test, ctx->results, 0);
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, start + HZ));

	memset(ctx->regs, 0xff, TEST_REGS_SIZE);
}

/*
 * What only the driver writes is not read back: it keeps its meaning, even if
 * the register reads as something else.
 */
static void dw_edma_test_no_readback(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_probe(test);
	struct dma_chan *chan[2] = { dw_edma_test_request(ctx, WR, 0),
				     dw_edma_test_request(ctx, WR, 1) };
	u32 mask[2];
	int i;

	for (i = 0; i < 2; i++) {
		dw_edma_test_set(ctx, WR, i, REG_INT_MASK, TEST_UNTOUCHED);
		if (!ctx->map->per_chan)
			dw_edma_test_set(ctx, WR, i, REG_LL_ERR_EN,
					 TEST_UNTOUCHED);
		dw_edma_test_submit(ctx, chan[i], 1, i);
		dma_async_issue_pending(chan[i]);
		mask[i] = dw_edma_test_get(ctx, WR, i, REG_INT_MASK);
	}

	if (ctx->map->per_chan) {
		KUNIT_EXPECT_EQ(test, mask[0], BIT(6) | BIT(4));
		KUNIT_EXPECT_EQ(test, mask[1], BIT(6) | BIT(4));
		return;
	}

	KUNIT_EXPECT_EQ(test, mask[0], 0xff00ff & ~0x010001);
	KUNIT_EXPECT_EQ(test, mask[1], 0xff00ff & ~0x030003);
	/* No message for the link partner, which is not the one that drives them */
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 0, REG_LL_ERR_EN),
			0x30000);
}

/* A client may keep its channel; what it had issued is answered. */
static void dw_edma_test_remove_in_use(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_create(test);
	struct dma_slave_config config = { };
	struct dma_async_tx_descriptor *tx;
	struct scatterlist sg;
	struct dma_chan *chan;

	/* dw_edma_test_probe() would remove it last, this one is removed first */
	KUNIT_ASSERT_EQ(test, dw_edma_probe(&ctx->chip), 0);
	chan = dw_edma_test_request(ctx, WR, 0);

	dw_edma_test_submit(ctx, chan, 1, 0);
	dw_edma_test_submit(ctx, chan, 1, 1);
	dma_async_issue_pending(chan);
	dw_edma_test_submit(ctx, chan, 1, 2);
	dw_edma_test_engine_runs(ctx, WR, 0);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 0, REG_ENGINE_EN), 1);

	KUNIT_EXPECT_EQ(test, dw_edma_remove(&ctx->chip), 0);
	KUNIT_EXPECT_NULL(test, ctx->chip.dw);
	/* The HDMA compatible map has no ENGINE_EN */
	if (ctx->map->mf == EDMA_MF_HDMA_COMPAT)
		KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, WR, 0, REG_PWR_EN),
				0);
	else
		KUNIT_EXPECT_EQ(test,
				dw_edma_test_get(ctx, WR, 0, REG_ENGINE_EN), 0);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_ABORTED);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_ABORTED);
	dw_edma_test_expect_pending(ctx, 2);

	/* No use of registers or chip from here on */
	ctx->chip.reg_base = NULL;
	ctx->chip.ops = NULL;
	sg_init_table(&sg, 1);
	tx = dmaengine_prep_slave_sg(chan, &sg, 1, DMA_MEM_TO_DEV, 0);
	KUNIT_EXPECT_NULL(test, tx);
	KUNIT_EXPECT_EQ(test, dmaengine_slave_config(chan, &config), -ENODEV);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, dmaengine_terminate_sync(chan), 0);
	KUNIT_EXPECT_EQ(test, dw_edma_remove(&ctx->chip), -ENODEV);
}

/* HDMA native without linked lists: a burst at a time. */
static void dw_edma_test_non_ll(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = local_create(test);
	struct dma_chan *chan;

	ctx->chip.cfg_non_ll = true;
	dw_edma_test_probe(ctx);
	chan = dw_edma_test_request(ctx, WR, 0);

	dw_edma_test_submit(ctx, chan, 2, 0);
	dw_edma_test_submit(ctx, chan, 1, 1);
	dma_async_issue_pending(chan);
	run_done(ctx);
	dw_edma_test_expect_pending(ctx, 0);
	run_done(ctx);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
	dw_edma_test_expect_pending(ctx, 1);
	run_done(ctx);
	dw_edma_test_expect_result(ctx, 1, DMA_TRANS_NOERROR);
}

KUNIT_ARRAY_PARAM(dw_edma_test_map, dw_edma_test_maps, dw_edma_test_map_desc);

/* The only map that works without linked lists */
static const void *native_map_gen_params(struct kunit *test, const void *prev,
					 char *desc)
{
	const struct dw_edma_test_map *map = prev;

	do {
		map = dw_edma_test_map_gen_params(test, map, desc);
	} while (map && map->mf != EDMA_MF_HDMA_NATIVE);

	return map;
}

static struct kunit_case dw_edma_transfer_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_batch, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_batch_while_busy,
			 dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_batch_limit, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_abort, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_abort_position,
			 dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_pause, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_terminate, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_late_interrupt,
			 dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_spurious, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_gone, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_no_readback, dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_remove_in_use,
			 dw_edma_test_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_non_ll, native_map_gen_params),
	{ }
};

static struct kunit_suite dw_edma_transfer_suite = {
	.name = "dw_edma_transfer",
	.test_cases = dw_edma_transfer_cases,
};

kunit_test_suite(dw_edma_transfer_suite);
