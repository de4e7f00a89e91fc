// SPDX-License-Identifier: GPL-2.0
/*
 * The description of a delegated DMA controller, and the DesignWare driver of
 * such a controller.
 */

#include <linux/auxiliary_bus.h>
#include <linux/dma/remote-dma.h>
#include <linux/irq.h>
#include <linux/kmod.h>

#include <kunit/device.h>

#include "fixture.h"

#define WINDOW_SIZE	0x20000

static struct remote_dma_info good_info(void)
{
	return (struct remote_dma_info) {
		.magic = cpu_to_le32(REMOTE_DMA_MAGIC),
		.version = cpu_to_le32(REMOTE_DMA_VERSION),
		.size = cpu_to_le32(sizeof(struct remote_dma_info)),
		.driver = DW_EDMA_REMOTE_DRIVER,
		.regs_offset = cpu_to_le32(0x1000),
		.regs_size = cpu_to_le32(0x1200),
		.desc_offset = cpu_to_le32(0x10000),
		.desc_size = cpu_to_le32(0x10000),
		.desc_addr = cpu_to_le64(0x89abcdef0000),
		.num_chans = cpu_to_le32(4),
		.desc_per_chan = cpu_to_le32(0x1000),
	};
}

/* One field is not what it should be. */
static const struct info_case {
	const char *name;
	size_t offset;
	size_t size;
	u64 value;
	int expect;
} info_cases[] = {
#define CASE(text, size, member, val, err) \
	{ text, offsetof(struct remote_dma_info, member), size, val, err }
	CASE("nothing is changed", 4, magic, REMOTE_DMA_MAGIC, 0),
	CASE("magic: empty window", 4, magic, 0, -ENODEV),
	CASE("magic: device gone", 4, magic, 0xffffffff, -ENODEV),
	CASE("version: none", 4, version, 0, -EPROTONOSUPPORT),
	CASE("version: newer", 4, version, 2, -EPROTONOSUPPORT),
	CASE("size: smaller", 4, size, 124, -EPROTONOSUPPORT),
	CASE("size: larger", 4, size, 132, -EPROTONOSUPPORT),
	CASE("reserved0 set", 4, reserved0, 1, -EBADMSG),
	CASE("reserved: first byte set", 1, reserved[0], 1, -EBADMSG),
	CASE("reserved: last byte set", 1, reserved[47], 0x80, -EBADMSG),
	CASE("driver: empty", 1, driver[0], 0, -EINVAL),
	CASE("driver: not a character of names", 1, driver[2], '/', -EINVAL),
	CASE("driver: dot", 1, driver[2], '.', -EINVAL),
	CASE("driver: upper case", 1, driver[0], 'D', -EINVAL),
	CASE("driver: not ASCII", 1, driver[0], 0xe4, -EINVAL),
	CASE("driver: something behind the end", 1, driver[15], 'x', -EINVAL),
	CASE("registers: no size", 4, regs_size, 0, -ERANGE),
	CASE("registers: misaligned", 4, regs_offset, 0x1004, -ERANGE),
	CASE("registers: size misaligned", 4, regs_size, 0x1204, -ERANGE),
	CASE("registers: over the info", 4, regs_offset, 0x78, -ERANGE),
	CASE("registers: right behind the info", 4, regs_offset, 0x80, 0),
	CASE("registers: begin behind the window", 4, regs_offset, 0x20008, -ERANGE),
	CASE("registers: end behind the window", 4, regs_offset, 0x1f000, -ERANGE),
	CASE("registers: end wraps", 4, regs_size, 0xfffff000, -ERANGE),
	CASE("registers: over the descriptors", 4, regs_offset, 0xee08, -ERANGE),
	CASE("registers: right before the descriptors", 4, regs_offset, 0xee00, 0),
	CASE("registers: in the descriptors", 4, regs_offset, 0x11000, -ERANGE),
	CASE("descriptors: no size", 4, desc_size, 0, -ERANGE),
	CASE("descriptors: misaligned", 4, desc_offset, 0xfffc, -ERANGE),
	CASE("descriptors: over the info", 4, desc_offset, 0, -ERANGE),
	CASE("descriptors: end behind the window", 4, desc_offset, 0x10008, -ERANGE),
	CASE("descriptors: far behind the window", 4, desc_offset, 0xfffffff8, -ERANGE),
	CASE("address: misaligned", 8, desc_addr, 0x1004, -EOVERFLOW),
	CASE("address: end wraps", 8, desc_addr, 0xffffffffffff8000, -EOVERFLOW),
	CASE("address: up to the last byte", 8, desc_addr, 0xffffffffffff0000, 0),
	CASE("channels: none", 4, num_chans, 0, -EDOM),
	CASE("channels: too many", 4, num_chans, 65, -EDOM),
	CASE("channels: as many as their memory takes", 4, num_chans, 16, 0),
	CASE("channels: one more", 4, num_chans, 17, -EOVERFLOW),
	CASE("memory per channel: none", 4, desc_per_chan, 0, -EOVERFLOW),
	CASE("memory per channel: misaligned", 4, desc_per_chan, 0x804, -EOVERFLOW),
	CASE("memory per channel: product wraps", 4, desc_per_chan, 0x40000000,
	     -EOVERFLOW),
#undef CASE
};

static void info_case_desc(const struct info_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(info_case, info_cases, info_case_desc);

static void remote_dma_test_info(struct kunit *test)
{
	const struct info_case *c = test->param_value;
	struct remote_dma_info info = good_info();
	__le64 value = cpu_to_le64(c->value);

	memcpy((void *)&info + c->offset, &value, c->size);
	KUNIT_EXPECT_EQ(test, remote_dma_info_check(&info, WINDOW_SIZE),
			c->expect);
}

/* The same offsets and sizes for a peer of any kind */
static void remote_dma_test_info_layout(struct kunit *test)
{
#define AT(member, offset)						\
	KUNIT_EXPECT_EQ(test, offsetof(struct remote_dma_info, member), offset)
	AT(magic, 0);
	AT(version, 4);
	AT(size, 8);
	AT(reserved0, 12);
	AT(driver, 16);
	AT(regs_offset, 32);
	AT(regs_size, 36);
	AT(desc_offset, 40);
	AT(desc_size, 44);
	AT(desc_addr, 48);
	AT(num_chans, 56);
	AT(desc_per_chan, 60);
	AT(params, 64);
	AT(reserved, 80);
#undef AT
}

static void remote_dma_test_info_name_length(struct kunit *test)
{
	struct remote_dma_info info = good_info();

	memset(info.driver, 'x', sizeof(info.driver));
	KUNIT_EXPECT_EQ(test, remote_dma_info_check(&info, WINDOW_SIZE), -EINVAL);
	info.driver[15] = 0;
	KUNIT_EXPECT_EQ(test, remote_dma_info_check(&info, WINDOW_SIZE), 0);
}

/* The fixture's controller, as if it had been delegated to this side */
struct attached {
	struct remote_dma_device rdma;
	struct completion released;
};

static void attached_release(struct device *dev)
{
	struct remote_dma_device *rdma =
		to_remote_dma_device(to_auxiliary_dev(dev));

	complete(&container_of(rdma, struct attached, rdma)->released);
}

static struct attached *attached_create(struct dw_edma_test_ctx *ctx)
{
	struct attached *att =
		kunit_kzalloc(ctx->test, sizeof(*att), GFP_KERNEL);
	struct remote_dma_device *rdma;
	unsigned int i;

	/* As the link driver that adds such a device does it */
	request_module("auxiliary:ntb_hw_edma." DW_EDMA_REMOTE_DRIVER);

	KUNIT_ASSERT_NOT_NULL(ctx->test, att);
	init_completion(&att->released);
	rdma = &att->rdma;
	rdma->regs = (void __iomem *)ctx->regs;
	rdma->regs_size = 0x1200;
	rdma->desc =
		(void __iomem *)kunit_kzalloc(ctx->test, SZ_16K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(ctx->test, (void __force *)rdma->desc);
	rdma->desc_size = SZ_16K;
	rdma->desc_addr = 0x4000000000;
	rdma->num_chans = TEST_CHANS;
	rdma->desc_per_chan = SZ_4K;
	rdma->params[DW_EDMA_REMOTE_MAP] = ctx->map->mf;
	rdma->params[DW_EDMA_REMOTE_FUNC] = 3;
	rdma->nr_irqs = 2;
	for (i = 0; i < rdma->nr_irqs; i++)
		rdma->irqs[i] = ctx->irqs + i;
	rdma->adev.name = DW_EDMA_REMOTE_DRIVER;
	rdma->adev.dev.parent = ctx->dev;
	rdma->adev.dev.release = attached_release;

	return att;
}

static void attached_add(struct dw_edma_test_ctx *ctx, struct attached *att)
{
	struct auxiliary_device *adev = &att->rdma.adev;

	reinit_completion(&att->released);
	KUNIT_ASSERT_EQ(ctx->test, auxiliary_device_init(adev), 0);
	KUNIT_ASSERT_EQ(ctx->test, __auxiliary_device_add(adev, "ntb_hw_edma"),
			0);
}

static void attached_del(struct attached *att)
{
	auxiliary_device_delete(&att->rdma.adev);
	auxiliary_device_uninit(&att->rdma.adev);
	wait_for_completion(&att->released);
	memset(&att->rdma.adev.dev, 0, sizeof(att->rdma.adev.dev));
}

static bool attached_filter(struct dma_chan *chan, void *dev)
{
	return chan->device->dev == dev;
}

static struct dma_chan *attached_request(struct attached *att)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);

	return dma_request_channel(mask, attached_filter, &att->rdma.adev.dev);
}

/* Across link cycles, and with a client that releases its channel late. */
static void dw_edma_test_aux(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_PARTIAL);
	struct attached *att = attached_create(ctx);
	struct dma_chan *chan[TEST_CHANS + 1];
	struct device *dev = &att->rdma.adev.dev;
	struct dma_slave_caps caps;
	unsigned int i, cycle;

	dw_edma_test_set_msi(ctx, 0x100);
	for (cycle = 0; cycle < 3; cycle++) {
		att->rdma.adev.dev.parent = ctx->dev;
		att->rdma.adev.dev.release = attached_release;
		attached_add(ctx, att);
		if (!dev->driver) {
			attached_del(att);
			KUNIT_FAIL(test, "dw-edma-aux did not bind");
			return;
		}
		/* An unbound device would be of no use to the link driver */
		KUNIT_EXPECT_TRUE(test, dev->driver->suppress_bind_attrs);

		for (i = 0; i <= TEST_CHANS; i++)
			chan[i] = attached_request(att);
		for (i = 0; i < TEST_CHANS; i++) {
			struct dw_edma_chan *c;

			KUNIT_ASSERT_NOT_NULL(test, chan[i]);
			KUNIT_EXPECT_EQ(test, 0,
					dma_get_slave_caps(chan[i], &caps));
			KUNIT_EXPECT_EQ(test, caps.directions,
					BIT(DMA_MEM_TO_DEV));
			c = dchan2dw_edma_chan(chan[i]);
			KUNIT_EXPECT_EQ(test, c->ll_region.paddr,
					0x4000000000 + i * SZ_4K);
			KUNIT_EXPECT_EQ(test, c->func_no, 3);
			KUNIT_EXPECT_EQ(test, (int)c->irq_mode,
					(int)DW_EDMA_CH_IRQ_REMOTE);
		}
		KUNIT_EXPECT_NULL(test, chan[TEST_CHANS]);

		for (i = 1; i < TEST_CHANS; i++)
			dma_release_channel(chan[i]);
		attached_del(att);
		dmaengine_terminate_sync(chan[0]);
		dma_release_channel(chan[0]);
	}
}

/* The parameters that only the driver can judge. */
static void dw_edma_test_aux_refused(struct kunit *test)
{
	struct dw_edma_test_ctx *ctx =
		dw_edma_test_create(test, test->param_value, DW_EDMA_CHIP_PARTIAL);
	struct attached *att = attached_create(ctx);
	struct remote_dma_device *rdma = &att->rdma;
	bool good;
	unsigned int i;

	dw_edma_test_set_msi(ctx, 0x100);
	for (i = 0; i < 10; i++) {
		struct remote_dma_device saved = *rdma;

		good = !i;
		switch (i) {
		case 0:
			break;
		case 1:
			rdma->params[0] = EDMA_MF_EDMA_LEGACY;
			break;
		case 2:
			rdma->params[0] = 0xffffffff;
			break;
		case 3:
			rdma->params[1] = 32;
			break;
		case 4:
			rdma->params[2] = 1;
			break;
		case 5:
			rdma->regs_size = 0x200;
			break;
		case 6:
			rdma->desc_per_chan = 24;
			break;
		case 7:
			rdma->nr_irqs = 0;
			break;
		case 8:
			rdma->params[0] = EDMA_MF_HDMA_NATIVE;
			break;
		case 9:
			memset(ctx->regs, 0xff, TEST_REGS_SIZE);
			break;
		}

		attached_add(ctx, att);
		KUNIT_EXPECT_EQ_MSG(test, !!rdma->adev.dev.driver, good,
				    "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, !!rdma->adev.dev.dma_parms, good,
				    "case %u", i);
		attached_del(att);
		*rdma = saved;
	}
}

static struct kunit_case remote_dma_cases[] = {
	KUNIT_CASE_PARAM(remote_dma_test_info, info_case_gen_params),
	KUNIT_CASE(remote_dma_test_info_layout),
	KUNIT_CASE(remote_dma_test_info_name_length),
	{ }
};

static struct kunit_case dw_edma_aux_cases[] = {
	KUNIT_CASE_PARAM(dw_edma_test_aux, dw_edma_test_shared_map_gen_params),
	KUNIT_CASE_PARAM(dw_edma_test_aux_refused,
			 dw_edma_test_shared_map_gen_params),
	{ }
};

static struct kunit_suite remote_dma_suite = {
	.name = "remote_dma",
	.test_cases = remote_dma_cases,
};

static struct kunit_suite dw_edma_aux_suite = {
	.name = "dw_edma_aux",
	.test_cases = dw_edma_aux_cases,
};

kunit_test_suites(&remote_dma_suite, &dw_edma_aux_suite);
