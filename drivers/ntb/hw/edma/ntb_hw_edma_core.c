// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Divides the DMA engine of an NTB endpoint between the two sides.
 *
 * The endpoint delegates the channels that read from the host: their registers and
 * descriptor memory are visible in a memory window, together with a struct
 * remote_dma_info. ntb_hw_edma_host.c has what the host makes of that. Nothing here
 * knows registers or descriptors.
 */
#include <linux/auxiliary_bus.h>
#include <linux/delay.h>
#include <linux/dma/remote-dma.h>
#include <linux/dmaengine.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/slab.h>

#include "ntb_hw_edma.h"

/* Between two attempts to reclaim channels that do not stop */
#define NTB_EDMA_RECLAIM_MS	1000

static int ntb_edma_delegate(struct ntb_edma *edma)
{
	struct ntb_dev *ndev = edma->ndev;
	struct remote_dma_info info;
	int ret;

	ret = ntb_edma_request_chans(edma, ntb_get_dma_dev(ndev));
	if (ret)
		return ret;

	ret = ntb_dma_delegate(ndev, edma->widx, &info);
	if (ret)
		return ret;

	edma->delegated = true;

	return 0;
}

/*
 * The caller frees memory next that the delegated channels may write to: wait
 * until they have stopped. The hardware driver reports if they do not.
 */
static void ntb_edma_reclaim(struct ntb_edma *edma)
{
	while (edma->delegated) {
		if (!ntb_dma_reclaim(edma->ndev, edma->widx))
			edma->delegated = false;
		else
			msleep(NTB_EDMA_RECLAIM_MS);
	}
}

/**
 * ntb_edma_create - Get the local channels of the endpoint's DMA engine
 * @ndev: NTB device
 * @widx: memory window for the engine's registers
 *
 * On the endpoint this must have returned before the host calls it: the caller
 * synchronises the two. The peer must be able to reach the window.
 *
 * Context: Process context, may sleep and load modules.
 * Return: a handle for ntb_edma_destroy(), or an ERR_PTR(): -EAGAIN if the
 * window cannot be set up yet, -ENODEV if the endpoint has no free channel or the
 * host no driver for the engine.
 */
struct ntb_edma *ntb_edma_create(struct ntb_dev *ndev, int widx)
{
	struct ntb_edma *edma;
	int ret;

	edma = kzalloc_obj(*edma);
	if (!edma)
		return ERR_PTR(-ENOMEM);

	edma->ndev = ndev;
	edma->widx = widx;
	mutex_init(&edma->irq_lock);

	switch (ntb_dma_role(ndev)) {
	case NTB_DMA_OWNER:
		edma->endpoint = true;
		ret = ntb_edma_delegate(edma);
		break;
	case NTB_DMA_USER:
		ret = ntb_edma_host_create(edma);
		break;
	default:
		ret = -ENODEV;
	}

	if (ret) {
		ntb_edma_destroy(edma);
		return ERR_PTR(ret);
	}

	return edma;
}
EXPORT_SYMBOL_GPL(ntb_edma_create);

/**
 * ntb_edma_stop - Stop and release the channels
 * @edma: handle; only good for ntb_edma_fence() and ntb_edma_destroy() after this
 *
 * No transfer, callback or interrupt of the peer's runs after this, and the host
 * does not access the engine any more. The host has to call this before the endpoint reclaims the
 * engine.
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_stop(struct ntb_edma *edma)
{
	ntb_edma_free_irqs(edma);
	ntb_edma_release_chans(edma);
	ntb_edma_host_destroy(edma);
}
EXPORT_SYMBOL_GPL(ntb_edma_stop);

/**
 * ntb_edma_destroy - Undo ntb_edma_create()
 * @edma: handle, freed here
 *
 * Calls ntb_edma_stop() if that was not done. When this returns on the endpoint,
 * the delegated channels have stopped and are reclaimed.
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_destroy(struct ntb_edma *edma)
{
	ntb_edma_stop(edma);

	ntb_edma_reclaim(edma);
	kfree(edma);
}
EXPORT_SYMBOL_GPL(ntb_edma_destroy);

/**
 * ntb_edma_alive - Can the channels still move anything?
 * @edma: handle, before ntb_edma_stop()
 *
 * The driver of a delegated engine can be unbound from it at any time. Its
 * channels then refuse all transfers, and ntb_edma_create() has to be called
 * again.
 *
 * Context: Process context.
 * Return: false if the engine has lost its driver.
 */
bool ntb_edma_alive(const struct ntb_edma *edma)
{
	return !edma->rdma || READ_ONCE(edma->rdma->adev.dev.driver);
}
EXPORT_SYMBOL_GPL(ntb_edma_alive);

/**
 * ntb_edma_fence - Make DMA between the two sides impossible, without the peer
 * @edma: handle; only good for ntb_edma_stop() and ntb_edma_destroy() after this
 *
 * For a peer that does not answer. When this returns, the engine does not write to
 * local memory any more: the endpoint has reclaimed the delegated channels, the
 * host does not let the endpoint be a bus master until the caller has enabled the
 * link again with ntb_link_enable().
 *
 * The endpoint ends its own transfers before it reclaims the engine: after that,
 * its hardware driver lets the next host enable bus mastering. The caller starts
 * no more.
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_fence(struct ntb_edma *edma)
{
	unsigned int i;

	if (edma->endpoint) {
		for (i = 0; i < edma->num_chans; i++)
			dmaengine_terminate_sync(edma->chan[i]);
		ntb_edma_free_irqs(edma);
		ntb_edma_reclaim(edma);
		return;
	}

	ntb_dma_fence(edma->ndev);
}
EXPORT_SYMBOL_GPL(ntb_edma_fence);

MODULE_DESCRIPTION("DMA engine of an NTB endpoint, used by both sides");
MODULE_LICENSE("Dual BSD/GPL");
