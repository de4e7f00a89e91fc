// SPDX-License-Identifier: GPL-2.0
/* More than one PCI function: what each has of its own, and whose a request is. */
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "driver.h"
#include "guest.h"

#define FN1_DBI		(EP_DBI + 0x1000)
#define FN1_DBI2	(EP_DBI2 + 0x1000)
#define FN1_BAR_ADDR	0xe0000000ull
#define FN1_BAR_MEM	0x20000u		/* offset in the endpoint's memory */
#define FN1_MSI_DATA	0x80u
#define FN1(ctl)	((ctl) | 1 << 12)	/* function in control 1 of a channel */

#define OB(win, reg)	(EP_ATU + 512 * (win) + (reg))
#define IB(win, reg)	(EP_ATU + 512 * (win) + 256 + (reg))

/* Function 0 as fx_start() leaves it, and function 1 with BAR 0 and MSI. */
static struct sim *two(void)
{
	struct profile p = fx_generic;
	struct sim *sim;
	unsigned int i;

	p.functions = 2;
	sim = fx_power_on(&p);
	EXPECT_EQ(sim_set_link(sim, true), 0);
	for (i = 0; i < NR_BARS; i++) {
		ep_write(sim, EP_DBI2 + 0x10 + 4 * i, 0);
		ep_write(sim, FN1_DBI2 + 0x10 + 4 * i, 0);
	}
	fx_set_bar(sim, BAR_CTRL, BAR_CTRL_SIZE, BAR_TYPE_32);
	fx_bar_match(sim, 0, BAR_CTRL, EP_GPA + BAR_CTRL_MEM);
	ep_write(sim, FN1_DBI2 + 0x10, 0xfff);
	fx_bar_match(sim, 1, 0, EP_GPA + FN1_BAR_MEM);
	ep_write(sim, IB(1, 0x00), 1 << 20);
	fx_enumerate(sim);
	fx_enable_msi(sim, 5);
	cfg_host_write(sim, 1, 0x10, 4, (uint32_t)FN1_BAR_ADDR);
	cfg_host_write(sim, 1, 0x04, 2, 0x0006);
	cfg_host_write(sim, 1, 0x54, 4, MSI_ADDRESS);
	cfg_host_write(sim, 1, 0x5c, 2, FN1_MSI_DATA);
	cfg_host_write(sim, 1, 0x52, 2, 0x0001 | 3 << 4);
	for (i = 0; i < NR_DIRS; i++)
		dma_write(sim, reg_engine_en[i], 1);
	return sim;
}

TEST(functions_have_a_configuration_space_each)
{
	struct sim *sim = two();

	ep_write(sim, EP_DBI + 0x8bc, 1);
	ep_write(sim, FN1_DBI + 0x00, 0x00301912);
	ep_write(sim, EP_DBI + 0x8bc, 0);
	EXPECT_EQ(cfg_host_read(sim, 1, 0x00, 4), 0x00301912);
	EXPECT_EQ(cfg_host_read(sim, 0, 0x00, 4), 0xabcd16c3);
	EXPECT_EQ(ep_read(sim, FN1_DBI + 0x10), FN1_BAR_ADDR);
	EXPECT_EQ(ep_read(sim, EP_DBI + 0x10), BAR_CTRL_ADDR);
	EXPECT_EQ(cfg_bar_size(sim, 0, 0), BAR_CTRL_SIZE);
	EXPECT_EQ(cfg_bar_size(sim, 1, 0), 0x1000);
	EXPECT_EQ(cfg_host_read(sim, 2, 0x00, 4), 0xffffffff);
}

TEST(functions_share_the_port_logic)
{
	struct sim *sim = two();

	EXPECT_EQ(ep_read(sim, FN1_DBI + 0x8bc), 0);
	EXPECT_EQ(ep_read(sim, FN1_DBI + 0x8f8), 0);
	EXPECT_EQ(fx_unknown(sim, "dbi"), 2);
	/* locked for one, locked for all */
	ep_write(sim, FN1_DBI + 0x00, 0x12345678);
	EXPECT_EQ(ep_read(sim, FN1_DBI + 0x00), 0xabcd16c3);
}

TEST(functions_past_the_last_one_have_no_registers)
{
	struct sim *sim = fx_start();

	EXPECT_EQ(ep_read(sim, FN1_DBI), 0xffffffff);
	ep_write(sim, FN1_DBI2 + 0x10, 0xfff);
	EXPECT_EQ(fx_unknown(sim, "mmio"), 2);
}

TEST(functions_bars_lead_where_their_own_windows_do)
{
	struct sim *sim = two();
	uint8_t b[4];

	put_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM), 0x1111, 4);
	put_le(mem_at(sim, SIDE_EP, FN1_BAR_MEM), 0x2222, 4);
	fabric_rc_bar(sim, 0, 0, 0, b, 4, false);
	EXPECT_EQ(get_le(b, 4), 0x1111);
	fabric_rc_bar(sim, 1, 0, 0, b, 4, false);
	EXPECT_EQ(get_le(b, 4), 0x2222);
}

TEST(functions_window_without_function_match_takes_either)
{
	struct sim *sim = two();
	uint8_t b[4];

	put_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM), 0x1111, 4);
	ep_write(sim, IB(0, 0x04), BIT(31) | BIT(30));
	fabric_rc_bar(sim, 1, 0, 0, b, 4, false);
	EXPECT_EQ(get_le(b, 4), 0x1111);
}

TEST(functions_memory_space_is_on_for_each)
{
	struct sim *sim = two();
	uint8_t b[4];

	cfg_host_write(sim, 1, 0x04, 2, 0x0004);
	fabric_rc_bar(sim, 1, 0, 0, b, 4, false);
	EXPECT_EQ(fx_violations(sim, "bar-memory-off"), 1);
	fabric_rc_bar(sim, 0, 0, 0, b, 4, false);
}

TEST(functions_hot_reset_takes_all_of_them)
{
	struct sim *sim = two();

	sim_set_link(sim, false);
	EXPECT(!cfg_bme(sim, 0) && !cfg_bme(sim, 1));
	EXPECT(!cfg_msi_enabled(sim, 1));
	EXPECT_EQ(cfg_bar_size(sim, 1, 0), 0x1000);
}

TEST(requester_of_dma_is_the_function_in_control_1)
{
	struct sim *sim = two();

	/* function 0 has no driver */
	cfg_host_write(sim, 0, 0x04, 2, 0x0002);
	mem_pattern(sim, SIDE_EP, BUF, 64, 1);
	dma_single_buf(sim, DIR_WR, 0, FN1(LIE), 64);
	dma_run(sim);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), 64);

	dma_single_buf(sim, DIR_RD, 1, LIE, 64);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "bus-master-off"), 1);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_RD]), BIT(17));
}

TEST(requester_of_a_list_is_the_function_in_control_1)
{
	struct sim *sim = two();

	cfg_host_write(sim, 1, 0x04, 2, 0x0002);
	list_buf(sim, DIR_WR, 0, CB | LIE, 16);
	dma_write(sim, chan_off(DIR_WR, 0, CH_CONTROL1), FN1(LLE | CCS));
	dma_write(sim, chan_off(DIR_WR, 0, CH_LLP), (uint32_t)LIST_BUS);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "bus-master-off"), 1);
	/* a control word of the list has no function */
	list_buf(sim, DIR_WR, 0, FN1(CB | LIE), 16);
	dma_list(sim, DIR_WR, 1, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(chan_state(sim, DIR_WR, 1), 3);
}

TEST(requester_that_does_not_exist_is_a_violation)
{
	struct sim *sim = two();

	dma_single_buf(sim, DIR_WR, 0, LIE | 2 << 12, 64);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "requester"), 1);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), BIT(16));
}

TEST(requester_of_an_imwr_is_the_function_of_its_channel)
{
	struct sim *sim = two();
	struct irq_msg m;

	dma_imwr(sim, DIR_WR, 0, MSI_ADDRESS, MSI_ADDRESS, FN1_MSI_DATA + 5);
	dma_single_buf(sim, DIR_WR, 0, FN1(LIE | RIE), 64);
	dma_run(sim);
	EXPECT(irq_msi_take(&sim->irq, 1, &m));
	EXPECT_EQ(m.data, FN1_MSI_DATA + 5);
	EXPECT(!irq_msi_take(&sim->irq, 0, &m));

	/* the message of function 1, sent as function 0 */
	dma_single_buf(sim, DIR_WR, 0, LIE | RIE, 64);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "requester"), 1);
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

TEST(requester_of_the_cpu_is_the_function_of_its_outbound_window)
{
	struct sim *sim = two();
	struct irq_msg m;

	fx_outbound(sim, 0, EP_MMIO_BASE + EP_WINDOW, 0x1000, MSI_ADDRESS);
	ep_write(sim, EP_WINDOW, FN1_MSI_DATA);
	EXPECT_EQ(fx_violations(sim, "requester"), 1);
	ep_write(sim, OB(0, 0x00), 1 << 20);
	ep_write(sim, EP_WINDOW, FN1_MSI_DATA);
	EXPECT(irq_msi_take(&sim->irq, 1, &m));
	EXPECT_EQ(m.data, FN1_MSI_DATA);

	cfg_host_write(sim, 1, 0x04, 2, 0x0002);
	ep_write(sim, EP_WINDOW, FN1_MSI_DATA);
	EXPECT_EQ(fx_violations(sim, "bus-master-off"), 1);
}

TEST(requester_of_memory_is_the_function_that_mapped_it)
{
	struct sim *sim = two();
	uint64_t first, second;
	uint8_t b[4] = "";

	fx_dma_table(sim, SIDE_RC);
	first = fx_map(sim, SIDE_RC, BUF, 64, UM_DMA_WRITE | UM_DMA_FOR_SLOT(0));
	second = fx_map(sim, SIDE_RC, BUF, 64, UM_DMA_WRITE | UM_DMA_FOR_SLOT(1));
	mem_pattern(sim, SIDE_EP, BUF, 64, 1);

	dma_single(sim, DIR_WR, 0, FN1(LIE), 64, EP_BUF, first);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
	dma_single(sim, DIR_WR, 0, FN1(LIE), 64, EP_BUF, second);
	dma_run(sim);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), 64);

	EXPECT_EQ(fabric_to_rc(sim, (struct origin){ BY_EP_CPU, 0 }, second, b, 4, true),
		  FABRIC_UNSUPPORTED);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);
	EXPECT_EQ(fabric_to_rc(sim, (struct origin){ BY_EP_CPU, 1 }, second, b, 4, true),
		  FABRIC_OK);
	/* another controller has slot 0 */
	sim->rc_slot = 1;
	EXPECT_EQ(fabric_to_rc(sim, (struct origin){ BY_EP_CPU, 0 }, second, b, 4, true),
		  FABRIC_OK);
}

TEST(functions_are_a_device_each_to_the_host)
{
	struct guest *g0 = guest_boot(two(), SIDE_RC), *g1 = guest_second(g0->sim);
	struct guest_irq irq;
	uint8_t b[4];

	sim_machine_on(g0->sim, SIDE_EP);
	sim_set_link(g0->sim, true);
	guest_read(g1, CFG_READ, 0, 0x10, b, 4);
	EXPECT_EQ(get_le(b, 4), FN1_BAR_ADDR);
	guest_read(g0, CFG_READ, 0, 0x10, b, 4);
	EXPECT_EQ(get_le(b, 4), BAR_CTRL_ADDR);

	irq_msi_post(&g0->sim->irq, 1, FN1_MSI_DATA, 2);
	guest_work(g0);
	EXPECT(!guest_take_irq(g0, &irq));
	guest_work(g1);
	EXPECT(guest_take_irq(g1, &irq));
	EXPECT_EQ(irq.data & 0xffff, FN1_MSI_DATA);
}

TEST(functions_second_device_is_not_the_host)
{
	struct guest *g0 = guest_boot(two(), SIDE_RC), *g1 = guest_second(g0->sim);

	pcidev_disconnect(&g1->dev);
	EXPECT(g0->sim->present[SIDE_RC]);
	EXPECT(cfg_bme(g0->sim, 1));
	pcidev_disconnect(&g0->dev);
	EXPECT(!g0->sim->present[SIDE_RC]);
}

TEST(functions_are_in_the_status)
{
	struct sim *sim = two();
	char *s;

	cfg_host_write(sim, 1, 0x04, 2, 0x0002);
	s = control_command(sim, "status");
	EXPECT(strstr(s, "\"bme\":true") != NULL);
	EXPECT(strstr(s, "\"bme1\":false") != NULL);
	EXPECT(strstr(s, "\"bars1\":[{\"size\":4096,\"addr\":3758096384}") != NULL);
	free(s);
}
