/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Glue ("app") registers, as a SoC puts around the DesignWare core: start and
 * stop of the link, its state, and an interrupt line that tells of changes. There
 * only if the profile says so. What they do to the link is for whoever asked to be told. The offsets are of no real SoC.
 */
#ifndef DWC_SIM_APP_H
#define DWC_SIM_APP_H

#include "types.h"

struct sim;

#define APP_FILE_SIZE		0x1000

#define APP_CTRL		0x00
#define APP_CTRL_LTSSM_ENABLE	BIT(0)
#define APP_STATUS		0x04
#define APP_STATUS_LINK_UP	BIT(0)
#define APP_INT_STATUS		0x08	/* write 1 to clear */
#define APP_INT_ENABLE		0x0c
#define APP_INT_UP		BIT(0)	/* the link came up */
#define APP_INT_DOWN		BIT(1)	/* it went down, or the host gave a reset */

/**
 * struct app - glue registers
 * @ctrl:	APP_CTRL
 * @int_status:	what happened
 * @int_enable:	what of it asserts the line
 * @line:	state of the line
 * @ltssm_changed: is told that APP_CTRL_LTSSM_ENABLE may have changed
 */
struct app {
	uint32_t ctrl;
	uint32_t int_status, int_enable;
	bool line;
	void (*ltssm_changed)(struct sim *sim);
};

void app_power_on(struct sim *sim);
bool app_starts_link(const struct sim *sim);
void app_event(struct sim *sim, uint32_t bits);
uint32_t app_read(struct sim *sim, enum side who, unsigned int off, unsigned int size);
void app_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v);

#endif
