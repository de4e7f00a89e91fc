# SPDX-License-Identifier: GPL-2.0
"""The kernel's own pci_endpoint selftest, built from the base's source, each of its
cases by name.  What a profile cannot do is declared, with the reason."""

import re

from bench.testing import Failure, equal, fails, require, test
from lib_pci_endpoint import (NAMES, PAIR, REGISTER_BAR, bar_test, command, load, names, run,
                              settle, subrange)

DMA_COPY = "pci_ep_data_transfer.dma.COPY_TEST"
INTX = "pci_ep_basic.LEGACY_IRQ_TEST"
MSIX = "pci_ep_basic.MSIX_TEST"
DOORBELL = "pcie_ep_doorbell.DOORBELL_TEST"
CONSECUTIVE = "pci_ep_basic.CONSECUTIVE_BAR_TEST"
DMA = tuple(name for name in NAMES if ".dma." in name)

# case: (state, what it says, what the EP's console says), right on every profile
RIGHT = {
    subrange(REGISTER_BAR): ("skip", r"BAR is test register space", None),
    # msix_interrupts of guest/epf-test.conf: the end of the table
    MSIX: ("skip", r"MSI-X9 is disabled", None),
    # the DesignWare endpoint driver has no way to send INTx: the host waits in vain (ETIMEDOUT)
    INTX: ("not ok", r"Expected 0 \(0\) == ret \(-110\); Test failed for Legacy IRQ",
           r"EP cannot raise INTX IRQs"),
    # the eDMA moves between the link and memory only; a copy of one random byte that never
    # came is right one time in 256, so size 1 may be missing from what failed
    DMA_COPY: ("not ok", r"Expected 0 \(0\) == ret \(-5\); (Test failed for size \(1\); .*)?"
               r"Test failed for size \(1024\); .*\(1024001\)$",
               r"DMA controller doesn't support MEMCPY"),
}
# four windows: BARs 0 to 3, and never two for the halves of one BAR
FEW_WINDOWS = {
    subrange(bar): ("skip", r"Not enough inbound windows", r"pci_epc_set_bar\(\) failed: -28")
    for bar in (1, 2, 3)
}
WRONG_BARS = (4, 5)
HALF_A_BAR = ("dw_pcie_ep_set_bar() enables a BAR before it finds that no inbound window is free, "
              "and does not take that back: the host sees a BAR that nobody answers")
NO_WINDOW = r"^model violation: inbound-no-window bar[45]\+"


def _defects():
    """Cases that fail, most although the hardware could do better."""
    yield "series,no-edma", DOORBELL, fails(
        "there is no doorbell without an eDMA, and the series offers none",
        rf"^{DOORBELL}: not ok: .* Test failed for Doorbell; .* Failed to allocate doorbell: -19$")
    yield "base,no-edma", DOORBELL, fails(
        "pcie-designware offers the interrupt emulation of an eDMA that is not there, with "
        "interrupt 0: pci-epf-test cannot request it",
        rf"^{DOORBELL}: not ok: .* Test failed for Doorbell; .* Failed to request doorbell IRQ: 0$")
    for name in DMA:
        yield "no-edma", name, fails(
            "pci-epf-test refuses DMA and tells only its own console, pci_endpoint_test waits "
            "for its interrupt without a timeout", rf"^{name} hangs: ")
    for bar in WRONG_BARS:
        for name in (bar_test(bar), subrange(bar)):
            yield "few-windows", name, fails(
                HALF_A_BAR, rf"^{name}: not ok: Expected 0 \(0\) == ret \(-5\)", NO_WINDOW)
    yield "few-windows", CONSECUTIVE, fails(
        HALF_A_BAR, rf"^{CONSECUTIVE}: not ok: Expected 0 \(0\) == ret \(-5\)", NO_WINDOW)


EXPECT = {f"{profile},case={name}": expected for profile, name, expected in _defects()}


def _wanted(profile, name):
    if profile == "few-windows" and name in FEW_WINDOWS:
        return FEW_WINDOWS[name]
    return RIGHT.get(name, ("ok", "$", None))


def last_words(guest):
    """The end of a guest's console in this test, without times."""
    return " / ".join(re.sub(r"^\[ *[\d.]+\] ", "", line) for line in guest.dmesg()[-2:]) or "nothing"


def check(b, name):
    """Run one case and look at its outcome."""
    state, said, console = _wanted(b.plan.profile, name)
    outcome = run(b, name)
    require(outcome.state == state and re.match(said, outcome.text),
            f"{name}: {outcome}; the endpoint says: {last_words(b.ep)}")
    if console:
        b.ep.wait_dmesg(console)


def check_refused_dma(b, name):
    """Run one case that asks for DMA on a controller without: it must end."""
    b.model.reset_counters()
    job = b.rc.spawn(command(name))
    b.ep.wait_dmesg("Cannot transfer data using DMA")
    settle(b)
    sent = b.model.counters()["sum"]["msi"]
    if sent:
        job.wait()
        return
    require(job.running(), f"{name} ended without an interrupt: {job.out} {job.err}")
    b.rc.kill()
    raise Failure(f"{name} hangs: the endpoint refused it and sent no interrupt")


@test(profiles=("generic", "few-windows", "no-edma"), params={"case": NAMES}, shared=True,
      covers=("R03", "R13"), timeout=90, expect=EXPECT, **PAIR)
def selftest(b, case):
    """One case of the selftest."""
    load(b)
    if b.plan.profile == "no-edma" and case in DMA:
        check_refused_dma(b, case)
    else:
        check(b, case)


@test(variants=("debug",), params={"case": tuple(name for name in NAMES if name != CONSECUTIVE)},
      covers=("R03", "R13"), timeout=180, **PAIR)
def selftest_debug(b, case):
    """The same on the debug kernel."""
    load(b)
    check(b, case)


@test(shared=True, **PAIR)
def all_cases_are_named(b):
    """The selftest has no case that is not run here."""
    load(b)
    equal(sorted(names(b)), sorted(NAMES), "cases of the selftest")
