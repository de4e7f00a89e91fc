// SPDX-License-Identifier: GPL-2.0
/* The model as a process: sockets, and a loop for each kind of time. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "args.h"
#include "calendar.h"
#include "clock.h"
#include "control.h"
#include "mutate.h"
#include "pcidev.h"
#include "plan.h"
#include "sim.h"
#include "storm.h"

/* The guests' memory can be gigabytes, but this is ours: static, no allocation. */
static struct sim sim;
static struct control control;

static struct args args;
static struct pcidev dev[NR_DEVS];
static int listen_fd[NR_LISTEN];

/* In virtual time only. */
static struct calendar calendar;
static FILE *marks;

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void tick(void)
{
	if (!sim.clock.timed)
		clock_tick(&sim.clock);
	irq_tick(&sim.irq, sim.clock.now / 1000000);
}

static int listen_at(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		die(path, "path too long for a socket");
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		die("socket", strerror(errno));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 8))
		die(path, errno == EADDRINUSE ?
		    "exists already: another model uses it, or remove it" : strerror(errno));
	return fd;
}

static void accept_guest(unsigned int i)
{
	int fd = accept4(listen_fd[i], NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (dev[i].vhost.fd >= 0) {
		fprintf(stderr, "dwc-sim: a second %s wants to connect, refused\n",
			side_name[dev[i].side]);
		close(fd);
		return;
	}
	pcidev_connect(&dev[i], fd);
}

static void drop_guest(struct pcidev *p)
{
	if (p->vhost.why) {
		fprintf(stderr, "dwc-sim: %s dropped: %s\n", side_name[p->side], p->vhost.why);
		report_violation(&sim.report, "vhost-user", "%s: %s", side_name[p->side],
				 p->vhost.why);
	}
	pcidev_disconnect(p);
}

/* Drains an eventfd; its count does not matter. A guest may have given us anything. */
static void drain(struct vhost *v, int fd)
{
	uint64_t n;
	ssize_t ret = read(fd, &n, sizeof(n));

	if (!ret || (ret < 0 && errno != EAGAIN && errno != EINTR))
		v->why = "vhost-user: the kick descriptor is no eventfd";
}

struct watch {
	struct pollfd pfd[NR_LISTEN + NR_DEVS * (1 + VHOST_QUEUES) + CONTROL_CLIENTS];
	unsigned int nr;
};

static unsigned int add(struct watch *w, int fd)
{
	w->pfd[w->nr] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return w->nr++;
}

/* A peer is, and acts at times of its own. */
static bool hostile;

static int timeout_ms(bool busy)
{
	uint64_t due = min_t(uint64_t, irq_next_due(&sim.irq), control_next_deadline(&control));
	uint64_t now = sim.irq.now;

	if (busy || due <= now)
		return 0;
	return (int)min_t(uint64_t, due - now, hostile ? 1 : 1000);
}

/* Look at all descriptors once, waiting if there is nothing else to do. */
static void poll_once(bool busy)
{
	unsigned int i, q, conn[NR_DEVS], ctl[CONTROL_CLIENTS];
	struct watch w = { .nr = 0 };
	int n;

	for (i = 0; i < NR_LISTEN; i++)
		add(&w, listen_fd[i]);
	for (i = 0; i < NR_DEVS; i++) {
		conn[i] = add(&w, dev[i].vhost.fd);
		for (q = 0; q < VHOST_QUEUES; q++)
			add(&w, dev[i].vhost.queue[q].kick_fd);
	}
	for (i = 0; i < CONTROL_CLIENTS; i++)
		ctl[i] = add(&w, control.client[i].key[0] ? -1 : control.client[i].fd);

	n = poll(w.pfd, w.nr, timeout_ms(busy));
	if (n < 0 && errno != EINTR)
		die("poll", strerror(errno));
	if (n <= 0)
		return;

	for (i = 0; i < NR_DEVS; i++) {
		for (q = 0; q < VHOST_QUEUES; q++)
			if (w.pfd[conn[i] + 1 + q].revents)
				drain(&dev[i].vhost, w.pfd[conn[i] + 1 + q].fd);
		if (dev[i].vhost.why ||
		    (w.pfd[conn[i]].revents && !pcidev_readable(&dev[i])))
			drop_guest(&dev[i]);
		if (w.pfd[i].revents)
			accept_guest(i);
	}
	if (w.pfd[LISTEN_CONTROL].revents) {
		int fd = accept4(listen_fd[LISTEN_CONTROL], NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0 && !control_accept(&control, fd))
			fprintf(stderr, "dwc-sim: too many control connections\n");
	}
	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (w.pfd[ctl[i]].revents)
			control_readable(&control, &control.client[i]);
}

/* Everything that needs no descriptor. Returns true if there was anything to do. */
static bool work(void)
{
	bool did = false;
	unsigned int i;

	for (i = 0; i < NR_DEVS; i++) {
		did |= pcidev_work(&dev[i]);
		if (dev[i].vhost.why)
			drop_guest(&dev[i]);
	}
	did |= edma_step(&sim);
	hostile = storm_step(&sim);
	hostile |= mutate_step(&sim);
	return did;
}

/* How many rounds of work between two looks at the descriptors. */
#define ROUNDS	64

static void loop(void)
{
	unsigned int i, rounds;
	bool busy;

	while (!stop) {
		for (i = 0; i < NR_DEVS; i++)
			pcidev_busy(&dev[i]);
		for (rounds = 0; rounds < ROUNDS && work(); rounds++)
			;
		busy = rounds == ROUNDS;
		for (i = 0; i < NR_DEVS; i++)
			busy |= !pcidev_idle(&dev[i]);

		tick();
		control_check_waits(&control, sim.irq.now);
		poll_once(busy);
		tick();
	}
}

/* -------------------------------------------------------- virtual time */

/* Connections that ended while their guest ran: seen when it runs no more. */
static bool ended[NR_DEVS];

static void drop_ended(void)
{
	unsigned int i;

	for (i = 0; i < NR_DEVS; i++) {
		if (!ended[i] || calendar.guest[dev[i].side].state == GUEST_RUNS)
			continue;
		ended[i] = false;
		drop_guest(&dev[i]);
	}
}

/* Whatever the guests tell; how long that takes is of no matter. */
static void poll_guests(int timeout)
{
	struct pollfd pfd[2 * NR_DEVS + 1 + CALENDAR_FDS], *cal = pfd + 2 * NR_DEVS + 1;
	unsigned int i;

	for (i = 0; i < NR_DEVS; i++) {
		pfd[i] = (struct pollfd){ .fd = listen_fd[i], .events = POLLIN };
		pfd[NR_DEVS + i] = (struct pollfd){
			.fd = ended[i] ? -1 : dev[i].vhost.fd, .events = POLLIN,
		};
	}
	cal[-1] = (struct pollfd){ .fd = listen_fd[LISTEN_CALENDAR], .events = POLLIN };
	calendar_watch(&calendar, cal);
	if (poll(pfd, ARRAY_SIZE(pfd), timeout) <= 0)
		return;

	for (i = 0; i < NR_DEVS; i++) {
		if (pfd[NR_DEVS + i].revents && !pcidev_readable(&dev[i]))
			ended[i] = true;
		if (pfd[i].revents)
			accept_guest(i);
	}
	calendar_look(&calendar, cal);
	if (cal[-1].revents) {
		int fd = accept4(listen_fd[LISTEN_CALENDAR], NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			calendar_accept(&calendar, fd);
	}
}

/* A line of the marks: number, counters. */
static void mark(uint64_t number)
{
	char *text;

	if (!marks)
		return;
	text = control_command(&sim, "counters");
	fprintf(marks, "%llu %s", (unsigned long long)number, text);
	free(text);
}

static void ev_train(void *arg, uint64_t n)
{
	(void)arg;
	(void)n;
	if (sim_set_link(&sim, true))
		fprintf(stderr, "dwc-sim: the host is switched on, and there is no endpoint\n");
}

/* Guests run no more, but the command socket still tells what happened. */
static void tell(void)
{
	while (!stop)
		poll_once(false);
}

static int fail_in_time(const char *what)
{
	fprintf(stderr, "dwc-sim: %s at %llu ns: the model has %s\n", what,
		(unsigned long long)sim.clock.now,
		sim.clock.events.nr ? sim.clock.events.heap[0].name : "no event");
	calendar_explain(&calendar, stderr);
	return 3;
}

/* Interrupts may follow from what was done. Only while no guest runs: it would run past them. */
static void touch_guests(void)
{
	unsigned int i;

	if (calendar_busy(&calendar))
		return;
	for (i = 0; i < NR_DEVS; i++) {
		ended[i] |= dev[i].vhost.why != NULL;
		pcidev_touch(&dev[i]);
	}
}

static int loop_in_time(void)
{
	calendar.until = args.until;
	calendar.mark = mark;
	calendar.guest[SIDE_RC].on_at = args.host_at;
	clock_at(&sim.clock, args.host_at, "the link trains", ev_train, NULL, 0);
	while (!stop) {
		switch (calendar_step(&calendar)) {
		case CALENDAR_DID:
			tick();
			touch_guests();
			break;
		case CALENDAR_BUSY:
			poll_guests(-1);
			if (!calendar_busy(&calendar))
				poll_guests(0);	/* what came before it began to wait */
			drop_ended();
			touch_guests();
			break;
		case CALENDAR_OVER:
			tell();
			return 0;
		case CALENDAR_DEADLOCK:
			return fail_in_time("nobody has anything to do any more");
		case CALENDAR_LATE:
			return fail_in_time("time is up, guests still run");
		}
	}
	return 0;
}

static void finish(void)
{
	unsigned int i;

	for (i = 0; i < NR_DEVS; i++)
		pcidev_disconnect(&dev[i]);
	for (i = 0; i < NR_LISTEN; i++) {
		if (!args.socket[i])
			continue;
		close(listen_fd[i]);
		unlink(args.socket[i]);
	}
	if (sim.report.trace)
		fclose(sim.report.trace);
	if (marks)
		fclose(marks);
	calendar_free(&calendar);
	events_free(&sim.clock.events);
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		die(path, strerror(errno));
	return f;
}

static void set_up(void)
{
	unsigned int i;

	sim_init(&sim, &args.profile, args.timed ? &args.board : NULL);
	sim.rc_slot = args.rc_slot;
	if (calendar_init(&calendar, &sim.clock, &sim.report))
		die("memory of the calendar", strerror(errno));
	for (i = 0; i < NR_DEVS; i++) {
		pcidev_init(&dev[i], &sim, i == DEV_EP ? SIDE_EP : SIDE_RC, i % MAX_FUNCS);
		if (args.timed)
			pcidev_in_time(&dev[i], &calendar);
	}
	control_init(&control, &sim);
	if (args.plan) {
		char line[CONTROL_LINE_MAX];
		const char *err = plan_load(&sim, args.plan, line, sizeof(line));

		if (err)
			die(line, err);
	}
	if (args.marks)
		marks = create(args.marks);
	if (args.trace) {
		sim.report.trace = create(args.trace);
		sim.report.tracing = true;
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned int i;
	int status = 0;

	args_parse(&args, argc, argv);
	set_up();
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < NR_LISTEN; i++)
		listen_fd[i] = args.socket[i] ? listen_at(args.socket[i]) : -1;
	if (dprintf(args.ready_fd, "dwc-sim: ready\n") < 0)
		die("--ready-fd", strerror(errno));

	if (args.timed)
		status = loop_in_time();
	else
		loop();
	finish();
	return status;
}
