// SPDX-License-Identifier: GPL-2.0
/* The command socket: connections, lines and waits. Commands are in control-command.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control-report.h"
#include "control.h"
#include "sim.h"

/**
 * control_init() - no connections yet
 * @c:		receives it
 * @sim:	the model
 */
void control_init(struct control *c, struct sim *sim)
{
	unsigned int i;

	memset(c, 0, sizeof(*c));
	c->sim = sim;
	for (i = 0; i < CONTROL_CLIENTS; i++)
		c->client[i].fd = -1;
}

/**
 * control_accept() - a new connection
 * @c:	control
 * @fd:	connection, owned from here on
 *
 * Return: false if there are too many; @fd is closed then.
 */
bool control_accept(struct control *c, int fd)
{
	unsigned int i;

	for (i = 0; i < CONTROL_CLIENTS; i++) {
		if (c->client[i].fd >= 0)
			continue;
		c->client[i] = (struct control_client){ .fd = fd };
		return true;
	}
	close(fd);
	return false;
}

static void hang_up(struct control_client *cl)
{
	close(cl->fd);
	cl->fd = -1;
}

/* A client that does not read its answers is dropped, it must not stop the model. */
static void answer(struct control_client *cl, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len) {
		n = send(cl->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			hang_up(cl);
			return;
		}
		text += n;
		len -= (size_t)n;
	}
}

static void answer_wait(struct control_client *cl, const char *err)
{
	char *text = control_answer(err);

	answer(cl, text);
	free(text);
}

static void start_wait(struct control *c, struct control_client *cl, const char *args)
{
	unsigned long long ms;
	bool known = false;

	if (sscanf(args, "%31[^= ]=%31[^ ] %llu", cl->key, cl->value, &ms) == 3)
		control_status_is(c->sim, cl->key, "", &known);
	if (!known) {
		cl->key[0] = '\0';
		answer_wait(cl, "wait KEY=VALUE TIMEOUT_MS; KEY as in status");
		return;
	}
	cl->deadline = c->sim->irq.now + ms;
}

static void command(struct control *c, struct control_client *cl, const char *line)
{
	char *text;

	if (!strncmp(line, "wait ", 5)) {
		start_wait(c, cl, line + 5);
		return;
	}
	text = control_command(c->sim, line);
	answer(cl, text);
	free(text);
}

/* The complete lines there are, up to one that waits. */
static void run_lines(struct control *c, struct control_client *cl)
{
	char one[CONTROL_LINE_MAX], *nl;

	while (cl->fd >= 0 && !cl->key[0] && (nl = memchr(cl->line, '\n', cl->len))) {
		*nl = '\0';
		snprintf(one, sizeof(one), "%s", cl->line);
		cl->len -= (size_t)(nl + 1 - cl->line);
		memmove(cl->line, nl + 1, cl->len);
		command(c, cl, one);
	}
}

/**
 * control_readable() - a connection has something to read
 * @c:		control
 * @cl:		the connection
 *
 * While a client waits, its further commands wait, too.
 */
void control_readable(struct control *c, struct control_client *cl)
{
	ssize_t n = recv(cl->fd, cl->line + cl->len, sizeof(cl->line) - 1 - cl->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(cl);
		return;
	}
	cl->len += (size_t)n;
	run_lines(c, cl);
	if (cl->fd >= 0 && !cl->key[0] && cl->len == sizeof(cl->line) - 1)
		hang_up(cl);
}

/**
 * control_check_waits() - answer the waits that have ended
 * @c:		control
 * @now:	milliseconds
 */
void control_check_waits(struct control *c, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *cl = &c->client[i];
		char why[128];
		bool known, is;

		if (cl->fd < 0 || !cl->key[0])
			continue;
		is = control_status_is(c->sim, cl->key, cl->value, &known);
		if (!is && now < cl->deadline)
			continue;
		snprintf(why, sizeof(why), "timeout: %s is not %s", cl->key, cl->value);
		cl->key[0] = '\0';
		answer_wait(cl, is ? NULL : why);
		run_lines(c, cl);
	}
}

/**
 * control_next_deadline() - when must control_check_waits() be called next?
 * @c:	control
 *
 * Return: a time in milliseconds, UINT64_MAX if nobody waits.
 */
uint64_t control_next_deadline(const struct control *c)
{
	uint64_t next = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (c->client[i].fd >= 0 && c->client[i].key[0])
			next = min_t(uint64_t, next, c->client[i].deadline);
	return next;
}
