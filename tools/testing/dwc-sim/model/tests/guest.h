/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest made by hand: what User-Mode-Linux does as the front end of a
 * vhost-user connection and as the driver of the two virtqueues, and whatever a
 * hostile one could do instead. Its memory is a file that both sides map.
 */
#ifndef DWC_SIM_TESTS_GUEST_H
#define DWC_SIM_TESTS_GUEST_H

#include "fixture.h"
#include "pcidev.h"

#define GUEST_GPA	0x100000u
#define GUEST_SIZE	0x100000u
#define GUEST_NUM	256u

#define QUEUE_CMD	0
#define QUEUE_IRQ	1

/* Where things are in guest memory, offsets. */
#define QUEUE_DESC(q)	(0x1000u + 0x4000u * (q))
#define QUEUE_AVAIL(q)	(QUEUE_DESC(q) + 0x1000u)
#define QUEUE_USED(q)	(QUEUE_DESC(q) + 0x2000u)
#define GUEST_DATA	0x10000u
#define GUEST_IRQ_BUFS	0x20000u
#define GUEST_IRQ_SIZE	20u

/* vhost-user requests. */
enum {
	GET_FEATURES = 1, SET_FEATURES, SET_OWNER, SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8, SET_VRING_ADDR, SET_VRING_BASE, SET_VRING_KICK = 12,
	SET_VRING_CALL, GET_PROTOCOL_FEATURES = 15, SET_PROTOCOL_FEATURES,
	SET_VRING_ENABLE = 18,
};

#define VERSION		1u
#define NEED_REPLY	8u

/* virtio_pcidev operations. */
enum { CFG_READ = 1, CFG_WRITE, MMIO_READ, MMIO_WRITE, MMIO_MEMSET, IRQ_INT, IRQ_MSI };

#define DESC_NEXT	1u
#define DESC_WRITE	2u

/**
 * struct guest - a guest and the back end it talks to
 * @dev:	the back end
 * @sim:	its model
 * @sock:	our end of the connection
 * @memfd:	our memory
 * @mem:	mapping of it, from GUEST_GPA on
 * @call:	where the back end notifies us, by queue
 * @avail:	entries published, by queue
 * @seen:	entries of the used ring looked at, by queue
 * @remote:	the back end is another process
 * @next_desc:	next descriptor to use for a command
 */
struct guest {
	struct pcidev dev;
	struct sim *sim;
	int sock, memfd;
	uint8_t *mem;
	int call[2];
	uint16_t avail[2], seen[2];
	bool remote;
	unsigned int next_desc;
};

/* An interrupt message as the guest finds it. */
struct guest_irq {
	unsigned int buf, op, len;
	uint64_t addr;
	uint32_t size, data;
};

struct guest *guest_new(struct sim *sim, enum side side);
struct guest *guest_after(unsigned int steps);
bool guest_dropped(struct guest *g);
struct guest *guest_boot(struct sim *sim, enum side side);
struct guest *guest_second(struct sim *sim);
struct guest *guest_dial(const char *path);
void guest_reconnect(struct guest *g);

void guest_send(struct guest *g, uint32_t req, uint32_t flags, const void *payload,
		size_t len, const int *fds, unsigned int nr_fds);
void guest_send_u64(struct guest *g, uint32_t req, uint64_t v);
void guest_send_state(struct guest *g, uint32_t req, uint32_t queue, uint32_t v);
void guest_send_fd(struct guest *g, uint32_t req, uint64_t v, int fd);
void guest_send_table(struct guest *g, uint64_t gpa, uint64_t size, uint64_t off, int fd);
void guest_send_addr(struct guest *g, uint32_t queue, uint64_t desc, uint64_t used,
		     uint64_t avail);
bool guest_reply(struct guest *g, uint64_t *v);
#define GUEST_STEPS	16
bool guest_step(struct guest *g, unsigned int step);

void guest_desc(struct guest *g, unsigned int q, unsigned int idx, uint64_t gpa,
		uint32_t len, unsigned int flags, unsigned int next);
void guest_publish(struct guest *g, unsigned int q, unsigned int head);
bool guest_used(struct guest *g, unsigned int q, uint32_t *id, uint32_t *len);
unsigned int guest_used_idx(struct guest *g, unsigned int q);
bool guest_called(struct guest *g, unsigned int q);
void guest_work(struct guest *g);

void guest_header(struct guest *g, size_t at, unsigned int op, unsigned int bar,
		  uint64_t addr, uint32_t size);
unsigned int guest_write(struct guest *g, unsigned int op, unsigned int bar, uint64_t addr,
			 const void *data, uint32_t size);
void guest_read(struct guest *g, unsigned int op, unsigned int bar, uint64_t addr,
		void *data, uint32_t size);
void guest_give_buffers(struct guest *g, unsigned int n);
void guest_return_buffer(struct guest *g, unsigned int buf);
bool guest_take_irq(struct guest *g, struct guest_irq *irq);

unsigned int open_fds(void);

#endif
