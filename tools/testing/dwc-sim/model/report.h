/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the model has to say: violations (a rule of the hardware or of the DMA
 * API broken by a guest), unknown register accesses, and the readable trace.
 * A guest's mistake is data: it is counted and shown, it never ends the model.
 */
#ifndef DWC_SIM_REPORT_H
#define DWC_SIM_REPORT_H

#include <stdio.h>

#include "clock.h"
#include "types.h"

#define REPORT_MAX	64
#define REPORT_TEXT	160

/**
 * struct report_entry - one kind of finding
 * @kind:	short name, a literal
 * @who:	a literal, NULL if of no matter: who does the same to another is another finding
 * @detail:	the first occurrence, in words
 * @count:	occurrences
 */
struct report_entry {
	const char *kind, *who;
	char detail[REPORT_TEXT];
	uint64_t count;
};

struct report_list {
	struct report_entry entry[REPORT_MAX];
	unsigned int nr;
	uint64_t total;
};

struct report {
	struct report_list violations;
	struct report_list unknown;
	FILE *trace;
	bool tracing;
	uint64_t tick;
	const struct clock *clock;	/* lines have its time if that is virtual */
};

void report_violation(struct report *r, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void report_violation_by(struct report *r, const char *kind, const char *who, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void report_unknown(struct report *r, const char *block, uint64_t off, bool write);
void trace_span(struct report *r, const char *lane, uint64_t from, uint64_t to, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void trace(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
