// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes virtio_pcidev: good chains of good messages, with fields, flags and
 * links changed, in rings whose indices jump now and then. Whatever comes, each
 * buffer that was taken is given back, unless the guest loses its connection.
 */
#include <sys/mman.h>

#include "driver.h"
#include "fuzz.h"
#include "guest.h"

static struct guest *g;

/* No descriptor can reach farther than this. */
#define GUARD		(BIT_ULL(32) + 4096)
#define AFTER_TABLE	4

static uint8_t *guarded;

/* Move the back end's mapping to where nothing is before and after it. */
static void guard(void)
{
	struct vhost *v = &g->dev.vhost;
	void *to;

	guarded = mmap(NULL, 2 * GUARD + v->map_len, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!EXPECT(guarded != MAP_FAILED))
		return;
	to = mremap(v->map, v->map_len, v->map_len, MREMAP_MAYMOVE | MREMAP_FIXED,
		    guarded + GUARD);
	EXPECT(to != MAP_FAILED);
	v->map = to;
	v->mem->base = to;
}

static void unguard(void)
{
	munmap(guarded, GUARD);
	munmap(guarded + GUARD + GUEST_SIZE, GUARD);
}

static void boot(void)
{
	unsigned int i;

	for (i = 0; i < GUEST_STEPS; i++) {
		guest_step(g, i);
		if (i == AFTER_TABLE - 1)
			guard();
	}
	guest_give_buffers(g, 10);
	/* An endpoint that was off has lost its link. */
	sim_set_link(g->sim, true);
}

/* A length for data: small, rarely large, or more than there can be. */
static uint32_t length(struct rng *r)
{
	uint32_t len = (uint32_t)RND_OF(r, 1, 2, 4, 4, 8, 16, 64);

	if (rnd_one_in(r, 200))
		return (uint32_t)RND_OF(r, 0x1000, 0x4000, EP_MMIO_SIZE + 1, 0xffffffff);
	/* Filling all registers one by one takes long and shows nothing new. */
	return len > EP_MMIO_SIZE ? len : len & 0x3fff;
}

static uint64_t address(struct rng *r)
{
	if (g->dev.side == SIDE_RC)
		return RND_OF(r, 0, 4, 0x10, 0x4c, 0x104, 0x109, 0x110, 0xff8, 0x1fff, 0xfffc, UINT64_MAX - 3);
	return RND_OF(r, 0x10, 0x104, 0x108, 0x8bc, 0x10010, 0x10018, 0x20104, 0x20208,
		      0x30000, 0x30000, 0x30008, 0x3000c, 0x30ffe, 0x40008, 0x4004c, 0x40010,
		      0x40200, 0x4021c, 0x800000, 0xffffff, 0x1000000);
}

/* A message at its descriptors' place, all parts of which may be wrong. */
static void chain(struct rng *r, unsigned int head)
{
	unsigned int op = (unsigned int)RND_OF(r, CFG_READ, CFG_WRITE, MMIO_READ, MMIO_READ,
					       MMIO_WRITE, MMIO_WRITE, MMIO_MEMSET, 0, 255);
	unsigned int parts = 1 + (unsigned int)rnd_below(r, 4), i;
	bool reads = op == CFG_READ || op == MMIO_READ;
	uint32_t size = length(r), left = 16 + (reads ? 0 : size & 0xffff);
	size_t at = GUEST_DATA + 0x1000 * (head % 32);
	uint64_t gpa = GUEST_GPA + at;

	guest_header(g, at, op, (unsigned int)RND_OF(r, BAR_CTRL, BAR_MW, BAR_DMA, 1, 5, 6),
		     address(r), size);
	for (i = 0; i < 8; i++)
		put_le(g->mem + at + 16 + 8 * i, rnd(r), 8);
	for (i = 0; i < parts; i++) {
		unsigned int idx = (head + i) % GUEST_NUM;
		bool last = i == parts - 1, in = reads && i;
		unsigned int flags = (last ? 0 : DESC_NEXT) | (in ? DESC_WRITE : 0);
		uint32_t len;

		if (in)
			len = last ? size & 0xffff : 1 + (uint32_t)rnd_below(r, 8);
		else if (reads)
			len = 16;
		else
			len = last ? left : (uint32_t)rnd_below(r, left + 1);
		if (rnd_one_in(r, 40))
			len = (uint32_t)(rnd(r) >> rnd_below(r, 64));
		if (rnd_one_in(r, 40))
			flags ^= BIT(rnd_below(r, 4));
		guest_desc(g, QUEUE_CMD, idx,
			   rnd_one_in(r, 20) ? RND_OF(r, GUEST_GPA + GUEST_SIZE - 8, 0) : gpa,
			   len, flags, rnd_one_in(r, 40) ? (unsigned int)rnd_below(r, 300) :
			   (idx + 1) % GUEST_NUM);
		gpa += len;
		left -= min_t(uint32_t, left, len);
	}
	guest_publish(g, QUEUE_CMD, rnd_one_in(r, 300) ? (unsigned int)rnd_below(r, 400) : head);
}

/* Interrupts, and their buffers coming back, or others. */
static void interrupts(struct rng *r)
{
	struct sim *sim = g->sim;
	struct guest_irq irq;

	if (rnd_one_in(r, 2))
		irq_msi_post(&sim->irq, 0, (uint32_t)rnd_below(r, 40), rnd_one_in(r, 2) ? 2 : 4);
	if (rnd_one_in(r, 3))
		ep_write(sim, EP_DMA + (uint32_t)RND_OF(r, 0x4c, 0x58), 0);
	while (rnd_one_in(r, 2) && guest_used_idx(g, QUEUE_IRQ) != g->seen[QUEUE_IRQ]) {
		uint32_t id, len;

		if (!guest_used(g, QUEUE_IRQ, &id, &len))
			break;
		irq.buf = id % GUEST_NUM;
		guest_desc(g, QUEUE_IRQ, irq.buf, GUEST_GPA + GUEST_IRQ_BUFS + 64 * irq.buf,
			   rnd_one_in(r, 20) ? (uint32_t)rnd_below(r, 20) : GUEST_IRQ_SIZE,
			   rnd_one_in(r, 20) ? 0 : DESC_WRITE, 0);
		guest_return_buffer(g, irq.buf);
	}
	if (rnd_one_in(r, 400))
		put_le(g->mem + QUEUE_AVAIL(QUEUE_IRQ) + 2, rnd(r), 2);
}

static void one_guest(struct rng *r)
{
	unsigned int rounds = 4 + (unsigned int)rnd_below(r, 20), i, n;
	struct vring *q = &g->dev.vhost.queue[QUEUE_CMD];

	boot();
	while (rounds-- && !g->dev.vhost.why) {
		for (n = (unsigned int)rnd_below(r, 40); n; n--)
			chain(r, (unsigned int)rnd_below(r, GUEST_NUM));
		if (rnd_one_in(r, 400))
			put_le(g->mem + QUEUE_AVAIL(QUEUE_CMD) + 2, rnd(r), 2);
		interrupts(r);
		for (i = 0; i < 64 && pcidev_work(&g->dev) && !g->dev.vhost.why; i++)
			edma_step(g->sim);
		EXPECT(i < 64);
		/* Nobody waits: all that was taken is back. */
		EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), (uint16_t)q->taken);
		if (!g->dev.vhost.why)
			EXPECT_EQ(q->last_avail, vring_avail_idx(q));
		pcidev_idle(&g->dev);
		pcidev_busy(&g->dev);
	}
	g->dev.vhost.why = NULL;
	guest_reconnect(g);
	unguard();
	fx_forget(g->sim);
}

/* With two functions, BARs of all kinds and glue registers; the other end of the link is ready. */
static struct sim *glue(void)
{
	struct profile p = fx_generic;
	struct sim *sim;

	p.app = 1;
	p.functions = 2;
	p.bar[0].kind = BAR_RESIZABLE;
	p.bar[2].kind = BAR_RESIZABLE;
	p.bar[3].kind = BAR_OFF;
	p.bar[4] = (struct profile_bar){ BAR_FIXED, 256 };
	sim = fx_power_on(&p);
	sim_set_link(sim, true);
	ep_write(sim, EP_APP, 1);
	fx_enumerate(sim);
	return sim;
}

TEST(fuzz_pcidev_host)
{
	g = guest_new(dma_start(), SIDE_RC);
	fuzz(250, one_guest);
}

TEST(fuzz_pcidev_endpoint)
{
	g = guest_new(dma_start(), SIDE_EP);
	fuzz(250, one_guest);
}

TEST(fuzz_pcidev_glue_host)
{
	g = guest_new(glue(), SIDE_RC);
	fuzz(250, one_guest);
}

TEST(fuzz_pcidev_glue_endpoint)
{
	g = guest_new(glue(), SIDE_EP);
	fuzz(250, one_guest);
}
