// SPDX-License-Identifier: GPL-2.0
/* Power, link and reset: what survives which. */
#include "driver.h"

TEST(link_needs_an_endpoint)
{
	struct sim *sim = fx_power_on(NULL);

	sim_machine_off(sim, SIDE_EP);
	EXPECT_EQ(sim_set_link(sim, true), -1);
	EXPECT(!sim->link_up);
	EXPECT_EQ(sim_set_link(sim, false), 0);
	sim_machine_on(sim, SIDE_EP);
	EXPECT_EQ(sim_set_link(sim, true), 0);
	EXPECT(sim->link_up);
}

TEST(link_needs_no_host)
{
	struct sim *sim = fx_power_on(NULL);

	sim_machine_off(sim, SIDE_RC);
	EXPECT_EQ(sim_set_link(sim, true), 0);
}

TEST(link_up_twice_is_no_reset)
{
	struct sim *sim = fx_start();

	sim_set_link(sim, true);
	EXPECT(cfg_mse(sim, 0));
	rc_write(sim, BAR_CTRL, 0, 1);
}

TEST(link_down_is_a_hot_reset)
{
	struct sim *sim = fx_start();

	sim_set_link(sim, false);
	EXPECT(!cfg_mse(sim, 0) && !cfg_bme(sim, 0) && !cfg_msi_enabled(sim, 0));
	EXPECT_EQ(cfg_bar_addr(sim, 0, BAR_MW), 0);
}

TEST(link_down_keeps_the_endpoints_windows_and_engine)
{
	struct sim *sim = dma_start();

	sim_set_link(sim, false);
	sim_set_link(sim, true);
	EXPECT(sim->iatu.win[ATU_IB][0].ctrl2 & BIT(31));
	EXPECT_EQ(dma_read(sim, 0x0c), 1);
}

TEST(link_down_reads_all_ones_and_swallows_writes)
{
	struct sim *sim = fx_start();

	sim_set_link(sim, false);
	EXPECT_EQ(cfg_host_read(sim, 0, 0, 4), 0xffffffff);
	EXPECT_EQ(rc_read(sim, BAR_DMA, 8), 0xffffffff);
	rc_write(sim, BAR_DMA, 0x4c, 0);
	EXPECT(!sim->edma.line);
	EXPECT_EQ(sim->counters.doorbells, 0);
}

TEST(endpoint_power_cycle_is_a_power_on_reset)
{
	struct sim *sim = dma_start();

	ep_write(sim, EP_DBI + 0x8bc, 1);
	ep_write(sim, EP_DBI + 0x00, 0x12345678);
	dma_write(sim, 0x4c, 0);
	sim_machine_off(sim, SIDE_EP);
	EXPECT(!sim->link_up);
	EXPECT_EQ(sim->irq.level, 0);
	sim_machine_on(sim, SIDE_EP);
	EXPECT_EQ(ep_read(sim, EP_DBI + 0x00), 0xabcd16c3);
	EXPECT_EQ(ep_read(sim, EP_DBI + 0x8bc), 0);
	EXPECT_EQ(dma_read(sim, 0x0c), 0);
	EXPECT(!sim->edma.line);
	EXPECT_EQ(sim->iatu.win[ATU_IB][0].ctrl2, 0);
	EXPECT_EQ(cfg_bar_size(sim, 0, BAR_DMA), 0x100000);
}

TEST(host_power_off_is_a_hot_reset)
{
	struct sim *sim = dma_start();

	irq_msi_post(&sim->irq, 0, MSI_BASE_DATA, 2);
	sim_machine_off(sim, SIDE_RC);
	EXPECT(sim->link_up);
	EXPECT(!cfg_mse(sim, 0) && !cfg_bme(sim, 0) && !cfg_msi_enabled(sim, 0));
	EXPECT_EQ(sim->irq.nr_pending, 0);
	EXPECT_EQ(dma_read(sim, 0x0c), 1);
	EXPECT_EQ(cfg_bar_size(sim, 0, BAR_MW), BAR_MW_SIZE);
}

TEST(host_power_off_does_not_drop_the_endpoints_line)
{
	struct sim *sim = dma_start();

	rc_write(sim, BAR_DMA, 0x4c, 0);
	sim_machine_off(sim, SIDE_RC);
	EXPECT_EQ(sim->irq.level, BIT(0));
	dma_write(sim, 0x58, 0);
	EXPECT_EQ(sim->irq.level, 0);
}

TEST(machine_off_twice_is_once)
{
	struct sim *sim = fx_start();

	sim_machine_off(sim, SIDE_RC);
	sim_machine_on(sim, SIDE_RC);
	fx_enumerate(sim);
	sim_machine_off(sim, SIDE_EP);
	sim_machine_off(sim, SIDE_EP);
	EXPECT(sim->present[SIDE_RC] && !sim->present[SIDE_EP]);
}
