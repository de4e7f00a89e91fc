/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What things cost on a named board, for virtual time: `key = value # source` lines
 * in ../boards. A value without the word that says where it comes from is an error.
 * On the wall clock there is no board and everything costs nothing.
 */
#ifndef DWC_SIM_BOARD_H
#define DWC_SIM_BOARD_H

#include "types.h"

/**
 * struct board - the costs; times in ns, sizes in bytes, unless said otherwise
 * @link_gen:		PCIe generation, 1 to 5
 * @link_lanes:		1, 2, 4, 8 or 16
 * @mps:		largest payload of a TLP
 * @mrrs:		longest read request
 * @rcb:		completions are cut at multiples of it
 * @framing:		sequence number, framing and LCRC of a TLP
 * @header_host:	header of a request to the host's memory, 12 or 16
 * @header_bar:		header of a request to a BAR, 12 or 16
 * @dllp_permille:	share of the link that DLLPs take
 * @latency_down:	from one end of the link to the other, host to endpoint
 * @latency_up:		endpoint to host
 * @posted_credits:	bytes of posted writes that a CPU may be ahead of the link
 * @host_read:		the host's memory answers a read
 * @ep_read:		the endpoint's memory answers a read of a BAR
 * @reg_read:		a register of the endpoint answers a read of a BAR
 * @store_bytes:	a CPU's store to the other side: bytes of one
 * @store_rc:		the host's CPU is busy with one
 * @store_ep:		the endpoint's CPU is
 * @local_read:		the endpoint's CPU reads a register of its controller
 * @local_write:	it writes one
 * @msi:		the write of an MSI has arrived, until its handler runs
 * @line:		a line to the endpoint's CPU is asserted, until its handler runs
 * @eng_doorbell:	doorbell, until the engine fetches
 * @eng_fetch:		an element of the list is read
 * @eng_prefetch:	it is read while the element before is under way
 * @eng_start:		an element is known, until its first request
 * @eng_gap:		end of an element, until the next may start
 * @eng_tags:		read requests of a channel under way
 * @eng_local:		the endpoint's memory, ps a byte
 */
struct board {
	unsigned int link_gen, link_lanes, mps, mrrs, rcb, framing;
	unsigned int header_host, header_bar, dllp_permille;
	unsigned int latency_down, latency_up, posted_credits;
	unsigned int host_read, ep_read, reg_read;
	unsigned int store_bytes, store_rc, store_ep, local_read, local_write;
	unsigned int msi, line;
	unsigned int eng_doorbell, eng_fetch, eng_prefetch, eng_start, eng_gap;
	unsigned int eng_tags, eng_local;
};

int board_load(struct board *b, const char *path, char *err, size_t errlen);

#endif
