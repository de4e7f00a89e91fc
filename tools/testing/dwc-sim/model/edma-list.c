// SPDX-License-Identifier: GPL-2.0
/* eDMA: the linked list of a channel: its elements, read ahead or not, its links, its end. */
#include <string.h>

#include "edma.h"
#include "fabric.h"
#include "report.h"
#include "sim.h"

/* More link elements in a row than this, and the list leads nowhere. */
#define MAX_LINKS	2

static uint32_t control(const struct edma_read_ahead *e)
{
	return (uint32_t)get_le(e->raw, 4);
}

/* Of a data element: it is not there yet. */
static bool is_end(uint32_t ctl, bool ccs)
{
	return !(ctl & EDMA_CTL_LLP) && !!(ctl & EDMA_CTL_CB) != ccs;
}

static bool read_element(struct sim *sim, enum dma_dir dir, uint64_t at, struct edma_read_ahead *e)
{
	e->at = at;
	return !fabric_to_ep(sim, edma_initiator(dir), at, e->raw, sizeof(e->raw), false);
}

/*
 * Elements behind the one that begins are read, as many as the controller does: what
 * is written to them later does not count. Nothing is read behind the end, and what
 * cannot be read is read again when it is needed.
 */
static void read_ahead(struct sim *sim, enum dma_dir dir, unsigned int ch, unsigned int most)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];
	uint64_t at = c->llp + EDMA_LLE_SIZE;
	bool ccs = c->ctl1 & EDMA_CTL_CCS;
	unsigned int i;
	uint32_t ctl;

	for (i = 0; i < most; i++) {
		if (i == c->nr_ahead) {
			if (!read_element(sim, dir, at, &c->ahead[i]))
				return;
			c->nr_ahead++;
		}
		ctl = control(&c->ahead[i]);
		if (is_end(ctl, ccs))
			return;
		if (ctl & EDMA_CTL_LLP) {
			at = get_le(c->ahead[i].raw + 8, 8);
			ccs ^= !!(ctl & EDMA_CTL_TCB);
		} else {
			at += EDMA_LLE_SIZE;
		}
	}
}

/* The element that the channel is at. */
static bool take(struct sim *sim, enum dma_dir dir, unsigned int ch, struct edma_read_ahead *e)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];

	if (!c->nr_ahead)
		return read_element(sim, dir, c->llp, e);
	*e = c->ahead[0];
	c->nr_ahead--;
	memmove(c->ahead, c->ahead + 1, c->nr_ahead * sizeof(*c->ahead));
	return true;
}

/* Returns false if the list leads nowhere. */
static bool follow(struct sim *sim, enum dma_dir dir, unsigned int ch,
		   const struct edma_read_ahead *e)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];

	if (++c->links > MAX_LINKS) {
		report_violation(&sim->report, "edma-list-loop",
				 "%s channel %u: link elements only, at 0x%llx",
				 dir_name[dir], ch, (unsigned long long)c->llp);
		edma_abort(sim, dir, ch, ERR_LL_FETCH);
		return false;
	}
	if (control(e) & EDMA_CTL_TCB)
		c->ctl1 ^= EDMA_CTL_CCS;
	c->llp = get_le(e->raw + 8, 8);
	return true;
}

/* The channel stops, now or later; until then it runs. */
static void end_of_list(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];

	if (c->before == c->elements) {
		c->empty++;
		trace(&sim->report, "edma %s%u started for nothing", dir_name[dir], ch);
	}
	c->stopping = sim->clock.timed ? edma_stop_takes_time(sim, dir, ch) : sim->profile.edma_stop;
	if (!c->stopping)
		edma_ends(sim, dir, ch);
}

static void swap(uint64_t *at, uint8_t *raw, size_t len)
{
	uint64_t was = *at;

	*at = get_le(raw, len);
	put_le(raw, was, len);
}

/*
 * A rule that hardware is expected to keep, broken on purpose: the bytes of the element
 * behind are in memory before those of this one. Control words stay where they are.
 */
static void overtake(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];
	uint64_t left = c->elem.left;

	if (!sim->faults.overtake[dir][ch])
		return;
	read_ahead(sim, dir, ch, 1);
	if (!c->nr_ahead || control(&c->ahead[0]) & EDMA_CTL_LLP ||
	    is_end(control(&c->ahead[0]), c->ctl1 & EDMA_CTL_CCS))
		return;
	swap(&left, c->ahead[0].raw + 4, 4);
	swap(&c->elem.sar, c->ahead[0].raw + 8, 8);
	swap(&c->elem.dar, c->ahead[0].raw + 16, 8);
	c->elem.left = (uint32_t)left;
	c->overtaken = true;
	sim->faults.overtake[dir][ch] = false;
	trace(&sim->report, "fault: edma %s%u overtakes an element", dir_name[dir], ch);
}

/**
 * edma_fetch() - a channel takes what its list has next
 * @sim:	the model
 * @dir:	which half
 * @ch:		the channel
 *
 * That is a data element, which it begins, or a link, which it follows.
 *
 * Return: false if the channel does not go on.
 */
bool edma_fetch(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];
	struct edma_read_ahead e;
	uint32_t ctl;

	if (!take(sim, dir, ch, &e)) {
		edma_abort(sim, dir, ch, ERR_LL_FETCH);
		return false;
	}
	ctl = control(&e);
	if (ctl & EDMA_CTL_LLP)
		return follow(sim, dir, ch, &e);
	if (is_end(ctl, c->ctl1 & EDMA_CTL_CCS)) {
		end_of_list(sim, dir, ch);
		return false;
	}
	if (edma_inject(sim, dir, ch))
		return false;

	c->links = 0;
	c->elem = (struct edma_elem){
		.valid = true, .ctl = ctl, .left = (uint32_t)get_le(e.raw + 4, 4),
		.sar = get_le(e.raw + 8, 8), .dar = get_le(e.raw + 16, 8),
	};
	read_ahead(sim, dir, ch,
		   sim->clock.timed ? sim->board.eng_prefetch : sim->profile.edma_ahead);
	overtake(sim, dir, ch);
	return true;
}
