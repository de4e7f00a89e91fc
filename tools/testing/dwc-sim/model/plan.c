// SPDX-License-Identifier: GPL-2.0
/* A plan of commands: see plan.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "control.h"
#include "plan.h"
#include "sim.h"
#include "words.h"

struct step {
	struct sim *sim;
	char command[CONTROL_LINE_MAX];
};

/* Refused as on the command socket: there is nobody to tell, so the run is over. */
static void ev_command(void *arg, uint64_t n)
{
	struct step *s = arg;
	char *answer = control_command(s->sim, s->command);

	(void)n;
	if (strncmp(answer, "{\"ok\":true", 10)) {
		fprintf(stderr, "dwc-sim: the plan's '%s' at %llu ns: %s", s->command,
			(unsigned long long)s->sim->clock.now, answer);
		exit(1);
	}
	free(answer);
	free(s);
}

/* 'NS COMMAND' without its newline. Returns what is wrong, or NULL. */
static const char *add(struct sim *sim, char *line)
{
	char *command = strchr(line, ' ');
	struct step *s;
	uint64_t when;

	if (!command || !command[1])
		return "not a time in ns, a blank and a command";
	*command++ = 0;
	if (words_number(line, &when))
		return "not a time in ns";
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();	/* out of memory, an invariant of ours */
	s->sim = sim;
	snprintf(s->command, sizeof(s->command), "%s", command);
	clock_at(&sim->clock, when, "a command of the plan", ev_command, s, 0);
	return NULL;
}

/**
 * plan_load() - have the commands of a file carried out when they are due
 * @sim:	the model, in virtual time and not started yet
 * @path:	of the file: lines of a time in ns, a blank and a command; empty ones and
 *		those that begin with # are left out
 * @line:	receives the line that is wrong
 * @size:	of @line, bytes
 *
 * Return: NULL, or what is wrong.
 */
const char *plan_load(struct sim *sim, const char *path, char *line, unsigned int size)
{
	const char *err = NULL;
	FILE *f = fopen(path, "re");

	snprintf(line, size, "%s", path);
	if (!f)
		return strerror(errno);
	while (!err && fgets(line, (int)size, f)) {
		line[strcspn(line, "\n")] = 0;
		if (*line && *line != '#')
			err = add(sim, line);
	}
	fclose(f);
	return err;
}
