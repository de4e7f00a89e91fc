// SPDX-License-Identifier: GPL-2.0
/* The eDMA's register file, doorbells, single transfers and channel states. */
#include <string.h>

#include "driver.h"

TEST(edma_ctrl_tells_the_channels)
{
	struct sim *sim = fx_linked();
	struct profile p = fx_generic;

	EXPECT_EQ(dma_read(sim, 0x008) & 0xf, 4);
	EXPECT_EQ(dma_read(sim, 0x008) >> 16 & 0xf, 4);

	p.edma_wr = 2;
	p.edma_rd = 1;
	sim->profile = p;
	EXPECT_EQ(dma_read(sim, 0x008), 0x00010002);
}

/* Every global register of the unrolled map: its offset, and that it is a register. */
TEST(edma_register_map_is_the_databooks)
{
	static const struct { uint32_t off, macro; uint32_t keeps; } map[] = {
		{ 0x00c, EDMA_WR_ENGINE_EN, 0x1 },
		{ 0x02c, EDMA_RD_ENGINE_EN, 0x1 },
		{ 0x054, EDMA_WR_INT_MASK, 0x00ff00ff },
		{ 0x0a8, EDMA_RD_INT_MASK, 0x00ff00ff },
		{ 0x060, EDMA_WR_DONE_IMWR, 0xffffffff },
		{ 0x064, EDMA_WR_DONE_IMWR + 4, 0xffffffff },
		{ 0x068, EDMA_WR_ABORT_IMWR, 0xffffffff },
		{ 0x06c, EDMA_WR_ABORT_IMWR + 4, 0xffffffff },
		{ 0x070, EDMA_WR_IMWR_DATA, 0xffffffff },
		{ 0x07c, EDMA_WR_IMWR_DATA + 12, 0xffffffff },
		{ 0x090, EDMA_WR_LL_ERR_EN, 0x00ff00ff },
		{ 0x0c4, EDMA_RD_LL_ERR_EN, 0x00ff00ff },
		{ 0x0cc, EDMA_RD_DONE_IMWR, 0xffffffff },
		{ 0x0d0, EDMA_RD_DONE_IMWR + 4, 0xffffffff },
		{ 0x0d4, EDMA_RD_ABORT_IMWR, 0xffffffff },
		{ 0x0d8, EDMA_RD_ABORT_IMWR + 4, 0xffffffff },
		{ 0x0dc, EDMA_RD_IMWR_DATA, 0xffffffff },
		{ 0x0e8, EDMA_RD_IMWR_DATA + 12, 0xffffffff },
		/* read-only or write-only */
		{ 0x008, EDMA_CTRL, 0 },
		{ 0x010, EDMA_WR_DOORBELL, 0 },
		{ 0x030, EDMA_RD_DOORBELL, 0 },
		{ 0x04c, EDMA_WR_INT_STATUS, 0 },
		{ 0x058, EDMA_WR_INT_CLEAR, 0 },
		{ 0x05c, EDMA_WR_ERR_STATUS, 0 },
		{ 0x0a0, EDMA_RD_INT_STATUS, 0 },
		{ 0x0ac, EDMA_RD_INT_CLEAR, 0 },
		{ 0x0b4, EDMA_RD_ERR_STATUS_LO, 0 },
		{ 0x0b8, EDMA_RD_ERR_STATUS_HI, 0 },
	};
	struct sim *sim = fx_linked();
	unsigned int i, j;
	char name[40];

	for (i = 0; i < ARRAY_SIZE(map); i++) {
		EXPECT_EQ(map[i].macro, map[i].off);
		EXPECT(edma_reg_name(map[i].off, name, sizeof(name)));
		dma_read(sim, map[i].off);
		EXPECT_EQ(sim->report.unknown.total, 0);
		if (!map[i].keeps)
			continue;
		dma_write(sim, map[i].off, 0xffffffff);
		EXPECT_EQ(dma_read(sim, map[i].off), map[i].keeps);
		/* and it is nobody else's */
		for (j = 0; j < ARRAY_SIZE(map); j++)
			if (j != i && map[j].keeps)
				EXPECT_EQ(dma_read(sim, map[j].off), 0);
		dma_write(sim, map[i].off, 0);
	}
}

TEST(edma_registers_have_names_of_their_own)
{
	static const struct { uint32_t off; const char *name; } some[] = {
		{ 0x008, "edma.ctrl" }, { 0x010, "edma.wr_doorbell" }, { 0x030, "edma.rd_doorbell" },
		{ 0x04c, "edma.wr_int_status" }, { 0x0ac, "edma.rd_int_clear" },
		{ 0x074, "edma.wr_ch23_imwr_data" }, { 0x0e8, "edma.rd_ch67_imwr_data" },
		{ 0x200, "edma.wr0_control1" }, { 0x31c, "edma.rd0_llp_lo" },
		{ 0x1100 - 0x100 + 0x20, "edma.wr7_llp_hi" }, { 0x1100 + 0x0c, "edma.rd7_sar_lo" },
	};
	static char names[EDMA_FILE_SIZE / 4][40];
	unsigned int i, j, n = 0;
	char name[40];

	for (i = 0; i < ARRAY_SIZE(some); i++) {
		EXPECT(edma_reg_name(some[i].off, name, sizeof(name)));
		EXPECT_STR(name, some[i].name);
	}
	for (i = 0; i < EDMA_FILE_SIZE; i += 4) {
		if (!edma_reg_name(i, names[n], sizeof(names[n])))
			continue;
		for (j = 0; j < n; j++)
			EXPECT(strcmp(names[j], names[n]));
		n++;
	}
	EXPECT_EQ(n, 4 + 2 * 14 + 2 * 8 * 9);
	EXPECT(!edma_reg_name(0x0f0, name, sizeof(name)));
	EXPECT(!edma_reg_name(0x1200, name, sizeof(name)));
}

TEST(edma_channel_registers_are_at_0x200_apart)
{
	static const uint32_t regs[] = { 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20 };
	struct sim *sim = fx_linked();
	unsigned int d, ch, r;

	for (d = 0; d < NR_DIRS; d++)
		for (ch = 0; ch < 4; ch++)
			for (r = 0; r < ARRAY_SIZE(regs); r++)
				dma_write(sim, 0x200 + 0x200 * ch + 0x100 * d + regs[r],
					  0x1000000 * d + 0x10000 * ch + regs[r] + 1);
	for (d = 0; d < NR_DIRS; d++)
		for (ch = 0; ch < 4; ch++)
			for (r = 0; r < ARRAY_SIZE(regs); r++)
				EXPECT_EQ(dma_read(sim, 0x200 + 0x200 * ch + 0x100 * d + regs[r]),
					  0x1000000 * d + 0x10000 * ch + regs[r] + 1);
	EXPECT_EQ(sim->edma.half[DIR_RD].chan[3].llp, (0x01030021ull << 32) | 0x0103001d);
}

TEST(edma_channels_past_the_last_do_not_exist)
{
	struct sim *sim = fx_linked();

	dma_write(sim, 0x200 + 0x200 * 4 + 0x08, 1);
	EXPECT_EQ(dma_read(sim, 0x200 + 0x200 * 4 + 0x08), 0);
	EXPECT_EQ(fx_unknown(sim, "edma"), 2);
}

TEST(edma_unknown_register_is_recorded_and_reads_as_zero)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(dma_read(sim, 0x0f0), 0);
	dma_write(sim, 0x0f0, 1);
	EXPECT_EQ(dma_read(sim, 0x2f0), 0);
	/* one past the data registers */
	EXPECT_EQ(dma_read(sim, 0x080) | dma_read(sim, 0x0ec), 0);
	dma_write(sim, 0x080, 1);
	dma_write(sim, 0x0ec, 1);
	EXPECT_EQ(fx_unknown(sim, "edma"), 7);
}

TEST(edma_registers_are_32_bits_wide)
{
	struct sim *sim = fx_linked();
	uint8_t b[2] = { 0xff, 0xff };

	ep_access(sim, EP_DMA + 0x54, b, 2, true);
	EXPECT_EQ(dma_read(sim, 0x54), 0);
	EXPECT_EQ(fx_unknown(sim, "edma"), 1);
}

TEST(edma_without_channels_does_not_answer)
{
	struct profile p = fx_generic;
	struct sim *sim;

	p.edma_wr = p.edma_rd = 0;
	sim = fx_power_on(&p);
	EXPECT_EQ(dma_read(sim, 0x008), 0);
	EXPECT_EQ(dma_read(sim, 0x04c), 0xffffffff);
	dma_write(sim, 0x04c, 0);
	EXPECT(!sim->edma.line);
	EXPECT_EQ(fx_unknown(sim, "edma"), 1);
}

TEST(edma_control1_keeps_ccs_lle_function_but_not_cs)
{
	struct sim *sim = fx_linked();
	uint32_t reg = chan_off(DIR_WR, 1, CH_CONTROL1);

	dma_write(sim, reg, 0xffffffff);
	EXPECT_EQ(dma_read(sim, reg) >> 5 & 3, 0);
	EXPECT_EQ(dma_read(sim, reg) >> 8 & 1, 1);
	EXPECT_EQ(dma_read(sim, reg) >> 9 & 1, 1);
	EXPECT_EQ(dma_read(sim, reg) >> 12 & 0x1f, 0x1f);
}

TEST(edma_cs_is_1_running_2_halted_3_stopped)
{
	struct sim *sim = dma_start();

	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 0);
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 1);
	dma_run(sim);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 3);

	sim->faults.dma[DIR_WR][1].armed = true;
	dma_single_buf(sim, DIR_WR, 1, LIE, 64);
	EXPECT_EQ(chan_state(sim, DIR_WR, 1), 2);
}

TEST(edma_write_channel_moves_local_memory_to_the_link_partner)
{
	struct sim *sim = dma_start();

	mem_pattern(sim, SIDE_EP, BUF, 5000, 3);
	mem_pattern(sim, SIDE_RC, BUF, 6000, 99);
	dma_single_buf(sim, DIR_WR, 2, LIE, 5000);
	dma_run(sim);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), 5000);
	EXPECT_EQ(*mem_at(sim, SIDE_EP, BUF), 3);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 5000);
	EXPECT_EQ(counters_sum(&sim->counters).dma_read_bytes, 0);
}

TEST(edma_read_channel_moves_the_link_partners_memory_to_local)
{
	struct sim *sim = dma_start();

	mem_pattern(sim, SIDE_RC, BUF, 5000, 3);
	mem_pattern(sim, SIDE_EP, BUF, 6000, 99);
	dma_single_buf(sim, DIR_RD, 3, LIE, 5000);
	dma_run(sim);
	EXPECT_MEM(mem_at(sim, SIDE_EP, BUF), mem_at(sim, SIDE_RC, BUF), 5000);
	EXPECT_EQ(*mem_at(sim, SIDE_EP, BUF), 3);
	EXPECT_EQ(counters_sum(&sim->counters).dma_read_bytes, 5000);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 0);
}

TEST(edma_moves_every_byte_and_no_more)
{
	static const uint32_t sizes[] = { 1, 2, 3, 4095, 4096, 4097, 65535, 65536, 65537, 200000 };
	struct sim *sim = dma_start();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint32_t n = sizes[i];

		mem_pattern(sim, SIDE_EP, BUF, n + 1, (uint8_t)(i + 1));
		memset(mem_at(sim, SIDE_RC, BUF), 0xee, n + 16);
		dma_single_buf(sim, DIR_WR, 0, LIE, n);
		dma_run(sim);
		EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), n);
		EXPECT_EQ(*mem_at(sim, SIDE_RC, BUF + n), 0xee);
	}
}

TEST(edma_any_alignment_of_source_and_destination)
{
	struct sim *sim = dma_start();
	unsigned int s, d;

	mem_pattern(sim, SIDE_RC, BUF, 0x3000, 5);
	for (s = 0; s < 9; s++) {
		for (d = 0; d < 9; d++) {
			dma_single(sim, DIR_RD, 0, LIE, 4096, RC_BUF + s, EP_BUF + 4090 + d);
			dma_run(sim);
			EXPECT_MEM(mem_at(sim, SIDE_EP, BUF + 4090 + d),
				   mem_at(sim, SIDE_RC, BUF + s), 4096);
		}
	}
}

TEST(edma_doorbell_bits_2_0_are_the_channel)
{
	struct sim *sim = dma_start();
	unsigned int d, ch;

	for (d = 0; d < NR_DIRS; d++) {
		for (ch = 0; ch < 4; ch++) {
			dma_single_buf(sim, d, ch, LIE, 16);
			EXPECT_EQ(chan_state(sim, d, ch), 1);
			dma_run(sim);
			EXPECT_EQ(dma_read(sim, reg_int_status[d]), BIT(ch));
			dma_write(sim, reg_int_clear[d], BIT(ch));
		}
	}
}

TEST(edma_doorbell_bit_31_stops_a_running_channel)
{
	struct sim *sim = dma_start();

	sim->faults.stall[DIR_WR][1] = true;
	dma_single_buf(sim, DIR_WR, 1, LIE, 1024);
	dma_write(sim, reg_doorbell[DIR_WR], BIT(31) | 1);
	EXPECT_EQ(chan_state(sim, DIR_WR, 1), 3);
	sim->faults.stall[DIR_WR][1] = false;
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), 0);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 0);
}

TEST(edma_stop_of_an_idle_channel_does_nothing)
{
	struct sim *sim = dma_start();

	dma_write(sim, reg_doorbell[DIR_RD], BIT(31) | 2);
	EXPECT_EQ(chan_state(sim, DIR_RD, 2), 0);
}

TEST(edma_doorbell_while_running_is_lost_and_counted)
{
	struct sim *sim = dma_start();

	sim->faults.stall[DIR_WR][0] = true;
	dma_single_buf(sim, DIR_WR, 0, LIE, 100000);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].lost, 1);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].runs, 1);
	sim->faults.stall[DIR_WR][0] = false;
	dma_run(sim);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 100000);
}

TEST(edma_doorbell_with_the_engine_off_starts_nothing)
{
	struct sim *sim = dma_start();

	dma_write(sim, reg_engine_en[DIR_WR], 0);
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	EXPECT_EQ(fx_violations(sim, "edma-doorbell-disabled"), 1);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 0);

	/* the other half is a matter of its own */
	dma_single_buf(sim, DIR_RD, 0, LIE, 64);
	EXPECT_EQ(chan_state(sim, DIR_RD, 0), 1);
}

TEST(edma_disabling_the_engine_stops_its_channels)
{
	struct sim *sim = dma_start();

	sim->faults.stall[DIR_WR][2] = sim->faults.stall[DIR_RD][2] = true;
	dma_single_buf(sim, DIR_WR, 2, LIE, 64);
	dma_single_buf(sim, DIR_RD, 2, LIE, 64);
	dma_write(sim, reg_engine_en[DIR_WR], 0);
	EXPECT_EQ(chan_state(sim, DIR_WR, 2), 3);
	EXPECT_EQ(chan_state(sim, DIR_RD, 2), 1);
}

TEST(edma_doorbell_of_a_channel_out_of_range_is_a_violation)
{
	struct sim *sim = dma_start();

	dma_write(sim, reg_doorbell[DIR_WR], 4);
	dma_write(sim, reg_doorbell[DIR_RD], 7);
	EXPECT_EQ(fx_violations(sim, "edma-doorbell-channel"), 2);
}

TEST(edma_write_to_a_running_channels_registers_is_refused)
{
	struct sim *sim = dma_start();

	sim->faults.stall[DIR_WR][0] = true;
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	dma_write(sim, chan_off(DIR_WR, 0, CH_DAR), 0x1234);
	dma_write(sim, chan_off(DIR_WR, 0, CH_CONTROL1), 0);
	EXPECT_EQ(fx_violations(sim, "edma-live-write"), 2);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_DAR)), (uint32_t)RC_BUF);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_CONTROL1)) & LIE, LIE);

	/* its neighbours and its other direction are not live */
	dma_write(sim, chan_off(DIR_WR, 1, CH_DAR), 0x1234);
	dma_write(sim, chan_off(DIR_RD, 0, CH_DAR), 0x1234);
}

TEST(edma_size_reads_back_what_is_left)
{
	struct sim *sim = dma_start();

	dma_single_buf(sim, DIR_WR, 0, LIE, 3 * 65536);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_SIZE)), 3 * 65536);
	EXPECT(edma_step(sim));
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_SIZE)), 2 * 65536);
}

TEST(edma_channels_run_side_by_side)
{
	struct sim *sim = dma_start();
	unsigned int ch;

	for (ch = 0; ch < 4; ch++)
		dma_single_buf(sim, DIR_WR, ch, LIE, 200000);
	EXPECT(edma_step(sim));
	for (ch = 0; ch < 4; ch++)
		EXPECT_EQ(sim->edma.half[DIR_WR].chan[ch].elem.left, 200000 - 65536);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), 0xf);
}

TEST(edma_stalled_channel_makes_no_progress_and_does_not_block_others)
{
	struct sim *sim = dma_start();

	sim->faults.stall[DIR_WR][0] = true;
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	dma_single_buf(sim, DIR_WR, 1, LIE, 64);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), BIT(1));
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 1);
	sim->faults.stall[DIR_WR][0] = false;
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), BIT(0) | BIT(1));
}

TEST(edma_engine_off_fault_ignores_doorbells)
{
	struct sim *sim = dma_start();

	sim->faults.engine = ENGINE_DEAF;
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 0);
	EXPECT_EQ(sim->report.violations.total, 0);
}

TEST(edma_stuck_engine_fault_keeps_the_engine_on)
{
	struct sim *sim = dma_start();

	sim->faults.engine = ENGINE_STUCK;
	sim->faults.stall[DIR_WR][2] = true;
	dma_single_buf(sim, DIR_WR, 2, LIE, 64);
	dma_write(sim, reg_engine_en[DIR_WR], 0);
	EXPECT_EQ(dma_read(sim, reg_engine_en[DIR_WR]), 1);
	EXPECT_EQ(chan_state(sim, DIR_WR, 2), 1);

	/* a channel goes on and can be started, nothing else is wrong */
	sim->faults.stall[DIR_WR][2] = false;
	dma_run(sim);
	dma_single_buf(sim, DIR_WR, 2, LIE, 64);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[2].elements, 2);

	sim->faults.engine = ENGINE_WORKS;
	dma_write(sim, reg_engine_en[DIR_WR], 0);
	EXPECT_EQ(dma_read(sim, reg_engine_en[DIR_WR]), 0);
}

TEST(edma_registers_can_be_used_through_a_bar)
{
	struct sim *sim = dma_start();

	EXPECT_EQ(rc_read(sim, BAR_DMA, 0x008), 0x00040004);
	rc_write(sim, BAR_DMA, 0x054, 0x3);
	EXPECT_EQ(dma_read(sim, 0x054), 0x3);
	EXPECT_EQ(sim->edma.reg_access[SIDE_RC][0][0x008 / 4], 1);
	EXPECT_EQ(sim->edma.reg_access[SIDE_RC][1][0x054 / 4], 1);
	EXPECT_EQ(sim->edma.reg_access[SIDE_EP][1][0x054 / 4], 0);
}
