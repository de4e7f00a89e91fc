// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Channels of ntb_hw_edma: those that move from local memory to the peer's.
 */
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

/**
 * ntb_edma_request_chans - Get the channels that move from local memory
 * @edma: handle
 * @dev: device of the DMA engine
 *
 * Context: Process context, may sleep.
 * Return: 0, or -ENODEV if @dev has no such channel.
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
		edma->chan[edma->num_chans++] = chan;
	}

	return edma->num_chans ? 0 : -ENODEV;
}

/**
 * ntb_edma_release_chans - Stop the channels and release them
 * @edma: handle
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_release_chans(struct ntb_edma *edma)
{
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
