// SPDX-License-Identifier: GPL-2.0
/* Glue registers around the core: see app.h. */
#include "app.h"
#include "irq.h"
#include "report.h"
#include "sim.h"

/**
 * app_power_on() - the block to its power-on state
 * @sim:	the model
 */
void app_power_on(struct sim *sim)
{
	sim->app = (struct app){ .ltssm_changed = sim->app.ltssm_changed };
}

/**
 * app_starts_link() - may the link train, as far as the glue is concerned?
 * @sim:	the model
 *
 * Without glue nothing holds it back.
 */
bool app_starts_link(const struct sim *sim)
{
	return !sim->profile.app || sim->app.ctrl & APP_CTRL_LTSSM_ENABLE;
}

static void irq_update(struct sim *sim)
{
	struct app *a = &sim->app;
	bool level = a->int_status & a->int_enable;

	if (level != a->line)
		trace(&sim->report, "app line %d", level);
	irq_line(&sim->irq, LINE_APP, level);
	a->line = level;
}

/**
 * app_event() - something the glue has a status bit for
 * @sim:	the model
 * @bits:	APP_INT_...
 */
void app_event(struct sim *sim, uint32_t bits)
{
	if (!sim->profile.app)
		return;
	sim->app.int_status |= bits;
	irq_update(sim);
}

static bool bad_access(unsigned int off, unsigned int size)
{
	return size != 4 || off % 4 || off > APP_INT_ENABLE;
}

/**
 * app_read() - read a register
 * @sim:	the model
 * @who:	of no matter
 * @off:	offset in the block
 * @size:	must be 4
 */
uint32_t app_read(struct sim *sim, enum side who, unsigned int off, unsigned int size)
{
	(void)who;
	if (bad_access(off, size)) {
		report_unknown(&sim->report, "app", off, false);
		return 0;
	}
	switch (off) {
	case APP_CTRL:
		return sim->app.ctrl;
	case APP_STATUS:
		return sim->link_up ? APP_STATUS_LINK_UP : 0;
	case APP_INT_STATUS:
		return sim->app.int_status;
	}
	return sim->app.int_enable;
}

/**
 * app_write() - write a register
 * @sim:	the model
 * @who:	of no matter
 * @off:	offset in the block
 * @size:	must be 4
 * @v:		value
 */
void app_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v)
{
	struct app *a = &sim->app;

	(void)who;
	if (bad_access(off, size)) {
		report_unknown(&sim->report, "app", off, true);
		return;
	}
	trace(&sim->report, "app 0x%02x = 0x%x", off, v);
	switch (off) {
	case APP_CTRL:
		a->ctrl = v & APP_CTRL_LTSSM_ENABLE;
		a->ltssm_changed(sim);
		break;
	case APP_INT_STATUS:
		a->int_status &= ~v;
		irq_update(sim);
		break;
	case APP_INT_ENABLE:
		a->int_enable = v & (APP_INT_UP | APP_INT_DOWN);
		irq_update(sim);
		break;
	}
}
