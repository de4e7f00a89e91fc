// SPDX-License-Identifier: GPL-2.0
/* The commands of the command socket, see help[]; what they show is in control-report.c. */
#include <json-c/json_object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control-hostile.h"
#include "control-report.h"
#include "control.h"
#include "counters.h"
#include "dbi.h"
#include "edma.h"
#include "faults.h"
#include "gmem.h"
#include "iatu.h"
#include "report.h"
#include "sim.h"
#include "words.h"

#define MAX_WORDS	9

static const char help[] =
	"status | link up|down | counters [reset] | violations [clear] | unknown | "
	"fault irq drop|dup N [rc|ep] | fault irq delay N MS [rc|ep] | "
	"fault dma abort|llerr wr|rd CH ELEMENT | fault stall wr|rd CH on|off | fault overtake wr|rd CH | "
	"fault engine on|off|stuck | fault storm rc|ep RATE [BAR OFF WORDS] | fault clear | "
	"mutate rc|ep [start SEED EVERY REST LIMIT [REGIONS] | stop] | peek bar N OFF | poke bar N OFF VALUE | "
	"trace on|off|mark TEXT | wait KEY=VALUE TIMEOUT_MS";

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

static const char *fault_irq(struct sim *sim, char **w, unsigned int n)
{
	static const char usage[] = "fault irq drop|dup N [rc|ep], fault irq delay N MS [rc|ep]";
	bool delay = !strcmp(w[2], "delay");
	unsigned int args = delay ? 5 : 4;
	uint64_t count, ms = 0;
	int side = SIDE_RC;

	if (n < args || n > args + 1 || words_number(w[3], &count) || (delay && words_number(w[4], &ms)))
		return usage;
	if (n == args + 1)
		side = words_find(w[args], side_name, NR_SIDES);
	if (side < 0)
		return usage;
	if (delay) {
		sim->faults.irq_delay[side] = ms;
		sim->faults.irq_delayed[side] = count;
	} else if (!strcmp(w[2], "drop")) {
		sim->faults.irq_drop[side] = count;
	} else if (!strcmp(w[2], "dup")) {
		sim->faults.irq_dup[side] = count;
	} else {
		return usage;
	}
	return NULL;
}

/* Words 'wr|rd CH' at w[0] and w[1]. */
static int channel(char **w, int *dir, uint64_t *ch)
{
	*dir = words_find(w[0], dir_name, NR_DIRS);
	return *dir < 0 || words_number(w[1], ch) || *ch >= EDMA_MAX_CHANS ? -1 : 0;
}

static const char *fault_dma(struct sim *sim, char **w, unsigned int n)
{
	bool llerr = !strcmp(w[2], "llerr");
	uint64_t ch, element;
	int dir;

	if (n != 6 || (!llerr && strcmp(w[2], "abort")) || channel(w + 3, &dir, &ch) ||
	    words_number(w[5], &element))
		return "fault dma abort|llerr wr|rd CH ELEMENT";
	sim->faults.dma[dir][ch] = (struct fault_dma){ true, llerr, element };
	return NULL;
}

static const char *fault_stall(struct sim *sim, char **w, unsigned int n)
{
	uint64_t ch;
	bool on;
	int dir;

	if (n != 5 || channel(w + 2, &dir, &ch) || on_off(w[4], &on))
		return "fault stall wr|rd CH on|off";
	sim->faults.stall[dir][ch] = on;
	edma_go_on(sim);
	return NULL;
}

static const char *fault_overtake(struct sim *sim, char **w, unsigned int n)
{
	uint64_t ch;
	int dir;

	if (n != 4 || channel(w + 2, &dir, &ch))
		return "fault overtake wr|rd CH";
	sim->faults.overtake[dir][ch] = true;
	return NULL;
}

/* on: it works; off: it takes no doorbell; stuck: it cannot be disabled. */
static const char *fault_engine(struct sim *sim, char **w, unsigned int n)
{
	static const char * const names[] = { "on", "off", "stuck" };
	int fault = n == 3 ? words_find(w[2], names, ARRAY_SIZE(names)) : -1;

	if (fault < 0)
		return "fault engine on|off|stuck";
	sim->faults.engine = (enum engine_fault)fault;
	return NULL;
}

static const char *cmd_fault(struct sim *sim, char **w, unsigned int n)
{
	if (n == 2 && !strcmp(w[1], "clear")) {
		sim->faults = (struct faults){ 0 };
		edma_go_on(sim);
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
	if (n >= 3 && !strcmp(w[1], "overtake"))
		return fault_overtake(sim, w, n);
	if (n >= 3 && !strcmp(w[1], "storm"))
		return control_storm(sim, w, n);
	return "fault irq|dma|stall|overtake|engine|storm|clear";
}

/*
 * A word of memory behind a BAR of function 0, as if the host's CPU accessed it, but
 * nothing is counted and neither link nor memory space are needed.
 */
static bool bar_word(struct sim *sim, unsigned int bar, uint64_t off, uint8_t *word, bool write)
{
	uint64_t size = cfg_bar_size(sim, 0, bar);
	struct atu_hit hit;
	struct bus_span s;

	if (off % 4 || off >= size || size - off < 4)
		return false;
	hit = iatu_inbound(sim, 0, bar, off, 4);
	if (!hit.hit || hit.len < 4)
		return false;
	s = gmem_bus(&sim->mem[SIDE_EP], hit.addr, 4, write);
	if (s.kind != BUS_RAM || s.len < 4)
		return false;
	if (write)
		memcpy(s.ptr, word, 4);
	else
		memcpy(word, s.ptr, 4);
	return true;
}

static const char *cmd_bar(struct sim *sim, char **w, unsigned int n, struct json_object *out)
{
	bool write = !strcmp(w[0], "poke");
	uint64_t bar, off, val = 0;
	uint8_t word[4];

	if (n != (write ? 5u : 4u) || strcmp(w[1], "bar") || words_number(w[2], &bar) ||
	    words_number(w[3], &off) || (write && words_number(w[4], &val)) || bar >= NR_BARS)
		return write ? "poke bar N OFF VALUE" : "peek bar N OFF";
	put_le(word, val, 4);
	if (!bar_word(sim, (unsigned int)bar, off, word, write))
		return "no memory behind that";
	json_object_object_add(out, "value", json_object_new_uint64(get_le(word, 4)));
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

static const char *cmd_counters(struct sim *sim, char **w, unsigned int n,
				struct json_object *out)
{
	if (n == 1) {
		control_counters(sim, out);
		return NULL;
	}
	if (n != 2 || strcmp(w[1], "reset"))
		return "counters [reset]";
	memset(&sim->counters, 0, sizeof(sim->counters));
	memset(sim->edma.reg_access, 0, sizeof(sim->edma.reg_access));
	return NULL;
}

static const char *cmd_violations(struct sim *sim, char **w, unsigned int n,
				  struct json_object *out)
{
	if (n == 1) {
		control_list(&sim->report.violations, out);
		return NULL;
	}
	if (n != 2 || strcmp(w[1], "clear"))
		return "violations [clear]";
	memset(&sim->report.violations, 0, sizeof(sim->report.violations));
	return NULL;
}

static const char *dispatch(struct sim *sim, char **w, unsigned int n, const char *rest,
			    struct json_object *out)
{
	if (!strcmp(w[0], "status"))
		control_status(sim, out);
	else if (!strcmp(w[0], "counters"))
		return cmd_counters(sim, w, n, out);
	else if (!strcmp(w[0], "violations"))
		return cmd_violations(sim, w, n, out);
	else if (!strcmp(w[0], "unknown") && n == 1)
		control_list(&sim->report.unknown, out);
	else if (!strcmp(w[0], "link"))
		return cmd_link(sim, w, n);
	else if (!strcmp(w[0], "fault"))
		return cmd_fault(sim, w, n);
	else if (!strcmp(w[0], "mutate"))
		return control_mutate(sim, w, n, out);
	else if (!strcmp(w[0], "peek") || !strcmp(w[0], "poke"))
		return cmd_bar(sim, w, n, out);
	else if (!strcmp(w[0], "trace"))
		return cmd_trace(sim, w, n, rest);
	else
		return help;
	return NULL;
}

static struct json_object *answer_new(bool ok)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ok", json_object_new_boolean(ok));
	return o;
}

/* The object as a line; it is used up. */
static char *answer_line(struct json_object *o)
{
	char *line;

	if (asprintf(&line, "%s\n",
		     json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
						       JSON_C_TO_STRING_NOSLASHESCAPE)) < 0)
		abort();	/* out of memory, an invariant of ours */
	json_object_put(o);
	return line;
}

/**
 * control_answer() - the answer that has nothing to show
 * @err:	why it is refused, or NULL
 *
 * Return: one line of JSON with its newline; the caller frees it.
 */
char *control_answer(const char *err)
{
	struct json_object *o = answer_new(!err);

	if (err)
		json_object_object_add(o, "error", json_object_new_string(err));
	return answer_line(o);
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
	struct json_object *out = answer_new(true);
	const char *err, *rest = line;
	unsigned int n = 0;

	snprintf(words, sizeof(words), "%s", line);
	for (p = strtok_r(words, " \t", &save); p && n < MAX_WORDS; p = strtok_r(NULL, " \t", &save)) {
		w[n++] = p;
		if (n == 3)
			rest = line + (p - words);
	}
	err = n ? dispatch(sim, w, n, rest, out) : help;
	/* Whoever asks may read the trace next. */
	if (sim->report.trace)
		fflush(sim->report.trace);
	if (!err)
		return answer_line(out);
	json_object_put(out);
	return control_answer(err);
}
