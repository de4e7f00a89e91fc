// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * The remote-eDMA backend of ntb_transport: payload is moved between the two
 * memories by the endpoint's DMA engine; a memory window carries the rings of
 * ntb_transport_edma_ring.h and nothing else.
 *
 * Documentation/driver-api/ntb.rst describes the rings, bring-up, teardown and
 * why the order of the writes is right. In short, for each packet:
 *
 *   payload (DMA) -> done record -> done_index -> doorbell
 *
 * and for each receive buffer: mapped -> post record -> post_index -> doorbell.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "ntb_transport_edma_ring.h"
#include "ntb_transport_internal.h"

#define PIDX			NTB_DEF_PEER_IDX

/* Memory windows: the rings, and what the exporter shows of its DMA engine */
#define RING_MW			0
#define DMA_MW			1

#define RING_ENTRIES		256
#define DEFAULT_QPS		4
#define MIN_MTU			64
#define HEARTBEAT_MS		200
#define PEER_TIMEOUT_MS		2000	/* no heartbeat for so long: dead */
#define DRAIN_TIMEOUT_MS	500	/* own DMA must have ended by then */
#define QUIESCE_TIMEOUT_MS	1000	/* the peer's, if it is alive */
#define TX_TIMEOUT_MS		2000	/* no transfer ended for so long: stuck */
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

/* Counters of a queue; the names in debugfs are below. */
enum edma_stat {
	STAT_TX_PKTS,
	STAT_TX_BYTES,
	STAT_TX_BUSY,
	STAT_TX_DMA_ERROR,
	STAT_TX_MAP_ERROR,
	STAT_TX_BATCHES,
	STAT_RX_PKTS,
	STAT_RX_BYTES,
	STAT_RX_ERROR,
	STAT_RX_MAP_ERROR,
	STAT_RX_BATCHES,
	STAT_POSTED,
	STAT_POST_BATCHES,
	STAT_DOORBELLS,
	STAT_REJECT,		/* and one for each enum ntb_edma_reject */
	NR_STATS = STAT_REJECT + NTB_EDMA_REJECTS,
};

static const char * const edma_stat_name[NR_STATS] = {
	[STAT_TX_PKTS]		= "tx_pkts",
	[STAT_TX_BYTES]		= "tx_bytes",
	[STAT_TX_BUSY]		= "tx_busy",
	[STAT_TX_DMA_ERROR]	= "tx_err_dma",
	[STAT_TX_MAP_ERROR]	= "tx_err_map",
	[STAT_TX_BATCHES]	= "tx_batches",
	[STAT_RX_PKTS]		= "rx_pkts",
	[STAT_RX_BYTES]		= "rx_bytes",
	[STAT_RX_ERROR]		= "rx_err_peer",
	[STAT_RX_MAP_ERROR]	= "rx_err_map",
	[STAT_RX_BATCHES]	= "rx_batches",
	[STAT_POSTED]		= "rx_posted",
	[STAT_POST_BATCHES]	= "rx_post_batches",
	[STAT_DOORBELLS]	= "doorbells",
	[STAT_REJECT + NTB_EDMA_REJECT_INDEX]	= "reject_index",
	[STAT_REJECT + NTB_EDMA_REJECT_TAG]	= "reject_tag",
	[STAT_REJECT + NTB_EDMA_REJECT_LEN]	= "reject_len",
	[STAT_REJECT + NTB_EDMA_REJECT_ADDR]	= "reject_addr",
	[STAT_REJECT + NTB_EDMA_REJECT_STATUS]	= "reject_status",
	[STAT_REJECT + NTB_EDMA_REJECT_RESERVED] = "reject_reserved",
};

/**
 * struct edma_tx_slot - a packet on its way
 * @cb: the client's cookie
 * @addr: DMA address of the data
 * @len: bytes
 * @failed: the DMA engine could not move it
 * @done: the DMA engine is through with it; published with release semantics
 * @cookie: of the transfer
 * @eq: queue it belongs to
 */
struct edma_tx_slot {
	void *cb;
	dma_addr_t addr;
	unsigned int len;
	bool failed;
	bool done;
	dma_cookie_t cookie;
	struct edma_qp *eq;
};

/**
 * struct edma_rx_slot - a receive buffer the peer may write to
 * @entry: the client's buffer
 * @addr: DMA address of it
 */
struct edma_rx_slot {
	struct ntb_queue_entry *entry;
	dma_addr_t addr;
};

/**
 * struct edma_qp - a queue
 * @qp: the transport's side of it
 * @chan: DMA channel, several queues may share one
 * @gen: generation, counts the times the queue came up since the link did
 * @up: the queue came up in this generation
 * @tx_lock: protects @tx_head and @tx_open
 * @tx_open: packets are accepted
 * @tx_head: next slot to send from; below it packets are on their way
 * @tx_done: next slot to report to the peer; poll only
 * @tx: transmit slots
 * @tx_seen: @tx_done when it changed last; heartbeat only
 * @tx_since: when that was, jiffies
 * @rx_posted: next slot to post a buffer in; poll only, as all of rx
 * @rx_next: next slot to receive from
 * @rx: receive slots
 * @stats: counters; poll only, except STAT_TX_BUSY and STAT_TX_MAP_ERROR, which
 *	are the transmitter's
 */
struct edma_qp {
	struct ntb_transport_qp *qp;
	struct dma_chan *chan;
	u32 gen;
	bool up;

	spinlock_t tx_lock; /* protects tx_head and tx_open */
	bool tx_open;
	u32 tx_head;
	u32 tx_done;
	struct edma_tx_slot *tx;
	u32 tx_seen;
	unsigned long tx_since;

	u32 rx_posted;
	u32 rx_next;
	struct edma_rx_slot *rx;

	u64 stats[NR_STATS];
};

/**
 * struct edma_ctx - the backend's part of a device
 * @nt: the transport's part
 * @dma_dev: device for DMA mappings
 * @qps: queues, as many as the transport has
 * @max_size: largest packet this side takes
 * @edma: the DMA engine, while there is a session
 * @epoch: own session, 0 if there is none
 * @peer_epoch: the peer's session, 0 until known
 * @entries: ring size of the session
 * @mtu: largest packet of the session
 * @block: memory the peer writes
 * @block_addr: its DMA address
 * @block_size: its size
 * @block_set: the memory window leads to it
 * @peer: the peer's block, as seen through the window
 * @peer_size: size of that window
 * @heartbeat: writes ours and watches the peer's
 * @beat: our counter
 * @peer_beat: the peer's counter when it changed last
 * @peer_seen: when that was, jiffies
 * @peer_dead: the peer does not answer any more, and was cut off; waiting for it
 *	is no use
 * @greeted: our session is in the peer's block
 * @failed_epoch: the peer's session that this side could not be set up for
 * @retry: bring-up is not tried before, jiffies
 */
struct edma_ctx {
	struct ntb_transport_ctx *nt;
	struct device *dma_dev;
	struct edma_qp *qps;
	unsigned int max_size;

	struct ntb_edma *edma;
	u32 epoch;
	u32 peer_epoch;
	u32 entries;
	u32 mtu;

	void *block;
	dma_addr_t block_addr;
	size_t block_size;
	bool block_set;
	void __iomem *peer;
	resource_size_t peer_size;

	struct delayed_work heartbeat;
	u32 beat;
	u32 peer_beat;
	unsigned long peer_seen;
	bool peer_dead;
	bool greeted;
	u32 failed_epoch;
	unsigned long retry;
};

static struct edma_ctx *to_edma(const struct ntb_transport_ctx *nt)
{
	return nt->backend_priv;
}

static struct edma_qp *to_edma_qp(const struct ntb_transport_qp *qp)
{
	return &to_edma(qp->transport)->qps[qp->qp_num];
}

static struct device *edma_dev(const struct edma_ctx *e)
{
	return &e->nt->ndev->pdev->dev;
}

/* Own block: control words and slots of a queue that the peer writes. */

static struct ntb_edma_ctl *own_ctl(struct edma_ctx *e, unsigned int qp)
{
	return e->block + ntb_edma_ctl_offset(qp, e->entries);
}

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

/* The peer's block: never read, only written. */

static struct ntb_edma_ctl __iomem *peer_ctl(struct edma_ctx *e,
					     unsigned int qp)
{
	return e->peer + ntb_edma_ctl_offset(qp, e->entries);
}

static void edma_reject(struct edma_qp *eq, enum ntb_edma_reject reason)
{
	struct ntb_transport_qp *qp = eq->qp;

	eq->stats[STAT_REJECT + reason]++;
	dev_err_ratelimited(&qp->ndev->pdev->dev,
			    "qp %d: peer broke the ring (%s), link goes down\n",
			    qp->qp_num, edma_stat_name[STAT_REJECT + reason]);
	qp->active = false;
	ntb_transport_restart_link(qp->transport);
}

static void edma_ring_doorbell(struct edma_qp *eq)
{
	eq->stats[STAT_DOORBELLS]++;
	ntb_peer_db_set(eq->qp->ndev, BIT_ULL(eq->qp->qp_num));
	ntb_edma_notify(to_edma(eq->qp->transport)->edma);
}

/* Transmit. */

static unsigned int edma_tx_free_entry(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	u32 posted, busy, n;

	guard(spinlock_bh)(&eq->tx_lock);
	if (!eq->tx_open)
		return 0;

	posted = le32_to_cpu(READ_ONCE(own_ctl(e, qp->qp_num)->post_index));
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

/* The buffer the peer has posted for the next packet; @eq->tx_lock is held. */
static int edma_next_post(struct edma_ctx *e, struct edma_qp *eq,
			  unsigned int len, u64 *dst)
{
	unsigned int qp_num = eq->qp->qp_num;
	enum ntb_edma_reject reason;
	struct ntb_edma_post post;
	u32 posted, n;

	posted = le32_to_cpu(READ_ONCE(own_ctl(e, qp_num)->post_index));
	reason = ntb_edma_pending(posted, eq->tx_head, e->entries, &n);
	if (reason)
		goto reject;

	if (!n || eq->tx_head - READ_ONCE(eq->tx_done) >= e->entries) {
		eq->stats[STAT_TX_BUSY]++;
		return -EBUSY;
	}

	/* The record was written before the index; read it after, and once */
	dma_rmb();
	memcpy(&post, own_post(e, qp_num, eq->tx_head), sizeof(post));

	reason = ntb_edma_check_post(&post, ntb_edma_tag(e->peer_epoch, eq->gen,
							 eq->tx_head));
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

static int edma_tx_enqueue(struct ntb_transport_qp *qp, void *cb, void *data,
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

	ret = edma_tx_submit(eq, slot, dst);
	if (ret) {
		dma_unmap_single(e->dma_dev, slot->addr, len, DMA_TO_DEVICE);
		return ret;
	}

	WRITE_ONCE(eq->tx_head, eq->tx_head + 1);
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
		.tag = cpu_to_le32(ntb_edma_tag(e->epoch, eq->gen, index)),
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
	u32 head = READ_ONCE(eq->tx_head), first = eq->tx_done, index;
	struct edma_tx_slot *slot;

	for (index = first; index != head; index++) {
		slot = &eq->tx[index & (e->entries - 1)];
		/* Pairs with smp_store_release() in edma_tx_callback() */
		if (!smp_load_acquire(&slot->done))
			break;
		edma_write_done(e, eq, index, slot);
	}
	if (index == first)
		return false;

	writel(index, &peer_ctl(e, eq->qp->qp_num)->done_index);
	eq->stats[STAT_TX_BATCHES]++;

	for (; first != index; first++) {
		slot = &eq->tx[first & (e->entries - 1)];
		if (slot->failed)
			eq->stats[STAT_TX_DMA_ERROR]++;
		edma_tx_complete(e, eq, slot, slot->failed ? -EIO : 0);
		/* The slot is free for the next packet from here on */
		WRITE_ONCE(eq->tx_done, first + 1);
	}

	return true;
}

/* Receive. */

static void edma_rx_enqueue(struct ntb_transport_qp *qp,
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
		.tag = cpu_to_le32(ntb_edma_tag(e->epoch, eq->gen, index)),
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

	writel(eq->rx_posted, &peer_ctl(e, qp->qp_num)->post_index);
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

	memcpy(&done, own_done(e, qp->qp_num, eq->rx_next), sizeof(done));
	reason = ntb_edma_check_done(&done, ntb_edma_tag(e->peer_epoch, eq->gen,
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

	ntb_list_add(&qp->ntb_rx_q_lock, &entry->entry, &qp->rx_free_q);
	if (qp->rx_handler && qp->client_ready)
		qp->rx_handler(qp, qp->cb_data, cb, len);

	return true;
}

static void edma_rx(struct edma_ctx *e, struct edma_qp *eq)
{
	enum ntb_edma_reject reason;
	u32 index, n;

	index = le32_to_cpu(READ_ONCE(own_ctl(e, eq->qp->qp_num)->done_index));
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

static bool edma_peer_left(struct edma_ctx *e)
{
	struct ntb_edma_block *own = e->block;

	return le32_to_cpu(READ_ONCE(own->epoch)) != e->peer_epoch;
}

static void edma_poll(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	bool news;
	u32 state;

	ntb_db_clear(qp->ndev, BIT_ULL(qp->qp_num));
	if (!qp->active)
		return;

	/* The peer has left the session, or this generation of the queue */
	if (edma_peer_left(e)) {
		qp->active = false;
		ntb_transport_restart_link(qp->transport);
		return;
	}
	state = le32_to_cpu(READ_ONCE(own_ctl(e, qp->qp_num)->state));
	if (state != NTB_EDMA_QP_STATE(eq->gen, NTB_EDMA_QP_UP)) {
		qp->active = false;
		ntb_qp_link_down(qp);
		return;
	}

	news = edma_tx_report(e, eq);
	edma_rx(e, eq);
	if (qp->active)
		news |= edma_rx_post(e, eq);
	if (news)
		edma_ring_doorbell(eq);
}

/* A queue comes up and goes down. */

static void edma_set_state(struct edma_ctx *e, struct edma_qp *eq, u32 up)
{
	writel(NTB_EDMA_QP_STATE(eq->gen, up),
	       &peer_ctl(e, eq->qp->qp_num)->state);
}

static u32 edma_peer_state(struct edma_ctx *e, struct edma_qp *eq)
{
	return le32_to_cpu(READ_ONCE(own_ctl(e, eq->qp->qp_num)->state));
}

static bool edma_qp_link_ready(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq = to_edma_qp(qp);
	u32 state = edma_peer_state(e, eq);

	/*
	 * A peer that came up while we withdrew counts one generation more.
	 * This side is idle, so it can follow.
	 */
	if ((s32)((state >> 1) - eq->gen) > 0)
		eq->gen = state >> 1;

	edma_set_state(e, eq, NTB_EDMA_QP_UP);
	if (edma_peer_state(e, eq) !=
	    NTB_EDMA_QP_STATE(eq->gen, NTB_EDMA_QP_UP))
		return false;

	/* Neither side has written to the ring of this generation before */
	guard(spinlock_bh)(&eq->tx_lock);
	eq->tx_open = true;
	eq->up = true;

	return true;
}

static bool edma_tx_idle(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 index;

	for (index = eq->tx_done; index != eq->tx_head; index++)
		/* Pairs with smp_store_release() in edma_tx_callback() */
		if (!smp_load_acquire(&eq->tx[index & (e->entries - 1)].done))
			return false;

	return true;
}

/*
 * The peer is gone, or does not do what it has to: make DMA by it impossible.
 * Nobody waits for it any more, nor writes to it.
 */
static void edma_peer_died(struct edma_ctx *e)
{
	unsigned int i;

	e->peer_dead = true;
	if (!e->edma)
		return;

	for (i = 0; i < e->nt->qp_count; i++)
		scoped_guard(spinlock_bh, &e->qps[i].tx_lock)
			e->qps[i].tx_open = false;

	ntb_edma_cut(e->edma);
}

/* DMA that hangs is ended by force, which takes the link down. */
static void edma_tx_stop(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_tx_slot *last = &eq->tx[(eq->tx_head - 1) & (e->entries - 1)];

	if (!e->peer_dead)
		dev_warn(edma_dev(e),
			 "qp %d: DMA does not end, stopping the channel\n",
			 eq->qp->qp_num);

	dmaengine_terminate_sync(eq->chan);

	/* Other queues had transfers on that channel, too */
	ntb_transport_restart_link(e->nt);

	if (dma_async_is_tx_complete(eq->chan, last->cookie, NULL, NULL) !=
	    DMA_IN_PROGRESS)
		return;

	dev_err(edma_dev(e), "qp %d: channel does not stop\n", eq->qp->qp_num);
	edma_peer_died(e);
}

/* No DMA of this side touches the peer's buffers after this. */
static void edma_tx_drain(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_tx_slot *slot;
	bool idle;
	int ret;

	scoped_guard(spinlock_bh, &eq->tx_lock)
		eq->tx_open = false;

	ret = read_poll_timeout(edma_tx_idle, idle, idle, 50,
				e->peer_dead ? 1 : DRAIN_TIMEOUT_MS * 1000,
				false, e, eq);
	if (ret)
		edma_tx_stop(e, eq);

	for (; eq->tx_done != eq->tx_head; eq->tx_done++) {
		slot = &eq->tx[eq->tx_done & (e->entries - 1)];
		edma_tx_complete(e, eq, slot, -ENOLINK);
	}
}

/* Has the peer stopped to write to the buffers of this generation? */
static bool edma_peer_quiesced(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 state = edma_peer_state(e, eq);

	return e->peer_dead || (s32)((state >> 1) - eq->gen) > 0 ||
	       state == NTB_EDMA_QP_STATE(eq->gen, NTB_EDMA_QP_DOWN);
}

static void edma_rx_reclaim(struct edma_ctx *e, struct edma_qp *eq)
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
}

/* The peer has ended its DMA to the buffers of this queue, or cannot go on. */
static void edma_wait_peer(struct edma_ctx *e, struct edma_qp *eq)
{
	bool quiet;

	if (!read_poll_timeout(edma_peer_quiesced, quiet, quiet, 100,
			       QUIESCE_TIMEOUT_MS * 1000, false, e, eq) &&
	    !e->peer_dead)
		return;

	if (!e->peer_dead)
		dev_warn(edma_dev(e), "qp %d: peer does not stop, cutting it off\n",
			 eq->qp->qp_num);
	edma_peer_died(e);
	ntb_transport_restart_link(e->nt);
}

/*
 * The link of a queue goes down: end the own DMA, say so, and wait until the
 * peer has ended its own. Only then are the buffers unmapped. A peer that does
 * not answer is cut off, which takes the whole link down.
 */
static void edma_qp_reset(struct ntb_transport_qp *qp)
{
	struct edma_ctx *e = to_edma(qp->transport);
	struct edma_qp *eq;

	if (!e->edma || qp->qp_num >= qp->transport->qp_active)
		return;

	/* The peer said so to the hardware, or is not there to say anything */
	if (ntb_link_is_up(qp->ndev, NULL, NULL) != 1)
		edma_peer_died(e);

	eq = to_edma_qp(qp);
	edma_tx_drain(e, eq);
	if (!e->peer_dead)
		edma_set_state(e, eq, NTB_EDMA_QP_DOWN);
	if (!eq->up)
		return;

	if (!e->peer_dead)
		edma_ring_doorbell(eq);
	edma_wait_peer(e, eq);
	edma_rx_reclaim(e, eq);
	eq->up = false;
	eq->gen++;
	eq->tx_head = 0;
	eq->tx_done = 0;
	eq->rx_posted = 0;
	eq->rx_next = 0;
	own_ctl(e, qp->qp_num)->post_index = 0;
	own_ctl(e, qp->qp_num)->done_index = 0;
}

/* The client leaves the queue: nobody is to think that this side is up. */
static void edma_qp_send_link_down(struct ntb_transport_qp *qp)
{
	guard(mutex)(&qp->transport->link_event_lock);
	guard(mutex)(&qp->link_lock);

	qp->link_is_up = false;
	qp->active = false;
	tasklet_kill(&qp->rxc_db_work);
	edma_qp_reset(qp);
}

/*
 * Look after a queue: doorbells and interrupts may get lost. Returns whether its
 * transfers get on.
 */
static bool edma_qp_check(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 done = READ_ONCE(eq->tx_done);

	if (eq->qp->active)
		tasklet_schedule(&eq->qp->rxc_db_work);

	if (done != eq->tx_seen || done == READ_ONCE(eq->tx_head)) {
		eq->tx_seen = done;
		eq->tx_since = jiffies;
	}

	return time_before(jiffies,
			   eq->tx_since + msecs_to_jiffies(TX_TIMEOUT_MS));
}

static bool edma_qps_check(struct edma_ctx *e)
{
	unsigned int i;

	for (i = 0; i < e->nt->qp_active; i++) {
		if (edma_qp_check(e, &e->qps[i]))
			continue;

		dev_warn(edma_dev(e), "qp %u: DMA does not get on, link goes down\n",
			 i);
		return false;
	}

	return true;
}

/* The peer's life, and that of the queues. */
static void edma_heartbeat(struct work_struct *work)
{
	struct edma_ctx *e = container_of(work, struct edma_ctx,
					  heartbeat.work);
	struct ntb_edma_block __iomem *peer = e->peer;
	struct ntb_edma_block *own = e->block;
	u32 beat;

	if (edma_peer_left(e)) {
		dev_warn(edma_dev(e), "peer has left, link goes down\n");
		ntb_transport_restart_link(e->nt);
		return;
	}

	writel(++e->beat, &peer->heartbeat);

	beat = le32_to_cpu(READ_ONCE(own->heartbeat));
	if (beat != e->peer_beat) {
		e->peer_beat = beat;
		e->peer_seen = jiffies;
	}

	if (time_after(jiffies, e->peer_seen +
				msecs_to_jiffies(PEER_TIMEOUT_MS))) {
		dev_warn(edma_dev(e), "peer is silent, link goes down\n");
		edma_peer_died(e);
		ntb_transport_restart_link(e->nt);
		return;
	}

	if (!edma_qps_check(e)) {
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
		eq->gen = 1;
		eq->tx_seen = 0;
		eq->tx_since = jiffies;
	}

	return 0;
}

static void edma_free_slots(struct edma_ctx *e)
{
	unsigned int i;

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
		edma_peer_died(e);
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

/* Nothing of ours is written to the peer's block after this, nor of its to ours. */
static void edma_say_bye(struct edma_ctx *e)
{
	struct ntb_edma_block __iomem *peer = e->peer;
	struct ntb_edma_block *own = e->block;
	__le32 epoch;

	if (!e->greeted)
		return;

	e->greeted = false;
	e->epoch = 0;
	if (e->peer_dead)
		return;

	writel(0, &peer->epoch);
	ntb_peer_db_set(e->nt->ndev, BIT_ULL(0));
	if (read_poll_timeout(READ_ONCE, epoch, !epoch, 1000,
			      QUIESCE_TIMEOUT_MS * 1000, false, own->epoch)) {
		dev_warn(edma_dev(e), "peer does not leave the session, cutting it off\n");
		edma_peer_died(e);
	}
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
	e->peer_epoch = 0;
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
	edma_link_teardown(e->nt);
	if (err == -EAGAIN)
		return err;

	if (err == -ENOSPC)
		e->failed_epoch = peer_epoch;

	if (!e->nt->mismatch_reported)
		dev_err(edma_dev(e),
			"link stays down: remote eDMA cannot be set up: %pe\n",
			ERR_PTR(err));
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

static int edma_link_setup(struct ntb_transport_ctx *nt)
{
	struct ntb_edma_block __iomem *peer;
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
	if (!peer_epoch || e->failed_epoch || !edma_peer_speaks(e))
		return -EAGAIN;

	/* The peer has started over while we were getting ready for it */
	if (e->peer_epoch && peer_epoch != e->peer_epoch) {
		edma_link_teardown(nt);
		return -EAGAIN;
	}

	peer_state = ntb_spad_read(nt->ndev, SPAD_STATE);
	if (peer_state == STATE_FAILED)
		return edma_peer_failed(e);

	if (!e->peer_epoch) {
		ret = edma_start_rings(e, peer_epoch);
		/* Windows may share a BAR: set them all before the peer uses one */
		if (!ret && ntb_dma_role(nt->ndev) == NTB_DMA_EXPORTER)
			ret = edma_start_dma(e);
		if (ret)
			return edma_give_up(e, peer_epoch, ret);
		edma_publish(e, edma_wanted_state(e));
	}

	if (ntb_spad_read(nt->ndev, SPAD_ACK) != e->epoch ||
	    peer_state < STATE_RINGS)
		return -EAGAIN;

	/* The importer looks when there is something to see */
	if (!e->edma && peer_state == STATE_DMA) {
		ret = edma_start_dma(e);
		if (ret)
			return edma_give_up(e, peer_epoch, ret);
		edma_publish(e, STATE_DMA);
	}

	if (!e->edma || peer_state != STATE_DMA)
		return -EAGAIN;

	peer = e->peer;
	e->greeted = true;
	writel(e->epoch, &peer->epoch);
	e->peer_beat = 0;
	e->peer_seen = jiffies;
	if (le32_to_cpu(READ_ONCE(((struct ntb_edma_block *)e->block)->epoch)) !=
	    e->peer_epoch)
		return -EAGAIN;

	schedule_delayed_work(&e->heartbeat, 0);
	dev_info(edma_dev(e), "remote eDMA: %u queues, %u entries, %u channels\n",
		 nt->qp_active, e->entries, ntb_edma_num_chans(e->edma));

	return 0;
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
	edma_qp_reset(qp);
}

static unsigned int edma_max_size(struct ntb_transport_qp *qp)
{
	return to_edma(qp->transport)->max_size;
}

static void edma_stats_show(struct ntb_transport_qp *qp, struct seq_file *s)
{
	struct edma_qp *eq = to_edma_qp(qp);
	unsigned int i;

	seq_puts(s, "backend: edma\n");
	for (i = 0; i < NR_STATS; i++)
		if (edma_stat_name[i])
			seq_printf(s, "%s: %llu\n", edma_stat_name[i],
				   eq->stats[i]);
	seq_printf(s, "tx_in_flight: %u\n",
		   READ_ONCE(eq->tx_head) - READ_ONCE(eq->tx_done));
	seq_printf(s, "rx_outstanding: %u\n", eq->rx_posted - eq->rx_next);
	seq_printf(s, "tx_free: %u\n", edma_tx_free_entry(qp));
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
	.qp_link_ready = edma_qp_link_ready,
	.qp_reset = edma_qp_reset,
	.qp_send_link_down = edma_qp_send_link_down,
	.tx_enqueue = edma_tx_enqueue,
	.rx_enqueue = edma_rx_enqueue,
	.poll = edma_poll,
	.tx_free_entry = edma_tx_free_entry,
	.max_size = edma_max_size,
	.stats_show = edma_stats_show,
};
