// SPDX-License-Identifier: GPL-2.0
/* eDMA: the register file and the interrupt line. Channels run in edma-run.c. */
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "edma.h"
#include "faults.h"
#include "irq.h"
#include "report.h"
#include "sim.h"

/**
 * edma_power_on() - the engine to its power-on state
 * @sim:	the model
 */
void edma_power_on(struct sim *sim)
{
	memset(&sim->edma, 0, sizeof(sim->edma));
}

static unsigned int nr_chans(const struct sim *sim, enum dma_dir dir)
{
	return dir == DIR_WR ? sim->profile.edma_wr : sim->profile.edma_rd;
}

/* When the line may be seen, in virtual time: whoever looks is told then. */
static void ev_late(void *arg, uint64_t n)
{
	(void)arg;
	(void)n;
}

/* Nobody sees the line for a while. */
static void hold_back(struct sim *sim)
{
	struct irqs *q = &sim->irq;

	q->hold_until = q->now + sim->faults.irq_delay[SIDE_EP];
	if (sim->clock.timed)
		clock_at(&sim->clock, q->hold_until * 1000000, "late edma_int", ev_late, NULL, 0);
}

/**
 * edma_irq_update() - recompute edma_int
 * @sim:	the model
 *
 * The line is the OR of all unmasked status bits and of interrupt emulation.
 */
void edma_irq_update(struct sim *sim)
{
	struct edma *e = &sim->edma;
	bool level = e->emulated;
	unsigned int d;

	for (d = 0; d < NR_DIRS; d++) {
		struct edma_half *h = &e->half[d];

		level |= !!(h->int_status & ~h->int_mask & ~h->suppressed);
	}
	if (level && !e->line && sim->faults.irq_drop[SIDE_EP]) {
		sim->faults.irq_drop[SIDE_EP]--;
		trace(&sim->report, "fault: edma_int dropped");
		e->emulated = false;
		for (d = 0; d < NR_DIRS; d++)
			e->half[d].suppressed = e->half[d].int_status;
		level = false;
	}
	if (level != e->line)
		trace(&sim->report, "edma_int %d", level);
	if (level && !e->line && sim->faults.irq_dup[SIDE_EP]) {
		sim->faults.irq_dup[SIDE_EP]--;
		sim->irq.again |= BIT(LINE_EDMA);
	}
	if (level && !e->line && sim->faults.irq_delayed[SIDE_EP]) {
		sim->faults.irq_delayed[SIDE_EP]--;
		hold_back(sim);
	}
	irq_line(&sim->irq, LINE_EDMA, level);
	e->line = level;
}

static void int_clear(struct sim *sim, enum dma_dir dir, uint32_t v)
{
	struct edma_half *h = &sim->edma.half[dir];

	h->int_status &= ~v;
	h->suppressed &= ~v;
	h->err[0] &= ~(v >> 16 & 0xff) & ~(v & 0xff0000);
	h->err[1] &= ~((v >> 16 & 0xff) * 0x01010101u);
	if (!v)
		sim->edma.emulated = false;
	edma_irq_update(sim);
}

static void int_status_write(struct sim *sim, enum side who)
{
	if (!sim->profile.emulation)
		return;
	if (who == SIDE_RC)
		sim->counters.doorbells++;
	sim->edma.emulated = true;
	edma_irq_update(sim);
}

static void engine_enable(struct sim *sim, enum dma_dir dir, uint32_t v)
{
	struct edma_half *h = &sim->edma.half[dir];

	if (!(v & 1) && sim->faults.engine == ENGINE_STUCK) {
		trace(&sim->report, "fault: edma %s engine stays on", dir_name[dir]);
		return;
	}
	h->enabled = v & 1;
	if (!h->enabled)
		edma_halt_all(sim, dir);
	trace(&sim->report, "edma %s engine %s", dir_name[dir], h->enabled ? "on" : "off");
}

static void set_half(uint64_t *reg, bool high, uint32_t v)
{
	if (high)
		*reg = (*reg & 0xffffffff) | (uint64_t)v << 32;
	else
		*reg = (*reg & ~0xffffffffull) | v;
}

static uint32_t get_half(uint64_t reg, bool high)
{
	return (uint32_t)(high ? reg >> 32 : reg);
}

/* Offsets of one half's global registers; both halves have the same ones. */
struct half_map {
	uint16_t engine_en, doorbell, status, mask, clear, done, abort, data, ll_err_en;
};

static const struct half_map half_map[NR_DIRS] = {
	[DIR_WR] = { EDMA_WR_ENGINE_EN, EDMA_WR_DOORBELL, EDMA_WR_INT_STATUS,
		     EDMA_WR_INT_MASK, EDMA_WR_INT_CLEAR, EDMA_WR_DONE_IMWR,
		     EDMA_WR_ABORT_IMWR, EDMA_WR_IMWR_DATA, EDMA_WR_LL_ERR_EN },
	[DIR_RD] = { EDMA_RD_ENGINE_EN, EDMA_RD_DOORBELL, EDMA_RD_INT_STATUS,
		     EDMA_RD_INT_MASK, EDMA_RD_INT_CLEAR, EDMA_RD_DONE_IMWR,
		     EDMA_RD_ABORT_IMWR, EDMA_RD_IMWR_DATA, EDMA_RD_LL_ERR_EN },
};

static bool chan_read(struct sim *sim, unsigned int off, uint32_t *v)
{
	unsigned int ch = (off - EDMA_CHANS) / EDMA_CHAN_SIZE;
	enum dma_dir dir = off & EDMA_CHAN_RD ? DIR_RD : DIR_WR;
	const struct edma_chan *c;

	if (off < EDMA_CHANS || ch >= nr_chans(sim, dir))
		return false;
	c = &sim->edma.half[dir].chan[ch];
	switch (off & 0xff) {
	case 0x00:
		*v = c->ctl1;
		return true;
	case 0x04:
		*v = c->ctl2;
		return true;
	case 0x08:
		*v = edma_running(c) && c->elem.valid ? c->elem.left : c->size;
		return true;
	case 0x0c:
	case 0x10:
		*v = get_half(c->sar, off & 0x10);
		return true;
	case 0x14:
	case 0x18:
		*v = get_half(c->dar, (off & 0xff) == 0x18);
		return true;
	case 0x1c:
	case 0x20:
		*v = get_half(c->llp, off & 0x20);
		return true;
	}
	return false;
}

static bool chan_write(struct sim *sim, unsigned int off, uint32_t v)
{
	unsigned int ch = (off - EDMA_CHANS) / EDMA_CHAN_SIZE;
	enum dma_dir dir = off & EDMA_CHAN_RD ? DIR_RD : DIR_WR;
	struct edma_chan *c;

	if (off < EDMA_CHANS || ch >= nr_chans(sim, dir))
		return false;
	c = &sim->edma.half[dir].chan[ch];
	if (edma_running(c)) {
		report_violation(&sim->report, "edma-live-write",
				 "%s channel %u register 0x%02x = 0x%x while it runs",
				 dir_name[dir], ch, off & 0xff, v);
		return true;
	}
	switch (off & 0xff) {
	case 0x00:
		c->ctl1 = (v & ~EDMA_CTL_CS_MASK) | (c->ctl1 & EDMA_CTL_CS_MASK);
		return true;
	case 0x04:
		c->ctl2 = v;
		return true;
	case 0x08:
		c->size = v;
		return true;
	case 0x0c:
	case 0x10:
		set_half(&c->sar, off & 0x10, v);
		return true;
	case 0x14:
	case 0x18:
		set_half(&c->dar, (off & 0xff) == 0x18, v);
		return true;
	case 0x1c:
	case 0x20:
		set_half(&c->llp, off & 0x20, v);
		return true;
	}
	return false;
}

static bool half_read(struct sim *sim, enum dma_dir dir, unsigned int off, uint32_t *v)
{
	const struct edma_half *h = &sim->edma.half[dir];
	const struct half_map *m = &half_map[dir];
	unsigned int i;

	*v = 0;
	if (off == m->engine_en)
		*v = h->enabled;
	else if (off == m->doorbell || off == m->clear)
		*v = 0;
	else if (off == m->status)
		*v = h->int_status;
	else if (off == m->mask)
		*v = h->int_mask;
	else if (off == m->ll_err_en)
		*v = h->ll_err_en;
	else if (off == m->done || off == m->done + 4u)
		*v = get_half(h->done_imwr, off != m->done);
	else if (off == m->abort || off == m->abort + 4u)
		*v = get_half(h->abort_imwr, off != m->abort);
	else if (off >= m->data && off < m->data + 2u * EDMA_MAX_CHANS) {
		i = (off - m->data) / 2;
		*v = h->imwr_data[i] | (uint32_t)h->imwr_data[i + 1] << 16;
	} else {
		return false;
	}
	return true;
}

static bool half_write(struct sim *sim, enum side who, enum dma_dir dir, unsigned int off,
		       uint32_t v)
{
	struct edma_half *h = &sim->edma.half[dir];
	const struct half_map *m = &half_map[dir];
	unsigned int i;

	if (off == m->engine_en) {
		engine_enable(sim, dir, v);
	} else if (off == m->doorbell) {
		edma_doorbell(sim, dir, v);
	} else if (off == m->status) {
		int_status_write(sim, who);
	} else if (off == m->mask) {
		h->int_mask = v & EDMA_INT_BITS;
		edma_irq_update(sim);
	} else if (off == m->clear) {
		int_clear(sim, dir, v & EDMA_INT_BITS);
	} else if (off == m->ll_err_en) {
		h->ll_err_en = v & EDMA_INT_BITS;
	} else if (off == m->done || off == m->done + 4u) {
		set_half(&h->done_imwr, off != m->done, v);
	} else if (off == m->abort || off == m->abort + 4u) {
		set_half(&h->abort_imwr, off != m->abort, v);
	} else if (off >= m->data && off < m->data + 2u * EDMA_MAX_CHANS) {
		i = (off - m->data) / 2;
		h->imwr_data[i] = (uint16_t)v;
		h->imwr_data[i + 1] = (uint16_t)(v >> 16);
	} else {
		return false;
	}
	return true;
}

static bool global_read(struct sim *sim, unsigned int off, uint32_t *v)
{
	switch (off) {
	case EDMA_CTRL:
		*v = sim->profile.edma_wr | sim->profile.edma_rd << 16;
		return true;
	case EDMA_WR_ERR_STATUS:
		*v = sim->edma.half[DIR_WR].err[0];
		return true;
	case EDMA_RD_ERR_STATUS_LO:
		*v = sim->edma.half[DIR_RD].err[0];
		return true;
	case EDMA_RD_ERR_STATUS_HI:
		*v = sim->edma.half[DIR_RD].err[1];
		return true;
	}
	return half_read(sim, DIR_WR, off, v) || half_read(sim, DIR_RD, off, v);
}

/* Without channels there is no engine: the block does not answer. */
static bool absent(const struct sim *sim)
{
	return !sim->profile.edma_wr && !sim->profile.edma_rd;
}

static bool bad_access(unsigned int off, unsigned int size)
{
	return size != 4 || off % 4 || off >= EDMA_FILE_SIZE;
}

/**
 * edma_read() - read a register
 * @sim:	the model
 * @who:	the endpoint's CPU, or the host through a BAR
 * @off:	offset in the register file
 * @size:	must be 4
 */
uint32_t edma_read(struct sim *sim, enum side who, unsigned int off, unsigned int size)
{
	uint32_t v = 0;

	if (bad_access(off, size)) {
		report_unknown(&sim->report, "edma", off, false);
		return 0;
	}
	sim->edma.reg_access[who][0][off / 4]++;
	if (absent(sim))
		return off == EDMA_CTRL ? 0 : 0xffffffff;
	if (!global_read(sim, off, &v) && !chan_read(sim, off, &v))
		report_unknown(&sim->report, "edma", off, false);
	trace(&sim->report, "%s edma 0x%03x -> 0x%x", side_name[who], off, v);
	return v;
}

/**
 * edma_write() - write a register
 * @sim:	the model
 * @who:	the endpoint's CPU, or the host through a BAR
 * @off:	offset in the register file
 * @size:	must be 4
 * @v:		value
 */
void edma_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v)
{
	if (bad_access(off, size) || absent(sim)) {
		report_unknown(&sim->report, "edma", off, true);
		return;
	}
	sim->edma.reg_access[who][1][off / 4]++;
	trace(&sim->report, "%s edma 0x%03x = 0x%x", side_name[who], off, v);
	if (!half_write(sim, who, DIR_WR, off, v) && !half_write(sim, who, DIR_RD, off, v) &&
	    !chan_write(sim, off, v))
		report_unknown(&sim->report, "edma", off, true);
}

/**
 * edma_reg_name() - readable name of a register
 * @off:	offset
 * @buf:	receives it
 * @len:	its size
 *
 * Return: false if there is no such register.
 */
bool edma_reg_name(unsigned int off, char *buf, size_t len)
{
	static const struct { uint16_t off; const char *name; } global[] = {
		{ EDMA_CTRL, "ctrl" },
		{ EDMA_WR_ERR_STATUS, "wr_err_status" },
		{ EDMA_RD_ERR_STATUS_LO, "rd_err_status_lo" },
		{ EDMA_RD_ERR_STATUS_HI, "rd_err_status_hi" },
	};
	static const char * const chan[] = {
		"control1", "control2", "size", "sar_lo", "sar_hi", "dar_lo", "dar_hi",
		"llp_lo", "llp_hi",
	};
	unsigned int i, d;

	for (i = 0; i < ARRAY_SIZE(global); i++) {
		if (global[i].off == off) {
			snprintf(buf, len, "edma.%s", global[i].name);
			return true;
		}
	}
	for (d = 0; d < NR_DIRS; d++) {
		const struct half_map *m = &half_map[d];
		const struct { unsigned int off; const char *name; } reg[] = {
			{ m->engine_en, "engine_en" }, { m->doorbell, "doorbell" },
			{ m->status, "int_status" }, { m->mask, "int_mask" },
			{ m->clear, "int_clear" }, { m->ll_err_en, "ll_err_en" },
			{ m->done, "done_imwr_lo" }, { m->done + 4u, "done_imwr_hi" },
			{ m->abort, "abort_imwr_lo" }, { m->abort + 4u, "abort_imwr_hi" },
			{ m->data, "ch01_imwr_data" }, { m->data + 4u, "ch23_imwr_data" },
			{ m->data + 8u, "ch45_imwr_data" }, { m->data + 12u, "ch67_imwr_data" },
		};

		for (i = 0; i < ARRAY_SIZE(reg); i++) {
			if (reg[i].off == off) {
				snprintf(buf, len, "edma.%s_%s", dir_name[d], reg[i].name);
				return true;
			}
		}
	}
	i = (off & 0xff) / 4;
	if (off < EDMA_CHANS || i >= ARRAY_SIZE(chan) ||
	    (off - EDMA_CHANS) / EDMA_CHAN_SIZE >= EDMA_MAX_CHANS)
		return false;
	snprintf(buf, len, "edma.%s%u_%s", dir_name[off & EDMA_CHAN_RD ? DIR_RD : DIR_WR],
		 (off - EDMA_CHANS) / EDMA_CHAN_SIZE, chan[i]);
	return true;
}
