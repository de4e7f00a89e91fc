// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Interrupts of the remote-eDMA backend: the peer's engine raises one at the end
 * of each run. The host publishes what the endpoint's channels have to write for
 * that, and again when it has changed; the endpoint reads it in its own block.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

static_assert(NTB_EDMA_BLOCK_IRQS == NTB_EDMA_MAX_IRQS);

static bool irq_endpoint(const struct edma_ctx *e)
{
	return ntb_dma_role(e->nt->ndev) == NTB_DMA_OWNER;
}

/* The interrupts for runs to a queue, a bit for each; 0 until they are known. */
static unsigned long irqs_of(const struct edma_ctx *e, unsigned int qp)
{
	/* Pairs with smp_store_release() in ntb_edma_irq_apply() */
	u32 chans = smp_load_acquire(&e->peer_chans);
	unsigned long irqs = 0;
	unsigned int i;

	for (i = 0; i < ntb_edma_num_lanes(chans); i++)
		irqs |= BIT(ntb_edma_lane_chan(qp, i, chans) % e->irqs);

	return irqs;
}

/*
 * Runs of a channel of the peer have ended: poll the queues that it serves. While
 * one of them is polled the interrupt stays masked, and what ends meanwhile is seen
 * by the poll. The mask goes first, as the poll may end on another CPU before this
 * does.
 */
static void irq_handler(void *data, unsigned int idx)
{
	struct edma_ctx *e = data;
	unsigned int i;

	for (i = 0; i < e->nt->qp_active; i++) {
		struct ntb_transport_qp *qp = e->qps[i].qp;

		if (!(irqs_of(e, i) & BIT(idx)) || !READ_ONCE(qp->active))
			continue;

		ntb_edma_mask_irq(e->edma, idx, i);
		ntb_qp_schedule(qp);
	}
}

/* Queues that an interrupt of @eq serves as well are polled, if they have a reason. */
static void irq_look(struct edma_ctx *e, struct edma_qp *eq)
{
	unsigned long irqs = irqs_of(e, eq->qp->qp_num);
	unsigned int i;

	for (i = 0; i < e->nt->qp_active; i++) {
		struct edma_qp *other = &e->qps[i];

		if (other == eq || !(irqs_of(e, i) & irqs))
			continue;

		/* Pairs with smp_store_release() in ntb_qp_link_work() */
		if (!smp_load_acquire(&other->qp->active))
			continue;

		if (ntb_edma_tx_waits(e, other) || ntb_edma_rx_pending(e, other))
			ntb_qp_schedule(other->qp);
	}
}

/**
 * ntb_edma_irq_share - An interrupt is masked, perhaps for long
 * @e: the device
 * @eq: the queue that is polled
 *
 * A queue that always has something to do must not keep the others that share its
 * interrupt from theirs.
 *
 * Context: The poll of @eq.
 */
void ntb_edma_irq_share(struct edma_ctx *e, struct edma_qp *eq)
{
	unsigned long irqs = irqs_of(e, eq->qp->qp_num);
	unsigned int idx;

	for_each_set_bit(idx, &irqs, NTB_EDMA_MAX_IRQS)
		if (ntb_edma_irq_is_masked(e->edma, idx))
			return irq_look(e, eq);
}

/**
 * ntb_edma_irq_unmask - The queue is not polled any more
 * @e: the device
 * @eq: the queue
 *
 * Polls all queues of its interrupts that have something to do, if one was masked until
 * now: their interrupts may be lost.
 *
 * Context: Process or softirq context, while the interrupts are requested.
 */
void ntb_edma_irq_unmask(struct edma_ctx *e, struct edma_qp *eq)
{
	unsigned long irqs = irqs_of(e, eq->qp->qp_num);
	bool unmasked = false;
	unsigned int idx;

	for_each_set_bit(idx, &irqs, NTB_EDMA_MAX_IRQS)
		unmasked |= ntb_edma_unmask_irq(e->edma, idx, eq->qp->qp_num);
	if (unmasked)
		irq_look(e, eq);
}

static int irq_request(struct edma_ctx *e)
{
	int ret = e->irqs ?: ntb_edma_request_irqs(e->edma, irq_handler, e);

	e->irqs = max(ret, 0);

	return min(ret, 0);
}

/**
 * ntb_edma_irq_init - Prepare for the interrupts of a new session
 * @e: the device, which has its part of the DMA engine
 *
 * Context: Process context, may sleep.
 * Return: 0, or an error after which the session cannot be set up.
 */
int ntb_edma_irq_init(struct edma_ctx *e)
{
	int ret;

	e->irqs = 0;
	e->irq_seq = 0;
	e->peer_irq_seq = 0;
	WRITE_ONCE(e->peer_chans, 0);

	if (ntb_dma_irq_count(e->nt->ndev) <= 0) {
		dev_err_ratelimited(edma_dev(e),
				    "the DMA engine has no interrupt for this side, for %u channels to the peer\n",
				    ntb_edma_num_chans(e->edma));
		return -ENOSPC;
	}

	/* The endpoint does more when the host has entered */
	if (irq_endpoint(e))
		return 0;

	ret = irq_request(e);
	if (ret || ntb_edma_done_by_cpu())
		return ret;

	return ntb_edma_interrupt_peer(e->edma, NULL);
}

/**
 * ntb_edma_irq_publish - Tell the peer's engine how to interrupt this side
 * @e: the device
 *
 * Writes to the peer's block, if that is not there yet.
 *
 * Context: Process context.
 */
void ntb_edma_irq_publish(struct edma_ctx *e)
{
	struct ntb_edma_block_irq irq = {};
	struct ntb_edma_msgs msgs;
	unsigned int i;

	ntb_edma_get_msgs(e->edma, &msgs);
	if (e->irq_seq && (irq_endpoint(e) ||
			   !memcmp(&msgs, &e->msgs, sizeof(msgs))))
		return;

	irq.addr = cpu_to_le64(msgs.addr);
	irq.num = cpu_to_le32(msgs.num);
	for (i = 0; i < msgs.num; i++)
		irq.data[i] = cpu_to_le32(msgs.data[i]);

	ntb_edma_peer_write_irq(e, &irq);
	e->msgs = msgs;
}

/* Returns false while the peer writes. */
static bool irq_read(struct edma_ctx *e, struct ntb_edma_block_irq *irq, u32 *seq)
{
	struct ntb_edma_block *own = e->block;

	*seq = le32_to_cpu(READ_ONCE(own->irq_seq));
	/* Between the two reads of irq_seq */
	dma_rmb();
	ntb_edma_read_slot(irq, &own->irq, sizeof(*irq));
	dma_rmb();

	return !(*seq & 1) && *seq == le32_to_cpu(READ_ONCE(own->irq_seq));
}

/* Endpoint: let runs interrupt the host, as it has published. */
static int irq_set(struct edma_ctx *e)
{
	struct ntb_edma_msgs msgs = {};
	struct ntb_edma_block_irq irq;
	enum ntb_edma_reject reason;
	u32 i, seq;

	if (!irq_read(e, &irq, &seq))
		return -EAGAIN;
	if (ntb_edma_done_by_cpu() || (seq && seq == e->peer_irq_seq))
		return 0;

	reason = ntb_edma_check_irq(&irq);
	if (reason) {
		dev_err_ratelimited(edma_dev(e),
				    "the host's interrupt is rejected: %u messages to %#llx for %u channels\n",
				    le32_to_cpu(irq.num), le64_to_cpu(irq.addr),
				    ntb_edma_num_chans(e->edma));
		e->qps[0].stats[STAT_REJECT(reason)]++;
		return -EPROTO;
	}

	msgs.addr = le64_to_cpu(irq.addr);
	msgs.num = le32_to_cpu(irq.num);
	for (i = 0; i < msgs.num; i++)
		msgs.data[i] = le32_to_cpu(irq.data[i]);
	e->peer_irq_seq = seq;

	return ntb_edma_interrupt_peer(e->edma, &msgs);
}

/**
 * ntb_edma_irq_apply - Do what the peer has published about interrupts
 * @e: the device; the peer has entered the session
 *
 * The endpoint's interrupts are enabled here.
 *
 * Context: Process context, may sleep.
 * Return: 0, -EAGAIN if the peer is writing, or an error that ends the session.
 */
int ntb_edma_irq_apply(struct edma_ctx *e)
{
	struct ntb_edma_block *own = e->block;
	u32 chans = le32_to_cpu(READ_ONCE(own->chans));
	int ret = 0;

	if (!ntb_edma_chans_valid(chans)) {
		dev_err_ratelimited(edma_dev(e),
				    "the peer has %u channels, at most %u are known here\n",
				    chans, NTB_EDMA_BLOCK_CHANS);
		e->qps[0].stats[STAT_REJECT_IRQ]++;
		return -EPROTO;
	}

	/* The host's driver of the engine masks all when it is probed */
	if (irq_endpoint(e))
		ret = irq_request(e) ?: irq_set(e);
	if (!ret)
	/* Pairs with smp_load_acquire() in irqs_of() */
		smp_store_release(&e->peer_chans, chans);

	return ret;
}
