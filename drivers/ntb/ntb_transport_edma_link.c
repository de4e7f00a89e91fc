// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * How a queue of the remote-eDMA backend comes up and goes down: the state
 * machine of ntb_transport_edma_state.h applied to the rings and the hardware.
 */
#include <linux/dmaengine.h>
#include <linux/iopoll.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define DRAIN_TIMEOUT_MS	500	/* own transfers have ended by then */

/**
 * ntb_edma_link_ready - The client waits: come up as soon as the peer does
 * @qp: the queue
 *
 * Context: Process context, link_lock of @qp is held. The session is active.
 * Return: true if the queue is up.
 */
bool ntb_edma_link_ready(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	enum ntb_edma_reject reason;

	lockdep_assert_held(&qp->link_lock);

	if (ntb_edma_state_offer(&eq->state, edma_peer_word(e, eq))) {
		ntb_edma_rx_offer(e, eq);
		ntb_edma_peer_write_offer(e, qp->qp_num,
					  ntb_edma_state_word(&eq->state));
	}
	if (!ntb_edma_state_open(&eq->state, edma_peer_word(e, eq)))
		return false;

	reason = ntb_edma_tx_open(e, eq);
	if (reason)
		ntb_edma_stats_reject(eq, reason);

	return !reason;
}

/* Transfers that hang are stopped by force, which takes the link down. */
static void link_stop_chans(struct edma_ctx *e, struct edma_qp *eq)
{
	bool stopped;

	if (!e->fenced)
		dev_warn_ratelimited(edma_dev(e),
				     "qp %d: DMA does not end, stopping its channels\n",
				     eq->qp->qp_num);

	stopped = ntb_edma_lane_stop(eq);
	/* Other queues had transfers there, too */
	ntb_transport_restart_link(e->nt);
	if (stopped)
		return;

	dev_err_ratelimited(edma_dev(e), "qp %d: channel does not stop\n",
			    eq->qp->qp_num);
	ntb_edma_peer_fence(e);
}

static bool link_drained(struct edma_ctx *e, struct edma_qp *eq)
{
	return ntb_edma_done_idle(e, eq) || ntb_edma_peer_gone(e);
}

/* No DMA of this side accesses the peer's buffers after this. */
static void link_drain(struct edma_ctx *e, struct edma_qp *eq)
{
	bool drained;

	ntb_edma_tx_close(e, eq);

	read_poll_timeout(link_drained, drained, drained, 50,
			  DRAIN_TIMEOUT_MS * 1000, false, e, eq);
	ntb_edma_peer_check(e);
	if (!ntb_edma_done_idle(e, eq))
		link_stop_chans(e, eq);

	ntb_edma_reap_abort(e, eq);
}

/* Has the peer stopped writing to the buffers of this generation? */
static bool link_peer_done(struct edma_ctx *e, struct edma_qp *eq)
{
	return ntb_edma_state_peer_done(&eq->state, edma_peer_word(e, eq)) ||
	       ntb_edma_peer_gone(e);
}

/* The peer has ended its DMA to the buffers of this queue, or is fenced. */
static void link_wait_peer(struct edma_ctx *e, struct edma_qp *eq)
{
	bool done;
	int ret;

	ret = read_poll_timeout(link_peer_done, done, done, 100,
				PEER_STOP_TIMEOUT_MS * 1000, false, e, eq);
	if (!ret && !ntb_edma_peer_gone(e))
		return;

	if (ret)
		dev_warn_ratelimited(edma_dev(e),
				     "qp %d: peer does not stop, fencing it\n",
				     eq->qp->qp_num);
	ntb_edma_peer_fence(e);
	ntb_transport_restart_link(e->nt);
}

/**
 * ntb_edma_link_reset - Take a queue down
 * @qp: the queue
 *
 * Ends the own transfers, publishes that, and waits until the peer has ended its
 * own; only then are the receive buffers given back. A peer that does not answer
 * is fenced, which takes the whole link down.
 *
 * Context: Process context, link_lock of @qp is held; no poll runs.
 */
void ntb_edma_link_reset(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq;

	lockdep_assert_held(&qp->link_lock);

	if (e->session != SESSION_ACTIVE ||
	    qp->qp_num >= qp->transport->qp_active)
		return;

	ntb_edma_peer_check(e);

	eq = to_edma_qp(qp);
	ntb_edma_rx_close(eq);
	if (!READ_ONCE(e->fenced))
		ntb_edma_irq_unmask(e, eq);
	link_drain(e, eq);
	if (!ntb_edma_state_leave(&eq->state))
		return;

	ntb_edma_peer_write_word(e, qp->qp_num, ntb_edma_state_word(&eq->state));
	if (!e->fenced)
		ntb_edma_peer_ring(e, qp->qp_num);
	if (eq->state.phase != NTB_EDMA_CLOSING)
		return;

	link_wait_peer(e, eq);
	ntb_edma_rx_reclaim(e, eq);
	ntb_edma_state_reclaimed(&eq->state);
}
