// SPDX-License-Identifier: GPL-2.0
/* What the calendar and the guests tell each other: see calendar.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calendar-msg.h"
#include "report.h"

enum {
	OP_ACK,
	OP_START,
	OP_REQUEST,
	OP_WAIT,
	OP_GET,
	OP_UPDATE,
	OP_RUN,
	OP_FREE_UNTIL,
	OP_GET_TOD,
	OP_BROADCAST,
};

struct msg {
	uint32_t op, seq;
	uint64_t time;
};

static bool put(int fd, uint32_t op, uint32_t seq, uint64_t time)
{
	struct msg m = { op, seq, time };

	return send(fd, &m, sizeof(m), MSG_NOSIGNAL) == sizeof(m);
}

/** calendar_send_run() - a guest that waits may go on. Return: false if it cannot be told */
bool calendar_send_run(struct calendar *c, unsigned int side)
{
	/* The time is the guest's own: it began when it was switched on. */
	return put(c->guest[side].fd, OP_RUN, 0, c->clock->now - c->guest[side].on_at);
}

/**
 * calendar_send_start() - a guest is switched on: it gets the shared memory
 * @c:		the calendar
 * @side:	which
 *
 * Return: false if it cannot be told.
 */
bool calendar_send_start(struct calendar *c, unsigned int side)
{
	struct msg m = { OP_ACK, c->guest[side].seq, SHM_CLIENT(side) };
	char control[CMSG_SPACE(2 * sizeof(int))]
		__attribute__((aligned(__alignof__(struct cmsghdr)))) = { 0 };
	struct iovec iov = { &m, sizeof(m) };
	struct msghdr h = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&h);
	int log = open("/dev/null", O_WRONLY | O_CLOEXEC), fds[2] = { c->shm_fd, log };
	ssize_t n;

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cm), fds, sizeof(fds));
	n = sendmsg(c->guest[side].fd, &h, MSG_NOSIGNAL);
	if (log >= 0)
		close(log);
	return n == sizeof(m);
}

/** calendar_drop() - a guest is gone; its time has ended */
void calendar_drop(struct calendar *c, unsigned int side)
{
	struct calendar_guest *g = &c->guest[side];

	calendar_sync(c);
	trace(c->report, "calendar: %s is gone", side_name[side]);
	close(g->fd);
	g->fd = -1;
	g->state = GUEST_GONE;
	c->shm->client[SHM_CLIENT(side)] = (struct shm_client){ 0 };
}

/* The next message, complete or not there at all. */
static bool get(int fd, struct msg *m)
{
	ssize_t n;

	do {
		n = recv(fd, m, sizeof(*m), MSG_WAITALL);
	} while (n < 0 && errno == EINTR);
	return n == sizeof(*m);
}

/* A message of a guest that has begun. */
static bool take(struct calendar *c, unsigned int side)
{
	struct calendar_guest *g = &c->guest[side];
	struct msg m;

	if (!get(g->fd, &m))
		return false;
	switch (m.op) {
	case OP_WAIT:
		calendar_sync(c);
		if (!(c->shm->client[SHM_CLIENT(side)].capa & SHM_TIME_SHARE)) {
			report_violation(c->report, "calendar-memory", "%s does not share memory",
					 side_name[side]);
			return false;
		}
		g->state = GUEST_WAITS;
		trace(c->report, "calendar: %s waits", side_name[side]);
		return true;
	case OP_ACK:
		return true;
	case OP_GET_TOD:
		return put(g->fd, OP_ACK, m.seq, CALENDAR_EPOCH + c->clock->now);
	case OP_GET:
		return put(g->fd, OP_ACK, m.seq, c->clock->now - g->on_at);
	case OP_BROADCAST:
		calendar_sync(c);
		trace(c->report, "calendar: mark %llu of %s", (unsigned long long)m.time, side_name[side]);
		if (c->mark)
			c->mark(m.time);
		return put(g->fd, OP_ACK, m.seq, 0);
	case OP_UPDATE:
	case OP_REQUEST:
		return put(g->fd, OP_ACK, m.seq, 0);
	}
	report_violation(c->report, "calendar-message", "%s: operation %u", side_name[side], m.op);
	return false;
}

/* START says whose connection it is. */
static void introduce(struct calendar *c, int *fresh)
{
	struct calendar_guest *g = NULL;
	struct msg m;

	if (get(*fresh, &m) && m.op == OP_START && m.time >= 1 && m.time <= NR_SIDES)
		g = &c->guest[m.time - 1];
	if (!g || g->state != GUEST_ABSENT) {
		report_violation(c->report, "calendar-message", "a connection that is no guest's");
		close(*fresh);
	} else {
		g->fd = *fresh;
		g->seq = m.seq;
		g->state = GUEST_OFF;
	}
	*fresh = -1;
}

/** calendar_accept() - somebody connected; @fd is owned from here on */
void calendar_accept(struct calendar *c, int fd)
{
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++) {
		if (c->fresh[i] < 0) {
			c->fresh[i] = fd;
			return;
		}
	}
	close(fd);
}

/** calendar_watch() - which descriptors have to be looked at */
void calendar_watch(const struct calendar *c, struct pollfd pfd[CALENDAR_FDS])
{
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++) {
		pfd[i] = (struct pollfd){ .fd = c->guest[i].fd, .events = POLLIN };
		pfd[NR_SIDES + i] = (struct pollfd){ .fd = c->fresh[i], .events = POLLIN };
	}
}

/** calendar_look() - some of calendar_watch()'s descriptors have something to read */
void calendar_look(struct calendar *c, const struct pollfd pfd[CALENDAR_FDS])
{
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++) {
		if (pfd[i].revents && c->guest[i].fd >= 0 && !take(c, i))
			calendar_drop(c, i);
		if (pfd[NR_SIDES + i].revents && c->fresh[i] >= 0)
			introduce(c, &c->fresh[i]);
	}
}

/** calendar_serve() - serve the guests until @fd is readable. Return: false if it ended */
bool calendar_serve(struct calendar *c, int fd)
{
	struct pollfd pfd[CALENDAR_FDS + 1];

	for (;;) {
		calendar_watch(c, pfd);
		pfd[CALENDAR_FDS] = (struct pollfd){ .fd = fd, .events = POLLIN };
		if (poll(pfd, CALENDAR_FDS + 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		if (pfd[CALENDAR_FDS].revents)
			return pfd[CALENDAR_FDS].revents & POLLIN;
		calendar_look(c, pfd);
	}
}
