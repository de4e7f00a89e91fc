// SPDX-License-Identifier: GPL-2.0
/* How the eDMA's payload becomes TLPs: MPS, MRRS and 4 KB boundaries. */
#include "driver.h"

static void set_limits(struct sim *sim, unsigned int mps, unsigned int mrrs)
{
	unsigned int p = 0, r = 0;

	while (128u << p < mps)
		p++;
	while (128u << r < mrrs)
		r++;
	cfg_host_write(sim, 0x78, 2, p << 5 | r << 12);
}

static struct tlp_count *tlps(struct sim *sim, enum tlp_kind kind, enum initiator by)
{
	return &sim->counters.tlp[kind][by][TARGET_RC_RAM];
}

/* TLPs of one transfer of @len bytes at offset @at in the host's buffer. */
static uint64_t writes(struct sim *sim, unsigned int at, uint32_t len)
{
	tlps(sim, TLP_MWR, BY_EDMA_WR)->tlps = 0;
	dma_single(sim, DIR_WR, 0, LIE, len, EP_BUF, RC_BUF + at);
	dma_run(sim);
	return tlps(sim, TLP_MWR, BY_EDMA_WR)->tlps;
}

static uint64_t reads(struct sim *sim, unsigned int at, uint32_t len, uint64_t *cpld)
{
	tlps(sim, TLP_MRD, BY_EDMA_RD)->tlps = 0;
	tlps(sim, TLP_CPLD, BY_EDMA_RD)->tlps = 0;
	dma_single(sim, DIR_RD, 0, LIE, len, RC_BUF + at, EP_BUF);
	dma_run(sim);
	*cpld = tlps(sim, TLP_CPLD, BY_EDMA_RD)->tlps;
	return tlps(sim, TLP_MRD, BY_EDMA_RD)->tlps;
}

TEST(mps_splits_writes)
{
	struct sim *sim = dma_start();

	set_limits(sim, 128, 512);
	EXPECT_EQ(writes(sim, 0, 1), 1);
	EXPECT_EQ(writes(sim, 0, 128), 1);
	EXPECT_EQ(writes(sim, 0, 129), 2);
	EXPECT_EQ(writes(sim, 0, 65536), 512);
	set_limits(sim, 256, 512);
	EXPECT_EQ(writes(sim, 0, 65536), 256);
	EXPECT_EQ(tlps(sim, TLP_MWR, BY_EDMA_WR)->bytes, 1 + 128 + 129 + 65536 * 2);
}

TEST(mrrs_splits_reads)
{
	struct sim *sim = dma_start();
	uint64_t cpld;

	set_limits(sim, 256, 512);
	EXPECT_EQ(reads(sim, 0, 512, &cpld), 1);
	EXPECT_EQ(cpld, 2);
	EXPECT_EQ(reads(sim, 0, 513, &cpld), 2);
	EXPECT_EQ(cpld, 3);
	EXPECT_EQ(reads(sim, 0, 65536, &cpld), 128);
	EXPECT_EQ(cpld, 256);
}

TEST(mrrs_bounds_completions_too)
{
	struct sim *sim = dma_start();
	uint64_t cpld;

	/* R-Car S4: MPS 256, reads capped to 128 */
	set_limits(sim, 256, 128);
	EXPECT_EQ(reads(sim, 0, 4096, &cpld), 32);
	EXPECT_EQ(cpld, 32);
}

TEST(tlps_do_not_cross_4_kb)
{
	struct sim *sim = dma_start();
	uint64_t cpld;

	set_limits(sim, 256, 512);
	EXPECT_EQ(writes(sim, 4096 - 10, 20), 2);
	EXPECT_EQ(writes(sim, 4096 - 300, 300), 2);
	EXPECT_EQ(writes(sim, 4096 - 300, 600), 4);
	EXPECT_EQ(reads(sim, 4096 - 10, 20, &cpld), 2);
	EXPECT_EQ(cpld, 2);
	/* 16 + 1 pieces a page once it starts in the middle of one */
	EXPECT_EQ(writes(sim, 64, 2 * 4096), 16 + 16 + 1);
}

TEST(mps_and_mrrs_are_what_the_host_set)
{
	struct sim *sim = dma_start();
	unsigned int mps, mrrs;
	uint64_t cpld;

	for (mps = 128; mps <= 256; mps *= 2) {
		for (mrrs = 128; mrrs <= 4096; mrrs *= 2) {
			set_limits(sim, mps, mrrs);
			EXPECT_EQ(writes(sim, 0, 8192), 8192 / mps);
			EXPECT_EQ(reads(sim, 0, 8192, &cpld), 8192 / mrrs);
			EXPECT_EQ(cpld, 8192 / min_t(unsigned int, mps, mrrs));
		}
	}
}

TEST(dma_is_counted_by_its_half_of_the_engine)
{
	struct sim *sim = dma_start();
	uint64_t cpld;

	writes(sim, 0, 1000);
	reads(sim, 0, 3000, &cpld);
	EXPECT_EQ(tlps(sim, TLP_MWR, BY_EDMA_WR)->bytes, 1000);
	EXPECT_EQ(tlps(sim, TLP_CPLD, BY_EDMA_RD)->bytes, 3000);
	EXPECT_EQ(tlps(sim, TLP_MRD, BY_EDMA_RD)->bytes, 0);
	EXPECT_EQ(tlps(sim, TLP_MWR, BY_EDMA_RD)->tlps, 0);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write, 0);
}

/* A list is in local memory: fetching it costs the link nothing. */
TEST(dma_list_fetches_do_not_cross_the_link)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB | LIE, 64);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(tlps(sim, TLP_MRD, BY_EDMA_WR)->tlps, 0);
	EXPECT_EQ(tlps(sim, TLP_MWR, BY_EDMA_WR)->tlps, 1);
}
