// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Transmit path of the remote-eDMA backend. For each packet:
 *
 *   payload (DMA) -> done record -> done_index -> doorbell
 *
 * Documentation/driver-api/ntb.rst explains the order of the writes.
 */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/overflow.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

/* The peer's addresses have 64 bits, the DMA engine API may have fewer */
#define POST_ADDR_MAX	type_max(typeof_member(struct dma_slave_config, dst_addr))

static struct ntb_edma_post *own_post(struct edma_ctx *e, unsigned int qp,
				      u32 index)
{
	return e->block + ntb_edma_post_offset(qp, e->entries, index);
}

unsigned int ntb_edma_tx_free_entry(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	u32 posted, busy, n;

	guard(spinlock_bh)(&eq->tx_lock);
	if (!eq->tx_open)
		return 0;

	posted = le32_to_cpu(READ_ONCE(edma_own_ctl(e, qp->qp_num)->post_index));
	if (ntb_edma_pending(posted, eq->tx_head, e->entries, &n))
		return 0;

	/* Slots that were not reported yet are still in use */
	busy = eq->tx_head - READ_ONCE(eq->tx_done);

	return min(n, e->entries - busy);
}

static void edma_tx_callback(void *param, const struct dmaengine_result *res)
{
	struct edma_tx_slot *slot = param;
	struct ntb_transport_qp *qp = slot->eq->qp;

	slot->failed = res && res->result != DMA_TRANS_NOERROR;
	/* Pairs with smp_load_acquire() in ntb_edma_tx_report() */
	smp_store_release(&slot->done, true);

	tasklet_schedule(&qp->poll_tasklet);
}

static int edma_tx_submit(struct edma_qp *eq, struct edma_tx_slot *slot,
			  u64 dst)
{
	struct dma_slave_config cfg = {
		.direction = DMA_MEM_TO_DEV,
		.dst_addr = dst,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
	};
	struct dma_async_tx_descriptor *txd;

	txd = dmaengine_prep_config_single_safe(eq->chan, slot->addr, slot->len,
						DMA_MEM_TO_DEV,
						DMA_PREP_INTERRUPT |
						DMA_CTRL_ACK, &cfg);
	if (!txd)
		return -EBUSY;

	txd->callback_result = edma_tx_callback;
	txd->callback_param = slot;
	slot->cookie = dmaengine_submit(txd);

	return dma_submit_error(slot->cookie);
}

/* The buffer that the peer has posted for the next packet. */
static int edma_next_post(struct edma_ctx *e, struct edma_qp *eq,
			  unsigned int len, u64 *dst)
{
	unsigned int qp_num = eq->qp->qp_num;
	enum ntb_edma_reject reason;
	struct ntb_edma_post post;
	u32 posted, n;

	lockdep_assert_held(&eq->tx_lock);

	posted = le32_to_cpu(READ_ONCE(edma_own_ctl(e, qp_num)->post_index));
	reason = ntb_edma_pending(posted, eq->tx_head, e->entries, &n);
	if (reason)
		goto reject;

	/* Pairs with smp_store_release() in ntb_edma_tx_report() */
	if (!n || eq->tx_head - smp_load_acquire(&eq->tx_done) >= e->entries) {
		eq->stats[STAT_TX_BUSY]++;
		return -EBUSY;
	}

	/* The record was written before the index; read it after */
	dma_rmb();
	ntb_edma_read_slot(&post, own_post(e, qp_num, eq->tx_head), sizeof(post));

	reason = ntb_edma_check_post(&post, ntb_edma_tag(e->peer_epoch,
							 eq->state.gen,
							 eq->tx_head),
				     POST_ADDR_MAX);
	if (reason)
		goto reject;

	/* The peer's client has a smaller MTU than ours: not the ring's fault */
	if (len > e->mtu || len > le32_to_cpu(post.len))
		return -EMSGSIZE;

	*dst = le64_to_cpu(post.addr);

	return 0;

reject:
	eq->tx_open = false;
	ntb_edma_stats_reject(eq, reason);

	return -ENOLINK;
}

int ntb_edma_tx_enqueue(struct ntb_transport_qp *qp, void *cb, void *data,
			unsigned int len)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	struct edma_tx_slot *slot;
	u64 dst;
	int ret;

	guard(spinlock_bh)(&eq->tx_lock);
	if (!eq->tx_open)
		return -ENOLINK;

	ret = edma_next_post(e, eq, len, &dst);
	if (ret)
		return ret;

	slot = &eq->tx[eq->tx_head & (e->entries - 1)];
	slot->cb = cb;
	slot->len = len;
	slot->done = false;
	slot->failed = false;
	slot->addr = dma_map_single(e->dma_dev, data, len, DMA_TO_DEVICE);
	if (dma_mapping_error(e->dma_dev, slot->addr)) {
		eq->stats[STAT_TX_MAP_ERROR]++;
		return -ENOMEM;
	}

	/*
	 * The slot is filled; pairs with smp_load_acquire() in ntb_edma_tx_report().
	 * Before it is submitted, as another queue may start the channel: what
	 * is below tx_head is found when it ends.
	 */
	smp_store_release(&eq->tx_head, eq->tx_head + 1);

	ret = edma_tx_submit(eq, slot, dst);
	if (ret) {
		WRITE_ONCE(eq->tx_head, eq->tx_head - 1);
		dma_unmap_single(e->dma_dev, slot->addr, len, DMA_TO_DEVICE);
		return ret;
	}

	dma_async_issue_pending(eq->chan);

	return 0;
}

static void edma_write_done(struct edma_ctx *e, struct edma_qp *eq, u32 index,
			    const struct edma_tx_slot *slot)
{
	void __iomem *p = e->peer + ntb_edma_done_offset(eq->qp->qp_num,
							 e->entries, index);
	struct ntb_edma_done done = {
		.len = cpu_to_le32(slot->failed ? 0 : slot->len),
		.status = cpu_to_le32(slot->failed ? NTB_EDMA_DONE_ERROR :
						     NTB_EDMA_DONE_OK),
		.tag = cpu_to_le32(ntb_edma_tag(e->epoch, eq->state.gen, index)),
	};

	memcpy_toio(p, &done, sizeof(done));
}

static void edma_tx_complete(struct edma_ctx *e, struct edma_qp *eq,
			     struct edma_tx_slot *slot, int err)
{
	struct ntb_transport_qp *qp = eq->qp;
	unsigned int len = slot->len;
	void *cb = slot->cb;

	dma_unmap_single(e->dma_dev, slot->addr, len, DMA_TO_DEVICE);
	if (!err) {
		eq->stats[STAT_TX_PKTS]++;
		eq->stats[STAT_TX_BYTES] += len;
	}
	if (qp->tx_handler)
		qp->tx_handler(qp, qp->cb_data, cb, err ?: len);
}

/*
 * Report what the engine has finished, in order: records, then the index. The
 * payload is in the peer's memory before the engine reports completion, and
 * posted writes from this side do not pass each other.
 */
bool ntb_edma_tx_report(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 first = eq->tx_done, head, index;
	struct edma_tx_slot *slot;

	/* Pairs with smp_store_release() in ntb_edma_tx_enqueue() */
	head = smp_load_acquire(&eq->tx_head);
	for (index = first; index != head; index++) {
		slot = &eq->tx[index & (e->entries - 1)];
		/* Pairs with smp_store_release() in edma_tx_callback() */
		if (!smp_load_acquire(&slot->done))
			break;
		edma_write_done(e, eq, index, slot);
	}
	if (index == first)
		return false;

	writel(index, &ntb_edma_peer_ctl(e, eq->qp->qp_num)->done_index);
	eq->stats[STAT_TX_BATCHES]++;

	for (; first != index; first++) {
		slot = &eq->tx[first & (e->entries - 1)];
		if (slot->failed)
			eq->stats[STAT_TX_DMA_ERROR]++;
		edma_tx_complete(e, eq, slot, slot->failed ? -EIO : 0);
		/*
		 * The slot is free for the next packet from here on. Pairs with
		 * smp_load_acquire() in edma_next_post().
		 */
		smp_store_release(&eq->tx_done, first + 1);
	}

	return true;
}

void ntb_edma_tx_open(struct edma_qp *eq)
{
	guard(spinlock_bh)(&eq->tx_lock);
	eq->tx_open = true;
}

void ntb_edma_tx_close(struct edma_qp *eq)
{
	guard(spinlock_bh)(&eq->tx_lock);
	eq->tx_open = false;
}

/* Have all transfers ended? */
bool ntb_edma_tx_idle(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 index;

	for (index = eq->tx_done; index != eq->tx_head; index++)
		/* Pairs with smp_store_release() in edma_tx_callback() */
		if (!smp_load_acquire(&eq->tx[index & (e->entries - 1)].done))
			return false;

	return true;
}

/* Complete what was not reported, with an error; no transfer runs any more. */
void ntb_edma_tx_abort(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_tx_slot *slot;

	for (; eq->tx_done != eq->tx_head; eq->tx_done++) {
		slot = &eq->tx[eq->tx_done & (e->entries - 1)];
		edma_tx_complete(e, eq, slot, -ENOLINK);
	}
	eq->tx_head = 0;
	eq->tx_done = 0;
}
