// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * The bus of ntb_transport: drivers of clients, and a device for each kind of
 * client on each NTB device that has a transport.
 *
 * Copyright(c) 2012 Intel Corporation. All rights reserved.
 * Copyright (C) 2015 EMC Corporation. All Rights Reserved.
 */
#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ntb_transport_internal.h"

#define dev_client_dev(__dev) \
	container_of((__dev), struct ntb_transport_client_dev, dev)

#define drv_client(__drv) \
	container_of((__drv), struct ntb_transport_client, driver)

static int ntb_transport_bus_match(struct device *dev,
				   const struct device_driver *drv)
{
	return !strncmp(dev_name(dev), drv->name, strlen(drv->name));
}

static int ntb_transport_bus_probe(struct device *dev)
{
	const struct ntb_transport_client *client;
	int rc;

	get_device(dev);

	client = drv_client(dev->driver);
	rc = client->probe(dev);
	if (rc)
		put_device(dev);

	return rc;
}

static void ntb_transport_bus_remove(struct device *dev)
{
	const struct ntb_transport_client *client;

	client = drv_client(dev->driver);
	client->remove(dev);

	put_device(dev);
}

const struct bus_type ntb_transport_bus = {
	.name = "ntb_transport",
	.match = ntb_transport_bus_match,
	.probe = ntb_transport_bus_probe,
	.remove = ntb_transport_bus_remove,
};

/**
 * struct ntb_transport_client_name - a registered kind of client
 * @entry: in ntb_transport_client_names
 * @name: name of its devices, to which the number of the transport is added
 */
struct ntb_transport_client_name {
	struct list_head entry;
	const char *name;
};

/* Protects both lists and client_devs: each transport has a device per client */
static DEFINE_MUTEX(ntb_transport_list_lock);
static LIST_HEAD(ntb_transport_list);
static LIST_HEAD(ntb_transport_client_names);
static DEFINE_IDA(ntb_transport_ida);

static void ntb_transport_client_release(struct device *dev)
{
	struct ntb_transport_client_dev *client_dev;

	client_dev = dev_client_dev(dev);
	kfree(client_dev);
}

static int ntb_transport_add_client_dev(struct ntb_transport_ctx *nt,
					const char *name)
{
	struct ntb_transport_client_dev *client_dev;
	struct device *dev;
	int rc;

	client_dev = kzalloc_node(sizeof(*client_dev), GFP_KERNEL,
				  dev_to_node(&nt->ndev->dev));
	if (!client_dev)
		return -ENOMEM;

	dev = &client_dev->dev;

	/* setup and register client devices */
	dev_set_name(dev, "%s%d", name, nt->id);
	dev->bus = &ntb_transport_bus;
	dev->release = ntb_transport_client_release;
	dev->parent = &nt->ndev->dev;

	rc = device_register(dev);
	if (rc) {
		put_device(dev);
		return rc;
	}

	list_add_tail(&client_dev->entry, &nt->client_devs);

	return 0;
}

int ntb_bus_init(struct ntb_transport_ctx *nt)
{
	struct ntb_transport_client_name *client;
	int rc;

	rc = ida_alloc(&ntb_transport_ida, GFP_KERNEL);
	if (rc < 0)
		return rc;

	nt->id = rc;

	guard(mutex)(&ntb_transport_list_lock);

	list_add_tail(&nt->entry, &ntb_transport_list);

	/* Clients that registered before this device was probed */
	list_for_each_entry(client, &ntb_transport_client_names, entry) {
		rc = ntb_transport_add_client_dev(nt, client->name);
		if (rc)
			dev_err(&nt->ndev->dev, "cannot add a device for %s: %pe\n",
				client->name, ERR_PTR(rc));
	}

	return 0;
}

void ntb_bus_remove(struct ntb_transport_ctx *nt)
{
	struct ntb_transport_client_dev *client_dev, *cd;

	scoped_guard(mutex, &ntb_transport_list_lock) {
		list_for_each_entry_safe(client_dev, cd, &nt->client_devs,
					 entry) {
			list_del(&client_dev->entry);
			device_unregister(&client_dev->dev);
		}

		list_del(&nt->entry);
	}

	ida_free(&ntb_transport_ida, nt->id);
}

static void ntb_transport_forget_client(const char *device_name)
{
	struct ntb_transport_client_dev *client_dev, *cd;
	struct ntb_transport_client_name *client, *next;
	struct ntb_transport_ctx *nt;

	lockdep_assert_held(&ntb_transport_list_lock);

	list_for_each_entry_safe(client, next, &ntb_transport_client_names,
				 entry) {
		if (strcmp(client->name, device_name))
			continue;

		list_del(&client->entry);
		kfree(client);
	}

	list_for_each_entry(nt, &ntb_transport_list, entry)
		list_for_each_entry_safe(client_dev, cd, &nt->client_devs,
					 entry)
			if (!strncmp(dev_name(&client_dev->dev), device_name,
				     strlen(device_name))) {
				list_del(&client_dev->entry);
				device_unregister(&client_dev->dev);
			}
}

/**
 * ntb_transport_unregister_client_dev - Unregister NTB client device
 * @device_name: Name of NTB client device
 *
 * Unregister an NTB client device with the NTB transport layer
 */
void ntb_transport_unregister_client_dev(char *device_name)
{
	guard(mutex)(&ntb_transport_list_lock);

	ntb_transport_forget_client(device_name);
}
EXPORT_SYMBOL_GPL(ntb_transport_unregister_client_dev);

/**
 * ntb_transport_register_client_dev - Register NTB client device
 * @device_name: Name of NTB client device, must stay valid until unregistered
 *
 * Register an NTB client device with the NTB transport layer, for each NTB
 * device that exists and for those that are probed later. May sleep.
 *
 * Returns: %0 on success or -errno code on error
 */
int ntb_transport_register_client_dev(char *device_name)
{
	struct ntb_transport_client_name *client;
	struct ntb_transport_ctx *nt;
	int rc;

	guard(mutex)(&ntb_transport_list_lock);

	client = kzalloc_obj(*client);
	if (!client)
		return -ENOMEM;

	client->name = device_name;
	list_add_tail(&client->entry, &ntb_transport_client_names);

	list_for_each_entry(nt, &ntb_transport_list, entry) {
		rc = ntb_transport_add_client_dev(nt, device_name);
		if (rc)
			goto err_forget;
	}

	return 0;

err_forget:
	ntb_transport_forget_client(device_name);

	return rc;
}
EXPORT_SYMBOL_GPL(ntb_transport_register_client_dev);

/**
 * ntb_transport_register_client - Register NTB client driver
 * @drv: NTB client driver to be registered
 *
 * Register an NTB client driver with the NTB transport layer
 *
 * RETURNS: An appropriate -ERRNO error value on error, or zero for success.
 */
int ntb_transport_register_client(struct ntb_transport_client *drv)
{
	drv->driver.bus = &ntb_transport_bus;

	return driver_register(&drv->driver);
}
EXPORT_SYMBOL_GPL(ntb_transport_register_client);

/**
 * ntb_transport_unregister_client - Unregister NTB client driver
 * @drv: NTB client driver to be unregistered
 *
 * Unregister an NTB client driver with the NTB transport layer
 *
 * RETURNS: An appropriate -ERRNO error value on error, or zero for success.
 */
void ntb_transport_unregister_client(struct ntb_transport_client *drv)
{
	driver_unregister(&drv->driver);
}
EXPORT_SYMBOL_GPL(ntb_transport_unregister_client);
