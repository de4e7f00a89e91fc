// SPDX-License-Identifier: GPL-2.0
/*
 * Warns when the machine powers off, as a driver does whose device is removed
 * too early: after the last command of a test.
 */
#include <linux/bug.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/reboot.h>

static int warn_at_power_off(struct notifier_block *nb, unsigned long action,
			     void *data)
{
	WARN(action == SYS_POWER_OFF, "seeded\n");

	return NOTIFY_DONE;
}

static struct notifier_block warn_notifier = {
	.notifier_call = warn_at_power_off,
};

static int __init warn_at_power_off_init(void)
{
	return register_reboot_notifier(&warn_notifier);
}
module_init(warn_at_power_off_init);

static void __exit warn_at_power_off_exit(void)
{
	unregister_reboot_notifier(&warn_notifier);
}
module_exit(warn_at_power_off_exit);

MODULE_DESCRIPTION("Warns when the machine powers off");
MODULE_LICENSE("GPL");
