# SPDX-License-Identifier: GPL-2.0
"""The list of refusals that no test meets: what counts, and what becomes of the counts of several guests."""

import glob
import os
import subprocess

from bench import paths, refusals
from bench.testing import equal, require, test

FILE = "drivers/ntb/ntb_transport_x.c"
SOURCE = """\
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int check(int a)
{
	int ret = 0;

	if (a < 0)
		return -EINVAL;
	if (a > 10)
		return -ERANGE;
	if (a > 8)
		goto err_busy;
	if (a > 6)
		ret = -EAGAIN;
	return ret;

err_busy:
	return -EBUSY;
}

int main(int argc, char **argv)
{
	printf("%d\\n", check(atoi(argv[argc - 1])));
	return 0;
}
"""


def compiled(directory):
    """The file, compiled as scripts/kernel has it done."""
    with open(os.path.join(paths.REPO, "scripts", "kernel"), encoding="utf-8") as file:
        words = file.read().partition("CFLAGS_GCOV=")[2].partition("sed ")[0].replace('"', " ").replace("\\", " ").split()
    flags = [word for word in words if word.startswith("-")]
    require("-fprofile-arcs" in flags and len(flags) > 5, f"flags of scripts/kernel: {flags}")
    path = os.path.join(directory, FILE)
    os.makedirs(os.path.dirname(path))
    with open(path, "w", encoding="ascii") as file:
        file.write(SOURCE)
    os.chdir(directory)
    subprocess.run(("gcc", "-O2", *flags, "-c", FILE, "-o", FILE.replace(".c", ".o")), check=True)
    subprocess.run(("gcc", "-fprofile-arcs", FILE.replace(".c", ".o"), "-o", "program"), check=True)


def left_by_a_guest(directory, number, word):
    """A folder with what one has counted."""
    subprocess.run(("./program", word), check=True, cwd=directory, stdout=subprocess.DEVNULL)
    counts = os.path.join(directory, FILE.replace(".c", ".gcda"))
    place = os.path.join(directory, "counts", str(number), refusals.SHARED, os.path.dirname(FILE))
    os.makedirs(place)
    os.rename(counts, os.path.join(place, os.path.basename(counts)))


@test(bench=False)
def counts(alone):
    """Each line that returns an error is one that counts, whatever the compiler makes of it; guests are added up."""
    compiled(alone.scratch)
    for number, word in enumerate(("-1", "9", "-2", "0")):
        left_by_a_guest(alone.scratch, number, word)
    folder, guests = refusals.merged(os.path.join(alone.scratch, "counts"))
    found = refusals.refusals(refusals.counts_of(folder, alone.scratch, alone.scratch), alone.scratch)
    equal(guests, 4, "guests")
    equal([(text, count) for _path, _number, _function, text, count in found],
          [("return -EINVAL;", 2), ("return -ERANGE;", 0), ("goto err_busy;", 1), ("ret = -EAGAIN;", 0), ("return -EBUSY;", 1)],
          "lines that refuse, and how often")


@test(bench=False)
def files(_alone):
    """Each pattern is that of a file."""
    for pattern in refusals.counted():
        require(glob.glob(os.path.join(refusals.LINUX, pattern)), f"{pattern} is that of no file")
