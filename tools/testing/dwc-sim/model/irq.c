// SPDX-License-Identifier: GPL-2.0
/* Pending interrupts: see irq.h. */
#include "irq.h"

/**
 * irq_msi_post() - a message for the host is pending
 * @q:		interrupts
 * @func:	which function sent it
 * @data:	message data
 * @width:	bytes of it that count, 2 or 4
 *
 * Return: false if it could not be kept (more different values than a host has).
 */
bool irq_msi_post(struct irqs *q, unsigned int func, uint32_t data, unsigned int width)
{
	unsigned int i;

	for (i = 0; i < q->nr_msgs; i++) {
		if (q->msg[i].data == data && q->msg[i].width == width &&
		    q->msg[i].func == func) {
			q->nr_pending += !q->msg[i].pending;
			q->msg[i].pending = true;
			return true;
		}
	}
	if (q->nr_msgs == IRQ_MSGS_MAX) {
		q->lost++;
		return false;
	}
	q->nr_pending++;
	q->msg[q->nr_msgs++] = (struct irq_msg){ data, (uint8_t)width, (uint8_t)func, true };
	return true;
}

/**
 * irq_msi_take() - the next pending message, round robin
 * @q:		interrupts
 * @func:	whose
 * @out:	receives it; it is pending no more
 *
 * Return: false if none is pending.
 */
bool irq_msi_take(struct irqs *q, unsigned int func, struct irq_msg *out)
{
	unsigned int i, n;

	for (n = 0; q->nr_pending && n < q->nr_msgs; n++) {
		i = (q->next + n) % q->nr_msgs;
		if (!q->msg[i].pending || q->msg[i].func != func)
			continue;
		q->msg[i].pending = false;
		q->nr_pending--;
		q->next = i + 1;
		*out = q->msg[i];
		return true;
	}
	return false;
}

/**
 * irq_msi_pending() - is there a message of a function?
 * @q:		interrupts
 * @func:	whose
 */
bool irq_msi_pending(const struct irqs *q, unsigned int func)
{
	unsigned int i;

	for (i = 0; q->nr_pending && i < q->nr_msgs; i++)
		if (q->msg[i].pending && q->msg[i].func == func)
			return true;
	return false;
}

/**
 * irq_msi_delay() - hold a message for the host back (fault)
 * @q:		interrupts
 * @func:	which function sent it
 * @data:	message data
 * @width:	bytes of it that count
 * @ms:		for how long
 *
 * Return: false if too many are held back already.
 */
bool irq_msi_delay(struct irqs *q, unsigned int func, uint32_t data, unsigned int width,
		   uint64_t ms)
{
	if (q->nr_delayed == IRQ_DELAYED_MAX)
		return false;
	q->delayed[q->nr_delayed++] = (struct irq_delayed){
		.msg = { data, (uint8_t)width, (uint8_t)func, true }, .due = q->now + ms,
	};
	return true;
}

/**
 * irq_tick() - time passes: post the messages that are due
 * @q:		interrupts
 * @now:	milliseconds
 */
void irq_tick(struct irqs *q, uint64_t now)
{
	unsigned int i = 0;

	q->now = now;
	while (i < q->nr_delayed) {
		struct irq_delayed *d = &q->delayed[i];

		if (d->due > now) {
			i++;
			continue;
		}
		irq_msi_post(q, d->msg.func, d->msg.data, d->msg.width);
		*d = q->delayed[--q->nr_delayed];
	}
}

/**
 * irq_next_due() - when must irq_tick() be called next?
 * @q:		interrupts
 *
 * Return: a time in milliseconds, UINT64_MAX if nothing is held back.
 */
uint64_t irq_next_due(const struct irqs *q)
{
	uint64_t due = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < q->nr_delayed; i++)
		due = min_t(uint64_t, due, q->delayed[i].due);
	if ((q->level | q->again) && q->hold_until > q->now)
		due = min_t(uint64_t, due, q->hold_until);
	return due;
}

/**
 * irq_line() - a line to the endpoint's CPU has this state now
 * @q:		interrupts
 * @line:	which
 * @level:	asserted
 */
void irq_line(struct irqs *q, enum ep_line line, bool level)
{
	if (level)
		q->level |= BIT(line);
	else
		q->level &= ~BIT(line);
}

/**
 * irq_clear() - forget what is pending for one machine (it went away)
 * @q:		interrupts
 * @side:	which machine
 */
void irq_clear(struct irqs *q, enum side side)
{
	if (side == SIDE_RC) {
		q->nr_msgs = 0;
		q->nr_pending = 0;
		q->nr_delayed = 0;
		q->next = 0;
	} else {
		q->level = 0;
		q->hold_until = 0;
		q->again = 0;
	}
}
