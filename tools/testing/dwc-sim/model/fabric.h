/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes every access: a BAR through the inbound iATU to the endpoint's memory
 * or registers, the outbound window through the outbound iATU to the host's
 * memory or its MSI controller, the eDMA to both. Every address is a bus address
 * of the machine it goes to and is looked up at the time of the access.
 */
#ifndef DWC_SIM_FABRIC_H
#define DWC_SIM_FABRIC_H

#include "types.h"

struct sim;

/* The endpoint's register window, guest physical: registers, then outbound windows. */
#define EP_MMIO_BASE		0x10000000ull
#define EP_MMIO_SIZE		0x01000000u
#define EP_WINDOW		0x800000
#define EP_WINDOW_SIZE		0x800000

enum fabric_status {
	FABRIC_OK,
	FABRIC_TIMEOUT,		/* nobody there: link down or machine off */
	FABRIC_UNSUPPORTED,	/* the host does not take it */
	FABRIC_LOCAL,		/* error on the endpoint's side */
};

void fabric_rc_bar(struct sim *sim, unsigned int func, unsigned int bar, uint64_t off,
		   void *buf, size_t len, bool write);
bool fabric_bar_is_memory(struct sim *sim, unsigned int func, unsigned int bar, uint64_t off);
void fabric_ep_mmio(struct sim *sim, uint64_t off, void *buf, size_t len, bool write);
enum fabric_status fabric_to_rc(struct sim *sim, struct origin from, uint64_t addr,
				void *buf, size_t len, bool write);
enum fabric_status fabric_to_ep(struct sim *sim, enum initiator by, uint64_t bus,
				void *buf, size_t len, bool write);
enum fabric_status fabric_dma(struct sim *sim, struct origin from, uint64_t pcie,
			      uint64_t local, size_t len, bool to_rc);

#endif
