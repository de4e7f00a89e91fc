// SPDX-License-Identifier: GPL-2.0
/* Configuration space, DBI and DBI2: see dbi.h. */
#include <string.h>

#include "counters.h"
#include "dbi.h"
#include "dbi-rebar.h"
#include "report.h"
#include "sim.h"

/*
 * One register or field group. Offsets and bits are those of the PCI Express
 * Base Specification and of pcie-designware.h; the names are theirs, too.
 */
struct reg {
	uint16_t off;
	uint8_t size;
	uint32_t reset;
	uint32_t host_rw;
	uint32_t w1c;
	uint32_t dbi_rw;
	uint32_t port_rw;
};

#define ALL	0xffffffff

static const struct reg header_regs[] = {
	/* off, size, reset,	host_rw,    w1c,    dbi_rw, port_rw */
	{ 0x00, 4, 0xabcd16c3,	0,	    0,	    ALL,    0 },	/* device, vendor */
	{ 0x04, 2, 0,		0x0547,	    0,	    0,	    0 },	/* Command */
	{ 0x06, 2, 0x0010,	0,	    0xf900, 0,	    0 },	/* Status: list */
	{ 0x08, 4, 0xff000001,	0,	    0,	    ALL,    0 },	/* class, revision */
	{ 0x0c, 4, 0,		0x000000ff, 0,	    0x000000ff, 0 },	/* cache line, type 0 */
	/* 0x10..0x27: BARs, handled apart */
	{ 0x28, 4, 0,		0,	    0,	    ALL,    0 },	/* CardBus CIS */
	{ 0x2c, 4, 0,		0,	    0,	    ALL,    0 },	/* subsystem */
	{ 0x30, 4, 0,		0,	    0,	    0,	    0 },	/* no expansion ROM */
	{ 0x34, 4, CAP_PM,	0,	    0,	    0xff,   0 },
	{ 0x38, 4, 0,		0,	    0,	    0,	    0 },
	{ 0x3c, 4, 0x00000100,	0x000000ff, 0,	    0x0000ff00, 0 },	/* line, pin INTA */
};

static const struct reg cap_regs[] = {
	{ CAP_PM + 0x0, 4, 0x00030001 | CAP_MSI << 8, 0, 0, ALL, 0 },
	{ CAP_PM + 0x4, 4, 0x00000008, 0x00000103, 0x00008000, 0, 0 },	/* PMCSR, no soft reset */

	/* MSI, 64-bit, per-vector masking; Multiple Message Capable from the profile */
	{ CAP_MSI + 0x0, 2, 0x0005 | CAP_EXP << 8, 0, 0, 0xff00, 0 },
	{ MSI_FLAGS, 2, 0x0180,	0x0071, 0, 0x038e, 0 },
	{ MSI_ADDR_LO, 4, 0,	0xfffffffc, 0, 0, 0 },
	{ MSI_ADDR_HI, 4, 0,	ALL, 0, 0, 0 },
	{ MSI_DATA, 4, 0,	0x0000ffff, 0, 0, 0 },
	{ MSI_MASK, 4, 0,	ALL, 0, 0, 0 },
	{ CAP_MSI + 0x14, 4, 0,	0, 0, 0, 0 },				/* pending */

	/* PCI Express, endpoint, version 2 */
	{ CAP_EXP + 0x00, 4, 0x00020010, 0, 0, 0xffffff00, 0 },
	{ EXP_DEVCAP, 4, 0x00008020, 0, 0, ALL, 0 },	/* extended tags, role-based errors */
	{ EXP_DEVCTL, 2, 0x0810,	0x7fff, 0, 0, 0 },
	{ EXP_DEVCTL + 2, 2, 0, 0, 0x000f, 0, 0 },
	{ EXP_LNKCAP, 4, 0, 0, 0, ALL, 0 },
	{ CAP_EXP + 0x10, 2, 0, 0x0fcb, 0, 0, 0 },
	{ EXP_LNKSTA, 2, 0, 0, 0xc000, 0, 0 },
	{ CAP_EXP + 0x14, 4, 0, 0, 0, 0, 0 },		/* no slot */
	{ CAP_EXP + 0x18, 4, 0, 0, 0, 0, 0 },
	{ CAP_EXP + 0x1c, 4, 0, 0, 0, 0, 0 },
	{ CAP_EXP + 0x20, 4, 0, 0, 0, 0, 0 },
	{ CAP_EXP + 0x24, 4, 0x0000001f, 0, 0, ALL, 0 },	/* Device Capabilities 2 */
	{ CAP_EXP + 0x28, 4, 0, 0x0000f7ff, 0, 0, 0 },
	{ EXP_LNKCAP2, 4, 0, 0, 0, ALL, 0 },
	{ EXP_LNKCTL2, 4, 0, 0x0000ffff, 0, 0, 0 },
	{ CAP_EXP + 0x34, 4, 0, 0, 0, 0, 0 },
	{ CAP_EXP + 0x38, 4, 0, 0, 0, 0, 0 },

	{ CAP_REBAR, 4, 0, 0, 0, 0, 0 },		/* none, or see dbi-rebar.c */
};

static const struct reg msix_regs[] = {
	{ CAP_MSIX, 2, 0x0011, 0, 0, 0xff00, 0 },
	{ MSIX_FLAGS, 2, 0, 0xc000, 0, 0x07ff, 0 },
	{ CAP_MSIX + 4, 4, 0, 0, 0, ALL, 0 },
	{ CAP_MSIX + 8, 4, 0, 0, 0, ALL, 0 },
};

static const struct reg port_regs[] = {
	{ 0x708, 4, 0, 0, 0, 0, ALL },			/* PORT_FORCE */
	{ 0x70c, 4, 0, 0, 0, 0, ALL },			/* PORT_AFR */
	{ 0x710, 4, 0x00070120, 0, 0, 0, ALL },		/* PORT_LINK_CONTROL */
	{ 0x714, 4, 0, 0, 0, 0, ALL },			/* PORT_LANE_SKEW */
	{ PORT_DEBUG0, 4, 0, 0, 0, 0, 0 },
	{ PORT_DEBUG1, 4, 0, 0, 0, 0, 0 },
	{ 0x80c, 4, 0x00000400, 0, 0, 0, ALL },		/* LINK_WIDTH_SPEED_CONTROL */
	{ MISC_CONTROL_1, 4, 0, 0, 0, 0, DBI_RO_WR_EN },
	{ 0x8c0, 4, 0, 0, 0, 0, ALL },			/* PORT_MULTI_LANE_CTRL */
	{ VERSION_NUMBER, 4, 0x3532302a, 0, 0, 0, 0 },	/* "520*" */
	{ VERSION_TYPE, 4, 0x67612a2a, 0, 0, 0, 0 },	/* "ga**" */
	{ ATU_VIEWPORT, 4, ALL, 0, 0, 0, 0 },		/* no viewport: unrolled */
	{ DMA_VIEWPORT_CTRL, 4, ALL, 0, 0, 0, 0 },	/* likewise */
};

static void add_regs(struct dbi *d, const struct reg *r, size_t nr)
{
	unsigned int i;

	for (; nr; nr--, r++) {
		put_le(d->reset + r->off, r->reset, r->size);
		put_le(d->host_rw + r->off, r->host_rw, r->size);
		put_le(d->w1c + r->off, r->w1c, r->size);
		put_le(d->dbi_rw + r->off, r->dbi_rw, r->size);
		put_le(d->port_rw + r->off, r->port_rw, r->size);
		for (i = 0; i < r->size; i++)
			d->known[r->off + i] = true;
	}
}

static unsigned int log2u(unsigned int v)
{
	return 31 - (unsigned int)__builtin_clz(v);
}

/* What each function has; port logic is there once. */
static void apply_profile(struct dbi *d, const struct profile *p)
{
	uint32_t lnkcap = p->link_speed | p->link_width << 4;

	put_le(d->reset + MSI_FLAGS, 0x0180 | log2u(p->msi_vectors) << 1, 2);
	put_le(d->reset + EXP_DEVCAP, 0x00008020 | log2u(p->mps / 128), 4);
	put_le(d->reset + EXP_DEVCTL, 0x0810 | log2u(p->mrrs / 128) << 12, 2);
	put_le(d->reset + EXP_LNKCAP, lnkcap, 4);
	put_le(d->reset + EXP_LNKCAP2, ((1u << p->link_speed) - 1) << 1, 4);
	put_le(d->reset + EXP_LNKCTL2, p->link_speed, 4);
	if (p->msix_entries) {
		d->reset[CAP_EXP + 1] = CAP_MSIX;
		add_regs(d, msix_regs, ARRAY_SIZE(msix_regs));
		put_le(d->reset + MSIX_FLAGS, p->msix_entries - 1, 2);
	}
}

static uint32_t reset_mask(const struct profile_bar *bar)
{
	switch (bar->kind) {
	case BAR_PROG:
		return 0xfffff;			/* 1 MB, enabled */
	case BAR_OFF:
		return 0;
	case BAR_FIXED:
		return bar->size - 1;
	case BAR_RESIZABLE:
		return 1;			/* the size is elsewhere */
	}
	return 0;
}

static void func_power_on(struct sim *sim, unsigned int func)
{
	struct dbi *d = &sim->dbi[func];
	unsigned int i;

	memset(d, 0, sizeof(*d));
	add_regs(d, header_regs, ARRAY_SIZE(header_regs));
	add_regs(d, cap_regs, ARRAY_SIZE(cap_regs));
	if (!func)
		add_regs(d, port_regs, ARRAY_SIZE(port_regs));
	apply_profile(d, &sim->profile);
	rebar_power_on(sim, func);
	memcpy(d->val, d->reset, sizeof(d->val));

	for (i = 0; i < NR_BARS; i++) {
		d->bar_mask[i] = reset_mask(&sim->profile.bar[i]);
		memset(d->known + PCI_BAR(i), true, 4);
	}
}

/**
 * dbi_power_on() - all of configuration space to its power-on values
 * @sim:	the model
 */
void dbi_power_on(struct sim *sim)
{
	unsigned int func;

	for (func = 0; func < sim->profile.functions; func++)
		func_power_on(sim, func);
}

/* The upper half of a 64-bit BAR has no flags and no enable bit of its own. */
static bool bar_is_upper(const struct sim *sim, unsigned int func, unsigned int bar)
{
	return bar % 2 && cfg_bar_enabled(sim, func, bar - 1) &&
	       (get_le(sim->dbi[func].val + PCI_BAR(bar - 1), 4) & 0x6) == PCI_BAR_TYPE_64;
}

/* Only a whole BAR that is programmable has an upper mask of its own. */
static uint32_t upper_mask(const struct sim *sim, unsigned int func, unsigned int bar)
{
	const struct profile_bar *b = &sim->profile.bar[bar];

	if (b[-1].kind == BAR_RESIZABLE)
		return (uint32_t)((rebar_size(sim, func, bar - 1) - 1) >> 32);
	return b->kind == BAR_PROG && b[-1].kind == BAR_PROG ? sim->dbi[func].bar_mask[bar] : 0;
}

/* Size - 1 of a BAR, bit 0 enables it. */
static uint32_t bar_mask(const struct sim *sim, unsigned int func, unsigned int bar)
{
	uint32_t mask = sim->dbi[func].bar_mask[bar];

	if (bar_is_upper(sim, func, bar))
		return upper_mask(sim, func, bar);
	if (sim->profile.bar[bar].kind == BAR_RESIZABLE)
		mask |= (uint32_t)(rebar_size(sim, func, bar) - 1) & ~1u;
	return mask;
}

static void func_hot_reset(struct sim *sim, unsigned int func)
{
	struct dbi *d = &sim->dbi[func];
	unsigned int i;

	for (i = 0; i < CFG_SIZE; i++)
		d->val[i] = (uint8_t)((d->val[i] & ~d->host_rw[i]) | (d->reset[i] & d->host_rw[i]));
	for (i = 0; i < NR_BARS; i++)
		put_le(d->val + PCI_BAR(i),
		       bar_is_upper(sim, func, i) ? 0 : d->val[PCI_BAR(i)] & 0xf, 4);
}

/**
 * dbi_hot_reset() - what a hot reset does to configuration space
 * @sim:	the model
 *
 * Everything the host wrote is gone: Command, BAR addresses, MSI and MSI-X
 * enable, Device Control (PCIe r6.0, section 6.6.1). What the endpoint's CPU
 * programmed through DBI stays.
 */
void dbi_hot_reset(struct sim *sim)
{
	unsigned int func;

	for (func = 0; func < sim->profile.functions; func++)
		func_hot_reset(sim, func);
	trace(&sim->report, "hot reset");
}

static bool bad_access(unsigned int off, unsigned int size)
{
	return off >= CFG_SIZE || size > CFG_SIZE - off ||
	       (size != 1 && size != 2 && size != 4) || off % size;
}

static bool is_bar(unsigned int off)
{
	return off >= PCI_BAR(0) && off < PCI_BAR(NR_BARS);
}

/* Address bits that exist: those above the size. */
static uint32_t bar_addr_bits(const struct sim *sim, unsigned int func, unsigned int bar)
{
	uint32_t mask = bar_mask(sim, func, bar);

	return bar_is_upper(sim, func, bar) ? ~mask : ~(mask | 0xf);
}

static uint32_t current(struct sim *sim, unsigned int func, unsigned int off, unsigned int size)
{
	struct dbi *d = &sim->dbi[func];
	unsigned int bar;

	if (is_bar(off)) {
		bar = (off - PCI_BAR(0)) / 4;
		if (!cfg_bar_enabled(sim, func, bar) && !bar_is_upper(sim, func, bar))
			return 0;
	}
	if (!func) {
		put_le(d->val + PORT_DEBUG0, sim->link_up ? LTSSM_L0 : LTSSM_DETECT_QUIET, 4);
		put_le(d->val + PORT_DEBUG1, sim->link_up ? PORT_DEBUG1_LINK_UP : 0, 4);
	}
	put_le(d->val + EXP_LNKSTA, sim->link_up ? get_le(d->val + EXP_LNKCAP, 2) & 0x3ff : 0, 2);

	return (uint32_t)get_le(d->val + off, size);
}

/* Merge @v under @mask, byte by byte; then clear the W1C bits that were written. */
static void merge(struct dbi *d, unsigned int off, unsigned int size, uint32_t v,
		  const uint8_t *extra)
{
	unsigned int i;

	for (i = 0; i < size; i++, v >>= 8) {
		uint8_t mask = d->host_rw[off + i] | d->port_rw[off + i] |
			       (extra ? extra[off + i] : 0);
		uint8_t new = (uint8_t)v;

		d->val[off + i] = (uint8_t)((d->val[off + i] & ~mask) | (new & mask));
		d->val[off + i] &= (uint8_t)~(new & d->w1c[off + i]);
	}
}

/**
 * dbi_read() - the endpoint's CPU reads its own configuration space
 * @sim:	the model
 * @who:	of no matter
 * @off:	offset, from that of function 0
 * @size:	1, 2 or 4, naturally aligned
 *
 * Return: the value; unknown registers read as 0 and are recorded.
 */
uint32_t dbi_read(struct sim *sim, enum side who, unsigned int off, unsigned int size)
{
	unsigned int func = off / CFG_SIZE, reg = off % CFG_SIZE;

	(void)who;
	if (bad_access(reg, size) || !sim->dbi[func].known[reg]) {
		report_unknown(&sim->report, "dbi", off, false);
		return 0;
	}
	return current(sim, func, reg, size);
}

static bool is_unlocked(const struct sim *sim)
{
	return sim->dbi[0].val[MISC_CONTROL_1] & DBI_RO_WR_EN;
}

static void dbi_bar_write(struct sim *sim, unsigned int func, unsigned int off,
			  unsigned int size, uint32_t v)
{
	unsigned int bar = (off - PCI_BAR(0)) / 4;
	uint8_t *reg = sim->dbi[func].val + off;
	uint32_t flags = bar_is_upper(sim, func, bar) ? 0 : 0xf;
	uint32_t mask = bar_addr_bits(sim, func, bar) | (is_unlocked(sim) ? flags : 0);

	if (size != 4) {
		report_unknown(&sim->report, "dbi-bar", off, true);
		return;
	}
	put_le(reg, (get_le(reg, 4) & ~mask) | (v & mask), 4);
}

/**
 * dbi_write() - the endpoint's CPU writes its own configuration space
 * @sim:	the model
 * @who:	of no matter
 * @off:	offset, from that of function 0
 * @size:	1, 2 or 4, naturally aligned
 * @v:		value
 */
void dbi_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v)
{
	unsigned int func = off / CFG_SIZE, reg = off % CFG_SIZE;
	struct dbi *d = &sim->dbi[func];
	bool unlocked = is_unlocked(sim);

	(void)who;
	if (bad_access(reg, size) || !d->known[reg]) {
		report_unknown(&sim->report, "dbi", off, true);
		return;
	}
	if (is_bar(reg)) {
		dbi_bar_write(sim, func, reg, size, v);
		return;
	}
	merge(d, reg, size, v, unlocked ? d->dbi_rw : NULL);
	rebar_dbi_wrote(sim, func, reg, unlocked);
}

/* What a BAR keeps of a mask that is written. */
static uint32_t new_mask(const struct sim *sim, unsigned int bar, uint32_t v)
{
	const struct profile_bar *b = &sim->profile.bar[bar];

	switch (b->kind) {
	case BAR_PROG:
		return v;
	case BAR_OFF:
		return 0;
	case BAR_FIXED:
		return ((b->size - 1) & ~1u) | (v & 1);
	case BAR_RESIZABLE:
		return v & 1;
	}
	return 0;
}

/**
 * dbi2_write() - write a BAR mask
 * @sim:	the model
 * @who:	of no matter
 * @off:	offset of the BAR, from that of function 0
 * @size:	must be 4
 * @v:		size of the BAR - 1; bit 0 enables it
 *
 * Of a BAR that is not programmable there is bit 0 at most.
 */
void dbi2_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v)
{
	unsigned int func = off / CFG_SIZE, reg = off % CFG_SIZE;
	unsigned int bar = (reg - PCI_BAR(0)) / 4;

	(void)who;
	if (!is_bar(reg) || size != 4 || off % 4) {
		report_unknown(&sim->report, "dbi2", off, true);
		return;
	}
	sim->dbi[func].bar_mask[bar] = new_mask(sim, bar, v);
	trace(&sim->report, "fn%u bar%u mask 0x%08x", func, bar, bar_mask(sim, func, bar));
}

/**
 * dbi2_read() - BAR masks are write-only
 * @sim:	the model
 * @who:	of no matter
 * @off:	offset
 * @size:	bytes
 */
uint32_t dbi2_read(struct sim *sim, enum side who, unsigned int off, unsigned int size)
{
	(void)who;
	(void)size;
	report_unknown(&sim->report, "dbi2", off, false);
	return 0;
}

/**
 * cfg_host_read() - a configuration read by the host
 * @sim:	the model
 * @func:	whose
 * @off:	offset
 * @size:	1, 2 or 4
 *
 * Return: the value, all ones if the link is down. Unknown registers of a
 * device read as 0, that is no error for a host that looks for capabilities.
 */
uint32_t cfg_host_read(struct sim *sim, unsigned int func, unsigned int off, unsigned int size)
{
	if (!sim->link_up || func >= sim->profile.functions || bad_access(off, size))
		return ALL;
	counters_cfg(&sim->counters, false, size);
	return sim->dbi[func].known[off] ? current(sim, func, off, size) : 0;
}

/**
 * cfg_host_write() - a configuration write by the host
 * @sim:	the model
 * @func:	whose
 * @off:	offset
 * @size:	1, 2 or 4
 * @v:		value
 */
void cfg_host_write(struct sim *sim, unsigned int func, unsigned int off, unsigned int size,
		    uint32_t v)
{
	struct dbi *d = &sim->dbi[func];
	unsigned int i;
	uint32_t old;

	if (!sim->link_up || func >= sim->profile.functions || bad_access(off, size))
		return;
	counters_cfg(&sim->counters, true, size);
	trace(&sim->report, "rc-cpu fn%u cfg 0x%03x = 0x%x", func, off, v);

	if (is_bar(off)) {
		uint32_t bits = bar_addr_bits(sim, func, (off - PCI_BAR(0)) / 4);

		old = (uint32_t)get_le(d->val + off, 4);
		if (size == 4)
			put_le(d->val + off, (old & ~bits) | (v & bits), 4);
		return;
	}
	if (!d->known[off])
		return;
	/* Port logic is the endpoint's own business. */
	for (i = 0; i < size; i++)
		if (d->port_rw[off + i])
			return;
	old = cfg_get(sim, func, off & ~3u, 4);
	merge(d, off, size, v, NULL);
	rebar_host_wrote(sim, func, off, old);
}

/**
 * cfg_get() - a field of configuration space, for the model's own use
 * @sim:	the model
 * @func:	whose
 * @off:	offset
 * @size:	1, 2 or 4
 */
uint32_t cfg_get(const struct sim *sim, unsigned int func, unsigned int off, unsigned int size)
{
	return (uint32_t)get_le(sim->dbi[func].val + off, size);
}

/**
 * cfg_bar_enabled() - does a BAR exist?
 * @sim:	the model
 * @func:	whose
 * @bar:	0..5
 */
bool cfg_bar_enabled(const struct sim *sim, unsigned int func, unsigned int bar)
{
	return sim->dbi[func].bar_mask[bar] & 1;
}

/**
 * cfg_bar_size() - size of a BAR in bytes, 0 if it is disabled
 * @sim:	the model
 * @func:	whose
 * @bar:	0..5
 */
uint64_t cfg_bar_size(const struct sim *sim, unsigned int func, unsigned int bar)
{
	uint64_t mask = bar_mask(sim, func, bar);

	if (!cfg_bar_enabled(sim, func, bar) || bar_is_upper(sim, func, bar))
		return 0;
	if (bar + 1 < NR_BARS && bar_is_upper(sim, func, bar + 1))
		mask |= (uint64_t)bar_mask(sim, func, bar + 1) << 32;
	return mask + 1;
}

/**
 * cfg_bar_addr() - PCIe address the host gave a BAR
 * @sim:	the model
 * @func:	whose
 * @bar:	0..5
 */
uint64_t cfg_bar_addr(const struct sim *sim, unsigned int func, unsigned int bar)
{
	uint64_t addr = cfg_get(sim, func, PCI_BAR(bar), 4) & ~0xfu;

	if (bar + 1 < NR_BARS && bar_is_upper(sim, func, bar + 1))
		addr |= (uint64_t)cfg_get(sim, func, PCI_BAR(bar + 1), 4) << 32;
	return addr;
}

/** cfg_bme() - may the function send memory requests? @sim: the model, @func: whose */
bool cfg_bme(const struct sim *sim, unsigned int func)
{
	return cfg_get(sim, func, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
}

/** cfg_mse() - do the BARs decode? @sim: the model, @func: whose */
bool cfg_mse(const struct sim *sim, unsigned int func)
{
	return cfg_get(sim, func, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY;
}

/** cfg_mps() - Max_Payload_Size in bytes, as the host set it. @sim: the model, @func: whose */
unsigned int cfg_mps(const struct sim *sim, unsigned int func)
{
	return 128u << (cfg_get(sim, func, EXP_DEVCTL, 2) >> 5 & 7);
}

/** cfg_mrrs() - Max_Read_Request_Size in bytes, as the host set it. @sim: the model, @func: whose */
unsigned int cfg_mrrs(const struct sim *sim, unsigned int func)
{
	return 128u << (cfg_get(sim, func, EXP_DEVCTL, 2) >> 12 & 7);
}

/** cfg_msi_enabled() - MSI Enable. @sim: the model, @func: whose */
bool cfg_msi_enabled(const struct sim *sim, unsigned int func)
{
	return cfg_get(sim, func, MSI_FLAGS, 2) & MSI_FLAGS_ENABLE;
}

/** cfg_msi_vectors() - Multiple Message Enable, as a number of vectors. @sim: the model, @func: whose */
unsigned int cfg_msi_vectors(const struct sim *sim, unsigned int func)
{
	return 1u << min_t(unsigned int, cfg_get(sim, func, MSI_FLAGS, 2) >> 4 & 7, 5);
}

/** cfg_msix_enabled() - MSI-X Enable. @sim: the model, @func: whose */
bool cfg_msix_enabled(const struct sim *sim, unsigned int func)
{
	return sim->profile.msix_entries &&
	       cfg_get(sim, func, MSIX_FLAGS, 2) & MSIX_FLAGS_ENABLE;
}
