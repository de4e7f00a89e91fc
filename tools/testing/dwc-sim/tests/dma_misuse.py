# SPDX-License-Identifier: GPL-2.0
"""The test-only DMA layer sees what it is for: each side has bus addresses of its own,
and a driver that hands out another kind of address, or uses one after its unmap, is a
violation of the model.  The drivers are the kernel's, broken in one place:
guest/modules/dma-misuse.h."""

from bench.testing import equal, test
from lib_modules import insert
from lib_pci_endpoint import OK, PAIR, run

TRANSFER = "pci_ep_data_transfer"
HOST = r"ep-cpu|edma-wr|edma-rd"        # who accesses the host's memory
# parameter of the module: what the model says
MISTAKES = {"unmapped": r"not mapped", "physical": r"not a bus address \(below the range\)",
            "direction": r"mapped for (reading|writing) only"}


def _host(mistake, why):
    @test(variants=("series",), params={"how": ("memcpy", "dma"), "case": ("READ_TEST", "WRITE_TEST")},
          violations=(rf"^dma-rc ({HOST}) (reads|writes) 0x[0-9a-f]+ \(\d+ bytes\): {why}",),
          covers=("R13",), **PAIR)
    def case(b, how, case):
        """The host's driver gives the endpoint a bad address: no data arrives."""
        insert(b.rc, "dma-misuse-rc", mistake=mistake)
        equal(run(b, f"{TRANSFER}.{how}.{case}").state, "not ok", "the transfer")

    return case


def _endpoint(mistake, why):
    @test(variants=("series",), params={"case": ("READ_TEST", "WRITE_TEST")},
          violations=(rf"^dma-ep (edma-wr reads|edma-rd writes) 0x[0-9a-f]+ \(\d+ bytes\): {why}",),
          covers=("R13",), **{**PAIR, "up": "ep"})
    def case(b, case):
        """The endpoint's driver gives its DMA engine a bad address: no data arrives."""
        insert(b.ep, "dma-misuse-ep", mistake=mistake)
        b.bring_link()
        b.rc.modprobe("pci_endpoint_test")
        equal(run(b, f"{TRANSFER}.dma.{case}").state, "not ok", "the transfer")

    return case


def _declare():
    for mistake, why in MISTAKES.items():
        for make in (_host, _endpoint):
            case = make(mistake, why)
            case.__name__ = f"{make.__name__.lstrip('_')}_{mistake}"
            yield case.__name__, case


globals().update(_declare())


@test(variants=("series",), params={"case": ("READ_TEST", "WRITE_TEST")}, covers=("R13",),
      **{**PAIR, "up": "ep"})
def none(b, case):
    """The control: the same modules without a mistake."""
    insert(b.ep, "dma-misuse-ep", mistake="none")
    b.bring_link()
    insert(b.rc, "dma-misuse-rc", mistake="none")
    for how in ("memcpy", "dma"):
        equal(run(b, f"{TRANSFER}.{how}.{case}"), OK, f"the transfer by {how}")
