// SPDX-License-Identifier: GPL-2.0
/*
 * The host's side of edma-endpoint: a buffer for the endpoint (parameter
 * `buffer`), and, with memory=BUS-ADDRESS of what is behind BAR 5, the read
 * channels of the endpoint's eDMA, driven from here through BAR 4 with an MSI
 * vector for each. With meet=1 each side finds the other's address in the last
 * words of BAR 5.
 */
#include <linux/dma/edma.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "edma-client.h"
#include "edma-measure.h"

#define CHANS		4		/* of a direction */

static ulong memory;
module_param(memory, ulong, 0444);
static bool meet;
module_param(meet, bool, 0444);
static uint list = 0x400;
module_param(list, uint, 0444);
MODULE_PARM_DESC(list, "bytes of one channel's list, in BAR 5");
static bool both;
module_param(both, bool, 0444);
MODULE_PARM_DESC(both, "drive the write channels, too");
static ulong buffer;
module_param(buffer, ulong, 0444);
MODULE_PARM_DESC(buffer, "Bus address of the buffer, to be read");
module_param_named(tells_peer, client.tells_peer, bool, 0444);
MODULE_PARM_DESC(tells_peer, "The end of a round interrupts the endpoint instead of the host");

static u8 *received;

/* The endpoint has written so many rounds: the last two of each of its channels are here. */
static int check_set(const char *val, const struct kernel_param *kp)
{
	struct client_chan c = { };
	unsigned int rounds, round, i;
	u8 found;
	int ret;

	ret = kstrtouint(val, 0, &rounds);
	if (ret)
		return ret;
	for (c.slice = 0; c.slice < CHANS; c.slice++) {
		for (round = rounds - 2; round < rounds; round++) {
			for (i = 0; i < CLIENT_SLICE; i++) {
				found = received[client_slice(&c, round) + i];
				if (found == client_byte(&c, round, i))
					continue;
				pr_err("edma-host: channel %u, round %u, byte %u is 0x%02x, not 0x%02x\n",
				       c.slice, round, i, found, client_byte(&c, round, i));
				return -EBADMSG;
			}
		}
	}
	memset(received, 0, CLIENT_MEMORY);
	return 0;
}

static const struct kernel_param_ops check_ops = { .set = check_set };
module_param_cb(check, &check_ops, NULL, 0200);

static struct dw_edma_chip chip;

static int vector(struct device *dev, unsigned int nr)
{
	return pci_irq_vector(to_pci_dev(dev), nr);
}

static const struct dw_edma_plat_ops ops = { .irq_vector = vector };

static void place_lists(struct dw_edma_region *region, void __iomem *bar, unsigned int first)
{
	unsigned int i, at;

	for (i = 0; i < CHANS; i++) {
		at = (first + i) * list;
		region[i].paddr = memory + at;
		region[i].vaddr.io = bar + at;
		region[i].sz = list;
	}
}

static int drive(struct pci_dev *pdev, void __iomem *bar)
{
	unsigned int chans = both ? 2 * CHANS : CHANS;
	int ret;

	chip.reg_base = pcim_iomap(pdev, 4, 0);
	if (!chip.reg_base ||
	    pci_resource_len(pdev, 5) < chans * list + (meet ? MEASURE_MEMORY + 16 : CLIENT_MEMORY))
		return -ENODEV;
	ret = pci_alloc_irq_vectors(pdev, chans, chans, PCI_IRQ_MSI);
	if (ret < 0)
		return ret;

	chip.dev = &pdev->dev;
	chip.mf = EDMA_MF_EDMA_UNROLL;
	chip.flags = DW_EDMA_CHIP_PARTIAL;
	chip.nr_irqs = chans;
	chip.ops = &ops;
	chip.ll_rd_cnt = CHANS;
	place_lists(chip.ll_region_rd, bar, 0);
	if (both) {
		chip.ll_wr_cnt = CHANS;
		place_lists(chip.ll_region_wr, bar, CHANS);
	}
	ret = dw_edma_probe(&chip);
	if (ret) {
		pci_free_irq_vectors(pdev);
		return ret;
	}
	client.dev = &pdev->dev;
	client.peer = memory + chans * list;
	client.view = bar + chans * list;
	return 0;
}

static int edma_host_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	size_t size = meet ? MEASURE_MEMORY : CLIENT_MEMORY;
	void __iomem *bar;
	dma_addr_t bus;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	pci_set_master(pdev);
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(48));
	if (ret)
		return ret;
	received = dmam_alloc_coherent(&pdev->dev, size, &bus, GFP_KERNEL);
	if (!received)
		return -ENOMEM;
	buffer = bus;
	bar = pcim_iomap(pdev, 5, 0);
	if (!bar)
		return -ENODEV;
	if (meet) {
		memory = readq(bar + pci_resource_len(pdev, 5) - 16);
		writeq(buffer, bar + pci_resource_len(pdev, 5) - 8);
	}
	return memory ? drive(pdev, bar) : 0;
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
