// SPDX-License-Identifier: GPL-2.0
/* Two machines that are only memory, joined by the model: see fixture.h. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

const struct profile fx_generic = {
	.name = "test", .iatu_ib = 16, .iatu_ob = 16, .iatu_align = 4096, .edma_wr = 4, .edma_rd = 4,
	.edma_ahead = 4,
	.functions = 1, .msi_vectors = 32, .msix_entries = 1, .mps = 256, .mrrs = 512,
	.link_speed = 4, .link_width = 4, .emulation = 1, .doorbell = "embedded",
};

const struct board *fx_board;

static struct sim the_sim;
static uint8_t *memory[NR_SIDES];	/* on the heap, for its red zones */
static unsigned int next_page[NR_SIDES];

/* Whatever is left is a finding nobody expected. */
static void leftovers(const struct report_list *l, const char *what)
{
	unsigned int i;

	if (EXPECT_EQ(l->total, 0))
		return;
	for (i = 0; i < l->nr; i++)
		harness_note("%s %s x %llu: %s", what, l->entry[i].kind,
			     (unsigned long long)l->entry[i].count, l->entry[i].detail);
}

static void power_off(void *arg)
{
	struct sim *sim = arg;

	leftovers(&sim->report.violations, "violation");
	leftovers(&sim->report.unknown, "unknown access");
	events_free(&sim->clock.events);
	sim->profile.name[0] = '\0';
}

/**
 * fx_power_on() - both machines have power, the link is down, no one did anything
 * @p:	kind of controller, NULL for the generic one
 */
struct sim *fx_power_on(const struct profile *p)
{
	static const uint64_t gpa[NR_SIDES] = { RC_GPA, EP_GPA };
	struct sim *sim = &the_sim;
	unsigned int i;

	/* A test may start over. */
	if (sim->profile.name[0])
		power_off(sim);
	else
		harness_defer(power_off, sim);
	sim_init(sim, p ? p : &fx_generic, fx_board);
	for (i = 0; i < NR_SIDES; i++) {
		if (!memory[i])
			memory[i] = aligned_alloc(UM_DMA_PAGE_SIZE, MEM_SIZE);
		memset(memory[i], 0, MEM_SIZE);
		sim->mem[i].base = memory[i];
		sim->mem[i].gpa = gpa[i];
		sim->mem[i].size = MEM_SIZE;
		next_page[i] = 0;
		sim_machine_on(sim, i);
	}
	return sim;
}

/** fx_glue() - there are glue registers; both machines have power, the link is down */
struct sim *fx_glue(void)
{
	struct profile p = fx_generic;

	p.app = 1;
	return fx_power_on(&p);
}

/** fx_linked() - the link is up, nothing is programmed */
struct sim *fx_linked(void)
{
	struct sim *sim = fx_power_on(NULL);

	EXPECT_EQ(sim_set_link(sim, true), 0);
	return sim;
}

/** fx_start() - BARs are set up by the endpoint and assigned by the host, MSI is on */
struct sim *fx_start(void)
{
	struct sim *sim = fx_linked();
	unsigned int i;

	for (i = 0; i < NR_BARS; i++)
		ep_write(sim, EP_DBI2 + PCI_BAR(i), 0);
	fx_set_bar(sim, BAR_CTRL, BAR_CTRL_SIZE, BAR_TYPE_32);
	fx_set_bar(sim, BAR_MW, BAR_MW_SIZE, BAR_TYPE_64);
	fx_set_bar(sim, BAR_DMA, BAR_DMA_SIZE, BAR_TYPE_32);
	fx_bar_match(sim, 0, BAR_CTRL, EP_GPA + BAR_CTRL_MEM);
	fx_bar_match(sim, 1, BAR_MW, EP_GPA + BAR_MW_MEM);
	fx_bar_match(sim, 2, BAR_DMA, EP_MMIO_BASE + EP_DMA);
	fx_enumerate(sim);
	fx_enable_msi(sim, 5);
	memset(&sim->counters, 0, sizeof(sim->counters));
	return sim;
}

/**
 * fx_set_bar() - as dw_pcie_ep_set_bar() does it
 * @sim:	the model
 * @bar:	which
 * @size:	bytes, a power of two
 * @flags:	BAR_TYPE_32 or BAR_TYPE_64
 */
void fx_set_bar(struct sim *sim, unsigned int bar, uint64_t size, uint32_t flags)
{
	ep_write(sim, EP_DBI + 0x8bc, 1);
	ep_write(sim, EP_DBI2 + 0x10 + 4 * bar, (uint32_t)(size - 1));
	ep_write(sim, EP_DBI + 0x10 + 4 * bar, flags);
	if (flags & BAR_TYPE_64) {
		ep_write(sim, EP_DBI2 + 0x14 + 4 * bar, (uint32_t)((size - 1) >> 32));
		ep_write(sim, EP_DBI + 0x14 + 4 * bar, 0);
	}
	ep_write(sim, EP_DBI + 0x8bc, 0);
}

/** fx_bar_match() - inbound window @win: @bar leads to @target */
void fx_bar_match(struct sim *sim, unsigned int win, unsigned int bar, uint64_t target)
{
	uint64_t w = EP_ATU + 512 * win + 256;

	ep_write(sim, w + 0x14, (uint32_t)target);
	ep_write(sim, w + 0x18, (uint32_t)(target >> 32));
	ep_write(sim, w + 0x00, 0);
	ep_write(sim, w + 0x04, BIT(31) | BIT(30) | BIT(19) | bar << 8);
}

static void range(struct sim *sim, uint64_t w, uint64_t base, uint64_t size, uint64_t target)
{
	uint64_t limit = base + size - 1;

	ep_write(sim, w + 0x08, (uint32_t)base);
	ep_write(sim, w + 0x0c, (uint32_t)(base >> 32));
	ep_write(sim, w + 0x10, (uint32_t)limit);
	ep_write(sim, w + 0x20, (uint32_t)(limit >> 32));
	ep_write(sim, w + 0x14, (uint32_t)target);
	ep_write(sim, w + 0x18, (uint32_t)(target >> 32));
	ep_write(sim, w + 0x00, limit >> 32 > base >> 32 ? BIT(13) : 0);
	ep_write(sim, w + 0x04, BIT(31));
}

/** fx_addr_match() - inbound window @win: @size bytes at @pcie lead to @target */
void fx_addr_match(struct sim *sim, unsigned int win, uint64_t pcie, uint64_t size,
		   uint64_t target)
{
	range(sim, EP_ATU + 512 * win + 256, pcie, size, target);
}

/** fx_outbound() - outbound window @win: @size bytes at @cpu lead to @pcie */
void fx_outbound(struct sim *sim, unsigned int win, uint64_t cpu, uint64_t size,
		 uint64_t pcie)
{
	range(sim, EP_ATU + 512 * win, cpu, size, pcie);
}

/** fx_enumerate() - the host gives the BARs their addresses and enables the device */
void fx_enumerate(struct sim *sim)
{
	cfg_host_write(sim, 0, 0x10, 4, (uint32_t)BAR_CTRL_ADDR);
	cfg_host_write(sim, 0, 0x18, 4, (uint32_t)BAR_MW_ADDR);
	cfg_host_write(sim, 0, 0x1c, 4, (uint32_t)(BAR_MW_ADDR >> 32));
	cfg_host_write(sim, 0, 0x20, 4, (uint32_t)BAR_DMA_ADDR);
	cfg_host_write(sim, 0, 0x04, 2, 0x0006);
}

/** fx_enable_msi() - the host programs the MSI capability for 1 << @log2_vectors */
void fx_enable_msi(struct sim *sim, unsigned int log2_vectors)
{
	cfg_host_write(sim, 0, 0x54, 4, MSI_ADDRESS);
	cfg_host_write(sim, 0, 0x58, 4, 0);
	cfg_host_write(sim, 0, 0x5c, 2, MSI_BASE_DATA);
	cfg_host_write(sim, 0, 0x52, 2, 0x0001 | log2_vectors << 4);
}

/** ep_access() - the endpoint's CPU accesses its register window */
void ep_access(struct sim *sim, uint64_t off, void *buf, size_t len, bool write)
{
	fabric_ep_mmio(sim, off, buf, len, write);
}

/** ep_read() - a 32-bit load by the endpoint's CPU. @off: in its register window */
uint32_t ep_read(struct sim *sim, uint64_t off)
{
	uint8_t buf[4];

	fabric_ep_mmio(sim, off, buf, 4, false);
	return (uint32_t)get_le(buf, 4);
}

/** ep_write() - a 32-bit store by the endpoint's CPU */
void ep_write(struct sim *sim, uint64_t off, uint32_t v)
{
	uint8_t buf[4];

	put_le(buf, v, 4);
	fabric_ep_mmio(sim, off, buf, 4, true);
}

/** rc_read() - a 32-bit load by the host's CPU. @off: in @bar */
uint32_t rc_read(struct sim *sim, unsigned int bar, uint64_t off)
{
	uint8_t buf[4];

	fabric_rc_bar(sim, 0, bar, off, buf, 4, false);
	return (uint32_t)get_le(buf, 4);
}

/** rc_write() - a 32-bit store by the host's CPU */
void rc_write(struct sim *sim, unsigned int bar, uint64_t off, uint32_t v)
{
	uint8_t buf[4];

	put_le(buf, v, 4);
	fabric_rc_bar(sim, 0, bar, off, buf, 4, true);
}

/** mem_at() - a machine's memory. @off: from its first byte */
uint8_t *mem_at(struct sim *sim, enum side side, size_t off)
{
	return sim->mem[side].base + off;
}

/** mem_pattern() - bytes that differ from place to place */
void mem_pattern(struct sim *sim, enum side side, size_t off, size_t len, uint8_t seed)
{
	uint8_t *p = mem_at(sim, side, off);
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)(seed + i * 7 + (i >> 8) * 13);
}

/* The flat table is the last page but one, its root the last. */
static uint8_t *table(struct sim *sim, enum side side)
{
	return mem_at(sim, side, MEM_SIZE - 2 * UM_DMA_PAGE_SIZE);
}

/** fx_run_time() - virtual time passes until nothing happens any more: its end, ns */
uint64_t fx_run_time(struct sim *sim)
{
	while (events_next(&sim->clock.events) != EVENT_NEVER) {
		clock_advance(&sim->clock, events_next(&sim->clock.events));
		clock_run_due(&sim->clock);
	}
	return sim->clock.now;
}

/** fx_dma_table() - @side runs the test-only DMA layer from now on */
void fx_dma_table(struct sim *sim, enum side side)
{
	uint8_t *root = mem_at(sim, side, MEM_SIZE - UM_DMA_PAGE_SIZE);

	memset(table(sim, side), 0, UM_DMA_PAGE_SIZE);
	put_le(root + 8, UM_DMA_VERSION, 4);
	put_le(root + 12, 12, 4);
	put_le(root + 16, side == SIDE_RC ? RC_BUS : EP_BUS, 8);
	put_le(root + 24, UM_DMA_PAGE_SIZE / 8, 8);
	put_le(root + 32, sim->mem[side].gpa + MEM_SIZE - 2 * UM_DMA_PAGE_SIZE, 8);
	put_le(root, 0x414d442d4d555431ull, 8);
}

/**
 * fx_map() - a driver maps memory for DMA
 * @sim:	the model
 * @side:	which machine's driver
 * @off:	offset in its memory
 * @len:	bytes
 * @rights:	UM_DMA_READ and/or UM_DMA_WRITE
 *
 * Return: the bus address. Addresses are never used again.
 */
uint64_t fx_map(struct sim *sim, enum side side, size_t off, size_t len, uint64_t rights)
{
	uint64_t bus = (side == SIDE_RC ? RC_BUS : EP_BUS) +
		       (uint64_t)next_page[side] * UM_DMA_PAGE_SIZE + off % UM_DMA_PAGE_SIZE;
	uint64_t page = (sim->mem[side].gpa + off) & ~(uint64_t)(UM_DMA_PAGE_SIZE - 1);
	size_t end = off % UM_DMA_PAGE_SIZE + len, at;

	for (at = 0; at < end; at += UM_DMA_PAGE_SIZE)
		put_le(table(sim, side) + 8 * next_page[side]++, (page + at) | rights, 8);
	return bus;
}

/** fx_unmap() - a driver ends a mapping of @len bytes at @bus */
void fx_unmap(struct sim *sim, enum side side, uint64_t bus, size_t len)
{
	uint64_t base = side == SIDE_RC ? RC_BUS : EP_BUS;
	uint64_t first = (bus - base) / UM_DMA_PAGE_SIZE;
	uint64_t last = (bus - base + len - 1) / UM_DMA_PAGE_SIZE;

	for (; first <= last; first++)
		put_le(table(sim, side) + 8 * first, 0, 8);
}

static uint64_t take(struct report_list *l, const char *kind)
{
	uint64_t n = 0;
	unsigned int i = 0;

	while (i < l->nr) {
		if (strcmp(l->entry[i].kind, kind)) {
			i++;
			continue;
		}
		n += l->entry[i].count;
		l->entry[i] = l->entry[--l->nr];
	}
	l->total -= n;
	return n;
}

/** fx_violations() - how many of @kind there were; they are forgotten */
uint64_t fx_violations(struct sim *sim, const char *kind)
{
	return take(&sim->report.violations, kind);
}

/** fx_unknown() - how many unknown accesses to @block there were; they are forgotten */
uint64_t fx_unknown(struct sim *sim, const char *block)
{
	return take(&sim->report.unknown, block);
}

/** fx_forget() - whatever was found so far was expected (by a fuzzer) */
void fx_forget(struct sim *sim)
{
	memset(&sim->report.violations, 0, sizeof(sim->report.violations));
	memset(&sim->report.unknown, 0, sizeof(sim->report.unknown));
}

/** fx_msi_taken() - is a message with this data the next pending one? It is taken. */
bool fx_msi_taken(struct sim *sim, uint32_t data)
{
	struct irq_msg m;

	return irq_msi_take(&sim->irq, 0, &m) && m.data == data;
}

/* What a host does to find a BAR's size. */
uint32_t fx_bar_probe(struct sim *sim, unsigned int bar)
{
	uint32_t off = 0x10 + 4 * bar, old = cfg_host_read(sim, 0, off, 4), v;

	cfg_host_write(sim, 0, off, 4, 0xffffffff);
	v = cfg_host_read(sim, 0, off, 4);
	cfg_host_write(sim, 0, off, 4, old);
	return v;
}
