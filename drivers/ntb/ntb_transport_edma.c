// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * The remote-eDMA backend of ntb_transport: the endpoint's DMA engine moves the
 * payload between the two memories, and a memory window carries the rings of
 * ntb_transport_edma_ring.h.
 *
 * This file has the operations, and the device. ntb_transport_edma.h names what
 * the other files have: sessions call queues, and both call what accesses the peer.
 */
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_net.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define DEFAULT_QPS		4

#define EDMA_FEATURES	(NTB_TRANSPORT_F_SG | NTB_TRANSPORT_F_TX_POLL)
#define EDMA_METADATA	(BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_ECN) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_USO4) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_USO6))

static const void *edma_stats_base(const struct ntb_transport_qp *qp)
{
	return to_edma_qp(qp);
}

static void edma_state_show(struct ntb_transport_qp *qp, struct seq_file *s)
{
	struct edma_qp *eq = to_edma_qp(qp);

	seq_printf(s, "tx_in_flight - \t%u\n",
		   READ_ONCE(eq->tx_head) - READ_ONCE(eq->tx_done));
	seq_printf(s, "rx_outstanding - \t%u\n", eq->rx_posted - eq->rx_next);
	seq_printf(s, "tx_room - \t%u\n", ntb_edma_tx_room(qp));
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
	if (mws <= EDMA_DMA_MW) {
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
	ntb_edma_monitor_init(e);

	ret = ntb_peer_mw_get_addr(nt->ndev, EDMA_RING_MW, &peer_addr,
				   &e->peer_size);
	if (ret)
		goto err_free;

	/* Records and indices must arrive in the order of the stores: no WC */
	e->peer = ioremap(peer_addr, e->peer_size);
	if (!e->peer) {
		ret = -ENOMEM;
		goto err_free;
	}

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
	ntb_edma_reap_init_timer(eq);
	ntb_edma_rx_init_timer(eq);

	return 0;
}

static void edma_qp_destroy(struct ntb_transport_qp *qp)
{
	guard(mutex)(&qp->link_lock);
	ntb_edma_link_reset(qp);
}

static unsigned int edma_max_size(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);

	return READ_ONCE(e->mtu) ?: e->max_size;
}

static struct device *edma_dma_dev(const struct ntb_transport_qp *qp)
{
	return to_edma(qp->transport)->dma_dev;
}

static u64 edma_features(const struct ntb_transport_qp *qp)
{
	return EDMA_FEATURES | EDMA_METADATA;
}

static u64 edma_peer_features(const struct ntb_transport_qp *qp)
{
	return EDMA_FEATURES |
	       (EDMA_METADATA & READ_ONCE(to_edma_qp(qp)->peer_features));
}

static unsigned int edma_ring_max(const struct ntb_transport_qp *qp)
{
	return NTB_EDMA_RING_ENTRIES;
}

const struct ntb_transport_backend_ops ntb_transport_edma_backend_ops = {
	.name = "edma",
	.init = edma_init,
	.exit = edma_exit,
	.link_setup = ntb_edma_session_setup,
	.link_teardown = ntb_edma_session_teardown,
	.qp_init = edma_qp_init,
	.qp_destroy = edma_qp_destroy,
	.qp_link_ready = ntb_edma_link_ready,
	.qp_reset = ntb_edma_link_reset,
	.dma_dev = edma_dma_dev,
	.features = edma_features,
	.peer_features = edma_peer_features,
	.tx_enqueue = ntb_edma_tx_enqueue,
	.tx_flush = ntb_edma_tx_flush,
	.tx_room = ntb_edma_tx_room,
	.poll = ntb_edma_qp_poll,
	.poll_end = ntb_edma_qp_poll_end,
	.ring_max = edma_ring_max,
	.max_size = edma_max_size,
	.stats = ntb_edma_stats,
	.num_stats = ARRAY_SIZE(ntb_edma_stats),
	.stats_base = edma_stats_base,
	.state_show = edma_state_show,
};
