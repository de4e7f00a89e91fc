// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * The remote-eDMA backend of ntb_transport: payload is moved between the two
 * memories by the endpoint's DMA engine; a memory window carries the rings of
 * ntb_transport_edma_ring.h and nothing else.
 *
 * Here are sessions: how the two sides find each other, watch each other and
 * part. Queues are in ntb_transport_edma_queue.c.
 * Documentation/driver-api/ntb.rst describes bring-up and teardown.
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

/* Memory windows: the rings, and what the exporter shows of its DMA engine */
#define RING_MW			0
#define DMA_MW			1

#define RING_ENTRIES		256
#define DEFAULT_QPS		4
#define MIN_MTU			64
#define HEARTBEAT_MS		200
#define PEER_TIMEOUT_MS		2000	/* no heartbeat for so long: dead */
#define RETRY_MS		1000	/* after what went wrong on this side */

/* Scratchpads of this backend; VERSION, QP_LINKS and NUM_QPS are as ever. */
enum {
	SPAD_EPOCH = NUM_MWS,	/* session of the writer, 0 while there is none */
	SPAD_ACK,		/* the reader's session that the writer is set up for */
	SPAD_STATE,
	SPAD_ENTRIES,		/* ring size wished for */
	SPAD_MTU,		/* largest packet that fits its receive buffers */
	SPAD_END,
};

enum {
	STATE_NONE,
	STATE_RINGS,		/* rings can be written */
	STATE_DMA,		/* exporter: engine is shown; importer: channels are there */
	STATE_FAILED,		/* gave up, and has said why in its log */
};

/*
 * The peer is gone, or does not do what it has to: make DMA by it impossible.
 * Nobody waits for it any more, nor writes to it.
 */
void ntb_edma_peer_died(struct edma_ctx *e)
{
	unsigned int i;

	WRITE_ONCE(e->peer_dead, true);
	if (!e->edma)
		return;

	for (i = 0; i < e->nt->qp_count; i++)
		scoped_guard(spinlock_bh, &e->qps[i].tx_lock)
			e->qps[i].tx_open = false;

	/*
	 * What is being written to the peer's block has been, and no more is: once
	 * cut, another host can be there, with something else at that address.
	 */
	synchronize_rcu();

	ntb_edma_cut(e->edma);
}

static void edma_write_epoch(struct edma_ctx *e, u32 epoch)
{
	struct ntb_edma_block __iomem *peer = e->peer;

	guard(rcu)();

	if (edma_peer_writable(e))
		writel(epoch, &peer->epoch);
}

static void edma_write_beat(struct edma_ctx *e)
{
	struct ntb_edma_block __iomem *peer = e->peer;

	guard(rcu)();

	if (edma_peer_writable(e))
		writel(++e->beat, &peer->heartbeat);
}

/*
 * Changes when the peer lives: its heartbeat, and what it writes to the rings. A
 * machine that is busy with packets may not get to the heartbeat for long.
 */
static u32 edma_peer_signs(struct edma_ctx *e)
{
	struct ntb_edma_block *own = e->block;
	u32 signs = le32_to_cpu(READ_ONCE(own->heartbeat));
	unsigned int i;

	for (i = 0; i < e->nt->qp_active; i++)
		signs += ntb_edma_qp_signs(e, i);

	return signs;
}

/* The peer's life, and that of the queues. */
static void edma_heartbeat(struct work_struct *work)
{
	struct edma_ctx *e = container_of(work, struct edma_ctx,
					  heartbeat.work);
	u32 signs;

	if (edma_peer_left(e)) {
		dev_warn(edma_dev(e), "peer has left, link goes down\n");
		ntb_transport_restart_link(e->nt);
		return;
	}

	edma_write_beat(e);

	signs = edma_peer_signs(e);
	if (signs != e->peer_signs) {
		e->peer_signs = signs;
		e->peer_seen = jiffies;
	}

	if (time_after(jiffies, e->peer_seen +
				msecs_to_jiffies(PEER_TIMEOUT_MS))) {
		dev_warn(edma_dev(e), "peer is silent, link goes down\n");
		ntb_edma_peer_died(e);
		ntb_transport_restart_link(e->nt);
		return;
	}

	if (!ntb_edma_qps_check(e)) {
		ntb_transport_restart_link(e->nt);
		return;
	}

	schedule_delayed_work(&e->heartbeat, msecs_to_jiffies(HEARTBEAT_MS));
}

/* A session: bring-up, in the order of the states, and teardown. */

static int edma_alloc_slots(struct edma_ctx *e)
{
	unsigned int i;

	for (i = 0; i < e->nt->qp_count; i++) {
		struct edma_qp *eq = &e->qps[i];
		u32 n;

		eq->tx = kcalloc(e->entries, sizeof(*eq->tx), GFP_KERNEL);
		eq->rx = kcalloc(e->entries, sizeof(*eq->rx), GFP_KERNEL);
		if (!eq->tx || !eq->rx)
			return -ENOMEM;
		for (n = 0; n < e->entries; n++)
			eq->tx[n].eq = eq;
		eq->link = (struct ntb_edma_link){};
		eq->tx_seen = 0;
		eq->tx_stuck = 0;
	}

	return 0;
}

static void edma_free_slots(struct edma_ctx *e)
{
	unsigned int i;

	/* The device may go before it has a queue */
	if (!e->qps)
		return;

	for (i = 0; i < e->nt->qp_count; i++) {
		kfree(e->qps[i].tx);
		kfree(e->qps[i].rx);
		e->qps[i].tx = NULL;
		e->qps[i].rx = NULL;
	}
}

/* Own block: allocated for the session, reachable for the peer. */
static int edma_set_block(struct edma_ctx *e, u32 entries)
{
	resource_size_t align, size_align, size_max;
	struct ntb_dev *ndev = e->nt->ndev;
	int ret;

	ret = ntb_mw_get_align(ndev, PIDX, RING_MW, &align, &size_align,
			       &size_max, NULL);
	if (ret)
		return ret;

	e->block_size = round_up(ntb_edma_block_size(e->nt->qp_active, entries),
				 max_t(size_t, size_align, PAGE_SIZE));
	if (e->block_size > size_max)
		return -ENOSPC;

	e->block = dma_alloc_coherent(e->dma_dev, e->block_size,
				      &e->block_addr, GFP_KERNEL);
	if (!e->block)
		return -ENOMEM;

	if (!IS_ALIGNED(e->block_addr, align))
		return -EINVAL;

	ret = ntb_mw_set_trans(ndev, PIDX, RING_MW, e->block_addr,
			       e->block_size, 0);
	if (ret)
		return ret;

	e->block_set = true;

	return 0;
}

static void edma_free_block(struct edma_ctx *e)
{
	/* The peer can write to it for as long as the window is there */
	if (e->block_set && ntb_mw_clear_trans(e->nt->ndev, PIDX, RING_MW))
		ntb_edma_peer_died(e);
	e->block_set = false;
	if (e->block)
		dma_free_coherent(e->dma_dev, e->block_size, e->block,
				  e->block_addr);
	e->block = NULL;
}

/* What this side wants; written again until there is an answer. */
static void edma_publish(struct edma_ctx *e, u32 state)
{
	struct ntb_dev *ndev = e->nt->ndev;

	ntb_peer_spad_write(ndev, PIDX, SPAD_ENTRIES, RING_ENTRIES);
	ntb_peer_spad_write(ndev, PIDX, SPAD_MTU, e->max_size);
	ntb_peer_spad_write(ndev, PIDX, NUM_QPS, e->nt->qp_count);
	ntb_peer_spad_write(ndev, PIDX, SPAD_ACK, e->peer_epoch);
	ntb_peer_spad_write(ndev, PIDX, SPAD_STATE, state);
	ntb_peer_spad_write(ndev, PIDX, SPAD_EPOCH, e->epoch);
	ntb_peer_spad_write(ndev, PIDX, VERSION, NTB_EDMA_VERSION);
}

/* The peer's wishes, agreed with ours. Everything is checked here, once. */
static int edma_agree(struct edma_ctx *e)
{
	struct ntb_transport_ctx *nt = e->nt;
	struct ntb_dev *ndev = nt->ndev;
	u32 qps = ntb_spad_read(ndev, NUM_QPS);
	u32 entries = ntb_spad_read(ndev, SPAD_ENTRIES);
	u32 mtu = ntb_spad_read(ndev, SPAD_MTU);

	if (!qps || qps > NTB_EDMA_MAX_QPS || !ntb_edma_entries_valid(entries) ||
	    mtu < MIN_MTU)
		return -EAGAIN;

	nt->qp_active = min(qps, nt->qp_count);
	e->mtu = min(mtu, e->max_size);
	e->entries = ntb_edma_fit_entries(nt->qp_active,
					  min_t(u32, entries, RING_ENTRIES),
					  e->peer_size);
	if (!e->entries) {
		ntb_transport_report_mismatch(nt, "bytes for the rings needed",
					      ntb_edma_block_size(nt->qp_active,
								  NTB_EDMA_MIN_ENTRIES),
					      e->peer_size);
		return -EAGAIN;
	}

	return 0;
}

/* The peer's session is known: get ready for it. */
static int edma_start_rings(struct edma_ctx *e, u32 peer_epoch)
{
	int ret;

	ret = edma_agree(e);
	if (ret)
		return ret;

	ret = edma_alloc_slots(e);
	if (!ret)
		ret = edma_set_block(e, e->entries);
	if (ret)
		return ret;

	e->peer_epoch = peer_epoch;

	return 0;
}

static int edma_start_dma(struct edma_ctx *e)
{
	struct ntb_edma *edma;
	unsigned int i, n;

	edma = ntb_edma_create(e->nt->ndev, DMA_MW);
	if (IS_ERR(edma))
		return PTR_ERR(edma);

	e->edma = edma;
	n = ntb_edma_num_chans(edma);
	for (i = 0; i < e->nt->qp_count; i++)
		e->qps[i].chan = ntb_edma_chan(edma, i % n);

	return 0;
}

/*
 * Nothing of ours is written to the peer's block after this, nor of its to ours.
 * A peer that is set up for our session may enter it at any time, so it does not
 * matter whether we have.
 */
static void edma_say_bye(struct edma_ctx *e)
{
	struct ntb_dev *ndev = e->nt->ndev;
	u32 ack, epoch = e->epoch;

	if (!e->peer_epoch)
		return;

	if (e->greeted)
		edma_write_epoch(e, 0);
	e->epoch = 0;
	e->peer_epoch = 0;
	edma_publish(e, STATE_NONE);
	if (e->greeted && !e->peer_dead)
		ntb_peer_db_set(ndev, BIT_ULL(0));

	if (!e->peer_dead &&
	    read_poll_timeout(ntb_spad_read, ack, ack != epoch, 1000,
			      QUIESCE_TIMEOUT_MS * 1000, false, ndev,
			      SPAD_ACK)) {
		dev_warn(edma_dev(e), "peer does not leave the session, cutting it off\n");
		ntb_edma_peer_died(e);
	}

	/* The peer may know why it cannot be set up for this one */
	if (!e->greeted)
		e->epoch = epoch;
	e->greeted = false;
}

static void edma_link_teardown(struct ntb_transport_ctx *nt)
{
	struct edma_ctx *e = to_edma(nt);

	cancel_delayed_work_sync(&e->heartbeat);
	/* Before the peer hears that its engine is not used any more */
	if (e->edma)
		ntb_edma_stop(e->edma);
	edma_say_bye(e);
	edma_free_block(e);
	if (e->edma)
		ntb_edma_destroy(e->edma);
	e->edma = NULL;
	edma_free_slots(e);
	e->peer_dead = false;
}

/* Whether the peer speaks this protocol, with a word to the user if not. */
static bool edma_peer_speaks(struct edma_ctx *e)
{
	u32 version = ntb_spad_read(e->nt->ndev, VERSION);

	if (version == NTB_EDMA_VERSION)
		return true;

	if (version == NTB_TRANSPORT_VERSION && !e->nt->mismatch_reported) {
		e->nt->mismatch_reported = true;
		dev_err(edma_dev(e),
			"link stays down: the peer copies through the memory windows; load ntb_transport with use_remote_edma=1 there, or with 0 here\n");
	} else if (version) {
		ntb_transport_report_mismatch(e->nt, "is the protocol version",
					      NTB_EDMA_VERSION, version);
	}

	return false;
}

static u32 edma_wanted_state(const struct edma_ctx *e)
{
	if (e->failed_epoch)
		return STATE_FAILED;
	if (e->edma)
		return STATE_DMA;

	return e->peer_epoch ? STATE_RINGS : STATE_NONE;
}

/*
 * Not now, or not at all: then the peer is told, too. A controller or a window
 * that is too small does not grow: that is tried again only when the peer does.
 */
static int edma_give_up(struct edma_ctx *e, u32 peer_epoch, int err)
{
	const char *why = "";

	edma_link_teardown(e->nt);
	if (err == -EAGAIN)
		return err;

	if (err == -ENOSPC) {
		e->failed_epoch = peer_epoch;
		if (ntb_dma_role(e->nt->ndev) == NTB_DMA_EXPORTER)
			why = " (memory windows too small, or too few inbound windows)";
	}

	if (!e->nt->mismatch_reported)
		dev_err(edma_dev(e),
			"link stays down: remote eDMA cannot be set up: %pe%s\n",
			ERR_PTR(err), why);
	e->nt->mismatch_reported = true;
	edma_publish(e, STATE_FAILED);
	e->retry = jiffies + msecs_to_jiffies(RETRY_MS);

	return -EAGAIN;
}

static int edma_peer_failed(struct edma_ctx *e)
{
	if (!e->nt->mismatch_reported)
		dev_err(edma_dev(e),
			"link stays down: the peer cannot set up remote eDMA, its log says why\n");
	e->nt->mismatch_reported = true;
	edma_link_teardown(e->nt);

	return -EAGAIN;
}

/* Both sides have all they need: enter the session, and wait for the peer to. */
static int edma_greet(struct edma_ctx *e)
{
	e->greeted = true;
	edma_write_epoch(e, e->epoch);
	e->peer_signs = 0;
	e->peer_seen = jiffies;
	if (edma_peer_left(e))
		return -EAGAIN;

	schedule_delayed_work(&e->heartbeat, 0);
	dev_info(edma_dev(e), "remote eDMA: %u queues, %u entries, %u channels\n",
		 e->nt->qp_active, e->entries, ntb_edma_num_chans(e->edma));

	return 0;
}

/*
 * The steps from STATE_NONE to STATE_DMA, each taken once. -EAGAIN: the peer has
 * to take one first.
 */
static int edma_advance(struct edma_ctx *e, u32 peer_epoch, u32 peer_state)
{
	struct ntb_dev *ndev = e->nt->ndev;
	int ret;

	if (!e->peer_epoch) {
		ret = edma_start_rings(e, peer_epoch);
		/* Windows may share a BAR: set them all before the peer uses one */
		if (!ret && ntb_dma_role(ndev) == NTB_DMA_EXPORTER)
			ret = edma_start_dma(e);
		if (ret)
			return edma_give_up(e, peer_epoch, ret);
		edma_publish(e, edma_wanted_state(e));
	}

	if (ntb_spad_read(ndev, SPAD_ACK) != e->epoch ||
	    peer_state < STATE_RINGS)
		return -EAGAIN;

	/* The importer looks when there is something to see */
	if (!e->edma && peer_state == STATE_DMA) {
		ret = edma_start_dma(e);
		if (ret)
			return edma_give_up(e, peer_epoch, ret);
		edma_publish(e, STATE_DMA);
	}

	return e->edma && peer_state == STATE_DMA ? 0 : -EAGAIN;
}

static int edma_link_setup(struct ntb_transport_ctx *nt)
{
	struct edma_ctx *e = to_edma(nt);
	u32 peer_epoch, peer_state;
	int ret;

	if (time_before(jiffies, e->retry))
		return -EAGAIN;

	if (!e->epoch)
		e->epoch = get_random_u32() | 1;

	peer_epoch = ntb_spad_read(nt->ndev, SPAD_EPOCH);
	if (peer_epoch && peer_epoch != e->failed_epoch)
		e->failed_epoch = 0;

	edma_publish(e, edma_wanted_state(e));

	/* The peer has started over while we were getting ready for it */
	if (e->peer_epoch && peer_epoch != e->peer_epoch) {
		edma_link_teardown(nt);
		return -EAGAIN;
	}

	if (!peer_epoch || e->failed_epoch || !edma_peer_speaks(e))
		return -EAGAIN;

	peer_state = ntb_spad_read(nt->ndev, SPAD_STATE);
	if (peer_state == STATE_FAILED)
		return edma_peer_failed(e);

	ret = edma_advance(e, peer_epoch, peer_state);
	if (ret)
		return ret;

	return edma_greet(e);
}

/* The device, and a client's queue. */

static int edma_check_device(struct ntb_transport_ctx *nt)
{
	struct device *dev = &nt->ndev->pdev->dev;
	int mws = ntb_peer_mw_count(nt->ndev);

	if (ntb_dma_role(nt->ndev) == NTB_DMA_NONE) {
		dev_err(dev, "use_remote_edma: neither side shares a DMA engine through this device\n");
		return -ENODEV;
	}
	if (mws <= DMA_MW) {
		dev_err(dev, "use_remote_edma needs 2 memory windows, there are %d\n",
			mws);
		return -ENOSPC;
	}
	if (ntb_spad_count(nt->ndev) < SPAD_END) {
		dev_err(dev, "use_remote_edma needs %d scratchpads, there are %d\n",
			SPAD_END, ntb_spad_count(nt->ndev));
		return -ENOSPC;
	}

	return 0;
}

static int edma_init(struct ntb_transport_ctx *nt)
{
	phys_addr_t peer_addr;
	struct edma_ctx *e;
	int ret;

	ret = edma_check_device(nt);
	if (ret)
		return ret;

	e = kzalloc_obj(*e);
	if (!e)
		return -ENOMEM;

	e->nt = nt;
	e->dma_dev = ntb_get_dma_dev(nt->ndev);
	e->max_size = ntb_transport_get_mtu();
	e->retry = jiffies;
	INIT_DELAYED_WORK(&e->heartbeat, edma_heartbeat);

	ret = ntb_peer_mw_get_addr(nt->ndev, RING_MW, &peer_addr,
				   &e->peer_size);
	if (ret)
		goto err_free;

	/* Records and indices must arrive in the order of the stores: no WC */
	e->peer = ioremap(peer_addr, e->peer_size);
	if (!e->peer) {
		ret = -ENOMEM;
		goto err_free;
	}

	nt->mw_count = 1;
	nt->qp_default = DEFAULT_QPS;
	nt->backend_priv = e;

	return 0;

err_free:
	kfree(e);

	return ret;
}

static void edma_exit(struct ntb_transport_ctx *nt)
{
	struct edma_ctx *e = to_edma(nt);

	edma_link_teardown(nt);
	iounmap(e->peer);
	kfree(e->qps);
	kfree(e);
	nt->backend_priv = NULL;
}

static int edma_qp_init(struct ntb_transport_qp *qp)
{
	struct ntb_transport_ctx *nt = qp->transport;
	struct edma_ctx *e = to_edma(nt);
	struct edma_qp *eq;

	if (!e->qps) {
		e->qps = kcalloc(nt->qp_count, sizeof(*e->qps), GFP_KERNEL);
		if (!e->qps)
			return -ENOMEM;
	}

	eq = &e->qps[qp->qp_num];
	eq->qp = qp;
	spin_lock_init(&eq->tx_lock);

	return 0;
}

static int edma_qp_create(struct ntb_transport_qp *qp)
{
	return 0;
}

static void edma_qp_destroy(struct ntb_transport_qp *qp)
{
	guard(mutex)(&qp->link_lock);
	ntb_edma_qp_reset(qp);
}

static unsigned int edma_max_size(struct ntb_transport_qp *qp)
{
	return to_edma(qp->transport)->max_size;
}

const struct ntb_transport_backend_ops ntb_transport_edma_backend_ops = {
	.name = "edma",
	.init = edma_init,
	.exit = edma_exit,
	.link_setup = edma_link_setup,
	.link_teardown = edma_link_teardown,
	.qp_init = edma_qp_init,
	.qp_create = edma_qp_create,
	.qp_destroy = edma_qp_destroy,
	.qp_link_ready = ntb_edma_qp_link_ready,
	.qp_reset = ntb_edma_qp_reset,
	.qp_send_link_down = ntb_edma_qp_send_link_down,
	.tx_enqueue = ntb_edma_tx_enqueue,
	.rx_enqueue = ntb_edma_rx_enqueue,
	.poll = ntb_edma_poll,
	.tx_free_entry = ntb_edma_tx_free_entry,
	.max_size = edma_max_size,
	.stats = ntb_edma_stats,
	.num_stats = ARRAY_SIZE(ntb_edma_stats),
	.stats_base = ntb_edma_stats_base,
	.state_show = ntb_edma_state_show,
};
