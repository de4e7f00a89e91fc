/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Model of a queue of the remote-eDMA transport in one direction, for KUnit: a
 * sender, its engine and a receiver, around the functions that decide when one
 * asks for an event and the other rings. Each write, record, interrupt and
 * doorbell is an event of its own when it arrives; what a side writes arrives in
 * order. Buffers may be missing when they are to be posted, and the engine may
 * miss the doorbell of a run that is added while it works.
 */
#ifndef _NTB_TRANSPORT_EDMA_EVENT_MODEL_H
#define _NTB_TRANSPORT_EDMA_EVENT_MODEL_H

#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "../ntb_transport_edma_event.h"

#define MAX_FLIGHT	15

#define EPOCH		0xfffffffeu	/* tags wrap */
#define GEN		5u
#define BUFFERS		2u	/* that the receiver has, and slots of a ring */
#define PACKETS		4u
#define BATCH		2u	/* packets of a run, at most */
#define FRAME		1u	/* buffers of a packet */
#define LIST		3u	/* elements of the engine's list */
#define BYTES		(NTB_EDMA_EVENT_BYTES / 4)

#define LAST_OF_RUN	BIT(7)	/* beside the flags of a record */

enum kind { RECORD, INTERRUPT, WANT, POSTS, CONSUMED, DOORBELL };

struct fifo {
	u8 num;
	u8 kind[MAX_FLIGHT];
	u8 value[MAX_FLIGHT];
};

enum sender { SENDS, HAS_TO_STOP, HAS_STOPPED };

enum receiver { IDLE, DUE, READS, ENDS };

/**
 * struct model - a queue, in one direction
 * @tag: of the slots at the receiver
 * @slot: index of the record in each; for the test only
 * @flags: its flags
 * @bytes: of struct ntb_edma_tx_event, in units of BYTES
 * @sender: enum sender
 * @stopped: the client sends nothing
 * @asked: the last record has EVENT
 * @head: packets sent
 * @reaped: of these, known to be received
 * @freed: of these, not in the engine's list any more
 * @due: the sender's poll is to run
 * @posts: the receiver's index of posts, at the sender
 * @consumed: its index of records, at the sender
 * @run: flags of what was sent, and LAST_OF_RUN
 * @done: records that the engine has written
 * @awake: it works on its list
 * @receiver: enum receiver
 * @again: an interrupt came since the poll has started
 * @rx: records read
 * @posted: buffers posted
 * @told: what was written to @consumed last
 * @owe: of struct ntb_edma_rx_event
 * @most: of struct ntb_edma_rx_event
 * @by_word: the sender asks by a word in the receiver's memory, instead of EVENT
 * @want: that word, an index
 * @broken: something went wrong
 * @to_receiver: what is on its way to the receiver
 * @to_sender: what is on its way to the sender
 */
struct model {
	u32 tag[BUFFERS];
	u8 slot[BUFFERS], flags[BUFFERS];
	u8 bytes, sender, stopped, asked, head, reaped, freed, due;
	u8 posts, consumed;
	u8 run[PACKETS];
	u8 done, awake;
	u8 receiver, again, rx, posted, told, owe, most;
	u8 by_word, want, broken;
	struct fifo to_receiver, to_sender;
};

/* Compared and hashed as bytes: no padding */
static_assert(sizeof(struct model) == 8 + 4 + 8 + 2 + PACKETS + 2 + 8 + 2 +
				      2 * sizeof(struct fifo));

static void put(struct fifo *fifo, enum kind kind, u8 value)
{
	fifo->kind[fifo->num] = kind;
	fifo->value[fifo->num++] = value;
}

static bool get(struct fifo *fifo, u8 *kind, u8 *value)
{
	if (!fifo->num)
		return false;

	*kind = fifo->kind[0];
	*value = fifo->value[0];
	memmove(fifo->kind, fifo->kind + 1, MAX_FLIGHT - 1);
	memmove(fifo->value, fifo->value + 1, MAX_FLIGHT - 1);
	fifo->num--;
	fifo->kind[MAX_FLIGHT - 1] = 0;
	fifo->value[MAX_FLIGHT - 1] = 0;

	return true;
}

/* The sender. */

static bool room(const struct model *m)
{
	return ntb_edma_event_room(m->posts - m->head,
				   LIST - (m->head - m->freed), FRAME);
}

/* What the poll, the timer and the second look have in common. */
static void reap(struct model *m)
{
	u32 n;

	if (ntb_edma_pending(m->consumed, m->reaped, m->head - m->reaped, &n))
		m->broken = true;
	m->reaped += n;
	m->freed = m->done;
	if (m->stopped && room(m))
		m->stopped = false;
}

static bool send(struct model *m, u8 n, bool heard)
{
	struct ntb_edma_tx_event tx = { m->bytes * BYTES };
	u8 last;

	if (m->sender != SENDS || m->stopped || (!heard && !m->awake) ||
	    n > PACKETS - m->head || n > (u8)(m->posts - m->head) ||
	    n > LIST - (m->head - m->freed))
		return false;

	m->head += n;
	last = m->head - 1;
	m->asked = ntb_edma_event_ask(&tx, n * BYTES, !room(m)) &&
		   !m->by_word;
	m->bytes = tx.bytes / BYTES;
	m->run[last] = LAST_OF_RUN | (m->asked ? NTB_EDMA_RECORD_EVENT : 0);
	m->awake = heard;
	if (!room(m))
		m->sender = HAS_TO_STOP;

	return true;
}

static bool stop(struct model *m)
{
	if (m->sender != HAS_TO_STOP)
		return false;

	m->sender = HAS_STOPPED;
	m->stopped = true;
	if (m->by_word)
		put(&m->to_receiver, WANT, m->head);

	return true;
}

static bool look(struct model *m)
{
	if (m->sender != HAS_STOPPED)
		return false;

	m->sender = SENDS;
	reap(m);

	return true;
}

static bool tx_poll(struct model *m)
{
	if (!m->due)
		return false;

	m->due = false;
	reap(m);

	return true;
}

static bool tx_timer(struct model *m)
{
	u8 before = m->reaped;

	if (m->reaped == m->head)
		return false;

	reap(m);
	if (m->reaped == before && m->done != m->head)
		m->awake = true;

	return true;
}

static bool tx_arrive(struct model *m)
{
	u8 kind, value;

	if (!get(&m->to_sender, &kind, &value))
		return false;

	if (kind == POSTS)
		m->posts = value;
	else if (kind == CONSUMED)
		m->consumed = value;
	else
		m->due = true;

	return true;
}

static bool engine(struct model *m)
{
	if (!m->awake)
		return false;

	if (m->done == m->head) {
		m->awake = false;
		return true;
	}

	if (m->done >= m->posted)
		m->broken = true;
	put(&m->to_receiver, RECORD, m->done);
	if (m->run[m->done] & LAST_OF_RUN)
		put(&m->to_receiver, INTERRUPT, 0);
	m->done++;

	return true;
}

/* The receiver. */

static bool rx_arrive(struct model *m)
{
	u8 kind, value;

	if (!get(&m->to_receiver, &kind, &value))
		return false;

	switch (kind) {
	case RECORD:
		m->tag[value % BUFFERS] = ntb_edma_tag(EPOCH, GEN, value);
		m->slot[value % BUFFERS] = value;
		m->flags[value % BUFFERS] = m->run[value] & ~LAST_OF_RUN;
		break;
	case WANT:
		m->want = value;
		break;
	default:
		if (m->receiver == IDLE)
			m->receiver = DUE;
		else
			m->again = true;
	}

	return true;
}

static bool next_is_valid(const struct model *m)
{
	return ntb_edma_record_valid(cpu_to_le32(m->tag[m->rx % BUFFERS]),
				     ntb_edma_tag(EPOCH, GEN, m->rx));
}

static bool rx_poll(struct model *m)
{
	struct ntb_edma_rx_event rx = { m->owe, m->most };

	if (m->receiver == DUE) {
		m->receiver = READS;
		m->again = false;
		return true;
	}
	if (m->receiver != READS || !next_is_valid(m))
		return false;

	if (m->slot[m->rx % BUFFERS] != m->rx)
		m->broken = true;
	ntb_edma_event_record(&rx, m->flags[m->rx % BUFFERS]);
	m->owe = rx.owe;
	m->rx++;

	return true;
}

/* Posts, consumed, then the doorbell. */
static void refill(struct model *m, bool works)
{
	struct ntb_edma_rx_event rx = { m->owe, m->most };
	bool wanted;

	if (works && m->posted != m->rx + BUFFERS) {
		m->posted = m->rx + BUFFERS;
		put(&m->to_sender, POSTS, m->posted);
	}
	if (m->told != m->rx)
		put(&m->to_sender, CONSUMED, m->rx);
	m->told = m->rx;

	wanted = m->want && m->rx >= m->want;
	rx.owe |= wanted;
	if (ntb_edma_event_ring(&rx, m->posted - m->rx, FRAME, BUFFERS)) {
		put(&m->to_sender, DOORBELL, 0);
		m->want = 0;
		wanted = false;
	}
	m->owe = rx.owe && !wanted;
	m->most = rx.most;
}

static bool rx_post(struct model *m, bool works)
{
	if (m->receiver != READS || next_is_valid(m))
		return false;

	refill(m, works);
	m->receiver = ENDS;

	return true;
}

static bool rx_end(struct model *m)
{
	if (m->receiver != ENDS)
		return false;

	m->receiver = m->again ? DUE : IDLE;
	m->again = false;

	return true;
}

static bool rx_timer(struct model *m)
{
	if (m->receiver != IDLE ||
	    (!m->owe && (u8)(m->posted - m->rx) == BUFFERS))
		return false;

	refill(m, true);

	return true;
}

static bool send_one(struct model *m)
{
	return send(m, 1, true);
}

static bool send_batch(struct model *m)
{
	return send(m, BATCH, true);
}

static bool send_one_unheard(struct model *m)
{
	return send(m, 1, false);
}

static bool send_batch_unheard(struct model *m)
{
	return send(m, BATCH, false);
}

static bool rx_post_all(struct model *m)
{
	return rx_post(m, true);
}

static bool rx_post_nothing(struct model *m)
{
	return rx_post(m, false);
}

/* Is there room for what one event writes? */
static bool model_has_room(const struct model *m)
{
	return max(m->to_receiver.num, m->to_sender.num) <= MAX_FLIGHT - 3;
}

#endif /* _NTB_TRANSPORT_EDMA_EVENT_MODEL_H */
