// SPDX-License-Identifier: GPL-2.0
/*
 * Split virtqueues (virtio 1.1, section 2.6) without event indices or indirect
 * descriptors, as User-Mode-Linux uses them. The guest owns this memory and may
 * change it at any time: every field is read once and checked.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gmem.h"
#include "vhost.h"

#define DESC_F_NEXT		0x1
#define DESC_F_WRITE		0x2
#define USED_F_NO_NOTIFY	0x1

static uint16_t load16(const uint8_t *p)
{
	return __atomic_load_n((const uint16_t *)p, __ATOMIC_ACQUIRE);
}

static void store16(uint8_t *p, uint16_t v)
{
	__atomic_store_n((uint16_t *)p, v, __ATOMIC_RELEASE);
}

/**
 * vring_ready() - can the queue be used?
 * @q:	the queue
 */
bool vring_ready(const struct vring *q)
{
	return q->enabled && q->num && q->desc && q->avail && q->used;
}

/**
 * vring_avail_idx() - how far the guest has published
 * @q:	the queue, ready
 */
uint16_t vring_avail_idx(const struct vring *q)
{
	return load16(q->avail + 2);
}

static int add_part(struct vhost *v, struct vbuf *b, uint64_t addr, uint32_t len, bool in)
{
	void *p = gmem_ptr(v->mem, addr, len);
	struct iovec *iov;

	if (!p || !len)
		return -1;
	/* Readable parts come first (virtio 1.1, 2.6.4.2). */
	if (!in && b->nr_in)
		return -1;
	iov = in ? &b->in[b->nr_in++] : &b->out[b->nr_out++];
	iov->iov_base = p;
	iov->iov_len = len;
	return 0;
}

/**
 * vring_take() - take the next buffer
 * @v:	the guest
 * @q:	its queue, ready
 * @b:	receives the buffer
 *
 * Return: 1 if there is one, 0 if not, -1 if the guest broke the ring. After -1
 * @b->head is still good for vring_put() unless the ring itself is broken, in
 * which case @v->why is set.
 */
int vring_take(struct vhost *v, struct vring *q, struct vbuf *b)
{
	uint16_t avail = vring_avail_idx(q);
	unsigned int i, idx;

	if (avail == q->last_avail)
		return 0;
	if ((uint16_t)(avail - q->last_avail) > q->num) {
		v->why = "virtqueue: available index out of range";
		return -1;
	}
	idx = load16(q->avail + 4 + 2 * (q->last_avail % q->num));
	if (idx >= q->num) {
		v->why = "virtqueue: descriptor out of range";
		return -1;
	}
	q->last_avail++;
	q->taken++;

	*b = (struct vbuf){ .head = (uint16_t)idx };
	for (i = 0; i < VHOST_CHAIN_MAX; i++) {
		const uint8_t *d = q->desc + 16 * idx;
		uint64_t addr = get_le(d, 8);
		uint32_t len = (uint32_t)get_le(d + 8, 4);
		uint16_t flags = (uint16_t)get_le(d + 12, 2);

		if (flags & ~(DESC_F_NEXT | DESC_F_WRITE) ||
		    add_part(v, b, addr, len, flags & DESC_F_WRITE))
			return -1;
		if (!(flags & DESC_F_NEXT))
			return 1;
		idx = (unsigned int)get_le(d + 14, 2);
		if (idx >= q->num)
			return -1;
	}
	return -1;
}

/**
 * vring_put() - give a buffer back
 * @q:		the queue
 * @b:		the buffer
 * @written:	bytes written to its writable parts
 */
void vring_put(struct vring *q, const struct vbuf *b, uint32_t written)
{
	uint16_t used = load16(q->used + 2);
	uint8_t *e = q->used + 4 + 8 * (used % q->num);

	put_le(e, b->head, 4);
	put_le(e + 4, written, 4);
	store16(q->used + 2, (uint16_t)(used + 1));
}

/**
 * vring_call() - notify the guest
 * @q:	the queue
 *
 * A full pipe needs no further message: the guest has not read the previous ones.
 */
void vring_call(struct vring *q)
{
	const uint64_t one = 1;
	ssize_t n;

	if (q->call_fd < 0)
		return;
	do {
		n = write(q->call_fd, &one, sizeof(one));
	} while (n < 0 && errno == EINTR);
}

/**
 * vring_set_notify() - do we want the guest's notifications?
 * @q:		the queue, ready
 * @on:		false while it is polled anyway
 *
 * After switching them on the caller must look for work once more.
 */
void vring_set_notify(struct vring *q, bool on)
{
	store16(q->used, on ? 0 : USED_F_NO_NOTIFY);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
