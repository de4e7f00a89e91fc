// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Memory of a session of the remote-eDMA backend: the slots of the queues, and
 * the own block with the memory window that leads to it.
 */
#include <linux/align.h>
#include <linux/dma-mapping.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/slab.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

/* New slots and state machines of all queues, for e->entries. */
int ntb_edma_block_alloc_slots(struct edma_ctx *e)
{
	unsigned int i;

	for (i = 0; i < e->nt->qp_count; i++) {
		struct edma_qp *eq = &e->qps[i];
		int ret;

		eq->tx = kvcalloc(e->entries, sizeof(*eq->tx), GFP_KERNEL);
		eq->rx = kvcalloc(e->entries, sizeof(*eq->rx), GFP_KERNEL);
		eq->maps = kvcalloc(edma_map_slots(e), sizeof(*eq->maps),
				    GFP_KERNEL);
		if (!eq->tx || !eq->rx || !eq->maps)
			return -ENOMEM;
		ret = ntb_edma_run_init(e, eq);
		if (ret)
			return ret;
		eq->state = (struct ntb_edma_state){};
		eq->tx_seen = 0;
		eq->tx_stuck = 0;
		eq->tx_failed_checks = 0;
		eq->tx_unseen_checks = 0;
	}

	return 0;
}

void ntb_edma_block_free_slots(struct edma_ctx *e)
{
	unsigned int i;

	for (i = 0; i < e->nt->qp_count; i++) {
		ntb_edma_run_exit(e, &e->qps[i]);
		kvfree(e->qps[i].maps);
		kvfree(e->qps[i].tx);
		kvfree(e->qps[i].rx);
		e->qps[i].maps = NULL;
		e->qps[i].tx = NULL;
		e->qps[i].rx = NULL;
	}
}

/* Own block: allocated for the session, reachable for the peer. */
int ntb_edma_block_set(struct edma_ctx *e)
{
	resource_size_t align, size_align, size_max;
	struct ntb_dev *ndev = e->nt->ndev;
	int ret;

	ret = ntb_mw_get_align(ndev, PIDX, EDMA_RING_MW, &align, &size_align,
			       &size_max, NULL);
	if (ret)
		return ret;

	e->block_size = ntb_edma_alloc_size(e->nt->qp_active, e->entries,
					    align, size_align);
	if (e->block_size > size_max)
		return -ENOSPC;

	e->block = dma_alloc_coherent(e->dma_dev, e->block_size,
				      &e->block_addr, GFP_KERNEL);
	if (!e->block)
		return -ENOMEM;

	if (!IS_ALIGNED(e->block_addr, align))
		return -EINVAL;

	ret = ntb_mw_set_trans(ndev, PIDX, EDMA_RING_MW, e->block_addr,
			       e->block_size, 0);
	if (ret)
		return ret;

	e->block_set = true;

	return 0;
}

void ntb_edma_block_free(struct edma_ctx *e)
{
	/* The peer can write to it for as long as the window is there */
	if (e->block_set && ntb_mw_clear_trans(e->nt->ndev, PIDX, EDMA_RING_MW))
		ntb_edma_peer_fence(e);
	e->block_set = false;
	if (e->block)
		dma_free_coherent(e->dma_dev, e->block_size, e->block,
				  e->block_addr);
	e->block = NULL;
}
