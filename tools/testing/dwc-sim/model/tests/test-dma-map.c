// SPDX-License-Identifier: GPL-2.0
/* DMA through mappings of the test-only DMA layer: outside, wrong direction, too late. */
#include "driver.h"

static struct sim *mapped_start(void)
{
	struct sim *sim = dma_start();

	fx_dma_table(sim, SIDE_RC);
	fx_dma_table(sim, SIDE_EP);
	return sim;
}

/* One transfer; what the channel says afterwards. */
static uint32_t transfer(struct sim *sim, enum dma_dir dir, uint64_t sar, uint64_t dar,
			 uint32_t len)
{
	uint32_t status;

	dma_single(sim, dir, 0, LIE, len, sar, dar);
	dma_run(sim);
	status = dma_read(sim, reg_int_status[dir]);
	dma_write(sim, reg_int_clear[dir], status);
	return status;
}

TEST(dma_within_mappings_works_both_ways)
{
	struct sim *sim = mapped_start();
	uint64_t rc_w = fx_map(sim, SIDE_RC, BUF, 0x3000, UM_DMA_WRITE);
	uint64_t rc_r = fx_map(sim, SIDE_RC, BUF, 0x3000, UM_DMA_READ);
	uint64_t ep_r = fx_map(sim, SIDE_EP, BUF + 0x100, 0x3000, UM_DMA_READ);
	uint64_t ep_w = fx_map(sim, SIDE_EP, BUF + 0x8000, 0x3000, UM_DMA_WRITE);

	mem_pattern(sim, SIDE_EP, BUF + 0x100, 0x3000, 1);
	EXPECT_EQ(transfer(sim, DIR_WR, ep_r, rc_w, 0x3000), BIT(0));
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF + 0x100), 0x3000);
	EXPECT_EQ(transfer(sim, DIR_RD, rc_r, ep_w, 0x3000), BIT(0));
	EXPECT_MEM(mem_at(sim, SIDE_EP, BUF + 0x8000), mem_at(sim, SIDE_EP, BUF + 0x100), 0x3000);
}

TEST(dma_to_a_physical_address_is_a_violation)
{
	struct sim *sim = mapped_start();
	uint64_t ep = fx_map(sim, SIDE_EP, BUF, 64, UM_DMA_READ);
	uint64_t rc = fx_map(sim, SIDE_RC, BUF, 64, UM_DMA_WRITE);

	EXPECT_EQ(transfer(sim, DIR_WR, ep, RC_BUF, 64), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
	EXPECT_EQ(transfer(sim, DIR_WR, EP_BUF, rc, 64), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
}

TEST(dma_to_the_other_machines_bus_address_is_a_violation)
{
	struct sim *sim = mapped_start();
	uint64_t ep = fx_map(sim, SIDE_EP, BUF, 64, UM_DMA_READ | UM_DMA_WRITE);

	EXPECT_EQ(transfer(sim, DIR_WR, ep, ep, 64), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
}

TEST(dma_against_the_direction_of_its_mapping_is_a_violation)
{
	struct sim *sim = mapped_start();
	uint64_t rc_r = fx_map(sim, SIDE_RC, BUF, 64, UM_DMA_READ);
	uint64_t rc_w = fx_map(sim, SIDE_RC, BUF, 64, UM_DMA_WRITE);
	uint64_t ep_r = fx_map(sim, SIDE_EP, BUF, 64, UM_DMA_READ);
	uint64_t ep_w = fx_map(sim, SIDE_EP, BUF, 64, UM_DMA_WRITE);

	EXPECT_EQ(transfer(sim, DIR_WR, ep_r, rc_r, 64), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
	EXPECT_EQ(transfer(sim, DIR_WR, ep_w, rc_w, 64), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(transfer(sim, DIR_RD, rc_w, ep_w, 64), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
	EXPECT_EQ(transfer(sim, DIR_RD, rc_r, ep_r, 64), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
}

TEST(dma_after_unmap_is_a_violation)
{
	struct sim *sim = mapped_start();
	uint64_t rc = fx_map(sim, SIDE_RC, BUF, 0x1000, UM_DMA_WRITE);
	uint64_t ep = fx_map(sim, SIDE_EP, BUF, 0x1000, UM_DMA_READ);

	EXPECT_EQ(transfer(sim, DIR_WR, ep, rc, 0x1000), BIT(0));
	fx_unmap(sim, SIDE_RC, rc, 0x1000);
	EXPECT_EQ(transfer(sim, DIR_WR, ep, rc, 0x1000), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
}

TEST(dma_of_a_buffer_unmapped_while_it_runs_is_a_violation)
{
	struct sim *sim = mapped_start();
	uint64_t rc = fx_map(sim, SIDE_RC, BUF, 0x20000, UM_DMA_WRITE);
	uint64_t ep = fx_map(sim, SIDE_EP, BUF, 0x20000, UM_DMA_READ);

	mem_pattern(sim, SIDE_EP, BUF, 0x20000, 1);
	dma_single(sim, DIR_WR, 0, LIE, 0x20000, ep, rc);
	EXPECT(edma_step(sim));
	fx_unmap(sim, SIDE_EP, ep, 0x20000);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(dma_read(sim, 0x4c), BIT(16));
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), 0x10000);
	EXPECT_EQ(*mem_at(sim, SIDE_RC, BUF + 0x10000), 0);
}

TEST(dma_past_the_end_of_its_mapping_is_a_violation)
{
	struct sim *sim = mapped_start();
	uint64_t rc = fx_map(sim, SIDE_RC, BUF, 0x2000, UM_DMA_WRITE);
	uint64_t ep = fx_map(sim, SIDE_EP, BUF, 0x3000, UM_DMA_READ);

	mem_pattern(sim, SIDE_EP, BUF, 0x3000, 1);
	EXPECT_EQ(transfer(sim, DIR_WR, ep, rc, 0x2001), BIT(16));
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), 0x2000);
}

TEST(dma_list_needs_a_mapping_the_device_may_read)
{
	struct sim *sim = mapped_start();
	uint64_t rc = fx_map(sim, SIDE_RC, BUF, 64, UM_DMA_WRITE);
	uint64_t ep = fx_map(sim, SIDE_EP, BUF, 64, UM_DMA_READ);
	uint64_t list = fx_map(sim, SIDE_EP, LIST, 0x1000, UM_DMA_READ | UM_DMA_WRITE);

	list_data(sim, 0, CB | LIE, 64, ep, rc);
	dma_list(sim, DIR_WR, 0, list);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, 0x4c), BIT(0));

	fx_unmap(sim, SIDE_EP, list, 0x1000);
	dma_list(sim, DIR_WR, 1, list);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(dma_read(sim, 0x4c), BIT(0) | BIT(17));
	EXPECT_EQ(dma_read(sim, 0x5c), BIT(17));
}

TEST(dma_imwr_goes_through_a_mapping_or_to_the_msi_address)
{
	struct sim *sim = mapped_start();
	uint64_t ep = fx_map(sim, SIDE_EP, BUF, 64, UM_DMA_READ);
	uint64_t rc = fx_map(sim, SIDE_RC, BUF, 64, UM_DMA_WRITE);

	dma_imwr(sim, DIR_WR, 0, MSI_ADDRESS, 0, MSI_BASE_DATA);
	dma_single(sim, DIR_WR, 0, LIE | RIE, 64, ep, rc);
	dma_run(sim);
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA));

	dma_imwr(sim, DIR_WR, 0, RC_BUF, 0, MSI_BASE_DATA);
	dma_single(sim, DIR_WR, 0, LIE | RIE, 64, ep, rc);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
}

TEST(bar_leads_to_mapped_memory_only)
{
	struct sim *sim = mapped_start();
	uint64_t bus = fx_map(sim, SIDE_EP, BAR_MW_MEM, BAR_MW_SIZE, UM_DMA_READ | UM_DMA_WRITE);

	/* BAR_MW still has the physical address as its target */
	EXPECT_EQ(rc_read(sim, BAR_MW, 0), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);

	fx_bar_match(sim, 1, BAR_MW, bus);
	rc_write(sim, BAR_MW, 0x5000, 0x1234);
	EXPECT_EQ(rc_read(sim, BAR_MW, 0x5000), 0x1234);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_MW_MEM + 0x5000), 4), 0x1234);

	fx_unmap(sim, SIDE_EP, bus, BAR_MW_SIZE);
	rc_write(sim, BAR_MW, 0x5000, 0);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_MW_MEM + 0x5000), 4), 0x1234);
}

TEST(bar_leads_to_registers_through_a_mapped_resource)
{
	struct sim *sim = mapped_start();
	uint64_t bus = fx_map(sim, SIDE_EP, EP_MMIO_BASE + EP_DMA - EP_GPA, BAR_DMA_SIZE,
			      UM_DMA_READ | UM_DMA_WRITE);

	fx_bar_match(sim, 2, BAR_DMA, bus);
	EXPECT_EQ(rc_read(sim, BAR_DMA, 0x008), 0x00040004);
	rc_write(sim, BAR_DMA, 0x04c, 0);
	EXPECT(sim->edma.line);
}

TEST(outbound_leads_to_mapped_memory_only)
{
	struct sim *sim = mapped_start();
	uint64_t bus = fx_map(sim, SIDE_RC, BUF, 0x1000, UM_DMA_READ);

	fx_outbound(sim, 0, EP_MMIO_BASE + EP_WINDOW, 0x2000, bus);
	put_le(mem_at(sim, SIDE_RC, BUF + 8), 0x77, 4);
	EXPECT_EQ(ep_read(sim, EP_WINDOW + 8), 0x77);
	ep_write(sim, EP_WINDOW + 8, 0);
	EXPECT_EQ(ep_read(sim, EP_WINDOW + 0x1000), 0xffffffff);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 2);
}
