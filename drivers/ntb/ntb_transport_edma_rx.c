// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Receive path of the remote-eDMA backend. For each buffer of the client:
 *
 *   mapped -> post -> post_index -> consumed -> doorbell
 *
 * and back to the client when the peer's record of it is there. There is a doorbell
 * only if a record has asked for one.
 * Documentation/driver-api/ntb.rst explains the order of the writes.
 */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define FRAME_POSTS	1u	/* buffers that the largest packet needs */

static struct ntb_edma_record *own_record(struct edma_ctx *e, unsigned int qp,
					  u32 index)
{
	return e->block + ntb_edma_record_offset(qp, e->entries, index);
}

/**
 * ntb_edma_rx_offer - Prepare for the records of a generation
 * @e: the device
 * @eq: the queue; its new generation is not offered yet
 *
 * Context: Process context. The peer's engine does not write to the ring.
 */
void ntb_edma_rx_offer(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 slot, tag;

	for (slot = 0; slot < e->entries; slot++) {
		tag = ntb_edma_record_invalid(e->peer_epoch, eq->state.gen, slot);
		WRITE_ONCE(own_record(e, eq->qp->qp_num, slot)->tag,
			   cpu_to_le32(tag));
	}
	ntb_edma_event_open(&eq->rx_event);
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

/* Post the client's buffers to the peer, then their index. */
static void edma_rx_refill(struct edma_ctx *e, struct edma_qp *eq)
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
		return;

	writel(eq->rx_posted, &ntb_edma_peer_ctl(e, qp->qp_num)->post_index);
	eq->stats[STAT_POSTED] += eq->rx_posted - first;
	eq->stats[STAT_POST_BATCHES]++;
}

/* Returns true if the peer is to be interrupted. */
bool ntb_edma_rx_post(struct edma_ctx *e, struct edma_qp *eq)
{
	edma_rx_refill(e, eq);

	if (eq->rx_consumed != eq->rx_next) {
		eq->rx_consumed = eq->rx_next;
		writel(eq->rx_consumed,
		       &ntb_edma_peer_ctl(e, eq->qp->qp_num)->consumed);
	}

	return ntb_edma_event_ring(&eq->rx_event, eq->rx_posted - eq->rx_next,
				   FRAME_POSTS);
}

/* Return one buffer to the client. Returns false if there is no record, or a bad one. */
static bool edma_rx_one(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_transport_qp *qp = eq->qp;
	struct edma_rx_slot *slot = &eq->rx[eq->rx_next & (e->entries - 1)];
	struct ntb_edma_record *own = own_record(e, qp->qp_num, eq->rx_next);
	struct ntb_queue_entry *entry = slot->entry;
	struct ntb_edma_record record;
	enum ntb_edma_reject reason;
	void *cb = entry->cb_data;
	int len;

	if (!ntb_edma_record_valid(READ_ONCE(own->tag),
				   ntb_edma_tag(e->peer_epoch, eq->state.gen,
						eq->rx_next)))
		return false;

	/* The tag is written last; read the rest, and the payload, after it */
	dma_rmb();
	ntb_edma_read_slot(&record, own, sizeof(record));
	reason = ntb_edma_record_check(&record, entry->len);
	if (reason) {
		ntb_edma_stats_reject(eq, reason);
		return false;
	}
	ntb_edma_event_record(&eq->rx_event, record.flags);

	dma_unmap_single(e->dma_dev, slot->addr, entry->len, DMA_FROM_DEVICE);
	slot->entry = NULL;
	eq->rx_next++;

	if (!ntb_edma_record_failed(&record)) {
		len = le32_to_cpu(record.len);
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
	u32 first = eq->rx_next;

	while (eq->rx_next != eq->rx_posted && edma_rx_one(e, eq))
		;
	if (eq->rx_next != first)
		eq->stats[STAT_RX_BATCHES]++;
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
	eq->rx_consumed = 0;
}
