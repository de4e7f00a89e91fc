/* SPDX-License-Identifier: GPL-2.0 */
/* What the command socket shows of the model, as members of a JSON object. */
#ifndef DWC_SIM_CONTROL_REPORT_H
#define DWC_SIM_CONTROL_REPORT_H

#include <json-c/json_object.h>

#include "types.h"

struct report_list;
struct sim;

void control_status(const struct sim *sim, struct json_object *to);
bool control_status_is(const struct sim *sim, const char *key, const char *value, bool *known);
void control_counters(struct sim *sim, struct json_object *to);
void control_list(const struct report_list *l, struct json_object *to);

#endif
