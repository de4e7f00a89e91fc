# SPDX-License-Identifier: GPL-2.0
"""How slow this machine is while it runs the tests, for bounds on time.

A virtual machine shares its processors with others that it cannot see: the
same tests were seen to take twice as long an hour later, with nothing in
/proc/stat to tell. A bound in seconds then tells nothing about the tests. So
a child does a fixed job every now and then, and the processor time that the
job takes is compared with what it took when the bounds were set. The job is
what the tests are made of, and nothing of what they test: computing, faults
on new pages, new processes, and two processes that wake each other."""

import mmap
import os
import resource
import signal
import statistics
import time

from . import sandbox

REFERENCE = 0.137           # seconds: the median in a check of 1851 s on an otherwise idle machine
EVERY = 15.0                # seconds between two jobs
COMPUTED = 1_000_000
PAGES = 8000
PROCESSES = 60
WAKES = 5000


class Pace:
    """A child that takes samples from here to the call of slowness()."""

    def __init__(self, every=EVERY):
        parent = os.getpid()
        self.report, write = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            try:
                sandbox.die_with(parent)
                while True:
                    os.write(write, f"{sample()}\n".encode())
                    time.sleep(every)
            finally:
                os._exit(1)
        os.close(write)

    def slowness(self):
        """How many times the reference's time the jobs took (the median).  Ends the child."""
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        with os.fdopen(self.report, encoding="ascii") as report:
            return statistics.median(map(float, report)) / REFERENCE


def _used():
    return sum(usage.ru_utime + usage.ru_stime for usage in
               map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def sample():
    """Do the job once; the processor time in seconds."""
    before = _used()
    _compute()
    _touch_pages()
    for _ in range(PROCESSES):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    _wake_each_other()
    return _used() - before


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
