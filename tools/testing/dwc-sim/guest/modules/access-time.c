// SPDX-License-Identifier: GPL-2.0
/*
 * How long a register access takes: loading this makes `count` accesses of 4 bytes, to
 * the endpoint's own registers, or with bar=N to the first bytes of a BAR of the first PCI
 * device, and prints nanoseconds. The clock of virtual time takes 256 ns for
 * a look at it, which is subtracted.
 */
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/pci.h>

#define EP_REGISTERS	0x10000000

static int bar = -1;
module_param(bar, int, 0444);
static uint count = 1000;
module_param(count, uint, 0444);
static bool write;
module_param(write, bool, 0444);

static void access(void __iomem *reg)
{
	u64 start, look, end;
	u32 v = ioread32(reg);
	uint i;

	start = ktime_get_ns();
	look = ktime_get_ns() - start;
	start = ktime_get_ns();
	for (i = 0; i < count; i++) {
		if (write)
			iowrite32(v, reg);
		else
			v = ioread32(reg);
	}
	end = ktime_get_ns();
	pr_info("access-time: %s %d: %u %s took %llu ns\n", bar < 0 ? "registers" : "bar",
		bar, count, write ? "writes" : "reads", end - start - look);
}

static int __init access_time_init(void)
{
	struct pci_dev *pdev = NULL;
	void __iomem *reg;
	int ret = -ENOMEM;

	if (bar >= 0) {
		pdev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, NULL);
		if (!pdev)
			return -ENODEV;
		ret = pci_enable_device(pdev);
		if (ret)
			goto put;
		reg = pci_iomap(pdev, bar, 4);
	} else {
		reg = ioremap(EP_REGISTERS, 4);
	}
	if (reg) {
		access(reg);
		ret = 0;
		if (bar >= 0)
			pci_iounmap(pdev, reg);
		else
			iounmap(reg);
	}
put:
	pci_dev_put(pdev);
	return ret;
}
module_init(access_time_init);

static void __exit access_time_exit(void)
{
}
module_exit(access_time_exit);

MODULE_DESCRIPTION("How long register accesses take");
MODULE_LICENSE("GPL");
