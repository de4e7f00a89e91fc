# SPDX-License-Identifier: GPL-2.0
"""What `make bisect` runs on the kernel at the end of each topic (VARIANT bisect): it asks for
those tests that the topics so far are enough for."""

import glob
import os
import sys

from bench import paths
from bench.testing import equal, net, require, test

sys.path.insert(0, paths.TESTS)

from kunit import SUITES, run_module
from lib_traffic import directions, no_trouble, payload

SIZE = 1 << 18          # bytes in each of the four connections
INSTALLED = os.path.join(paths.modules("bisect"), "lib", "modules", "*", "kernel", "**")
BUILT = tuple(name for name in SUITES if glob.glob(os.path.join(INSTALLED, f"{name}.ko"), recursive=True))


@test(variants=("bisect",), up="none", shared=False, params={"module": BUILT}, timeout=120)
def kunit(b, module):
    """The unit tests that there are by now."""
    run_module(b, module)


def traffic(b):
    """Pings, and checked bytes by TCP both ways; no message, nothing dropped."""
    for guest in b.guests:
        equal(net.ping(guest, 5)["lost"], 0, f"pings lost from {guest.side}")
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 4, SIZE)
    no_trouble(b)


@test(variants=("bisect",), up="netdev", timeout=120)
def memcpy(b):
    """Payload copied by a CPU."""
    traffic(b)


@test(variants=("bisect",), up="netdev", mode="edma", timeout=120)
def edma(b):
    """Payload moved by the endpoint's DMA engine."""
    b.model.reset_counters()
    traffic(b)
    total = b.model.counters()["sum"]
    for kind in ("dma_read_bytes", "dma_write_bytes"):
        require(total[kind] >= 4 * SIZE, f"{kind}: {total[kind]}, wanted {4 * SIZE} at least")
