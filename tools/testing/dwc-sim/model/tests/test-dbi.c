// SPDX-License-Identifier: GPL-2.0
/* Configuration space: what the host sees, what DBI may write, capabilities. */
#include "fixture.h"

static uint32_t dbi(struct sim *sim, unsigned int off)
{
	return ep_read(sim, EP_DBI + off);
}

static void unlock(struct sim *sim, bool on)
{
	ep_write(sim, EP_DBI + 0x8bc, on);
}

TEST(dbi_ro_wr_en_unlocks_read_only_fields)
{
	struct sim *sim = fx_linked();
	static const uint16_t ro[] = { 0x00, 0x08, 0x2c, 0x7c };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ro); i++) {
		uint32_t old = dbi(sim, ro[i]);

		ep_write(sim, EP_DBI + ro[i], 0x12345678);
		EXPECT_EQ(dbi(sim, ro[i]), old);
	}
	unlock(sim, true);
	for (i = 0; i < ARRAY_SIZE(ro); i++) {
		ep_write(sim, EP_DBI + ro[i], 0x12345678);
		EXPECT_EQ(dbi(sim, ro[i]), 0x12345678);
	}
	unlock(sim, false);
	ep_write(sim, EP_DBI + 0x00, 0);
	EXPECT_EQ(dbi(sim, 0x00), 0x12345678);
	/* and the host sees it */
	EXPECT_EQ(cfg_host_read(sim, 0, 0x00, 4), 0x12345678);
}

TEST(dbi_ro_wr_en_is_for_dbi_not_for_the_host)
{
	struct sim *sim = fx_linked();
	uint32_t id = cfg_host_read(sim, 0, 0x00, 4);

	unlock(sim, true);
	cfg_host_write(sim, 0, 0x00, 4, 0x12345678);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x00, 4), id);
}

TEST(dbi_narrow_writes_touch_their_bytes_only)
{
	struct sim *sim = fx_linked();
	uint8_t b[2] = { 0x12, 0x19 };

	unlock(sim, true);
	ep_write(sim, EP_DBI + 0x00, 0xaabbccdd);
	ep_access(sim, EP_DBI + 0x00, b, 2, true);
	EXPECT_EQ(dbi(sim, 0x00), 0xaabb1912);
	ep_access(sim, EP_DBI + 0x03, b, 1, true);
	EXPECT_EQ(dbi(sim, 0x00), 0x12bb1912);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x02, 2), 0x12bb);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x03, 1), 0x12);
}

TEST(dbi_unknown_register_is_recorded_and_reads_as_zero)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(dbi(sim, 0xe00), 0);
	ep_write(sim, EP_DBI + 0xe00, 1);
	EXPECT_EQ(fx_unknown(sim, "dbi"), 2);
	/* a host looks for capabilities everywhere: nothing to record */
	EXPECT_EQ(cfg_host_read(sim, 0, 0xe00, 4), 0);
	cfg_host_write(sim, 0, 0xe00, 4, 1);
	EXPECT_EQ(cfg_host_read(sim, 0, 0xe00, 4), 0);
}

TEST(dbi_port_logic_is_not_for_the_host)
{
	struct sim *sim = fx_linked();

	ep_write(sim, EP_DBI + 0x710, 0x00070120);
	cfg_host_write(sim, 0, 0x710, 4, 0);
	cfg_host_write(sim, 0, 0x8bc, 4, 1);
	EXPECT_EQ(dbi(sim, 0x710), 0x00070120);
	EXPECT_EQ(dbi(sim, 0x8bc), 0);
}

/* What the unmodified pcie-designware driver looks at when it probes. */
TEST(dbi_shows_an_unrolled_iatu_and_edma)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(dbi(sim, 0x900), 0xffffffff);
	EXPECT_EQ(dbi(sim, 0x978), 0xffffffff);
	ep_write(sim, EP_DBI + 0x900, 0);
	ep_write(sim, EP_DBI + 0x978, 0);
	EXPECT_EQ(dbi(sim, 0x900), 0xffffffff);
	EXPECT_EQ(dbi(sim, 0x978), 0xffffffff);
	EXPECT(dbi(sim, 0x8f8) >= 0x3436302a);	/* "460*": upper limits are used */
}

TEST(dbi_shows_the_state_of_the_link)
{
	struct sim *sim = fx_power_on(NULL);

	EXPECT_EQ(dbi(sim, 0x728) & 0x3f, 0);
	EXPECT_EQ(dbi(sim, 0x72c) & BIT(4), 0);
	sim_set_link(sim, true);
	EXPECT_EQ(dbi(sim, 0x728) & 0x3f, 0x11);
	EXPECT_EQ(dbi(sim, 0x72c) & BIT(4), BIT(4));
	EXPECT_EQ(cfg_host_read(sim, 0, 0x82, 2), 0x44);	/* Link Status: x4, 16 GT/s */
}

TEST(cfg_capability_chain_is_pm_msi_pcie_msix)
{
	struct sim *sim = fx_linked();
	static const uint8_t ids[] = { 0x01, 0x05, 0x10, 0x11 };
	unsigned int i, at = cfg_host_read(sim, 0, 0x34, 1);

	EXPECT_EQ(cfg_host_read(sim, 0, 0x06, 2) & 0x10, 0x10);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		ASSERT(at >= 0x40);
		EXPECT_EQ(cfg_host_read(sim, 0, at, 1), ids[i]);
		at = cfg_host_read(sim, 0, at + 1, 1);
	}
	EXPECT_EQ(at, 0);
}

TEST(cfg_without_msix_the_chain_ends_at_pcie)
{
	struct profile p = fx_generic;
	struct sim *sim;

	p.msix_entries = 0;
	sim = fx_power_on(&p);
	sim_set_link(sim, true);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x71, 1), 0);
	cfg_host_write(sim, 0, 0xb2, 2, 0x8000);
	EXPECT(!cfg_msix_enabled(sim, 0));
}

TEST(cfg_msix_resets_to_the_profiles_table_size)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(cfg_host_read(sim, 0, 0xb2, 2) & 0x7ff, 0);	/* one entry */
	unlock(sim, true);
	ep_write(sim, EP_DBI + 0xb0, 31u << 16);
	EXPECT_EQ(cfg_host_read(sim, 0, 0xb2, 2) & 0x7ff, 31);
	cfg_host_write(sim, 0, 0xb2, 2, 0xffff);
	EXPECT_EQ(cfg_host_read(sim, 0, 0xb2, 2), 0xc000 | 31);
}

TEST(cfg_link_capabilities_are_the_profiles)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(cfg_host_read(sim, 0, 0x7c, 4) & 0x3ff, 0x44);	/* x4, 16 GT/s */
	EXPECT_EQ(cfg_host_read(sim, 0, 0x9c, 4), 0x1e);		/* all speeds up to it */
	EXPECT_EQ(cfg_host_read(sim, 0, 0xa0, 2) & 0xf, 4);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x72, 2), 2);		/* endpoint, version 2 */
}

TEST(cfg_msi_capability_is_64_bit_with_masks_and_32_vectors)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(cfg_host_read(sim, 0, 0x52, 2), 0x0180 | 5 << 1);
	cfg_host_write(sim, 0, 0x52, 2, 0xffff);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x52, 2), 0x0180 | 5 << 1 | 0x71);
	cfg_host_write(sim, 0, 0x54, 4, 0xffffffff);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x54, 4), 0xfffffffc);
	cfg_host_write(sim, 0, 0x5c, 4, 0xffffffff);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x5c, 4), 0xffff);
	cfg_host_write(sim, 0, 0x60, 4, 0xffffffff);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x60, 4), 0xffffffff);
}

/* dw_pcie_ep_set_msi() writes Multiple Message Capable through DBI. */
TEST(cfg_msi_vectors_offered_are_the_endpoints_choice)
{
	struct sim *sim = fx_linked();
	uint8_t flags[2] = { 0x80 | 4 << 1, 0x01 };

	unlock(sim, true);
	ep_access(sim, EP_DBI + 0x52, flags, 2, true);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x52, 2) >> 1 & 7, 4);
}

TEST(cfg_command_bits_are_the_hosts)
{
	struct sim *sim = fx_linked();

	EXPECT(!cfg_bme(sim, 0) && !cfg_mse(sim, 0));
	cfg_host_write(sim, 0, 0x04, 2, 0x0002);
	EXPECT(!cfg_bme(sim, 0) && cfg_mse(sim, 0));
	cfg_host_write(sim, 0, 0x04, 2, 0x0004);
	EXPECT(cfg_bme(sim, 0) && !cfg_mse(sim, 0));
}

TEST(cfg_status_is_write_1_to_clear)
{
	struct sim *sim = fx_linked();

	put_le(sim->dbi[0].val + 0x06, 0xf910, 2);
	cfg_host_write(sim, 0, 0x06, 2, 0x8000);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x06, 2), 0x7910);
	cfg_host_write(sim, 0, 0x04, 4, 0xffff0000);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x06, 2), 0x0010);
}

TEST(cfg_device_control_sets_mps_and_mrrs)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(cfg_mps(sim, 0), 128);	/* what a function has to start with */
	EXPECT_EQ(cfg_mrrs(sim, 0), 512);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x74, 4) & 7, 1);	/* 256 supported */
	cfg_host_write(sim, 0, 0x78, 2, 1 << 5 | 0 << 12);
	EXPECT_EQ(cfg_mps(sim, 0), 256);
	EXPECT_EQ(cfg_mrrs(sim, 0), 128);
}

TEST(cfg_reads_all_ones_while_the_link_is_down)
{
	struct sim *sim = fx_power_on(NULL);

	EXPECT_EQ(cfg_host_read(sim, 0, 0x00, 4), 0xffffffff);
	cfg_host_write(sim, 0, 0x04, 2, 0x0006);
	sim_set_link(sim, true);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x04, 2), 0);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x00, 4), 0xabcd16c3);
}

TEST(cfg_misaligned_and_outside_accesses_read_all_ones)
{
	struct sim *sim = fx_linked();

	EXPECT_EQ(cfg_host_read(sim, 0, 0x01, 4), 0xffffffff);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x1000, 4), 0xffffffff);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x00, 3), 0xffffffff);
	cfg_host_write(sim, 0, 0x1000, 4, 0);
	cfg_host_write(sim, 0, 0xffffffff, 1, 0);
	EXPECT_EQ(cfg_host_read(sim, 0, 0xffc, 4), 0);	/* the last word is inside */
}

TEST(cfg_accesses_are_counted_apart)
{
	struct sim *sim = fx_linked();

	cfg_host_read(sim, 0, 0x00, 4);
	cfg_host_write(sim, 0, 0x04, 2, 6);
	EXPECT_EQ(sim->counters.tlp[TLP_CFGRD][BY_RC_CPU][TARGET_CFG].tlps, 1);
	EXPECT_EQ(sim->counters.tlp[TLP_CFGWR][BY_RC_CPU][TARGET_CFG].bytes, 2);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_read, 0);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write, 0);
}

TEST(hot_reset_clears_command_bars_and_msi)
{
	struct sim *sim = fx_start();

	cfg_host_write(sim, 0, 0xb2, 2, 0x8000);
	cfg_host_write(sim, 0, 0x60, 4, 0xffffffff);
	cfg_host_write(sim, 0, 0x78, 2, 0x0020);
	sim_set_link(sim, false);
	sim_set_link(sim, true);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x04, 2), 0);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x10, 4), 0);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x18, 4), 4);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x1c, 4), 0);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x52, 2), 0x018a);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x54, 4), 0);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x60, 4), 0);
	EXPECT_EQ(cfg_host_read(sim, 0, 0xb2, 2), 0);
	EXPECT_EQ(cfg_mrrs(sim, 0), 512);
}

TEST(hot_reset_keeps_what_the_endpoint_programmed)
{
	struct sim *sim = fx_start();

	unlock(sim, true);
	ep_write(sim, EP_DBI + 0x00, 0x00301912);
	ep_write(sim, EP_DBI + 0x28, 0x12345678);
	unlock(sim, false);
	sim_set_link(sim, false);
	sim_set_link(sim, true);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x00, 4), 0x00301912);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x28, 4), 0x12345678);
	EXPECT_EQ(cfg_bar_size(sim, 0, BAR_MW), BAR_MW_SIZE);
	fx_enumerate(sim);
	rc_write(sim, BAR_MW, 0x100, 0x600d);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_MW_MEM + 0x100), 4), 0x600d);
}
