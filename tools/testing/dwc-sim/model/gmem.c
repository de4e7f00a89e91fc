// SPDX-License-Identifier: GPL-2.0
/* Guest memory and the test-only DMA page table: see gmem.h. */
#include "gmem.h"

/**
 * gmem_ptr() - translate guest physical memory
 * @m:		the machine
 * @gpa:	guest physical address
 * @len:	bytes, the whole range is checked
 *
 * Return: where the range is in this process, or NULL if any byte is not memory.
 */
void *gmem_ptr(const struct gmem *m, uint64_t gpa, size_t len)
{
	uint64_t off = gpa - m->gpa;

	if (!m->base || gpa < m->gpa || off > m->size || len > m->size - off)
		return NULL;
	return m->base + off;
}

/* Copies the root; the guest may write it any time, so nothing is read twice. */
static bool dma_root(const struct gmem *m, struct um_dma_root *root)
{
	const uint8_t *p;

	if (m->size < UM_DMA_PAGE_SIZE)
		return false;
	p = gmem_ptr(m, m->gpa + m->size - UM_DMA_PAGE_SIZE, sizeof(*root));
	if (!p)
		return false;

	root->magic = get_le(p, 8);
	root->version = get_le(p + 8, 8);
	root->bus_base = get_le(p + 16, 8);
	root->nr_entries = get_le(p + 24, 8);
	root->table = get_le(p + 32, 8);

	return root->magic == UM_DMA_MAGIC &&
	       root->version == (UM_DMA_VERSION | (uint64_t)UM_DMA_PAGE_SHIFT << 32);
}

/**
 * gmem_has_dma_table() - does this machine run the test-only DMA layer?
 * @m:	the machine
 */
bool gmem_has_dma_table(const struct gmem *m)
{
	struct um_dma_root root;

	return dma_root(m, &root);
}

static struct bus_span span_none(size_t len, const char *why)
{
	return (struct bus_span){ .kind = BUS_NONE, .slot = NO_SLOT, .len = len, .why = why };
}

static struct bus_span span_phys(const struct gmem *m, uint64_t gpa, size_t len)
{
	struct bus_span s = { .slot = NO_SLOT, .len = len };
	uint64_t off = gpa - m->mmio_gpa;

	if (gpa >= m->mmio_gpa && off < m->mmio_size) {
		s.kind = BUS_MMIO;
		s.mmio = off;
		s.len = min_t(uint64_t, len, m->mmio_size - off);
		return s;
	}

	s.ptr = gmem_ptr(m, gpa, len);
	if (!s.ptr)
		return span_none(len, "no memory at this guest physical address");
	s.kind = BUS_RAM;
	return s;
}

/**
 * gmem_bus() - what a bus (DMA) address means on one machine
 * @m:		the machine
 * @bus:	bus address
 * @len:	bytes wanted, not 0
 * @write:	direction, seen from the device
 *
 * The answer covers at least one byte and never crosses a page of the table;
 * call again for the rest. For %BUS_NONE it covers the rest of the page, too.
 */
struct bus_span gmem_bus(const struct gmem *m, uint64_t bus, size_t len, bool write)
{
	uint64_t in_page = bus & (UM_DMA_PAGE_SIZE - 1);
	struct um_dma_root root;
	struct bus_span s;
	uint64_t idx, entry;
	const void *p;

	len = min_t(uint64_t, len, UM_DMA_PAGE_SIZE - in_page);

	if (!m->base)
		return span_none(len, "machine is off");
	if (!dma_root(m, &root))
		return span_phys(m, bus, len);

	if (bus < root.bus_base)
		return span_none(len, "not a bus address (below the range)");
	idx = (bus - root.bus_base) >> UM_DMA_PAGE_SHIFT;
	if (idx >= root.nr_entries)
		return span_none(len, "not a bus address (above the range)");

	if (idx > UINT64_MAX / 8 || root.table > UINT64_MAX - idx * 8)
		return span_none(len, "DMA table is outside memory");
	p = gmem_ptr(m, root.table + idx * 8, 8);
	if (!p)
		return span_none(len, "DMA table is outside memory");

	/* One aligned load: the guest may clear the entry at any time. */
	if ((uintptr_t)p % 8)
		return span_none(len, "DMA table is not aligned");
	entry = __atomic_load_n((const uint64_t *)p, __ATOMIC_ACQUIRE);
	if (!(entry & (UM_DMA_READ | UM_DMA_WRITE)))
		return span_none(len, "not mapped");
	if (!(entry & (write ? UM_DMA_WRITE : UM_DMA_READ)))
		return span_none(len, write ? "mapped for reading only" : "mapped for writing only");

	s = span_phys(m, (entry & ~(uint64_t)(UM_DMA_PAGE_SIZE - 1)) + in_page, len);
	if (entry & UM_DMA_PCI)
		s.slot = UM_DMA_SLOT(entry);
	return s;
}
