// SPDX-License-Identifier: GPL-2.0
/* The command socket: connections and commands. Reports are made in control-json.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control-json.h"
#include "control.h"
#include "sim.h"

#define MAX_WORDS	8

static const char control_help[] =
	"status | link up|down | counters [reset] | violations [clear] | unknown | rules | "
	"break RULE|none | fault irq drop|dup N [rc|ep] | fault irq delay N MS [rc|ep] | "
	"fault dma abort|llerr wr|rd CH ELEMENT | fault stall wr|rd CH on|off | "
	"fault engine on|off|stuck | fault clear | peek bar N OFF | poke bar N OFF VALUE | "
	"trace on|off|mark TEXT | wait KEY=VALUE TIMEOUT_MS";

static int number(const char *s, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(s, &end, 0);
	return errno || end == s || *end || *s == '-' ? -1 : 0;
}

static int find_word(const char *s, const char * const *names, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(s, names[i]))
			return (int)i;
	return -1;
}

static int on_off(const char *s, bool *on)
{
	*on = !strcmp(s, "on");
	return *on || !strcmp(s, "off") ? 0 : -1;
}

static const char *cmd_link(struct sim *sim, char **w, unsigned int n)
{
	bool up;

	if (n != 2)
		return "link up|down";
	up = !strcmp(w[1], "up");
	if (!up && strcmp(w[1], "down"))
		return "link up|down";
	return sim_set_link(sim, up) ? "no endpoint to train with" : NULL;
}

static const char *cmd_break(struct sim *sim, char **w, unsigned int n)
{
	int rule;

	if (n != 2)
		return "break RULE|none";
	if (!strcmp(w[1], "none")) {
		memset(sim->rules.broken, 0, sizeof(sim->rules.broken));
		return NULL;
	}
	rule = rule_find(w[1]);
	if (rule < 0)
		return "no such rule (see: rules)";
	sim->rules.broken[rule] = true;
	return NULL;
}

static const char *fault_irq(struct sim *sim, char **w, unsigned int n)
{
	static const char usage[] = "fault irq drop|dup N [rc|ep], fault irq delay N MS [rc|ep]";
	bool delay = !strcmp(w[2], "delay");
	unsigned int args = delay ? 5 : 4;
	uint64_t count, ms = 0;
	int side = SIDE_RC;

	if (n < args || n > args + 1 || number(w[3], &count) || (delay && number(w[4], &ms)))
		return usage;
	if (n == args + 1)
		side = find_word(w[args], side_name, NR_SIDES);
	if (side < 0)
		return usage;
	if (delay) {
		sim->rules.irq_delay[side] = ms;
		sim->rules.irq_delayed[side] = count;
	} else if (!strcmp(w[2], "drop")) {
		sim->rules.irq_drop[side] = count;
	} else if (!strcmp(w[2], "dup")) {
		sim->rules.irq_dup[side] = count;
	} else {
		return usage;
	}
	return NULL;
}

/* Words 'wr|rd CH' at w[0] and w[1]. */
static int channel(char **w, int *dir, uint64_t *ch)
{
	*dir = find_word(w[0], dir_name, NR_DIRS);
	return *dir < 0 || number(w[1], ch) || *ch >= EDMA_MAX_CHANS ? -1 : 0;
}

static const char *fault_dma(struct sim *sim, char **w, unsigned int n)
{
	bool llerr = !strcmp(w[2], "llerr");
	uint64_t ch, element;
	int dir;

	if (n != 6 || (!llerr && strcmp(w[2], "abort")) || channel(w + 3, &dir, &ch) ||
	    number(w[5], &element))
		return "fault dma abort|llerr wr|rd CH ELEMENT";
	sim->rules.dma[dir][ch] = (struct fault_dma){ true, llerr, element };
	return NULL;
}

static const char *fault_stall(struct sim *sim, char **w, unsigned int n)
{
	uint64_t ch;
	bool on;
	int dir;

	if (n != 5 || channel(w + 2, &dir, &ch) || on_off(w[4], &on))
		return "fault stall wr|rd CH on|off";
	sim->rules.stall[dir][ch] = on;
	return NULL;
}

/* on: it works; off: it takes no doorbell; stuck: it cannot be disabled. */
static const char *fault_engine(struct sim *sim, char **w, unsigned int n)
{
	static const char * const names[] = { "on", "off", "stuck" };
	int fault = n == 3 ? find_word(w[2], names, ARRAY_SIZE(names)) : -1;

	if (fault < 0)
		return "fault engine on|off|stuck";
	sim->rules.engine = (enum engine_fault)fault;
	return NULL;
}

static void fault_clear(struct sim *sim)
{
	struct rules keep = { 0 };

	memcpy(keep.broken, sim->rules.broken, sizeof(keep.broken));
	sim->rules = keep;
}

static const char *cmd_fault(struct sim *sim, char **w, unsigned int n)
{
	if (n == 2 && !strcmp(w[1], "clear")) {
		fault_clear(sim);
		return NULL;
	}
	if (n >= 2 && !strcmp(w[1], "engine"))
		return fault_engine(sim, w, n);
	if (n >= 3 && !strcmp(w[1], "irq"))
		return fault_irq(sim, w, n);
	if (n >= 3 && !strcmp(w[1], "dma"))
		return fault_dma(sim, w, n);
	if (n >= 3 && !strcmp(w[1], "stall"))
		return fault_stall(sim, w, n);
	return "fault irq|dma|stall|engine|clear";
}

/* A word behind a BAR, as if the host's CPU accessed it but without counting. */
static const char *cmd_bar(struct sim *sim, char **w, unsigned int n, FILE *out)
{
	bool write = !strcmp(w[0], "poke");
	uint64_t bar, off, val = 0;
	uint8_t word[4];

	if (n != (write ? 5u : 4u) || strcmp(w[1], "bar") || number(w[2], &bar) ||
	    number(w[3], &off) || (write && number(w[4], &val)) || bar >= NR_BARS)
		return write ? "poke bar N OFF VALUE" : "peek bar N OFF";
	put_le(word, val, 4);
	if (!control_bar_word(sim, (unsigned int)bar, off, word, write))
		return "no memory behind that";
	fprintf(out, ",\"value\":%llu", (unsigned long long)get_le(word, 4));
	return NULL;
}

static const char *cmd_trace(struct sim *sim, char **w, unsigned int n, const char *rest)
{
	bool on;

	if (n == 2 && !on_off(w[1], &on)) {
		if (on && !sim->report.trace)
			return "started without --trace";
		sim->report.tracing = on;
		return NULL;
	}
	if (n >= 3 && !strcmp(w[1], "mark")) {
		trace(&sim->report, "--- %s", rest);
		return NULL;
	}
	return "trace on|off|mark TEXT";
}

static const char *dispatch(struct sim *sim, char **w, unsigned int n, const char *rest, FILE *out)
{
	if (!strcmp(w[0], "status"))
		control_status_json(sim, out);
	else if (!strcmp(w[0], "counters") && n == 2 && !strcmp(w[1], "reset"))
		memset(&sim->counters, 0, sizeof(sim->counters)),
		memset(sim->edma.reg_access, 0, sizeof(sim->edma.reg_access));
	else if (!strcmp(w[0], "counters") && n == 1)
		control_counters_json(sim, out);
	else if (!strcmp(w[0], "violations") && n == 2 && !strcmp(w[1], "clear"))
		memset(&sim->report.violations, 0, sizeof(sim->report.violations));
	else if (!strcmp(w[0], "violations") && n == 1)
		control_list_json(&sim->report.violations, out);
	else if (!strcmp(w[0], "unknown") && n == 1)
		control_list_json(&sim->report.unknown, out);
	else if (!strcmp(w[0], "rules") && n == 1)
		control_rules_json(sim, out);
	else if (!strcmp(w[0], "link"))
		return cmd_link(sim, w, n);
	else if (!strcmp(w[0], "break"))
		return cmd_break(sim, w, n);
	else if (!strcmp(w[0], "fault"))
		return cmd_fault(sim, w, n);
	else if (!strcmp(w[0], "peek") || !strcmp(w[0], "poke"))
		return cmd_bar(sim, w, n, out);
	else if (!strcmp(w[0], "trace"))
		return cmd_trace(sim, w, n, rest);
	else
		return control_help;
	return NULL;
}

/**
 * control_command() - carry out one command (all but "wait")
 * @sim:	the model
 * @line:	the command, without newline
 *
 * Return: the answer, one line of JSON with its newline; the caller frees it.
 */
char *control_command(struct sim *sim, const char *line)
{
	char words[CONTROL_LINE_MAX], *w[MAX_WORDS] = { "" }, *save, *p;
	char *answer = NULL, *extra = NULL;
	size_t len, elen;
	unsigned int n = 0;
	const char *err, *rest = line;
	FILE *out, *body;

	snprintf(words, sizeof(words), "%s", line);
	for (p = strtok_r(words, " \t", &save); p && n < MAX_WORDS; p = strtok_r(NULL, " \t", &save)) {
		w[n++] = p;
		if (n == 3)
			rest = line + (p - words);
	}
	body = open_memstream(&extra, &elen);
	out = open_memstream(&answer, &len);
	if (!body || !out)
		abort();	/* out of memory, an invariant of ours */
	err = n ? dispatch(sim, w, n, rest, body) : control_help;
	/* Whoever asks may read the trace next. */
	if (sim->report.trace)
		fflush(sim->report.trace);
	fclose(body);
	if (err) {
		fprintf(out, "{\"ok\":false,\"error\":");
		control_string(out, err);
		fprintf(out, "}\n");
	} else {
		fprintf(out, "{\"ok\":true%s}\n", extra);
	}
	fclose(out);
	free(extra);
	return answer;
}

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

static void start_wait(struct control *c, struct control_client *cl, const char *args)
{
	unsigned long long ms;

	/* Both words are repeated in the answer, so no quotes. */
	if (sscanf(args, "%31[^= \"\\]=%31[^ \"\\] %llu", cl->key, cl->value, &ms) != 3 ||
	    !control_status_has(c->sim, cl->key)) {
		cl->key[0] = '\0';
		answer(cl, "{\"ok\":false,\"error\":\"wait KEY=VALUE TIMEOUT_MS; KEY as in status\"}\n");
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
		char text[128];

		if (cl->fd < 0 || !cl->key[0])
			continue;
		if (control_status_is(c->sim, cl->key, cl->value)) {
			snprintf(text, sizeof(text), "{\"ok\":true}\n");
		} else if (now >= cl->deadline) {
			snprintf(text, sizeof(text),
				 "{\"ok\":false,\"error\":\"timeout: %s is not %s\"}\n",
				 cl->key, cl->value);
		} else {
			continue;
		}
		cl->key[0] = '\0';
		answer(cl, text);
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
