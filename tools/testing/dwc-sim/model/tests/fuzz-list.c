// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the eDMA: linked lists of good elements with some bad ones, in memory
 * the DMA itself may write, started by doorbells of every kind, while registers
 * are written and the link comes and goes. Whatever comes, a step ends, does no
 * more than its share, and a halted channel has said why. A list that goes on for
 * ever is legal: the number of steps is bounded here.
 */
#include "driver.h"
#include "fuzz.h"

#define ELEMS		64u
#define STEP_MAX	(64u * 1024)

static struct sim *sim;
static uint64_t list_bus, ep_buf, rc_buf;

static uint64_t ep_address(struct rng *r)
{
	return RND_OF(r, ep_buf, ep_buf, ep_buf + 0x1234, list_bus, EP_GPA + MEM_SIZE - 4096,
		      EP_GPA + MEM_SIZE - 8192, EP_MMIO_BASE + EP_DMA, 0, EP_BUS - 1, UINT64_MAX);
}

static uint64_t rc_address(struct rng *r)
{
	return RND_OF(r, rc_buf, rc_buf, rc_buf + 0x567, MSI_ADDRESS, MSI_ADDRESS - 8,
		      RC_GPA + MEM_SIZE - 100, RC_GPA + MEM_SIZE - 8192, 0, UINT64_MAX);
}

static uint32_t size(struct rng *r)
{
	return (uint32_t)RND_OF(r, 0, 1, 4, 4, 64, 64, 4096, 4097, 65536, 100000, 0xffffffff);
}

static void element(struct rng *r, enum dma_dir dir, unsigned int i)
{
	uint32_t ctl = CB;

	if (rnd_one_in(r, 3))
		ctl |= LIE;
	if (rnd_one_in(r, 3))
		ctl |= RIE;
	if (rnd_one_in(r, 12))
		ctl ^= (uint32_t)rnd(r) >> rnd_below(r, 32);
	if (rnd_one_in(r, 10))
		list_link(sim, i, (ctl & ~LLP) | (rnd_one_in(r, 2) ? TCB : 0),
			  RND_OF(r, list_bus, list_bus + 24 * rnd_below(r, ELEMS),
				 list_bus + rnd_below(r, 4096), 0, EP_MMIO_BASE + EP_DMA + 0x200));
	else
		list_data(sim, i, ctl, size(r), dir == DIR_WR ? ep_address(r) : rc_address(r),
			  dir == DIR_WR ? rc_address(r) : ep_address(r));
}

/* A register of the engine, by either CPU: most are harmless, all must be. */
static void poke(struct rng *r)
{
	uint32_t off = (uint32_t)RND_OF(r, 0x0c, 0x10, 0x2c, 0x30, 0x4c, 0x54, 0x58, 0x60, 0x68,
					0x70, 0x90, 0xa0, 0xa8, 0xac, 0xc4, 0xcc, 0xd4, 0xdc,
					0x200, 0x208, 0x20c, 0x21c, 0x300, 0x31c, 0x900, 0xa08,
					0xb00, 0x1200, 0x1308, 0x1ffc);
	uint32_t v = (uint32_t)RND_OF(r, 0, 1, 2, 3, 1, LLE | CCS, LLE | CCS | 1 << 12, MSI_ADDRESS, BIT(31),
				      BIT(31) | 2, 0xffffffff, list_bus);

	if (rnd_one_in(r, 3))
		rc_write(sim, BAR_DMA, off & 0x1ffc, v);
	else
		dma_write(sim, off & 0x1ffc, v);
	if (rnd_one_in(r, 8))
		dma_read(sim, off & 0x1ffc);
}

static void disturb(struct rng *r)
{
	unsigned int d = (unsigned int)rnd_below(r, 2), ch = (unsigned int)rnd_below(r, 4);

	switch (rnd_below(r, 8)) {
	case 0:
		sim_set_link(sim, !sim->link_up);
		if (sim->link_up)
			fx_enumerate(sim);
		break;
	case 1:
		sim->faults.stall[d][ch] = rnd_one_in(r, 2);
		break;
	case 2:
		sim->faults.dma[d][ch] = (struct fault_dma){
			.armed = true, .llerr = rnd_one_in(r, 2), .element = rnd_below(r, 9),
		};
		break;
	case 3:
		cfg_host_write(sim, 0, 0x04, 2, (uint32_t)RND_OF(r, 6, 6, 2, 0));
		break;
	case 4:
		cfg_host_write(sim, 0, 0x78, 2, (uint32_t)rnd(r));
		break;
	case 5:
		sim->faults.engine = (enum engine_fault)rnd_below(r, 3);
		break;
	case 6:
		sim->faults.overtake[d][ch] = true;
		break;
	default:
		dma_write(sim, reg_engine_en[d], (uint32_t)rnd_below(r, 2));
	}
}

/* What must hold between two steps. */
static void check(uint64_t moved)
{
	unsigned int d, ch;

	EXPECT(moved <= 8 * STEP_MAX + 64 * 8);
	for (d = 0; d < NR_DIRS; d++) {
		const struct edma_half *h = &sim->edma.half[d];

		EXPECT(!(h->int_status & ~0x00ff00ffu));
		for (ch = 0; ch < 4; ch++)
			EXPECT(edma_running(&h->chan[ch]) || !h->chan[ch].elem.valid);
		for (; ch < EDMA_MAX_CHANS; ch++)
			EXPECT_EQ(h->chan[ch].ctl1, 0);
	}
}

static void steps(struct rng *r)
{
	unsigned int i, n = 1 + (unsigned int)rnd_below(r, 12);

	for (i = 0; i < n; i++) {
		struct counters_sum a = counters_sum(&sim->counters), b;
		bool more = edma_step(sim);

		b = counters_sum(&sim->counters);
		check(b.dma_read_bytes - a.dma_read_bytes + b.dma_write_bytes - a.dma_write_bytes);
		if (!more)
			return;
	}
}

static void one_run(struct rng *r)
{
	bool mapped = rnd_one_in(r, 2);
	enum dma_dir dir = rnd_one_in(r, 2) ? DIR_WR : DIR_RD;
	unsigned int i, n;

	sim = dma_start();
	sim->profile.max_read = (unsigned int)RND_OF(r, 0, 128, 256, 1024);
	list_bus = LIST_BUS;
	ep_buf = EP_BUF;
	rc_buf = RC_BUF;
	if (mapped) {
		fx_dma_table(sim, SIDE_EP);
		fx_dma_table(sim, SIDE_RC);
		list_bus = fx_map(sim, SIDE_EP, LIST, 0x1000, UM_DMA_READ | UM_DMA_WRITE);
		ep_buf = fx_map(sim, SIDE_EP, BUF, 0x20000, rnd_below(r, 3) + 1);
		rc_buf = fx_map(sim, SIDE_RC, BUF, 0x20000, rnd_below(r, 3) + 1);
	}
	dma_imwr(sim, dir, 0, RND_OF(r, MSI_ADDRESS, rc_buf, 0), MSI_ADDRESS, MSI_BASE_DATA);
	for (i = 0; i < ELEMS; i++)
		element(r, dir, i);

	for (n = 2 + (unsigned int)rnd_below(r, 12); n; n--) {
		unsigned int ch = (unsigned int)rnd_below(r, 4);

		switch (rnd_below(r, 6)) {
		case 0:
			poke(r);
			break;
		case 1:
			disturb(r);
			break;
		case 2:
			element(r, dir, (unsigned int)rnd_below(r, ELEMS));
			break;
		case 3:
			dma_single(sim, dir, ch, (uint32_t)rnd(r) & ~LLE, size(r),
				   dir == DIR_WR ? ep_address(r) : rc_address(r),
				   dir == DIR_WR ? rc_address(r) : ep_address(r));
			break;
		default:
			dma_list(sim, dir, ch, list_bus + 24 * rnd_below(r, 8));
		}
		steps(r);
	}
	fx_forget(sim);
}

TEST(fuzz_edma_lists)
{
	fuzz(6000, one_run);
}
