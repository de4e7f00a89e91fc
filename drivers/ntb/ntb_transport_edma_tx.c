// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Transmit path of the remote-eDMA backend: packets go to buffers that the peer has
 * posted, in runs of the DMA engine.
 */
#include <linux/dma-mapping.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"
#include "ntb_transport_edma_meta.h"

static struct ntb_edma_post *own_post(struct edma_ctx *e, unsigned int qp,
				      u32 index)
{
	return e->block + ntb_edma_post_offset(qp, e->entries, index);
}

/* Buffers that the peer has posted and nothing was sent to. */
static enum ntb_edma_reject edma_tx_posts(struct edma_ctx *e, struct edma_qp *eq,
					  u32 *n)
{
	struct ntb_edma_ctl *ctl = edma_own_ctl(e, eq->qp->qp_num);

	return ntb_edma_pending(le32_to_cpu(READ_ONCE(ctl->post_index)),
				eq->tx_head, e->entries, n);
}

/* Is there room for a packet of any size, besides buffers of the peer? */
static bool edma_tx_slots(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 busy, mapped;

	lockdep_assert_held(&eq->tx_lock);

	/* Pairs with smp_store_release() in ntb_edma_reap_consumed() */
	busy = eq->tx_head - smp_load_acquire(&eq->tx_done);
	/* Pairs with smp_store_release() in reap_packet() */
	mapped = eq->map_head - smp_load_acquire(&eq->map_tail);

	return e->entries - busy >= eq->peer_frame &&
	       edma_map_slots(e) - mapped >= NTB_TRANSPORT_MAX_BUFS;
}

static bool edma_tx_has_room(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 posts;

	lockdep_assert_held(&eq->tx_lock);

	return !edma_tx_posts(e, eq, &posts) && edma_tx_slots(e, eq) &&
	       ntb_edma_event_room(posts, ntb_edma_run_room(eq),
				   eq->peer_frame);
}

bool ntb_edma_tx_room(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);

	guard(spinlock_irqsave)(&eq->tx_lock);
	if (!eq->tx_open)
		return false;

	if (edma_tx_has_room(e, eq))
		return true;

	/* The client waits for room */
	WRITE_ONCE(eq->tx_stopped, true);

	return false;
}

/* Does the client wait for room that is there now? */
bool ntb_edma_tx_waits(struct edma_ctx *e, struct edma_qp *eq)
{
	if (!READ_ONCE(eq->tx_stopped))
		return false;

	guard(spinlock_irqsave)(&eq->tx_lock);

	return eq->tx_open && eq->tx_stopped && edma_tx_has_room(e, eq);
}

/* No packet is accepted any more, and none waits for another. */
static void edma_tx_reject(struct edma_ctx *e, struct edma_qp *eq,
			   enum ntb_edma_reject reason)
{
	lockdep_assert_held(&eq->tx_lock);

	eq->tx_open = false;
	ntb_edma_run_drop(e, eq);
	ntb_edma_stats_reject(eq, reason);
}

/* The buffers that the peer has posted for a packet go into slots. */
static int edma_tx_place(struct edma_ctx *e, struct edma_qp *eq,
			 unsigned int len, u32 *n)
{
	enum ntb_edma_reject reason;
	struct ntb_edma_post post;
	struct edma_tx_slot *slot;
	u32 index, part;

	for (*n = 0; len; (*n)++) {
		if (*n == eq->peer_frame)
			return -EMSGSIZE;

		index = eq->tx_head + *n;
		ntb_edma_read_slot(&post, own_post(e, eq->qp->qp_num, index),
				   sizeof(post));
		reason = ntb_edma_check_post(&post,
					     ntb_edma_tag(e->peer_epoch,
							  eq->state.gen, index),
					     PEER_ADDR_MAX);
		if (reason) {
			edma_tx_reject(e, eq, reason);
			return -ENOLINK;
		}

		part = min(len, le32_to_cpu(post.len));
		slot = &eq->tx[index & (e->entries - 1)];
		*slot = (struct edma_tx_slot){
			.dst = le64_to_cpu(post.addr),
			.len = part,
		};
		len -= part;
	}

	return 0;
}

/* What a packet was mapped to is unmapped, up to map @end. */
void ntb_edma_tx_unmap(struct edma_ctx *e, struct edma_qp *eq, u32 index,
		       u32 end)
{
	struct edma_tx_map *map;

	for (; index != end; index++) {
		map = &eq->maps[index & (edma_map_slots(e) - 1)];
		dma_unmap_page(e->dma_dev, map->addr, map->len, DMA_TO_DEVICE);
	}
}

static int edma_tx_map(struct edma_ctx *e, struct edma_qp *eq,
		       const struct ntb_transport_buf *bufs, unsigned int num)
{
	struct edma_tx_map *map;
	unsigned int i;

	for (i = 0; i < num; i++) {
		map = &eq->maps[(eq->map_head + i) & (edma_map_slots(e) - 1)];
		map->len = bufs[i].len;
		map->addr = dma_map_page(e->dma_dev, bufs[i].page,
					 bufs[i].offset, map->len,
					 DMA_TO_DEVICE);
		if (dma_mapping_error(e->dma_dev, map->addr)) {
			ntb_edma_tx_unmap(e, eq, eq->map_head, eq->map_head + i);
			eq->stats[STAT_TX_MAP_ERROR]++;
			return -ENOMEM;
		}
	}

	return 0;
}

/* The records, as the engine writes them behind the payload. */
static void edma_tx_fill_records(struct edma_ctx *e, struct edma_qp *eq, u32 n,
				 const struct virtio_net_hdr *hdr)
{
	u32 mask = e->entries - 1, index = eq->tx_head, i;

	for (i = 0; i < n; i++, index++)
		eq->records[index & mask] = (struct ntb_edma_record){
			.flags = i + 1 < n ? NTB_EDMA_RECORD_MORE : 0,
			.len = cpu_to_le32(eq->tx[index & mask].len),
			.tag = cpu_to_le32(ntb_edma_tag(e->epoch, eq->state.gen,
							index)),
		};
	if (hdr)
		ntb_edma_meta_put(&eq->records[eq->tx_head & mask], hdr);
}

static int edma_tx_add(struct edma_ctx *e, struct edma_qp *eq, void *cb,
		       const struct ntb_transport_buf *bufs, unsigned int num,
		       const struct virtio_net_hdr *hdr)
{
	unsigned int len = 0, i;
	struct edma_tx_slot *last;
	u32 n;
	int ret;

	for (i = 0; i < num; i++)
		len += bufs[i].len;
	/* The peer takes less than this side, as it has said */
	if (len > e->mtu)
		return -EMSGSIZE;
	if (hdr && ntb_edma_meta_needs(hdr) & ~eq->peer_features)
		return -EOPNOTSUPP;
	if (!(eq->peer_features & BIT_ULL(VIRTIO_NET_F_GUEST_CSUM)))
		hdr = NULL;

	if (!edma_tx_has_room(e, eq)) {
		eq->stats[STAT_TX_BUSY]++;
		return -EBUSY;
	}

	/* The buffers were written before the index; read them after it */
	dma_rmb();
	ret = edma_tx_place(e, eq, len, &n);
	if (ret)
		return ret;

	ret = edma_tx_map(e, eq, bufs, num);
	if (ret)
		return ret;

	edma_tx_fill_records(e, eq, n, hdr);
	ntb_edma_run_add(e, eq, n, num);
	last = &eq->tx[(eq->tx_head + n - 1) & (e->entries - 1)];
	last->cb = cb;
	last->maps = num;
	last->packet = len;
	eq->tx_unasked++;
	eq->map_head += num;
	WRITE_ONCE(eq->tx_head, eq->tx_head + n);

	return 0;
}

/*
 * A packet that others follow waits for them: all are moved by one run. What
 * waits does not wait for a packet that is refused.
 */
int ntb_edma_tx_enqueue(struct ntb_transport_qp *qp, void *cb,
			const struct ntb_transport_buf *bufs, unsigned int num,
			const struct virtio_net_hdr *hdr, unsigned int flags)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	bool asks;
	int ret;

	guard(spinlock_irqsave)(&eq->tx_lock);
	if (!eq->tx_open)
		return -ENOLINK;

	ret = edma_tx_add(e, eq, cb, bufs, num, hdr);
	if (!eq->tx_open)
		return ret;

	WRITE_ONCE(eq->tx_stopped, !edma_tx_has_room(e, eq));
	eq->stats[STAT_TX_STOPS] += eq->tx_stopped;
	/* Somebody waits for what is sent: behind this no other packet follows */
	asks = eq->tx_stopped || flags & NTB_TRANSPORT_EVENT;
	if (ret || asks || !(flags & NTB_TRANSPORT_MORE) ||
	    ntb_edma_run_full(eq))
		ntb_edma_run_start(e, eq, asks);

	return ret;
}

void ntb_edma_tx_flush(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);

	guard(spinlock_irqsave)(&eq->tx_lock);
	if (eq->tx_open)
		ntb_edma_run_start(e, eq, eq->tx_stopped);
}

/*
 * Is there room again? The client looks for it after the poll. What keeps packets from
 * being sent, and nobody else looks at, is an index of the peer that cannot be, or a
 * list that is full as far as this side knows. What the engine has finished of that is
 * collected at the next poll.
 */
void ntb_edma_tx_check(struct edma_ctx *e, struct edma_qp *eq)
{
	enum ntb_edma_reject reason;
	u32 posts;

	guard(spinlock_irqsave)(&eq->tx_lock);
	if (!eq->tx_open)
		return;

	reason = edma_tx_posts(e, eq, &posts);
	if (reason)
		edma_tx_reject(e, eq, reason);
	else if (edma_tx_has_room(e, eq))
		WRITE_ONCE(eq->tx_stopped, false);
	else if (eq->tx_stopped && ntb_edma_run_room(eq) < eq->peer_frame)
		ntb_edma_lane_look_all(eq);
}

/**
 * ntb_edma_tx_open - Accept packets, if the peer says where records go
 * @e: the device
 * @eq: the queue; its generation is offered by both sides
 *
 * Context: Process context.
 * Return: NTB_EDMA_OK, or why what the peer says is rejected.
 */
enum ntb_edma_reject ntb_edma_tx_open(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_edma_ctl *ctl = edma_own_ctl(e, eq->qp->qp_num);
	enum ntb_edma_reject reason;
	u32 frame;

	/* Written before the peer's word, which was read before this */
	dma_rmb();
	eq->peer_records = le64_to_cpu(READ_ONCE(ctl->records));
	reason = ntb_edma_check_records(eq->peer_records, e->entries,
					PEER_ADDR_MAX);
	if (reason)
		return reason;

	frame = le32_to_cpu(READ_ONCE(ctl->frame));
	if (!frame)
		return NTB_EDMA_REJECT_LEN;

	guard(spinlock_irqsave)(&eq->tx_lock);
	WRITE_ONCE(eq->peer_features, le64_to_cpu(READ_ONCE(ctl->features)));
	eq->peer_frame = min3(frame, e->entries, (u32)NTB_TRANSPORT_MAX_BUFS);
	eq->tx_event = (struct ntb_edma_tx_event){};
	eq->tx_unasked = 0;
	eq->tx_stopped = true;
	eq->tx_open = true;

	return NTB_EDMA_OK;
}

/* No packet is accepted after this, and what no run has begun for has ended. */
void ntb_edma_tx_close(struct edma_ctx *e, struct edma_qp *eq)
{
	WRITE_ONCE(eq->peer_features, 0);
	scoped_guard(spinlock_irqsave, &eq->tx_lock) {
		eq->tx_open = false;
		ntb_edma_run_drop(e, eq);
	}
	hrtimer_cancel(&eq->tx_timer);
}
