// SPDX-License-Identifier: GPL-2.0
/*
 * A client of ntb_transport that has receive buffers only when it is told to, so that
 * its peer's queue stalls. It takes two queues, the first ones if it comes first, and
 * uses one of them. Parameters: write N to `post`, so many buffers are posted; write N
 * to `send`, up to so many packets are sent, as long as they are taken; `sent`, `done`,
 * `received` and `wrong` count.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/ntb_transport.h>
#include <linux/slab.h>

#define QUEUES	2
#define SIZE	1000		/* bytes of a packet */

static struct ntb_transport_qp *queues[QUEUES];
static uint sent, done, received, wrong;
module_param(sent, uint, 0444);
module_param(done, uint, 0444);
module_param(received, uint, 0444);
module_param(wrong, uint, 0444);

static void slow_rx(struct ntb_transport_qp *qp, void *qp_data, void *buf, int len)
{
	unsigned int i;

	wrong += len != SIZE;
	for (i = 0; i < SIZE; i++)
		wrong += ((u8 *)buf)[i] != (u8)(received + i);
	received++;
	kfree(buf);
}

static void slow_tx(struct ntb_transport_qp *qp, void *qp_data, void *buf, int len)
{
	done++;
	kfree(buf);
}

static void slow_event(void *data, int status)
{
}

static const struct ntb_queue_handlers handlers = {
	.rx_handler = slow_rx,
	.tx_handler = slow_tx,
	.event_handler = slow_event,
};

static int slow_post(const char *val, const struct kernel_param *kp)
{
	unsigned int n, size;
	void *buf;
	int ret;

	if (!queues[0] || kstrtouint(val, 0, &n))
		return -EINVAL;
	size = ntb_transport_max_size(queues[0]);
	while (n--) {
		buf = kmalloc(size, GFP_KERNEL);
		if (!buf)
			return -ENOMEM;
		ret = ntb_transport_rx_enqueue(queues[0], buf, buf, size);
		if (ret) {
			kfree(buf);
			return ret;
		}
	}
	return 0;
}

static int slow_send(const char *val, const struct kernel_param *kp)
{
	unsigned int i, n;
	u8 *buf;

	if (!queues[0] || kstrtouint(val, 0, &n))
		return -EINVAL;
	while (n--) {
		buf = kmalloc(SIZE, GFP_KERNEL);
		if (!buf)
			return -ENOMEM;
		for (i = 0; i < SIZE; i++)
			buf[i] = sent + i;
		if (ntb_transport_tx_enqueue(queues[0], buf, buf, SIZE)) {
			kfree(buf);
			break;
		}
		sent++;
	}
	return 0;
}

static const struct kernel_param_ops post_ops = { .set = slow_post };
module_param_cb(post, &post_ops, NULL, 0200);
static const struct kernel_param_ops send_ops = { .set = slow_send };
module_param_cb(send, &send_ops, NULL, 0200);

static void slow_free(void)
{
	unsigned int i, len;
	void *buf;

	for (i = 0; i < QUEUES && queues[i]; i++) {
		ntb_transport_link_down(queues[i]);
		while ((buf = ntb_transport_rx_remove(queues[i], &len)))
			kfree(buf);
		ntb_transport_free_queue(queues[i]);
		queues[i] = NULL;
	}
}

static int slow_probe(struct device *dev)
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++) {
		queues[i] = ntb_transport_create_queue(NULL, dev, &handlers);
		if (!queues[i]) {
			slow_free();
			return -EBUSY;
		}
		ntb_transport_link_up(queues[i]);
	}
	return 0;
}

static void slow_remove(struct device *dev)
{
	slow_free();
}

static struct ntb_transport_client slow_client = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.probe = slow_probe,
	.remove = slow_remove,
};

static int __init slow_init(void)
{
	int ret = ntb_transport_register_client_dev(KBUILD_MODNAME);

	if (ret)
		return ret;
	ret = ntb_transport_register_client(&slow_client);
	if (ret)
		ntb_transport_unregister_client_dev(KBUILD_MODNAME);
	return ret;
}
module_init(slow_init);

static void __exit slow_exit(void)
{
	ntb_transport_unregister_client(&slow_client);
	ntb_transport_unregister_client_dev(KBUILD_MODNAME);
}
module_exit(slow_exit);

MODULE_DESCRIPTION("NTB transport client whose queue stalls");
MODULE_LICENSE("GPL");
