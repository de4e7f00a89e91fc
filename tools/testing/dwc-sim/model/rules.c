// SPDX-License-Identifier: GPL-2.0
/* Names of the rules that can be broken on purpose: see rules.h. */
#include <string.h>

#include "rules.h"

const struct rule_desc rule_desc[NR_RULES] = {
#define X(id, name, text) [RULE_##id] = { name, text },
	RULES(X)
#undef X
};

/**
 * rule_find() - look a rule up
 * @name:	as shown by --list-rules
 *
 * Return: enum rule, or -1.
 */
int rule_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_RULES; i++)
		if (!strcmp(rule_desc[i].name, name))
			return (int)i;
	return -1;
}
