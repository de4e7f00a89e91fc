# SPDX-License-Identifier: GPL-2.0
"""The demonstration gives all its numbers, and in time."""

import json
import os
import subprocess
import sys
import time

from bench import paths
from bench.testing import equal, require, test

WARM_SECONDS = 60
BUSY = 3                # times as long beside another pair and the linters
TLP = {"packets", "cpu_read", "cpu_write", "cpu_write_bytes", "dma_read_bytes", "dma_write_bytes",
       "msi", "doorbells"}


@test(bench=False, timeout=(BUSY + 1) * WARM_SECONDS)
def result(alone):
    """build/demo/result.json is new, complete, and printed as a table."""
    before = time.time()
    with open(os.path.join(alone.logs, "output"), "w+", encoding="utf-8") as output:
        status = subprocess.run([sys.executable, os.path.join(paths.SIM, "bench.py"), "demo"],
                                stdout=output, stderr=subprocess.STDOUT, check=False).returncode
        output.seek(0)
        text = output.read()
    equal(status, 0, text.strip().rpartition("\n")[2])
    require(time.time() - before < BUSY * WARM_SECONDS, f"the demo takes {BUSY * WARM_SECONDS} s or more")
    require(os.path.getmtime(paths.RESULT) >= before, "the result file is an old one")
    with open(paths.RESULT, encoding="utf-8") as file:
        report = json.load(file)
    equal(set(report), {"kernel", "profile", "doorbell", "modes"}, "keys")
    equal(set(report["modes"]), {"memcpy", "edma"}, "modes")
    for mode, numbers in report["modes"].items():
        equal(set(numbers), {"ping_us", "tcp", "udp", "tlp"}, f"keys of {mode}")
        equal(set(numbers["ping_us"]), {"min", "avg", "max", "lost"}, "keys of ping_us")
        for direction in ("rc_to_ep", "ep_to_rc"):
            equal(set(numbers["tcp"][direction]), {"mbps"}, "keys of tcp")
            equal(set(numbers["udp"][direction]), {"mbps", "sent", "lost"}, "keys of udp")
            equal(set(numbers["tlp"][direction]), TLP, "keys of tlp")
            require(numbers["tcp"][direction]["mbps"] > 0, f"no TCP throughput {direction}")
            tlp = numbers["tlp"][direction]
            moved = tlp["dma_read_bytes"] + tlp["dma_write_bytes"]
            equal(tlp["cpu_write_bytes"] > moved, mode == "memcpy", f"{mode}, {direction}: CPUs write the payload")
    for word in ("memcpy", "edma", "TCP Mbit/s", "UDP Mbit/s received", "ping, microseconds"):
        require(word in text, f"the table lacks '{word}'")
