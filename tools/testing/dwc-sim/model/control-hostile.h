/* SPDX-License-Identifier: GPL-2.0 */
/* Commands that make the peer of a machine hostile: see mutate.h and storm.h. */
#ifndef DWC_SIM_CONTROL_HOSTILE_H
#define DWC_SIM_CONTROL_HOSTILE_H

#include <json-c/json_object.h>

#include "types.h"

struct sim;

const char *control_mutate(struct sim *sim, char **w, unsigned int n, struct json_object *out);
const char *control_storm(struct sim *sim, char **w, unsigned int n);

#endif
