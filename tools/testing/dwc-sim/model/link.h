/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PCIe link in virtual time: two directions, each a resource of its own. A
 * direction sends one TLP after the other in the order of the calls, which come at
 * the time the TLP is ready: so nothing passes anything, and no direction moves
 * more than its lanes do. On the wall clock the link takes no time.
 */
#ifndef DWC_SIM_LINK_H
#define DWC_SIM_LINK_H

#include "board.h"
#include "clock.h"

enum link_dir { LINK_DOWN, LINK_UP, NR_LINK_DIRS };	/* to the endpoint, to the host */

#define LINK_HEADER_CPL	12

/**
 * struct link_lane - one direction
 * @busy_fs:	until when it is taken, femtoseconds
 * @latency:	ns from one end to the other
 * @wire:	bytes sent, overhead included
 * @payload:	bytes of payload sent
 * @tlps:	TLPs sent
 */
struct link_lane {
	uint64_t busy_fs;
	unsigned int latency;
	uint64_t wire, payload, tlps;
};

/**
 * struct link - both
 * @clock:	what time it is
 * @board:	what it costs
 * @byte_fs:	femtoseconds a byte takes on the wire, DLLPs included
 * @lane:	the directions
 * @note:	is told of everything that is sent, in ns; may be NULL
 * @arg:	its first argument
 */
struct link {
	struct clock *clock;
	const struct board *board;
	uint64_t byte_fs;
	struct link_lane lane[NR_LINK_DIRS];
	void (*note)(void *arg, enum link_dir dir, const char *what, uint64_t from, uint64_t to,
		     uint64_t payload);
	void *arg;
};

void link_init(struct link *l, struct clock *clock, const struct board *board);
uint64_t link_send(struct link *l, enum link_dir dir, const char *what, unsigned int header,
		   uint64_t payload, uint64_t tlps);
uint64_t link_ready(const struct link *l, enum link_dir dir);
uint64_t link_read_back(struct link *l, enum link_dir dir, uint64_t addr, uint64_t len);
uint64_t link_store_wait(const struct link *l, enum link_dir dir);

#endif
