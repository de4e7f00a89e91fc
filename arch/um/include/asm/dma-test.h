/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page table of the DMA test layer (CONFIG_UML_DMA_TEST), as the processes
 * that implement devices find it in the memory of the machine.
 */
#ifndef __ASM_UM_DMA_TEST_H
#define __ASM_UM_DMA_TEST_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#define UM_DMA_MAGIC		0x414d442d4d555431ULL
#define UM_DMA_VERSION		2
#define UM_DMA_NR_ENTRIES	65536

/**
 * struct um_dma_root - where to find the page table
 * @magic: %UM_DMA_MAGIC, written last
 * @version: %UM_DMA_VERSION
 * @page_shift: log2 of the size of a page
 * @bus_base: bus address that the first entry of the table is for
 * @nr_entries: number of entries of the table, one for each page
 * @table: physical address of the table
 *
 * This is at the beginning of the last page of physical memory.
 *
 * An entry is a little endian 64 bit physical address of a page, of RAM or of
 * I/O memory, with the UM_DMA_ENTRY_* flags in the low bits, or 0 if nothing is
 * mapped. A device must look at the entry for each access: there is no
 * invalidation but the write of 0 to it. As with an IOMMU, what a PCI function
 * mapped is for requests with its requester ID only.
 */
struct um_dma_root {
	__le64 magic;
	__le32 version;
	__le32 page_shift;
	__le64 bus_base;
	__le64 nr_entries;
	__le64 table;
};

static_assert(sizeof(struct um_dma_root) == 40);

#define UM_DMA_ENTRY_READ	BIT_ULL(0)	/* the device may read */
#define UM_DMA_ENTRY_WRITE	BIT_ULL(1)	/* the device may write */
#define UM_DMA_ENTRY_PCI	BIT_ULL(2)	/* it is a PCI function: */
#define UM_DMA_ENTRY_DEVFN	GENMASK_ULL(11, 4)	/* ... this one of bus 0 */

#endif /* __ASM_UM_DMA_TEST_H */
