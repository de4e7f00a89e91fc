// SPDX-License-Identifier: GPL-2.0
/* Guest memory: range checks, and the page table of the test-only DMA layer. */
#include "fixture.h"

TEST(gmem_every_byte_of_a_range_is_checked)
{
	struct sim *sim = fx_power_on(NULL);
	const struct gmem *m = &sim->mem[SIDE_RC];

	EXPECT(gmem_ptr(m, RC_GPA, 1) == m->base);
	EXPECT(gmem_ptr(m, RC_GPA, MEM_SIZE) == m->base);
	EXPECT(gmem_ptr(m, RC_GPA + MEM_SIZE - 1, 1) == m->base + MEM_SIZE - 1);
	EXPECT(!gmem_ptr(m, RC_GPA - 1, 1));
	EXPECT(!gmem_ptr(m, RC_GPA - 1, 2));
	EXPECT(!gmem_ptr(m, RC_GPA + MEM_SIZE, 1));
	EXPECT(!gmem_ptr(m, RC_GPA + MEM_SIZE - 1, 2));
	EXPECT(!gmem_ptr(m, RC_GPA, MEM_SIZE + 1));
	EXPECT(!gmem_ptr(m, RC_GPA + 1, SIZE_MAX));
	EXPECT(!gmem_ptr(m, UINT64_MAX, 2));
	EXPECT(!gmem_ptr(m, 0, SIZE_MAX));
}

TEST(gmem_without_memory_nothing_is_there)
{
	struct sim *sim = fx_power_on(NULL);
	struct gmem off = sim->mem[SIDE_RC];
	struct bus_span s;

	off.base = NULL;
	EXPECT(!gmem_ptr(&off, RC_GPA, 1));
	EXPECT(!gmem_has_dma_table(&off));
	s = gmem_bus(&off, RC_GPA, 100, false);
	EXPECT_EQ(s.kind, BUS_NONE);
	EXPECT_STR(s.why, "machine is off");
}

TEST(gmem_without_a_table_bus_is_physical)
{
	struct sim *sim = fx_power_on(NULL);
	struct bus_span s = gmem_bus(&sim->mem[SIDE_EP], EP_GPA + 0x123, 16, true);

	EXPECT_EQ(s.kind, BUS_RAM);
	EXPECT(s.ptr == mem_at(sim, SIDE_EP, 0x123));
	EXPECT_EQ(s.len, 16);
	EXPECT_EQ(gmem_bus(&sim->mem[SIDE_EP], EP_GPA - 1, 1, false).kind, BUS_NONE);
}

TEST(gmem_answers_never_cross_a_page)
{
	struct sim *sim = fx_power_on(NULL);
	const struct gmem *m = &sim->mem[SIDE_EP];

	EXPECT_EQ(gmem_bus(m, EP_GPA + 0xfff, 4096, false).len, 1);
	EXPECT_EQ(gmem_bus(m, EP_GPA, 100000, false).len, 4096);
	EXPECT_EQ(gmem_bus(m, 0xff0, 100000, false).len, 16);
}

TEST(gmem_only_the_endpoint_has_registers)
{
	struct sim *sim = fx_power_on(NULL);
	struct bus_span s = gmem_bus(&sim->mem[SIDE_EP], EP_MMIO_BASE + EP_DMA + 8, 4, false);

	EXPECT_EQ(s.kind, BUS_MMIO);
	EXPECT_EQ(s.mmio, EP_DMA + 8);
	s = gmem_bus(&sim->mem[SIDE_EP], EP_MMIO_BASE + EP_MMIO_SIZE, 4, false);
	EXPECT_EQ(s.kind, BUS_NONE);
	s = gmem_bus(&sim->mem[SIDE_RC], EP_MMIO_BASE, 4, false);
	EXPECT_EQ(s.kind, BUS_NONE);
}

TEST(gmem_table_needs_its_magic_and_version)
{
	struct sim *sim = fx_power_on(NULL);
	const struct gmem *m = &sim->mem[SIDE_RC];
	uint8_t *root = mem_at(sim, SIDE_RC, MEM_SIZE - UM_DMA_PAGE_SIZE);

	EXPECT(!gmem_has_dma_table(m));
	fx_dma_table(sim, SIDE_RC);
	EXPECT(gmem_has_dma_table(m));
	EXPECT_EQ(gmem_bus(m, RC_GPA, 4, false).kind, BUS_NONE);

	put_le(root + 8, 1, 4);		/* version */
	EXPECT(!gmem_has_dma_table(m));
	put_le(root + 8, 2, 4);
	put_le(root + 12, 16, 4);	/* page shift */
	EXPECT(!gmem_has_dma_table(m));
	put_le(root + 12, 12, 4);
	root[0] ^= 1;
	EXPECT(!gmem_has_dma_table(m));
}

/* The layout both sides agree on, byte by byte. */
TEST(gmem_table_layout_is_the_kernels)
{
	struct sim *sim = fx_power_on(NULL);
	static const uint8_t root[40] = {
		0x31, 0x54, 0x55, 0x4d, 0x2d, 0x44, 0x4d, 0x41,	/* magic */
		2, 0, 0, 0, 12, 0, 0, 0,
		0, 0, 0, 0x40, 0, 0, 0, 0,			/* bus base */
		2, 0, 0, 0, 0, 0, 0, 0,				/* entries */
		0x00, 0x10, 0x80, 0, 0, 0, 0, 0,		/* table: second page */
	};
	struct bus_span s;

	for (unsigned int i = 0; i < sizeof(root); i++)
		*mem_at(sim, SIDE_RC, MEM_SIZE - 0x1000 + i) = root[i];
	put_le(mem_at(sim, SIDE_RC, 0x1008), (RC_GPA + 0x7000) | 3, 8);
	s = gmem_bus(&sim->mem[SIDE_RC], 0x40001234, 8, true);
	EXPECT_EQ(s.kind, BUS_RAM);
	EXPECT(s.ptr == mem_at(sim, SIDE_RC, 0x7234));
	EXPECT_EQ(s.slot, NO_SLOT);
	/* of PCI function 03.0 */
	put_le(mem_at(sim, SIDE_RC, 0x1008), (RC_GPA + 0x7000) | 0x187, 8);
	EXPECT_EQ(gmem_bus(&sim->mem[SIDE_RC], 0x40001234, 8, true).slot, 3);
	EXPECT_EQ(gmem_bus(&sim->mem[SIDE_RC], 0x40000000, 1, true).kind, BUS_NONE);
	EXPECT_STR(gmem_bus(&sim->mem[SIDE_RC], 0x40002000, 1, true).why,
		   "not a bus address (above the range)");
	EXPECT_STR(gmem_bus(&sim->mem[SIDE_RC], 0x3fffffff, 1, true).why,
		   "not a bus address (below the range)");
}

TEST(gmem_mapping_allows_its_direction_only)
{
	struct sim *sim = fx_power_on(NULL);
	const struct gmem *m = &sim->mem[SIDE_EP];
	uint64_t r, w, b;

	fx_dma_table(sim, SIDE_EP);
	r = fx_map(sim, SIDE_EP, 0x1000, 0x1000, UM_DMA_READ);
	w = fx_map(sim, SIDE_EP, 0x1000, 0x1000, UM_DMA_WRITE);
	b = fx_map(sim, SIDE_EP, 0x1000, 0x1000, UM_DMA_READ | UM_DMA_WRITE);
	EXPECT_EQ(gmem_bus(m, r, 4, false).kind, BUS_RAM);
	EXPECT_STR(gmem_bus(m, r, 4, true).why, "mapped for reading only");
	EXPECT_EQ(gmem_bus(m, w, 4, true).kind, BUS_RAM);
	EXPECT_STR(gmem_bus(m, w, 4, false).why, "mapped for writing only");
	EXPECT_EQ(gmem_bus(m, b, 4, true).kind, BUS_RAM);
	EXPECT_EQ(gmem_bus(m, b, 4, false).kind, BUS_RAM);
}

TEST(gmem_mapping_is_gone_once_unmapped)
{
	struct sim *sim = fx_power_on(NULL);
	const struct gmem *m = &sim->mem[SIDE_EP];
	uint64_t bus;

	fx_dma_table(sim, SIDE_EP);
	bus = fx_map(sim, SIDE_EP, 0x1800, 0x1000, UM_DMA_READ);
	EXPECT_EQ(bus & 0xfff, 0x800);
	EXPECT(gmem_bus(m, bus, 4, false).ptr == mem_at(sim, SIDE_EP, 0x1800));
	EXPECT(gmem_bus(m, bus + 0x800, 4, false).ptr == mem_at(sim, SIDE_EP, 0x2000));
	EXPECT_STR(gmem_bus(m, bus + 0x1800, 4, false).why, "not mapped");
	fx_unmap(sim, SIDE_EP, bus, 0x1000);
	EXPECT_STR(gmem_bus(m, bus, 4, false).why, "not mapped");
	EXPECT_STR(gmem_bus(m, bus + 0x800, 4, false).why, "not mapped");
}

TEST(gmem_mapping_can_be_registers)
{
	struct sim *sim = fx_power_on(NULL);
	struct bus_span s;

	fx_dma_table(sim, SIDE_EP);
	s = gmem_bus(&sim->mem[SIDE_EP],
		     fx_map(sim, SIDE_EP, EP_MMIO_BASE + EP_DMA - EP_GPA, 0x1000, UM_DMA_WRITE) + 8,
		     4, true);
	EXPECT_EQ(s.kind, BUS_MMIO);
	EXPECT_EQ(s.mmio, EP_DMA + 8);
}

TEST(gmem_mapping_of_no_memory_is_none)
{
	struct sim *sim = fx_power_on(NULL);
	uint64_t bus;

	fx_dma_table(sim, SIDE_EP);
	bus = fx_map(sim, SIDE_EP, MEM_SIZE, 0x1000, UM_DMA_WRITE);
	EXPECT_STR(gmem_bus(&sim->mem[SIDE_EP], bus, 4, true).why,
		   "no memory at this guest physical address");
}

TEST(gmem_hostile_roots_are_survived)
{
	static const uint64_t evil[] = {
		0, 1, 4, 0xfff, EP_GPA - 8, EP_GPA + MEM_SIZE - 8, EP_GPA + MEM_SIZE - 4,
		EP_GPA + MEM_SIZE, 1ull << 63, UINT64_MAX - 7, UINT64_MAX,
	};
	struct sim *sim = fx_power_on(NULL);
	uint8_t *root = mem_at(sim, SIDE_EP, MEM_SIZE - UM_DMA_PAGE_SIZE);
	unsigned int b, n, t, a;

	fx_dma_table(sim, SIDE_EP);
	for (b = 0; b < ARRAY_SIZE(evil); b++)
		for (n = 0; n < ARRAY_SIZE(evil); n++)
			for (t = 0; t < ARRAY_SIZE(evil); t++)
				for (a = 0; a < ARRAY_SIZE(evil); a++) {
					struct bus_span s;

					put_le(root + 16, evil[b], 8);
					put_le(root + 24, evil[n], 8);
					put_le(root + 32, evil[t], 8);
					s = gmem_bus(&sim->mem[SIDE_EP], evil[a], 64, false);
					EXPECT(s.len >= 1 && s.len <= 64);
					if (s.kind == BUS_RAM)
						EXPECT(s.ptr && s.ptr[s.len - 1] <= 0xff);
				}
}

TEST(gmem_misaligned_table_is_none)
{
	struct sim *sim = fx_power_on(NULL);
	uint8_t *root = mem_at(sim, SIDE_EP, MEM_SIZE - UM_DMA_PAGE_SIZE);

	fx_dma_table(sim, SIDE_EP);
	put_le(root + 32, EP_GPA + 4, 8);
	EXPECT_STR(gmem_bus(&sim->mem[SIDE_EP], EP_BUS, 4, false).why,
		   "DMA table is not aligned");
}

TEST(gmem_memory_smaller_than_a_page_has_no_table)
{
	struct sim *sim = fx_power_on(NULL);
	struct gmem m = sim->mem[SIDE_RC];

	fx_dma_table(sim, SIDE_RC);
	m.base += MEM_SIZE - UM_DMA_PAGE_SIZE;
	m.size = UM_DMA_PAGE_SIZE;
	EXPECT(gmem_has_dma_table(&m));
	m.size = 100;
	EXPECT(!gmem_has_dma_table(&m));
	EXPECT_EQ(gmem_bus(&m, RC_GPA + 99, 1, false).kind, BUS_RAM);
	EXPECT_EQ(gmem_bus(&m, RC_GPA + 99, 2, false).kind, BUS_NONE);
}
