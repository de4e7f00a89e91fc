// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Runs of the DMA engine for the remote-eDMA backend. A run moves the packets of
 * a batch and then writes their records to the peer, as one transfer:
 *
 *   payload 1 -> ... -> payload n -> records
 *
 * Documentation/driver-api/ntb.rst explains why that order holds.
 */
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/moduleparam.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/slab.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

/* The records may be in two pieces, where their ring wraps */
#define RUN_ELEMENTS	(RUN_MAX + 2)

static bool edma_cpu_records;
module_param(edma_cpu_records, bool, 0444);
MODULE_PARM_DESC(edma_cpu_records, "use_remote_edma: let a CPU write the records, for an engine that does not keep the order of its writes");

static size_t run_records_size(const struct edma_ctx *e)
{
	return e->entries * sizeof(struct ntb_edma_record);
}

/* What runs of a queue need, for e->entries. May sleep. */
int ntb_edma_run_init(struct edma_ctx *e, struct edma_qp *eq)
{
	u32 n;

	eq->run = kcalloc(e->entries, sizeof(*eq->run), GFP_KERNEL);
	eq->list = kzalloc(struct_size(eq->list, sgl, RUN_ELEMENTS), GFP_KERNEL);
	/* Coherent memory is aligned to a page: see NTB_EDMA_RECORD_ALIGN */
	eq->records = dma_alloc_coherent(e->dma_dev, run_records_size(e),
					 &eq->records_addr, GFP_KERNEL);
	if (!eq->run || !eq->list || !eq->records)
		return -ENOMEM;

	for (n = 0; n < e->entries; n++)
		eq->run[n].eq = eq;
	eq->list->dir = DMA_MEM_TO_DEV;
	eq->list->src_inc = true;
	eq->list->dst_inc = true;
	eq->list->src_sgl = true;
	eq->list->dst_sgl = true;
	eq->list->numf = 1;

	return 0;
}

void ntb_edma_run_exit(struct edma_ctx *e, struct edma_qp *eq)
{
	if (eq->records)
		dma_free_coherent(e->dma_dev, run_records_size(e), eq->records,
				  eq->records_addr);
	kfree(eq->list);
	kfree(eq->run);
	eq->records = NULL;
	eq->list = NULL;
	eq->run = NULL;
}

/* Channels that are new. May sleep. */
int ntb_edma_run_config(struct ntb_edma *edma)
{
	struct dma_slave_config cfg = {
		.direction = DMA_MEM_TO_DEV,
		.dst_addr_width = DMA_SLAVE_BUSWIDTH_4_BYTES,
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ntb_edma_num_chans(edma) && !ret; i++)
		ret = dmaengine_slave_config(ntb_edma_chan(edma, i), &cfg);

	return ret;
}

/* The transfers of the slots have ended, or will never start. */
static void run_ended(struct edma_run *run, bool failed)
{
	struct edma_qp *eq = run->eq;
	u32 mask = to_edma(eq->qp->transport)->entries - 1;
	u32 i;

	for (i = 0; i < run->n; i++) {
		struct edma_tx_slot *slot = &eq->tx[(run->first + i) & mask];

		slot->failed = failed;
		/* Pairs with smp_load_acquire() in ntb_edma_tx_ended() */
		smp_store_release(&slot->ended, true);
	}

	tasklet_schedule(&eq->qp->poll_tasklet);
}

static void run_callback(void *param, const struct dmaengine_result *res)
{
	run_ended(param, res && res->result != DMA_TRANS_NOERROR);
}

/*
 * One more element. The gap from the end of the element before is the difference
 * of any two addresses, modulo 2^64.
 */
static void run_add(struct dma_interleaved_template *list, dma_addr_t src,
		    u64 dst, size_t size, u64 *src_end, u64 *dst_end)
{
	struct data_chunk *before;

	if (list->frame_size) {
		before = &list->sgl[list->frame_size - 1];
		before->src_icg = src - *src_end;
		before->dst_icg = dst - *dst_end;
	} else {
		list->src_start = src;
		list->dst_start = dst;
	}
	list->sgl[list->frame_size++] = (struct data_chunk){ .size = size };
	*src_end = src + size;
	*dst_end = dst + size;
}

static void run_build(struct edma_ctx *e, struct edma_qp *eq,
		      const struct edma_run *run)
{
	const size_t size = sizeof(struct ntb_edma_record);
	u32 mask = e->entries - 1, i, index, n;
	u64 src_end, dst_end;

	eq->list->frame_size = 0;
	for (i = 0; i < run->n; i++) {
		struct edma_tx_slot *slot = &eq->tx[(run->first + i) & mask];

		run_add(eq->list, slot->addr, slot->dst, slot->len, &src_end,
			&dst_end);
	}
	if (edma_cpu_records)
		return;

	for (i = 0; i < run->n; i += n) {
		index = (run->first + i) & mask;
		n = ntb_edma_record_first_piece(index, run->n - i, e->entries);
		run_add(eq->list, eq->records_addr + index * size,
			eq->peer_records + index * size, n * size, &src_end,
			&dst_end);
	}
}

/* The records that the engine writes. */
static void run_fill_records(struct edma_ctx *e, struct edma_qp *eq,
			     const struct edma_run *run, bool stops)
{
	struct ntb_edma_record *record = NULL;
	u32 index, i, bytes = 0;

	for (i = 0; i < run->n; i++) {
		index = run->first + i;
		record = &eq->records[index & (e->entries - 1)];
		*record = (struct ntb_edma_record){
			.len = cpu_to_le32(eq->tx[index & (e->entries - 1)].len),
			.tag = cpu_to_le32(ntb_edma_tag(e->epoch, eq->state.gen,
							index)),
		};
		bytes += eq->tx[index & (e->entries - 1)].len;
	}
	if (record && ntb_edma_event_ask(&eq->tx_event, bytes, stops))
		record->flags = NTB_EDMA_RECORD_EVENT;
}

static struct edma_run *run_take(struct edma_ctx *e, struct edma_qp *eq)
{
	struct edma_run *run = &eq->run[eq->tx_run & (e->entries - 1)];

	lockdep_assert_held(&eq->tx_lock);

	run->first = eq->tx_run;
	run->n = eq->tx_head - eq->tx_run;
	eq->tx_run = eq->tx_head;

	return run;
}

/**
 * ntb_edma_run_start - Give the packets to the engine that it does not have yet
 * @e: the device
 * @eq: the queue
 * @stops: no more packets are accepted until the peer has posted buffers
 *
 * If the engine does not take them, they end as errors.
 *
 * Context: Any but hard interrupts, tx_lock of @eq is held.
 */
void ntb_edma_run_start(struct edma_ctx *e, struct edma_qp *eq, bool stops)
{
	struct dma_async_tx_descriptor *txd;
	struct edma_run *run;

	lockdep_assert_held(&eq->tx_lock);

	if (eq->tx_run == eq->tx_head)
		return;

	run = run_take(e, eq);
	run_fill_records(e, eq, run, stops);
	run_build(e, eq, run);

	txd = dmaengine_prep_interleaved_dma(eq->chan, eq->list,
					     DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (!txd) {
		run_ended(run, true);
		return;
	}

	txd->callback_result = run_callback;
	txd->callback_param = run;
	eq->tx_cookie = dmaengine_submit(txd);
	if (dma_submit_error(eq->tx_cookie)) {
		run_ended(run, true);
		return;
	}

	dma_async_issue_pending(eq->chan);
}

/* Packets that the engine does not have yet end as errors. */
void ntb_edma_run_drop(struct edma_ctx *e, struct edma_qp *eq)
{
	lockdep_assert_held(&eq->tx_lock);

	if (eq->tx_run != eq->tx_head)
		run_ended(run_take(e, eq), true);
}

/**
 * ntb_edma_run_write_record - A transfer has ended: does the CPU write the record?
 * @e: the device
 * @eq: the queue
 * @index: index of the packet
 *
 * It does for a run that has failed, and where the engine is not to.
 *
 * Context: The poll tasklet of @eq; an RCU reader that has found the peer not
 * fenced.
 * Return: true if it has.
 */
bool ntb_edma_run_write_record(struct edma_ctx *e, struct edma_qp *eq, u32 index)
{
	struct ntb_edma_record record = eq->records[index & (e->entries - 1)];
	void __iomem *p = e->peer + ntb_edma_record_offset(eq->qp->qp_num,
							   e->entries, index);
	bool failed = eq->tx[index & (e->entries - 1)].failed;

	if (!failed && !edma_cpu_records)
		return false;

	if (failed)
		record.len = cpu_to_le32(NTB_EDMA_RECORD_ERROR);
	memcpy_toio(p, &record, offsetof(struct ntb_edma_record, tag));
	/* The tag last: the record is valid then */
	writel(le32_to_cpu(record.tag),
	       p + offsetof(struct ntb_edma_record, tag));

	return true;
}
