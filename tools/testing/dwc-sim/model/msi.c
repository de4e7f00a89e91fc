// SPDX-License-Identifier: GPL-2.0
/* The host's MSI controller: see msi.h. */
#include "clock.h"
#include "counters.h"
#include "dbi.h"
#include "faults.h"
#include "irq.h"
#include "msi.h"
#include "report.h"
#include "sim.h"
#include "dbi.h"

/**
 * msi_decodes() - is a memory request for the MSI controller?
 * @addr:	PCIe address
 */
bool msi_decodes(uint64_t addr)
{
	return addr >= RC_MSI_BASE && addr < RC_MSI_BASE + RC_MSI_SIZE;
}

/* A message packed into the number of an event, and back. */
static uint64_t pack(unsigned int func, uint32_t data, unsigned int width)
{
	return data | (uint64_t)width << 32 | (uint64_t)func << 40;
}

static void arrive(void *arg, uint64_t n)
{
	struct sim *sim = arg;
	uint32_t data = (uint32_t)n;
	unsigned int width = n >> 32 & 0xff, func = n >> 40 & 0xff;

	trace_span(&sim->report, "rc", sim->clock.now - sim->board.msi, sim->clock.now, "MSI 0x%x", data);
	if (!irq_msi_post(&sim->irq, func, data, width))
		report_violation(&sim->report, "msi-flood", "message 0x%x is one too many", data);
}

/* Let a message be late. In virtual time nobody looks what is due: there it is an event. */
static bool hold_back(struct sim *sim, unsigned int func, uint32_t data, unsigned int width)
{
	uint64_t ms = sim->faults.irq_delay[SIDE_RC];

	if (!sim->clock.timed)
		return irq_msi_delay(&sim->irq, func, data, width, ms);
	clock_after(&sim->clock, ms * 1000000 + sim->board.msi, "late msi", arrive, sim,
		    pack(func, data, width));
	return true;
}

static void deliver(struct sim *sim, unsigned int func, uint32_t data, unsigned int width)
{
	struct faults *r = &sim->faults;

	if (r->irq_drop[SIDE_RC]) {
		r->irq_drop[SIDE_RC]--;
		trace(&sim->report, "fault: msi 0x%x dropped", data);
		return;
	}
	if (r->irq_delayed[SIDE_RC] && hold_back(sim, func, data, width)) {
		r->irq_delayed[SIDE_RC]--;
		trace(&sim->report, "fault: msi 0x%x delayed", data);
		return;
	}
	clock_after(&sim->clock, sim->board.msi, "msi", arrive, sim, pack(func, data, width));
}

/* Is that message one of this function's? */
static bool is_of(const struct sim *sim, unsigned int func, uint64_t addr, uint32_t data)
{
	uint64_t want = cfg_get(sim, func, MSI_ADDR_LO, 4) |
			(uint64_t)cfg_get(sim, func, MSI_ADDR_HI, 4) << 32;
	uint32_t mask = cfg_msi_vectors(sim, func) - 1;

	return addr == want && (data & ~mask) == (cfg_get(sim, func, MSI_DATA, 2) & ~mask);
}

/* A message that no other function may send. */
static bool is_of_another(const struct sim *sim, unsigned int func, uint64_t addr, uint32_t data)
{
	unsigned int f;

	for (f = 0; f < sim->profile.functions; f++)
		if (f != func && cfg_msi_enabled(sim, f) && is_of(sim, f, addr, data))
			return true;
	return false;
}

/* Is this what the MSI capability allows? *vector receives the vector. */
static bool msi_valid(struct sim *sim, struct origin from, uint64_t addr, uint32_t data,
		      unsigned int *vector)
{
	uint32_t mask = cfg_msi_vectors(sim, from.func) - 1;

	*vector = data & mask;
	if (!is_of(sim, from.func, addr, data)) {
		report_violation(&sim->report, "msi-message",
				 "0x%x to 0x%llx, %u vectors from 0x%x at 0x%08x%08x",
				 data, (unsigned long long)addr, mask + 1,
				 cfg_get(sim, from.func, MSI_DATA, 2),
				 cfg_get(sim, from.func, MSI_ADDR_HI, 4),
				 cfg_get(sim, from.func, MSI_ADDR_LO, 4));
		return false;
	}
	if (cfg_get(sim, from.func, MSI_MASK, 4) & BIT(*vector)) {
		report_violation(&sim->report, "msi-masked", "vector %u is masked", *vector);
		return false;
	}
	return true;
}

/**
 * msi_write() - a write of 4 bytes to the MSI controller
 * @sim:	the model
 * @from:	who sends it, as which function
 * @addr:	PCIe address
 * @data:	message
 *
 * What the function's capability does not allow is a violation and goes nowhere.
 */
void msi_write(struct sim *sim, struct origin from, uint64_t addr, uint32_t data)
{
	unsigned int vector = MAX_MSI_VECTORS;

	if (is_of_another(sim, from.func, addr, data)) {
		report_violation(&sim->report, "requester",
				 "%s sends 0x%x, a message of another function, as function %u",
				 initiator_name[from.by], data, from.func);
		return;
	}
	if (cfg_msix_enabled(sim, from.func)) {
		/* The table is in the endpoint's memory: any message may be in it. */
		counters_msi(&sim->counters, from.by, vector);
		trace(&sim->report, "%s MSI-X 0x%x", initiator_name[from.by], data);
		deliver(sim, from.func, data, 4);
		return;
	}
	if (!cfg_msi_enabled(sim, from.func)) {
		report_violation(&sim->report, "msi-disabled", "%s sends 0x%x",
				 initiator_name[from.by], data);
		return;
	}
	if (!msi_valid(sim, from, addr, data, &vector))
		return;
	counters_msi(&sim->counters, from.by, vector);
	trace(&sim->report, "%s MSI %u (0x%x)", initiator_name[from.by], vector, data);
	deliver(sim, from.func, data, 2);
}
