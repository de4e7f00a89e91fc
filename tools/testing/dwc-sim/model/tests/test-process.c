// SPDX-License-Identifier: GPL-2.0
/* The model as a process (main.c): arguments, sockets, guests that come, err and go. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

static char dir[64], out[16384];
static char rc_path[96], ep_path[96], control_path[96], profile_path[96];
static pid_t pid;

static const char profile_text[] =
	"name = test\niatu_ib = 16\niatu_ob = 16\niatu_align = 4096\nedma_wr = 4\nedma_rd = 4\nedma_ahead = 4\nedma_stop = 0\n"
	"functions = 1\nmsi_vectors = 32\nmsix_entries = 1\nmps = 256\nmrrs = 512\n"
	"link_speed = 4\nlink_width = 4\napp = 1\nemulation = 1\nmax_read = 0\n"
	"bars = prog,prog,prog,prog,prog,prog\ndoorbell = embedded\n";

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	EXPECT(f && fputs(text, f) >= 0 && !fclose(f));
}

static void cleanup(void *arg)
{
	const char *paths[] = { rc_path, ep_path, control_path, profile_path };
	unsigned int i;

	(void)arg;
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	pid = 0;
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		unlink(paths[i]);
	EXPECT_EQ(rmdir(dir), 0);
}

static void prepare(void)
{
	strcpy(dir, "/tmp/dwc-sim-test-XXXXXX");
	ASSERT(mkdtemp(dir) != NULL);
	snprintf(rc_path, sizeof(rc_path), "%s/rc", dir);
	snprintf(ep_path, sizeof(ep_path), "%s/ep", dir);
	snprintf(control_path, sizeof(control_path), "%s/control", dir);
	snprintf(profile_path, sizeof(profile_path), "%s/profile", dir);
	write_file(profile_path, profile_text);
	harness_defer(cleanup, NULL);
}

/* The binary is beside the directory of the tests. */
static void binary(char *path, size_t len)
{
	char self[4000];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(path, len, "%s/../dwc-sim-asan", self);
}

/* Start it; stdout and stderr come through the descriptor returned. */
static int spawn(pid_t *child, const char * const *args)
{
	const char *argv[16] = { "dwc-sim" };
	char path[4096];
	unsigned int n;
	int p[2];

	binary(path, sizeof(path));
	for (n = 0; args[n]; n++)
		argv[n + 1] = args[n];
	if (!EXPECT(!pipe2(p, O_CLOEXEC)))
		exit(2);
	*child = fork();
	if (!*child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(p[1], 1);
		dup2(p[1], 2);
		execv(path, (char **)argv);
		_exit(127);
	}
	close(p[1]);
	return p[0];
}

/* Everything up to the end, and how it ended. */
static int finish(pid_t child, int fd)
{
	size_t len = 0;
	int status;
	ssize_t n;

	while (len < sizeof(out) - 1 && (n = read(fd, out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fd);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(...) run((const char *[]){ __VA_ARGS__, NULL })

static int run(const char * const *args)
{
	pid_t child;
	int fd = spawn(&child, args);

	return finish(child, fd);
}

#define ALL_ARGS "--profile", profile_path, "--rc-socket", rc_path, "--ep-socket", ep_path, \
		 "--control", control_path

/* Wait for it to be ready. Returns its output. */
static int start_with(const char * const *args)
{
	int fd = spawn(&pid, args);

	EXPECT_EQ(read(fd, out, sizeof(out)), 15);
	EXPECT(!strncmp(out, "dwc-sim: ready\n", 15));
	return fd;
}

static int start(void)
{
	prepare();
	return start_with((const char *[]){ ALL_ARGS, NULL });
}

static int dial(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(sa.sun_path, path);
	EXPECT_EQ(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

/* One command over the control socket. */
static const char *ask(const char *line)
{
	int fd = dial(control_path);
	size_t len = 0;
	ssize_t n;

	EXPECT_EQ(send(fd, line, strlen(line), 0), strlen(line));
	EXPECT_EQ(send(fd, "\n", 1, 0), 1);
	while (len < sizeof(out) - 1 && (n = recv(fd, out + len, sizeof(out) - 1 - len, 0)) > 0) {
		len += (size_t)n;
		if (out[len - 1] == '\n')
			break;
	}
	out[len] = '\0';
	close(fd);
	return out;
}

static bool said(const char *line, const char *what)
{
	return strstr(ask(line), what);
}

static struct guest *boot(const char *path)
{
	struct guest *g = guest_dial(path);
	unsigned int i;

	for (i = 0; i < GUEST_STEPS; i++)
		EXPECT(guest_step(g, i));
	guest_give_buffers(g, 10);
	return g;
}

/* Connections end with it: it has hung up on us. */
static bool hung_up(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) <= 0;
}

TEST(process_bad_arguments_are_one_clear_line)
{
	prepare();
	EXPECT_EQ(RUN("--profile", profile_path), 1);
	EXPECT(strstr(out, "--control are needed"));
	EXPECT_EQ(RUN(ALL_ARGS, "--rc-socket", rc_path), 1);
	EXPECT(strstr(out, "once for each function"));
	EXPECT_EQ(RUN(ALL_ARGS, "--rc-slot", "32"), 1);
	EXPECT(strstr(out, "a number from 0 to 31"));
	EXPECT_EQ(RUN(ALL_ARGS, "--rc-slot", "1x"), 1);
	EXPECT_EQ(RUN(ALL_ARGS, "extra"), 1);
	EXPECT(strstr(out, "unexpected argument"));
	EXPECT_EQ(RUN("--what"), 2);
	write_file(profile_path, "name = x\n");
	EXPECT_EQ(RUN(ALL_ARGS), 1);
	EXPECT(strstr(out, "iatu_ib is missing"));
}

TEST(process_ends_on_sigterm_and_removes_its_sockets)
{
	int fd = start();

	kill(pid, SIGTERM);
	EXPECT_EQ(finish(pid, fd), 0);
	pid = 0;
	EXPECT(access(rc_path, F_OK) && access(ep_path, F_OK) && access(control_path, F_OK));
	EXPECT_STR(out, "");
}

TEST(process_traces_from_the_start)
{
	char trace_path[96], text[4096];
	ssize_t n;
	int fd;

	prepare();
	snprintf(trace_path, sizeof(trace_path), "%s/trace", dir);
	fd = start_with((const char *[]){ ALL_ARGS, "--trace", trace_path, NULL });
	EXPECT(said("trace mark hello", "{\"ok\":true}"));
	kill(pid, SIGTERM);
	EXPECT_EQ(finish(pid, fd), 0);
	pid = 0;
	fd = open(trace_path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	EXPECT(strstr(text, " --- hello\n"));
	close(fd);
	unlink(trace_path);
}

TEST(process_socket_in_use_is_an_error_and_stays)
{
	int fd = start();

	EXPECT_EQ(RUN(ALL_ARGS), 1);
	EXPECT(strstr(out, "exists already"));
	EXPECT(said("status", "\"ok\":true"));
	close(fd);
}

TEST(process_guest_is_on_when_its_queues_work)
{
	int fd = start();

	EXPECT(said("status", "\"rc\":false,\"ep\":false"));
	boot(ep_path);
	EXPECT(said("wait ep=true 10000", "{\"ok\":true}"));
	EXPECT(said("link up", "{\"ok\":true}"));
	boot(rc_path);
	EXPECT(said("wait rc=true 10000", "{\"ok\":true}"));
	close(fd);
}

TEST(process_carries_commands_out)
{
	int fd = start();
	struct guest *g = boot(ep_path);
	uint32_t id, len;

	guest_header(g, GUEST_DATA, MMIO_READ, 0, EP_DMA + 8, 4);
	guest_desc(g, QUEUE_CMD, 0, GUEST_GPA + GUEST_DATA, 16, DESC_NEXT, 1);
	guest_desc(g, QUEUE_CMD, 1, GUEST_GPA + GUEST_DATA + 16, 4, DESC_WRITE, 0);
	guest_publish(g, QUEUE_CMD, 0);
	/* published before the queue is enabled: no kick needed */
	EXPECT(said("wait ep=true 10000", "{\"ok\":true}"));
	while (!guest_used(g, QUEUE_CMD, &id, &len))
		sched_yield();
	EXPECT_EQ(get_le(g->mem + GUEST_DATA + 16, 4), 0x00040004);
	close(fd);
}

TEST(process_second_connection_of_a_side_is_refused)
{
	int fd = start(), second;

	boot(rc_path);
	EXPECT(said("wait rc=true 10000", "{\"ok\":true}"));
	second = dial(rc_path);
	EXPECT(hung_up(second));
	close(second);
	EXPECT(said("status", "\"rc\":true"));
	EXPECT_EQ(read(fd, out, sizeof(out)) > 0, true);
	EXPECT(strstr(out, "a second rc wants to connect"));
	close(fd);
}

TEST(process_malformed_message_drops_that_guest_only)
{
	int fd = start(), bad, i;

	boot(ep_path);
	EXPECT(said("wait ep=true 10000", "{\"ok\":true}"));
	for (i = 0; i < 3; i++) {
		bad = dial(rc_path);
		EXPECT_EQ(send(bad, "\x03\0\0\0\x07\0\0\0\0\0\0\0", 12, 0), 12);
		EXPECT(hung_up(bad));
		close(bad);
	}
	EXPECT(said("status", "\"ep\":true"));
	/* one finding each, not one a turn */
	EXPECT(said("violations", "\"total\":3,"));
	EXPECT(strstr(out, "\"kind\":\"vhost-user\""));
	boot(rc_path);
	EXPECT(said("wait rc=true 10000", "{\"ok\":true}"));
	close(fd);
}

TEST(process_broken_ring_drops_that_guest_only)
{
	int fd = start();
	struct guest *g = boot(rc_path);

	EXPECT(said("wait rc=true 10000", "{\"ok\":true}"));
	put_le(g->mem + QUEUE_AVAIL(QUEUE_CMD) + 2, 0x8000, 2);
	/* any message wakes it up */
	guest_send_state(g, SET_VRING_ENABLE, 0, 1);
	EXPECT(hung_up(g->sock));
	EXPECT(said("status", "\"rc\":false"));
	EXPECT(said("violations", "\"total\":1,"));
	close(fd);
}

TEST(process_kick_that_is_no_eventfd_drops_that_guest_only)
{
	int fd = start(), dirfd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), p[2];
	struct guest *g = boot(rc_path);

	EXPECT(said("wait rc=true 10000", "{\"ok\":true}"));
	guest_send_fd(g, SET_VRING_KICK, 0, dirfd);
	EXPECT(hung_up(g->sock));
	close(dirfd);

	g = guest_dial(rc_path);
	EXPECT_EQ(pipe2(p, O_CLOEXEC), 0);
	guest_send_fd(g, SET_VRING_KICK, 1, p[0]);
	close(p[0]);
	close(p[1]);		/* readable for ever: its end */
	EXPECT(hung_up(g->sock));
	EXPECT(said("violations", "\"total\":2,"));
	close(fd);
}

TEST(process_guest_that_dies_can_come_back)
{
	int fd = start();
	struct guest *g;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		g = boot(ep_path);
		EXPECT(said("wait ep=true 10000", "{\"ok\":true}"));
		EXPECT(said("link up", "{\"ok\":true}"));
		shutdown(g->sock, SHUT_RDWR);
		EXPECT(said("wait ep=false 10000", "{\"ok\":true}"));
		EXPECT(said("status", "\"link\":\"down\""));
	}
	EXPECT(said("violations", "\"total\":0,"));
	close(fd);
}

TEST(process_wait_ends_at_its_deadline)
{
	int fd = start();

	EXPECT(said("wait link=up 30", "timeout: link is not up"));
	close(fd);
}
