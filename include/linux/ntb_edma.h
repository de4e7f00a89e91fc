/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * A DMA engine that both sides of an NTB use: the side it belongs to exports it
 * through a memory window and keeps the channels that write to its peer; the
 * peer drives the channels that read from it. Either side asks for "its"
 * channels here and gets dmaengine channels that move from its own memory to the
 * peer's.
 */
#ifndef _LINUX_NTB_EDMA_H
#define _LINUX_NTB_EDMA_H

struct dma_chan;
struct ntb_dev;
struct ntb_edma;

struct ntb_edma *ntb_edma_create(struct ntb_dev *ndev, int widx);
void ntb_edma_stop(struct ntb_edma *edma);
void ntb_edma_destroy(struct ntb_edma *edma);
unsigned int ntb_edma_num_chans(const struct ntb_edma *edma);
struct dma_chan *ntb_edma_chan(struct ntb_edma *edma, unsigned int idx);
void ntb_edma_notify(struct ntb_edma *edma);
void ntb_edma_cut(struct ntb_edma *edma);

#endif /* _LINUX_NTB_EDMA_H */
