/* SPDX-License-Identifier: GPL-2.0 */
/* What files of `key = value` lines, and the command line, are made of. */
#ifndef DWC_SIM_WORDS_H
#define DWC_SIM_WORDS_H

char *words_strip(char *s);
int words_number(const char *s, unsigned long *v);
int words_find(const char *s, const char * const *names, unsigned int nr);

#endif
