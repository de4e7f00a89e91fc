/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What crossed the link, counted exactly: TLPs by kind, initiator and target.
 *
 * A CPU's block copy reaches the model as one message. It is counted as 8-byte
 * TLPs (an uncached mapping) and, in a second column, as 64-byte write-combined
 * ones; which of the two a real host would send depends on its mapping.
 */
#ifndef DWC_SIM_COUNTERS_H
#define DWC_SIM_COUNTERS_H

#include "irq.h"
#include "types.h"

enum tlp_kind { TLP_MRD, TLP_MWR, TLP_CPLD, TLP_MSI, TLP_CFGRD, TLP_CFGWR, NR_TLP_KINDS };

/* Targets: BAR n of the endpoint and where that led, or the host's side. */
#define TARGET_BAR(bar, land)	((bar) * NR_LANDINGS + (land))
#define TARGET_RC_RAM		(NR_BARS * NR_LANDINGS)
#define TARGET_RC_MSI		(TARGET_RC_RAM + 1)
#define TARGET_CFG		(TARGET_RC_RAM + 2)
#define NR_TARGETS		(TARGET_RC_RAM + 3)

#define MAX_MSI_VECTORS	32

struct tlp_count {
	uint64_t tlps;		/* block copies as 8-byte TLPs */
	uint64_t tlps_wc;	/* block copies as 64-byte write-combined TLPs */
	uint64_t bytes;
};

/**
 * struct counters - everything counted
 * @tlp:	TLPs that crossed the link
 * @msi:	MSIs sent to the host, by vector
 * @line:	interrupt messages sent to the endpoint's CPU, by line
 * @doorbells:	writes that rang a doorbell of the endpoint: emulated interrupts of the
 *		engine, and interrupts of the frame; polled words of a BAR are memory
 */
struct counters {
	struct tlp_count tlp[NR_TLP_KINDS][NR_INITIATORS][NR_TARGETS];
	uint64_t msi[MAX_MSI_VECTORS];
	uint64_t line[NR_EP_LINES];
	uint64_t doorbells;
};

struct counters_sum {
	uint64_t cpu_read, cpu_write, cpu_write_bytes;
	uint64_t dma_read_bytes, dma_write_bytes;
	uint64_t msi, doorbells;
};

extern const char * const tlp_kind_name[NR_TLP_KINDS];

void counters_cpu(struct counters *c, enum initiator by, unsigned int target,
		  uint64_t addr, size_t len, bool write);
void counters_dma(struct counters *c, enum initiator by, unsigned int target,
		  uint64_t addr, size_t len, bool write,
		  unsigned int mps, unsigned int mrrs);
void counters_msi(struct counters *c, enum initiator by, unsigned int vector);
void counters_cfg(struct counters *c, bool write, size_t len);
struct counters_sum counters_sum(const struct counters *c);
void counters_target_name(unsigned int target, char *buf, size_t len);

#endif
