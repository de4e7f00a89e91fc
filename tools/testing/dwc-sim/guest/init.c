// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of a guest of the dwc-sim bench: sets the machine up (setup.c), then runs
 * commands for the bench until the bench goes away, then powers off. In virtual
 * time nothing may come from outside: it runs the script DWC_SCENARIO instead.
 *
 * The bench talks to it over the first serial line.  Both directions carry
 * frames: le32 payload length, le32 job number, one byte kind, payload.
 *
 * bench -> guest
 *   'R' run             payload: flags byte (RUN_STDIN), command for bash
 *   'T' run on a pty    payload: le16 rows, le16 columns, command
 *   'I' stdin           payload: bytes; empty closes it
 *   'K' kill            payload: signal number (one byte), to the process group
 *   'W' window size     payload: le16 rows, le16 columns
 *   'P' ping
 * guest -> bench
 *   'H' hello           payload: kernel release; sent once, everything is mounted
 *   'O' 'E'             payload: stdout, stderr bytes
 *   'X' exit            payload: le32 wait status; the last frame of a job
 *   'P' ping answer
 *   'A' acknowledge     payload: le32 bytes read since the last one
 * The bench has at most 3072 bytes on their way that are not acknowledged:
 * a UML line whose tty buffer fills up once is never read again.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "init.h"

enum {
	MAX_JOBS	= 64,
	MAX_PAYLOAD	= 65536,
	MAX_STDIN	= 16 << 20,	/* input not yet read by a job */
	HEADER		= 9,
	RUN_STDIN	= 1,
	QUARANTINE_MS	= 1000,
};

struct job {
	uint32_t id;
	pid_t pid;		/* 0: slot is free */
	int out, err, in;	/* -1: closed; a pty is out, with in a dup of it */
	char *pending;		/* stdin that the job has not taken yet */
	size_t npending;
	int close_in;		/* close stdin once pending is written */
};

static struct job jobs[MAX_JOBS];
static int line = -1;
static sigset_t chld;

void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	_exit(1);
}

void die(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	dprintf(STDERR_FILENO, "dwc-sim guest: ");
	va_start(ap, fmt);
	vdprintf(STDERR_FILENO, fmt, ap);
	va_end(ap);
	dprintf(STDERR_FILENO, ": %s\n", strerror(saved));
	power_off();
}

static void open_line(void)
{
	struct termios tio;

	line = open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (line < 0)
		die("open /dev/ttyS0");
	if (tcgetattr(line, &tio))
		die("tcgetattr /dev/ttyS0");
	cfmakeraw(&tio);
	if (tcsetattr(line, TCSANOW, &tio))
		die("tcsetattr /dev/ttyS0");
}

/* ------------------------------------------------------------- frames */

static void send_all(const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(line, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			power_off();	/* the bench is gone */
		p += n;
		len -= n;
	}
}

static void send_frame(uint32_t id, char kind, const void *data, uint32_t len)
{
	char head[HEADER];
	uint32_t v;

	v = htole32(len);
	memcpy(head, &v, 4);
	v = htole32(id);
	memcpy(head + 4, &v, 4);
	head[8] = kind;
	send_all(head, HEADER);
	send_all(data, len);
}

static void send_value(uint32_t id, char kind, uint32_t value)
{
	value = htole32(value);
	send_frame(id, kind, &value, sizeof(value));
}

static void refuse(uint32_t id, const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "dwc-sim guest: %s: %s\n", what,
		 strerror(errno));
	send_frame(id, 'E', text, strlen(text));
	send_value(id, 'X', W_EXITCODE(127, 0));
}

/* --------------------------------------------------------------- jobs */

static struct job *find_job(uint32_t id)
{
	struct job *job = jobs;

	while (job < jobs + MAX_JOBS && !(job->pid && job->id == id))
		job++;
	return job < jobs + MAX_JOBS ? job : NULL;
}

static struct job *free_slot(void)
{
	struct job *job = jobs;

	while (job < jobs + MAX_JOBS && job->pid)
		job++;
	errno = EMFILE;
	return job < jobs + MAX_JOBS ? job : NULL;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

__attribute__((noreturn))
static void run_child(int in, int out, int err, const char *cmd, int tty)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (tty && ioctl(in, TIOCSCTTY, 0))
		_exit(126);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	close_range(3, ~0U, 0);
	if (tty && !*cmd)
		execl("/bin/bash", "bash", "-i", NULL);
	else
		execl("/bin/bash", "bash", "-c", cmd, NULL);
	_exit(127);
}

static void start_pipe(uint32_t id, const char *cmd, int want_stdin)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, in[2] = { -1, -1 };
	struct job *job = free_slot();
	pid_t pid = -1;

	if (!want_stdin)
		in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	else if (pipe2(in, O_CLOEXEC))
		in[0] = -1;
	if (job && in[0] >= 0 && !pipe2(out, O_CLOEXEC) && !pipe2(err, O_CLOEXEC))
		pid = fork();
	if (!pid)
		run_child(in[0], out[1], err[1], cmd, 0);
	if (pid < 0) {
		refuse(id, "cannot start a job");
		close_fd(&out[0]);
		close_fd(&err[0]);
		close_fd(&in[1]);
	} else {
		*job = (struct job){ .id = id, .pid = pid, .out = out[0],
				     .err = err[0], .in = in[1] };
		fcntl(out[0], F_SETFL, O_NONBLOCK);
		fcntl(err[0], F_SETFL, O_NONBLOCK);
		if (in[1] >= 0)
			fcntl(in[1], F_SETFL, O_NONBLOCK);
	}
	close_fd(&out[1]);
	close_fd(&err[1]);
	close_fd(&in[0]);
}

static void set_winsize(int fd, const char *data)
{
	struct winsize ws = { 0 };
	uint16_t v[2];

	memcpy(v, data, sizeof(v));
	ws.ws_row = le16toh(v[0]);
	ws.ws_col = le16toh(v[1]);
	ioctl(fd, TIOCSWINSZ, &ws);
}

static void start_pty(uint32_t id, const char *winsize, const char *cmd)
{
	int master, slave = -1, dupfd = -1, unlock = 0, nr;
	struct job *job = free_slot();
	char name[32];
	pid_t pid = -1;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (job && master >= 0 && !ioctl(master, TIOCSPTLCK, &unlock) &&
	    !ioctl(master, TIOCGPTN, &nr)) {
		snprintf(name, sizeof(name), "/dev/pts/%d", nr);
		slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
		dupfd = fcntl(master, F_DUPFD_CLOEXEC, 3);
		set_winsize(master, winsize);
		if (slave >= 0 && dupfd >= 0)
			pid = fork();
	}
	if (!pid)
		run_child(slave, slave, slave, cmd, 1);
	if (pid < 0) {
		refuse(id, "cannot start a job on a pty");
		close_fd(&master);
		close_fd(&dupfd);
	} else {
		fcntl(master, F_SETFL, O_NONBLOCK);
		*job = (struct job){ .id = id, .pid = pid, .out = master,
				     .err = -1, .in = dupfd };
	}
	close_fd(&slave);
}

static void feed_stdin(struct job *job)
{
	while (job->npending) {
		ssize_t n = write(job->in, job->pending, job->npending);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {		/* the job closed its stdin */
			job->npending = 0;
			job->close_in = 1;
			break;
		}
		job->npending -= n;
		memmove(job->pending, job->pending + n, job->npending);
	}
	if (job->close_in)
		close_fd(&job->in);
}

static void add_stdin(struct job *job, const char *data, size_t len)
{
	char *p;

	if (!job || job->in < 0)
		return;
	if (!len) {
		job->close_in = 1;
	} else {
		if (job->npending + len > MAX_STDIN)
			die("a job does not read its %d bytes of input", MAX_STDIN);
		p = realloc(job->pending, job->npending + len);
		if (!p)
			die("out of memory");
		memcpy(p + job->npending, data, len);
		job->pending = p;
		job->npending += len;
	}
	feed_stdin(job);
}

/*
 * Pass on what there is, a pipe's worth at most so that an endless writer does
 * not keep the bench from being heard; closes the descriptor at its end.
 */
static void drain(struct job *job, int *fd, char kind)
{
	static char buf[MAX_PAYLOAD];
	size_t budget = 2 * MAX_PAYLOAD;
	ssize_t n;

	while (*fd >= 0) {
		n = read(*fd, buf, sizeof(buf));
		if (n > 0) {
			send_frame(job->id, kind, buf, n);
			if ((size_t)n >= budget)
				return;
			budget -= n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		close_fd(fd);
	}
}

/*
 * A job ends with its first process.  A daemon it left behind keeps the pipe
 * open, so do not wait for the end of file: what the job itself wrote is in
 * the pipe by now.
 */
static void reap(void)
{
	int status, i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < MAX_JOBS; i++) {
			struct job *job = &jobs[i];

			if (job->pid != pid)
				continue;
			drain(job, &job->out, 'O');
			drain(job, &job->err, 'E');
			send_value(job->id, 'X', status);
			close_fd(&job->out);
			close_fd(&job->err);
			close_fd(&job->in);
			free(job->pending);
			*job = (struct job){ 0 };
		}
	}
}

static void handle_frame(uint32_t id, char kind, char *data, uint32_t len)
{
	struct job *job = find_job(id);

	data[len] = 0;
	if (kind == 'P') {
		send_frame(id, 'P', NULL, 0);
	} else if (kind == 'R' && len >= 1) {
		start_pipe(id, data + 1, data[0] & RUN_STDIN);
	} else if (kind == 'T' && len >= 4) {
		start_pty(id, data, data + 4);
	} else if (kind == 'I') {
		add_stdin(job, data, len);
	} else if (kind == 'K' && len == 1) {
		if (job)		/* it may just have ended */
			kill(-job->pid, data[0]);
	} else if (kind == 'W' && len == 4) {
		if (job)
			set_winsize(job->out, data);
	} else {
		errno = EBADMSG;
		die("frame of kind 0x%02x, %u bytes", kind, len);
	}
}

/* Reads what the bench sent, handles each complete frame. */
static void read_line(void)
{
	static char buf[2 * (HEADER + MAX_PAYLOAD) + 1];
	static size_t have;
	size_t at = 0;
	ssize_t n;

	n = read(line, buf + have, sizeof(buf) - 1 - have);
	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0)
		power_off();		/* the bench is gone */
	have += n;
	send_value(0, 'A', n);
	while (have - at >= HEADER) {
		uint32_t len, id;
		char saved;

		memcpy(&len, buf + at, 4);
		memcpy(&id, buf + at + 4, 4);
		len = le32toh(len);
		if (len > MAX_PAYLOAD) {
			errno = EMSGSIZE;
			die("frame of %u bytes", len);
		}
		if (have - at < HEADER + len)
			break;
		saved = buf[at + HEADER + len];
		handle_frame(le32toh(id), buf[at + 8], buf + at + HEADER, len);
		buf[at + HEADER + len] = saved;
		at += HEADER + len;
	}
	memmove(buf, buf + at, have - at);
	have -= at;
}

/*
 * KASAN keeps freed memory in a quarantine, and looks how large that is only in
 * allocations that may block. Network traffic has none: it would use up all
 * memory (0.5 MB/s of socket buffers, measured at an MTU of 1500).
 */
static void empty_quarantine(void)
{
	int ends[2];

	if (pipe(ends))
		die("pipe");
	close(ends[0]);
	close(ends[1]);
}

/* Its output goes to the console, its results to the shared folder. */
static void run_scenario(const char *script)
{
	pid_t pid = fork(), child;
	int status;

	if (pid < 0)
		die("start %s", script);
	if (!pid) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setsid();
		execl("/bin/bash", "bash", script, NULL);
		_exit(127);
	}
	do {
		child = waitpid(-1, &status, 0);
	} while (child != pid && (child > 0 || errno == EINTR));
	printf("dwc-sim scenario ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	fflush(stdout);
	power_off();
}

static void serve(void)
{
	int interval = getenv("DWC_QUARANTINE") ? QUARANTINE_MS : -1;
	struct pollfd fds[2 + 3 * MAX_JOBS];
	struct signalfd_siginfo info;
	int sfd, i;

	sfd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sfd < 0)
		die("signalfd");
	for (;;) {
		fds[0] = (struct pollfd){ .fd = line, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = sfd, .events = POLLIN };
		for (i = 0; i < MAX_JOBS; i++) {
			struct job *job = &jobs[i];
			struct pollfd *f = fds + 2 + 3 * i;

			/* poll() ignores a negative descriptor */
			f[0] = (struct pollfd){ job->pid ? job->out : -1, POLLIN, 0 };
			f[1] = (struct pollfd){ job->pid ? job->err : -1, POLLIN, 0 };
			f[2] = (struct pollfd){ job->npending ? job->in : -1, POLLOUT, 0 };
		}
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), interval) < 0) {
			if (errno == EINTR)
				continue;
			die("poll");
		}
		if (interval > 0)
			empty_quarantine();
		for (i = 0; i < MAX_JOBS; i++) {
			struct job *job = &jobs[i];
			struct pollfd *f = fds + 2 + 3 * i;

			if (f[0].revents)
				drain(job, &job->out, 'O');
			if (f[1].revents)
				drain(job, &job->err, 'E');
			if (f[2].revents)
				feed_stdin(job);
		}
		while (read(sfd, &info, sizeof(info)) == sizeof(info))
			;
		reap();
		if (fds[0].revents)
			read_line();
	}
}

int main(void)
{
	struct utsname uts;

	if (getpid() != 1) {
		fprintf(stderr, "this is PID 1 of a dwc-sim guest; see the README\n");
		return 1;
	}
	umask(022);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	signal(SIGPIPE, SIG_IGN);
	set_up_machine();
	if (getenv("DWC_SCENARIO"))
		run_scenario(getenv("DWC_SCENARIO"));
	open_line();
	if (uname(&uts))
		die("uname");
	send_frame(0, 'H', uts.release, strlen(uts.release));
	serve();
}
