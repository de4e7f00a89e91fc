// SPDX-License-Identifier: GPL-2.0
/* Findings share an entry by kind, nothing is dropped silently; the trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static struct report r;

TEST(report_violations_share_an_entry_by_kind)
{
	memset(&r, 0, sizeof(r));
	report_violation(&r, "a", "first %d", 1);
	report_violation(&r, "b", "second");
	report_violation(&r, "a", "third");
	EXPECT_EQ(r.violations.total, 3);
	EXPECT_EQ(r.violations.nr, 2);
	EXPECT_EQ(r.violations.entry[0].count, 2);
	EXPECT_STR(r.violations.entry[0].detail, "first 1");
}

TEST(report_unknown_accesses_share_an_entry_by_place)
{
	memset(&r, 0, sizeof(r));
	report_unknown(&r, "dbi", 0x10, true);
	report_unknown(&r, "dbi", 0x10, true);
	report_unknown(&r, "dbi", 0x10, false);
	report_unknown(&r, "dbi", 0x14, true);
	EXPECT_EQ(r.unknown.total, 4);
	EXPECT_EQ(r.unknown.nr, 3);
	EXPECT_STR(r.unknown.entry[0].detail, "write 0x10");
}

TEST(report_full_list_goes_on_counting)
{
	unsigned int i;

	memset(&r, 0, sizeof(r));
	for (i = 0; i < REPORT_MAX + 10; i++)
		report_unknown(&r, "dbi", i, true);
	EXPECT_EQ(r.unknown.nr, REPORT_MAX);
	EXPECT_EQ(r.unknown.total, REPORT_MAX + 10);
}

TEST(report_long_details_are_cut)
{
	char text[500];

	memset(&r, 0, sizeof(r));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	report_violation(&r, "a", "%s", text);
	EXPECT_EQ(strlen(r.violations.entry[0].detail), REPORT_TEXT - 1);
}

TEST(report_trace_has_numbered_lines_only_while_on)
{
	char *text = NULL;
	size_t len;

	memset(&r, 0, sizeof(r));
	r.trace = open_memstream(&text, &len);
	ASSERT(r.trace != NULL);
	trace(&r, "off");
	r.tracing = true;
	trace(&r, "on %d", 1);
	report_violation(&r, "kind", "what");
	report_unknown(&r, "dbi", 0x10, false);
	r.tracing = false;
	trace(&r, "off");
	fclose(r.trace);
	EXPECT_STR(text, "2 on 1\n3 VIOLATION kind: what\n4 UNKNOWN dbi read 0x10\n");
	free(text);
}

TEST(report_every_kind_of_access_is_traced)
{
	struct sim *sim = fx_power_on(NULL);
	char *text = NULL;
	size_t len;

	sim->report.trace = open_memstream(&text, &len);
	ASSERT(sim->report.trace != NULL);
	sim->report.tracing = true;
	sim_set_link(sim, true);
	fx_set_bar(sim, BAR_CTRL, BAR_CTRL_SIZE, BAR_TYPE_32);
	fx_bar_match(sim, 0, BAR_CTRL, EP_GPA);
	cfg_host_write(sim, 0, 0x10, 4, BAR_CTRL_ADDR);
	cfg_host_write(sim, 0, 0x04, 2, 6);
	rc_write(sim, BAR_CTRL, 0x20, 1);
	ep_write(sim, EP_DMA + 0x54, 1);
	fclose(sim->report.trace);
	sim->report.tracing = false;
	EXPECT(strstr(text, "link up"));
	EXPECT(strstr(text, "bar0 mask 0x0000ffff"));
	EXPECT(strstr(text, "iatu ib0 fn0 bar0 -> 0xc00000"));
	EXPECT(strstr(text, "rc-cpu fn0 cfg 0x010 = 0xf0000000"));
	EXPECT(strstr(text, "rc-cpu MWr fn0 bar0+0x20 4 -> ib0 ep 0xc00020"));
	EXPECT(strstr(text, "ep edma 0x054 = 0x1"));
	free(text);
}

TEST(report_tells_who_from_who)
{
	struct sim *sim = fx_power_on(NULL);

	report_violation_by(&sim->report, "a", initiator_name[0], "one %d", 1);
	report_violation_by(&sim->report, "a", initiator_name[1], "two");
	report_violation_by(&sim->report, "a", initiator_name[0], "three");
	EXPECT_EQ(sim->report.violations.nr, 2);
	EXPECT_EQ(sim->report.violations.entry[0].count, 2);
	EXPECT_STR(sim->report.violations.entry[0].detail, "rc-cpu one 1");
	EXPECT_STR(sim->report.violations.entry[1].detail, "ep-cpu two");
	fx_forget(sim);
}
