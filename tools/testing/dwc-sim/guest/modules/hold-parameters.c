// SPDX-License-Identifier: GPL-2.0
/*
 * Holds the parameters of a driver, as a writer of one of them does for a moment,
 * while this module is being loaded; a signal ends that. The driver is that of a
 * device (parameters `child` of PCI device `parent`).
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/sched.h>

static char *parent;
module_param(parent, charp, 0444);
static char *child;
module_param(child, charp, 0444);

static struct module *find_owner(void)
{
	struct module *owner = NULL;
	struct device *pci, *dev;

	pci = bus_find_device_by_name(&pci_bus_type, NULL, parent);
	if (!pci)
		return NULL;
	dev = device_find_child_by_name(pci, child);
	put_device(pci);
	if (!dev)
		return NULL;

	device_lock(dev);
	if (dev->driver && try_module_get(dev->driver->owner))
		owner = dev->driver->owner;
	device_unlock(dev);
	put_device(dev);

	return owner;
}

static int __init hold_parameters_init(void)
{
	struct module *owner = find_owner();

	if (!owner)
		return -ENODEV;

	kernel_param_lock(owner);
	pr_info("holding the parameters of %s\n", owner->name);
	schedule_timeout_interruptible(MAX_SCHEDULE_TIMEOUT);
	kernel_param_unlock(owner);
	module_put(owner);

	return -EINTR;
}
module_init(hold_parameters_init);

static void __exit hold_parameters_exit(void)
{
}
module_exit(hold_parameters_exit);

MODULE_DESCRIPTION("Holds the parameters of a driver");
MODULE_LICENSE("GPL");
