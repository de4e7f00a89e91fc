// SPDX-License-Identifier: GPL-2.0
/* Routing: the endpoint's register window, memory and registers behind a BAR. */
#include <string.h>

#include "driver.h"

TEST(fabric_register_blocks_are_where_the_device_tree_says)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(ep_read(sim, 0x00000), 0xabcd16c3);
	ep_write(sim, 0x10010, 0xfff);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 0x1000);
	ep_write(sim, 0x20014, 0x5000);
	EXPECT_EQ(sim->iatu.win[ATU_OB][0].lower_target, 0x5000);
	EXPECT_EQ(ep_read(sim, 0x40008), 0x00040004);
	EXPECT_EQ(EP_MMIO_BASE, 0x10000000);
	EXPECT_EQ(EP_WINDOW, 0x800000);
}

TEST(fabric_unknown_mmio_is_recorded_and_reads_all_ones)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(ep_read(sim, 0x3000), 0xffffffff);
	ep_write(sim, 0x700000, 1);
	EXPECT_EQ(ep_read(sim, 0x1000000), 0xffffffff);
	EXPECT_EQ(ep_read(sim, 0xfffffe), 0xffffffff);
	EXPECT_EQ(fx_unknown(sim, "mmio"), 4);
}

TEST(fabric_register_blocks_end_where_they_should)
{
	static const uint32_t ends[] = { 0x1000, 0x11000, 0x22000, 0x42000 };
	struct sim *sim = fx_linked();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		EXPECT_EQ(ep_read(sim, ends[i]), 0xffffffff);
		ep_write(sim, ends[i], 0);
	}
	EXPECT_EQ(ep_read(sim, EP_DBI2 - 4) & ep_read(sim, EP_ATU - 4), 0xffffffff);
	EXPECT_EQ(ep_read(sim, EP_DMA - 4), 0xffffffff);
	EXPECT_EQ(fx_unknown(sim, "mmio"), 2 * ARRAY_SIZE(ends) + 3);
}

TEST(fabric_refused_write_leaves_the_message_alone)
{
	struct sim *sim = fx_linked();
	uint8_t b[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, same[8];

	memcpy(same, b, sizeof(b));
	ep_access(sim, EP_MMIO_SIZE, b, sizeof(b), true);
	ep_access(sim, EP_WINDOW, b, sizeof(b), true);
	fabric_rc_bar(sim, 0, 0, 0, b, sizeof(b), true);
	EXPECT_MEM(b, same, sizeof(b));
	fx_forget(sim);
}

TEST(fabric_answers_say_who_refused)
{
	struct sim *sim = fx_start();
	uint8_t b[4] = { 0 };

	EXPECT_EQ(fabric_to_rc(sim, (struct origin){ BY_EP_CPU, 0 }, RC_GPA, b, 4, true), FABRIC_OK);
	EXPECT_EQ(fabric_to_rc(sim, (struct origin){ BY_EP_CPU, 0 }, RC_GPA + MEM_SIZE - 2, b, 4, true),
		  FABRIC_UNSUPPORTED);
	EXPECT_EQ(fabric_to_ep(sim, BY_RC_CPU, EP_GPA, b, 4, true), FABRIC_OK);
	EXPECT_EQ(fabric_to_ep(sim, BY_RC_CPU, EP_GPA + MEM_SIZE, b, 4, true), FABRIC_LOCAL);
	EXPECT_EQ(fabric_dma(sim, (struct origin){ BY_EDMA_WR, 0 }, RC_GPA, EP_GPA, 4, true), FABRIC_OK);
	EXPECT_EQ(fabric_dma(sim, (struct origin){ BY_EDMA_WR, 0 }, 0, EP_GPA, 4, true), FABRIC_UNSUPPORTED);
	EXPECT_EQ(fabric_dma(sim, (struct origin){ BY_EDMA_WR, 0 }, RC_GPA, 0, 4, true), FABRIC_LOCAL);
	EXPECT_EQ(fabric_dma(sim, (struct origin){ BY_EDMA_WR, 0 }, MSI_ADDRESS, 0, 4, true), FABRIC_LOCAL);
	fx_forget(sim);
	sim_set_link(sim, false);
	EXPECT_EQ(fabric_to_rc(sim, (struct origin){ BY_EP_CPU, 0 }, RC_GPA, b, 4, true), FABRIC_TIMEOUT);
	EXPECT_EQ(fabric_dma(sim, (struct origin){ BY_EDMA_WR, 0 }, RC_GPA, EP_GPA, 4, true), FABRIC_TIMEOUT);
}

TEST(fabric_violations_tell_who_did_what_where)
{
	struct sim *sim = dma_start();
	const struct report_entry *e = sim->report.violations.entry;

	dma_single(sim, DIR_WR, 0, LIE, 64, 0x1000, RC_BUF);
	dma_run(sim);
	EXPECT_STR(e->detail, "edma-wr reads 0x1000 (64 bytes): "
			      "no memory at this guest physical address");
	fx_forget(sim);
	dma_single(sim, DIR_WR, 1, LIE, 64, EP_BUF, 0x2000);
	dma_run(sim);
	EXPECT_STR(e->detail, "edma-wr writes 0x2000 (64 bytes): "
			      "no memory at this guest physical address");
	fx_forget(sim);
	dma_single(sim, DIR_RD, 0, LIE, 64, RC_BUF, EP_MMIO_BASE);
	dma_run(sim);
	EXPECT_STR(e->detail, "edma-rd writes 0x10000000 (64 bytes): registers");
	fx_forget(sim);
}

TEST(fabric_registers_take_longer_accesses_word_by_word)
{
	struct sim *sim = dma_start();
	uint8_t b[8];

	put_le(b, 0x1122334455667788ull, 8);
	ep_access(sim, EP_DMA + 0x60, b, 8, true);
	EXPECT_EQ(dma_read(sim, 0x60), 0x55667788);
	EXPECT_EQ(dma_read(sim, 0x64), 0x11223344);
	memset(b, 0, sizeof(b));
	fabric_rc_bar(sim, 0, BAR_DMA, 0x60, b, 8, false);
	EXPECT_EQ(get_le(b, 8), 0x1122334455667788ull);
}

TEST(fabric_misaligned_register_access_is_recorded_not_performed)
{
	struct sim *sim = dma_start();
	uint8_t b[4] = { 0xff, 0xff, 0xff, 0xff };

	ep_access(sim, EP_DMA + 0x62, b, 4, true);
	EXPECT_EQ(dma_read(sim, 0x60), 0);
	EXPECT_EQ(fx_unknown(sim, "edma"), 2);
}

TEST(fabric_block_copy_through_a_bar_reaches_memory)
{
	struct sim *sim = fx_start();
	static uint8_t in[BAR_MW_SIZE], out[BAR_MW_SIZE];
	unsigned int i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 31 + (i >> 9));
	fabric_rc_bar(sim, 0, BAR_MW, 0, in, sizeof(in), true);
	EXPECT_MEM(mem_at(sim, SIDE_EP, BAR_MW_MEM), in, sizeof(in));
	fabric_rc_bar(sim, 0, BAR_MW, 0, out, sizeof(out), false);
	EXPECT_MEM(out, in, sizeof(out));
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write_bytes, sizeof(in));
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write, sizeof(in) / 8);
}

TEST(fabric_bar_to_nothing_reads_all_ones_and_is_a_violation)
{
	struct sim *sim = fx_start();

	fx_bar_match(sim, 0, BAR_CTRL, EP_GPA + MEM_SIZE);
	EXPECT_EQ(rc_read(sim, BAR_CTRL, 0), 0xffffffff);
	rc_write(sim, BAR_CTRL, 0, 1);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 2);
}

TEST(fabric_outbound_needs_bus_mastering)
{
	struct sim *sim = fx_start();

	fx_outbound(sim, 0, EP_MMIO_BASE + EP_WINDOW, 0x1000, RC_GPA);
	cfg_host_write(sim, 0, 0x04, 2, 0x0002);
	EXPECT_EQ(ep_read(sim, EP_WINDOW), 0xffffffff);
	ep_write(sim, EP_WINDOW, 0x1);
	EXPECT_EQ(fx_violations(sim, "bus-master-off"), 2);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, 0), 4), 0);
}

TEST(fabric_outbound_with_the_link_down_reads_all_ones)
{
	struct sim *sim = fx_start();

	fx_outbound(sim, 0, EP_MMIO_BASE + EP_WINDOW, 0x1000, RC_GPA);
	sim_set_link(sim, false);
	EXPECT_EQ(ep_read(sim, EP_WINDOW), 0xffffffff);
	ep_write(sim, EP_WINDOW, 0x1);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, 0), 4), 0);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write, 0);
}

TEST(fabric_outbound_to_no_memory_reads_all_ones)
{
	struct sim *sim = fx_start();

	fx_outbound(sim, 0, EP_MMIO_BASE + EP_WINDOW, 0x1000, RC_GPA + MEM_SIZE);
	EXPECT_EQ(ep_read(sim, EP_WINDOW), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
}

TEST(fabric_outbound_is_counted_as_the_endpoints_cpu)
{
	struct sim *sim = fx_start();
	uint8_t b[256] = { 0 };

	fx_outbound(sim, 0, EP_MMIO_BASE + EP_WINDOW, 0x1000, RC_GPA);
	ep_access(sim, EP_WINDOW, b, sizeof(b), true);
	ep_read(sim, EP_WINDOW);
	EXPECT_EQ(sim->counters.tlp[TLP_MWR][BY_EP_CPU][TARGET_RC_RAM].tlps, 32);
	EXPECT_EQ(sim->counters.tlp[TLP_MWR][BY_EP_CPU][TARGET_RC_RAM].tlps_wc, 4);
	EXPECT_EQ(sim->counters.tlp[TLP_MRD][BY_EP_CPU][TARGET_RC_RAM].tlps, 1);
}

TEST(fabric_target_of_a_bar_access_is_what_it_led_to)
{
	struct sim *sim = fx_start();
	const struct tlp_count *wr, *rd;

	rc_write(sim, BAR_CTRL, 0, 1);
	rc_write(sim, BAR_DMA, 0x54, 1);
	fx_bar_match(sim, 3, BAR_CTRL, EP_MMIO_BASE + EP_ATU);
	ep_write(sim, EP_ATU + 256 + 4, 0);
	rc_read(sim, BAR_CTRL, 0x8);
	wr = sim->counters.tlp[TLP_MWR][BY_RC_CPU];
	rd = sim->counters.tlp[TLP_MRD][BY_RC_CPU];
	EXPECT_EQ(wr[TARGET_BAR(BAR_CTRL, LAND_RAM)].tlps, 1);
	EXPECT_EQ(wr[TARGET_BAR(BAR_DMA, LAND_DMA_REGS)].tlps, 1);
	EXPECT_EQ(rd[TARGET_BAR(BAR_CTRL, LAND_REGS)].tlps, 1);
}

TEST(fabric_dma_payload_never_goes_to_registers)
{
	struct sim *sim = dma_start();

	dma_single(sim, DIR_RD, 0, LIE, 4, RC_BUF, EP_MMIO_BASE + EP_DMA + 0x54);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(dma_read(sim, 0x54), 0);
	EXPECT_EQ(dma_read(sim, 0xa0), BIT(16));
}

/* DMA through a window of the BAR back into itself must not recurse. */
TEST(fabric_window_does_not_lead_to_itself)
{
	struct sim *sim = fx_start();

	fx_outbound(sim, 0, EP_MMIO_BASE + EP_WINDOW, 0x1000, RC_GPA);
	fx_bar_match(sim, 0, BAR_CTRL, EP_MMIO_BASE + EP_WINDOW);
	EXPECT_EQ(rc_read(sim, BAR_CTRL, 0), 0xffffffff);
	EXPECT_EQ(fx_unknown(sim, "mmio"), 1);
}
