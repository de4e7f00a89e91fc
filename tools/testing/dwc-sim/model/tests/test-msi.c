// SPDX-License-Identifier: GPL-2.0
/* MSI and MSI-X on their way to the host: which memory writes are interrupts. */
#include "driver.h"

/* The window the driver pins for MSI. */
#define MSI_WINDOW	0x7ff000u

static struct sim *msi_start(void)
{
	struct sim *sim = fx_start();

	fx_outbound(sim, 0, EP_MMIO_BASE + EP_WINDOW + MSI_WINDOW, 0x1000, MSI_ADDRESS);
	return sim;
}

static void send_msi(struct sim *sim, uint32_t data)
{
	ep_write(sim, EP_WINDOW + MSI_WINDOW, data);
}

TEST(msi_write_of_base_plus_i_is_vector_i)
{
	struct sim *sim = msi_start();
	unsigned int i;

	for (i = 0; i < 32; i++) {
		send_msi(sim, MSI_BASE_DATA + i);
		EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + i));
		EXPECT_EQ(sim->counters.msi[i], 1);
	}
	EXPECT_EQ(counters_sum(&sim->counters).msi, 32);
}

TEST(msi_needs_msi_enable)
{
	struct sim *sim = msi_start();

	cfg_host_write(sim, 0, 0x52, 2, 0x0050);
	send_msi(sim, MSI_BASE_DATA);
	EXPECT_EQ(fx_violations(sim, "msi-disabled"), 1);
	EXPECT_EQ(sim->irq.nr_pending, 0);
	EXPECT_EQ(counters_sum(&sim->counters).msi, 0);
}

TEST(msi_multiple_message_enable_bounds_the_vectors)
{
	struct sim *sim = msi_start();
	unsigned int log2;

	for (log2 = 0; log2 < 5; log2++) {
		fx_enable_msi(sim, log2);
		EXPECT_EQ(cfg_msi_vectors(sim, 0), 1u << log2);
		send_msi(sim, MSI_BASE_DATA + (1u << log2) - 1);
		EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + (1u << log2) - 1));
		send_msi(sim, MSI_BASE_DATA + (1u << log2));
		EXPECT_EQ(fx_violations(sim, "msi-message"), 1);
		EXPECT_EQ(sim->irq.nr_pending, 0);
	}
}

TEST(msi_data_other_than_the_hosts_is_a_violation)
{
	struct sim *sim = msi_start();

	send_msi(sim, 0);
	send_msi(sim, MSI_BASE_DATA | 0x10000);
	EXPECT_EQ(fx_violations(sim, "msi-message"), 2);
}

TEST(msi_to_another_address_of_the_page_is_a_violation)
{
	struct sim *sim = msi_start();

	ep_write(sim, EP_WINDOW + MSI_WINDOW + 8, MSI_BASE_DATA);
	EXPECT_EQ(fx_violations(sim, "msi-message"), 1);
}

TEST(msi_masked_vector_is_not_sent)
{
	struct sim *sim = msi_start();

	cfg_host_write(sim, 0, 0x60, 4, BIT(3));
	send_msi(sim, MSI_BASE_DATA + 3);
	EXPECT_EQ(fx_violations(sim, "msi-masked"), 1);
	EXPECT_EQ(sim->irq.nr_pending, 0);
	send_msi(sim, MSI_BASE_DATA + 2);
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + 2));
}

TEST(msi_needs_bus_mastering)
{
	struct sim *sim = msi_start();

	cfg_host_write(sim, 0, 0x04, 2, 0x0002);
	send_msi(sim, MSI_BASE_DATA);
	EXPECT_EQ(fx_violations(sim, "bus-master-off"), 1);
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

TEST(msi_is_lost_while_the_link_is_down)
{
	struct sim *sim = msi_start();

	sim_set_link(sim, false);
	send_msi(sim, MSI_BASE_DATA);
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

TEST(msi_address_is_decoded_before_memory)
{
	struct sim *sim = msi_start();

	/* the host's memory reaches over the MSI page */
	sim->mem[SIDE_RC].gpa = 0;
	send_msi(sim, MSI_BASE_DATA);
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA));
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, MSI_ADDRESS), 4), 0);
	EXPECT_EQ(counters_sum(&sim->counters).cpu_write, 0);
}

TEST(msi_can_be_the_payload_of_a_dma)
{
	struct sim *sim = dma_start();

	sim->mem[SIDE_RC].gpa = 0;
	put_le(mem_at(sim, SIDE_EP, BUF), MSI_BASE_DATA + 5, 4);
	dma_single(sim, DIR_WR, 0, LIE, 4, EP_BUF, MSI_ADDRESS);
	dma_run(sim);
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + 5));
	EXPECT_EQ(dma_read(sim, 0x4c), BIT(0));
	EXPECT_EQ(get_le(mem_at(sim, SIDE_RC, MSI_ADDRESS), 4), 0);
}

TEST(msi_page_is_no_memory_for_dma)
{
	struct sim *sim = dma_start();

	sim->mem[SIDE_RC].gpa = 0;
	dma_single(sim, DIR_WR, 0, LIE, 0x2000, EP_BUF, MSI_ADDRESS - 0x1000);
	dma_single(sim, DIR_RD, 0, LIE, 4, MSI_ADDRESS, EP_BUF);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "msi-size"), 2);
	EXPECT_EQ(dma_read(sim, 0x4c), BIT(16));
	EXPECT_EQ(dma_read(sim, 0xa0), BIT(16));
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

TEST(msi_is_a_write_of_4_bytes)
{
	struct sim *sim = msi_start();
	uint8_t b[8];

	put_le(b, MSI_BASE_DATA, 8);
	ep_access(sim, EP_WINDOW + MSI_WINDOW, b, 2, true);
	ep_access(sim, EP_WINDOW + MSI_WINDOW, b, 8, true);
	EXPECT_EQ(fx_violations(sim, "msi-size"), 2);
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

/* dw_pcie_ep_raise_msi_irq() reads back to flush: that is no interrupt. */
TEST(msi_read_back_is_no_interrupt)
{
	struct sim *sim = msi_start();

	EXPECT_EQ(ep_read(sim, EP_WINDOW + MSI_WINDOW), 0);
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

TEST(msix_delivers_the_data_of_its_table_entry)
{
	struct sim *sim = msi_start();

	cfg_host_write(sim, 0, 0xb2, 2, 0x8000);
	send_msi(sim, 0xcafe1234);
	EXPECT(fx_msi_taken(sim, 0xcafe1234));
	EXPECT_EQ(sim->irq.msg[0].width, 4);
	EXPECT_EQ(counters_sum(&sim->counters).msi, 1);
}

TEST(msi_messages_are_16_bits)
{
	struct sim *sim = msi_start();

	send_msi(sim, MSI_BASE_DATA);
	EXPECT_EQ(sim->irq.msg[0].width, 2);
}

TEST(msi_drop_fault_swallows_so_many)
{
	struct sim *sim = msi_start();

	sim->faults.irq_drop[SIDE_RC] = 2;
	send_msi(sim, MSI_BASE_DATA);
	send_msi(sim, MSI_BASE_DATA + 1);
	EXPECT_EQ(sim->irq.nr_pending, 0);
	send_msi(sim, MSI_BASE_DATA + 2);
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + 2));
	/* they were sent, so they are counted */
	EXPECT_EQ(counters_sum(&sim->counters).msi, 3);
}

TEST(msi_delay_fault_holds_so_many_back)
{
	struct sim *sim = msi_start();

	irq_tick(&sim->irq, 1000);
	sim->faults.irq_delayed[SIDE_RC] = 1;
	sim->faults.irq_delay[SIDE_RC] = 50;
	send_msi(sim, MSI_BASE_DATA);
	send_msi(sim, MSI_BASE_DATA + 1);
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA + 1));
	EXPECT_EQ(irq_next_due(&sim->irq), 1050);
	irq_tick(&sim->irq, 1049);
	EXPECT_EQ(sim->irq.nr_pending, 0);
	irq_tick(&sim->irq, 1050);
	EXPECT(fx_msi_taken(sim, MSI_BASE_DATA));
	EXPECT_EQ(irq_next_due(&sim->irq), UINT64_MAX);
}

TEST(msi_of_more_values_than_a_host_has_is_a_violation)
{
	struct sim *sim = msi_start();
	unsigned int i;

	cfg_host_write(sim, 0, 0xb2, 2, 0x8000);
	for (i = 0; i < IRQ_MSGS_MAX + 3; i++)
		send_msi(sim, i);
	EXPECT_EQ(fx_violations(sim, "msi-flood"), 3);
	EXPECT_EQ(sim->irq.nr_pending, IRQ_MSGS_MAX);
}
