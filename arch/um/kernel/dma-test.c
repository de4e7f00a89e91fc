// SPDX-License-Identifier: GPL-2.0
/*
 * DMA test layer: a bus address of its own for each DMA mapping
 *
 * Normally a bus address of a device that is implemented by another process is
 * the physical address (dma-direct), and that process can access all of the
 * memory all the time. It cannot tell if a driver gave it the wrong kind of
 * address, forgot to map something, mapped it for the wrong direction or still
 * uses what it has unmapped. What works like this can fail badly on hardware
 * with an IOMMU, or with memory that is not at the same place for the device.
 *
 * With um_dma.base= on the command line all devices get bus addresses from a
 * range that is neither physical memory nor I/O memory, through a page table
 * in the memory of the machine, which those who implement devices read (see
 * asm/dma-test.h for how to find it). Each mapping gets pages of its own, even
 * of memory that is mapped already, aligned to its size rounded up to a power
 * of two. Those of an unmapped one are used again as late as possible, so that
 * a device that still uses it runs into an empty entry. An entry names the PCI
 * function that it is for, as an IOMMU's page table does. A table in memory that
 * is shared anyway does not cost a message for map or unmap.
 *
 * The virtqueues of virtio_uml.c are not affected: they do not use the DMA API.
 */
#define pr_fmt(fmt) "um_dma: " fmt

#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/dma-map-ops.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/pci.h>
#include <linux/pfn.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <asm/dma-test.h>
#include <as-layout.h>
#include <init.h>

#include "um_arch.h"

#define UM_DMA_SIZE	((u64)UM_DMA_NR_ENTRIES << PAGE_SHIFT)

/* the PCI I/O memory and the configuration space right below it, virt-pci.c */
#define UM_DMA_LIMIT	0xe0000000ULL

const struct dma_map_ops *um_dma_test_ops __ro_after_init;
EXPORT_SYMBOL_GPL(um_dma_test_ops);

static char *um_dma_base_arg __initdata;
static dma_addr_t um_dma_base __ro_after_init;
static __le64 *um_dma_table __ro_after_init;

/* protects um_dma_used and um_dma_next; an entry belongs to who maps it */
static DEFINE_RAW_SPINLOCK(um_dma_lock);
static DECLARE_BITMAP(um_dma_used, UM_DMA_NR_ENTRIES);
static unsigned long um_dma_next;

static unsigned long um_dma_nr_pages(phys_addr_t addr, size_t size)
{
	return PFN_UP(offset_in_page(addr) + size);
}

static u64 um_dma_flags(enum dma_data_direction dir)
{
	switch (dir) {
	case DMA_TO_DEVICE:
		return UM_DMA_ENTRY_READ;
	case DMA_FROM_DEVICE:
		return UM_DMA_ENTRY_WRITE;
	default:
		return UM_DMA_ENTRY_READ | UM_DMA_ENTRY_WRITE;
	}
}

static u64 um_dma_owner(struct device *dev)
{
	if (!dev_is_pci(dev))
		return 0;

	return UM_DMA_ENTRY_PCI |
	       FIELD_PREP(UM_DMA_ENTRY_DEVFN, to_pci_dev(dev)->devfn);
}

static bool um_dma_is_shared(phys_addr_t phys, size_t size)
{
	/* the kernel image is not in the file that others map */
	return phys >= __pa(uml_reserved) && phys < physmem_size &&
	       size <= physmem_size - phys;
}

/* allocate @nr entries below @max, returns @max or more if there are none */
static unsigned long um_dma_alloc_entries(unsigned long nr, unsigned long max)
{
	unsigned long align_mask = roundup_pow_of_two(nr) - 1;
	unsigned long idx;

	guard(raw_spinlock_irqsave)(&um_dma_lock);

	idx = bitmap_find_next_zero_area(um_dma_used, max, um_dma_next, nr,
					 align_mask);
	if (idx >= max)
		idx = bitmap_find_next_zero_area(um_dma_used, max, 0, nr,
						 align_mask);
	if (idx < max) {
		bitmap_set(um_dma_used, idx, nr);
		um_dma_next = idx + nr;
	}

	return idx;
}

static dma_addr_t um_dma_map(struct device *dev, phys_addr_t phys, size_t size,
			     enum dma_data_direction dir, u64 mask)
{
	unsigned long nr = um_dma_nr_pages(phys, size);
	u64 entry = PFN_PHYS(PHYS_PFN(phys)) | um_dma_flags(dir) |
		    um_dma_owner(dev);
	u64 limit = min_not_zero(mask, dev->bus_dma_limit);
	unsigned long max = 0, idx, i;

	if (limit >= um_dma_base)
		max = min_t(u64, UM_DMA_NR_ENTRIES,
			    PHYS_PFN(limit - um_dma_base + 1));
	if (size && size <= UM_DMA_SIZE)
		idx = um_dma_alloc_entries(nr, max);
	else
		idx = max;

	if (idx >= max) {
		dev_err_ratelimited(dev,
				    "no bus addresses for a DMA mapping of %zu bytes, mask 0x%llx\n",
				    size, limit);
		return DMA_MAPPING_ERROR;
	}

	for (i = 0; i < nr; i++)
		WRITE_ONCE(um_dma_table[idx + i],
			   cpu_to_le64(entry + PFN_PHYS(i)));

	/* before the driver tells the device about it */
	wmb();

	return um_dma_base + PFN_PHYS(idx) + offset_in_page(phys);
}

static void um_dma_unmap(struct device *dev, dma_addr_t addr, size_t size)
{
	unsigned long nr = um_dma_nr_pages(addr, size);
	unsigned long idx = PHYS_PFN(addr - um_dma_base);
	unsigned long i;

	if (addr < um_dma_base || idx >= UM_DMA_NR_ENTRIES ||
	    nr > UM_DMA_NR_ENTRIES - idx) {
		dev_WARN(dev, "DMA unmap of %zu bytes at %pad, which is no bus address\n",
			 size, &addr);
		return;
	}

	guard(raw_spinlock_irqsave)(&um_dma_lock);

	if (find_next_zero_bit(um_dma_used, idx + nr, idx) < idx + nr) {
		dev_WARN(dev, "DMA unmap of %zu bytes at %pad, which is not mapped\n",
			 size, &addr);
		return;
	}

	for (i = 0; i < nr; i++)
		WRITE_ONCE(um_dma_table[idx + i], 0);

	/* before the driver does something else with the memory */
	wmb();

	bitmap_clear(um_dma_used, idx, nr);
}

static dma_addr_t um_dma_map_phys(struct device *dev, phys_addr_t phys,
				  size_t size, enum dma_data_direction dir,
				  unsigned long attrs)
{
	if (!(attrs & DMA_ATTR_MMIO) && !um_dma_is_shared(phys, size)) {
		dev_err_ratelimited(dev,
				    "DMA mapping of %zu bytes at %pa, which no device can reach\n",
				    size, &phys);
		return DMA_MAPPING_ERROR;
	}

	return um_dma_map(dev, phys, size, dir, dma_get_mask(dev));
}

static void um_dma_unmap_phys(struct device *dev, dma_addr_t addr, size_t size,
			      enum dma_data_direction dir, unsigned long attrs)
{
	um_dma_unmap(dev, addr, size);
}

static void um_dma_unmap_sg(struct device *dev, struct scatterlist *sgl,
			    int nents, enum dma_data_direction dir,
			    unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i)
		um_dma_unmap(dev, sg_dma_address(sg), sg_dma_len(sg));
}

static int um_dma_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
			 enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	dma_addr_t addr;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		addr = um_dma_map_phys(dev, sg_phys(sg), sg->length, dir,
				       attrs);
		if (addr == DMA_MAPPING_ERROR) {
			um_dma_unmap_sg(dev, sgl, i, dir, attrs);
			return -ENOMEM;
		}

		sg_dma_address(sg) = addr;
		sg_dma_len(sg) = sg->length;
	}

	return nents;
}

static void *um_dma_alloc(struct device *dev, size_t size,
			  dma_addr_t *dma_handle, gfp_t gfp,
			  unsigned long attrs)
{
	void *vaddr;

	size = PAGE_ALIGN(size);
	vaddr = alloc_pages_exact(size, gfp | __GFP_ZERO);
	if (!vaddr)
		return NULL;

	*dma_handle = um_dma_map(dev, __pa(vaddr), size, DMA_BIDIRECTIONAL,
				 dev->coherent_dma_mask);
	if (*dma_handle == DMA_MAPPING_ERROR) {
		free_pages_exact(vaddr, size);
		return NULL;
	}

	return vaddr;
}

static void um_dma_free(struct device *dev, size_t size, void *vaddr,
			dma_addr_t dma_handle, unsigned long attrs)
{
	size = PAGE_ALIGN(size);
	um_dma_unmap(dev, dma_handle, size);
	free_pages_exact(vaddr, size);
}

static int um_dma_supported(struct device *dev, u64 mask)
{
	return mask >= um_dma_base + UM_DMA_SIZE - 1;
}

static u64 um_dma_get_required_mask(struct device *dev)
{
	return DMA_BIT_MASK(fls64(um_dma_base + UM_DMA_SIZE - 1));
}

static size_t um_dma_max_mapping_size(struct device *dev)
{
	return UM_DMA_SIZE;
}

static const struct dma_map_ops um_dma_ops = {
	.alloc			= um_dma_alloc,
	.free			= um_dma_free,
	.alloc_pages_op		= dma_common_alloc_pages,
	.free_pages		= dma_common_free_pages,
	.mmap			= dma_common_mmap,
	.get_sgtable		= dma_common_get_sgtable,
	.map_phys		= um_dma_map_phys,
	.unmap_phys		= um_dma_unmap_phys,
	.map_sg			= um_dma_map_sg,
	.unmap_sg		= um_dma_unmap_sg,
	.dma_supported		= um_dma_supported,
	.get_required_mask	= um_dma_get_required_mask,
	.max_mapping_size	= um_dma_max_mapping_size,
};

/**
 * uml_dma_test_init() - switch on the DMA test layer if it is asked for
 *
 * The page that tells where the table is has to be the last one of the memory,
 * so this must come before anything is allocated.
 */
void __init uml_dma_test_init(void)
{
	struct um_dma_root *root;
	u64 base;

	if (!um_dma_base_arg)
		return;

	if (kstrtoull(um_dma_base_arg, 0, &base) ||
	    !IS_ALIGNED(base, UM_DMA_SIZE) ||
	    base < physmem_size || base >= UM_DMA_LIMIT) {
		pr_err("um_dma.base=%s is no multiple of 0x%llx between the end of memory and 0x%llx, not used\n",
		       um_dma_base_arg, UM_DMA_SIZE, UM_DMA_LIMIT);
		return;
	}

	memblock_reserve(physmem_size - PAGE_SIZE, PAGE_SIZE);
	um_dma_table = memblock_alloc_or_panic(UM_DMA_NR_ENTRIES *
					       sizeof(*um_dma_table),
					       PAGE_SIZE);
	um_dma_base = base;

	root = __va(physmem_size - PAGE_SIZE);
	root->version = cpu_to_le32(UM_DMA_VERSION);
	root->page_shift = cpu_to_le32(PAGE_SHIFT);
	root->bus_base = cpu_to_le64(base);
	root->nr_entries = cpu_to_le64(UM_DMA_NR_ENTRIES);
	root->table = cpu_to_le64(__pa(um_dma_table));
	/* whoever sees the magic number sees the rest */
	wmb();
	WRITE_ONCE(root->magic, cpu_to_le64(UM_DMA_MAGIC));

	um_dma_test_ops = &um_dma_ops;
	pr_info("bus addresses for DMA are 0x%llx to 0x%llx\n", base,
		base + UM_DMA_SIZE - 1);
}

static int __init um_dma_setup(char *line, int *add)
{
	um_dma_base_arg = line;
	return 0;
}

__uml_setup("um_dma.base=", um_dma_setup,
	    "um_dma.base=<bus address>\n"
	    "    Give each DMA mapping a bus address of its own in the 256 MiB from\n"
	    "    this address, to test drivers with device models that know about it.\n\n"
);
