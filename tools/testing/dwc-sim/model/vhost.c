// SPDX-License-Identifier: GPL-2.0
/* vhost-user messages: see vhost.h. The virtqueues are in vhost-vring.c. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost.h"

/* docs/interop/vhost-user: requests, flags and features used here. */
enum {
	REQ_GET_FEATURES = 1,
	REQ_SET_FEATURES = 2,
	REQ_SET_OWNER = 3,
	REQ_SET_MEM_TABLE = 5,
	REQ_SET_VRING_NUM = 8,
	REQ_SET_VRING_ADDR = 9,
	REQ_SET_VRING_BASE = 10,
	REQ_SET_VRING_KICK = 12,
	REQ_SET_VRING_CALL = 13,
	REQ_GET_PROTOCOL_FEATURES = 15,
	REQ_SET_PROTOCOL_FEATURES = 16,
	REQ_SET_VRING_ENABLE = 18,
	REQ_SET_BACKEND_REQ_FD = 21,
	REQ_VRING_KICK = 35,
};

/* Our own requests. */
#define BACKEND_VRING_CALL	4

#define HDR_SIZE		12
#define FLAG_VERSION		0x1
#define FLAG_VERSION_MASK	0x3
#define FLAG_REPLY		BIT(2)
#define FLAG_NEED_REPLY		BIT(3)

#define F_PROTOCOL_FEATURES	BIT_ULL(30)
#define F_VERSION_1		BIT_ULL(32)
#define PROTOCOL_F_REPLY_ACK	BIT_ULL(3)
#define PROTOCOL_F_BACKEND_REQ	BIT_ULL(5)
#define PROTOCOL_F_INBAND	BIT_ULL(14)
#define F_DEVICE_TYPE		(BIT_ULL(24) - 1)

#define VRING_IDX_MASK		0xff
#define VRING_NOFD		BIT(8)

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void drop_fds(struct vhost *v)
{
	while (v->nr_fds)
		close(v->fds[--v->nr_fds]);
}

/* Takes the one descriptor that came with a message. */
static int take_fd(struct vhost *v)
{
	int fd;

	if (v->nr_fds != 1)
		return -1;
	fd = v->fds[0];
	v->nr_fds = 0;
	return fd;
}

/**
 * vhost_init() - no connection yet
 * @v:		receives it
 * @mem:	memory it will describe
 */
void vhost_init(struct vhost *v, struct gmem *mem)
{
	unsigned int i;

	memset(v, 0, sizeof(*v));
	v->mem = mem;
	v->fd = -1;
	v->req_fd = -1;
	for (i = 0; i < VHOST_QUEUES; i++)
		v->queue[i].kick_fd = v->queue[i].call_fd = -1;
}

/**
 * vhost_connect() - a guest connected
 * @v:	its side
 * @fd:	the connection, owned from here on
 */
void vhost_connect(struct vhost *v, int fd)
{
	v->fd = fd;
	v->why = NULL;
}

/**
 * vhost_disconnect() - forget everything about a guest
 * @v:	its side
 */
void vhost_disconnect(struct vhost *v)
{
	unsigned int i;

	for (i = 0; i < VHOST_QUEUES; i++) {
		close_fd(&v->queue[i].kick_fd);
		close_fd(&v->queue[i].call_fd);
		v->queue[i] = (struct vring){ .kick_fd = -1, .call_fd = -1 };
	}
	drop_fds(v);
	close_fd(&v->req_fd);
	v->accepted = 0;
	if (v->map)
		munmap(v->map, v->map_len);
	v->map = NULL;
	v->mem->base = NULL;
	v->mem->size = 0;
	close_fd(&v->fd);
	v->len = 0;
	v->why = NULL;
}

/* The guest must tell again where a ring is. */
static void forget_ring(struct vring *q)
{
	q->desc = NULL;
	q->avail = NULL;
	q->used = NULL;
}

/* Does the file hold the range? Touching a mapping past its end is fatal. */
static bool file_holds(int fd, uint64_t off, uint64_t size)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && size <= (uint64_t)st.st_size &&
	       off <= (uint64_t)st.st_size - size;
}

static int set_mem_table(struct vhost *v, const uint8_t *p, size_t len)
{
	uint64_t gpa, size, off;
	void *map = MAP_FAILED;
	unsigned int i;
	int fd;

	/* num, padding, then guest address, size, user address, offset */
	if (len < 40 || get_le(p, 4) != 1)
		return -1;
	gpa = get_le(p + 8, 8);
	size = get_le(p + 16, 8);
	off = get_le(p + 32, 8);
	/* Rings are given by user address: these must be guest addresses, too. */
	if (!size || size > UINT64_MAX - gpa || (gpa | off) & 4095 || get_le(p + 24, 8) != gpa)
		return -1;
	fd = take_fd(v);
	if (fd < 0)
		return -1;
	if (file_holds(fd, off, size))
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)off);
	close(fd);
	if (map == MAP_FAILED)
		return -1;
	if (v->map)
		munmap(v->map, v->map_len);
	for (i = 0; i < VHOST_QUEUES; i++)
		forget_ring(&v->queue[i]);
	v->map = map;
	v->map_len = size;
	v->mem->base = map;
	v->mem->gpa = gpa;
	v->mem->size = size;
	return 0;
}

static struct vring *queue_at(struct vhost *v, uint64_t idx)
{
	return idx < VHOST_QUEUES ? &v->queue[idx] : NULL;
}

static int set_vring_num(struct vring *q, uint64_t num)
{
	if (!num || num > VHOST_QUEUE_MAX || num & (num - 1))
		return -1;
	q->num = (unsigned int)num;
	forget_ring(q);		/* it was checked for another size */
	return 0;
}

static int set_vring_addr(struct vhost *v, struct vring *q, const uint8_t *p)
{
	uint64_t desc = get_le(p + 8, 8), used = get_le(p + 16, 8), avail = get_le(p + 24, 8);

	/* User addresses equal guest physical ones; alignment as in virtio 1.1, 2.6. */
	if (!q->num || desc % 16 || used % 4 || avail % 2)
		return -1;
	q->desc = gmem_ptr(v->mem, desc, 16 * q->num);
	q->avail = gmem_ptr(v->mem, avail, 6 + 2 * q->num);
	q->used = gmem_ptr(v->mem, used, 6 + 8 * q->num);
	return q->desc && q->avail && q->used ? 0 : -1;
}

static int set_vring_fd(struct vhost *v, uint64_t arg, bool kick)
{
	struct vring *q = queue_at(v, arg & VRING_IDX_MASK);
	int *slot, fd;

	if (!q)
		return -1;
	slot = kick ? &q->kick_fd : &q->call_fd;
	close_fd(slot);
	if (arg & VRING_NOFD)
		return kick ? -1 : 0;	/* nothing would ever tell us of work */
	fd = take_fd(v);
	/* The guest must not be able to make us wait. */
	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK)) {
		close_fd(&fd);
		return -1;
	}
	*slot = fd;
	return 0;
}

static int send_reply(struct vhost *v, uint32_t req, uint64_t value)
{
	uint8_t msg[HDR_SIZE + 8];

	put_le(msg, req, 4);
	put_le(msg + 4, FLAG_VERSION | FLAG_REPLY, 4);
	put_le(msg + 8, 8, 4);
	put_le(msg + HDR_SIZE, value, 8);
	return send(v->fd, msg, sizeof(msg), MSG_NOSIGNAL | MSG_DONTWAIT) ==
	       (ssize_t)sizeof(msg) ? 0 : -1;
}

static int handle(struct vhost *v, uint32_t req, const uint8_t *p, size_t len)
{
	struct vring *q;

	switch (req) {
	case REQ_SET_OWNER:
	case REQ_SET_PROTOCOL_FEATURES:
		return 0;
	case REQ_SET_FEATURES:
		if (len >= 8)
			v->accepted = get_le(p, 8) & v->offered;
		return 0;
	case REQ_SET_MEM_TABLE:
		return set_mem_table(v, p, len);
	case REQ_SET_BACKEND_REQ_FD:
		close_fd(&v->req_fd);
		if (v->calendar)
			v->req_fd = take_fd(v);
		return v->req_fd < 0 ? -1 : 0;
	case REQ_SET_VRING_KICK:
	case REQ_SET_VRING_CALL:
		if (len < 8)
			return -1;
		return set_vring_fd(v, get_le(p, 8), req == REQ_SET_VRING_KICK);
	}
	if (len < 8)
		return -1;
	q = queue_at(v, get_le(p, 4));
	if (!q)
		return -1;
	switch (req) {
	case REQ_SET_VRING_NUM:
		return set_vring_num(q, get_le(p + 4, 4));
	case REQ_SET_VRING_BASE:
		q->last_avail = (uint16_t)get_le(p + 4, 4);
		return 0;
	case REQ_SET_VRING_ADDR:
		return len < 40 ? -1 : set_vring_addr(v, q, p);
	case REQ_SET_VRING_ENABLE:
		q->enabled = get_le(p + 4, 4);
		return 0;
	case REQ_VRING_KICK:
		if (!v->kick)
			return -1;
		v->kick(v, (unsigned int)(q - v->queue));
		return 0;
	}
	return -1;
}

/**
 * vhost_call() - notify a guest in band, and wait until it has seen that
 * @v:		whose
 * @queue:	which queue has something for it
 *
 * A guest that does not answer loses its connection.
 */
void vhost_call(struct vhost *v, unsigned int queue)
{
	uint8_t msg[HDR_SIZE + 8];

	put_le(msg, BACKEND_VRING_CALL, 4);
	put_le(msg + 4, FLAG_VERSION | FLAG_NEED_REPLY, 4);
	put_le(msg + 8, 8, 4);
	put_le(msg + HDR_SIZE, queue, 4);
	put_le(msg + HDR_SIZE + 4, 0, 4);
	if (send(v->req_fd, msg, sizeof(msg), MSG_NOSIGNAL) != (ssize_t)sizeof(msg) ||
	    !calendar_serve(v->calendar, v->req_fd) ||
	    recv(v->req_fd, msg, sizeof(msg), MSG_WAITALL) != (ssize_t)sizeof(msg))
		v->why = "vhost-user: a call has no answer";
}

/**
 * vhost_message() - one complete message
 * @v:		whose
 * @msg:	header and payload
 * @len:	bytes
 *
 * Return: 0, or -1 if the connection must be dropped (@v->why says why).
 */
int vhost_message(struct vhost *v, const uint8_t *msg, size_t len)
{
	uint32_t req, flags;
	int ret;

	if (len < HDR_SIZE)
		return -1;
	req = (uint32_t)get_le(msg, 4);
	flags = (uint32_t)get_le(msg + 4, 4);
	if ((flags & FLAG_VERSION_MASK) != FLAG_VERSION || flags & FLAG_REPLY) {
		v->why = "vhost-user: wrong version or a reply";
		return -1;
	}

	if (req == REQ_GET_FEATURES || req == REQ_GET_PROTOCOL_FEATURES) {
		drop_fds(v);
		return send_reply(v, req, req == REQ_GET_FEATURES ?
				  F_PROTOCOL_FEATURES | F_VERSION_1 | (v->offered & F_DEVICE_TYPE) :
				  PROTOCOL_F_REPLY_ACK |
				  (v->calendar ? PROTOCOL_F_BACKEND_REQ | PROTOCOL_F_INBAND : 0));
	}

	ret = handle(v, req, msg + HDR_SIZE, len - HDR_SIZE);
	drop_fds(v);
	if (flags & FLAG_NEED_REPLY)
		return send_reply(v, req, ret ? 1 : 0);
	if (ret)
		v->why = "vhost-user: refused message";
	return ret;
}

static ssize_t receive(struct vhost *v, size_t want)
{
	char control[CMSG_SPACE(sizeof(int) * VHOST_FDS_MAX)]
		__attribute__((aligned(__alignof__(struct cmsghdr))));
	struct iovec iov = { v->buf + v->len, want };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(v->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;
	unsigned int i, nr;

	if (n <= 0)
		return n;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		nr = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		for (i = 0; i < nr; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (v->nr_fds < VHOST_FDS_MAX)
				v->fds[v->nr_fds++] = fd;
			else
				close(fd);
		}
	}
	return n;
}

/**
 * vhost_next() - handle the next message of the guest
 * @v:	whose
 *
 * A guest goes on when it has its answer: whoever has to see each state that it
 * sets up looks before the next call.
 *
 * Return: 1 if there was a message, 0 if there is none, or -1 if the connection
 * has ended or must be dropped.
 */
int vhost_next(struct vhost *v)
{
	size_t want;
	ssize_t n;

	for (;;) {
		want = HDR_SIZE;
		if (v->len >= HDR_SIZE)
			want += get_le(v->buf + 8, 4);
		if (want > sizeof(v->buf)) {
			v->why = "vhost-user: message too long";
			return -1;
		}
		if (v->len == want)
			break;
		n = receive(v, want - v->len);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		v->len += (size_t)n;
	}
	v->len = 0;
	if (!vhost_message(v, v->buf, want))
		return 1;
	if (!v->why)
		v->why = "vhost-user: cannot answer";
	return -1;
}
