// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Receive path of the remote-eDMA backend. For each buffer of the client:
 *
 *   mapped -> post record -> post_index -> doorbell
 *
 * and back to the client when the peer has filled it.
 * Documentation/driver-api/ntb.rst explains the order of the writes.
 */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

static struct ntb_edma_done *own_done(struct edma_ctx *e, unsigned int qp,
				      u32 index)
{
	return e->block + ntb_edma_done_offset(qp, e->entries, index);
}

static void edma_write_post(struct edma_ctx *e, struct edma_qp *eq, u32 index,
			    dma_addr_t addr, u32 len)
{
	void __iomem *p = e->peer + ntb_edma_post_offset(eq->qp->qp_num,
							 e->entries, index);
	struct ntb_edma_post post = {
		.addr = cpu_to_le64(addr),
		.len = cpu_to_le32(len),
		.tag = cpu_to_le32(ntb_edma_tag(e->epoch, eq->state.gen, index)),
	};

	memcpy_toio(p, &post, sizeof(post));
}

/* Post the client's buffers to the peer: records, then the index. */
bool ntb_edma_rx_post(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_transport_qp *qp = eq->qp;
	struct ntb_queue_entry *entry;
	struct edma_rx_slot *slot;
	u32 first = eq->rx_posted;

	while (eq->rx_posted - eq->rx_next < e->entries) {
		entry = ntb_list_rm(&qp->ntb_rx_q_lock, &qp->rx_pend_q);
		if (!entry)
			break;

		slot = &eq->rx[eq->rx_posted & (e->entries - 1)];
		slot->addr = dma_map_single(e->dma_dev, entry->buf, entry->len,
					    DMA_FROM_DEVICE);
		if (dma_mapping_error(e->dma_dev, slot->addr)) {
			eq->stats[STAT_RX_MAP_ERROR]++;
			/* Tried again at the next poll, there will be one */
			ntb_list_add(&qp->ntb_rx_q_lock, &entry->entry,
				     &qp->rx_pend_q);
			break;
		}
		slot->entry = entry;
		edma_write_post(e, eq, eq->rx_posted++, slot->addr, entry->len);
	}
	if (eq->rx_posted == first)
		return false;

	writel(eq->rx_posted, &ntb_edma_peer_ctl(e, qp->qp_num)->post_index);
	eq->stats[STAT_POSTED] += eq->rx_posted - first;
	eq->stats[STAT_POST_BATCHES]++;

	return true;
}

/* Return one buffer to the client. Returns false if the record is rejected. */
static bool edma_rx_one(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_transport_qp *qp = eq->qp;
	struct edma_rx_slot *slot = &eq->rx[eq->rx_next & (e->entries - 1)];
	struct ntb_queue_entry *entry = slot->entry;
	enum ntb_edma_reject reason;
	struct ntb_edma_done done;
	void *cb = entry->cb_data;
	int len;

	ntb_edma_read_slot(&done, own_done(e, qp->qp_num, eq->rx_next),
			   sizeof(done));
	reason = ntb_edma_check_done(&done, ntb_edma_tag(e->peer_epoch,
							 eq->state.gen,
							 eq->rx_next),
				     entry->len);
	if (reason) {
		ntb_edma_stats_reject(eq, reason);
		return false;
	}

	dma_unmap_single(e->dma_dev, slot->addr, entry->len, DMA_FROM_DEVICE);
	slot->entry = NULL;
	eq->rx_next++;

	if (le32_to_cpu(done.status) == NTB_EDMA_DONE_OK) {
		len = le32_to_cpu(done.len);
		eq->stats[STAT_RX_PKTS]++;
		eq->stats[STAT_RX_BYTES] += len;
	} else {
		len = -EIO;
		eq->stats[STAT_RX_ERROR]++;
	}

	/* A client that leaves takes its buffers back, this one as well */
	if (!qp->rx_handler || !qp->client_ready) {
		ntb_list_add(&qp->ntb_rx_q_lock, &entry->entry, &qp->rx_pend_q);
		return true;
	}

	ntb_list_add(&qp->ntb_rx_q_lock, &entry->entry, &qp->rx_free_q);
	qp->rx_handler(qp, qp->cb_data, cb, len);

	return true;
}

void ntb_edma_rx_complete(struct edma_ctx *e, struct edma_qp *eq)
{
	enum ntb_edma_reject reason;
	u32 index, n;

	index = le32_to_cpu(READ_ONCE(edma_own_ctl(e, eq->qp->qp_num)->done_index));
	reason = ntb_edma_pending(index, eq->rx_next,
				  eq->rx_posted - eq->rx_next, &n);
	if (reason) {
		ntb_edma_stats_reject(eq, reason);
		return;
	}
	if (!n)
		return;

	/* Records were written before the index; read them after it */
	dma_rmb();
	eq->stats[STAT_RX_BATCHES]++;
	while (n-- && edma_rx_one(e, eq))
		;
}

/* Unmap what is posted: the peer does not write to it any more. */
void ntb_edma_rx_reclaim(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_transport_qp *qp = eq->qp;
	struct edma_rx_slot *slot;

	for (; eq->rx_next != eq->rx_posted; eq->rx_next++) {
		slot = &eq->rx[eq->rx_next & (e->entries - 1)];
		dma_unmap_single(e->dma_dev, slot->addr, slot->entry->len,
				 DMA_FROM_DEVICE);
		ntb_list_add(&qp->ntb_rx_q_lock, &slot->entry->entry,
			     &qp->rx_pend_q);
		slot->entry = NULL;
	}
	eq->rx_posted = 0;
	eq->rx_next = 0;
}
