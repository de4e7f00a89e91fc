// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Divides the DMA engine of an NTB endpoint between the two sides.
 *
 * The owner (endpoint) delegates the channels that read from its peer: their
 * registers and descriptor memory are visible in a memory window, together with a
 * struct remote_dma_info. The user (host) creates an auxiliary device from that,
 * which the driver of that kind of DMA engine binds to. Nothing here knows
 * registers or descriptors.
 */
#include <linux/auxiliary_bus.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dma/remote-dma.h>
#include <linux/dmaengine.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#define NTB_EDMA_MAX_CHANS	8

/* Between two attempts to reclaim channels that do not stop */
#define NTB_EDMA_RECLAIM_MS	1000

/* Numbers in the names of the auxiliary devices */
static DEFINE_IDA(ntb_edma_ida);

/**
 * struct ntb_edma - the local part of the DMA engine
 * @ndev: the NTB device
 * @widx: memory window with the engine's registers
 * @owner: the engine is local
 * @delegated: owner: ntb_dma_delegate() was done
 * @rdma: user: the device the engine's driver binds to
 * @chan: channels that move from local memory to the peer's
 * @num_chans: number of @chan
 * @notify: user: channel that interrupts the owner, if there is one
 * @notify_lock: protects its use
 * @notify_cookie: the transfer that was started last, 0 if none was
 * @notify_word: the word that it moves; its value does not matter
 * @notify_src: DMA address of @notify_word
 */
struct ntb_edma {
	struct ntb_dev *ndev;
	int widx;
	bool owner;
	bool delegated;
	struct remote_dma_device *rdma;
	struct dma_chan *chan[NTB_EDMA_MAX_CHANS];
	unsigned int num_chans;
	struct dma_chan *notify;
	spinlock_t notify_lock; /* protects notify_cookie */
	dma_cookie_t notify_cookie;
	__le32 *notify_word;
	dma_addr_t notify_src;
};

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

/* All channels of @dev that move from local memory to the link. */
static int ntb_edma_request_chans(struct ntb_edma *edma, struct device *dev)
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

	return edma->num_chans ? 0 : -ENODEV;
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

static void ntb_edma_release_chans(struct ntb_edma *edma)
{
	ntb_edma_release_notify(edma);

	while (edma->num_chans) {
		struct dma_chan *chan = edma->chan[--edma->num_chans];

		dmaengine_terminate_sync(chan);
		dma_release_channel(chan);
	}
}

static int ntb_edma_delegate(struct ntb_edma *edma)
{
	struct ntb_dev *ndev = edma->ndev;
	struct remote_dma_info info;
	int ret;

	ret = ntb_edma_request_chans(edma, ntb_get_dma_dev(ndev));
	if (ret)
		return dev_err_probe(&ndev->dev, ret,
				     "no DMA channel to the peer is free\n");

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

static void ntb_edma_free_rdma(struct remote_dma_device *rdma)
{
	ida_free(&ntb_edma_ida, rdma->adev.id);
	kfree(rdma->adev.name);
	kfree(rdma);
}

static void ntb_edma_rdma_release(struct device *dev)
{
	struct auxiliary_device *adev = to_auxiliary_dev(dev);

	ntb_edma_free_rdma(container_of(adev, struct remote_dma_device, adev));
}

static void ntb_edma_unmap(struct remote_dma_device *rdma)
{
	if (rdma->desc)
		iounmap(rdma->desc);
	if (rdma->regs)
		iounmap(rdma->regs);
}

static int ntb_edma_map(struct remote_dma_device *rdma, phys_addr_t base,
			const struct remote_dma_info *info)
{
	rdma->regs_size = le32_to_cpu(info->regs_size);
	rdma->regs = ioremap(base + le32_to_cpu(info->regs_offset),
			     rdma->regs_size);
	if (!rdma->regs)
		return -ENOMEM;

	rdma->desc_size = le32_to_cpu(info->desc_size);
	rdma->desc = ioremap(base + le32_to_cpu(info->desc_offset),
			     rdma->desc_size);
	if (!rdma->desc) {
		iounmap(rdma->regs);
		rdma->regs = NULL;
		return -ENOMEM;
	}

	return 0;
}

/* Parameters for the engine's driver, out of validated values. */
static int ntb_edma_fill(struct ntb_edma *edma, struct remote_dma_device *rdma,
			 const struct remote_dma_info *info)
{
	int i, irqs = ntb_dma_irq_count(edma->ndev);

	rdma->desc_addr = le64_to_cpu(info->desc_addr);
	rdma->num_chans = le32_to_cpu(info->num_chans);
	rdma->desc_per_chan = le32_to_cpu(info->desc_per_chan);
	rdma->num_notify = le32_to_cpu(info->num_notify);
	for (i = 0; i < ARRAY_SIZE(rdma->params); i++)
		rdma->params[i] = le32_to_cpu(info->params[i]);

	if (irqs <= 0) {
		dev_err(&edma->ndev->dev,
			"no interrupt vector is left for the peer's DMA engine\n");
		return -ENOSPC;
	}

	rdma->nr_irqs = min_t(unsigned int, irqs,
			      min_t(unsigned int, rdma->num_chans,
				    REMOTE_DMA_MAX_IRQS));
	for (i = 0; i < rdma->nr_irqs; i++)
		rdma->irqs[i] = ntb_dma_irq(edma->ndev, i);

	return 0;
}

static int ntb_edma_read_info(struct ntb_edma *edma, phys_addr_t base,
			      resource_size_t size,
			      struct remote_dma_info *info)
{
	void __iomem *page;
	int ret;

	if (size < sizeof(*info))
		return -ENOSPC;

	page = ioremap(base, sizeof(*info));
	if (!page)
		return -ENOMEM;

	/* Read once: what is validated is what is used */
	memcpy_fromio(info, page, sizeof(*info));
	iounmap(page);

	ret = remote_dma_info_check(info, size);
	if (ret)
		dev_err(&edma->ndev->dev,
			"memory window %d does not describe a DMA engine: %d\n",
			edma->widx, ret);

	return ret;
}

static struct remote_dma_device *ntb_edma_alloc_rdma(struct ntb_edma *edma,
						     const char *driver)
{
	struct remote_dma_device *rdma;
	int id;

	rdma = kzalloc_obj(*rdma);
	if (!rdma)
		return NULL;

	id = ida_alloc(&ntb_edma_ida, GFP_KERNEL);
	if (id < 0)
		goto err_free;

	rdma->adev.id = id;
	rdma->adev.name = kstrdup(driver, GFP_KERNEL);
	if (!rdma->adev.name)
		goto err_free_id;

	rdma->adev.dev.parent = &edma->ndev->pdev->dev;
	rdma->adev.dev.release = ntb_edma_rdma_release;

	return rdma;

err_free_id:
	ida_free(&ntb_edma_ida, id);
err_free:
	kfree(rdma);

	return NULL;
}

static int ntb_edma_attach(struct ntb_edma *edma)
{
	struct ntb_dev *ndev = edma->ndev;
	struct remote_dma_device *rdma;
	struct remote_dma_info info;
	resource_size_t size;
	phys_addr_t base;
	int ret;

	pci_set_master(ndev->pdev);

	ret = ntb_peer_mw_get_addr(ndev, edma->widx, &base, &size);
	if (ret)
		return ret;

	ret = ntb_edma_read_info(edma, base, size, &info);
	if (ret)
		return ret;

	rdma = ntb_edma_alloc_rdma(edma, info.driver);
	if (!rdma)
		return -ENOMEM;

	ret = ntb_edma_fill(edma, rdma, &info);
	if (!ret)
		ret = ntb_edma_map(rdma, base, &info);
	if (ret)
		goto err_free;

	ret = auxiliary_device_init(&rdma->adev);
	if (ret)
		goto err_unmap;

	/* There may be no daemon that loads modules for uevents */
	request_module("auxiliary:" KBUILD_MODNAME ".%s", rdma->adev.name);

	ret = auxiliary_device_add(&rdma->adev);
	if (ret) {
		ntb_edma_unmap(rdma);
		auxiliary_device_uninit(&rdma->adev);
		return ret;
	}
	edma->rdma = rdma;

	ret = ntb_edma_request_chans(edma, &rdma->adev.dev);
	if (ret) {
		dev_err(&ndev->dev,
			"no driver for the peer's DMA engine (%s)\n",
			rdma->adev.name);
		return ret;
	}

	return ntb_edma_init_notify(edma);

err_unmap:
	ntb_edma_unmap(rdma);
err_free:
	ntb_edma_free_rdma(rdma);

	return ret;
}

/**
 * ntb_edma_create - Get the local channels of the endpoint's DMA engine
 * @ndev: NTB device
 * @widx: memory window for the engine's registers
 *
 * The owner must have returned from here before the user calls: the caller
 * synchronises the two. The peer must be able to reach the window.
 *
 * Context: Process context, may sleep and load modules.
 * Return: a handle for ntb_edma_destroy(), or an ERR_PTR(): -EAGAIN if the
 * window cannot be set up yet, -ENODEV if there is no engine or no driver.
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
	spin_lock_init(&edma->notify_lock);

	switch (ntb_dma_role(ndev)) {
	case NTB_DMA_OWNER:
		edma->owner = true;
		ret = ntb_edma_delegate(edma);
		break;
	case NTB_DMA_USER:
		ret = ntb_edma_attach(edma);
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
 * No transfer and no callback runs after this, and the user does not access the
 * engine any more. The caller has to call this on the user before the owner
 * reclaims the engine.
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_stop(struct ntb_edma *edma)
{
	struct remote_dma_device *rdma = edma->rdma;

	ntb_edma_release_chans(edma);

	if (!rdma)
		return;

	auxiliary_device_delete(&rdma->adev);
	ntb_edma_unmap(rdma);
	auxiliary_device_uninit(&rdma->adev);
	edma->rdma = NULL;
}
EXPORT_SYMBOL_GPL(ntb_edma_stop);

/**
 * ntb_edma_destroy - Undo ntb_edma_create()
 * @edma: handle, freed here
 *
 * Calls ntb_edma_stop() if that was not done. When this returns on the owner,
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
 * local memory any more: the owner has reclaimed the delegated channels, the
 * user does not let the endpoint be a bus master until the next
 * ntb_edma_create().
 *
 * The owner ends its own transfers before it reclaims the engine, as that tells
 * the hardware driver that the next host may let the endpoint access its memory.
 * The caller starts no more.
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_fence(struct ntb_edma *edma)
{
	unsigned int i;

	if (edma->owner) {
		for (i = 0; i < edma->num_chans; i++)
			dmaengine_terminate_sync(edma->chan[i]);
		ntb_edma_reclaim(edma);
		return;
	}

	pci_clear_master(edma->ndev->pdev);
}
EXPORT_SYMBOL_GPL(ntb_edma_fence);

MODULE_DESCRIPTION("DMA engine of an NTB endpoint, used by both sides");
MODULE_LICENSE("Dual BSD/GPL");
