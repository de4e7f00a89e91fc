# SPDX-License-Identifier: GPL-2.0
"""All channels of the eDMA at once, through the dmaengine API, driven by one kernel or by both.

     endpoint: edma-endpoint.ko    host: edma-host.ko, registers in BAR 4, lists in BAR 5
"""

import time

from bench.endpoint import settings
from bench.testing import equal, require, test
from lib_modules import insert, parameter
from lib_pci_endpoint import OK, PAIR, bar_test, load
from lib_pci_endpoint import run as selftest

CHANNELS = 4            # of each direction
DEPTH = 4               # descriptors of a channel in a round: guest/modules/edma-client.h
SETUP = {**PAIR, "changes": {"bar5_size": 0x10000}, "shared": False}
KERNELS = ("series", "debug")


def run(guest, module, rounds):
    guest.check(f"echo {rounds} > {parameter(module, 'run')}", timeout=30 + rounds)


def channels(b):
    """What each channel has done: {'wr0': elements, ...}"""
    return {name: each["elements"] for name, each in b.model.counters()["channels"].items()}


@test(variants=KERNELS, covers=("R13", "R22"), **SETUP)
def driven_by_endpoint(b):
    """Both directions start while others end: shared masks lose no interrupt, no byte is wrong."""
    rounds = b.size(50, 5000)
    insert(b.rc, "edma-host")
    insert(b.ep, "edma-endpoint", peer=b.rc.read(parameter("edma-host", "buffer")))
    run(b.ep, "edma-endpoint", rounds)
    # pci-epf-test has the first channel of each direction
    equal(channels(b), {f"{way}{i}": rounds * DEPTH for way in ("wr", "rd") for i in range(1, CHANNELS)},
          "elements done")


@test(variants=KERNELS, covers=("R10", "R13", "R18"), **SETUP)
def driven_by_host(b):
    """Read channels that the host owns: what is issued together is one run, whose end
    comes on the channel's own MSI vector; the endpoint's CPU gets no interrupt."""
    rounds = b.size(20, 2000)
    insert(b.ep, "edma-endpoint", expose=1)
    insert(b.rc, "edma-host", memory=b.ep.read(parameter("edma-endpoint", "memory")))
    b.model.reset_counters()
    run(b.rc, "edma-host", rounds)
    equal(channels(b), {f"rd{i}": rounds * DEPTH for i in range(CHANNELS)}, "elements done")
    equal(b.model.counters()["irq"], {f"rc.msi{i}": rounds for i in range(CHANNELS)},
          "interrupts")
    b.rc.rmmod("edma_host")
    b.ep.rmmod("edma_endpoint")


@test(variants=("series",), up="ep", function="pci_epf_test", shared=False, timeout=120,
      params={"told": ("host", "endpoint")}, covers=("A02",))
def driven_by_both(b, told):
    """The endpoint writes with four channels, while the host reads with the four that it was
    delegated, and the end of a round interrupts the one or the other: no round stays unfinished, no
    byte is wrong, and each side starts what is its own."""
    rounds, chunks = 100, 0
    b.function.create(settings("epf-test", {"bar5_size": 0x10000}))
    insert(b.ep, "edma-delegate")
    b.function.bind()
    b.function.start()
    b.model.link("up")
    b.boot_rc()
    insert(b.ep, "edma-endpoint", expose=1, blind=1)
    insert(b.rc, "edma-host", memory=b.ep.read(parameter("edma-endpoint", "memory")), tells_peer=int(told == "endpoint"))
    b.ep.write(parameter("edma-endpoint", "peer"), b.rc.read(parameter("edma-host", "buffer")))
    if told == "endpoint":
        b.ep.write(parameter("edma-delegate", "listen"), 1)
    b.model.reset_counters()
    end = time.monotonic() + b.size(30, 900)
    while time.monotonic() < end:
        jobs = [guest.spawn(f"echo {rounds} > {parameter(module, 'run')}")
                for guest, module in ((b.ep, "edma-endpoint"), (b.rc, "edma-host"))]
        for job in jobs:
            job.check()
        b.rc.write(parameter("edma-host", "check"), rounds)
        chunks += 1
    b.log(f"{chunks} times {rounds} rounds")
    equal(channels(b), {f"{way}{i}": chunks * rounds * DEPTH for way in ("wr", "rd") for i in range(CHANNELS)},
          "elements done")
    heard = [int(word) for word in b.ep.read(parameter("edma-delegate", "heard")).split(",")]
    most = chunks * rounds if told == "endpoint" else 0
    require(all(most / 2 <= each <= most for each in heard), f"interrupts of the endpoint: {heard}, of {most} each")
    b.rc.rmmod("edma_host")
    b.ep.rmmod("edma_endpoint", "edma_delegate")


@test(variants=("series",), unknown=(r"^edma (read|write) 0x",),
      violations=(r"^edma-doorbell-channel wr channel 4 of 4",), **PAIR)
def scribbled_over(b):
    """The host writes one pattern over all registers, known or not, and reads them: the model
    counts, neither kernel dies of it, and the next transfer works."""
    insert(b.ep, "edma-endpoint", expose=1)
    load(b)
    equal(selftest(b, bar_test(4)).state, "not ok", "what is read is what was written")
    require(b.model.unknown()["total"] > 3000, f"unknown accesses: {b.model.unknown()['total']}")
    b.ep.rmmod("edma_endpoint")
    for name in (bar_test(4), "pci_ep_data_transfer.dma.READ_TEST",
                 "pci_ep_data_transfer.dma.WRITE_TEST"):
        equal(selftest(b, name), OK, f"{name} afterwards")
