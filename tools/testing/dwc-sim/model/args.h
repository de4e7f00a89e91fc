/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of the model. */
#ifndef DWC_SIM_ARGS_H
#define DWC_SIM_ARGS_H

#include <stdnoreturn.h>

#include "board.h"
#include "profile.h"

/* Front ends: on the host a device for each function, and the endpoint. */
enum { DEV_RC, DEV_EP = DEV_RC + MAX_FUNCS, NR_DEVS };

/* A socket for each of them, the command socket, and the calendar's. */
enum { LISTEN_CONTROL = NR_DEVS, LISTEN_CALENDAR, NR_LISTEN };

/**
 * struct args - what the arguments say
 * @profile:	kind of controller
 * @timed:	virtual time
 * @board:	in virtual time: what things cost
 * @host_at:	in virtual time: when the host is switched on, ns
 * @until:	in virtual time: the end of a run that does not end, ns
 * @marks:	in virtual time: the file for counters at each mark, or NULL
 * @plan:	in virtual time: the file of commands at set times, or NULL
 * @socket:	paths, NULL if there is no such socket
 * @rc_slot:	slot of the first function on the host's bus
 * @trace:	the trace's path, or NULL
 * @ready_fd:	where to say that all sockets listen
 */
struct args {
	struct profile profile;
	bool timed;
	struct board board;
	uint64_t host_at, until;
	const char *marks, *plan;
	const char *socket[NR_LISTEN];
	unsigned int rc_slot;
	const char *trace;
	int ready_fd;
};

void args_parse(struct args *a, int argc, char **argv);
noreturn void die(const char *what, const char *detail);

#endif
