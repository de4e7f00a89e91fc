/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long transfers take. Writing "SIZE PIECE DEPTH COUNT CHANNELS WAY" to the parameter
 * `measure` has that many channels move SIZE bytes COUNT times each, with DEPTH descriptors
 * of elements of PIECE bytes on each, all from and to the same place: to the peer (WAY 0),
 * from it (1), or every other channel this and that way (2). The parameter `took` then has
 * nanoseconds, from the first descriptor to the last callback.
 */
#include <linux/ktime.h>
#include <linux/scatterlist.h>

#define MEASURE_CHANS	4
#define MEASURE_MEMORY	SZ_1M		/* of either machine */
#define MEASURE_PIECES	256

struct measure {
	unsigned int size, piece, depth, count, chans, way;
	void *buf;
	dma_addr_t bus;
	u64 ended;
	atomic_t left;
	struct completion done;
};

struct measure_chan {
	struct measure *m;
	struct dma_chan *chan;
	enum dma_transfer_direction dir;
	unsigned int submitted;
};

static unsigned long took;
module_param(took, ulong, 0444);
MODULE_PARM_DESC(took, "what was measured last took so long, ns");

static int measure_submit(struct measure_chan *c);

static void measure_callback(void *param)
{
	struct measure_chan *c = param;

	if (atomic_dec_and_test(&c->m->left)) {
		c->m->ended = ktime_get_ns();
		complete(&c->m->done);
	} else if (c->submitted < c->m->count && !measure_submit(c)) {
		dma_async_issue_pending(c->chan);
	}
}

static int measure_submit(struct measure_chan *c)
{
	struct dma_async_tx_descriptor *tx;
	struct measure *m = c->m;
	struct scatterlist *sg;
	unsigned int i, n = m->size / m->piece;

	sg = kcalloc(n, sizeof(*sg), GFP_NOWAIT);
	if (!sg)
		return -ENOMEM;
	sg_init_table(sg, n);
	for (i = 0; i < n; i++) {
		sg_dma_address(&sg[i]) = m->bus + i * m->piece;
		sg_dma_len(&sg[i]) = m->piece;
	}
	tx = dmaengine_prep_slave_sg(c->chan, sg, n, c->dir, DMA_CTRL_ACK | DMA_PREP_INTERRUPT);
	kfree(sg);
	if (!tx)
		return -EIO;
	tx->callback = measure_callback;
	tx->callback_param = c;
	c->submitted++;
	return dma_submit_error(dmaengine_submit(tx)) ? -EIO : 0;
}

static bool measure_filter(struct dma_chan *chan, void *param)
{
	struct measure_chan *c = param;
	struct dma_slave_caps caps;

	return chan->device->dev == client.dev && !dma_get_slave_caps(chan, &caps) &&
	       caps.directions & BIT(c->dir);
}

static int measure_run(struct measure *m, struct measure_chan *c)
{
	unsigned int i, k;
	int ret = 0;
	u64 start;

	atomic_set(&m->left, m->chans * m->count);
	init_completion(&m->done);
	start = ktime_get_ns();
	for (i = 0; i < m->chans && !ret; i++) {
		for (k = 0; k < min(m->depth, m->count) && !ret; k++)
			ret = measure_submit(&c[i]);
		dma_async_issue_pending(c[i].chan);
	}
	if (!ret && !wait_for_completion_timeout(&m->done, CLIENT_TIMEOUT))
		ret = -ETIMEDOUT;
	for (i = 0; i < m->chans; i++)
		dmaengine_terminate_sync(c[i].chan);
	took = m->ended - start;
	return ret;
}

static int measure_with_channels(struct measure *m)
{
	struct dma_slave_config config = { };
	struct measure_chan c[MEASURE_CHANS] = { };
	dma_cap_mask_t mask;
	unsigned int i;
	int ret = 0;

	/* Elements of a transfer follow each other at the peer, too. */
	config.src_addr = client.peer;
	config.dst_addr = client.peer;
	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);
	for (i = 0; i < m->chans && !ret; i++) {
		c[i].m = m;
		c[i].dir = m->way == 1 || (m->way == 2 && i & 1) ? DMA_DEV_TO_MEM : DMA_MEM_TO_DEV;
		config.direction = c[i].dir;
		c[i].chan = dma_request_channel(mask, measure_filter, &c[i]);
		ret = c[i].chan ? dmaengine_slave_config(c[i].chan, &config) : -ENODEV;
	}
	if (!ret)
		ret = measure_run(m, c);
	while (i--)
		if (c[i].chan)
			dma_release_channel(c[i].chan);
	return ret;
}

static int measure_set(const char *val, const struct kernel_param *kp)
{
	struct measure m = { };
	int ret;

	if (!client.dev || !client.peer)
		return -ENODEV;
	if (sscanf(val, "%u %u %u %u %u %u", &m.size, &m.piece, &m.depth, &m.count, &m.chans,
		   &m.way) != 6 || !m.size || m.size > MEASURE_MEMORY || !m.piece ||
	    m.size % m.piece || m.size / m.piece > MEASURE_PIECES || !m.depth || !m.count ||
	    !m.chans || m.chans > MEASURE_CHANS || m.way > 2)
		return -EINVAL;
	m.buf = kzalloc(m.size, GFP_KERNEL);
	if (!m.buf)
		return -ENOMEM;
	m.bus = dma_map_single(client.dev, m.buf, m.size, DMA_BIDIRECTIONAL);
	ret = dma_mapping_error(client.dev, m.bus);
	if (!ret) {
		ret = measure_with_channels(&m);
		dma_unmap_single(client.dev, m.bus, m.size, DMA_BIDIRECTIONAL);
	}
	kfree(m.buf);
	return ret;
}

static const struct kernel_param_ops measure_ops = { .set = measure_set };
module_param_cb(measure, &measure_ops, NULL, 0200);
