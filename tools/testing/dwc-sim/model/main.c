// SPDX-License-Identifier: GPL-2.0
/* The model as a process: arguments, sockets and the one poll loop. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "board.h"
#include "calendar.h"
#include "clock.h"
#include "control.h"
#include "pcidev.h"
#include "sim.h"

/* The guests' memory can be gigabytes, but this is ours: static, no allocation. */
static struct sim sim;
static struct control control;

/* Front ends: on the host a device for each function, and the endpoint. */
enum { DEV_RC, DEV_EP = DEV_RC + MAX_FUNCS, NR_DEVS };
static struct pcidev dev[NR_DEVS];

/* A socket for each of them, the command socket, and the calendar's. */
enum { LISTEN_CONTROL = NR_DEVS, LISTEN_CALENDAR, NR_LISTEN };
static const char *sock_path[NR_LISTEN];
static int listen_fd[NR_LISTEN];
static unsigned int rc_slot;

/* In virtual time only. */
static struct calendar calendar;
static uint64_t host_at, until = EVENT_NEVER;
static FILE *marks;

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void die(const char *what, const char *detail)
{
	fprintf(stderr, "dwc-sim: %s: %s\n", what, detail);
	exit(1);
}

static void tick(void)
{
	if (!sim.clock.timed)
		clock_tick(&sim.clock);
	irq_tick(&sim.irq, sim.clock.now / 1000000);
}

static void usage(void)
{
	printf("usage: dwc-sim --profile FILE --rc-socket PATH --ep-socket PATH --control PATH\n"
	       "               [--rc-slot N] [--trace FILE] [--ready-fd N]\n"
	       "               [--board FILE --calendar PATH [--host-at NS] [--until NS] [--marks FILE]]\n"
	       "\n"
	       "Models a DesignWare PCIe endpoint controller with eDMA between two\n"
	       "User-Mode-Linux machines, which connect to the two vhost-user sockets.\n"
	       "\n"
	       "  --profile FILE    kind of controller (key = value)\n"
	       "  --rc-socket PATH  where the host connects; once for each function of the profile\n"
	       "  --rc-slot N       slot of the first function's device on the host's bus (default: 0)\n"
	       "  --ep-socket PATH  where the endpoint connects\n"
	       "  --control PATH    command socket: one line of words in, one line of JSON out\n"
	       "  --trace FILE      readable trace of every access\n"
	       "  --board FILE      virtual time: what things cost (key = value # source)\n"
	       "  --calendar PATH   virtual time: where both guests' time-travel=ext connects\n"
	       "  --host-at NS      virtual time: when the host is switched on and the link trains\n"
	       "  --until NS        virtual time: end with an error if guests still run then\n"
	       "  --marks FILE      virtual time: the counters, at each mark that a guest leaves\n"
	       "  --ready-fd N      write one line there when all sockets listen (default: stdout)\n");
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

static unsigned int parse_slot(const char *word)
{
	unsigned int slot;
	char more;

	if (sscanf(word, "%2u%c", &slot, &more) != 1 || slot > 31)
		die(word, "a slot is a number from 0 to 31");
	return slot;
}

static uint64_t ns(const char *s)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(s, &end, 0);
	if (errno || end == s || *end || *s == '-')
		die(s, "not a time in ns");
	return v;
}

/* What the arguments say. */
struct args {
	struct profile profile;
	struct board board;
	bool timed;
	const char *trace;
	int ready_fd;
};

static void load(struct args *a, const char *profile, const char *board, unsigned int funcs)
{
	char err[200];

	if (!profile || !funcs || !sock_path[DEV_EP] || !sock_path[LISTEN_CONTROL])
		die("arguments", "--profile, --rc-socket, --ep-socket and --control are needed (see --help)");
	if (!board != !sock_path[LISTEN_CALENDAR])
		die("arguments", "--board and --calendar are both needed for virtual time");
	if (profile_load(&a->profile, profile, err, sizeof(err)))
		die(profile, err);
	if (funcs != a->profile.functions)
		die(profile, "--rc-socket is needed once for each function of the profile");
	a->timed = board;
	if (!board || !board_load(&a->board, board, err, sizeof(err)))
		return;
	fprintf(stderr, "dwc-sim: %s:%s%s\n", board, isdigit((unsigned char)*err) ? "" : " ", err);
	exit(1);
}

static void parse_args(int argc, char **argv, struct args *a)
{
	static const struct option opts[] = {
		{ "profile", required_argument, NULL, 'p' },
		{ "rc-socket", required_argument, NULL, 'r' },
		{ "rc-slot", required_argument, NULL, 's' },
		{ "ep-socket", required_argument, NULL, 'e' },
		{ "control", required_argument, NULL, 'c' },
		{ "trace", required_argument, NULL, 't' },
		{ "ready-fd", required_argument, NULL, 'f' },
		{ "board", required_argument, NULL, 'b' },
		{ "calendar", required_argument, NULL, 'l' },
		{ "host-at", required_argument, NULL, 'a' },
		{ "until", required_argument, NULL, 'u' },
		{ "marks", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *path = NULL, *board = NULL;
	unsigned int funcs = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		switch (c) {
		case 'p':
			path = optarg;
			break;
		case 'r':
			if (funcs == MAX_FUNCS)
				die(optarg, "more sockets of the host than there can be functions");
			sock_path[DEV_RC + funcs++] = optarg;
			break;
		case 's':
			rc_slot = parse_slot(optarg);
			break;
		case 'e':
			sock_path[DEV_EP] = optarg;
			break;
		case 'c':
			sock_path[LISTEN_CONTROL] = optarg;
			break;
		case 't':
			a->trace = optarg;
			break;
		case 'f':
			a->ready_fd = atoi(optarg);
			break;
		case 'b':
			board = optarg;
			break;
		case 'l':
			sock_path[LISTEN_CALENDAR] = optarg;
			break;
		case 'a':
			host_at = ns(optarg);
			break;
		case 'u':
			until = ns(optarg);
			break;
		case 'm':
			marks = fopen(optarg, "we");
			if (!marks)
				die(optarg, strerror(errno));
			break;
		case 'h':
			usage();
			exit(0);
		default:
			exit(2);
		}
	}
	if (optind < argc)
		die(argv[optind], "unexpected argument (see --help)");
	load(a, path, board, funcs);
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

static int timeout_ms(bool busy)
{
	uint64_t due = min_t(uint64_t, irq_next_due(&sim.irq), control_next_deadline(&control));
	uint64_t now = sim.irq.now;

	if (busy || due <= now)
		return 0;
	return due - now > 1000 ? 1000 : (int)(due - now);
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
	calendar.until = until;
	calendar.mark = mark;
	calendar.guest[SIDE_RC].on_at = host_at;
	clock_at(&sim.clock, host_at, "the link trains", ev_train, NULL, 0);
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
		if (!sock_path[i])
			continue;
		close(listen_fd[i]);
		unlink(sock_path[i]);
	}
	if (sim.report.trace)
		fclose(sim.report.trace);
	if (marks)
		fclose(marks);
	calendar_free(&calendar);
	events_free(&sim.clock.events);
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static struct args args = { .ready_fd = 1 };
	unsigned int i;
	int status = 0;

	parse_args(argc, argv, &args);
	sim_init(&sim, &args.profile, args.timed ? &args.board : NULL);
	sim.rc_slot = rc_slot;
	if (calendar_init(&calendar, &sim.clock, &sim.report))
		die("memory of the calendar", strerror(errno));
	for (i = 0; i < NR_DEVS; i++) {
		pcidev_init(&dev[i], &sim, i == DEV_EP ? SIDE_EP : SIDE_RC, i % MAX_FUNCS);
		if (args.timed)
			pcidev_in_time(&dev[i], &calendar);
	}
	control_init(&control, &sim);
	if (args.trace) {
		sim.report.trace = fopen(args.trace, "we");
		if (!sim.report.trace)
			die(args.trace, strerror(errno));
		sim.report.tracing = true;
	}

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < NR_LISTEN; i++)
		listen_fd[i] = sock_path[i] ? listen_at(sock_path[i]) : -1;
	if (dprintf(args.ready_fd, "dwc-sim: ready\n") < 0)
		die("--ready-fd", strerror(errno));

	if (args.timed)
		status = loop_in_time();
	else
		loop();
	finish();
	return status;
}
