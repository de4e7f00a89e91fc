// SPDX-License-Identifier: GPL-2.0
/*
 * What the steps of the eDMA take in virtual time. A read channel asks for up to
 * MRRS bytes a request, with so many requests under way as it has tags; a write channel
 * posts up to MPS bytes a TLP, a few ahead of the link. Data is read when a TLP with it
 * leaves, and written when it arrives, so nothing is seen before it was there; the
 * link keeps the order.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "edma.h"
#include "fabric.h"
#include "link.h"
#include "report.h"
#include "sim.h"

/* TLPs of a write channel that wait for the link. */
#define POSTED_AHEAD	4

/**
 * struct post - a posted write under way
 * @sim:	the model
 * @from:	who sends it
 * @addr:	PCIe address
 * @len:	bytes
 * @data:	its payload
 */
struct post {
	struct sim *sim;
	struct origin from;
	uint64_t addr;
	size_t len;
	uint8_t data[];
};

/* Which request of which run of which channel: the number of an event. */
struct ticket {
	enum dma_dir dir;
	unsigned int ch, page_off, len;
	uint32_t epoch;
};

static uint64_t pack(struct ticket t)
{
	return (uint64_t)t.epoch << 32 | (uint64_t)t.len << 16 | t.page_off << 4 |
	       t.ch << 1 | (unsigned int)t.dir;
}

static struct ticket unpack(uint64_t n)
{
	return (struct ticket){
		.dir = n & 1, .ch = n >> 1 & 7, .page_off = n >> 4 & 0xfff,
		.len = n >> 16 & 0xffff, .epoch = (uint32_t)(n >> 32),
	};
}

static struct edma_chan *chan_of(struct sim *sim, struct ticket t)
{
	return &sim->edma.half[t.dir].chan[t.ch];
}

static bool is_void(struct sim *sim, struct ticket t)
{
	struct edma_chan *c = chan_of(sim, t);

	return c->epoch != t.epoch || !edma_running(c);
}

static void ev_run(void *arg, uint64_t n)
{
	struct sim *sim = arg;
	struct ticket t = unpack(n);

	if (!is_void(sim, t))
		edma_run(sim, t.dir, t.ch);
}

static void ev_post(void *arg, uint64_t n)
{
	struct post *p = arg;

	(void)n;
	fabric_to_rc(p->sim, p->from, p->addr, p->data, p->len, true);
	free(p);
}

static void post(struct sim *sim, struct post *p, const char *name)
{
	uint64_t there = link_send(&sim->link, LINK_UP, name, sim->board.header_host, p->len, 1);

	clock_at(&sim->clock, there, name, ev_post, p, 0);
}

static struct post *new_post(struct sim *sim, struct origin from, uint64_t addr, size_t len)
{
	struct post *p = malloc(sizeof(*p) + len);

	if (!p)
		abort();	/* out of memory, an invariant of ours */
	*p = (struct post){ sim, from, addr, len };
	return p;
}

/**
 * edma_post() - the engine sends a memory write of its own, an IMWr
 * @sim:	the model
 * @from:	which half, as which function
 * @addr:	PCIe address
 * @data:	what to write
 * @len:	bytes of it
 */
void edma_post(struct sim *sim, struct origin from, uint64_t addr, const void *data, size_t len)
{
	struct post *p = new_post(sim, from, addr, len);

	memcpy(p->data, data, len);
	post(sim, p, "IMWr");
}

/* The engine is busy for so long from now on. */
static void span(struct sim *sim, uint64_t ns, const char *what)
{
	if (ns)
		trace_span(&sim->report, "engine", sim->clock.now, sim->clock.now + ns, "%s", what);
}

/** edma_begin() - a doorbell started a channel: when does it begin? */
void edma_begin(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	uint64_t begins = sim->clock.now + sim->board.eng_doorbell + sim->board.eng_fetch;
	struct ticket t = { .dir = dir, .ch = ch };
	struct edma_chan *c = chan_of(sim, t);

	if (!sim->clock.timed)
		return;		/* edma_step() gets to it */
	t.epoch = c->epoch;
	c->began = begins;
	span(sim, sim->board.eng_doorbell, "doorbell");
	trace_span(&sim->report, "engine", sim->clock.now + sim->board.eng_doorbell, begins, "list fetch");
	clock_at(&sim->clock, begins, "engine starts", ev_run, sim, pack(t));
}

/* Since when the list's next element is being read: how long it still takes. */
static uint64_t rest_of_fetch(const struct sim *sim, const struct edma_chan *c)
{
	uint64_t hidden = sim->board.eng_prefetch ? sim->clock.now - c->began : 0;

	return sim->board.eng_fetch > hidden ? sim->board.eng_fetch - hidden : 0;
}

/**
 * edma_stop_takes_time() - the list has ended: does the channel stop later?
 * @sim:	the model
 * @dir:	which half
 * @ch:		the channel
 *
 * It does when it knows, which takes the fetch of an element that is not there.
 *
 * Return: true if an event will stop it.
 */
bool edma_stop_takes_time(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct ticket t = { .dir = dir, .ch = ch };
	struct edma_chan *c = chan_of(sim, t);
	uint64_t delay;

	if (!c->chained)
		return false;		/* the fetch was part of edma_begin() */
	delay = rest_of_fetch(sim, c);
	if (!delay)
		return false;
	t.epoch = c->epoch;
	span(sim, delay, "list fetch, stop");
	clock_after(&sim->clock, delay, "stop", ev_run, sim, pack(t));
	return true;
}

/**
 * edma_start_takes_time() - an element was fetched: does it begin later?
 * @sim:	the model
 * @dir:	which half
 * @ch:		the channel
 *
 * The fetch of the first one is part of edma_begin(), others may have been fetched
 * while the one before was under way.
 *
 * Return: true if an event will go on.
 */
bool edma_start_takes_time(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct ticket t = { .dir = dir, .ch = ch };
	const struct board *b = &sim->board;
	struct edma_chan *c = chan_of(sim, t);
	uint64_t delay, fetch = 0;

	if (!sim->clock.timed)
		return false;
	delay = b->eng_start;
	if (c->chained) {
		fetch = rest_of_fetch(sim, c);
		delay += b->eng_gap + fetch;
	}
	c->chained = true;
	c->began = sim->clock.now + fetch;
	t.epoch = c->epoch;
	if (!delay)
		return false;
	span(sim, delay, fetch ? "list fetch, start" : "start");
	clock_after(&sim->clock, delay, "element", ev_run, sim, pack(t));
	return true;
}

/* The local memory takes or gives @len bytes from now on, after what it does already: until when? */
static uint64_t local_memory(struct sim *sim, uint64_t len)
{
	struct edma *e = &sim->edma;

	if (e->local_busy < sim->clock.now)
		e->local_busy = sim->clock.now;
	e->local_busy += len * sim->board.eng_local / 1000;
	return e->local_busy;
}

/* A request of the element has ended: the element has, or there is room for another. */
static void request_ended(struct sim *sim, struct ticket t)
{
	struct edma_chan *c = chan_of(sim, t);

	c->under_way--;
	c->asked -= t.len;
	if (!c->elem.left) {
		trace_span(&sim->report, "engine", c->began, sim->clock.now, "%s%u element",
			   dir_name[t.dir], t.ch);
		edma_ended(sim, t.dir, t.ch);
	}
	if (edma_running(c))
		edma_run(sim, t.dir, t.ch);
}

static void ev_read(void *arg, uint64_t n)
{
	struct sim *sim = arg;
	struct ticket t = unpack(n);

	if (is_void(sim, t) || edma_move(sim, t.dir, t.ch, t.len) < 0)
		return;
	request_ended(sim, t);
}

/* The data is there, and goes to the local memory. */
static void ev_data(void *arg, uint64_t n)
{
	struct sim *sim = arg;

	clock_at(&sim->clock, local_memory(sim, unpack(n).len), "engine read", ev_read, sim, n);
}

/* The host's memory answers. */
static void ev_host(void *arg, uint64_t n)
{
	struct sim *sim = arg;
	struct ticket t = unpack(n);
	uint64_t there = link_read_back(&sim->link, LINK_DOWN, t.page_off, t.len);

	clock_at(&sim->clock, there, "engine data", ev_data, sim, n);
}

static void ev_sent(void *arg, uint64_t n)
{
	struct sim *sim = arg;
	struct ticket t = unpack(n);
	struct edma_chan *c = chan_of(sim, t);

	if (is_void(sim, t))
		return;
	c->elem.left -= t.len;
	c->elem.sar += t.len;
	c->elem.dar += t.len;
	request_ended(sim, t);
}

/* Posts the next piece; false if the local memory does not have it. */
static bool send_piece(struct sim *sim, struct ticket t)
{
	struct edma_chan *c = chan_of(sim, t);
	struct post *p = new_post(sim, edma_origin(sim, t.dir, t.ch), c->elem.dar + c->asked, t.len);
	uint64_t busy;

	if (fabric_to_ep(sim, edma_initiator(t.dir), c->elem.sar + c->asked, p->data, t.len, false)) {
		free(p);
		return false;
	}
	busy = local_memory(sim, t.len);
	post(sim, p, "engine MWr");
	if (busy < link_ready(&sim->link, LINK_UP))
		busy = link_ready(&sim->link, LINK_UP);
	clock_at(&sim->clock, busy, "engine sent", ev_sent, sim, pack(t));
	return true;
}

static void ask_host(struct sim *sim, struct ticket t)
{
	uint64_t there = link_send(&sim->link, LINK_UP, "engine MRd", sim->board.header_host, 0, 1);

	clock_at(&sim->clock, there + sim->board.host_read, "engine load", ev_host, sim, pack(t));
}

/**
 * edma_ask() - send as many requests of the element as may be under way
 * @sim:	the model
 * @dir:	which half
 * @ch:		the channel
 *
 * No request crosses a 4 KB boundary (PCIe r6.0, 2.2.7).
 */
void edma_ask(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct ticket t = { .dir = dir, .ch = ch };
	struct edma_chan *c = chan_of(sim, t);
	unsigned int most = dir == DIR_RD ? sim->board.eng_tags : POSTED_AHEAD;
	unsigned int max = dir == DIR_RD ? sim->board.mrrs : sim->board.mps;
	uint64_t addr;

	t.epoch = c->epoch;
	if (!c->elem.left) {
		/* An element of no bytes takes no request. */
		edma_ended(sim, dir, ch);
		if (edma_running(c))
			edma_begin(sim, dir, ch);
		return;
	}
	while (c->under_way < most && c->asked < c->elem.left) {
		addr = (dir == DIR_RD ? c->elem.sar : c->elem.dar) + c->asked;
		t.page_off = addr & 4095;
		t.len = min_t(unsigned int, c->elem.left - c->asked,
			      min_t(unsigned int, max, 4096 - t.page_off));
		if (dir == DIR_RD) {
			ask_host(sim, t);
		} else if (!send_piece(sim, t)) {
			edma_abort(sim, dir, ch, ERR_APP);
			return;
		}
		c->under_way++;
		c->asked += t.len;
	}
}
