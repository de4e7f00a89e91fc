// SPDX-License-Identifier: GPL-2.0
/* Resizable BARs: the capability, sizes the endpoint offers and the host selects. */
#include "fixture.h"

#define CAP(i)		(0x104 + 8 * (i))
#define CTRL(i)		(0x108 + 8 * (i))

#define MB		0x100000ull
#define SIZE(n)		((uint32_t)(n) << 8)

/* BAR0 and BAR2 are resizable, the second one with an upper half; the link is up. */
static struct sim *linked(void)
{
	struct profile p = fx_generic;
	struct sim *sim;

	p.bar[0].kind = BAR_RESIZABLE;
	p.bar[1].kind = BAR_OFF;
	p.bar[2].kind = BAR_RESIZABLE;
	p.bar[3].kind = BAR_OFF;
	sim = fx_power_on(&p);
	EXPECT_EQ(sim_set_link(sim, true), 0);
	return sim;
}

static uint32_t dbi(struct sim *sim, unsigned int off)
{
	return ep_read(sim, EP_DBI + off);
}

static void unlock(struct sim *sim, bool on)
{
	ep_write(sim, EP_DBI + 0x8bc, on);
}

/* Sizes offered, as bits of the capability register. */
static void offer(struct sim *sim, unsigned int i, uint32_t sizes)
{
	unlock(sim, true);
	ep_write(sim, EP_DBI + CAP(i), sizes);
	unlock(sim, false);
}

/* As dw_pcie_ep_set_bar_resizable() does it, 1 MB << @n. */
static void set_bar(struct sim *sim, unsigned int i, unsigned int bar, unsigned int n,
		    uint32_t flags)
{
	unlock(sim, true);
	ep_write(sim, EP_DBI2 + 0x10 + 4 * bar, 1);
	ep_write(sim, EP_DBI + 0x10 + 4 * bar, flags);
	if (flags & BAR_TYPE_64) {
		ep_write(sim, EP_DBI2 + 0x14 + 4 * bar, 0);
		ep_write(sim, EP_DBI + 0x14 + 4 * bar, 0);
	}
	ep_write(sim, EP_DBI + CTRL(i), dbi(sim, CTRL(i)) & 0xffff);
	ep_write(sim, EP_DBI + CAP(i), BIT(n + 4));
	unlock(sim, false);
}

TEST(rebar_capability_is_there_if_a_bar_is_resizable)
{
	struct sim *sim = linked();

	EXPECT_EQ(cfg_host_read(sim, 0, 0x100, 4), 0x00010015);
	EXPECT_EQ(dbi(sim, 0x100), 0x00010015);
	EXPECT_EQ(cfg_host_read(sim, 0, CTRL(0), 4), 2 << 5 | 0);
	EXPECT_EQ(cfg_host_read(sim, 0, CTRL(1), 4), 2);
	/* and nothing after the last */
	EXPECT_EQ(cfg_host_read(sim, 0, CAP(2), 4), 0);

	sim = fx_linked();
	EXPECT_EQ(cfg_host_read(sim, 0, 0x100, 4), 0);
	EXPECT_EQ(cfg_host_read(sim, 0, CTRL(0), 4), 0);
}

TEST(rebar_starts_with_1_mb)
{
	struct sim *sim = linked();

	EXPECT_EQ(cfg_bar_size(sim, 0, 0), MB);
	EXPECT_EQ(fx_bar_probe(sim, 0), 0xfff00000);
	EXPECT(dbi(sim, CAP(0)) & BIT(4));
	EXPECT_EQ(dbi(sim, CAP(0)) & 0xf, 0);
}

TEST(rebar_size_is_what_the_host_selects)
{
	struct sim *sim = linked();
	unsigned int n;

	for (n = 0; n < 12; n++) {
		cfg_host_write(sim, 0, CTRL(1), 4, SIZE(n) | 2);
		EXPECT_EQ(cfg_host_read(sim, 0, CTRL(1), 4), SIZE(n) | 2);
		EXPECT_EQ(cfg_bar_size(sim, 0, 2), MB << n);
		EXPECT_EQ(fx_bar_probe(sim, 2), ~(uint32_t)((MB << n) - 1));
		EXPECT_EQ(cfg_bar_size(sim, 0, 0), MB);
	}
	/* read-only: which BAR, how many */
	cfg_host_write(sim, 0, CTRL(0), 4, 0xffffc0ff);
	EXPECT_EQ(cfg_host_read(sim, 0, CTRL(0), 4), 2 << 5);
	cfg_host_write(sim, 0, CAP(0), 4, 0xffffffff);
	EXPECT_EQ(cfg_host_read(sim, 0, CAP(0), 4), 0xfff0);
}

TEST(rebar_size_can_be_selected_by_dbi)
{
	struct sim *sim = linked();

	ep_write(sim, EP_DBI + CTRL(0), SIZE(3));
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 8 * MB);
	EXPECT_EQ(dbi(sim, CTRL(0)), 2 << 5 | SIZE(3));
}

TEST(rebar_size_is_set_as_the_kernels_driver_does_it)
{
	struct sim *sim = linked();

	set_bar(sim, 1, 2, 2, BAR_TYPE_64);
	EXPECT_EQ(dbi(sim, CAP(1)), BIT(6));
	EXPECT_EQ(cfg_host_read(sim, 0, CTRL(1), 4), SIZE(2) | 2);
	EXPECT_EQ(cfg_bar_size(sim, 0, 2), 4 * MB);
	EXPECT_EQ(cfg_bar_size(sim, 0, 3), 0);
	EXPECT_EQ(fx_bar_probe(sim, 2), 0xffc00004);
	EXPECT_EQ(fx_bar_probe(sim, 3), 0xffffffff);
	/* and again, smaller */
	set_bar(sim, 1, 2, 0, BAR_TYPE_64);
	EXPECT_EQ(fx_bar_probe(sim, 2), 0xfff00004);
}

TEST(rebar_offer_selects_its_smallest_size)
{
	struct sim *sim = linked();

	offer(sim, 0, BIT(4 + 5) | BIT(4 + 3));
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 8 * MB);
	offer(sim, 0, 0);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 8 * MB);
}

TEST(rebar_offer_needs_dbi_ro_wr_en)
{
	struct sim *sim = linked();

	cfg_host_write(sim, 0, CTRL(0), 4, SIZE(2));
	ep_write(sim, EP_DBI + CAP(0), BIT(9));
	EXPECT_EQ(dbi(sim, CAP(0)), 0xfff0);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 4 * MB);
	/* so it is not the endpoint's choice either */
	sim_set_link(sim, false);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), MB);
}

TEST(rebar_size_that_is_not_offered_is_a_violation)
{
	struct sim *sim = linked();

	offer(sim, 0, BIT(4 + 1) | BIT(4 + 4));
	cfg_host_write(sim, 0, CTRL(0), 4, SIZE(4));
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 16 * MB);
	cfg_host_write(sim, 0, CTRL(0), 4, SIZE(2));
	cfg_host_write(sim, 0, CTRL(0) + 1, 1, 63);
	EXPECT_EQ(fx_violations(sim, "rebar-size"), 2);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 16 * MB);
	EXPECT_EQ(cfg_host_read(sim, 0, CTRL(0), 4), SIZE(4) | 2 << 5);
	cfg_host_write(sim, 0, CTRL(0) + 1, 1, 1);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 2 * MB);
}

TEST(rebar_dbi2_enables_and_nothing_else)
{
	struct sim *sim = linked();

	ep_write(sim, EP_DBI2 + 0x10, 0xffffff);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), MB);
	ep_write(sim, EP_DBI2 + 0x10, 0xfffffe);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 0);
	EXPECT_EQ(fx_bar_probe(sim, 0), 0);
	cfg_host_write(sim, 0, CTRL(0), 4, SIZE(1));
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 0);
	ep_write(sim, EP_DBI2 + 0x10, 1);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 2 * MB);
}

TEST(rebar_can_be_larger_than_4_gb)
{
	struct sim *sim = linked();

	set_bar(sim, 1, 2, 13, BAR_TYPE_64);
	EXPECT_EQ(cfg_bar_size(sim, 0, 2), MB << 13);
	EXPECT_EQ(fx_bar_probe(sim, 2), 0x00000004);
	EXPECT_EQ(fx_bar_probe(sim, 3), 0xfffffffe);
}

TEST(rebar_largest_sizes_are_offered_in_the_control_register)
{
	struct sim *sim = linked();

	set_bar(sim, 1, 2, 0, BAR_TYPE_64);
	unlock(sim, true);
	ep_write(sim, EP_DBI + CTRL(1), 0x80010000);
	ep_write(sim, EP_DBI + CAP(1), 0);
	EXPECT_EQ(cfg_bar_size(sim, 0, 2), MB << 28);
	unlock(sim, false);
	cfg_host_write(sim, 0, CTRL(1), 4, SIZE(43));
	EXPECT_EQ(cfg_bar_size(sim, 0, 2), 1ull << 63);
	EXPECT_EQ(fx_bar_probe(sim, 3), 0x80000000);
	/* the endpoint may write what it likes */
	ep_write(sim, EP_DBI + CTRL(1), SIZE(63));
	EXPECT_EQ(cfg_bar_size(sim, 0, 2), 1ull << 63);
	set_bar(sim, 0, 0, 27, BAR_TYPE_32);
	EXPECT_EQ(fx_bar_probe(sim, 0), 0);
}

TEST(rebar_that_grows_loses_address_bits)
{
	struct sim *sim = linked();

	offer(sim, 1, BIT(4) | BIT(8));
	cfg_host_write(sim, 0, 0x18, 4, 0xf0f00000);
	EXPECT_EQ(cfg_bar_addr(sim, 0, 2), 0xf0f00000);
	cfg_host_write(sim, 0, CTRL(1), 4, SIZE(4));
	EXPECT_EQ(cfg_host_read(sim, 0, 0x18, 4), 0xf0000000);
	cfg_host_write(sim, 0, CTRL(1), 4, SIZE(0));
	EXPECT_EQ(cfg_host_read(sim, 0, 0x18, 4), 0xf0000000);
}

TEST(rebar_hot_reset_leaves_what_the_endpoint_programmed)
{
	struct sim *sim = linked();

	offer(sim, 0, BIT(6) | BIT(8));
	ep_write(sim, EP_DBI + CTRL(1), SIZE(3));
	cfg_host_write(sim, 0, CTRL(0), 4, SIZE(4));
	cfg_host_write(sim, 0, CTRL(1), 4, SIZE(1));
	sim_set_link(sim, false);
	sim_set_link(sim, true);
	EXPECT_EQ(cfg_host_read(sim, 0, CAP(0), 4), BIT(6) | BIT(8));
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), 4 * MB);
	EXPECT_EQ(cfg_bar_size(sim, 0, 2), 8 * MB);
	EXPECT_EQ(cfg_host_read(sim, 0, CTRL(0), 4), SIZE(2) | 2 << 5);
}

TEST(rebar_endpoint_power_cycle_is_a_power_on_reset)
{
	struct sim *sim = linked();

	set_bar(sim, 0, 0, 5, BAR_TYPE_32);
	sim_machine_off(sim, SIDE_EP);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), MB);
	sim_machine_on(sim, SIDE_EP);
	EXPECT_EQ(dbi(sim, CAP(0)), 0xfff0);
}

TEST(rebar_leads_where_its_window_does)
{
	struct sim *sim = linked();

	set_bar(sim, 0, 0, 0, BAR_TYPE_32);
	fx_bar_match(sim, 0, 0, EP_GPA & ~(uint32_t)(MB - 1));
	cfg_host_write(sim, 0, 0x10, 4, (uint32_t)BAR_CTRL_ADDR);
	cfg_host_write(sim, 0, 0x04, 2, 0x0006);
	rc_write(sim, 0, 0xffffc, 0x600d);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, 0xffffc), 4), 0x600d);
	rc_write(sim, 0, 0x100000, 1);
	EXPECT_EQ(fx_violations(sim, "bar-range"), 1);
}
