// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Receive buffers of ntb_netdev. Those that are posted one after the other are
 * contiguous if they come from one page, and then the peer's DMA engine fills them by
 * one transfer, if what it sends is contiguous, too. So they are slices of large pages,
 * and only where memory is too fragmented for these, of the smallest pages that do.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <net/page_pool/helpers.h>

#include "ntb_netdev.h"

/* Pages that a pool caches, where the transport does not limit the ring */
#define NTB_NETDEV_POOL_SIZE	256

/* After one that failed, so many buffers are made without a large page */
#define NTB_NETDEV_POOL_SKIP	64

static struct page_pool *pool_create(struct ntb_netdev_queue *q,
				     unsigned int buf_len, unsigned int order)
{
	unsigned int ring = ntb_transport_ring_max(q->qp) ?: NTB_NETDEV_POOL_SIZE;
	struct device *dma_dev = ntb_transport_dma_dev(q->qp);
	struct page_pool_params params = {
		.flags = dma_dev ? PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV : 0,
		.order = order,
		.pool_size = max(1, ring / ((PAGE_SIZE << order) / buf_len)),
		.nid = NUMA_NO_NODE,
		.dev = dma_dev,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE << order,
		.netdev = q->ntdev->ndev,
	};

	return page_pool_create(&params);
}

/**
 * ntb_netdev_pool_create - Prepare for receive buffers
 * @q: queue that they are for
 * @buf_len: bytes of a buffer, a power of two of at least PAGE_SIZE
 * @pool: receives the pools
 *
 * Context: Process context, may sleep.
 * Return: 0 or an error.
 */
int ntb_netdev_pool_create(struct ntb_netdev_queue *q, unsigned int buf_len,
			   struct ntb_netdev_pool *pool)
{
	unsigned int order = get_order(buf_len);

	*pool = (struct ntb_netdev_pool){ .buf_len = buf_len };
	pool->small = pool_create(q, buf_len, order);
	if (IS_ERR(pool->small))
		return PTR_ERR(pool->small);

	if (order >= PAGE_ALLOC_COSTLY_ORDER)
		return 0;

	pool->large = pool_create(q, buf_len, PAGE_ALLOC_COSTLY_ORDER);
	if (IS_ERR(pool->large)) {
		page_pool_destroy(pool->small);
		return PTR_ERR(pool->large);
	}

	return 0;
}

/* All buffers come back to the pools by themselves, those of skbs later. May sleep. */
void ntb_netdev_pool_destroy(struct ntb_netdev_pool *pool)
{
	if (pool->large)
		page_pool_destroy(pool->large);
	page_pool_destroy(pool->small);
	*pool = (struct ntb_netdev_pool){};
}

/* Buffers that skbs give back in the poll of @napi go straight to the pools. */
void ntb_netdev_pool_enable(struct ntb_netdev_pool *pool,
			    struct napi_struct *napi)
{
	if (pool->large)
		page_pool_enable_direct_recycling(pool->large, napi);
	page_pool_enable_direct_recycling(pool->small, napi);
}

/**
 * ntb_netdev_pool_get - Get a receive buffer
 * @pool: pools of the queue
 * @size: bytes, at most buf_len
 * @offset: receives where in the page it starts
 *
 * Context: The poll of the queue.
 * Return: the page, or NULL.
 */
struct page *ntb_netdev_pool_get(struct ntb_netdev_pool *pool, unsigned int size,
				 unsigned int *offset)
{
	struct page *page;

	if (pool->large && !pool->skip) {
		page = page_pool_dev_alloc_frag(pool->large, offset, size);
		if (likely(page))
			return page;
		pool->skip = NTB_NETDEV_POOL_SKIP;
	}
	if (pool->skip)
		pool->skip--;

	return page_pool_dev_alloc_frag(pool->small, offset, size);
}

/* Give an unused buffer back. With @in_poll this is in the poll of its queue. */
void ntb_netdev_pool_put(struct page *page, bool in_poll)
{
	page_pool_put_full_page(pp_page_to_nmdesc(page)->pp, page, in_poll);
}
