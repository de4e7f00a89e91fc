// SPDX-License-Identifier: GPL-2.0
/* DesignWare eDMA: the interrupts of delegated channels on the owner's side. */

#include <linux/interrupt.h>

#include "fixture.h"

#define WR	EDMA_DIR_WRITE
#define RD	EDMA_DIR_READ
#define MASKED	0xff00ff

struct handler {
	struct dw_edma_test_ctx *ctx;
	u16 ch;
	unsigned int calls;
	bool disables;
	u32 cleared;
	u32 mask;
};

static irqreturn_t handle(int irq, void *data)
{
	struct handler *h = data;

	h->calls++;
	h->cleared = dw_edma_test_get(h->ctx, RD, h->ch, REG_INT_CLEAR);
	h->mask = dw_edma_test_get(h->ctx, RD, h->ch, REG_INT_MASK);
	if (h->disables)
		disable_irq_nosync(irq);

	return IRQ_HANDLED;
}

static struct dw_edma_test_ctx *delegated(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create_probed(test, DW_EDMA_CHIP_LOCAL);

	KUNIT_ASSERT_GT(test, ctx->chip.rd_irq, 0);
	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_delegate(&ctx->chip, DW_EDMA_CHIP_READ, 0));

	return ctx;
}

static void request(struct dw_edma_test_ctx *ctx, struct handler *h, u16 ch)
{
	h->ctx = ctx;
	h->ch = ch;
	KUNIT_ASSERT_EQ(ctx->test, 0,
			request_irq(ctx->chip.rd_irq + ch, handle, 0, "kunit",
				    h));
}

static void expect_mask(struct dw_edma_test_ctx *ctx, u32 mask)
{
	KUNIT_EXPECT_EQ(ctx->test, dw_edma_test_get(ctx, RD, 0, REG_INT_MASK),
			mask);
}

/* The end of a transfer; the line is asserted unless it is masked. */
static void ends(struct dw_edma_test_ctx *ctx, u16 ch)
{
	dw_edma_test_engine_done(ctx, RD, ch);
	dw_edma_test_interrupt(ctx, RD, ch);
}

/* Masked unless it is requested; cleared before its handler runs. */
static void dw_edma_test_virq(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = delegated(test);
	struct handler h[2] = { };

	expect_mask(ctx, MASKED);
	request(ctx, &h[0], 1);
	request(ctx, &h[1], 2);
	expect_mask(ctx, MASKED & ~0x6);

	ends(ctx, 1);
	KUNIT_EXPECT_EQ(test, h[0].calls, 1);
	KUNIT_EXPECT_EQ(test, h[0].cleared, dw_edma_test_done_bit(ctx, 1));
	KUNIT_EXPECT_EQ(test, h[0].mask, MASKED & ~0x4);
	KUNIT_EXPECT_EQ(test, h[1].calls, 0);
	expect_mask(ctx, MASKED & ~0x6);

	/* An error is the link partner's */
	dw_edma_test_engine_aborts(ctx, RD, 1, 0);
	dw_edma_test_interrupt(ctx, RD, 1);
	KUNIT_EXPECT_EQ(test, h[0].calls, 1);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 1, REG_INT_CLEAR),
			TEST_UNTOUCHED);

	free_irq(ctx->chip.rd_irq + 1, &h[0]);
	expect_mask(ctx, MASKED & ~0x4);
	free_irq(ctx->chip.rd_irq + 2, &h[1]);
	expect_mask(ctx, MASKED);
}

/* A handler that polls: masked, and latched, until it enables its interrupt. */
static void dw_edma_test_virq_disabled(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = delegated(test);
	struct handler h = { .disables = true };
	int irq = ctx->chip.rd_irq + 1;

	request(ctx, &h, 1);
	ends(ctx, 1);
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	expect_mask(ctx, MASKED);

	/* Another channel's interrupt does not take this one along */
	ends(ctx, 1);
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 1, REG_INT_STATUS),
			dw_edma_test_done_bit(ctx, 1));

	/* Nor does one that was on its way when it was disabled */
	generic_handle_irq_safe(irq);
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	KUNIT_EXPECT_EQ(test, dw_edma_test_get(ctx, RD, 1, REG_INT_CLEAR),
			TEST_UNTOUCHED);

	enable_irq(irq);
	expect_mask(ctx, MASKED & ~0x2);
	dw_edma_test_interrupt(ctx, RD, 1);
	KUNIT_EXPECT_EQ(test, h.calls, 2);

	enable_irq(irq);
	free_irq(irq, &h);
}

/* Whatever the link partner writes to the mask. */
static void dw_edma_test_virq_stray(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = delegated(test);
	struct handler h = { };

	request(ctx, &h, 1);
	dw_edma_test_set(ctx, RD, 0, REG_INT_MASK, 0);
	ends(ctx, 0);
	KUNIT_EXPECT_EQ(test, h.calls, 0);
	expect_mask(ctx, MASKED & ~0x2);

	dw_edma_test_set(ctx, RD, 0, REG_INT_MASK, MASKED);
	ends(ctx, 1);
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	free_irq(ctx->chip.rd_irq + 1, &h);
}

/* Reclaimed channels interrupt their clients, and only them. */
static void dw_edma_test_virq_reclaim(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx = delegated(test);
	struct handler h = { };
	struct dma_chan *chan;

	request(ctx, &h, 1);
	ends(ctx, 1);
	free_irq(ctx->chip.rd_irq + 1, &h);
	KUNIT_ASSERT_EQ(test, 0,
			dw_edma_reclaim(&ctx->chip, DW_EDMA_CHIP_READ));
	expect_mask(ctx, MASKED);
	dw_edma_test_set(ctx, RD, 1, REG_INT_STATUS, 0);

	/* Too early: it does not touch the driver's own mask */
	request(ctx, &h, 2);
	expect_mask(ctx, MASKED);

	chan = dw_edma_test_request(ctx, RD, 1);
	dw_edma_test_submit(ctx, chan, 1, 0);
	dma_async_issue_pending(chan);
	expect_mask(ctx, MASKED & ~0x20002);
	ends(ctx, 1);
	dw_edma_test_expect_result(ctx, 0, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, h.calls, 1);
	free_irq(ctx->chip.rd_irq + 2, &h);
}

static struct kunit_case dw_edma_virq_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_virq, dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_virq_disabled,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_virq_stray,
			 dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_virq_reclaim,
			 dw_edma_test_shared_map_gen_params),
	{ }
};

static struct kunit_suite dw_edma_virq_suite = {
	.name = "dw_edma_virq",
	.test_cases = dw_edma_virq_cases,
};

kunit_test_suite(dw_edma_virq_suite);
