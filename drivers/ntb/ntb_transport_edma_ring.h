/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Rings of the remote-eDMA transport: wire format, arithmetic and the checks of
 * everything that the peer writes. All of it takes plain values, so that it can
 * be tested without a device. Documentation/driver-api/ntb.rst has the picture
 * and explains the order of the writes.
 *
 * Each side has one block of memory that its peer writes and only it reads:
 *
 *   struct ntb_edma_block
 *   for each queue: struct ntb_edma_ctl, posts[entries], records[entries]
 *
 * A receiver posts its buffers to the posts[] in the sender's block; what became
 * of them is in the records[] in the receiver's block, where the sender's DMA
 * engine writes it. Slot n of the one answers slot n of the other. Indices are 32
 * bits and run freely; their writer sets them to 0 before it offers a generation
 * of the queue.
 */
#ifndef _NTB_TRANSPORT_EDMA_RING_H
#define _NTB_TRANSPORT_EDMA_RING_H

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <asm/page.h>

#define NTB_EDMA_MIN_ENTRIES	16u
#define NTB_EDMA_MAX_ENTRIES	4096u
#define NTB_EDMA_MAX_QPS	64u

#define NTB_EDMA_BLOCK_CHANS	8u
#define NTB_EDMA_BLOCK_IRQS	8u
#define NTB_EDMA_LANES		2u	/* channels that a queue sends by, at most */

/**
 * struct ntb_edma_block_irq - how the reader's engine interrupts the writer
 * @addr: address of the message, for all channels; a multiple of 4
 * @num: number of messages, 0 if the writer needs none; channel c of the reader
 *	sends number c modulo @num
 * @data: data of each, 16 bits; 0 behind the last one
 * @reserved: 0
 */
struct ntb_edma_block_irq {
	__le64 addr;
	__le32 num;
	__le32 data[NTB_EDMA_BLOCK_IRQS];
	__le32 reserved;
};

/**
 * struct ntb_edma_block - start of a side's block, written by its peer
 * @epoch: the writer's session; changes each time it starts over
 * @heartbeat: changes several times a second while the writer lives
 * @chans: number of the writer's channels, see ntb_edma_lane_chan()
 * @irq_seq: changes before and after @irq does; odd in between, 0 before the first
 *	time
 * @irq: how the reader is to interrupt the writer
 */
struct ntb_edma_block {
	__le32 epoch;
	__le32 heartbeat;
	__le32 chans;
	__le32 irq_seq;
	struct ntb_edma_block_irq irq;
};

static_assert(sizeof(struct ntb_edma_block) == 64);

/**
 * struct ntb_edma_ctl - state of a queue, written by the peer
 * @records: address of the peer's records for the DMA engine, in the address space
 *	of the peer's device
 * @state: state word of the queue at the peer, NTB_EDMA_QP_WORD()
 * @post_index: buffers the peer has posted in this generation
 * @consumed: records the peer has read in this generation
 * @wake: not read: the peer's engine writes it when it is to interrupt this side
 *	and there is nothing else to move
 * @features: what records of this side may say, VIRTIO_NET_F_GUEST_* of
 *	virtio-net, a bit each
 * @frame: most buffers of a frame that the peer takes
 * @reserved: 0
 *
 * @records, @features and @frame are those of the generation in @state.
 */
struct ntb_edma_ctl {
	__le64 records;
	__le32 state;
	__le32 post_index;
	__le32 consumed;
	__le32 wake;
	__le64 features;
	__le32 frame;
	__le32 reserved[7];
};

static_assert(sizeof(struct ntb_edma_ctl) == 64);
static_assert(sizeof(struct ntb_edma_block) % 64 == 0);

/**
 * struct ntb_edma_post - a receive buffer
 * @addr: address for the DMA engine, in the address space of its owner's device
 * @len: bytes that fit
 * @tag: ntb_edma_tag() of the slot, from the writer's session
 */
struct ntb_edma_post {
	__le64 addr;
	__le32 len;
	__le32 tag;
};

static_assert(sizeof(struct ntb_edma_post) == 16);

#define NTB_EDMA_RECORD_EVENT	BIT(0)	/* ring when buffers are posted */
#define NTB_EDMA_RECORD_MORE	BIT(1)	/* the frame goes on in the next one */
#define NTB_EDMA_RECORD_CSUM	BIT(2)	/* checksum to be filled in */
#define NTB_EDMA_RECORD_VALID	BIT(3)	/* checksum was found to be right */
#define NTB_EDMA_RECORD_FLAGS	(NTB_EDMA_RECORD_EVENT | NTB_EDMA_RECORD_MORE | \
				 NTB_EDMA_RECORD_CSUM | NTB_EDMA_RECORD_VALID)

#define NTB_EDMA_RECORD_ERROR	BIT(31)	/* in len: nothing useful in the buffer */

/* Address of a ring of records at both ends: no TLP splits a record */
#define NTB_EDMA_RECORD_ALIGN	64u

/**
 * struct ntb_edma_record - what became of a receive buffer
 * @flags: NTB_EDMA_RECORD_FLAGS
 * @gso_type: VIRTIO_NET_HDR_GSO_*
 * @gso_size: payload of a segment in bytes, 0 without @gso_type
 * @csum_start: with NTB_EDMA_RECORD_CSUM the first byte that is summed up, from the
 *	start of the frame; else 0
 * @csum_offset: with NTB_EDMA_RECORD_CSUM where the sum goes, from @csum_start; else 0
 * @len: bytes of payload in the buffer, or NTB_EDMA_RECORD_ERROR
 * @tag: ntb_edma_tag() of the slot, from the writer's session; the last dword, as
 *	a record is valid when its tag is
 *
 * What is said of a frame, in the terms of struct virtio_net_hdr, is in its first
 * record; in the others these fields are 0.
 */
struct ntb_edma_record {
	u8 flags;
	u8 gso_type;
	__le16 gso_size;
	__le16 csum_start;
	__le16 csum_offset;
	__le32 len;
	__le32 tag;
};

static_assert(sizeof(struct ntb_edma_record) == 16);
static_assert(NTB_EDMA_RECORD_ALIGN % sizeof(struct ntb_edma_record) == 0);

/* Why something the peer wrote is refused; each has a counter. */
enum ntb_edma_reject {
	NTB_EDMA_OK,
	NTB_EDMA_REJECT_INDEX,		/* index is not where it can be */
	NTB_EDMA_REJECT_TAG,		/* slot of another session, generation or index */
	NTB_EDMA_REJECT_LEN,		/* more bytes than fit, or none */
	NTB_EDMA_REJECT_ADDR,		/* buffer is beyond what this side can address */
	NTB_EDMA_REJECT_STATUS,		/* unknown status */
	NTB_EDMA_REJECT_RESERVED,	/* a field that must be 0 is not */
	NTB_EDMA_REJECT_IRQ,		/* interrupt that the engine cannot raise */
	NTB_EDMA_REJECT_META,		/* what is said of a frame cannot be true */
	NTB_EDMA_REJECTS,
};

/* Layout of a block. */

static inline size_t ntb_edma_qp_size(unsigned int entries)
{
	return sizeof(struct ntb_edma_ctl) +
	       entries * (sizeof(struct ntb_edma_post) +
			  sizeof(struct ntb_edma_record));
}

static inline size_t ntb_edma_block_size(unsigned int qps, unsigned int entries)
{
	return sizeof(struct ntb_edma_block) + qps * ntb_edma_qp_size(entries);
}

/**
 * ntb_edma_alloc_size - how much memory to allocate for a block
 * @qps: number of queues
 * @entries: ring size
 * @align: alignment of addresses that the memory window needs, a power of two
 * @size_align: its alignment of sizes, a power of two
 *
 * Coherent memory is aligned to its size, so that also aligns its address.
 *
 * Return: bytes.
 */
static inline size_t ntb_edma_alloc_size(unsigned int qps, unsigned int entries,
					 size_t align, size_t size_align)
{
	return round_up(ntb_edma_block_size(qps, entries),
			max3(align, size_align, PAGE_SIZE));
}

static inline size_t ntb_edma_ctl_offset(unsigned int qp, unsigned int entries)
{
	return sizeof(struct ntb_edma_block) + qp * ntb_edma_qp_size(entries);
}

static inline size_t ntb_edma_post_offset(unsigned int qp, unsigned int entries,
					  u32 index)
{
	return ntb_edma_ctl_offset(qp, entries) + sizeof(struct ntb_edma_ctl) +
	       (index & (entries - 1)) * sizeof(struct ntb_edma_post);
}

static inline size_t ntb_edma_record_offset(unsigned int qp,
					    unsigned int entries, u32 index)
{
	return ntb_edma_ctl_offset(qp, entries) + sizeof(struct ntb_edma_ctl) +
	       entries * sizeof(struct ntb_edma_post) +
	       (index & (entries - 1)) * sizeof(struct ntb_edma_record);
}

/**
 * ntb_edma_fit_entries - ring size for a window
 * @qps: number of queues
 * @wanted: entries wished for
 * @space: bytes there are for the block
 *
 * Return: a power of two of at most @wanted that fits, 0 if not even
 * NTB_EDMA_MIN_ENTRIES do.
 */
static inline unsigned int ntb_edma_fit_entries(unsigned int qps,
						unsigned int wanted,
						size_t space)
{
	unsigned int entries;

	if (!qps || qps > NTB_EDMA_MAX_QPS || wanted < NTB_EDMA_MIN_ENTRIES)
		return 0;

	entries = rounddown_pow_of_two(min(wanted, NTB_EDMA_MAX_ENTRIES));
	while (entries >= NTB_EDMA_MIN_ENTRIES &&
	       ntb_edma_block_size(qps, entries) > space)
		entries /= 2;

	return entries >= NTB_EDMA_MIN_ENTRIES ? entries : 0;
}

static inline bool ntb_edma_entries_valid(u32 entries)
{
	return is_power_of_2(entries) && entries >= NTB_EDMA_MIN_ENTRIES &&
	       entries <= NTB_EDMA_MAX_ENTRIES;
}

/**
 * ntb_edma_tag - what a slot of a ring must carry
 * @epoch: session of the side that writes the slot
 * @gen: generation of the queue
 * @index: free-running index of the slot
 *
 * A slot that is left from another session, from before the queue came up or
 * from the previous lap has another tag.
 *
 * Return: the tag.
 */
static inline u32 ntb_edma_tag(u32 epoch, u32 gen, u32 index)
{
	return epoch + gen * 0x9e3779b1u + index;
}

/**
 * ntb_edma_pending - how many slots has the peer published?
 * @peer_index: the peer's free-running index
 * @local: first one that this side has not handled
 * @max: how many there can be at most
 * @n: receives the number, 0 if the index is refused
 *
 * Return: NTB_EDMA_OK, or why the index is refused.
 */
static inline enum ntb_edma_reject ntb_edma_pending(u32 peer_index, u32 local,
						    u32 max, u32 *n)
{
	u32 distance = peer_index - local;

	*n = 0;
	if (distance > max)
		return NTB_EDMA_REJECT_INDEX;

	*n = distance;

	return NTB_EDMA_OK;
}

/**
 * ntb_edma_check_post - may this buffer be used?
 * @post: a private copy of the slot
 * @tag: the tag it must have
 * @addr_max: highest address that the DMA engine's driver can be given
 *
 * Return: NTB_EDMA_OK, or why it is rejected.
 */
static inline enum ntb_edma_reject
ntb_edma_check_post(const struct ntb_edma_post *post, u32 tag, u64 addr_max)
{
	u64 addr = le64_to_cpu(post->addr);
	u32 len = le32_to_cpu(post->len);

	if (le32_to_cpu(post->tag) != tag)
		return NTB_EDMA_REJECT_TAG;

	if (!len)
		return NTB_EDMA_REJECT_LEN;

	if (addr > addr_max || len - 1 > addr_max - addr)
		return NTB_EDMA_REJECT_ADDR;

	return NTB_EDMA_OK;
}

/**
 * ntb_edma_check_records - may the peer's records be written to?
 * @addr: address that the peer gave; the rest of the queue's block is before it
 * @entries: size of the ring
 * @addr_max: highest address that the DMA engine's driver can be given
 *
 * Return: NTB_EDMA_OK, or why it is rejected.
 */
static inline enum ntb_edma_reject
ntb_edma_check_records(u64 addr, unsigned int entries, u64 addr_max)
{
	u64 last = entries * sizeof(struct ntb_edma_record) - 1;

	if (addr < ntb_edma_record_offset(0, entries, 0) ||
	    !IS_ALIGNED(addr, NTB_EDMA_RECORD_ALIGN) ||
	    addr > addr_max || last > addr_max - addr)
		return NTB_EDMA_REJECT_ADDR;

	return NTB_EDMA_OK;
}

/* Address of @wake in struct ntb_edma_ctl, from that of the records behind it. */
static inline u64 ntb_edma_wake_addr(u64 records, unsigned int entries)
{
	return records - ntb_edma_record_offset(0, entries, 0) +
	       ntb_edma_ctl_offset(0, entries) +
	       offsetof(struct ntb_edma_ctl, wake);
}

/* How many channels does a queue send by, if its side has @chans of them? */
static inline u32 ntb_edma_num_lanes(u32 chans)
{
	return min(chans, NTB_EDMA_LANES);
}

/* Which of the @chans channels of a side is that lane of a queue? */
static inline u32 ntb_edma_lane_chan(u32 qp, u32 lane, u32 chans)
{
	return (qp + lane) % chans;
}

/* May the peer have so many channels? */
static inline bool ntb_edma_chans_valid(u32 chans)
{
	return chans && chans <= NTB_EDMA_BLOCK_CHANS;
}

/**
 * ntb_edma_check_irq - can the engine interrupt the peer like this?
 * @irq: a private copy
 *
 * The address may be anything that the engine can write to: it can write
 * wherever the peer has posted a buffer as well.
 *
 * Return: NTB_EDMA_OK, or why it is rejected.
 */
static inline enum ntb_edma_reject
ntb_edma_check_irq(const struct ntb_edma_block_irq *irq)
{
	u64 addr = le64_to_cpu(irq->addr);
	u32 num = le32_to_cpu(irq->num);
	u32 i;

	if (irq->reserved)
		return NTB_EDMA_REJECT_RESERVED;

	if (!num || num > NTB_EDMA_BLOCK_IRQS || !addr ||
	    !IS_ALIGNED(addr, sizeof(u32)))
		return NTB_EDMA_REJECT_IRQ;

	for (i = 0; i < NTB_EDMA_BLOCK_IRQS; i++)
		if (le32_to_cpu(irq->data[i]) > (i < num ? U16_MAX : 0))
			return NTB_EDMA_REJECT_IRQ;

	return NTB_EDMA_OK;
}

#endif /* _NTB_TRANSPORT_EDMA_RING_H */
