// SPDX-License-Identifier: GPL-2.0
/*
 * Delegates the read channels of the endpoint's eDMA to the host for as long as it is
 * loaded, and counts their interrupts from the first write to the parameter `listen` on.
 * Load it before a function that takes channels itself.
 */
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci-epc.h>
#include <linux/slab.h>

#define CHANS		4

static char *controller = "10000000.pcie-ep";
module_param(controller, charp, 0444);
static unsigned int heard[CHANS];
module_param_array(heard, uint, NULL, 0444);
MODULE_PARM_DESC(heard, "Interrupts of each channel, to be read");

static struct pci_epc *epc;
static int first_irq, listening;

static irqreturn_t handle(int irq, void *data)
{
	heard[irq - first_irq]++;
	return IRQ_HANDLED;
}

static int find_irqs(void)
{
	int count = pci_epc_get_aux_resources_count(epc, 0, 0), i, ret;
	struct pci_epc_aux_resource *res __free(kfree) = NULL;

	if (count <= 0)
		return -ENODEV;
	res = kcalloc(count, sizeof(*res), GFP_KERNEL);
	if (!res)
		return -ENOMEM;
	ret = pci_epc_get_aux_resources(epc, 0, 0, res, count);
	if (ret)
		return ret;
	for (i = 0; i < count; i++)
		if (res[i].type == PCI_EPC_AUX_DMA_DESC_MEM &&
		    res[i].u.dma_desc.dir == PCI_EPC_DMA_FROM_RC && res[i].u.dma_desc.num_chans == CHANS)
			first_irq = res[i].u.dma_desc.irq;
	return first_irq ? 0 : -ENODEV;
}

static int listen_set(const char *val, const struct kernel_param *kp)
{
	int ret;

	for (; listening < CHANS; listening++) {
		ret = request_irq(first_irq + listening, handle, 0, "edma-delegate", heard);
		if (ret)
			return ret;
	}
	return 0;
}

static const struct kernel_param_ops listen_ops = { .set = listen_set };
module_param_cb(listen, &listen_ops, NULL, 0200);

static int __init edma_delegate_init(void)
{
	int ret;

	epc = pci_epc_get(controller);
	if (IS_ERR(epc))
		return PTR_ERR(epc);
	ret = find_irqs();
	if (!ret)
		ret = pci_epc_delegate_dma(epc, 0, 0, PCI_EPC_DMA_FROM_RC);
	if (ret)
		pci_epc_put(epc);
	return ret;
}
module_init(edma_delegate_init);

static void __exit edma_delegate_exit(void)
{
	while (listening)
		free_irq(first_irq + --listening, heard);
	WARN_ON(pci_epc_reclaim_dma(epc, 0, 0, PCI_EPC_DMA_FROM_RC));
	pci_epc_put(epc);
}
module_exit(edma_delegate_exit);

MODULE_DESCRIPTION("Delegation of the endpoint's eDMA");
MODULE_LICENSE("GPL");
