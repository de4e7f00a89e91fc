// SPDX-License-Identifier: GPL-2.0
/*
 * A client of ntb_transport that has receive buffers only when it is told to, so that
 * its peer's queue stalls. It takes two queues, the first ones if it comes first, and
 * uses one of them. Parameters: write N to `post`, so many buffers are posted; write N
 * to `send`, up to so many packets are sent, as long as they are taken; `sent`, `done`,
 * `received` and `wrong` count.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/ntb_transport.h>
#include <linux/slab.h>

#define QUEUES	2
#define SIZE	1000		/* bytes of a packet */
#define QUANTUM	64		/* packets of a poll */

static struct ntb_transport_qp *queues[QUEUES];
static struct device *dma_dev;
static uint sent, done, received, wrong;
module_param(sent, uint, 0444);
module_param(done, uint, 0444);
module_param(received, uint, 0444);
module_param(wrong, uint, 0444);

static uint posts;		/* buffers that may still be posted */
static struct tasklet_struct poll;

static void slow_poll(struct tasklet_struct *t)
{
	if (ntb_transport_poll(queues[0], QUANTUM) == QUANTUM || ntb_transport_poll_end(queues[0]))
		tasklet_schedule(t);
}

static void slow_schedule(void *data)
{
	if (data)
		tasklet_schedule(&poll);
}

static int slow_alloc(void *data, struct ntb_transport_buf *buf)
{
	if (!posts)
		return -ENOMEM;
	buf->page = alloc_page(GFP_ATOMIC);
	if (!buf->page)
		return -ENOMEM;
	posts--;
	buf->len = PAGE_SIZE;
	buf->addr = dma_map_page(dma_dev, buf->page, 0, PAGE_SIZE, DMA_FROM_DEVICE);
	return 0;
}

static void slow_put(void *data, const struct ntb_transport_buf *buf)
{
	dma_unmap_page(dma_dev, buf->addr, PAGE_SIZE, DMA_FROM_DEVICE);
	__free_page(buf->page);
}

static void slow_rx(void *data, const struct ntb_transport_buf *bufs, unsigned int num,
		    const struct virtio_net_hdr *hdr, int err)
{
	u8 *at = page_address(bufs[0].page);
	unsigned int i;

	wrong += err || num != 1 || bufs[0].len != SIZE;
	dma_sync_single_for_cpu(dma_dev, bufs[0].addr, SIZE, DMA_FROM_DEVICE);
	for (i = 0; i < SIZE; i++)
		wrong += at[i] != (u8)(received + i);
	received++;
	for (i = 0; i < num; i++)
		slow_put(data, &bufs[i]);
}

static void slow_tx(void *data, void *buf, int len)
{
	done++;
	kfree(buf);
}

static void slow_event(void *data, int status)
{
}

static const struct ntb_queue_handlers handlers = {
	.schedule = slow_schedule,
	.rx_alloc = slow_alloc,
	.rx_free = slow_put,
	.rx_handler = slow_rx,
	.tx_handler = slow_tx,
	.event_handler = slow_event,
	.rx_max_bufs = 1,
};

static int slow_post(const char *val, const struct kernel_param *kp)
{
	unsigned int n;

	if (!queues[0] || kstrtouint(val, 0, &n))
		return -EINVAL;
	posts += n;
	local_bh_disable();
	tasklet_schedule(&poll);
	local_bh_enable();
	return 0;
}

static int slow_send(const char *val, const struct kernel_param *kp)
{
	struct ntb_transport_buf part = { .len = SIZE };
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
		part.page = virt_to_page(buf);
		part.offset = offset_in_page(buf);
		if (ntb_transport_tx_enqueue(queues[0], buf, &part, 1, NULL, 0)) {
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
	unsigned int i;

	for (i = 0; i < QUEUES && queues[i]; i++) {
		ntb_transport_link_down(queues[i]);
		if (!i)
			tasklet_kill(&poll);
		ntb_transport_free_queue(queues[i]);
		queues[i] = NULL;
	}
}

static int slow_probe(struct device *dev)
{
	unsigned int i;

	tasklet_setup(&poll, slow_poll);
	for (i = 0; i < QUEUES; i++) {
		/* Only the first one is polled */
		queues[i] = ntb_transport_create_queue(i ? NULL : &poll, dev, &handlers);
		if (!queues[i]) {
			slow_free();
			return -EBUSY;
		}
		dma_dev = ntb_transport_dma_dev(queues[i]);
		if (!i)
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
