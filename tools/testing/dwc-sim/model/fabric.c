// SPDX-License-Identifier: GPL-2.0
/* Routing between the two machines and the registers: see fabric.h. */
#include <string.h>

#include "fabric.h"
#include "sim.h"

static bool is_app(const struct sim *sim, uint64_t off)
{
	return sim->profile.app && off >= EP_APP && off < EP_APP + APP_FILE_SIZE;
}

/* Registers are 32 bits wide; longer accesses are a sequence of words. */
static uint32_t reg_read(struct sim *sim, enum side who, uint64_t off, unsigned int size)
{
	if (off < EP_DBI + CFG_SIZE)
		return dbi_read(sim, (unsigned int)off, size);
	if (off >= EP_DBI2 && off < EP_DBI2 + CFG_SIZE)
		return dbi2_read(sim, (unsigned int)(off - EP_DBI2), size);
	if (off >= EP_ATU && off < EP_ATU + ATU_FILE_SIZE)
		return iatu_read(sim, (unsigned int)(off - EP_ATU), size);
	if (off >= EP_DMA && off < EP_DMA + EDMA_FILE_SIZE)
		return edma_read(sim, who, (unsigned int)(off - EP_DMA), size);
	if (is_app(sim, off))
		return app_read(sim, (unsigned int)(off - EP_APP), size);
	report_unknown(&sim->report, "mmio", off, false);
	return 0xffffffff;
}

static void reg_write(struct sim *sim, enum side who, uint64_t off, unsigned int size, uint32_t v)
{
	if (off < EP_DBI + CFG_SIZE)
		dbi_write(sim, (unsigned int)off, size, v);
	else if (off >= EP_DBI2 && off < EP_DBI2 + CFG_SIZE)
		dbi2_write(sim, (unsigned int)(off - EP_DBI2), size, v);
	else if (off >= EP_ATU && off < EP_ATU + ATU_FILE_SIZE)
		iatu_write(sim, (unsigned int)(off - EP_ATU), size, v);
	else if (off >= EP_DMA && off < EP_DMA + EDMA_FILE_SIZE)
		edma_write(sim, who, (unsigned int)(off - EP_DMA), size, v);
	else if (is_app(sim, off))
		app_write(sim, (unsigned int)(off - EP_APP), size, v);
	else
		report_unknown(&sim->report, "mmio", off, true);
}

static void regs_access(struct sim *sim, enum side who, uint64_t off, uint8_t *buf, size_t len,
			bool write)
{
	while (len) {
		unsigned int n = len >= 4 ? 4 : len >= 2 ? 2 : 1;

		while (off % n)
			n /= 2;
		if (write)
			reg_write(sim, who, off, n, (uint32_t)get_le(buf, n));
		else
			put_le(buf, reg_read(sim, who, off, n), n);
		off += n;
		buf += n;
		len -= n;
	}
}

static void bus_violation(struct sim *sim, enum side side, enum initiator by, uint64_t bus,
			  size_t len, bool write, const char *why)
{
	report_violation(&sim->report, side == SIDE_RC ? "dma-rc" : "dma-ep",
			 "%s %s 0x%llx (%zu bytes): %s", initiator_name[by],
			 write ? "writes" : "reads", (unsigned long long)bus, len, why);
}

/**
 * fabric_to_ep() - access the endpoint's bus
 * @sim:	the model
 * @by:		the host's CPU (after the inbound iATU), or the eDMA
 * @bus:	bus address on the endpoint
 * @buf:	data
 * @len:	bytes
 * @write:	direction
 *
 * Parts that cannot be read are all ones. Registers are reachable, too.
 *
 * Return: FABRIC_OK, or FABRIC_LOCAL if any byte was refused (and reported).
 */
enum fabric_status fabric_to_ep(struct sim *sim, enum initiator by, uint64_t bus,
				void *buf, size_t len, bool write)
{
	enum side who = by == BY_RC_CPU ? SIDE_RC : SIDE_EP;
	enum fabric_status ret = FABRIC_OK;
	uint8_t *p = buf;

	while (len) {
		struct bus_span s = gmem_bus(&sim->mem[SIDE_EP], bus, len, write);

		switch (s.kind) {
		case BUS_RAM:
			if (write)
				memcpy(s.ptr, p, s.len);
			else
				memcpy(p, s.ptr, s.len);
			break;
		case BUS_MMIO:
			regs_access(sim, who, s.mmio, p, s.len, write);
			break;
		case BUS_NONE:
			bus_violation(sim, SIDE_EP, by, bus, s.len, write, s.why);
			if (!write)
				memset(p, 0xff, s.len);
			ret = FABRIC_LOCAL;
			break;
		}
		bus += s.len;
		p += s.len;
		len -= s.len;
	}
	return ret;
}

static enum landing landing(struct sim *sim, uint64_t bus, bool write)
{
	struct bus_span s = gmem_bus(&sim->mem[SIDE_EP], bus, 1, write);

	if (s.kind == BUS_RAM)
		return LAND_RAM;
	if (s.kind == BUS_NONE)
		return LAND_NONE;
	return s.mmio >= EP_DMA && s.mmio < EP_DMA + EDMA_FILE_SIZE ? LAND_DMA_REGS : LAND_REGS;
}

static bool bar_decodes(struct sim *sim, unsigned int bar, uint64_t off, size_t len)
{
	uint64_t size = bar < NR_BARS ? cfg_bar_size(sim, bar) : 0;

	if (!cfg_mse(sim)) {
		report_violation(&sim->report, "bar-memory-off",
				 "bar%u+0x%llx accessed with memory space off", bar,
				 (unsigned long long)off);
		return false;
	}
	if (off >= size || len > size - off) {
		report_violation(&sim->report, "bar-range", "bar%u+0x%llx, %zu bytes, of 0x%llx",
				 bar, (unsigned long long)off, len, (unsigned long long)size);
		return false;
	}
	return true;
}

/**
 * fabric_rc_bar() - the host's CPU accesses a BAR
 * @sim:	the model
 * @bar:	which
 * @off:	offset in it
 * @buf:	data
 * @len:	bytes
 * @write:	direction
 *
 * What nobody answers reads as all ones; writes to it vanish.
 */
void fabric_rc_bar(struct sim *sim, unsigned int bar, uint64_t off,
		   void *buf, size_t len, bool write)
{
	uint8_t *p = buf;

	if (!write)
		memset(buf, 0xff, len);
	if (!len || !sim->link_up || !bar_decodes(sim, bar, off, len))
		return;

	while (len) {
		struct atu_hit hit = iatu_inbound(sim, bar, off, len);
		size_t n = hit.len;

		if (!hit.hit) {
			report_violation(&sim->report, "inbound-no-window",
					 "bar%u+0x%llx, %zu bytes", bar,
					 (unsigned long long)off, n);
		} else {
			counters_cpu(&sim->counters, BY_RC_CPU,
				     TARGET_BAR(bar, landing(sim, hit.addr, write)),
				     off, n, write);
			trace(&sim->report, "rc-cpu %s bar%u+0x%llx %zu -> ib%u ep 0x%llx",
			      write ? "MWr" : "MRd", bar, (unsigned long long)off, n,
			      hit.window, (unsigned long long)hit.addr);
			fabric_to_ep(sim, BY_RC_CPU, hit.addr, p, n, write);
		}
		off += n;
		p += n;
		len -= n;
	}
}

static void deliver(struct sim *sim, uint32_t data, unsigned int width)
{
	struct rules *r = &sim->rules;

	if (r->irq_drop[SIDE_RC]) {
		r->irq_drop[SIDE_RC]--;
		trace(&sim->report, "fault: msi 0x%x dropped", data);
		return;
	}
	if (r->irq_delayed[SIDE_RC] &&
	    irq_msi_delay(&sim->irq, data, width, r->irq_delay[SIDE_RC])) {
		r->irq_delayed[SIDE_RC]--;
		trace(&sim->report, "fault: msi 0x%x delayed", data);
		return;
	}
	if (!irq_msi_post(&sim->irq, data, width))
		report_violation(&sim->report, "msi-flood", "message 0x%x is one too many", data);
}

/* Is this what the MSI capability allows? *vector receives the vector. */
static bool msi_valid(struct sim *sim, uint64_t addr, uint32_t data, unsigned int *vector)
{
	uint64_t want = cfg_get(sim, MSI_ADDR_LO, 4) |
			(uint64_t)cfg_get(sim, MSI_ADDR_HI, 4) << 32;
	uint32_t mask = cfg_msi_vectors(sim) - 1;

	*vector = data & mask;
	if (broken(&sim->rules, RULE_MSI_RANGE)) {
		*vector = (data - cfg_get(sim, MSI_DATA, 2)) % MAX_MSI_VECTORS;
		return true;
	}
	if (addr != want || (data & ~mask) != (cfg_get(sim, MSI_DATA, 2) & ~mask)) {
		report_violation(&sim->report, "msi-message", "0x%x to 0x%llx, %u vectors from 0x%x at 0x%llx",
				 data, (unsigned long long)addr, mask + 1,
				 cfg_get(sim, MSI_DATA, 2), (unsigned long long)want);
		return false;
	}
	if (cfg_get(sim, MSI_MASK, 4) & BIT(*vector) && !broken(&sim->rules, RULE_MSI_MASK)) {
		report_violation(&sim->report, "msi-masked", "vector %u is masked", *vector);
		return false;
	}
	return true;
}

static void msi_write(struct sim *sim, enum initiator by, uint64_t addr, uint32_t data)
{
	unsigned int vector = MAX_MSI_VECTORS;

	if (cfg_msix_enabled(sim)) {
		/* The table is in the endpoint's memory: any message may be in it. */
		if (broken(&sim->rules, RULE_MSIX_DATA))
			data ^= 1;
		counters_msi(&sim->counters, by, vector);
		trace(&sim->report, "%s MSI-X 0x%x", initiator_name[by], data);
		deliver(sim, data, 4);
		return;
	}
	if (!cfg_msi_enabled(sim) && !broken(&sim->rules, RULE_MSI_ENABLE)) {
		report_violation(&sim->report, "msi-disabled", "%s sends 0x%x",
				 initiator_name[by], data);
		return;
	}
	if (!msi_valid(sim, addr, data, &vector))
		return;
	if (broken(&sim->rules, RULE_MSI_VECTOR))
		data -= vector;
	counters_msi(&sim->counters, by, vector);
	trace(&sim->report, "%s MSI %u (0x%x)", initiator_name[by], vector, data);
	deliver(sim, data, 2);
}

static bool is_msi(const struct sim *sim, uint64_t addr)
{
	return addr >= RC_MSI_BASE && addr < RC_MSI_BASE + RC_MSI_SIZE &&
	       !broken(&sim->rules, RULE_MSI_DECODE);
}

/* May the endpoint send a request at all? */
static enum fabric_status may_send(struct sim *sim, enum initiator by, uint64_t addr)
{
	if (!sim->link_up || !sim->present[SIDE_RC])
		return FABRIC_TIMEOUT;
	if (!cfg_bme(sim)) {
		report_violation(&sim->report, "bus-master-off", "%s to 0x%llx",
				 initiator_name[by], (unsigned long long)addr);
		return FABRIC_UNSUPPORTED;
	}
	return FABRIC_OK;
}

/**
 * fabric_to_rc() - send a request to the host
 * @sim:	the model
 * @by:		the endpoint's CPU (after the outbound iATU), or the eDMA
 * @addr:	PCIe address
 * @buf:	data
 * @len:	bytes, not 0
 * @write:	direction
 *
 * Return: FABRIC_OK or what went wrong; what cannot be read is all ones.
 */
enum fabric_status fabric_to_rc(struct sim *sim, enum initiator by, uint64_t addr,
				void *buf, size_t len, bool write)
{
	enum fabric_status ret = may_send(sim, by, addr);
	uint8_t *p = buf;

	if (ret != FABRIC_OK) {
		if (!write)
			memset(buf, 0xff, len);
		return ret;
	}
	if (is_msi(sim, addr)) {
		if (!write)
			memset(buf, 0, len);	/* the driver's flush of a posted MSI */
		else if (len == 4)
			msi_write(sim, by, addr, (uint32_t)get_le(buf, 4));
		else
			report_violation(&sim->report, "msi-size", "%zu bytes", len);
		return FABRIC_OK;
	}
	while (len) {
		struct bus_span s = gmem_bus(&sim->mem[SIDE_RC], addr, len, write);

		if (s.kind == BUS_RAM) {
			if (write)
				memcpy(s.ptr, p, s.len);
			else
				memcpy(p, s.ptr, s.len);
			if (by == BY_EP_CPU)
				counters_cpu(&sim->counters, by, TARGET_RC_RAM, addr, s.len, write);
			else
				counters_dma(&sim->counters, by, TARGET_RC_RAM, addr, s.len, write,
					     cfg_mps(sim), cfg_mrrs(sim));
		} else {
			bus_violation(sim, SIDE_RC, by, addr, s.len, write, s.why);
			if (!write)
				memset(p, 0xff, s.len);
			ret = FABRIC_UNSUPPORTED;
		}
		addr += s.len;
		p += s.len;
		len -= s.len;
	}
	return ret;
}

/* Both ends of a piece of payload; the shorter one limits it. */
static enum fabric_status dma_piece(struct sim *sim, enum initiator by, uint64_t pcie,
				    uint64_t local, size_t *len, bool to_rc)
{
	struct bus_span r = gmem_bus(&sim->mem[SIDE_RC], pcie, *len, to_rc);
	struct bus_span l = gmem_bus(&sim->mem[SIDE_EP], local, *len, !to_rc);

	*len = min_t(size_t, r.len, l.len);
	if (r.kind != BUS_RAM) {
		bus_violation(sim, SIDE_RC, by, pcie, *len, to_rc,
			      r.kind == BUS_NONE ? r.why : "registers");
		return FABRIC_UNSUPPORTED;
	}
	if (l.kind != BUS_RAM) {
		bus_violation(sim, SIDE_EP, by, local, *len, !to_rc,
			      l.kind == BUS_NONE ? l.why : "registers");
		return FABRIC_LOCAL;
	}
	if (broken(&sim->rules, RULE_DMA_DIR))
		to_rc = !to_rc;
	if (to_rc)
		memcpy(r.ptr, l.ptr, *len);
	else
		memcpy(l.ptr, r.ptr, *len);
	return FABRIC_OK;
}

/* The MSI page is no memory: it takes writes of 4 bytes, which are interrupts. */
static enum fabric_status dma_msi(struct sim *sim, enum initiator by, uint64_t pcie,
				  uint64_t local, size_t len, bool to_rc)
{
	uint8_t data[4];

	if (!to_rc || len != sizeof(data)) {
		report_violation(&sim->report, "msi-size", "%s %s %zu bytes", initiator_name[by],
				 to_rc ? "writes" : "reads", len);
		return FABRIC_UNSUPPORTED;
	}
	if (fabric_to_ep(sim, by, local, data, sizeof(data), false))
		return FABRIC_LOCAL;
	return fabric_to_rc(sim, by, pcie, data, sizeof(data), true);
}

/*
 * Where the data of the read request that @addr is in comes from. Requests are
 * split as counters_dma() counts them, the first one starts at @from; *len, which
 * is what there is left to read, becomes what can be copied in one piece. A
 * controller for which a request is too long repeats its start.
 */
static uint64_t read_source(struct sim *sim, enum initiator by, uint64_t from, uint64_t addr,
			    size_t *len)
{
	unsigned int max = sim->profile.max_read, mrrs = cfg_mrrs(sim);
	uint64_t page = addr & ~4095ull, start, off;
	size_t size;

	if (!max || broken(&sim->rules, RULE_MAX_READ))
		return addr;

	start = page > from ? page : from;
	start += (addr - start) / mrrs * mrrs;
	off = addr - start;
	size = min_t(size_t, min_t(size_t, mrrs, page + 4096 - start), off + *len);
	*len = size - off;
	if (size <= max)
		return addr;
	if (!off)
		report_violation(&sim->report, "read-too-long",
				 "%s reads %zu bytes at 0x%llx, %u is the limit",
				 initiator_name[by], size, (unsigned long long)addr, max);
	*len = min_t(size_t, *len, max - off % max);
	return start + off % max;
}

/**
 * fabric_dma() - the eDMA moves payload
 * @sim:	the model
 * @by:		which half of the engine
 * @pcie:	address on the link
 * @local:	bus address on the endpoint
 * @len:	bytes, may be 0
 * @to_rc:	direction
 *
 * What was moved before an error stays moved.
 *
 * Return: FABRIC_OK, or why it ended early.
 */
enum fabric_status fabric_dma(struct sim *sim, enum initiator by, uint64_t pcie,
			      uint64_t local, size_t len, bool to_rc)
{
	uint64_t from = pcie, at;
	enum fabric_status st = may_send(sim, by, pcie);
	size_t n;

	trace(&sim->report, "%s %s pcie 0x%llx ep 0x%llx %zu", initiator_name[by],
	      to_rc ? "MWr" : "MRd", (unsigned long long)pcie, (unsigned long long)local, len);
	while (len && st == FABRIC_OK) {
		if (is_msi(sim, pcie)) {
			st = dma_msi(sim, by, pcie, local, len, to_rc);
			break;
		}
		n = len;
		at = to_rc ? pcie : read_source(sim, by, from, pcie, &n);
		st = dma_piece(sim, by, at, local, &n, to_rc);
		if (st != FABRIC_OK)
			break;
		pcie += n;
		local += n;
		len -= n;
	}
	if (pcie != from)
		counters_dma(&sim->counters, by, TARGET_RC_RAM, from, pcie - from, to_rc,
			     cfg_mps(sim), cfg_mrrs(sim));
	return st;
}

static void outbound(struct sim *sim, uint64_t off, uint8_t *p, size_t len, bool write)
{
	while (len) {
		struct atu_hit hit = iatu_outbound(sim, EP_MMIO_BASE + off, len);
		size_t n = hit.len;

		if (!hit.hit) {
			report_violation(&sim->report, "outbound-no-window",
					 "0x%llx, %zu bytes",
					 (unsigned long long)(EP_MMIO_BASE + off), n);
			if (!write)
				memset(p, 0xff, n);
		} else {
			trace(&sim->report, "ep-cpu %s ob%u pcie 0x%llx %zu", write ? "MWr" : "MRd",
			      hit.window, (unsigned long long)hit.addr, n);
			fabric_to_rc(sim, BY_EP_CPU, hit.addr, p, n, write);
		}
		off += n;
		p += n;
		len -= n;
	}
}

/**
 * fabric_ep_mmio() - the endpoint's CPU accesses its register window
 * @sim:	the model
 * @off:	offset from EP_MMIO_BASE
 * @buf:	data
 * @len:	bytes
 * @write:	direction
 */
void fabric_ep_mmio(struct sim *sim, uint64_t off, void *buf, size_t len, bool write)
{
	if (off >= EP_MMIO_SIZE || len > EP_MMIO_SIZE - off) {
		report_unknown(&sim->report, "mmio", off, write);
		if (!write)
			memset(buf, 0xff, len);
		return;
	}
	if (off >= EP_WINDOW)
		outbound(sim, off, buf, len, write);
	else
		regs_access(sim, SIDE_EP, off, buf, len, write);
}
