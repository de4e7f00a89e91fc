/* SPDX-License-Identifier: GPL-2.0 */
/*
 * virtio_pcidev messages (include/uapi/linux/virtio_pcidev.h): on the host's
 * side a PCI device for each function, on the endpoint's side the register window of
 * a platform device. Queue 0 carries commands, queue 1 empty buffers for interrupts.
 */
#ifndef DWC_SIM_PCIDEV_H
#define DWC_SIM_PCIDEV_H

#include "calendar.h"
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
 * @irq_planned: in virtual time: an event will deliver interrupts
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
	bool irq_planned;
};

/* struct virtio_pcidev_msg without its data. */
#define PCIDEV_MSG_SIZE		16

/*
 * Feature of the device type: the last part of a command is 8 bytes into which the device
 * writes for how many ns the guest's CPU is busy with it, or what it has to wait at
 * least before an answer can be there.
 */
#define PCIDEV_F_DELAY		BIT_ULL(0)

enum pcidev_op {
	OP_CFG_READ = 1,
	OP_CFG_WRITE,
	OP_MMIO_READ,
	OP_MMIO_WRITE,
	OP_MMIO_MEMSET,
	OP_INT,
	OP_MSI,
};

#define QUEUE_CMD	0
#define QUEUE_IRQ	1

/* Between pcidev.c and pcidev-time.c. */
bool pcidev_deliverable(struct pcidev *p);
bool pcidev_deliver(struct pcidev *p, uint16_t avail);
void pcidev_refuse(struct pcidev *p, struct vring *q, const struct vbuf *b);

void pcidev_init(struct pcidev *p, struct sim *sim, enum side side, unsigned int func);
void pcidev_connect(struct pcidev *p, int fd);
bool pcidev_readable(struct pcidev *p);
void pcidev_disconnect(struct pcidev *p);
bool pcidev_work(struct pcidev *p);
bool pcidev_idle(struct pcidev *p);
void pcidev_busy(struct pcidev *p);
void pcidev_in_time(struct pcidev *p, struct calendar *calendar);
void pcidev_touch(struct pcidev *p);
uint32_t pcidev_message(struct pcidev *p, const struct vbuf *b);

#endif
