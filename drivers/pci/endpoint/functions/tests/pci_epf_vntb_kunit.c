// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for the arithmetic of pci-epf-vntb: where memory windows may be
 * in a BAR, how the BAR is divided to map them, and where a DMA controller is
 * in a window. All of it goes by values, so no controller is needed.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/pci-epf.h>
#include <linux/sizes.h>

#include "../pci-epf-vntb-layout.h"

#define ALIGNMENT	SZ_4K

/* The R-Car S4's BAR 2: resizable, so 1 MB at least */
static const struct vntb_bar_limits rcar = {
	.align = ALIGNMENT,
	.min_size = SZ_1M,
	.subranges = true,
};

static const struct vntb_bar_limits plain = {
	.align = ALIGNMENT,
	.min_size = 128,
	.subranges = true,
};

/* As the RK3588, which maps 64 KB at a time */
static const struct vntb_bar_limits coarse = {
	.align = SZ_64K,
	.min_size = SZ_1M,
	.subranges = true,
};

static const struct vntb_bar_limits fixed = {
	.align = ALIGNMENT,
	.min_size = 128,
	.fixed_size = SZ_64K,
	.subranges = true,
};

static const struct vntb_bar_limits undivided = {
	.align = ALIGNMENT,
	.min_size = 128,
};

#define GOOD	UINT_MAX

static const struct layout_case {
	const char *name;
	const struct vntb_bar_limits *limits;
	unsigned int num;
	struct vntb_window win[4];
	unsigned int bad;
	u64 size;
	const char *why;
} layout_cases[] = {
	/* Good ones */
	{ "the RFC's windows", &rcar, 2,
	  { { 2, 0, 0xe0000 }, { 2, 0xe0000, 0x20000 } }, GOOD, SZ_1M },
	{ "the same in the other order", &rcar, 2,
	  { { 2, 0xe0000, 0x20000 }, { 2, 0, 0xe0000 } }, GOOD, SZ_1M },
	{ "one window, as it always was", &plain, 1,
	  { { 2, 0, SZ_1M } }, GOOD, SZ_1M },
	{ "one window and a controller that cannot divide", &undivided, 1,
	  { { 2, 0, SZ_1M } }, GOOD, SZ_1M },
	{ "one small window that is the BAR", &undivided, 1,
	  { { 2, 0, 256 } }, GOOD, 256 },
	{ "one window of an odd size", &plain, 1,
	  { { 2, 0, 0x3000 } }, GOOD, 0x4000 },
	{ "the BAR reaches to the end of the last window", &plain, 1,
	  { { 2, SZ_1M - SZ_4K, SZ_8K } }, GOOD, SZ_2M },
	{ "a window that is smaller than any BAR", &rcar, 1,
	  { { 2, 0, SZ_4K } }, GOOD, SZ_1M },
	{ "a gap between windows", &plain, 2,
	  { { 2, 0, SZ_4K }, { 2, SZ_64K, SZ_4K } }, GOOD, SZ_128K },
	{ "windows of another BAR do not count", &plain, 3,
	  { { 4, 0, SZ_4M }, { 2, 0, SZ_8K }, { 0, 1, 1 } }, GOOD, SZ_8K },
	{ "four windows", &plain, 4,
	  { { 2, 0, SZ_4K }, { 2, SZ_4K, SZ_4K }, { 2, SZ_8K, SZ_4K },
	    { 2, 3 * SZ_4K, SZ_4K } }, GOOD, SZ_16K },
	{ "a part of a fixed BAR", &fixed, 1,
	  { { 2, SZ_4K, SZ_4K } }, GOOD, SZ_64K },
	{ "the largest BAR", &plain, 1, { { 2, 0, SZ_2G } }, GOOD, SZ_2G },

	/* Bad ones: the window to blame, and why */
	{ "no size", &plain, 2, { { 2, 0, SZ_4K }, { 2, SZ_4K, 0 } },
	  1, 0, "has no size" },
	{ "end wraps", &plain, 1, { { 2, U64_MAX - SZ_4K + 1, SZ_8K } },
	  0, 0, "ends beyond 2 GB" },
	{ "too large", &plain, 1, { { 2, SZ_4K, SZ_2G } },
	  0, 0, "ends beyond 2 GB" },
	{ "same place", &plain, 2, { { 2, 0, SZ_8K }, { 2, 0, SZ_8K } },
	  1, 0, "overlaps with another window" },
	{ "one within the other", &plain, 2,
	  { { 2, 0, SZ_1M }, { 2, SZ_4K, SZ_4K } },
	  1, 0, "overlaps with another window" },
	{ "overlap from below", &plain, 2,
	  { { 2, SZ_8K, SZ_8K }, { 2, SZ_4K, SZ_8K } },
	  1, 0, "overlaps with another window" },
	{ "overlap with the first of three", &plain, 3,
	  { { 2, SZ_8K, SZ_4K }, { 2, 0, SZ_4K }, { 2, SZ_4K, SZ_8K } },
	  2, 0, "overlaps with another window" },
	{ "offset misaligned", &rcar, 1, { { 2, 0x800, SZ_4K } },
	  0, 0, "has an offset that the controller cannot map" },
	{ "size misaligned", &rcar, 2,
	  { { 2, 0, SZ_4K }, { 2, SZ_4K, 0x1800 } },
	  1, 0, "has a size that the controller cannot map" },
	{ "small window in a BAR that is larger", &rcar, 1, { { 2, 0, 0x800 } },
	  0, 0, "has a size that the controller cannot map" },
	{ "fine for 4 KB, misaligned for 64 KB", &coarse, 2,
	  { { 2, 0, 0xe0000 }, { 2, 0xe8000, 0x8000 } },
	  1, 0, "has an offset that the controller cannot map" },
	{ "beyond a fixed BAR", &fixed, 1, { { 2, SZ_64K - SZ_4K, SZ_8K } },
	  0, 0, "ends beyond its BAR, which has a fixed size" },
	{ "offset and a controller that cannot divide", &undivided, 1,
	  { { 2, SZ_4K, SZ_4K } },
	  0, 0, "does not fill its BAR, and the controller cannot map a part of one" },
	{ "two windows and a controller that cannot divide", &undivided, 2,
	  { { 2, 0, SZ_4K }, { 2, SZ_4K, SZ_4K } },
	  0, 0, "does not fill its BAR, and the controller cannot map a part of one" },
	{ "odd size and a controller that cannot divide", &undivided, 1,
	  { { 2, 0, 0xe0000 } },
	  0, 0, "does not fill its BAR, and the controller cannot map a part of one" },
};

KUNIT_ARRAY_PARAM_DESC(layout, layout_cases, name);

static void vntb_layout(struct kunit *test)
{
	const struct layout_case *param = test->param_value;
	unsigned int bad = param->bad == GOOD ? param->num : param->bad;
	const char *why = NULL;
	u64 size = 0;

	KUNIT_ASSERT_EQ(test, bad, vntb_layout_bar(param->win, param->num, 2,
						   param->limits, &size, &why));
	if (bad == param->num)
		KUNIT_EXPECT_EQ(test, param->size, size);
	else
		KUNIT_EXPECT_STREQ(test, param->why, why);
}

#define REST	0x40000000
#define MEM(n)	(0x80000000 + (n) * 0x100000)

static const struct submap_case {
	const char *name;
	u64 bar_size;
	unsigned int num;
	struct vntb_map maps[4];
	int ret;
	struct pci_epf_bar_submap submap[8];
} submap_cases[] = {
	{ "nothing but the rest", SZ_1M, 0, {}, 1, { { REST, SZ_1M } } },
	{ "the whole BAR", SZ_1M, 1, { { 0, SZ_1M, MEM(0) } },
	  1, { { MEM(0), SZ_1M } } },
	{ "the RFC's windows", SZ_1M, 2,
	  { { 0, 0xe0000, MEM(0) }, { 0xe0000, 0x20000, MEM(1) } },
	  2, { { MEM(0), 0xe0000 }, { MEM(1), 0x20000 } } },
	{ "the same in the other order", SZ_1M, 2,
	  { { 0xe0000, 0x20000, MEM(1) }, { 0, 0xe0000, MEM(0) } },
	  2, { { MEM(0), 0xe0000 }, { MEM(1), 0x20000 } } },
	{ "only the second window", SZ_1M, 1, { { 0xe0000, 0x20000, MEM(1) } },
	  2, { { REST, 0xe0000 }, { MEM(1), 0x20000 } } },
	{ "only the first window", SZ_1M, 1, { { 0, 0xe0000, MEM(0) } },
	  2, { { MEM(0), 0xe0000 }, { REST + 0xe0000, 0x20000 } } },
	{ "a gap before, between and behind", SZ_64K, 2,
	  { { 0x1000, 0x1000, MEM(0) }, { 0x4000, 0x2000, MEM(1) } },
	  5, { { REST, 0x1000 }, { MEM(0), 0x1000 },
	       { REST + 0x2000, 0x2000 }, { MEM(1), 0x2000 },
	       { REST + 0x6000, 0xa000 } } },
	{ "a window with a DMA controller", SZ_1M, 4,
	  { { 0, 0xe0000, MEM(0) }, { 0xe0000, 0x1000, MEM(1) },
	    { 0xe1000, 0x2000, MEM(2) }, { 0xe3000, 0x4000, MEM(3) } },
	  5, { { MEM(0), 0xe0000 }, { MEM(1), 0x1000 }, { MEM(2), 0x2000 },
	       { MEM(3), 0x4000 }, { REST + 0xe7000, 0x19000 } } },

	{ "no size", SZ_1M, 1, { { 0, 0, MEM(0) } }, -EINVAL },
	{ "larger than the BAR", SZ_64K, 1, { { 0, SZ_128K, MEM(0) } }, -EINVAL },
	{ "beyond the BAR", SZ_64K, 1, { { SZ_64K, SZ_4K, MEM(0) } }, -EINVAL },
	{ "half beyond the BAR", SZ_64K, 1,
	  { { SZ_64K - SZ_4K, SZ_8K, MEM(0) } }, -EINVAL },
	{ "end wraps", SZ_64K, 1, { { U64_MAX - SZ_4K + 1, SZ_8K, MEM(0) } },
	  -EINVAL },
	{ "offset misaligned", SZ_64K, 1, { { 0x800, SZ_4K, MEM(0) } }, -EINVAL },
	{ "size misaligned", SZ_64K, 1, { { 0, 0x1800, MEM(0) } }, -EINVAL },
	{ "address misaligned", SZ_64K, 1, { { 0, SZ_4K, MEM(0) + 0x800 } },
	  -EINVAL },
	{ "same place", SZ_64K, 2, { { 0, SZ_4K, MEM(0) }, { 0, SZ_4K, MEM(1) } },
	  -EINVAL },
	{ "one starts within the other", SZ_64K, 2,
	  { { 0, SZ_8K, MEM(0) }, { SZ_4K, SZ_8K, MEM(1) } }, -EINVAL },
	{ "one within the other", SZ_64K, 2,
	  { { SZ_4K, SZ_4K, MEM(1) }, { 0, SZ_64K, MEM(0) } }, -EINVAL },
	{ "more parts than fit", SZ_64K, 4,
	  { { 0x1000, 0x1000, MEM(0) }, { 0x3000, 0x1000, MEM(1) },
	    { 0x5000, 0x1000, MEM(2) }, { 0x7000, 0x1000, MEM(3) } }, -ENOSPC },
};

KUNIT_ARRAY_PARAM_DESC(submap, submap_cases, name);

static void vntb_submap(struct kunit *test)
{
	const struct submap_case *param = test->param_value;
	struct pci_epf_bar_submap submap[8];
	int i, ret;

	ret = vntb_build_submap(param->maps, param->num, param->bar_size,
				ALIGNMENT, REST, submap, ARRAY_SIZE(submap));
	KUNIT_ASSERT_EQ(test, param->ret, ret);

	for (i = 0; i < ret; i++) {
		KUNIT_EXPECT_EQ(test, param->submap[i].phys_addr,
				submap[i].phys_addr);
		KUNIT_EXPECT_EQ(test, param->submap[i].size, submap[i].size);
	}
}

/*
 * What the controller asks for, for each way to map any of eight pages: no gaps,
 * all aligned, and each page has the target that it was given.
 */
static void vntb_submap_exhaustive(struct kunit *test)
{
	const unsigned int pages = 8;
	struct pci_epf_bar_submap submap[9];
	struct vntb_map maps[8];
	unsigned int set, page, num;
	u64 pos, offset, wanted;
	int i, ret;

	for (set = 0; set < BIT(pages); set++) {
		num = 0;
		for (page = 0; page < pages; page++)
			if (set & BIT(page))
				maps[num++] = (struct vntb_map) {
					.offset = page * SZ_4K,
					.size = SZ_4K,
					.addr = MEM(page),
				};

		ret = vntb_build_submap(maps, num, pages * SZ_4K, ALIGNMENT,
					REST, submap, ARRAY_SIZE(submap));
		KUNIT_ASSERT_GT(test, ret, 0);

		pos = 0;
		for (i = 0; i < ret; i++) {
			KUNIT_ASSERT_TRUE(test, IS_ALIGNED(submap[i].size, SZ_4K));
			KUNIT_ASSERT_GT(test, submap[i].size, 0);
			for (offset = 0; offset < submap[i].size; offset += SZ_4K) {
				page = (pos + offset) / SZ_4K;
				wanted = set & BIT(page) ? MEM(page) :
							   REST + page * SZ_4K;
				KUNIT_ASSERT_EQ(test, wanted,
						submap[i].phys_addr + offset);
			}
			pos += submap[i].size;
		}
		KUNIT_ASSERT_EQ(test, pages * SZ_4K, pos);
	}
}

static void vntb_whole_bar(struct kunit *test)
{
	const struct vntb_map whole = { 0, SZ_1M, MEM(0) };
	const struct vntb_map part = { 0, SZ_1M - SZ_4K, MEM(0) };
	const struct vntb_map second = { SZ_4K, SZ_1M - SZ_4K, MEM(0) };
	const struct vntb_map unaligned = { 0, SZ_1M, MEM(0) + SZ_4K };

	KUNIT_EXPECT_TRUE(test, vntb_maps_whole_bar(&whole, 1, SZ_1M));
	KUNIT_EXPECT_FALSE(test, vntb_maps_whole_bar(&whole, 0, SZ_1M));
	KUNIT_EXPECT_FALSE(test, vntb_maps_whole_bar(&whole, 2, SZ_1M));
	KUNIT_EXPECT_FALSE(test, vntb_maps_whole_bar(&whole, 1, SZ_2M));
	KUNIT_EXPECT_FALSE(test, vntb_maps_whole_bar(&part, 1, SZ_1M));
	KUNIT_EXPECT_FALSE(test, vntb_maps_whole_bar(&second, 1, SZ_1M));
	KUNIT_EXPECT_FALSE(test, vntb_maps_whole_bar(&unaligned, 1, SZ_1M));
}

/* R-Car S4: registers and descriptors are aligned already. */
static void vntb_dma_aligned(struct kunit *test)
{
	struct vntb_dma_layout layout;

	vntb_layout_dma(SZ_4K, 0xe65d5000, 0x1200, 0x48000000, 0x4000, &layout);

	KUNIT_EXPECT_EQ(test, 0, layout.maps[VNTB_DMA_INFO].offset);
	KUNIT_EXPECT_EQ(test, 0x1000, layout.maps[VNTB_DMA_INFO].size);
	KUNIT_EXPECT_EQ(test, 0x1000, layout.maps[VNTB_DMA_REGS].offset);
	KUNIT_EXPECT_EQ(test, 0x2000, layout.maps[VNTB_DMA_REGS].size);
	KUNIT_EXPECT_EQ(test, 0xe65d5000, layout.maps[VNTB_DMA_REGS].addr);
	KUNIT_EXPECT_EQ(test, 0x3000, layout.maps[VNTB_DMA_DESC].offset);
	KUNIT_EXPECT_EQ(test, 0x4000, layout.maps[VNTB_DMA_DESC].size);
	KUNIT_EXPECT_EQ(test, 0x48000000, layout.maps[VNTB_DMA_DESC].addr);
	KUNIT_EXPECT_EQ(test, 0x1000, layout.regs_offset);
	KUNIT_EXPECT_EQ(test, 0x3000, layout.desc_offset);
	KUNIT_EXPECT_EQ(test, 0x7000, layout.size);
}

/* A controller that maps 64 KB at a time, and registers that cross such a block */
static void vntb_dma_unaligned(struct kunit *test)
{
	struct vntb_dma_layout layout;

	vntb_layout_dma(SZ_64K, 0xa40f8000, 0xa000, 0x48000000, 0x4000, &layout);

	KUNIT_EXPECT_EQ(test, 0x10000, layout.maps[VNTB_DMA_REGS].offset);
	KUNIT_EXPECT_EQ(test, 0x20000, layout.maps[VNTB_DMA_REGS].size);
	KUNIT_EXPECT_EQ(test, 0xa40f0000, layout.maps[VNTB_DMA_REGS].addr);
	KUNIT_EXPECT_EQ(test, 0x18000, layout.regs_offset);
	KUNIT_EXPECT_EQ(test, 0x30000, layout.maps[VNTB_DMA_DESC].offset);
	KUNIT_EXPECT_EQ(test, 0x10000, layout.maps[VNTB_DMA_DESC].size);
	KUNIT_EXPECT_EQ(test, 0x30000, layout.desc_offset);
	KUNIT_EXPECT_EQ(test, 0x40000, layout.size);
}

/* The parts of the window are what can be mapped. */
static void vntb_dma_maps(struct kunit *test)
{
	struct pci_epf_bar_submap submap[4];
	struct vntb_dma_layout layout;

	vntb_layout_dma(SZ_4K, 0xe65d5080, 0x1200, 0x48000000, 0x4000, &layout);

	KUNIT_EXPECT_EQ(test, 4,
			vntb_build_submap(layout.maps, VNTB_DMA_NUM, SZ_128K,
					  SZ_4K, REST, submap,
					  ARRAY_SIZE(submap)));
}

static struct kunit_case vntb_cases[] = {
	KUNIT_CASE_PARAM(vntb_layout, layout_gen_params),
	KUNIT_CASE_PARAM(vntb_submap, submap_gen_params),
	KUNIT_CASE(vntb_submap_exhaustive),
	KUNIT_CASE(vntb_whole_bar),
	KUNIT_CASE(vntb_dma_aligned),
	KUNIT_CASE(vntb_dma_unaligned),
	KUNIT_CASE(vntb_dma_maps),
	{}
};

static struct kunit_suite vntb_suite = {
	.name = "pci_epf_vntb",
	.test_cases = vntb_cases,
};

kunit_test_suite(vntb_suite);

MODULE_DESCRIPTION("KUnit tests for pci-epf-vntb");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
