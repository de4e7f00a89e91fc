// SPDX-License-Identifier: GPL-2.0
/*
 * DesignWare eDMA: the linked list of a channel as a ring that is appended to
 * while the engine runs.
 *
 * Elements are written at the head, with the cycle bit of the lap; the link
 * behind the last one leads back to the first and toggles the bit. The engine
 * stops at an element whose cycle bit is that of the lap before, with the linked
 * list pointer at it: those before the pointer are done. When to look at the
 * pointer, and when to start the engine, is decided in dw-edma-append.c.
 */

#include <linux/dma/edma.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/pci.h>

#include "dw-edma-core.h"

/**
 * dw_edma_ring_room() - how much can be appended
 * @ring:	the list
 *
 * Return: the number of elements that there is room for.
 */
u32 dw_edma_ring_room(const struct dw_edma_ring *ring)
{
	/* If it could be full, head and tail would be the same as when empty */
	return ring->size - 1 - ring->pending;
}

/* So many elements more are done. */
static void dw_edma_ring_complete(struct dw_edma_chan *chan, u32 count)
{
	struct dw_edma_desc *desc;
	struct virt_dma_desc *vd;
	u32 now;

	while (count) {
		vd = vchan_next_desc(&chan->vc);
		if (!vd)
			break;

		desc = vd2dw_edma_desc(vd);
		now = min(count, desc->start_burst - desc->done_burst);
		desc->done_burst += now;
		count -= now;
		if (desc->done_burst < desc->nburst)
			break;

		dw_edma_complete_desc(vd, DMA_TRANS_NOERROR);
	}
}

/**
 * dw_edma_ring_progress() - complete what the engine has done
 * @chan:	the channel
 *
 * Reads one register.
 *
 * Context: Any, with vc.lock held.
 * Return: 0, -ENODEV if the controller is gone, or -ERANGE if the engine is not
 * at a pending element or right behind the last one.
 */
int dw_edma_ring_progress(struct dw_edma_chan *chan)
{
	struct dw_edma_ring *ring = &chan->ring;
	u32 lsb, offset, pos, done;

	lockdep_assert_held(&chan->vc.lock);

	lsb = chan->dw->core->ring_pos(chan);
	if (PCI_POSSIBLE_ERROR(lsb))
		return -ENODEV;

	offset = lsb - lower_32_bits(chan->ll_region.paddr);
	pos = offset / EDMA_LL_SZ;
	if (offset % EDMA_LL_SZ || pos > ring->size)
		return -ERANGE;

	/* The link stands for the first element */
	if (pos == ring->size)
		pos = 0;
	done = (pos + ring->size - ring->tail) % ring->size;
	if (done > ring->pending)
		return -ERANGE;

	ring->tail = pos;
	ring->pending -= done;
	ring->irq_after -= min(done, ring->irq_after);
	ring->unseen -= min(done, ring->unseen);
	ring->early -= min(done, ring->early);
	ring->moved |= done;
	dw_edma_ring_complete(chan, done);

	return 0;
}

/**
 * dw_edma_ring_start_over() - make an empty list and set up the registers for it
 * @chan:	the channel
 *
 * Context: Any, with vc.lock held.
 * Return: false if something is pending, or the engine has not stopped yet.
 */
bool dw_edma_ring_start_over(struct dw_edma_chan *chan)
{
	struct dw_edma_ring *ring = &chan->ring;

	lockdep_assert_held(&chan->vc.lock);

	if (ring->pending || dw_edma_core_ch_status(chan) == DMA_IN_PROGRESS)
		return false;

	chan->dw->core->ring_reset(chan);
	dw_edma_core_ch_enable(chan);

	ring->head = 0;
	ring->tail = 0;
	ring->cycle = true;
	ring->ready = true;

	return true;
}

/*
 * Bodies of elements, as many as there is room for. Sets @irq_at to the one that
 * ends the last descriptor of which the client wants to hear.
 */
static u32 dw_edma_ring_write_bodies(struct dw_edma_chan *chan, u32 *irq_at)
{
	struct dw_edma_ring *ring = &chan->ring;
	u32 room = dw_edma_ring_room(ring);
	struct dw_edma_desc *desc;
	u32 slot = ring->head;
	u32 count = 0;

	while (ring->next && count < room) {
		desc = vd2dw_edma_desc(ring->next);
		chan->dw->core->ring_body(chan, slot,
					  &desc->burst[desc->start_burst++]);
		slot = (slot + 1) % ring->size;
		count++;
		if (desc->start_burst < desc->nburst)
			continue;

		if (desc->vd.tx.flags & DMA_PREP_INTERRUPT)
			*irq_at = count - 1;
		if (list_is_last(&desc->vd.node, &chan->vc.desc_issued))
			ring->next = NULL;
		else
			ring->next = list_next_entry(ring->next, node);
	}

	return count;
}

/* The last one first: the engine sees all of them or none. */
static void dw_edma_ring_write_words(struct dw_edma_chan *chan, u32 count,
				     u32 irq_at)
{
	const struct dw_edma_core_ops *core = chan->dw->core;
	struct dw_edma_ring *ring = &chan->ring;
	bool cycle;
	u32 slot;

	while (count--) {
		slot = ring->head + count;
		cycle = ring->cycle;
		if (slot >= ring->size) {
			slot -= ring->size;
			cycle = !cycle;
		}
		if (slot == ring->size - 1)
			core->ring_word(chan, ring->size, cycle, false);
		core->ring_word(chan, slot, cycle, count == irq_at);
	}
}

/**
 * dw_edma_ring_append() - append what was issued, as far as there is room
 * @chan:	the channel
 *
 * The engine may be running, and may begin with it at once.
 *
 * Context: Any, with vc.lock held.
 * Return: number of elements.
 */
u32 dw_edma_ring_append(struct dw_edma_chan *chan)
{
	struct dw_edma_ring *ring = &chan->ring;
	u32 irq_at = U32_MAX;
	u32 count;

	lockdep_assert_held(&chan->vc.lock);

	count = dw_edma_ring_write_bodies(chan, &irq_at);
	if (!count)
		return 0;

	/*
	 * Hear of the room for the rest, unless an interrupt comes anyway: early
	 * enough that the engine goes on meanwhile.
	 */
	if (ring->next && irq_at == U32_MAX && !ring->irq_after &&
	    !dw_edma_core_ch_ignore_irq(chan))
		irq_at = count - 1 - min(count - 1, ring->size / 2);

	if (!ring->unseen)
		ring->early = ring->irq_after;
	ring->unseen = ring->pending + 1;
	if (irq_at != U32_MAX)
		ring->irq_after = ring->pending + irq_at + 1;

	/* Bodies before control words, also on their way to another machine */
	wmb();
	dw_edma_ring_write_words(chan, count, irq_at);

	ring->head += count;
	if (ring->head >= ring->size) {
		ring->head -= ring->size;
		ring->cycle = !ring->cycle;
	}
	ring->pending += count;

	return count;
}

/**
 * dw_edma_ring_invalidate() - take back what is pending
 * @chan:	the channel
 *
 * The engine stops when it comes to one of these elements, unless it has read it
 * before. What was written has arrived when this returns.
 *
 * Context: Any, with vc.lock held.
 */
void dw_edma_ring_invalidate(struct dw_edma_chan *chan)
{
	const struct dw_edma_core_ops *core = chan->dw->core;
	struct dw_edma_ring *ring = &chan->ring;
	u32 slot = ring->head, i;
	bool cycle = ring->cycle;

	lockdep_assert_held(&chan->vc.lock);

	for (i = 0; i < ring->pending; i++) {
		if (!slot) {
			slot = ring->size;
			cycle = !cycle;
		}
		core->ring_word(chan, --slot, !cycle, false);
	}

	core->ring_flush(chan);
}

/**
 * dw_edma_ring_drop() - nothing in the list is to be done any more
 * @chan:	the channel, whose engine has stopped
 *
 * Context: Any, with vc.lock held.
 */
void dw_edma_ring_drop(struct dw_edma_chan *chan)
{
	struct dw_edma_ring *ring = &chan->ring;

	lockdep_assert_held(&chan->vc.lock);

	ring->next = vchan_next_desc(&chan->vc);
	ring->pending = 0;
	ring->irq_after = 0;
	ring->unseen = 0;
	ring->early = 0;
	ring->ready = false;
}

/**
 * dw_edma_ring_init() - prepare a channel's list to be appended to
 * @chan:	the channel, with its list
 *
 * Does nothing if the register map has no rings. Only the low half of the linked
 * list pointer is compared.
 *
 * Return: 0, or -EINVAL if the list is too small or crosses a 4 GB boundary.
 */
int dw_edma_ring_init(struct dw_edma_chan *chan)
{
	struct dw_edma_region *ll = &chan->ll_region;

	if (!chan->dw->core->ring_body)
		return 0;

	/* Two elements, one of which stays free, and the link */
	if (ll->sz < 3 * EDMA_LL_SZ ||
	    upper_32_bits(ll->paddr) != upper_32_bits(ll->paddr + ll->sz - 1)) {
		dev_err(chan->dw->chip->dev,
			"channel %u: linked list of %zu bytes at %#llx is too small or crosses 4 GB\n",
			chan->id, ll->sz, ll->paddr);
		return -EINVAL;
	}

	chan->ring.size = chan->ll_max;

	return 0;
}
