/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Records of the remote-eDMA transport: what became of a receive buffer. The
 * sender's DMA engine writes a record into the receiver's memory behind the
 * payload that it is about; the receiver takes it when its tag is the next one,
 * and checks the rest. All of it takes plain values, so that it can be tested
 * without a device.
 */
#ifndef _NTB_TRANSPORT_EDMA_RECORD_H
#define _NTB_TRANSPORT_EDMA_RECORD_H

#include <linux/minmax.h>
#include <linux/types.h>

#include "ntb_transport_edma_ring.h"

/**
 * ntb_edma_record_invalid - a tag that no record in a slot can have
 * @epoch: session of the side that writes the slot
 * @gen: generation of the queue
 * @slot: number of the slot, less than the size of the ring
 *
 * The owner of a ring fills it with these before it offers a generation. A tag of
 * the slot is that of an index which is @slot modulo the size of the ring, a power
 * of two; this is the tag of another index, and stays so when indices wrap.
 *
 * Return: the tag.
 */
static inline u32 ntb_edma_record_invalid(u32 epoch, u32 gen, u32 slot)
{
	return ntb_edma_tag(epoch, gen, slot + 1);
}

/**
 * ntb_edma_record_first_piece - records up to the end of the ring
 * @index: index of the first record
 * @n: number of records
 * @entries: size of the ring, a power of two
 *
 * Return: how many of them one DMA transfer can write.
 */
static inline u32 ntb_edma_record_first_piece(u32 index, u32 n, u32 entries)
{
	return min(n, entries - (index & (entries - 1)));
}

/* Has a record been written to this slot? The rest is read after this. */
static inline bool ntb_edma_record_valid(__le32 tag, u32 expected)
{
	return le32_to_cpu(tag) == expected;
}

static inline bool ntb_edma_record_failed(const struct ntb_edma_record *record)
{
	return le32_to_cpu(record->len) & NTB_EDMA_RECORD_ERROR;
}

/* Does the record say anything about a frame? */
static inline bool ntb_edma_record_plain(const struct ntb_edma_record *record)
{
	return !(record->flags & (NTB_EDMA_RECORD_CSUM | NTB_EDMA_RECORD_VALID)) &&
	       !record->gso_type && !record->gso_size && !record->csum_start &&
	       !record->csum_offset;
}

/**
 * ntb_edma_record_check - can this have become of a buffer of ours?
 * @record: a private copy of the slot, whose tag is valid
 * @max_len: size of the buffer that was posted
 * @first: it is the first of a frame
 *
 * What the first one says of the frame is for ntb_edma_meta_check().
 *
 * Return: NTB_EDMA_OK, or why it is refused.
 */
static inline enum ntb_edma_reject
ntb_edma_record_check(const struct ntb_edma_record *record, u32 max_len,
		      bool first)
{
	u32 len = le32_to_cpu(record->len);

	if (record->flags & ~NTB_EDMA_RECORD_FLAGS)
		return NTB_EDMA_REJECT_RESERVED;

	if (!first && !ntb_edma_record_plain(record))
		return NTB_EDMA_REJECT_META;

	if (len & NTB_EDMA_RECORD_ERROR) {
		if (record->flags & NTB_EDMA_RECORD_MORE)
			return NTB_EDMA_REJECT_RESERVED;
		return len == NTB_EDMA_RECORD_ERROR ? NTB_EDMA_OK :
						      NTB_EDMA_REJECT_STATUS;
	}

	if (!len || len > max_len)
		return NTB_EDMA_REJECT_LEN;

	return NTB_EDMA_OK;
}

#endif /* _NTB_TRANSPORT_EDMA_RECORD_H */
