// SPDX-License-Identifier: GPL-2.0
/* Resizable BAR extended capability: see dbi-rebar.h. */
#include <string.h>

#include "dbi.h"
#include "dbi-rebar.h"
#include "report.h"
#include "sim.h"

#define MB			0x100000ull

/* Sizes are 1 MB << n: 28 of them have their bit in the capability register. */
#define MAX_ENCODING		43u
#define CAP_ENCODINGS		28u

/* At reset, before anyone has chosen: what a BAR of 32 bits can have. */
#define RESET_SIZES		0x0000fff0u

static bool resizable(const struct sim *sim, unsigned int bar)
{
	return sim->profile.bar[bar].kind == BAR_RESIZABLE;
}

/* Place of a BAR's registers in the capability; of NR_BARS, how many there are. */
static unsigned int index_of(const struct sim *sim, unsigned int bar)
{
	unsigned int i, n = 0;

	for (i = 0; i < bar; i++)
		n += resizable(sim, i);
	return n;
}

static void add_reg(struct dbi *d, unsigned int off, uint32_t reset, uint32_t host_rw,
		    uint32_t dbi_rw)
{
	put_le(d->reset + off, reset, 4);
	put_le(d->host_rw + off, host_rw, 4);
	put_le(d->dbi_rw + off, dbi_rw, 4);
	memset(d->known + off, true, 4);
}

/**
 * rebar_power_on() - add the capability, if any BAR is resizable
 * @sim:	the model
 * @func:	of which function
 */
void rebar_power_on(struct sim *sim, unsigned int func)
{
	unsigned int nr = index_of(sim, NR_BARS), bar, i = 0;
	struct dbi *d = &sim->dbi[func];

	if (!nr)
		return;
	add_reg(d, CAP_REBAR, 0x00010015, 0, 0);
	for (bar = 0; bar < NR_BARS; bar++) {
		if (!resizable(sim, bar))
			continue;
		add_reg(d, REBAR_CAP(i), RESET_SIZES, 0, 0xfffffff0);
		/* The number of BARs is in the first control register only. */
		add_reg(d, REBAR_CTRL(i), bar | (i ? 0 : REBAR_CTRL_NBARS(nr)),
			REBAR_CTRL_SIZE, 0xffff0000);
		i++;
	}
}

static unsigned int encoding(uint32_t ctrl)
{
	return (ctrl & REBAR_CTRL_SIZE) >> REBAR_CTRL_SIZE_SHIFT;
}

/* Sizes a BAR can have, as bits of their encodings. */
static uint64_t supported(const struct sim *sim, unsigned int func, unsigned int i)
{
	return cfg_get(sim, func, REBAR_CAP(i), 4) >> 4 |
	       (uint64_t)(cfg_get(sim, func, REBAR_CTRL(i), 4) >> 16) << CAP_ENCODINGS;
}

/**
 * rebar_size() - selected size of a resizable BAR, bytes
 * @sim:	the model
 * @func:	whose
 * @bar:	which
 */
uint64_t rebar_size(const struct sim *sim, unsigned int func, unsigned int bar)
{
	unsigned int n = encoding(cfg_get(sim, func, REBAR_CTRL(index_of(sim, bar)), 4));

	return MB << min_t(unsigned int, n, MAX_ENCODING);
}

static void select_size(struct sim *sim, unsigned int func, unsigned int i, unsigned int n)
{
	uint8_t *ctrl = sim->dbi[func].val + REBAR_CTRL(i);

	put_le(ctrl, (get_le(ctrl, 4) & ~REBAR_CTRL_SIZE) | n << REBAR_CTRL_SIZE_SHIFT, 4);
}

/* Address bits below the size are gone. */
static void trim_address(struct sim *sim, unsigned int func, unsigned int bar)
{
	uint8_t *lower = sim->dbi[func].val + PCI_BAR(bar), *upper = lower + 4;
	uint64_t bits = ~(rebar_size(sim, func, bar) - 1);

	put_le(lower, get_le(lower, 4) & (bits | 0xf), 4);
	if (bar % 2 == 0 && (get_le(lower, 4) & 0x6) == PCI_BAR_TYPE_64)
		put_le(upper, get_le(upper, 4) & (bits >> 32), 4);
}

static void size_changed(struct sim *sim, unsigned int func, unsigned int bar)
{
	trim_address(sim, func, bar);
	trace(&sim->report, "fn%u bar%u has 0x%llx bytes", func, bar,
	      (unsigned long long)rebar_size(sim, func, bar));
}

/* The BAR whose register is at @off, NR_BARS if that is none. */
static unsigned int bar_at(const struct sim *sim, unsigned int off)
{
	unsigned int bar;

	for (bar = 0; bar < NR_BARS; bar++)
		if (resizable(sim, bar) && off >= REBAR_CAP(index_of(sim, bar)) &&
		    off < REBAR_CTRL(index_of(sim, bar)) + 4)
			break;
	return bar;
}

/**
 * rebar_dbi_wrote() - the endpoint's CPU wrote configuration space
 * @sim:	the model
 * @func:	whose
 * @off:	where
 * @unlocked:	read-only fields took the write
 */
void rebar_dbi_wrote(struct sim *sim, unsigned int func, unsigned int off, bool unlocked)
{
	unsigned int bar = bar_at(sim, off), i, ctrl;

	if (bar == NR_BARS)
		return;
	i = index_of(sim, bar);
	ctrl = REBAR_CTRL(i);
	if (off < ctrl && !unlocked)
		return;
	if (off < ctrl && supported(sim, func, i))
		select_size(sim, func, i, (unsigned int)__builtin_ctzll(supported(sim, func, i)));
	size_changed(sim, func, bar);
	/* That is what a hot reset leaves. */
	memcpy(sim->dbi[func].reset + ctrl, sim->dbi[func].val + ctrl, 4);
}

/**
 * rebar_host_wrote() - the host wrote configuration space
 * @sim:	the model
 * @func:	whose
 * @off:	where
 * @old:	the word that was there
 *
 * A size that is not supported is a violation and is not taken.
 */
void rebar_host_wrote(struct sim *sim, unsigned int func, unsigned int off, uint32_t old)
{
	unsigned int bar = bar_at(sim, off), i, n;

	if (bar == NR_BARS || off < REBAR_CTRL(index_of(sim, bar)))
		return;
	i = index_of(sim, bar);
	n = encoding(cfg_get(sim, func, REBAR_CTRL(i), 4));
	if (n == encoding(old))
		return;
	if (!(supported(sim, func, i) >> n & 1)) {
		report_violation(&sim->report, "rebar-size", "bar%u: 1 MB << %u is not supported",
				 bar, n);
		select_size(sim, func, i, encoding(old));
		return;
	}
	size_changed(sim, func, bar);
}
