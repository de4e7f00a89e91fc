// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * KUnit tests for how two copying sides find each other, against scratchpads of
 * which some are cleared after the peer has written them.
 */
#include <kunit/test.h>
#include <linux/mutex.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>

#include "../ntb_transport_internal.h"
#include "../ntb_transport_memcpy.h"

#define SPADS		16
#define WORDS_SPAD	6
#define EXT_SPAD	(SPADS - 1)
#define MW_SIZE		0x120000
#define OWN_QPS		4
#define AGREED_QPS	2
#define PEER_INC	5

/**
 * struct link_test_ctx - a queue that waits for its peer, and its device
 * @nt: the transport's part of the device
 * @mc: the backend's part of the device
 * @mw: the only memory window
 * @qp: the queue
 * @mq: the backend's part of the queue
 * @ndev: the device
 * @pdev: the PCI device below, for messages
 * @own: scratchpads that the peer writes
 * @peer: scratchpads of the peer
 */
struct link_test_ctx {
	struct ntb_transport_ctx nt;
	struct ntb_memcpy_ctx mc;
	struct ntb_transport_mw mw;
	struct ntb_transport_qp qp;
	struct ntb_memcpy_qp mq;
	struct ntb_dev ndev;
	struct pci_dev pdev;
	u32 own[SPADS];
	u32 peer[SPADS];
};

static u32 link_spad_read(struct ntb_dev *ndev, int idx)
{
	return container_of(ndev, struct link_test_ctx, ndev)->own[idx];
}

static int link_peer_spad_write(struct ntb_dev *ndev, int pidx, int idx, u32 val)
{
	container_of(ndev, struct link_test_ctx, ndev)->peer[idx] = val;

	return 0;
}

static u64 link_is_up(struct ntb_dev *ndev, enum ntb_speed *speed,
		      enum ntb_width *width)
{
	return 1;
}

static const struct ntb_dev_ops link_ops = {
	.spad_read		= link_spad_read,
	.peer_spad_write	= link_peer_spad_write,
	.link_is_up		= link_is_up,
};

static int link_init(struct kunit *test)
{
	struct link_test_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;

	ctx->ndev.ops = &link_ops;
	ctx->ndev.pdev = &ctx->pdev;
	ctx->nt.ndev = &ctx->ndev;
	ctx->nt.backend_priv = &ctx->mc;
	ctx->nt.qp_count = OWN_QPS;
	ctx->nt.qp_active = AGREED_QPS;
	ctx->mw.phys_size = MW_SIZE;
	ctx->mc.qps = &ctx->mq;
	ctx->mc.mw_vec = &ctx->mw;
	ctx->mc.mw_count = 1;
	ctx->mc.msi_spad_offset = WORDS_SPAD;
	ctx->mc.ext_spad = EXT_SPAD;
	mutex_init(&ctx->mc.qp_links_lock);
	ctx->qp.transport = &ctx->nt;
	ctx->qp.ndev = &ctx->ndev;
	mutex_init(&ctx->qp.link_lock);

	return 0;
}

/* Does the queue come up? */
static bool link_ready(struct link_test_ctx *ctx)
{
	guard(mutex)(&ctx->qp.link_lock);

	return ntb_memcpy_qp_link_ready(&ctx->qp);
}

/* The peer has cleared all that was published, as it found the link down late */
static void memcpy_link_told_again(struct kunit *test)
{
	struct link_test_ctx *ctx = test->priv;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		memset(ctx->peer, 0, sizeof(ctx->peer));
		KUNIT_EXPECT_FALSE(test, link_ready(ctx));
		KUNIT_EXPECT_EQ(test, NTB_TRANSPORT_VERSION, ctx->peer[VERSION]);
		KUNIT_EXPECT_EQ(test, 1, ctx->peer[QP_LINKS]);
		/* A peer that insists on its number would refuse another one */
		KUNIT_EXPECT_EQ(test, AGREED_QPS, ctx->peer[NUM_QPS]);
		KUNIT_EXPECT_EQ(test, 1, ctx->peer[NUM_MWS]);
		KUNIT_EXPECT_EQ(test, MW_SIZE, ctx->peer[MW0_SZ_LOW]);
		KUNIT_EXPECT_EQ(test, NTB_EXT_MAGIC | NTB_EXT_MIN_QPS |
				      NTB_EXT_QP_WORDS, ctx->peer[EXT_SPAD]);
	}
}

/* That the peer uses words is seen while the queue waits, and outweighs its bit */
static void memcpy_link_words_late(struct kunit *test)
{
	struct link_test_ctx *ctx = test->priv;

	KUNIT_EXPECT_FALSE(test, link_ready(ctx));
	KUNIT_EXPECT_EQ(test, 0, ctx->peer[WORDS_SPAD]);

	ctx->own[QP_LINKS] = 1;
	ctx->own[EXT_SPAD] = NTB_EXT_MAGIC | NTB_EXT_QP_WORDS;
	KUNIT_EXPECT_FALSE(test, link_ready(ctx));
	KUNIT_EXPECT_EQ(test, NTB_MEMCPY_WORD(1, 0), ctx->peer[WORDS_SPAD]);
}

/* It is seen when the queue is up without words, too */
static void memcpy_link_words_too_late(struct kunit *test)
{
	struct link_test_ctx *ctx = test->priv;

	ctx->own[QP_LINKS] = 1;
	KUNIT_EXPECT_TRUE(test, link_ready(ctx));
	KUNIT_EXPECT_TRUE(test, ntb_memcpy_peer_agrees(&ctx->qp));

	ctx->own[EXT_SPAD] = NTB_EXT_MAGIC | NTB_EXT_MIN_QPS;
	KUNIT_EXPECT_TRUE(test, ntb_memcpy_peer_agrees(&ctx->qp));
	ctx->own[EXT_SPAD] = NTB_EXT_MAGIC | NTB_EXT_QP_WORDS;
	KUNIT_EXPECT_FALSE(test, ntb_memcpy_peer_agrees(&ctx->qp));
}

/* With words, a peer that is at another incarnation has left */
static void memcpy_link_peer_left(struct kunit *test)
{
	struct link_test_ctx *ctx = test->priv;

	ctx->mc.use_words = true;
	ctx->mq.words.inc = 1;
	ctx->mq.words.ack = PEER_INC;
	ctx->own[WORDS_SPAD] = NTB_MEMCPY_WORD(PEER_INC, 1);
	KUNIT_EXPECT_TRUE(test, ntb_memcpy_peer_agrees(&ctx->qp));
	ctx->own[WORDS_SPAD] = NTB_MEMCPY_WORD(PEER_INC + 1, 0);
	KUNIT_EXPECT_FALSE(test, ntb_memcpy_peer_agrees(&ctx->qp));
}

static struct kunit_case memcpy_link_cases[] = {
	KUNIT_CASE(memcpy_link_told_again),
	KUNIT_CASE(memcpy_link_words_late),
	KUNIT_CASE(memcpy_link_words_too_late),
	KUNIT_CASE(memcpy_link_peer_left),
	{}
};

static struct kunit_suite memcpy_link_suite = {
	.name = "ntb_transport_memcpy_link",
	.init = link_init,
	.test_cases = memcpy_link_cases,
};

kunit_test_suite(memcpy_link_suite);

MODULE_DESCRIPTION("KUnit tests for how two copying sides find each other");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("Dual BSD/GPL");
