// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * DMA channels of a queue of the remote-eDMA backend. An engine fetches the next
 * element of a channel when it has finished the one before, but works on several
 * channels at a time: so the runs of a queue are spread over two channels, its
 * lanes. Each has a share of the list of its channel.
 */
#include <linux/dmaengine.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

/* Lanes of all queues that use channel @idx of @n. */
static unsigned int lane_users(const struct edma_ctx *e, unsigned int idx,
			       unsigned int n)
{
	unsigned int qp, lane, users = 0;

	for (qp = 0; qp < e->nt->qp_count; qp++)
		for (lane = 0; lane < ntb_edma_num_lanes(n); lane++)
			users += ntb_edma_lane_chan(qp, lane, n) == idx;

	return users;
}

/**
 * ntb_edma_lane_attach - Give a queue its channels
 * @e: the device, which has its part of the DMA engine
 * @eq: the queue
 * @min: transfers that have to fit a share of a list at least
 * @spare: of these, transfers that are not counted
 *
 * Context: Process context, may sleep.
 * Return: 0, -ENOSPC if a list is too short, or another error.
 */
int ntb_edma_lane_attach(struct edma_ctx *e, struct edma_qp *eq, u32 min,
			 u32 spare)
{
	unsigned int n = ntb_edma_num_chans(e->edma);
	unsigned int i, idx, users, share;
	struct dma_slave_caps caps;
	int ret;

	eq->num_lanes = ntb_edma_num_lanes(n);
	eq->lane = eq->lanes;
	for (i = 0; i < eq->num_lanes; i++) {
		idx = ntb_edma_lane_chan(eq->qp->qp_num, i, n);
		eq->lanes[i] = (struct edma_lane){
			.chan = ntb_edma_chan(e->edma, idx),
		};
		ret = dma_get_slave_caps(eq->lanes[i].chan, &caps);
		if (ret)
			return ret;

		/* More than this would wait in the driver, which is of no use */
		users = lane_users(e, idx, n);
		share = caps.max_sg_burst ? caps.max_sg_burst / users : UINT_MAX;
		if (share < min) {
			dev_err_ratelimited(edma_dev(e),
					    "%u queues share a DMA channel with a list of %u transfers, which is too short\n",
					    users, caps.max_sg_burst);
			return -ENOSPC;
		}
		/* A run has a transfer at least */
		eq->lanes[i].limit = min(edma_run_slots(e) / eq->num_lanes,
					 share - spare);
	}

	return 0;
}

/* Transfers in the list that are not known to have ended. */
u32 ntb_edma_lane_listed(const struct edma_lane *lane)
{
	/* Pairs with smp_store_release() in ntb_edma_lane_free() */
	u32 freed = smp_load_acquire(&lane->freed);

	return READ_ONCE(lane->head) - freed;
}

/* Transfers of a run have ended, and its slot is not in use any more. */
void ntb_edma_lane_free(struct edma_lane *lane, u32 elements)
{
	/* Pairs with smp_load_acquire() in ntb_edma_lane_listed() */
	smp_store_release(&lane->freed, lane->freed + elements);
}

/* The next run is for the lane that was given less. */
void ntb_edma_lane_choose(struct edma_qp *eq)
{
	struct edma_lane *lane, *end = eq->lanes + eq->num_lanes;

	lockdep_assert_held(&eq->tx_lock);

	for (lane = eq->lanes; lane < end; lane++)
		if ((s32)(lane->head - eq->lane->head) < 0)
			eq->lane = lane;
}

/**
 * ntb_edma_lane_submit - Give a list to the engine
 * @eq: the queue
 * @lane: one of its lanes
 * @list: transfers
 * @callback: called when they have ended
 * @param: for @callback
 *
 * Context: Any but hard interrupts, tx_lock of @eq is held.
 * Return: false if the engine does not take it; @callback is not called then.
 */
bool ntb_edma_lane_submit(struct edma_qp *eq, struct edma_lane *lane,
			  struct dma_interleaved_template *list,
			  dma_async_tx_callback_result callback, void *param)
{
	struct dma_async_tx_descriptor *txd;
	dma_cookie_t cookie;

	lockdep_assert_held(&eq->tx_lock);

	txd = dmaengine_prep_interleaved_dma(lane->chan, list,
					     DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!txd)
		return false;

	txd->callback_result = callback;
	txd->callback_param = param;
	cookie = dmaengine_submit(txd);
	if (dma_submit_error(cookie))
		return false;

	WRITE_ONCE(lane->cookie, cookie);
	dma_async_issue_pending(lane->chan);
	ntb_edma_reap_arm_timer(eq);

	return true;
}

/**
 * ntb_edma_lane_look - Have the driver look at a channel
 * @eq: the queue
 * @lane: one of its lanes
 *
 * Starts a channel that has stopped with work pending.
 *
 * Context: Any but hard interrupts, tx_lock of @eq is held.
 * Return: true if all runs of the lane have ended.
 */
bool ntb_edma_lane_look(struct edma_qp *eq, struct edma_lane *lane)
{
	lockdep_assert_held(&eq->tx_lock);

	if (lane->cookie == lane->known)
		return true;

	eq->stats[STAT_TX_LOOKS]++;
	if (dmaengine_tx_status(lane->chan, lane->cookie, NULL) ==
	    DMA_IN_PROGRESS)
		return false;

	WRITE_ONCE(lane->known, lane->cookie);

	return true;
}

/* Look at all channels of a queue. Returns true if all its runs have ended. */
bool ntb_edma_lane_look_all(struct edma_qp *eq)
{
	bool idle = true;
	unsigned int i;

	for (i = 0; i < eq->num_lanes; i++)
		idle &= ntb_edma_lane_look(eq, &eq->lanes[i]);

	return idle;
}

/* Have all runs ended, as far as this side knows? Reads no register. */
bool ntb_edma_lane_known_idle(const struct edma_qp *eq)
{
	unsigned int i;

	for (i = 0; i < eq->num_lanes; i++)
		if (READ_ONCE(eq->lanes[i].cookie) != READ_ONCE(eq->lanes[i].known))
			return false;

	return true;
}

/* Transfers that are known to have ended, of all lanes. */
u32 ntb_edma_lane_ended(const struct edma_qp *eq)
{
	unsigned int i;
	u32 ended = 0;

	for (i = 0; i < eq->num_lanes; i++)
		ended += READ_ONCE(eq->lanes[i].freed);

	return ended;
}

/* Stop the channels by force. May sleep. Returns true if they have stopped. */
bool ntb_edma_lane_stop(struct edma_qp *eq)
{
	bool stopped = true;
	unsigned int i;

	for (i = 0; i < eq->num_lanes; i++) {
		struct edma_lane *lane = &eq->lanes[i];

		dmaengine_terminate_sync(lane->chan);
		if (dma_async_is_tx_complete(lane->chan, lane->cookie, NULL,
					     NULL) == DMA_IN_PROGRESS)
			stopped = false;
	}

	return stopped;
}

/* No run is under way, and no callback. */
void ntb_edma_lane_reset(struct edma_qp *eq)
{
	unsigned int i;

	for (i = 0; i < eq->num_lanes; i++) {
		struct edma_lane *lane = &eq->lanes[i];

		lane->head = 0;
		lane->freed = 0;
		lane->asked = 0;
		lane->known = lane->cookie;
	}
	eq->lane = eq->lanes;
}
