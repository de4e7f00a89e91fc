// SPDX-License-Identifier: GPL-2.0
/* Pending interrupts: the set of messages to the host, delays, forgetting. */
#include <string.h>

#include "fixture.h"

static struct irqs q;

static void reset(void)
{
	memset(&q, 0, sizeof(q));
}

TEST(irq_two_messages_of_a_value_are_one)
{
	struct irq_msg m;

	reset();
	EXPECT(irq_msi_post(&q, 0, 5, 2));
	EXPECT(irq_msi_post(&q, 0, 5, 2));
	EXPECT_EQ(q.nr_pending, 1);
	EXPECT(irq_msi_take(&q, 0, &m));
	EXPECT_EQ(m.data, 5);
	EXPECT(!irq_msi_take(&q, 0, &m));
}

TEST(irq_messages_of_a_value_but_two_widths_are_two)
{
	reset();
	irq_msi_post(&q, 0, 5, 2);
	irq_msi_post(&q, 0, 5, 4);
	EXPECT_EQ(q.nr_pending, 2);
}

TEST(irq_message_posted_while_delivered_is_delivered_again)
{
	struct irq_msg m;

	reset();
	irq_msi_post(&q, 0, 5, 2);
	irq_msi_take(&q, 0, &m);
	irq_msi_post(&q, 0, 5, 2);
	EXPECT(irq_msi_take(&q, 0, &m));
	EXPECT_EQ(q.nr_msgs, 1);
}

TEST(irq_messages_are_taken_in_turn)
{
	struct irq_msg m;
	unsigned int i;

	reset();
	for (i = 0; i < 4; i++)
		irq_msi_post(&q, 0, i, 2);
	/* a busy vector does not starve the others */
	for (i = 0; i < 4; i++) {
		EXPECT(irq_msi_take(&q, 0, &m));
		EXPECT_EQ(m.data, i);
		irq_msi_post(&q, 0, 0, 2);
	}
	EXPECT(irq_msi_take(&q, 0, &m));
	EXPECT_EQ(m.data, 0);
}

TEST(irq_set_is_bounded_and_counts_what_it_cannot_keep)
{
	unsigned int i;

	reset();
	for (i = 0; i < IRQ_MSGS_MAX; i++)
		EXPECT(irq_msi_post(&q, 0, i, 4));
	EXPECT(!irq_msi_post(&q, 0, IRQ_MSGS_MAX, 4));
	EXPECT(irq_msi_post(&q, 0, 7, 4));
	EXPECT_EQ(q.lost, 1);
	EXPECT_EQ(q.nr_pending, IRQ_MSGS_MAX);
}

TEST(irq_delayed_messages_come_when_due)
{
	reset();
	irq_tick(&q, 100);
	EXPECT(irq_msi_delay(&q, 0, 1, 2, 50));
	EXPECT(irq_msi_delay(&q, 0, 2, 2, 10));
	EXPECT_EQ(irq_next_due(&q), 110);
	irq_tick(&q, 110);
	EXPECT_EQ(q.nr_pending, 1);
	EXPECT_EQ(irq_next_due(&q), 150);
	irq_tick(&q, 200);
	EXPECT_EQ(q.nr_pending, 2);
	EXPECT_EQ(irq_next_due(&q), UINT64_MAX);
}

TEST(irq_delays_are_bounded)
{
	unsigned int i;

	reset();
	for (i = 0; i < IRQ_DELAYED_MAX; i++)
		EXPECT(irq_msi_delay(&q, 0, i, 2, 5));
	EXPECT(!irq_msi_delay(&q, 0, i, 2, 5));
	irq_tick(&q, 5);
	EXPECT_EQ(q.nr_pending, IRQ_DELAYED_MAX);
}

TEST(irq_held_line_is_due_when_the_hold_ends)
{
	reset();
	irq_tick(&q, 100);
	q.hold_until = 130;
	EXPECT_EQ(irq_next_due(&q), UINT64_MAX);
	q.level = BIT(0);
	EXPECT_EQ(irq_next_due(&q), 130);
	/* a message that is owed although the line has dropped */
	q.level = 0;
	q.again = BIT(0);
	EXPECT_EQ(irq_next_due(&q), 130);
	irq_tick(&q, 130);
	EXPECT_EQ(irq_next_due(&q), UINT64_MAX);
}

TEST(irq_of_a_machine_that_went_away_is_forgotten)
{
	struct irq_msg m;

	reset();
	irq_msi_post(&q, 0, 1, 2);
	irq_msi_delay(&q, 0, 2, 2, 10);
	q.level = q.again = BIT(0);
	irq_clear(&q, SIDE_RC);
	EXPECT(!irq_msi_take(&q, 0, &m));
	irq_tick(&q, 1000);
	EXPECT(!irq_msi_take(&q, 0, &m));
	EXPECT_EQ(q.level, BIT(0));
	irq_clear(&q, SIDE_EP);
	EXPECT_EQ(q.level | q.again, 0);
}
