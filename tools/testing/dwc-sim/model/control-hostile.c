// SPDX-License-Identifier: GPL-2.0
/* Hostile peers on the command socket: see control-hostile.h. */
#include <stdio.h>
#include <string.h>

#include "control-hostile.h"
#include "faults.h"
#include "mutate.h"
#include "sim.h"
#include "words.h"

#define RECENT	32u

static const char usage_mutate[] =
	"mutate rc|ep [start SEED EVERY REST LIMIT [REGION,...] | stop]: one of EVERY words on their way to "
	"that side (0: none), REST words a second where they are, until LIMIT (0: none) were changed";

/* 'bar0,ring': bits of struct mutator, in place. Returns -1 if one is unknown. */
static int regions(char *list, uint32_t *bits)
{
	char *save, *p;
	int region;

	*bits = 0;
	for (p = strtok_r(list, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		region = words_find(p, mut_region_name, NR_MUT_REGIONS);
		if (region < 0)
			return -1;
		*bits |= BIT(region);
	}
	return *bits ? 0 : -1;
}

static const char *start(struct sim *sim, enum side victim, char **w, unsigned int n)
{
	struct mut_wish wish = { .regions = MUT_DEFAULT };

	if (n < 7 || n > 8 || words_number(w[3], &wish.seed) || words_number(w[4], &wish.every) ||
	    words_number(w[5], &wish.rest) || words_number(w[6], &wish.limit) ||
	    wish.rest > 1000000 || (n == 8 && regions(w[7], &wish.regions)))
		return usage_mutate;
	mutate_start(sim, victim, &wish);
	return NULL;
}

static void add_number(struct json_object *to, const char *key, uint64_t v)
{
	json_object_object_add(to, key, json_object_new_uint64(v));
}

/* {"flip": n, ...}; NULL if there were none. */
static struct json_object *kinds(const uint64_t *count)
{
	struct json_object *o = NULL;
	unsigned int k;

	for (k = 0; k < NR_MUT_KINDS; k++) {
		if (!count[k])
			continue;
		if (!o)
			o = json_object_new_object();
		add_number(o, mut_kind_name[k], count[k]);
	}
	return o;
}

static struct json_object *recent(const struct mutator *m)
{
	struct json_object *list = json_object_new_array();
	uint64_t i = m->nr_changes > RECENT ? m->nr_changes - RECENT : 0;
	char text[96];

	for (; i < m->nr_changes; i++) {
		const struct mut_change *c = &m->change[i % MUT_CHANGES];

		snprintf(text, sizeof(text), "%s+0x%llx %s 0x%x -> 0x%x", mut_region_name[c->at.region],
			 (unsigned long long)c->at.addr, mut_kind_name[c->kind], c->was, c->now);
		json_object_array_add(list, json_object_new_string(text));
	}
	return list;
}

static void report(const struct mutator *m, struct json_object *out)
{
	struct json_object *changed = json_object_new_object(), *seen = json_object_new_object(), *o;
	unsigned int r;

	json_object_object_add(out, "active", json_object_new_boolean(m->active));
	add_number(out, "changes", m->nr_changes);
	add_number(out, "undone", m->undone);
	for (r = 0; r < NR_MUT_REGIONS; r++) {
		o = kinds(m->count[r]);
		if (o)
			json_object_object_add(changed, mut_region_name[r], o);
		if (m->seen[r])
			add_number(seen, mut_region_name[r], m->seen[r]);
	}
	json_object_object_add(out, "changed", changed);
	json_object_object_add(out, "seen", seen);
	json_object_object_add(out, "recent", recent(m));
}

/**
 * control_mutate() - the command of that name
 * @sim:	the model
 * @w:		its words
 * @n:		how many
 * @out:	receives what was changed so far, if that is asked for
 *
 * Return: NULL, or how it is to be used.
 */
const char *control_mutate(struct sim *sim, char **w, unsigned int n, struct json_object *out)
{
	int victim = n >= 2 ? words_find(w[1], side_name, NR_SIDES) : -1;

	if (victim < 0)
		return usage_mutate;
	if (n == 2) {
		report(&sim->mutate[victim], out);
		return NULL;
	}
	if (!strcmp(w[2], "start"))
		return start(sim, victim, w, n);
	if (n != 3 || strcmp(w[2], "stop"))
		return usage_mutate;
	mutate_stop(sim, victim);
	return NULL;
}

/**
 * control_storm() - 'fault storm'
 * @sim:	the model
 * @w:		its words
 * @n:		how many
 *
 * Return: NULL, or how it is to be used.
 */
const char *control_storm(struct sim *sim, char **w, unsigned int n)
{
	static const char usage[] =
		"fault storm rc|ep RATE [BAR OFF WORDS]: interrupts a millisecond, and words of a BAR to set to 1";
	int victim = n >= 3 ? words_find(w[2], side_name, NR_SIDES) : -1;
	struct storm s = { 0 };
	uint64_t bar = 0;

	if (victim < 0 || (n != 4 && (n != 7 || victim != SIDE_EP)) || words_number(w[3], &s.rate) ||
	    s.rate > 1000)
		return usage;
	if (n == 7 && (words_number(w[4], &bar) || words_number(w[5], &s.off) ||
		       words_number(w[6], &s.words) || bar >= NR_BARS || s.off % 4 || s.words > 64))
		return usage;
	s.bar = (unsigned int)bar;
	sim->faults.storm[victim] = s;
	return NULL;
}
