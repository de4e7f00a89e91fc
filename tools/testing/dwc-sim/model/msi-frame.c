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
 * @who:	of no matter
 * @off:	offset in the frame
 * @size:	must be 4
 */
uint32_t frame_read(struct sim *sim, enum side who, unsigned int off, unsigned int size)
{
	(void)who;
	if (size == 4 && off == FRAME_PENDING)
		return sim->frame.pending;
	if (size == 4 && off == FRAME_ENABLE)
		return sim->frame.enable;
	report_unknown(&sim->report, "frame", off, false);
	return 0;
}

/**
 * frame_write() - write a register
 * @sim:	the model
 * @who:	of no matter for %FRAME_SET; the others are for the endpoint's CPU only
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
	else if (size == 4 && off == FRAME_PENDING && who == SIDE_EP)
		set(sim, f->pending & ~v, f->enable);
	else if (size == 4 && off == FRAME_ENABLE && who == SIDE_EP)
		set(sim, f->pending, v);
	else
		report_unknown(&sim->report, "frame", off, true);
}

/**
 * frame_any() - somebody asks for an interrupt that the CPU wants to be told of
 * @sim:	the model
 * @nth:	which of these; there are fewer: from the first one on again
 */
void frame_any(struct sim *sim, uint64_t nth)
{
	uint32_t enable = sim->frame.enable;
	unsigned int i;

	if (!enable)
		return;
	for (nth %= (unsigned int)__builtin_popcount(enable), i = 0; i < FRAME_IRQS; i++)
		if (enable & BIT(i) && !nth--)
			ring(sim, i);
}
