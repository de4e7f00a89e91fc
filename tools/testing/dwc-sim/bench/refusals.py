# SPDX-License-Identifier: GPL-2.0
"""Which refusals of the drivers the tests have met: `bench.py refusals`.

The kernel of kernel/gcov.config takes the debug kernel's place, and counts how often each line of the files in
kernel/gcov.files is executed. What a guest has counted goes to build/refusals when its test is over; the counts
of one that a test kills are lost. Each line that refuses something, and that no guest has come to, is in results/refusals.log."""

import collections
import contextlib
import fnmatch
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

from . import paths
from .errors import BenchError, Failure, GuestDied

COUNTS = os.path.join(paths.BUILD, "refusals")
RESULT = os.path.join(paths.RESULTS, "refusals.log")
FILES = os.path.join(paths.SIM, "kernel", "gcov.files")
LINUX = os.path.join(paths.BUILD, "linux")
OBJECTS = os.path.join(paths.BUILD, "kernel", "gcov")
SHARED = "gcov"                         # folder of a guest's share
# Lines that refuse: an error is returned or jumped to, or what a peer has written is rejected.
REFUSES = re.compile(r"\breturn (ERR_PTR\()?-E[A-Z]|\breturn dev_err_probe\(|= -E[A-Z]+;|\bgoto (err|fail)|\breturn NTB_EDMA_REJECT_")
# Tests that make a machine refuse something: unit tests, wrong set-ups, commands, peers, faults.
TESTS = ("hostile.*", "kunit.*", "remote_edma_setup.*", "remote_edma_profiles.*", "remote_edma_buffers.*", "remote_edma_faults.*",
         "remote_edma_death.*", "netdev_hostile.*", "netdev_ethtool.*", "vntb_*", "ntb_tool.*", "ntb_peers.*", "edma.*", "faults*",
         "boards.*")
HEAD = """\
# bench.py refusals: lines of the drivers that refuse something, and that no test has come to
# {met} of {all} such lines were executed, by {guests} guests
"""
# Files of debugfs have no size: cp would take them for empty ones.
FETCH = f"""
import os, shutil, sys
top = "/sys/kernel/debug/gcov{OBJECTS}"
os.mkdir(sys.argv[1])
for folder, _folders, names in os.walk(top):
    for name in filter(lambda name: name.endswith(".gcda"), names):
        to = os.path.join(sys.argv[1], os.path.relpath(folder, top))
        os.makedirs(to, exist_ok=True)
        with open(os.path.join(folder, name), "rb") as counts, open(os.path.join(to, name), "wb") as copy:
            shutil.copyfileobj(counts, copy)
"""


def begin():
    """From now on the debug kernel is the one that counts, and nothing is counted yet."""
    paths.use("debug", "gcov")
    shutil.rmtree(COUNTS, ignore_errors=True)
    os.makedirs(COUNTS)


def fetch(guest):
    """What a guest has counted, before it powers off."""
    if not paths.is_used("gcov", guest.variant):
        return
    shared = os.path.join(guest.share, SHARED)
    guest.check(f"exec python3 -IS -c '{FETCH}' {shared}")
    shutil.move(shared, tempfile.mkdtemp(dir=COUNTS))


def rescue(guests):
    """The same of guests that a test has left behind when it failed, if they still answer."""
    for guest in guests:
        if guest.alive():
            with contextlib.suppress(Failure, GuestDied):
                fetch(guest)


def merged(counts=COUNTS):
    """A folder with the sum of all counts, beside what the compiler has noted of each object; and how many guests counted."""
    left = [os.path.join(counts, name, SHARED) for name in sorted(os.listdir(counts))]
    if not left:
        raise BenchError("no guest has counted anything: did all die?")
    total = left[0]
    for number, more in enumerate(left[1:]):
        both = os.path.join(counts, f"merged{number}")
        subprocess.run(("gcov-tool", "merge", total, more, "-o", both), check=True, capture_output=True)
        total = both
    return total, len(left)


def counted():
    """Patterns of the files that count."""
    with open(FILES, encoding="utf-8") as file:
        return [line.strip() for line in file if not line.startswith("#")]


def counts_of(folder, objects=OBJECTS, linux=LINUX):
    """{(file, line): [how often, function]}: of all objects, as several may have the same header."""
    found = collections.defaultdict(lambda: [0, ""])
    for notes in sorted(glob.glob(os.path.join(objects, "drivers", "**", "*.gcno"), recursive=True)):
        place = os.path.join(folder, os.path.relpath(os.path.dirname(notes), objects))
        os.makedirs(place, exist_ok=True)
        os.symlink(notes, os.path.join(place, os.path.basename(notes)))
        # without counts, if no guest had that module, it takes them all for 0
        out = subprocess.run(("gcov", "--json-format", "--stdout", os.path.basename(notes)), cwd=place, check=True,
                             capture_output=True).stdout
        for file in json.loads(out)["files"]:
            path = os.path.relpath(os.path.join(objects, file["file"]), linux)
            for line in file["lines"]:
                entry = found[path, line["line_number"]]
                entry[0] += line["count"]
                entry[1] = line.get("function_name", "")
    return found


def refusals(found, linux=LINUX):
    """(file, line, function, text, how often) of each line that refuses, in order."""
    wanted = counted()
    texts = {}
    for (path, number), (count, function) in sorted(found.items()):
        if not any(fnmatch.fnmatchcase(path, pattern) for pattern in wanted):
            continue
        if path not in texts:
            with open(os.path.join(linux, path), encoding="utf-8") as file:
                texts[path] = file.read().splitlines()
        text = texts[path][number - 1].strip()
        if REFUSES.search(text):
            yield path, number, function, text, count


def report():
    """Write the list, and say what is in it."""
    folder, guests = merged()
    lines = list(refusals(counts_of(folder)))
    missed = [f"{path}:{number}: {function}(): {text}\n" for path, number, function, text, count in lines if not count]
    with open(RESULT, "w", encoding="utf-8") as file:
        file.write(HEAD.format(met=len(lines) - len(missed), all=len(lines), guests=guests))
        file.writelines(missed)
    print(f"bench: {len(missed)} of {len(lines)} refusals were not met: {paths.rel(RESULT)} lists them")
