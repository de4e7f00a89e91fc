// SPDX-License-Identifier: GPL-2.0
/*
 * Validation of the control region that the endpoint publishes. All functions
 * work on a copy, so that the checked values are those that are used. They can be
 * called in any context.
 */

#include <kunit/visibility.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "ntb_hw_epf_config.h"

#define NTB_EPF_MIN_SLOTS	(NTB_EPF_SLOT_DB + 1)
#define NTB_EPF_MAX_MSI		32

/**
 * ntb_epf_db_place() - Find a doorbell in the doorbell BAR
 * @entry_size: distance of two slots, as the endpoint says
 * @offset: offset of the slot, as the endpoint says
 * @slot: the slot
 * @db_len: size of the doorbell BAR in bytes
 * @place: OUT - where to write to, in bytes from the start of the BAR
 *
 * Return: true if it is in the BAR.
 */
bool ntb_epf_db_place(u32 entry_size, u32 offset, unsigned int slot,
		      resource_size_t db_len, u32 *place)
{
	u64 start = (u64)entry_size * slot + offset;

	if (!IS_ALIGNED(start, sizeof(u32)) || start > U32_MAX ||
	    start + sizeof(u32) > db_len)
		return false;

	*place = start;

	return true;
}
EXPORT_SYMBOL_IF_KUNIT(ntb_epf_db_place);

static const char *ntb_epf_check_spads(struct ntb_epf_config *config,
				       const struct ntb_epf_ctrl *ctrl,
				       const struct ntb_epf_bars *bars,
				       size_t ctrl_size)
{
	u32 count = le32_to_cpu(ctrl->spad_count);
	u32 offset = le32_to_cpu(ctrl->spad_offset);
	u64 size = (u64)count * sizeof(u32);

	if (offset < ctrl_size || !IS_ALIGNED(offset, sizeof(u32)))
		return "scratchpads are in the control region or misaligned";

	if (bars->peer_spad == bars->ctrl) {
		if (offset + 2 * size > bars->len[bars->ctrl])
			return "scratchpads are beyond their BAR";
	} else if (offset + size > bars->len[bars->ctrl] ||
		   size > bars->len[bars->peer_spad]) {
		return "scratchpads are beyond their BARs";
	}

	config->spad_offset = offset;
	config->spad_count = count;

	return NULL;
}

static bool ntb_epf_windows_overlap(const struct ntb_epf_window *a,
				    const struct ntb_epf_window *b)
{
	return a->bar == b->bar && a->offset < b->offset + b->size &&
	       b->offset < a->offset + a->size;
}

static const char *ntb_epf_check_window(struct ntb_epf_config *config,
					unsigned int idx,
					const struct ntb_epf_bars *bars)
{
	struct ntb_epf_window *mw = &config->mw[idx];
	resource_size_t len = bars->len[mw->bar];
	unsigned int i;

	if (!mw->size || mw->offset > len || mw->size > len - mw->offset)
		return "a memory window is empty or beyond its BAR";

	for (i = 0; i < idx; i++)
		if (ntb_epf_windows_overlap(mw, &config->mw[i]))
			return "memory windows overlap";

	return NULL;
}

/* A legacy endpoint does not publish its BARs: the ID determines them. */
static const char *ntb_epf_find_legacy_window(struct ntb_epf_window *mw,
					      unsigned int idx,
					      const struct ntb_epf_ctrl *ctrl,
					      const struct ntb_epf_bars *bars)
{
	resource_size_t len;

	if (bars->mw[idx] < 0)
		return "there is no BAR for a memory window";

	mw->bar = bars->mw[idx];
	len = bars->len[mw->bar];
	mw->offset = idx ? 0 : le32_to_cpu(ctrl->mw1_offset);
	mw->size = len - min(len, mw->offset);

	return NULL;
}

static const char *ntb_epf_find_window(struct ntb_epf_window *mw,
				       unsigned int idx,
				       const struct ntb_epf_ctrl *ctrl,
				       const struct ntb_epf_bars *bars)
{
	unsigned int bar = NTB_EPF_MW_BAR(le32_to_cpu(ctrl->mw_bars), idx);

	if (bar >= PCI_STD_NUM_BARS)
		return "a memory window is in a BAR that does not exist";

	if (bar == bars->ctrl || bar == bars->peer_spad ||
	    bar == le32_to_cpu(ctrl->db_bar))
		return "a memory window is in a BAR that has another purpose";

	mw->bar = bar;
	mw->offset = le32_to_cpu(ctrl->mw_offset[idx]);
	mw->size = le32_to_cpu(ctrl->mw_size[idx]);

	return NULL;
}

static const char *ntb_epf_check_windows(struct ntb_epf_config *config,
					 const struct ntb_epf_ctrl *ctrl,
					 const struct ntb_epf_bars *bars)
{
	u32 count = le32_to_cpu(ctrl->num_mws);
	struct ntb_epf_window *mw;
	const char *why;
	unsigned int i;

	if (count > NTB_EPF_MAX_MWS)
		return "there are too many memory windows";

	for (i = 0; i < count; i++) {
		mw = &config->mw[i];
		if (config->version == NTB_EPF_VERSION_LEGACY)
			why = ntb_epf_find_legacy_window(mw, i, ctrl, bars);
		else
			why = ntb_epf_find_window(mw, i, ctrl, bars);
		if (!why)
			why = ntb_epf_check_window(config, i, bars);
		if (why)
			return why;
	}

	config->mw_count = count;

	return NULL;
}

/* Fields that only version 1 has */
static const char *ntb_epf_check_v1(struct ntb_epf_config *config,
				    const struct ntb_epf_ctrl *ctrl,
				    const struct ntb_epf_bars *bars)
{
	u32 msi_vectors = le32_to_cpu(ctrl->msi_vectors);
	u32 db_count = le32_to_cpu(ctrl->db_count);
	u32 mw_align = le32_to_cpu(ctrl->mw_align);
	u32 db_bar = le32_to_cpu(ctrl->db_bar);
	u32 epoch = le32_to_cpu(ctrl->epoch);
	unsigned int i;
	u32 place;

	if (memchr_inv(ctrl->reserved, 0, sizeof(ctrl->reserved)))
		return "reserved words are not zero";

	if (!epoch || epoch == U32_MAX)
		return "the epoch is invalid";

	if (db_count < NTB_EPF_MIN_SLOTS || db_count > NTB_EPF_MAX_DBS)
		return "the number of doorbells is invalid";

	if (msi_vectors < db_count || msi_vectors > NTB_EPF_MAX_MSI)
		return "the number of MSI vectors is invalid";

	if (mw_align < SZ_4K || !is_power_of_2(mw_align))
		return "the alignment of memory windows is invalid";

	if (db_bar >= PCI_STD_NUM_BARS || db_bar == bars->ctrl ||
	    db_bar == bars->peer_spad)
		return "the BAR of the doorbells is invalid";

	for (i = NTB_EPF_SLOT_DB; i < db_count; i++)
		if (!ntb_epf_db_place(le32_to_cpu(ctrl->db_entry_size),
				      le32_to_cpu(ctrl->db_offset[i]), i,
				      bars->len[db_bar], &place))
			return "a doorbell is beyond its BAR or misaligned";

	config->epoch = epoch;
	config->db_bar = db_bar;
	config->mw_align = mw_align;
	config->db_count = db_count;
	config->msi_vectors = msi_vectors;
	config->features = le32_to_cpu(ctrl->features);

	return NULL;
}

/**
 * ntb_epf_config_init() - Validate and parse a control region
 * @config: OUT - the parsed values, valid on success
 * @ctrl: a copy of the control region; of a legacy one only the legacy part is
 *	  looked at
 * @bars: the BARs as the host sees them
 * @why: OUT - what is wrong with it, if something is
 *
 * The doorbells of a legacy endpoint are not checked: they may not be there
 * before the link is up.
 *
 * Return: Zero if it is good, -ENODEV if there is nothing that answers,
 *         -EPROTONOSUPPORT if its version is not known, or -EINVAL.
 */
int ntb_epf_config_init(struct ntb_epf_config *config,
			const struct ntb_epf_ctrl *ctrl,
			const struct ntb_epf_bars *bars, const char **why)
{
	u32 version = le32_to_cpu(ctrl->version);
	size_t ctrl_size = sizeof(*ctrl);

	memset(config, 0, sizeof(*config));
	config->version = version;
	config->db_count = NTB_EPF_MAX_DBS;
	config->db_bar = bars->db;
	config->mw_align = SZ_4K;

	if (version == U32_MAX) {
		*why = "the device does not answer";
		return -ENODEV;
	}

	if (version > NTB_EPF_VERSION) {
		*why = "the version is not known";
		return -EPROTONOSUPPORT;
	}

	if (version == NTB_EPF_VERSION_LEGACY)
		ctrl_size = NTB_EPF_LEGACY_SIZE;

	*why = ntb_epf_check_spads(config, ctrl, bars, ctrl_size);
	if (!*why)
		*why = ntb_epf_check_windows(config, ctrl, bars);
	if (!*why && version != NTB_EPF_VERSION_LEGACY)
		*why = ntb_epf_check_v1(config, ctrl, bars);

	return *why ? -EINVAL : 0;
}
EXPORT_SYMBOL_IF_KUNIT(ntb_epf_config_init);
