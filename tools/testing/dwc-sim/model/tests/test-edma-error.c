// SPDX-License-Identifier: GPL-2.0
/* The eDMA's aborts: what causes one, what it leaves behind, and injected faults. */
#include <string.h>

#include "driver.h"

TEST(edma_abort_halts_the_channel_and_sets_the_abort_bit)
{
	struct sim *sim = dma_start();

	dma_single(sim, DIR_WR, 1, LIE, 64, EP_GPA + MEM_SIZE, RC_BUF);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(17));
	EXPECT_EQ(chan_state(sim, DIR_WR, 1), 2);
	EXPECT(sim->edma.line);
}

TEST(edma_abort_is_masked_by_its_own_bit)
{
	struct sim *sim = dma_start();

	dma_write(sim, 0x054, BIT(17));
	sim->faults.dma[DIR_WR][1].armed = true;
	dma_single_buf(sim, DIR_WR, 1, LIE, 64);
	EXPECT(!sim->edma.line);
	dma_write(sim, 0x054, BIT(1));
	EXPECT(sim->edma.line);
}

TEST(edma_abort_needs_no_lie)
{
	struct sim *sim = dma_start();

	sim->faults.dma[DIR_RD][0].armed = true;
	dma_single_buf(sim, DIR_RD, 0, 0, 64);
	EXPECT_EQ(dma_read(sim, 0x0a0), BIT(16));
	EXPECT(sim->edma.line);
}

TEST(edma_abort_is_cleared_with_its_error_status)
{
	struct sim *sim = dma_start();

	dma_single(sim, DIR_WR, 0, LIE, 64, EP_BUF, RC_GPA + MEM_SIZE);
	dma_single(sim, DIR_RD, 0, LIE, 64, RC_GPA + MEM_SIZE, EP_BUF);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 2);
	EXPECT(dma_read(sim, 0x05c) != 0);
	EXPECT(dma_read(sim, 0x0b8) != 0);
	dma_write(sim, 0x058, BIT(16));
	dma_write(sim, 0x0ac, BIT(16));
	EXPECT_EQ(dma_read(sim, 0x05c), 0);
	EXPECT_EQ(dma_read(sim, 0x0b8), 0);
	EXPECT_EQ(dma_read(sim, 0x04c) | dma_read(sim, 0x0a0), 0);
	EXPECT(!sim->edma.line);
}

/* Elements before the pointer are done, the one that it is at has failed. */
TEST(edma_abort_leaves_the_pointer_at_what_failed)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB, 10);
	list_data(sim, 1, CB, 64, EP_GPA + MEM_SIZE, RC_BUF);
	list_buf(sim, DIR_WR, 2, CB, 10);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 2);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), LIST_BUS + 24);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 1);

	/* so it is with one that is made to fail */
	list_buf(sim, DIR_WR, 1, CB, 10);
	sim->faults.dma[DIR_WR][1].armed = true;
	sim->faults.dma[DIR_WR][1].element = 2;
	dma_list(sim, DIR_WR, 1, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(chan_state(sim, DIR_WR, 1), 2);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 1, CH_LLP)), LIST_BUS + 48);
}

TEST(edma_errors_of_channels_are_kept_apart)
{
	struct sim *sim = dma_start();
	unsigned int ch;

	for (ch = 0; ch < 2; ch++) {
		dma_single(sim, DIR_RD, ch, LIE, 64, RC_GPA + MEM_SIZE, EP_BUF);
		dma_single(sim, DIR_WR, ch, LIE, 64, EP_GPA + MEM_SIZE, RC_BUF);
		dma_list(sim, DIR_WR, 2 + ch, 0);
	}
	dma_run(sim);
	fx_forget(sim);
	EXPECT_EQ(dma_read(sim, 0x0b8), BIT(0) | BIT(1));
	EXPECT_EQ(dma_read(sim, 0x05c), BIT(0) | BIT(1) | BIT(18) | BIT(19));

	/* clearing one abort clears its error only; a done bit clears none */
	dma_write(sim, 0x0ac, BIT(17) | BIT(0));
	EXPECT_EQ(dma_read(sim, 0x0b8), BIT(0));
	dma_write(sim, 0x058, BIT(16) | BIT(1));
	EXPECT_EQ(dma_read(sim, 0x05c), BIT(1) | BIT(18) | BIT(19));
	dma_write(sim, 0x058, BIT(18));
	EXPECT_EQ(dma_read(sim, 0x05c), BIT(1) | BIT(19));
}

TEST(edma_abort_leaves_the_other_channels_alone)
{
	struct sim *sim = dma_start();

	sim->faults.dma[DIR_WR][0].armed = true;
	dma_single_buf(sim, DIR_WR, 1, LIE, 100000);
	dma_single_buf(sim, DIR_WR, 0, LIE, 100000);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(1) | BIT(16));
}

TEST(edma_channel_can_run_again_after_an_abort)
{
	struct sim *sim = dma_start();

	sim->faults.dma[DIR_WR][0].armed = true;
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	dma_write(sim, 0x058, BIT(16));
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(0));
}

TEST(edma_abort_imwr_needs_linked_list_err_en)
{
	struct sim *sim = dma_start();
	unsigned int d;

	for (d = 0; d < NR_DIRS; d++) {
		dma_imwr(sim, d, 0, MSI_ADDRESS, MSI_ADDRESS, MSI_BASE_DATA + 6);
		sim->faults.dma[d][0].armed = true;
		dma_single_buf(sim, d, 0, LIE | RIE, 64);
		EXPECT_EQ(sim->irq.nr_pending, 0);

		dma_write(sim, d == DIR_WR ? 0x90 : 0xc4, BIT(0));
		sim->faults.dma[d][0].armed = true;
		dma_single_buf(sim, d, 0, LIE | RIE, 64);
		EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + 6));
	}
}

TEST(edma_abort_of_a_list_needs_lllaie_for_the_local_interrupt)
{
	struct sim *sim = dma_start();
	unsigned int d;

	for (d = 0; d < NR_DIRS; d++) {
		/* LLRAIE of the channel and LLLAIE of another one are something else */
		dma_write(sim, reg_ll_err_en[d], BIT(1) | BIT(16 + 2));
		sim->faults.dma[d][1].armed = true;
		list_buf(sim, d, 0, CB | LIE, 16);
		dma_list(sim, d, 1, LIST_BUS);
		dma_run(sim);
		EXPECT_EQ(dma_read(sim, reg_int_status[d]), BIT(17));
		EXPECT(!sim->edma.line);
		dma_write(sim, reg_int_clear[d], BIT(17));

		dma_write(sim, reg_ll_err_en[d], BIT(16 + 1));
		sim->faults.dma[d][1].armed = true;
		dma_list(sim, d, 1, LIST_BUS);
		dma_run(sim);
		EXPECT_EQ(dma_read(sim, reg_int_status[d]), BIT(17));
		EXPECT(sim->edma.line);
		dma_write(sim, reg_int_clear[d], BIT(17));
	}
}

TEST(edma_abort_imwr_is_no_matter_of_lllaie)
{
	struct sim *sim = dma_start();

	dma_imwr(sim, DIR_WR, 0, MSI_ADDRESS, MSI_ADDRESS, MSI_BASE_DATA + 6);
	dma_write(sim, 0x90, BIT(16));
	sim->faults.dma[DIR_WR][0].armed = true;
	list_buf(sim, DIR_WR, 0, CB | LIE | RIE, 16);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT(sim->edma.line);
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

TEST(edma_abort_imwr_goes_to_the_abort_address)
{
	struct sim *sim = dma_start();

	dma_imwr(sim, DIR_WR, 2, RC_BUF + 0x8000, RC_BUF + 0x9000, 0x77);
	dma_imwr(sim, DIR_RD, 2, RC_BUF + 0x8000, RC_BUF + 0xa000, 0x78);
	dma_write(sim, 0x90, BIT(2));
	dma_write(sim, 0xc4, BIT(2));
	sim->faults.dma[DIR_WR][2].armed = true;
	sim->faults.dma[DIR_RD][2].armed = true;
	dma_single_buf(sim, DIR_WR, 2, LIE | RIE, 64);
	dma_single_buf(sim, DIR_RD, 2, LIE | RIE, 64);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, BUF + 0x8000), 4), 0);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, BUF + 0x9000), 4), 0x77);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, BUF + 0xa000), 4), 0x78);
}

TEST(edma_error_status_tells_the_cause)
{
	struct sim *sim = dma_start();

	/* refused by the host, refused locally, nobody there */
	dma_single(sim, DIR_RD, 0, LIE, 64, RC_GPA + MEM_SIZE, EP_BUF);
	dma_single(sim, DIR_RD, 1, LIE, 64, RC_BUF, EP_GPA + MEM_SIZE);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-rc") + fx_violations(sim, "dma-ep"), 2);
	sim_set_link(sim, false);
	dma_single(sim, DIR_RD, 2, LIE, 64, RC_BUF, EP_BUF);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x0b4), BIT(1));
	EXPECT_EQ(dma_read(sim, 0x0b8), BIT(0) | BIT(16 + 2));
	EXPECT_EQ(dma_read(sim, 0x0a0), 7 << 16);
}

TEST(edma_partial_transfer_on_a_fault_stays)
{
	struct sim *sim = dma_start();
	uint32_t at = MEM_SIZE - 0x3000;

	/* three pages are left in the host's memory, four are asked for */
	mem_pattern(sim, SIDE_EP, BUF, 0x4000, 1);
	dma_single(sim, DIR_WR, 0, LIE, 0x4000, EP_BUF, RC_GPA + at);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
	EXPECT_MEM(mem_at(sim, SIDE_RC, at), mem_at(sim, SIDE_EP, BUF), 0x3000);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 0x3000);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(16));
}

TEST(edma_elements_before_a_fault_are_done)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB | LIE, 16);
	list_buf(sim, DIR_WR, 1, CB, 16);
	list_data(sim, 2, CB, 16, 0, RC_BUF);
	list_buf(sim, DIR_WR, 3, CB, 16);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 2);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(0) | BIT(16));
}

TEST(edma_with_bus_mastering_off_aborts)
{
	struct sim *sim = dma_start();

	cfg_host_write(sim, 0, 0x04, 2, 0x0002);
	memset(mem_at(sim, SIDE_RC, BUF), 0, 64);
	mem_pattern(sim, SIDE_EP, BUF, 64, 1);
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "bus-master-off"), 1);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(16));
	EXPECT_EQ(*mem_at(sim, SIDE_RC, BUF), 0);
}

TEST(edma_with_the_link_down_times_out)
{
	struct sim *sim = dma_start();

	sim_set_link(sim, false);
	dma_single_buf(sim, DIR_WR, 0, LIE, 64);
	dma_single_buf(sim, DIR_RD, 0, LIE, 64);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(16));
	EXPECT_EQ(dma_read(sim, 0x0a0), BIT(16));
	EXPECT_EQ(dma_read(sim, 0x0b8), BIT(16));
	EXPECT_EQ(counters_sum(&sim->counters).dma_read_bytes, 0);
}

TEST(edma_link_loss_in_the_middle_keeps_what_was_moved)
{
	struct sim *sim = dma_start();

	mem_pattern(sim, SIDE_EP, BUF, 3 * 65536, 1);
	dma_single_buf(sim, DIR_WR, 0, LIE, 3 * 65536);
	EXPECT(edma_step(sim));
	sim_set_link(sim, false);
	dma_run(sim);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), 65536);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 65536);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 2);
}

TEST(edma_with_the_host_off_times_out)
{
	struct sim *sim = dma_start();

	sim_machine_off(sim, SIDE_RC);
	dma_single_buf(sim, DIR_RD, 0, LIE, 64);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x0b8), BIT(16));
}

TEST(fault_abort_on_the_nth_element)
{
	struct sim *sim = dma_start();
	unsigned int i;

	sim->faults.dma[DIR_WR][0] = (struct fault_dma){ .armed = true, .element = 3 };
	for (i = 0; i < 6; i++)
		list_buf(sim, DIR_WR, i, CB, 16);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 3);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 48);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(16));
	EXPECT_EQ(dma_read(sim, 0x05c), BIT(0));
	EXPECT(!sim->faults.dma[DIR_WR][0].armed);
}

TEST(fault_linked_list_error_on_the_nth_element)
{
	struct sim *sim = dma_start();
	unsigned int i;

	sim->faults.dma[DIR_RD][1] = (struct fault_dma){ true, true, 1 };
	for (i = 0; i < 3; i++)
		list_buf(sim, DIR_RD, i, CB, 16);
	dma_list(sim, DIR_RD, 1, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_RD].chan[1].elements, 1);
	EXPECT_EQ(dma_read(sim, 0x0a0), BIT(17));
	EXPECT_EQ(dma_read(sim, 0x0b4), BIT(17));
}

TEST(fault_counts_elements_over_several_doorbells)
{
	struct sim *sim = dma_start();

	sim->faults.dma[DIR_WR][0] = (struct fault_dma){ .armed = true, .element = 2 };
	dma_single_buf(sim, DIR_WR, 0, LIE, 16);
	dma_run(sim);
	dma_single_buf(sim, DIR_WR, 0, LIE, 16);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(0));
	dma_single_buf(sim, DIR_WR, 0, LIE, 16);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(0) | BIT(16));
}

TEST(fault_dropped_interrupt_comes_back_only_with_a_new_cause)
{
	struct sim *sim = dma_start();

	sim->faults.irq_drop[SIDE_EP] = 1;
	dma_single_buf(sim, DIR_WR, 0, LIE, 16);
	dma_run(sim);
	EXPECT(!sim->edma.line);
	EXPECT_EQ(sim->irq.level, 0);
	EXPECT_EQ(dma_read(sim, 0x04c), BIT(0));
	dma_single_buf(sim, DIR_WR, 1, LIE, 16);
	dma_run(sim);
	EXPECT(sim->edma.line);
	dma_write(sim, 0x058, 0x3);
	dma_single_buf(sim, DIR_WR, 0, LIE, 16);
	dma_run(sim);
	EXPECT(sim->edma.line);
}

TEST(fault_dropped_doorbell_is_lost)
{
	struct sim *sim = dma_start();

	sim->faults.irq_drop[SIDE_EP] = 1;
	rc_write(sim, BAR_DMA, 0x04c, 0);
	EXPECT(!sim->edma.line);
	dma_write(sim, 0x054, 0);	/* it does not come back by itself */
	EXPECT(!sim->edma.line);
	rc_write(sim, BAR_DMA, 0x04c, 0);
	EXPECT(sim->edma.line);
}
