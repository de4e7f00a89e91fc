/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands of the command socket at set times of a run in virtual time: faults that
 * come at the same nanosecond in each run.
 */
#ifndef DWC_SIM_PLAN_H
#define DWC_SIM_PLAN_H

struct sim;

const char *plan_load(struct sim *sim, const char *path, char *line, unsigned int size);

#endif
