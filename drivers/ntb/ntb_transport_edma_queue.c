// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * A queue of the remote-eDMA backend while it is up: the poll that serves both
 * directions, and what the monitor of the session asks about it.
 */
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/rcupdate.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define TX_STUCK_CHECKS		10	/* nothing ended at so many: stuck */
#define TX_FAILED_CHECKS	3	/* only failures at so many: useless */
#define TX_UNSEEN_CHECKS	5	/* nothing consumed at so many: unseen */

int ntb_edma_qp_poll(struct ntb_transport_qp *qp, int budget)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	bool rings, owes;
	int n;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "peer may be fenced meanwhile");

	/* The fence waits for what is written to the peer's block below */
	if (READ_ONCE(e->fenced))
		return 0;

	ntb_db_clear(qp->ndev, BIT_ULL(qp->qp_num));

	/* The peer has left the session, or this generation of the queue */
	if (edma_peer_left(e)) {
		WRITE_ONCE(qp->active, false);
		ntb_transport_restart_link(qp->transport);
		return 0;
	}
	if (!ntb_edma_state_peer_open(&eq->state, edma_peer_word(e, eq))) {
		WRITE_ONCE(qp->active, false);
		ntb_qp_link_down(qp);
		return 0;
	}

	rings = ntb_edma_done_collect(e, eq);
	ntb_edma_reap_consumed(e, eq);
	ntb_edma_tx_check(e, eq);
	n = ntb_edma_rx_complete(e, eq, budget);
	if (!READ_ONCE(qp->active))
		return n;

	/* Only completions are wanted without a budget, with interrupts disabled */
	owes = budget && ntb_edma_rx_post(e, eq);
	if (rings || (owes && !ntb_edma_run_wake(e, eq)))
		ntb_edma_peer_ring(e, qp->qp_num);
	ntb_edma_reap_tick(eq);
	ntb_edma_irq_share(e, eq);

	return n;
}

bool ntb_edma_qp_poll_end(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);

	/* The fence frees the interrupts */
	if (READ_ONCE(e->fenced))
		return false;

	/* What comes from here on raises an interrupt; what came before is seen */
	ntb_edma_irq_unmask(e, eq);

	return ntb_edma_rx_pending(e, eq);
}

/* Changes with each index that the peer moves. */
u32 ntb_edma_qp_progress(struct edma_ctx *e, unsigned int qp)
{
	struct ntb_edma_ctl *ctl = edma_own_ctl(e, qp);

	return le32_to_cpu(READ_ONCE(ctl->post_index)) +
	       le32_to_cpu(READ_ONCE(ctl->consumed));
}

/*
 * Did transfers fail at several checks, and no packet get through in between? What
 * the peer has said of its rings when the queue came up may be wrong.
 */
static bool qp_fails(struct edma_qp *eq)
{
	u64 failed = READ_ONCE(eq->stats[STAT_TX_DMA_ERROR]);
	u64 sent = READ_ONCE(eq->stats[STAT_TX_PKTS]);

	if (sent != eq->tx_sent_seen)
		eq->tx_failed_checks = 0;
	else if (failed != eq->tx_failed_seen)
		eq->tx_failed_checks++;
	eq->tx_sent_seen = sent;
	eq->tx_failed_seen = failed;

	return eq->tx_failed_checks >= TX_FAILED_CHECKS;
}

/*
 * Has the engine moved all, and a peer that lives consumes none of it? The peer
 * polls its queues as often as its heartbeat changes. So it does not find the
 * records, which may be elsewhere.
 */
static bool qp_unseen(struct edma_ctx *e, struct edma_qp *eq, u32 done)
{
	struct ntb_edma_block *own = e->block;
	u32 beat = le32_to_cpu(READ_ONCE(own->heartbeat));

	if (done != eq->tx_done_seen || done == READ_ONCE(eq->tx_head) ||
	    !ntb_edma_lane_known_idle(eq))
		eq->tx_unseen_checks = 0;
	else if (beat != eq->tx_beat_seen)
		eq->tx_unseen_checks++;
	eq->tx_done_seen = done;
	eq->tx_beat_seen = beat;

	return eq->tx_unseen_checks >= TX_UNSEEN_CHECKS;
}

/*
 * Poll a queue, as doorbells and interrupts may get lost. Returns what is wrong with
 * its transfers, or NULL. A machine that got to no check for a while got to none of
 * its polls either, so this counts checks and not time.
 */
const char *ntb_edma_qp_check(struct edma_ctx *e, unsigned int qp)
{
	struct edma_qp *eq = &e->qps[qp];
	u32 done = READ_ONCE(eq->tx_done);
	u32 ended = done + ntb_edma_lane_ended(eq);

	ntb_qp_schedule(eq->qp);

	if (qp_fails(eq))
		return "all DMA of a queue fails";

	if (qp_unseen(e, eq, done))
		return "peer does not see what is sent";

	if (ended != eq->tx_seen || done == READ_ONCE(eq->tx_head) ||
	    ntb_edma_lane_known_idle(eq)) {
		eq->tx_seen = ended;
		eq->tx_stuck = 0;
		return NULL;
	}

	return ++eq->tx_stuck < TX_STUCK_CHECKS ? NULL : "DMA makes no progress";
}
