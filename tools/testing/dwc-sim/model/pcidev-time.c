// SPDX-License-Identifier: GPL-2.0
/*
 * A guest's accesses in virtual time: when each reaches the other side of the link,
 * when its answer is back, and for how long the guest's CPU is busy with it. A kick only
 * plans events; they happen when the guest waits.
 */
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "calendar.h"
#include "clock.h"
#include "fabric.h"
#include "irq.h"
#include "link.h"
#include "pcidev.h"
#include "report.h"
#include "sim.h"
#include "vhost.h"

/**
 * struct flight - a command under way
 * @p:		whose
 * @b:		its buffer, without the part for the delay
 * @copy:	a posted command's own copy: the guest has its buffer back
 * @delay:	where the guest finds how long to wait
 * @look:	when it looks there next, ns
 * @given:	when the guest gave it, ns
 * @written:	bytes of the answer
 * @addr:	address of the access
 * @size:	bytes of the access
 * @crosses:	it goes over the link
 * @memory:	it leads to the endpoint's memory, not to registers
 * @confirmed:	a write that is not posted: the CPU waits until it has arrived
 */
struct flight {
	struct pcidev *p;
	struct vbuf b;
	uint8_t *copy;
	uint8_t *delay;
	uint64_t look, given;
	uint32_t written;
	uint64_t addr, size;
	bool crosses, memory, confirmed;
};

static enum link_dir outwards(const struct pcidev *p)
{
	return p->side == SIDE_RC ? LINK_DOWN : LINK_UP;
}

static enum link_dir inwards(const struct pcidev *p)
{
	return p->side == SIDE_RC ? LINK_UP : LINK_DOWN;
}

static unsigned int header(const struct pcidev *p)
{
	const struct board *b = &p->sim->board;

	return p->side == SIDE_RC ? b->header_bar : b->header_host;
}

/* How long what is on the other side of the link takes for an answer. */
static unsigned int target(const struct flight *f)
{
	const struct board *b = &f->p->sim->board;

	if (f->p->side == SIDE_EP)
		return b->host_read;
	return f->memory ? b->ep_read : b->reg_read;
}

static void ev_back(void *arg, uint64_t n)
{
	struct flight *f = arg;
	struct sim *sim = f->p->sim;

	(void)n;
	trace_span(&sim->report, side_name[f->p->side], f->given, sim->clock.now, "read 0x%llx",
		   (unsigned long long)f->addr);
	if (vring_ready(&f->p->vhost.queue[QUEUE_CMD]))
		vring_put(&f->p->vhost.queue[QUEUE_CMD], &f->b, f->written);
	free(f);
}

/* The answer leaves. The guest looks for it no earlier than it can be there. */
static void ev_answer(void *arg, uint64_t n)
{
	struct flight *f = arg;
	struct sim *sim = f->p->sim;
	uint64_t t = sim->clock.now;

	(void)n;
	f->written = pcidev_message(f->p, &f->b);
	if (f->crosses)
		t = link_read_back(&sim->link, inwards(f->p), f->addr, f->size < 8 ? f->size : 8);
	put_le(f->delay, t > f->look ? t - f->look : 0, 8);
	clock_at(&sim->clock, t, f->p->side == SIDE_RC ? "rc read" : "ep read", ev_back, f, 0);
}

static void ev_store(void *arg, uint64_t n)
{
	struct flight *f = arg;

	(void)n;
	pcidev_message(f->p, &f->b);
	free(f->copy);
	free(f);
}

/*
 * Non-posted: the CPU stalls until the answer is there. What is longer than 8 bytes
 * are several accesses, one after the other.
 */
static void plan_read(struct flight *f)
{
	struct pcidev *p = f->p;
	struct sim *sim = p->sim;
	const struct board *b = &sim->board;
	uint64_t now = sim->clock.now, serve, least, more;

	if (f->crosses) {
		serve = link_send(&sim->link, outwards(p), "MRd", header(p), 0, 1) + target(f);
		least = serve - now + sim->link.lane[inwards(p)].latency;
	} else {
		serve = now + b->local_read;
		least = b->local_read;
	}
	more = f->size > 8 ? (f->size + 7) / 8 - 1 : 0;
	serve += more * least;
	least += more * least;
	f->look = now + least;
	put_le(f->delay, least, 8);
	clock_at(&sim->clock, serve, p->side == SIDE_RC ? "rc load" : "ep load", ev_answer, f, 0);
}

/* The guest has its buffer back at once, and the data is ours. */
static bool keep_data(struct flight *f)
{
	size_t len = 0, at = 0;
	unsigned int i;

	for (i = 0; i < f->b.nr_out; i++)
		len += f->b.out[i].iov_len;
	if (len > PCIDEV_MSG_SIZE + EP_MMIO_SIZE)
		return false;
	f->copy = malloc(len);
	if (!f->copy)
		abort();	/* out of memory, an invariant of ours */
	for (i = 0; i < f->b.nr_out; i++) {
		memcpy(f->copy + at, f->b.out[i].iov_base, f->b.out[i].iov_len);
		at += f->b.out[i].iov_len;
	}
	f->b.out[0] = (struct iovec){ f->copy, len };
	f->b.nr_out = 1;
	return true;
}

/*
 * Posted: the CPU is busy with each store, and with waiting for credits. The last
 * store leaves no earlier than the CPU has issued it.
 */
static void plan_store(struct flight *f)
{
	struct pcidev *p = f->p;
	struct sim *sim = p->sim;
	const struct board *b = &sim->board;
	uint64_t now = sim->clock.now, stores, issue, there, busy;

	if (f->crosses) {
		stores = (f->size + b->store_bytes - 1) / b->store_bytes;
		issue = stores * (p->side == SIDE_RC ? b->store_rc : b->store_ep);
		there = link_send(&sim->link, outwards(p), "MWr", header(p), f->size, stores);
		if (there < now + issue + sim->link.lane[outwards(p)].latency)
			there = now + issue + sim->link.lane[outwards(p)].latency;
		busy = link_store_wait(&sim->link, outwards(p));
		if (busy < issue)
			busy = issue;
	} else {
		there = now + b->local_write;
		busy = b->local_write;
	}
	if (f->confirmed)
		busy = there - now + target(f) + sim->link.lane[inwards(p)].latency;
	trace_span(&sim->report, side_name[p->side], now, now + busy, "%s 0x%llx",
		   f->size > 8 ? "copy to" : "write", (unsigned long long)f->addr);
	put_le(f->delay, busy, 8);
	clock_at(&sim->clock, there, p->side == SIDE_RC ? "rc store" : "ep store", ev_store, f, 0);
}

static bool copy_header(const struct vbuf *b, uint8_t hdr[PCIDEV_MSG_SIZE])
{
	if (!b->nr_out || b->out[0].iov_len < PCIDEV_MSG_SIZE)
		return false;
	memcpy(hdr, b->out[0].iov_base, PCIDEV_MSG_SIZE);
	return true;
}

/* A command was given: when does it arrive, and how long does the guest wait? */
static void command(struct pcidev *p, struct vring *q, struct vbuf *b)
{
	uint8_t hdr[PCIDEV_MSG_SIZE];
	struct flight *f;

	if (!copy_header(b, hdr) || !b->nr_in || b->in[b->nr_in - 1].iov_len != 8) {
		pcidev_refuse(p, q, b);
		return;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		abort();	/* out of memory, an invariant of ours */
	f->p = p;
	f->b = *b;
	f->given = p->sim->clock.now;
	f->delay = f->b.in[--f->b.nr_in].iov_base;
	f->size = get_le(hdr + 4, 4);
	f->addr = get_le(hdr + 8, 8);
	f->crosses = p->side == SIDE_RC || f->addr >= EP_WINDOW;
	f->confirmed = hdr[0] == OP_CFG_WRITE;
	f->memory = p->side == SIDE_RC && hdr[0] == OP_MMIO_READ &&
		    fabric_bar_is_memory(p->sim, p->func, hdr[1], f->addr);

	if (hdr[0] == OP_CFG_READ || hdr[0] == OP_MMIO_READ) {
		plan_read(f);
	} else if (!keep_data(f)) {
		pcidev_refuse(p, q, b);
		free(f);
	} else {
		/* f can be gone after this, on a board where nothing costs anything */
		plan_store(f);
		vring_put(q, b, 8);
	}
}

static void ev_interrupt(void *arg, uint64_t n)
{
	struct pcidev *p = arg;
	struct vring *q = &p->vhost.queue[QUEUE_IRQ];

	(void)n;
	p->irq_planned = false;
	if (p->side == SIDE_EP)
		trace_span(&p->sim->report, "ep", p->sim->clock.now - p->sim->board.line,
			   p->sim->clock.now, "interrupt");
	if (p->vhost.fd < 0 || p->vhost.req_fd < 0 || !vring_ready(q))
		return;
	if (pcidev_deliver(p, vring_avail_idx(q)))
		vhost_call(&p->vhost, QUEUE_IRQ);
}

/**
 * pcidev_touch() - in virtual time: something was done, an interrupt may follow from it
 * @p:	front end
 *
 * An MSI had its latency on its way; a line has it from here on.
 */
void pcidev_touch(struct pcidev *p)
{
	struct sim *sim = p->sim;

	if (p->vhost.fd < 0 || p->irq_planned || !pcidev_deliverable(p))
		return;
	p->irq_planned = true;
	clock_after(&sim->clock, p->side == SIDE_EP ? sim->board.line : 0,
		    p->side == SIDE_EP ? "ep interrupt" : "rc interrupt", ev_interrupt, p, 0);
}

/* The guest gave commands or interrupt buffers, and waits until we know of them. */
static void kick(struct vhost *v, unsigned int queue)
{
	struct pcidev *p = (struct pcidev *)((char *)v - offsetof(struct pcidev, vhost));
	struct vring *q = &v->queue[queue];
	struct vbuf b;
	int ret;

	calendar_sync(v->calendar);
	if (queue == QUEUE_CMD && vring_ready(q)) {
		while ((ret = vring_take(v, q, &b)) && !v->why) {
			if (ret < 0)
				pcidev_refuse(p, q, &b);
			else
				command(p, q, &b);
		}
	}
	pcidev_touch(p);
	calendar_freshen(v->calendar);
}

/**
 * pcidev_in_time() - this front end works in virtual time
 * @p:		front end, just initialised
 * @calendar:	who lets guests run
 */
void pcidev_in_time(struct pcidev *p, struct calendar *calendar)
{
	p->vhost.calendar = calendar;
	p->vhost.kick = kick;
	p->vhost.offered = PCIDEV_F_DELAY;
}
