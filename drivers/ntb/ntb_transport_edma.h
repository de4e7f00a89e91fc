/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What the files of the remote-eDMA backend share: the session of a device and
 * its queues. Include "ntb_transport_internal.h" first.
 */
#ifndef _NTB_TRANSPORT_EDMA_H
#define _NTB_TRANSPORT_EDMA_H

#include <linux/atomic.h>
#include <linux/dmaengine.h>
#include <linux/hrtimer.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "ntb_transport_edma_qp.h"

/* Memory windows: the rings, and what the endpoint delegates of its engine */
#define EDMA_RING_MW		0
#define EDMA_DMA_MW		1

#define NTB_EDMA_RING_ENTRIES	1024u	/* wished for */

#define PEER_STOP_TIMEOUT_MS	1000	/* a live peer answers by then */

/* The peer's addresses have 64 bits, the DMA engine API may have fewer */
#define PEER_ADDR_MAX	type_max(typeof_member(struct dma_slave_config, dst_addr))

/* Scratchpads of this backend; VERSION and NUM_QPS keep their memcpy meaning. */
enum {
	SPAD_EPOCH = NUM_MWS,	/* session of the writer, 0 while there is none */
	SPAD_ACK,		/* the reader's session that the writer is set up for */
	SPAD_STATE,		/* enum edma_session */
	SPAD_ENTRIES,		/* ring size wished for */
	SPAD_MTU,		/* largest packet that fits its receive buffers */
	SPAD_END,
};

/**
 * enum edma_session - what is set up for the peer
 * @SESSION_NONE: nothing
 * @SESSION_RINGS: slots, and the own block with a window that leads to it
 * @SESSION_DMA: as RINGS, and the DMA channels
 * @SESSION_FAILED: nothing, after a failure that the log explains
 * @SESSION_ENTERED: as DMA, and the own epoch is in the peer's block
 * @SESSION_ACTIVE: as ENTERED, and the peer's epoch is in the own block: queues
 *	can come up
 *
 * The scratchpad SPAD_STATE has the values up to SESSION_FAILED, and SESSION_DMA
 * for the others. Changes under link_event_lock::
 *
 *   NONE to RINGS              the peer's epoch is known
 *   RINGS to DMA               endpoint: at once; host: the peer is at DMA
 *   DMA to ENTERED             the peer is at DMA for our session
 *   ENTERED to ACTIVE          the peer has entered
 *   RINGS .. ACTIVE to NONE    the peer has started over, or the link goes down
 *   NONE .. ENTERED to FAILED  the next step is not possible
 *   FAILED to NONE             the peer has started over, or it is time to retry
 */
enum edma_session {
	SESSION_NONE,
	SESSION_RINGS,
	SESSION_DMA,
	SESSION_FAILED,
	SESSION_ENTERED,
	SESSION_ACTIVE,
};

/**
 * struct edma_ctx - the backend's part of a device
 * @nt: the transport's part
 * @dma_dev: device for DMA mappings
 * @qps: queues, as many as the transport has
 * @max_size: largest packet this side takes
 * @session: what is set up; under link_event_lock, as all up to @peer_size
 * @failed_epoch: the peer's session that SESSION_FAILED is about
 * @retry: when SESSION_FAILED ends by itself, jiffies; 0 if it does not
 * @edma: the DMA engine, from SESSION_DMA on
 * @irqs: number of interrupts for runs of the peer
 * @irq_seq: number of changes of the messages that were published
 * @peer_irq_seq: endpoint: the peer's, as applied
 * @msgs: host: the messages that were published
 * @peer_chans: channels of the peer, 0 until they are known
 * @epoch: own session, 0 if there is none
 * @peer_epoch: the peer's session that this side is set up for
 * @entries: ring size of the session
 * @mtu: largest packet of the last session, 0 before the first; read by clients
 * @block: memory the peer writes
 * @block_addr: its DMA address
 * @block_size: its size
 * @block_set: the memory window leads to it
 * @peer: the peer's block, as seen through the window
 * @peer_size: size of that window
 * @monitor: publishes the heartbeat and polls the peer's
 * @heartbeat: own counter
 * @peer_progress: sum of what the peer moves, when it changed last; monitor only
 * @peer_silent: number of checks since then
 * @fenced: DMA between the sides is impossible, and nobody waits for the peer
 * @unmastered: host: the fence has disabled the endpoint's bus mastering
 */
struct edma_ctx {
	struct ntb_transport_ctx *nt;
	struct device *dma_dev;
	struct edma_qp *qps;
	unsigned int max_size;

	enum edma_session session;
	u32 failed_epoch;
	unsigned long retry;
	struct ntb_edma *edma;
	unsigned int irqs;
	u32 irq_seq;
	u32 peer_irq_seq;
	struct ntb_edma_msgs msgs;
	u32 peer_chans;
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

	struct delayed_work monitor;
	u32 heartbeat;
	u32 peer_progress;
	unsigned int peer_silent;
	bool fenced;
	bool unmastered;
};

static inline struct edma_ctx *to_edma(const struct ntb_transport_ctx *nt)
{
	return nt->backend_priv;
}

static inline struct edma_qp *to_edma_qp(const struct ntb_transport_qp *qp)
{
	return &to_edma(qp->transport)->qps[qp->qp_num];
}

/* Runs that can be on their way, a power of two: as many as their transfers may be. */
static inline u32 edma_run_slots(const struct edma_ctx *e)
{
	return 2 * e->entries;
}

/* Parts of packets that can be mapped, a power of two: more than fill all slots. */
static inline u32 edma_map_slots(const struct edma_ctx *e)
{
	return 4 * e->entries;
}

static inline struct device *edma_dev(const struct edma_ctx *e)
{
	return &e->nt->ndev->pdev->dev;
}

/* Most buffers of a frame that this side takes. */
static inline u32 edma_rx_frame(const struct edma_ctx *e,
				const struct ntb_transport_qp *qp)
{
	return min3(qp->handlers.rx_max_bufs, e->entries,
		    (u32)NTB_TRANSPORT_MAX_BUFS);
}

/* Control words of a queue in the own block, which the peer writes. */
static inline struct ntb_edma_ctl *edma_own_ctl(struct edma_ctx *e,
						unsigned int qp)
{
	return e->block + ntb_edma_ctl_offset(qp, e->entries);
}

static inline u32 edma_peer_word(struct edma_ctx *e, struct edma_qp *eq)
{
	return le32_to_cpu(READ_ONCE(edma_own_ctl(e, eq->qp->qp_num)->state));
}

/*
 * The peer can write to the slots of its rings at any time: they are read once,
 * and what is validated is what is used.
 */
static inline void ntb_edma_read_slot(void *copy, const void *slot, size_t size)
{
	memcpy(copy, slot, size);
	/* The compiler has no reason to read the slot again */
	barrier();
}

/* Has the peer left the session that this side is set up for? */
static inline bool edma_peer_left(struct edma_ctx *e)
{
	struct ntb_edma_block *own = e->block;

	return le32_to_cpu(READ_ONCE(own->epoch)) != e->peer_epoch;
}

/* ntb_transport_edma_peer.c */
void ntb_edma_peer_fence(struct edma_ctx *e);
bool ntb_edma_peer_gone(struct edma_ctx *e);
void ntb_edma_peer_check(struct edma_ctx *e);
void ntb_edma_peer_write_epoch(struct edma_ctx *e, u32 epoch);
void ntb_edma_peer_write_heartbeat(struct edma_ctx *e);
void ntb_edma_peer_write_irq(struct edma_ctx *e,
			     const struct ntb_edma_block_irq *irq);
void ntb_edma_peer_write_word(struct edma_ctx *e, unsigned int qp, u32 word);
void ntb_edma_peer_write_offer(struct edma_ctx *e, unsigned int qp, u32 word);
struct ntb_edma_ctl __iomem *ntb_edma_peer_ctl(struct edma_ctx *e,
					       unsigned int qp);
void ntb_edma_peer_ring(struct edma_ctx *e, unsigned int qp);

/* ntb_transport_edma_irq.c */
int ntb_edma_irq_init(struct edma_ctx *e);
void ntb_edma_irq_publish(struct edma_ctx *e);
int ntb_edma_irq_apply(struct edma_ctx *e);
void ntb_edma_irq_share(struct edma_ctx *e, struct edma_qp *eq);
void ntb_edma_irq_unmask(struct edma_ctx *e, struct edma_qp *eq);

/* ntb_transport_edma_stats.c */
extern const struct ntb_transport_stat ntb_edma_stats[NR_EDMA_STATS];

void ntb_edma_stats_reject(struct edma_qp *eq, enum ntb_edma_reject reason);

/* ntb_transport_edma_tx.c */
bool ntb_edma_tx_room(struct ntb_transport_qp *qp);
bool ntb_edma_tx_waits(struct edma_ctx *e, struct edma_qp *eq);
int ntb_edma_tx_enqueue(struct ntb_transport_qp *qp, void *cb,
			const struct ntb_transport_buf *bufs, unsigned int num,
			const struct virtio_net_hdr *hdr, unsigned int flags);
void ntb_edma_tx_flush(struct ntb_transport_qp *qp);
void ntb_edma_tx_unmap(struct edma_ctx *e, struct edma_qp *eq, u32 index,
		       u32 end);
void ntb_edma_tx_check(struct edma_ctx *e, struct edma_qp *eq);
enum ntb_edma_reject ntb_edma_tx_open(struct edma_ctx *e, struct edma_qp *eq);
void ntb_edma_tx_close(struct edma_ctx *e, struct edma_qp *eq);

/* ntb_transport_edma_reap.c */
void ntb_edma_reap_consumed(struct edma_ctx *e, struct edma_qp *eq);
void ntb_edma_reap_init_timer(struct edma_qp *eq);
void ntb_edma_reap_arm_timer(struct edma_qp *eq);
void ntb_edma_reap_tick(struct edma_qp *eq);
void ntb_edma_reap_abort(struct edma_ctx *e, struct edma_qp *eq);

/* ntb_transport_edma_lane.c */
int ntb_edma_lane_attach(struct edma_ctx *e, struct edma_qp *eq, u32 min,
			 u32 spare);
u32 ntb_edma_lane_listed(const struct edma_lane *lane);
void ntb_edma_lane_free(struct edma_lane *lane, u32 elements);
void ntb_edma_lane_choose(struct edma_qp *eq);
bool ntb_edma_lane_submit(struct edma_qp *eq, struct edma_lane *lane,
			  struct dma_interleaved_template *list,
			  dma_async_tx_callback_result callback, void *param);
bool ntb_edma_lane_look(struct edma_qp *eq, struct edma_lane *lane);
bool ntb_edma_lane_look_all(struct edma_qp *eq);
bool ntb_edma_lane_known_idle(const struct edma_qp *eq);
u32 ntb_edma_lane_ended(const struct edma_qp *eq);
bool ntb_edma_lane_stop(struct edma_qp *eq);
void ntb_edma_lane_reset(struct edma_qp *eq);

/* ntb_transport_edma_run.c */
int ntb_edma_run_init(struct edma_ctx *e, struct edma_qp *eq);
void ntb_edma_run_exit(struct edma_ctx *e, struct edma_qp *eq);
int ntb_edma_run_attach(struct edma_ctx *e);
u32 ntb_edma_run_room(struct edma_qp *eq);
bool ntb_edma_run_full(const struct edma_qp *eq);
void ntb_edma_run_add(struct edma_ctx *e, struct edma_qp *eq, u32 n, u32 num);
void ntb_edma_run_start(struct edma_ctx *e, struct edma_qp *eq, bool asks);
void ntb_edma_run_drop(struct edma_ctx *e, struct edma_qp *eq);
bool ntb_edma_run_wake(struct edma_ctx *e, struct edma_qp *eq);

/* ntb_transport_edma_done.c */
bool ntb_edma_done_by_cpu(void);
void ntb_edma_done_run(struct edma_run *run, bool failed);
void ntb_edma_done_callback(void *param, const struct dmaengine_result *res);
void ntb_edma_done_wake(void *param, const struct dmaengine_result *res);
bool ntb_edma_done_collect(struct edma_ctx *e, struct edma_qp *eq);
bool ntb_edma_done_idle(struct edma_ctx *e, struct edma_qp *eq);
void ntb_edma_done_reset(struct edma_qp *eq);

/* ntb_transport_edma_rx.c */
void ntb_edma_rx_offer(struct edma_ctx *e, struct edma_qp *eq);
int ntb_edma_rx_complete(struct edma_ctx *e, struct edma_qp *eq, int budget);
bool ntb_edma_rx_pending(struct edma_ctx *e, struct edma_qp *eq);
void ntb_edma_rx_init_timer(struct edma_qp *eq);
void ntb_edma_rx_close(struct edma_qp *eq);
bool ntb_edma_rx_post(struct edma_ctx *e, struct edma_qp *eq);
void ntb_edma_rx_reclaim(struct edma_ctx *e, struct edma_qp *eq);

/* ntb_transport_edma_queue.c */
int ntb_edma_qp_poll(struct ntb_transport_qp *qp, int budget);
bool ntb_edma_qp_poll_end(struct ntb_transport_qp *qp);
u32 ntb_edma_qp_progress(struct edma_ctx *e, unsigned int qp);
const char *ntb_edma_qp_check(struct edma_ctx *e, unsigned int qp);

/* ntb_transport_edma_link.c */
bool ntb_edma_link_ready(struct ntb_transport_qp *qp);
void ntb_edma_link_reset(struct ntb_transport_qp *qp);

/* ntb_transport_edma_block.c */
int ntb_edma_block_alloc_slots(struct edma_ctx *e);
void ntb_edma_block_free_slots(struct edma_ctx *e);
int ntb_edma_block_set(struct edma_ctx *e);
void ntb_edma_block_free(struct edma_ctx *e);

/* ntb_transport_edma_monitor.c */
void ntb_edma_monitor_init(struct edma_ctx *e);
void ntb_edma_monitor_start(struct edma_ctx *e);
void ntb_edma_monitor_stop(struct edma_ctx *e);

/* ntb_transport_edma_session.c */
int ntb_edma_session_setup(struct ntb_transport_ctx *nt);
void ntb_edma_session_teardown(struct ntb_transport_ctx *nt);

#endif /* _NTB_TRANSPORT_EDMA_H */
