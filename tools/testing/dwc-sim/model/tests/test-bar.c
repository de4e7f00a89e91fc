// SPDX-License-Identifier: GPL-2.0
/* BARs: size and presence through the DBI2 masks, sizing by the host, decoding. */
#include "fixture.h"

TEST(bar_size_follows_its_dbi2_mask)
{
	struct sim *sim = fx_linked();
	unsigned int shift;

	for (shift = 8; shift < 31; shift++) {
		fx_set_bar(sim, 0, 1u << shift, BAR_TYPE_32);
		EXPECT_EQ(fx_bar_probe(sim, 0), ~((1u << shift) - 1));
		EXPECT_EQ(cfg_bar_size(sim, 0, 0), 1u << shift);
	}
}

TEST(bar_of_64_bits_takes_two_registers)
{
	struct sim *sim = fx_linked();

	fx_set_bar(sim, 2, 0x100000, BAR_TYPE_64);
	EXPECT_EQ(fx_bar_probe(sim, 2), 0xfff00004);
	EXPECT_EQ(fx_bar_probe(sim, 3), 0xffffffff);
	EXPECT_EQ(cfg_bar_size(sim, 0, 2), 0x100000);
	EXPECT_EQ(cfg_bar_size(sim, 0, 3), 0);
	cfg_host_write(sim, 0, 0x18, 4, 0x00300000);
	cfg_host_write(sim, 0, 0x1c, 4, 0x00000012);
	EXPECT_EQ(cfg_bar_addr(sim, 0, 2), 0x1200300000ull);
}

TEST(bar_of_64_bits_can_be_larger_than_4_gb)
{
	struct sim *sim = fx_linked();

	fx_set_bar(sim, 4, 1ull << 33, BAR_TYPE_64);
	EXPECT_EQ(fx_bar_probe(sim, 4), 0x00000004);
	EXPECT_EQ(fx_bar_probe(sim, 5), 0xfffffffe);
	EXPECT_EQ(cfg_bar_size(sim, 0, 4), 1ull << 33);
}

TEST(bar_bit_0_of_the_mask_enables_it)
{
	struct sim *sim = fx_linked();

	fx_set_bar(sim, 1, 0x10000, BAR_TYPE_32);
	EXPECT_EQ(fx_bar_probe(sim, 1), 0xffff0000);
	ep_write(sim, EP_DBI2 + 0x14, 0xfffe);
	EXPECT_EQ(fx_bar_probe(sim, 1), 0);
	EXPECT_EQ(cfg_bar_size(sim, 0, 1), 0);
	ep_write(sim, EP_DBI2 + 0x14, 0xffff);
	EXPECT_EQ(fx_bar_probe(sim, 1), 0xffff0000);
}

static struct sim *linked(const char *what)
{
	struct profile p = fx_generic;
	struct sim *sim;

	if (*what == 'f')
		p.bar[4] = (struct profile_bar){ BAR_FIXED, 256 };
	else
		p.bar[4] = (struct profile_bar){ BAR_OFF, 0 };
	sim = fx_power_on(&p);
	sim_set_link(sim, true);
	return sim;
}

TEST(bar_fixed_has_its_size_whatever_dbi2_says)
{
	struct sim *sim = linked("fixed");

	EXPECT_EQ(cfg_bar_size(sim, 0, 4), 256);
	fx_set_bar(sim, 4, 0x10000, BAR_TYPE_32);
	EXPECT_EQ(fx_bar_probe(sim, 4), 0xffffff00);
	EXPECT_EQ(cfg_bar_size(sim, 0, 4), 256);
	/* its neighbours are as ever */
	fx_set_bar(sim, 3, 0x10000, BAR_TYPE_32);
	EXPECT_EQ(fx_bar_probe(sim, 3), 0xffff0000);
}

TEST(bar_fixed_can_be_disabled)
{
	struct sim *sim = linked("fixed");

	ep_write(sim, EP_DBI2 + 0x20, 0);
	EXPECT_EQ(fx_bar_probe(sim, 4), 0);
	EXPECT_EQ(cfg_bar_size(sim, 0, 4), 0);
	ep_write(sim, EP_DBI2 + 0x20, 1);
	EXPECT_EQ(fx_bar_probe(sim, 4), 0xffffff00);
}

TEST(bar_fixed_of_64_bits_has_no_upper_mask)
{
	struct sim *sim = linked("fixed");

	fx_set_bar(sim, 4, 1ull << 33, BAR_TYPE_64);
	EXPECT_EQ(fx_bar_probe(sim, 4), 0xffffff04);
	EXPECT_EQ(fx_bar_probe(sim, 5), 0xffffffff);
	EXPECT_EQ(cfg_bar_size(sim, 0, 4), 256);
	EXPECT_EQ(cfg_bar_size(sim, 0, 5), 0);
}

TEST(bar_that_is_off_stays_off)
{
	struct sim *sim = linked("off");

	EXPECT_EQ(cfg_bar_size(sim, 0, 4), 0);
	fx_set_bar(sim, 4, 0x10000, BAR_TYPE_32);
	EXPECT_EQ(fx_bar_probe(sim, 4), 0);
	EXPECT_EQ(cfg_bar_size(sim, 0, 4), 0);
	/* the upper half of a BAR is not asked */
	sim->profile.bar[3].kind = BAR_OFF;
	ep_write(sim, EP_DBI2 + 0x1c, 0);
	fx_set_bar(sim, 2, 0x100000, BAR_TYPE_64);
	EXPECT_EQ(fx_bar_probe(sim, 2), 0xfff00004);
	EXPECT_EQ(fx_bar_probe(sim, 3), 0xffffffff);
}

TEST(bar_disabled_swallows_nothing)
{
	struct sim *sim = fx_start();

	EXPECT_EQ(rc_read(sim, 5, 0), 0xffffffff);
	rc_write(sim, 5, 0, 1);
	EXPECT_EQ(fx_violations(sim, "bar-range"), 2);
}

TEST(bar_upper_half_of_a_disabled_64_bit_bar_is_a_bar_of_its_own)
{
	struct sim *sim = fx_linked();

	fx_set_bar(sim, 2, 0x100000, BAR_TYPE_64);
	ep_write(sim, EP_DBI2 + 0x18, 0);
	ep_write(sim, EP_DBI2 + 0x1c, 0xfff);
	EXPECT_EQ(fx_bar_probe(sim, 2), 0);
	EXPECT_EQ(fx_bar_probe(sim, 3), 0xfffff000);
}

TEST(bar_type_bits_are_read_only_for_the_host)
{
	struct sim *sim = fx_linked();

	fx_set_bar(sim, 0, 0x1000, BAR_TYPE_32);
	cfg_host_write(sim, 0, 0x10, 4, 0xf000000f);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x10, 4), 0xf0000000);
}

TEST(bar_registers_are_written_as_words)
{
	struct sim *sim = fx_start();

	cfg_host_write(sim, 0, 0x12, 2, 0x1234);
	cfg_host_write(sim, 0, 0x10, 1, 0xff);
	EXPECT_EQ(cfg_bar_addr(sim, 0, 0), BAR_CTRL_ADDR);
}

TEST(bar_type_bits_need_dbi_ro_wr_en)
{
	struct sim *sim = fx_linked();

	fx_set_bar(sim, 0, 0x1000, BAR_TYPE_32);
	ep_write(sim, EP_DBI + 0x10, 0x0000000c);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x10, 4), 0);
	ep_write(sim, EP_DBI + 0x8bc, 1);
	ep_write(sim, EP_DBI + 0x10, 0x0000000c);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x10, 4), 0xc);
}

TEST(bar_masks_are_write_only_words)
{
	struct sim *sim = fx_linked();
	uint8_t b[2] = { 0xff, 0xff };

	ep_read(sim, EP_DBI2 + 0x10);
	ep_access(sim, EP_DBI2 + 0x10, b, 2, true);
	ep_write(sim, EP_DBI2 + 0x2c, 1);
	EXPECT_EQ(fx_unknown(sim, "dbi2"), 3);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 0x100000);
	ep_access(sim, EP_DBI + 0x10, b, 2, true);
	EXPECT_EQ(fx_unknown(sim, "dbi-bar"), 1);
}

TEST(bar_access_with_memory_space_off_is_a_violation)
{
	struct sim *sim = fx_start();

	put_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM), 0x1234, 4);
	EXPECT_EQ(rc_read(sim, BAR_CTRL, 0), 0x1234);
	cfg_host_write(sim, 0, 0x04, 2, 0x0004);
	EXPECT_EQ(rc_read(sim, BAR_CTRL, 0), 0xffffffff);
	rc_write(sim, BAR_CTRL, 0, 0);
	EXPECT_EQ(fx_violations(sim, "bar-memory-off"), 2);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM), 4), 0x1234);
}

TEST(bar_access_past_its_end_is_a_violation)
{
	struct sim *sim = fx_start();
	uint8_t b[16];

	EXPECT_EQ(rc_read(sim, BAR_CTRL, BAR_CTRL_SIZE), 0xffffffff);
	fabric_rc_bar(sim, 0, BAR_CTRL, BAR_CTRL_SIZE - 8, b, 16, true);
	fabric_rc_bar(sim, 0, BAR_CTRL, UINT64_MAX - 3, b, 4, false);
	EXPECT_EQ(fx_violations(sim, "bar-range"), 3);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write, 0);
}

TEST(bar_access_with_the_link_down_reads_all_ones)
{
	struct sim *sim = fx_start();

	sim_set_link(sim, false);
	EXPECT_EQ(rc_read(sim, BAR_CTRL, 0), 0xffffffff);
	rc_write(sim, BAR_CTRL, 0, 0);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_read, 0);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write, 0);
}

TEST(bar_that_does_not_exist_reads_all_ones)
{
	struct sim *sim = fx_start();

	EXPECT_EQ(rc_read(sim, 6, 0), 0xffffffff);
	EXPECT_EQ(rc_read(sim, 255, 0), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "bar-range"), 2);
}
