// SPDX-License-Identifier: GPL-2.0
/* Interrupts for nothing: see storm.h. */
#include "dbi.h"
#include "edma.h"
#include "fabric.h"
#include "faults.h"
#include "msi-frame.h"
#include "sim.h"
#include "storm.h"

#define MILLISECOND	1000000ull

/* A function's next vector that is not masked. */
static void to_host(struct sim *sim, const struct storm *s)
{
	unsigned int vector = s->sent % cfg_msi_vectors(sim, 0);
	uint8_t data[4];

	if (!cfg_msi_enabled(sim, 0) || cfg_get(sim, 0, MSI_MASK, 4) & BIT(vector) || !cfg_bme(sim, 0))
		return;
	put_le(data, cfg_get(sim, 0, MSI_DATA, 2) | vector, 4);
	fabric_to_rc(sim, (struct origin){ BY_EP_CPU, 0 },
		     cfg_get(sim, 0, MSI_ADDR_LO, 4) | (uint64_t)cfg_get(sim, 0, MSI_ADDR_HI, 4) << 32,
		     data, sizeof(data), true);
}

static void to_endpoint(struct sim *sim, const struct storm *s)
{
	uint8_t one[4] = { 1 };
	uint64_t i;

	for (i = 0; i < s->words; i++)
		if (fabric_bar_is_memory(sim, 0, s->bar, s->off + 4 * i))
			fabric_rc_bar(sim, 0, s->bar, s->off + 4 * i, one, sizeof(one), true);
	edma_write(sim, SIDE_RC, EDMA_WR_INT_STATUS, 4, 0);
	frame_all(sim);
}

static void send(struct sim *sim, enum side victim, struct storm *s)
{
	if (sim->link_up && victim == SIDE_RC)
		to_host(sim, s);
	else if (sim->link_up)
		to_endpoint(sim, s);
	s->sent++;
}

/**
 * storm_step() - send what is due
 * @sim:	the model
 *
 * What cannot be sent in time is not made up for.
 *
 * Return: true if it wants to be called again soon.
 */
bool storm_step(struct sim *sim)
{
	bool more = false;
	enum side victim;

	for (victim = 0; victim < NR_SIDES; victim++) {
		struct storm *s = &sim->faults.storm[victim];

		if (!s->rate)
			continue;
		more = true;
		if (sim->clock.now < s->next)
			continue;
		send(sim, victim, s);
		s->next = sim->clock.now + MILLISECOND / s->rate;
	}
	return more;
}
