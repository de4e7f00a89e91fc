// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Receive path of the remote-eDMA backend. For each buffer of the client:
 *
 *   post -> post_index -> consumed -> doorbell
 *
 * and back to the client when the records of a whole frame are there. There is a
 * doorbell only if a record has asked for one.
 * Documentation/driver-api/ntb.rst explains the order of the writes.
 */
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"
#include "ntb_transport_edma_meta.h"

#define RX_RETRY_US	1000	/* when there was no memory for a buffer */

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
			    const struct ntb_transport_buf *buf)
{
	void __iomem *p = e->peer + ntb_edma_post_offset(eq->qp->qp_num,
							 e->entries, index);
	struct ntb_edma_post post = {
		.addr = cpu_to_le64(buf->addr),
		.len = cpu_to_le32(buf->len),
		.tag = cpu_to_le32(ntb_edma_tag(e->epoch, eq->state.gen, index)),
	};

	memcpy_toio(p, &post, sizeof(post));
}

static enum hrtimer_restart edma_rx_timer(struct hrtimer *timer)
{
	struct edma_qp *eq = container_of(timer, struct edma_qp, rx_timer);

	ntb_qp_schedule(eq->qp);

	return HRTIMER_NORESTART;
}

void ntb_edma_rx_init_timer(struct edma_qp *eq)
{
	hrtimer_setup(&eq->rx_timer, edma_rx_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
}

/* No poll runs any more. */
void ntb_edma_rx_close(struct edma_qp *eq)
{
	hrtimer_cancel(&eq->rx_timer);
}

/* As many buffers as the client wants to be posted. */
static u32 edma_rx_ring(const struct edma_ctx *e, const struct edma_qp *eq)
{
	u32 ring = min(READ_ONCE(eq->qp->rx_ring), e->entries);

	return max(ring, edma_rx_frame(e, eq->qp));
}

/* Post buffers of the client to the peer, then their index. */
static void edma_rx_refill(struct edma_ctx *e, struct edma_qp *eq, u32 ring)
{
	struct ntb_transport_qp *qp = eq->qp;
	struct ntb_transport_buf *buf;
	u32 first = eq->rx_posted;

	while ((s32)(ring - (eq->rx_posted - eq->rx_next)) > 0) {
		buf = &eq->rx[eq->rx_posted & (e->entries - 1)];
		*buf = (struct ntb_transport_buf){};
		if (qp->handlers.rx_alloc(qp->cb_data, buf)) {
			eq->stats[STAT_RX_NO_BUF]++;
			hrtimer_start(&eq->rx_timer, us_to_ktime(RX_RETRY_US),
				      HRTIMER_MODE_REL_SOFT);
			break;
		}
		edma_write_post(e, eq, eq->rx_posted, buf);
		WRITE_ONCE(eq->rx_posted, eq->rx_posted + 1);
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
	u32 ring = edma_rx_ring(e, eq);

	edma_rx_refill(e, eq, ring);

	if (eq->rx_consumed != eq->rx_next) {
		eq->rx_consumed = eq->rx_next;
		writel(eq->rx_consumed,
		       &ntb_edma_peer_ctl(e, eq->qp->qp_num)->consumed);
	}

	return ntb_edma_event_ring(&eq->rx_event, eq->rx_posted - eq->rx_next,
				   edma_rx_frame(e, eq->qp), ring);
}

static bool edma_rx_valid(struct edma_ctx *e, struct edma_qp *eq, u32 index)
{
	struct ntb_edma_record *own = own_record(e, eq->qp->qp_num, index);

	return ntb_edma_record_valid(READ_ONCE(own->tag),
				     ntb_edma_tag(e->peer_epoch, eq->state.gen,
						  index));
}

/*
 * Are the records of a whole frame there? True also if they were, and another CPU
 * has just received it.
 */
bool ntb_edma_rx_pending(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 index, i, frame = edma_rx_frame(e, eq->qp);
	struct ntb_edma_record *own;

	for (i = 0; i < frame; i++) {
		index = READ_ONCE(eq->rx_next) + i;
		if (index == READ_ONCE(eq->rx_posted) || !edma_rx_valid(e, eq, index))
			return false;

		/* The tag is written last; read the flags after it */
		dma_rmb();
		own = own_record(e, eq->qp->qp_num, index);
		if (!(READ_ONCE(own->flags) & NTB_EDMA_RECORD_MORE))
			return true;
	}

	/* The poll refuses it */
	return true;
}

/**
 * struct edma_rx_packet - a frame that is being received
 * @bufs: its buffers
 * @num: number of these
 * @len: bytes in all of them
 * @failed: it was lost at the peer
 * @flags: those of all its records
 * @first: the first one
 */
struct edma_rx_packet {
	struct ntb_transport_buf bufs[NTB_TRANSPORT_MAX_BUFS];
	unsigned int num;
	unsigned int len;
	bool failed;
	u8 flags;
	struct ntb_edma_record first;
};

/* One more record. Returns why it is refused. */
static enum ntb_edma_reject edma_rx_take(struct edma_ctx *e, struct edma_qp *eq,
					 struct edma_rx_packet *packet, bool *more)
{
	u32 index = eq->rx_next + packet->num;
	struct ntb_edma_record record;
	struct ntb_transport_buf *buf;
	enum ntb_edma_reject reason;

	/* A sender uses no more buffers than it was told */
	if (packet->num == edma_rx_frame(e, eq->qp))
		return NTB_EDMA_REJECT_INDEX;

	/* The tag is written last; read the rest, and the payload, after it */
	dma_rmb();
	ntb_edma_read_slot(&record, own_record(e, eq->qp->qp_num, index),
			   sizeof(record));
	buf = &packet->bufs[packet->num];
	*buf = eq->rx[index & (e->entries - 1)];
	reason = ntb_edma_record_check(&record, buf->len, !packet->num);
	if (reason)
		return reason;

	if (!packet->num)
		packet->first = record;
	packet->num++;
	packet->flags |= record.flags;
	*more = record.flags & NTB_EDMA_RECORD_MORE;
	if (ntb_edma_record_failed(&record)) {
		packet->failed = true;
		return NTB_EDMA_OK;
	}
	buf->len = le32_to_cpu(record.len);
	packet->len += buf->len;

	return NTB_EDMA_OK;
}

/*
 * Read a frame. Returns false if it is not there yet, or not as it can be, which
 * takes the link down.
 */
static bool edma_rx_read(struct edma_ctx *e, struct edma_qp *eq,
			 struct edma_rx_packet *packet)
{
	enum ntb_edma_reject reason;
	bool more = true;

	packet->num = 0;
	packet->len = 0;
	packet->failed = false;
	packet->flags = 0;

	while (more) {
		u32 index = eq->rx_next + packet->num;

		if (index == eq->rx_posted || !edma_rx_valid(e, eq, index))
			return false;

		reason = edma_rx_take(e, eq, packet, &more);
		if (reason)
			goto reject;
	}

	reason = packet->len > e->mtu ? NTB_EDMA_REJECT_LEN : NTB_EDMA_OK;
	if (!reason && !packet->failed)
		reason = ntb_edma_meta_check(&packet->first, packet->len,
					     eq->qp->handlers.rx_features);
	if (!reason)
		return true;

reject:
	ntb_edma_stats_reject(eq, reason);

	return false;
}

/* Return the buffers of a frame to the client. */
static void edma_rx_deliver(struct edma_qp *eq,
			    const struct edma_rx_packet *packet)
{
	struct ntb_transport_qp *qp = eq->qp;
	struct virtio_net_hdr hdr;
	unsigned int i;

	/* A client that leaves gets its buffers back, and no more packets */
	if (!qp->client_ready) {
		for (i = 0; i < packet->num; i++)
			qp->handlers.rx_free(qp->cb_data, &packet->bufs[i]);
		return;
	}

	if (!packet->failed) {
		eq->stats[STAT_RX_PKTS]++;
		eq->stats[STAT_RX_BYTES] += packet->len;
	} else {
		eq->stats[STAT_RX_ERROR]++;
	}
	ntb_edma_meta_get(&packet->first, &hdr);
	qp->handlers.rx_handler(qp->cb_data, packet->bufs, packet->num, &hdr,
				packet->failed ? -EIO : 0);
}

/* Returns the number of frames, at most @budget. */
int ntb_edma_rx_complete(struct edma_ctx *e, struct edma_qp *eq, int budget)
{
	struct edma_rx_packet packet;
	int n = 0;

	while (n < budget && edma_rx_read(e, eq, &packet)) {
		ntb_edma_event_record(&eq->rx_event, packet.flags);
		WRITE_ONCE(eq->rx_next, eq->rx_next + packet.num);
		edma_rx_deliver(eq, &packet);
		n++;
	}
	if (n)
		eq->stats[STAT_RX_BATCHES]++;

	return n;
}

/* Return what is posted to the client: the peer does not write to it any more. */
void ntb_edma_rx_reclaim(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_transport_qp *qp = eq->qp;

	for (; eq->rx_next != eq->rx_posted; eq->rx_next++)
		qp->handlers.rx_free(qp->cb_data,
				     &eq->rx[eq->rx_next & (e->entries - 1)]);
	eq->rx_posted = 0;
	eq->rx_next = 0;
	eq->rx_consumed = 0;
}
