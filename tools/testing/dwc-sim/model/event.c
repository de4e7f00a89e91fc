// SPDX-License-Identifier: GPL-2.0
/* The queue of events: see event.h. */
#include <stdlib.h>

#include "event.h"

static bool before(const struct event *a, const struct event *b)
{
	return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

/**
 * events_add() - something will happen
 * @q:		the queue
 * @when:	time, ns
 * @name:	what happens, a literal
 * @fn:		does it
 * @arg:	first argument of @fn
 * @n:		second argument of @fn
 */
void events_add(struct events *q, uint64_t when, const char *name, event_fn fn, void *arg,
		uint64_t n)
{
	struct event e = { when, q->seq++, name, fn, arg, n };
	unsigned int i = q->nr++, up;

	if (i == q->room) {
		q->room = q->room ? 2 * q->room : 64;
		q->heap = reallocarray(q->heap, q->room, sizeof(*q->heap));
		if (!q->heap)
			abort();	/* out of memory, an invariant of ours */
	}
	for (; i; i = up) {
		up = (i - 1) / 2;
		if (!before(&e, &q->heap[up]))
			break;
		q->heap[i] = q->heap[up];
	}
	q->heap[i] = e;
}

/** events_next() - the time of the earliest event, EVENT_NEVER if there is none */
uint64_t events_next(const struct events *q)
{
	return q->nr ? q->heap[0].when : EVENT_NEVER;
}

/**
 * events_take() - take the earliest event out of the queue
 * @q:		the queue
 * @out:	receives it
 *
 * Return: false if there is none.
 */
bool events_take(struct events *q, struct event *out)
{
	unsigned int i = 0, child;
	struct event last;

	if (!q->nr)
		return false;
	*out = q->heap[0];
	last = q->heap[--q->nr];
	while ((child = 2 * i + 1) < q->nr) {
		if (child + 1 < q->nr && before(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (!before(&q->heap[child], &last))
			break;
		q->heap[i] = q->heap[child];
		i = child;
	}
	q->heap[i] = last;
	return true;
}

/** events_free() - forget all events */
void events_free(struct events *q)
{
	free(q->heap);
	*q = (struct events){ 0 };
}
