/* SPDX-License-Identifier: GPL-2.0 */
/*
 * virtio_pcidev messages (include/uapi/linux/virtio_pcidev.h): on the host's
 * side a PCI device for each function, on the endpoint's side the register window of
 * a platform device. Queue 0 carries commands, queue 1 empty buffers for interrupts.
 */
#ifndef DWC_SIM_PCIDEV_H
#define DWC_SIM_PCIDEV_H

#include "irq.h"
#include "vhost.h"

struct sim;

/**
 * struct pcidev - the front end of one machine
 * @sim:	the model
 * @side:	which machine
 * @func:	on the host's side: which function
 * @again:	the host's memory, as the device of another function than 0 maps it
 * @vhost:	its connection
 * @posted:	interrupt buffers the guest gave before we used the first, 0 = unknown
 * @sent:	per line, interrupt buffers used up to and including its last message
 * @malformed:	messages that made no sense
 * @commands:	messages handled
 */
struct pcidev {
	struct sim *sim;
	enum side side;
	unsigned int func;
	struct gmem again;
	struct vhost vhost;
	uint64_t posted;
	uint64_t sent[NR_EP_LINES];
	uint64_t malformed;
	uint64_t commands;
};

void pcidev_init(struct pcidev *p, struct sim *sim, enum side side, unsigned int func);
void pcidev_connect(struct pcidev *p, int fd);
bool pcidev_readable(struct pcidev *p);
void pcidev_disconnect(struct pcidev *p);
bool pcidev_work(struct pcidev *p);
bool pcidev_idle(struct pcidev *p);
void pcidev_busy(struct pcidev *p);
uint32_t pcidev_message(struct pcidev *p, const struct vbuf *b);

#endif
