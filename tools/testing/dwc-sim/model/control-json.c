// SPDX-License-Identifier: GPL-2.0
/* Reports of the command socket: see control-json.h. */
#include <string.h>

#include "control-json.h"
#include "sim.h"

#define U(v)	((unsigned long long)(v))

/**
 * control_string() - a JSON string with its quotes
 * @out:	where to
 * @s:		any text
 */
void control_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(out, "\\u%04x", (unsigned char)*s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

/* One value of the status: a word, a truth value or a number. */
struct item {
	const char *key;
	const char *word;
	bool is_bool;
	uint64_t num;
};

#define MAX_ITEMS	24

static unsigned int sim_items(struct sim *sim, struct item *it)
{
	const struct item items[] = {
		{ "profile", sim->profile.name, false, 0 },
		{ "doorbell", sim->profile.doorbell, false, 0 },
		{ "link", sim->link_up ? "up" : "down", false, 0 },
		{ "rc", NULL, true, sim->present[SIDE_RC] },
		{ "ep", NULL, true, sim->present[SIDE_EP] },
		{ "rc_dma_table", NULL, true, gmem_has_dma_table(&sim->mem[SIDE_RC]) },
		{ "ep_dma_table", NULL, true, gmem_has_dma_table(&sim->mem[SIDE_EP]) },
		{ "edma_line", NULL, true, sim->edma.line },
	};

	memcpy(it, items, sizeof(items));
	return ARRAY_SIZE(items);
}

/* Of a function: keys of function 1 end with its number. */
static unsigned int func_items(struct sim *sim, unsigned int func, struct item *it)
{
	static const char * const keys[MAX_FUNCS][7] = {
		{ "mse", "bme", "msi_enabled", "msix_enabled", "msi_vectors", "mps", "mrrs" },
		{ "mse1", "bme1", "msi_enabled1", "msix_enabled1", "msi_vectors1", "mps1", "mrrs1" },
	};
	const char * const *key = keys[func];
	const struct item items[] = {
		{ key[0], NULL, true, cfg_mse(sim, func) },
		{ key[1], NULL, true, cfg_bme(sim, func) },
		{ key[2], NULL, true, cfg_msi_enabled(sim, func) },
		{ key[3], NULL, true, cfg_msix_enabled(sim, func) },
		{ key[4], NULL, false, cfg_msi_vectors(sim, func) },
		{ key[5], NULL, false, cfg_mps(sim, func) },
		{ key[6], NULL, false, cfg_mrrs(sim, func) },
	};

	memcpy(it, items, sizeof(items));
	return ARRAY_SIZE(items);
}

static unsigned int status_items(struct sim *sim, struct item *it)
{
	unsigned int func, n = sim_items(sim, it);

	for (func = 0; func < sim->profile.functions; func++)
		n += func_items(sim, func, it + n);
	return n;
}

static void item_text(const struct item *it, char *buf, size_t len)
{
	if (it->word)
		snprintf(buf, len, "%s", it->word);
	else if (it->is_bool)
		snprintf(buf, len, "%s", it->num ? "true" : "false");
	else
		snprintf(buf, len, "%llu", U(it->num));
}

/** control_status_json() - state of link, machines and function. @sim: model, @out: where to */
void control_status_json(struct sim *sim, FILE *out)
{
	struct item it[MAX_ITEMS];
	unsigned int i, n = status_items(sim, it), func, bar;
	char text[64];

	for (i = 0; i < n; i++) {
		item_text(&it[i], text, sizeof(text));
		fprintf(out, ",\"%s\":%s%s%s", it[i].key, it[i].word ? "\"" : "", text,
			it[i].word ? "\"" : "");
	}
	for (func = 0; func < sim->profile.functions; func++) {
		fprintf(out, ",\"bars%s\":[", func ? "1" : "");
		for (bar = 0; bar < NR_BARS; bar++)
			fprintf(out, "%s{\"size\":%llu,\"addr\":%llu}", bar ? "," : "",
				U(cfg_bar_size(sim, func, bar)), U(cfg_bar_addr(sim, func, bar)));
		fprintf(out, "]");
	}
}

static const struct item *find_item(struct item *it, unsigned int n, const char *key)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(it[i].key, key))
			return &it[i];
	return NULL;
}

/** control_status_has() - is there such a key? @sim: model, @key: its name */
bool control_status_has(struct sim *sim, const char *key)
{
	struct item it[MAX_ITEMS];

	return find_item(it, status_items(sim, it), key);
}

/** control_status_is() - has a key this value? @sim: model, @key: name, @value: as shown */
bool control_status_is(struct sim *sim, const char *key, const char *value)
{
	struct item it[MAX_ITEMS];
	const struct item *i = find_item(it, status_items(sim, it), key);
	char text[64];

	if (!i)
		return false;
	item_text(i, text, sizeof(text));
	return !strcmp(text, value);
}

static void tlps(const struct counters *c, FILE *out)
{
	const char *sep = "";
	unsigned int k, by, t;
	char target[32];

	fprintf(out, ",\"tlp\":[");
	for (k = 0; k < NR_TLP_KINDS; k++) {
		for (by = 0; by < NR_INITIATORS; by++) {
			for (t = 0; t < NR_TARGETS; t++) {
				const struct tlp_count *n = &c->tlp[k][by][t];

				if (!n->tlps)
					continue;
				counters_target_name(t, target, sizeof(target));
				fprintf(out, "%s{\"kind\":\"%s\",\"initiator\":\"%s\",\"target\":\"%s\",\"tlps\":%llu,\"tlps_wc\":%llu,\"bytes\":%llu}",
					sep, tlp_kind_name[k], initiator_name[by], target,
					U(n->tlps), U(n->tlps_wc), U(n->bytes));
				sep = ",";
			}
		}
	}
	fprintf(out, "]");
}

static void irq_counts(const struct counters *c, FILE *out)
{
	static const char * const line_name[NR_EP_LINES] = {
		[LINE_EDMA] = "dma", [LINE_APP] = "app",
	};
	const char *sep = "";
	unsigned int i;

	fprintf(out, ",\"irq\":{");
	for (i = 0; i < NR_EP_LINES; i++) {
		if (!c->line[i])
			continue;
		fprintf(out, "%s\"ep.%s\":%llu", sep, line_name[i], U(c->line[i]));
		sep = ",";
	}
	for (i = 0; i < MAX_MSI_VECTORS; i++) {
		if (!c->msi[i])
			continue;
		fprintf(out, "%s\"rc.msi%u\":%llu", sep, i, U(c->msi[i]));
		sep = ",";
	}
	fprintf(out, "}");
}

/* Register accesses by name, those of the host (through a BAR) apart. */
static void register_counts(const struct edma *e, FILE *out)
{
	unsigned int side, i;
	const char *sep;
	char name[40];

	for (side = 0; side < NR_SIDES; side++) {
		sep = "";
		fprintf(out, ",\"%s_regs\":{", side_name[side]);
		for (i = 0; i < EDMA_FILE_SIZE / 4; i++) {
			uint64_t r = e->reg_access[side][0][i], w = e->reg_access[side][1][i];

			if (!r && !w)
				continue;
			if (!edma_reg_name(i * 4, name, sizeof(name)))
				snprintf(name, sizeof(name), "edma.0x%03x", i * 4);
			fprintf(out, "%s\"%s\":{\"r\":%llu,\"w\":%llu}", sep, name, U(r), U(w));
			sep = ",";
		}
		fprintf(out, "}");
	}
}

static void channel_counts(const struct edma *e, FILE *out)
{
	const char *sep = "";
	unsigned int d, ch;

	fprintf(out, ",\"channels\":{");
	for (d = 0; d < NR_DIRS; d++) {
		for (ch = 0; ch < EDMA_MAX_CHANS; ch++) {
			const struct edma_chan *c = &e->half[d].chan[ch];

			if (!c->runs)
				continue;
			fprintf(out, "%s\"%s%u\":{\"runs\":%llu,\"elements\":%llu}", sep,
				dir_name[d], ch, U(c->runs), U(c->elements));
			sep = ",";
		}
	}
	fprintf(out, "}");
}

/** control_counters_json() - everything counted. @sim: model, @out: where to */
void control_counters_json(struct sim *sim, FILE *out)
{
	struct counters_sum s = counters_sum(&sim->counters);

	tlps(&sim->counters, out);
	fprintf(out, ",\"sum\":{\"cpu_read\":%llu,\"cpu_write\":%llu,\"cpu_write_bytes\":%llu,\"dma_read_bytes\":%llu,\"dma_write_bytes\":%llu,\"msi\":%llu,\"doorbells\":%llu}",
		U(s.cpu_read), U(s.cpu_write), U(s.cpu_write_bytes), U(s.dma_read_bytes),
		U(s.dma_write_bytes), U(s.msi), U(s.doorbells));
	irq_counts(&sim->counters, out);
	register_counts(&sim->edma, out);
	channel_counts(&sim->edma, out);
}

/** control_list_json() - violations or unknown accesses. @l: list, @out: where to */
void control_list_json(const struct report_list *l, FILE *out)
{
	unsigned int i;

	fprintf(out, ",\"total\":%llu,\"list\":[", U(l->total));
	for (i = 0; i < l->nr; i++) {
		fprintf(out, "%s{\"kind\":", i ? "," : "");
		control_string(out, l->entry[i].kind);
		fprintf(out, ",\"detail\":");
		control_string(out, l->entry[i].detail);
		fprintf(out, ",\"count\":%llu}", U(l->entry[i].count));
	}
	fprintf(out, "]");
}

/** control_rules_json() - rules and whether they are broken. @sim: model, @out: where to */
void control_rules_json(struct sim *sim, FILE *out)
{
	unsigned int i;

	fprintf(out, ",\"rules\":[");
	for (i = 0; i < NR_RULES; i++) {
		fprintf(out, "%s{\"name\":\"%s\",\"text\":", i ? "," : "", rule_desc[i].name);
		control_string(out, rule_desc[i].text);
		fprintf(out, ",\"broken\":%s}", sim->rules.broken[i] ? "true" : "false");
	}
	fprintf(out, "]");
}

/**
 * control_bar_word() - a word of memory behind a BAR, for tests
 * @sim:	the model
 * @bar:	which
 * @off:	offset in it
 * @word:	data, 4 bytes
 * @write:	direction
 *
 * Counts nothing and needs neither the link nor memory space.
 *
 * Return: false if no window leads to memory there.
 */
bool control_bar_word(struct sim *sim, unsigned int bar, uint64_t off, uint8_t *word, bool write)
{
	uint64_t size = cfg_bar_size(sim, 0, bar);
	struct atu_hit hit;
	struct bus_span s;

	if (off % 4 || off >= size || size - off < 4)
		return false;
	hit = iatu_inbound(sim, 0, bar, off, 4);
	if (!hit.hit || hit.len < 4)
		return false;
	s = gmem_bus(&sim->mem[SIDE_EP], hit.addr, 4, write);
	if (s.kind != BUS_RAM || s.len < 4)
		return false;
	if (write)
		memcpy(s.ptr, word, 4);
	else
		memcpy(word, s.ptr, 4);
	return true;
}
