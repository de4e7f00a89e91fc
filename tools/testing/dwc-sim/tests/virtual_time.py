# SPDX-License-Identifier: GPL-2.0
"""Virtual time: the model reads no clock but its own, guests keep the time that the model gives
them, and a run is the same in every detail whatever the machine does beside it."""

import os
import re
import subprocess

from bench import paths
from bench.testing import equal, require, test

OBJECTS = os.path.join(paths.BUILD, "dwc-sim", "o", "model")
# what tells the host's time, or waits for some of it
HOST_CLOCK = re.compile(r"^(clock_gettime|clock_nanosleep|gettimeofday|time|times|clock|nanosleep|usleep|sleep|"
                        r"alarm|setitimer|timer_create|timerfd_create|ftime)(@|$)")


@test(bench=False)
def one_reader_of_the_hosts_clock(_alone):
    """Only clock.c can read the host's clock, in clock_tick(), which aborts in virtual time."""
    readers = {}
    for name in sorted(os.listdir(OBJECTS)):
        if not name.endswith(".o"):
            continue
        out = subprocess.run(["nm", "-u", os.path.join(OBJECTS, name)], capture_output=True, text=True,
                             check=True).stdout
        found = [symbol for symbol in out.split() if HOST_CLOCK.match(symbol)]
        if found:
            readers[name] = found
    equal(readers, {"clock.o": ["clock_gettime"]}, "objects that read the host's clock")
    source = os.path.join(paths.SIM, "model", "clock.c")
    with open(source, encoding="utf-8") as file:
        tick = re.search(r"(?s)void clock_tick\(.*?\n}", file.read()).group(0)
    require(tick.index("abort()") < tick.index("clock_gettime"), "clock_tick() reads before it checks")
