// SPDX-License-Identifier: GPL-2.0
/* Power, link and reset of the modelled controller: see sim.h. */
#include <string.h>

#include "app.h"
#include "block.h"
#include "clock.h"
#include "dbi.h"
#include "edma.h"
#include "event.h"
#include "fabric.h"
#include "iatu.h"
#include "irq.h"
#include "link.h"
#include "msi-frame.h"
#include "report.h"
#include "sim.h"
#include "sim.h"

static void add_block(struct sim *sim, const struct block *b)
{
	sim->blocks.block[sim->blocks.nr++] = *b;
}

static void add_blocks(struct sim *sim)
{
	unsigned int cfg = CFG_SIZE * sim->profile.functions;

	add_block(sim, &(struct block){ EP_DBI, cfg, LAND_REGS, dbi_read, dbi_write });
	add_block(sim, &(struct block){ EP_DBI2, cfg, LAND_REGS, dbi2_read, dbi2_write });
	add_block(sim, &(struct block){ EP_ATU, ATU_FILE_SIZE, LAND_REGS, iatu_read, iatu_write });
	add_block(sim, &(struct block){ EP_DMA, EDMA_FILE_SIZE, LAND_DMA_REGS, edma_read,
					edma_write });
	if (sim->profile.app)
		add_block(sim, &(struct block){ EP_APP, APP_FILE_SIZE, LAND_REGS, app_read,
						app_write });
	if (frame_is_there(sim))
		add_block(sim, &(struct block){ EP_FRAME, FRAME_FILE_SIZE, LAND_REGS, frame_read,
						frame_write });
}

static void note_link(void *arg, enum link_dir dir, const char *what, uint64_t from, uint64_t to,
		      uint64_t payload)
{
	struct sim *sim = arg;

	trace_span(&sim->report, dir == LINK_DOWN ? "down" : "up", from, to, "%s %llu", what,
		   (unsigned long long)payload);
}

/**
 * sim_init() - a controller with both machines off
 * @sim:	receives it
 * @profile:	what kind
 * @board:	what it costs in virtual time, or NULL: on the wall clock
 */
void sim_init(struct sim *sim, const struct profile *profile, const struct board *board)
{
	events_free(&sim->clock.events);
	memset(sim, 0, sizeof(*sim));
	clock_init(&sim->clock, board);
	if (board)
		sim->board = *board;
	link_init(&sim->link, &sim->clock, &sim->board);
	sim->link.note = note_link;
	sim->link.arg = sim;
	sim->report.clock = &sim->clock;
	sim->profile = *profile;
	add_blocks(sim);
	sim->app.ltssm_changed = sim_update_link;
	sim->mem[SIDE_EP].mmio_gpa = EP_MMIO_BASE;
	sim->mem[SIDE_EP].mmio_size = EP_MMIO_SIZE;
	dbi_power_on(sim);
	edma_power_on(sim);
	app_power_on(sim);
	frame_power_on(sim);
	iatu_reset(&sim->iatu);
}

/**
 * sim_update_link() - train the link or take it down, if anything says so
 * @sim:	the model
 *
 * Going down is a hot reset of the function; DMA in flight ends as a completion
 * timeout when the engine gets to it.
 */
void sim_update_link(struct sim *sim)
{
	bool up = sim->present[SIDE_EP] && sim->link_wanted && app_starts_link(sim);

	if (sim->link_up == up)
		return;
	sim->link_up = up;
	trace(&sim->report, "link %s", up ? "up" : "down");
	if (!up)
		dbi_hot_reset(sim);
	app_event(sim, up ? APP_INT_UP : APP_INT_DOWN);
}

/**
 * sim_set_link() - the other end of the link is ready to train, or no more
 * @sim:	the model
 * @up:		wanted state
 *
 * With glue registers the link comes up when the endpoint is ready, too.
 *
 * Return: 0, or -1 if there is no endpoint to train with.
 */
int sim_set_link(struct sim *sim, bool up)
{
	if (up && !sim->present[SIDE_EP])
		return -1;
	sim->link_wanted = up;
	sim_update_link(sim);
	return 0;
}

/**
 * sim_machine_on() - a machine was powered on and its memory is known
 * @sim:	the model
 * @side:	which
 *
 * A host that comes on ends the reset of the function: with the link up, that
 * looks to the glue as if it came up.
 */
void sim_machine_on(struct sim *sim, enum side side)
{
	sim->present[side] = true;
	trace(&sim->report, "%s on", side_name[side]);
	if (side == SIDE_RC && sim->link_up)
		app_event(sim, APP_INT_UP);
}

/**
 * sim_machine_off() - a machine lost power
 * @sim:	the model
 * @side:	which
 *
 * The endpoint takes its controller with it: everything is as after power-on.
 * The host leaves a hot reset behind; only glue registers tell the endpoint.
 */
void sim_machine_off(struct sim *sim, enum side side)
{
	if (!sim->present[side])
		return;
	sim->present[side] = false;
	trace(&sim->report, "%s off", side_name[side]);
	irq_clear(&sim->irq, side);
	if (side == SIDE_RC) {
		dbi_hot_reset(sim);
		app_event(sim, APP_INT_DOWN);
		return;
	}
	sim->link_up = false;
	sim->link_wanted = false;
	dbi_power_on(sim);
	edma_power_on(sim);
	app_power_on(sim);
	frame_power_on(sim);
	iatu_reset(&sim->iatu);
}
