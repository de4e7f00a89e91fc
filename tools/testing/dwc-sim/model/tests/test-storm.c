// SPDX-License-Identifier: GPL-2.0
/* Interrupts that a peer sends for nothing. */
#include "control.h"
#include "driver.h"
#include "storm.h"

#define MS	1000000ull

/* So many milliseconds with four looks in each. */
static void pass(struct sim *sim, unsigned int ms)
{
	unsigned int i;

	for (i = 0; i < 4 * ms; i++) {
		sim->clock.now += MS / 4;
		storm_step(sim);
	}
}

TEST(storm_to_the_host_has_all_vectors_that_are_not_masked)
{
	struct sim *sim = fx_start();
	uint32_t seen = 0;
	struct irq_msg m;

	EXPECT(!storm_step(sim));
	cfg_host_write(sim, 0, MSI_MASK, 4, 0x3);
	sim->faults.storm[SIDE_RC] = (struct storm){ .rate = 2 };
	pass(sim, 16);
	while (irq_msi_take(&sim->irq, 0, &m))
		seen |= BIT(m.data - MSI_BASE_DATA);
	EXPECT_EQ(seen, 0xfffffffc);
	EXPECT_EQ(sim->faults.storm[SIDE_RC].sent, 32);
}

TEST(storm_to_the_endpoint_rings_and_says_what_for)
{
	struct sim *sim = fx_start();

	sim->faults.storm[SIDE_EP] = (struct storm){ .rate = 1, .bar = BAR_CTRL, .off = 0x100, .words = 2 };
	pass(sim, 10);
	EXPECT_EQ(sim->counters.doorbells, 10);
	EXPECT(sim->edma.emulated && sim->irq.level & BIT(LINE_EDMA));
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM + 0xfc), 4), 0);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM + 0x100), 8), 0x100000001ull);
	EXPECT_EQ(get_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM + 0x108), 4), 0);
}

TEST(storm_needs_a_link)
{
	struct sim *sim = fx_start();

	sim->faults.storm[SIDE_EP] = (struct storm){ .rate = 4 };
	sim->faults.storm[SIDE_RC] = (struct storm){ .rate = 4 };
	sim_set_link(sim, false);
	pass(sim, 4);
	EXPECT_EQ(sim->counters.doorbells, 0);
	EXPECT(!irq_msi_pending(&sim->irq, 0));
}
