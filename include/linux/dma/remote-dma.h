/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A DMA controller whose channels are delegated to the peer across a link.
 *
 * The owner of the controller maps the controller's registers and descriptor
 * memory into a memory window, and puts a struct remote_dma_info at the start of
 * that window. The user, its peer, reads that once, validates it, and creates a
 * struct remote_dma_device for the driver named in it. The layout of registers
 * and descriptors is known to that driver, and to the owner's driver of the
 * controller, only.
 */

#ifndef _LINUX_DMA_REMOTE_DMA_H
#define _LINUX_DMA_REMOTE_DMA_H

#include <linux/align.h>
#include <linux/auxiliary_bus.h>
#include <linux/build_bug.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/types.h>

#define REMOTE_DMA_MAGIC	0x414d4452	/* "RDMA" */
#define REMOTE_DMA_VERSION	1
#define REMOTE_DMA_NAME_LEN	16
#define REMOTE_DMA_NUM_PARAMS	4
#define REMOTE_DMA_MAX_CHANS	64
#define REMOTE_DMA_MAX_IRQS	8

/* Offsets, sizes and addresses of registers and descriptors */
#define REMOTE_DMA_ALIGN	8

/**
 * struct remote_dma_info - describes the controller, at offset 0 of the window
 * @magic:		%REMOTE_DMA_MAGIC; set before the window is mapped
 * @version:		%REMOTE_DMA_VERSION
 * @size:		of this struct, in bytes
 * @reserved0:		0
 * @driver:		name of the controller's driver: lower case letters,
 *			digits, '-' and '_', padded with at least one NUL
 * @regs_offset:	offset of the registers in the window, in bytes
 * @regs_size:		size of the registers, in bytes
 * @desc_offset:	offset of the descriptor memory in the window, in bytes
 * @desc_size:		size of the descriptor memory, in bytes
 * @desc_addr:		address of the descriptor memory for the controller
 * @num_chans:		number of delegated channels
 * @desc_per_chan:	bytes of descriptor memory per channel, in channel order
 * @params:		defined by the driver
 * @reserved:		0
 */
struct remote_dma_info {
	__le32	magic;
	__le32	version;
	__le32	size;
	__le32	reserved0;
	char	driver[REMOTE_DMA_NAME_LEN];
	__le32	regs_offset;
	__le32	regs_size;
	__le32	desc_offset;
	__le32	desc_size;
	__le64	desc_addr;
	__le32	num_chans;
	__le32	desc_per_chan;
	__le32	params[REMOTE_DMA_NUM_PARAMS];
	u8	reserved[48];
};

static_assert(sizeof(struct remote_dma_info) == 128);

/**
 * struct remote_dma_device - the user's device for the controller
 * @adev:		auxiliary device, named after the controller's driver
 * @regs:		the registers, mapped
 * @desc:		the descriptor memory, mapped
 * @regs_size:		size of the registers, in bytes
 * @desc_size:		size of the descriptor memory, in bytes
 * @desc_addr:		address of the descriptor memory for the controller
 * @num_chans:		number of delegated channels
 * @desc_per_chan:	bytes of descriptor memory per channel
 * @params:		from &struct remote_dma_info, in CPU order
 * @nr_irqs:		number of valid entries in @irqs
 * @irqs:		interrupts (MSI) for the controller to raise, not yet
 *			requested
 *
 * Created and freed by the user's link driver, whose mappings and interrupts
 * stay valid until auxiliary_device_delete() returns. Memory to transfer is
 * mapped for the PCI device that is the auxiliary device's parent, not for the
 * auxiliary device.
 */
struct remote_dma_device {
	struct auxiliary_device	adev;
	void __iomem		*regs;
	void __iomem		*desc;
	resource_size_t		regs_size;
	resource_size_t		desc_size;
	u64			desc_addr;
	unsigned int		num_chans;
	unsigned int		desc_per_chan;
	u32			params[REMOTE_DMA_NUM_PARAMS];
	unsigned int		nr_irqs;
	int			irqs[REMOTE_DMA_MAX_IRQS];
};

#define to_remote_dma_device(auxdev) \
	container_of(auxdev, struct remote_dma_device, adev)

static inline bool remote_dma_name_char_ok(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

/* The name becomes part of a device's name and of a module alias. */
static inline bool remote_dma_name_ok(const char *name)
{
	size_t len = strnlen(name, REMOTE_DMA_NAME_LEN);
	size_t i;

	if (!len || len == REMOTE_DMA_NAME_LEN)
		return false;

	for (i = 0; i < len; i++)
		if (!remote_dma_name_char_ok(name[i]))
			return false;

	return !memchr_inv(name + len, 0, REMOTE_DMA_NAME_LEN - len);
}

static inline bool remote_dma_range_ok(u64 offset, u64 size, u64 window_size)
{
	return size && IS_ALIGNED(offset | size, REMOTE_DMA_ALIGN) &&
	       offset >= sizeof(struct remote_dma_info) &&
	       offset <= window_size && size <= window_size - offset;
}

/**
 * remote_dma_info_check() - validate the description of a controller
 * @info:		a private copy, as the window can change at any time
 * @window_size:	size of the memory window, in bytes
 *
 * Validates everything that the link driver uses, without trust in the owner.
 * @params is left to the controller's driver. The registers, the descriptor
 * memory and @info itself must not overlap.
 *
 * Context: Any.
 * Return: 0, or
 * -ENODEV: the magic is wrong, as it is when the device is gone,
 * -EPROTONOSUPPORT: version or size differ from this version,
 * -EBADMSG: a reserved field is not 0,
 * -EINVAL: the driver's name is not valid,
 * -ERANGE: registers or descriptor memory are empty, misaligned, outside the
 * window, or overlap,
 * -EOVERFLOW: the descriptor memory is too small or its address is not valid,
 * -EDOM: no channels, or too many.
 */
static inline int remote_dma_info_check(const struct remote_dma_info *info,
					u64 window_size)
{
	u64 regs = le32_to_cpu(info->regs_offset);
	u64 regs_size = le32_to_cpu(info->regs_size);
	u64 desc = le32_to_cpu(info->desc_offset);
	u64 desc_size = le32_to_cpu(info->desc_size);
	u64 desc_addr = le64_to_cpu(info->desc_addr);
	u64 per_chan = le32_to_cpu(info->desc_per_chan);
	u32 num_chans = le32_to_cpu(info->num_chans);

	if (le32_to_cpu(info->magic) != REMOTE_DMA_MAGIC)
		return -ENODEV;
	if (le32_to_cpu(info->version) != REMOTE_DMA_VERSION ||
	    le32_to_cpu(info->size) != sizeof(*info))
		return -EPROTONOSUPPORT;
	if (info->reserved0 ||
	    memchr_inv(info->reserved, 0, sizeof(info->reserved)))
		return -EBADMSG;
	if (!remote_dma_name_ok(info->driver))
		return -EINVAL;
	if (!remote_dma_range_ok(regs, regs_size, window_size) ||
	    !remote_dma_range_ok(desc, desc_size, window_size) ||
	    (regs < desc + desc_size && desc < regs + regs_size))
		return -ERANGE;
	if (!num_chans || num_chans > REMOTE_DMA_MAX_CHANS)
		return -EDOM;
	if (!per_chan || !IS_ALIGNED(per_chan | desc_addr, REMOTE_DMA_ALIGN) ||
	    per_chan * num_chans > desc_size ||
	    desc_addr + desc_size - 1 < desc_addr)
		return -EOVERFLOW;

	return 0;
}

#endif /* _LINUX_DMA_REMOTE_DMA_H */
