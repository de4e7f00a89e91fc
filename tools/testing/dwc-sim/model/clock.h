/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock of the model, one of two kinds behind the same functions.
 *
 * The wall clock is the host's: nothing that the model does costs time, so what is
 * due now is done at once, by the call that asks for it. Virtual time stands still
 * until clock_advance(): whatever takes time is an event in the queue, and two
 * runs with the same input have the same times to the nanosecond. In virtual time
 * the host's clock must not be read; clock_tick() is the only reader, and aborts.
 */
#ifndef DWC_SIM_CLOCK_H
#define DWC_SIM_CLOCK_H

#include "event.h"

/**
 * struct clock - what time it is, and what happens when
 * @timed:	virtual time
 * @now:	ns
 * @events:	what will happen
 * @ran:	events that have happened
 */
struct clock {
	bool timed;
	uint64_t now;
	struct events events;
	uint64_t ran;
};

void clock_init(struct clock *c, bool timed);
void clock_tick(struct clock *c);
void clock_advance(struct clock *c, uint64_t now);
void clock_at(struct clock *c, uint64_t when, const char *name, event_fn fn, void *arg,
	      uint64_t n);
void clock_after(struct clock *c, uint64_t delay, const char *name, event_fn fn, void *arg,
		 uint64_t n);
const char *clock_run_one(struct clock *c);
bool clock_run_due(struct clock *c);

#endif
