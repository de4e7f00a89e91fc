# SPDX-License-Identifier: GPL-2.0
"""The pci_endpoint selftest on a model with one of the mistakes of model/mutants: it has to
fail.  A mistake that is not in NOTICED makes no difference to what the unmodified drivers
do here, or one that depends on time (int-clear: interrupts without end, and transfers
that may be taken for done too early); it is for the model's unit tests alone."""

import os
import re

from bench import model_mutants
from bench.testing import equal, require, test
from lib_pci_endpoint import PAIR, bar_test, command, load, read, subrange

TRANSFER = "pci_ep_data_transfer"
MSI, MSIX = "pci_ep_basic.MSI_TEST", "pci_ep_basic.MSIX_TEST"
DOORBELL = "pcie_ep_doorbell.DOORBELL_TEST"


def says(name, pattern):
    """The case fails with these words; the rest of it does not matter."""
    def look(b):
        b.rc.spawn(command(name)).expect(pattern)

    return look


def hangs(name):
    """The endpoint's DMA engine has done its work and sends no interrupt: nothing ever ends."""
    def look(b):
        job = b.rc.spawn(command(name))
        b.until(lambda: b.model.counters()["channels"].get("wr0", {}).get("elements"),
                what="an element of the engine's list to be done")
        require("ep.dma" not in b.model.counters()["irq"], "the engine sent an interrupt")
        require(job.running(), f"{name} ended without an interrupt")

    return look


def violates(name, pattern):
    """The case itself passes, but the model sees a violation."""
    def look(b):
        equal(read(name, b.rc.run(command(name))).state, "ok", name)
        found = [f"{entry['kind']} {entry['detail']}" for entry in b.model.violations()["list"]]
        require(any(re.match(pattern, text) for text in found), f"violations: {found}")

    return look


OUTSIDE = r"dma-(rc|ep) edma-(rd|wr) "
# mistake: which case notices, and how
NOTICED = {
    "bar-mask": says(bar_test(1), r"Test failed for BAR1"),
    "bar-match": says("pci_ep_basic.CONSECUTIVE_BAR_TEST", r"Consecutive BAR test failed"),
    "addr-match": says(subrange(2), r"Test failed for BAR2"),
    "addr-assigned": says(subrange(2), r"Test failed for BAR2"),
    "atu-limit": says(subrange(2), r"Test failed for BAR2"),
    "atu-align": says(f"{TRANSFER}.memcpy.COPY_TEST", r"Test failed for size"),
    "outbound": says(f"{TRANSFER}.memcpy.COPY_TEST", r"Test failed for size"),
    "msi-decode": says(MSI, r"== ret \(-110\)(.|\n)*Test failed for MSI1\n"),
    "msi-vector": says(MSI, r"== ret \(-5\)(.|\n)*Test failed for MSI2\n"),
    "msix-data": says(MSIX, r"Test failed for MSI-X1\n"),
    "chan-count": says(DOORBELL, r"Test failed for Doorbell"),
    "int-emulation": says(DOORBELL, r"Test failed for Doorbell"),
    "int-deassert": says(DOORBELL, r"Test failed for Doorbell"),
    "ll-enable": hangs(f"{TRANSFER}.dma.READ_TEST"),
    "ll-lie": hangs(f"{TRANSFER}.dma.READ_TEST"),
    "ll-cb": violates(f"{TRANSFER}.dma.WRITE_TEST", OUTSIDE),
    "ll-tcb": violates(f"{TRANSFER}.dma.WRITE_TEST", OUTSIDE),
    "dma-direction": says(f"{TRANSFER}.dma.READ_TEST", r"Test failed for size \(1\)\n"),
    "dma-size": says(f"{TRANSFER}.dma.READ_TEST", r"Test failed for size \(1024\)\n"),
}


def break_and_boot(b, mistake):
    workshop = model_mutants.Workshop(os.path.join(b.directory, "workshop"))
    b.model.start(b.plan.profile, b.trace, workshop.build(model_mutants.find(f"MODEL-{mistake}"), "dwc-sim"))
    b.boot_ep()
    b.bring_link()
    load(b)


def forget(b):
    """Machines on broken hardware may do anything."""
    b.rc.kill()
    b.ep.kill()
    b.model.clear_violations()


@test(variants=("base",), params={"mistake": tuple(NOTICED)}, **{**PAIR, "up": "none"})
def noticed(b, mistake):
    """With this mistake in the model the selftest fails."""
    break_and_boot(b, mistake)
    NOTICED[mistake](b)
    forget(b)


@test(variants=("base",), profiles=("few-windows",), **{**PAIR, "up": "none"})
def noticed_atu_count(b):
    """A controller with more windows than it has: no case is short of them."""
    break_and_boot(b, "atu-count")
    result = read(subrange(1), b.rc.run(command(subrange(1))))
    equal(result.state, "ok", "what has to be skipped on this profile")
    forget(b)
