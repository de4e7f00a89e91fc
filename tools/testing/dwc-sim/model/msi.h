/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's MSI controller: which memory writes are messages, whether the
 * function that sends one may send it, and delivery (or a fault instead of it).
 */
#ifndef DWC_SIM_MSI_H
#define DWC_SIM_MSI_H

#include "types.h"

struct sim;

/* Where User-Mode-Linux has its MSI controller; decoded before memory. */
#define RC_MSI_BASE		0xa0000ull
#define RC_MSI_SIZE		0x1000u

bool msi_decodes(uint64_t addr);
void msi_write(struct sim *sim, struct origin from, uint64_t addr, uint32_t data);

#endif
