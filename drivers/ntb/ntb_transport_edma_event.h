/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Events of the remote-eDMA transport: when a sender asks to be interrupted, and
 * when a receiver does it. The request is in a record, so that it arrives with
 * what it is about: a word beside the records can be on its way while the
 * receiver, whose posts are on their way too, finds that nobody waits for them.
 *
 * What holds: while a queue is stopped, its last record has EVENT and the sender
 * has not reaped it, or the receiver owes a doorbell, or one is on its way. All of
 * it takes plain values, so that KUnit can run two sides against each other.
 */
#ifndef _NTB_TRANSPORT_EDMA_EVENT_H
#define _NTB_TRANSPORT_EDMA_EVENT_H

#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "ntb_transport_edma_record.h"

/* An event at least for so many bytes: the stack sends on completions */
#define NTB_EDMA_EVENT_BYTES	SZ_64K

/**
 * struct ntb_edma_tx_event - when a sender asks; all 0 for a new generation
 * @bytes: sent since the last record with EVENT
 */
struct ntb_edma_tx_event {
	u32 bytes;
};

/**
 * struct ntb_edma_rx_event - whether a receiver owes a doorbell
 * @owe: it does
 * @most: most buffers that were posted and not used, in this generation
 */
struct ntb_edma_rx_event {
	bool owe;
	u32 most;
};

/**
 * ntb_edma_event_room - does a frame of any size fit?
 * @posts: buffers that the peer has posted and this side has not used
 * @list: transfers that this queue may still add to the engine's list
 * @frame: buffers, and transfers, that the largest frame needs
 *
 * A queue stops when this is false after a packet, and starts when it is true.
 *
 * Return: true if it does.
 */
static inline bool ntb_edma_event_room(u32 posts, u32 list, u32 frame)
{
	return posts >= frame && list >= frame;
}

/**
 * ntb_edma_event_ask - has the last record of a batch to have EVENT?
 * @tx: the sender's state
 * @bytes: bytes in the batch
 * @stops: the queue stops behind it
 *
 * Return: true if it has.
 */
static inline bool ntb_edma_event_ask(struct ntb_edma_tx_event *tx, u32 bytes,
				      bool stops)
{
	tx->bytes += bytes;
	if (!stops && tx->bytes < NTB_EDMA_EVENT_BYTES)
		return false;

	tx->bytes = 0;

	return true;
}

/* A generation begins: the sender waits for the first buffers. */
static inline void ntb_edma_event_open(struct ntb_edma_rx_event *rx)
{
	rx->owe = true;
	rx->most = 0;
}

/* A record of the sender is read. */
static inline void ntb_edma_event_record(struct ntb_edma_rx_event *rx, u8 flags)
{
	rx->owe |= flags & NTB_EDMA_RECORD_EVENT;
}

/**
 * ntb_edma_event_ring - has a doorbell to follow the posts?
 * @rx: the receiver's state
 * @unused: buffers that are posted and that no record has come for
 * @frame: buffers that the largest frame needs
 * @ring: buffers that are posted if all goes well, at least @frame
 *
 * The doorbell waits until a sender that is stopped can go on for a while. What
 * it waits for has been there before, so it comes again, unless the peer's frames
 * need more than was ever posted: then nothing could be sent.
 *
 * Return: true if the caller has to ring, after the posts, their index and
 * consumed. False: it calls this again after the next posts, or by a timer.
 */
static inline bool ntb_edma_event_ring(struct ntb_edma_rx_event *rx, u32 unused,
				       u32 frame, u32 ring)
{
	/* The ring may have become smaller */
	rx->most = min(max(rx->most, unused), ring);
	if (!rx->owe || unused < max(frame, rx->most / 4))
		return false;

	rx->owe = false;

	return true;
}

#endif /* _NTB_TRANSPORT_EDMA_EVENT_H */
