# SPDX-License-Identifier: GPL-2.0
"""How slow this machine is while it runs the tests: every limit of time is multiplied by that.

A virtual machine shares its processors with others that it cannot see: the same tests were
seen to take twice as long an hour later, with nothing in /proc/stat to tell. A limit in
seconds then tells nothing about the tests. So a child does a fixed job every now and then,
and the time that the job takes is compared with what it took when the limits were set: its
processor time, which shows a slow processor, and the time until it is done, which shows
that others keep the processors busy. The job is what the tests are made of, and nothing of
what they test: computing, faults on new pages, new processes, and two processes that wake
each other.

A run inside a run (SLOWNESS is set) goes by what the outer one has measured."""

import mmap
import os
import resource
import signal
import statistics
import struct
import time

from . import sandbox

REFERENCE = 0.137           # seconds: the median in a check of 1851 s on an otherwise idle machine
ELAPSED = 2 * REFERENCE     # seconds until it is done: the check itself keeps the processors busy
EVERY = 10.0                # seconds between two jobs
RECENT = 5                  # jobs by which a limit goes
COMPUTED = 1_000_000
PAGES = 8000
PROCESSES = 60
WAKES = 5000
VARIABLE = "SLOWNESS"       # in the environment of a test's children

_current = None


class Pace:
    """A child that takes samples from here to the call of end(). Its children see them, too."""

    FORMAT = "ddd"          # number of samples; slowness by the last of them, and by all

    def __init__(self, every=EVERY):
        parent = os.getpid()
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)
        self._child = os.fork()
        if self._child == 0:
            try:
                sandbox.die_with(parent)
                self._sample_for_ever(every)
            finally:
                os._exit(1)
        while not self._read()[0]:
            if os.waitpid(self._child, os.WNOHANG)[0]:
                raise ChildProcessError("the child that measures the machine's pace has ended")
            time.sleep(0.01)

    def _sample_for_ever(self, every):
        found = []
        while True:
            found.append(slowness(*sample()))
            struct.pack_into(self.FORMAT, self._shared, 0, len(found),
                             statistics.median(found[-RECENT:]), statistics.median(found))
            time.sleep(every)

    def _read(self):
        return struct.unpack_from(self.FORMAT, self._shared)

    def now(self):
        """How many times the reference's time the last jobs took (their median)."""
        return self._read()[1]

    def overall(self):
        """The same of all jobs."""
        return self._read()[2]

    def end(self):
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)


class Given:
    """The pace that an outer run has measured."""

    def __init__(self, value):
        self._value = value

    def now(self):
        return self._value

    overall = now

    def end(self):
        """Nothing to end."""


def start():
    """Measure from now on; the Pace, which scaled() goes by."""
    global _current
    _current = Given(float(os.environ[VARIABLE])) if VARIABLE in os.environ else Pace()
    return _current


def scale():
    """What a limit of time is multiplied by at present: never less than 1."""
    return max(1.0, _current.now()) if _current else 1.0


def scaled(seconds):
    """A limit of so many seconds at the reference's pace, on this machine at present."""
    return seconds * scale()


def slowness(used, elapsed):
    """What a sample says."""
    return max(used / REFERENCE, elapsed / ELAPSED)


def _used():
    return sum(usage.ru_utime + usage.ru_stime for usage in
               map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def sample():
    """Do the job once; the processor time and the time that it took, in seconds."""
    start, before = time.monotonic(), _used()
    _compute()
    _touch_pages()
    for _ in range(PROCESSES):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    _wake_each_other()
    return _used() - before, time.monotonic() - start


def _compute():
    value = 0
    for number in range(COMPUTED):
        value += number * number % 7


def _touch_pages():
    with mmap.mmap(-1, PAGES * mmap.PAGESIZE) as memory:
        for page in range(PAGES):
            memory[page * mmap.PAGESIZE] = 1


def _wake_each_other():
    here, to_here = os.pipe()
    there, to_there = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(here)
            os.close(to_there)
            while os.read(there, 1):
                os.write(to_here, b"x")
        finally:
            os._exit(0)
    os.close(there)
    os.close(to_here)
    for _ in range(WAKES):
        os.write(to_there, b"x")
        os.read(here, 1)
    os.close(to_there)
    os.close(here)
    os.waitpid(child, 0)
