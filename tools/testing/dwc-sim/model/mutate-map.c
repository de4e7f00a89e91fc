// SPDX-License-Identifier: GPL-2.0
/* What a hostile peer can reach, by the windows that there are now: see mutate.h. */
#include "block.h"
#include "dbi.h"
#include "gmem.h"
#include "iatu.h"
#include "msi.h"
#include "mutate.h"
#include "sim.h"

#define PAGE	4096u

static struct mut_at nowhere(void)
{
	return (struct mut_at){ .region = NR_MUT_REGIONS };
}

/* Are there registers of the engine at that offset of a BAR? */
static bool is_engine(const struct sim *sim, unsigned int func, unsigned int bar, uint64_t off)
{
	struct atu_hit hit;

	if (off >= cfg_bar_size(sim, func, bar))
		return false;
	hit = iatu_inbound(sim, func, bar, off, 1);
	return hit.hit && block_landing(sim, hit.addr, true) == LAND_DMA_REGS;
}

/*
 * Memory is told from its neighbours in the BAR: what the host has to know of the engine
 * is before its registers, and the lists are behind them.
 */
static enum mut_region region_of(const struct sim *sim, unsigned int func, unsigned int bar,
				 uint64_t off, const struct atu_hit *hit)
{
	uint64_t granule = sim->profile.iatu_align;

	switch (block_landing(sim, hit->addr, true)) {
	case LAND_DMA_REGS:
		return MUT_REGS;
	case LAND_RAM:
		break;
	default:
		return NR_MUT_REGIONS;
	}
	if (hit->into < off && is_engine(sim, func, bar, off - hit->into - 1))
		return MUT_LIST;
	if (is_engine(sim, func, bar, (off | (granule - 1)) + 1))
		return MUT_INFO;
	return MUT_BAR + bar;
}

/**
 * mutate_at_bar() - which word does an access of the host hit?
 * @sim:	the model
 * @func:	whose BAR
 * @bar:	which
 * @off:	offset in it
 * @hit:	where that leads
 */
struct mut_at mutate_at_bar(const struct sim *sim, unsigned int func, unsigned int bar,
			    uint64_t off, const struct atu_hit *hit)
{
	return (struct mut_at){ region_of(sim, func, bar, off, hit), off, bar, func };
}

/**
 * mutate_at_dma() - which word does the engine write?
 * @sim:	the model
 * @victim:	whose memory it is
 * @func:	as which function
 * @bus:	bus address there
 */
struct mut_at mutate_at_dma(const struct sim *sim, enum side victim, unsigned int func,
			    uint64_t bus)
{
	bool shared = iatu_leads_to(sim, victim == SIDE_EP ? ATU_IB : ATU_OB, bus);

	return (struct mut_at){ shared ? MUT_RECORD : MUT_PAYLOAD, bus, 0, func };
}

/* The bus address of a word in a BAR, if the host can access that now. */
static bool bar_bus(const struct sim *sim, const struct mut_at *at, uint64_t *bus)
{
	uint64_t size = cfg_bar_size(sim, at->func, at->bar);
	struct atu_hit hit;

	if (!sim->link_up || !cfg_mse(sim, at->func) || at->addr >= size)
		return false;
	hit = iatu_inbound(sim, at->func, at->bar, at->addr, 1);
	*bus = hit.addr;
	return hit.hit;
}

static bool host_takes(const struct sim *sim, unsigned int func)
{
	return sim->link_up && sim->present[SIDE_RC] && cfg_bme(sim, func);
}

/**
 * mutate_memory() - the memory of a word
 * @sim:	the model
 * @victim:	whose
 * @at:		the word
 * @size:	bytes
 *
 * Return: where it is, or NULL if it is no memory or the peer cannot reach it now.
 */
void *mutate_memory(const struct sim *sim, enum side victim, const struct mut_at *at,
		    unsigned int size)
{
	uint64_t bus = at->addr;
	struct bus_span s;

	if (at->region < MUT_REGS) {
		if (!bar_bus(sim, at, &bus))
			return NULL;
	} else if (at->region != MUT_RING && at->region != MUT_RECORD && at->region != MUT_PAYLOAD) {
		return NULL;
	}
	if (at->region == MUT_RING && (msi_decodes(bus) || !iatu_leads_to(sim, ATU_OB, bus)))
		return NULL;
	if (victim == SIDE_RC && !host_takes(sim, at->func))
		return NULL;
	s = gmem_bus(&sim->mem[victim], bus, size, true);
	if (s.kind != BUS_RAM || s.len < size)
		return NULL;
	if (victim == SIDE_RC && s.slot != NO_SLOT &&
	    (unsigned int)s.slot != sim->rc_slot + at->func)
		return NULL;
	return s.ptr;
}

/* The start of a BAR is where what is always there is. */
static struct mut_at pick_bar(const struct sim *sim, uint64_t random)
{
	unsigned int func = random % sim->profile.functions, bar = (random >> 8) % NR_BARS;
	uint64_t size = cfg_bar_size(sim, func, bar), off;
	struct atu_hit hit;

	if (!size)
		return nowhere();
	if (random >> 16 & 1)
		size = min_t(uint64_t, size, PAGE);
	off = (random >> 17) % size & ~3ull;
	hit = iatu_inbound(sim, func, bar, off, 4);
	return hit.hit ? mutate_at_bar(sim, func, bar, off, &hit) : nowhere();
}

static struct mut_at pick_ring(const struct sim *sim, uint64_t random)
{
	unsigned int nr = random % ATU_MAX_WINDOWS;
	uint64_t addr, size;

	if (!iatu_target(sim, ATU_OB, nr, &addr, &size))
		return nowhere();
	return (struct mut_at){
		.region = MUT_RING,
		.addr = addr + ((random >> 8) % size & ~3ull),
		.func = ATU_CTRL1_FUNC(sim->iatu.win[ATU_OB][nr].ctrl1),
	};
}

/**
 * mutate_pick() - any word of memory that a window leads to
 * @sim:	the model
 * @victim:	whose memory
 * @random:	a random number
 * @at:		receives it
 *
 * Return: false if that number hits nothing.
 */
bool mutate_pick(struct sim *sim, enum side victim, uint64_t random, struct mut_at *at)
{
	*at = victim == SIDE_EP ? pick_bar(sim, random) : pick_ring(sim, random);
	return at->region < NR_MUT_REGIONS && mutate_memory(sim, victim, at, 4);
}
