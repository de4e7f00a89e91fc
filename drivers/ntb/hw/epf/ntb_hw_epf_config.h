/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Validation of the control region by ntb_hw_epf.
 */

#ifndef _NTB_HW_EPF_CONFIG_H_
#define _NTB_HW_EPF_CONFIG_H_

#include <linux/ntb_epf.h>
#include <linux/pci.h>
#include <linux/types.h>

/**
 * struct ntb_epf_bars - what the host knows about the BARs of the device
 * @len: size of each BAR in bytes, 0 if it is no memory BAR
 * @ctrl: the BAR with the control region
 * @peer_spad: the BAR with the endpoint's scratchpads
 * @db: the BAR with the doorbells of a legacy endpoint
 * @mw: the BAR of each memory window of a legacy endpoint, negative if there is
 *	none
 */
struct ntb_epf_bars {
	resource_size_t len[PCI_STD_NUM_BARS];
	int ctrl;
	int peer_spad;
	int db;
	int mw[NTB_EPF_MAX_MWS];
};

/**
 * struct ntb_epf_window - a memory window
 * @bar: the BAR it is in
 * @offset: where it starts in the BAR, in bytes
 * @size: size in bytes
 */
struct ntb_epf_window {
	int bar;
	resource_size_t offset;
	resource_size_t size;
};

/**
 * struct ntb_epf_config - a validated control region
 * @version: version of the layout
 * @epoch: the endpoint's, 0 in the legacy layout
 * @features: NTB_EPF_FEATURE_*, none in the legacy layout
 * @db_bar: the BAR with the doorbells
 * @mw_align: alignment in bytes of memory behind a memory window
 * @mw_count: number of memory windows
 * @mw: where they are
 * @spad_offset: where the host's scratchpads are in the control region's BAR
 * @spad_count: number of scratchpads of one side
 * @db_count: number of doorbell slots, as many as there can be if the endpoint
 *	      does not say
 * @msi_vectors: number of MSI vectors that the endpoint can raise, 0 if it does
 *		 not say
 */
struct ntb_epf_config {
	u32 version;
	u32 epoch;
	u32 features;
	int db_bar;
	u32 mw_align;
	unsigned int mw_count;
	struct ntb_epf_window mw[NTB_EPF_MAX_MWS];
	u32 spad_offset;
	unsigned int spad_count;
	unsigned int db_count;
	unsigned int msi_vectors;
};

int ntb_epf_config_init(struct ntb_epf_config *config,
			const struct ntb_epf_ctrl *ctrl,
			const struct ntb_epf_bars *bars, const char **why);
bool ntb_epf_db_place(u32 entry_size, u32 offset, unsigned int slot,
		      resource_size_t db_len, u32 *place);

#endif /* _NTB_HW_EPF_CONFIG_H_ */
