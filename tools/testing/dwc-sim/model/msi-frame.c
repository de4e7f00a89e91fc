// SPDX-License-Identifier: GPL-2.0
/* The endpoint's interrupt controller, as far as devices see it: see msi-frame.h. */
#include <string.h>

#include "irq.h"
#include "msi-frame.h"
#include "report.h"
#include "sim.h"

/** frame_is_there() - does the profile have a frame? */
bool frame_is_there(const struct sim *sim)
{
	return !strcmp(sim->profile.doorbell, "msi");
}

/**
 * frame_power_on() - the frame to its power-on state
 * @sim:	the model
 */
void frame_power_on(struct sim *sim)
{
	sim->frame = (struct msi_frame){ 0 };
	irq_line(&sim->irq, LINE_FRAME, false);
}

static void set(struct sim *sim, uint32_t pending, uint32_t enable)
{
	struct msi_frame *f = &sim->frame;
	bool level = pending & enable;

	if (level != !!(f->pending & f->enable))
		trace(&sim->report, "frame line %d", level);
	f->pending = pending;
	f->enable = enable;
	irq_line(&sim->irq, LINE_FRAME, level);
}

static void ring(struct sim *sim, uint32_t number)
{
	struct msi_frame *f = &sim->frame;

	if (number >= FRAME_IRQS) {
		report_violation(&sim->report, "frame-number", "%u is the number of no interrupt", number);
		return;
	}
	sim->counters.doorbells++;
	if (sim->faults.irq_drop[SIDE_EP]) {
		sim->faults.irq_drop[SIDE_EP]--;
		trace(&sim->report, "fault: frame %u dropped", number);
		return;
	}
	set(sim, f->pending | BIT(number), f->enable);
}

/**
 * frame_read() - read a register
 * @sim:	the model
 * @who:	only the endpoint's CPU may take
 * @off:	offset in the frame
 * @size:	must be 4
 */
uint32_t frame_read(struct sim *sim, enum side who, unsigned int off, unsigned int size)
{
	struct msi_frame *f = &sim->frame;
	uint32_t taken = f->pending & f->enable;

	if (size == 4 && off == FRAME_TAKE && who == SIDE_EP) {
		set(sim, f->pending & ~taken, f->enable);
		return taken;
	}
	if (size == 4 && off == FRAME_ENABLE)
		return f->enable;
	report_unknown(&sim->report, "frame", off, false);
	return 0;
}

/**
 * frame_write() - write a register
 * @sim:	the model
 * @who:	of no matter for %FRAME_SET; the other is for the endpoint's CPU only
 * @off:	offset in the frame
 * @size:	must be 4
 * @v:		value
 *
 * A number that is none of an interrupt is a violation.
 */
void frame_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v)
{
	struct msi_frame *f = &sim->frame;

	if (size == 4 && off == FRAME_SET)
		ring(sim, v);
	else if (size == 4 && off == FRAME_ENABLE && who == SIDE_EP)
		set(sim, f->pending, v);
	else
		report_unknown(&sim->report, "frame", off, true);
}

/**
 * frame_all() - somebody asks for all interrupts that the CPU wants to be told of
 * @sim:	the model
 */
void frame_all(struct sim *sim)
{
	unsigned int i;

	for (i = 0; i < FRAME_IRQS; i++)
		if (sim->frame.enable & BIT(i))
			ring(sim, i);
}
