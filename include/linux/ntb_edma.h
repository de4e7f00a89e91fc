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

struct ntb_edma *ntb_edma_create(struct ntb_dev *ndev, int widx);
void ntb_edma_stop(struct ntb_edma *edma);
void ntb_edma_destroy(struct ntb_edma *edma);
unsigned int ntb_edma_num_chans(const struct ntb_edma *edma);
struct dma_chan *ntb_edma_chan(struct ntb_edma *edma, unsigned int idx);
void ntb_edma_notify(struct ntb_edma *edma);
void ntb_edma_fence(struct ntb_edma *edma);
bool ntb_edma_alive(const struct ntb_edma *edma);

#endif /* _LINUX_NTB_EDMA_H */
