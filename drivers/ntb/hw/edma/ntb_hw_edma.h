/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What the files of ntb_hw_edma share: the handle, and the device that the host
 * creates for the engine's driver.
 */
#ifndef _NTB_HW_EDMA_H
#define _NTB_HW_EDMA_H

#include <linux/dmaengine.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct device;
struct ntb_dev;
struct remote_dma_device;

#define NTB_EDMA_MAX_CHANS	8

/**
 * struct ntb_edma - the local part of the DMA engine
 * @ndev: the NTB device
 * @widx: memory window with the engine's registers
 * @endpoint: the local side is the endpoint, which has the engine
 * @delegated: endpoint: the host may drive a part of it
 * @rdma: host: the device that the engine's driver binds to
 * @chan: channels that move from local memory to the peer's
 * @num_chans: number of @chan
 * @notify: host: channel that interrupts the endpoint, if there is one
 * @notify_lock: protects its use
 * @notify_cookie: the transfer that was started last, 0 if none was
 * @notify_word: the word that it moves; its value does not matter
 * @notify_src: DMA address of @notify_word
 */
struct ntb_edma {
	struct ntb_dev *ndev;
	int widx;
	bool endpoint;
	bool delegated;
	struct remote_dma_device *rdma;
	struct dma_chan *chan[NTB_EDMA_MAX_CHANS];
	unsigned int num_chans;
	struct dma_chan *notify;
	spinlock_t notify_lock; /* protects notify_cookie */
	dma_cookie_t notify_cookie;
	__le32 *notify_word;
	dma_addr_t notify_src;
};

/* ntb_hw_edma_chan.c */
int ntb_edma_request_chans(struct ntb_edma *edma, struct device *dev);
void ntb_edma_release_chans(struct ntb_edma *edma);

/* ntb_hw_edma_host.c */
int ntb_edma_host_create(struct ntb_edma *edma);
void ntb_edma_host_destroy(struct ntb_edma *edma);

#endif /* _NTB_HW_EDMA_H */
