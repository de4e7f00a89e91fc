// SPDX-License-Identifier: GPL-2.0
/* The iATU: its register file, BAR-match, address-match and outbound windows. */
#include "fixture.h"

#define IB(win, reg)	(EP_ATU + 512 * (win) + 256 + (reg))
#define OB(win, reg)	(EP_ATU + 512 * (win) + (reg))
#define WINDOW_CPU	(EP_MMIO_BASE + EP_WINDOW)

/* As dw_pcie_iatu_detect(): a window that keeps what is written exists. */
static unsigned int count_windows(struct sim *sim, bool inbound)
{
	unsigned int n;

	for (n = 0; n < 16; n++) {
		uint64_t reg = inbound ? IB(n, 0x14) : OB(n, 0x14);

		ep_write(sim, reg, 0x11110000);
		if (ep_read(sim, reg) != 0x11110000)
			break;
		ep_write(sim, reg, 0);
	}
	return n;
}

TEST(iatu_windows_are_what_the_register_file_holds)
{
	struct profile p = fx_generic;
	struct sim *sim;

	p.iatu_ib = 4;
	p.iatu_ob = 6;
	sim = fx_power_on(&p);
	EXPECT_EQ(count_windows(sim, true), 4);
	EXPECT_EQ(count_windows(sim, false), 6);
}

TEST(iatu_is_unrolled_512_bytes_a_pair)
{
	static const uint16_t regs[] = { 0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x20 };
	struct sim *sim = fx_linked();
	unsigned int win, i, dir;

	for (win = 0; win < 16; win++)
		for (dir = 0; dir < 2; dir++)
			for (i = 0; i < ARRAY_SIZE(regs); i++)
				ep_write(sim, EP_ATU + 512 * win + 256 * dir + regs[i],
					 (win << 16 | dir << 12) & ~BIT(31));
	for (win = 0; win < 16; win++) {
		for (dir = 0; dir < 2; dir++) {
			uint32_t want = win << 16 | dir << 12;
			uint64_t w = EP_ATU + 512 * win + 256 * dir;

			EXPECT_EQ(ep_read(sim, w + 0x00), want);
			EXPECT_EQ(ep_read(sim, w + 0x08), want);
			EXPECT_EQ(ep_read(sim, w + 0x0c), want);
			EXPECT_EQ(ep_read(sim, w + 0x10), want | 0xfff);
			EXPECT_EQ(ep_read(sim, w + 0x18), want);
			EXPECT_EQ(ep_read(sim, w + 0x20), want & 0xff);
		}
	}
}

TEST(iatu_low_12_bits_of_a_limit_read_as_ones)
{
	struct sim *sim = fx_linked();

	ep_write(sim, OB(0, 0x10), 0);
	EXPECT_EQ(ep_read(sim, OB(0, 0x10)), 0xfff);
	ep_write(sim, IB(0, 0x10), 0x12345000);
	EXPECT_EQ(ep_read(sim, IB(0, 0x10)), 0x12345fff);
}

TEST(iatu_bases_and_targets_are_multiples_of_4_kb)
{
	struct sim *sim = fx_linked();

	ep_write(sim, IB(3, 0x08), 0xffffffff);
	ep_write(sim, IB(3, 0x14), 0xffffffff);
	EXPECT_EQ(ep_read(sim, IB(3, 0x08)), 0xfffff000);
	EXPECT_EQ(ep_read(sim, IB(3, 0x14)), 0xfffff000);
}

TEST(iatu_granule_is_what_the_profile_says)
{
	struct profile p = fx_generic;
	struct sim *sim;

	p.iatu_align = 0x10000;
	sim = fx_power_on(&p);
	ep_write(sim, OB(0, 0x10), 0);
	EXPECT_EQ(ep_read(sim, OB(0, 0x10)), 0xffff);
	ep_write(sim, IB(3, 0x08), 0xffffffff);
	ep_write(sim, IB(3, 0x14), 0xffffffff);
	EXPECT_EQ(ep_read(sim, IB(3, 0x08)), 0xffff0000);
	EXPECT_EQ(ep_read(sim, IB(3, 0x14)), 0xffff0000);
	ep_write(sim, IB(3, 0x04), 0);
}

TEST(iatu_window_takes_all_of_its_last_granule)
{
	struct profile p = fx_generic;
	struct sim *sim;

	/* 4 KB are asked for: 64 KB of the host's memory are reached */
	p.iatu_align = 0x10000;
	sim = fx_power_on(&p);
	sim_set_link(sim, true);
	fx_enumerate(sim);
	fx_outbound(sim, 0, WINDOW_CPU, 0x1000, RC_GPA);
	put_le(mem_at(sim, SIDE_RC, 0xfffc), 0x1234, 4);
	EXPECT_EQ(ep_read(sim, EP_WINDOW + 0xfffc), 0x1234);
	EXPECT_EQ(ep_read(sim, EP_WINDOW + 0x10000), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "outbound-no-window"), 1);
}

TEST(iatu_unknown_register_and_width_are_recorded)
{
	struct sim *sim = fx_linked();
	uint8_t b[2] = { 0 };

	ep_write(sim, IB(0, 0x40), 1);
	EXPECT_EQ(ep_read(sim, IB(0, 0x40)), 0);
	ep_access(sim, IB(0, 0x08), b, 2, true);
	EXPECT_EQ(fx_unknown(sim, "iatu"), 3);
}

TEST(iatu_bar_match_adds_the_offset_in_the_bar)
{
	struct sim *sim = fx_start();

	rc_write(sim, BAR_MW, 0x0, 1);
	rc_write(sim, BAR_MW, 0x3000, 2);
	rc_write(sim, BAR_MW, BAR_MW_SIZE - 4, 3);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_MW_MEM), 4), 1);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_MW_MEM + 0x3000), 4), 2);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_MW_MEM + BAR_MW_SIZE - 4), 4), 3);
	EXPECT_EQ(rc_read(sim, BAR_MW, 0x3000), 2);
}

TEST(iatu_bar_match_target_is_aligned_to_the_size_of_the_bar)
{
	struct sim *sim = fx_start();
	uint64_t odd = EP_GPA + BAR_CTRL_MEM + 0x1000;

	fx_bar_match(sim, 0, BAR_CTRL, odd);
	EXPECT_EQ(fx_violations(sim, "iatu-bar-match"), 1);
	/* the bits below the size do not exist */
	rc_write(sim, BAR_CTRL, 0x8, 0x4711);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM + 0x8), 4), 0x4711);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM + 0x1008), 4), 0);
}

TEST(iatu_bar_match_alignment_has_64_bits)
{
	struct sim *sim = fx_start();

	fx_set_bar(sim, BAR_MW, 1ull << 33, BAR_TYPE_64);
	fx_bar_match(sim, 5, BAR_MW, 1ull << 32);
	EXPECT_EQ(fx_violations(sim, "iatu-bar-match"), 1);
	fx_bar_match(sim, 5, BAR_MW, 1ull << 33);
	EXPECT_EQ(fx_violations(sim, "iatu-bar-match"), 0);
}

TEST(iatu_bar_match_on_a_disabled_bar_is_a_violation)
{
	struct sim *sim = fx_start();

	fx_bar_match(sim, 5, 5, EP_GPA);
	fx_bar_match(sim, 6, 7, EP_GPA);
	EXPECT_EQ(fx_violations(sim, "iatu-bar-match"), 2);
}

TEST(iatu_bar_match_works_whatever_address_the_host_assigns)
{
	struct sim *sim = fx_start();

	rc_write(sim, BAR_CTRL, 0x10, 5);
	cfg_host_write(sim, 0, 0x10, 4, 0xe8000000);
	EXPECT_EQ(rc_read(sim, BAR_CTRL, 0x10), 5);
}

TEST(iatu_window_needs_its_enable_bit)
{
	struct sim *sim = fx_start();

	ep_write(sim, IB(0, 0x04), BIT(30) | BAR_CTRL << 8);
	EXPECT_EQ(rc_read(sim, BAR_CTRL, 0), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 1);
}

TEST(iatu_inbound_without_a_window_reads_all_ones)
{
	struct sim *sim = fx_start();

	fx_set_bar(sim, 1, 0x1000, BAR_TYPE_32);
	cfg_host_write(sim, 0, 0x14, 4, 0xf8000000);
	EXPECT_EQ(rc_read(sim, 1, 0), 0xffffffff);
	rc_write(sim, 1, 0, 1);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 2);
}

/* BAR 1, 16 KB at 0xf8000000, for address-match. */
static struct sim *sub_bar(void)
{
	struct sim *sim = fx_start();

	fx_set_bar(sim, 1, 0x4000, BAR_TYPE_32);
	cfg_host_write(sim, 0, 0x14, 4, 0xf8000000);
	return sim;
}

TEST(iatu_address_match_adds_the_offset_in_its_window)
{
	struct sim *sim = sub_bar();

	fx_addr_match(sim, 5, 0xf8002000, 0x1000, EP_GPA + 0x5000);
	rc_write(sim, 1, 0x2010, 0x77);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, 0x5010), 4), 0x77);
}

TEST(iatu_address_match_one_window_a_subrange)
{
	struct sim *sim = sub_bar();
	unsigned int i;

	/* four pages of the BAR, in reverse order in memory */
	for (i = 0; i < 4; i++)
		fx_addr_match(sim, 5 + i, 0xf8000000 + 0x1000 * i, 0x1000,
			      EP_GPA + 0x8000 - 0x1000 * i);
	for (i = 0; i < 4; i++) {
		rc_write(sim, 1, 0x1000 * i + 4 * i, i + 1);
		EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, 0x8000 - 0x1000 * i + 4 * i), 4), i + 1);
	}
}

TEST(iatu_address_match_ends_at_its_limit)
{
	struct sim *sim = sub_bar();

	fx_addr_match(sim, 5, 0xf8001000, 0x1000, EP_GPA + 0x5000);
	EXPECT_EQ(rc_read(sim, 1, 0x1ffc), 0);
	EXPECT_EQ(rc_read(sim, 1, 0x2000), 0xffffffff);
	EXPECT_EQ(rc_read(sim, 1, 0x0ffc), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 2);
}

TEST(iatu_block_copy_over_several_windows_is_split_at_their_edges)
{
	struct sim *sim = sub_bar();
	uint8_t b[0x3000];
	unsigned int i;

	for (i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i * 7 + (i >> 8));
	fx_addr_match(sim, 5, 0xf8000000, 0x1000, EP_GPA + 0x5000);
	fx_addr_match(sim, 6, 0xf8002000, 0x1000, EP_GPA + 0x1000);
	fabric_rc_bar(sim, 0, 1, 0, b, sizeof(b), true);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 1);	/* the page between them */
	EXPECT_MEM(mem_at(sim, SIDE_EP, 0x5000), b, 0x1000);
	EXPECT_MEM(mem_at(sim, SIDE_EP, 0x1000), b + 0x2000, 0x1000);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write_bytes, 0x2000);
}

TEST(iatu_address_match_compares_the_assigned_address)
{
	struct sim *sim = sub_bar();

	/* programmed with the address before enumeration: 0 */
	fx_addr_match(sim, 5, 0, 0x4000, EP_GPA + 0x5000);
	EXPECT_EQ(rc_read(sim, 1, 0), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 1);

	fx_addr_match(sim, 5, 0xf8000000, 0x4000, EP_GPA + 0x5000);
	EXPECT_EQ(rc_read(sim, 1, 0), 0);

	/* the host moves the BAR: the window does not follow */
	cfg_host_write(sim, 0, 0x14, 4, 0xf9000000);
	EXPECT_EQ(rc_read(sim, 1, 0), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 1);
}

TEST(iatu_address_match_has_64_bits)
{
	struct sim *sim = fx_start();

	ep_write(sim, IB(1, 0x04), 0);
	fx_addr_match(sim, 5, BAR_MW_ADDR, 0x1000, EP_GPA + 0x5000);
	rc_write(sim, BAR_MW, 0x20, 0x1);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, 0x5020), 4), 1);
	fx_addr_match(sim, 5, (uint32_t)BAR_MW_ADDR, 0x1000, EP_GPA + 0x5000);
	EXPECT_EQ(rc_read(sim, BAR_MW, 0x20), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 1);
}

TEST(iatu_lowest_numbered_window_wins)
{
	struct sim *sim = sub_bar();

	fx_bar_match(sim, 6, 1, EP_GPA + 0x8000);
	rc_write(sim, 1, 0x1000, 1);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, 0x9000), 4), 1);
	fx_addr_match(sim, 5, 0xf8001000, 0x1000, EP_GPA + 0x5000);
	rc_write(sim, 1, 0x1000, 2);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, 0x9000), 4), 1);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, 0x5000), 4), 2);
}

TEST(iatu_lower_window_wins_in_the_middle_of_a_block_copy)
{
	struct sim *sim = sub_bar();
	uint8_t b[0x3000] = { [0x1000] = 0xaa, [0x2000] = 0xbb };

	fx_bar_match(sim, 6, 1, EP_GPA + 0x8000);
	fx_addr_match(sim, 5, 0xf8001000, 0x1000, EP_GPA + 0x5000);
	fabric_rc_bar(sim, 0, 1, 0, b, sizeof(b), true);
	EXPECT_EQ(*mem_at(sim, SIDE_EP, 0x9000), 0);
	EXPECT_EQ(*mem_at(sim, SIDE_EP, 0x5000), 0xaa);
	EXPECT_EQ(*mem_at(sim, SIDE_EP, 0xa000), 0xbb);
}

TEST(iatu_windows_past_the_last_do_not_match)
{
	struct sim *sim = sub_bar();

	sim->profile.iatu_ib = 4;
	fx_bar_match(sim, 4, 1, EP_GPA + 0x8000);
	EXPECT_EQ(rc_read(sim, 1, 0), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 1);
}

TEST(iatu_outbound_window_translates_to_its_target)
{
	struct sim *sim = fx_start();

	fx_outbound(sim, 0, WINDOW_CPU + 0x10000, 0x10000, RC_GPA + 0x3000);
	ep_write(sim, EP_WINDOW + 0x10008, 0x1234);
	ep_write(sim, EP_WINDOW + 0x12008, 0x5678);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, 0x3008), 4), 0x1234);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, 0x5008), 4), 0x5678);
	EXPECT_EQ(ep_read(sim, EP_WINDOW + 0x12008), 0x5678);
}

TEST(iatu_outbound_ends_at_its_limit)
{
	struct sim *sim = fx_start();

	fx_outbound(sim, 0, WINDOW_CPU, 0x1000, RC_GPA);
	EXPECT_EQ(ep_read(sim, EP_WINDOW + 0xffc), 0);
	EXPECT_EQ(ep_read(sim, EP_WINDOW + 0x1000), 0xffffffff);
	ep_write(sim, EP_WINDOW + 0x1000, 1);
	EXPECT_EQ(fx_violations(sim, "outbound-no-window"), 2);
}

TEST(iatu_outbound_block_copy_is_split_at_window_edges)
{
	struct sim *sim = fx_start();
	uint8_t b[0x3000] = { [0] = 1, [0x1000] = 2, [0x2000] = 3 };

	fx_outbound(sim, 2, WINDOW_CPU, 0x1000, RC_GPA + 0x6000);
	fx_outbound(sim, 1, WINDOW_CPU + 0x2000, 0x1000, RC_GPA + 0x2000);
	ep_access(sim, EP_WINDOW, b, sizeof(b), true);
	EXPECT_EQ(fx_violations(sim, "outbound-no-window"), 1);
	EXPECT_EQ(*mem_at(sim, SIDE_RC, 0x6000), 1);
	EXPECT_EQ(*mem_at(sim, SIDE_RC, 0x2000), 3);
}

TEST(iatu_window_over_4_gb_needs_the_increase_bit)
{
	struct sim *sim = fx_start();

	/* the BAR ends at 4 GB times 5, the window goes on */
	ep_write(sim, IB(1, 0x04), 0);
	cfg_host_write(sim, 0, 0x18, 4, 0xfffc0000);
	cfg_host_write(sim, 0, 0x1c, 4, 0x4);
	fx_addr_match(sim, 5, 0x4fffc0000ull, 0x80000, EP_GPA);
	EXPECT_EQ(ep_read(sim, IB(5, 0x00)) & BIT(13), BIT(13));
	EXPECT_EQ(rc_read(sim, BAR_MW, 0x20), 0);
	/* without it, the upper limit is not looked at: the range is empty */
	ep_write(sim, IB(5, 0x00), 0);
	EXPECT_EQ(rc_read(sim, BAR_MW, 0x20), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "inbound-no-window"), 1);
}
