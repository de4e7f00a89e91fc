// SPDX-License-Identifier: GPL-2.0
/*
 * The endpoint's eDMA, driven from here (write rounds to the parameter `run`), or
 * shown to the host (load with expose=1): BAR 4 of the function that is bound
 * becomes the eDMA's registers, BAR 5 stays memory, which lists and data go to;
 * its last words tell each side the address of the other's memory.
 */
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/pci-epc.h>
#include <linux/pci-epf.h>
#include <linux/platform_device.h>

#include "edma-client.h"
#include "edma-measure.h"

static char *controller = "10000000.pcie-ep";
module_param(controller, charp, 0444);
static bool expose;
module_param(expose, bool, 0444);
module_param_named(peer, client.peer, ullong, 0644);
MODULE_PARM_DESC(peer, "Bus address of the host's buffer");
module_param_named(blind, client.blind, bool, 0444);
MODULE_PARM_DESC(blind, "The host looks at what arrives: edma-host, parameter `check`");
static ulong memory;
module_param(memory, ulong, 0444);
MODULE_PARM_DESC(memory, "Bus address of the memory behind BAR 5, to be read");

static struct pci_epc *epc;
static struct pci_epf *epf;
static struct pci_epf_bar bar;

static int show_registers(struct device *dev)
{
	struct resource *res = platform_get_resource_byname(to_platform_device(dev),
							    IORESOURCE_MEM, "dma");
	int ret;

	if (!res || resource_size(res) != epf->bar[BAR_4].size)
		return -EINVAL;
	bar = epf->bar[BAR_4];
	bar.phys_addr = dma_map_resource(dev, res->start, bar.size, DMA_BIDIRECTIONAL, 0);
	if (dma_mapping_error(dev, bar.phys_addr))
		return -ENOMEM;
	ret = pci_epc_set_bar(epc, epf->func_no, epf->vfunc_no, &bar);
	if (ret)
		dma_unmap_resource(dev, bar.phys_addr, bar.size, DMA_BIDIRECTIONAL, 0);
	return ret;
}

static u64 *words(void)
{
	return epf->bar[BAR_5].addr + epf->bar[BAR_5].size - 16;
}

/* The host has left its address. */
static int meet_set(const char *val, const struct kernel_param *kp)
{
	client.peer = READ_ONCE(words()[1]);
	return client.peer ? 0 : -ENODEV;
}

static const struct kernel_param_ops meet_ops = { .set = meet_set };
module_param_cb(meet, &meet_ops, NULL, 0200);

static int __init edma_endpoint_init(void)
{
	int ret = 0;

	epc = pci_epc_get(controller);
	if (IS_ERR(epc))
		return PTR_ERR(epc);
	epf = list_first_entry_or_null(&epc->pci_epf, struct pci_epf, list);
	if (!epf)
		ret = -ENODEV;
	else if (expose)
		ret = show_registers(epc->dev.parent);
	if (ret) {
		pci_epc_put(epc);
		return ret;
	}
	memory = epf->bar[BAR_5].phys_addr;
	WRITE_ONCE(words()[0], memory);
	client.dev = epc->dev.parent;
	return 0;
}
module_init(edma_endpoint_init);

static void __exit edma_endpoint_exit(void)
{
	if (expose) {
		pci_epc_set_bar(epc, epf->func_no, epf->vfunc_no, &epf->bar[BAR_4]);
		dma_unmap_resource(epc->dev.parent, bar.phys_addr, bar.size, DMA_BIDIRECTIONAL, 0);
	}
	pci_epc_put(epc);
}
module_exit(edma_endpoint_exit);

MODULE_DESCRIPTION("Test of the endpoint's eDMA");
MODULE_LICENSE("GPL");
