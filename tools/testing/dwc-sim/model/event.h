/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A queue of events, earliest first. Events of one time run in the order in which
 * they were added: two runs that add the same events take them in the same order.
 * The queue knows no clock: see clock.h.
 */
#ifndef DWC_SIM_EVENT_H
#define DWC_SIM_EVENT_H

#include "types.h"

#define EVENT_NEVER	UINT64_MAX

typedef void (*event_fn)(void *arg, uint64_t n);

/**
 * struct event - something that will happen
 * @when:	time, ns
 * @seq:	number of the event in its queue, the order of events of one time
 * @name:	what happens, for the trace; a literal
 * @fn:		does it
 * @arg:	first argument of @fn
 * @n:		second argument of @fn
 */
struct event {
	uint64_t when, seq;
	const char *name;
	event_fn fn;
	void *arg;
	uint64_t n;
};

/**
 * struct events - the queue, a binary heap
 * @heap:	the earliest event first
 * @nr:		events in it
 * @room:	events that @heap has room for
 * @seq:	events added so far
 */
struct events {
	struct event *heap;
	unsigned int nr, room;
	uint64_t seq;
};

void events_add(struct events *q, uint64_t when, const char *name, event_fn fn, void *arg,
		uint64_t n);
uint64_t events_next(const struct events *q);
bool events_take(struct events *q, struct event *out);
void events_free(struct events *q);

#endif
