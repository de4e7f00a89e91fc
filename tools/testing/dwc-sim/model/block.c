// SPDX-License-Identifier: GPL-2.0
/* What is at an address of the endpoint's bus: see block.h. */
#include "block.h"
#include "gmem.h"
#include "sim.h"

/**
 * block_landing() - what is at a bus address of the endpoint?
 * @sim:	the model
 * @bus:	bus address
 * @write:	direction, seen from the device
 *
 * Nothing is accessed.
 */
enum landing block_landing(const struct sim *sim, uint64_t bus, bool write)
{
	struct bus_span s = gmem_bus(&sim->mem[SIDE_EP], bus, 1, write);
	const struct block *b;

	if (s.kind == BUS_RAM)
		return LAND_RAM;
	if (s.kind == BUS_NONE)
		return LAND_NONE;
	b = blocks_find(&sim->blocks, s.mmio);
	return b ? b->land : LAND_REGS;
}
