// SPDX-License-Identifier: GPL-2.0
/* Routing between the two machines and the registers: see fabric.h. */
#include <string.h>

#include "block.h"
#include "counters.h"
#include "dbi.h"
#include "fabric.h"
#include "gmem.h"
#include "iatu.h"
#include "msi.h"
#include "mutate.h"
#include "report.h"
#include "sim.h"

/* Registers are 32 bits wide; longer accesses are a sequence of words. */
static uint32_t reg_read(struct sim *sim, enum side who, uint64_t off, unsigned int size)
{
	const struct block *b = blocks_find(&sim->blocks, off);

	if (b)
		return b->read(sim, who, (unsigned int)(off - b->base), size);
	report_unknown(&sim->report, "mmio", off, false);
	return 0xffffffff;
}

static void reg_write(struct sim *sim, enum side who, uint64_t off, unsigned int size, uint32_t v)
{
	const struct block *b = blocks_find(&sim->blocks, off);

	if (b)
		b->write(sim, who, (unsigned int)(off - b->base), size, v);
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
	report_violation_by(&sim->report, side == SIDE_RC ? "dma-rc" : "dma-ep", initiator_name[by],
			    "%s 0x%llx (%zu bytes): %s", write ? "writes" : "reads",
			    (unsigned long long)bus, len, why);
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

static bool bar_decodes(struct sim *sim, unsigned int func, unsigned int bar, uint64_t off,
			size_t len)
{
	uint64_t size = bar < NR_BARS ? cfg_bar_size(sim, func, bar) : 0;

	if (!cfg_mse(sim, func)) {
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

/*
 * The host accesses what a BAR leads to, in pieces that a hostile peer can change: the
 * endpoint gets other words than were written, or the host than were read.
 */
static void bar_access(struct sim *sim, unsigned int func, unsigned int bar, uint64_t off,
		       const struct atu_hit *hit, uint8_t *p, bool write)
{
	enum side victim = write ? SIDE_EP : SIDE_RC;
	struct atu_hit h = *hit;
	uint8_t way[MUT_MAX];
	struct mut_at at;
	size_t n;

	if (!mutate_active(sim, victim)) {
		fabric_to_ep(sim, BY_RC_CPU, h.addr, p, h.len, write);
		return;
	}
	at = mutate_at_bar(sim, func, bar, off, &h);
	for (; h.len; h.addr += n, h.len -= n, p += n, at.addr += n) {
		n = min_t(size_t, h.len, MUT_MAX);
		if (write) {
			memcpy(way, mutate_write(sim, victim, at, p, n), n);
			fabric_to_ep(sim, BY_RC_CPU, h.addr, way, n, true);
		} else {
			fabric_to_ep(sim, BY_RC_CPU, h.addr, p, n, false);
			mutate_read(sim, at, p, n);
		}
	}
}

/**
 * fabric_rc_bar() - the host's CPU accesses a BAR
 * @sim:	the model
 * @func:	whose
 * @bar:	which
 * @off:	offset in it
 * @buf:	data
 * @len:	bytes
 * @write:	direction
 *
 * What nobody answers reads as all ones; writes to it vanish.
 */
void fabric_rc_bar(struct sim *sim, unsigned int func, unsigned int bar, uint64_t off,
		   void *buf, size_t len, bool write)
{
	uint8_t *p = buf;

	if (!write)
		memset(buf, 0xff, len);
	if (!len || !sim->link_up || !bar_decodes(sim, func, bar, off, len))
		return;

	while (len) {
		struct atu_hit hit = iatu_inbound(sim, func, bar, off, len);
		size_t n = hit.len;

		if (!hit.hit) {
			report_violation(&sim->report, "inbound-no-window",
					 "bar%u+0x%llx, %zu bytes", bar,
					 (unsigned long long)off, n);
		} else {
			counters_cpu(&sim->counters, BY_RC_CPU,
				     TARGET_BAR(bar, block_landing(sim, hit.addr, write)),
				     off, n, write);
			trace(&sim->report, "rc-cpu %s fn%u bar%u+0x%llx %zu -> ib%u ep 0x%llx",
			      write ? "MWr" : "MRd", func, bar, (unsigned long long)off, n,
			      hit.window, (unsigned long long)hit.addr);
			bar_access(sim, func, bar, off, &hit, p, write);
		}
		off += n;
		p += n;
		len -= n;
	}
}

/*
 * The host's memory for a request of the endpoint. Each function is a device with a
 * slot of its own to the host, and may use what that device has mapped.
 */
static struct bus_span rc_span(struct sim *sim, struct origin from, uint64_t addr, size_t len,
			       bool write)
{
	struct bus_span s = gmem_bus(&sim->mem[SIDE_RC], addr, len, write);

	if (s.kind == BUS_RAM && s.slot != NO_SLOT && (unsigned int)s.slot != sim->rc_slot + from.func) {
		s.kind = BUS_NONE;
		s.why = "mapped for another function";
	}
	return s;
}

/**
 * fabric_bar_is_memory() - does a byte of a BAR lead to the endpoint's memory?
 * @sim:	the model
 * @func:	whose
 * @bar:	which
 * @off:	offset in it
 *
 * Nothing is accessed, counted or reported.
 */
bool fabric_bar_is_memory(struct sim *sim, unsigned int func, unsigned int bar, uint64_t off)
{
	struct atu_hit hit;

	if (bar >= NR_BARS || !cfg_mse(sim, func) || off >= cfg_bar_size(sim, func, bar))
		return false;
	hit = iatu_inbound(sim, func, bar, off, 1);
	return hit.hit && block_landing(sim, hit.addr, false) == LAND_RAM;
}

/* May the endpoint send a request as this function at all? */
static enum fabric_status may_send(struct sim *sim, struct origin from, uint64_t addr)
{
	if (!sim->link_up || !sim->present[SIDE_RC])
		return FABRIC_TIMEOUT;
	if (from.func >= sim->profile.functions) {
		report_violation(&sim->report, "requester", "%s to 0x%llx as function %u of %u",
				 initiator_name[from.by], (unsigned long long)addr, from.func,
				 sim->profile.functions);
		return FABRIC_UNSUPPORTED;
	}
	if (!cfg_bme(sim, from.func)) {
		report_violation(&sim->report, "bus-master-off", "%s to 0x%llx as function %u",
				 initiator_name[from.by], (unsigned long long)addr, from.func);
		return FABRIC_UNSUPPORTED;
	}
	return FABRIC_OK;
}

static void to_msi(struct sim *sim, struct origin from, uint64_t addr, const void *buf)
{
	uint32_t data[2] = { (uint32_t)get_le(buf, 4) };
	unsigned int i, n = mutate_msi(sim, from, data);

	for (i = 0; i < n; i++)
		msi_write(sim, from, addr, data[i]);
}

/* What a write to the host's memory brings. */
static const void *rc_data(struct sim *sim, struct origin from, uint64_t addr, const void *p,
			   size_t len)
{
	struct mut_at at = { .region = MUT_RING, .addr = addr, .func = from.func };

	if (!mutate_active(sim, SIDE_RC))
		return p;
	if (from.by != BY_EP_CPU)
		at = mutate_at_dma(sim, SIDE_RC, from.func, addr);
	return mutate_write(sim, SIDE_RC, at, p, len);
}

/**
 * fabric_to_rc() - send a request to the host
 * @sim:	the model
 * @from:		the endpoint's CPU (after the outbound iATU), or the eDMA
 * @addr:	PCIe address
 * @buf:	data
 * @len:	bytes, not 0
 * @write:	direction
 *
 * Return: FABRIC_OK or what went wrong; what cannot be read is all ones.
 */
enum fabric_status fabric_to_rc(struct sim *sim, struct origin from, uint64_t addr,
				void *buf, size_t len, bool write)
{
	enum fabric_status ret = may_send(sim, from, addr);
	uint8_t *p = buf;

	if (ret != FABRIC_OK) {
		if (!write)
			memset(buf, 0xff, len);
		return ret;
	}
	if (msi_decodes(addr)) {
		if (!write)
			memset(buf, 0, len);	/* the driver's flush of a posted MSI */
		else if (len == 4)
			to_msi(sim, from, addr, buf);
		else
			report_violation(&sim->report, "msi-size", "%zu bytes", len);
		return FABRIC_OK;
	}
	while (len) {
		struct bus_span s = rc_span(sim, from, addr, len, write);

		if (s.kind == BUS_RAM) {
			if (write)
				memcpy(s.ptr, rc_data(sim, from, addr, p, s.len), s.len);
			else
				memcpy(p, s.ptr, s.len);
			if (from.by == BY_EP_CPU)
				counters_cpu(&sim->counters, from.by, TARGET_RC_RAM, addr, s.len, write);
			else
				counters_dma(&sim->counters, from.by, TARGET_RC_RAM, addr, s.len, write,
					     cfg_mps(sim, from.func), cfg_mrrs(sim, from.func));
		} else {
			bus_violation(sim, SIDE_RC, from.by, addr, s.len, write, s.why);
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

/* What the engine writes to the endpoint's memory. */
static const void *ep_data(struct sim *sim, struct origin from, uint64_t bus, const void *p,
			   size_t len)
{
	if (!mutate_active(sim, SIDE_EP))
		return p;
	return mutate_write(sim, SIDE_EP, mutate_at_dma(sim, SIDE_EP, from.func, bus), p, len);
}

/* Both ends of a piece of payload; the shorter one limits it. */
static enum fabric_status dma_piece(struct sim *sim, struct origin from, uint64_t pcie,
				    uint64_t local, size_t *len, bool to_rc)
{
	struct bus_span r = rc_span(sim, from, pcie, *len, to_rc);
	struct bus_span l = gmem_bus(&sim->mem[SIDE_EP], local, *len, !to_rc);

	*len = min_t(size_t, r.len, l.len);
	if (r.kind != BUS_RAM) {
		bus_violation(sim, SIDE_RC, from.by, pcie, *len, to_rc,
			      r.kind == BUS_NONE ? r.why : "registers");
		return FABRIC_UNSUPPORTED;
	}
	if (l.kind != BUS_RAM) {
		bus_violation(sim, SIDE_EP, from.by, local, *len, !to_rc,
			      l.kind == BUS_NONE ? l.why : "registers");
		return FABRIC_LOCAL;
	}
	if (to_rc)
		memcpy(r.ptr, rc_data(sim, from, pcie, l.ptr, *len), *len);
	else
		memcpy(l.ptr, ep_data(sim, from, local, r.ptr, *len), *len);
	return FABRIC_OK;
}

/* The MSI page is no memory: it takes writes of 4 bytes, which are interrupts. */
static enum fabric_status dma_msi(struct sim *sim, struct origin from, uint64_t pcie,
				  uint64_t local, size_t len, bool to_rc)
{
	uint8_t data[4];

	if (!to_rc || len != sizeof(data)) {
		report_violation(&sim->report, "msi-size", "%s %s %zu bytes",
				 initiator_name[from.by], to_rc ? "writes" : "reads", len);
		return FABRIC_UNSUPPORTED;
	}
	if (fabric_to_ep(sim, from.by, local, data, sizeof(data), false))
		return FABRIC_LOCAL;
	return fabric_to_rc(sim, from, pcie, data, sizeof(data), true);
}

/*
 * Where the data of the read request that @addr is in comes from. Requests are
 * split as counters_dma() counts them, the first one starts at @first; *len, which
 * is what there is left to read, becomes what can be copied in one piece. A
 * controller for which a request is too long repeats its start.
 */
static uint64_t read_source(struct sim *sim, struct origin from, uint64_t first, uint64_t addr,
			    size_t *len)
{
	unsigned int max = sim->profile.max_read, mrrs = cfg_mrrs(sim, from.func);
	uint64_t page = addr & ~4095ull, start, off;
	size_t size;

	if (!max)
		return addr;

	start = page > first ? page : first;
	start += (addr - start) / mrrs * mrrs;
	off = addr - start;
	size = min_t(size_t, min_t(size_t, mrrs, page + 4096 - start), off + *len);
	*len = size - off;
	if (size <= max)
		return addr;
	if (!off)
		report_violation(&sim->report, "read-too-long",
				 "%s reads %zu bytes at 0x%llx, %u is the limit",
				 initiator_name[from.by], size, (unsigned long long)addr, max);
	*len = min_t(size_t, *len, max - off % max);
	return start + off % max;
}

/**
 * fabric_dma() - the eDMA moves payload
 * @sim:	the model
 * @from:	which half of the engine, as which function
 * @pcie:	address on the link
 * @local:	bus address on the endpoint
 * @len:	bytes, may be 0
 * @to_rc:	direction
 *
 * What was moved before an error stays moved.
 *
 * Return: FABRIC_OK, or why it ended early.
 */
enum fabric_status fabric_dma(struct sim *sim, struct origin from, uint64_t pcie,
			      uint64_t local, size_t len, bool to_rc)
{
	enum fabric_status st = may_send(sim, from, pcie);
	uint64_t first = pcie, at;
	size_t n;

	trace(&sim->report, "%s fn%u %s pcie 0x%llx ep 0x%llx %zu", initiator_name[from.by],
	      from.func, to_rc ? "MWr" : "MRd", (unsigned long long)pcie, (unsigned long long)local, len);
	while (len && st == FABRIC_OK) {
		if (msi_decodes(pcie)) {
			st = dma_msi(sim, from, pcie, local, len, to_rc);
			break;
		}
		n = len;
		at = to_rc ? pcie : read_source(sim, from, first, pcie, &n);
		st = dma_piece(sim, from, at, local, &n, to_rc);
		if (st != FABRIC_OK)
			break;
		pcie += n;
		local += n;
		len -= n;
	}
	if (pcie != first)
		counters_dma(&sim->counters, from.by, TARGET_RC_RAM, first, pcie - first, to_rc,
			     cfg_mps(sim, from.func), cfg_mrrs(sim, from.func));
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
			trace(&sim->report, "ep-cpu fn%u %s ob%u pcie 0x%llx %zu", hit.func,
			      write ? "MWr" : "MRd", hit.window, (unsigned long long)hit.addr, n);
			fabric_to_rc(sim, (struct origin){ BY_EP_CPU, hit.func }, hit.addr, p, n, write);
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
