/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A frame of the endpoint's interrupt controller that turns a write of a number into an
 * interrupt, as an ITS or a GICv2m frame does: each doorbell has an interrupt of its own. All
 * of them share one line to the CPU here, and a word says which came. There only if the profile
 * has doorbell = msi. The offsets are of no real SoC.
 */
#ifndef DWC_SIM_MSI_FRAME_H
#define DWC_SIM_MSI_FRAME_H

#include "types.h"

struct sim;

#define FRAME_FILE_SIZE		0x1000
#define FRAME_IRQS		32

#define FRAME_SET		0x00	/* write the number of an interrupt */
#define FRAME_TAKE		0x04	/* those that have come, a bit each: they are pending no more */
#define FRAME_ENABLE		0x08	/* which of them the CPU is told of, and takes */

/**
 * struct msi_frame - the frame
 * @pending:	interrupts that were not taken yet
 * @enable:	those that the CPU is told of
 */
struct msi_frame {
	uint32_t pending, enable;
};

bool frame_is_there(const struct sim *sim);
void frame_power_on(struct sim *sim);
uint32_t frame_read(struct sim *sim, enum side who, unsigned int off, unsigned int size);
void frame_all(struct sim *sim);
void frame_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v);

#endif
