// SPDX-License-Identifier: GPL-2.0
/*
 * DesignWare eDMA: an interrupt for each channel that is delegated to the link
 * partner.
 *
 * The link partner drives the channel, and can have the end of a transfer raise
 * the controller's interrupt on this side. This side alone masks and unmasks it
 * and clears its status. While masked it stays latched, so it is raised as soon
 * as it is unmasked: a handler can disable its interrupt, poll, and enable it
 * again without losing an event.
 */

#include <linux/bitops.h>
#include <linux/dma/edma.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>

#include "dw-edma-core.h"

static bool dw_edma_virq_delegated(struct dw_edma_chan *chan)
{
	return READ_ONCE(chan->dw->delegation[chan->dir]) == DW_EDMA_DELEGATED;
}

/* The interrupts of a channel that is not delegated are the driver's own */
static void dw_edma_virq_mask(struct irq_data *d)
{
	struct dw_edma_chan *chan = irq_data_get_irq_chip_data(d);

	if (dw_edma_virq_delegated(chan))
		chan->dw->core->ch_mask_done(chan, true);
}

static void dw_edma_virq_unmask(struct irq_data *d)
{
	struct dw_edma_chan *chan = irq_data_get_irq_chip_data(d);

	if (dw_edma_virq_delegated(chan))
		chan->dw->core->ch_mask_done(chan, false);
}

/*
 * Acknowledged before the handlers run, so what ends meanwhile is raised again.
 * If the interrupt has just been disabled no handler runs: leave it latched.
 */
static void dw_edma_virq_mask_ack(struct irq_data *d)
{
	struct dw_edma_chan *chan = irq_data_get_irq_chip_data(d);

	dw_edma_virq_mask(d);
	if (!irqd_irq_disabled(d))
		chan->dw->core->ch_clear_done(chan);
}

static struct irq_chip dw_edma_virq_chip = {
	.name		= "dw-edma-delegated",
	.irq_mask	= dw_edma_virq_mask,
	.irq_unmask	= dw_edma_virq_unmask,
	.irq_mask_ack	= dw_edma_virq_mask_ack,
	.flags		= IRQCHIP_SKIP_SET_WAKE,
};

/**
 * dw_edma_virq_alloc() - allocate the interrupts of the read channels
 * @dw:		the instance, whose channels are numbered
 *
 * Only channels that read the link partner's memory have one: those that write
 * to it are not delegated to be heard of here. Does nothing if the instance
 * cannot delegate channels.
 *
 * Context: Process context, may sleep.
 * Return: 0, or a negative errno.
 */
int dw_edma_virq_alloc(struct dw_edma *dw)
{
	struct dw_edma_chip *chip = dw->chip;
	int virq, i;

	chip->rd_irq = 0;

	if (!dw->local || chip->flags & DW_EDMA_CHIP_PARTIAL ||
	    !dw->rd_ch_cnt || !dw->core->ch_mask_done)
		return 0;

	virq = irq_alloc_descs(-1, 1, dw->rd_ch_cnt, NUMA_NO_NODE);
	if (virq < 0)
		return virq;

	for (i = 0; i < dw->rd_ch_cnt; i++) {
		irq_set_chip_and_handler(virq + i, &dw_edma_virq_chip,
					 handle_level_irq);
		irq_set_chip_data(virq + i, &dw->chan[dw->wr_ch_cnt + i]);
		irq_set_status_flags(virq + i,
				     IRQ_LEVEL | IRQ_DISABLE_UNLAZY);
		irq_modify_status(virq + i, IRQ_NOREQUEST, IRQ_NOPROBE);
	}

	chip->rd_irq = virq;

	return 0;
}

/**
 * dw_edma_virq_free() - free the interrupts of the read channels
 * @dw:		the instance
 *
 * Context: Process context, may sleep.
 */
void dw_edma_virq_free(struct dw_edma *dw)
{
	struct dw_edma_chip *chip = dw->chip;

	if (!chip->rd_irq)
		return;

	irq_free_descs(chip->rd_irq, dw->rd_ch_cnt);
	chip->rd_irq = 0;
}

/**
 * dw_edma_virq_handle() - raise the interrupts of delegated channels
 * @dw:		the instance
 * @chans:	read channels whose interrupt is asserted, a bit each
 *
 * Context: Hard interrupt.
 * Return: IRQ_HANDLED if there was one.
 */
irqreturn_t dw_edma_virq_handle(struct dw_edma *dw, unsigned long chans)
{
	unsigned long id;

	if (!dw->chip->rd_irq)
		return IRQ_NONE;

	for_each_set_bit(id, &chans, dw->rd_ch_cnt)
		generic_handle_irq_safe(dw->chip->rd_irq + id);

	return chans ? IRQ_HANDLED : IRQ_NONE;
}
