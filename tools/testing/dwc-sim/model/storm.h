/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A storm of interrupts: the peer of a machine sends them whether there is a reason or
 * not. To the host they are the function's MSIs, one vector after the other; to the
 * endpoint doorbells, with the words in memory that say which. See struct storm.
 */
#ifndef DWC_SIM_STORM_H
#define DWC_SIM_STORM_H

#include "types.h"

struct sim;

bool storm_step(struct sim *sim);

#endif
