// SPDX-License-Identifier: GPL-2.0
/*
 * MSI frame of a simulated SoC with a DesignWare PCIe endpoint controller.
 *
 * On many SoCs the interrupt controller turns the write of a number into an
 * interrupt, so each doorbell of an endpoint function can have an interrupt of
 * its own (pci_epf_alloc_doorbell()). This is the driver for the frame that the
 * simulator in tools/testing/dwc-sim has in the place of such a controller: 32
 * numbers, which share one interrupt of the CPU. See
 * Documentation/devicetree/bindings/pci/linux,dwc-sim-msi.yaml.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqchip/irq-msi-lib.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/msi.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/spinlock.h>

#define FRAME_SET		0x00	/* for devices */
#define FRAME_TAKE		0x04	/* clears what it returns */
#define FRAME_ENABLE		0x08
#define FRAME_SIZE		0x1000
#define FRAME_IRQS		32

/**
 * struct dw_sim_msi - the frame
 * @regs: its registers
 * @irq: the CPU's interrupt
 * @addr: where devices write a number
 * @domain: the parent of the domains of devices
 * @lock: protects @used and FRAME_ENABLE
 * @used: numbers that a device has
 */
struct dw_sim_msi {
	void __iomem *regs;
	int irq;
	dma_addr_t addr;
	struct irq_domain *domain;
	raw_spinlock_t lock;
	DECLARE_BITMAP(used, FRAME_IRQS);
};

static void dw_sim_msi_enable(struct irq_data *d, bool enable)
{
	struct dw_sim_msi *msi = irq_data_get_irq_chip_data(d);
	u32 enabled;

	guard(raw_spinlock_irqsave)(&msi->lock);

	enabled = readl(msi->regs + FRAME_ENABLE);
	if (enable)
		enabled |= BIT(d->hwirq);
	else
		enabled &= ~BIT(d->hwirq);
	writel(enabled, msi->regs + FRAME_ENABLE);
}

static void dw_sim_msi_mask(struct irq_data *d)
{
	dw_sim_msi_enable(d, false);
}

static void dw_sim_msi_unmask(struct irq_data *d)
{
	dw_sim_msi_enable(d, true);
}

/* Who read FRAME_TAKE has done that */
static void dw_sim_msi_ack(struct irq_data *d)
{
}

static void dw_sim_msi_compose_msg(struct irq_data *d, struct msi_msg *msg)
{
	struct dw_sim_msi *msi = irq_data_get_irq_chip_data(d);

	msg->address_lo = lower_32_bits(msi->addr + FRAME_SET);
	msg->address_hi = upper_32_bits(msi->addr + FRAME_SET);
	msg->data = d->hwirq;
}

static struct irq_chip dw_sim_msi_chip = {
	.name = "dw-sim-msi",
	.irq_mask = dw_sim_msi_mask,
	.irq_unmask = dw_sim_msi_unmask,
	.irq_ack = dw_sim_msi_ack,
	.irq_compose_msi_msg = dw_sim_msi_compose_msg,
};

static int dw_sim_msi_domain_alloc(struct irq_domain *domain, unsigned int virq,
				   unsigned int nr_irqs, void *args)
{
	struct dw_sim_msi *msi = domain->host_data;
	unsigned long number;

	scoped_guard(raw_spinlock_irqsave, &msi->lock) {
		number = find_first_zero_bit(msi->used, FRAME_IRQS);
		if (number == FRAME_IRQS)
			return -ENOSPC;
		__set_bit(number, msi->used);
	}

	irq_domain_set_info(domain, virq, number, &dw_sim_msi_chip, msi,
			    handle_edge_irq, NULL, NULL);

	return 0;
}

static void dw_sim_msi_domain_free(struct irq_domain *domain, unsigned int virq,
				   unsigned int nr_irqs)
{
	struct irq_data *d = irq_domain_get_irq_data(domain, virq);
	struct dw_sim_msi *msi = domain->host_data;

	guard(raw_spinlock_irqsave)(&msi->lock);
	__clear_bit(d->hwirq, msi->used);
}

static const struct irq_domain_ops dw_sim_msi_domain_ops = {
	.select = msi_lib_irq_domain_select,
	.alloc = dw_sim_msi_domain_alloc,
	.free = dw_sim_msi_domain_free,
};

static const struct msi_parent_ops dw_sim_msi_parent_ops = {
	.supported_flags = MSI_GENERIC_FLAGS_MASK,
	.required_flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS |
			  MSI_FLAG_NO_AFFINITY,
	.chip_flags = MSI_CHIP_FLAG_SET_ACK,
	.bus_select_token = DOMAIN_BUS_NEXUS,
	.bus_select_mask = MATCH_PLATFORM_MSI,
	.prefix = "SIM-",
	.init_dev_msi_info = msi_lib_init_dev_msi_info,
};

static irqreturn_t dw_sim_msi_irq(int irq, void *data)
{
	struct dw_sim_msi *msi = data;
	unsigned long taken;
	unsigned int number;

	taken = readl(msi->regs + FRAME_TAKE);
	if (!taken)
		return IRQ_NONE;

	for_each_set_bit(number, &taken, FRAME_IRQS)
		generic_handle_domain_irq(msi->domain, number);

	return IRQ_HANDLED;
}

static int dw_sim_msi_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct irq_domain_info info = {
		.ops = &dw_sim_msi_domain_ops,
		.fwnode = dev_fwnode(dev),
		.size = FRAME_IRQS,
		.domain_flags = IRQ_DOMAIN_FLAG_MSI_IMMUTABLE,
	};
	struct dw_sim_msi *msi;
	struct resource *res;
	int irq, ret;

	msi = devm_kzalloc(dev, sizeof(*msi), GFP_KERNEL);
	if (!msi)
		return -ENOMEM;

	raw_spin_lock_init(&msi->lock);
	info.host_data = msi;

	msi->regs = devm_platform_get_and_ioremap_resource(pdev, 0, &res);
	if (IS_ERR(msi->regs))
		return PTR_ERR(msi->regs);

	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;

	writel(0, msi->regs + FRAME_ENABLE);

	msi->addr = dma_map_resource(dev, res->start, FRAME_SIZE,
				     DMA_FROM_DEVICE, 0);
	if (dma_mapping_error(dev, msi->addr))
		return dev_err_probe(dev, -EIO, "frame cannot be mapped\n");

	msi->domain = msi_create_parent_irq_domain(&info, &dw_sim_msi_parent_ops);
	if (!msi->domain) {
		ret = dev_err_probe(dev, -ENOMEM, "no interrupt domain\n");
		goto err_unmap;
	}

	ret = request_irq(irq, dw_sim_msi_irq, IRQF_NO_THREAD, "dw-sim-msi",
			  msi);
	if (ret) {
		dev_err_probe(dev, ret, "no interrupt %d\n", irq);
		goto err_remove_domain;
	}

	msi->irq = irq;
	platform_set_drvdata(pdev, msi);

	return 0;

err_remove_domain:
	irq_domain_remove(msi->domain);
err_unmap:
	dma_unmap_resource(dev, msi->addr, FRAME_SIZE, DMA_FROM_DEVICE, 0);

	return ret;
}

/* What has doorbells depends on this device, and is gone */
static void dw_sim_msi_remove(struct platform_device *pdev)
{
	struct dw_sim_msi *msi = platform_get_drvdata(pdev);

	free_irq(msi->irq, msi);
	irq_domain_remove(msi->domain);
	dma_unmap_resource(&pdev->dev, msi->addr, FRAME_SIZE, DMA_FROM_DEVICE,
			   0);
}

static const struct of_device_id dw_sim_msi_of_match[] = {
	{ .compatible = "linux,dwc-sim-msi" },
	{ },
};
MODULE_DEVICE_TABLE(of, dw_sim_msi_of_match);

static struct platform_driver dw_sim_msi_driver = {
	.driver = {
		.name = "dw-sim-msi",
		.of_match_table = dw_sim_msi_of_match,
		.suppress_bind_attrs = true,
	},
	.probe = dw_sim_msi_probe,
	.remove = dw_sim_msi_remove,
};
builtin_platform_driver(dw_sim_msi_driver);
