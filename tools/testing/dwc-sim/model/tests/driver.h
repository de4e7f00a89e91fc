/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a driver of the eDMA does to its registers and its lists. Offsets and
 * bits are written out, as in the databook's tables, and not taken from edma.h:
 * a wrong number there must show.
 */
#ifndef DWC_SIM_TESTS_DRIVER_H
#define DWC_SIM_TESTS_DRIVER_H

#include "fixture.h"

/* Where the tests put a linked list and payload, offsets in memory. */
#define LIST		0x80000u
#define BUF		0x100000u
#define LIST_BUS	(EP_GPA + LIST)
#define EP_BUF		(EP_GPA + BUF)
#define RC_BUF		(RC_GPA + BUF)

/* Bits of an element's control word and of control 1. */
#define CB		BIT(0)
#define TCB		BIT(1)
#define LLP		BIT(2)
#define LIE		BIT(3)
#define RIE		BIT(4)
#define CCS		BIT(8)
#define LLE		BIT(9)

/* Registers inside a channel. */
#define CH_CONTROL1	0x00
#define CH_CONTROL2	0x04
#define CH_SIZE		0x08
#define CH_SAR		0x0c
#define CH_DAR		0x14
#define CH_LLP		0x1c

/* Global registers, [DIR_WR] and [DIR_RD]. */
extern const uint32_t reg_engine_en[NR_DIRS], reg_doorbell[NR_DIRS];
extern const uint32_t reg_int_status[NR_DIRS], reg_int_mask[NR_DIRS], reg_int_clear[NR_DIRS];
extern const uint32_t reg_done_imwr[NR_DIRS], reg_abort_imwr[NR_DIRS], reg_imwr_data[NR_DIRS];
extern const uint32_t reg_ll_err_en[NR_DIRS];

uint32_t dma_read(struct sim *sim, uint32_t off);
void dma_write(struct sim *sim, uint32_t off, uint32_t v);
uint32_t chan_off(enum dma_dir dir, unsigned int ch, uint32_t reg);
uint32_t chan_state(struct sim *sim, enum dma_dir dir, unsigned int ch);

struct sim *dma_start(void);
void dma_list(struct sim *sim, enum dma_dir dir, unsigned int ch, uint64_t list);
void dma_single(struct sim *sim, enum dma_dir dir, unsigned int ch, uint32_t ctl,
		uint32_t size, uint64_t sar, uint64_t dar);
void dma_single_buf(struct sim *sim, enum dma_dir dir, unsigned int ch, uint32_t ctl,
		    uint32_t size);
void dma_imwr(struct sim *sim, enum dma_dir dir, unsigned int ch, uint64_t done,
	      uint64_t abort, uint16_t data);
void dma_run(struct sim *sim);

void list_data(struct sim *sim, unsigned int idx, uint32_t ctl, uint32_t size,
	       uint64_t sar, uint64_t dar);
void list_buf(struct sim *sim, enum dma_dir dir, unsigned int idx, uint32_t ctl,
	      uint32_t size);
void list_link(struct sim *sim, unsigned int idx, uint32_t ctl, uint64_t to);

#endif
