// SPDX-License-Identifier: GPL-2.0
/* virtio_pcidev messages and interrupt delivery: see pcidev.h. */
#include <string.h>

#include "counters.h"
#include "dbi.h"
#include "fabric.h"
#include "faults.h"
#include "irq.h"
#include "pcidev.h"
#include "report.h"
#include "sim.h"
#include "pcidev.h"

/* Commands, and messages of set-up, handled before the other machine has its turn. */
#define BATCH		32
#define MESSAGES	64

/**
 * pcidev_init() - no guest yet
 * @p:		receives it
 * @sim:	the model
 * @side:	which machine this is
 * @func:	on the host's side: which function
 */
void pcidev_init(struct pcidev *p, struct sim *sim, enum side side, unsigned int func)
{
	memset(p, 0, sizeof(*p));
	p->sim = sim;
	p->side = side;
	p->func = func;
	vhost_init(&p->vhost, func ? &p->again : &sim->mem[side]);
}

/**
 * pcidev_connect() - a guest connected
 * @p:	front end
 * @fd:	its connection, owned from here on
 */
void pcidev_connect(struct pcidev *p, int fd)
{
	p->posted = 0;
	memset(p->sent, 0, sizeof(p->sent));
	vhost_connect(&p->vhost, fd);
}

/**
 * pcidev_readable() - the guest's connection has something to read
 * @p:	front end
 *
 * The machine counts as powered once the queues of its first device work.
 *
 * Return: false if the connection has ended or must be dropped.
 */
bool pcidev_readable(struct pcidev *p)
{
	unsigned int n;
	int ret;

	for (n = 0; n < MESSAGES; n++) {
		ret = vhost_next(&p->vhost);
		if (ret <= 0)
			return !ret;
		if (!p->func && !p->sim->present[p->side] && vring_ready(&p->vhost.queue[QUEUE_CMD]) &&
		    vring_ready(&p->vhost.queue[QUEUE_IRQ]))
			sim_machine_on(p->sim, p->side);
	}
	return true;
}

/**
 * pcidev_disconnect() - the guest is gone
 * @p:	front end
 */
void pcidev_disconnect(struct pcidev *p)
{
	if (!p->func)
		sim_machine_off(p->sim, p->side);
	vhost_disconnect(&p->vhost);
}

/* A position in the scattered data of a message. */
struct cursor {
	const struct iovec *iov;
	unsigned int nr;
	size_t off;
};

/* The next contiguous piece, at most @max bytes; 0 at the end. */
static size_t next_piece(struct cursor *c, size_t max, uint8_t **p)
{
	size_t n;

	while (c->nr && c->off == c->iov->iov_len) {
		c->iov++;
		c->nr--;
		c->off = 0;
	}
	if (!c->nr)
		return 0;
	n = min_t(size_t, max, c->iov->iov_len - c->off);
	*p = (uint8_t *)c->iov->iov_base + c->off;
	c->off += n;
	return n;
}

static size_t copy_out(struct cursor *c, uint8_t *buf, size_t len)
{
	size_t done = 0, n;
	uint8_t *p;

	while (done < len && (n = next_piece(c, len - done, &p))) {
		memcpy(buf + done, p, n);
		done += n;
	}
	return done;
}

static size_t total(const struct iovec *iov, unsigned int nr)
{
	size_t len = 0;

	while (nr--)
		len += iov[nr].iov_len;
	return len;
}

static void access_bytes(struct pcidev *p, unsigned int bar, uint64_t addr,
			 void *buf, size_t len, bool write)
{
	if (p->side == SIDE_RC)
		fabric_rc_bar(p->sim, p->func, bar, addr, buf, len, write);
	else
		fabric_ep_mmio(p->sim, addr, buf, len, write);
}

/* Moves @size bytes between the message and the device. Returns bytes done. */
static size_t mmio(struct pcidev *p, struct cursor *c, unsigned int bar, uint64_t addr,
		   size_t size, bool write)
{
	size_t done = 0, n;
	uint8_t *ptr;

	while (done < size && (n = next_piece(c, size - done, &ptr))) {
		access_bytes(p, bar, addr + done, ptr, n, write);
		done += n;
	}
	return done;
}

static size_t mmio_set(struct pcidev *p, struct cursor *c, unsigned int bar, uint64_t addr,
		       size_t size)
{
	uint8_t chunk[256], value;
	size_t done = 0, n;

	if (copy_out(c, &value, 1) != 1)
		return 0;
	while (done < size) {
		n = min_t(size_t, size - done, sizeof(chunk));
		memset(chunk, value, n);
		access_bytes(p, bar, addr + done, chunk, n, true);
		done += n;
	}
	return done;
}

/* Configuration accesses of 8 bytes are two of 4. */
static bool cfg(struct pcidev *p, struct cursor *c, uint64_t addr, size_t size, bool write)
{
	size_t unit = size == 8 ? 4 : size, n, i;
	uint8_t data[8], *ptr;

	if (p->side != SIDE_RC || addr >= CFG_SIZE ||
	    (size != 1 && size != 2 && size != 4 && size != 8))
		return false;
	if (write && copy_out(c, data, size) != size)
		return false;
	for (i = 0; i < size; i += unit) {
		if (write)
			cfg_host_write(p->sim, p->func, (unsigned int)(addr + i),
				       (unsigned int)unit, (uint32_t)get_le(data + i, (unsigned int)unit));
		else
			put_le(data + i, cfg_host_read(p->sim, p->func,
						       (unsigned int)(addr + i),
						       (unsigned int)unit), (unsigned int)unit);
	}
	for (i = 0; !write && i < size; i += n) {
		n = next_piece(c, size - i, &ptr);
		if (!n)
			return false;
		memcpy(ptr, data + i, n);
	}
	return true;
}

/**
 * pcidev_message() - carry out one command
 * @p:	front end
 * @b:	the message; readable parts hold the command, writable ones take the answer
 *
 * A malformed message is counted and answered as far as it can be; the guest is
 * never left waiting.
 *
 * Return: bytes written to the writable parts.
 */
uint32_t pcidev_message(struct pcidev *p, const struct vbuf *b)
{
	struct cursor out = { b->out, b->nr_out, 0 }, in = { b->in, b->nr_in, 0 };
	uint8_t hdr[PCIDEV_MSG_SIZE];
	size_t size, done = 0;
	uint64_t addr;
	unsigned int bar;

	p->commands++;
	if (copy_out(&out, hdr, sizeof(hdr)) != sizeof(hdr))
		goto malformed;
	bar = hdr[1];
	size = get_le(hdr + 4, 4);
	addr = get_le(hdr + 8, 8);
	if (size > UINT64_MAX - addr)
		goto malformed;

	switch (hdr[0]) {
	case OP_CFG_READ:
		if (!cfg(p, &in, addr, size, false))
			goto malformed;
		return (uint32_t)size;
	case OP_CFG_WRITE:
		if (!cfg(p, &out, addr, size, true))
			goto malformed;
		return 0;
	case OP_MMIO_READ:
		if (total(b->in, b->nr_in) < size)
			goto malformed;
		return (uint32_t)mmio(p, &in, bar, addr, size, false);
	case OP_MMIO_WRITE:
		done = mmio(p, &out, bar, addr, size, true);
		break;
	case OP_MMIO_MEMSET:
		/* Nothing is larger than the largest window. */
		if (size <= EP_MMIO_SIZE)
			done = mmio_set(p, &out, bar, addr, size);
		break;
	default:
		goto malformed;
	}
	if (done == size)
		return 0;
malformed:
	p->malformed++;
	report_violation(&p->sim->report, "virtio-malformed", "%s: op %u, %zu bytes readable",
			 side_name[p->side], b->nr_out ? *(uint8_t *)b->out[0].iov_base : 0,
			 total(b->out, b->nr_out));
	return 0;
}

/** pcidev_refuse() - a buffer of no use goes back to the guest at once */
void pcidev_refuse(struct pcidev *p, struct vring *q, const struct vbuf *b)
{
	p->malformed++;
	report_violation(&p->sim->report, "virtio-malformed", "%s: bad buffer in queue %td",
			 side_name[p->side], q - p->vhost.queue);
	vring_put(q, b, 0);
}

static bool commands(struct pcidev *p)
{
	struct vring *q = &p->vhost.queue[QUEUE_CMD];
	unsigned int n;
	struct vbuf b;
	int ret = 0;

	if (!vring_ready(q))
		return false;
	for (n = 0; n < BATCH; n++) {
		ret = vring_take(&p->vhost, q, &b);
		if (!ret || p->vhost.why)
			break;
		if (ret < 0)
			pcidev_refuse(p, q, &b);
		else
			vring_put(q, &b, pcidev_message(p, &b));
	}
	return n > 0;
}

/*
 * Has the guest handled the last message of a line? @avail is how far it had
 * returned buffers when its commands were carried out last.
 */
static bool line_handled(struct pcidev *p, unsigned int line, uint16_t avail)
{
	struct vring *q = &p->vhost.queue[QUEUE_IRQ];
	uint64_t given = q->taken + (uint16_t)(avail - q->last_avail);

	return given - p->posted >= p->sent[line];
}

static bool line_due(struct pcidev *p, unsigned int line, uint16_t avail)
{
	const struct irqs *irq = &p->sim->irq;

	return (irq->level | irq->again) & BIT(line) && irq->now >= irq->hold_until &&
	       (!p->sent[line] || line_handled(p, line, avail));
}

static bool send_irq(struct pcidev *p, unsigned int op, uint64_t addr, uint32_t data,
		     unsigned int size)
{
	struct vring *q = &p->vhost.queue[QUEUE_IRQ];
	uint8_t msg[PCIDEV_MSG_SIZE + 4] = { 0 };
	size_t len = PCIDEV_MSG_SIZE + size, done = 0, n;
	struct cursor in;
	struct vbuf b;
	uint8_t *ptr;
	int ret;

	if (!p->posted)
		p->posted = (uint16_t)(vring_avail_idx(q) - q->last_avail);
	ret = vring_take(&p->vhost, q, &b);
	if (!ret || p->vhost.why)
		return false;
	if (ret < 0 || total(b.in, b.nr_in) < len) {
		pcidev_refuse(p, q, &b);
		vring_call(q);
		return false;
	}
	msg[0] = (uint8_t)op;
	put_le(msg + 4, size, 4);
	put_le(msg + 8, addr, 8);
	put_le(msg + PCIDEV_MSG_SIZE, data, size);

	in = (struct cursor){ b.in, b.nr_in, 0 };
	while (done < len && (n = next_piece(&in, len - done, &ptr))) {
		memcpy(ptr, msg + done, n);
		done += n;
	}
	vring_put(q, &b, (uint32_t)done);
	return true;
}

/* Messages to the host: as many as it has buffers for; the rest stays pending. */
static bool send_msis(struct pcidev *p)
{
	struct vring *q = &p->vhost.queue[QUEUE_IRQ];
	struct irq_msg m;
	bool sent = false;

	while (vring_avail_idx(q) != q->last_avail && irq_msi_take(&p->sim->irq, p->func, &m)) {
		if (!send_irq(p, OP_MSI, 0, m.data, m.width)) {
			irq_msi_post(&p->sim->irq, m.func, m.data, m.width);
			break;
		}
		sent = true;
		if (p->sim->faults.irq_dup[SIDE_RC]) {
			p->sim->faults.irq_dup[SIDE_RC]--;
			irq_msi_post(&p->sim->irq, m.func, m.data, m.width);
		}
	}
	return sent;
}

/*
 * A level has no end-of-interrupt message here: send again while the line is
 * asserted and the guest has handled the previous one. Its register writes were
 * queued before the buffer came back and have been carried out by now.
 */
static bool send_lines(struct pcidev *p, uint16_t avail)
{
	struct vring *q = &p->vhost.queue[QUEUE_IRQ];
	struct irqs *irq = &p->sim->irq;
	unsigned int line;
	bool sent = false;

	for (line = 0; line < ARRAY_SIZE(p->sent); line++) {
		if (!line_due(p, line, avail) || !send_irq(p, OP_INT, line, 0, 0))
			continue;
		/* Owed on top of what the level causes. */
		if (!(irq->level & BIT(line)))
			irq->again &= ~BIT(line);
		p->sim->counters.line[line]++;
		p->sent[line] = q->taken;
		sent = true;
	}
	return sent;
}

/**
 * pcidev_deliver() - send the interrupts that there are and the guest has buffers for
 * @p:		front end, its interrupt queue ready
 * @avail:	how far it had returned buffers when its commands were carried out last
 *
 * Return: true if there was one; the guest was not notified.
 */
bool pcidev_deliver(struct pcidev *p, uint16_t avail)
{
	return p->side == SIDE_RC ? send_msis(p) : send_lines(p, avail);
}

/**
 * pcidev_work() - carry out commands, deliver interrupts
 * @p:	front end
 *
 * Return: true if anything was done.
 */
bool pcidev_work(struct pcidev *p)
{
	struct vring *irq = &p->vhost.queue[QUEUE_IRQ];
	uint16_t avail;
	bool did, sent;

	if (p->vhost.fd < 0)
		return false;
	/* Returned buffers that are seen before the commands came after them. */
	avail = vring_ready(irq) ? vring_avail_idx(irq) : 0;
	did = commands(p);
	if (p->vhost.why || !vring_ready(irq) || did)
		return did;

	sent = pcidev_deliver(p, avail);
	if (sent)
		vring_call(irq);
	return sent;
}

/** pcidev_deliverable() - is there an interrupt the guest has a buffer for? */
bool pcidev_deliverable(struct pcidev *p)
{
	struct vring *q = &p->vhost.queue[QUEUE_IRQ];
	unsigned int line;
	uint16_t avail;

	if (!vring_ready(q))
		return false;
	avail = vring_avail_idx(q);
	if (avail == q->last_avail)
		return false;
	if (p->side == SIDE_RC)
		return irq_msi_pending(&p->sim->irq, p->func);
	for (line = 0; line < ARRAY_SIZE(p->sent); line++)
		if (line_due(p, line, avail))
			return true;
	return false;
}

static void set_notify(struct pcidev *p, bool on)
{
	unsigned int i;

	for (i = 0; i < VHOST_QUEUES; i++)
		if (vring_ready(&p->vhost.queue[i]))
			vring_set_notify(&p->vhost.queue[i], on);
}

/**
 * pcidev_idle() - ask the guest for notifications, before waiting
 * @p:	front end
 *
 * Return: false if there is new work already.
 */
bool pcidev_idle(struct pcidev *p)
{
	struct vring *cmd = &p->vhost.queue[QUEUE_CMD];

	if (p->vhost.fd < 0)
		return true;
	set_notify(p, true);
	return (!vring_ready(cmd) || vring_avail_idx(cmd) == cmd->last_avail) &&
	       !pcidev_deliverable(p);
}

/**
 * pcidev_busy() - no notifications needed, the queues are being looked at
 * @p:	front end
 */
void pcidev_busy(struct pcidev *p)
{
	if (p->vhost.fd >= 0)
		set_notify(p, false);
}
