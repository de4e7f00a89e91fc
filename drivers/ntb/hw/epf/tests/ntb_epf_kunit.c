// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for what the host's driver makes of an endpoint's control region:
 * where everything is in it, which versions are understood, and that each thing
 * that cannot be true is found. The tests work on a copy in memory, as the
 * driver does.
 */

#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/sizes.h>

#include "../ntb_hw_epf_config.h"

static const struct ntb_epf_bars good_bars = {
	.len = { SZ_4K, 0, SZ_1M, SZ_64K, 128, 0 },
	.ctrl = 0,
	.peer_spad = 0,
	.db = 4,
	.mw = { 2, 2, 3, -1 },
};

static void put(struct ntb_epf_ctrl *ctrl, size_t offset, u32 val)
{
	*(__le32 *)((void *)ctrl + offset) = cpu_to_le32(val);
}

/* The settings of the RFC on an R-Car S4, with doorbells that are polled */
static void fill_v1(struct ntb_epf_ctrl *ctrl)
{
	unsigned int i;

	memset(ctrl, 0, sizeof(*ctrl));
	ctrl->version = cpu_to_le32(1);
	ctrl->num_mws = cpu_to_le32(2);
	ctrl->spad_offset = cpu_to_le32(0x220);
	ctrl->spad_count = cpu_to_le32(128);
	ctrl->db_entry_size = cpu_to_le32(4);
	for (i = 0; i < 16; i++)
		ctrl->db_data[i] = cpu_to_le32(i + 1);
	ctrl->mw_offset[1] = cpu_to_le32(0xe0000);
	ctrl->mw_size[0] = cpu_to_le32(0xe0000);
	ctrl->mw_size[1] = cpu_to_le32(0x20000);
	ctrl->mw_bars = cpu_to_le32(0x0202);
	ctrl->mw_align = cpu_to_le32(SZ_64K);
	ctrl->db_bar = cpu_to_le32(4);
	ctrl->db_count = cpu_to_le32(16);
	ctrl->msi_vectors = cpu_to_le32(32);
	ctrl->features = cpu_to_le32(NTB_EPF_FEATURE_DMA |
				     NTB_EPF_FEATURE_DB_PENDING);
	ctrl->epoch = cpu_to_le32(0x12345678);
}

/* What pci-epf-vntb of Linux 7.3 publishes for a window of 1 MB */
static void fill_legacy(struct ntb_epf_ctrl *ctrl)
{
	fill_v1(ctrl);
	memset((void *)ctrl + NTB_EPF_LEGACY_SIZE, 0xa5,
	       sizeof(*ctrl) - NTB_EPF_LEGACY_SIZE);
	ctrl->version = cpu_to_le32(0);
	ctrl->num_mws = cpu_to_le32(1);
	ctrl->spad_offset = cpu_to_le32(0x134);
}

/* Where everything is: a host and an endpoint of another version rely on it. */
static const struct layout_case {
	const char *name;
	size_t is;
	size_t wanted;
} layout_cases[] = {
	{ "command", offsetof(struct ntb_epf_ctrl, command), 0x0 },
	{ "argument", offsetof(struct ntb_epf_ctrl, argument), 0x4 },
	{ "cmd_status", offsetof(struct ntb_epf_ctrl, cmd_status), 0x8 },
	{ "link_status", offsetof(struct ntb_epf_ctrl, link_status), 0xa },
	{ "version", offsetof(struct ntb_epf_ctrl, version), 0xc },
	{ "addr", offsetof(struct ntb_epf_ctrl, addr), 0x10 },
	{ "size", offsetof(struct ntb_epf_ctrl, size), 0x18 },
	{ "num_mws", offsetof(struct ntb_epf_ctrl, num_mws), 0x20 },
	{ "mw1_offset", offsetof(struct ntb_epf_ctrl, mw1_offset), 0x24 },
	{ "spad_offset", offsetof(struct ntb_epf_ctrl, spad_offset), 0x28 },
	{ "spad_count", offsetof(struct ntb_epf_ctrl, spad_count), 0x2c },
	{ "db_entry_size", offsetof(struct ntb_epf_ctrl, db_entry_size), 0x30 },
	{ "db_data", offsetof(struct ntb_epf_ctrl, db_data), 0x34 },
	{ "db_offset", offsetof(struct ntb_epf_ctrl, db_offset), 0xb4 },
	{ "end of the legacy layout", NTB_EPF_LEGACY_SIZE, 0x134 },
	{ "mw_offset", offsetof(struct ntb_epf_ctrl, mw_offset), 0x134 },
	{ "mw_size", offsetof(struct ntb_epf_ctrl, mw_size), 0x144 },
	{ "db_count", offsetof(struct ntb_epf_ctrl, db_count), 0x154 },
	{ "msi_vectors", offsetof(struct ntb_epf_ctrl, msi_vectors), 0x158 },
	{ "features", offsetof(struct ntb_epf_ctrl, features), 0x15c },
	{ "epoch", offsetof(struct ntb_epf_ctrl, epoch), 0x160 },
	{ "host_version", offsetof(struct ntb_epf_ctrl, host_version), 0x164 },
	{ "cmd_seq", offsetof(struct ntb_epf_ctrl, cmd_seq), 0x168 },
	{ "cmd_seq_done", offsetof(struct ntb_epf_ctrl, cmd_seq_done), 0x16c },
	{ "db_pending", offsetof(struct ntb_epf_ctrl, db_pending), 0x170 },
	{ "host_epoch", offsetof(struct ntb_epf_ctrl, host_epoch), 0x1f0 },
	{ "mw_bars", offsetof(struct ntb_epf_ctrl, mw_bars), 0x1f4 },
	{ "mw_align", offsetof(struct ntb_epf_ctrl, mw_align), 0x1f8 },
	{ "db_bar", offsetof(struct ntb_epf_ctrl, db_bar), 0x1fc },
	{ "reserved", offsetof(struct ntb_epf_ctrl, reserved), 0x200 },
	{ "end of version 1", sizeof(struct ntb_epf_ctrl), 0x220 },
};

KUNIT_ARRAY_PARAM_DESC(layout, layout_cases, name);

static void ntb_epf_layout(struct kunit *test)
{
	const struct layout_case *param = test->param_value;

	KUNIT_EXPECT_EQ(test, param->wanted, param->is);
}

static void ntb_epf_accepts_v1(struct kunit *test)
{
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;
	const char *why;

	fill_v1(&ctrl);
	KUNIT_ASSERT_EQ_MSG(test, 0,
			    ntb_epf_config_init(&config, &ctrl, &good_bars, &why),
			    "%s", why);
	KUNIT_EXPECT_EQ(test, 1, config.version);
	KUNIT_EXPECT_EQ(test, 0x12345678, config.epoch);
	KUNIT_EXPECT_EQ(test, 3, config.features);
	KUNIT_EXPECT_EQ(test, 2, config.mw_count);
	KUNIT_EXPECT_EQ(test, 2, config.mw[0].bar);
	KUNIT_EXPECT_EQ(test, 0, config.mw[0].offset);
	KUNIT_EXPECT_EQ(test, 0xe0000, config.mw[0].size);
	KUNIT_EXPECT_EQ(test, 2, config.mw[1].bar);
	KUNIT_EXPECT_EQ(test, 0xe0000, config.mw[1].offset);
	KUNIT_EXPECT_EQ(test, 0x20000, config.mw[1].size);
	KUNIT_EXPECT_EQ(test, SZ_64K, config.mw_align);
	KUNIT_EXPECT_EQ(test, 4, config.db_bar);
	KUNIT_EXPECT_EQ(test, 0x220, config.spad_offset);
	KUNIT_EXPECT_EQ(test, 128, config.spad_count);
	KUNIT_EXPECT_EQ(test, 16, config.db_count);
	KUNIT_EXPECT_EQ(test, 32, config.msi_vectors);
}

/* Whatever is behind the legacy part, it is no field of this version. */
static void ntb_epf_accepts_legacy(struct kunit *test)
{
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;
	const char *why;

	fill_legacy(&ctrl);
	KUNIT_ASSERT_EQ_MSG(test, 0,
			    ntb_epf_config_init(&config, &ctrl, &good_bars, &why),
			    "%s", why);
	KUNIT_EXPECT_EQ(test, 0, config.version);
	KUNIT_EXPECT_EQ(test, 0, config.epoch);
	KUNIT_EXPECT_EQ(test, 0, config.features);
	KUNIT_EXPECT_EQ(test, 1, config.mw_count);
	KUNIT_EXPECT_EQ(test, 0, config.mw[0].offset);
	KUNIT_EXPECT_EQ(test, SZ_1M, config.mw[0].size);
	KUNIT_EXPECT_EQ(test, SZ_4K, config.mw_align);
	KUNIT_EXPECT_EQ(test, 4, config.db_bar);
	KUNIT_EXPECT_EQ(test, 0x134, config.spad_offset);
	KUNIT_EXPECT_EQ(test, NTB_EPF_MAX_DBS, config.db_count);
	KUNIT_EXPECT_EQ(test, 0, config.msi_vectors);
}

/* Doorbells and the first window share a BAR with pci-epf-ntb. */
static void ntb_epf_legacy_offset(struct kunit *test)
{
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;
	const char *why;

	fill_legacy(&ctrl);
	ctrl.mw1_offset = cpu_to_le32(SZ_64K);
	KUNIT_ASSERT_EQ_MSG(test, 0,
			    ntb_epf_config_init(&config, &ctrl, &good_bars, &why),
			    "%s", why);
	KUNIT_EXPECT_EQ(test, SZ_64K, config.mw[0].offset);
	KUNIT_EXPECT_EQ(test, SZ_1M - SZ_64K, config.mw[0].size);
}

/* The endpoint's scratchpads can have a BAR of their own. */
static void ntb_epf_peer_spad_bar(struct kunit *test)
{
	struct ntb_epf_bars bars = good_bars;
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;
	const char *why;

	fill_legacy(&ctrl);
	bars.peer_spad = 1;
	bars.len[0] = 0x134 + 128 * 4;
	bars.len[1] = 128 * 4;
	KUNIT_EXPECT_EQ(test, 0,
			ntb_epf_config_init(&config, &ctrl, &bars, &why));

	bars.len[1]--;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			ntb_epf_config_init(&config, &ctrl, &bars, &why));
	KUNIT_EXPECT_STREQ(test, "scratchpads are beyond their BARs", why);
}

#define WORD(_field)	offsetof(struct ntb_epf_ctrl, _field)

/* One word of a good region is changed; some reasons have several causes. */
static const struct reject_case {
	const char *name;
	bool legacy;
	size_t word;
	u32 val;
	int ret;
	const char *why;
} reject_cases[] = {
	{ "no answer", false, WORD(version), U32_MAX, -ENODEV,
	  "the device does not answer" },
	{ "newer version", false, WORD(version), 2, -EPROTONOSUPPORT,
	  "the version is not known" },
	{ "newest version", false, WORD(version), U32_MAX - 1, -EPROTONOSUPPORT,
	  "the version is not known" },
	{ "scratchpads in the legacy region", true, WORD(spad_offset), 0x130,
	  -EINVAL, "scratchpads are in the control region or misaligned" },
	{ "scratchpads in the region", false, WORD(spad_offset), 0x134,
	  -EINVAL, "scratchpads are in the control region or misaligned" },
	{ "scratchpads misaligned", false, WORD(spad_offset), 0x222,
	  -EINVAL, "scratchpads are in the control region or misaligned" },
	{ "scratchpads too far", false, WORD(spad_offset), SZ_4K - 1020,
	  -EINVAL, "scratchpads are beyond their BAR" },
	{ "too many scratchpads", false, WORD(spad_count), 445,
	  -EINVAL, "scratchpads are beyond their BAR" },
	{ "so many scratchpads that their size wraps", false, WORD(spad_count),
	  0x80000000, -EINVAL, "scratchpads are beyond their BAR" },
	{ "too many windows", false, WORD(num_mws), 5, -EINVAL,
	  "there are too many memory windows" },
	{ "window without size", false, WORD(mw_size[0]), 0, -EINVAL,
	  "a memory window is empty or beyond its BAR" },
	{ "window too far", false, WORD(mw_offset[1]), SZ_1M, -EINVAL,
	  "a memory window is empty or beyond its BAR" },
	{ "window too large", false, WORD(mw_size[1]), 0x20001, -EINVAL,
	  "a memory window is empty or beyond its BAR" },
	{ "window whose end wraps", false, WORD(mw_offset[1]), 0xfffffff0,
	  -EINVAL, "a memory window is empty or beyond its BAR" },
	{ "windows overlap by a byte", false, WORD(mw_offset[1]), 0xdffff,
	  -EINVAL, "memory windows overlap" },
	{ "window in another", false, WORD(mw_offset[1]), 0x1000, -EINVAL,
	  "memory windows overlap" },
	{ "legacy windows in one BAR", true, WORD(num_mws), 2, -EINVAL,
	  "memory windows overlap" },
	{ "legacy window beyond its BAR", true, WORD(mw1_offset), SZ_1M,
	  -EINVAL, "a memory window is empty or beyond its BAR" },
	{ "window in a BAR that has no size", false, WORD(mw_bars), 0x0502,
	  -EINVAL, "a memory window is empty or beyond its BAR" },
	{ "window in BAR6", false, WORD(mw_bars), 0x0602, -EINVAL,
	  "a memory window is in a BAR that does not exist" },
	{ "window with the control region", false, WORD(mw_bars), 0x0002,
	  -EINVAL, "a memory window is in a BAR that has another purpose" },
	{ "window with the doorbells", false, WORD(mw_bars), 0x0402, -EINVAL,
	  "a memory window is in a BAR that has another purpose" },
	{ "no alignment", false, WORD(mw_align), 0, -EINVAL,
	  "the alignment of memory windows is invalid" },
	{ "alignment of less than a page", false, WORD(mw_align), SZ_2K, -EINVAL,
	  "the alignment of memory windows is invalid" },
	{ "alignment that is no power of two", false, WORD(mw_align), 0x3000,
	  -EINVAL, "the alignment of memory windows is invalid" },
	{ "doorbells in BAR6", false, WORD(db_bar), 6, -EINVAL,
	  "the BAR of the doorbells is invalid" },
	{ "doorbells with the control region", false, WORD(db_bar), 0, -EINVAL,
	  "the BAR of the doorbells is invalid" },
	{ "reserved word", false, WORD(reserved[0]), 1, -EINVAL,
	  "reserved words are not zero" },
	{ "last reserved word", false, WORD(reserved[7]), 0x01000000, -EINVAL,
	  "reserved words are not zero" },
	{ "no epoch", false, WORD(epoch), 0, -EINVAL, "the epoch is invalid" },
	{ "epoch of all ones", false, WORD(epoch), U32_MAX, -EINVAL,
	  "the epoch is invalid" },
	{ "too few doorbells", false, WORD(db_count), 2, -EINVAL,
	  "the number of doorbells is invalid" },
	{ "too many doorbells", false, WORD(db_count), 33, -EINVAL,
	  "the number of doorbells is invalid" },
	{ "fewer vectors than doorbells", false, WORD(msi_vectors), 15, -EINVAL,
	  "the number of MSI vectors is invalid" },
	{ "more vectors than MSI has", false, WORD(msi_vectors), 33, -EINVAL,
	  "the number of MSI vectors is invalid" },
	{ "doorbell beyond the BAR", false, WORD(db_offset[15]), 128 - 60,
	  -EINVAL, "a doorbell is beyond its BAR or misaligned" },
	{ "doorbell misaligned", false, WORD(db_offset[2]), 2, -EINVAL,
	  "a doorbell is beyond its BAR or misaligned" },
	{ "doorbells far apart", false, WORD(db_entry_size), 0x40000000,
	  -EINVAL, "a doorbell is beyond its BAR or misaligned" },
};

KUNIT_ARRAY_PARAM_DESC(reject, reject_cases, name);

static void ntb_epf_rejects(struct kunit *test)
{
	const struct reject_case *param = test->param_value;
	const char *why = "nothing";
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;

	if (param->legacy)
		fill_legacy(&ctrl);
	else
		fill_v1(&ctrl);
	put(&ctrl, param->word, param->val);

	KUNIT_EXPECT_EQ(test, param->ret,
			ntb_epf_config_init(&config, &ctrl, &good_bars, &why));
	KUNIT_EXPECT_STREQ(test, param->why, why);
}

/* From version 1 on the BARs that the ID stands for do not matter. */
static void ntb_epf_takes_all_windows(struct kunit *test)
{
	struct ntb_epf_bars bars = good_bars;
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;
	unsigned int i;
	const char *why;

	fill_v1(&ctrl);
	ctrl.num_mws = cpu_to_le32(4);
	ctrl.mw_bars = cpu_to_le32(0x03030202);
	ctrl.mw_offset[3] = cpu_to_le32(SZ_32K);
	for (i = 0; i < NTB_EPF_MAX_MWS; i++)
		bars.mw[i] = -1;
	for (i = 2; i < 4; i++)
		ctrl.mw_size[i] = cpu_to_le32(SZ_32K);

	KUNIT_ASSERT_EQ_MSG(test, 0,
			    ntb_epf_config_init(&config, &ctrl, &bars, &why),
			    "%s", why);
	KUNIT_EXPECT_EQ(test, 4, config.mw_count);
	KUNIT_EXPECT_EQ(test, 3, config.mw[2].bar);
	KUNIT_EXPECT_EQ(test, 3, config.mw[3].bar);
	KUNIT_EXPECT_EQ(test, SZ_32K, config.mw[3].offset);
}

static void ntb_epf_rejects_window_without_bar(struct kunit *test)
{
	struct ntb_epf_bars bars = good_bars;
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;
	const char *why;

	fill_legacy(&ctrl);
	bars.mw[0] = -1;

	KUNIT_EXPECT_EQ(test, -EINVAL,
			ntb_epf_config_init(&config, &ctrl, &bars, &why));
	KUNIT_EXPECT_STREQ(test, "there is no BAR for a memory window", why);
}

/* An endpoint that is gone reads as all ones everywhere. */
static void ntb_epf_rejects_all_ones(struct kunit *test)
{
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;
	const char *why;

	memset(&ctrl, 0xff, sizeof(ctrl));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			ntb_epf_config_init(&config, &ctrl, &good_bars, &why));
}

/* What is not in use is not checked: it may be anything. */
static void ntb_epf_ignores_unused_doorbells(struct kunit *test)
{
	struct ntb_epf_config config;
	struct ntb_epf_ctrl ctrl;
	const char *why;

	fill_v1(&ctrl);
	ctrl.db_offset[NTB_EPF_SLOT_LINK] = cpu_to_le32(U32_MAX);
	ctrl.db_offset[16] = cpu_to_le32(U32_MAX);
	KUNIT_EXPECT_EQ(test, 0,
			ntb_epf_config_init(&config, &ctrl, &good_bars, &why));
}

static const struct place_case {
	const char *name;
	u32 entry_size;
	u32 offset;
	unsigned int slot;
	bool ok;
	u32 place;
} place_cases[] = {
	{ "one after the other", 4, 0, 31, true, 124 },
	{ "all at one place", 0, 0x7c, 31, true, 0x7c },
	{ "beyond the end", 4, 4, 31, false },
	{ "half beyond the end", 0, 126, 2, false },
	{ "misaligned", 0, 1, 2, false },
	{ "sum wraps", 0x80000000, 0x80000000, 3, false },
	{ "product wraps", 0x40000000, 0, 4, false },
	{ "largest", U32_MAX, U32_MAX, 31, false },
};

KUNIT_ARRAY_PARAM_DESC(place, place_cases, name);

static void ntb_epf_doorbell_place(struct kunit *test)
{
	const struct place_case *param = test->param_value;
	u32 place = 0;

	KUNIT_ASSERT_EQ(test, param->ok,
			ntb_epf_db_place(param->entry_size, param->offset,
					 param->slot, 128, &place));
	KUNIT_EXPECT_EQ(test, param->place, place);
}

static struct kunit_case ntb_epf_cases[] = {
	KUNIT_CASE_PARAM(ntb_epf_layout, layout_gen_params),
	KUNIT_CASE(ntb_epf_accepts_v1),
	KUNIT_CASE(ntb_epf_accepts_legacy),
	KUNIT_CASE(ntb_epf_legacy_offset),
	KUNIT_CASE(ntb_epf_peer_spad_bar),
	KUNIT_CASE_PARAM(ntb_epf_rejects, reject_gen_params),
	KUNIT_CASE(ntb_epf_takes_all_windows),
	KUNIT_CASE(ntb_epf_rejects_window_without_bar),
	KUNIT_CASE(ntb_epf_rejects_all_ones),
	KUNIT_CASE(ntb_epf_ignores_unused_doorbells),
	KUNIT_CASE_PARAM(ntb_epf_doorbell_place, place_gen_params),
	{}
};

static struct kunit_suite ntb_epf_suite = {
	.name = "ntb_epf",
	.test_cases = ntb_epf_cases,
};

kunit_test_suite(ntb_epf_suite);

MODULE_DESCRIPTION("KUnit tests for ntb_hw_epf");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
