// SPDX-License-Identifier: GPL-2.0
/* Board files: what is read, and one line for each mistake, with its line number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "harness.h"

static const char good[] =
	"# a comment\n"
	"link_gen = 4 # spec\nlink_lanes = 2 # spec\nmps = 256 # guess\nmrrs = 128 # measured by X\n"
	"rcb = 64 # spec\nframing = 8 # spec\nheader_host = 16 # spec\nheader_bar = 12 # spec\n"
	"dllp_permille = 10 # guess\nlatency_down = 250 # guess\nlatency_up = 251 # guess\n"
	"posted_credits = 4096 # guess\nhost_read = 1 # guess\nep_read = 2 # guess\n"
	"reg_read = 3 # guess\nstore_bytes = 8 # guess\nstore_rc = 110 # calibrated on Y\n"
	"store_ep = 4 # guess\nlocal_read = 5 # guess\nlocal_write = 6 # guess\nmsi = 7 # guess\n"
	"line = 8 # guess\neng_doorbell = 9 # guess\neng_fetch = 10 # guess\neng_prefetch = 1 # guess\n"
	"eng_start = 11 # guess\neng_gap = 12 # guess\neng_tags = 32 # guess\neng_local = 13 # guess\n"
	"cpu_copy = 100 # guess: for the guests\nprofile = generic # guess\n";

static struct board b;
static char err[200], path[] = "/tmp/dwc-sim-board-XXXXXX";

/* The good file with @from replaced, or with @to at the end. */
static int load(const char *from, const char *to)
{
	const char *at = from ? strstr(good, from) : good + strlen(good);
	char name[sizeof(path)];
	FILE *f;
	int ret;

	strcpy(name, path);
	f = fdopen(mkstemp(name), "w");
	if (!EXPECT(f && at))
		exit(2);
	fprintf(f, "%.*s%s%s", (int)(at - good), good, to, from ? at + strlen(from) : "");
	fclose(f);
	err[0] = '\0';
	ret = board_load(&b, name, err, sizeof(err));
	unlink(name);
	return ret;
}

TEST(board_every_value)
{
	EXPECT_EQ(load(NULL, ""), 0);
	EXPECT_EQ(b.link_gen, 4);
	EXPECT_EQ(b.mrrs, 128);
	EXPECT_EQ(b.header_host, 16);
	EXPECT_EQ(b.latency_up, 251);
	EXPECT_EQ(b.store_rc, 110);
	EXPECT_EQ(b.eng_local, 13);
}

TEST(board_mistakes)
{
	static const struct {
		const char *from, *to, *why;
	} row[] = {
		{ "link_lanes = 2", "link_lanes = 3", "3: link_lanes = 3: not a power of two from 1 to 16" },
		{ "link_gen = 4", "link_gen = 7", "2: link_gen = 7: not a number from 1 to 5" },
		{ "mps = 256", "mps = -256", "4: mps = -256: not a power of two from 128 to 4096" },
		{ "host_read = 1", "host_read = -1", "14: host_read = -1: not a number from 0 to 1000000" },
		{ "header_host = 16", "header_host = 14", "8: header_host = 14: not 12 or 16, from 12 to 16" },
		{ "eng_gap = 12 # guess\n", "", "31: eng_gap is missing" },
		{ "eng_gap = 12 # guess", "eng_gap = 12", "28: eng_gap: no source beside it: "
		  "# measured, published, calibrated, spec or guess, and by whom" },
		{ "eng_gap = 12 # guess", "eng_gap = 12 # by me", "28: eng_gap: no source beside it: "
		  "# measured, published, calibrated, spec or guess, and by whom" },
		{ "eng_gap = 12", "eng_gap 12", "28: not a 'key = value # source' line: eng_gap 12" },
		{ NULL, "speed = 1 # guess\n", "33: speed: unknown key" },
		{ NULL, "mps = 128 # guess\n", "33: mps is given twice" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		EXPECT_EQ(load(row[i].from, row[i].to), -1);
		EXPECT_STR(err, row[i].why);
	}
}

TEST(board_no_file)
{
	EXPECT_EQ(board_load(&b, "/nowhere", err, sizeof(err)), -1);
	EXPECT_STR(err, "No such file or directory");
}
