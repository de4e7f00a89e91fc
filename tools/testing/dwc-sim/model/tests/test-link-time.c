// SPDX-License-Identifier: GPL-2.0
/* The link in virtual time: each cost alone, nothing above the lanes, order. */
#include "harness.h"
#include "link.h"

/* Every cost is 0 but the wire's. */
static const struct board bare = {
	.link_gen = 4, .link_lanes = 2, .mps = 256, .mrrs = 512, .rcb = 64, .framing = 8,
	.header_host = 12, .header_bar = 12, .store_bytes = 8, .eng_tags = 1,
};

static struct board board;
static struct clock clk;
static struct link l;

static struct link *wire(const struct board *b)
{
	board = *b;
	clock_init(&clk, true);
	link_init(&l, &clk, &board);
	return &l;
}

/* ns that @bytes take, from the rate in Mbit/s. */
static uint64_t expect_ns(uint64_t bytes, uint64_t mbps)
{
	return bytes * 8000 / mbps;
}

static bool close_to(uint64_t got, uint64_t want)
{
	return got * 100 <= want * 101 + 100 && got * 101 + 100 >= want * 100;
}

TEST(link_rates)
{
	/* Mbit/s of a lane after the encoding: PCIe r6.0, 4.2.1 and 4.2.2 */
	static const uint64_t lane[] = { 0, 2000, 4000, 7877, 15754, 31508 };
	struct board b = bare;
	unsigned int gen, lanes;

	for (gen = 1; gen <= 5; gen++) {
		for (lanes = 1; lanes <= 16; lanes *= 2) {
			b.link_gen = gen;
			b.link_lanes = lanes;
			wire(&b);
			EXPECT(close_to(link_send(&l, LINK_UP, "x", 12, 999980, 1),
					expect_ns(1000000, lane[gen] * lanes)));
		}
	}
}

TEST(link_overhead_of_a_tlp)
{
	wire(&bare);
	EXPECT_EQ(l.lane[LINK_UP].wire, 0);
	link_send(&l, LINK_UP, "x", 12, 256, 1);
	EXPECT_EQ(l.lane[LINK_UP].wire, 256 + 12 + 8);
	link_send(&l, LINK_UP, "x", 16, 1024, 4);
	EXPECT_EQ(l.lane[LINK_UP].wire, 276 + 1024 + 4 * (16 + 8));
	EXPECT_EQ(l.lane[LINK_UP].payload, 1280);
	EXPECT_EQ(l.lane[LINK_UP].tlps, 5);
}

TEST(link_share_of_dllps)
{
	struct board b = bare;
	uint64_t without, with;

	wire(&b);
	without = link_send(&l, LINK_UP, "x", 12, 1000000, 1);
	b.dllp_permille = 100;
	wire(&b);
	with = link_send(&l, LINK_UP, "x", 12, 1000000, 1);
	EXPECT(close_to(with * 9, without * 10));
}

TEST(link_latency_is_each_way_alone)
{
	struct board b = bare;
	uint64_t down, up;

	wire(&b);
	down = link_send(&l, LINK_DOWN, "x", 12, 64, 1);
	b.latency_down = 300;
	b.latency_up = 70;
	wire(&b);
	EXPECT_EQ(link_send(&l, LINK_DOWN, "x", 12, 64, 1), down + 300);
	up = link_send(&l, LINK_UP, "x", 12, 64, 1);
	EXPECT_EQ(up, down + 70);
	/* it does not take the wire */
	EXPECT(link_send(&l, LINK_DOWN, "x", 12, 64, 1) < 2 * (down + 1) + 300);
}

TEST(link_directions_do_not_disturb_each_other)
{
	uint64_t alone;

	wire(&bare);
	alone = link_send(&l, LINK_UP, "x", 12, 65536, 256);
	wire(&bare);
	link_send(&l, LINK_DOWN, "x", 12, 65536, 256);
	EXPECT_EQ(link_send(&l, LINK_UP, "x", 12, 65536, 256), alone);
}

/* Whatever is sent, and whenever: no byte is faster than its lane, and none passes another. */
TEST(link_conservation_and_order)
{
	uint64_t rng = 1, there, last = 0, first;
	struct board b = bare;
	unsigned int i;

	b.latency_up = 123;
	wire(&b);
	for (i = 0; i < 5000; i++) {
		rng = rng * 6364136223846793005ull + 1442695040888963407ull;
		clock_advance(&clk, clk.now + (rng >> 60));
		there = link_send(&l, LINK_UP, "x", 12, rng >> 33 & 0xff, 1);
		EXPECT(there >= last);
		EXPECT(there >= clk.now + 123);
		last = there;
	}
	first = l.lane[LINK_UP].wire * l.byte_fs / 1000000;
	EXPECT(last - 123 >= first);
}

TEST(link_completions_are_cut_at_rcb)
{
	struct board b = bare;

	wire(&b);
	link_read_back(&l, LINK_DOWN, 0, 512);
	EXPECT_EQ(l.lane[LINK_DOWN].tlps, 2);
	/* 60 bytes up to the boundary, then whole ones of MPS */
	wire(&b);
	link_read_back(&l, LINK_DOWN, 4, 512);
	EXPECT_EQ(l.lane[LINK_DOWN].tlps, 3);
	wire(&b);
	link_read_back(&l, LINK_DOWN, 4, 4);
	EXPECT_EQ(l.lane[LINK_DOWN].tlps, 1);
	EXPECT_EQ(l.lane[LINK_DOWN].wire, 4 + 12 + 8);
	b.mps = 128;
	wire(&b);
	link_read_back(&l, LINK_DOWN, 0, 512);
	EXPECT_EQ(l.lane[LINK_DOWN].tlps, 4);
}

TEST(link_a_store_waits_for_credits)
{
	struct board b = bare;

	wire(&b);
	EXPECT_EQ(link_store_wait(&l, LINK_DOWN), 0);
	link_send(&l, LINK_DOWN, "x", 12, 4096 - 20, 1);
	EXPECT_EQ(link_store_wait(&l, LINK_DOWN), link_ready(&l, LINK_DOWN));
	b.posted_credits = 4096;
	wire(&b);
	link_send(&l, LINK_DOWN, "x", 12, 4096 - 20, 1);
	EXPECT(link_store_wait(&l, LINK_DOWN) <= 1);
	link_send(&l, LINK_DOWN, "x", 12, 4096 - 20, 1);
	EXPECT(close_to(link_store_wait(&l, LINK_DOWN), expect_ns(4096, 31508)));
}

TEST(link_costs_nothing_on_the_wall_clock)
{
	clock_init(&clk, false);
	clock_tick(&clk);
	link_init(&l, &clk, &bare);
	EXPECT_EQ(link_send(&l, LINK_UP, "x", 12, 1 << 20, 4096), clk.now);
	EXPECT_EQ(link_read_back(&l, LINK_UP, 0, 1 << 20), clk.now);
	EXPECT_EQ(link_store_wait(&l, LINK_UP), 0);
}

/* What clock.md says of Gen4 x2: writes with MPS 256 and 24 bytes of overhead, Mbit/s. */
TEST(link_formula)
{
	static const struct { unsigned int mps; uint64_t mbps; } row[] = {
		{ 256, 28800 }, { 128, 26500 },
	};
	struct board b = bare;
	unsigned int i;

	b.framing = 12;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		b.mps = row[i].mps;
		wire(&b);
		EXPECT(close_to(link_send(&l, LINK_UP, "x", 12, 1 << 20, (1 << 20) / b.mps),
				expect_ns(1 << 20, row[i].mbps)));
	}
}
