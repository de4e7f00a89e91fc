// SPDX-License-Identifier: GPL-2.0
/* Interrupt messages to the guests: MSIs to the host, a level to the endpoint. */
#include <string.h>

#include "driver.h"
#include "guest.h"

#define LINE	(EP_DMA + 0x4c)		/* a write raises edma_int */
#define UNLINE	(EP_DMA + 0x58)		/* a zero write ends that */

static struct guest *host(void)
{
	return guest_boot(fx_start(), SIDE_RC);
}

static struct guest *endpoint(void)
{
	return guest_boot(dma_start(), SIDE_EP);
}

static void raise_line(struct guest *g)
{
	ep_write(g->sim, LINE, 0);
}

static bool next_irq(struct guest *g, struct guest_irq *irq)
{
	guest_work(g);
	return guest_take_irq(g, irq);
}

TEST(msi_message_is_the_memory_write_of_2_bytes)
{
	struct guest *g = host();
	struct guest_irq irq;

	irq_msi_post(&g->sim->irq, 0, 0x1234, 2);
	EXPECT(next_irq(g, &irq));
	EXPECT_EQ(irq.op, IRQ_MSI);
	EXPECT_EQ(irq.size, 2);
	EXPECT_EQ(irq.data & 0xffff, 0x1234);
	EXPECT_EQ(irq.len, 18);
	EXPECT(guest_called(g, QUEUE_IRQ));
}

TEST(msix_message_has_4_bytes)
{
	struct guest *g = host();
	struct guest_irq irq;

	irq_msi_post(&g->sim->irq, 0, 0xcafe1234, 4);
	EXPECT(next_irq(g, &irq));
	EXPECT_EQ(irq.size, 4);
	EXPECT_EQ(irq.data, 0xcafe1234);
	EXPECT_EQ(irq.len, 20);
}

TEST(msi_is_kept_pending_while_the_guest_has_no_buffer)
{
	struct guest *g = host();
	struct guest_irq irq[10], extra;
	unsigned int i;

	for (i = 0; i < 14; i++)
		irq_msi_post(&g->sim->irq, 0, 0x100 + i, 2);
	guest_work(g);
	for (i = 0; i < 10; i++) {
		EXPECT(guest_take_irq(g, &irq[i]));
		EXPECT_EQ(irq[i].data & 0xffff, 0x100 + i);
	}
	EXPECT(!guest_take_irq(g, &extra));
	EXPECT_EQ(g->sim->irq.nr_pending, 4);
	EXPECT(pcidev_idle(&g->dev));
	for (i = 0; i < 4; i++) {
		guest_return_buffer(g, irq[i].buf);
		EXPECT(!pcidev_idle(&g->dev));
		EXPECT(next_irq(g, &extra));
		EXPECT_EQ(extra.data & 0xffff, 0x10a + i);
	}
	EXPECT_EQ(g->sim->irq.nr_pending, 0);
}

TEST(msi_of_one_value_is_one_message_until_delivered)
{
	struct guest *g = host();
	struct guest_irq irq;

	irq_msi_post(&g->sim->irq, 0, 1, 2);
	irq_msi_post(&g->sim->irq, 0, 1, 2);
	EXPECT(next_irq(g, &irq));
	EXPECT(!next_irq(g, &irq));
	irq_msi_post(&g->sim->irq, 0, 1, 2);
	EXPECT(next_irq(g, &irq));
}

TEST(msi_dup_fault_sends_it_twice)
{
	struct guest *g = host();
	struct guest_irq irq;

	g->sim->faults.irq_dup[SIDE_RC] = 1;
	irq_msi_post(&g->sim->irq, 0, 7, 2);
	EXPECT(next_irq(g, &irq) && (irq.data & 0xffff) == 7);
	EXPECT(next_irq(g, &irq) && (irq.data & 0xffff) == 7);
	EXPECT(!next_irq(g, &irq));
}

TEST(msi_waits_for_the_commands_that_came_before)
{
	struct guest *g = host();

	irq_msi_post(&g->sim->irq, 0, 7, 2);
	guest_write(g, MMIO_WRITE, BAR_MW, 0, "x", 1);
	EXPECT(pcidev_work(&g->dev));
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 1);
	EXPECT_EQ(guest_used_idx(g, QUEUE_IRQ), 0);
	EXPECT(pcidev_work(&g->dev));
	EXPECT_EQ(guest_used_idx(g, QUEUE_IRQ), 1);
}

TEST(line_message_is_int_of_line_0)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	raise_line(g);
	EXPECT(next_irq(g, &irq));
	EXPECT_EQ(irq.op, IRQ_INT);
	EXPECT_EQ(irq.addr, 0);
	EXPECT_EQ(irq.size, 0);
	EXPECT_EQ(g->sim->counters.line[LINE_EDMA], 1);
	EXPECT(guest_called(g, QUEUE_IRQ));
}

TEST(line_is_not_sent_again_before_the_guest_returned_the_buffer)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	raise_line(g);
	EXPECT(next_irq(g, &irq));
	EXPECT(!next_irq(g, &irq));
	/* not even for a second cause */
	dma_single_buf(g->sim, DIR_WR, 0, LIE, 0);
	dma_run(g->sim);
	EXPECT(!next_irq(g, &irq));
	EXPECT(pcidev_idle(&g->dev));
}

TEST(line_still_asserted_is_sent_again_when_the_buffer_is_back)
{
	struct guest *g = endpoint();
	struct guest_irq irq;
	unsigned int i;

	raise_line(g);
	for (i = 0; i < 30; i++) {
		EXPECT(next_irq(g, &irq));
		guest_return_buffer(g, irq.buf);
	}
	EXPECT_EQ(g->sim->counters.line[LINE_EDMA], 30);
}

TEST(line_dropped_by_a_command_queued_before_the_buffer_is_not_sent_again)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	raise_line(g);
	EXPECT(next_irq(g, &irq));
	guest_write(g, MMIO_WRITE, 0, UNLINE, "\0\0\0\0", 4);
	guest_return_buffer(g, irq.buf);
	EXPECT(!next_irq(g, &irq));
	EXPECT_EQ(g->sim->counters.line[LINE_EDMA], 1);
	EXPECT(pcidev_idle(&g->dev));
}

/* Even if so many commands are queued that they take several turns. */
TEST(line_waits_for_every_queued_command)
{
	struct guest *g = endpoint();
	struct guest_irq irq;
	unsigned int i;

	raise_line(g);
	EXPECT(next_irq(g, &irq));
	for (i = 0; i < 80; i++)
		guest_write(g, MMIO_WRITE, 0, EP_DMA + 0x54, "\0\0\0\0", 4);
	guest_write(g, MMIO_WRITE, 0, UNLINE, "\0\0\0\0", 4);
	guest_return_buffer(g, irq.buf);
	EXPECT(!next_irq(g, &irq));
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 81);
}

TEST(line_that_drops_before_its_message_sends_none)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	raise_line(g);
	ep_write(g->sim, UNLINE, 0);
	EXPECT(!next_irq(g, &irq));
	EXPECT_EQ(g->sim->counters.line[LINE_EDMA], 0);
}

TEST(line_that_drops_and_rises_again_is_a_new_message)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	raise_line(g);
	EXPECT(next_irq(g, &irq));
	ep_write(g->sim, UNLINE, 0);
	guest_return_buffer(g, irq.buf);
	EXPECT(!next_irq(g, &irq));
	raise_line(g);
	EXPECT(next_irq(g, &irq));
}

TEST(line_is_kept_pending_while_the_guest_has_no_buffer)
{
	struct guest *g = guest_new(dma_start(), SIDE_EP);
	struct guest_irq irq;
	unsigned int i;

	for (i = 0; i < GUEST_STEPS; i++)
		EXPECT(guest_step(g, i));
	raise_line(g);
	EXPECT(!next_irq(g, &irq));
	EXPECT(pcidev_idle(&g->dev));
	guest_give_buffers(g, 10);
	EXPECT(!pcidev_idle(&g->dev));
	EXPECT(next_irq(g, &irq));
	EXPECT(!next_irq(g, &irq));
	guest_return_buffer(g, irq.buf);
	EXPECT(next_irq(g, &irq));
}

TEST(line_drop_fault_loses_the_message)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	g->sim->faults.irq_drop[SIDE_EP] = 1;
	raise_line(g);
	EXPECT(!next_irq(g, &irq));
	raise_line(g);
	EXPECT(next_irq(g, &irq));
}

TEST(line_dup_fault_sends_one_more_although_it_dropped)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	g->sim->faults.irq_dup[SIDE_EP] = 1;
	raise_line(g);
	EXPECT(next_irq(g, &irq));
	ep_write(g->sim, UNLINE, 0);
	EXPECT(!next_irq(g, &irq));	/* one at a time all the same */
	guest_return_buffer(g, irq.buf);
	EXPECT(next_irq(g, &irq));
	guest_return_buffer(g, irq.buf);
	EXPECT(!next_irq(g, &irq));
	EXPECT_EQ(g->sim->counters.line[LINE_EDMA], 2);
}

TEST(line_delay_fault_holds_the_message_back)
{
	struct guest *g = endpoint();
	struct guest_irq irq;

	irq_tick(&g->sim->irq, 1000);
	g->sim->faults.irq_delayed[SIDE_EP] = 1;
	g->sim->faults.irq_delay[SIDE_EP] = 40;
	raise_line(g);
	EXPECT(!next_irq(g, &irq));
	EXPECT(pcidev_idle(&g->dev));
	EXPECT_EQ(irq_next_due(&g->sim->irq), 1040);
	irq_tick(&g->sim->irq, 1040);
	EXPECT(!pcidev_idle(&g->dev));
	EXPECT(next_irq(g, &irq));
	guest_return_buffer(g, irq.buf);
	EXPECT(next_irq(g, &irq));
}

TEST(irq_of_a_guest_that_reconnects_starts_afresh)
{
	struct guest *g = host();
	struct guest_irq irq;
	unsigned int i;

	irq_msi_post(&g->sim->irq, 0, 7, 2);
	EXPECT(next_irq(g, &irq));
	irq_msi_post(&g->sim->irq, 0, 8, 2);
	guest_reconnect(g);
	for (i = 0; i < GUEST_STEPS; i++)
		EXPECT(guest_step(g, i));
	guest_give_buffers(g, 10);
	EXPECT(!next_irq(g, &irq));
	irq_msi_post(&g->sim->irq, 0, 9, 2);
	EXPECT(next_irq(g, &irq));
	EXPECT_EQ(irq.data & 0xffff, 9);
}

TEST(irq_buffer_that_is_too_short_is_counted_and_returned)
{
	struct guest *g = host();
	struct guest_irq irq;
	unsigned int i;

	for (i = 0; i < 10; i++)
		guest_desc(g, QUEUE_IRQ, i, GUEST_GPA + GUEST_IRQ_BUFS + 64 * i,
			   i ? GUEST_IRQ_SIZE : 8, DESC_WRITE, 0);
	irq_msi_post(&g->sim->irq, 0, 7, 2);
	EXPECT(next_irq(g, &irq));
	EXPECT_EQ(irq.len, 0);
	EXPECT(guest_called(g, QUEUE_IRQ));
	EXPECT_EQ(fx_violations(g->sim, "virtio-malformed"), 1);
	EXPECT_EQ(g->dev.malformed, 1);
	/* the message itself is not lost */
	EXPECT(next_irq(g, &irq));
	EXPECT_EQ(irq.data & 0xffff, 7);
}

TEST(irq_buffer_chain_that_is_bad_is_counted_and_returned)
{
	struct guest *g = host();
	struct guest_irq irq;

	guest_desc(g, QUEUE_IRQ, 0, 0, GUEST_IRQ_SIZE, DESC_WRITE, 0);
	guest_desc(g, QUEUE_IRQ, 1, GUEST_GPA, GUEST_IRQ_SIZE, 0, 0);	/* not writable */
	irq_msi_post(&g->sim->irq, 0, 7, 2);
	EXPECT(next_irq(g, &irq) && irq.buf == 0 && irq.len == 0);
	EXPECT(next_irq(g, &irq) && irq.buf == 1 && irq.len == 0);
	EXPECT(next_irq(g, &irq) && irq.buf == 2 && (irq.data & 0xffff) == 7);
	EXPECT_EQ(fx_violations(g->sim, "virtio-malformed"), 2);
}

TEST(irq_ring_that_is_broken_ends_the_connection)
{
	struct guest *g = host();

	put_le(g->mem + QUEUE_AVAIL(QUEUE_IRQ) + 2, 0x8000, 2);
	irq_msi_post(&g->sim->irq, 0, 7, 2);
	pcidev_work(&g->dev);
	EXPECT(g->dev.vhost.why != NULL);
}
