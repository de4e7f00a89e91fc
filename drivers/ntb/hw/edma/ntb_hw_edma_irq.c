// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Interrupts of ntb_hw_edma: those that the peer's channels raise here when a
 * transfer has ended, and those that the local channels raise at the peer.
 */
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/dma/edma.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/minmax.h>
#include <linux/msi.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wordpart.h>

#include "ntb_hw_edma.h"

/*
 * Endpoint: one for each channel that the host drives. Host: all vectors but the
 * last one, which is for errors of its own channels; a single one is for both.
 */
static unsigned int ntb_edma_count_irqs(const struct ntb_edma *edma)
{
	int count = ntb_dma_irq_count(edma->ndev);

	if (!edma->endpoint && count > 1)
		count--;

	return clamp(count, 0, NTB_EDMA_MAX_IRQS);
}

static irqreturn_t ntb_edma_isr(int irq, void *data)
{
	struct ntb_edma_irq *ctx = data;
	struct ntb_edma *edma = ctx->edma;

	edma->irq_fn(edma->irq_data, ctx - edma->irqs);

	return IRQ_HANDLED;
}

static unsigned long ntb_edma_irq_flags(const struct ntb_edma *edma)
{
	unsigned long flags = 0;

	/* The peer learns late of a message that moves to another CPU */
	if (!edma->endpoint)
		flags |= IRQF_NOBALANCING;
	if (!edma->endpoint && ntb_dma_irq_count(edma->ndev) == 1)
		flags |= IRQF_SHARED;

	return flags;
}

/**
 * ntb_edma_request_irqs - Be interrupted when the peer's transfers end
 * @edma: handle
 * @fn: called in hard interrupt context with @data and the number of the interrupt
 * @data: for @fn
 *
 * With n interrupts, channel c of the peer raises number c modulo n. The endpoint
 * calls this when the host has its channels, as the engine's driver masks all
 * interrupts when it is probed there. @fn is not called after ntb_edma_stop(), or
 * after ntb_edma_fence() on the endpoint.
 *
 * Context: Process context, may sleep.
 * Return: the number of interrupts, -ENOSPC if the hardware has none, or another
 * error.
 */
int ntb_edma_request_irqs(struct ntb_edma *edma, ntb_edma_irq_fn fn, void *data)
{
	unsigned int i, count = ntb_edma_count_irqs(edma);
	int ret;

	if (!count)
		return -ENOSPC;

	edma->irq_fn = fn;
	edma->irq_data = data;

	for (i = 0; i < count; i++) {
		struct ntb_edma_irq *ctx = &edma->irqs[i];

		ctx->edma = edma;
		ctx->maskers = 0;
		ctx->closing = false;
		raw_spin_lock_init(&ctx->mask_lock);
		ctx->irq = ntb_dma_irq(edma->ndev, i);
		ret = request_irq(ctx->irq, ntb_edma_isr,
				  ntb_edma_irq_flags(edma), "ntb_hw_edma", ctx);
		if (ret) {
			ntb_edma_free_irqs(edma);
			return ret;
		}
		edma->num_irqs++;
	}

	return count;
}
EXPORT_SYMBOL_GPL(ntb_edma_request_irqs);

/**
 * ntb_edma_free_irqs - Undo ntb_edma_request_irqs()
 * @edma: handle
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_free_irqs(struct ntb_edma *edma)
{
	guard(mutex)(&edma->irq_lock);

	while (edma->num_irqs) {
		struct ntb_edma_irq *ctx = &edma->irqs[--edma->num_irqs];

		/* It may be shared: whoever is left wants it */
		scoped_guard(raw_spinlock_irqsave, &ctx->mask_lock) {
			if (ctx->maskers)
				enable_irq(ctx->irq);
			ctx->maskers = 0;
			ctx->closing = true;
		}
		free_irq(ctx->irq, ctx);
	}
}

/**
 * ntb_edma_mask_irq - Do not be interrupted for now
 * @edma: handle
 * @idx: number of the interrupt
 * @who: a user of the interrupt, less than 64
 *
 * It is masked while at least one user wants that. Others that share the line are
 * not called either.
 *
 * Context: Any, hard interrupts included.
 */
void ntb_edma_mask_irq(struct ntb_edma *edma, unsigned int idx, unsigned int who)
{
	struct ntb_edma_irq *ctx = &edma->irqs[idx];

	guard(raw_spinlock_irqsave)(&ctx->mask_lock);
	if (ctx->closing)
		return;

	if (!ctx->maskers)
		disable_irq_nosync(ctx->irq);
	ctx->maskers |= BIT_ULL(who);
}
EXPORT_SYMBOL_GPL(ntb_edma_mask_irq);

/**
 * ntb_edma_unmask_irq - Undo ntb_edma_mask_irq()
 * @edma: handle
 * @idx: number of the interrupt
 * @who: the user of the interrupt, which need not have masked it
 *
 * On the host an interrupt that came meanwhile may be lost: not every interrupt
 * controller can send it again.
 *
 * Context: Any. Not after ntb_edma_stop(), or ntb_edma_fence() on the endpoint.
 * Return: true if the interrupt was masked and is not any more: the caller looks for
 * what has ended meanwhile, for all its users.
 */
bool ntb_edma_unmask_irq(struct ntb_edma *edma, unsigned int idx,
			 unsigned int who)
{
	struct ntb_edma_irq *ctx = &edma->irqs[idx];

	guard(raw_spinlock_irqsave)(&ctx->mask_lock);
	if (!(ctx->maskers & BIT_ULL(who)))
		return false;

	ctx->maskers &= ~BIT_ULL(who);
	if (ctx->maskers)
		return false;

	enable_irq(ctx->irq);

	return true;
}
EXPORT_SYMBOL_GPL(ntb_edma_unmask_irq);

/**
 * ntb_edma_irq_is_masked - Does somebody mask the interrupt?
 * @edma: handle
 * @idx: number of the interrupt
 *
 * Context: Any. The answer can be out of date.
 * Return: true if at least one user does.
 */
bool ntb_edma_irq_is_masked(const struct ntb_edma *edma, unsigned int idx)
{
	return READ_ONCE(edma->irqs[idx].maskers);
}
EXPORT_SYMBOL_GPL(ntb_edma_irq_is_masked);

/**
 * ntb_edma_get_msgs - Messages that the peer's channels have to send
 * @edma: handle, with interrupts requested
 * @msgs: receives them; none on the endpoint, where no message is necessary
 *
 * They can change at any time. The engine has one address for all channels of a
 * direction: where the messages have several, all channels send the first one.
 *
 * Context: Any.
 */
void ntb_edma_get_msgs(const struct ntb_edma *edma, struct ntb_edma_msgs *msgs)
{
	struct msi_desc *desc;
	struct msi_msg msg;
	unsigned int i;
	u64 addr;

	memset(msgs, 0, sizeof(*msgs));
	if (edma->endpoint)
		return;

	for (i = 0; i < edma->num_irqs; i++) {
		desc = irq_get_msi_desc(edma->irqs[i].irq);
		if (!desc)
			return;

		/* With several vectors, this is always the first one's */
		get_cached_msi_msg(edma->irqs[i].irq, &msg);
		addr = (u64)msg.address_hi << 32 | msg.address_lo;
		if (!i)
			msgs->addr = addr;
		msgs->data[i] = addr == msgs->addr ?
				msg.data + edma->irqs[i].irq - desc->irq :
				msgs->data[0];
	}
	msgs->num = edma->num_irqs;
}
EXPORT_SYMBOL_GPL(ntb_edma_get_msgs);

/**
 * ntb_edma_interrupt_peer - Let the end of local transfers interrupt the peer
 * @edma: handle
 * @msgs: endpoint: the messages that the host asks for, at least one, validated
 *
 * From then on transfers with DMA_PREP_INTERRUPT interrupt the peer, see
 * dw_edma_set_peer_irq() for what the caller has to do instead. On the endpoint it
 * is called again when the messages have changed.
 *
 * Context: Any.
 * Return: 0, or -EOPNOTSUPP if the engine cannot do that, or another error.
 */
int ntb_edma_interrupt_peer(struct ntb_edma *edma,
			    const struct ntb_edma_msgs *msgs)
{
	struct msi_msg msg = {};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < edma->num_chans && !ret; i++) {
		if (edma->endpoint) {
			msg.address_lo = lower_32_bits(msgs->addr);
			msg.address_hi = upper_32_bits(msgs->addr);
			msg.data = msgs->data[i % msgs->num];
		}
		ret = dw_edma_set_peer_irq(edma->chan[i],
					   edma->endpoint ? &msg : NULL);
	}

	return ret;
}
EXPORT_SYMBOL_GPL(ntb_edma_interrupt_peer);
