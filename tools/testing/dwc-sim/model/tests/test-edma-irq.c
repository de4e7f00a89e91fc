// SPDX-License-Identifier: GPL-2.0
/* The eDMA's interrupts: the local line and its mask, IMWr, interrupt emulation. */
#include "driver.h"

#define DONE(ch)	BIT(ch)
#define ABORT(ch)	BIT(16 + (ch))

/* One element with @ctl on @ch; remote writes go to the MSI address with @data. */
static struct sim *one_element(enum dma_dir dir, unsigned int ch, uint32_t ctl, uint16_t data)
{
	struct sim *sim = dma_start();

	dma_imwr(sim, dir, ch, MSI_ADDRESS, 0, data);
	list_buf(sim, dir, 0, CB | ctl, 32);
	dma_list(sim, dir, ch, LIST_BUS);
	dma_run(sim);
	return sim;
}

TEST(edma_lie_sets_the_done_bit_and_raises_the_local_line)
{
	struct sim *sim = one_element(DIR_WR, 2, LIE, MSI_BASE_DATA);

	EXPECT_EQ(dma_read(sim, 0x04c), DONE(2));
	EXPECT(sim->edma.line);
	EXPECT_EQ(sim->irq.level, BIT(0));
	EXPECT_EQ(sim->irq.nr_pending, 0);	/* LIE=1 RIE=0: locally only */
}

TEST(edma_without_lie_and_rie_nobody_is_told)
{
	struct sim *sim = one_element(DIR_RD, 1, 0, MSI_BASE_DATA);

	EXPECT_EQ(sim->edma.half[DIR_RD].chan[1].elements, 1);
	EXPECT_EQ(dma_read(sim, 0x0a0), 0);
	EXPECT(!sim->edma.line);
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

TEST(edma_rie_without_lie_gives_no_remote_interrupt)
{
	struct sim *sim = one_element(DIR_RD, 0, RIE, MSI_BASE_DATA);

	EXPECT_EQ(dma_read(sim, 0x0a0), 0);
	EXPECT_EQ(sim->irq.nr_pending, 0);
	EXPECT(!sim->edma.line);
}

TEST(edma_lie_and_rie_write_the_remote_interrupt)
{
	struct sim *sim = one_element(DIR_WR, 3, LIE | RIE, MSI_BASE_DATA + 9);

	EXPECT_EQ(dma_read(sim, 0x04c), DONE(3));
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + 9));
	EXPECT_EQ(sim->irq.nr_pending, 0);
	EXPECT_EQ(sim->counters.msi[9], 1);
}

TEST(edma_remote_only_interrupt_is_lie_rie_and_the_local_line_masked)
{
	struct sim *sim = dma_start();

	dma_write(sim, 0x054, DONE(0));
	dma_imwr(sim, DIR_WR, 0, MSI_ADDRESS, 0, MSI_BASE_DATA);
	list_buf(sim, DIR_WR, 0, CB | LIE | RIE, 32);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT(!sim->edma.line);
	EXPECT_EQ(sim->irq.level, 0);
	EXPECT_EQ(dma_read(sim, 0x04c), DONE(0));
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA));
}

TEST(edma_int_mask_gates_only_the_local_line)
{
	struct sim *sim = dma_start();

	dma_write(sim, 0x0a8, DONE(1));
	dma_imwr(sim, DIR_RD, 1, MSI_ADDRESS, 0, MSI_BASE_DATA + 1);
	dma_single_buf(sim, DIR_RD, 1, LIE | RIE, 32);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x0a0), DONE(1));	/* the status shows it */
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + 1));	/* IMWr has no mask */
	EXPECT(!sim->edma.line);

	/* unmasked, the level is there */
	dma_write(sim, 0x0a8, 0);
	EXPECT(sim->edma.line);
	dma_write(sim, 0x0a8, DONE(1));
	EXPECT(!sim->edma.line);
}

TEST(edma_int_mask_is_per_bit_and_per_direction)
{
	struct sim *sim = dma_start();

	dma_write(sim, 0x054, ~DONE(2));
	dma_single_buf(sim, DIR_WR, 1, LIE, 32);
	dma_run(sim);
	EXPECT(!sim->edma.line);
	dma_single_buf(sim, DIR_RD, 1, LIE, 32);
	dma_run(sim);
	EXPECT(sim->edma.line);
	dma_write(sim, 0x0ac, DONE(1));
	EXPECT(!sim->edma.line);
	dma_single_buf(sim, DIR_WR, 2, LIE, 32);
	dma_run(sim);
	EXPECT(sim->edma.line);
}

TEST(edma_int_clear_is_write_1_to_clear)
{
	struct sim *sim = dma_start();

	dma_single_buf(sim, DIR_WR, 0, LIE, 32);
	dma_single_buf(sim, DIR_WR, 1, LIE, 32);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x04c), DONE(0) | DONE(1));
	dma_write(sim, 0x058, DONE(1));
	EXPECT_EQ(dma_read(sim, 0x04c), DONE(0));
	EXPECT(sim->edma.line);
	dma_write(sim, 0x058, DONE(0));
	EXPECT_EQ(dma_read(sim, 0x04c), 0);
	EXPECT(!sim->edma.line);
}

TEST(edma_int_clear_of_one_direction_leaves_the_other)
{
	struct sim *sim = dma_start();

	dma_single_buf(sim, DIR_WR, 0, LIE, 32);
	dma_single_buf(sim, DIR_RD, 0, LIE, 32);
	dma_run(sim);
	dma_write(sim, 0x058, 0x00ff00ff);
	EXPECT_EQ(dma_read(sim, 0x0a0), DONE(0));
	EXPECT(sim->edma.line);
}

TEST(edma_done_bits_are_7_0_and_abort_bits_23_16)
{
	struct sim *sim = dma_start();

	sim->faults.dma[DIR_RD][3].armed = true;
	dma_single_buf(sim, DIR_RD, 3, LIE, 32);
	dma_single_buf(sim, DIR_RD, 2, LIE, 32);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x0a0), BIT(2) | BIT(19));
}

TEST(edma_int_is_a_level)
{
	struct sim *sim = dma_start();

	dma_single_buf(sim, DIR_WR, 0, LIE, 32);
	dma_run(sim);
	EXPECT_EQ(sim->irq.level, BIT(0));
	/* a second cause changes nothing, and the first one going does neither */
	dma_single_buf(sim, DIR_WR, 1, LIE, 32);
	dma_run(sim);
	dma_write(sim, 0x058, DONE(0));
	EXPECT_EQ(sim->irq.level, BIT(0));
	dma_write(sim, 0x058, DONE(1));
	EXPECT_EQ(sim->irq.level, 0);
}

TEST(edma_imwr_address_is_per_direction)
{
	struct sim *sim = dma_start();

	dma_imwr(sim, DIR_WR, 0, RC_BUF + 0x8000, 0, 0x1111);
	dma_imwr(sim, DIR_RD, 0, RC_BUF + 0x9000, 0, 0x2222);
	dma_single_buf(sim, DIR_WR, 0, LIE | RIE, 32);
	dma_single_buf(sim, DIR_RD, 0, LIE | RIE, 32);
	dma_run(sim);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, BUF + 0x8000), 4), 0x1111);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, BUF + 0x9000), 4), 0x2222);
}

TEST(edma_imwr_address_has_64_bits)
{
	struct sim *sim = dma_start();

	dma_imwr(sim, DIR_WR, 0, 1ull << 32 | RC_BUF, 0, 0x1111);
	dma_single_buf(sim, DIR_WR, 0, LIE | RIE, 32);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
}

TEST(edma_imwr_data_is_per_channel_even_channels_in_the_low_half)
{
	struct sim *sim = dma_start();
	unsigned int d, ch;

	for (d = 0; d < NR_DIRS; d++) {
		uint32_t reg = d == DIR_WR ? 0x70 : 0xdc;

		dma_imwr(sim, d, 0, RC_BUF + 0x8000, 0, 0);
		dma_write(sim, reg, 0xbbbbaaaa);
		dma_write(sim, reg + 4, 0xddddcccc);
		EXPECT_EQ(dma_read(sim, reg + 4), 0xddddcccc);
		for (ch = 0; ch < 4; ch++) {
			dma_single_buf(sim, d, ch, LIE | RIE, 32);
			dma_run(sim);
			EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, BUF + 0x8000), 4),
				  0xaaaau + 0x1111u * ch);
		}
	}
}

/* Multi-vector MSI: the driver of channel i writes base + i. */
TEST(edma_imwr_data_base_plus_i_reaches_vector_i)
{
	struct sim *sim = dma_start();
	unsigned int ch;

	for (ch = 0; ch < 4; ch++) {
		dma_imwr(sim, DIR_WR, ch, MSI_ADDRESS, 0, (uint16_t)(MSI_BASE_DATA + ch));
		dma_single_buf(sim, DIR_WR, ch, LIE | RIE, 32);
		dma_run(sim);
		EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + ch));
		EXPECT_EQ(sim->counters.msi[ch], 1);
	}
}

TEST(edma_imwr_comes_after_the_status_bit_and_the_data)
{
	struct sim *sim = dma_start();

	/* an IMWr to where the payload went overwrites it: it came later */
	mem_pattern(sim, SIDE_EP, BUF, 32, 1);
	dma_imwr(sim, DIR_WR, 0, RC_BUF, 0, 0x4711);
	dma_single_buf(sim, DIR_WR, 0, LIE | RIE, 32);
	dma_run(sim);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, BUF), 4), 0x4711);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF + 4), mem_at(sim, SIDE_EP, BUF + 4), 28);
}

TEST(edma_imwr_is_sent_by_its_half_of_the_engine)
{
	struct sim *sim = dma_start();
	unsigned int d;

	for (d = 0; d < NR_DIRS; d++) {
		dma_imwr(sim, d, 0, MSI_ADDRESS, 0, MSI_BASE_DATA);
		dma_single_buf(sim, d, 0, LIE | RIE, 32);
	}
	dma_run(sim);
	EXPECT_EQ(sim->counters.tlp[TLP_MSI][BY_EDMA_WR][TARGET_RC_MSI].tlps, 1);
	EXPECT_EQ(sim->counters.tlp[TLP_MSI][BY_EDMA_RD][TARGET_RC_MSI].tlps, 1);
}

TEST(edma_every_element_with_lie_and_rie_writes_once)
{
	struct sim *sim = dma_start();
	unsigned int i;

	dma_imwr(sim, DIR_WR, 0, MSI_ADDRESS, 0, MSI_BASE_DATA);
	for (i = 0; i < 5; i++)
		list_buf(sim, DIR_WR, i, CB | (i % 2 ? LIE | RIE : 0), 16);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->counters.msi[0], 2);
	EXPECT_EQ(sim->irq.nr_pending, 1);	/* the host has one vector to raise */
}

TEST(edma_channel_has_stopped_when_its_last_interrupt_comes)
{
	struct sim *sim = dma_start();
	unsigned int i;

	/* exactly one turn's worth of elements: the end must not need another */
	for (i = 0; i < 16; i++)
		list_buf(sim, DIR_WR, i, CB | (i == 15 ? LIE : 0), 16);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	EXPECT(!edma_step(sim));
	EXPECT_EQ(dma_read(sim, 0x04c), DONE(0));
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 3);
}

TEST(emulation_any_write_to_int_status_raises_the_line)
{
	struct sim *sim = dma_start();
	unsigned int d;

	for (d = 0; d < NR_DIRS; d++) {
		dma_write(sim, d == DIR_WR ? 0x04c : 0x0a0, d ? 0xffffffff : 0);
		EXPECT(sim->edma.line);
		EXPECT_EQ(sim->irq.level, BIT(0));
		dma_write(sim, d == DIR_WR ? 0x058 : 0x0ac, 0);
		EXPECT(!sim->edma.line);
		EXPECT_EQ(sim->irq.level, 0);
	}
}

TEST(no_emulation_a_write_to_int_status_is_nothing)
{
	struct sim *sim = dma_start();
	unsigned int d;

	sim->profile.emulation = 0;
	for (d = 0; d < NR_DIRS; d++) {
		dma_write(sim, d == DIR_WR ? 0x04c : 0x0a0, 0);
		rc_write(sim, BAR_DMA, d == DIR_WR ? 0x04c : 0x0a0, 0xffffffff);
		EXPECT(!sim->edma.line);
		EXPECT_EQ(sim->irq.level, 0);
		EXPECT_EQ(dma_read(sim, d == DIR_WR ? 0x04c : 0x0a0), 0);
	}
	/* nobody heard it ring */
	EXPECT_EQ(counters_sum(&sim->counters).doorbells, 0);
}

TEST(no_emulation_leaves_the_channels_interrupts)
{
	struct sim *sim = dma_start();

	sim->profile.emulation = 0;
	dma_single_buf(sim, DIR_WR, 0, LIE, 32);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x04c), DONE(0));
	EXPECT_EQ(sim->irq.level, BIT(0));
	dma_write(sim, 0x058, DONE(0));
	EXPECT_EQ(sim->irq.level, 0);
}

TEST(emulation_sets_no_status_bit)
{
	struct sim *sim = dma_start();

	dma_write(sim, 0x04c, 0xffffffff);
	EXPECT_EQ(dma_read(sim, 0x04c), 0);
	EXPECT_EQ(dma_read(sim, 0x0a0), 0);
}

TEST(emulation_ends_with_a_zero_write_to_int_clear_only)
{
	struct sim *sim = dma_start();

	dma_write(sim, 0x04c, 0);
	dma_write(sim, 0x058, 0x00ff00ff);
	EXPECT(sim->edma.line);
	dma_write(sim, 0x058, 0);
	EXPECT(!sim->edma.line);
}

TEST(emulation_zero_write_leaves_status_bits_and_their_level)
{
	struct sim *sim = dma_start();

	dma_single_buf(sim, DIR_WR, 0, LIE, 32);
	dma_run(sim);
	dma_write(sim, 0x04c, 0);
	dma_write(sim, 0x058, 0);
	EXPECT_EQ(dma_read(sim, 0x04c), DONE(0));
	EXPECT(sim->edma.line);
}

TEST(emulation_through_a_bar_is_the_hosts_doorbell)
{
	struct sim *sim = dma_start();

	rc_write(sim, BAR_DMA, 0x0a0, 0);
	EXPECT(sim->edma.line);
	EXPECT_EQ(counters_sum(&sim->counters).doorbells, 1);
	dma_write(sim, 0x0ac, 0);
	EXPECT(!sim->edma.line);
	/* the endpoint's own is none */
	dma_write(sim, 0x0a0, 0);
	EXPECT_EQ(counters_sum(&sim->counters).doorbells, 1);
	dma_write(sim, 0x0ac, 0);
}
