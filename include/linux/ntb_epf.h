/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control region through which the host driver of an endpoint function NTB
 * (ntb_hw_epf) and the endpoint function (pci-epf-vntb) communicate: its layout,
 * and the meaning of the values.
 */

#ifndef _LINUX_NTB_EPF_H_
#define _LINUX_NTB_EPF_H_

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/**
 * DOC: Control region
 *
 * The region is memory of the endpoint. The host sees it at the start of a BAR
 * and reads and writes it across the link, the endpoint as ordinary memory.
 * All values are little endian. The scratchpads follow at @spad_offset, in the
 * same BAR.
 *
 * There are two layouts. The legacy one ends after db_offset[]; its word 0x0c
 * was reserved for a topology and is zero in all of them. In version 1 that
 * word is the version, everything up to db_offset[] is as before, and more
 * follows. An endpoint fills the region in before a host can see it. A host
 * accepts the versions it knows and refuses others; one that knows no versions
 * finds everything it needs in the legacy part. A host that knows version 1
 * writes this to @host_version, and the endpoint reads it on the first
 * command, NTB_EPF_CMD_CONFIGURE_DOORBELL.
 *
 * The host may write anywhere in the region. So the endpoint keeps a copy of
 * its own of all that it published, and never reads that back.
 *
 * A command: the host writes @argument, where needed @addr and @size, in
 * version 1 @cmd_seq with a number that differs from the last one, and then
 * @command. The endpoint clears @command, executes the command, writes
 * @cmd_status, and then copies the number to @cmd_seq_done. In version 1 the
 * answer is valid when @cmd_seq_done is the number of the command; in the
 * legacy layout when @cmd_status is not zero, which the host has to clear
 * before the next command. Every command is answered, those that the endpoint
 * does not know with NTB_EPF_STATUS_ERROR. A host waits one second. In version
 * 1 an endpoint that still ends an earlier session answers
 * NTB_EPF_STATUS_BUSY at once, and the host repeats the command.
 *
 * A doorbell: with NTB_EPF_FEATURE_DB_PENDING the host writes 1 to
 * db_pending[slot] and then db_data[slot] to the doorbell BAR, at
 * db_entry_size * slot + db_offset[slot]. Doorbells may share an interrupt
 * there, even with other sources, so the endpoint looks for the words that are
 * set and clears them. Without the feature it is the second write alone.
 */

#define NTB_EPF_VERSION_LEGACY	0
#define NTB_EPF_VERSION		1

/* An entry each for memory windows and doorbells, used or not */
#define NTB_EPF_MAX_MWS		4
#define NTB_EPF_MAX_DBS		32

/**
 * struct ntb_epf_ctrl - The control region
 * @command:	  enum ntb_epf_command, written by the host
 * @argument:	  of the command; an index of a memory window, or the number of
 *		  vectors and NTB_EPF_MSIX_ENABLE
 * @cmd_status:	  enum ntb_epf_status, written by the endpoint
 * @link_status:  NTB_EPF_LINK_UP, NTB_EPF_LINK_DISABLED or 0
 * @version:	  version of the layout
 * @addr:	  argument of NTB_EPF_CMD_CONFIGURE_MW: the host's memory, as a
 *		  PCI address
 * @size:	  argument of NTB_EPF_CMD_CONFIGURE_MW: the size of that memory
 * @num_mws:	  number of memory windows, up to NTB_EPF_MAX_MWS
 * @mw1_offset:	  where the first memory window starts in its BAR
 * @spad_offset:  where the scratchpads start in this BAR: those that the host
 *		  reads as its own, and behind them the endpoint's
 * @spad_count:	  number of scratchpads of one side, four bytes each
 * @db_entry_size: distance of two doorbells in the doorbell BAR
 * @db_data:	  what to write to the doorbell of a slot
 * @db_offset:	  where to write it, see above
 * @mw_offset:	  version 1: where each memory window starts in its BAR
 * @mw_size:	  version 1: the size of each memory window
 * @db_count:	  version 1: number of doorbell slots in use
 * @msi_vectors:  version 1: number of MSI vectors the endpoint can raise; those
 *		  from @db_count on are never used for doorbells
 * @features:	  version 1: NTB_EPF_FEATURE_*
 * @epoch:	  version 1: differs each time the endpoint sets the region up;
 *		  neither 0 nor all ones
 * @host_version: version 1: the version that the host uses, written by it
 * @cmd_seq:	  version 1: number of the command, written by the host; not all
 *		  ones
 * @cmd_seq_done: version 1: number of the command that was answered last
 * @db_pending:	  version 1: not zero for a slot whose doorbell was rung, set by
 *		  the host and cleared by the endpoint
 * @host_epoch:	  version 1: differs each time the host's driver is loaded,
 *		  written by it
 * @mw_bars:	  version 1: the BAR of each memory window, a byte each, the first
 *		  one in the lowest
 * @mw_align:	  version 1: alignment in bytes of the host's memory behind a
 *		  memory window, a power of two
 * @db_bar:	  version 1: the BAR of the doorbells
 * @reserved:	  version 1: zero
 */
struct ntb_epf_ctrl {
	__le32	command;
	__le32	argument;
	__le16	cmd_status;
	__le16	link_status;
	__le32	version;
	__le64	addr;
	__le64	size;
	__le32	num_mws;
	__le32	mw1_offset;
	__le32	spad_offset;
	__le32	spad_count;
	__le32	db_entry_size;
	__le32	db_data[NTB_EPF_MAX_DBS];
	__le32	db_offset[NTB_EPF_MAX_DBS];
	/* Here ends the legacy layout. */
	__le32	mw_offset[NTB_EPF_MAX_MWS];
	__le32	mw_size[NTB_EPF_MAX_MWS];
	__le32	db_count;
	__le32	msi_vectors;
	__le32	features;
	__le32	epoch;
	__le32	host_version;
	__le32	cmd_seq;
	__le32	cmd_seq_done;
	__le32	db_pending[NTB_EPF_MAX_DBS];
	__le32	host_epoch;
	__le32	mw_bars;
	__le32	mw_align;
	__le32	db_bar;
	__le32	reserved[8];
};

#define NTB_EPF_LEGACY_SIZE	offsetofend(struct ntb_epf_ctrl, db_offset)

static_assert(offsetof(struct ntb_epf_ctrl, command) == 0x0);
static_assert(offsetof(struct ntb_epf_ctrl, argument) == 0x4);
static_assert(offsetof(struct ntb_epf_ctrl, cmd_status) == 0x8);
static_assert(offsetof(struct ntb_epf_ctrl, link_status) == 0xa);
static_assert(offsetof(struct ntb_epf_ctrl, version) == 0xc);
static_assert(offsetof(struct ntb_epf_ctrl, addr) == 0x10);
static_assert(offsetof(struct ntb_epf_ctrl, size) == 0x18);
static_assert(offsetof(struct ntb_epf_ctrl, num_mws) == 0x20);
static_assert(offsetof(struct ntb_epf_ctrl, mw1_offset) == 0x24);
static_assert(offsetof(struct ntb_epf_ctrl, spad_offset) == 0x28);
static_assert(offsetof(struct ntb_epf_ctrl, spad_count) == 0x2c);
static_assert(offsetof(struct ntb_epf_ctrl, db_entry_size) == 0x30);
static_assert(offsetof(struct ntb_epf_ctrl, db_data) == 0x34);
static_assert(offsetof(struct ntb_epf_ctrl, db_offset) == 0xb4);
static_assert(NTB_EPF_LEGACY_SIZE == 0x134);
static_assert(offsetof(struct ntb_epf_ctrl, mw_offset) == 0x134);
static_assert(offsetof(struct ntb_epf_ctrl, mw_size) == 0x144);
static_assert(offsetof(struct ntb_epf_ctrl, db_count) == 0x154);
static_assert(offsetof(struct ntb_epf_ctrl, msi_vectors) == 0x158);
static_assert(offsetof(struct ntb_epf_ctrl, features) == 0x15c);
static_assert(offsetof(struct ntb_epf_ctrl, epoch) == 0x160);
static_assert(offsetof(struct ntb_epf_ctrl, host_version) == 0x164);
static_assert(offsetof(struct ntb_epf_ctrl, cmd_seq) == 0x168);
static_assert(offsetof(struct ntb_epf_ctrl, cmd_seq_done) == 0x16c);
static_assert(offsetof(struct ntb_epf_ctrl, db_pending) == 0x170);
static_assert(offsetof(struct ntb_epf_ctrl, host_epoch) == 0x1f0);
static_assert(offsetof(struct ntb_epf_ctrl, mw_bars) == 0x1f4);
static_assert(offsetof(struct ntb_epf_ctrl, mw_align) == 0x1f8);
static_assert(offsetof(struct ntb_epf_ctrl, db_bar) == 0x1fc);
static_assert(offsetof(struct ntb_epf_ctrl, reserved) == 0x200);
static_assert(sizeof(struct ntb_epf_ctrl) == 0x220);

/**
 * enum ntb_epf_command - What the host asks the endpoint to do
 * @NTB_EPF_CMD_CONFIGURE_DOORBELL: first command of a host; the argument is the
 *				    number of vectors that it can be interrupted
 *				    with
 * @NTB_EPF_CMD_TEARDOWN_DOORBELL: last command of a host: no more interrupts
 * @NTB_EPF_CMD_CONFIGURE_MW: let the endpoint reach the host's memory at addr
 *			      and size through memory window number argument
 * @NTB_EPF_CMD_TEARDOWN_MW: do not reach it any more
 * @NTB_EPF_CMD_LINK_UP: enable the link
 * @NTB_EPF_CMD_LINK_DOWN: disable the link
 */
enum ntb_epf_command {
	NTB_EPF_CMD_CONFIGURE_DOORBELL	= 1,
	NTB_EPF_CMD_TEARDOWN_DOORBELL	= 2,
	NTB_EPF_CMD_CONFIGURE_MW	= 3,
	NTB_EPF_CMD_TEARDOWN_MW		= 4,
	NTB_EPF_CMD_LINK_UP		= 5,
	NTB_EPF_CMD_LINK_DOWN		= 6,
};

/* Argument of the doorbell commands: number of vectors, and of what kind */
#define NTB_EPF_IRQ_COUNT_MASK	GENMASK(15, 0)
#define NTB_EPF_MSIX_ENABLE	BIT(16)

/**
 * enum ntb_epf_status - The endpoint's answer to a command
 * @NTB_EPF_STATUS_NONE: there is none yet
 * @NTB_EPF_STATUS_OK: done
 * @NTB_EPF_STATUS_ERROR: refused or failed; nothing was done
 * @NTB_EPF_STATUS_BUSY: version 1: nothing was done yet; repeat the command
 */
enum ntb_epf_status {
	NTB_EPF_STATUS_NONE	= 0,
	NTB_EPF_STATUS_OK	= 1,
	NTB_EPF_STATUS_ERROR	= 2,
	NTB_EPF_STATUS_BUSY	= 3,
};

#define NTB_EPF_LINK_UP		BIT(0)
/* The endpoint's client has disabled the link */
#define NTB_EPF_LINK_DISABLED	BIT(1)

/* Of mw_bars */
#define NTB_EPF_MW_BAR(_bars, _idx)	((_bars) >> (8 * (_idx)) & 0xff)

/* The endpoint has a DMA controller that it can delegate, see ntb_dma_role() */
#define NTB_EPF_FEATURE_DMA		BIT(0)
/* Doorbells have a pending word */
#define NTB_EPF_FEATURE_DB_PENDING	BIT(1)

/**
 * enum ntb_epf_slot - What the doorbells and the interrupts are for
 * @NTB_EPF_SLOT_LINK: link events
 * @NTB_EPF_SLOT_RESERVED: unused; left out by an early version, and kept so
 * @NTB_EPF_SLOT_DB: bit 0 of the doorbell, the other bits follow
 *
 * An interrupt of the endpoint to the host with slot n is MSI number n + 1 in
 * the counting of pci_epc_raise_irq().
 */
enum ntb_epf_slot {
	NTB_EPF_SLOT_LINK,
	NTB_EPF_SLOT_RESERVED,
	NTB_EPF_SLOT_DB,
};

#endif /* _LINUX_NTB_EPF_H_ */
