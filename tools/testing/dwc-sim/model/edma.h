/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The DesignWare eDMA, unrolled register map (EDMA_MF_EDMA_UNROLL). A write
 * channel moves from the endpoint's memory to the link partner, a read channel
 * the other way. Work is done in edma_step(), a bounded amount at a time, so
 * that registers can be accessed while a channel runs.
 *
 * Assumptions, to be checked on silicon:
 * - payload bypasses the outbound iATU: SAR/DAR towards the link are PCIe addresses;
 * - a link element is followed whatever its CB, and toggles CCS if TCB is set;
 *   the list ends at the first data element whose CB differs from CCS;
 * - the linked-list pointer is the element that a channel is at: those before it are
 *   done, a list ends or aborts with the pointer at the element that did it;
 * - elements are read ahead of their use, as many as the profile says, so a control
 *   word that was written since does not count; a doorbell makes the channel read anew;
 * - a doorbell while a channel runs is lost, also while it is about to stop at the end
 *   of its list, which takes the steps that the profile says (virtual time: the time
 *   of the fetch). So is one for a list that goes on nowhere: the channel starts and stops;
 * - LINKED_LIST_ERR_EN: bits 7:0 (LLRAIE) make an abort send the abort IMWr, if its
 *   address is not 0; bits 23:16 (LLLAIE) make an abort of a channel that takes a list
 *   a local interrupt; the status bit is set without them;
 * - requests, IMWr too, are those of the function in control 1 of the channel (16:12);
 *   the control word of an element has no such field;
 * - IMWr needs LIE and RIE in the element (R-Car S4 does, as measured).
 */
#ifndef DWC_SIM_EDMA_H
#define DWC_SIM_EDMA_H

#include "types.h"

struct sim;

#define EDMA_FILE_SIZE		0x2000
#define EDMA_MAX_CHANS		8

#define EDMA_CTRL		0x008
#define EDMA_WR_ENGINE_EN	0x00c
#define EDMA_WR_DOORBELL	0x010
#define EDMA_RD_ENGINE_EN	0x02c
#define EDMA_RD_DOORBELL	0x030
#define EDMA_WR_INT_STATUS	0x04c
#define EDMA_WR_INT_MASK	0x054
#define EDMA_WR_INT_CLEAR	0x058
#define EDMA_WR_ERR_STATUS	0x05c
#define EDMA_WR_DONE_IMWR	0x060
#define EDMA_WR_ABORT_IMWR	0x068
#define EDMA_WR_IMWR_DATA	0x070
#define EDMA_WR_LL_ERR_EN	0x090
#define EDMA_RD_INT_STATUS	0x0a0
#define EDMA_RD_INT_MASK	0x0a8
#define EDMA_RD_INT_CLEAR	0x0ac
#define EDMA_RD_ERR_STATUS_LO	0x0b4
#define EDMA_RD_ERR_STATUS_HI	0x0b8
#define EDMA_RD_LL_ERR_EN	0x0c4
#define EDMA_RD_DONE_IMWR	0x0cc
#define EDMA_RD_ABORT_IMWR	0x0d4
#define EDMA_RD_IMWR_DATA	0x0dc
#define EDMA_CHANS		0x200
#define EDMA_CHAN_SIZE		0x200
#define EDMA_CHAN_RD		0x100

#define EDMA_DOORBELL_STOP	BIT(31)
#define EDMA_INT_BITS		0x00ff00ffu
#define EDMA_INT_DONE(ch)	BIT(ch)
#define EDMA_INT_ABORT(ch)	BIT(16 + (ch))
#define EDMA_LLRAIE(ch)		BIT(ch)
#define EDMA_LLLAIE(ch)		BIT(16 + (ch))

/* Channel control 1 */
#define EDMA_CTL_CB		BIT(0)
#define EDMA_CTL_TCB		BIT(1)
#define EDMA_CTL_LLP		BIT(2)
#define EDMA_CTL_LIE		BIT(3)
#define EDMA_CTL_RIE		BIT(4)
#define EDMA_CTL_CS(v)		((uint32_t)(v) << 5)
#define EDMA_CTL_CS_MASK	(3u << 5)
#define EDMA_CTL_CCS		BIT(8)
#define EDMA_CTL_LLE		BIT(9)
#define EDMA_CTL_FUNC(v)	((v) >> 12 & 0x1f)

enum edma_state { CS_RESET, CS_RUNNING, CS_HALTED, CS_STOPPED };

#define EDMA_LLE_SIZE		24

/* Why a channel aborts; the bits it leaves in the error status registers. */
enum edma_error { ERR_APP, ERR_LL_FETCH, ERR_UNSUPPORTED, ERR_TIMEOUT };

/**
 * struct edma_elem - the piece a running channel works on
 * @valid:	there is one
 * @ctl:	its control word
 * @left:	bytes still to move
 * @sar:	source, advanced
 * @dar:	destination, advanced
 */
struct edma_elem {
	bool valid;
	uint32_t ctl;
	uint32_t left;
	uint64_t sar, dar;
};

/**
 * struct edma_read_ahead - an element of the list as it was when it was read
 * @at:		its address
 * @raw:	its bytes
 */
struct edma_read_ahead {
	uint64_t at;
	uint8_t raw[EDMA_LLE_SIZE];
};

/**
 * struct edma_chan - one channel
 * @ctl1:	control 1, as read back (CS and CCS are kept up to date)
 * @ctl2:	control 2
 * @size:	single transfer: bytes
 * @sar:	single transfer: source
 * @dar:	single transfer: destination
 * @llp:	the element it is at
 * @links:	link elements followed since the last data element
 * @elem:	current element
 * @ahead:	elements that were read already, in the order of the list
 * @nr_ahead:	how many
 * @overtaken:	what moves is the element behind, and this one does afterwards
 * @stopping:	steps until it stops at the end of its list, 0 if it does not
 * @epoch:	in virtual time: changes with each stop, and what is under way is void then
 * @under_way:	in virtual time: requests of the element that have not ended
 * @asked:	in virtual time: bytes of these
 * @began:	in virtual time: when the element before was known, ns
 * @chained:	in virtual time: an element came before in this run
 * @held:	in virtual time: it would go on, but for a fault
 * @before:	@elements when it was started last
 * @elements:	data elements finished since power-on
 * @runs:	doorbells that started it
 * @empty:	of these, how many found no element to do
 * @lost:	doorbells while it ran
 */
struct edma_chan {
	uint32_t ctl1, ctl2;
	uint32_t size;
	uint64_t sar, dar, llp;
	unsigned int links;
	struct edma_elem elem;
	struct edma_read_ahead ahead[MAX_EDMA_AHEAD];
	unsigned int nr_ahead, stopping;
	bool overtaken;
	uint32_t epoch;
	unsigned int under_way;
	uint32_t asked;
	uint64_t began;
	bool chained, held;
	uint64_t before, elements, runs, empty, lost;
};

/**
 * struct edma_half - the write or the read half of the engine
 * @enabled:	ENGINE_EN
 * @int_status:	done and abort bits
 * @int_mask:	gates the local line
 * @suppressed:	status bits that do not assert the line: dropped by a fault, or an
 *		abort that LLLAIE does not enable
 * @err:	error status (low, high)
 * @done_imwr:	address of the done write
 * @abort_imwr:	address of the abort write
 * @imwr_data:	16 bits a channel
 * @ll_err_en:	linked-list error enable: LLRAIE and LLLAIE
 * @running:	channels that run
 * @busy_since:	since when at least one does, ns
 * @busy_ns:	for how long at least one has run before that
 */
struct edma_half {
	bool enabled;
	uint32_t int_status, int_mask, suppressed;
	uint32_t err[2];
	uint64_t done_imwr, abort_imwr;
	uint16_t imwr_data[EDMA_MAX_CHANS];
	uint32_t ll_err_en;
	unsigned int running;
	uint64_t busy_since, busy_ns;
	struct edma_chan chan[EDMA_MAX_CHANS];
};

/**
 * struct edma - the engine
 * @half:	write and read half
 * @emulated:	interrupt emulation holds the line
 * @line:	state of edma_int
 * @local_busy:	in virtual time: until when the local memory is taken, ns
 * @reg_access:	register accesses by [side][write][offset / 4]
 */
struct edma {
	struct edma_half half[NR_DIRS];
	bool emulated;
	bool line;
	uint64_t local_busy;
	uint64_t reg_access[NR_SIDES][2][EDMA_FILE_SIZE / 4];
};

void edma_power_on(struct sim *sim);
uint32_t edma_read(struct sim *sim, enum side who, unsigned int off, unsigned int size);
void edma_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v);
bool edma_step(struct sim *sim);
bool edma_reg_name(unsigned int off, char *buf, size_t len);

/* Between edma.c (registers) and edma-run.c (channels). */
void edma_doorbell(struct sim *sim, enum dma_dir dir, uint32_t v);
void edma_halt_all(struct sim *sim, enum dma_dir dir);
void edma_irq_update(struct sim *sim);

/* Between edma-run.c and edma-list.c. */
bool edma_fetch(struct sim *sim, enum dma_dir dir, unsigned int ch);
bool edma_inject(struct sim *sim, enum dma_dir dir, unsigned int ch);
void edma_ends(struct sim *sim, enum dma_dir dir, unsigned int ch);
void edma_abort(struct sim *sim, enum dma_dir dir, unsigned int ch, enum edma_error err);

/* Between these and edma-time.c. */
enum initiator edma_initiator(enum dma_dir dir);
struct origin edma_origin(const struct sim *sim, enum dma_dir dir, unsigned int ch);
long edma_move(struct sim *sim, enum dma_dir dir, unsigned int ch, size_t max);
void edma_ended(struct sim *sim, enum dma_dir dir, unsigned int ch);
void edma_run(struct sim *sim, enum dma_dir dir, unsigned int ch);
void edma_go_on(struct sim *sim);
void edma_post(struct sim *sim, struct origin from, uint64_t addr, const void *data, size_t len);
void edma_begin(struct sim *sim, enum dma_dir dir, unsigned int ch);
bool edma_stop_takes_time(struct sim *sim, enum dma_dir dir, unsigned int ch);
bool edma_start_takes_time(struct sim *sim, enum dma_dir dir, unsigned int ch);
void edma_ask(struct sim *sim, enum dma_dir dir, unsigned int ch);

static inline bool edma_running(const struct edma_chan *c)
{
	return (c->ctl1 & EDMA_CTL_CS_MASK) == EDMA_CTL_CS(CS_RUNNING);
}

#endif
