/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vhost-user back end for User-Mode-Linux: one connection a machine, one memory
 * region, two split virtqueues. Everything that comes from the guest is checked;
 * a guest that breaks the protocol loses its connection, nothing else happens.
 */
#ifndef DWC_SIM_VHOST_H
#define DWC_SIM_VHOST_H

#include <sys/uio.h>

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
bool vhost_readable(struct vhost *v);
int vhost_message(struct vhost *v, const uint8_t *msg, size_t len);

bool vring_ready(const struct vring *q);
int vring_take(struct vhost *v, struct vring *q, struct vbuf *b);
void vring_put(struct vring *q, const struct vbuf *b, uint32_t written);
void vring_call(struct vring *q);
void vring_set_notify(struct vring *q, bool on);
uint16_t vring_avail_idx(const struct vring *q);

#endif
