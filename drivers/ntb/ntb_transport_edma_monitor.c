// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Monitor of the remote-eDMA backend: while a session is active, this publishes
 * the own heartbeat, polls the queues and detects a peer, a transfer or an engine
 * that has stopped.
 */
#include <linux/jiffies.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define HEARTBEAT_MS		200
#define PEER_SILENT_CHECKS	10	/* no progress at so many: dead */

/*
 * Changes while the peer is alive: its heartbeat, and its indices in the rings. A
 * machine that is busy with packets may delay the heartbeat.
 */
static u32 monitor_progress(struct edma_ctx *e)
{
	struct ntb_edma_block *own = e->block;
	u32 progress = le32_to_cpu(READ_ONCE(own->heartbeat));
	unsigned int i;

	for (i = 0; i < e->nt->qp_active; i++)
		progress += ntb_edma_qp_progress(e, i);

	return progress;
}

/*
 * Has the peer stopped? If the whole machine stood still, as a virtual one may, the
 * peer had no time for its heartbeat either, so this counts checks and not time.
 */
static bool monitor_silent(struct edma_ctx *e)
{
	u32 progress = monitor_progress(e);

	if (progress != e->peer_progress) {
		e->peer_progress = progress;
		e->peer_silent = 0;
		return false;
	}

	return ++e->peer_silent >= PEER_SILENT_CHECKS;
}

/* Why the link has to go down, or NULL. */
static const char *monitor_problem(struct edma_ctx *e)
{
	const char *problem;
	unsigned int i;
	int ret;

	if (edma_peer_left(e))
		return "peer has left";

	if (!ntb_edma_alive(e->edma))
		return "the DMA engine has lost its driver";

	ret = ntb_edma_irq_apply(e);
	if (ret && ret != -EAGAIN)
		return "the peer cannot be interrupted";

	if (monitor_silent(e)) {
		ntb_edma_peer_fence(e);
		return "peer is silent";
	}

	for (i = 0; i < e->nt->qp_active; i++) {
		problem = ntb_edma_qp_check(e, i);
		if (problem)
			return problem;
	}

	return NULL;
}

/* Runs while the session is ACTIVE; ends the link when something is wrong. */
static void monitor_work(struct work_struct *work)
{
	struct edma_ctx *e = container_of(work, struct edma_ctx, monitor.work);
	const char *problem;

	problem = monitor_problem(e);
	if (problem) {
		dev_warn_ratelimited(edma_dev(e), "%s, link goes down\n",
				     problem);
		ntb_transport_restart_link(e->nt);
		return;
	}

	ntb_edma_irq_publish(e);
	ntb_edma_peer_write_heartbeat(e);
	queue_delayed_work(ntb_transport_wq, &e->monitor,
			   msecs_to_jiffies(HEARTBEAT_MS));
}

void ntb_edma_monitor_init(struct edma_ctx *e)
{
	INIT_DELAYED_WORK(&e->monitor, monitor_work);
}

/* The session is ACTIVE. */
void ntb_edma_monitor_start(struct edma_ctx *e)
{
	lockdep_assert_held(&e->nt->link_event_lock);

	e->peer_progress = 0;
	e->peer_silent = 0;
	queue_delayed_work(ntb_transport_wq, &e->monitor, 0);
}

/* May sleep. */
void ntb_edma_monitor_stop(struct edma_ctx *e)
{
	cancel_delayed_work_sync(&e->monitor);
}
