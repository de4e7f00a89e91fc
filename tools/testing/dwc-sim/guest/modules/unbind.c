// SPDX-License-Identifier: GPL-2.0
/*
 * Unbinds the driver of a device (parameters `child` of PCI device `parent`) when
 * it is loaded, also where sysfs does not offer that.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>

static char *parent;
module_param(parent, charp, 0444);
static char *child;
module_param(child, charp, 0444);

static int __init unbind_init(void)
{
	struct device *pci, *dev;

	pci = bus_find_device_by_name(&pci_bus_type, NULL, parent);
	if (!pci)
		return -ENODEV;
	dev = device_find_child_by_name(pci, child);
	put_device(pci);
	if (!dev)
		return -ENXIO;

	device_release_driver(dev);
	put_device(dev);

	return 0;
}
module_init(unbind_init);

static void __exit unbind_exit(void)
{
}
module_exit(unbind_exit);

MODULE_DESCRIPTION("Unbinds the driver of a device");
MODULE_LICENSE("GPL");
