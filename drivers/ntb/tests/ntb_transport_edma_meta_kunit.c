// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Metadata of frames of the remote-eDMA transport: each field at each bound, against
 * what the receiver takes, and the way there and back.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "../ntb_transport_edma_meta.h"

#define LEN	1000u

#define CSUM	BIT_ULL(VIRTIO_NET_F_GUEST_CSUM)
#define TSO4	BIT_ULL(VIRTIO_NET_F_GUEST_TSO4)
#define TSO6	BIT_ULL(VIRTIO_NET_F_GUEST_TSO6)
#define ECN	BIT_ULL(VIRTIO_NET_F_GUEST_ECN)
#define USO	(BIT_ULL(VIRTIO_NET_F_GUEST_USO4) | \
		 BIT_ULL(VIRTIO_NET_F_GUEST_USO6))
#define ALL	(CSUM | TSO4 | TSO6 | ECN | USO)

struct meta_case {
	const char *name;
	u64 features;
	u8 flags, gso_type;
	u16 gso_size, csum_start, csum_offset;
	bool refused;
};

/* A segmented frame whose checksum is at its usual place */
#define GSO(type, size) \
	.flags = NTB_EDMA_RECORD_CSUM, .gso_type = (type), .gso_size = (size), \
	.csum_start = 34, .csum_offset = 16

static const struct meta_case meta_cases[] = {
	{ "plain", 0 },
	{ "csum", ALL, NTB_EDMA_RECORD_CSUM, .csum_start = 34, .csum_offset = 16 },
	{ "csum_of_all", ALL, NTB_EDMA_RECORD_CSUM },
	{ "csum_last", ALL, NTB_EDMA_RECORD_CSUM, .csum_start = LEN - 2 },
	{ "csum_last_offset", ALL, NTB_EDMA_RECORD_CSUM, .csum_offset = LEN - 2 },
	{ "csum_start_past", ALL, NTB_EDMA_RECORD_CSUM, .csum_start = LEN - 1,
	  .refused = true },
	{ "csum_offset_past", ALL, NTB_EDMA_RECORD_CSUM, .csum_offset = LEN - 1,
	  .refused = true },
	{ "csum_sum_past", ALL, NTB_EDMA_RECORD_CSUM, .csum_start = LEN / 2,
	  .csum_offset = LEN / 2 - 1, .refused = true },
	{ "csum_highest", ALL, NTB_EDMA_RECORD_CSUM, .csum_start = U16_MAX,
	  .csum_offset = U16_MAX, .refused = true },
	{ "csum_not_taken", ALL & ~CSUM, NTB_EDMA_RECORD_CSUM, .refused = true },
	{ "start_without_csum", ALL, .csum_start = 1, .refused = true },
	{ "offset_without_csum", ALL, .csum_offset = 1, .refused = true },
	{ "valid", ALL, NTB_EDMA_RECORD_VALID },
	{ "valid_with_start", ALL, NTB_EDMA_RECORD_VALID, .csum_start = 1,
	  .refused = true },
	{ "valid_not_taken", ALL & ~CSUM, NTB_EDMA_RECORD_VALID, .refused = true },
	{ "valid_and_csum", ALL, NTB_EDMA_RECORD_VALID | NTB_EDMA_RECORD_CSUM,
	  .refused = true },
	{ "tso4", ALL, GSO(1, 1) },
	{ "tso4_largest", ALL, GSO(1, U16_MAX) },
	{ "tso4_size_0", ALL, GSO(1, 0), .refused = true },
	{ "tso4_not_taken", ALL & ~TSO4, GSO(1, 1), .refused = true },
	{ "tso4_ecn", ALL, GSO(0x81, 1) },
	{ "tso4_ecn_not_taken", ALL & ~ECN, GSO(0x81, 1), .refused = true },
	{ "tso6", ALL, GSO(4, 1) },
	{ "tso6_not_taken", ALL & ~TSO6, GSO(4, 1), .refused = true },
	{ "tso6_ecn", ALL, GSO(0x84, 1) },
	{ "uso", ALL, GSO(5, 1) },
	{ "uso_not_taken", ALL & ~USO, GSO(5, 1), .refused = true },
	{ "uso_ecn", ALL, GSO(0x85, 1), .refused = true },
	{ "ufo", ALL, GSO(3, 1), .refused = true },
	{ "type_2", ALL, GSO(2, 1), .refused = true },
	{ "type_6", ALL, GSO(6, 1), .refused = true },
	{ "type_highest", ALL, GSO(0xff, 1), .refused = true },
	{ "ecn_alone", ALL, GSO(0x80, 1), .refused = true },
	{ "size_without_type", ALL, GSO(0, 1), .refused = true },
	{ "gso_without_csum", ALL, .gso_type = 1, .gso_size = 1, .refused = true },
	{ "gso_valid", ALL, NTB_EDMA_RECORD_VALID, .gso_type = 1, .gso_size = 1,
	  .refused = true },
};

KUNIT_ARRAY_PARAM_DESC(meta, meta_cases, name);

static struct ntb_edma_record meta_record(const struct meta_case *c)
{
	return (struct ntb_edma_record){
		.flags = c->flags,
		.gso_type = c->gso_type,
		.gso_size = cpu_to_le16(c->gso_size),
		.csum_start = cpu_to_le16(c->csum_start),
		.csum_offset = cpu_to_le16(c->csum_offset),
		.len = cpu_to_le32(LEN),
	};
}

static void ntb_edma_meta_test_check(struct kunit *test)
{
	const struct meta_case *c = test->param_value;
	const struct ntb_edma_record record = meta_record(c);

	KUNIT_EXPECT_EQ(test, c->refused ? NTB_EDMA_REJECT_META : NTB_EDMA_OK,
			ntb_edma_meta_check(&record, LEN, c->features));
}

/* What is believed is what was said: there and back nothing is lost. */
static void ntb_edma_meta_test_both_ways(struct kunit *test)
{
	const struct meta_case *c = test->param_value;
	struct ntb_edma_record record = meta_record(c), copy = {};
	struct virtio_net_hdr hdr;

	if (c->refused)
		return;

	ntb_edma_meta_get(&record, &hdr);
	KUNIT_EXPECT_EQ(test, 0, ntb_edma_meta_needs(&hdr) & ~c->features);
	ntb_edma_meta_put(&copy, &hdr);
	copy.len = record.len;
	KUNIT_EXPECT_MEMEQ(test, &record, &copy, sizeof(record));
}

/* A sender asks for no more than the frame needs. */
static void ntb_edma_meta_test_needs(struct kunit *test)
{
	struct virtio_net_hdr hdr = { .flags = VIRTIO_NET_HDR_F_DATA_VALID };

	KUNIT_EXPECT_EQ(test, 0, ntb_edma_meta_needs(&hdr));
	hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	KUNIT_EXPECT_EQ(test, CSUM, ntb_edma_meta_needs(&hdr));
	hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN;
	KUNIT_EXPECT_EQ(test, CSUM | TSO6 | ECN, ntb_edma_meta_needs(&hdr));
	hdr.gso_type = VIRTIO_NET_HDR_GSO_UDP;
	KUNIT_EXPECT_EQ(test, U64_MAX, ntb_edma_meta_needs(&hdr));
}

static struct kunit_case ntb_edma_meta_cases[] = {
	KUNIT_CASE_PARAM(ntb_edma_meta_test_check, meta_gen_params),
	KUNIT_CASE_PARAM(ntb_edma_meta_test_both_ways, meta_gen_params),
	KUNIT_CASE(ntb_edma_meta_test_needs),
	{}
};

static struct kunit_suite ntb_edma_meta_suite = {
	.name = "ntb_transport_edma_meta",
	.test_cases = ntb_edma_meta_cases,
};

kunit_test_suite(ntb_edma_meta_suite);

MODULE_DESCRIPTION("KUnit tests for what records say of frames");
MODULE_LICENSE("Dual BSD/GPL");
