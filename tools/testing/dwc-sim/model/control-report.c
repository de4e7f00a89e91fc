// SPDX-License-Identifier: GPL-2.0
/* Status, counters and lists as JSON: see control-report.h. */
#include <stdio.h>
#include <string.h>

#include "control-report.h"
#include "counters.h"
#include "dbi.h"
#include "edma.h"
#include "faults.h"
#include "gmem.h"
#include "report.h"
#include "sim.h"

static void add_bool(struct json_object *to, const char *key, bool v)
{
	json_object_object_add(to, key, json_object_new_boolean(v));
}

static void add_number(struct json_object *to, const char *key, uint64_t v)
{
	json_object_object_add(to, key, json_object_new_uint64(v));
}

static void add_text(struct json_object *to, const char *key, const char *v)
{
	json_object_object_add(to, key, json_object_new_string(v));
}

/* Keys of function 1 end with its number. */
static void add_function(const struct sim *sim, unsigned int func, struct json_object *to)
{
	static const char * const keys[MAX_FUNCS][8] = {
		{ "mse", "bme", "msi_enabled", "msix_enabled", "msi_vectors", "mps", "mrrs",
		  "bars" },
		{ "mse1", "bme1", "msi_enabled1", "msix_enabled1", "msi_vectors1", "mps1", "mrrs1",
		  "bars1" },
	};
	struct json_object *bars = json_object_new_array(), *o;
	const char * const *key = keys[func];
	unsigned int bar;

	add_bool(to, key[0], cfg_mse(sim, func));
	add_bool(to, key[1], cfg_bme(sim, func));
	add_bool(to, key[2], cfg_msi_enabled(sim, func));
	add_bool(to, key[3], cfg_msix_enabled(sim, func));
	add_number(to, key[4], cfg_msi_vectors(sim, func));
	add_number(to, key[5], cfg_mps(sim, func));
	add_number(to, key[6], cfg_mrrs(sim, func));
	for (bar = 0; bar < NR_BARS; bar++) {
		o = json_object_new_object();
		add_number(o, "size", cfg_bar_size(sim, func, bar));
		add_number(o, "addr", cfg_bar_addr(sim, func, bar));
		json_object_array_add(bars, o);
	}
	json_object_object_add(to, key[7], bars);
}

/* edma_silent: an interrupt status bit is set that asserts nothing. */
static void add_edma(const struct edma *e, const struct faults *f, struct json_object *to)
{
	unsigned int armed = 0, d, ch;
	bool silent = false;

	for (d = 0; d < NR_DIRS; d++) {
		silent |= !!(e->half[d].int_status & e->half[d].suppressed);
		for (ch = 0; ch < EDMA_MAX_CHANS; ch++)
			armed += f->dma[d][ch].armed;
	}
	add_bool(to, "edma_line", e->line);
	add_bool(to, "edma_silent", silent);
	add_number(to, "dma_faults", armed);
}

/** control_status() - state of link, machines and functions. @sim: model, @to: receives it */
void control_status(const struct sim *sim, struct json_object *to)
{
	unsigned int func;

	add_text(to, "profile", sim->profile.name);
	add_text(to, "doorbell", sim->profile.doorbell);
	add_text(to, "link", sim->link_up ? "up" : "down");
	add_bool(to, "rc", sim->present[SIDE_RC]);
	add_bool(to, "ep", sim->present[SIDE_EP]);
	add_bool(to, "rc_dma_table", gmem_has_dma_table(&sim->mem[SIDE_RC]));
	add_bool(to, "ep_dma_table", gmem_has_dma_table(&sim->mem[SIDE_EP]));
	add_edma(&sim->edma, &sim->faults, to);
	for (func = 0; func < sim->profile.functions; func++)
		add_function(sim, func, to);
}

/**
 * control_status_is() - has a key of the status this value?
 * @sim:	the model
 * @key:	its name
 * @value:	as shown
 * @known:	receives whether there is such a key
 */
bool control_status_is(const struct sim *sim, const char *key, const char *value, bool *known)
{
	struct json_object *o = json_object_new_object(), *v;
	bool is;

	control_status(sim, o);
	*known = json_object_object_get_ex(o, key, &v);
	is = *known && !strcmp(json_object_get_string(v), value);
	json_object_put(o);
	return is;
}

static struct json_object *tlps(const struct counters *c)
{
	struct json_object *list = json_object_new_array(), *o;
	unsigned int k, by, t;
	char target[32];

	for (k = 0; k < NR_TLP_KINDS; k++) {
		for (by = 0; by < NR_INITIATORS; by++) {
			for (t = 0; t < NR_TARGETS; t++) {
				const struct tlp_count *n = &c->tlp[k][by][t];

				if (!n->tlps)
					continue;
				counters_target_name(t, target, sizeof(target));
				o = json_object_new_object();
				add_text(o, "kind", tlp_kind_name[k]);
				add_text(o, "initiator", initiator_name[by]);
				add_text(o, "target", target);
				add_number(o, "tlps", n->tlps);
				add_number(o, "tlps_wc", n->tlps_wc);
				add_number(o, "bytes", n->bytes);
				json_object_array_add(list, o);
			}
		}
	}
	return list;
}

static struct json_object *sums(const struct counters *c)
{
	struct json_object *o = json_object_new_object();
	struct counters_sum s = counters_sum(c);

	add_number(o, "cpu_read", s.cpu_read);
	add_number(o, "cpu_write", s.cpu_write);
	add_number(o, "cpu_write_bytes", s.cpu_write_bytes);
	add_number(o, "dma_read_bytes", s.dma_read_bytes);
	add_number(o, "dma_write_bytes", s.dma_write_bytes);
	add_number(o, "msi", s.msi);
	add_number(o, "doorbells", s.doorbells);
	return o;
}

static struct json_object *interrupts(const struct counters *c)
{
	static const char * const line_name[NR_EP_LINES] = {
		[LINE_EDMA] = "ep.dma", [LINE_APP] = "ep.app", [LINE_FRAME] = "ep.frame",
	};
	struct json_object *o = json_object_new_object();
	unsigned int i;
	char name[16];

	for (i = 0; i < NR_EP_LINES; i++)
		if (c->line[i])
			add_number(o, line_name[i], c->line[i]);
	for (i = 0; i < MAX_MSI_VECTORS; i++) {
		snprintf(name, sizeof(name), "rc.msi%u", i);
		if (c->msi[i])
			add_number(o, name, c->msi[i]);
	}
	return o;
}

/* Accesses by name of the register; those of the host came through a BAR. */
static struct json_object *registers(const struct edma *e, enum side side)
{
	struct json_object *all = json_object_new_object(), *o;
	unsigned int i;
	char name[40];

	for (i = 0; i < EDMA_FILE_SIZE / 4; i++) {
		uint64_t r = e->reg_access[side][0][i], w = e->reg_access[side][1][i];

		if (!r && !w)
			continue;
		if (!edma_reg_name(i * 4, name, sizeof(name)))
			snprintf(name, sizeof(name), "edma.0x%03x", i * 4);
		o = json_object_new_object();
		add_number(o, "r", r);
		add_number(o, "w", w);
		json_object_object_add(all, name, o);
	}
	return all;
}

static struct json_object *channels(const struct edma *e)
{
	struct json_object *all = json_object_new_object(), *o;
	unsigned int d, ch;
	char name[16];

	for (d = 0; d < NR_DIRS; d++) {
		for (ch = 0; ch < EDMA_MAX_CHANS; ch++) {
			const struct edma_chan *c = &e->half[d].chan[ch];

			if (!c->runs)
				continue;
			o = json_object_new_object();
			add_number(o, "runs", c->runs);
			add_number(o, "elements", c->elements);
			add_number(o, "empty", c->empty);
			add_number(o, "lost", c->lost);
			snprintf(name, sizeof(name), "%s%u", dir_name[d], ch);
			json_object_object_add(all, name, o);
		}
	}
	return all;
}

/* In virtual time: what each direction of the link has carried, and what time it is. */
static struct json_object *carried(const struct link *l)
{
	static const char * const name[NR_LINK_DIRS] = { "down", "up" };
	struct json_object *all = json_object_new_object(), *o;
	unsigned int d;

	for (d = 0; d < NR_LINK_DIRS; d++) {
		o = json_object_new_object();
		add_number(o, "wire", l->lane[d].wire);
		add_number(o, "payload", l->lane[d].payload);
		add_number(o, "tlps", l->lane[d].tlps);
		json_object_object_add(all, name[d], o);
	}
	add_number(all, "byte_fs", l->byte_fs);
	return all;
}

/* In virtual time: for how many ns each half of the engine has run. */
static struct json_object *engine(const struct sim *sim)
{
	struct json_object *all = json_object_new_object();
	unsigned int d;

	for (d = 0; d < NR_DIRS; d++) {
		const struct edma_half *h = &sim->edma.half[d];

		add_number(all, dir_name[d],
			   h->busy_ns + (h->running ? sim->clock.now - h->busy_since : 0));
	}
	return all;
}

/** control_counters() - everything counted. @sim: model, @to: receives it */
void control_counters(struct sim *sim, struct json_object *to)
{
	json_object_object_add(to, "tlp", tlps(&sim->counters));
	json_object_object_add(to, "sum", sums(&sim->counters));
	json_object_object_add(to, "irq", interrupts(&sim->counters));
	json_object_object_add(to, "rc_regs", registers(&sim->edma, SIDE_RC));
	json_object_object_add(to, "ep_regs", registers(&sim->edma, SIDE_EP));
	json_object_object_add(to, "channels", channels(&sim->edma));
	if (!sim->clock.timed)
		return;
	add_number(to, "now", sim->clock.now);
	json_object_object_add(to, "link", carried(&sim->link));
	json_object_object_add(to, "engine", engine(sim));
}

/** control_list() - violations or unknown accesses. @l: list, @to: receives it */
void control_list(const struct report_list *l, struct json_object *to)
{
	struct json_object *list = json_object_new_array(), *o;
	unsigned int i;

	add_number(to, "total", l->total);
	for (i = 0; i < l->nr; i++) {
		o = json_object_new_object();
		add_text(o, "kind", l->entry[i].kind);
		add_text(o, "detail", l->entry[i].detail);
		add_number(o, "count", l->entry[i].count);
		json_object_array_add(list, o);
	}
	json_object_object_add(to, "list", list);
}
