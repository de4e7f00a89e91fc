// SPDX-License-Identifier: GPL-2.0
/* The eDMA in virtual time: each cost alone, the formula, sharing of the link. */
#include <stdlib.h>

#include "control.h"
#include "driver.h"

/* Nothing costs anything but the wire: Gen4 x2, 20 bytes around each payload. */
static const struct board bare = {
	.link_gen = 4, .link_lanes = 2, .mps = 256, .mrrs = 512, .rcb = 64, .framing = 8,
	.header_host = 12, .header_bar = 12, .store_bytes = 8, .eng_tags = 64, .eng_prefetch = 1,
};

#define MBPS	31508		/* of the lanes, after the encoding */

static struct board board;

static void forget_board(void *arg)
{
	(void)arg;
	fx_board = NULL;
}

static struct sim *timed(const struct board *b)
{
	board = *b;
	if (!fx_board)
		harness_defer(forget_board, NULL);
	fx_board = &board;
	return dma_start();
}

/* ns that @wire bytes take. */
static uint64_t wire_ns(uint64_t wire)
{
	return wire * 8000 / MBPS;
}

static bool within_1_percent(uint64_t got, uint64_t want)
{
	bool ok = got * 100 <= want * 101 + 100 && got * 101 + 100 >= want * 100;

	if (!ok)
		harness_note("%llu ns, the formula says %llu", (unsigned long long)got,
			     (unsigned long long)want);
	return ok;
}

/* The wire takes fractions of a ns: each element may be one off. */
static bool within_ns(uint64_t got, uint64_t want, uint64_t ns)
{
	return got <= want + ns && want <= got + ns;
}

/* A list of @n elements of @size bytes on a channel: its end, ns from the doorbell. */
static void give_list(struct sim *sim, enum dma_dir dir, unsigned int ch, unsigned int at,
		      unsigned int n, uint32_t size)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		list_data(sim, at + i, CB, size, dir == DIR_WR ? EP_BUF : RC_BUF,
			  dir == DIR_WR ? RC_BUF : EP_BUF);
	list_data(sim, at + n, 0, 0, 0, 0);
	dma_list(sim, dir, ch, LIST_BUS + 24 * at);
}

static uint64_t time_of(const struct board *b, enum dma_dir dir, unsigned int n, uint32_t size)
{
	struct sim *sim = timed(b);
	uint64_t start = sim->clock.now;

	give_list(sim, dir, 0, 0, n, size);
	return fx_run_time(sim) - start;
}

TEST(edma_time_moves_the_right_bytes)
{
	struct sim *sim = timed(&bare);

	mem_pattern(sim, SIDE_EP, EP_BUF - EP_GPA, 5000, 3);
	list_data(sim, 0, CB, 5000, EP_BUF, RC_BUF + 100);
	list_data(sim, 1, 0, 0, 0, 0);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	fx_run_time(sim);
	list_data(sim, 0, CB, 5000, RC_BUF + 100, EP_BUF + 0x4000);
	dma_list(sim, DIR_RD, 0, LIST_BUS);
	fx_run_time(sim);
	EXPECT_MEM(mem_at(sim, SIDE_EP, EP_BUF - EP_GPA + 0x4000), mem_at(sim, SIDE_EP, EP_BUF - EP_GPA), 5000);
	EXPECT_MEM(mem_at(sim, SIDE_RC, RC_BUF - RC_GPA + 100), mem_at(sim, SIDE_EP, EP_BUF - EP_GPA), 5000);
}

/* clock.md: raw transfers of 64 B to 1 MB agree with the formula within 1 %. */
TEST(edma_time_formula_writes)
{
	uint32_t size;

	for (size = 256; size <= 16384; size *= 4)
		EXPECT(within_1_percent(time_of(&bare, DIR_WR, 64, size),
					wire_ns(64ull * size / 256 * 276)));
	EXPECT(within_1_percent(time_of(&bare, DIR_WR, 64, 64), wire_ns(64 * (64 + 20))));
}

TEST(edma_time_formula_reads)
{
	struct board b = bare;
	uint32_t size;

	for (size = 512; size <= 16384; size *= 4)
		EXPECT(within_1_percent(time_of(&b, DIR_RD, 64, size),
					wire_ns(64ull * size / 256 * 276 + 64 * 20)));
	/* 128-byte requests, 128-byte completions */
	b.mrrs = b.mps = 128;
	EXPECT(within_1_percent(time_of(&b, DIR_RD, 64, 16384),
				wire_ns(64ull * 128 * 148 + 64 * 20)));
}

/* With too few tags it is the round trip that counts. */
TEST(edma_time_tags)
{
	struct board b = bare;
	uint64_t trip;

	b.latency_up = b.latency_down = 1000;
	b.host_read = 500;
	b.eng_tags = 1;
	trip = 2500 + wire_ns(20) + wire_ns(2 * 276);
	EXPECT(within_1_percent(time_of(&b, DIR_RD, 1, 16384), 32 * trip));
	b.eng_tags = 4;
	EXPECT(within_1_percent(time_of(&b, DIR_RD, 1, 16384), 8 * trip + wire_ns(3 * 552)));
}

/* Each cost of the engine, alone: it comes so often, and takes that long. */
TEST(edma_time_costs)
{
	static const struct {
		size_t off;
		unsigned int times;	/* in a list of 8 elements */
	} row[] = {
		{ offsetof(struct board, eng_doorbell), 1 },
		{ offsetof(struct board, eng_start), 8 },
		{ offsetof(struct board, eng_gap), 7 },
		{ offsetof(struct board, eng_fetch), 9 },	/* the last finds the end */
	};
	unsigned int i, d;

	for (d = 0; d < NR_DIRS; d++) {
		for (i = 0; i < ARRAY_SIZE(row); i++) {
			struct board b = bare;
			uint64_t without;

			b.eng_prefetch = 0;
			without = time_of(&b, d, 8, 4096);
			*(unsigned int *)((char *)&b + row[i].off) = 777;
			EXPECT(within_ns(time_of(&b, d, 8, 4096), without + 777 * row[i].times, 8));
		}
	}
}

TEST(edma_time_prefetch_hides_the_fetch)
{
	struct board b = bare;
	uint64_t without = time_of(&b, DIR_WR, 8, 4096);

	b.eng_fetch = 300;
	EXPECT(within_ns(time_of(&b, DIR_WR, 8, 4096), without + 300, 1));
	b.eng_prefetch = 0;
	EXPECT(within_ns(time_of(&b, DIR_WR, 8, 4096), without + 9 * 300, 8));
	/* not all of it, if an element takes less */
	b.eng_prefetch = 1;
	b.eng_fetch = 100000;
	EXPECT(time_of(&b, DIR_WR, 8, 4096) > without + 8 * 90000);
}

/* It runs until it knows that nothing follows, and hears no doorbell meanwhile. */
TEST(edma_time_doorbell_before_the_stop_is_lost)
{
	struct board b = bare;
	struct edma_chan *c;
	struct sim *sim;

	b.eng_prefetch = 0;
	b.eng_fetch = 1000;
	sim = timed(&b);
	c = &sim->edma.half[DIR_WR].chan[0];
	give_list(sim, DIR_WR, 0, 0, 1, 4096);
	while (!c->elements) {
		clock_advance(&sim->clock, events_next(&sim->clock.events));
		clock_run_one(&sim->clock);
	}
	list_data(sim, 1, CB, 64, EP_BUF, RC_BUF);
	clock_advance(&sim->clock, sim->clock.now + 999);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	EXPECT_EQ(c->lost, 1);
	fx_run_time(sim);
	EXPECT_EQ(c->elements, 1);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	fx_run_time(sim);
	EXPECT_EQ(c->elements, 2);
}

TEST(edma_time_local_memory)
{
	struct board b = bare;
	unsigned int d;

	b.eng_local = 1000;		/* 1 GB/s */
	for (d = 0; d < NR_DIRS; d++)
		EXPECT(within_1_percent(time_of(&b, d, 16, 16384), 16 * 16384));
}

TEST(edma_time_channels_share_the_link)
{
	struct sim *sim = timed(&bare);
	uint64_t start = sim->clock.now;

	give_list(sim, DIR_WR, 0, 0, 8, 8192);
	give_list(sim, DIR_WR, 1, 16, 8, 8192);
	EXPECT(within_1_percent(fx_run_time(sim) - start, wire_ns(16 * 8192 / 256 * 276)));
}

/* Requests of the one direction take room from the writes of the other. */
TEST(edma_time_both_directions)
{
	struct board b = bare;
	struct sim *sim;
	uint64_t start;

	b.mrrs = 128;
	sim = timed(&b);
	start = sim->clock.now;
	give_list(sim, DIR_WR, 0, 0, 16, 16384);
	give_list(sim, DIR_RD, 0, 32, 16, 16384);
	EXPECT(within_1_percent(fx_run_time(sim) - start,
				wire_ns(16ull * 16384 / 256 * 276 + 16ull * 16384 / 128 * 20)));
}

/* Time passes until the host has an interrupt. */
static void run_to_interrupt(struct sim *sim)
{
	while (!irq_msi_pending(&sim->irq, 0) && events_next(&sim->clock.events) != EVENT_NEVER) {
		clock_advance(&sim->clock, events_next(&sim->clock.events));
		clock_run_one(&sim->clock);
	}
	EXPECT(irq_msi_pending(&sim->irq, 0));
}

/* A write channel with an IMWr at its end, which begins. */
static void begin_with_interrupt(struct sim *sim)
{
	mem_pattern(sim, SIDE_EP, EP_BUF - EP_GPA, 4096, 9);
	dma_imwr(sim, DIR_WR, 0, MSI_ADDRESS, 0, MSI_BASE_DATA);
	list_data(sim, 0, CB | LIE | RIE, 4096, EP_BUF, RC_BUF);
	list_data(sim, 1, 0, 0, 0, 0);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
}

/* When the host's interrupt is there, ns. */
static uint64_t interrupt_after(const struct board *b, struct sim **sim)
{
	struct sim *s = timed(b);
	uint64_t start = s->clock.now;

	*sim = s;
	begin_with_interrupt(s);
	run_to_interrupt(s);
	return s->clock.now - start;
}

/* The interrupt message is sent after the data: it does not come before it. */
TEST(edma_time_imwr_comes_after_the_data)
{
	struct board b = bare;
	struct sim *sim;

	b.latency_up = 400;
	interrupt_after(&b, &sim);
	EXPECT_MEM(mem_at(sim, SIDE_RC, RC_BUF - RC_GPA), mem_at(sim, SIDE_EP, EP_BUF - EP_GPA), 4096);
	/* the channel's own interrupt was first */
	EXPECT(dma_read(sim, reg_int_status[DIR_WR]) & 1);
}

TEST(edma_time_interrupt)
{
	struct board b = bare;
	struct sim *sim;
	uint64_t without = interrupt_after(&b, &sim);

	b.msi = 700;
	EXPECT_EQ(interrupt_after(&b, &sim), without + 700);
}

TEST(edma_time_stop_makes_void_what_is_under_way)
{
	struct board b = bare;
	struct sim *sim;

	b.latency_down = 5000;
	sim = timed(&b);
	mem_pattern(sim, SIDE_RC, RC_BUF - RC_GPA, 4096, 5);
	give_list(sim, DIR_RD, 0, 0, 1, 4096);
	clock_advance(&sim->clock, events_next(&sim->clock.events));
	clock_run_due(&sim->clock);
	dma_write(sim, reg_doorbell[DIR_RD], 1u << 31);
	fx_run_time(sim);
	EXPECT_EQ(chan_state(sim, DIR_RD, 0), 3);
	EXPECT_EQ(*mem_at(sim, SIDE_EP, EP_BUF - EP_GPA), 0);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_RD]), 0);
}

/* How long a half was busy: from a doorbell to the end of the last of its channels. */
TEST(edma_time_busy)
{
	struct sim *sim = timed(&bare);
	uint64_t start = sim->clock.now, first;

	give_list(sim, DIR_WR, 0, 0, 8, 8192);
	give_list(sim, DIR_WR, 1, 16, 4, 8192);
	first = fx_run_time(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].busy_ns, first - start);
	EXPECT_EQ(sim->edma.half[DIR_RD].busy_ns, 0);
	clock_advance(&sim->clock, first + 10000);
	start = sim->clock.now;
	give_list(sim, DIR_WR, 0, 0, 1, 8192);
	EXPECT_EQ(sim->edma.half[DIR_WR].busy_ns, first + fx_run_time(sim) - start);
}

static void fault(struct sim *sim, const char *command)
{
	char *answer = control_command(sim, command);

	EXPECT_STR(answer, "{\"ok\":true}\n");
	free(answer);
}

/* A late message is late by that much, a late line does not move an event before its time. */
TEST(edma_time_late_interrupts)
{
	struct board b = bare;
	struct sim *sim = timed(&b);
	uint64_t start = sim->clock.now;

	fault(sim, "fault irq delay 1 5 rc");
	fault(sim, "fault irq delay 1 7 ep");
	begin_with_interrupt(sim);
	run_to_interrupt(sim);
	EXPECT(within_ns(sim->clock.now, start + 5000000, 10000));
	EXPECT_EQ(events_next(&sim->clock.events), sim->irq.hold_until * 1000000);
	EXPECT_EQ(sim->irq.hold_until, sim->irq.now + 7);
}

/* A channel that stands still goes on when it may, and not before. */
TEST(edma_time_stalled_channel_goes_on)
{
	struct sim *sim = timed(&bare);
	uint64_t start = sim->clock.now;

	fault(sim, "fault stall rd 0 on");
	give_list(sim, DIR_RD, 0, 0, 2, 4096);
	fx_run_time(sim);
	EXPECT_EQ(chan_state(sim, DIR_RD, 0), 1);
	EXPECT_EQ(sim->edma.half[DIR_RD].chan[0].elements, 0);
	clock_advance(&sim->clock, start + 1000000);
	fault(sim, "fault stall rd 0 off");
	EXPECT(fx_run_time(sim) > start + 1000000);
	EXPECT_EQ(chan_state(sim, DIR_RD, 0), 3);
	EXPECT_EQ(sim->edma.half[DIR_RD].chan[0].elements, 2);
}
