// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * The end of runs of the remote-eDMA backend. A run that is done is known by its
 * records, at the peer, and by what the peer has consumed, here. This file is about
 * the rest: runs that fail, runs that the engine has not begun with, and channels
 * that have to be idle.
 */
#include <linux/atomic.h>
#include <linux/dmaengine.h>
#include <linux/io.h>
#include <linux/moduleparam.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

static bool edma_cpu_records;
module_param(edma_cpu_records, bool, 0444);
MODULE_PARM_DESC(edma_cpu_records, "use_remote_edma: let a CPU write the records, for an engine that does not keep the order of its writes");

/* Does the CPU write the records, once it knows that the payload is there? */
bool ntb_edma_done_by_cpu(void)
{
	return edma_cpu_records;
}

/* The transfers of the slots have ended, or will never start. */
void ntb_edma_done_run(struct edma_run *run, bool failed)
{
	struct edma_qp *eq = run->eq;
	struct edma_lane *lane = &eq->lanes[run->lane];

	run->failed = failed;
	/* Pairs with smp_load_acquire() in ntb_edma_done_collect() */
	smp_store_release(&run->ended, true);

	/* A run that is done is known by its records, unless there are too many */
	if (failed || edma_cpu_records ||
	    ntb_edma_lane_listed(lane) > lane->limit / 4)
		ntb_qp_schedule(eq->qp);
}

void ntb_edma_done_callback(void *param, const struct dmaengine_result *res)
{
	ntb_edma_done_run(param, res && res->result != DMA_TRANS_NOERROR);
}

/* A wake that has failed is replaced by a doorbell. */
void ntb_edma_done_wake(void *param, const struct dmaengine_result *res)
{
	struct edma_qp *eq = param;

	atomic_dec(&eq->wakes);
	if (!res || res->result == DMA_TRANS_NOERROR)
		return;

	WRITE_ONCE(eq->wake_failed, true);
	ntb_qp_schedule(eq->qp);
}

/*
 * The CPU writes the record of a packet whose transfer has ended: that of a run
 * which has failed, and where the engine is not to. The caller is an RCU reader
 * that has found the peer not fenced.
 */
static void done_write_record(struct edma_ctx *e, struct edma_qp *eq, u32 index)
{
	struct ntb_edma_record record = eq->records[index & (e->entries - 1)];
	void __iomem *p = e->peer + ntb_edma_record_offset(eq->qp->qp_num,
							   e->entries, index);

	if (eq->tx[index & (e->entries - 1)].failed) {
		record = (struct ntb_edma_record){
			.flags = record.flags & NTB_EDMA_RECORD_EVENT,
			.len = cpu_to_le32(NTB_EDMA_RECORD_ERROR),
			.tag = record.tag,
		};
	}
	memcpy_toio(p, &record, offsetof(struct ntb_edma_record, tag));
	/* The tag last: the record is valid then */
	writel(le32_to_cpu(record.tag),
	       p + offsetof(struct ntb_edma_record, tag));
}

/* Returns true if there are records that the CPU has written. */
static bool done_finish(struct edma_ctx *e, struct edma_qp *eq,
			const struct edma_run *run)
{
	u32 index, end = run->first + run->n;

	if (!run->failed && !edma_cpu_records)
		return false;

	/* Of a run that has failed, the peer may have consumed some */
	ntb_edma_reap_consumed(e, eq);
	for (index = run->first; index != end; index++) {
		if ((s32)(index - eq->tx_done) < 0)
			continue;
		eq->tx[index & (e->entries - 1)].failed = run->failed;
		eq->stats[STAT_TX_DMA_ERROR] += run->failed;
		done_write_record(e, eq, index);
	}

	return true;
}

/**
 * ntb_edma_done_collect - Look at the runs that have ended
 * @e: the device
 * @eq: the queue
 *
 * This makes room for packets, which clients look for when a packet is reaped.
 *
 * Context: The poll of @eq, before what was consumed is reaped; an RCU reader
 * that has found the peer not fenced.
 * Return: true if the caller has to ring the doorbell, for records that the CPU has
 * written, or in place of a wake.
 */
bool ntb_edma_done_collect(struct edma_ctx *e, struct edma_qp *eq)
{
	bool rings = xchg(&eq->wake_failed, false);
	struct edma_run *run;
	u32 head;

	eq->stats[STAT_TX_WAKE_ERROR] += rings;

	/* Pairs with smp_store_release() in run_take() */
	head = smp_load_acquire(&eq->run_head);
	while (eq->run_tail != head) {
		run = &eq->runs[eq->run_tail & (edma_run_slots(e) - 1)];
		/* Pairs with smp_store_release() in ntb_edma_done_run() */
		if (!smp_load_acquire(&run->ended))
			break;

		rings |= done_finish(e, eq, run);
		WRITE_ONCE(eq->run_tail, eq->run_tail + 1);
		ntb_edma_lane_free(&eq->lanes[run->lane], run->elements);
	}

	return rings;
}

/* Has everything ended, as the engine says? No poll runs. */
bool ntb_edma_done_idle(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 i;

	guard(spinlock_irqsave)(&eq->tx_lock);
	if (!ntb_edma_lane_look_all(eq) || atomic_read(&eq->wakes))
		return false;

	for (i = eq->run_tail; i != eq->run_head; i++)
		/* Pairs with smp_store_release() in ntb_edma_done_run() */
		if (!smp_load_acquire(&eq->runs[i & (edma_run_slots(e) - 1)].ended))
			return false;

	return true;
}

/* No run is under way, and no callback. */
void ntb_edma_done_reset(struct edma_qp *eq)
{
	eq->run_head = 0;
	eq->run_tail = 0;
	eq->tx_run = 0;
	eq->wake_failed = false;
	atomic_set(&eq->wakes, 0);
	ntb_edma_lane_reset(eq);
}
