// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Packets of the remote-eDMA backend that are sent: they are returned to the client
 * when the peer has consumed their records. A timer looks for that, and at the engine
 * if nothing is.
 */
#include <linux/dma-mapping.h>
#include <linux/hrtimer.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define REAP_FIRST_US	20	/* after a run */

static void reap_packet(struct edma_ctx *e, struct edma_qp *eq,
			struct edma_tx_slot *slot, int err)
{
	struct ntb_transport_qp *qp = eq->qp;
	unsigned int len = slot->packet;
	void *cb = slot->cb;

	/* The packet ends in another slot */
	if (!cb)
		return;

	ntb_edma_tx_unmap(e, eq, eq->map_tail, eq->map_tail + slot->maps);
	slot->cb = NULL;
	/* Pairs with smp_load_acquire() in edma_tx_slots() */
	smp_store_release(&eq->map_tail, eq->map_tail + slot->maps);
	if (!err) {
		eq->stats[STAT_TX_PKTS]++;
		eq->stats[STAT_TX_BYTES] += len;
	}
	if (qp->handlers.tx_handler)
		qp->handlers.tx_handler(qp->cb_data, cb, err ?: (int)len);
}

/* Return the packets to the client that the peer has consumed. */
void ntb_edma_reap_consumed(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_edma_ctl *ctl = edma_own_ctl(e, eq->qp->qp_num);
	u32 consumed = le32_to_cpu(READ_ONCE(ctl->consumed));
	enum ntb_edma_reject reason;
	struct edma_tx_slot *slot;
	u32 index, n;

	/* What the peer has consumed was sent before: read tx_run after it */
	smp_rmb();
	reason = ntb_edma_pending(consumed, eq->tx_done,
				  READ_ONCE(eq->tx_run) - eq->tx_done, &n);
	if (reason) {
		ntb_edma_stats_reject(eq, reason);
		return;
	}

	for (index = eq->tx_done; n; n--) {
		slot = &eq->tx[index++ & (e->entries - 1)];
		reap_packet(e, eq, slot, slot->failed ? -EIO : 0);
		/*
		 * The slot is free for the next packet from here on. Pairs with
		 * smp_load_acquire() in edma_tx_slots().
		 */
		smp_store_release(&eq->tx_done, index);
	}
}

static enum hrtimer_restart reap_timer(struct hrtimer *timer)
{
	struct edma_qp *eq = container_of(timer, struct edma_qp, tx_timer);

	WRITE_ONCE(eq->tx_tick, true);
	ntb_qp_schedule(eq->qp);

	return HRTIMER_NORESTART;
}

void ntb_edma_reap_init_timer(struct edma_qp *eq)
{
	hrtimer_setup(&eq->tx_timer, reap_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
}

static void reap_start_timer(struct edma_qp *eq, unsigned int us)
{
	lockdep_assert_held(&eq->tx_lock);

	eq->tx_delay = us;
	hrtimer_start(&eq->tx_timer, us_to_ktime(us), HRTIMER_MODE_REL_SOFT);
}

/*
 * A run was started: nobody tells this side that it has ended, or that the engine
 * has missed it. tx_lock is held.
 */
void ntb_edma_reap_arm_timer(struct edma_qp *eq)
{
	eq->tx_fresh = true;
	if (eq->tx_delay != REAP_FIRST_US || !hrtimer_is_queued(&eq->tx_timer))
		reap_start_timer(eq, REAP_FIRST_US);
}

/**
 * ntb_edma_reap_tick - Look at the channels at times, as long as runs are under way
 * @eq: the queue
 *
 * If packets are consumed the engine works. If none was since the timer expired
 * before, the driver looks whether it does.
 *
 * Context: The poll of @eq, after what was consumed is reaped.
 */
void ntb_edma_reap_tick(struct edma_qp *eq)
{
	if (!READ_ONCE(eq->tx_tick))
		return;

	WRITE_ONCE(eq->tx_tick, false);
	guard(spinlock_irqsave)(&eq->tx_lock);
	if (!eq->tx_open ||
	    (eq->tx_done == eq->tx_run && !atomic_read(&eq->wakes)))
		return;

	if (eq->tx_looked == eq->tx_done)
		ntb_edma_lane_look_all(eq);
	eq->tx_looked = eq->tx_done;
	reap_start_timer(eq, eq->tx_fresh ? REAP_FIRST_US :
						 READ_ONCE(eq->qp->tx_usecs));
	eq->tx_fresh = false;
}

/* Complete what was not consumed, with an error; no transfer runs any more. */
void ntb_edma_reap_abort(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_tx_slot *slot;

	for (; eq->tx_done != eq->tx_head; eq->tx_done++) {
		slot = &eq->tx[eq->tx_done & (e->entries - 1)];
		reap_packet(e, eq, slot, -ENOLINK);
	}
	eq->tx_head = 0;
	eq->tx_done = 0;
	eq->map_head = 0;
	eq->map_tail = 0;
	ntb_edma_done_reset(eq);
}
