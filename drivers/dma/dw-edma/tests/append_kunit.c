// SPDX-License-Identifier: GPL-2.0
/*
 * DesignWare eDMA: a list that is appended to while a reference engine works on
 * it, in every order of events. A state that was seen is not followed again; from
 * each one, everything comes to its end.
 */

#include <linux/bottom_half.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "engine.h"

#define MAX_EVENTS	40
/* On several CPUs each start waits for a tick, which is too long for all of them */
#define MAX_STATES	(IS_ENABLED(CONFIG_SMP) ? 10 : UINT_MAX)

enum event {
	APPEND, DOORBELL, PREFETCH, FETCH, STOP, EXPORTER, FAIL, INTERRUPT, LOOK,
	TERMINATE, NR_EVENTS
};

static const char * const event_names[] = {
	"append", "doorbell", "prefetch", "fetch", "stop", "exporter", "fail",
	"interrupt", "look", "terminate",
};

struct node {
	struct hlist_node hash;
	struct list_head todo;
	struct world world;
	u8 len;
	u8 path[MAX_EVENTS];
};

static void callback(void *data, const struct dmaengine_result *result)
{
	u8 *res = data;

	res[0]++;
	res[DESCS] = result->result;
}

static void see_driver(struct run *r)
{
	struct dw_edma_ring *ring = &r->chan->ring;
	struct world *w = &r->w;
	unsigned int i;

	w->head = ring->head;
	w->tail = ring->tail;
	w->pending = ring->pending;
	w->irq_after = ring->irq_after;
	w->unseen = ring->unseen;
	w->early = ring->early;
	w->lap = ring->cycle;
	w->ready = ring->ready;
	w->waits = ring->next ? 1 : 0;
	w->status = r->chan->status;
	w->request = r->chan->request;
	for (i = 0; i <= SLOTS; i++)
		w->list[i] = dw_edma_engine_read(r, i);

	for (i = 0; i < w->submitted; i++) {
		if (w->calls[i] > 1)
			dw_edma_engine_wrong(r, "a descriptor was completed twice");
		if (w->calls[i] && w->result[i] == DMA_TRANS_NOERROR &&
		    w->moved[i] < dw_edma_bursts[i])
			dw_edma_engine_wrong(r, "a descriptor was completed too early");
		if (w->calls[i] && w->result[i] != DMA_TRANS_NOERROR &&
		    w->failed != i + 1 && !(r->fence && w->failed && w->failed <= i))
			dw_edma_engine_wrong(r, "a descriptor failed that has not");
	}
}

/* Without an interrupt, and nothing under way, only a timer that fires soon helps. */
static void see_sleep(struct run *r)
{
	const struct world *w = &r->w;

	if ((w->engine == STOPPED || w->engine == HALTED) &&
	    w->slot % SLOTS != w->head && w->pending && !w->doorbell &&
	    !w->stop && !w->done_int && !w->abort_int &&
	    w->request == EDMA_REQ_NONE && (!w->unseen || w->early))
		dw_edma_engine_wrong(r, "the engine sleeps, and nobody looks soon");
}

static bool append(struct run *r)
{
	struct dma_async_tx_descriptor *tx;
	struct scatterlist sg[MAX_BURSTS];
	unsigned int idx = r->w.submitted, i;

	if (idx == r->descs || r->w.terminated)
		return false;

	sg_init_table(sg, dw_edma_bursts[idx]);
	for (i = 0; i < dw_edma_bursts[idx]; i++) {
		sg_dma_address(&sg[i]) = TEST_BURST_ADDR(idx, i);
		sg_dma_len(&sg[i]) = TEST_BURST_SIZE(idx, i);
	}
	tx = dmaengine_prep_slave_sg(r->dchan, sg, dw_edma_bursts[idx], DMA_MEM_TO_DEV,
				     (idx & 1 ? DMA_PREP_INTERRUPT : 0) |
				     (r->fence ? DMA_PREP_FENCE : 0));
	if (!tx) {
		dw_edma_engine_wrong(r, "no descriptor");
		return false;
	}
	tx->callback_result = callback;
	tx->callback_param = &r->w.calls[idx];
	r->cookie = dmaengine_submit(tx);
	r->w.submitted++;
	dma_async_issue_pending(r->dchan);

	return true;
}

static bool interrupt(struct run *r)
{
	if (!r->w.done_int && !r->w.abort_int)
		return false;

	generic_handle_irq_safe(r->chan->irq);
	flush_work(&r->chan->irq_work);

	return true;
}

static bool look(struct run *r)
{
	if (r->chan->status == EDMA_ST_IDLE)
		return false;

	if (r->chan->request != EDMA_REQ_STOP)
		dmaengine_tx_status(r->dchan, r->cookie, NULL);
	else if (r->w.engine == STOPPED || r->w.engine == HALTED)
		dmaengine_synchronize(r->dchan);
	else
		return false;

	return true;
}

static bool terminate(struct run *r)
{
	if (r->w.terminated || !r->w.submitted)
		return false;

	r->w.terminated = 1;
	dmaengine_terminate_async(r->dchan);

	return true;
}

/* A read of a register comes after what was written to them. */
static bool driver(struct run *r, bool (*act)(struct run *r))
{
	int db_irq = r->ctx->chip.db_irq;
	bool acted;

	if (r->w.doorbell || r->w.stop)
		return false;

	dw_edma_engine_show(r);
	r->ctx->chip.db_irq = 0;
	acted = act(r);
	r->ctx->chip.db_irq = db_irq;
	local_bh_disable();
	local_bh_enable();
	dw_edma_engine_see(r);

	return acted;
}

static bool happens(struct run *r, enum event event)
{
	switch (event) {
	case APPEND:
		return driver(r, append);
	case DOORBELL:
		return dw_edma_engine_hear(r);
	case PREFETCH:
		return dw_edma_engine_read_ahead(r);
	case FETCH:
		return dw_edma_engine_fetch(r, false);
	case STOP:
		return dw_edma_engine_stop(r);
	case EXPORTER:
		return dw_edma_engine_export(r);
	case FAIL:
		return dw_edma_engine_fetch(r, true);
	case INTERRUPT:
		return driver(r, interrupt);
	case LOOK:
		return driver(r, look);
	default:
		return driver(r, terminate);
	}
}

static void start(struct run *r)
{
	dw_edma_test_set(r->ctx, WR, 0, REG_CH_STATUS, 3 << 5);
	dmaengine_terminate_sync(r->dchan);
	r->chan->ring.ready = false;
	memset(&r->w, 0, sizeof(r->w));
}

/* Whatever has happened, it comes to its end without another interrupt. */
static void finish(struct run *r)
{
	unsigned int i, steps = 0;
	struct world *w = &r->w;

	while (r->chan->status != EDMA_ST_IDLE && steps++ < 100) {
		while (dw_edma_engine_hear(r) ||
		       dw_edma_engine_fetch(r, false) ||
		       dw_edma_engine_stop(r))
			;
		driver(r, look);
	}
	see_driver(r);
	if (r->chan->status != EDMA_ST_IDLE)
		dw_edma_engine_wrong(r, "the channel does not become idle");
	for (i = 0; i < w->submitted && !w->terminated; i++)
		if (!w->calls[i])
			dw_edma_engine_wrong(r, "a descriptor has no result");
}

static struct node *find(struct hlist_head *seen, const struct world *w, u32 *key)
{
	struct node *node;

	*key = jhash(w, sizeof(*w), 0) & 0xfff;
	hlist_for_each_entry(node, &seen[*key], hash)
		if (!memcmp(&node->world, w, sizeof(*w)))
			return node;

	return NULL;
}

static void replay(struct run *r, const struct node *node)
{
	unsigned int i;

	start(r);
	for (i = 0; i < node->len; i++)
		happens(r, node->path[i]);
}

/* The state behind @event, if there is one that was not seen. */
static struct node *step(struct run *r, struct hlist_head *seen,
			 const struct node *from, enum event event)
{
	struct node *node;
	u32 key;

	replay(r, from);
	if (!happens(r, event))
		return NULL;

	see_driver(r);
	see_sleep(r);
	if (!r->wrong && find(seen, &r->w, &key))
		return NULL;

	node = kunit_kzalloc(r->test, sizeof(*node), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(r->test, node);
	node->world = r->w;
	node->len = from->len + 1;
	memcpy(node->path, from->path, from->len);
	node->path[from->len] = event;
	if (!r->wrong)
		hlist_add_head(&node->hash, &seen[key]);

	return node;
}

static void explore(struct run *r, struct hlist_head *seen)
{
	unsigned int states = 0, deepest = 0, i;
	struct node *from, *node;
	enum event event;
	LIST_HEAD(todo);

	from = kunit_kzalloc(r->test, sizeof(*from), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(r->test, from);
	list_add_tail(&from->todo, &todo);

	while (!list_empty(&todo) && states < MAX_STATES) {
		cond_resched();
		from = list_first_entry(&todo, struct node, todo);
		list_del(&from->todo);
		if (from->len == MAX_EVENTS)
			continue;

		for (event = 0; event < NR_EVENTS; event++) {
			node = step(r, seen, from, event);
			if (!node)
				continue;

			finish(r);
			if (r->wrong) {
				for (i = 0; i < node->len; i++)
					kunit_info(r->test, "%s",
						   event_names[node->path[i]]);
				KUNIT_FAIL(r->test, "%s", r->wrong);
				return;
			}
			list_add_tail(&node->todo, &todo);
			deepest = node->len;
			states++;
		}
	}
	kunit_info(r->test, "%u states, %u events deep", states, deepest);
	if (list_empty(&todo))
		KUNIT_EXPECT_GE(r->test, deepest, 12);
}

static void dw_edma_test_append(struct kunit *test, const struct run *how)
{
	struct run *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct hlist_head *seen;

	KUNIT_ASSERT_NOT_NULL(test, r);
	seen = kunit_kcalloc(test, 0x1000, sizeof(*seen), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seen);

	*r = *how;
	r->test = test;
	r->ctx = dw_edma_test_create(test, &dw_edma_test_maps[0],
				     DW_EDMA_CHIP_LOCAL);
	r->ctx->chip.ll_region_wr[0].sz = (SLOTS + 1) * 24;
	dw_edma_test_probe(r->ctx);
	r->dchan = dw_edma_test_request(r->ctx, WR, 0);
	r->chan = dw_edma_test_core_chan(r->ctx, WR, 0);

	explore(r, seen);
	start(r);
}

static void dw_edma_test_append_orders(struct kunit *test)
{
	dw_edma_test_append(test, &(struct run){ .descs = DESCS });
}

/* The same with descriptors that depend on those before them */
static void dw_edma_test_append_fence(struct kunit *test)
{
	dw_edma_test_append(test, &(struct run){ .descs = DESCS, .fence = true });
}

/* Fewer of them, while the exporter may start the engine, too */
static void dw_edma_test_append_exporter(struct kunit *test)
{
	dw_edma_test_append(test, &(struct run){ .descs = 3, .exporter = true });
}

static struct kunit_case dw_edma_append_cases[] = {
	KUNIT_CASE_SLOW(dw_edma_test_append_orders),
	KUNIT_CASE_SLOW(dw_edma_test_append_fence),
	KUNIT_CASE_SLOW(dw_edma_test_append_exporter),
	{ }
};

static struct kunit_suite dw_edma_append_suite = {
	.name = "dw_edma_append",
	.test_cases = dw_edma_append_cases,
};

kunit_test_suite(dw_edma_append_suite);
