/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A DMA engine that both sides of an NTB use: its owner keeps the channels that
 * write to the peer and delegates those that read from it, through a memory
 * window. Each side gets dmaengine channels here that move from local memory to
 * the peer's.
 */
#ifndef _LINUX_NTB_EDMA_H
#define _LINUX_NTB_EDMA_H

#include <linux/types.h>

struct dma_chan;
struct ntb_dev;
struct ntb_edma;

#define NTB_EDMA_MAX_IRQS	8

/**
 * struct ntb_edma_msgs - what the endpoint's channels write to interrupt the host
 * @addr: address, the same for all
 * @num: number of messages; channel c has number c modulo @num
 * @data: data of each
 */
struct ntb_edma_msgs {
	u64 addr;
	u32 num;
	u32 data[NTB_EDMA_MAX_IRQS];
};

typedef void (*ntb_edma_irq_fn)(void *data, unsigned int idx);

struct ntb_edma *ntb_edma_create(struct ntb_dev *ndev, int widx);
void ntb_edma_stop(struct ntb_edma *edma);
void ntb_edma_destroy(struct ntb_edma *edma);
unsigned int ntb_edma_num_chans(const struct ntb_edma *edma);
struct dma_chan *ntb_edma_chan(struct ntb_edma *edma, unsigned int idx);
int ntb_edma_request_irqs(struct ntb_edma *edma, ntb_edma_irq_fn fn, void *data);
void ntb_edma_mask_irq(struct ntb_edma *edma, unsigned int idx, unsigned int who);
bool ntb_edma_unmask_irq(struct ntb_edma *edma, unsigned int idx,
			 unsigned int who);
bool ntb_edma_irq_is_masked(const struct ntb_edma *edma, unsigned int idx);
void ntb_edma_get_msgs(const struct ntb_edma *edma, struct ntb_edma_msgs *msgs);
int ntb_edma_interrupt_peer(struct ntb_edma *edma,
			    const struct ntb_edma_msgs *msgs);
void ntb_edma_fence(struct ntb_edma *edma);
bool ntb_edma_alive(const struct ntb_edma *edma);

#endif /* _LINUX_NTB_EDMA_H */
