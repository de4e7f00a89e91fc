/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vhost-user back end for User-Mode-Linux: one connection a machine, one memory
 * region, two split virtqueues. Everything that comes from the guest is checked;
 * a guest that breaks the protocol loses its connection, nothing else happens.
 *
 * In virtual time notifications are messages in band: a guest's kick has an answer when
 * we have taken note of it, and so has our call of a guest.
 */
#ifndef DWC_SIM_VHOST_H
#define DWC_SIM_VHOST_H

#include <sys/uio.h>

#include "calendar.h"
#include "gmem.h"
#include "types.h"

#define VHOST_QUEUES		2
#define VHOST_QUEUE_MAX		256
#define VHOST_CHAIN_MAX		8
#define VHOST_MSG_MAX		512
#define VHOST_FDS_MAX		4

/**
 * struct vring - a split virtqueue
 * @num:	entries, a power of two
 * @desc:	descriptor table, NULL until set up
 * @avail:	available ring
 * @used:	used ring
 * @last_avail:	next entry to take
 * @taken:	buffers taken since set-up
 * @kick_fd:	the guest's notification (eventfd)
 * @call_fd:	ours (a pipe)
 * @enabled:	SET_VRING_ENABLE
 */
struct vring {
	unsigned int num;
	const uint8_t *desc;
	const uint8_t *avail;
	uint8_t *used;
	uint16_t last_avail;
	uint64_t taken;
	int kick_fd, call_fd;
	bool enabled;
};

/**
 * struct vhost - one machine's connection
 * @mem:	its memory
 * @fd:		connection, -1 if there is none
 * @queue:	virtqueues
 * @buf:	bytes of an incomplete message
 * @len:	how many
 * @fds:	descriptors that came with it
 * @nr_fds:	how many
 * @map:	mapping of the memory region
 * @map_len:	its size
 * @offered:	features of the device type, by bit
 * @accepted:	those of them that the guest took
 * @calendar:	in virtual time: the calendar, else NULL
 * @kick:	in virtual time: a queue has work; the guest waits until it returns
 * @req_fd:	in virtual time: our requests to the guest, -1 if there is none
 * @why:	why the connection was or must be dropped (a literal), or NULL
 */
struct vhost {
	struct gmem *mem;
	int fd;
	struct vring queue[VHOST_QUEUES];
	uint8_t buf[VHOST_MSG_MAX];
	size_t len;
	int fds[VHOST_FDS_MAX];
	unsigned int nr_fds;
	void *map;
	size_t map_len;
	uint64_t offered, accepted;
	struct calendar *calendar;
	void (*kick)(struct vhost *v, unsigned int queue);
	int req_fd;
	const char *why;
};

/**
 * struct vbuf - a buffer taken from a virtqueue
 * @head:	its descriptor
 * @out:	readable parts
 * @nr_out:	how many
 * @in:		writable parts
 * @nr_in:	how many
 */
struct vbuf {
	uint16_t head;
	struct iovec out[VHOST_CHAIN_MAX], in[VHOST_CHAIN_MAX];
	unsigned int nr_out, nr_in;
};

void vhost_init(struct vhost *v, struct gmem *mem);
void vhost_connect(struct vhost *v, int fd);
void vhost_disconnect(struct vhost *v);
int vhost_next(struct vhost *v);
void vhost_call(struct vhost *v, unsigned int queue);
int vhost_message(struct vhost *v, const uint8_t *msg, size_t len);

bool vring_ready(const struct vring *q);
int vring_take(struct vhost *v, struct vring *q, struct vbuf *b);
void vring_put(struct vring *q, const struct vbuf *b, uint32_t written);
void vring_call(struct vring *q);
void vring_set_notify(struct vring *q, bool on);
uint16_t vring_avail_idx(const struct vring *q);

#endif
