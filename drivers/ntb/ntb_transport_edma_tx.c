// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Transmit path of the remote-eDMA backend: packets go to buffers that the peer
 * has posted, in runs of the DMA engine, and are returned to the client when the
 * peer has consumed their records.
 */
#include <linux/dma-mapping.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define TX_TIMER_US		100
#define TX_TIMER_FIRST_US	20	/* after a run */
/* A client may stop its queue when there are fewer buffers than this */
#define TX_EVENT_POSTS		10u

static struct ntb_edma_post *own_post(struct edma_ctx *e, unsigned int qp,
				      u32 index)
{
	return e->block + ntb_edma_post_offset(qp, e->entries, index);
}

/* Packets that there are free slots for, here and in the engine's list. */
static u32 edma_tx_room(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 busy, listed;

	lockdep_assert_held(&eq->tx_lock);

	/* Pairs with smp_store_release() in ntb_edma_tx_reap() */
	busy = eq->tx_head - smp_load_acquire(&eq->tx_done);
	/* Pairs with smp_store_release() in ntb_edma_done_collect() */
	listed = eq->tx_head - smp_load_acquire(&eq->tx_freed);

	return min(e->entries - busy, eq->tx_limit - min(listed, eq->tx_limit));
}

unsigned int ntb_edma_tx_free_entry(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	u32 posted, n;

	guard(spinlock_bh)(&eq->tx_lock);
	if (!eq->tx_open)
		return 0;

	posted = le32_to_cpu(READ_ONCE(edma_own_ctl(e, qp->qp_num)->post_index));
	if (ntb_edma_pending(posted, eq->tx_head, e->entries, &n))
		return 0;

	return min(n, edma_tx_room(e, eq));
}

/* The buffer that the peer has posted for the next packet. */
static int edma_next_post(struct edma_ctx *e, struct edma_qp *eq,
			  unsigned int len, u64 *dst)
{
	unsigned int qp_num = eq->qp->qp_num;
	enum ntb_edma_reject reason;
	struct ntb_edma_post post;
	u32 posted, n;

	lockdep_assert_held(&eq->tx_lock);

	posted = le32_to_cpu(READ_ONCE(edma_own_ctl(e, qp_num)->post_index));
	reason = ntb_edma_pending(posted, eq->tx_head, e->entries, &n);
	if (reason)
		goto reject;

	if (!n || !edma_tx_room(e, eq)) {
		eq->stats[STAT_TX_BUSY]++;
		return -EBUSY;
	}

	/* The record was written before the index; read it after */
	dma_rmb();
	ntb_edma_read_slot(&post, own_post(e, qp_num, eq->tx_head), sizeof(post));

	reason = ntb_edma_check_post(&post, ntb_edma_tag(e->peer_epoch,
							 eq->state.gen,
							 eq->tx_head),
				     PEER_ADDR_MAX);
	if (reason)
		goto reject;

	/* The peer's client has a smaller MTU than ours: not the ring's fault */
	if (len > e->mtu || len > le32_to_cpu(post.len))
		return -EMSGSIZE;

	*dst = le64_to_cpu(post.addr);

	return 0;

reject:
	eq->tx_open = false;
	ntb_edma_stats_reject(eq, reason);

	return -ENOLINK;
}

/* Does the client stop its queue behind the last packet? */
static bool edma_tx_stops(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 posted, n;

	posted = le32_to_cpu(READ_ONCE(edma_own_ctl(e, eq->qp->qp_num)->post_index));
	if (ntb_edma_pending(posted, eq->tx_head, e->entries, &n))
		return true;

	return !ntb_edma_event_room(n, edma_tx_room(e, eq), TX_EVENT_POSTS);
}

static int edma_tx_add(struct edma_ctx *e, struct edma_qp *eq, void *cb,
		       void *data, unsigned int len)
{
	struct edma_tx_slot *slot = &eq->tx[eq->tx_head & (e->entries - 1)];
	u64 dst;
	int ret;

	ret = edma_next_post(e, eq, len, &dst);
	if (ret)
		return ret;

	slot->addr = dma_map_single(e->dma_dev, data, len, DMA_TO_DEVICE);
	if (dma_mapping_error(e->dma_dev, slot->addr)) {
		eq->stats[STAT_TX_MAP_ERROR]++;
		return -ENOMEM;
	}
	slot->cb = cb;
	slot->len = len;
	slot->dst = dst;
	slot->failed = false;
	WRITE_ONCE(eq->tx_head, eq->tx_head + 1);

	return 0;
}

/*
 * A packet that others follow waits for them: all are moved by one run. What
 * waits does not wait for a packet that is refused.
 */
int ntb_edma_tx_enqueue(struct ntb_transport_qp *qp, void *cb, void *data,
			unsigned int len, bool more)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	bool stops;
	int ret;

	guard(spinlock_bh)(&eq->tx_lock);
	if (!eq->tx_open)
		return -ENOLINK;

	ret = edma_tx_add(e, eq, cb, data, len);
	if (!eq->tx_open) {
		ntb_edma_run_drop(e, eq);
		return ret;
	}

	stops = edma_tx_stops(e, eq);
	if (ret || stops || !more || eq->tx_head - eq->tx_run >= RUN_MAX)
		ntb_edma_run_start(e, eq, stops);

	return ret;
}

static void edma_tx_complete(struct edma_ctx *e, struct edma_qp *eq,
			     struct edma_tx_slot *slot, int err)
{
	struct ntb_transport_qp *qp = eq->qp;
	unsigned int len = slot->len;
	void *cb = slot->cb;

	dma_unmap_single(e->dma_dev, slot->addr, len, DMA_TO_DEVICE);
	if (!err) {
		eq->stats[STAT_TX_PKTS]++;
		eq->stats[STAT_TX_BYTES] += len;
	}
	if (qp->tx_handler)
		qp->tx_handler(qp, qp->cb_data, cb, err ?: len);
}

/* Return the packets to the client that the peer has consumed. */
void ntb_edma_tx_reap(struct edma_ctx *e, struct edma_qp *eq)
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
		edma_tx_complete(e, eq, slot, slot->failed ? -EIO : 0);
		/*
		 * The slot is free for the next packet from here on. Pairs with
		 * smp_load_acquire() in edma_next_post().
		 */
		smp_store_release(&eq->tx_done, index);
	}
}

static enum hrtimer_restart edma_tx_timer(struct hrtimer *timer)
{
	struct edma_qp *eq = container_of(timer, struct edma_qp, tx_timer);

	WRITE_ONCE(eq->tx_tick, true);
	tasklet_schedule(&eq->qp->poll_tasklet);

	return HRTIMER_NORESTART;
}

void ntb_edma_tx_init_timer(struct edma_qp *eq)
{
	hrtimer_setup(&eq->tx_timer, edma_tx_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
}

static void edma_tx_start_timer(struct edma_qp *eq, unsigned int us)
{
	lockdep_assert_held(&eq->tx_lock);

	eq->tx_delay = us;
	hrtimer_start(&eq->tx_timer, us_to_ktime(us), HRTIMER_MODE_REL_SOFT);
}

/*
 * A run was started: nobody tells this side that it has ended, or that the engine
 * has missed it. tx_lock is held.
 */
void ntb_edma_tx_arm_timer(struct edma_qp *eq)
{
	eq->tx_fresh = true;
	if (eq->tx_delay != TX_TIMER_FIRST_US || !hrtimer_is_queued(&eq->tx_timer))
		edma_tx_start_timer(eq, TX_TIMER_FIRST_US);
}

/**
 * ntb_edma_tx_tick - Look at the channel at times, as long as runs are under way
 * @eq: the queue
 *
 * If packets are consumed the engine works. If none was since the timer expired
 * before, the driver looks whether it does.
 *
 * Context: The poll tasklet of @eq, after what was consumed is reaped.
 */
void ntb_edma_tx_tick(struct edma_qp *eq)
{
	if (!READ_ONCE(eq->tx_tick))
		return;

	WRITE_ONCE(eq->tx_tick, false);
	guard(spinlock_bh)(&eq->tx_lock);
	if (!eq->tx_open ||
	    (eq->tx_done == eq->tx_run && !atomic_read(&eq->wakes)))
		return;

	if (eq->tx_looked == eq->tx_done)
		ntb_edma_done_look(eq);
	eq->tx_looked = eq->tx_done;
	edma_tx_start_timer(eq, eq->tx_fresh ? TX_TIMER_FIRST_US : TX_TIMER_US);
	eq->tx_fresh = false;
}

/**
 * ntb_edma_tx_open - Accept packets, if the peer says where records go
 * @e: the device
 * @eq: the queue; its generation is offered by both sides
 *
 * Context: Process context.
 * Return: NTB_EDMA_OK, or why what the peer says is rejected.
 */
enum ntb_edma_reject ntb_edma_tx_open(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_edma_ctl *ctl = edma_own_ctl(e, eq->qp->qp_num);
	enum ntb_edma_reject reason;

	/* Written before the peer's word, which was read before this */
	dma_rmb();
	eq->peer_records = le64_to_cpu(READ_ONCE(ctl->records));
	reason = ntb_edma_check_records(eq->peer_records, e->entries,
					PEER_ADDR_MAX);
	if (reason)
		return reason;

	guard(spinlock_bh)(&eq->tx_lock);
	eq->tx_event = (struct ntb_edma_tx_event){};
	eq->tx_open = true;

	return NTB_EDMA_OK;
}

/* No packet is accepted after this, and what no run has begun for has ended. */
void ntb_edma_tx_close(struct edma_ctx *e, struct edma_qp *eq)
{
	scoped_guard(spinlock_bh, &eq->tx_lock) {
		eq->tx_open = false;
		ntb_edma_run_drop(e, eq);
	}
	hrtimer_cancel(&eq->tx_timer);
}

/* Complete what was not consumed, with an error; no transfer runs any more. */
void ntb_edma_tx_abort(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_tx_slot *slot;

	for (; eq->tx_done != eq->tx_head; eq->tx_done++) {
		slot = &eq->tx[eq->tx_done & (e->entries - 1)];
		edma_tx_complete(e, eq, slot, -ENOLINK);
	}
	eq->tx_head = 0;
	eq->tx_done = 0;
	ntb_edma_done_reset(eq);
}
