/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command socket: one line of words in, one line of JSON out. See help[] in
 * control-command.c for the commands.
 */
#ifndef DWC_SIM_CONTROL_H
#define DWC_SIM_CONTROL_H

#include "types.h"

struct sim;

#define CONTROL_CLIENTS		8
#define CONTROL_LINE_MAX	512

/**
 * struct control_client - one connection
 * @fd:		connection, -1 if unused
 * @line:	bytes of an incomplete command
 * @len:	how many
 * @key:	what it waits for ("wait"), empty if nothing
 * @value:	the value that ends the wait
 * @deadline:	when the wait has failed, milliseconds
 */
struct control_client {
	int fd;
	char line[CONTROL_LINE_MAX];
	size_t len;
	char key[32], value[32];
	uint64_t deadline;
};

struct control {
	struct sim *sim;
	struct control_client client[CONTROL_CLIENTS];
};

void control_init(struct control *c, struct sim *sim);
bool control_accept(struct control *c, int fd);
void control_readable(struct control *c, struct control_client *cl);
void control_check_waits(struct control *c, uint64_t now);
uint64_t control_next_deadline(const struct control *c);
char *control_command(struct sim *sim, const char *line);
char *control_answer(const char *err);

#endif
