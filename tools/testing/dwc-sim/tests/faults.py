# SPDX-License-Identifier: GPL-2.0
"""What hardware may do wrong, and what the unmodified kernel makes of it: interrupts that
are lost, doubled or late, a DMA engine that fails, a link that goes away.  A test says
what should happen; what the base does instead is in its header.

     host: pci_endpoint_test --- BAR 0, MSI --- endpoint: pci-epf-test --- eDMA
"""

import re

from bench.testing import Failure, equal, fails, require, test
from lib_pci_endpoint import COMMAND, OK, PAIR, RAISE_MSI, command, load, poke, read, run, settle

TRANSFER = "pci_ep_data_transfer"
READ, WRITE = f"{TRANSFER}.dma.READ_TEST", f"{TRANSFER}.dma.WRITE_TEST"
SIZES = (1, 1024, 1025, 1024000, 1024001)       # of the selftest's transfers, in this order
CHANNEL = {READ: "wr", WRITE: "rd"}             # the endpoint writes what the host reads
DELAY = 300                                     # ms

EPF_WAITS = "pci-epf-test waits for its DMA engine without a timeout, pci_endpoint_test for the answer"
NO_ABORT = "dw-edma sets LLRAIE only: an abort of a transfer that the endpoint drives raises no interrupt"
HOST_WAITS = "pci_endpoint_test waits for the interrupt that ends a transfer without a timeout"


def elements(b, channel):
    """List elements that a channel has finished since power-on; None: it never ran."""
    return b.model.counters()["channels"].get(channel + "0", {}).get("elements")


def hang(b, job, why):
    """The rest is waiting for ever: say so, and leave nothing of it."""
    require(job.running(), f"it ended: {job.out.decode()}")
    b.rc.kill()
    raise Failure(f"it hangs: {why}")


# ------------------------------------------------------------ interrupts

@test(**PAIR)
def msi_lost(b):
    """A lost MSI costs one timeout; all other vectors arrive."""
    load(b)
    b.model.fault("irq drop 1 rc")
    equal(run(b, "pci_ep_basic.MSI_TEST").text,
          "Expected 0 (0) == ret (-110); Test failed for MSI1", "what failed")


@test(expect={"base": fails(HOST_WAITS, r"^it hung until another interrupt came$")},
      variants=("base",), **PAIR)
def msi_lost_at_end_of_transfer(b):
    """The MSI that tells the host that its data has come is lost: it must not wait for ever."""
    load(b)
    b.model.fault("irq drop 1 rc")
    name = f"{TRANSFER}.memcpy.READ_TEST"
    job = b.rc.spawn(command(name))
    b.ep.wait_dmesg(r"WRITE => Size: 1 B, DMA: NO")
    settle(b)
    hung = job.running()
    poke(b, COMMAND, RAISE_MSI)
    equal(read(name, job.wait()), OK, "the transfers: only the interrupt was lost")
    require(not hung, "it hung until another interrupt came")


@test(expect={"base": fails(EPF_WAITS, r"^it hangs: the data has moved, no interrupt tells$")},
      variants=("base",), **PAIR)
def dma_interrupt_lost(b):
    """The DMA engine's interrupt is lost: neither side may wait for ever."""
    load(b)
    b.model.fault("irq drop 1 ep")
    job = b.rc.spawn(command(READ))
    b.until(lambda: elements(b, "wr"), what="the transfer")
    equal(b.model.counters()["irq"].get("ep.dma"), None, "interrupts of the engine")
    hang(b, job, "the data has moved, no interrupt tells")


@test(params={"case": (READ, WRITE)}, **PAIR)
def dma_interrupt_doubled(b, case):
    """A second interrupt of the DMA engine finds nothing to do."""
    load(b)
    b.model.reset_counters()
    b.model.fault("irq dup 5 ep")
    equal(run(b, case), OK, "the transfers")
    equal(b.model.counters()["irq"]["ep.dma"], 2 * len(SIZES), "interrupts of the engine")


@test(params={"side": ("rc", "ep")}, **PAIR)
def interrupt_late(b, side):
    """A late interrupt makes a transfer late, no more. That of an engine whose list is appended to does not even do that: its driver
    has looked meanwhile."""
    load(b)
    b.model.fault(f"irq delay 1 {DELAY} {side}")
    result = b.rc.run(command(READ))
    equal(read(READ, result), OK, "the transfers")
    if (b.plan.ep, side) != ("series", "ep"):
        require(result.seconds * 1000 >= DELAY, f"they took {result.seconds} s")


# ------------------------------------------------------------ DMA engine

@test(params={"how": ("abort", "llerr"), "case": (READ, WRITE)},
      expect={"base": fails(NO_ABORT, r"^it hangs: no interrupt tells of the abort$"), "series": fails(
          "dw_edma_abort_interrupt() completes the descriptor, and a client that does not take a "
          "result is told DMA_COMPLETE", r"^the endpoint's driver takes the aborted transfer for a good one$")}, **PAIR)
def dma_aborted(b, how, case):
    """The fourth transfer is aborted: it fails, it alone, and the endpoint's driver knows."""
    load(b)
    b.model.fault(f"dma {how} {CHANNEL[case]} 0 3")
    job = b.rc.spawn(command(case))
    b.model.wait(dma_faults=0)
    if b.model.status()["edma_silent"]:
        hang(b, job, "no interrupt tells of the abort")
    equal(read(case, job.wait()).text,
          f"Expected 0 (0) == ret (-5); Test failed for size ({SIZES[3]})", "what failed")
    require(any("DMA transfer failed" in line for line in b.ep.dmesg()),
            "the endpoint's driver takes the aborted transfer for a good one")


@test(params={"case": (READ, WRITE)}, **PAIR)
def channel_stalls(b, case):
    """A channel makes no progress for a while: the transfer goes on when it does."""
    load(b)
    channel = CHANNEL[case]
    b.model.fault(f"stall {channel} 0 on")
    job = b.rc.spawn(command(case))
    b.until(lambda: elements(b, channel) is not None, what="the channel to start")
    equal(elements(b, channel), 0, "elements done")
    require(job.running(), "the transfer ended on a stalled channel")
    b.model.fault(f"stall {channel} 0 off")
    equal(read(case, job.wait()), OK, "the transfers")


@test(expect={"base": fails(EPF_WAITS, r"^it hangs: the engine took no notice of its doorbell$")},
      variants=("base",), **PAIR)
def engine_deaf(b):
    """The engine does not hear a doorbell: neither side may wait for ever."""
    load(b)
    b.model.reset_counters()
    b.model.fault("engine off")
    job = b.rc.spawn(command(READ))
    b.until(lambda: b.model.counters()["ep_regs"].get("edma.wr_doorbell"), what="the doorbell")
    b.model.fault("engine on")
    equal(elements(b, "wr"), None, "elements done")
    hang(b, job, "the engine took no notice of its doorbell")


# ------------------------------------------------------------------ link

@test(**PAIR)
def link_flaps(b):
    """A hot reset takes the BARs and MSI from the device: all reads are ones, until the
    host finds it anew.  Then everything works again."""
    load(b)
    b.model.link("down")
    equal(run(b, "pci_ep_bar.BAR1.BAR_TEST").text,
          "Expected 0 (0) == ret (-5); Test failed for BAR1", "while the link is down")
    b.model.link("up")
    b.rc.check("modprobe -r pci_endpoint_test")
    b.rc.check("echo 1 > /sys/bus/pci/devices/0000:00:00.0/remove && echo 1 > /sys/bus/pci/rescan")
    load(b)
    for name in ("pci_ep_bar.BAR1.BAR_TEST", "pci_ep_bar.BAR2.BAR_SUBRANGE_TEST",
                 "pci_ep_basic.MSI_TEST", READ, WRITE):
        equal(run(b, name), OK, f"{name} after the rescan")


@test(violations=(r"^bar-memory-off bar1\+",), **PAIR)
def link_flaps_without_a_rescan(b):
    """Link up again, but nobody has given the BARs their addresses: accesses go nowhere."""
    load(b)
    b.model.link("down")
    b.model.link("up")
    equal(run(b, "pci_ep_bar.BAR1.BAR_TEST").text,
          "Expected 0 (0) == ret (-5); Test failed for BAR1", "what failed")


@test(params={"case": (READ, WRITE)},
      expect={"base": fails(NO_ABORT, r"^it hangs: no interrupt tells of the abort$"),
              "series": fails(HOST_WAITS, r"^it hangs: the endpoint has given the transfer up$")}, **PAIR)
def link_lost_in_dma(b, case):
    """The link goes while the engine moves data: completion timeout, abort, no MSI."""
    load(b)
    channel = CHANNEL[case]
    b.model.fault(f"stall {channel} 0 on")
    job = b.rc.spawn(command(case))
    b.until(lambda: elements(b, channel) is not None, what="the channel to start")
    b.model.link("down")
    b.model.fault(f"stall {channel} 0 off")
    b.until(lambda: b.model.status()["edma_silent"] or
            any(re.search(r"(READ|WRITE) => Size: 1 B, DMA: YES", line) for line in b.ep.dmesg()),
            what="the abort, or what the endpoint says of it")
    hang(b, job, "no interrupt tells of the abort" if b.model.status()["edma_silent"] else
         "the endpoint has given the transfer up")
