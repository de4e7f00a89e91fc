// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Host side of ntb_hw_edma: what the endpoint has delegated is read from the
 * memory window, and an auxiliary device is created from it that the driver of
 * that kind of DMA engine binds to.
 */
#include <linux/auxiliary_bus.h>
#include <linux/dma/remote-dma.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/ntb.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "ntb_hw_edma.h"

/* Numbers in the names of the auxiliary devices */
static DEFINE_IDA(ntb_edma_ida);

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
	for (i = 0; i < ARRAY_SIZE(rdma->params); i++)
		rdma->params[i] = le32_to_cpu(info->params[i]);

	if (irqs <= 0) {
		dev_err_ratelimited(&edma->ndev->dev,
				    "no interrupt vector is left for the peer's DMA engine, which has %u channels\n",
				    rdma->num_chans);
		return -ENOSPC;
	}

	/* For errors only; ntb_edma_request_irqs() requests the others */
	rdma->nr_irqs = 1;
	rdma->irqs[0] = ntb_dma_irq(edma->ndev, irqs - 1);

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
		dev_err_ratelimited(&edma->ndev->dev,
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

/**
 * ntb_edma_host_create - Get the channels that the endpoint has delegated
 * @edma: handle
 *
 * Context: Process context, may sleep and load modules.
 * Return: 0, -ENODEV if no driver has bound to the device, or another error; then
 * too, ntb_edma_host_destroy() and ntb_edma_release_chans() have to be called.
 */
int ntb_edma_host_create(struct ntb_edma *edma)
{
	struct ntb_dev *ndev = edma->ndev;
	struct remote_dma_device *rdma;
	struct remote_dma_info info;
	resource_size_t size;
	phys_addr_t base;
	int ret;

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

	return ntb_edma_request_chans(edma, &rdma->adev.dev);

err_unmap:
	ntb_edma_unmap(rdma);
err_free:
	ntb_edma_free_rdma(rdma);

	return ret;
}

/**
 * ntb_edma_host_destroy - Take the engine from its driver
 * @edma: handle, after ntb_edma_release_chans()
 *
 * The host does not access the engine any more after this.
 *
 * Context: Process context, may sleep.
 */
void ntb_edma_host_destroy(struct ntb_edma *edma)
{
	struct remote_dma_device *rdma = edma->rdma;

	if (!rdma)
		return;

	auxiliary_device_delete(&rdma->adev);
	ntb_edma_unmap(rdma);
	auxiliary_device_uninit(&rdma->adev);
	edma->rdma = NULL;
}
