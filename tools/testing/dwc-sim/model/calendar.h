/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calendar of two guests and of the model itself: who may run next, and until
 * when. The guests are User-Mode-Linux with time-travel=ext:SIDE:SOCKET, SIDE 1 for the host
 * and 2 for the endpoint, and speak include/uapi/linux/um_timetravel.h with
 * shared memory. One of them runs at a time; it runs in no time at all until it
 * waits, or comes to the time up to which it is free. Events of the model happen
 * only while all guests wait; of one time, the model goes first, then the host.
 *
 * A guest is switched on at its time: until then its START has no answer. No time
 * passes before all guests that are expected have connected.
 *
 * A guest can leave a mark: what it writes to its /sys/kernel/um-ext-time/bc-message comes
 * here in no time, so what happened between two marks can be told apart.
 */
#ifndef DWC_SIM_CALENDAR_H
#define DWC_SIM_CALENDAR_H

#include <poll.h>

#include "clock.h"
#include "report.h"

struct calendar_shm;

/* A connection is a guest's once START says whose. */
enum guest_state {
	GUEST_ABSENT,		/* did not connect yet */
	GUEST_OFF,		/* START has no answer yet */
	GUEST_RUNS,
	GUEST_WAITS,
	GUEST_GONE,		/* closed its connection */
};

/**
 * struct calendar_guest - one guest
 * @fd:		its connection, -1 if there is none
 * @state:	what it does
 * @on_at:	when it is switched on, ns
 * @seq:	number of its START
 */
struct calendar_guest {
	int fd;
	enum guest_state state;
	uint64_t on_at;
	uint32_t seq;
};

enum calendar_step {
	CALENDAR_DID,		/* an event happened, or a guest runs now */
	CALENDAR_BUSY,		/* a guest runs, or has not connected yet */
	CALENDAR_OVER,		/* all guests have gone */
	CALENDAR_DEADLOCK,	/* nobody has an event */
	CALENDAR_LATE,		/* the next event is past the end */
};

/**
 * struct calendar - the calendar
 * @clock:	the model's, in virtual time
 * @report:	trace and violations
 * @guest:	the guests
 * @fresh:	connections that did not say yet whose they are, -1 if none
 * @shm:	memory shared with the guests
 * @shm_fd:	its file
 * @until:	no event after that, ns
 * @runs:	how often a guest was let run
 * @mark:	is told of a mark, may be NULL
 */
struct calendar {
	struct clock *clock;
	struct report *report;
	struct calendar_guest guest[NR_SIDES];
	int fresh[NR_SIDES];
	struct calendar_shm *shm;
	int shm_fd;
	uint64_t until;
	uint64_t runs;
	void (*mark)(uint64_t number);
};

#define CALENDAR_FDS	(2 * NR_SIDES)

/* Time of day at the beginning: 2026-01-01 00:00:00 UTC, in every run. */
#define CALENDAR_EPOCH	(1767225600ull * 1000000000ull)

int calendar_init(struct calendar *c, struct clock *clock, struct report *report);
void calendar_free(struct calendar *c);
void calendar_accept(struct calendar *c, int fd);
void calendar_watch(const struct calendar *c, struct pollfd pfd[CALENDAR_FDS]);
void calendar_look(struct calendar *c, const struct pollfd pfd[CALENDAR_FDS]);
bool calendar_serve(struct calendar *c, int fd);
void calendar_sync(struct calendar *c);
void calendar_freshen(struct calendar *c);
enum calendar_step calendar_step(struct calendar *c);
bool calendar_busy(const struct calendar *c);
void calendar_explain(const struct calendar *c, FILE *out);

#endif
