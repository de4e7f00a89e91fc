// SPDX-License-Identifier: GPL-2.0
/*
 * The host's side of edma-endpoint: a buffer for the endpoint (parameter
 * `buffer`), and, with memory=BUS-ADDRESS of what is behind BAR 5, the read
 * channels of the endpoint's eDMA, driven from here through BAR 4 with an MSI
 * vector for each.
 */
#include <linux/dma/edma.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "edma-client.h"

#define CHANS		4
#define LIST		0x400		/* of one channel, in BAR 5 */

static ulong memory;
module_param(memory, ulong, 0444);
static ulong buffer;
module_param(buffer, ulong, 0444);
MODULE_PARM_DESC(buffer, "Bus address of the buffer, to be read");

static struct dw_edma_chip chip;

static int vector(struct device *dev, unsigned int nr)
{
	return pci_irq_vector(to_pci_dev(dev), nr);
}

static const struct dw_edma_plat_ops ops = { .irq_vector = vector };

static int drive(struct pci_dev *pdev)
{
	void __iomem *lists;
	unsigned int i;
	int ret;

	chip.reg_base = pcim_iomap(pdev, 4, 0);
	lists = pcim_iomap(pdev, 5, 0);
	if (!chip.reg_base || !lists || pci_resource_len(pdev, 5) < CHANS * LIST + CLIENT_MEMORY)
		return -ENODEV;
	ret = pci_alloc_irq_vectors(pdev, CHANS, CHANS, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;

	chip.dev = &pdev->dev;
	chip.mf = EDMA_MF_EDMA_UNROLL;
	chip.flags = DW_EDMA_CHIP_PARTIAL;
	chip.nr_irqs = CHANS;
	chip.ops = &ops;
	chip.ll_rd_cnt = CHANS;
	for (i = 0; i < CHANS; i++) {
		chip.ll_region_rd[i].paddr = memory + i * LIST;
		chip.ll_region_rd[i].vaddr.io = lists + i * LIST;
		chip.ll_region_rd[i].sz = LIST;
	}
	ret = dw_edma_probe(&chip);
	if (ret) {
		pci_free_irq_vectors(pdev);
		return ret;
	}
	client.dev = &pdev->dev;
	client.peer = memory + CHANS * LIST;
	client.view = lists + CHANS * LIST;
	return 0;
}

static int edma_host_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	dma_addr_t bus;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	pci_set_master(pdev);
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(48));
	if (ret)
		return ret;
	if (!dmam_alloc_coherent(&pdev->dev, CLIENT_MEMORY, &bus, GFP_KERNEL))
		return -ENOMEM;
	buffer = bus;
	return memory ? drive(pdev) : 0;
}

static void edma_host_remove(struct pci_dev *pdev)
{
	if (!memory)
		return;
	client.dev = NULL;
	dw_edma_remove(&chip);
	pci_free_irq_vectors(pdev);
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_SYNOPSYS, 0xedda) },
	{ }
};

static struct pci_driver edma_host = {
	.name		= "edma-host",
	.id_table	= ids,
	.probe		= edma_host_probe,
	.remove		= edma_host_remove,
};
module_pci_driver(edma_host);

MODULE_DESCRIPTION("Test of the endpoint's eDMA, host side");
MODULE_LICENSE("GPL");
