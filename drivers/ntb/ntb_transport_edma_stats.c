// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Counters of the remote-eDMA backend, and what rejects a record of the peer:
 * it is counted by reason and costs the link.
 */
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>
#include <linux/stddef.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define EDMA_STAT(id, text) \
	[STAT_##id] = { text, offsetof(struct edma_qp, stats[STAT_##id]) }

const struct ntb_transport_stat ntb_edma_stats[NR_EDMA_STATS] = {
	EDMA_STAT(TX_PKTS, "tx_pkts"),
	EDMA_STAT(TX_BYTES, "tx_bytes"),
	EDMA_STAT(TX_BUSY, "tx_busy"),
	EDMA_STAT(TX_DMA_ERROR, "tx_err_dma"),
	EDMA_STAT(TX_MAP_ERROR, "tx_err_map"),
	EDMA_STAT(TX_BATCHES, "tx_batches"),
	EDMA_STAT(RX_PKTS, "rx_pkts"),
	EDMA_STAT(RX_BYTES, "rx_bytes"),
	EDMA_STAT(RX_ERROR, "rx_err_peer"),
	EDMA_STAT(RX_NO_BUF, "rx_err_no_buf"),
	EDMA_STAT(RX_BATCHES, "rx_batches"),
	EDMA_STAT(POSTED, "rx_posted"),
	EDMA_STAT(POST_BATCHES, "rx_post_batches"),
	EDMA_STAT(DOORBELLS, "doorbells"),
	EDMA_STAT(TX_WAKES, "tx_wakes"),
	EDMA_STAT(TX_WAKE_ERROR, "tx_err_wake"),
	EDMA_STAT(TX_LOOKS, "tx_looks"),
	EDMA_STAT(TX_STOPS, "tx_stops"),
	EDMA_STAT(REJECT_INDEX, "reject_index"),
	EDMA_STAT(REJECT_TAG, "reject_tag"),
	EDMA_STAT(REJECT_LEN, "reject_len"),
	EDMA_STAT(REJECT_ADDR, "reject_addr"),
	EDMA_STAT(REJECT_STATUS, "reject_status"),
	EDMA_STAT(REJECT_RESERVED, "reject_reserved"),
	EDMA_STAT(REJECT_IRQ, "reject_irq"),
	EDMA_STAT(REJECT_META, "reject_meta"),
};

/**
 * ntb_edma_stats_reject - Count a record of the peer that is rejected
 * @eq: the queue
 * @reason: what is wrong with it
 *
 * The link goes down and is negotiated again, later.
 *
 * Context: Any but hard interrupts.
 */
void ntb_edma_stats_reject(struct edma_qp *eq, enum ntb_edma_reject reason)
{
	struct ntb_transport_qp *qp = eq->qp;

	eq->stats[STAT_REJECT(reason)]++;
	dev_err_ratelimited(&qp->ndev->pdev->dev,
			    "qp %d: peer broke the ring (%s), link goes down\n",
			    qp->qp_num,
			    ntb_edma_stats[STAT_REJECT(reason)].name);
	qp->active = false;
	ntb_transport_restart_link(qp->transport);
}
