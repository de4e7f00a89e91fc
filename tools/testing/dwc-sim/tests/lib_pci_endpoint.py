# SPDX-License-Identifier: GPL-2.0
"""The kernel's own pci_endpoint selftest: its cases, and how one is run and read.

     RC: pci_endpoint_test (selftest) -> /dev/pci-endpoint-test.0 -> driver of that name
     EP: pci-epf-test, which the driver commands through registers in BAR 0
"""

import dataclasses
import os
import re

from bench import paths
from bench.testing import Failure, equal, require

PROGRAM = os.path.join(paths.BUILD, "dwc-sim", "selftests", "pci_endpoint_test")
BARS = range(6)
REGISTER_BAR = 0
COMMAND, FLAGS = 0x04, 0x2c             # registers of pci-epf-test
RAISE_MSI, UNKNOWN = 1 << 1, 1 << 15    # commands

NAMES = tuple(
    [f"pci_ep_bar.BAR{bar}.{case}" for bar in BARS for case in ("BAR_TEST", "BAR_SUBRANGE_TEST")] +
    [f"pci_ep_basic.{case}" for case in ("CONSECUTIVE_BAR_TEST", "LEGACY_IRQ_TEST", "MSI_TEST",
                                         "MSIX_TEST")] +
    [f"pci_ep_data_transfer.{how}.{case}" for how in ("memcpy", "dma")
     for case in ("READ_TEST", "WRITE_TEST", "COPY_TEST")] +
    ["pcie_ep_doorbell.DOORBELL_TEST"])

# what @test needs for a pair with pci-epf-test on it
PAIR = {"up": "link", "function": "pci_epf_test", "settings": "epf-test"}


def subrange(bar):
    return f"pci_ep_bar.BAR{bar}.BAR_SUBRANGE_TEST"


def bar_test(bar):
    return f"pci_ep_bar.BAR{bar}.BAR_TEST"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How one case ended: 'ok', 'skip' (text: the reason) or 'not ok' (text: what it
    expected and did not find)."""

    state: str
    text: str = ""

    def __str__(self):
        return self.state + (f": {self.text}" if self.text else "")


OK = Outcome("ok")


def command(name):
    return f"{PROGRAM} -r {name}"


def load(b):
    """The driver on the RC; again has no effect."""
    require(os.access(PROGRAM, os.X_OK), f"{paths.rel(PROGRAM)} is missing: run 'make model'")
    b.rc.modprobe("pci_endpoint_test")


def names(b):
    """The cases that the selftest itself lists."""
    listed = []
    fixture = None
    variants, cases = [], []
    for line in b.rc.run(f"{PROGRAM} -l").err.splitlines()[1:] + ["---"]:
        if line.startswith("---"):
            middle = variants or [None]
            listed += [".".join(filter(None, (fixture, variant, case)))
                       for variant in middle for case in cases]
            fixture, variants, cases = None, [], []
            continue
        columns = (line[:20].strip(), line[21:46].strip(), line[47:].strip())
        fixture = columns[0] or fixture
        variants += [columns[1]] if columns[1] else []
        cases += [columns[2]] if columns[2] else []
    return listed


def read(name, result):
    """The outcome of a run of one case: its KTAP has to be whole."""
    lines = re.findall(r"(?m)^(ok|not ok) 1 (\S+)(?: # SKIP (.*))?$", result.out)
    if "1..1\n" not in result.out or len(lines) != 1 or lines[0][1] != name:
        raise Failure(f"{name} gave no verdict: {result.describe()}")
    state, _name, skip = lines[0]
    equal(result.code, 1 if state == "not ok" else 0, f"exit status of {name}")
    said = "; ".join(re.findall(r"(?m)^# \S+/pci_endpoint_test\.c:\d+:\w+:(.*)$", result.err))
    # a case that skips the rest forgets what has failed before: MSI-X vectors past the table
    if said:
        return Outcome("not ok", said)
    return Outcome("skip", skip) if skip else Outcome(state)


def run(b, name, timeout=60):
    """Run one case to its end: an Outcome."""
    return read(name, b.rc.run(command(name), timeout))


def poke(b, offset, value):
    """Write a register of pci-epf-test past the host's driver."""
    b.model.do(f"poke bar {REGISTER_BAR} {offset} {value}")


def settle(b):
    """Wait until the endpoint has done all that its last command causes: it reads the next one,
    which it does not know."""
    poke(b, FLAGS, 0)
    poke(b, COMMAND, UNKNOWN)
    b.ep.wait_dmesg(f"Invalid command {UNKNOWN:#x}")
