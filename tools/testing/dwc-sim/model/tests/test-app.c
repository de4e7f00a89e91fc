// SPDX-License-Identifier: GPL-2.0
/* Glue registers: start and stop of the link, its state, the interrupt line. */
#include "driver.h"
#include "guest.h"

#define CTRL		(EP_APP + 0x00)
#define STATUS		(EP_APP + 0x04)
#define INT_STATUS	(EP_APP + 0x08)
#define INT_ENABLE	(EP_APP + 0x0c)

#define UP		BIT(0)
#define DOWN		BIT(1)

/* Take the status bits, which must be these. */
#define EXPECT_EVENTS(sim, bits)						\
	do {									\
		EXPECT_EQ(ep_read(sim, INT_STATUS), bits);			\
		ep_write(sim, INT_STATUS, 3);					\
	} while (0)

/* Glue, and the link is up; nothing is pending. */
static struct sim *linked(void)
{
	struct sim *sim = fx_glue();

	EXPECT_EQ(sim_set_link(sim, true), 0);
	ep_write(sim, CTRL, 1);
	EXPECT(sim->link_up);
	EXPECT_EVENTS(sim, UP);
	return sim;
}

TEST(app_block_is_there_only_if_the_profile_has_it)
{
	struct sim *sim = fx_power_on(NULL);

	EXPECT_EQ(ep_read(sim, CTRL), 0xffffffff);
	ep_write(sim, CTRL, 1);
	EXPECT_EQ(fx_unknown(sim, "mmio"), 2);
	/* and then it holds nothing back and says nothing */
	EXPECT_EQ(sim_set_link(sim, true), 0);
	EXPECT(sim->link_up);
	sim_machine_off(sim, SIDE_RC);
	EXPECT_EQ(sim->app.int_status, 0);
}

TEST(app_registers_reset_to_zero_and_keep_their_bits)
{
	static const struct { uint64_t off; uint32_t keeps; } regs[] = {
		{ CTRL, 1 }, { STATUS, 0 }, { INT_STATUS, 0 }, { INT_ENABLE, 3 },
	};
	struct sim *sim = fx_glue();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		EXPECT_EQ(ep_read(sim, regs[i].off), 0);
		ep_write(sim, regs[i].off, 0xffffffff);
		EXPECT_EQ(ep_read(sim, regs[i].off), regs[i].keeps);
		ep_write(sim, regs[i].off, 0);
		EXPECT_EQ(ep_read(sim, regs[i].off), 0);
	}
}

TEST(app_unknown_registers_and_sizes_are_recorded)
{
	struct sim *sim = fx_glue();
	uint8_t b[2] = { 1, 0 };

	EXPECT_EQ(ep_read(sim, EP_APP + 0x10), 0);
	ep_write(sim, EP_APP + 0xffc, 1);
	ep_access(sim, CTRL, b, 2, true);
	EXPECT_EQ(fx_unknown(sim, "app"), 3);
	EXPECT_EQ(ep_read(sim, CTRL), 0);
	EXPECT_EQ(ep_read(sim, EP_APP + 0x1000), 0xffffffff);
	EXPECT_EQ(fx_unknown(sim, "mmio"), 1);
}

TEST(app_ltssm_enable_and_the_other_end_train_the_link)
{
	struct sim *sim = fx_glue();

	/* in either order */
	EXPECT_EQ(sim_set_link(sim, true), 0);
	EXPECT(!sim->link_up);
	EXPECT_EQ(ep_read(sim, STATUS), 0);
	ep_write(sim, CTRL, 1);
	EXPECT(sim->link_up);
	EXPECT_EQ(ep_read(sim, STATUS), 1);

	EXPECT_EQ(sim_set_link(sim, false), 0);
	EXPECT(!sim->link_up);
	EXPECT_EQ(ep_read(sim, STATUS), 0);
	EXPECT_EQ(ep_read(sim, CTRL), 1);
	EXPECT_EQ(sim_set_link(sim, true), 0);
	EXPECT(sim->link_up);
}

TEST(app_ltssm_disable_takes_the_link_down)
{
	struct sim *sim = linked();

	fx_enumerate(sim);
	ep_write(sim, CTRL, 0);
	EXPECT(!sim->link_up);
	EXPECT(!cfg_mse(sim, 0) && !cfg_bme(sim, 0));		/* a hot reset */
	ep_write(sim, CTRL, 1);
	EXPECT(sim->link_up);
	/* not if the other end has left meanwhile */
	ep_write(sim, CTRL, 0);
	sim_set_link(sim, false);
	ep_write(sim, CTRL, 1);
	EXPECT(!sim->link_up);
}

TEST(app_ltssm_enable_twice_is_no_reset)
{
	struct sim *sim = linked();

	fx_enumerate(sim);
	ep_write(sim, CTRL, 1);
	sim_set_link(sim, true);
	EXPECT(cfg_mse(sim, 0));
	EXPECT_EVENTS(sim, 0);
}

TEST(app_int_status_tells_every_change_of_the_link)
{
	struct sim *sim = linked();

	ep_write(sim, CTRL, 0);
	EXPECT_EVENTS(sim, DOWN);
	ep_write(sim, CTRL, 1);
	EXPECT_EVENTS(sim, UP);
	sim_set_link(sim, false);
	EXPECT_EVENTS(sim, DOWN);
	sim_set_link(sim, false);
	EXPECT_EVENTS(sim, 0);
	sim_set_link(sim, true);
	sim_set_link(sim, false);
	EXPECT_EVENTS(sim, UP | DOWN);
}

TEST(app_int_status_is_write_1_to_clear)
{
	struct sim *sim = linked();

	sim_set_link(sim, false);
	sim_set_link(sim, true);
	EXPECT_EQ(ep_read(sim, INT_STATUS), UP | DOWN);
	ep_write(sim, INT_STATUS, 0);
	EXPECT_EQ(ep_read(sim, INT_STATUS), UP | DOWN);
	ep_write(sim, INT_STATUS, DOWN);
	EXPECT_EQ(ep_read(sim, INT_STATUS), UP);
	ep_write(sim, INT_STATUS, UP);
	EXPECT_EQ(ep_read(sim, INT_STATUS), 0);
}

TEST(app_host_power_is_a_reset_with_a_beginning_and_an_end)
{
	struct sim *sim = linked();

	sim_machine_off(sim, SIDE_RC);
	EXPECT(sim->link_up);
	EXPECT_EVENTS(sim, DOWN);
	sim_machine_on(sim, SIDE_RC);
	EXPECT_EVENTS(sim, UP);
}

TEST(app_host_power_with_the_link_down_brings_no_link)
{
	struct sim *sim = fx_glue();

	sim_machine_off(sim, SIDE_RC);
	EXPECT_EVENTS(sim, DOWN);
	sim_machine_on(sim, SIDE_RC);
	EXPECT_EVENTS(sim, 0);
}

TEST(app_endpoint_power_cycle_is_a_power_on_reset)
{
	struct sim *sim = linked();

	ep_write(sim, INT_ENABLE, 3);
	sim_set_link(sim, false);
	sim_set_link(sim, true);
	sim_machine_off(sim, SIDE_EP);
	EXPECT(!sim->link_up);
	EXPECT_EQ(sim->irq.level, 0);
	EXPECT_EQ(sim_set_link(sim, true), -1);
	sim_machine_on(sim, SIDE_EP);
	EXPECT_EQ(ep_read(sim, CTRL), 0);
	EXPECT_EQ(ep_read(sim, INT_STATUS), 0);
	EXPECT_EQ(ep_read(sim, INT_ENABLE), 0);
	/* the other end must be asked again */
	ep_write(sim, CTRL, 1);
	EXPECT(!sim->link_up);
	EXPECT_EQ(sim_set_link(sim, true), 0);
	EXPECT(sim->link_up);
}

TEST(app_irq_level_is_status_and_enable)
{
	struct sim *sim = linked();
	unsigned int status, enable;

	for (status = 0; status < 4; status++) {
		for (enable = 0; enable < 4; enable++) {
			sim_set_link(sim, true);
			ep_write(sim, INT_STATUS, 3);
			if (status)
				sim_set_link(sim, false);
			if (status & UP)
				sim_set_link(sim, true);
			ep_write(sim, INT_STATUS, ~status);
			EXPECT_EQ(ep_read(sim, INT_STATUS), status);
			ep_write(sim, INT_ENABLE, enable);
			EXPECT_EQ(sim->irq.level, status & enable ? BIT(1) : 0);
			ep_write(sim, INT_ENABLE, 0);
			EXPECT_EQ(sim->irq.level, 0);
			ep_write(sim, INT_ENABLE, enable);
			ep_write(sim, INT_STATUS, 3);
			EXPECT_EQ(sim->irq.level, 0);
			ep_write(sim, INT_ENABLE, 0);
		}
	}
}

static struct guest *endpoint(void)
{
	struct guest *g = guest_boot(fx_glue(), SIDE_EP);

	ep_write(g->sim, CTRL, 1);
	ep_write(g->sim, INT_ENABLE, 3);
	return g;
}

static bool next_irq(struct guest *g, struct guest_irq *irq)
{
	guest_work(g);
	return guest_take_irq(g, irq);
}

TEST(app_line_message_is_int_of_line_1)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	EXPECT(!next_irq(g, &irq));
	sim_set_link(g->sim, true);
	EXPECT(next_irq(g, &irq));
	EXPECT_EQ(irq.op, IRQ_INT);
	EXPECT_EQ(irq.addr, 1);
	EXPECT_EQ(g->sim->counters.line[1], 1);
	EXPECT_EQ(g->sim->counters.line[0], 0);
}

TEST(app_irq_level_is_sent_again_while_it_lasts)
{
	struct guest *g = endpoint();
	struct guest_irq irq;
	unsigned int i;

	sim_set_link(g->sim, true);
	for (i = 0; i < 5; i++) {
		EXPECT(next_irq(g, &irq));
		EXPECT(!next_irq(g, &irq));
		guest_return_buffer(g, irq.buf);
	}
	ep_write(g->sim, INT_STATUS, UP);
	EXPECT(!next_irq(g, &irq));
	EXPECT(pcidev_idle(&g->dev));
}

TEST(app_line_and_the_engines_do_not_hold_each_other_up)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	ep_write(g->sim, EP_DMA + 0x4c, 0);
	EXPECT(next_irq(g, &irq) && irq.addr == 0);
	/* the first one's buffer is not back yet */
	sim_set_link(g->sim, true);
	EXPECT(next_irq(g, &irq) && irq.addr == 1);
	EXPECT(!next_irq(g, &irq));
	ep_write(g->sim, EP_DMA + 0x58, 0);
	EXPECT_EQ(g->sim->irq.level, BIT(1));
	ep_write(g->sim, INT_STATUS, 3);
	EXPECT_EQ(g->sim->irq.level, 0);
}

TEST(app_registers_are_reached_by_the_endpoints_messages)
{
	struct guest *g = guest_boot(fx_glue(), SIDE_EP);
	uint8_t v[4] = { 0 };

	sim_set_link(g->sim, true);
	guest_write(g, MMIO_WRITE, 0, CTRL, "\1\0\0\0", 4);
	guest_work(g);
	EXPECT(g->sim->link_up);
	guest_read(g, MMIO_READ, 0, STATUS, v, 4);
	EXPECT_EQ(get_le(v, 4), 1);
}
