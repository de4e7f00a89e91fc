/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest memory, and the one function through which every guest address goes.
 *
 * The kernels run with a test-only DMA layer (CONFIG_UML_DMA_TEST): the last
 * page of guest memory holds a struct um_dma_root, which points to a flat page
 * table. A bus address is good only while its entry is present and allows the
 * direction. Without that page (no magic) bus addresses are guest physical.
 */
#ifndef DWC_SIM_GMEM_H
#define DWC_SIM_GMEM_H

#include "types.h"

#define UM_DMA_MAGIC		0x414d442d4d555431ull
#define UM_DMA_VERSION		2
#define UM_DMA_PAGE_SHIFT	12
#define UM_DMA_PAGE_SIZE	(1u << UM_DMA_PAGE_SHIFT)
#define UM_DMA_READ		BIT_ULL(0)
#define UM_DMA_WRITE		BIT_ULL(1)
#define UM_DMA_PCI		BIT_ULL(2)
#define UM_DMA_SLOT(entry)	((entry) >> 7 & 0x1f)	/* of the devfn in 11:4 */
#define UM_DMA_FOR_SLOT(slot)	(UM_DMA_PCI | (uint64_t)(slot) << 7)
#define NO_SLOT			(-1)

/* Little endian, at the start of the last page of guest memory. */
struct um_dma_root {
	uint64_t magic;
	uint64_t version;	/* 31:0 version, 63:32 page shift */
	uint64_t bus_base;
	uint64_t nr_entries;
	uint64_t table;
};

/**
 * struct gmem - the memory of one machine
 * @base:	where it is mapped in this process, NULL if it is not
 * @gpa:	guest physical address of the first byte
 * @size:	bytes
 * @mmio_gpa:	guest physical window that is registers, not memory
 * @mmio_size:	its size, 0 if this machine has none
 */
struct gmem {
	uint8_t *base;
	uint64_t gpa;
	uint64_t size;
	uint64_t mmio_gpa;
	uint64_t mmio_size;
};

enum bus_kind { BUS_NONE, BUS_RAM, BUS_MMIO };

/**
 * struct bus_span - what a bus address means
 * @kind:	nothing, memory or registers
 * @ptr:	the memory, if BUS_RAM
 * @mmio:	offset in the machine's register window, if BUS_MMIO
 * @slot:	PCI slot of the device that it is mapped for, NO_SLOT if it is any's
 * @len:	how many of the bytes asked for the answer holds for
 * @why:	if BUS_NONE, what is wrong (a literal)
 */
struct bus_span {
	enum bus_kind kind;
	uint8_t *ptr;
	uint64_t mmio;
	int slot;
	size_t len;
	const char *why;
};

void *gmem_ptr(const struct gmem *m, uint64_t gpa, size_t len);
struct bus_span gmem_bus(const struct gmem *m, uint64_t bus, size_t len, bool write);
bool gmem_has_dma_table(const struct gmem *m);

#endif
