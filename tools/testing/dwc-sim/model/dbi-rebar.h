/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A part of dbi: the Resizable BAR extended capability (PCIe r6.0, section 7.8.6), for the BARs of
 * which the profile says so. The endpoint's CPU programs what sizes there are,
 * the host chooses one of them. What the endpoint programmed last is what a hot
 * reset goes back to.
 *
 * Assumption, to be checked on silicon: a write of the supported sizes through
 * DBI selects the smallest of them (pcie-designware-ep.c, which always writes
 * one, says only that the selected size is updated).
 */
#ifndef DWC_SIM_DBI_REBAR_H
#define DWC_SIM_DBI_REBAR_H

#include "types.h"

struct sim;

#define CAP_REBAR		0x100
#define REBAR_CAP(i)		(CAP_REBAR + 4 + 8 * (i))
#define REBAR_CTRL(i)		(CAP_REBAR + 8 + 8 * (i))
#define REBAR_CTRL_NBARS(n)	((uint32_t)(n) << 5)
#define REBAR_CTRL_SIZE_SHIFT	8
#define REBAR_CTRL_SIZE		(0x3fu << REBAR_CTRL_SIZE_SHIFT)

void rebar_power_on(struct sim *sim, unsigned int func);
uint64_t rebar_size(const struct sim *sim, unsigned int func, unsigned int bar);
void rebar_dbi_wrote(struct sim *sim, unsigned int func, unsigned int off, bool unlocked);
void rebar_host_wrote(struct sim *sim, unsigned int func, unsigned int off, uint32_t old);

#endif
