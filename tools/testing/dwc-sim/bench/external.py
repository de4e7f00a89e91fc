# SPDX-License-Identifier: GPL-2.0
"""Tests that are programs of their own: scripts/tests/*.sh, the model's unit tests, and, for
check-maintainer only, scripts/tests/maintainer/*.sh.  They print KTAP; a script's line
'# timeout: SECONDS' changes its limit, its line '# works in: build' says that it writes to
the build folder: one of those runs at a time.  They need the processor and no pair: they run
aside, with what the pairs leave them."""

import os
import re
import signal
import subprocess
import time

from . import ktap, pace, paths
from .cases import Case
from .errors import Failure

TIMEOUT = 300
NICENESS = 5            # a pair comes first, but does not starve them
PATIENCE = 3            # times its limit that a program may take beside a pair
LOOK = 10.0             # seconds between two looks at the pace
SHOWN = 5               # problems that are named
OUTPUT = "output"       # the program's stdout and stderr, in the folder of logs


def _header(path, pattern):
    """What a script says of itself, or None."""
    with open(path, "rb") as file:
        head = file.read(4096)
    match = re.search(rb"(?m)^# " + pattern + rb"$", head) if head.startswith(b"#!") else None
    return match and match.group(1)


def _case(name, path):
    timeout = PATIENCE * int(_header(path, rb"timeout: (\d+)") or TIMEOUT)

    def function(alone):
        run(path, os.path.join(alone.logs, OUTPUT), timeout)

    return Case(name=name, function=function, parameters=(), plan=None, variant="none",
                profile="none", timeout=timeout + 30, expect=None, shared=False, covers=(),
                allow=(), violations=(), unknown=(),
                lane="build" if _header(path, rb"works in: (build)") else "aside")


# What to run: (first part of a name, folder, pattern of the files)
CHECK = (("scripts", paths.SCRIPT_TESTS, r".*\.sh"), ("model", paths.UNIT_TESTS, r".*"))
MAINTAINER = (("maintainer", paths.MAINTAINER_TESTS, r".*\.sh"),)


def discover(folders=CHECK):
    """One case for each program."""
    cases = []
    for prefix, directory, pattern in folders:
        if not os.path.isdir(directory):
            continue
        for entry in sorted(os.listdir(directory)):
            path = os.path.join(directory, entry)
            if re.fullmatch(pattern, entry) and os.path.isfile(path) and os.access(path, os.X_OK):
                cases.append(_case(f"{prefix}.{entry.removesuffix('.sh')}", path))
    return cases


def run(path, output, timeout):
    """Run one program to its end and read its KTAP."""
    with open(output, "w+", encoding="utf-8", errors="replace") as file:
        start = time.monotonic()
        process = subprocess.Popen([path], env=_environment(), cwd=paths.REPO, stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=subprocess.STDOUT, start_new_session=True,
                                   preexec_fn=_step_aside)
        try:
            code = _wait(process, start, timeout)
        finally:
            _end_group(process)
        file.seek(0)
        problems = ktap.problems(file.read())
    if code:
        problems.insert(0, f"ended with status {code}")
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise Failure("; ".join(problems[:SHOWN]) + more)


def _environment():
    """A program's own limits have to bear that it runs beside pairs, and this machine's pace."""
    return {**os.environ, pace.VARIABLE: f"{PATIENCE * pace.scale():.2f}"}


def _wait(process, start, timeout):
    """Its status; the limit follows the machine's pace as it goes."""
    while True:
        left = start + pace.scaled(timeout) - time.monotonic()
        if left <= 0:
            raise Failure(f"ran into its timeout of {timeout} s")
        try:
            return process.wait(min(left, LOOK))
        except subprocess.TimeoutExpired:
            continue


def _step_aside():
    """In the child: whoever runs a pair comes first."""
    os.nice(NICENESS)
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write(str(NICENESS))
    except FileNotFoundError:
        pass        # the kernel has no scheduling by session


def _end_group(process):
    """Nothing that the program started survives it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
