// SPDX-License-Identifier: GPL-2.0
/*
 * DesignWare eDMA: a channel whose list is appended to while the engine runs.
 *
 * The engine reads elements ahead and does not hear a doorbell while it runs, so
 * it can stop with work pending. It is started again by whoever looks next: the
 * handler of an interrupt, the client that asks for the status of a transfer, or
 * a timer. Nothing else depends on interrupts, doorbells, or the order in which
 * what was written to the list and to the registers arrives.
 *
 *  status  request  when nothing is pending any more    next status
 *  BUSY    NONE     what was issued is appended         BUSY, or IDLE
 *  BUSY    PAUSE    what was issued waits               PAUSE
 *  BUSY    STOP     (when the engine has stopped)
 *                   everything is terminated            IDLE
 */

#include <linux/cleanup.h>
#include <linux/dma/edma.h>
#include <linux/hrtimer.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "dw-edma-core.h"

/* Of the timer, the first time after an append and at most */
#define DW_EDMA_APPEND_FIRST_NS		(20 * NSEC_PER_USEC)
#define DW_EDMA_APPEND_MAX_NS		NSEC_PER_MSEC

/*
 * Can the engine stop with work pending, or have stopped, without an interrupt? It
 * can where it may have read the list before it was appended to.
 */
static bool dw_edma_append_urgent(const struct dw_edma_ring *ring)
{
	return ring->unseen && !ring->early;
}

/*
 * A channel whose interrupts are the link partner's belongs to a client that
 * asks for the status, and that knows better when to.
 */
static void dw_edma_append_arm(struct dw_edma_chan *chan)
{
	struct dw_edma_ring *ring = &chan->ring;
	bool soon = dw_edma_append_urgent(ring);

	if (chan->removed || dw_edma_core_ch_ignore_irq(chan))
		return;

	if (hrtimer_is_queued(&ring->timer) && (ring->soon || !soon))
		return;

	ring->soon = soon;
	hrtimer_start(&ring->timer,
		      ns_to_ktime(soon ? ring->delay : ring->longest),
		      HRTIMER_MODE_REL_SOFT);
}

/*
 * Append, and start the engine if it has stopped. The read of the status lets
 * the writes to the list arrive first, if it crosses a link. While it runs, the
 * doorbell would be lost; if it has failed, dw_edma_append_look() handles that.
 * Across a link a read is expensive: as long as an interrupt is to come for
 * something in the list, it is not necessary.
 */
static void dw_edma_append_issue(struct dw_edma_chan *chan)
{
	struct dw_edma_ring *ring = &chan->ring;
	bool fresh = false, awaited;

	lockdep_assert_held(&chan->vc.lock);

	if (chan->removed || !ring->next || chan->request != EDMA_REQ_NONE ||
	    chan->status == EDMA_ST_PAUSE)
		return;

	chan->status = EDMA_ST_BUSY;
	if (ring->ready && dw_edma_ring_room(ring) < ring->size / 4) {
		dw_edma_ring_progress(chan);
		/* The interrupt that is to come finds more room */
		if (ring->irq_after && !dw_edma_core_ch_ignore_irq(chan) &&
		    dw_edma_ring_room(ring) < ring->size / 4)
			return;
	}

	if (!ring->ready)
		fresh = dw_edma_ring_start_over(chan);

	/* Then the channel is looked at soon, and is probably running */
	awaited = ring->irq_after && !dw_edma_core_ch_ignore_irq(chan);

	if (ring->ready && dw_edma_ring_append(chan) && !awaited &&
	    (fresh || dw_edma_core_ch_status(chan) == DMA_COMPLETE))
		dw_edma_core_ch_doorbell(chan);

	ring->delay = ring->first;
	dw_edma_append_arm(chan);
}

/*
 * The engine has failed at an element: its descriptor is aborted, and those
 * behind it are appended to a new list, unless DMA_PREP_FENCE says that they
 * depend on it. If it cannot be told which element that is, all descriptors in
 * the list are aborted, also those that may be done.
 */
static void dw_edma_append_abort(struct dw_edma_chan *chan)
{
	bool lost = dw_edma_ring_progress(chan) < 0;
	bool failed = false, fenced = false;
	struct virt_dma_desc *vd, *tmp;
	struct dw_edma_desc *desc;

	list_for_each_entry_safe(vd, tmp, &chan->vc.desc_issued, node) {
		desc = vd2dw_edma_desc(vd);
		if (failed && !fenced && !(lost && desc->start_burst)) {
			desc->start_burst = desc->done_burst;
			continue;
		}

		failed = true;
		fenced |= vd->tx.flags & DMA_PREP_FENCE;
		dw_edma_complete_desc(vd, DMA_TRANS_ABORTED);
	}

	dw_edma_ring_drop(chan);
}

/* What a client has requested takes effect when nothing is pending any more. */
static void dw_edma_append_settle(struct dw_edma_chan *chan)
{
	if (chan->ring.pending)
		return;

	if (chan->request == EDMA_REQ_PAUSE) {
		chan->request = EDMA_REQ_NONE;
		chan->status = EDMA_ST_PAUSE;
	} else if (!chan->ring.next) {
		chan->status = EDMA_ST_IDLE;
	}
}

static void dw_edma_append_stopped(struct dw_edma_chan *chan)
{
	dw_edma_terminate_all_descs(chan);
	dw_edma_ring_drop(chan);
	chan->request = EDMA_REQ_NONE;
	chan->status = EDMA_ST_IDLE;
}

/**
 * dw_edma_append_look() - find out what the engine has done
 * @chan:	the channel
 * @aborted:	the engine has reported an error, perhaps long ago
 *
 * Completes what is done, aborts what has failed, ends a termination or a pause
 * that was requested, appends what there was no room for, and starts an engine
 * that has stopped with work pending. Reads one register if the engine has moved
 * and cannot have stopped, or if everything is done, and up to three otherwise.
 * The status is read last: an engine that has stopped then has left the pointer
 * where it is.
 *
 * Context: Any, with vc.lock held.
 * Return: false if the controller is gone. What is pending then, stays so until
 * the client terminates it.
 */
bool dw_edma_append_look(struct dw_edma_chan *chan, bool aborted)
{
	struct dw_edma_ring *ring = &chan->ring;
	u32 tail = ring->tail;
	enum dma_status status;
	int err;

	lockdep_assert_held(&chan->vc.lock);

	if (chan->removed || chan->status != EDMA_ST_BUSY)
		return true;

	err = dw_edma_ring_progress(chan);
	if (ring->pending && !ring->unseen && ring->tail != tail && !aborted &&
	    chan->request != EDMA_REQ_STOP) {
		/* Goes on up to the head, or reports an error */
	} else if (ring->pending || chan->request == EDMA_REQ_STOP) {
		status = dw_edma_core_ch_status(chan);
		if (chan->request == EDMA_REQ_STOP) {
			if (status != DMA_IN_PROGRESS)
				dw_edma_append_stopped(chan);
			return true;
		}
		if (err == -ENODEV)
			return false;

		if (status == DMA_ERROR ||
		    (status == DMA_COMPLETE && err == -ERANGE)) {
			dw_edma_append_abort(chan);
		} else if (status == DMA_COMPLETE) {
			dw_edma_ring_progress(chan);
			if (ring->pending)
				dw_edma_core_ch_doorbell(chan);
		}
	} else if (aborted) {
		/* At the link, or behind the head */
		ring->ready = false;
	}

	dw_edma_append_issue(chan);
	dw_edma_append_settle(chan);
	if (chan->status == EDMA_ST_BUSY)
		dw_edma_append_arm(chan);

	return true;
}

static enum hrtimer_restart dw_edma_append_timeout(struct hrtimer *timer)
{
	struct dw_edma_ring *ring = container_of(timer, struct dw_edma_ring, timer);
	struct dw_edma_chan *chan = container_of(ring, struct dw_edma_chan, ring);

	guard(spinlock_irqsave)(&chan->vc.lock);

	if (chan->status != EDMA_ST_BUSY)
		return HRTIMER_NORESTART;

	ring->soon = false;
	if (ring->moved)
		ring->delay = ring->first;
	else
		ring->delay = min(2 * ring->delay, ring->longest);

	if (!ring->moved && !dw_edma_append_look(chan, false))
		return HRTIMER_NORESTART;
	ring->moved = false;
	dw_edma_append_arm(chan);

	return HRTIMER_NORESTART;
}

/**
 * dw_edma_append_issue_pending() - append what was submitted
 * @chan:	the channel
 *
 * Context: Any, with vc.lock held.
 */
void dw_edma_append_issue_pending(struct dw_edma_chan *chan)
{
	struct virt_dma_desc *first;

	lockdep_assert_held(&chan->vc.lock);

	first = list_first_entry_or_null(&chan->vc.desc_submitted,
					 struct virt_dma_desc, node);
	vchan_issue_pending(&chan->vc);
	if (!chan->ring.next)
		chan->ring.next = first;

	dw_edma_append_issue(chan);
}

/**
 * dw_edma_append_resume() - go on with a paused channel
 * @chan:	the channel
 *
 * Context: Any, with vc.lock held.
 */
void dw_edma_append_resume(struct dw_edma_chan *chan)
{
	chan->status = EDMA_ST_IDLE;
	dw_edma_append_issue(chan);
}

/**
 * dw_edma_append_stop() - stop the engine, whatever it is doing
 * @chan:	a busy channel, whose termination is requested
 *
 * No element is valid any more, so the engine does not go on if a doorbell is
 * still under way. dw_edma_append_look() finds out that it has stopped.
 *
 * Context: Any, with vc.lock held.
 */
void dw_edma_append_stop(struct dw_edma_chan *chan)
{
	lockdep_assert_held(&chan->vc.lock);

	dw_edma_ring_invalidate(chan);
	dw_edma_core_ch_stop(chan);
}

/**
 * dw_edma_append_remove() - forget everything, the controller is gone
 * @chan:	a channel that is marked as removed
 *
 * Context: Process context, may sleep.
 */
void dw_edma_append_remove(struct dw_edma_chan *chan)
{
	hrtimer_cancel(&chan->ring.timer);

	guard(spinlock_irqsave)(&chan->vc.lock);
	chan->ring.next = NULL;
	chan->ring.pending = 0;
}

/**
 * dw_edma_append_init() - prepare a channel to be appended to
 * @chan:	the channel, with its list
 *
 * Does nothing if the register map does not allow it.
 *
 * Return: 0, or -EINVAL if the list is too small or crosses a 4 GB boundary.
 */
int dw_edma_append_init(struct dw_edma_chan *chan)
{
	hrtimer_setup(&chan->ring.timer, dw_edma_append_timeout, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	chan->ring.first = DW_EDMA_APPEND_FIRST_NS;
	chan->ring.longest = DW_EDMA_APPEND_MAX_NS;

	return dw_edma_ring_init(chan);
}
