// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Packets and receive buffers of a queue of the remote-eDMA backend. For each
 * packet:
 *
 *   payload (DMA) -> done record -> done_index -> doorbell
 *
 * and for each receive buffer: mapped -> post record -> post_index -> doorbell.
 * Documentation/driver-api/ntb.rst says why the order of the writes is right.
 */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/overflow.h>
#include <linux/pci.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define TX_STUCK_CHECKS		10	/* no transfer ended at so many: stuck */

/* The peer's addresses have 64 bits, the DMA engine API may have fewer */
#define POST_ADDR_MAX	type_max(typeof_member(struct dma_slave_config, dst_addr))

#define EDMA_STAT(id, text) \
	[STAT_##id] = { text, offsetof(struct edma_qp, stats[STAT_##id]) }

const struct ntb_transport_stat ntb_edma_stats[NR_STATS] = {
	EDMA_STAT(TX_PKTS, "tx_pkts"),
	EDMA_STAT(TX_BYTES, "tx_bytes"),
	EDMA_STAT(TX_BUSY, "tx_busy"),
	EDMA_STAT(TX_DMA_ERROR, "tx_err_dma"),
	EDMA_STAT(TX_MAP_ERROR, "tx_err_map"),
	EDMA_STAT(TX_BATCHES, "tx_batches"),
	EDMA_STAT(RX_PKTS, "rx_pkts"),
	EDMA_STAT(RX_BYTES, "rx_bytes"),
	EDMA_STAT(RX_ERROR, "rx_err_peer"),
	EDMA_STAT(RX_MAP_ERROR, "rx_err_map"),
	EDMA_STAT(RX_BATCHES, "rx_batches"),
	EDMA_STAT(POSTED, "rx_posted"),
	EDMA_STAT(POST_BATCHES, "rx_post_batches"),
	EDMA_STAT(DOORBELLS, "doorbells"),
	EDMA_STAT(REJECT_INDEX, "reject_index"),
	EDMA_STAT(REJECT_TAG, "reject_tag"),
	EDMA_STAT(REJECT_LEN, "reject_len"),
	EDMA_STAT(REJECT_ADDR, "reject_addr"),
	EDMA_STAT(REJECT_STATUS, "reject_status"),
	EDMA_STAT(REJECT_RESERVED, "reject_reserved"),
};

static struct ntb_edma_post *own_post(struct edma_ctx *e, unsigned int qp,
				      u32 index)
{
	return e->block + ntb_edma_post_offset(qp, e->entries, index);
}

static struct ntb_edma_done *own_done(struct edma_ctx *e, unsigned int qp,
				      u32 index)
{
	return e->block + ntb_edma_done_offset(qp, e->entries, index);
}

/*
 * The peer can write to its slots at any time: they are read once, and what is
 * checked is what is used.
 */
static void edma_read_slot(void *copy, const void *slot, size_t size)
{
	memcpy(copy, slot, size);
	/* The compiler has no reason to read the slot again */
	barrier();
}

static void edma_reject(struct edma_qp *eq, enum ntb_edma_reject reason)
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

/* Transmit. */

unsigned int ntb_edma_qp_tx_free_entry(struct ntb_transport_qp *qp)
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
	/* Pairs with smp_load_acquire() in edma_tx_report() */
	smp_store_release(&slot->done, true);

	tasklet_schedule(&qp->rxc_db_work);
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

	/* Pairs with smp_store_release() in edma_tx_report() */
	if (!n || eq->tx_head - smp_load_acquire(&eq->tx_done) >= e->entries) {
		eq->stats[STAT_TX_BUSY]++;
		return -EBUSY;
	}

	/* The record was written before the index; read it after */
	dma_rmb();
	edma_read_slot(&post, own_post(e, qp_num, eq->tx_head), sizeof(post));

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
	edma_reject(eq, reason);

	return -ENOLINK;
}

int ntb_edma_qp_tx_enqueue(struct ntb_transport_qp *qp, void *cb, void *data,
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
	 * The slot is filled; pairs with smp_load_acquire() in edma_tx_report().
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
 * payload is where it belongs before the engine says that it is done; posted
 * writes from this side do not pass each other.
 */
static bool edma_tx_report(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 first = eq->tx_done, head, index;
	struct edma_tx_slot *slot;

	/* Pairs with smp_store_release() in ntb_edma_qp_tx_enqueue() */
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

/* Receive. */

void ntb_edma_qp_rx_enqueue(struct ntb_transport_qp *qp,
			    struct ntb_queue_entry *entry)
{
	ntb_list_add(&qp->ntb_rx_q_lock, &entry->entry, &qp->rx_pend_q);

	if (qp->active)
		tasklet_schedule(&qp->rxc_db_work);
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

/* Hand the client's buffers to the peer: records, then the index. */
static bool edma_rx_post(struct edma_ctx *e, struct edma_qp *eq)
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

/* One buffer comes back from the peer. Returns false if the record is no good. */
static bool edma_rx_one(struct edma_ctx *e, struct edma_qp *eq)
{
	struct ntb_transport_qp *qp = eq->qp;
	struct edma_rx_slot *slot = &eq->rx[eq->rx_next & (e->entries - 1)];
	struct ntb_queue_entry *entry = slot->entry;
	enum ntb_edma_reject reason;
	struct ntb_edma_done done;
	void *cb = entry->cb_data;
	int len;

	edma_read_slot(&done, own_done(e, qp->qp_num, eq->rx_next),
		       sizeof(done));
	reason = ntb_edma_check_done(&done, ntb_edma_tag(e->peer_epoch,
							 eq->state.gen,
							 eq->rx_next),
				     entry->len);
	if (reason) {
		edma_reject(eq, reason);
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

static void edma_rx(struct edma_ctx *e, struct edma_qp *eq)
{
	enum ntb_edma_reject reason;
	u32 index, n;

	index = le32_to_cpu(READ_ONCE(edma_own_ctl(e, eq->qp->qp_num)->done_index));
	reason = ntb_edma_pending(index, eq->rx_next,
				  eq->rx_posted - eq->rx_next, &n);
	if (reason) {
		edma_reject(eq, reason);
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

void ntb_edma_qp_poll(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	bool news;

	ntb_db_clear(qp->ndev, BIT_ULL(qp->qp_num));

	/* The fence waits for what is written to the peer's block below */
	guard(rcu)();

	if (!qp->active || READ_ONCE(e->fenced))
		return;

	/* The peer has left the session, or this generation of the queue */
	if (edma_peer_left(e)) {
		qp->active = false;
		ntb_transport_restart_link(qp->transport);
		return;
	}
	if (!ntb_edma_state_peer_open(&eq->state, edma_peer_word(e, eq))) {
		qp->active = false;
		ntb_qp_link_down(qp);
		return;
	}

	news = edma_tx_report(e, eq);
	edma_rx(e, eq);
	if (qp->active)
		news |= edma_rx_post(e, eq);
	if (news)
		ntb_edma_peer_ring(e, qp->qp_num);
}

/* What a link that comes up and goes down needs of the rings. */

void ntb_edma_qp_tx_open(struct edma_qp *eq)
{
	guard(spinlock_bh)(&eq->tx_lock);
	eq->tx_open = true;
}

void ntb_edma_qp_tx_close(struct edma_qp *eq)
{
	guard(spinlock_bh)(&eq->tx_lock);
	eq->tx_open = false;
}

/* Have all transfers ended? */
bool ntb_edma_qp_tx_idle(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 index;

	for (index = eq->tx_done; index != eq->tx_head; index++)
		/* Pairs with smp_store_release() in edma_tx_callback() */
		if (!smp_load_acquire(&eq->tx[index & (e->entries - 1)].done))
			return false;

	return true;
}

/* Complete what was not reported, with an error; no transfer runs any more. */
void ntb_edma_qp_tx_abort(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_tx_slot *slot;

	for (; eq->tx_done != eq->tx_head; eq->tx_done++) {
		slot = &eq->tx[eq->tx_done & (e->entries - 1)];
		edma_tx_complete(e, eq, slot, -ENOLINK);
	}
	eq->tx_head = 0;
	eq->tx_done = 0;
}

/* Unmap what is posted: the peer does not write to it any more. */
void ntb_edma_qp_rx_reclaim(struct edma_ctx *e, struct edma_qp *eq)
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

/* Changes with each index that the peer moves. */
u32 ntb_edma_qp_progress(struct edma_ctx *e, unsigned int qp)
{
	struct ntb_edma_ctl *ctl = edma_own_ctl(e, qp);

	return le32_to_cpu(READ_ONCE(ctl->post_index)) +
	       le32_to_cpu(READ_ONCE(ctl->done_index));
}

/*
 * Poll a queue, as doorbells and interrupts may get lost. Returns false if its
 * transfers do not end. A machine that got to no check for a while got to none of
 * the engine's interrupts either, so this counts checks and not time.
 */
bool ntb_edma_qp_check(struct edma_ctx *e, unsigned int qp)
{
	struct edma_qp *eq = &e->qps[qp];
	u32 done = READ_ONCE(eq->tx_done);

	if (eq->qp->active)
		tasklet_schedule(&eq->qp->rxc_db_work);

	if (done != eq->tx_seen || done == READ_ONCE(eq->tx_head)) {
		eq->tx_seen = done;
		eq->tx_stuck = 0;
		return true;
	}

	return ++eq->tx_stuck < TX_STUCK_CHECKS;
}
