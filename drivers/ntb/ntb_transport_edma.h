/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What the files of the remote-eDMA backend share: the state of a session and
 * that of its queues. Include "ntb_transport_internal.h" first.
 */
#ifndef _NTB_TRANSPORT_EDMA_H
#define _NTB_TRANSPORT_EDMA_H

#include <linux/dmaengine.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "ntb_transport_edma_ring.h"
#include "ntb_transport_edma_state.h"

struct ntb_edma;

#define QUIESCE_TIMEOUT_MS	1000	/* the peer's, if it is alive */

/* Counters of a queue; the names are in ntb_edma_stats[]. */
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
	STAT_REJECT_INDEX,	/* as enum ntb_edma_reject, from here on */
	STAT_REJECT_TAG,
	STAT_REJECT_LEN,
	STAT_REJECT_ADDR,
	STAT_REJECT_STATUS,
	STAT_REJECT_RESERVED,
	NR_STATS,
};

#define STAT_REJECT(reason) \
	(STAT_REJECT_INDEX + (reason) - NTB_EDMA_REJECT_INDEX)

static_assert(STAT_REJECT(NTB_EDMA_REJECTS) == NR_STATS);

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
 * @link: state machine of the queue; under link_lock of @qp, read by the poll
 *	tasklet, which runs only while the queue is OPEN
 * @tx_lock: protects @tx_head and @tx_open
 * @tx_open: packets are accepted
 * @tx_head: next slot to send from; below it packets are on their way
 * @tx_done: next slot to report to the peer; poll only
 * @tx: transmit slots
 * @tx_seen: @tx_done when it changed last; heartbeat only
 * @tx_stuck: at how many checks since then transfers had not ended
 * @rx_posted: next slot to post a buffer in; poll only, as all of rx
 * @rx_next: next slot to receive from
 * @rx: receive slots
 * @stats: counters; poll only, except STAT_TX_BUSY and STAT_TX_MAP_ERROR, which
 *	are the transmitter's, and those of what was refused
 */
struct edma_qp {
	struct ntb_transport_qp *qp;
	struct dma_chan *chan;
	struct ntb_edma_link link;

	spinlock_t tx_lock; /* protects tx_head and tx_open */
	bool tx_open;
	u32 tx_head;
	u32 tx_done;
	struct edma_tx_slot *tx;
	u32 tx_seen;
	unsigned int tx_stuck;

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
 * @peer_signs: the peer's signs of life when they changed last
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
	u32 peer_signs;
	unsigned long peer_seen;
	bool peer_dead;
	bool greeted;
	u32 failed_epoch;
	unsigned long retry;
};

static inline struct edma_ctx *to_edma(const struct ntb_transport_ctx *nt)
{
	return nt->backend_priv;
}

static inline struct edma_qp *to_edma_qp(const struct ntb_transport_qp *qp)
{
	return &to_edma(qp->transport)->qps[qp->qp_num];
}

static inline struct device *edma_dev(const struct edma_ctx *e)
{
	return &e->nt->ndev->pdev->dev;
}

/*
 * May the peer's block be written to? Whoever does so holds the RCU read lock,
 * which ntb_edma_peer_died() waits for.
 */
static inline bool edma_peer_writable(const struct edma_ctx *e)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "peer may be cut off meanwhile");

	return !READ_ONCE(e->peer_dead);
}

/* Does the peer not use the session any more that this side knows it by? */
static inline bool edma_peer_left(struct edma_ctx *e)
{
	struct ntb_edma_block *own = e->block;

	return le32_to_cpu(READ_ONCE(own->epoch)) != e->peer_epoch;
}

/* ntb_transport_edma.c */
void ntb_edma_peer_died(struct edma_ctx *e);

/* ntb_transport_edma_queue.c */
extern const struct ntb_transport_stat ntb_edma_stats[NR_STATS];

const void *ntb_edma_stats_base(const struct ntb_transport_qp *qp);
void ntb_edma_state_show(struct ntb_transport_qp *qp, struct seq_file *s);
unsigned int ntb_edma_tx_free_entry(struct ntb_transport_qp *qp);
int ntb_edma_tx_enqueue(struct ntb_transport_qp *qp, void *cb, void *data,
			unsigned int len);
void ntb_edma_rx_enqueue(struct ntb_transport_qp *qp,
			 struct ntb_queue_entry *entry);
void ntb_edma_poll(struct ntb_transport_qp *qp);
bool ntb_edma_qp_link_ready(struct ntb_transport_qp *qp);
void ntb_edma_qp_reset(struct ntb_transport_qp *qp);
void ntb_edma_qp_send_link_down(struct ntb_transport_qp *qp);
u32 ntb_edma_qp_signs(struct edma_ctx *e, unsigned int qp);
bool ntb_edma_qps_check(struct edma_ctx *e);

#endif /* _NTB_TRANSPORT_EDMA_H */
