// SPDX-License-Identifier: GPL-2.0
/* The two directions of the link: see link.h. */
#include "link.h"

#define FS_PER_NS	1000000u

/* GT/s and the encoding of each generation, as bits on the wire for bits of data. */
static const struct {
	unsigned int mt, data, wire;
} generation[] = {
	{ 0, 0, 0 },
	{ 2500, 8, 10 }, { 5000, 8, 10 }, { 8000, 128, 130 }, { 16000, 128, 130 },
	{ 32000, 128, 130 },
};

/**
 * link_init() - nothing was sent yet
 * @l:		receives it
 * @clock:	what time it is
 * @board:	what it costs; not used on the wall clock
 */
void link_init(struct link *l, struct clock *clock, const struct board *board)
{
	*l = (struct link){ .clock = clock, .board = board };
	if (!clock->timed)
		return;
	/* 8 bits take 8000 / MT/s ns on one lane. */
	l->byte_fs = 8000ull * FS_PER_NS * generation[board->link_gen].wire /
		     ((uint64_t)generation[board->link_gen].mt *
		      generation[board->link_gen].data * board->link_lanes);
	l->byte_fs = l->byte_fs * 1000 / (1000 - board->dllp_permille);
	l->lane[LINK_DOWN].latency = board->latency_down;
	l->lane[LINK_UP].latency = board->latency_up;
}

/** link_ready() - when everything that was sent so far in a direction has left, to the next ns */
uint64_t link_ready(const struct link *l, enum link_dir dir)
{
	uint64_t t = (l->lane[dir].busy_fs + FS_PER_NS / 2) / FS_PER_NS;

	return t > l->clock->now ? t : l->clock->now;
}

/**
 * link_send() - TLPs go out as soon as those before them have
 * @l:		the link
 * @dir:	direction
 * @what:	what they are, for the trace
 * @header:	bytes of the header of each
 * @payload:	bytes of payload of all
 * @tlps:	how many
 *
 * Return: when the last of them is there, ns.
 */
uint64_t link_send(struct link *l, enum link_dir dir, const char *what, unsigned int header,
		   uint64_t payload, uint64_t tlps)
{
	struct link_lane *lane = &l->lane[dir];
	uint64_t wire, now_fs, from;

	if (!l->clock->timed)
		return l->clock->now;
	wire = payload + tlps * (header + l->board->framing);
	now_fs = l->clock->now * FS_PER_NS;
	/* Whoever waited for the lane comes up to 1 ns late: that is no gap on the wire. */
	if (lane->busy_fs + FS_PER_NS <= now_fs)
		lane->busy_fs = now_fs;
	from = lane->busy_fs / FS_PER_NS;
	lane->busy_fs += wire * l->byte_fs;
	lane->wire += wire;
	lane->payload += payload;
	lane->tlps += tlps;
	if (l->note)
		l->note(l->arg, dir, what, from, link_ready(l, dir), payload);
	return link_ready(l, dir) + lane->latency;
}

/* Completions for @len bytes at @addr: cut at multiples of RCB, none above MPS. */
static uint64_t completions(const struct board *b, uint64_t addr, uint64_t len)
{
	uint64_t n = 0, part;

	while (len) {
		part = b->mps - addr % b->rcb;
		n++;
		if (part >= len)
			break;
		addr += part;
		len -= part;
	}
	return n ? n : 1;
}

/**
 * link_read_back() - the completions of a read request go out
 * @l:		the link
 * @dir:	direction of the completions
 * @addr:	address that was read, for the cuts
 * @len:	bytes
 *
 * Return: when the last of them is there, ns.
 */
uint64_t link_read_back(struct link *l, enum link_dir dir, uint64_t addr, uint64_t len)
{
	if (!l->clock->timed)
		return l->clock->now;
	return link_send(l, dir, "CplD", LINK_HEADER_CPL, len, completions(l->board, addr, len));
}

/**
 * link_store_wait() - how long a CPU waits for credits before its next store, ns
 * @l:		the link
 * @dir:	direction of the stores
 */
uint64_t link_store_wait(const struct link *l, enum link_dir dir)
{
	uint64_t ahead = link_ready(l, dir) - l->clock->now;
	uint64_t may = l->clock->timed ? l->board->posted_credits * l->byte_fs / FS_PER_NS : 0;

	return ahead > may ? ahead - may : 0;
}
