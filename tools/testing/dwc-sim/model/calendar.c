// SPDX-License-Identifier: GPL-2.0
/* Who runs next, and until when: see calendar.h. The messages are in calendar-msg.c. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "calendar-msg.h"
#include "calendar.h"
#include "clock.h"
#include "event.h"
#include "report.h"

/**
 * calendar_init() - nobody has connected
 * @c:		receives it
 * @clock:	the model's clock
 * @report:	where trace and violations go
 *
 * Return: 0, or -1 if there is no memory to share; errno says why.
 */
int calendar_init(struct calendar *c, struct clock *clock, struct report *report)
{
	unsigned int i;

	*c = (struct calendar){
		.clock = clock, .report = report, .shm_fd = -1, .until = EVENT_NEVER,
	};
	for (i = 0; i < NR_SIDES; i++) {
		c->guest[i].fd = -1;
		c->fresh[i] = -1;
	}
	if (!clock->timed)
		return 0;
	c->shm_fd = memfd_create("calendar", MFD_CLOEXEC);
	if (c->shm_fd < 0 || ftruncate(c->shm_fd, sizeof(*c->shm)))
		return -1;
	c->shm = mmap(NULL, sizeof(*c->shm), PROT_READ | PROT_WRITE, MAP_SHARED, c->shm_fd, 0);
	if (c->shm == MAP_FAILED) {
		c->shm = NULL;
		return -1;
	}
	c->shm->version = SHM_VERSION;
	c->shm->len = sizeof(*c->shm);
	c->shm->max_clients = NR_SHM_CLIENTS;
	c->shm->client[SHM_CONTROLLER].capa = SHM_TIME_SHARE;
	return 0;
}

/** calendar_free() - the connections and the memory are no more */
void calendar_free(struct calendar *c)
{
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++) {
		if (c->guest[i].fd >= 0)
			close(c->guest[i].fd);
		if (c->fresh[i] >= 0)
			close(c->fresh[i]);
	}
	if (c->shm)
		munmap(c->shm, sizeof(*c->shm));
	if (c->shm_fd >= 0)
		close(c->shm_fd);
	c->shm = NULL;
	c->shm_fd = -1;
}

static struct calendar_guest *running(struct calendar *c)
{
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++)
		if (c->guest[i].state == GUEST_RUNS)
			return &c->guest[i];
	return NULL;
}

/** calendar_busy() - does a guest run, or is one expected that did not connect yet? */
bool calendar_busy(const struct calendar *c)
{
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++)
		if (c->guest[i].state == GUEST_RUNS || c->guest[i].state == GUEST_ABSENT)
			return true;
	return false;
}

/* When a guest that does not run wants to run next. */
static uint64_t wanted(const struct calendar *c, unsigned int side)
{
	const struct calendar_guest *g = &c->guest[side];
	const struct shm_client *s = &c->shm->client[SHM_CLIENT(side)];

	if (g->state == GUEST_OFF)
		return g->on_at > c->clock->now ? g->on_at : c->clock->now;
	if (g->state != GUEST_WAITS || !(s->flags & SHM_REQ_RUN) || s->req_time >= SHM_NEVER)
		return EVENT_NEVER;
	return s->req_time > c->clock->now ? s->req_time : c->clock->now;
}

/* The next time at which somebody other than a guest that runs has something to do. */
static uint64_t horizon(const struct calendar *c)
{
	uint64_t t = min_t(uint64_t, events_next(&c->clock->events), c->until);
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++)
		t = min_t(uint64_t, t, wanted(c, i));
	return t;
}

/**
 * calendar_sync() - the model's clock takes the time of the guest that runs
 * @c:	the calendar
 *
 * The guest writes that time, so it is checked: it lies between now and the time
 * up to which the guest is free.
 */
void calendar_sync(struct calendar *c)
{
	uint64_t t, end = horizon(c);

	if (!running(c))
		return;
	t = __atomic_load_n(&c->shm->current_time, __ATOMIC_ACQUIRE);
	if (t < c->clock->now || t > end) {
		report_violation(c->report, "calendar-time", "a guest is at %llu, not between %llu and %llu",
				 (unsigned long long)t, (unsigned long long)c->clock->now,
				 (unsigned long long)end);
		t = t < c->clock->now ? c->clock->now : end;
	}
	clock_advance(c->clock, t);
}

/** calendar_freshen() - a guest runs, and new events came up: it must not run past them */
void calendar_freshen(struct calendar *c)
{
	uint64_t t;

	if (!running(c))
		return;
	t = horizon(c);
	if (t < c->shm->free_until)
		c->shm->free_until = t;
}

/* The model has the token: whoever wants to run may say so. */
static void hold(struct calendar *c)
{
	c->shm->running_id = SHM_CONTROLLER;
	c->shm->current_time = c->clock->now;
	c->shm->free_until = c->clock->now;
}

static void let_run(struct calendar *c, unsigned int side)
{
	struct calendar_guest *g = &c->guest[side];
	bool first = g->state == GUEST_OFF;

	clock_advance(c->clock, wanted(c, side));
	if (first)
		g->on_at = c->clock->now;
	trace(c->report, "calendar: %s %s", side_name[side], first ? "is switched on" : "runs");
	g->state = GUEST_RUNS;
	c->runs++;
	c->shm->client[SHM_CLIENT(side)].flags &= ~SHM_REQ_RUN;
	c->shm->current_time = c->clock->now;
	c->shm->running_id = SHM_CLIENT(side);
	c->shm->free_until = horizon(c);
	if (first ? !calendar_send_start(c, side) : !calendar_send_run(c, side))
		calendar_drop(c, side);
}

/**
 * calendar_step() - what comes next, if no guest runs
 * @c:	the calendar
 */
enum calendar_step calendar_step(struct calendar *c)
{
	uint64_t next = events_next(&c->clock->events), t;
	unsigned int i, who = NR_SIDES;
	const char *name;
	bool all_gone = true;

	if (calendar_busy(c))
		return CALENDAR_BUSY;
	for (i = 0; i < NR_SIDES; i++)
		all_gone &= c->guest[i].state == GUEST_GONE;
	if (all_gone)
		return CALENDAR_OVER;
	hold(c);
	for (i = 0; i < NR_SIDES; i++) {
		t = wanted(c, i);
		if (t < next) {
			next = t;
			who = i;
		}
	}
	if (next == EVENT_NEVER)
		return CALENDAR_DEADLOCK;
	if (next > c->until)
		return CALENDAR_LATE;
	if (who < NR_SIDES) {
		let_run(c, who);
		return CALENDAR_DID;
	}
	clock_advance(c->clock, next);
	hold(c);
	name = clock_run_one(c->clock);
	trace(c->report, "calendar: %s", name);
	return CALENDAR_DID;
}

/** calendar_explain() - what each guest waits for, a line each */
void calendar_explain(const struct calendar *c, FILE *out)
{
	static const char * const what[] = {
		[GUEST_ABSENT] = "did not connect", [GUEST_OFF] = "is off", [GUEST_RUNS] = "runs",
		[GUEST_WAITS] = "waits for an interrupt and has no timer",
		[GUEST_GONE] = "has gone",
	};
	unsigned int i;

	for (i = 0; i < NR_SIDES; i++) {
		uint64_t t = c->guest[i].state == GUEST_WAITS ? wanted(c, i) : EVENT_NEVER;

		if (t == EVENT_NEVER)
			fprintf(out, "dwc-sim: %s %s\n", side_name[i], what[c->guest[i].state]);
		else
			fprintf(out, "dwc-sim: %s waits until %llu ns\n", side_name[i],
				(unsigned long long)t);
	}
}
