// SPDX-License-Identifier: GPL-2.0
/* Internal address translation: see iatu.h. */
#include <string.h>

#include "dbi.h"
#include "iatu.h"
#include "report.h"
#include "sim.h"

/**
 * iatu_reset() - all windows to their power-on values
 * @atu:	address translation
 */
void iatu_reset(struct iatu *atu)
{
	memset(atu, 0, sizeof(*atu));
}

/* Windows are made of whole granules: bits of an address inside one. */
static uint32_t granule_bits(const struct sim *sim)
{
	return sim->profile.iatu_align - 1;
}

static unsigned int nr_windows(const struct sim *sim, enum atu_dir dir)
{
	return dir == ATU_IB ? sim->profile.iatu_ib : sim->profile.iatu_ob;
}

/* A register of the file, or NULL for one that reads as zero; *unknown tells. */
static uint32_t *find(struct sim *sim, unsigned int off, uint32_t *writable, bool *unknown)
{
	enum atu_dir dir = off & 0x100 ? ATU_IB : ATU_OB;
	unsigned int nr = off / ATU_PAIR_SIZE;
	struct atu_window *w;

	*unknown = false;
	*writable = 0;
	if (nr >= nr_windows(sim, dir))
		return NULL;		/* not built in: reads as zero, keeps nothing */

	w = &sim->iatu.win[dir][nr];
	*writable = 0xffffffff;
	switch (off & 0xff) {
	case ATU_CTRL1:
		return &w->ctrl1;
	case ATU_CTRL2:
		return &w->ctrl2;
	case ATU_LOWER_BASE:
		*writable = ~granule_bits(sim);
		return &w->lower_base;
	case ATU_UPPER_BASE:
		return &w->upper_base;
	case ATU_LIMIT:
		*writable = ~granule_bits(sim);
		return &w->limit;
	case ATU_LOWER_TARGET:
		*writable = ~granule_bits(sim);
		return &w->lower_target;
	case ATU_UPPER_TARGET:
		return &w->upper_target;
	case ATU_UPPER_LIMIT:
		*writable = ATU_UPPER_LIMIT_BITS;
		return &w->upper_limit;
	}
	*unknown = true;
	return NULL;
}

/**
 * iatu_read() - read the register file
 * @sim:	the model
 * @who:	of no matter
 * @off:	offset in the file
 * @size:	must be 4
 */
uint32_t iatu_read(struct sim *sim, enum side who, unsigned int off, unsigned int size)
{
	uint32_t writable, *reg;
	bool unknown;

	(void)who;
	if (size != 4 || off % 4 || off >= ATU_FILE_SIZE) {
		report_unknown(&sim->report, "iatu", off, false);
		return 0;
	}
	reg = find(sim, off, &writable, &unknown);
	if (unknown)
		report_unknown(&sim->report, "iatu", off, false);
	if (!reg)
		return 0;
	/* The low bits of a limit are stuck at one: the driver reads its granule there. */
	if ((off & 0xff) == ATU_LIMIT)
		return *reg | granule_bits(sim);
	return *reg;
}

static void check_window(struct sim *sim, const struct atu_window *w, unsigned int off)
{
	enum atu_dir dir = off & 0x100 ? ATU_IB : ATU_OB;
	unsigned int nr = off / ATU_PAIR_SIZE, bar = w->ctrl2 >> 8 & 7;
	uint64_t target = (uint64_t)w->upper_target << 32 | w->lower_target;
	unsigned int func = ATU_CTRL1_FUNC(w->ctrl1);
	uint64_t size;

	if (!(w->ctrl2 & ATU_CTRL2_ENABLE)) {
		trace(&sim->report, "iatu %s%u off", dir == ATU_IB ? "ib" : "ob", nr);
		return;
	}
	if (w->ctrl2 & ATU_CTRL2_BAR_MODE) {
		trace(&sim->report, "iatu ib%u fn%u bar%u -> 0x%llx", nr, func, bar,
		      (unsigned long long)target);
		size = bar < NR_BARS && func < sim->profile.functions ?
		       cfg_bar_size(sim, func, bar) : 0;
		if (dir == ATU_OB || !size || target & (size - 1))
			report_violation(&sim->report, "iatu-bar-match",
					 "window %u: fn%u bar%u of 0x%llx bytes to 0x%llx", nr,
					 func, bar,
					 (unsigned long long)size, (unsigned long long)target);
		return;
	}
	trace(&sim->report, "iatu %s%u 0x%x%08x..0x%08x -> 0x%llx", dir == ATU_IB ? "ib" : "ob",
	      nr, w->upper_base, w->lower_base, w->limit | granule_bits(sim),
	      (unsigned long long)target);
}

/**
 * iatu_write() - write the register file
 * @sim:	the model
 * @who:	of no matter
 * @off:	offset in the file
 * @size:	must be 4
 * @v:		value
 */
void iatu_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v)
{
	uint32_t writable, *reg;
	bool unknown;

	(void)who;
	if (size != 4 || off % 4 || off >= ATU_FILE_SIZE) {
		report_unknown(&sim->report, "iatu", off, true);
		return;
	}
	reg = find(sim, off, &writable, &unknown);
	if (unknown)
		report_unknown(&sim->report, "iatu", off, true);
	if (!reg)
		return;
	*reg = v & writable;
	if ((off & 0xff) == ATU_CTRL2)
		check_window(sim, &sim->iatu.win[off & 0x100 ? ATU_IB : ATU_OB][off / ATU_PAIR_SIZE],
			     off);
}

/* Match @addr against a window's range; *end receives its last address. */
static bool in_range(const struct sim *sim, const struct atu_window *w, uint64_t addr,
		     uint64_t *base, uint64_t *end)
{
	uint32_t upper = w->ctrl1 & ATU_CTRL1_INCREASE ? w->upper_limit : w->upper_base;

	*base = (uint64_t)w->upper_base << 32 | w->lower_base;
	*end = (uint64_t)upper << 32 | w->limit | granule_bits(sim);
	return addr >= *base && addr <= *end;
}

/* How much of the range is in the first granule. */
static uint64_t in_granule(const struct sim *sim, uint64_t addr, uint64_t len)
{
	return min_t(uint64_t, len, sim->profile.iatu_align - (addr & granule_bits(sim)));
}

static uint64_t target_of(const struct atu_window *w)
{
	return (uint64_t)w->upper_target << 32 | w->lower_target;
}

static struct atu_hit bar_match(const struct atu_window *w, unsigned int nr,
				uint64_t size, uint64_t off, uint64_t len)
{
	uint64_t target = target_of(w);

	/* The target replaces the address bits above the size of the BAR. */
	target &= ~(size - 1);
	return (struct atu_hit){ .hit = true, .addr = target + off, .len = len, .window = nr,
				 .into = off };
}

/* Does an inbound window match requests for this function? */
static bool is_for(const struct atu_window *w, unsigned int func)
{
	return !(w->ctrl2 & ATU_CTRL2_FUNC_MATCH) || ATU_CTRL1_FUNC(w->ctrl1) == func;
}

/**
 * iatu_inbound() - where does an access to a BAR go?
 * @sim:	the model
 * @func:	the function it hit
 * @bar:	the BAR it hit
 * @off:	offset in the BAR, inside it
 * @len:	bytes, inside the BAR
 *
 * The lowest numbered window wins. Address-match compares the PCIe address, that
 * is the BAR's address as assigned by the host, now, plus the offset. The answer
 * never crosses a granule: the next one can belong to another window.
 */
struct atu_hit iatu_inbound(const struct sim *sim, unsigned int func, unsigned int bar, uint64_t off,
			    uint64_t len)
{
	uint64_t addr = cfg_bar_addr(sim, func, bar) + off, base, end;
	unsigned int i;

	len = in_granule(sim, addr, len);
	for (i = 0; i < nr_windows(sim, ATU_IB); i++) {
		const struct atu_window *w = &sim->iatu.win[ATU_IB][i];

		if (!(w->ctrl2 & ATU_CTRL2_ENABLE) || !is_for(w, func))
			continue;
		if (w->ctrl2 & ATU_CTRL2_BAR_MODE) {
			if ((w->ctrl2 >> 8 & 7) == bar)
				return bar_match(w, i, cfg_bar_size(sim, func, bar), off,
						 len);
			continue;
		}
		if (!in_range(sim, w, addr, &base, &end))
			continue;
		return (struct atu_hit){
			.hit = true,
			.addr = target_of(w) + addr - base,
			.len = len,
			.window = i,
			.into = addr - base,
		};
	}
	return (struct atu_hit){ .len = len };
}

/**
 * iatu_outbound() - which PCIe address does a CPU access to the window have?
 * @sim:	the model
 * @addr:	CPU (parent bus) address
 * @len:	bytes, not 0
 */
struct atu_hit iatu_outbound(struct sim *sim, uint64_t addr, uint64_t len)
{
	uint64_t base, end;
	unsigned int i;

	len = in_granule(sim, addr, len);
	for (i = 0; i < nr_windows(sim, ATU_OB); i++) {
		const struct atu_window *w = &sim->iatu.win[ATU_OB][i];

		if (!(w->ctrl2 & ATU_CTRL2_ENABLE) || !in_range(sim, w, addr, &base, &end))
			continue;
		return (struct atu_hit){
			.hit = true,
			.addr = target_of(w) + addr - base,
			.len = len,
			.window = i,
			.func = ATU_CTRL1_FUNC(w->ctrl1),
		};
	}
	return (struct atu_hit){ .len = len };
}

/**
 * iatu_target() - where does a window lead to?
 * @sim:	the model
 * @dir:	inbound or outbound
 * @nr:		which, less than ATU_MAX_WINDOWS
 * @addr:	receives the first address behind it
 * @size:	receives how many bytes there are
 *
 * Return: false if there is no such window, or it is off.
 */
bool iatu_target(const struct sim *sim, enum atu_dir dir, unsigned int nr, uint64_t *addr,
		 uint64_t *size)
{
	const struct atu_window *w = &sim->iatu.win[dir][nr];
	unsigned int bar = w->ctrl2 >> 8 & 7, func = ATU_CTRL1_FUNC(w->ctrl1);
	uint64_t base, end;

	if (nr >= nr_windows(sim, dir) || !(w->ctrl2 & ATU_CTRL2_ENABLE))
		return false;
	*addr = target_of(w);
	if (w->ctrl2 & ATU_CTRL2_BAR_MODE) {
		if (bar >= NR_BARS || func >= sim->profile.functions)
			return false;
		*size = cfg_bar_size(sim, func, bar);
		*addr &= ~(*size - 1);
		return *size;
	}
	in_range(sim, w, 0, &base, &end);
	*size = end - base + 1;
	return end >= base && *size;
}

/**
 * iatu_leads_to() - does any window lead to an address?
 * @sim:	the model
 * @dir:	inbound or outbound
 * @addr:	bus address of the endpoint, or address on the link
 */
bool iatu_leads_to(const struct sim *sim, enum atu_dir dir, uint64_t addr)
{
	uint64_t first, size;
	unsigned int i;

	for (i = 0; i < ATU_MAX_WINDOWS; i++)
		if (iatu_target(sim, dir, i, &first, &size) && addr - first < size)
			return true;
	return false;
}
