// SPDX-License-Identifier: GPL-2.0
/*
 * A limit for doorbells that interrupt: a host that rings all the time must not
 * get all of the processor's time.
 *
 * Up to VNTB_DB_BUDGET interrupts in VNTB_DB_PERIOD_NS are handled as they come.
 * A doorbell that comes on top of that is held: its interrupt is disabled, and a
 * timer delivers it every VNTB_DB_POLL_NS, whether or not it was rung. Clients
 * have to put up with a doorbell for nothing anyway, and there are no more of
 * them than of those that the host has sent before. After VNTB_DB_POLLS rounds
 * without another doorbell that had to be held, the interrupts are enabled
 * again. What came while they were disabled may have left no trace: the
 * doorbells are delivered once more then.
 *
 * Only doorbells with an interrupt each are limited. One that they share with a
 * DMA controller cannot be disabled, and the controller's driver has to take
 * care of it.
 */

#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/pci-ep-msi.h>
#include <linux/pci-epf.h>
#include <linux/spinlock.h>

#include "pci-epf-vntb.h"

#define VNTB_DB_PERIOD_NS	NSEC_PER_MSEC
#define VNTB_DB_BUDGET		32
#define VNTB_DB_POLL_NS		(200 * NSEC_PER_USEC)
#define VNTB_DB_POLLS		50

static void vntb_db_limit_release(struct epf_ntb *ntb)
{
	struct vntb_db_limit *limit = &ntb->db_limit;
	unsigned int slot;

	lockdep_assert_held(&limit->lock);

	for_each_set_bit(slot, &limit->held, NTB_EPF_MAX_DBS)
		enable_irq(ntb->epf->db_msg[slot].virq);

	limit->held = 0;
	limit->state = VNTB_DB_COUNTS;
	limit->start = ktime_get();
	limit->count = 0;
}

static enum hrtimer_restart vntb_db_limit_poll(struct hrtimer *timer)
{
	struct epf_ntb *ntb = container_of(timer, struct epf_ntb, db_limit.timer);
	struct vntb_db_limit *limit = &ntb->db_limit;
	unsigned long held;
	bool more;

	scoped_guard(spinlock_irqsave, &limit->lock) {
		if (limit->state != VNTB_DB_POLLS_HELD)
			return HRTIMER_NORESTART;

		held = limit->held;
		more = --limit->polls;
		if (!more)
			vntb_db_limit_release(ntb);
	}

	/* After interrupts are enabled: what comes later interrupts again */
	vntb_db_deliver(ntb, held);

	if (!more)
		return HRTIMER_NORESTART;

	hrtimer_forward_now(timer, VNTB_DB_POLL_NS);

	return HRTIMER_RESTART;
}

/**
 * vntb_db_limit_count() - A doorbell has interrupted, and was delivered
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 * @slot: its slot, whose interrupt no other slot has
 *
 * Context: The handler of that interrupt.
 */
void vntb_db_limit_count(struct epf_ntb *ntb, unsigned int slot)
{
	struct vntb_db_limit *limit = &ntb->db_limit;
	ktime_t now = ktime_get();

	guard(spinlock_irqsave)(&limit->lock);

	if (limit->state == VNTB_DB_NO_LIMIT)
		return;

	if (ktime_sub(now, limit->start) >= VNTB_DB_PERIOD_NS) {
		limit->start = now;
		limit->count = 0;
	}

	if (limit->count < VNTB_DB_BUDGET) {
		limit->count++;
		return;
	}

	disable_irq_nosync(ntb->epf->db_msg[slot].virq);
	__set_bit(slot, &limit->held);
	limit->polls = VNTB_DB_POLLS;

	if (limit->state == VNTB_DB_COUNTS) {
		limit->state = VNTB_DB_POLLS_HELD;
		hrtimer_start(&limit->timer, VNTB_DB_POLL_NS, HRTIMER_MODE_REL);
	}
}

/**
 * vntb_db_limit_sync() - Wait until no doorbell is being delivered by the timer
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 *
 * Context: Process context.
 */
void vntb_db_limit_sync(struct epf_ntb *ntb)
{
	struct vntb_db_limit *limit = &ntb->db_limit;

	if (hrtimer_cancel(&limit->timer))
		hrtimer_start(&limit->timer, VNTB_DB_POLL_NS, HRTIMER_MODE_REL);
}

/**
 * vntb_db_limit_init() - Set the limit up, turned off
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 */
void vntb_db_limit_init(struct epf_ntb *ntb)
{
	struct vntb_db_limit *limit = &ntb->db_limit;

	spin_lock_init(&limit->lock);
	hrtimer_setup(&limit->timer, vntb_db_limit_poll, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
}

/**
 * vntb_db_limit_start() - Limit the interrupts of doorbells from now on
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 */
void vntb_db_limit_start(struct epf_ntb *ntb)
{
	struct vntb_db_limit *limit = &ntb->db_limit;

	guard(spinlock_irqsave)(&limit->lock);
	limit->state = VNTB_DB_COUNTS;
	limit->start = ktime_get();
	limit->count = 0;
}

/**
 * vntb_db_limit_stop() - The interrupts of doorbells will be freed
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 *
 * Those that are held stay disabled.
 *
 * Context: Process context.
 */
void vntb_db_limit_stop(struct epf_ntb *ntb)
{
	struct vntb_db_limit *limit = &ntb->db_limit;

	scoped_guard(spinlock_irqsave, &limit->lock) {
		limit->state = VNTB_DB_NO_LIMIT;
		limit->held = 0;
	}
	hrtimer_cancel(&limit->timer);
}
