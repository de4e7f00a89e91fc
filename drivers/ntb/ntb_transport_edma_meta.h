/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * Metadata of frames of the remote-eDMA transport: what the first record of a frame
 * says of its checksum and segments, in the terms of struct virtio_net_hdr, and what
 * a receiver believes of that. All of it takes plain values, so that it can be tested
 * without a device.
 */
#ifndef _NTB_TRANSPORT_EDMA_META_H
#define _NTB_TRANSPORT_EDMA_META_H

#include <linux/bits.h>
#include <linux/types.h>
#include <uapi/linux/virtio_net.h>

#include "ntb_transport_edma_record.h"

/* The feature that a receiver of this type has, 0 for an unknown type. */
static inline u64 ntb_edma_meta_gso_feature(u8 gso_type)
{
	switch (gso_type) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return BIT_ULL(VIRTIO_NET_F_GUEST_TSO4);
	case VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN:
		return BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) |
		       BIT_ULL(VIRTIO_NET_F_GUEST_ECN);
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return BIT_ULL(VIRTIO_NET_F_GUEST_TSO6);
	case VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN:
		return BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) |
		       BIT_ULL(VIRTIO_NET_F_GUEST_ECN);
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		/* The type does not tell the version of IP */
		return BIT_ULL(VIRTIO_NET_F_GUEST_USO4) |
		       BIT_ULL(VIRTIO_NET_F_GUEST_USO6);
	default:
		return 0;
	}
}

static inline enum ntb_edma_reject
ntb_edma_meta_check_gso(const struct ntb_edma_record *first, u64 features)
{
	u32 size = le16_to_cpu(first->gso_size);
	u64 needs;

	if (first->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return size ? NTB_EDMA_REJECT_META : NTB_EDMA_OK;

	/* Segments need a checksum each */
	needs = ntb_edma_meta_gso_feature(first->gso_type);
	if (!needs || needs & ~features || !size ||
	    !(first->flags & NTB_EDMA_RECORD_CSUM))
		return NTB_EDMA_REJECT_META;

	return NTB_EDMA_OK;
}

/**
 * ntb_edma_meta_check - can this be said of a frame?
 * @first: a private copy of its first record
 * @len: bytes of the frame, in all its buffers
 * @features: what the receiver takes, as it has told the sender
 *
 * Return: NTB_EDMA_OK, or why it is refused.
 */
static inline enum ntb_edma_reject
ntb_edma_meta_check(const struct ntb_edma_record *first, u32 len, u64 features)
{
	u32 start = le16_to_cpu(first->csum_start);
	u32 offset = le16_to_cpu(first->csum_offset);
	u8 flags = first->flags & (NTB_EDMA_RECORD_CSUM | NTB_EDMA_RECORD_VALID);

	if (flags && !(features & BIT_ULL(VIRTIO_NET_F_GUEST_CSUM)))
		return NTB_EDMA_REJECT_META;

	switch (flags) {
	case NTB_EDMA_RECORD_CSUM:
		if (start + offset + sizeof(__sum16) > len)
			return NTB_EDMA_REJECT_META;
		break;
	case NTB_EDMA_RECORD_CSUM | NTB_EDMA_RECORD_VALID:
		return NTB_EDMA_REJECT_META;
	default:
		if (start || offset)
			return NTB_EDMA_REJECT_META;
	}

	return ntb_edma_meta_check_gso(first, features);
}

/**
 * ntb_edma_meta_needs - what a receiver has to take for this
 * @hdr: little-endian metadata of a frame
 *
 * Return: features, U64_MAX if there are none for it.
 */
static inline u64 ntb_edma_meta_needs(const struct virtio_net_hdr *hdr)
{
	u64 needs = 0;

	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		needs |= BIT_ULL(VIRTIO_NET_F_GUEST_CSUM);
	if (hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		needs |= ntb_edma_meta_gso_feature(hdr->gso_type) ?: U64_MAX;

	return needs;
}

/* What is said of a frame goes into its first record. */
static inline void ntb_edma_meta_put(struct ntb_edma_record *record,
				     const struct virtio_net_hdr *hdr)
{
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		record->flags |= NTB_EDMA_RECORD_CSUM;
		record->csum_start = (__force __le16)hdr->csum_start;
		record->csum_offset = (__force __le16)hdr->csum_offset;
	} else if (hdr->flags & VIRTIO_NET_HDR_F_DATA_VALID) {
		record->flags |= NTB_EDMA_RECORD_VALID;
	}
	if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return;

	record->gso_type = hdr->gso_type;
	record->gso_size = (__force __le16)hdr->gso_size;
}

/* The reverse. */
static inline void ntb_edma_meta_get(const struct ntb_edma_record *record,
				     struct virtio_net_hdr *hdr)
{
	*hdr = (struct virtio_net_hdr){
		.gso_type = record->gso_type,
		.gso_size = (__force __virtio16)record->gso_size,
		.csum_start = (__force __virtio16)record->csum_start,
		.csum_offset = (__force __virtio16)record->csum_offset,
	};
	if (record->flags & NTB_EDMA_RECORD_CSUM)
		hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	else if (record->flags & NTB_EDMA_RECORD_VALID)
		hdr->flags = VIRTIO_NET_HDR_F_DATA_VALID;
}

#endif /* _NTB_TRANSPORT_EDMA_META_H */
