// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * KUnit tests for the receive side of the copying backend: who has a buffer after
 * a packet was copied into it. The peer is memory of the test.
 */
#include <kunit/test.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>

#include "../ntb_transport_internal.h"
#include "../ntb_transport_memcpy.h"

#define BUF_LEN		2048
#define PKT_LEN		100
#define SLOT		3

/**
 * struct memcpy_test_ctx - a queue with one receive buffer that was filled
 * @nt: its device
 * @mc: the backend's part of the device
 * @qp: the queue
 * @mq: the backend's part of the queue
 * @entry: the buffer
 * @hdr: header of the packet in the ring
 * @info: where the peer reads how far the ring is read
 * @handled: length of the last packet that the client was given
 * @packets: number of packets that the client was given
 */
struct memcpy_test_ctx {
	struct ntb_transport_ctx nt;
	struct ntb_memcpy_ctx mc;
	struct ntb_transport_qp qp;
	struct ntb_memcpy_qp mq;
	struct ntb_queue_entry entry;
	struct ntb_payload_header hdr;
	struct ntb_rx_info info;
	int handled;
	unsigned int packets;
};

static void count_packet(struct ntb_transport_qp *qp, void *qp_data, void *data,
			 int len)
{
	struct memcpy_test_ctx *ctx = qp_data;

	ctx->handled = len;
	ctx->packets++;
}

static int memcpy_rx_init(struct kunit *test)
{
	struct memcpy_test_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	struct ntb_transport_qp *qp;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;

	ctx->nt.backend_priv = &ctx->mc;
	ctx->mc.qps = &ctx->mq;
	ctx->mq.rx_info = (void __iomem *)&ctx->info;

	qp = &ctx->qp;
	qp->transport = &ctx->nt;
	spin_lock_init(&qp->ntb_rx_q_lock);
	INIT_LIST_HEAD(&qp->rx_post_q);
	INIT_LIST_HEAD(&qp->rx_pend_q);
	INIT_LIST_HEAD(&qp->rx_free_q);
	qp->rx_handler = count_packet;
	qp->cb_data = ctx;

	ctx->hdr.flags = DESC_DONE_FLAG;
	ctx->entry.qp = qp;
	ctx->entry.rx_hdr = &ctx->hdr;
	ctx->entry.rx_index = SLOT;
	ctx->entry.buf_len = BUF_LEN;
	ctx->entry.len = PKT_LEN;
	ctx->entry.flags = DESC_DONE_FLAG;
	list_add(&ctx->entry.entry, &qp->rx_post_q);

	return 0;
}

/* In both cases the slot of the ring is the peer's again. */
static void expect_slot_free(struct kunit *test, struct memcpy_test_ctx *ctx)
{
	KUNIT_EXPECT_TRUE(test, list_empty(&ctx->qp.rx_post_q));
	KUNIT_EXPECT_EQ(test, 0, ctx->hdr.flags);
	KUNIT_EXPECT_EQ(test, SLOT, ctx->info.entry);
}

static void memcpy_rx_delivered(struct kunit *test)
{
	struct memcpy_test_ctx *ctx = test->priv;

	ctx->qp.client_ready = true;
	ntb_complete_rxc(&ctx->qp);

	expect_slot_free(test, ctx);
	KUNIT_EXPECT_EQ(test, 1, ctx->packets);
	KUNIT_EXPECT_EQ(test, PKT_LEN, ctx->handled);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&ctx->qp.rx_free_q));
}

/* A client that leaves collects its buffers, of their full size, from rx_pend_q. */
static void memcpy_rx_client_leaves(struct kunit *test)
{
	struct memcpy_test_ctx *ctx = test->priv;

	ntb_complete_rxc(&ctx->qp);

	expect_slot_free(test, ctx);
	KUNIT_EXPECT_EQ(test, 0, ctx->packets);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&ctx->qp.rx_pend_q));
	KUNIT_EXPECT_EQ(test, BUF_LEN, ctx->entry.len);
	KUNIT_EXPECT_EQ(test, 0, ctx->entry.flags);
}

static struct kunit_case memcpy_rx_cases[] = {
	KUNIT_CASE(memcpy_rx_delivered),
	KUNIT_CASE(memcpy_rx_client_leaves),
	{}
};

static struct kunit_suite memcpy_rx_suite = {
	.name = "ntb_transport_memcpy_rx",
	.init = memcpy_rx_init,
	.test_cases = memcpy_rx_cases,
};

kunit_test_suite(memcpy_rx_suite);

MODULE_DESCRIPTION("KUnit tests for the receive side of the copying backend");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("Dual BSD/GPL");
