// SPDX-License-Identifier: GPL-2.0
/*
 * eDMA: doorbells, data movement, completion and abort. Lists are in edma-list.c, time is
 * in edma-time.c.
 */
#include "edma.h"
#include "fabric.h"
#include "faults.h"
#include "report.h"
#include "sim.h"

/* A channel gets this much done before the next one has its turn. */
#define STEP_BYTES	(64 * 1024)
#define STEP_ELEMENTS	16

enum initiator edma_initiator(enum dma_dir dir)
{
	return dir == DIR_WR ? BY_EDMA_WR : BY_EDMA_RD;
}

/* Requests to the host are those of the function that the channel's control 1 says. */
struct origin edma_origin(const struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	return (struct origin){ edma_initiator(dir),
				EDMA_CTL_FUNC(sim->edma.half[dir].chan[ch].ctl1) };
}

/* For how long has at least one channel of a half been running? */
static void account(const struct sim *sim, struct edma_half *h, bool was, bool is)
{
	if (is && !was && !h->running++)
		h->busy_since = sim->clock.now;
	if (was && !is && !--h->running)
		h->busy_ns += sim->clock.now - h->busy_since;
}

static void set_state(struct sim *sim, enum dma_dir dir, unsigned int ch, enum edma_state s)
{
	struct edma_half *h = &sim->edma.half[dir];
	struct edma_chan *c = &h->chan[ch];

	account(sim, h, edma_running(c), s == CS_RUNNING);
	c->ctl1 = (c->ctl1 & ~EDMA_CTL_CS_MASK) | EDMA_CTL_CS(s);
	c->elem.valid = false;
	c->nr_ahead = 0;
	c->overtaken = false;
	c->stopping = 0;
	c->epoch++;
	c->under_way = 0;
	c->asked = 0;
	c->chained = false;
}

/* A memory write to the host that a device driver takes as an interrupt. */
static void send_imwr(struct sim *sim, enum dma_dir dir, unsigned int ch, uint64_t addr)
{
	struct edma_half *h = &sim->edma.half[dir];
	uint8_t data[4];

	put_le(data, h->imwr_data[ch], 4);
	trace(&sim->report, "edma %s%u IMWr 0x%llx = 0x%x", dir_name[dir], ch,
	      (unsigned long long)addr, (unsigned int)get_le(data, 4));
	edma_post(sim, edma_origin(sim, dir, ch), addr, data, sizeof(data));
}

static void done(struct sim *sim, enum dma_dir dir, unsigned int ch, uint32_t ctl)
{
	struct edma_half *h = &sim->edma.half[dir];
	bool lie = ctl & EDMA_CTL_LIE;
	bool rie = ctl & EDMA_CTL_RIE;

	/* The status bit is visible to whoever the IMWr wakes. */
	if (lie) {
		h->int_status |= EDMA_INT_DONE(ch);
		edma_irq_update(sim);
	}
	if (rie && lie)
		send_imwr(sim, dir, ch, h->done_imwr);
}

static void set_error(struct edma_half *h, enum dma_dir dir, unsigned int ch, enum edma_error err)
{
	switch (err) {
	case ERR_APP:
		h->err[0] |= BIT(ch);
		break;
	case ERR_LL_FETCH:
		h->err[0] |= BIT(16 + ch);
		break;
	case ERR_UNSUPPORTED:
		h->err[dir == DIR_RD] |= BIT(ch);
		break;
	case ERR_TIMEOUT:
		h->err[dir == DIR_RD] |= dir == DIR_RD ? BIT(16 + ch) : BIT(ch);
		break;
	}
}

static bool takes_list(const struct edma_chan *c)
{
	return c->ctl1 & EDMA_CTL_LLE;
}

/** edma_abort() - a channel halts, with the list's pointer at the element that failed */
void edma_abort(struct sim *sim, enum dma_dir dir, unsigned int ch, enum edma_error err)
{
	struct edma_half *h = &sim->edma.half[dir];

	trace(&sim->report, "edma %s%u abort (%d)", dir_name[dir], ch, err);
	set_state(sim, dir, ch, CS_HALTED);
	set_error(h, dir, ch, err);
	h->int_status |= EDMA_INT_ABORT(ch);
	if (takes_list(&h->chan[ch]) && !(h->ll_err_en & EDMA_LLLAIE(ch)))
		h->suppressed |= EDMA_INT_ABORT(ch);
	edma_irq_update(sim);
	if (h->ll_err_en & EDMA_LLRAIE(ch) && h->abort_imwr)
		send_imwr(sim, dir, ch, h->abort_imwr);
}

/** edma_ends() - a channel has come to its end, or was told to stop */
void edma_ends(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	trace(&sim->report, "edma %s%u stopped", dir_name[dir], ch);
	set_state(sim, dir, ch, CS_STOPPED);
}

/**
 * edma_halt_all() - the engine was disabled: running channels stop
 * @sim:	the model
 * @dir:	which half
 */
void edma_halt_all(struct sim *sim, enum dma_dir dir)
{
	unsigned int ch;

	for (ch = 0; ch < EDMA_MAX_CHANS; ch++)
		if (edma_running(&sim->edma.half[dir].chan[ch]))
			edma_ends(sim, dir, ch);
}

/** edma_inject() - is the element armed with a fault? Then that happens instead of it. */
bool edma_inject(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct fault_dma *f = &sim->faults.dma[dir][ch];

	if (!f->armed)
		return false;
	if (f->element) {
		f->element--;
		return false;
	}
	f->armed = false;
	edma_abort(sim, dir, ch, f->llerr ? ERR_LL_FETCH : ERR_APP);
	return true;
}

/** edma_move() - up to @max bytes of the current element. Return: bytes, or -1 on an error */
long edma_move(struct sim *sim, enum dma_dir dir, unsigned int ch, size_t max)
{
	struct edma_elem *e = &sim->edma.half[dir].chan[ch].elem;
	size_t n = min_t(size_t, e->left, max);
	enum fabric_status st;

	if (dir == DIR_RD)
		st = fabric_dma(sim, edma_origin(sim, dir, ch), e->sar, e->dar, n, false);
	else
		st = fabric_dma(sim, edma_origin(sim, dir, ch), e->dar, e->sar, n, true);

	switch (st) {
	case FABRIC_OK:
		break;
	case FABRIC_TIMEOUT:
		edma_abort(sim, dir, ch, ERR_TIMEOUT);
		return -1;
	case FABRIC_UNSUPPORTED:
		edma_abort(sim, dir, ch, ERR_UNSUPPORTED);
		return -1;
	case FABRIC_LOCAL:
		edma_abort(sim, dir, ch, ERR_APP);
		return -1;
	}
	e->left -= (uint32_t)n;
	e->sar += n;
	e->dar += n;
	return (long)n;
}

/** edma_ended() - all bytes of the current element have moved */
void edma_ended(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];
	uint32_t ctl = c->elem.ctl;

	c->elem.valid = false;
	c->elements++;
	if (c->overtaken) {
		c->overtaken = false;
		sim->faults.stall[dir][ch] = !sim->clock.timed;
	}
	if (takes_list(c))
		c->llp += EDMA_LLE_SIZE;
	else
		edma_ends(sim, dir, ch);
	done(sim, dir, ch, ctl);
}

/**
 * edma_run() - a channel does a bounded amount of work
 * @sim:	the model
 * @dir:	which half
 * @ch:		the channel
 *
 * In virtual time it goes up to the next step that takes time.
 */
void edma_run(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];
	size_t budget = STEP_BYTES;
	unsigned int elements = 0;
	long n;

	/*
	 * Only ever leave with an element in hand, or about to stop: unless the
	 * profile has stops take steps, the channel has stopped when a driver
	 * learns of the end of its list.
	 */
	while (edma_running(c)) {
		if (sim->faults.stall[dir][ch]) {
			c->held = sim->clock.timed;
			return;
		}
		if (c->stopping) {
			if (!--c->stopping)
				edma_ends(sim, dir, ch);
			return;
		}
		if (!c->elem.valid) {
			if (!edma_fetch(sim, dir, ch))
				return;
			if (c->elem.valid && edma_start_takes_time(sim, dir, ch))
				return;
			continue;
		}
		if (sim->clock.timed) {
			edma_ask(sim, dir, ch);
			return;
		}
		if (!budget || elements == STEP_ELEMENTS)
			return;
		n = edma_move(sim, dir, ch, budget);
		if (n < 0)
			return;
		budget -= (size_t)n;
		if (c->elem.left)
			continue;

		elements++;
		edma_ended(sim, dir, ch);
	}
}

/**
 * edma_go_on() - channels that made no progress do again, if the fault is over
 * @sim:	the model
 *
 * On the wall clock edma_step() gets to them.
 */
void edma_go_on(struct sim *sim)
{
	unsigned int d, ch;

	for (d = 0; d < NR_DIRS; d++) {
		for (ch = 0; ch < EDMA_MAX_CHANS; ch++) {
			struct edma_chan *c = &sim->edma.half[d].chan[ch];

			if (!c->held || sim->faults.stall[d][ch])
				continue;
			c->held = false;
			edma_run(sim, d, ch);
		}
	}
}

/**
 * edma_step() - let every running channel do a bounded amount of work
 * @sim:	the model
 *
 * Return: true if there is more to do.
 */
bool edma_step(struct sim *sim)
{
	bool more = false;
	unsigned int d, ch;

	for (d = 0; d < NR_DIRS; d++) {
		for (ch = 0; ch < EDMA_MAX_CHANS; ch++) {
			struct edma_chan *c = &sim->edma.half[d].chan[ch];

			if (!edma_running(c) || sim->faults.stall[d][ch])
				continue;
			edma_run(sim, d, ch);
			more |= edma_running(c);
		}
	}
	return more;
}

static void start(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	struct edma_chan *c = &sim->edma.half[dir].chan[ch];

	c->links = 0;
	c->runs++;
	c->before = c->elements;
	set_state(sim, dir, ch, CS_RUNNING);
	edma_begin(sim, dir, ch);
	if (takes_list(c) || edma_inject(sim, dir, ch))
		return;
	c->elem = (struct edma_elem){
		.valid = true, .ctl = c->ctl1, .left = c->size,
		.sar = c->sar, .dar = c->dar,
	};
}

/**
 * edma_doorbell() - a write to the doorbell register
 * @sim:	the model
 * @dir:	which half
 * @v:		channel in 2:0, bit 31 = stop
 */
void edma_doorbell(struct sim *sim, enum dma_dir dir, uint32_t v)
{
	unsigned int nr = dir == DIR_WR ? sim->profile.edma_wr : sim->profile.edma_rd;
	struct edma_half *h = &sim->edma.half[dir];
	unsigned int ch = v & 7;

	if (ch >= nr) {
		report_violation(&sim->report, "edma-doorbell-channel", "%s channel %u of %u",
				 dir_name[dir], ch, nr);
		return;
	}
	if (v & EDMA_DOORBELL_STOP) {
		if (edma_running(&h->chan[ch]))
			edma_ends(sim, dir, ch);
		return;
	}
	if (sim->faults.engine == ENGINE_DEAF) {
		trace(&sim->report, "fault: engine ignores doorbell %s%u", dir_name[dir], ch);
		return;
	}
	if (!h->enabled) {
		report_violation(&sim->report, "edma-doorbell-disabled",
				 "%s channel %u while the engine is off", dir_name[dir], ch);
		return;
	}
	if (edma_running(&h->chan[ch])) {
		h->chan[ch].lost++;
		trace(&sim->report, "edma %s%u doorbell while it runs: lost", dir_name[dir], ch);
		return;
	}
	start(sim, dir, ch);
}
