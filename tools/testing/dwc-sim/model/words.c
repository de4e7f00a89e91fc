// SPDX-License-Identifier: GPL-2.0
/* Words and numbers in text: see words.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

/** words_strip() - @s without white space around it; its end is overwritten */
char *words_strip(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

/**
 * words_number() - a whole word as a number that is not negative
 * @s:	the word, in any base that C writes
 * @v:	receives the number
 *
 * Return: 0, or -1 if it is none.
 */
int words_number(const char *s, unsigned long *v)
{
	char *end;

	errno = 0;
	*v = strtoul(s, &end, 0);
	return errno || end == s || *end || *s == '-' ? -1 : 0;
}

/** words_find() - which of @nr @names is @s? Return: its number, or -1 */
int words_find(const char *s, const char * const *names, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(s, names[i]))
			return (int)i;
	return -1;
}
