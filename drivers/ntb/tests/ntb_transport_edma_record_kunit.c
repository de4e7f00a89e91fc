// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Records of the remote-eDMA transport: tags across the wrap of 32 bits, pieces of
 * a ring, and one test for each reason to refuse a record.
 */
#include <kunit/test.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>

#include "../ntb_transport_edma_record.h"

#define MAX_LEN	1500u

/* The tag is the last dword: it is there when all of the record is. */
static_assert(offsetofend(struct ntb_edma_record, tag) ==
	      sizeof(struct ntb_edma_record));

struct record_case {
	const char *name;
	u8 flags, gso_type;
	u16 gso_size, csum_start, csum_offset;
	u32 len;
	/* Why it is refused, as the first of a frame or only as a later one */
	enum ntb_edma_reject reason, later;
};

static const struct record_case record_cases[] = {
	{ "shortest", .len = 1 },
	{ "longest", .len = MAX_LEN },
	{ "event", .len = 1, .flags = NTB_EDMA_RECORD_EVENT },
	{ "more", .len = 1, .flags = NTB_EDMA_RECORD_MORE },
	{ "failed", .len = NTB_EDMA_RECORD_ERROR },
	{ "empty", .len = 0, .reason = NTB_EDMA_REJECT_LEN },
	{ "too_long", .len = MAX_LEN + 1, .reason = NTB_EDMA_REJECT_LEN },
	{ "far_too_long", .len = S32_MAX, .reason = NTB_EDMA_REJECT_LEN },
	{ "failed_with_length", .len = NTB_EDMA_RECORD_ERROR | 1,
	  .reason = NTB_EDMA_REJECT_STATUS },
	{ "all_ones", .len = U32_MAX, .reason = NTB_EDMA_REJECT_STATUS },
	{ "lowest_unknown_flag", .len = 1, .flags = BIT(4),
	  .reason = NTB_EDMA_REJECT_RESERVED },
	{ "highest_flag", .len = 1, .flags = BIT(7),
	  .reason = NTB_EDMA_REJECT_RESERVED },
	{ "failed_with_more", .len = NTB_EDMA_RECORD_ERROR,
	  .flags = NTB_EDMA_RECORD_MORE, .reason = NTB_EDMA_REJECT_RESERVED },
	{ "later_checksum", .len = 1, .flags = NTB_EDMA_RECORD_CSUM,
	  .later = NTB_EDMA_REJECT_META },
	{ "later_valid", .len = 1, .flags = NTB_EDMA_RECORD_VALID,
	  .later = NTB_EDMA_REJECT_META },
	{ "later_gso_type", .len = 1, .gso_type = 1,
	  .later = NTB_EDMA_REJECT_META },
	{ "later_gso_size", .len = 1, .gso_size = 1,
	  .later = NTB_EDMA_REJECT_META },
	{ "later_csum_start", .len = 1, .csum_start = 1,
	  .later = NTB_EDMA_REJECT_META },
	{ "later_csum_offset", .len = 1, .csum_offset = 1,
	  .later = NTB_EDMA_REJECT_META },
};

KUNIT_ARRAY_PARAM_DESC(record, record_cases, name);

static void ntb_edma_record_test_check(struct kunit *test)
{
	const struct record_case *c = test->param_value;
	const struct ntb_edma_record record = {
		.flags = c->flags,
		.gso_type = c->gso_type,
		.gso_size = cpu_to_le16(c->gso_size),
		.csum_start = cpu_to_le16(c->csum_start),
		.csum_offset = cpu_to_le16(c->csum_offset),
		.len = cpu_to_le32(c->len),
	};

	KUNIT_EXPECT_EQ(test, c->reason,
			ntb_edma_record_check(&record, MAX_LEN, true));
	KUNIT_EXPECT_EQ(test, c->later ?: c->reason,
			ntb_edma_record_check(&record, MAX_LEN, false));
}

static void ntb_edma_record_test_failed(struct kunit *test)
{
	struct ntb_edma_record record = { .len = cpu_to_le32(S32_MAX) };

	KUNIT_EXPECT_FALSE(test, ntb_edma_record_failed(&record));
	record.len = cpu_to_le32(NTB_EDMA_RECORD_ERROR);
	KUNIT_EXPECT_TRUE(test, ntb_edma_record_failed(&record));
}

/* An invalid tag is no tag of its slot: not in the first laps, nor the last. */
static void ntb_edma_record_test_invalid(struct kunit *test)
{
	const u32 entries = NTB_EDMA_MIN_ENTRIES, epochs[] = { 1, 0xfffffff8u };
	u32 i, slot, lap, tag, next;

	for (i = 0; i < ARRAY_SIZE(epochs); i++)
		for (slot = 0; slot < entries; slot++)
			for (lap = 0; lap < 8; lap++) {
				tag = ntb_edma_record_invalid(epochs[i], 3, slot);
				next = slot + (lap - 4) * entries;
				next = ntb_edma_tag(epochs[i], 3, next);
				KUNIT_EXPECT_NE(test, tag, next);
			}
}

static void ntb_edma_record_test_tag(struct kunit *test)
{
	const u32 tag = ntb_edma_tag(7, 1, 0);

	KUNIT_EXPECT_TRUE(test, ntb_edma_record_valid(cpu_to_le32(tag), tag));
	KUNIT_EXPECT_NE(test, tag, ntb_edma_tag(7, 1, NTB_EDMA_MIN_ENTRIES));
	KUNIT_EXPECT_NE(test, tag, ntb_edma_tag(7, 2, 0));
	KUNIT_EXPECT_NE(test, tag, ntb_edma_tag(8, 1, 0));
}

static void ntb_edma_record_test_pieces(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 4, ntb_edma_record_first_piece(0, 4, 16));
	KUNIT_EXPECT_EQ(test, 16, ntb_edma_record_first_piece(0, 16, 16));
	KUNIT_EXPECT_EQ(test, 4, ntb_edma_record_first_piece(12, 4, 16));
	KUNIT_EXPECT_EQ(test, 4, ntb_edma_record_first_piece(12, 5, 16));
	KUNIT_EXPECT_EQ(test, 1, ntb_edma_record_first_piece(15 + 16, 8, 16));
	KUNIT_EXPECT_EQ(test, 1, ntb_edma_record_first_piece(U32_MAX, 2, 16));
}

static struct kunit_case ntb_edma_record_cases[] = {
	KUNIT_CASE_PARAM(ntb_edma_record_test_check, record_gen_params),
	KUNIT_CASE(ntb_edma_record_test_failed),
	KUNIT_CASE(ntb_edma_record_test_invalid),
	KUNIT_CASE(ntb_edma_record_test_tag),
	KUNIT_CASE(ntb_edma_record_test_pieces),
	{}
};

static struct kunit_suite ntb_edma_record_suite = {
	.name = "ntb_transport_edma_record",
	.test_cases = ntb_edma_record_cases,
};

kunit_test_suite(ntb_edma_record_suite);

MODULE_DESCRIPTION("KUnit tests for the records of remote-eDMA rings");
MODULE_LICENSE("Dual BSD/GPL");
