// SPDX-License-Identifier: GPL-2.0
/* What is counted, exactly: TLPs by kind, initiator and target. */
#include <string.h>

#include "counters.h"
#include "fixture.h"

static struct counters c;

static const struct tlp_count *cpu(uint64_t addr, size_t len, bool write)
{
	memset(&c, 0, sizeof(c));
	counters_cpu(&c, BY_RC_CPU, TARGET_BAR(2, LAND_RAM), addr, len, write);
	return &c.tlp[write ? TLP_MWR : TLP_MRD][BY_RC_CPU][TARGET_BAR(2, LAND_RAM)];
}

TEST(counters_block_copy_is_8_byte_tlps)
{
	EXPECT_EQ(cpu(0, 1, true)->tlps, 1);
	EXPECT_EQ(cpu(0, 8, true)->tlps, 1);
	EXPECT_EQ(cpu(0, 9, true)->tlps, 2);
	EXPECT_EQ(cpu(4, 8, true)->tlps, 2);	/* not aligned */
	EXPECT_EQ(cpu(7, 2, true)->tlps, 2);
	EXPECT_EQ(cpu(0, 65536, true)->tlps, 8192);
	EXPECT_EQ(cpu(0, 65536, true)->bytes, 65536);
}

TEST(counters_block_copy_in_a_second_column_is_64_byte_tlps)
{
	EXPECT_EQ(cpu(0, 64, true)->tlps_wc, 1);
	EXPECT_EQ(cpu(8, 64, true)->tlps_wc, 2);
	EXPECT_EQ(cpu(0, 65536, true)->tlps_wc, 1024);
}

TEST(counters_reads_do_not_combine)
{
	EXPECT_EQ(cpu(0, 64, false)->tlps, 8);
	EXPECT_EQ(cpu(0, 64, false)->tlps_wc, 8);
}

TEST(counters_read_is_a_request_and_a_completion_with_the_data)
{
	const struct tlp_count *rd = cpu(0, 16, false);

	EXPECT_EQ(rd->bytes, 0);
	EXPECT_EQ(c.tlp[TLP_CPLD][BY_RC_CPU][TARGET_BAR(2, LAND_RAM)].tlps, 2);
	EXPECT_EQ(c.tlp[TLP_CPLD][BY_RC_CPU][TARGET_BAR(2, LAND_RAM)].bytes, 16);
}

TEST(counters_sum_adds_cpus_and_engine_apart)
{
	struct counters_sum s;

	memset(&c, 0, sizeof(c));
	counters_cpu(&c, BY_RC_CPU, TARGET_BAR(0, LAND_RAM), 0, 24, true);
	counters_cpu(&c, BY_EP_CPU, TARGET_RC_RAM, 0, 8, true);
	counters_cpu(&c, BY_RC_CPU, TARGET_BAR(0, LAND_REGS), 0, 4, false);
	counters_dma(&c, BY_EDMA_WR, TARGET_RC_RAM, 0, 1000, true, 256, 512);
	counters_dma(&c, BY_EDMA_RD, TARGET_RC_RAM, 0, 3000, false, 256, 512);
	counters_msi(&c, BY_EDMA_RD, 3);
	counters_cfg(&c, true, 4);
	c.doorbells = 7;
	s = counters_sum(&c);
	EXPECT_EQ(s.cpu_write, 4);
	EXPECT_EQ(s.cpu_write_bytes, 32);
	EXPECT_EQ(s.cpu_read, 1);
	EXPECT_EQ(s.dma_write_bytes, 1000);
	EXPECT_EQ(s.dma_read_bytes, 3000);
	EXPECT_EQ(s.msi, 1);
	EXPECT_EQ(s.doorbells, 7);
	EXPECT_EQ(c.msi[3], 1);
}

TEST(counters_dma_never_crosses_4_kb)
{
	memset(&c, 0, sizeof(c));
	counters_dma(&c, BY_EDMA_WR, TARGET_RC_RAM, 4095, 2, true, 4096, 4096);
	EXPECT_EQ(c.tlp[TLP_MWR][BY_EDMA_WR][TARGET_RC_RAM].tlps, 2);
	counters_dma(&c, BY_EDMA_WR, TARGET_RC_RAM, 4096 * 5 + 1, 4096, true, 4096, 4096);
	EXPECT_EQ(c.tlp[TLP_MWR][BY_EDMA_WR][TARGET_RC_RAM].tlps, 4);
}

TEST(counters_msi_x_has_no_vector)
{
	memset(&c, 0, sizeof(c));
	counters_msi(&c, BY_EP_CPU, MAX_MSI_VECTORS);
	EXPECT_EQ(counters_sum(&c).msi, 1);
}

TEST(counters_targets_have_names)
{
	char name[32];

	counters_target_name(TARGET_BAR(4, LAND_DMA_REGS), name, sizeof(name));
	EXPECT_STR(name, "bar4:dma-regs");
	counters_target_name(TARGET_BAR(0, LAND_NONE), name, sizeof(name));
	EXPECT_STR(name, "bar0:none");
	counters_target_name(TARGET_RC_RAM, name, sizeof(name));
	EXPECT_STR(name, "rc-ram");
	counters_target_name(TARGET_RC_MSI, name, sizeof(name));
	EXPECT_STR(name, "rc-msi");
	counters_target_name(TARGET_CFG, name, sizeof(name));
	EXPECT_STR(name, "cfg");
	EXPECT_EQ(TARGET_CFG + 1, NR_TARGETS);
}

/* The same traffic gives the same numbers, every time. */
TEST(counters_repeat_exactly)
{
	static struct counters first;
	unsigned int round, i;

	for (round = 0; round < 2; round++) {
		struct sim *sim = fx_start();

		for (i = 0; i < 100; i++) {
			rc_write(sim, BAR_MW, 4 * i, i);
			rc_read(sim, BAR_CTRL, 8 * i);
		}
		if (!round)
			first = sim->counters;
		else
			EXPECT_MEM(&sim->counters, &first, sizeof(first));
	}
	EXPECT_EQ(counters_sum(&first).cpu_write, 100);
	EXPECT_EQ(counters_sum(&first).cpu_read, 100);
}
