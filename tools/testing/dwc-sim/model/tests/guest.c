// SPDX-License-Identifier: GPL-2.0
/* A guest made by hand: see guest.h. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guest.h"

#define MAX_GUESTS	2

static struct guest guests[MAX_GUESTS];
static unsigned int nr_guests;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void power_off(void *arg)
{
	struct guest *g = arg;

	if (!g->remote && g->dev.vhost.fd >= 0)
		pcidev_disconnect(&g->dev);
	close_fd(&g->sock);
	close_fd(&g->memfd);
	close_fd(&g->call[0]);
	close_fd(&g->call[1]);
	munmap(g->mem, GUEST_SIZE);
	nr_guests--;
}

static void connect_sockets(struct guest *g)
{
	int sv[2];

	if (!EXPECT(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv)))
		exit(2);
	g->sock = sv[0];
	pcidev_connect(&g->dev, sv[1]);
}

static struct guest *new_guest(void)
{
	struct guest *g = &guests[nr_guests];

	if (!EXPECT(nr_guests < MAX_GUESTS))
		exit(2);
	nr_guests++;
	memset(g, 0, sizeof(*g));
	g->sock = g->call[0] = g->call[1] = -1;
	g->memfd = memfd_create("guest", MFD_CLOEXEC);
	if (!EXPECT(!ftruncate(g->memfd, GUEST_GPA + GUEST_SIZE)))
		exit(2);
	g->mem = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, g->memfd, GUEST_GPA);
	harness_defer(power_off, g);
	return g;
}

/** guest_new() - a machine with power whose kernel did nothing yet */
struct guest *guest_new(struct sim *sim, enum side side)
{
	struct guest *g = new_guest();

	g->sim = sim;
	sim->mem[side].base = NULL;
	sim->mem[side].size = 0;
	sim->present[side] = false;
	pcidev_init(&g->dev, sim, side, 0);
	connect_sockets(g);
	return g;
}

/** guest_dial() - likewise, but the back end is the process that listens at @path */
struct guest *guest_dial(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct guest *g = new_guest();

	g->remote = true;
	strcpy(sa.sun_path, path);
	g->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	EXPECT_EQ(connect(g->sock, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return g;
}

/** guest_after() - a host after the first @steps messages of the hand-shake */
struct guest *guest_after(unsigned int steps)
{
	struct guest *g = guest_new(fx_power_on(NULL), SIDE_RC);
	unsigned int i;

	for (i = 0; i < steps; i++)
		EXPECT(guest_step(g, i));
	return g;
}

/** guest_dropped() - does what was sent last end the connection, and with a reason? */
bool guest_dropped(struct guest *g)
{
	return !pcidev_readable(&g->dev) && g->dev.vhost.why;
}

/** guest_boot() - a guest whose queues work and which gave ten interrupt buffers */
struct guest *guest_boot(struct sim *sim, enum side side)
{
	struct guest *g = guest_new(sim, side);
	unsigned int i;

	for (i = 0; i < GUEST_STEPS; i++)
		guest_step(g, i);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(sim->present[side]);
	guest_give_buffers(g, 10);
	return g;
}

/** guest_second() - the device of function 1 of a host that runs already */
struct guest *guest_second(struct sim *sim)
{
	struct guest *g = new_guest();
	unsigned int i;

	g->sim = sim;
	pcidev_init(&g->dev, sim, SIDE_RC, 1);
	connect_sockets(g);
	for (i = 0; i < GUEST_STEPS; i++)
		guest_step(g, i);
	EXPECT(pcidev_readable(&g->dev));
	guest_give_buffers(g, 10);
	return g;
}

/** guest_reconnect() - the guest's process is gone, a new one connects */
void guest_reconnect(struct guest *g)
{
	pcidev_disconnect(&g->dev);
	close_fd(&g->sock);
	memset(g->mem, 0, GUEST_SIZE);
	memset(g->avail, 0, sizeof(g->avail));
	memset(g->seen, 0, sizeof(g->seen));
	g->next_desc = 0;
	connect_sockets(g);
}

/** guest_send() - a vhost-user message */
void guest_send(struct guest *g, uint32_t req, uint32_t flags, const void *payload,
		size_t len, const int *fds, unsigned int nr_fds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * 8)];
	} control = { 0 };
	uint8_t msg[12 + 512];
	struct iovec iov = { msg, 12 + len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	put_le(msg, req, 4);
	put_le(msg + 4, flags, 4);
	put_le(msg + 8, len, 4);
	memcpy(msg + 12, payload, len);
	if (nr_fds) {
		mh.msg_control = control.buf;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * nr_fds);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nr_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nr_fds);
	}
	EXPECT_EQ(sendmsg(g->sock, &mh, MSG_NOSIGNAL), 12 + len);
}

/** guest_send_u64() - a message with one number */
void guest_send_u64(struct guest *g, uint32_t req, uint64_t v)
{
	guest_send_fd(g, req, v, -1);
}

/** guest_send_fd() - a message with one number and, unless -1, a descriptor */
void guest_send_fd(struct guest *g, uint32_t req, uint64_t v, int fd)
{
	uint8_t p[8];

	put_le(p, v, 8);
	guest_send(g, req, VERSION, p, 8, &fd, fd >= 0);
}

/** guest_send_state() - a message about a queue */
void guest_send_state(struct guest *g, uint32_t req, uint32_t queue, uint32_t v)
{
	guest_send_u64(g, req, queue | (uint64_t)v << 32);
}

/** guest_send_table() - the memory table, with one region */
void guest_send_table(struct guest *g, uint64_t gpa, uint64_t size, uint64_t off, int fd)
{
	uint8_t p[40] = { 1 };

	put_le(p + 8, gpa, 8);
	put_le(p + 16, size, 8);
	put_le(p + 24, gpa, 8);
	put_le(p + 32, off, 8);
	guest_send(g, SET_MEM_TABLE, VERSION, p, 40, &fd, fd >= 0);
}

/** guest_send_addr() - where a queue is */
void guest_send_addr(struct guest *g, uint32_t queue, uint64_t desc, uint64_t used,
		     uint64_t avail)
{
	uint8_t p[40] = { 0 };

	put_le(p, queue, 4);
	put_le(p + 8, desc, 8);
	put_le(p + 16, used, 8);
	put_le(p + 24, avail, 8);
	guest_send(g, SET_VRING_ADDR, VERSION, p, 40, NULL, 0);
}

/** guest_reply() - take an answer. Returns false if there is none. @v: its number */
bool guest_reply(struct guest *g, uint64_t *v)
{
	uint8_t msg[20];

	if (recv(g->sock, msg, sizeof(msg), g->remote ? MSG_WAITALL : MSG_DONTWAIT) != sizeof(msg))
		return false;
	EXPECT_EQ(get_le(msg + 4, 4), VERSION | 4);
	EXPECT_EQ(get_le(msg + 8, 4), 8);
	*v = get_le(msg + 12, 8);
	return true;
}

static void send_queue(struct guest *g, unsigned int q, unsigned int what)
{
	int sv[2], fd;

	switch (what) {
	case 0:
		if (!EXPECT(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv)))
			return;
		close_fd(&g->call[q]);
		g->call[q] = sv[0];
		guest_send_fd(g, SET_VRING_CALL, q, sv[1]);
		close(sv[1]);
		break;
	case 1:
		guest_send_state(g, SET_VRING_NUM, q, GUEST_NUM);
		break;
	case 2:
		guest_send_state(g, SET_VRING_BASE, q, 0);
		break;
	case 3:
		guest_send_addr(g, q, GUEST_GPA + QUEUE_DESC(q), GUEST_GPA + QUEUE_USED(q),
				GUEST_GPA + QUEUE_AVAIL(q));
		break;
	case 4:
		fd = eventfd(0, EFD_CLOEXEC);
		guest_send_fd(g, SET_VRING_KICK, q, fd);
		close(fd);
		break;
	case 5:
		guest_send_state(g, SET_VRING_ENABLE, q, 1);
		break;
	}
}

/**
 * guest_step() - one message of the hand-shake, in User-Mode-Linux' order
 * @g:		the guest
 * @step:	0..GUEST_STEPS - 1
 *
 * Return: false if the back end dropped us.
 */
bool guest_step(struct guest *g, unsigned int step)
{
	uint64_t v;

	switch (step) {
	case 0:
		guest_send(g, SET_OWNER, VERSION, "", 0, NULL, 0);
		break;
	case 1:
		guest_send(g, GET_FEATURES, VERSION, "", 0, NULL, 0);
		break;
	case 2:
		guest_send_u64(g, SET_FEATURES, BIT_ULL(30) | BIT_ULL(32));
		break;
	case 3:
		guest_send_table(g, GUEST_GPA, GUEST_SIZE, GUEST_GPA, g->memfd);
		break;
	default:
		send_queue(g, (step - 4) / 6, (step - 4) % 6);
	}
	if (!g->remote && !pcidev_readable(&g->dev))
		return false;
	if (step == 1)
		EXPECT(guest_reply(g, &v));
	return true;
}

/** guest_desc() - write a descriptor */
void guest_desc(struct guest *g, unsigned int q, unsigned int idx, uint64_t gpa,
		uint32_t len, unsigned int flags, unsigned int next)
{
	uint8_t *d = g->mem + QUEUE_DESC(q) + 16 * idx;

	put_le(d, gpa, 8);
	put_le(d + 8, len, 4);
	put_le(d + 12, flags, 2);
	put_le(d + 14, next, 2);
}

/** guest_publish() - make the chain at @head available */
void guest_publish(struct guest *g, unsigned int q, unsigned int head)
{
	uint8_t *a = g->mem + QUEUE_AVAIL(q);

	put_le(a + 4 + 2 * (g->avail[q] % GUEST_NUM), head, 2);
	put_le(a + 2, ++g->avail[q], 2);
}

/** guest_used_idx() - entries the back end has returned */
unsigned int guest_used_idx(struct guest *g, unsigned int q)
{
	return (unsigned int)get_le(g->mem + QUEUE_USED(q) + 2, 2);
}

/** guest_used() - take a returned entry */
bool guest_used(struct guest *g, unsigned int q, uint32_t *id, uint32_t *len)
{
	uint8_t *e = g->mem + QUEUE_USED(q) + 4 + 8 * (g->seen[q] % GUEST_NUM);

	if (guest_used_idx(g, q) == g->seen[q])
		return false;
	g->seen[q]++;
	*id = (uint32_t)get_le(e, 4);
	*len = (uint32_t)get_le(e + 4, 4);
	return true;
}

/** guest_called() - take a notification of the back end */
bool guest_called(struct guest *g, unsigned int q)
{
	uint64_t n;

	return recv(g->call[q], &n, sizeof(n), MSG_DONTWAIT) == sizeof(n);
}

/** guest_work() - let the back end work until it has nothing to do */
void guest_work(struct guest *g)
{
	unsigned int i;

	for (i = 0; i < 1000 && pcidev_work(&g->dev) && !g->dev.vhost.why; i++)
		;
	EXPECT(i < 1000);
}

/** guest_header() - a command's header at offset @at of guest memory */
void guest_header(struct guest *g, size_t at, unsigned int op, unsigned int bar,
		  uint64_t addr, uint32_t size)
{
	uint8_t *h = g->mem + at;

	h[0] = (uint8_t)op;
	h[1] = (uint8_t)bar;
	h[2] = h[3] = 0;
	put_le(h + 4, size, 4);
	put_le(h + 8, addr, 8);
}

/** guest_write() - queue a write, without waiting. Returns its descriptor. */
unsigned int guest_write(struct guest *g, unsigned int op, unsigned int bar, uint64_t addr,
			 const void *data, uint32_t size)
{
	unsigned int head = g->next_desc;
	size_t at = GUEST_DATA + 256 * head;

	g->next_desc = (g->next_desc + 2) % GUEST_NUM;
	guest_header(g, at, op, bar, addr, size);
	if (op == MMIO_MEMSET)
		size = 1;
	memcpy(g->mem + at + 16, data, size);
	guest_desc(g, QUEUE_CMD, head, GUEST_GPA + at, 16 + size, 0, 0);
	guest_publish(g, QUEUE_CMD, head);
	return head;
}

/** guest_read() - a read, answered before this returns */
void guest_read(struct guest *g, unsigned int op, unsigned int bar, uint64_t addr,
		void *data, uint32_t size)
{
	unsigned int head = g->next_desc;
	size_t at = GUEST_DATA + 256 * head;
	uint32_t id, len;

	g->next_desc = (g->next_desc + 2) % GUEST_NUM;
	guest_header(g, at, op, bar, addr, size);
	memset(g->mem + at + 16, 0, size);
	guest_desc(g, QUEUE_CMD, head, GUEST_GPA + at, 16, DESC_NEXT, head + 1);
	guest_desc(g, QUEUE_CMD, head + 1, GUEST_GPA + at + 16, size, DESC_WRITE, 0);
	guest_publish(g, QUEUE_CMD, head);
	while (pcidev_work(&g->dev))
		;
	/* earlier posted writes come back first */
	while (guest_used(g, QUEUE_CMD, &id, &len))
		if (id == head) {
			EXPECT_EQ(len, size);
			memcpy(data, g->mem + at + 16, size);
			return;
		}
	EXPECT(!"the read was answered");
}

/** guest_give_buffers() - buffers for interrupts, as at boot */
void guest_give_buffers(struct guest *g, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		guest_desc(g, QUEUE_IRQ, i, GUEST_GPA + GUEST_IRQ_BUFS + 64 * i, GUEST_IRQ_SIZE,
			   DESC_WRITE, 0);
		guest_publish(g, QUEUE_IRQ, i);
	}
}

/** guest_return_buffer() - an interrupt was handled, its buffer can be used again */
void guest_return_buffer(struct guest *g, unsigned int buf)
{
	guest_publish(g, QUEUE_IRQ, buf);
}

/** guest_take_irq() - the next interrupt message. Returns false if there is none. */
bool guest_take_irq(struct guest *g, struct guest_irq *irq)
{
	uint32_t id, len;
	uint8_t *m;

	if (!guest_used(g, QUEUE_IRQ, &id, &len))
		return false;
	m = g->mem + GUEST_IRQ_BUFS + 64 * id;
	*irq = (struct guest_irq){
		.buf = id, .op = m[0], .len = len, .addr = get_le(m + 8, 8),
		.size = (uint32_t)get_le(m + 4, 4), .data = (uint32_t)get_le(m + 16, 4),
	};
	return true;
}

/** open_fds() - how many descriptors this process has */
unsigned int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (d && readdir(d))
		n++;
	closedir(d);
	return n;
}
