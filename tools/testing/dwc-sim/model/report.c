// SPDX-License-Identifier: GPL-2.0
/* Violations, unknown accesses and the trace: see report.h. */
#include <stdarg.h>
#include <string.h>

#include "report.h"

const char * const side_name[NR_SIDES] = { "rc", "ep" };
const char * const initiator_name[NR_INITIATORS] = { "rc-cpu", "ep-cpu", "edma-wr", "edma-rd" };
const char * const dir_name[NR_DIRS] = { "wr", "rd" };

/* Violations share an entry by kind and by who does it, unknown accesses by kind and detail. */
static void list_add(struct report_list *l, const char *kind, const char *who,
		     const char *detail, bool by_detail)
{
	struct report_entry *e;
	unsigned int i;

	l->total++;
	for (i = 0; i < l->nr; i++) {
		e = &l->entry[i];
		if (!strcmp(e->kind, kind) && e->who == who && (!by_detail || !strcmp(e->detail, detail))) {
			e->count++;
			return;
		}
	}
	/* A full list keeps counting in @total; nothing is dropped silently. */
	if (l->nr == REPORT_MAX)
		return;
	e = &l->entry[l->nr++];
	e->kind = kind;
	e->who = who;
	e->count = 1;
	snprintf(e->detail, sizeof(e->detail), "%s", detail);
}

/**
 * report_violation() - a guest broke a rule
 * @r:		the report
 * @kind:	short name, must be a literal
 * @fmt:	what happened, in words
 */
void report_violation(struct report *r, const char *kind, const char *fmt, ...)
{
	char detail[REPORT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);

	list_add(&r->violations, kind, NULL, detail, false);
	trace(r, "VIOLATION %s: %s", kind, detail);
}

/**
 * report_violation_by() - somebody broke a rule
 * @r:		the report
 * @kind:	short name, must be a literal
 * @who:	literal, the same pointer each time; the detail begins with it
 * @fmt:	what was done, in words
 */
void report_violation_by(struct report *r, const char *kind, const char *who, const char *fmt, ...)
{
	char text[REPORT_TEXT], detail[REPORT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(detail, sizeof(detail), "%s %.*s", who, REPORT_TEXT - 32, text);

	list_add(&r->violations, kind, who, detail, false);
	trace(r, "VIOLATION %s: %s", kind, detail);
}

/**
 * report_unknown() - an access to a register the model does not know
 * @r:		the report
 * @block:	register block, must be a literal
 * @off:	offset in it
 * @write:	direction
 */
void report_unknown(struct report *r, const char *block, uint64_t off, bool write)
{
	char detail[REPORT_TEXT];

	snprintf(detail, sizeof(detail), "%s 0x%llx", write ? "write" : "read",
		 (unsigned long long)off);
	list_add(&r->unknown, block, NULL, detail, true);
	trace(r, "UNKNOWN %s %s", block, detail);
}

/**
 * trace_span() - in virtual time: something took from @from to @to, ns, in one of its lanes
 * @r:		the report
 * @lane:	where, a word
 * @from:	its beginning
 * @to:		its end
 * @fmt:	what it was
 */
void trace_span(struct report *r, const char *lane, uint64_t from, uint64_t to, const char *fmt, ...)
{
	char text[REPORT_TEXT];
	va_list ap;

	if (!r->tracing || !r->clock->timed)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	trace(r, "span %s %llu %llu %s", lane, (unsigned long long)from, (unsigned long long)to, text);
}

/**
 * trace() - one line of the trace, with its number, or the virtual time in ns
 * @r:		the report
 * @fmt:	the line, without a newline
 *
 * Costs nothing but a branch while tracing is off.
 */
void trace(struct report *r, const char *fmt, ...)
{
	va_list ap;

	r->tick++;
	if (!r->tracing || !r->trace)
		return;

	fprintf(r->trace, "%llu ", (unsigned long long)
		(r->clock && r->clock->timed ? r->clock->now : r->tick));
	va_start(ap, fmt);
	vfprintf(r->trace, fmt, ap);
	va_end(ap);
	fputc('\n', r->trace);
}
