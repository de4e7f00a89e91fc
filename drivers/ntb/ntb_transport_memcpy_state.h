/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * State machine of a queue that copies: how the two sides agree that a queue is
 * up while each sees the other's state word late.
 *
 * The frames in a ring do not tell which link of the queue they belong to, so no
 * side may send before the peer has cleaned its ring, and a side cleans its ring
 * only when the peer has stopped sending. A word names the incarnation of its
 * writer and the incarnation of the peer for which the writer has cleaned its
 * ring; a queue is up when the words of both sides name each other.
 *
 * All of it takes plain values, so that KUnit can run two of them against each
 * other.
 */
#ifndef _NTB_TRANSPORT_MEMCPY_STATE_H
#define _NTB_TRANSPORT_MEMCPY_STATE_H

#include <linux/types.h>

/*
 * A word has eight bits: the incarnation of the writer and that of the peer, 0
 * for none. An incarnation ends when the writer stops sending. 15 is left out, as
 * a device that is gone reads as ones.
 */
#define NTB_MEMCPY_LAST_INC		14
#define NTB_MEMCPY_WORD(inc, ack)	((inc) | (ack) << 4)
#define NTB_MEMCPY_INC(word)		((word) & 0xf)
#define NTB_MEMCPY_ACK(word)		((word) >> 4 & 0xf)

/**
 * enum ntb_memcpy_phase - where a queue is
 * @NTB_MEMCPY_IDLE: nothing is sent, and the ring is not ready for the peer
 * @NTB_MEMCPY_OFFERED: the ring is clean for an incarnation of the peer, which
 *	may send; nothing is sent from here
 * @NTB_MEMCPY_OPEN: the peer's ring is clean for this incarnation, too
 */
enum ntb_memcpy_phase {
	NTB_MEMCPY_IDLE,
	NTB_MEMCPY_OFFERED,
	NTB_MEMCPY_OPEN,
};

/**
 * struct ntb_memcpy_link - one side of the link of a queue
 * @phase: where the queue is
 * @inc: own incarnation, 1 to NTB_MEMCPY_LAST_INC
 * @ack: incarnation of the peer for which the ring is clean, 0 if none
 */
struct ntb_memcpy_link {
	u8 phase;
	u8 inc;
	u8 ack;
};

static inline u8 ntb_memcpy_next_inc(u8 inc)
{
	return inc < NTB_MEMCPY_LAST_INC ? inc + 1 : 1;
}

/* Own state word */
static inline u8 ntb_memcpy_link_word(const struct ntb_memcpy_link *link)
{
	return NTB_MEMCPY_WORD(link->inc, link->ack);
}

/**
 * ntb_memcpy_link_init - a queue of a device that was just found
 * @link: state
 * @peer: the peer's word as seen now, which can be older than this device
 */
static inline void ntb_memcpy_link_init(struct ntb_memcpy_link *link, u8 peer)
{
	u8 ack = NTB_MEMCPY_ACK(peer);

	link->phase = NTB_MEMCPY_IDLE;
	link->inc = ack > NTB_MEMCPY_LAST_INC ? 1 : ntb_memcpy_next_inc(ack);
	link->ack = 0;
}

/**
 * ntb_memcpy_link_offer - the client waits: is there a peer to get ready for?
 * @link: state, IDLE or OFFERED
 * @peer: the peer's word as seen now
 *
 * Return: true if the caller has to clean the ring before it publishes its word.
 */
static inline bool ntb_memcpy_link_offer(struct ntb_memcpy_link *link, u8 peer)
{
	u8 inc = NTB_MEMCPY_INC(peer);

	if (!inc || inc > NTB_MEMCPY_LAST_INC || inc == link->ack)
		return false;

	link->phase = NTB_MEMCPY_OFFERED;
	link->ack = inc;

	return true;
}

/* Do the words name each other? */
static inline bool ntb_memcpy_link_peer_open(const struct ntb_memcpy_link *link,
					     u8 peer)
{
	return peer == NTB_MEMCPY_WORD(link->ack, link->inc);
}

/**
 * ntb_memcpy_link_open - is the peer ready, too?
 * @link: state, OPEN afterwards if so
 * @peer: the peer's word as seen before the own word was published
 *
 * Return: true if the queue is up.
 */
static inline bool ntb_memcpy_link_open(struct ntb_memcpy_link *link, u8 peer)
{
	if (link->phase != NTB_MEMCPY_OFFERED ||
	    !ntb_memcpy_link_peer_open(link, peer))
		return false;

	link->phase = NTB_MEMCPY_OPEN;

	return true;
}

/**
 * ntb_memcpy_link_leave - the client leaves, or the peer has left
 * @link: state, IDLE afterwards
 *
 * Nothing is sent any more; the caller publishes the word. The peer may be up as
 * soon as it has seen an offer, so an offer ends an incarnation as well.
 */
static inline void ntb_memcpy_link_leave(struct ntb_memcpy_link *link)
{
	if (link->phase != NTB_MEMCPY_IDLE)
		link->inc = ntb_memcpy_next_inc(link->inc);
	link->phase = NTB_MEMCPY_IDLE;
	link->ack = 0;
}

#endif /* _NTB_TRANSPORT_MEMCPY_STATE_H */
