// SPDX-License-Identifier: GPL-2.0
/* The wall clock and virtual time: see clock.h. */
#include <stdlib.h>
#include <time.h>

#include "clock.h"

/**
 * clock_init() - a clock without events, at 0 until it ticks or is advanced
 * @c:		receives it
 * @timed:	virtual time
 */
void clock_init(struct clock *c, bool timed)
{
	events_free(&c->events);
	*c = (struct clock){ .timed = timed };
}

/** clock_tick() - read the host's clock. Not in virtual time: that is a bug of ours. */
void clock_tick(struct clock *c)
{
	struct timespec ts;

	if (c->timed)
		abort();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	c->now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/** clock_advance() - virtual time has come to @now. It never goes back, nor past an event. */
void clock_advance(struct clock *c, uint64_t now)
{
	if (!c->timed || now < c->now || now > events_next(&c->events))
		abort();
	c->now = now;
}

/**
 * clock_at() - something happens at a time
 * @c:		the clock
 * @when:	ns; what is past is now
 * @name:	what happens, a literal
 * @fn:		does it
 * @arg:	first argument of @fn
 * @n:		second argument of @fn
 *
 * On the wall clock what is due now has happened when this returns.
 */
void clock_at(struct clock *c, uint64_t when, const char *name, event_fn fn, void *arg,
	      uint64_t n)
{
	if (!c->timed && when <= c->now) {
		c->ran++;
		fn(arg, n);
		return;
	}
	events_add(&c->events, when > c->now ? when : c->now, name, fn, arg, n);
}

/** clock_after() - something happens after @delay ns: see clock_at() */
void clock_after(struct clock *c, uint64_t delay, const char *name, event_fn fn, void *arg,
		 uint64_t n)
{
	clock_at(c, c->now + delay, name, fn, arg, n);
}

/** clock_run_one() - let the next event that is due happen: its name, or NULL */
const char *clock_run_one(struct clock *c)
{
	struct event e;

	if (events_next(&c->events) > c->now || !events_take(&c->events, &e))
		return NULL;
	c->ran++;
	e.fn(e.arg, e.n);
	return e.name;
}

/** clock_run_due() - let all events that are due happen. Return: was there one? */
bool clock_run_due(struct clock *c)
{
	bool did = false;

	while (clock_run_one(c))
		did = true;
	return did;
}
