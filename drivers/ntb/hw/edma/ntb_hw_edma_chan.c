// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Channels of ntb_hw_edma: those that move from local memory to the peer's, and
 * on the host the one that interrupts the endpoint where no doorbell can.
 */
#include <linux/dma-mapping.h>
#include <linux/dma/remote-dma.h>
#include <linux/dmaengine.h>
#include <linux/export.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>

#include "ntb_hw_edma.h"

static bool ntb_edma_chan_filter(struct dma_chan *chan, void *param)
{
	struct device *dev = param;
	struct dma_slave_caps caps;

	if (chan->device->dev != dev || dma_get_slave_caps(chan, &caps))
		return false;

	return caps.directions & BIT(DMA_MEM_TO_DEV);
}

/* The last of the delegated channels are reserved for doorbells. */
static bool ntb_edma_is_notify(const struct ntb_edma *edma,
			       const struct dma_chan *chan)
{
	const struct remote_dma_device *rdma = edma->rdma;

	return rdma && chan->chan_id + rdma->num_notify >= rdma->num_chans;
}

static int ntb_edma_init_notify(struct ntb_edma *edma)
{
	if (!edma->notify)
		return 0;

	edma->notify_word = dma_alloc_coherent(ntb_get_dma_dev(edma->ndev),
					       sizeof(*edma->notify_word),
					       &edma->notify_src, GFP_KERNEL);

	return edma->notify_word ? 0 : -ENOMEM;
}

/**
 * ntb_edma_request_chans - Get the channels that move from local memory
 * @edma: handle
 * @dev: device of the DMA engine
 *
 * Context: Process context, may sleep.
 * Return: 0, -ENODEV if @dev has no such channel, or -ENOMEM. After an error too,
 * ntb_edma_release_chans() releases what there is.
 */
int ntb_edma_request_chans(struct ntb_edma *edma, struct device *dev)
{
	struct dma_chan *chan;
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);

	while (edma->num_chans < NTB_EDMA_MAX_CHANS) {
		chan = dma_request_channel(mask, ntb_edma_chan_filter, dev);
		if (!chan)
			break;
		if (ntb_edma_is_notify(edma, chan))
			edma->notify = chan;
		else
			edma->chan[edma->num_chans++] = chan;
	}

	if (!edma->num_chans)
		return -ENODEV;

	return ntb_edma_init_notify(edma);
}

static void ntb_edma_release_notify(struct ntb_edma *edma)
{
	if (edma->notify) {
		dmaengine_terminate_sync(edma->notify);
		dma_release_channel(edma->notify);
		edma->notify = NULL;
	}
	if (edma->notify_word)
		dma_free_coherent(ntb_get_dma_dev(edma->ndev),
				  sizeof(*edma->notify_word),
				  edma->notify_word, edma->notify_src);
	edma->notify_word = NULL;
}

/**
 * ntb_edma_release_chans - Stop the channels and release them
 * @edma: handle
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_release_chans(struct ntb_edma *edma)
{
	ntb_edma_release_notify(edma);

	while (edma->num_chans) {
		struct dma_chan *chan = edma->chan[--edma->num_chans];

		dmaengine_terminate_sync(chan);
		dma_release_channel(chan);
	}
}

/**
 * ntb_edma_num_chans - Number of channels
 * @edma: handle
 *
 * Context: Any.
 * Return: at least 1.
 */
unsigned int ntb_edma_num_chans(const struct ntb_edma *edma)
{
	return edma->num_chans;
}
EXPORT_SYMBOL_GPL(ntb_edma_num_chans);

/**
 * ntb_edma_chan - One of the channels
 * @edma: handle
 * @idx: 0 .. ntb_edma_num_chans() - 1
 *
 * The channel moves from local memory, mapped for ntb_get_dma_dev(), to the peer's
 * (DMA_MEM_TO_DEV); dst_addr of the slave configuration is the address that the
 * peer has mapped.
 *
 * Context: Any.
 * Return: the channel, valid until ntb_edma_destroy().
 */
struct dma_chan *ntb_edma_chan(struct ntb_edma *edma, unsigned int idx)
{
	return edma->chan[idx];
}
EXPORT_SYMBOL_GPL(ntb_edma_chan);

/**
 * ntb_edma_notify - Interrupt the peer where a doorbell cannot
 * @edma: handle
 *
 * To be called after ntb_peer_db_set(). Where no write can interrupt the peer, a
 * reserved channel moves a word to the end of its own descriptor memory, and its
 * completion interrupts the peer. Everywhere else this does nothing. A transfer
 * that is still under way covers what was rung since.
 *
 * Context: Any but hard interrupts.
 */
void ntb_edma_notify(struct ntb_edma *edma)
{
	struct dma_slave_config cfg = {
		.direction = DMA_MEM_TO_DEV,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
	};
	struct dma_async_tx_descriptor *txd;

	if (!edma->notify)
		return;

	guard(spinlock_bh)(&edma->notify_lock);

	if (edma->notify_cookie &&
	    dmaengine_tx_status(edma->notify, edma->notify_cookie, NULL) ==
	    DMA_IN_PROGRESS)
		return;

	cfg.dst_addr = edma->rdma->desc_addr + edma->rdma->desc_size -
		       sizeof(*edma->notify_word);
	txd = dmaengine_prep_config_single_safe(edma->notify, edma->notify_src,
						sizeof(*edma->notify_word),
						DMA_MEM_TO_DEV,
						DMA_PREP_INTERRUPT |
						DMA_CTRL_ACK, &cfg);
	if (!txd)
		return;

	edma->notify_cookie = dmaengine_submit(txd);
	dma_async_issue_pending(edma->notify);
}
EXPORT_SYMBOL_GPL(ntb_edma_notify);
