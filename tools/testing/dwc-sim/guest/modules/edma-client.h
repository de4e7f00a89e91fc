/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client of all channels of one eDMA at once: it moves patterns to memory of
 * the other machine, back if there are channels for that, and looks at them.
 * Each channel has several descriptors queued, so that channels start in
 * process context and, from the second descriptor on, after their interrupts.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma/edma.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/io.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#define CLIENT_CHANS	16
#define CLIENT_DEPTH	4		/* descriptors on a channel */
#define CLIENT_SIZE	1024		/* bytes of each */
#define CLIENT_SLICE	(CLIENT_DEPTH * CLIENT_SIZE)	/* of one channel in one round */
#define CLIENT_MEMORY	(2 * 4 * CLIENT_SLICE)		/* of the other machine: even and odd rounds */
#define CLIENT_TIMEOUT	msecs_to_jiffies(10000)

struct client_chan {
	struct dma_chan *chan;
	enum dma_transfer_direction dir;
	unsigned int slice;
	u8 *buf;
	dma_addr_t bus;
	atomic_t left;
	struct completion done;
	dma_cookie_t cookie;
};

struct client {
	struct device *dev;		/* the eDMA's */
	u64 peer;			/* CLIENT_MEMORY bytes, as the eDMA addresses them */
	void __iomem *view;		/* the same, or NULL if channels read it back */
	bool blind;			/* the other machine looks at it */
	bool tells_peer;		/* the end of a round interrupts the other machine */
	unsigned int nr, slices;
	struct client_chan chan[CLIENT_CHANS];
};

static bool client_filter(struct dma_chan *chan, void *dev)
{
	return chan->device->dev == dev;
}

static u64 client_slice(const struct client_chan *c, unsigned int round)
{
	return (4 * (round & 1) + c->slice) * CLIENT_SLICE;
}

static u8 client_byte(const struct client_chan *c, unsigned int round, unsigned int i)
{
	return i * 7 + (i >> 8) + round * 31 + c->slice * 101;
}

static void client_callback(void *param)
{
	struct client_chan *c = param;

	if (atomic_dec_and_test(&c->left))
		complete(&c->done);
}

static int client_submit(struct client *cl, struct client_chan *c, unsigned int round)
{
	struct dma_slave_config config = { .direction = c->dir };
	struct dma_async_tx_descriptor *tx;
	unsigned int i;
	u64 peer;

	for (i = 0; i < CLIENT_DEPTH; i++) {
		peer = cl->peer + client_slice(c, round) + i * CLIENT_SIZE;
		if (c->dir == DMA_MEM_TO_DEV)
			config.dst_addr = peer;
		else
			config.src_addr = peer;
		tx = dmaengine_prep_config_single(c->chan, c->bus + i * CLIENT_SIZE, CLIENT_SIZE,
						  c->dir, DMA_CTRL_ACK | DMA_PREP_INTERRUPT, &config);
		if (!tx)
			return -EIO;
		tx->callback = client_callback;
		tx->callback_param = c;
		c->cookie = dmaengine_submit(tx);
		if (dma_submit_error(c->cookie))
			return -EIO;
	}
	return 0;
}

static int client_start(struct client *cl, struct client_chan *c, unsigned int round)
{
	unsigned int i;

	for (i = 0; i < CLIENT_SLICE; i++)
		c->buf[i] = c->dir == DMA_MEM_TO_DEV ? client_byte(c, round, i) : 0;
	c->bus = dma_map_single(cl->dev, c->buf, CLIENT_SLICE,
				c->dir == DMA_MEM_TO_DEV ? DMA_TO_DEVICE : DMA_FROM_DEVICE);
	if (dma_mapping_error(cl->dev, c->bus))
		return -ENOMEM;
	atomic_set(&c->left, CLIENT_DEPTH);
	reinit_completion(&c->done);
	return client_submit(cl, c, round);
}

/* Returns false if it takes too long. Nobody tells of the end but the engine's registers. */
static bool client_poll(struct client_chan *c)
{
	unsigned long deadline = jiffies + CLIENT_TIMEOUT;

	while (!try_wait_for_completion(&c->done)) {
		if (time_after(jiffies, deadline))
			return false;
		dmaengine_tx_status(c->chan, c->cookie, NULL);
		usleep_range(20, 50);
	}
	return true;
}

/* Wait for a channel; what arrived, here or over there, has to be the pattern. */
static int client_finish(struct client *cl, struct client_chan *c, unsigned int round)
{
	bool to_peer = c->dir == DMA_MEM_TO_DEV, timeout;
	unsigned int i;
	u8 found;

	timeout = cl->tells_peer ? !client_poll(c) : !wait_for_completion_timeout(&c->done, CLIENT_TIMEOUT);
	dmaengine_terminate_sync(c->chan);
	dma_unmap_single(cl->dev, c->bus, CLIENT_SLICE, to_peer ? DMA_TO_DEVICE : DMA_FROM_DEVICE);
	if (timeout) {
		dev_err(cl->dev, "%s: timeout in round %u, %d descriptors are left\n",
			dma_chan_name(c->chan), round, atomic_read(&c->left));
		return -ETIMEDOUT;
	}
	if (to_peer && !cl->view)
		return 0;
	if (to_peer)
		memcpy_fromio(c->buf, cl->view + client_slice(c, round), CLIENT_SLICE);
	for (i = 0; i < CLIENT_SLICE; i++) {
		found = c->buf[i];
		if (found == client_byte(c, round, i))
			continue;
		dev_err(cl->dev, "%s: round %u, byte %u is 0x%02x, not 0x%02x\n",
			dma_chan_name(c->chan), round, i, found, client_byte(c, round, i));
		return -EBADMSG;
	}
	return 0;
}

/* What a channel that reads gets was written in the round before. */
static bool client_idle(const struct client_chan *c, unsigned int round, unsigned int rounds)
{
	return c->dir == DMA_MEM_TO_DEV ? round == rounds : !round;
}

static int client_rounds(struct client *cl, unsigned int rounds)
{
	unsigned int i, round, mine;
	int ret = 0, err;

	for (round = 0; round <= rounds && !ret; round++) {
		for (i = 0; i < cl->nr && !ret; i++) {
			mine = round - (cl->chan[i].dir != DMA_MEM_TO_DEV);
			if (!client_idle(&cl->chan[i], round, rounds))
				ret = client_start(cl, &cl->chan[i], mine);
		}
		if (ret)
			return ret;
		for (i = 0; i < cl->nr; i++)
			if (!client_idle(&cl->chan[i], round, rounds))
				dma_async_issue_pending(cl->chan[i].chan);
		for (i = 0; i < cl->nr; i++) {
			mine = round - (cl->chan[i].dir != DMA_MEM_TO_DEV);
			if (client_idle(&cl->chan[i], round, rounds))
				continue;
			err = client_finish(cl, &cl->chan[i], mine);
			ret = ret ?: err;
		}
	}
	return ret;
}

static void client_put(struct client *cl)
{
	while (cl->nr) {
		struct client_chan *c = &cl->chan[--cl->nr];

		dma_release_channel(c->chan);
		kfree(c->buf);
	}
}

static int client_get(struct client *cl)
{
	unsigned int reads = 0, writes = 0;
	struct dma_slave_caps caps;
	struct client_chan *c;
	struct dma_chan *chan;
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);
	while (cl->nr < CLIENT_CHANS && (chan = dma_request_channel(mask, client_filter, cl->dev))) {
		c = &cl->chan[cl->nr++];
		dma_get_slave_caps(chan, &caps);
		c->chan = chan;
		c->dir = caps.directions & BIT(DMA_MEM_TO_DEV) ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM;
		c->slice = c->dir == DMA_MEM_TO_DEV ? writes++ : reads++;
		init_completion(&c->done);
		c->buf = kmalloc(CLIENT_SLICE, GFP_KERNEL);
		if (!c->buf)
			return -ENOMEM;
		if (cl->tells_peer && dw_edma_set_peer_irq(chan, NULL))
			return -EOPNOTSUPP;
	}
	return writes && writes <= 4 && (cl->view || cl->blind || reads == writes) ? 0 : -ENODEV;
}

/* The parameter `run`: writing a number to it moves so many rounds. */
static struct client client;

static int client_set_run(const char *val, const struct kernel_param *kp)
{
	unsigned int rounds;
	int ret;

	ret = kstrtouint(val, 0, &rounds);
	if (ret)
		return ret;
	if (!client.dev || !client.peer)
		return -ENODEV;
	ret = client_get(&client);
	if (!ret)
		ret = client_rounds(&client, rounds);
	client_put(&client);
	return ret;
}

static const struct kernel_param_ops client_run_ops = { .set = client_set_run };
module_param_cb(run, &client_run_ops, NULL, 0200);
