// SPDX-License-Identifier: GPL-2.0
/*
 * DesignWare eDMA: how descriptors become linked lists and are completed, on
 * each register map.
 */

#include "fixture.h"

#define WR	EDMA_DIR_WRITE
#define RD	EDMA_DIR_READ

static struct fix *local_create(struct kunit *test)
{
	return fix_create(test, test->param_value, DW_EDMA_CHIP_LOCAL);
}

static struct fix *local_probe(struct kunit *test)
{
	struct fix *f = local_create(test);

	fix_probe(f);

	return f;
}

static struct fix *remote_probe(struct kunit *test)
{
	struct fix *f = fix_create(test, test->param_value,
				   DW_EDMA_CHIP_PARTIAL);

	fix_set_msi(f, 0x100);
	fix_probe(f);

	return f;
}

/* Element @elem is burst @burst of descriptor @idx, in the write direction. */
static void expect_burst(struct fix *f, unsigned int elem, unsigned int idx,
			 unsigned int burst)
{
	const __le32 *lle = fix_list_elem(f, WR, 0, elem);

	KUNIT_EXPECT_TRUE(f->test, le32_to_cpu(lle[0]) & LLE_CB);
	KUNIT_EXPECT_EQ_MSG(f->test, le32_to_cpu(lle[1]),
			    FIX_BURST_SIZE(idx, burst), "element %u", elem);
	KUNIT_EXPECT_EQ_MSG(f->test, le32_to_cpu(lle[2]),
			    FIX_BURST_ADDR(idx, burst), "element %u", elem);
}

static void run_done(struct fix *f)
{
	fix_engine_done(f, WR, 0);
	fix_interrupt(f, WR, 0);
}

/* One list with everything that was issued, one interrupt, all completed. */
static void dw_edma_test_batch(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 0);
	dma_cookie_t cookie[3];
	unsigned int i;
	u32 ctrl;

	cookie[0] = fix_submit(f, chan, 1, 0);
	cookie[1] = fix_submit(f, chan, 2, 1);
	cookie[2] = fix_submit(f, chan, 1, 2);
	fix_set(f, WR, 0, REG_DOORBELL, FIX_UNTOUCHED);
	dma_async_issue_pending(chan);
	fix_engine_runs(f, WR, 0);

	KUNIT_EXPECT_NE(test, fix_get(f, WR, 0, REG_DOORBELL), FIX_UNTOUCHED);
	KUNIT_ASSERT_EQ(test, fix_list_len(f, WR, 0), 4);
	expect_burst(f, 0, 0, 0);
	expect_burst(f, 1, 1, 0);
	expect_burst(f, 2, 1, 1);
	expect_burst(f, 3, 2, 0);
	for (i = 0; i < 4 && !f->map->per_chan; i++) {
		ctrl = le32_to_cpu(fix_list_elem(f, WR, 0, i)[0]);
		KUNIT_EXPECT_EQ(test, ctrl & (LLE_LIE | LLE_RIE),
				i == 3 ? LLE_LIE : 0);
	}

	/* The list leads back to its beginning, and ends there */
	ctrl = le32_to_cpu(fix_list_elem(f, WR, 0, 4)[0]);
	KUNIT_EXPECT_EQ(test, ctrl, LLE_LLP | LLE_TCB);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(fix_list_elem(f, WR, 0, 4)[2]),
			lower_32_bits(f->chip.ll_region_wr[0].paddr));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(fix_list_elem(f, WR, 0, 4)[3]),
			upper_32_bits(f->chip.ll_region_wr[0].paddr));

	for (i = 0; i < 3; i++) {
		fix_expect_pending(f, i);
		KUNIT_EXPECT_EQ(test, (int)DMA_IN_PROGRESS,
				(int)dmaengine_tx_status(chan, cookie[i], NULL));
	}
	run_done(f);
	for (i = 0; i < 3; i++) {
		fix_expect_result(f, i, DMA_TRANS_NOERROR);
		KUNIT_EXPECT_EQ(test, f->result[i].order, i);
		KUNIT_EXPECT_EQ(test, f->result[i].residue, 0);
		KUNIT_EXPECT_EQ(test, (int)DMA_COMPLETE,
				(int)dmaengine_tx_status(chan, cookie[i], NULL));
	}
	KUNIT_EXPECT_EQ(test, (int)fix_core_chan(f, WR, 0)->status,
			(int)EDMA_ST_IDLE);
}

/* What is issued while the engine runs, makes the next run. */
static void dw_edma_test_batch_while_busy(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 0);

	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	fix_engine_runs(f, WR, 0);
	fix_submit(f, chan, 1, 1);
	fix_submit(f, chan, 1, 2);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 1);

	run_done(f);
	fix_expect_result(f, 0, DMA_TRANS_NOERROR);
	fix_expect_pending(f, 1);
	KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 2);
	expect_burst(f, 0, 1, 0);
	expect_burst(f, 1, 2, 0);

	run_done(f);
	fix_expect_result(f, 1, DMA_TRANS_NOERROR);
	fix_expect_result(f, 2, DMA_TRANS_NOERROR);
}

/* Descriptors are not torn apart, unless one is larger than the list. */
static void dw_edma_test_batch_limit(struct kunit *test)
{
	struct fix *f = local_create(test);
	struct dma_tx_state state;
	struct dma_chan *chan;
	dma_cookie_t big;
	unsigned int i;
	u32 residue;

	f->chip.ll_region_wr[0].sz = 5 * 24;
	fix_probe(f);
	chan = fix_request(f, WR, 0);

	fix_submit(f, chan, 3, 0);
	fix_submit(f, chan, 2, 1);
	big = fix_submit(f, chan, 6, 2);
	fix_submit(f, chan, 2, 3);
	fix_submit(f, chan, 1, 4);
	dma_async_issue_pending(chan);

	KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 3);
	run_done(f);
	fix_expect_result(f, 0, DMA_TRANS_NOERROR);

	KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 2);
	expect_burst(f, 0, 1, 0);
	run_done(f);
	fix_expect_result(f, 1, DMA_TRANS_NOERROR);

	KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 4);
	expect_burst(f, 3, 2, 3);
	run_done(f);
	fix_expect_pending(f, 2);

	/* The rest of the big one, and what fits behind it */
	KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 4);
	expect_burst(f, 0, 2, 4);
	expect_burst(f, 1, 2, 5);
	expect_burst(f, 2, 3, 0);
	expect_burst(f, 3, 3, 1);
	dmaengine_tx_status(chan, big, &state);
	for (i = 4, residue = 0; i < 6; i++)
		residue += FIX_BURST_SIZE(2, i);
	KUNIT_EXPECT_EQ(test, state.residue, residue);
	run_done(f);
	fix_expect_result(f, 2, DMA_TRANS_NOERROR);
	fix_expect_result(f, 3, DMA_TRANS_NOERROR);
	fix_expect_pending(f, 4);

	KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 1);
	run_done(f);
	fix_expect_result(f, 4, DMA_TRANS_NOERROR);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, f->result[i].order, i);
}

/* After an error in the middle, the error is reported once, the rest runs. */
static void dw_edma_test_abort(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 0);
	bool knows = f->map->knows_pos;
	unsigned int i;

	for (i = 0; i < 4; i++)
		fix_submit(f, chan, 2, i);
	dma_async_issue_pending(chan);
	fix_submit(f, chan, 1, 4);
	dma_async_issue_pending(chan);

	/* The second element of descriptor 1 */
	fix_engine_aborts(f, WR, 0, 4);
	fix_interrupt(f, WR, 0);
	fix_engine_runs(f, WR, 0);

	fix_expect_result(f, 0, knows ? DMA_TRANS_NOERROR : DMA_TRANS_ABORTED);
	fix_expect_result(f, 1, DMA_TRANS_ABORTED);
	if (knows) {
		fix_expect_pending(f, 2);
		fix_expect_pending(f, 3);
		KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 5);
		expect_burst(f, 0, 2, 0);
		expect_burst(f, 3, 3, 1);
		expect_burst(f, 4, 4, 0);
	} else {
		fix_expect_result(f, 2, DMA_TRANS_ABORTED);
		fix_expect_result(f, 3, DMA_TRANS_ABORTED);
		KUNIT_EXPECT_EQ(test, fix_list_len(f, WR, 0), 1);
		expect_burst(f, 0, 4, 0);
	}
	fix_expect_pending(f, 4);

	run_done(f);
	fix_expect_result(f, 4, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, f->results, 5);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, f->result[i].order, i);
}

/* The first element, the last one, and a pointer to nowhere. */
static void dw_edma_test_abort_position(struct kunit *test)
{
	static const struct {
		int next;
		int failed;
	} cases[] = { { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 2 }, { 4, -1 }, { -1, -1 } };
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 0);
	unsigned int i;
	int j, failed;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		failed = cases[i].failed;
		if (!f->map->knows_pos)
			failed = -1;
		memset(f->result, 0, sizeof(f->result));
		for (j = 0; j < 3; j++)
			fix_submit(f, chan, 1, j);
		dma_async_issue_pending(chan);
		fix_engine_aborts(f, WR, 0, cases[i].next);
		fix_interrupt(f, WR, 0);

		for (j = 0; j < 3; j++) {
			if (failed < 0 || j == failed)
				fix_expect_result(f, j, DMA_TRANS_ABORTED);
			else if (j < failed)
				fix_expect_result(f, j, DMA_TRANS_NOERROR);
			else
				fix_expect_pending(f, j);
		}
		run_done(f);
		for (j = 0; j < 3; j++)
			KUNIT_EXPECT_EQ(test, f->result[j].calls, 1);
	}
}

/* A requested pause holds, however the run ends, and resume works. */
static void dw_edma_test_pause(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 0);
	int aborts;

	for (aborts = 0; aborts < 2; aborts++) {
		memset(f->result, 0, sizeof(f->result));
		fix_submit(f, chan, 1, 0);
		dma_async_issue_pending(chan);
		fix_submit(f, chan, 1, 1);
		dma_async_issue_pending(chan);

		KUNIT_EXPECT_EQ(test, dmaengine_pause(chan), 0);
		if (aborts)
			fix_engine_aborts(f, WR, 0, 1);
		else
			fix_engine_done(f, WR, 0);
		fix_interrupt(f, WR, 0);
		fix_expect_result(f, 0, aborts ? DMA_TRANS_ABORTED :
						 DMA_TRANS_NOERROR);
		KUNIT_EXPECT_EQ(test, (int)fix_core_chan(f, WR, 0)->status,
				(int)EDMA_ST_PAUSE);

		KUNIT_EXPECT_EQ(test, dmaengine_resume(chan), 0);
		expect_burst(f, 0, 1, 0);
		run_done(f);
		fix_expect_result(f, 1, DMA_TRANS_NOERROR);
	}
}

static void dw_edma_test_terminate(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 0);

	fix_submit(f, chan, 1, 0);
	fix_submit(f, chan, 1, 1);
	dma_async_issue_pending(chan);
	fix_engine_runs(f, WR, 0);
	fix_submit(f, chan, 1, 2);

	KUNIT_EXPECT_EQ(test, dmaengine_terminate_async(chan), 0);
	run_done(f);
	dmaengine_synchronize(chan);
	KUNIT_EXPECT_EQ(test, f->results, 0);

	fix_submit(f, chan, 1, 3);
	dma_async_issue_pending(chan);
	run_done(f);
	fix_expect_result(f, 3, DMA_TRANS_NOERROR);
}

/* No interrupt comes: neither waiting for it, nor taking it for the next run. */
static void dw_edma_test_late_interrupt(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 0);
	struct dw_edma_chan *core = fix_core_chan(f, WR, 0);

	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	fix_engine_done(f, WR, 0);
	fix_set(f, WR, 0, REG_INT_CLEAR, 0);
	KUNIT_EXPECT_EQ(test, dmaengine_terminate_async(chan), 0);
	KUNIT_EXPECT_EQ(test, fix_get(f, WR, 0, REG_INT_CLEAR),
			fix_done_bit(f, 0) | fix_abort_bit(f, 0));

	fix_submit(f, chan, 1, 1);
	dma_async_issue_pending(chan);
	fix_engine_runs(f, WR, 0);
	/* A handler that saw the status before it was cleared */
	fix_interrupt(f, WR, 0);
	fix_expect_pending(f, 1);
	KUNIT_EXPECT_EQ(test, (int)core->status, (int)EDMA_ST_BUSY);

	run_done(f);
	fix_expect_result(f, 1, DMA_TRANS_NOERROR);

	dmaengine_synchronize(chan);
	KUNIT_EXPECT_FALSE(test, core->check_events);
}

/* An interrupt that nobody needs changes nothing, whatever it says. */
static void dw_edma_test_spurious(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan = fix_request(f, WR, 0);

	fix_engine_aborts(f, WR, 0, 1);
	fix_interrupt(f, WR, 0);
	run_done(f);

	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	fix_engine_runs(f, WR, 0);
	fix_set(f, WR, 0, REG_INT_STATUS, ~0);
	fix_interrupt(f, WR, 0);
	KUNIT_EXPECT_EQ(test, fix_get(f, WR, 0, REG_INT_CLEAR), FIX_UNTOUCHED);
	fix_expect_pending(f, 0);

	fix_set(f, WR, 0, REG_INT_STATUS, 0);
	run_done(f);
	fix_expect_result(f, 0, DMA_TRANS_NOERROR);
}

/* The controller is gone: nothing is reported done, nobody waits. */
static void dw_edma_test_gone(struct kunit *test)
{
	struct fix *f = remote_probe(test);
	struct dma_chan *chan = fix_request(f, RD, 0);
	unsigned long start = jiffies;

	fix_submit(f, chan, 1, 0);
	dma_async_issue_pending(chan);
	memset(f->regs, 0xff, FIX_REGS_SIZE);
	fix_interrupt(f, RD, 0);
	fix_expect_pending(f, 0);

	dmaengine_terminate_sync(chan);
	KUNIT_EXPECT_EQ(test, f->results, 0);
	KUNIT_EXPECT_TRUE(test, time_before(jiffies, start + HZ));

	memset(f->regs, 0xff, FIX_REGS_SIZE);
}

/*
 * What only the driver writes is not read back: it keeps its meaning, even if
 * the register reads as something else.
 */
static void dw_edma_test_no_readback(struct kunit *test)
{
	struct fix *f = local_probe(test);
	struct dma_chan *chan[2] = { fix_request(f, WR, 0), fix_request(f, WR, 1) };
	u32 mask[2];
	int i;

	for (i = 0; i < 2; i++) {
		fix_set(f, WR, i, REG_INT_MASK, FIX_UNTOUCHED);
		if (!f->map->per_chan)
			fix_set(f, WR, i, REG_LL_ERR_EN, FIX_UNTOUCHED);
		fix_submit(f, chan[i], 1, i);
		dma_async_issue_pending(chan[i]);
		mask[i] = fix_get(f, WR, i, REG_INT_MASK);
	}

	if (f->map->per_chan) {
		KUNIT_EXPECT_EQ(test, mask[0], BIT(6) | BIT(4));
		KUNIT_EXPECT_EQ(test, mask[1], BIT(6) | BIT(4));
		return;
	}

	KUNIT_EXPECT_EQ(test, mask[0], 0xff00ff & ~0x010001);
	KUNIT_EXPECT_EQ(test, mask[1], 0xff00ff & ~0x030003);
	/* No message for the link partner, which is not the one that drives them */
	KUNIT_EXPECT_EQ(test, fix_get(f, WR, 0, REG_LL_ERR_EN), 0x30000);
}

/* A client may keep its channel; what it had issued is answered. */
static void dw_edma_test_remove_in_use(struct kunit *test)
{
	struct fix *f = local_create(test);
	struct dma_slave_config config = { };
	struct dma_async_tx_descriptor *tx;
	struct scatterlist sg;
	struct dma_chan *chan;

	/* fix_probe() would remove it last, this one is removed first */
	KUNIT_ASSERT_EQ(test, dw_edma_probe(&f->chip), 0);
	chan = fix_request(f, WR, 0);

	fix_submit(f, chan, 1, 0);
	fix_submit(f, chan, 1, 1);
	dma_async_issue_pending(chan);
	fix_submit(f, chan, 1, 2);
	fix_engine_runs(f, WR, 0);
	KUNIT_EXPECT_EQ(test, fix_get(f, WR, 0, REG_ENGINE_EN), 1);

	KUNIT_EXPECT_EQ(test, dw_edma_remove(&f->chip), 0);
	KUNIT_EXPECT_NULL(test, f->chip.dw);
	/* The HDMA compatible map has no ENGINE_EN */
	if (f->map->mf == EDMA_MF_HDMA_COMPAT)
		KUNIT_EXPECT_EQ(test, fix_get(f, WR, 0, REG_PWR_EN), 0);
	else
		KUNIT_EXPECT_EQ(test, fix_get(f, WR, 0, REG_ENGINE_EN), 0);
	fix_expect_result(f, 0, DMA_TRANS_ABORTED);
	fix_expect_result(f, 1, DMA_TRANS_ABORTED);
	fix_expect_pending(f, 2);

	/* No use of registers or chip from here on */
	f->chip.reg_base = NULL;
	f->chip.ops = NULL;
	sg_init_table(&sg, 1);
	tx = dmaengine_prep_slave_sg(chan, &sg, 1, DMA_MEM_TO_DEV, 0);
	KUNIT_EXPECT_NULL(test, tx);
	KUNIT_EXPECT_EQ(test, dmaengine_slave_config(chan, &config), -ENODEV);
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, dmaengine_terminate_sync(chan), 0);
	KUNIT_EXPECT_EQ(test, dw_edma_remove(&f->chip), -ENODEV);
}

/* HDMA native without linked lists: a burst at a time. */
static void dw_edma_test_non_ll(struct kunit *test)
{
	struct fix *f = local_create(test);
	struct dma_chan *chan;

	f->chip.cfg_non_ll = true;
	fix_probe(f);
	chan = fix_request(f, WR, 0);

	fix_submit(f, chan, 2, 0);
	fix_submit(f, chan, 1, 1);
	dma_async_issue_pending(chan);
	run_done(f);
	fix_expect_pending(f, 0);
	run_done(f);
	fix_expect_result(f, 0, DMA_TRANS_NOERROR);
	fix_expect_pending(f, 1);
	run_done(f);
	fix_expect_result(f, 1, DMA_TRANS_NOERROR);
}

KUNIT_ARRAY_PARAM(fix_map, fix_maps, fix_map_desc);

/* The only map that works without linked lists */
static const void *native_map_gen_params(struct kunit *test, const void *prev,
					 char *desc)
{
	const struct fix_map *map = prev;

	do {
		map = fix_map_gen_params(test, map, desc);
	} while (map && map->mf != EDMA_MF_HDMA_NATIVE);

	return map;
}

static struct kunit_case dw_edma_transfer_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_batch, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_batch_while_busy, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_batch_limit, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_abort, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_abort_position, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_pause, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_terminate, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_late_interrupt, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_spurious, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_gone, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_no_readback, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_remove_in_use, fix_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_non_ll, native_map_gen_params),
	{ }
};

static struct kunit_suite dw_edma_transfer_suite = {
	.name = "dw_edma_transfer",
	.test_cases = dw_edma_transfer_cases,
};

kunit_test_suite(dw_edma_transfer_suite);
