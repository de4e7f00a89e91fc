// SPDX-License-Identifier: GPL-2.0
/* Profile files: every key is needed and checked, and the error says what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "profile.h"

static const char good[] =
	"# a comment\n"
	"name = test\n"
	"\n"
	"  iatu_ib=16 # at the end, too\n"
	"iatu_ob = 0x10\n"
	"iatu_align = 0x10000\n"
	"edma_wr = 4\n"
	"edma_rd = 4\n"
	"edma_ahead = 2\n"
	"edma_stop = 3\n"
	"functions = 2\n"
	"msi_vectors = 32\n"
	"msix_entries = 1\n"
	"mps = 256\n"
	"mrrs = 512\n"
	"link_speed = 4\n"
	"link_width = 4\n"
	"app = 1\n"
	"emulation = 0\n"
	"max_read = 256\n"
	"bars = resizable,off,prog,prog,fixed:0x100,off\n"
	"doorbell = embedded\n";

static struct profile p;
static char err[200];

static int load(const char *text)
{
	char path[] = "/tmp/dwc-sim-profile-XXXXXX";
	int fd = mkstemp(path), ret;
	FILE *f;

	err[0] = '\0';
	if (!EXPECT(fd >= 0))
		return -2;
	f = fdopen(fd, "w");
	fputs(text, f);
	fclose(f);
	ret = profile_load(&p, path, err, sizeof(err));
	unlink(path);
	return ret;
}

/* The good profile with the line of @key replaced. */
static int load_with(const char *key, const char *line)
{
	const char *at = strstr(good, key), *end;
	char text[1000];

	if (!EXPECT(at != NULL))
		return -2;
	end = strchr(at, '\n');
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, line, end);
	return load(text);
}

TEST(profile_good_one_is_taken)
{
	EXPECT_EQ(load(good), 0);
	EXPECT_STR(p.name, "test");
	EXPECT_STR(p.doorbell, "embedded");
	EXPECT_EQ(p.iatu_ib, 16);
	EXPECT_EQ(p.iatu_ob, 16);
	EXPECT_EQ(p.iatu_align, 65536);
	EXPECT_EQ(p.mps, 256);
	EXPECT_EQ(p.mrrs, 512);
	EXPECT_EQ(p.app, 1);
	EXPECT_EQ(p.emulation, 0);
	EXPECT_EQ(p.max_read, 256);
}

TEST(profile_bars_have_their_kind)
{
	static const enum bar_kind kinds[NR_BARS] = {
		BAR_RESIZABLE, BAR_OFF, BAR_PROG, BAR_PROG, BAR_FIXED, BAR_OFF,
	};
	unsigned int i;

	EXPECT_EQ(load(good), 0);
	for (i = 0; i < NR_BARS; i++) {
		EXPECT_EQ(p.bar[i].kind, kinds[i]);
		EXPECT_EQ(p.bar[i].size, i == 4 ? 256 : 0);
	}
}

TEST(profile_every_key_is_needed)
{
	static const char * const keys[] = {
		"name", "iatu_ib", "iatu_ob", "iatu_align", "edma_wr", "edma_rd",
		"edma_ahead", "edma_stop", "functions", "msi_vectors",
		"msix_entries", "mps", "mrrs", "link_speed", "link_width",
		"app", "emulation", "max_read", "bars", "doorbell",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		EXPECT_EQ(load_with(keys[i], ""), -1);
		EXPECT(strstr(err, "missing"));
		EXPECT(strstr(err, keys[i]));
	}
}

TEST(profile_values_have_their_range)
{
	static const char * const bad[] = {
		"iatu_ib = 0", "iatu_ib = 17", "iatu_ob = -1", "iatu_align = 2048",
		"iatu_align = 12288", "iatu_align = 131072", "edma_wr = 9", "edma_rd = 9",
		"edma_ahead = 9", "edma_ahead = -1", "edma_stop = 1001",
		"functions = 0", "functions = 3", "msi_vectors = 33", "msi_vectors = 3", "msix_entries = 2049", "mps = 64",
		"mps = 192", "mrrs = 8192", "link_speed = 6", "link_width = 3",
		"app = 2", "app = yes", "emulation = 2", "emulation = -1", "max_read = 64",
		"max_read = 192", "max_read = 8192", "max_read = none",
		"mps =", "mps = big", "mps = 256x", "mps = 99999999999999999999",
	};
	char key[20];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(bad[i], " "), bad[i]);
		EXPECT_EQ(load_with(key, bad[i]), -1);
		EXPECT(strstr(err, "must be"));
		EXPECT(strstr(err, "line "));
	}
}

TEST(profile_unknown_key_is_an_error)
{
	EXPECT_EQ(load_with("# a comment", "colour = red"), -1);
	EXPECT_STR(err, "line 1: unknown key 'colour'");
}

TEST(profile_line_without_a_value_is_an_error)
{
	EXPECT_EQ(load_with("# a comment", "hello"), -1);
	EXPECT_STR(err, "line 1: no '='");
}

TEST(profile_doorbell_is_one_of_three)
{
	EXPECT_EQ(load_with("doorbell", "doorbell = loud"), -1);
	EXPECT(strstr(err, "embedded, polled or msi"));
	EXPECT_EQ(load_with("doorbell", "doorbell = msi"), 0);
	EXPECT_EQ(load_with("doorbell", "doorbell = polled"), 0);
}

TEST(profile_max_read_of_0_is_no_limit)
{
	EXPECT_EQ(load_with("max_read", "max_read = 0"), 0);
	EXPECT_EQ(p.max_read, 0);
	EXPECT_EQ(load_with("max_read", "max_read = 128"), 0);
	EXPECT_EQ(p.max_read, 128);
	EXPECT_EQ(load_with("max_read", "max_read = 64"), -1);
	EXPECT(strstr(err, "max_read must be 0 or a power of two from 128 to 4096, not '64'"));
	/* not so everywhere */
	EXPECT_EQ(load_with("mps", "mps = 0"), -1);
}

TEST(profile_bars_are_six)
{
	EXPECT_EQ(load_with("bars", "bars = prog,prog,prog,prog,prog"), -1);
	EXPECT(strstr(err, "bars has 5 items, not 6"));
	EXPECT_EQ(load_with("bars", "bars = off,off,off,off,off,off,off"), -1);
	EXPECT(strstr(err, "bars has 7 items, not 6"));
	EXPECT_EQ(load_with("bars", "bars = prog"), -1);
	EXPECT(strstr(err, "bars has 1 items, not 6"));
}

TEST(profile_bar_is_one_of_four)
{
	static const char * const bad[] = {
		"on", "", " prog", "programmable", "fixed", "resizable:2", "resizeable", "PROG",
	};
	char line[80];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(line, sizeof(line), "bars = prog,%s,prog,prog,prog,prog", bad[i]);
		EXPECT_EQ(load_with("bars", line), -1);
		snprintf(line, sizeof(line), "prog, off, fixed:SIZE or resizable, not '%s'", bad[i]);
		EXPECT(strstr(err, line));
	}
	EXPECT_EQ(load_with("bars", "bars ="), -1);
	EXPECT(strstr(err, "not ''"));
}

TEST(profile_size_of_a_fixed_bar_has_its_range)
{
	static const char * const bad[] = {
		"", "0", "8", "100", "256x", "-256", "0x100000000", "99999999999999999999",
		"00000000000000000000000000000000000000000000000000000000000000000000000000003",
	};
	static const char text[] = "fixed BAR must be a power of two from 16 to 2147483648, not '";
	char line[160];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(line, sizeof(line), "bars = prog,prog,prog,prog,prog,fixed:%s", bad[i]);
		EXPECT_EQ(load_with("bars", line), -1);
		EXPECT(strstr(err, text));
	}
	EXPECT_EQ(load_with("bars", "bars = fixed:16,prog,prog,prog,prog,fixed:0x80000000"), 0);
	EXPECT_EQ(p.bar[0].size, 16);
	EXPECT_EQ(p.bar[5].size, 0x80000000);
}

TEST(profile_edma_has_both_directions_or_none)
{
	EXPECT_EQ(load_with("edma_wr", "edma_wr = 0"), -1);
	EXPECT(strstr(err, "both"));
	EXPECT_EQ(load_with("edma_rd", "edma_rd = 0"), -1);
}

TEST(profile_that_is_not_there_is_an_error)
{
	EXPECT_EQ(profile_load(&p, "/nonexistent/profile", err, sizeof(err)), -1);
	EXPECT(strstr(err, "No such file"));
}
