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
#include <linux/build_bug.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/slab.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

/* Transfers of a run: those of the payload, and the records in up to two pieces */
#define RUN_RECORDS		2u
#define RUN_ELEMENTS		256u
/* The largest packet ends a buffer of this side, or of the peer, with each one */
#define RUN_PACKET		(2 * NTB_TRANSPORT_MAX_BUFS)
#define RUN_WAKES		16	/* runs without packets, at most */

static_assert(RUN_PACKET + RUN_RECORDS <= RUN_ELEMENTS);

static size_t run_records_size(const struct edma_ctx *e)
{
	return e->entries * sizeof(struct ntb_edma_record);
}

static struct dma_interleaved_template *run_alloc_list(size_t elements)
{
	struct dma_interleaved_template *list;

	list = kzalloc(struct_size(list, sgl, elements), GFP_KERNEL);
	if (!list)
		return NULL;

	list->dir = DMA_MEM_TO_DEV;
	list->src_inc = true;
	list->dst_inc = true;
	list->src_sgl = true;
	list->dst_sgl = true;
	list->numf = 1;

	return list;
}

/* What runs of a queue need, for e->entries. May sleep. */
int ntb_edma_run_init(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 n;

	eq->runs = kcalloc(edma_run_slots(e), sizeof(*eq->runs), GFP_KERNEL);
	eq->list = run_alloc_list(RUN_ELEMENTS);
	eq->wake = run_alloc_list(1);
	/* Coherent memory is aligned to a page: see NTB_EDMA_RECORD_ALIGN */
	eq->records = dma_alloc_coherent(e->dma_dev, run_records_size(e),
					 &eq->records_addr, GFP_KERNEL);
	if (!eq->runs || !eq->list || !eq->wake || !eq->records)
		return -ENOMEM;

	for (n = 0; n < edma_run_slots(e); n++)
		eq->runs[n].eq = eq;
	return 0;
}

void ntb_edma_run_exit(struct edma_ctx *e, struct edma_qp *eq)
{
	if (eq->records)
		dma_free_coherent(e->dma_dev, run_records_size(e), eq->records,
				  eq->records_addr);
	kfree(eq->wake);
	kfree(eq->list);
	kfree(eq->runs);
	eq->records = NULL;
	eq->wake = NULL;
	eq->list = NULL;
	eq->runs = NULL;
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
		ret = ntb_edma_lane_attach(e, &e->qps[i],
					   RUN_WAKES + RUN_PACKET + RUN_RECORDS,
					   RUN_WAKES);

	return ret;
}

/* Packets, in buffers of the peer, that there are enough transfers for. */
u32 ntb_edma_run_room(struct edma_qp *eq)
{
	u32 listed;

	lockdep_assert_held(&eq->tx_lock);

	if (!eq->list->frame_size)
		ntb_edma_lane_choose(eq);
	listed = ntb_edma_lane_listed(eq->lane) + eq->list->frame_size;
	if (listed + NTB_TRANSPORT_MAX_BUFS + RUN_RECORDS > eq->lane->limit)
		return 0;

	return eq->lane->limit - listed - NTB_TRANSPORT_MAX_BUFS - RUN_RECORDS;
}

/* Can another packet of any size not be in this run? */
bool ntb_edma_run_full(const struct edma_qp *eq)
{
	return eq->list->frame_size + RUN_PACKET + RUN_RECORDS > RUN_ELEMENTS;
}

/*
 * One more element, or more of the last one: buffers of both sides are contiguous as
 * often as not, and each element costs the engine time. The gap from the end of the
 * element before is the difference of any two addresses, modulo 2^64.
 */
static void run_add(struct edma_qp *eq, dma_addr_t src, u64 dst, size_t size)
{
	struct dma_interleaved_template *list = eq->list;
	struct data_chunk *last = NULL;

	if (list->frame_size) {
		last = &list->sgl[list->frame_size - 1];
		last->src_icg = src - eq->src_end;
		last->dst_icg = dst - eq->dst_end;
	} else {
		list->src_start = src;
		list->dst_start = dst;
	}
	if (last && !last->src_icg && !last->dst_icg)
		last->size += size;
	else
		list->sgl[list->frame_size++] = (struct data_chunk){ .size = size };
	eq->src_end = src + size;
	eq->dst_end = dst + size;
}

/**
 * ntb_edma_run_add - Add a packet to the next run
 * @e: the device
 * @eq: the queue; there is room, and the run is not full
 * @n: number of slots from tx_head on, which have its bytes
 * @num: number of maps from map_head on, which have as many
 *
 * Context: Any but hard interrupts, tx_lock of @eq is held.
 */
void ntb_edma_run_add(struct edma_ctx *e, struct edma_qp *eq, u32 n, u32 num)
{
	u32 slots = e->entries - 1, maps = edma_map_slots(e) - 1;
	u32 slot = eq->tx_head, map = eq->map_head;
	u32 end = slot + n, map_end = map + num;
	unsigned int put = 0, taken = 0, size;

	lockdep_assert_held(&eq->tx_lock);

	while (slot != end && map != map_end) {
		struct edma_tx_slot *to = &eq->tx[slot & slots];
		struct edma_tx_map *from = &eq->maps[map & maps];

		size = min(to->len - put, from->len - taken);
		run_add(eq, from->addr + taken, to->dst + put, size);
		put += size;
		taken += size;
		if (put == to->len) {
			slot++;
			put = 0;
		}
		if (taken == from->len) {
			map++;
			taken = 0;
		}
	}
}

/* Behind the payload, the records. */
static void run_add_records(struct edma_ctx *e, struct edma_qp *eq,
			    const struct edma_run *run)
{
	const size_t size = sizeof(struct ntb_edma_record);
	u32 i, index, n;

	if (ntb_edma_done_by_cpu())
		return;

	for (i = 0; i < run->n; i += n) {
		index = (run->first + i) & (e->entries - 1);
		n = ntb_edma_record_first_piece(index, run->n - i, e->entries);
		run_add(eq, eq->records_addr + index * size,
			eq->peer_records + index * size, n * size);
	}
}

/* Has the last record to have EVENT? */
static void run_ask(struct edma_ctx *e, struct edma_qp *eq,
		    const struct edma_run *run, bool asks)
{
	u32 mask = e->entries - 1, end = run->first + run->n, bytes = 0, i;
	u32 packets = READ_ONCE(eq->qp->tx_packets);

	asks |= packets && eq->tx_unasked >= packets;
	for (i = run->first; i != end; i++)
		bytes += eq->tx[i & mask].len;
	if (!ntb_edma_event_ask(&eq->tx_event, bytes, asks))
		return;

	eq->records[(end - 1) & mask].flags |= NTB_EDMA_RECORD_EVENT;
	eq->tx_unasked = 0;
}

static struct edma_run *run_take(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_run *run = &eq->runs[eq->run_head & (edma_run_slots(e) - 1)];

	lockdep_assert_held(&eq->tx_lock);

	run->lane = eq->lane - eq->lanes;
	run->first = eq->tx_run;
	run->n = eq->tx_head - eq->tx_run;
	run->ended = false;
	WRITE_ONCE(eq->tx_run, eq->tx_head);
	/* Pairs with smp_load_acquire() in ntb_edma_done_collect() */
	smp_store_release(&eq->run_head, eq->run_head + 1);

	return run;
}

/**
 * ntb_edma_run_start - Give the packets to the engine that it does not have yet
 * @e: the device
 * @eq: the queue
 * @asks: the peer has to say soon that it has got them
 *
 * Payload and records are one transfer, of which the engine moves nothing behind
 * an element that fails. If the engine does not take them, the packets end as errors.
 *
 * Context: Any but hard interrupts, tx_lock of @eq is held.
 */
void ntb_edma_run_start(struct edma_ctx *e, struct edma_qp *eq, bool asks)
{
	struct edma_lane *lane = eq->lane;
	struct edma_run *run;

	lockdep_assert_held(&eq->tx_lock);

	if (eq->tx_run == eq->tx_head)
		return;

	run = run_take(e, eq);
	run_ask(e, eq, run, asks);
	run_add_records(e, eq, run);
	run->elements = eq->list->frame_size;
	WRITE_ONCE(lane->head, lane->head + run->elements);
	eq->stats[STAT_TX_BATCHES]++;
	if (!ntb_edma_lane_submit(eq, lane, eq->list, ntb_edma_done_callback,
				  run))
		ntb_edma_done_run(run, true);
	eq->list->frame_size = 0;

	/* The list seems to get full: find out what is done, now and then */
	if (ntb_edma_lane_listed(lane) > lane->limit / 2 &&
	    lane->head - lane->asked > lane->limit / 8) {
		lane->asked = lane->head;
		ntb_edma_lane_look(eq, lane);
	}
}

/* Packets that the engine does not have yet end as errors. */
void ntb_edma_run_drop(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_run *run;

	lockdep_assert_held(&eq->tx_lock);

	if (eq->tx_run == eq->tx_head)
		return;

	run = run_take(e, eq);
	run->elements = 0;
	eq->list->frame_size = 0;
	ntb_edma_done_run(run, true);
}

/**
 * ntb_edma_run_wake - Interrupt the peer by a run without packets
 * @e: the device
 * @eq: the queue
 *
 * The engine writes to a word that nobody reads, behind what the first lane does.
 * As long as RUN_WAKES of these have not ended, the interrupt of the last one is
 * still to come: the status, which is read here, lets what was written arrive first.
 *
 * Context: The poll of @eq.
 * Return: false if the caller has to ring the doorbell instead.
 */
bool ntb_edma_run_wake(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_lane *lane = &eq->lanes[0];

	if (ntb_edma_done_by_cpu())
		return false;

	guard(spinlock_irqsave)(&eq->tx_lock);
	if (!eq->tx_open)
		return true;

	if (atomic_read(&eq->wakes) >= RUN_WAKES &&
	    dmaengine_tx_status(lane->chan, lane->cookie, NULL) ==
	    DMA_IN_PROGRESS)
		return true;

	eq->wake->frame_size = 1;
	eq->wake->src_start = eq->records_addr;
	eq->wake->dst_start = ntb_edma_wake_addr(eq->peer_records, e->entries);
	eq->wake->sgl[0] = (struct data_chunk){ .size = sizeof(u32) };
	atomic_inc(&eq->wakes);
	if (!ntb_edma_lane_submit(eq, lane, eq->wake, ntb_edma_done_wake, eq)) {
		atomic_dec(&eq->wakes);
		return false;
	}
	eq->stats[STAT_TX_WAKES]++;

	return true;
}
