// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes vhost-user: a good hand-shake with messages changed, left out, repeated
 * and out of order, and any bytes. Whatever comes, rings are inside the memory
 * they were checked against, and nothing stays open after the connection.
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "guest.h"

static struct guest *g;
static unsigned int fds_before;

static bool inside(const struct vhost *v, const void *p, size_t len)
{
	const uint8_t *b = p, *map = v->map;

	return map && b >= map && len <= v->map_len && b - map <= (ptrdiff_t)(v->map_len - len);
}

static void check(void)
{
	struct vhost *v = &g->dev.vhost;
	unsigned int i;

	for (i = 0; i < VHOST_QUEUES; i++) {
		struct vring *q = &v->queue[i];

		if (!vring_ready(q))
			continue;
		EXPECT(q->num <= VHOST_QUEUE_MAX && !(q->num & (q->num - 1)));
		EXPECT(inside(v, q->desc, 16 * q->num));
		EXPECT(inside(v, q->avail, 4 + 2 * q->num));
		EXPECT(inside(v, q->used, 4 + 8 * q->num));
	}
	EXPECT(v->nr_fds <= VHOST_FDS_MAX);
	EXPECT(v->len <= sizeof(v->buf));
	EXPECT(!v->mem->base || v->mem->base == v->map);
}

/* A payload that is nearly right for @req. */
static size_t payload(struct rng *r, uint32_t req, uint8_t *p)
{
	unsigned int q = (unsigned int)RND_OF(r, 0, 1, 1, 0, 2);

	memset(p, 0, 80);
	switch (req) {
	case SET_MEM_TABLE:
		put_le(p, RND_OF(r, 1, 1, 1, 2), 4);
		put_le(p + 8, RND_OF(r, GUEST_GPA, GUEST_GPA, 0, GUEST_GPA + 4096), 8);
		put_le(p + 16, RND_OF(r, GUEST_SIZE, GUEST_SIZE, 4096, GUEST_SIZE / 2), 8);
		memcpy(p + 24, p + 8, 8);
		put_le(p + 32, RND_OF(r, GUEST_GPA, GUEST_GPA, 0), 8);
		return 40;
	case SET_VRING_ADDR:
		put_le(p, q, 4);
		put_le(p + 8, RND_OF(r, GUEST_GPA + QUEUE_DESC(0), GUEST_GPA + GUEST_SIZE - 4096,
				     GUEST_GPA + GUEST_SIZE), 8);
		put_le(p + 16, RND_OF(r, GUEST_GPA + QUEUE_USED(0),
				      GUEST_GPA + GUEST_SIZE - 2056), 8);
		put_le(p + 24, RND_OF(r, GUEST_GPA + QUEUE_AVAIL(0),
				      GUEST_GPA + GUEST_SIZE - 518), 8);
		return 40;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
		put_le(p, q | RND_OF(r, 0, 0, 0, BIT(8)), 8);
		return 8;
	default:
		put_le(p, q, 4);
		put_le(p + 4, RND_OF(r, 1, 0, 4, 256, 0x100000000ull - 1), 4);
		return rnd_one_in(r, 8) ? 0 : 8;
	}
}

/* One message, with or without what should come with it. */
static size_t message(struct rng *r, uint8_t *msg, int *fd)
{
	static const uint8_t known[] = {
		1, 2, 3, 5, 5, 8, 8, 9, 9, 9, 10, 12, 12, 13, 13, 15, 16, 18, 18, 18,
	};
	uint32_t req = known[rnd_below(r, sizeof(known))];
	size_t len = payload(r, req, msg + 12);

	*fd = -1;
	if (req == SET_MEM_TABLE && !rnd_one_in(r, 8))
		*fd = dup(g->memfd);
	else if ((req == SET_VRING_KICK || req == SET_VRING_CALL) != rnd_one_in(r, 12))
		*fd = eventfd(0, EFD_CLOEXEC);
	if (rnd_one_in(r, 32))
		req = (uint32_t)rnd_below(r, 64);
	if (rnd_one_in(r, 24))
		len = rnd_below(r, 64);
	put_le(msg, req, 4);
	put_le(msg + 4, RND_OF(r, VERSION, VERSION, VERSION | NEED_REPLY), 4);
	put_le(msg + 8, len, 4);
	/* one bit flipped, anywhere */
	if (rnd_one_in(r, 12))
		msg[rnd_below(r, 12 + len)] ^= BIT(rnd_below(r, 8));
	return 12 + len;
}

/* Rings of random content; a guest that is left waiting by them has asked for it. */
static void work(struct rng *r)
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		put_le(g->mem + rnd_below(r, 0x8000), rnd(r) >> rnd_below(r, 64), 8);
	irq_msi_post(&g->sim->irq, 0, (uint32_t)rnd_below(r, 4), 2);
	for (i = 0; i < 4 && !g->dev.vhost.why; i++)
		pcidev_work(&g->dev);
	pcidev_idle(&g->dev);
	pcidev_busy(&g->dev);
	g->dev.vhost.why = NULL;
}

static void restart(void)
{
	guest_reconnect(g);
	EXPECT_EQ(open_fds(), fds_before);
	fx_forget(g->sim);
}

static void one_by_one(struct rng *r)
{
	struct vhost *v = &g->dev.vhost;
	unsigned int i, n = 4 + (unsigned int)rnd_below(r, 40);
	uint8_t msg[128];
	int fd;

	/* half of the time from a state in which all works */
	if (rnd_one_in(r, 2))
		for (i = 0; i < GUEST_STEPS; i++)
			guest_step(g, i);
	for (i = 0; i < n; i++) {
		size_t len = message(r, msg, &fd);

		if (fd >= 0)
			v->fds[v->nr_fds++] = fd;
		if (vhost_message(v, msg, len)) {
			EXPECT(v->why || len < 12 || v->fd >= 0);
			while (v->nr_fds)
				close(v->fds[--v->nr_fds]);
			v->why = NULL;
		}
		check();
		if (rnd_one_in(r, 4))
			work(r);
	}
	for (i = 0; i < 2; i++)
		if (g->call[i] >= 0) {
			close(g->call[i]);
			g->call[i] = -1;
		}
	restart();
}

TEST(fuzz_vhost_messages)
{
	g = guest_new(fx_start(), SIDE_RC);
	fds_before = open_fds();
	fuzz(12000, one_by_one);
	restart();
}

/* The same as a stream, cut anywhere, with any bytes in it. */
static void stream(struct rng *r)
{
	uint8_t bytes[2048];
	size_t len = 0, at, n;
	int fd, ret;

	while (len < sizeof(bytes) - 200) {
		if (rnd_one_in(r, 10)) {
			bytes[len++] = (uint8_t)rnd(r);
			continue;
		}
		len += message(r, bytes + len, &fd);
		if (fd >= 0)
			close(fd);
	}
	for (at = 0; at < len; at += n) {
		n = min_t(size_t, len - at, 1 + rnd_below(r, 60));
		if (send(g->sock, bytes + at, n, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
			break;
		while ((ret = vhost_next(&g->dev.vhost)) > 0)
			;
		if (ret < 0)
			break;
		check();
	}
	restart();
}

TEST(fuzz_vhost_stream)
{
	g = guest_new(fx_start(), SIDE_RC);
	fds_before = open_fds();
	fuzz(4000, stream);
	restart();
}
