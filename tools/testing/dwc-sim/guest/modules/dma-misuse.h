/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One mistake in a driver's use of the DMA API: a file that includes this and
 * then a driver's source is that driver, with its dma_map_single() broken in the
 * way that the module parameter `mistake` says.
 *
 *   unmapped	the buffer is unmapped before the device uses it
 *   physical	the device gets the CPU's physical address
 *   direction	mapped for the opposite direction
 *   none	the control: nothing is wrong
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/string.h>

static char *mistake = "none";
module_param(mistake, charp, 0444);

static bool mistaken(const char *what)
{
	return !strcmp(mistake, what);
}

static enum dma_data_direction misuse_dir(enum dma_data_direction dir)
{
	if (!mistaken("direction"))
		return dir;
	return dir == DMA_TO_DEVICE ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
}

static dma_addr_t misuse_map_single(struct device *dev, void *ptr, size_t size,
				    enum dma_data_direction dir)
{
	dma_addr_t addr;

	if (mistaken("physical"))
		return virt_to_phys(ptr);
	addr = dma_map_single_attrs(dev, ptr, size, misuse_dir(dir), 0);
	if (mistaken("unmapped") && !dma_mapping_error(dev, addr))
		dma_unmap_single_attrs(dev, addr, size, dir, 0);
	return addr;
}

static void misuse_unmap_single(struct device *dev, dma_addr_t addr, size_t size,
				enum dma_data_direction dir)
{
	if (!mistaken("physical") && !mistaken("unmapped"))
		dma_unmap_single_attrs(dev, addr, size, misuse_dir(dir), 0);
}

#undef dma_map_single
#undef dma_unmap_single
#define dma_map_single		misuse_map_single
#define dma_unmap_single	misuse_unmap_single
