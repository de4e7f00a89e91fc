// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for the NTB API (include/linux/ntb.h): what the wrappers around
 * the operations of a device pass on, and what they return for an operation
 * that the device does not have. The device is a fake that records its calls.
 */

#include <kunit/test.h>
#include <linux/ntb.h>

#define FAKE_OFFSET	0x3000
#define FAKE_IRQ	17

/* What the fake device was called with, and how often */
struct fake {
	struct ntb_dev ntb;
	struct ntb_dev_ops ops;
	u64 link;
	unsigned int calls;
	int pidx;
	int widx;
	dma_addr_t addr;
	resource_size_t size;
	resource_size_t offset;
	struct remote_dma_info *info;
};

#define to_fake(_ntb) container_of((_ntb), struct fake, ntb)

static u64 fake_link_is_up(struct ntb_dev *ntb, enum ntb_speed *speed,
			   enum ntb_width *width)
{
	return to_fake(ntb)->link;
}

static int fake_mw_get_align(struct ntb_dev *ntb, int pidx, int widx,
			     resource_size_t *addr_align,
			     resource_size_t *size_align,
			     resource_size_t *size_max,
			     resource_size_t *offset)
{
	struct fake *fake = to_fake(ntb);

	fake->calls++;
	fake->pidx = pidx;
	fake->widx = widx;
	if (offset)
		*offset = FAKE_OFFSET;

	return 0;
}

static int fake_mw_set_trans(struct ntb_dev *ntb, int pidx, int widx,
			     dma_addr_t addr, resource_size_t size,
			     resource_size_t offset)
{
	struct fake *fake = to_fake(ntb);

	fake->calls++;
	fake->pidx = pidx;
	fake->widx = widx;
	fake->addr = addr;
	fake->size = size;
	fake->offset = offset;

	return 0;
}

static enum ntb_dma_role fake_dma_role(struct ntb_dev *ntb)
{
	return NTB_DMA_OWNER;
}

static int fake_dma_delegate(struct ntb_dev *ntb, int widx,
			     struct remote_dma_info *info)
{
	struct fake *fake = to_fake(ntb);

	fake->calls++;
	fake->widx = widx;
	fake->info = info;

	return -ENOSPC;
}

static int fake_dma_reclaim(struct ntb_dev *ntb, int widx)
{
	struct fake *fake = to_fake(ntb);

	fake->calls++;
	fake->widx = widx;

	return -ETIMEDOUT;
}

static int fake_dma_irq_count(struct ntb_dev *ntb)
{
	return 1;
}

static int fake_dma_irq(struct ntb_dev *ntb, int idx)
{
	return idx ? -EINVAL : FAKE_IRQ;
}

static void fake_dma_fence(struct ntb_dev *ntb)
{
	to_fake(ntb)->calls++;
}

/* The other operations that a device must have are never called */
static const struct ntb_dev_ops fake_ops = {
	.link_is_up		= fake_link_is_up,
	.link_enable		= (void *)fake_link_is_up,
	.link_disable		= (void *)fake_link_is_up,
	.mw_count		= (void *)fake_link_is_up,
	.mw_get_align		= fake_mw_get_align,
	.mw_set_trans		= fake_mw_set_trans,
	.peer_mw_count		= (void *)fake_link_is_up,
	.peer_mw_get_addr	= (void *)fake_link_is_up,
	.db_valid_mask		= (void *)fake_link_is_up,
	.db_read		= (void *)fake_link_is_up,
	.db_clear		= (void *)fake_link_is_up,
	.db_set_mask		= (void *)fake_link_is_up,
	.db_clear_mask		= (void *)fake_link_is_up,
	.peer_db_set		= (void *)fake_link_is_up,
	.dma_role		= fake_dma_role,
	.dma_delegate		= fake_dma_delegate,
	.dma_reclaim		= fake_dma_reclaim,
	.dma_irq_count		= fake_dma_irq_count,
	.dma_irq		= fake_dma_irq,
	.dma_fence		= fake_dma_fence,
};

static int ntb_core_init(struct kunit *test)
{
	struct fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->ops = fake_ops;
	fake->ntb.ops = &fake->ops;
	fake->link = BIT_ULL(0);
	test->priv = fake;

	return 0;
}

static void ntb_core_get_align_offset(struct kunit *test)
{
	struct fake *fake = test->priv;
	resource_size_t offset = 0;

	KUNIT_EXPECT_EQ(test, 0, ntb_mw_get_align(&fake->ntb, 0, 2, NULL, NULL,
						  NULL, &offset));
	KUNIT_EXPECT_EQ(test, 2, fake->widx);
	KUNIT_EXPECT_EQ(test, FAKE_OFFSET, offset);

	KUNIT_EXPECT_EQ(test, 0, ntb_mw_get_align(&fake->ntb, 0, 2, NULL, NULL,
						  NULL, NULL));
}

static void ntb_core_get_align_link_down(struct kunit *test)
{
	struct fake *fake = test->priv;
	resource_size_t offset = 1;

	fake->link = BIT_ULL(1);
	KUNIT_EXPECT_EQ(test, -ENOTCONN,
			ntb_mw_get_align(&fake->ntb, 0, 0, NULL, NULL, NULL,
					 &offset));
	KUNIT_EXPECT_EQ(test, 0, fake->calls);
	KUNIT_EXPECT_EQ(test, 1, offset);
}

static void ntb_core_set_trans_offset(struct kunit *test)
{
	struct fake *fake = test->priv;

	KUNIT_EXPECT_EQ(test, 0, ntb_mw_set_trans(&fake->ntb, 3, 2, 0x10000,
						  0x2000, 0x4000));
	KUNIT_EXPECT_EQ(test, 3, fake->pidx);
	KUNIT_EXPECT_EQ(test, 2, fake->widx);
	KUNIT_EXPECT_EQ(test, 0x10000, fake->addr);
	KUNIT_EXPECT_EQ(test, 0x2000, fake->size);
	KUNIT_EXPECT_EQ(test, 0x4000, fake->offset);
}

static void ntb_core_set_trans_absent(struct kunit *test)
{
	struct fake *fake = test->priv;

	fake->ops.mw_set_trans = NULL;
	KUNIT_EXPECT_EQ(test, 0, ntb_mw_set_trans(&fake->ntb, 0, 0, 0, 0, 1));
}

static void ntb_core_clear_trans_absent(struct kunit *test)
{
	struct fake *fake = test->priv;

	fake->addr = 1;
	fake->size = 1;
	fake->offset = 1;
	KUNIT_EXPECT_EQ(test, 0, ntb_mw_clear_trans(&fake->ntb, 0, 2));
	KUNIT_EXPECT_EQ(test, 1, fake->calls);
	KUNIT_EXPECT_EQ(test, 2, fake->widx);
	KUNIT_EXPECT_EQ(test, 0, fake->addr);
	KUNIT_EXPECT_EQ(test, 0, fake->size);
	KUNIT_EXPECT_EQ(test, 0, fake->offset);
}

static void ntb_core_dma_absent(struct kunit *test)
{
	struct fake *fake = test->priv;

	fake->ops.dma_role = NULL;
	fake->ops.dma_delegate = NULL;
	fake->ops.dma_reclaim = NULL;
	fake->ops.dma_irq_count = NULL;
	fake->ops.dma_irq = NULL;
	fake->ops.dma_fence = NULL;

	KUNIT_EXPECT_TRUE(test, ntb_dev_ops_is_valid(&fake->ops));
	KUNIT_EXPECT_EQ(test, NTB_DMA_NONE, ntb_dma_role(&fake->ntb));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			ntb_dma_delegate(&fake->ntb, 0, NULL));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, ntb_dma_irq_count(&fake->ntb));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, ntb_dma_irq(&fake->ntb, 0));
	KUNIT_EXPECT_EQ(test, 0, ntb_dma_reclaim(&fake->ntb, 0));
	ntb_dma_fence(&fake->ntb);
	KUNIT_EXPECT_EQ(test, 0, fake->calls);
}

static void ntb_core_dma_present(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct remote_dma_info *info = (void *)fake;

	KUNIT_EXPECT_EQ(test, NTB_DMA_OWNER, ntb_dma_role(&fake->ntb));
	KUNIT_EXPECT_EQ(test, -ENOSPC, ntb_dma_delegate(&fake->ntb, 3, info));
	KUNIT_EXPECT_EQ(test, 3, fake->widx);
	KUNIT_EXPECT_PTR_EQ(test, info, fake->info);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, ntb_dma_reclaim(&fake->ntb, 1));
	KUNIT_EXPECT_EQ(test, 1, fake->widx);
	KUNIT_EXPECT_EQ(test, 2, fake->calls);
	KUNIT_EXPECT_EQ(test, 1, ntb_dma_irq_count(&fake->ntb));
	KUNIT_EXPECT_EQ(test, FAKE_IRQ, ntb_dma_irq(&fake->ntb, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, ntb_dma_irq(&fake->ntb, 1));
	ntb_dma_fence(&fake->ntb);
	KUNIT_EXPECT_EQ(test, 3, fake->calls);
}

static void ntb_core_dma_half(struct kunit *test)
{
	struct fake *fake = test->priv;

	KUNIT_EXPECT_TRUE(test, ntb_dev_ops_is_valid(&fake->ops));

	fake->ops.dma_reclaim = NULL;
	KUNIT_EXPECT_FALSE(test, ntb_dev_ops_is_valid(&fake->ops));

	fake->ops = fake_ops;
	fake->ops.dma_irq_count = NULL;
	KUNIT_EXPECT_FALSE(test, ntb_dev_ops_is_valid(&fake->ops));

	/* Who only drives what the peer has needs a way to end that */
	fake->ops = fake_ops;
	fake->ops.dma_fence = NULL;
	KUNIT_EXPECT_TRUE(test, ntb_dev_ops_is_valid(&fake->ops));
	fake->ops.dma_delegate = NULL;
	fake->ops.dma_reclaim = NULL;
	KUNIT_EXPECT_FALSE(test, ntb_dev_ops_is_valid(&fake->ops));
}

static struct kunit_case ntb_core_cases[] = {
	KUNIT_CASE(ntb_core_get_align_offset),
	KUNIT_CASE(ntb_core_get_align_link_down),
	KUNIT_CASE(ntb_core_set_trans_offset),
	KUNIT_CASE(ntb_core_set_trans_absent),
	KUNIT_CASE(ntb_core_clear_trans_absent),
	KUNIT_CASE(ntb_core_dma_absent),
	KUNIT_CASE(ntb_core_dma_present),
	KUNIT_CASE(ntb_core_dma_half),
	{}
};

static struct kunit_suite ntb_core_suite = {
	.name = "ntb_core",
	.init = ntb_core_init,
	.test_cases = ntb_core_cases,
};

kunit_test_suite(ntb_core_suite);

MODULE_DESCRIPTION("KUnit tests for the NTB core");
MODULE_LICENSE("GPL");
