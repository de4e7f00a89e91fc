// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * KUnit tests for the core of ntb_transport, with a fake device and a fake
 * backend: what a backend can rely on when its device is removed.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/ntb.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "../ntb_transport_internal.h"

#define FAKE_QPS	2
#define HOLD_MS		100	/* until a tasklet that was scheduled may run */

/**
 * struct core_test_ctx - the fake device, and what its backend finds in exit()
 * @ndev: the device
 * @nt: the transport's part of it
 * @removing: the device is being removed
 * @release: lets the tasklets run that link_teardown() has scheduled
 * @exits: number of calls of exit()
 * @scheduled: tasklets that were still scheduled or running then
 * @has_ctx: events of the device still reached the transport
 * @has_work: the link could still change
 */
struct core_test_ctx {
	struct ntb_dev ndev;
	struct ntb_transport_ctx *nt;
	bool removing;
	struct delayed_work release;
	unsigned int exits;
	unsigned int scheduled;
	bool has_ctx;
	bool has_work;
};

static u64 fake_link_is_up(struct ntb_dev *ndev, enum ntb_speed *speed,
			   enum ntb_width *width)
{
	return 0;
}

static int fake_link_enable(struct ntb_dev *ndev, enum ntb_speed max_speed,
			    enum ntb_width max_width)
{
	return 0;
}

static int fake_link_disable(struct ntb_dev *ndev)
{
	return 0;
}

static u64 fake_db_valid_mask(struct ntb_dev *ndev)
{
	return BIT_ULL(FAKE_QPS + 1) - 1;
}

/* The other operations that a device must have are never called */
static const struct ntb_dev_ops fake_ops = {
	.link_is_up		= fake_link_is_up,
	.link_enable		= fake_link_enable,
	.link_disable		= fake_link_disable,
	.mw_count		= (void *)fake_link_disable,
	.mw_get_align		= (void *)fake_link_disable,
	.mw_set_trans		= (void *)fake_link_disable,
	.peer_mw_count		= (void *)fake_link_disable,
	.peer_mw_get_addr	= (void *)fake_link_disable,
	.db_valid_mask		= fake_db_valid_mask,
	.db_read		= fake_db_valid_mask,
	.db_clear		= (void *)fake_link_disable,
	.db_set_mask		= (void *)fake_link_disable,
	.db_clear_mask		= (void *)fake_link_disable,
	.peer_db_set		= (void *)fake_link_disable,
};

static int fake_init(struct ntb_transport_ctx *nt)
{
	nt->qp_default = FAKE_QPS;

	return 0;
}

static int fake_qp_init(struct ntb_transport_qp *qp)
{
	return 0;
}

static void release_tasklets(struct work_struct *work)
{
	struct core_test_ctx *ctx =
		container_of(work, struct core_test_ctx, release.work);
	unsigned int i;

	for (i = 0; i < FAKE_QPS; i++)
		tasklet_enable(&ctx->nt->qp_vec[i].poll_tasklet);
}

/*
 * The last that a backend does on the link schedules the tasklets once more. They
 * are held back, so that they run in time only if the core waits for them.
 */
static void fake_link_teardown(struct ntb_transport_ctx *nt)
{
	struct core_test_ctx *ctx = nt->backend_priv;
	unsigned int i;

	if (!ctx->removing || ctx->nt)
		return;

	ctx->nt = nt;
	for (i = 0; i < FAKE_QPS; i++) {
		tasklet_disable(&nt->qp_vec[i].poll_tasklet);
		tasklet_schedule(&nt->qp_vec[i].poll_tasklet);
	}
	schedule_delayed_work(&ctx->release, msecs_to_jiffies(HOLD_MS));
}

static void fake_exit(struct ntb_transport_ctx *nt)
{
	struct core_test_ctx *ctx = nt->backend_priv;
	unsigned int i;

	ctx->exits++;
	for (i = 0; i < FAKE_QPS; i++)
		ctx->scheduled += READ_ONCE(nt->qp_vec[i].poll_tasklet.state) != 0;
	ctx->has_ctx = ctx->ndev.ctx;
	ctx->has_work = schedule_work(&nt->link_cleanup) ||
			schedule_delayed_work(&nt->link_work, 0);

	/* If the core has not waited, that is in scheduled */
	flush_delayed_work(&ctx->release);
}

static const struct ntb_transport_backend_ops fake_backend = {
	.name		= "fake",
	.init		= fake_init,
	.exit		= fake_exit,
	.link_teardown	= fake_link_teardown,
	.qp_init	= fake_qp_init,
};

static int fake_choose_backend(struct ntb_transport_ctx *nt)
{
	nt->backend = &fake_backend;
	nt->backend_priv = kunit_get_current_test()->priv;

	return 0;
}

static void fake_pci_release(struct device *dev)
{
	kfree(to_pci_dev(dev));
}

static void fake_pci_unregister(void *pdev)
{
	device_unregister(&((struct pci_dev *)pdev)->dev);
}

static struct pci_dev *fake_pci_register(struct kunit *test)
{
	struct pci_dev *pdev = kzalloc_obj(*pdev);

	KUNIT_ASSERT_NOT_NULL(test, pdev);
	device_initialize(&pdev->dev);
	pdev->dev.release = fake_pci_release;
	KUNIT_ASSERT_EQ(test, 0, dev_set_name(&pdev->dev, "ntb-transport-test"));
	KUNIT_ASSERT_EQ(test, 0, device_add(&pdev->dev));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, fake_pci_unregister,
						  pdev));

	return pdev;
}

/* Nothing of the core calls a backend, or uses a queue, from exit() on. */
static void core_remove_device(struct kunit *test)
{
	struct core_test_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	INIT_DELAYED_WORK(&ctx->release, release_tasklets);
	ctx->ndev.pdev = fake_pci_register(test);
	ctx->ndev.ops = &fake_ops;
	kunit_activate_static_stub(test, ntb_transport_choose_backend,
				   fake_choose_backend);

	KUNIT_ASSERT_EQ(test, 0, ntb_register_device(&ctx->ndev));
	ctx->removing = true;
	ntb_unregister_device(&ctx->ndev);

	KUNIT_EXPECT_NOT_NULL(test, ctx->nt);
	KUNIT_EXPECT_EQ(test, 1, ctx->exits);
	KUNIT_EXPECT_EQ(test, 0, ctx->scheduled);
	KUNIT_EXPECT_FALSE(test, ctx->has_ctx);
	KUNIT_EXPECT_FALSE(test, ctx->has_work);
}

static struct kunit_case core_cases[] = {
	KUNIT_CASE(core_remove_device),
	{}
};

static struct kunit_suite core_suite = {
	.name = "ntb_transport_core",
	.test_cases = core_cases,
};

kunit_test_suite(core_suite);

MODULE_DESCRIPTION("KUnit tests for the core of ntb_transport");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("Dual BSD/GPL");
