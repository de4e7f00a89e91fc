/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What the files of ntb_hw_edma share: the handle, and the device that the host
 * creates for the engine's driver.
 */
#ifndef _NTB_HW_EDMA_H
#define _NTB_HW_EDMA_H

#include <linux/dmaengine.h>
#include <linux/mutex.h>
#include <linux/ntb_edma.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct device;
struct ntb_dev;
struct remote_dma_device;

#define NTB_EDMA_MAX_CHANS	8

/**
 * struct ntb_edma_irq - an interrupt that channels of the peer raise
 * @edma: handle
 * @irq: IRQ number
 * @mask_lock: protects @maskers and @closing
 * @maskers: who masks it, a bit each
 * @closing: nobody can mask it any more
 */
struct ntb_edma_irq {
	struct ntb_edma *edma;
	int irq;
	raw_spinlock_t mask_lock; /* protects maskers and closing */
	u64 maskers;
	bool closing;
};

/**
 * struct ntb_edma - the local part of the DMA engine
 * @ndev: the NTB device
 * @widx: memory window with the engine's registers
 * @endpoint: the local side is the endpoint, which has the engine
 * @delegated: endpoint: the host may drive a part of it
 * @rdma: host: the device that the engine's driver binds to
 * @chan: channels that move from local memory to the peer's
 * @num_chans: number of @chan
 * @irqs: interrupts that the peer's channels raise
 * @num_irqs: number of them that are requested
 * @irq_lock: serialises the fence and the end of the session
 * @irq_fn: called for each of them
 * @irq_data: its first argument
 */
struct ntb_edma {
	struct ntb_dev *ndev;
	int widx;
	bool endpoint;
	bool delegated;
	struct remote_dma_device *rdma;
	struct dma_chan *chan[NTB_EDMA_MAX_CHANS];
	unsigned int num_chans;
	struct ntb_edma_irq irqs[NTB_EDMA_MAX_IRQS];
	unsigned int num_irqs;
	struct mutex irq_lock; /* protects num_irqs */
	ntb_edma_irq_fn irq_fn;
	void *irq_data;
};

/* ntb_hw_edma_chan.c */
int ntb_edma_request_chans(struct ntb_edma *edma, struct device *dev);
void ntb_edma_release_chans(struct ntb_edma *edma);

/* ntb_hw_edma_host.c */
int ntb_edma_host_create(struct ntb_edma *edma);
void ntb_edma_host_destroy(struct ntb_edma *edma);

/* ntb_hw_edma_irq.c */
void ntb_edma_free_irqs(struct ntb_edma *edma);

#endif /* _NTB_HW_EDMA_H */
