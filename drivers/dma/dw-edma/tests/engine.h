/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A reference engine for a list that is appended to, of channel 0 of the write
 * direction. It reads elements ahead, each as it was then, does not hear a doorbell
 * while it runs, takes a step to stop, and may fail once. Somebody else may start
 * it, too, if it has stopped at a valid element.
 */

#ifndef _DW_EDMA_KUNIT_ENGINE_H
#define _DW_EDMA_KUNIT_ENGINE_H

#include "fixture.h"

#define WR		EDMA_DIR_WRITE
#define SLOTS		3
#define AHEAD		2
#define DESCS		4
#define MAX_BURSTS	3

enum engine_state { STOPPED, RUNS, STOPS, HALTED };

struct element {
	u32 ctl;
	u32 addr;
};

/* Everything that decides what can happen next; compared as bytes */
struct world {
	u8 engine;			/* enum engine_state */
	u8 slot;			/* That it is at; SLOTS is the link */
	u8 cycle;
	u8 nr_ahead;
	struct element ahead[AHEAD];	/* The first is the one at @slot */
	u8 doorbell, stop;		/* On their way */
	u8 done_int, abort_int;		/* Status bits */
	u8 failed;			/* Number of the descriptor, from 1 */
	u8 behind;			/* How many had been submitted then */
	u8 terminated;
	u8 exporter;			/* Has seen that it is to be started */
	u8 submitted;
	u8 moved[DESCS];		/* Bursts of each descriptor */
	u8 calls[DESCS];
	u8 result[DESCS];
	/* The driver's */
	u8 head, tail, pending, irq_after, unseen, early, lap, ready, waits, status, request;
	struct element list[SLOTS + 1];
};

struct run {
	struct dw_edma_test_ctx *ctx;
	struct kunit *test;
	struct dma_chan *dchan;
	struct dw_edma_chan *chan;
	dma_cookie_t cookie;
	bool fence, exporter;
	u8 descs;			/* Of @DESCS */
	struct world w;
	const char *wrong;
};

extern const u8 dw_edma_bursts[DESCS];

void dw_edma_engine_wrong(struct run *r, const char *text);
struct element dw_edma_engine_read(struct run *r, u8 slot);
bool dw_edma_engine_read_ahead(struct run *r);
bool dw_edma_engine_fetch(struct run *r, bool fails);
bool dw_edma_engine_hear(struct run *r);
bool dw_edma_engine_stop(struct run *r);
bool dw_edma_engine_export(struct run *r);
void dw_edma_engine_show(struct run *r);
void dw_edma_engine_see(struct run *r);

#endif /* _DW_EDMA_KUNIT_ENGINE_H */
