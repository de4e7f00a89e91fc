/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * State machine of a queue of the remote-eDMA transport: how the two sides bring
 * a queue up and take it down while each sees the other's state word late.
 *
 * All of it takes plain values, so that KUnit can run two of them against each
 * other. Documentation/driver-api/ntb.rst has the table.
 */
#ifndef _NTB_TRANSPORT_EDMA_STATE_H
#define _NTB_TRANSPORT_EDMA_STATE_H

#include <linux/types.h>

/*
 * State word of a queue: a generation and DOWN or UP. A side writes DOWN when it
 * does not access the peer's buffers of that generation any more, and UP when it
 * is ready for the generation. Its words only ever advance: UP(g), DOWN(g),
 * UP(g + 1) and so on, where any of them may be skipped.
 */
#define NTB_EDMA_QP_DOWN	0u
#define NTB_EDMA_QP_UP		1u
#define NTB_EDMA_QP_WORD(gen, up)	((gen) << 1 | (up))
#define NTB_EDMA_QP_GEN(word)		((word) >> 1)

/**
 * enum ntb_edma_phase - where a queue is
 * @NTB_EDMA_IDLE: the word is DOWN; nothing of the generation is in use
 * @NTB_EDMA_OFFERED: the word is UP; the peer's UP is not seen yet
 * @NTB_EDMA_OPEN: both words are UP; buffers are posted and packets are sent
 * @NTB_EDMA_CLOSING: the word is DOWN; the peer may still write to posted buffers
 */
enum ntb_edma_phase {
	NTB_EDMA_IDLE,
	NTB_EDMA_OFFERED,
	NTB_EDMA_OPEN,
	NTB_EDMA_CLOSING,
};

/**
 * struct ntb_edma_state - one side of a queue; all 0 for a new session
 * @phase: where the queue is
 * @gen: generation of the own word, 31 bits
 */
struct ntb_edma_state {
	enum ntb_edma_phase phase;
	u32 gen;
};

/* Own state word. */
static inline u32 ntb_edma_state_word(const struct ntb_edma_state *state)
{
	bool up = state->phase == NTB_EDMA_OFFERED ||
		  state->phase == NTB_EDMA_OPEN;

	return NTB_EDMA_QP_WORD(state->gen, up ? NTB_EDMA_QP_UP :
						NTB_EDMA_QP_DOWN);
}

/* Has the peer left generation @gen, or never been in it, for good? */
static inline bool ntb_edma_word_past(u32 word, u32 gen)
{
	/* 31 bits, compared across the wrap */
	s32 ahead = (s32)((NTB_EDMA_QP_GEN(word) - gen) << 1);

	return ahead > 0 || word == NTB_EDMA_QP_WORD(gen, NTB_EDMA_QP_DOWN);
}

/**
 * ntb_edma_state_offer - the client waits: which generation can be next?
 * @state: state, IDLE or OFFERED before and OFFERED after
 * @peer: the peer's word as seen now
 *
 * Each offer of a side is a new generation. A generation that the peer has left
 * does not come up any more, so it is skipped: the peer may wait for just that
 * before it reclaims its buffers.
 *
 * Return: true if the caller has to publish the offer: first zero for both of
 * its indices in the peer's block, then its word.
 */
static inline bool ntb_edma_state_offer(struct ntb_edma_state *state, u32 peer)
{
	bool news = state->phase == NTB_EDMA_IDLE;
	u32 gen = state->gen + news;

	if (ntb_edma_word_past(peer, gen)) {
		gen = NTB_EDMA_QP_GEN(peer) + !(peer & NTB_EDMA_QP_UP);
		news = true;
	}

	state->phase = NTB_EDMA_OFFERED;
	state->gen = gen & (U32_MAX >> 1);

	return news;
}

/**
 * ntb_edma_state_open - has the peer offered the same generation?
 * @state: state, OPEN afterwards if so
 * @peer: the peer's word as seen now
 *
 * Return: true if the queue is up.
 */
static inline bool ntb_edma_state_open(struct ntb_edma_state *state, u32 peer)
{
	if (state->phase != NTB_EDMA_OFFERED ||
	    peer != NTB_EDMA_QP_WORD(state->gen, NTB_EDMA_QP_UP))
		return false;

	state->phase = NTB_EDMA_OPEN;

	return true;
}

/* Is the peer still in the generation of an OPEN queue? */
static inline bool
ntb_edma_state_peer_open(const struct ntb_edma_state *state, u32 peer)
{
	return peer == NTB_EDMA_QP_WORD(state->gen, NTB_EDMA_QP_UP);
}

/**
 * ntb_edma_state_leave - the queue goes down
 * @state: state; IDLE or CLOSING afterwards
 *
 * The caller has ended its own DMA of this generation. Only a queue that was
 * OPEN has buffers posted, and is CLOSING after this until
 * ntb_edma_state_peer_done().
 *
 * Return: true if the caller has to publish its word.
 */
static inline bool ntb_edma_state_leave(struct ntb_edma_state *state)
{
	switch (state->phase) {
	case NTB_EDMA_OFFERED:
		state->phase = NTB_EDMA_IDLE;
		return true;
	case NTB_EDMA_OPEN:
		state->phase = NTB_EDMA_CLOSING;
		return true;
	default:
		return false;
	}
}

/**
 * ntb_edma_state_peer_done - may the buffers of a CLOSING queue be reclaimed?
 * @state: state
 * @peer: the peer's word as seen now
 *
 * Return: true if the peer does not write to them any more.
 */
static inline bool
ntb_edma_state_peer_done(const struct ntb_edma_state *state, u32 peer)
{
	return ntb_edma_word_past(peer, state->gen);
}

/* The buffers of a CLOSING queue are reclaimed. */
static inline void ntb_edma_state_reclaimed(struct ntb_edma_state *state)
{
	if (state->phase == NTB_EDMA_CLOSING)
		state->phase = NTB_EDMA_IDLE;
}

#endif /* _NTB_TRANSPORT_EDMA_STATE_H */
