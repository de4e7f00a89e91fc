// SPDX-License-Identifier: GPL-2.0
/*
 * What the linters must complain about, to show that they can: gcc's W=1 about
 * a variable that is set but not used, sparse about a lost address space,
 * kernel-doc about a parameter that is not described, coccicheck about a loop
 * that frees what it then reads.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

struct bad {
	struct list_head node;
	int value;
};

/**
 * bad_read() - read a register without readl()
 */
int bad_read(void __iomem *registers, struct list_head *list);
int bad_read(void __iomem *registers, struct list_head *list)
{
	struct bad *entry;
	int unused;

	unused = 1;
	list_for_each_entry(entry, list, node)
		kfree(entry);
	kfree(entry);
	entry->value = 2;
	return *(int *)registers;
}

MODULE_DESCRIPTION("A bad example");
MODULE_LICENSE("GPL");
