// SPDX-License-Identifier: GPL-2.0
/* A hostile peer: what it changes, that it changes nothing else, and that it repents. */
#include <string.h>

#include "driver.h"
#include "mutate.h"

#define SECOND		1000000000ull
#define OB_OFF		(EP_WINDOW + 0x1000)
#define OB_SIZE		0x1000u
#define RC_RING		0x120000u	/* offsets in memory */
#define RC_FRAME	0x140000u
#define ALL_KINDS	(BIT(NR_MUT_KINDS) - 1)

static void hostile(struct sim *sim, enum side victim, uint64_t every, uint64_t rest, uint64_t limit)
{
	struct mut_wish wish = { .seed = 7, .every = every, .rest = rest, .limit = limit,
				 .regions = MUT_DEFAULT };

	mutate_start(sim, victim, &wish);
}

/* The outbound window of a ring in the host's memory. */
static struct sim *with_ring(void)
{
	struct sim *sim = dma_start();

	fx_outbound(sim, 0, EP_MMIO_BASE + OB_OFF, OB_SIZE, RC_GPA + RC_RING);
	return sim;
}

static void pass(struct sim *sim, unsigned int ms)
{
	for (; ms; ms--) {
		sim->clock.now += SECOND / 1000;
		mutate_step(sim);
	}
}

static uint64_t changed(struct sim *sim, enum side victim, enum mut_region region, uint32_t *kinds)
{
	uint64_t n = 0;
	unsigned int k;

	for (k = 0; k < NR_MUT_KINDS; k++) {
		n += sim->mutate[victim].count[region][k];
		if (kinds && sim->mutate[victim].count[region][k])
			*kinds |= BIT(k);
	}
	return n;
}

static uint32_t value(struct sim *sim, enum side side, size_t off)
{
	return (uint32_t)get_le(mem_at(sim, side, off), 4);
}

TEST(mutate_changes_what_arrives_and_not_what_was_sent)
{
	struct sim *sim = fx_start();
	uint8_t sent[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint32_t kinds = 0;
	unsigned int i;

	hostile(sim, SIDE_EP, 1, 0, 0);
	for (i = 0; i < 50; i++) {
		fabric_rc_bar(sim, 0, BAR_MW, 8 * i, sent, sizeof(sent), true);
		EXPECT(value(sim, SIDE_EP, BAR_MW_MEM + 8 * i) != 0x04030201);
		EXPECT(value(sim, SIDE_EP, BAR_MW_MEM + 8 * i + 4) != 0x08070605);
	}
	EXPECT_EQ(get_le(sent, 8), 0x0807060504030201ull);
	EXPECT_EQ(changed(sim, SIDE_EP, MUT_BAR + BAR_MW, &kinds), 100);
	EXPECT_EQ(kinds, ALL_KINDS);
	EXPECT_EQ(sim->mutate[SIDE_EP].seen[MUT_BAR + BAR_MW], 100);
}

TEST(mutate_flips_one_bit_and_replays_what_was_there)
{
	struct sim *sim = fx_start();
	unsigned int i, flips = 0, replays = 0, v;

	hostile(sim, SIDE_EP, 1, 0, 0);
	for (i = 1; i <= 100; i++)
		rc_write(sim, BAR_MW, 0, 0x1000 * i);
	for (i = 0; i < 100; i++) {
		const struct mut_change *c = &sim->mutate[SIDE_EP].change[i];

		EXPECT_EQ(c->was, 0x1000 * (i + 1));
		EXPECT(c->now != c->was);
		if (c->kind == MUT_FLIP && ++flips)
			EXPECT_EQ(__builtin_popcount(c->was ^ c->now), 1);
		if (c->kind != MUT_REPLAY || i < MUT_OLD)
			continue;
		replays++;
		v = c->now / 0x1000;
		EXPECT(!(c->now % 0x1000) && v <= i && v > i - MUT_OLD);
	}
	EXPECT(flips && replays);
}

TEST(mutate_race_turns_and_ends_with_what_was_written)
{
	struct sim *sim = fx_start();
	struct mutator *m = &sim->mutate[SIDE_EP];
	unsigned int i, turns = 0;
	uint32_t v, last;

	hostile(sim, SIDE_EP, 1, 0, 0);
	for (i = 0; !m->count[MUT_BAR + BAR_MW][MUT_RACE]; i++)
		rc_write(sim, BAR_MW, 4 * i, 0x600d0000 + i);
	i--;
	last = value(sim, SIDE_EP, BAR_MW_MEM + 4 * i);
	EXPECT(last != 0x600d0000 + i);
	while (mutate_step(sim) && m->race[0].turns) {
		v = value(sim, SIDE_EP, BAR_MW_MEM + 4 * i);
		turns += v != last;
		last = v;
	}
	EXPECT(turns > 4);
	EXPECT_EQ(last, 0x600d0000 + i);
}

TEST(mutate_stop_puts_everything_right)
{
	struct sim *sim = fx_start();
	unsigned int i;

	hostile(sim, SIDE_EP, 1, 0, 0);
	for (i = 0; i < 2 * MUT_CHANGES; i++)
		rc_write(sim, BAR_MW, 4 * i, i);
	mutate_stop(sim, SIDE_EP);
	EXPECT(!mutate_active(sim, SIDE_EP));
	for (i = 0; i < 2 * MUT_CHANGES; i++)
		EXPECT_EQ(value(sim, SIDE_EP, BAR_MW_MEM + 4 * i), i);
	rc_write(sim, BAR_MW, 0, 0x1234);
	EXPECT_EQ(value(sim, SIDE_EP, BAR_MW_MEM), 0x1234);
}

TEST(mutate_stop_keeps_what_is_newer)
{
	struct sim *sim = fx_start();
	uint32_t wrong;

	hostile(sim, SIDE_EP, 1, 0, 1);
	rc_write(sim, BAR_MW, 0, 5);
	wrong = value(sim, SIDE_EP, BAR_MW_MEM);
	EXPECT(wrong != 5);
	put_le(mem_at(sim, SIDE_EP, BAR_MW_MEM), 6, 4);
	mutate_stop(sim, SIDE_EP);
	EXPECT_EQ(value(sim, SIDE_EP, BAR_MW_MEM), 6);

	/* The peer itself writes what the wrong value was. */
	hostile(sim, SIDE_EP, 1, 0, 2);
	rc_write(sim, BAR_MW, 0, 5);
	sim->mutate[SIDE_EP].every = 0;
	rc_write(sim, BAR_MW, 0, value(sim, SIDE_EP, BAR_MW_MEM));
	wrong = value(sim, SIDE_EP, BAR_MW_MEM);
	mutate_stop(sim, SIDE_EP);
	EXPECT_EQ(value(sim, SIDE_EP, BAR_MW_MEM), wrong);
}

TEST(mutate_limit_ends_it)
{
	struct sim *sim = fx_start();
	unsigned int i;

	hostile(sim, SIDE_EP, 1, 1000, 10);
	for (i = 0; i < 20; i++)
		rc_write(sim, BAR_MW, 4 * i, i);
	EXPECT_EQ(sim->mutate[SIDE_EP].nr_changes, 10);
	EXPECT_EQ(value(sim, SIDE_EP, BAR_MW_MEM + 4 * 15), 15);
	EXPECT(mutate_active(sim, SIDE_EP));
	mutate_step(sim);
	EXPECT(!mutate_active(sim, SIDE_EP));
	EXPECT(!mutate_step(sim));
}

/* All of the memory but [@from, @to) is as mem_pattern() left it. */
static void rest_is_untouched(struct sim *sim, enum side side, size_t from, size_t to, size_t end)
{
	static uint8_t want[MEM_SIZE];
	uint8_t *is = mem_at(sim, side, 0);
	size_t i;

	for (i = 0; i < end; i++)
		want[i] = (uint8_t)(3 + i * 7 + (i >> 8) * 13);
	EXPECT_MEM(is, want, from);
	EXPECT_MEM(is + to, want + to, end - to);
}

TEST(mutate_at_rest_changes_what_the_host_can_write)
{
	struct sim *sim = fx_start();
	uint32_t kinds = 0;

	fx_set_bar(sim, BAR_MW, 0, BAR_TYPE_64);
	mem_pattern(sim, SIDE_EP, 0, MEM_SIZE, 3);
	hostile(sim, SIDE_EP, 0, 16000, 0);
	pass(sim, 200);
	EXPECT(changed(sim, SIDE_EP, MUT_BAR + BAR_CTRL, &kinds) > 300);
	EXPECT_EQ(kinds, ALL_KINDS);
	rest_is_untouched(sim, SIDE_EP, BAR_CTRL_MEM, BAR_CTRL_MEM + BAR_CTRL_SIZE, MEM_SIZE);
	mutate_stop(sim, SIDE_EP);
	rest_is_untouched(sim, SIDE_EP, MEM_SIZE, MEM_SIZE, MEM_SIZE);
}

TEST(mutate_at_rest_changes_what_the_endpoint_can_write)
{
	struct sim *sim = with_ring();

	mem_pattern(sim, SIDE_RC, 0, MEM_SIZE, 3);
	hostile(sim, SIDE_RC, 0, 16000, 0);
	pass(sim, 400);
	EXPECT(changed(sim, SIDE_RC, MUT_RING, NULL) > 100);
	rest_is_untouched(sim, SIDE_RC, RC_RING, RC_RING + OB_SIZE, MEM_SIZE);
	mutate_stop(sim, SIDE_RC);
	rest_is_untouched(sim, SIDE_RC, MEM_SIZE, MEM_SIZE, MEM_SIZE);
}

TEST(mutate_at_rest_needs_a_way)
{
	struct sim *sim = with_ring();

	cfg_host_write(sim, 0, 0x04, 2, 0x0000);	/* neither memory space nor bus mastering */
	hostile(sim, SIDE_EP, 0, 16000, 0);
	hostile(sim, SIDE_RC, 0, 16000, 0);
	pass(sim, 100);
	cfg_host_write(sim, 0, 0x04, 2, 0x0006);
	sim_set_link(sim, false);
	pass(sim, 100);
	EXPECT_EQ(sim->mutate[SIDE_EP].nr_changes + sim->mutate[SIDE_RC].nr_changes, 0);
}

TEST(mutate_at_rest_keeps_to_what_is_mapped)
{
	struct sim *sim = with_ring();
	uint64_t bus;

	mem_pattern(sim, SIDE_RC, 0, MEM_SIZE - 2 * UM_DMA_PAGE_SIZE, 3);
	fx_dma_table(sim, SIDE_RC);
	fx_map(sim, SIDE_RC, RC_FRAME, 0x1000, UM_DMA_READ);
	bus = fx_map(sim, SIDE_RC, RC_RING, 0x1000, UM_DMA_READ | UM_DMA_WRITE);
	fx_outbound(sim, 0, EP_MMIO_BASE + OB_OFF, 0x4000, bus - 0x1000);
	hostile(sim, SIDE_RC, 0, 16000, 0);
	pass(sim, 400);
	EXPECT(changed(sim, SIDE_RC, MUT_RING, NULL) > 50);
	rest_is_untouched(sim, SIDE_RC, RC_RING, RC_RING + 0x1000, MEM_SIZE - 2 * UM_DMA_PAGE_SIZE);
}

TEST(mutate_endpoint_stores_to_the_ring)
{
	struct sim *sim = with_ring();
	unsigned int i;

	hostile(sim, SIDE_RC, 1, 0, 0);
	for (i = 0; i < 50; i++) {
		ep_write(sim, OB_OFF + 4 * i, 0x1000 + i);
		EXPECT(value(sim, SIDE_RC, RC_RING + 4 * i) != 0x1000 + i);
	}
	EXPECT_EQ(changed(sim, SIDE_RC, MUT_RING, NULL), 50);
	mutate_stop(sim, SIDE_RC);
	for (i = 0; i < 50; i++)
		EXPECT_EQ(value(sim, SIDE_RC, RC_RING + 4 * i), 0x1000 + i);
}

TEST(mutate_host_reads_and_not_what_is_read)
{
	struct sim *sim = dma_start();
	unsigned int i, wrong = 0;

	put_le(mem_at(sim, SIDE_EP, BAR_CTRL_MEM), 0xcafe, 4);
	hostile(sim, SIDE_RC, 2, 0, 0);
	for (i = 0; i < 100; i++)
		wrong += rc_read(sim, BAR_CTRL, 0) != 0xcafe;
	EXPECT(wrong > 20 && wrong < 80);
	EXPECT_EQ(changed(sim, SIDE_RC, MUT_BAR + BAR_CTRL, NULL), wrong);
	EXPECT_EQ(value(sim, SIDE_EP, BAR_CTRL_MEM), 0xcafe);
	for (i = 0; i < 20; i++)
		rc_read(sim, BAR_DMA, 0x4c);
	EXPECT(changed(sim, SIDE_RC, MUT_REGS, NULL));
}

/* Payload of @len bytes to the host, at @off in its memory; as a list, which is what drivers use. */
static void to_host(struct sim *sim, size_t off, uint32_t len)
{
	memset(mem_at(sim, SIDE_EP, BUF), 0x55, len);
	list_data(sim, 0, CB | LIE, len, EP_BUF, RC_GPA + off);
	list_data(sim, 1, 0, 0, 0, 0);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	dma_write(sim, 0x58, 0xff00ff);
}

static bool is_right(struct sim *sim, size_t off, uint32_t len)
{
	while (len--)
		if (*mem_at(sim, SIDE_RC, off + len) != 0x55)
			return false;
	return true;
}

TEST(mutate_records_and_no_payload)
{
	struct sim *sim = with_ring();
	struct mut_wish wish = { .seed = 1, .every = 1, .regions = BIT(MUT_PAYLOAD) };

	hostile(sim, SIDE_RC, 1, 0, 0);
	to_host(sim, RC_FRAME, 1000);
	EXPECT(is_right(sim, RC_FRAME, 1000));
	to_host(sim, RC_RING, 64);
	EXPECT(!is_right(sim, RC_RING, 64));
	EXPECT_EQ(changed(sim, SIDE_RC, MUT_RECORD, NULL), 16);
	EXPECT_EQ(changed(sim, SIDE_RC, MUT_PAYLOAD, NULL), 0);
	mutate_stop(sim, SIDE_RC);
	EXPECT(is_right(sim, RC_RING, 64));

	mutate_start(sim, SIDE_RC, &wish);
	to_host(sim, RC_FRAME, 1000);
	EXPECT(!is_right(sim, RC_FRAME, 1000));
	EXPECT_EQ(changed(sim, SIDE_RC, MUT_PAYLOAD, NULL), 250);
}

TEST(mutate_records_to_the_endpoint)
{
	struct sim *sim = dma_start();

	hostile(sim, SIDE_EP, 1, 0, 0);
	sim->mutate[SIDE_EP].regions &= ~BIT(MUT_REGS);
	memset(mem_at(sim, SIDE_RC, BUF), 0x55, 64);
	dma_single(sim, DIR_RD, 0, LIE, 64, RC_BUF, EP_GPA + BAR_MW_MEM);
	dma_run(sim);
	EXPECT_EQ(changed(sim, SIDE_EP, MUT_RECORD, NULL), 16);
	EXPECT(value(sim, SIDE_EP, BAR_MW_MEM) != 0x55555555);
}

TEST(mutate_long_stores_are_payload)
{
	struct sim *sim = fx_start();
	uint8_t frame[256];

	memset(frame, 0x55, sizeof(frame));
	hostile(sim, SIDE_EP, 1, 0, 0);
	fabric_rc_bar(sim, 0, BAR_MW, 0, frame, sizeof(frame), true);
	EXPECT_MEM(mem_at(sim, SIDE_EP, BAR_MW_MEM), frame, sizeof(frame));
}

/* As pci-epf-vntb has it: a page that tells, the engine's registers, the lists, in one BAR. */
TEST(mutate_tells_memory_by_its_neighbours)
{
	static const struct { uint64_t off; enum mut_region region; } expect[] = {
		{ 0x0ffc, MUT_BAR + BAR_MW }, { 0x1000, MUT_INFO }, { 0x1ffc, MUT_INFO }, { 0x3ffc, MUT_REGS },
		{ 0x4000, MUT_LIST }, { 0x6ffc, MUT_LIST }, { 0x7000, MUT_BAR + BAR_MW },
	};
	struct sim *sim = dma_start();
	struct atu_hit hit;
	unsigned int i;

	fx_addr_match(sim, 1, BAR_MW_ADDR + 0x1000, 0x1000, EP_GPA + BAR_MW_MEM + 0x1000);
	fx_addr_match(sim, 3, BAR_MW_ADDR + 0x2000, 0x2000, EP_MMIO_BASE + EP_DMA);
	fx_addr_match(sim, 4, BAR_MW_ADDR + 0x4000, 0x3000, EP_GPA + BAR_MW_MEM + 0x4000);
	fx_addr_match(sim, 5, BAR_MW_ADDR + 0x7000, BAR_MW_SIZE - 0x7000, EP_GPA + BAR_MW_MEM + 0x7000);
	fx_addr_match(sim, 6, BAR_MW_ADDR, 0x1000, EP_GPA + BAR_MW_MEM);
	for (i = 0; i < ARRAY_SIZE(expect); i++) {
		hit = iatu_inbound(sim, 0, BAR_MW, expect[i].off, 4);
		if (!EXPECT_EQ(mutate_at_bar(sim, 0, BAR_MW, expect[i].off, &hit).region, expect[i].region))
			harness_note("at 0x%llx", (unsigned long long)expect[i].off);
	}
}

TEST(mutate_registers_on_their_way)
{
	struct sim *sim = dma_start();
	unsigned int i;

	hostile(sim, SIDE_EP, 1, 16000, 0);
	for (i = 0; i < 20; i++)
		rc_write(sim, BAR_DMA, 0x60, 0x1000);	/* address of the done write */
	EXPECT_EQ(changed(sim, SIDE_EP, MUT_REGS, NULL), 20);
	pass(sim, 100);
	EXPECT_EQ(changed(sim, SIDE_EP, MUT_REGS, NULL), 20);
}

TEST(mutate_interrupts_within_the_vectors)
{
	struct sim *sim = fx_start();
	unsigned int i, n = 0, others = 0;
	struct irq_msg m;

	cfg_host_write(sim, 0, MSI_MASK, 4, 0x0f);
	hostile(sim, SIDE_RC, 1, 0, 0);
	for (i = 0; i < 200; i++) {
		uint8_t data[4] = { MSI_BASE_DATA + 17 };

		fabric_to_rc(sim, (struct origin){ BY_EP_CPU, 0 }, MSI_ADDRESS, data, 4, true);
		while (irq_msi_take(&sim->irq, 0, &m)) {
			EXPECT(m.data >= MSI_BASE_DATA + 4 && m.data < MSI_BASE_DATA + 32);
			others += m.data != MSI_BASE_DATA + 17;
			n++;
		}
	}
	EXPECT(n > 200 && others > 50);
	EXPECT(changed(sim, SIDE_RC, MUT_MSI, NULL) > 100);
}

TEST(mutate_same_seed_same_changes)
{
	static struct mut_change first[MUT_CHANGES];
	struct sim *sim = fx_start();
	unsigned int run, i;

	for (run = 0; run < 2; run++) {
		hostile(sim, SIDE_EP, 3, 2000, 0);
		for (i = 0; i < 100; i++) {
			rc_write(sim, BAR_MW, 4 * i, i);
			sim->clock.now += SECOND / 1000;
			mutate_step(sim);
		}
		if (!run)
			memcpy(first, sim->mutate[SIDE_EP].change, sizeof(first));
		mutate_stop(sim, SIDE_EP);
	}
	for (i = 0; i < MUT_CHANGES; i++) {
		const struct mut_change *a = &first[i], *b = &sim->mutate[SIDE_EP].change[i];

		EXPECT(a->at.addr == b->at.addr && a->kind == b->kind && a->now == b->now);
	}
}

/* Whatever happens to windows, link and machines meanwhile. */
TEST(mutate_survives_a_guest_that_leaves)
{
	struct sim *sim = with_ring();
	unsigned int i;

	hostile(sim, SIDE_EP, 2, 16000, 0);
	hostile(sim, SIDE_RC, 2, 16000, 0);
	for (i = 0; i < 50; i++) {
		rc_write(sim, BAR_MW, 4 * i, i);
		ep_write(sim, OB_OFF + 4 * i, i);
		pass(sim, 1);
	}
	sim->mem[SIDE_RC].base = NULL;
	sim_machine_off(sim, SIDE_RC);
	pass(sim, 50);
	sim->mem[SIDE_EP].base = NULL;
	sim_machine_off(sim, SIDE_EP);
	pass(sim, 50);
	mutate_stop(sim, SIDE_EP);
	mutate_stop(sim, SIDE_RC);
}
