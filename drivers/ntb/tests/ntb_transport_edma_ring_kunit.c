// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Rings of the remote-eDMA transport: layout, index arithmetic across the wrap
 * of 32 bits, and one test for each reason to refuse what a peer wrote.
 */
#include <kunit/test.h>
#include <linux/sizes.h>

#include "../ntb_transport_edma_ring.h"

#define EPOCH	0xfffffff0u
#define GEN	3u

static void ntb_edma_ring_layout(struct kunit *test)
{
	const unsigned int qps = 4, entries = 64;
	size_t end = sizeof(struct ntb_edma_block);
	unsigned int qp;

	for (qp = 0; qp < qps; qp++) {
		KUNIT_EXPECT_EQ(test, end, ntb_edma_ctl_offset(qp, entries));
		end += sizeof(struct ntb_edma_ctl);
		KUNIT_EXPECT_EQ(test, end,
				ntb_edma_post_offset(qp, entries, 0));
		end += entries * sizeof(struct ntb_edma_post);
		KUNIT_EXPECT_EQ(test, end,
				ntb_edma_record_offset(qp, entries, 0));
		end += entries * sizeof(struct ntb_edma_record);
	}
	KUNIT_EXPECT_EQ(test, end, ntb_edma_block_size(qps, entries));
}

static void ntb_edma_ring_layout_wraps(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ntb_edma_post_offset(1, 64, 0),
			ntb_edma_post_offset(1, 64, 64));
	KUNIT_EXPECT_EQ(test, ntb_edma_record_offset(1, 64, 63),
			ntb_edma_record_offset(1, 64, U32_MAX));
}

static void ntb_edma_ring_alloc_size(struct kunit *test)
{
	const size_t block = ntb_edma_block_size(1, 256);

	KUNIT_EXPECT_EQ(test, round_up(block, PAGE_SIZE),
			ntb_edma_alloc_size(1, 256, 1, 1));
	KUNIT_EXPECT_EQ(test, SZ_64K, ntb_edma_alloc_size(1, 256, SZ_64K, 1));
	KUNIT_EXPECT_EQ(test, SZ_64K, ntb_edma_alloc_size(1, 256, 1, SZ_64K));
}

struct fit_case {
	const char *name;
	unsigned int qps, wanted;
	size_t space;
	unsigned int entries;
};

static const struct fit_case fit_cases[] = {
	{ "rfc_window", 4, 256, 0xe0000, 256 },
	{ "not_a_power_of_two", 1, 300, 0xe0000, 256 },
	{ "window_limits", 4, 4096, 0x20000, 512 },
	{ "exact_fit", 1, 16, 64 + 64 + 16 * 32, 16 },
	{ "one_byte_short", 1, 16, 64 + 64 + 16 * 32 - 1, 0 },
	{ "more_than_most", 1, 1 << 20, SZ_16M, 4096 },
	{ "fewer_than_least", 1, 8, SZ_1M, 0 },
	{ "no_queue", 0, 256, SZ_1M, 0 },
	{ "too_many_queues", 65, 256, SZ_16M, 0 },
};

KUNIT_ARRAY_PARAM_DESC(fit, fit_cases, name);

static void ntb_edma_ring_fit(struct kunit *test)
{
	const struct fit_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, c->entries,
			ntb_edma_fit_entries(c->qps, c->wanted, c->space));
}

static void ntb_edma_ring_entries_valid(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, ntb_edma_entries_valid(16));
	KUNIT_EXPECT_TRUE(test, ntb_edma_entries_valid(4096));
	KUNIT_EXPECT_FALSE(test, ntb_edma_entries_valid(0));
	KUNIT_EXPECT_FALSE(test, ntb_edma_entries_valid(8));
	KUNIT_EXPECT_FALSE(test, ntb_edma_entries_valid(100));
	KUNIT_EXPECT_FALSE(test, ntb_edma_entries_valid(8192));
}

struct pending_case {
	const char *name;
	u32 peer, local, max, n;
	enum ntb_edma_reject reject;
};

static const struct pending_case pending_cases[] = {
	{ "none", 7, 7, 16, 0, NTB_EDMA_OK },
	{ "some", 10, 7, 16, 3, NTB_EDMA_OK },
	{ "full", 23, 7, 16, 16, NTB_EDMA_OK },
	{ "none_at_wrap", 0, 0, 16, 0, NTB_EDMA_OK },
	{ "across_wrap", 2, U32_MAX - 1, 16, 4, NTB_EDMA_OK },
	{ "full_across_wrap", 8, U32_MAX - 7, 16, 16, NTB_EDMA_OK },
	{ "one_too_many", 24, 7, 16, 0, NTB_EDMA_REJECT_INDEX },
	{ "one_too_many_across_wrap", 9, U32_MAX - 7, 16, 0,
	  NTB_EDMA_REJECT_INDEX },
	{ "backwards", 6, 7, 16, 0, NTB_EDMA_REJECT_INDEX },
	{ "backwards_across_wrap", U32_MAX, 0, 16, 0, NTB_EDMA_REJECT_INDEX },
	{ "nothing_outstanding", 8, 7, 0, 0, NTB_EDMA_REJECT_INDEX },
	{ "all_ones", U32_MAX, 7, 16, 0, NTB_EDMA_REJECT_INDEX },
};

KUNIT_ARRAY_PARAM_DESC(pending, pending_cases, name);

static void ntb_edma_ring_pending(struct kunit *test)
{
	const struct pending_case *c = test->param_value;
	u32 n = 0xdead;

	KUNIT_EXPECT_EQ(test, c->reject,
			ntb_edma_pending(c->peer, c->local, c->max, &n));
	KUNIT_EXPECT_EQ(test, c->n, n);
}

static void ntb_edma_ring_tag_differs(struct kunit *test)
{
	u32 tag = ntb_edma_tag(EPOCH, GEN, 5);

	KUNIT_EXPECT_NE(test, tag, ntb_edma_tag(EPOCH + 1, GEN, 5));
	KUNIT_EXPECT_NE(test, tag, ntb_edma_tag(EPOCH, GEN + 1, 5));
	KUNIT_EXPECT_NE(test, tag, ntb_edma_tag(EPOCH, GEN, 6));
	/* the same slot one lap on, for every ring size */
	KUNIT_EXPECT_NE(test, tag, ntb_edma_tag(EPOCH, GEN, 5 + 16));
	KUNIT_EXPECT_NE(test, tag, ntb_edma_tag(EPOCH, GEN, 5 + 4096));
}

static struct ntb_edma_post good_post(void)
{
	return (struct ntb_edma_post) {
		.addr = cpu_to_le64(0x80001000),
		.len = cpu_to_le32(1514),
		.tag = cpu_to_le32(ntb_edma_tag(EPOCH, GEN, 20)),
	};
}

static enum ntb_edma_reject check_post(const struct ntb_edma_post *post)
{
	return ntb_edma_check_post(post, ntb_edma_tag(EPOCH, GEN, 20), U64_MAX);
}

static void ntb_edma_ring_post_ok(struct kunit *test)
{
	struct ntb_edma_post post = good_post();

	KUNIT_EXPECT_EQ(test, NTB_EDMA_OK, check_post(&post));

	/* ends with the last byte there is */
	post.addr = cpu_to_le64(U64_MAX - 1513);
	KUNIT_EXPECT_EQ(test, NTB_EDMA_OK, check_post(&post));
}

static void ntb_edma_ring_post_tag(struct kunit *test)
{
	struct ntb_edma_post post = good_post();

	post.tag = cpu_to_le32(ntb_edma_tag(EPOCH, GEN, 20 - 16));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_TAG, check_post(&post));
}

static void ntb_edma_ring_post_len(struct kunit *test)
{
	struct ntb_edma_post post = good_post();

	post.len = 0;
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_LEN, check_post(&post));
}

static void ntb_edma_ring_post_addr(struct kunit *test)
{
	struct ntb_edma_post post = good_post();

	post.addr = cpu_to_le64(U64_MAX - 1512);
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR, check_post(&post));

	post.addr = cpu_to_le64(U64_MAX - 1513);
	KUNIT_EXPECT_EQ(test, NTB_EDMA_OK, check_post(&post));

	post.len = cpu_to_le32(U32_MAX);
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR, check_post(&post));

	post.addr = cpu_to_le64(U64_MAX - U32_MAX + 1);
	KUNIT_EXPECT_EQ(test, NTB_EDMA_OK, check_post(&post));
}

/* A side whose phys_addr_t has 32 bits must not truncate the peer's addresses. */
static void ntb_edma_ring_post_addr_32(struct kunit *test)
{
	const u32 tag = ntb_edma_tag(EPOCH, GEN, 20);
	struct ntb_edma_post post = good_post();

	post.addr = cpu_to_le64(U32_MAX - 1513);
	KUNIT_EXPECT_EQ(test, NTB_EDMA_OK,
			ntb_edma_check_post(&post, tag, U32_MAX));

	post.addr = cpu_to_le64(U32_MAX - 1512);
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR,
			ntb_edma_check_post(&post, tag, U32_MAX));

	post.addr = cpu_to_le64(BIT_ULL(32));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR,
			ntb_edma_check_post(&post, tag, U32_MAX));
}

static void ntb_edma_ring_records(struct kunit *test)
{
	const u64 size = 16 * sizeof(struct ntb_edma_record);
	const u64 first = ntb_edma_record_offset(0, 16, 0);

	KUNIT_EXPECT_EQ(test, NTB_EDMA_OK,
			ntb_edma_check_records(first, 16, U64_MAX));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR,
			ntb_edma_check_records(first - 64, 16, U64_MAX));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_OK,
			ntb_edma_check_records(U64_MAX - size + 1, 16, U64_MAX));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR,
			ntb_edma_check_records(0, 16, U64_MAX));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR,
			ntb_edma_check_records(first + 16, 16, U64_MAX));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR,
			ntb_edma_check_records(U64_MAX - size + 65, 16, U64_MAX));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_OK,
			ntb_edma_check_records(BIT_ULL(32) - size, 16, U32_MAX));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR,
			ntb_edma_check_records(BIT_ULL(32) - size + 64, 16,
					       U32_MAX));
	KUNIT_EXPECT_EQ(test, NTB_EDMA_REJECT_ADDR,
			ntb_edma_check_records(BIT_ULL(32), 16, U32_MAX));
}

/* Wherever the records of a queue are: the word is in the same block. */
static void ntb_edma_ring_wake_addr(struct kunit *test)
{
	const u64 block = BIT_ULL(36), word = offsetof(struct ntb_edma_ctl, wake);
	unsigned int qp;

	for (qp = 0; qp < 4; qp++)
		KUNIT_EXPECT_EQ(test, block + ntb_edma_ctl_offset(qp, 64) + word,
				ntb_edma_wake_addr(block + ntb_edma_record_offset(qp, 64, 0),
						   64));
}

static void ntb_edma_ring_chans_valid(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, ntb_edma_chans_valid(0));
	KUNIT_EXPECT_TRUE(test, ntb_edma_chans_valid(1));
	KUNIT_EXPECT_TRUE(test, ntb_edma_chans_valid(8));
	KUNIT_EXPECT_FALSE(test, ntb_edma_chans_valid(9));
	KUNIT_EXPECT_FALSE(test, ntb_edma_chans_valid(U32_MAX));
}

struct irq_case {
	const char *name;
	u64 addr;
	u32 num, data[NTB_EDMA_BLOCK_IRQS], reserved;
	enum ntb_edma_reject reject;
};

static const struct irq_case irq_cases[] = {
	{ "one", 4, 1, { U16_MAX }, 0, NTB_EDMA_OK },
	{ "all", U64_MAX - 3, 8, { 1, 2, 3, 4, 5, 6, 7, U16_MAX }, 0, NTB_EDMA_OK },
	{ "none", 4, 0, {}, 0, NTB_EDMA_REJECT_IRQ },
	{ "too_many", 4, 9, {}, 0, NTB_EDMA_REJECT_IRQ },
	{ "very_many", 4, U32_MAX, {}, 0, NTB_EDMA_REJECT_IRQ },
	{ "no_address", 0, 1, {}, 0, NTB_EDMA_REJECT_IRQ },
	{ "odd_address", 5, 1, {}, 0, NTB_EDMA_REJECT_IRQ },
	{ "misaligned", 6, 1, {}, 0, NTB_EDMA_REJECT_IRQ },
	{ "last_address", U64_MAX, 1, {}, 0, NTB_EDMA_REJECT_IRQ },
	{ "long_data", 4, 1, { U16_MAX + 1 }, 0, NTB_EDMA_REJECT_IRQ },
	{ "last_data", 4, 8, { 1, 2, 3, 4, 5, 6, 7, U16_MAX + 1 }, 0,
	  NTB_EDMA_REJECT_IRQ },
	{ "data_behind", 4, 7, { 1, 2, 3, 4, 5, 6, 7, 1 }, 0,
	  NTB_EDMA_REJECT_IRQ },
	{ "reserved", 4, 1, {}, 1, NTB_EDMA_REJECT_RESERVED },
};

KUNIT_ARRAY_PARAM_DESC(irq, irq_cases, name);

static void ntb_edma_ring_irq(struct kunit *test)
{
	const struct irq_case *c = test->param_value;
	struct ntb_edma_block_irq irq = {
		.addr = cpu_to_le64(c->addr),
		.num = cpu_to_le32(c->num),
		.reserved = cpu_to_le32(c->reserved),
	};
	u32 i;

	for (i = 0; i < NTB_EDMA_BLOCK_IRQS; i++)
		irq.data[i] = cpu_to_le32(c->data[i]);

	KUNIT_EXPECT_EQ(test, c->reject, ntb_edma_check_irq(&irq));
}

static struct kunit_case ntb_edma_ring_cases[] = {
	KUNIT_CASE(ntb_edma_ring_layout),
	KUNIT_CASE(ntb_edma_ring_layout_wraps),
	KUNIT_CASE(ntb_edma_ring_alloc_size),
	KUNIT_CASE_PARAM(ntb_edma_ring_fit, fit_gen_params),
	KUNIT_CASE(ntb_edma_ring_entries_valid),
	KUNIT_CASE_PARAM(ntb_edma_ring_pending, pending_gen_params),
	KUNIT_CASE(ntb_edma_ring_tag_differs),
	KUNIT_CASE(ntb_edma_ring_post_ok),
	KUNIT_CASE(ntb_edma_ring_post_tag),
	KUNIT_CASE(ntb_edma_ring_post_len),
	KUNIT_CASE(ntb_edma_ring_post_addr),
	KUNIT_CASE(ntb_edma_ring_post_addr_32),
	KUNIT_CASE(ntb_edma_ring_records),
	KUNIT_CASE(ntb_edma_ring_wake_addr),
	KUNIT_CASE(ntb_edma_ring_chans_valid),
	KUNIT_CASE_PARAM(ntb_edma_ring_irq, irq_gen_params),
	{}
};

static struct kunit_suite ntb_edma_ring_suite = {
	.name = "ntb_transport_edma_ring",
	.test_cases = ntb_edma_ring_cases,
};

kunit_test_suite(ntb_edma_ring_suite);

MODULE_DESCRIPTION("KUnit tests of the remote-eDMA transport's rings");
MODULE_LICENSE("Dual BSD/GPL");
