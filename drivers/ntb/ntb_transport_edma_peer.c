// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * The peer of the remote-eDMA backend: its block, which is only written, and the
 * fence that ends all DMA between the two sides. Sessions and queues both call
 * this; it calls neither.
 */
#include <linux/io.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

/**
 * ntb_edma_peer_fence - Make DMA between the two sides impossible
 * @e: the device
 *
 * For a peer that is gone or does not do what it has to. Nobody waits for it or
 * writes to it after this, until the session has ended.
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_peer_fence(struct edma_ctx *e)
{
	unsigned int i;

	WRITE_ONCE(e->fenced, true);
	if (!e->edma)
		return;

	for (i = 0; i < e->nt->qp_count; i++)
		scoped_guard(spinlock_irqsave, &e->qps[i].tx_lock)
			e->qps[i].tx_open = false;

	/*
	 * Wait for writes to the peer's block that are under way. Another host
	 * may be there afterwards, with something else at that address.
	 */
	synchronize_rcu();

	ntb_edma_fence(e->edma);
	if (ntb_dma_role(e->nt->ndev) == NTB_DMA_USER)
		e->unmastered = true;
}

/**
 * ntb_edma_peer_gone - Is waiting for the peer of no use?
 * @e: the device
 *
 * Context: Process context. On the host this reads a register of the endpoint.
 * Return: true if the peer is fenced, or the hardware reports no link.
 */
bool ntb_edma_peer_gone(struct edma_ctx *e)
{
	return READ_ONCE(e->fenced) ||
	       ntb_link_is_up(e->nt->ndev, NULL, NULL) != 1;
}

/**
 * ntb_edma_peer_check - Fence a peer that the hardware has no link to
 * @e: the device
 *
 * To be called before waiting for the peer. The endpoint answers a command of the
 * next host only when its transfers have ended, and that host does not wait long.
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_peer_check(struct edma_ctx *e)
{
	if (!READ_ONCE(e->fenced) && ntb_edma_peer_gone(e))
		ntb_edma_peer_fence(e);
}

/* May the peer's block be written to? The fence waits for RCU readers. */
static bool peer_writable(const struct edma_ctx *e)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "peer may be fenced meanwhile");

	return !READ_ONCE(e->fenced);
}

void ntb_edma_peer_write_epoch(struct edma_ctx *e, u32 epoch)
{
	struct ntb_edma_block __iomem *peer = e->peer;

	guard(rcu)();

	if (peer_writable(e))
		writel(epoch, &peer->epoch);
}

void ntb_edma_peer_write_heartbeat(struct edma_ctx *e)
{
	struct ntb_edma_block __iomem *peer = e->peer;

	guard(rcu)();

	if (peer_writable(e))
		writel(++e->heartbeat, &peer->heartbeat);
}

/* How the peer's engine is to interrupt this side; in between @irq_seq is odd. */
void ntb_edma_peer_write_irq(struct edma_ctx *e,
			     const struct ntb_edma_block_irq *irq)
{
	struct ntb_edma_block __iomem *peer = e->peer;

	guard(rcu)();

	if (!peer_writable(e))
		return;

	writel(ntb_edma_num_chans(e->edma), &peer->chans);
	writel(++e->irq_seq, &peer->irq_seq);
	memcpy_toio(&peer->irq, irq, sizeof(*irq));
	/* Not before the words, which memcpy_toio() does not order */
	wmb();
	writel(++e->irq_seq, &peer->irq_seq);
}

/* Control words of a queue in the peer's block. */
struct ntb_edma_ctl __iomem *ntb_edma_peer_ctl(struct edma_ctx *e,
					       unsigned int qp)
{
	return e->peer + ntb_edma_ctl_offset(qp, e->entries);
}

void ntb_edma_peer_write_word(struct edma_ctx *e, unsigned int qp, u32 word)
{
	guard(rcu)();

	if (peer_writable(e))
		writel(word, &ntb_edma_peer_ctl(e, qp)->state);
}

/*
 * The rest comes first, as posted writes arrive in order: a peer that sees the
 * word sees no index of an older generation, where the records are to go, and what
 * they may say.
 */
void ntb_edma_peer_write_offer(struct edma_ctx *e, unsigned int qp, u32 word)
{
	struct ntb_edma_ctl __iomem *ctl = ntb_edma_peer_ctl(e, qp);
	__le64 records = cpu_to_le64(e->block_addr +
				     ntb_edma_record_offset(qp, e->entries, 0));
	__le64 features = cpu_to_le64(e->qps[qp].qp->handlers.rx_features);

	guard(rcu)();

	if (!peer_writable(e))
		return;

	memcpy_toio(&ctl->records, &records, sizeof(records));
	memcpy_toio(&ctl->features, &features, sizeof(features));
	writel(edma_rx_frame(e, e->qps[qp].qp), &ctl->frame);
	writel(0, &ctl->post_index);
	writel(0, &ctl->consumed);
	writel(word, &ctl->state);
}

/* Interrupt the peer by a doorbell: something changed in its block. */
void ntb_edma_peer_ring(struct edma_ctx *e, unsigned int qp)
{
	e->qps[qp].stats[STAT_DOORBELLS]++;
	ntb_peer_db_set(e->nt->ndev, BIT_ULL(qp));
}
