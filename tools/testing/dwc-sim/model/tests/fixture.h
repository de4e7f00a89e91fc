/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model with two machines that are only memory: what the endpoint's and the
 * host's kernel would have set up, and short names for what their CPUs do. A
 * test that leaves a violation or an unknown access behind fails; those it
 * expects it takes with fx_violations() and fx_unknown().
 */
#ifndef DWC_SIM_TESTS_FIXTURE_H
#define DWC_SIM_TESTS_FIXTURE_H

#include "fabric.h"
#include "harness.h"
#include "sim.h"

/* Memory of the two machines, guest physical. */
#define RC_GPA		0x00800000ull
#define EP_GPA		0x00c00000ull
#define MEM_SIZE	0x00200000u

/* BARs of the endpoint: where they lead, where the host put them. */
#define BAR_CTRL	0
#define BAR_CTRL_SIZE	0x10000u
#define BAR_CTRL_MEM	0x10000u	/* offset in the endpoint's memory */
#define BAR_CTRL_ADDR	0xf0000000ull
#define BAR_MW		2		/* 64-bit: takes BAR 3, too */
#define BAR_MW_SIZE	0x40000u
#define BAR_MW_MEM	0x40000u
#define BAR_MW_ADDR	0x4f0100000ull
#define BAR_DMA		4		/* the eDMA's registers */
#define BAR_DMA_SIZE	0x2000u
#define BAR_DMA_ADDR	0xf0200000ull

#define BAR_TYPE_32	0x0u
#define BAR_TYPE_64	0x4u

#define MSI_ADDRESS	0xa0000u
#define MSI_BASE_DATA	0x20u

/* Bus addresses of the test-only DMA layer. */
#define RC_BUS		0x40000000ull
#define EP_BUS		0x80000000ull

extern const struct profile fx_generic;

/* What the next fx_power_on() takes as costs, NULL (the default): the wall clock. */
extern const struct board *fx_board;

struct sim *fx_power_on(const struct profile *p);
struct sim *fx_glue(void);
struct sim *fx_linked(void);
struct sim *fx_start(void);
void fx_set_bar(struct sim *sim, unsigned int bar, uint64_t size, uint32_t flags);
void fx_bar_match(struct sim *sim, unsigned int win, unsigned int bar, uint64_t target);
void fx_addr_match(struct sim *sim, unsigned int win, uint64_t pcie, uint64_t size,
		   uint64_t target);
void fx_outbound(struct sim *sim, unsigned int win, uint64_t cpu, uint64_t size,
		 uint64_t pcie);
void fx_enumerate(struct sim *sim);
void fx_enable_msi(struct sim *sim, unsigned int log2_vectors);

uint32_t ep_read(struct sim *sim, uint64_t off);
void ep_write(struct sim *sim, uint64_t off, uint32_t v);
void ep_access(struct sim *sim, uint64_t off, void *buf, size_t len, bool write);
uint32_t rc_read(struct sim *sim, unsigned int bar, uint64_t off);
void rc_write(struct sim *sim, unsigned int bar, uint64_t off, uint32_t v);
uint8_t *mem_at(struct sim *sim, enum side side, size_t off);
void mem_pattern(struct sim *sim, enum side side, size_t off, size_t len, uint8_t seed);

uint64_t fx_run_time(struct sim *sim);
void fx_dma_table(struct sim *sim, enum side side);
uint64_t fx_map(struct sim *sim, enum side side, size_t off, size_t len, uint64_t rights);
void fx_unmap(struct sim *sim, enum side side, uint64_t bus, size_t len);

uint64_t fx_violations(struct sim *sim, const char *kind);
uint64_t fx_unknown(struct sim *sim, const char *block);
void fx_forget(struct sim *sim);
bool fx_msi_taken(struct sim *sim, uint32_t data);
uint32_t fx_bar_probe(struct sim *sim, unsigned int bar);

#endif
