// SPDX-License-Identifier: GPL-2.0
/* DesignWare eDMA: a reference engine for a list that is appended to. */

#include "engine.h"

const u8 dw_edma_bursts[DESCS] = { 1, 2, MAX_BURSTS, 1 };

void dw_edma_engine_wrong(struct run *r, const char *text)
{
	if (!r->wrong)
		r->wrong = text;
}

struct element dw_edma_engine_read(struct run *r, u8 slot)
{
	const __le32 *lle = r->ctx->ll[WR][0] + 24 * slot;

	return (struct element){ le32_to_cpu(READ_ONCE(lle[0])),
				 le32_to_cpu(READ_ONCE(lle[2])) };
}

static bool is_valid(struct element e, u8 cycle)
{
	return e.ctl & LLE_LLP || !!(e.ctl & LLE_CB) == cycle;
}

/* Read one element more than those that were read. */
bool dw_edma_engine_read_ahead(struct run *r)
{
	struct world *w = &r->w;
	u8 cycle = w->cycle, slot = w->slot;
	int i;

	if (w->engine != RUNS || w->nr_ahead == AHEAD)
		return false;

	for (i = 0; i < w->nr_ahead; i++) {
		if (!is_valid(w->ahead[i], cycle))
			return false;
		cycle ^= !!(w->ahead[i].ctl & LLE_LLP);
		slot = w->ahead[i].ctl & LLE_LLP ? 0 : slot + 1;
	}
	w->ahead[w->nr_ahead++] = dw_edma_engine_read(r, slot);

	return true;
}

/* Each burst is moved once, in order, unless one before it was given up. */
static void move(struct run *r, u32 addr)
{
	unsigned int idx = addr / TEST_BURST_ADDR(0, 0) - 1, i;
	struct world *w = &r->w;

	if (idx >= w->submitted || w->calls[idx])
		return dw_edma_engine_wrong(r, "a burst of nothing that is pending was moved");
	if (w->moved[idx] == dw_edma_bursts[idx] ||
	    addr != TEST_BURST_ADDR(idx, w->moved[idx]))
		return dw_edma_engine_wrong(r, "a burst was moved twice or too early");
	if (r->fence && idx >= w->failed && idx < w->behind)
		return dw_edma_engine_wrong(r, "what depends on a failure was moved");
	if (w->terminated && r->chan->status == EDMA_ST_IDLE)
		return dw_edma_engine_wrong(r, "what was terminated was moved");
	for (i = 0; i < idx; i++)
		if (w->moved[i] < dw_edma_bursts[i] && w->failed != i + 1 &&
		    !w->calls[i])
			return dw_edma_engine_wrong(r, "a descriptor was overtaken");
	w->moved[idx]++;
}

static struct element take(struct run *r)
{
	struct world *w = &r->w;
	struct element e;

	if (!w->nr_ahead)
		return dw_edma_engine_read(r, w->slot);

	e = w->ahead[0];
	w->ahead[0] = w->ahead[1];
	memset(&w->ahead[1], 0, sizeof(e));
	w->nr_ahead--;

	return e;
}

bool dw_edma_engine_fetch(struct run *r, bool fails)
{
	struct world *w = &r->w;
	struct element e;

	if (w->engine != RUNS)
		return false;

	e = w->nr_ahead ? w->ahead[0] : dw_edma_engine_read(r, w->slot);
	if (fails && (w->failed || e.ctl & LLE_LLP || !is_valid(e, w->cycle)))
		return false;

	take(r);
	if (fails) {
		w->failed = e.addr / TEST_BURST_ADDR(0, 0);
		w->behind = w->submitted;
		w->engine = HALTED;
		w->abort_int = 1;
		w->nr_ahead = 0;
		memset(w->ahead, 0, sizeof(w->ahead));
	} else if (e.ctl & LLE_LLP) {
		w->slot = 0;
		w->cycle ^= 1;
	} else if (!is_valid(e, w->cycle)) {
		w->engine = STOPS;
	} else {
		move(r, e.addr);
		w->done_int |= !!(e.ctl & LLE_LIE);
		w->slot++;
	}

	return true;
}

/* A doorbell, or a stop that was written to the doorbell's register */
bool dw_edma_engine_hear(struct run *r)
{
	struct world *w = &r->w;

	if (w->stop || (w->doorbell && w->engine != RUNS && w->engine != STOPS)) {
		w->engine = w->stop ? STOPPED : RUNS;
		w->nr_ahead = 0;
		memset(w->ahead, 0, sizeof(w->ahead));
	} else if (!w->doorbell) {
		return false;
	}
	w->stop = 0;
	w->doorbell = 0;

	return true;
}

bool dw_edma_engine_stop(struct run *r)
{
	if (r->w.engine != STOPS)
		return false;

	r->w.engine = STOPPED;

	return true;
}

/* The exporter looks, and starts the engine later, if that has not failed. */
bool dw_edma_engine_export(struct run *r)
{
	struct world *w = &r->w;

	if (!r->exporter)
		return false;

	if (!w->exporter) {
		w->exporter = w->engine == STOPPED && r->chan->ring.ready &&
			      is_valid(dw_edma_engine_read(r, w->slot), w->cycle);
		return w->exporter;
	}

	w->exporter = 0;
	if (w->engine == STOPPED)
		w->engine = RUNS;

	return true;
}

/* What the driver reads of it */
void dw_edma_engine_show(struct run *r)
{
	static const u8 status[] = { [STOPPED] = 3, [RUNS] = 1, [STOPS] = 1, [HALTED] = 2 };
	struct dw_edma_test_ctx *ctx = r->ctx;
	struct world *w = &r->w;

	dw_edma_test_set(ctx, WR, 0, REG_CH_STATUS,
			 status[w->engine] << 5 | BIT(9) | w->cycle << 8);
	dw_edma_test_set(ctx, WR, 0, REG_LLP,
			 lower_32_bits(r->chan->ll_region.paddr) + 24 * w->slot);
	dw_edma_test_set(ctx, WR, 0, REG_INT_STATUS,
			 w->done_int | w->abort_int << 16);
	dw_edma_test_set(ctx, WR, 0, REG_INT_CLEAR, 0);
	dw_edma_test_set(ctx, WR, 0, REG_DOORBELL, TEST_UNTOUCHED);
}

/* What the driver has written to it */
void dw_edma_engine_see(struct run *r)
{
	u32 llp = lower_32_bits(r->chan->ll_region.paddr) + 24 * r->w.slot;
	struct dw_edma_test_ctx *ctx = r->ctx;
	struct world *w = &r->w;
	u32 val;

	val = dw_edma_test_get(ctx, WR, 0, REG_CH_STATUS);
	if (!(val >> 5 & 3) || dw_edma_test_get(ctx, WR, 0, REG_LLP) != llp) {
		if (w->engine == RUNS || w->engine == STOPS)
			dw_edma_engine_wrong(r, "the list was started over while the engine runs");
		w->slot = 0;
		w->cycle = 1;
	}
	val = dw_edma_test_get(ctx, WR, 0, REG_INT_CLEAR);
	w->done_int &= ~val & 1;
	w->abort_int &= ~(val >> 16) & 1;
	val = dw_edma_test_get(ctx, WR, 0, REG_DOORBELL);
	if (val != TEST_UNTOUCHED) {
		w->stop = val >> 31;
		w->doorbell = !w->stop;
	}
}
