// SPDX-License-Identifier: GPL-2.0
/* How the eDMA's payload becomes TLPs: MPS, MRRS and 4 KB boundaries; too long reads. */
#include <string.h>

#include "driver.h"

static void set_limits(struct sim *sim, unsigned int mps, unsigned int mrrs)
{
	unsigned int p = 0, r = 0;

	while (128u << p < mps)
		p++;
	while (128u << r < mrrs)
		r++;
	cfg_host_write(sim, 0, 0x78, 2, p << 5 | r << 12);
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

/*
 * What a read of @len bytes at @at gives where @max is the longest request that
 * is right: each of the requests it is split into repeats its start.
 */
static void expect_read(struct sim *sim, size_t at, size_t len, size_t mrrs, size_t max)
{
	uint8_t *src = mem_at(sim, SIDE_RC, BUF), want[8192];
	size_t done, i, n;

	for (done = 0; done < len; done += n) {
		n = min_t(size_t, min_t(size_t, mrrs, 4096 - (at + done) % 4096), len - done);
		for (i = 0; i < n; i++)
			want[done + i] = src[at + done + i % max];
	}
	EXPECT_MEM(mem_at(sim, SIDE_EP, BUF), want, len);
}

static struct sim *limited(unsigned int max, unsigned int mrrs)
{
	struct sim *sim = dma_start();

	sim->profile.max_read = max;
	set_limits(sim, 256, mrrs);
	mem_pattern(sim, SIDE_RC, BUF, 16384, 1);
	return sim;
}

TEST(max_read_repeats_the_start_of_too_long_a_read)
{
	struct sim *sim = limited(256, 512);
	uint64_t cpld;

	EXPECT_EQ(reads(sim, 0, 512, &cpld), 1);
	EXPECT_MEM(mem_at(sim, SIDE_EP, BUF), mem_at(sim, SIDE_RC, BUF), 256);
	EXPECT_MEM(mem_at(sim, SIDE_EP, BUF + 256), mem_at(sim, SIDE_RC, BUF), 256);
	EXPECT_EQ(fx_violations(sim, "read-too-long"), 1);
	/* 512, 512 and 176 bytes: two are too long */
	EXPECT_EQ(reads(sim, 0, 1200, &cpld), 3);
	expect_read(sim, 0, 1200, 512, 256);
	EXPECT_EQ(fx_violations(sim, "read-too-long"), 2);
}

TEST(max_read_counts_from_the_start_of_each_request)
{
	struct sim *sim = limited(128, 512);
	uint64_t cpld;

	/* 300 bytes up to the page, 512, 188 */
	EXPECT_EQ(reads(sim, 4096 - 300, 1000, &cpld), 3);
	expect_read(sim, 4096 - 300, 1000, 512, 128);
	EXPECT_EQ(fx_violations(sim, "read-too-long"), 3);
	EXPECT_EQ(reads(sim, 100, 8000, &cpld), 16);
	expect_read(sim, 100, 8000, 512, 128);
	EXPECT_EQ(fx_violations(sim, "read-too-long"), 16);
}

TEST(max_read_names_size_and_limit)
{
	struct sim *sim = limited(256, 1024);
	uint64_t cpld;

	reads(sim, 0, 1000, &cpld);
	EXPECT_EQ(sim->report.violations.nr, 1);
	EXPECT_STR(sim->report.violations.entry[0].detail,
		   "edma-rd reads 1000 bytes at 0x900000, 256 is the limit");
	EXPECT_EQ(fx_violations(sim, "read-too-long"), 1);
}

TEST(max_read_is_kept_by_a_smaller_mrrs_and_by_short_reads)
{
	struct sim *sim = limited(256, 256);
	uint64_t cpld;

	reads(sim, 100, 8000, &cpld);
	EXPECT_MEM(mem_at(sim, SIDE_EP, BUF), mem_at(sim, SIDE_RC, BUF + 100), 8000);
	set_limits(sim, 256, 4096);
	reads(sim, 500, 256, &cpld);
	EXPECT_MEM(mem_at(sim, SIDE_EP, BUF), mem_at(sim, SIDE_RC, BUF + 500), 256);
}

TEST(max_read_is_no_limit_for_writes)
{
	struct sim *sim = limited(128, 512);

	mem_pattern(sim, SIDE_EP, BUF, 8000, 7);
	writes(sim, 100, 8000);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF + 100), mem_at(sim, SIDE_EP, BUF), 8000);
}

/* Neither end's pages must show in the data. */
TEST(max_read_does_not_depend_on_the_mappings)
{
	struct sim *sim = limited(256, 512);
	uint64_t rc, ep;

	fx_dma_table(sim, SIDE_RC);
	fx_dma_table(sim, SIDE_EP);
	rc = fx_map(sim, SIDE_RC, BUF + 100, 8000, UM_DMA_READ);
	fx_map(sim, SIDE_EP, BUF + 0x10000, 4096, UM_DMA_WRITE);
	ep = fx_map(sim, SIDE_EP, BUF, 3000, UM_DMA_WRITE);
	dma_single(sim, DIR_RD, 0, LIE, 3000, rc, ep);
	dma_run(sim);
	expect_read(sim, 100, 3000, 512, 256);
	EXPECT_EQ(fx_violations(sim, "read-too-long"), 6);
	/* a local buffer whose pages end elsewhere; the last 4 bytes are no long read */
	ep = fx_map(sim, SIDE_EP, BUF + 0x20000 + 1234, 4000, UM_DMA_WRITE);
	dma_single(sim, DIR_RD, 0, LIE, 4000, rc, ep);
	dma_run(sim);
	memmove(mem_at(sim, SIDE_EP, BUF), mem_at(sim, SIDE_EP, BUF + 0x20000 + 1234), 4000);
	expect_read(sim, 100, 4000, 512, 256);
	EXPECT_EQ(fx_violations(sim, "read-too-long"), 8);
}
