/* SPDX-License-Identifier: GPL-2.0 */
/* What kind of controller is modelled: `key = value` files in ../profiles. */
#ifndef DWC_SIM_PROFILE_H
#define DWC_SIM_PROFILE_H

#include "types.h"

/* What DBI2 can do to a BAR. */
enum bar_kind {
	BAR_PROG,		/* sets its size and enables it */
	BAR_OFF,		/* nothing: there is no such BAR */
	BAR_FIXED,		/* enables it */
	BAR_RESIZABLE,		/* likewise; its size is in an extended capability */
};

struct profile_bar {
	enum bar_kind kind;
	uint32_t size;		/* bytes, of a fixed one */
};

/**
 * struct profile - one controller
 * @name:		as in the file
 * @iatu_ib:		inbound windows
 * @iatu_ob:		outbound windows
 * @iatu_align:		granule of windows, bytes: 4 KB or 64 KB
 * @edma_wr:		write channels, 0 together with @edma_rd for no eDMA
 * @edma_rd:		read channels
 * @edma_ahead:		elements of its list that a channel reads ahead
 * @edma_stop:		steps that a channel takes to stop at the end of its list
 * @functions:		PCI functions
 * @msi_vectors:	MSI vectors the capability can offer, a power of two
 * @msix_entries:	MSI-X table entries at reset, 0 for no capability
 * @mps:		Max_Payload_Size supported, bytes
 * @mrrs:		Max_Read_Request_Size at reset, bytes
 * @link_speed:		PCIe generation
 * @link_width:		lanes
 * @app:		glue registers around the core: see app.h
 * @emulation:		a write to the eDMA's INT_STATUS raises its line
 * @max_read:		longest read request the eDMA gets right, bytes, 0 for any
 * @bar:		BARs
 * @doorbell:		the doorbell path the kernel takes on it, for the bench
 */
struct profile {
	char name[32];
	unsigned int iatu_ib, iatu_ob, iatu_align;
	unsigned int edma_wr, edma_rd, edma_ahead, edma_stop;
	unsigned int functions, msi_vectors, msix_entries;
	unsigned int mps, mrrs;
	unsigned int link_speed, link_width;
	unsigned int app, emulation, max_read;
	struct profile_bar bar[NR_BARS];
	char doorbell[16];
};

int profile_load(struct profile *p, const char *path, char *err, size_t errlen);

#endif
