// SPDX-License-Identifier: GPL-2.0
/* Reads a board file: see board.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "words.h"

#define NS_MAX	1000000u

enum rule { ANY, POWER_OF_TWO, HEADER };

struct key {
	const char *name;
	size_t off;
	unsigned int min, max;
	enum rule rule;
};

#define KEY(field, min, max, rule)	{ #field, offsetof(struct board, field), min, max, rule }

static const struct key keys[] = {
	KEY(link_gen, 1, 5, ANY),
	KEY(link_lanes, 1, 16, POWER_OF_TWO),
	KEY(mps, 128, 4096, POWER_OF_TWO),
	KEY(mrrs, 128, 4096, POWER_OF_TWO),
	KEY(rcb, 64, 128, POWER_OF_TWO),
	KEY(framing, 4, 32, ANY),
	KEY(header_host, 12, 16, HEADER),
	KEY(header_bar, 12, 16, HEADER),
	KEY(dllp_permille, 0, 500, ANY),
	KEY(latency_down, 0, NS_MAX, ANY),
	KEY(latency_up, 0, NS_MAX, ANY),
	KEY(posted_credits, 0, 1u << 20, ANY),
	KEY(host_read, 0, NS_MAX, ANY),
	KEY(ep_read, 0, NS_MAX, ANY),
	KEY(reg_read, 0, NS_MAX, ANY),
	KEY(store_bytes, 4, 64, POWER_OF_TWO),
	KEY(store_rc, 0, NS_MAX, ANY),
	KEY(store_ep, 0, NS_MAX, ANY),
	KEY(local_read, 0, NS_MAX, ANY),
	KEY(local_write, 0, NS_MAX, ANY),
	KEY(msi, 0, NS_MAX, ANY),
	KEY(line, 0, NS_MAX, ANY),
	KEY(eng_doorbell, 0, NS_MAX, ANY),
	KEY(eng_fetch, 0, NS_MAX, ANY),
	KEY(eng_prefetch, 0, 1, ANY),
	KEY(eng_start, 0, NS_MAX, ANY),
	KEY(eng_gap, 0, NS_MAX, ANY),
	KEY(eng_tags, 1, 256, ANY),
	KEY(eng_local, 0, NS_MAX, ANY),
};

/* Where a value may come from: the first word of the comment beside it. */
static const char * const sources[] = { "measured", "published", "calibrated", "spec", "guess" };

/* The controller's profile, and the costs of the guests' CPUs: the bench reads them. */
static bool is_the_benchs(const char *name)
{
	return !strcmp(name, "profile") || !strncmp(name, "cpu_", 4);
}

static bool has_source(const char *comment)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sources); i++)
		if (!strncmp(comment, sources[i], strlen(sources[i])))
			return true;
	return false;
}

static bool allowed(const struct key *k, unsigned long v)
{
	if (v < k->min || v > k->max)
		return false;
	if (k->rule == POWER_OF_TWO)
		return !(v & (v - 1));
	return k->rule != HEADER || v == 12 || v == 16;
}

static const struct key *find_key(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

/* One setting: what is wrong with it goes to @err. */
static int set(struct board *b, uint64_t *given, char *name, char *val, const char *source,
	       char *err, size_t errlen)
{
	const struct key *k = find_key(name);
	unsigned long v;

	if (!k && !is_the_benchs(name)) {
		snprintf(err, errlen, "%s: unknown key", name);
		return -1;
	}
	if (!has_source(source)) {
		snprintf(err, errlen, "%s: no source beside it: # measured, published, calibrated, spec or guess, and by whom",
			 name);
		return -1;
	}
	if (!k)
		return 0;
	if (*given & BIT_ULL(k - keys)) {
		snprintf(err, errlen, "%s is given twice", name);
		return -1;
	}
	if (words_number(val, &v) || !allowed(k, v)) {
		snprintf(err, errlen, "%s = %s: not %s from %u to %u", name, val,
			 k->rule == POWER_OF_TWO ? "a power of two" :
			 k->rule == HEADER ? "12 or 16," : "a number", k->min, k->max);
		return -1;
	}
	*given |= BIT_ULL(k - keys);
	*(unsigned int *)((char *)b + k->off) = (unsigned int)v;
	return 0;
}

static int parse_line(struct board *b, uint64_t *given, char *line, char *err, size_t errlen)
{
	char *hash = strchr(line, '#'), *eq, *source = "";

	if (hash) {
		*hash = '\0';
		source = words_strip(hash + 1);
	}
	line = words_strip(line);
	if (!*line)
		return 0;
	eq = strchr(line, '=');
	if (!eq) {
		snprintf(err, errlen, "not a 'key = value # source' line: %s", line);
		return -1;
	}
	*eq = '\0';
	return set(b, given, words_strip(line), words_strip(eq + 1), source, err, errlen);
}

/**
 * board_load() - read a board file
 * @b:		receives the costs
 * @path:	the file
 * @err:	receives one line that says what is wrong, with the number of its line
 * @errlen:	its size
 *
 * Return: 0, or -1.
 */
int board_load(struct board *b, const char *path, char *err, size_t errlen)
{
	unsigned int nr = 0, i;
	uint64_t given = 0;
	char line[256], why[160];
	int ret = 0;
	FILE *f;

	*b = (struct board){ 0 };
	f = fopen(path, "re");
	if (!f) {
		snprintf(err, errlen, "%s", strerror(errno));
		return -1;
	}
	while (!ret && fgets(line, sizeof(line), f)) {
		nr++;
		ret = parse_line(b, &given, line, why, sizeof(why));
	}
	fclose(f);
	if (ret) {
		snprintf(err, errlen, "%u: %s", nr, why);
		return -1;
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (given & BIT_ULL(i))
			continue;
		snprintf(err, errlen, "%u: %s is missing", nr, keys[i].name);
		return -1;
	}
	return 0;
}
