// SPDX-License-Identifier: GPL-2.0
/* Reads a profile file: see profile.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"
#include "words.h"

struct key {
	const char *name;
	size_t off;
	unsigned int min, max;
	bool power_of_two;
	bool or_zero;
};

static const struct key keys[] = {
	{ "iatu_ib",	  offsetof(struct profile, iatu_ib),	  1,   16, false, false },
	{ "iatu_ob",	  offsetof(struct profile, iatu_ob),	  1,   16, false, false },
	{ "iatu_align",	  offsetof(struct profile, iatu_align),	4096, 65536, true, false },
	{ "edma_wr",	  offsetof(struct profile, edma_wr),	  0,    8, false, false },
	{ "edma_rd",	  offsetof(struct profile, edma_rd),	  0,    8, false, false },
	{ "edma_ahead",	  offsetof(struct profile, edma_ahead),	  0, MAX_EDMA_AHEAD, false, false },
	{ "edma_stop",	  offsetof(struct profile, edma_stop),	  0, 1000, false, false },
	{ "functions",	  offsetof(struct profile, functions),	  1, MAX_FUNCS, false, false },
	{ "msi_vectors",  offsetof(struct profile, msi_vectors),  1,   32, true, false },
	{ "msix_entries", offsetof(struct profile, msix_entries), 0, 2048, false, false },
	{ "mps",	  offsetof(struct profile, mps),	128, 4096, true, false },
	{ "mrrs",	  offsetof(struct profile, mrrs),	128, 4096, true, false },
	{ "link_speed",	  offsetof(struct profile, link_speed),	  1,    5, false, false },
	{ "link_width",	  offsetof(struct profile, link_width),	  1,   16, true, false },
	{ "app",	  offsetof(struct profile, app),	  0,    1, false, false },
	{ "emulation",	  offsetof(struct profile, emulation),	  0,    1, false, false },
	{ "max_read",	  offsetof(struct profile, max_read),	128, 4096, true, true },
};

/* A BAR has 16 bytes at least; fixed ones above 2 GB are not modelled. */
#define FIXED_MIN	16u
#define FIXED_MAX	0x80000000u

static int set_number(struct profile *p, const struct key *k, const char *val)
{
	unsigned long v;

	if (words_number(val, &v))
		return -1;
	if ((v < k->min || v > k->max || (k->power_of_two && (v & (v - 1)))) &&
	    !(k->or_zero && !v))
		return -1;
	*(unsigned int *)((char *)p + k->off) = (unsigned int)v;
	return 0;
}

static int set_doorbell(struct profile *p, const char *val, char *err, size_t errlen)
{
	if (strcmp(val, "embedded") && strcmp(val, "polled") && strcmp(val, "msi")) {
		snprintf(err, errlen, "doorbell is embedded, polled or msi, not '%s'", val);
		return -1;
	}
	snprintf(p->doorbell, sizeof(p->doorbell), "%s", val);
	return 0;
}

static int set_bar(struct profile_bar *bar, const char *item, char *err, size_t errlen)
{
	unsigned long size;

	*bar = (struct profile_bar){ .kind = BAR_PROG };
	if (!strcmp(item, "prog"))
		return 0;
	if (!strcmp(item, "off")) {
		bar->kind = BAR_OFF;
		return 0;
	}
	if (!strcmp(item, "resizable")) {
		bar->kind = BAR_RESIZABLE;
		return 0;
	}
	if (strncmp(item, "fixed:", 6)) {
		snprintf(err, errlen,
			 "a BAR is prog, off, fixed:SIZE or resizable, not '%s'", item);
		return -1;
	}
	if (words_number(item + 6, &size) || size < FIXED_MIN || size > FIXED_MAX || size & (size - 1)) {
		snprintf(err, errlen,
			 "the size of a fixed BAR must be a power of two from %u to %u, not '%s'",
			 FIXED_MIN, FIXED_MAX, item + 6);
		return -1;
	}
	*bar = (struct profile_bar){ .kind = BAR_FIXED, .size = (uint32_t)size };
	return 0;
}

static int set_bars(struct profile *p, const char *val, char *err, size_t errlen)
{
	unsigned int nr = 0;
	char item[256];		/* as long as a line */
	size_t len;

	for (;; val += len + 1) {
		len = strcspn(val, ",");
		snprintf(item, sizeof(item), "%.*s", (int)len, val);
		if (nr < NR_BARS && set_bar(&p->bar[nr], item, err, errlen))
			return -1;
		nr++;
		if (!val[len])
			break;
	}
	if (nr != NR_BARS) {
		snprintf(err, errlen, "bars has %u items, not %u", nr, NR_BARS);
		return -1;
	}
	return 0;
}

struct word {
	const char *name;
	int (*set)(struct profile *p, const char *val, char *err, size_t errlen);
};

static const struct word words[] = {
	{ "doorbell", set_doorbell },
	{ "bars", set_bars },
};

/* Which keys were there. */
struct seen {
	bool number[ARRAY_SIZE(keys)];
	bool word[ARRAY_SIZE(words)];
};

static int set_key(struct profile *p, struct seen *seen, const char *key, const char *val,
		   char *err, size_t errlen)
{
	size_t i;

	if (!strcmp(key, "name")) {
		snprintf(p->name, sizeof(p->name), "%s", val);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, key))
			continue;
		seen->word[i] = true;
		return words[i].set(p, val, err, errlen);
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].name, key))
			continue;
		seen->number[i] = true;
		if (!set_number(p, &keys[i], val))
			return 0;
		snprintf(err, errlen, "%s must be %s%sfrom %u to %u, not '%s'", key,
			 keys[i].or_zero ? "0 or " : "",
			 keys[i].power_of_two ? "a power of two " : "",
			 keys[i].min, keys[i].max, val);
		return -1;
	}
	snprintf(err, errlen, "unknown key '%s'", key);
	return -1;
}

static int missing(const char *key, char *err, size_t errlen)
{
	snprintf(err, errlen, "%s is missing", key);
	return -1;
}

static int parse(FILE *f, struct profile *p, char *err, size_t errlen)
{
	struct seen seen = { 0 };
	char line[256], what[160];
	unsigned int nr = 0;
	char *eq, *key;
	size_t i;

	while (fgets(line, sizeof(line), f)) {
		nr++;
		line[strcspn(line, "#\n")] = '\0';
		key = words_strip(line);
		if (!*key)
			continue;
		eq = strchr(key, '=');
		if (!eq) {
			snprintf(err, errlen, "line %u: no '='", nr);
			return -1;
		}
		*eq = '\0';
		if (set_key(p, &seen, words_strip(key), words_strip(eq + 1), what, sizeof(what))) {
			snprintf(err, errlen, "line %u: %s", nr, what);
			return -1;
		}
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!seen.number[i])
			return missing(keys[i].name, err, errlen);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!seen.word[i])
			return missing(words[i].name, err, errlen);
	if (!p->name[0])
		return missing("name", err, errlen);
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
