/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A queue of the remote-eDMA backend: its packets and buffers on their way, the
 * runs of the DMA engine that they belong to, and its counters.
 */
#ifndef _NTB_TRANSPORT_EDMA_QP_H
#define _NTB_TRANSPORT_EDMA_QP_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/dmaengine.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "ntb_transport_edma_event.h"
#include "ntb_transport_edma_state.h"

struct edma_qp;
struct ntb_queue_entry;
struct ntb_transport_qp;

#define RUN_MAX			64u	/* packets of a run */

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
	STAT_TX_WAKES,
	STAT_TX_WAKE_ERROR,
	STAT_TX_LOOKS,
	STAT_REJECT_INDEX,	/* as enum ntb_edma_reject, from here on */
	STAT_REJECT_TAG,
	STAT_REJECT_LEN,
	STAT_REJECT_ADDR,
	STAT_REJECT_STATUS,
	STAT_REJECT_RESERVED,
	STAT_REJECT_IRQ,
	NR_STATS,
};

#define STAT_REJECT(reason) \
	(STAT_REJECT_INDEX + (reason) - NTB_EDMA_REJECT_INDEX)
static_assert(STAT_REJECT(NTB_EDMA_REJECTS) == NR_STATS);

/**
 * struct edma_tx_slot - a packet on its way
 * @cb: the client's cookie
 * @addr: DMA address of the data
 * @dst: address of the buffer that the peer has posted
 * @len: bytes
 * @failed: the DMA engine could not move it; poll only
 */
struct edma_tx_slot {
	void *cb;
	dma_addr_t addr;
	u64 dst;
	unsigned int len;
	bool failed;
};

/**
 * struct edma_run - packets that the DMA engine moves at once
 * @eq: queue they belong to
 * @first: index of the first one
 * @n: number of packets
 * @failed: the DMA engine could not move them all
 * @ended: it has finished them; published with release semantics
 */
struct edma_run {
	struct edma_qp *eq;
	u32 first;
	u32 n;
	bool failed;
	bool ended;
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
 * @qp: the transport's part
 * @chan: DMA channel, several queues may share one
 * @state: state machine of the queue; under link_lock of @qp, read by the poll
 *	tasklet, which runs only while the queue is OPEN
 * @tx_lock: of tx_open, tx_head, tx_run, run_head, tx_event, tx_cookie, tx_known,
 *	list and the timer
 * @tx_open: packets are accepted
 * @tx_head: next slot to send from; below it packets are on their way
 * @tx_run: next slot to give to the DMA engine
 * @tx_freed: next slot that the engine's list may still have; poll only
 * @tx_limit: packets from @tx_freed on that this queue may have there
 * @tx_asked: @tx_head when the driver was asked for more room in the list
 * @tx_done: next slot that the peer has not consumed; poll only
 * @tx: transmit slots
 * @runs: runs that were started, in a ring
 * @run_head: next one to use
 * @run_tail: next one that has not ended; poll only
 * @wakes: runs without packets, to interrupt the peer, that have not ended
 * @wake_failed: one of them has failed
 * @tx_event: when the peer is asked for an event
 * @tx_cookie: of the last run
 * @tx_known: @tx_cookie when it was known to have ended
 * @list: template of a run
 * @records: own copies of the records that the engine writes to the peer
 * @records_addr: their DMA address
 * @peer_records: where they go, at the peer
 * @tx_timer: polls while packets are not known to be consumed, or wakes to have ended
 * @tx_tick: the timer has expired
 * @tx_delay: when it does, in microseconds after it was started
 * @tx_fresh: there was a run since then
 * @tx_looked: @tx_done then; poll only
 * @tx_seen: what had ended or was consumed when it changed last; heartbeat only
 * @tx_stuck: number of checks since then at which nothing more had
 * @rx_posted: next slot to post a buffer in; poll only, as all of rx
 * @rx_next: next slot to receive from
 * @rx_consumed: the peer knows that so many are received
 * @rx_event: whether the peer is owed a doorbell
 * @rx: receive slots
 * @stats: counters; under tx_lock those of busy, batches, wakes and looks, poll only
 *	the others, except those of mapping and of rejects
 */
struct edma_qp {
	struct ntb_transport_qp *qp;
	struct dma_chan *chan;
	struct ntb_edma_state state;

	spinlock_t tx_lock; /* protects the transmitter's part */
	bool tx_open;
	u32 tx_head;
	u32 tx_run;
	u32 tx_freed;
	u32 tx_limit;
	u32 tx_asked;
	u32 tx_done;
	struct edma_tx_slot *tx;
	struct edma_run *runs;
	u32 run_head;
	u32 run_tail;
	atomic_t wakes;
	bool wake_failed;
	struct ntb_edma_tx_event tx_event;
	dma_cookie_t tx_cookie;
	dma_cookie_t tx_known;
	struct dma_interleaved_template *list;
	struct ntb_edma_record *records;
	dma_addr_t records_addr;
	u64 peer_records;
	struct hrtimer tx_timer;
	bool tx_tick;
	unsigned int tx_delay;
	bool tx_fresh;
	u32 tx_looked;
	u32 tx_seen;
	unsigned int tx_stuck;

	u32 rx_posted;
	u32 rx_next;
	u32 rx_consumed;
	struct ntb_edma_rx_event rx_event;
	struct edma_rx_slot *rx;

	u64 stats[NR_STATS];
};

#endif /* _NTB_TRANSPORT_EDMA_QP_H */
