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
#include <linux/ntb_transport.h>
#include <linux/types.h>

#include "ntb_transport_edma_event.h"
#include "ntb_transport_edma_ring.h"
#include "ntb_transport_edma_state.h"

struct edma_qp;
struct ntb_transport_qp;

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
	STAT_RX_NO_BUF,
	STAT_RX_BATCHES,
	STAT_POSTED,
	STAT_POST_BATCHES,
	STAT_DOORBELLS,
	STAT_TX_WAKES,
	STAT_TX_WAKE_ERROR,
	STAT_TX_LOOKS,
	STAT_TX_STOPS,
	STAT_REJECT_INDEX,	/* as enum ntb_edma_reject, from here on */
	STAT_REJECT_TAG,
	STAT_REJECT_LEN,
	STAT_REJECT_ADDR,
	STAT_REJECT_STATUS,
	STAT_REJECT_RESERVED,
	STAT_REJECT_IRQ,
	STAT_REJECT_META,
	NR_EDMA_STATS,
};

#define STAT_REJECT(reason) \
	(STAT_REJECT_INDEX + (reason) - NTB_EDMA_REJECT_INDEX)
static_assert(STAT_REJECT(NTB_EDMA_REJECTS) == NR_EDMA_STATS);

/**
 * struct edma_tx_map - part of a packet, mapped
 * @addr: DMA address
 * @len: bytes
 */
struct edma_tx_map {
	dma_addr_t addr;
	unsigned int len;
};

/**
 * struct edma_tx_slot - a buffer of the peer that is being filled
 * @cb: the client's cookie for the packet that ends here, else NULL
 * @maps: number of parts of that packet
 * @packet: bytes of that packet
 * @dst: address of the buffer
 * @len: bytes that go there
 * @failed: the DMA engine could not move them; poll only
 */
struct edma_tx_slot {
	void *cb;
	unsigned int maps;
	unsigned int packet;
	u64 dst;
	unsigned int len;
	bool failed;
};

/**
 * struct edma_lane - one of the DMA channels that a queue sends by
 * @chan: the channel, several queues may share one
 * @cookie: of the last run
 * @known: @cookie when it was known to have ended
 * @head: transfers that were put into the channel's list, wakes left out
 * @freed: of these, known to have ended; poll only
 * @asked: @head when the driver was asked for more room in the list
 * @limit: how many this queue may have there
 */
struct edma_lane {
	struct dma_chan *chan;
	dma_cookie_t cookie;
	dma_cookie_t known;
	u32 head;
	u32 freed;
	u32 asked;
	u32 limit;
};

/**
 * struct edma_run - slots that the DMA engine fills at once
 * @eq: queue they belong to
 * @first: index of the first one
 * @n: number of slots
 * @elements: transfers in the list of its channel
 * @lane: number of that channel in @eq
 * @failed: the DMA engine could not fill them all
 * @ended: it has finished them; published with release semantics
 */
struct edma_run {
	struct edma_qp *eq;
	u32 first;
	u32 n;
	u32 elements;
	u8 lane;
	bool failed;
	bool ended;
};

/**
 * struct edma_qp - a queue
 * @qp: the transport's part
 * @lanes: its DMA channels
 * @num_lanes: number of these
 * @lane: the one of the next run
 * @state: state machine of the queue; under link_lock of @qp, read by the poll,
 *	which runs only while the queue is OPEN
 * @tx_lock: of tx_open, tx_head, tx_run, run_head, map_head, tx_event, tx_unasked,
 *	tx_stopped, list, the lanes and the timer
 * @tx_open: packets are accepted
 * @tx_stopped: there was no room behind the last one, or when the client asked
 * @tx_head: next slot to fill; below it packets are on their way
 * @tx_run: next slot to give to the DMA engine
 * @tx_done: next slot that the peer has not consumed; poll only
 * @tx: transmit slots
 * @maps: what is mapped, in a ring
 * @map_head: next one to use
 * @map_tail: next one to unmap; poll only
 * @runs: runs that were started, in a ring
 * @run_head: next one to use
 * @run_tail: next one that has not ended; poll only
 * @wakes: runs without packets, to interrupt the peer, that have not ended
 * @wake_failed: one of them has failed
 * @tx_event: when the peer is asked for an event
 * @tx_unasked: packets since it was asked for one
 * @list: the next run, as far as it is there
 * @src_end: address behind its last transfer, at this side
 * @dst_end: the same at the peer
 * @wake: template of a run without packets
 * @records: own copies of the records that the engine writes to the peer
 * @records_addr: their DMA address
 * @peer_records: where they go, at the peer
 * @peer_features: what may be said of packets to the peer, 0 without a link
 * @peer_frame: most buffers of one
 * @tx_timer: polls while packets are not known to be consumed, or wakes to have ended
 * @tx_tick: the timer has expired
 * @tx_delay: when it does, in microseconds after it was started
 * @tx_fresh: there was a run since then
 * @tx_looked: @tx_done then; poll only
 * @tx_seen: what had ended or was consumed when it changed last; heartbeat only
 * @tx_stuck: number of checks since then at which nothing more had
 * @tx_sent_seen: packets that had got through at the last check; heartbeat only
 * @tx_failed_seen: slots that had failed then
 * @tx_failed_checks: number of checks with more of these, and no packet sent
 * @tx_done_seen: @tx_done at the last check; heartbeat only
 * @tx_beat_seen: the peer's heartbeat then
 * @tx_unseen_checks: number of checks with another heartbeat at which all transfers
 *	had ended, and no more were consumed
 * @rx_posted: next slot to post a buffer in; poll only, as all of rx
 * @rx_next: next slot to receive from
 * @rx_consumed: the peer knows that so many are received
 * @rx_event: whether the peer is owed a doorbell
 * @rx: buffers that the peer may write to
 * @rx_timer: polls when there was no memory for a buffer
 * @stats: counters; under tx_lock those of busy, batches, wakes, looks and stops, poll
 *	only the others, except those of mapping and of rejects
 */
struct edma_qp {
	struct ntb_transport_qp *qp;
	struct edma_lane lanes[NTB_EDMA_LANES];
	unsigned int num_lanes;
	struct edma_lane *lane;
	struct ntb_edma_state state;

	spinlock_t tx_lock; /* protects the transmitter's part */
	bool tx_open;
	bool tx_stopped;
	u32 tx_head;
	u32 tx_run;
	u32 tx_done;
	struct edma_tx_slot *tx;
	struct edma_tx_map *maps;
	u32 map_head;
	u32 map_tail;
	struct edma_run *runs;
	u32 run_head;
	u32 run_tail;
	atomic_t wakes;
	bool wake_failed;
	struct ntb_edma_tx_event tx_event;
	u32 tx_unasked;
	struct dma_interleaved_template *list;
	u64 src_end;
	u64 dst_end;
	struct dma_interleaved_template *wake;
	struct ntb_edma_record *records;
	dma_addr_t records_addr;
	u64 peer_records;
	u64 peer_features;
	u32 peer_frame;
	struct hrtimer tx_timer;
	bool tx_tick;
	unsigned int tx_delay;
	bool tx_fresh;
	u32 tx_looked;
	u32 tx_seen;
	unsigned int tx_stuck;
	u64 tx_sent_seen;
	u64 tx_failed_seen;
	unsigned int tx_failed_checks;
	u32 tx_done_seen;
	u32 tx_beat_seen;
	unsigned int tx_unseen_checks;

	u32 rx_posted;
	u32 rx_next;
	u32 rx_consumed;
	struct ntb_edma_rx_event rx_event;
	struct ntb_transport_buf *rx;
	struct hrtimer rx_timer;

	u64 stats[NR_EDMA_STATS];
};

#endif /* _NTB_TRANSPORT_EDMA_QP_H */
