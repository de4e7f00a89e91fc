// SPDX-License-Identifier: GPL-2.0
/* Reads a profile file: see profile.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

struct key {
	const char *name;
	size_t off;
	unsigned int min, max;
	bool power_of_two;
};

static const struct key keys[] = {
	{ "iatu_ib",	  offsetof(struct profile, iatu_ib),	  1,   16, false },
	{ "iatu_ob",	  offsetof(struct profile, iatu_ob),	  1,   16, false },
	{ "edma_wr",	  offsetof(struct profile, edma_wr),	  0,    8, false },
	{ "edma_rd",	  offsetof(struct profile, edma_rd),	  0,    8, false },
	{ "msi_vectors",  offsetof(struct profile, msi_vectors),  1,   32, true },
	{ "msix_entries", offsetof(struct profile, msix_entries), 0, 2048, false },
	{ "mps",	  offsetof(struct profile, mps),	128, 4096, true },
	{ "mrrs",	  offsetof(struct profile, mrrs),	128, 4096, true },
	{ "link_speed",	  offsetof(struct profile, link_speed),	  1,    5, false },
	{ "link_width",	  offsetof(struct profile, link_width),	  1,   16, true },
};

static char *strip(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

static int set_number(struct profile *p, const struct key *k, const char *val)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(val, &end, 0);
	if (errno || end == val || *end || v < k->min || v > k->max ||
	    (k->power_of_two && (v & (v - 1))))
		return -1;
	*(unsigned int *)((char *)p + k->off) = (unsigned int)v;
	return 0;
}

static int set_key(struct profile *p, bool *seen, const char *key, const char *val,
		   char *err, size_t errlen)
{
	size_t i;

	if (!strcmp(key, "name")) {
		snprintf(p->name, sizeof(p->name), "%s", val);
		return 0;
	}
	if (!strcmp(key, "doorbell")) {
		if (strcmp(val, "embedded") && strcmp(val, "polled") && strcmp(val, "msi")) {
			snprintf(err, errlen, "doorbell is embedded, polled or msi, not '%s'", val);
			return -1;
		}
		snprintf(p->doorbell, sizeof(p->doorbell), "%s", val);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].name, key))
			continue;
		seen[i] = true;
		if (!set_number(p, &keys[i], val))
			return 0;
		snprintf(err, errlen, "%s must be %sfrom %u to %u, not '%s'", key,
			 keys[i].power_of_two ? "a power of two " : "",
			 keys[i].min, keys[i].max, val);
		return -1;
	}
	snprintf(err, errlen, "unknown key '%s'", key);
	return -1;
}

static int parse(FILE *f, struct profile *p, char *err, size_t errlen)
{
	bool seen[ARRAY_SIZE(keys)] = { false };
	char line[256], what[160];
	unsigned int nr = 0;
	char *eq, *key;
	size_t i;

	while (fgets(line, sizeof(line), f)) {
		nr++;
		line[strcspn(line, "#\n")] = '\0';
		key = strip(line);
		if (!*key)
			continue;
		eq = strchr(key, '=');
		if (!eq) {
			snprintf(err, errlen, "line %u: no '='", nr);
			return -1;
		}
		*eq = '\0';
		if (set_key(p, seen, strip(key), strip(eq + 1), what, sizeof(what))) {
			snprintf(err, errlen, "line %u: %s", nr, what);
			return -1;
		}
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!seen[i]) {
			snprintf(err, errlen, "%s is missing", keys[i].name);
			return -1;
		}
	}
	if (!p->name[0] || !p->doorbell[0]) {
		snprintf(err, errlen, "name or doorbell is missing");
		return -1;
	}
	if (!p->edma_wr != !p->edma_rd) {
		snprintf(err, errlen, "edma_wr and edma_rd must both be 0, or neither");
		return -1;
	}
	return 0;
}

/**
 * profile_load() - read a profile file
 * @p:		receives it
 * @path:	the file
 * @err:	receives what is wrong, in words
 * @errlen:	its size
 *
 * Every key must be present and known.
 *
 * Return: 0, or -1 with @err set.
 */
int profile_load(struct profile *p, const char *path, char *err, size_t errlen)
{
	FILE *f = fopen(path, "r");
	int ret;

	*p = (struct profile){ 0 };
	if (!f) {
		snprintf(err, errlen, "%s", strerror(errno));
		return -1;
	}
	ret = parse(f, p, err, errlen);
	fclose(f);
	return ret;
}
