/* SPDX-License-Identifier: GPL-2.0 */
/* What the command socket shows: status, counters, lists, rules; all as JSON. */
#ifndef DWC_SIM_CONTROL_JSON_H
#define DWC_SIM_CONTROL_JSON_H

#include <stdio.h>

#include "types.h"

struct report_list;
struct sim;

void control_string(FILE *out, const char *s);
void control_status_json(struct sim *sim, FILE *out);
bool control_status_has(struct sim *sim, const char *key);
bool control_status_is(struct sim *sim, const char *key, const char *value);
void control_counters_json(struct sim *sim, FILE *out);
void control_list_json(const struct report_list *l, FILE *out);
void control_rules_json(struct sim *sim, FILE *out);
bool control_bar_word(struct sim *sim, unsigned int bar, uint64_t off, uint8_t *word, bool write);

#endif
