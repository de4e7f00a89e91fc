// SPDX-License-Identifier: GPL-2.0
/* What crossed the link: see counters.h. */
#include <stdio.h>

#include "counters.h"

const char * const tlp_kind_name[NR_TLP_KINDS] = {
	"MRd", "MWr", "CplD", "MSI", "CfgRd", "CfgWr",
};

static const char * const landing_name[NR_LANDINGS] = { "none", "ram", "regs", "dma-regs" };

static void add(struct counters *c, enum tlp_kind kind, enum initiator by,
		unsigned int target, uint64_t tlps, uint64_t tlps_wc, uint64_t bytes)
{
	struct tlp_count *t = &c->tlp[kind][by][target];

	t->tlps += tlps;
	t->tlps_wc += tlps_wc;
	t->bytes += bytes;
}

/* How many naturally aligned blocks of @unit the range touches. */
static uint64_t blocks(uint64_t addr, size_t len, unsigned int unit)
{
	return (addr + len - 1) / unit - addr / unit + 1;
}

/**
 * counters_cpu() - a CPU's load, store or block copy crossed the link
 * @c:		counters
 * @by:		whose CPU
 * @target:	TARGET_...
 * @addr:	address, for alignment
 * @len:	bytes, not 0
 * @write:	direction
 */
void counters_cpu(struct counters *c, enum initiator by, unsigned int target,
		  uint64_t addr, size_t len, bool write)
{
	uint64_t n = blocks(addr, len, 8), wc = blocks(addr, len, 64);

	if (write) {
		add(c, TLP_MWR, by, target, n, wc, len);
		return;
	}
	/* Reads do not combine. */
	add(c, TLP_MRD, by, target, n, n, 0);
	add(c, TLP_CPLD, by, target, n, n, len);
}

/*
 * TLPs of at most @max bytes that never cross a 4 KB boundary
 * (PCIe r6.0, sections 2.2.7 and 2.2.2).
 */
static uint64_t split(uint64_t addr, size_t len, unsigned int max)
{
	uint64_t n = 0;

	while (len) {
		size_t page = 4096 - (addr & 4095);
		size_t part = min_t(size_t, min_t(size_t, len, page), max);

		n++;
		addr += part;
		len -= part;
	}
	return n;
}

/**
 * counters_dma() - the engine moved a piece of payload across the link
 * @c:		counters
 * @by:		which half of the engine
 * @target:	TARGET_...
 * @addr:	PCIe address
 * @len:	bytes, not 0
 * @write:	direction
 * @mps:	Max_Payload_Size: splits writes and completions
 * @mrrs:	Max_Read_Request_Size: splits read requests
 */
void counters_dma(struct counters *c, enum initiator by, unsigned int target,
		  uint64_t addr, size_t len, bool write,
		  unsigned int mps, unsigned int mrrs)
{
	uint64_t n;

	if (write) {
		n = split(addr, len, mps);
		add(c, TLP_MWR, by, target, n, n, len);
		return;
	}
	n = split(addr, len, mrrs);
	add(c, TLP_MRD, by, target, n, n, 0);
	/* No completion is larger than its request. */
	n = split(addr, len, min_t(unsigned int, mps, mrrs));
	add(c, TLP_CPLD, by, target, n, n, len);
}

/**
 * counters_msi() - a memory write was decoded as an MSI by the host
 * @c:		counters
 * @by:		who sent it
 * @vector:	0-based
 */
void counters_msi(struct counters *c, enum initiator by, unsigned int vector)
{
	add(c, TLP_MSI, by, TARGET_RC_MSI, 1, 1, 4);
	if (vector < MAX_MSI_VECTORS)
		c->msi[vector]++;
}

/**
 * counters_cfg() - the host accessed configuration space
 * @c:		counters
 * @write:	direction
 * @len:	bytes
 */
void counters_cfg(struct counters *c, bool write, size_t len)
{
	add(c, write ? TLP_CFGWR : TLP_CFGRD, BY_RC_CPU, TARGET_CFG, 1, 1, len);
}

/**
 * counters_sum() - the totals tests and result.json use
 * @c:	counters
 */
struct counters_sum counters_sum(const struct counters *c)
{
	struct counters_sum s = { .doorbells = c->doorbells };
	unsigned int by, t;

	for (by = 0; by < NR_INITIATORS; by++) {
		bool cpu = by == BY_RC_CPU || by == BY_EP_CPU;

		for (t = 0; t < NR_TARGETS; t++) {
			s.msi += c->tlp[TLP_MSI][by][t].tlps;
			if (cpu) {
				s.cpu_read += c->tlp[TLP_MRD][by][t].tlps;
				s.cpu_write += c->tlp[TLP_MWR][by][t].tlps;
				s.cpu_write_bytes += c->tlp[TLP_MWR][by][t].bytes;
			} else {
				s.dma_read_bytes += c->tlp[TLP_CPLD][by][t].bytes;
				s.dma_write_bytes += c->tlp[TLP_MWR][by][t].bytes;
			}
		}
	}
	return s;
}

/**
 * counters_target_name() - readable name of a target
 * @target:	TARGET_...
 * @buf:	receives it
 * @len:	its size
 */
void counters_target_name(unsigned int target, char *buf, size_t len)
{
	switch (target) {
	case TARGET_RC_RAM:
		snprintf(buf, len, "rc-ram");
		break;
	case TARGET_RC_MSI:
		snprintf(buf, len, "rc-msi");
		break;
	case TARGET_CFG:
		snprintf(buf, len, "cfg");
		break;
	default:
		snprintf(buf, len, "bar%u:%s", target / NR_LANDINGS,
			 landing_name[target % NR_LANDINGS]);
	}
}
