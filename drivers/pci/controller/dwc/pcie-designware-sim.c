// SPDX-License-Identifier: GPL-2.0
/*
 * Glue of a simulated DesignWare PCIe endpoint controller.
 *
 * SoCs differ in what surrounds the DesignWare core: which BARs exist and
 * whether their size is fixed, how inbound targets are aligned, whether a write
 * to the eDMA's interrupt status raises an interrupt, how link events are
 * reported. Drivers for hardware hard-code this for each SoC. The simulator in
 * tools/testing/dwc-sim models several of them, so here it comes from the device
 * tree, see Documentation/devicetree/bindings/pci/linux,dwc-sim-pcie-ep.yaml.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/pci-epc.h>
#include <linux/platform_device.h>
#include <linux/property.h>

#include "pcie-designware.h"

/* The configuration space of one function, in dbi and in dbi2 */
#define DBI_FUNC_SIZE		0x1000

#define APP_CTRL		0x00
#define APP_CTRL_LTSSM		BIT(0)
#define APP_STATUS		0x04
#define APP_STATUS_LINK		BIT(0)
#define APP_INT_STATUS		0x08	/* write 1 to clear */
#define APP_INT_ENABLE		0x0c
#define APP_INT_LINK_UP		BIT(0)
#define APP_INT_LINK_DOWN	BIT(1)	/* also PERST# and hot reset */

/**
 * struct dw_sim - one controller
 * @pci: the core
 * @app: the registers around it
 * @irq: their interrupt
 * @events: interrupts not yet reported to the endpoint functions
 * @features: features reported to the endpoint functions
 */
struct dw_sim {
	struct dw_pcie pci;
	void __iomem *app;
	int irq;
	atomic_t events;
	struct pci_epc_features features;
};

static struct dw_sim *to_dw_sim(struct dw_pcie *pci)
{
	return container_of(pci, struct dw_sim, pci);
}

static bool dw_sim_link_up(struct dw_pcie *pci)
{
	return readl(to_dw_sim(pci)->app + APP_STATUS) & APP_STATUS_LINK;
}

static int dw_sim_start_link(struct dw_pcie *pci)
{
	writel(APP_CTRL_LTSSM, to_dw_sim(pci)->app + APP_CTRL);

	return 0;
}

static void dw_sim_stop_link(struct dw_pcie *pci)
{
	writel(0, to_dw_sim(pci)->app + APP_CTRL);
}

static const struct dw_pcie_ops dw_sim_ops = {
	.link_up = dw_sim_link_up,
	.start_link = dw_sim_start_link,
	.stop_link = dw_sim_stop_link,
};

static int dw_sim_raise_irq(struct dw_pcie_ep *ep, u8 func_no,
			    unsigned int type, u16 interrupt_num)
{
	switch (type) {
	case PCI_IRQ_INTX:
		return dw_pcie_ep_raise_intx_irq(ep, func_no);
	case PCI_IRQ_MSI:
		return dw_pcie_ep_raise_msi_irq(ep, func_no, interrupt_num);
	case PCI_IRQ_MSIX:
		return dw_pcie_ep_raise_msix_irq(ep, func_no, interrupt_num);
	}

	return -EINVAL;
}

static unsigned int dw_sim_get_dbi_offset(struct dw_pcie_ep *ep, u8 func_no)
{
	return func_no * DBI_FUNC_SIZE;
}

static const struct pci_epc_features *dw_sim_get_features(struct dw_pcie_ep *ep)
{
	return &to_dw_sim(to_dw_pcie_from_ep(ep))->features;
}

static const struct dw_pcie_ep_ops dw_sim_ep_ops = {
	.raise_irq = dw_sim_raise_irq,
	.get_dbi_offset = dw_sim_get_dbi_offset,
	.get_dbi2_offset = dw_sim_get_dbi_offset,
	.get_features = dw_sim_get_features,
};

static irqreturn_t dw_sim_app_irq(int irq, void *data)
{
	struct dw_sim *sim = data;
	u32 status = readl(sim->app + APP_INT_STATUS);

	if (!status)
		return IRQ_NONE;

	writel(status, sim->app + APP_INT_STATUS);
	atomic_or(status, &sim->events);

	return IRQ_WAKE_THREAD;
}

/* The event handlers of endpoint functions may sleep */
static irqreturn_t dw_sim_app_thread(int irq, void *data)
{
	struct dw_sim *sim = data;
	u32 events = atomic_xchg(&sim->events, 0);

	if (events & APP_INT_LINK_DOWN)
		dw_pcie_ep_linkdown(&sim->pci.ep);
	if (events & APP_INT_LINK_UP && dw_sim_link_up(&sim->pci))
		dw_pcie_ep_linkup(&sim->pci.ep);

	return IRQ_HANDLED;
}

static int dw_sim_get_features_of(struct dw_sim *sim)
{
	struct pci_epc_features *features = &sim->features;
	u32 bars[2 * PCI_STD_NUM_BARS], align = SZ_4K;
	struct device *dev = sim->pci.dev;
	int ret, i;

	*features = (struct pci_epc_features) {
		DWC_EPC_COMMON_FEATURES,
		.linkup_notifier = true,
		.msi_capable = true,
		.msix_capable = device_property_read_bool(dev, "linux,msix"),
	};

	device_property_read_u32(dev, "linux,align", &align);
	if (!is_power_of_2(align))
		return dev_err_probe(dev, -EINVAL,
				     "linux,align is no power of two: %u\n",
				     align);
	features->align = align;

	ret = device_property_read_u32_array(dev, "linux,bars", bars,
					     ARRAY_SIZE(bars));
	if (ret)
		return dev_err_probe(dev, ret, "no linux,bars\n");

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		features->bar[i].type = bars[2 * i];
		features->bar[i].fixed_size = bars[2 * i + 1];
	}

	if (device_property_read_bool(dev, "linux,no-irq-emulation"))
		sim->pci.edma.flags |= DW_EDMA_CHIP_NO_IRQ_EMULATION;

	return 0;
}

static int dw_sim_init_ep(struct dw_sim *sim)
{
	struct dw_pcie_ep *ep = &sim->pci.ep;
	struct device *dev = sim->pci.dev;
	int ret;

	ret = dw_pcie_ep_init(ep);
	if (ret)
		return dev_err_probe(dev, ret, "no endpoint controller\n");

	ret = dw_pcie_ep_init_registers(ep);
	if (ret) {
		dev_err_probe(dev, ret, "registers cannot be initialized\n");
		goto err_deinit;
	}

	ret = request_threaded_irq(sim->irq, dw_sim_app_irq, dw_sim_app_thread,
				   0, "dw-sim-app", sim);
	if (ret) {
		dev_err_probe(dev, ret, "no interrupt %d\n", sim->irq);
		goto err_deinit;
	}

	pci_epc_init_notify(ep->epc);
	writel(APP_INT_LINK_UP | APP_INT_LINK_DOWN, sim->app + APP_INT_ENABLE);

	return 0;

err_deinit:
	dw_pcie_ep_deinit(ep);

	return ret;
}

static int dw_sim_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct dw_sim *sim;
	int ret;

	sim = devm_kzalloc(dev, sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return -ENOMEM;

	sim->pci.dev = dev;
	sim->pci.ops = &dw_sim_ops;
	sim->pci.ep.ops = &dw_sim_ep_ops;

	sim->app = devm_platform_ioremap_resource_byname(pdev, "app");
	if (IS_ERR(sim->app))
		return PTR_ERR(sim->app);

	sim->irq = platform_get_irq_byname(pdev, "app");
	if (sim->irq < 0)
		return sim->irq;

	ret = dw_sim_get_features_of(sim);
	if (ret)
		return ret;

	platform_set_drvdata(pdev, sim);

	return dw_sim_init_ep(sim);
}

static void dw_sim_remove(struct platform_device *pdev)
{
	struct dw_sim *sim = platform_get_drvdata(pdev);

	writel(0, sim->app + APP_INT_ENABLE);
	free_irq(sim->irq, sim);
	dw_sim_stop_link(&sim->pci);
	pci_epc_deinit_notify(sim->pci.ep.epc);
	dw_pcie_ep_deinit(&sim->pci.ep);
}

static const struct of_device_id dw_sim_of_match[] = {
	{ .compatible = "linux,dwc-sim-pcie-ep" },
	{ },
};
MODULE_DEVICE_TABLE(of, dw_sim_of_match);

static struct platform_driver dw_sim_driver = {
	.driver = {
		.name = "dw-pcie-sim",
		.of_match_table = dw_sim_of_match,
		.suppress_bind_attrs = true,
	},
	.probe = dw_sim_probe,
	.remove = dw_sim_remove,
};
builtin_platform_driver(dw_sim_driver);
