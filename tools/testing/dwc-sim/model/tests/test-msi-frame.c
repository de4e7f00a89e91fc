// SPDX-License-Identifier: GPL-2.0
/* The frame: numbers become interrupts of the endpoint, each of its own. */
#include "driver.h"
#include "guest.h"

#define SET		(EP_FRAME + 0x00)
#define TAKE		(EP_FRAME + 0x04)
#define ENABLE		(EP_FRAME + 0x08)

static struct sim *with_frame(void)
{
	struct profile p = fx_generic;
	struct sim *sim;

	snprintf(p.doorbell, sizeof(p.doorbell), "msi");
	sim = fx_power_on(&p);
	ep_write(sim, ENABLE, 0xffffffff);
	return sim;
}

static bool line(const struct sim *sim)
{
	return sim->irq.level & BIT(LINE_FRAME);
}

TEST(frame_is_there_only_if_the_profile_has_it)
{
	struct sim *sim = fx_power_on(NULL);

	EXPECT_EQ(ep_read(sim, TAKE), 0xffffffff);
	EXPECT_EQ(fx_unknown(sim, "mmio"), 1);
}

TEST(frame_number_becomes_an_interrupt)
{
	struct sim *sim = with_frame();

	EXPECT(!line(sim));
	ep_write(sim, SET, 3);
	ep_write(sim, SET, 31);
	ep_write(sim, SET, 3);
	EXPECT(line(sim));
	EXPECT_EQ(ep_read(sim, TAKE), BIT(3) | BIT(31));
	EXPECT(!line(sim));
	EXPECT_EQ(ep_read(sim, TAKE), 0);
	EXPECT_EQ(sim->counters.doorbells, 3);
}

TEST(frame_holds_back_what_is_not_enabled)
{
	struct sim *sim = with_frame();

	ep_write(sim, ENABLE, BIT(4));
	ep_write(sim, SET, 3);
	EXPECT(!line(sim));
	EXPECT_EQ(ep_read(sim, TAKE), 0);
	ep_write(sim, ENABLE, BIT(3) | BIT(4));
	EXPECT(line(sim));
	EXPECT_EQ(ep_read(sim, ENABLE), BIT(3) | BIT(4));
	EXPECT_EQ(ep_read(sim, TAKE), BIT(3));
}

TEST(frame_knows_32_numbers)
{
	struct sim *sim = with_frame();

	ep_write(sim, SET, 32);
	EXPECT(!line(sim));
	EXPECT_EQ(fx_violations(sim, "frame-number"), 1);
}

TEST(frame_dropped_interrupt)
{
	struct sim *sim = with_frame();

	sim->faults.irq_drop[SIDE_EP] = 1;
	ep_write(sim, SET, 3);
	EXPECT(!line(sim));
	ep_write(sim, SET, 4);
	EXPECT_EQ(ep_read(sim, TAKE), BIT(4));
}

/* The host may ring, and nothing else. */
TEST(frame_host_does_not_take)
{
	struct sim *sim = with_frame();

	frame_write(sim, SIDE_RC, FRAME_SET, 4, 5);
	EXPECT_EQ(frame_read(sim, SIDE_RC, FRAME_TAKE, 4), 0);
	frame_write(sim, SIDE_RC, FRAME_ENABLE, 4, 0);
	EXPECT(line(sim));
	EXPECT_EQ(fx_unknown(sim, "frame"), 2);
}

TEST(frame_all_that_are_enabled)
{
	struct sim *sim = with_frame();

	ep_write(sim, ENABLE, BIT(2) | BIT(9));
	frame_all(sim);
	ep_write(sim, ENABLE, 0xffffffff);
	EXPECT_EQ(ep_read(sim, TAKE), BIT(2) | BIT(9));
}

TEST(frame_forgets_at_power_off)
{
	struct sim *sim = with_frame();

	ep_write(sim, SET, 2);
	EXPECT(line(sim));
	sim_machine_off(sim, SIDE_EP);
	EXPECT(!line(sim));
	EXPECT_EQ(sim->frame.pending | sim->frame.enable, 0);
}
