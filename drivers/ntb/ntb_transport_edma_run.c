// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Runs of the DMA engine for the remote-eDMA backend. A run moves the packets of
 * a batch and then writes their records to the peer, as one transfer:
 *
 *   payload 1 -> ... -> payload n -> records
 *
 * Documentation/driver-api/ntb.rst explains why that order holds.
 */
#include <linux/atomic.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/slab.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

/* The records may be in two pieces, where their ring wraps */
#define RUN_ELEMENTS	(RUN_MAX + 2)
/* So many per packet: a run of one has one piece */
#define RUN_ELEMENTS_EACH	2
#define RUN_WAKES		16	/* runs without packets, at most */

static size_t run_records_size(const struct edma_ctx *e)
{
	return e->entries * sizeof(struct ntb_edma_record);
}

/* What runs of a queue need, for e->entries. May sleep. */
int ntb_edma_run_init(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 n;

	eq->runs = kcalloc(edma_run_slots(e), sizeof(*eq->runs), GFP_KERNEL);
	eq->list = kzalloc(struct_size(eq->list, sgl, RUN_ELEMENTS), GFP_KERNEL);
	/* Coherent memory is aligned to a page: see NTB_EDMA_RECORD_ALIGN */
	eq->records = dma_alloc_coherent(e->dma_dev, run_records_size(e),
					 &eq->records_addr, GFP_KERNEL);
	if (!eq->runs || !eq->list || !eq->records)
		return -ENOMEM;

	for (n = 0; n < edma_run_slots(e); n++)
		eq->runs[n].eq = eq;
	eq->list->dir = DMA_MEM_TO_DEV;
	eq->list->src_inc = true;
	eq->list->dst_inc = true;
	eq->list->src_sgl = true;
	eq->list->dst_sgl = true;
	eq->list->numf = 1;

	return 0;
}

void ntb_edma_run_exit(struct edma_ctx *e, struct edma_qp *eq)
{
	if (eq->records)
		dma_free_coherent(e->dma_dev, run_records_size(e), eq->records,
				  eq->records_addr);
	kfree(eq->list);
	kfree(eq->runs);
	eq->records = NULL;
	eq->list = NULL;
	eq->runs = NULL;
}

/* Queue i has channel i modulo n, and its share of the list. */
static int run_attach_qp(struct edma_ctx *e, struct edma_qp *eq, unsigned int n)
{
	unsigned int idx = eq->qp->qp_num % n, share, used;
	struct dma_slave_caps caps;
	int ret;

	eq->chan = ntb_edma_chan(e->edma, idx);
	ret = dma_get_slave_caps(eq->chan, &caps);
	if (ret)
		return ret;

	/* More than this would wait in the driver, which is of no use */
	used = DIV_ROUND_UP(e->nt->qp_count - idx, n);
	share = caps.max_sg_burst ? caps.max_sg_burst / used : UINT_MAX;
	if (share < RUN_WAKES + NTB_EDMA_MIN_ENTRIES * RUN_ELEMENTS_EACH) {
		dev_err_ratelimited(edma_dev(e),
				    "%u queues share a DMA channel with a list of %u transfers, which is too short\n",
				    used, caps.max_sg_burst);
		return -ENOSPC;
	}
	eq->tx_limit = min(edma_run_slots(e), (share - RUN_WAKES) / RUN_ELEMENTS_EACH);
	eq->tx_cookie = 0;
	eq->tx_known = 0;

	return 0;
}

/* The channels of a new session. May sleep. */
int ntb_edma_run_attach(struct edma_ctx *e)
{
	struct dma_slave_config cfg = {
		.direction = DMA_MEM_TO_DEV,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
	};
	unsigned int i, n = ntb_edma_num_chans(e->edma);
	int ret = 0;

	for (i = 0; i < n && !ret; i++)
		ret = dmaengine_slave_config(ntb_edma_chan(e->edma, i), &cfg);
	for (i = 0; i < e->nt->qp_count && !ret; i++)
		ret = run_attach_qp(e, &e->qps[i], n);

	return ret;
}

/*
 * One more element. The gap from the end of the element before is the difference
 * of any two addresses, modulo 2^64.
 */
static void run_add(struct dma_interleaved_template *list, dma_addr_t src,
		    u64 dst, size_t size, u64 *src_end, u64 *dst_end)
{
	struct data_chunk *before;

	if (list->frame_size) {
		before = &list->sgl[list->frame_size - 1];
		before->src_icg = src - *src_end;
		before->dst_icg = dst - *dst_end;
	} else {
		list->src_start = src;
		list->dst_start = dst;
	}
	list->sgl[list->frame_size++] = (struct data_chunk){ .size = size };
	*src_end = src + size;
	*dst_end = dst + size;
}

static void run_build(struct edma_ctx *e, struct edma_qp *eq,
		      const struct edma_run *run)
{
	const size_t size = sizeof(struct ntb_edma_record);
	u32 mask = e->entries - 1, i, index, n;
	u64 src_end, dst_end;

	eq->list->frame_size = 0;
	for (i = 0; i < run->n; i++) {
		struct edma_tx_slot *slot = &eq->tx[(run->first + i) & mask];

		run_add(eq->list, slot->addr, slot->dst, slot->len, &src_end,
			&dst_end);
	}
	if (ntb_edma_done_by_cpu())
		return;

	for (i = 0; i < run->n; i += n) {
		index = (run->first + i) & mask;
		n = ntb_edma_record_first_piece(index, run->n - i, e->entries);
		run_add(eq->list, eq->records_addr + index * size,
			eq->peer_records + index * size, n * size, &src_end,
			&dst_end);
	}
}

/* The records that the engine writes. */
static void run_fill_records(struct edma_ctx *e, struct edma_qp *eq,
			     const struct edma_run *run, bool stops)
{
	struct ntb_edma_record *record = NULL;
	u32 index, i, bytes = 0;

	for (i = 0; i < run->n; i++) {
		index = run->first + i;
		record = &eq->records[index & (e->entries - 1)];
		*record = (struct ntb_edma_record){
			.len = cpu_to_le32(eq->tx[index & (e->entries - 1)].len),
			.tag = cpu_to_le32(ntb_edma_tag(e->epoch, eq->state.gen,
							index)),
		};
		bytes += eq->tx[index & (e->entries - 1)].len;
	}
	if (record && ntb_edma_event_ask(&eq->tx_event, bytes, stops))
		record->flags = NTB_EDMA_RECORD_EVENT;
}

static struct edma_run *run_take(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_run *run = &eq->runs[eq->run_head & (edma_run_slots(e) - 1)];

	lockdep_assert_held(&eq->tx_lock);

	run->first = eq->tx_run;
	run->n = eq->tx_head - eq->tx_run;
	run->ended = false;
	WRITE_ONCE(eq->tx_run, eq->tx_head);
	/* Pairs with smp_load_acquire() in ntb_edma_done_collect() */
	smp_store_release(&eq->run_head, eq->run_head + 1);

	return run;
}

static bool run_submit(struct edma_qp *eq, dma_async_tx_callback_result callback,
		       void *param)
{
	struct dma_async_tx_descriptor *txd;
	dma_cookie_t cookie;

	lockdep_assert_held(&eq->tx_lock);

	txd = dmaengine_prep_interleaved_dma(eq->chan, eq->list,
					     DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!txd)
		return false;

	txd->callback_result = callback;
	txd->callback_param = param;
	cookie = dmaengine_submit(txd);
	if (dma_submit_error(cookie))
		return false;

	WRITE_ONCE(eq->tx_cookie, cookie);
	dma_async_issue_pending(eq->chan);
	ntb_edma_tx_arm_timer(eq);

	return true;
}

/**
 * ntb_edma_run_start - Give the packets to the engine that it does not have yet
 * @e: the device
 * @eq: the queue
 * @stops: no more packets are accepted until the peer has posted buffers
 *
 * Payload and records are one transfer, of which the engine moves nothing behind
 * an element that fails. If the engine does not take them, the packets end as errors.
 *
 * Context: Any but hard interrupts, tx_lock of @eq is held.
 */
void ntb_edma_run_start(struct edma_ctx *e, struct edma_qp *eq, bool stops)
{
	struct edma_run *run;

	lockdep_assert_held(&eq->tx_lock);

	if (eq->tx_run == eq->tx_head)
		return;

	run = run_take(e, eq);
	run_fill_records(e, eq, run, stops);
	run_build(e, eq, run);
	eq->stats[STAT_TX_BATCHES]++;
	if (!run_submit(eq, ntb_edma_done_callback, run))
		ntb_edma_done_run(run, true);

	/* The list seems to get full: find out what is done, now and then */
	if (eq->tx_head - READ_ONCE(eq->tx_freed) > eq->tx_limit / 2 &&
	    eq->tx_head - eq->tx_asked > eq->tx_limit / 8) {
		eq->tx_asked = eq->tx_head;
		ntb_edma_done_look(eq);
	}
}

/* Packets that the engine does not have yet end as errors. */
void ntb_edma_run_drop(struct edma_ctx *e, struct edma_qp *eq)
{
	lockdep_assert_held(&eq->tx_lock);

	if (eq->tx_run != eq->tx_head)
		ntb_edma_done_run(run_take(e, eq), true);
}

/**
 * ntb_edma_run_wake - Interrupt the peer by a run without packets
 * @e: the device
 * @eq: the queue
 *
 * The engine writes to a word that nobody reads, behind what it is doing. As long
 * as RUN_WAKES of these have not ended, the interrupt of the last one is still to
 * come: the status, which is read here, lets what was written arrive first.
 *
 * Context: The poll tasklet of @eq.
 * Return: false if the caller has to ring the doorbell instead.
 */
bool ntb_edma_run_wake(struct edma_ctx *e, struct edma_qp *eq)
{
	if (ntb_edma_done_by_cpu())
		return false;

	guard(spinlock_bh)(&eq->tx_lock);
	if (!eq->tx_open)
		return true;

	if (atomic_read(&eq->wakes) >= RUN_WAKES &&
	    dmaengine_tx_status(eq->chan, eq->tx_cookie, NULL) ==
	    DMA_IN_PROGRESS)
		return true;

	eq->list->frame_size = 1;
	eq->list->src_start = eq->records_addr;
	eq->list->dst_start = ntb_edma_wake_addr(eq->peer_records, e->entries);
	eq->list->sgl[0] = (struct data_chunk){ .size = sizeof(u32) };
	atomic_inc(&eq->wakes);
	if (!run_submit(eq, ntb_edma_done_wake, eq)) {
		atomic_dec(&eq->wakes);
		return false;
	}
	eq->stats[STAT_TX_WAKES]++;

	return true;
}
