# SPDX-License-Identifier: GPL-2.0
"""The kernel's unit tests that the series adds, in a guest alone. They need no hardware: what
they test has registers and rings in ordinary memory."""

import os
import re

from bench import ktap, paths
from bench.errors import Failure
from bench.testing import equal, require, test

RESULTS = "/sys/kernel/debug/kunit"
# module: folder of its sources, with a .kunitconfig
SUITES = {
    "dw_edma_kunit": "drivers/dma/dw-edma/tests",
    "pci_epc_kunit": "drivers/pci/endpoint/tests",
    "pci_epf_vntb_kunit": "drivers/pci/endpoint/functions/tests",
    "ntb_core_kunit": "drivers/ntb/tests",
    "ntb_transport_core_kunit": "drivers/ntb/tests",
    "ntb_transport_memcpy_kunit": "drivers/ntb/tests",
    "ntb_transport_memcpy_link_kunit": "drivers/ntb/tests",
    "ntb_transport_memcpy_state_kunit": "drivers/ntb/tests",
    "ntb_transport_edma_event_kunit": "drivers/ntb/tests",
    "ntb_transport_edma_meta_kunit": "drivers/ntb/tests",
    "ntb_transport_edma_record_kunit": "drivers/ntb/tests",
    "ntb_transport_edma_ring_kunit": "drivers/ntb/tests",
    "ntb_transport_edma_state_kunit": "drivers/ntb/tests",
    "ntb_epf_kunit": "drivers/ntb/hw/epf/tests",
}


def run_module(b, module):
    """Every case of every suite of a module passes, none is skipped."""
    b.rc.boot()
    b.rc.modprobe("kunit", enable=1, autorun=1)
    b.rc.modprobe(module)
    names = b.rc.check(f"ls {RESULTS}").split()
    require(names, f"{module} has no suites")
    cases = 0
    for name in names:
        text = b.rc.read(f"{RESULTS}/{name}/results")
        b.log(text)
        found = ktap.problems(text)
        if found:
            raise Failure(f"{name}: {'; '.join(found)}")
        cases += len(re.findall(r"(?m)^\s+ok \d+", text))
    require(cases >= len(names), f"{module}: {cases} cases in {len(names)} suites")
    b.rc.rmmod(module)


@test(variants=("series", "debug"), up="none", shared=False, params={"module": tuple(SUITES)}, timeout=120,
      covers=("F01", "F03", "F06", "F07", "F15", "R02", "R04", "R07", "R08", "R12", "R17", "R18", "R21", "R25", "R29", "R33"))
def suite(b, module):
    """Every suite that the series adds."""
    run_module(b, module)


def options(path):
    """A configuration fragment: {'CONFIG_KUNIT': 'y', ...}"""
    with open(path, encoding="utf-8") as file:
        pairs = [line.strip().split("=", 1) for line in file if line.startswith("CONFIG_")]
    equal(len(pairs), len(dict(pairs)), f"options given once in {path}")
    return dict(pairs)


@test(bench=False)
def kunitconfig(_alone):
    """For each folder of tests kunit.py would build what the bench builds, and nothing is
    tested by one of them alone."""
    here = options(os.path.join(paths.SIM, "kernel", "series.config"))
    suites = {key for key in here if key.endswith("_KUNIT_TEST")}
    there = set()
    for folder in sorted(set(SUITES.values())):
        fragment = options(os.path.join(paths.BUILD, "linux", folder, ".kunitconfig"))
        equal(fragment.get("CONFIG_KUNIT"), "y", f"CONFIG_KUNIT in {folder}/.kunitconfig")
        there |= {key for key in fragment if key.endswith("_KUNIT_TEST")}
    equal(sorted(there), sorted(suites), "suites of the .kunitconfig files")
