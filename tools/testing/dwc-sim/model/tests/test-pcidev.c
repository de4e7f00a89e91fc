// SPDX-License-Identifier: GPL-2.0
/* virtio_pcidev commands: what each does, and what becomes of malformed ones. */
#include <string.h>

#include "driver.h"
#include "guest.h"

static struct guest *host(void)
{
	return guest_boot(dma_start(), SIDE_RC);
}

static struct guest *endpoint(void)
{
	return guest_boot(dma_start(), SIDE_EP);
}

static uint32_t read32(struct guest *g, unsigned int op, unsigned int bar, uint64_t addr)
{
	uint8_t b[4] = { 0 };

	guest_read(g, op, bar, addr, b, 4);
	return (uint32_t)get_le(b, 4);
}

TEST(pcidev_cfg_read_of_1_2_4_8_bytes)
{
	struct guest *g = host();
	uint8_t b[8];

	guest_read(g, CFG_READ, 0, 0x01, b, 1);
	EXPECT_EQ(b[0], 0x16);
	guest_read(g, CFG_READ, 0, 0x02, b, 2);
	EXPECT_EQ(get_le(b, 2), 0xabcd);
	EXPECT_EQ(read32(g, CFG_READ, 0, 0), 0xabcd16c3);
	guest_read(g, CFG_READ, 0, 0x00, b, 8);
	EXPECT_EQ(get_le(b, 8), 0x00100006abcd16c3ull);
}

TEST(pcidev_cfg_write)
{
	struct guest *g = host();

	guest_write(g, CFG_WRITE, 0, 0x04, "\x02\x00", 2);
	guest_write(g, CFG_WRITE, 0, 0x18, "\x00\x00\x00\xc0\x01\x00\x00\x00", 8);
	EXPECT_EQ(read32(g, CFG_READ, 0, 0x04) & 0xffff, 0x0002);
	EXPECT_EQ(cfg_bar_addr(g->sim, 0, BAR_MW), 0x1c0000000ull);
}

TEST(pcidev_mmio_of_a_bar)
{
	struct guest *g = host();

	guest_write(g, MMIO_WRITE, BAR_MW, 0x100, "\x11\x22\x33\x44", 4);
	EXPECT_EQ(read32(g, MMIO_READ, BAR_MW, 0x100), 0x44332211);
	EXPECT_EQ(get_le(mem_at(g->sim, SIDE_EP, BAR_MW_MEM + 0x100), 4), 0x44332211);
}

TEST(pcidev_memset_of_a_bar)
{
	struct guest *g = host();
	uint8_t want[1000];

	memset(want, 0x5a, sizeof(want));
	guest_write(g, MMIO_MEMSET, BAR_MW, 0x200, "\x5a", 1000);
	guest_work(g);
	EXPECT_MEM(mem_at(g->sim, SIDE_EP, BAR_MW_MEM + 0x200), want, 1000);
	EXPECT_EQ(*mem_at(g->sim, SIDE_EP, BAR_MW_MEM + 0x1ff), 0);
	EXPECT_EQ(*mem_at(g->sim, SIDE_EP, BAR_MW_MEM + 0x200 + 1000), 0);
}

TEST(pcidev_mmio_of_the_platform_device)
{
	struct guest *g = endpoint();

	EXPECT_EQ(read32(g, MMIO_READ, 0, EP_DMA + 0x08), 0x00040004);
	guest_write(g, MMIO_WRITE, 0, EP_DMA + 0x54, "\x03\0\0\0", 4);
	EXPECT_EQ(read32(g, MMIO_READ, 0, EP_DMA + 0x54), 3);
}

TEST(pcidev_posted_writes_are_carried_out_in_order)
{
	struct guest *g = host();
	uint32_t id, len;
	unsigned int i;
	uint8_t b;

	for (i = 0; i < 100; i++) {
		b = (uint8_t)i;
		guest_write(g, MMIO_WRITE, BAR_MW, i == 50 ? 8 : 0, &b, 1);
	}
	guest_work(g);
	EXPECT_EQ(*mem_at(g->sim, SIDE_EP, BAR_MW_MEM), 99);
	EXPECT_EQ(*mem_at(g->sim, SIDE_EP, BAR_MW_MEM + 8), 50);
	for (i = 0; i < 100; i++) {
		EXPECT(guest_used(g, QUEUE_CMD, &id, &len));
		EXPECT_EQ(id, 2 * i);
		EXPECT_EQ(len, 0);
	}
	EXPECT_EQ(g->dev.commands, 100);
}

TEST(pcidev_busy_machine_gives_the_other_its_turn)
{
	struct guest *g = host();
	unsigned int i;

	for (i = 0; i < 100; i++)
		guest_write(g, MMIO_WRITE, BAR_MW, 0, "x", 1);
	EXPECT(pcidev_work(&g->dev));
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 32);
}

/* Data behind the header, in a part of its own, or scattered: all the same. */
TEST(pcidev_message_parts_may_be_cut_anywhere)
{
	struct guest *g = host();
	unsigned int cut, cut2;

	for (cut = 1; cut < 31; cut += 3) {
		for (cut2 = cut + 1; cut2 < 32; cut2 += 5) {
			uint32_t id, len;

			guest_header(g, GUEST_DATA, MMIO_WRITE, BAR_MW, 0x40, 16);
			memset(g->mem + GUEST_DATA + 16, (int)(cut * 32 + cut2) & 0xff, 16);
			guest_desc(g, QUEUE_CMD, 0, GUEST_GPA + GUEST_DATA, cut, DESC_NEXT, 1);
			guest_desc(g, QUEUE_CMD, 1, GUEST_GPA + GUEST_DATA + cut, cut2 - cut,
				   DESC_NEXT, 2);
			guest_desc(g, QUEUE_CMD, 2, GUEST_GPA + GUEST_DATA + cut2, 32 - cut2, 0, 0);
			guest_publish(g, QUEUE_CMD, 0);
			guest_work(g);
			EXPECT(guest_used(g, QUEUE_CMD, &id, &len));
			EXPECT_MEM(mem_at(g->sim, SIDE_EP, BAR_MW_MEM + 0x40),
				   g->mem + GUEST_DATA + 16, 16);
		}
	}
}

TEST(pcidev_read_may_be_scattered)
{
	struct guest *g = host();

	mem_pattern(g->sim, SIDE_EP, BAR_MW_MEM, 64, 1);
	guest_header(g, GUEST_DATA, MMIO_READ, BAR_MW, 3, 40);
	guest_desc(g, QUEUE_CMD, 0, GUEST_GPA + GUEST_DATA, 16, DESC_NEXT, 1);
	guest_desc(g, QUEUE_CMD, 1, GUEST_GPA + GUEST_DATA + 100, 7, DESC_WRITE | DESC_NEXT, 2);
	guest_desc(g, QUEUE_CMD, 2, GUEST_GPA + GUEST_DATA + 200, 33, DESC_WRITE, 0);
	guest_publish(g, QUEUE_CMD, 0);
	guest_work(g);
	EXPECT_MEM(g->mem + GUEST_DATA + 100, mem_at(g->sim, SIDE_EP, BAR_MW_MEM + 3), 7);
	EXPECT_MEM(g->mem + GUEST_DATA + 200, mem_at(g->sim, SIDE_EP, BAR_MW_MEM + 10), 33);
}

/* One message, @out bytes readable and @in writable; it must come back, and be counted. */
static void malformed(struct guest *g, unsigned int op, uint64_t addr, uint32_t size,
		      uint32_t out, uint32_t in)
{
	uint32_t id, len;

	guest_header(g, GUEST_DATA, op, 0, addr, size);
	memset(g->mem + GUEST_DATA + 16, 0, 64);
	if (out)
		guest_desc(g, QUEUE_CMD, 0, GUEST_GPA + GUEST_DATA, out, in ? DESC_NEXT : 0, 1);
	guest_desc(g, QUEUE_CMD, 1, GUEST_GPA + GUEST_DATA + 0x1000, in, DESC_WRITE, 0);
	guest_publish(g, QUEUE_CMD, out ? 0 : 1);
	guest_work(g);
	EXPECT(guest_used(g, QUEUE_CMD, &id, &len));
	EXPECT_EQ(id, out ? 0 : 1);
	EXPECT_EQ(len, 0);
	EXPECT_EQ(fx_violations(g->sim, "virtio-malformed"), 1);
	EXPECT_EQ(g->dev.malformed, 1);
	EXPECT(!g->dev.vhost.why);
	g->dev.malformed = 0;
}

TEST(malformed_short_header)
{
	struct guest *g = host();

	malformed(g, MMIO_READ, 0, 4, 15, 4);
	malformed(g, MMIO_WRITE, 0, 4, 1, 0);
	malformed(g, MMIO_READ, 0, 4, 0, 20);	/* nothing to read at all */
}

TEST(malformed_unknown_operation)
{
	struct guest *g = host();

	malformed(g, 0, 0, 4, 20, 4);
	malformed(g, IRQ_INT, 0, 4, 20, 0);
	malformed(g, 8, 0, 0, 16, 0);
	malformed(g, 255, 0, 4, 20, 4);
}

TEST(malformed_cfg_size_and_address)
{
	struct guest *g = host();

	malformed(g, CFG_READ, 0, 0, 16, 4);
	malformed(g, CFG_READ, 0, 3, 16, 4);
	malformed(g, CFG_READ, 0, 16, 16, 16);
	malformed(g, CFG_READ, 4096, 4, 16, 4);
	malformed(g, CFG_READ, 1ull << 32, 4, 16, 4);
	malformed(g, CFG_WRITE, 4, 5, 24, 0);
	malformed(g, CFG_WRITE, 4, 0xffffffff, 24, 0);
}

TEST(malformed_cfg_without_room_or_data)
{
	struct guest *g = host();

	malformed(g, CFG_READ, 0, 4, 16, 3);
	malformed(g, CFG_READ, 0, 4, 16, 0);
	malformed(g, CFG_WRITE, 4, 4, 19, 0);
	EXPECT_EQ(cfg_host_read(g->sim, 0, 0x04, 2), 6);
}

TEST(malformed_cfg_access_by_the_endpoint)
{
	struct guest *g = endpoint();

	malformed(g, CFG_READ, 0, 4, 16, 4);
	malformed(g, CFG_WRITE, 4, 4, 20, 0);
}

TEST(malformed_read_larger_than_its_buffers)
{
	struct guest *g = host();

	malformed(g, MMIO_READ, 0, 5, 16, 4);
	malformed(g, MMIO_READ, 0, 0xffffffff, 16, 64);
	malformed(g, MMIO_READ, 0, 4, 16, 0);
}

TEST(malformed_write_larger_than_its_data)
{
	struct guest *g = host();

	malformed(g, MMIO_WRITE, 0, 8, 16 + 4, 0);
	malformed(g, MMIO_WRITE, 0, 0xffffffff, 16 + 4, 0);
	malformed(g, MMIO_WRITE, 0, 4, 16, 0);
}

TEST(malformed_memset)
{
	struct guest *g = host();

	malformed(g, MMIO_MEMSET, 0, 4, 16, 0);			/* no value */
	malformed(g, MMIO_MEMSET, 0, 0x1000001, 17, 0);		/* larger than anything */
	malformed(g, MMIO_MEMSET, 0, 0xffffffff, 17, 0);
}

TEST(malformed_address_overflow)
{
	struct guest *g = host();

	malformed(g, MMIO_WRITE, UINT64_MAX, 4, 20, 0);
	malformed(g, MMIO_READ, UINT64_MAX - 2, 4, 16, 4);
	malformed(g, MMIO_MEMSET, UINT64_MAX - 2, 4, 17, 0);
}

TEST(malformed_chain_comes_back_and_is_counted)
{
	struct guest *g = host();
	uint32_t id, len;

	guest_desc(g, QUEUE_CMD, 3, 0, 16, 0, 0);
	guest_publish(g, QUEUE_CMD, 3);
	guest_desc(g, QUEUE_CMD, 4, GUEST_GPA, 16, DESC_NEXT, 4);
	guest_publish(g, QUEUE_CMD, 4);
	guest_write(g, MMIO_WRITE, BAR_MW, 0, "ok", 2);
	guest_work(g);
	EXPECT_EQ(g->dev.malformed, 2);
	EXPECT_EQ(fx_violations(g->sim, "virtio-malformed"), 2);
	EXPECT(guest_used(g, QUEUE_CMD, &id, &len) && id == 3);
	EXPECT(guest_used(g, QUEUE_CMD, &id, &len) && id == 4);
	EXPECT(guest_used(g, QUEUE_CMD, &id, &len));
	EXPECT_EQ(*mem_at(g->sim, SIDE_EP, BAR_MW_MEM), 'o');
}

TEST(malformed_chain_is_not_carried_out)
{
	struct guest *g = host();
	unsigned int head = guest_write(g, MMIO_WRITE, BAR_MW, 0, "no", 2);

	guest_desc(g, QUEUE_CMD, head, GUEST_GPA + GUEST_DATA, 18, DESC_NEXT, 1);
	guest_desc(g, QUEUE_CMD, 1, 0, 16, 0, 0);
	guest_work(g);
	EXPECT_EQ(*mem_at(g->sim, SIDE_EP, BAR_MW_MEM), 0);
	EXPECT_EQ(g->dev.malformed, 1);
	EXPECT_EQ(fx_violations(g->sim, "virtio-malformed"), 1);
}

TEST(broken_ring_ends_the_connection_at_once)
{
	struct guest *g = host();

	guest_publish(g, QUEUE_CMD, GUEST_NUM);
	pcidev_work(&g->dev);
	EXPECT(g->dev.vhost.why != NULL);
	pcidev_disconnect(&g->dev);
	EXPECT(!g->sim->present[SIDE_RC]);
	EXPECT(!pcidev_work(&g->dev));
	EXPECT(pcidev_idle(&g->dev));
}

TEST(pcidev_access_to_a_bar_that_does_not_exist_is_answered)
{
	struct guest *g = host();

	EXPECT_EQ(read32(g, MMIO_READ, 6, 0), 0xffffffff);
	EXPECT_EQ(read32(g, MMIO_READ, 255, 0), 0xffffffff);
	EXPECT_EQ(fx_violations(g->sim, "bar-range"), 2);
}

TEST(pcidev_access_outside_the_window_is_answered)
{
	struct guest *g = endpoint();

	EXPECT_EQ(read32(g, MMIO_READ, 0, EP_MMIO_SIZE), 0xffffffff);
	EXPECT_EQ(read32(g, MMIO_READ, 0, 1ull << 40), 0xffffffff);
	EXPECT_EQ(fx_unknown(g->sim, "mmio"), 2);
}

TEST(pcidev_machine_is_on_while_its_queues_work)
{
	struct guest *g = host();

	EXPECT(g->sim->present[SIDE_RC]);
	guest_reconnect(g);
	EXPECT(!g->sim->present[SIDE_RC]);
	EXPECT(!cfg_mse(g->sim, 0));
	EXPECT(g->sim->link_up);
}

TEST(pcidev_endpoint_that_goes_takes_the_link_along)
{
	struct guest *g = endpoint();

	guest_reconnect(g);
	EXPECT(!g->sim->link_up);
	EXPECT_EQ(sim_set_link(g->sim, true), -1);
}
