# SPDX-License-Identifier: GPL-2.0
"""What crosses the link for a batch of packets, counted: frames that are sent while the
channel stands still are all ready when it goes on."""

import os

from lib_frames import __file__ as FRAMES
from lib_traffic import queue_counters
from remote_edma import edma
from bench.testing import equal, net, require

SIZE = 1000
# All that the RC that drives the engine of the EP reads across the link: int_status in the completion interrupt, and a channel's
# status and position when it appends to its list or looks at it, as the driver's timer does while the channel stands still.
REGISTERS = "bar2:dma-regs"


def reads(counted):
    """Reads that CPUs did across the link: {target: number}."""
    return {tlp["target"]: tlp["tlps"] for tlp in counted["tlp"]
            if tlp["kind"] == "MRd" and tlp["initiator"].endswith("-cpu")}


def channel(sender, b):
    """The channel that queue 0 of a side has, as the model calls it."""
    return "rd 0" if sender is b.rc else "wr 0"


def elements(b, sender):
    """How many elements that channel has moved, ever."""
    return b.model.counters()["channels"][channel(sender, b).replace(" ", "")]["elements"]


def send(b, sender, count):
    """Frames, all of them ready before the first is moved.  Returns the model's counters,
    and what the sender's own have grown by."""
    receiver = b.peer(sender)
    before, there = queue_counters(sender, 0), queue_counters(receiver, 0)
    b.model.fault(f"stall {channel(sender, b)} on")
    b.model.reset_counters()
    sender.check(f"python3 -IS {os.path.abspath(FRAMES)} {net.interface(sender)} {count} {SIZE}")
    b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == count, what="all frames to be ready")
    b.model.fault(f"stall {channel(sender, b)} off")
    b.until(lambda: queue_counters(receiver, 0)["rx_pkts"] == there["rx_pkts"] + count, what="all frames to arrive")
    b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == 0, what="the sender to hear of it")
    after = queue_counters(sender, 0)
    return b.model.counters(), {key: after[key] - before[key] for key in after}


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep"), "burst": (1, 8, 64)}, covers=("R19", "R26"))
def burst(b, side, burst):
    """At most two batches and doorbells for a burst: the first frame's, and one for all others. The EP reads
    nothing across the link, the RC only registers of the engine; each frame asks for the engine's interrupt."""
    sender = getattr(b, side)
    equal(net.ping(sender, 1)["lost"], 0, "first ping, lost")
    for guest in b.guests:
        net.keep_neighbour(guest)
    for _ in range(b.size(3, 50)):
        counted, grown = send(b, sender, burst)
        equal(grown["tx_pkts"], burst, "frames reported")
        require(grown["tx_batches"] <= min(burst, 2), f"{grown['tx_batches']} batches for {burst} frames")
        require(grown["doorbells"] <= min(burst, 2), f"{grown['doorbells']} doorbells for {burst} frames")
        found = reads(counted)
        if side == "ep":
            equal(found, {}, "reads across the link")
        else:
            equal(set(found), {REGISTERS}, "targets of reads across the link")
            interrupts = counted["rc_regs"]["edma.rd_int_status"]["r"]
            require(interrupts <= burst, f"{interrupts} reads of int_status for {burst} frames")
    for guest in b.guests:
        bad = {key: value for key, value in queue_counters(guest, 0).items()
               if value and ("_err_" in key or key.startswith("reject_"))}
        equal(bad, {}, f"counters of {guest.side}")


PKTGEN = "/proc/net/pktgen"
NOBODY = "192.0.2.1"        # who does not answer


def generate(b, sender, count):
    """The stack announces that each frame but the last is followed by another. Returns as send(), with the engine's elements."""
    receiver, interface = b.peer(sender), net.interface(sender)
    before, there = queue_counters(sender, 0), queue_counters(receiver, 0)
    address = receiver.read(f"/sys/class/net/{net.interface(receiver)}/address").strip()
    for line in (f"count {count}", f"burst {count}", f"pkt_size {SIZE}", f"dst_mac {address}",
                 f"dst {NOBODY}"):
        sender.check(f"echo {line} > {PKTGEN}/{interface}")
    b.model.reset_counters()
    moved = elements(b, sender)
    sender.check(f"echo start > {PKTGEN}/pgctrl")
    b.until(lambda: queue_counters(receiver, 0)["rx_pkts"] == there["rx_pkts"] + count, what="all frames to arrive")
    b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == 0, what="the sender to hear of it")
    after = queue_counters(sender, 0)
    return b.model.counters(), {"elements": elements(b, sender) - moved, **{key: after[key] - before[key] for key in after}}


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep"), "burst": (1, 8, 64)}, covers=("R26",))
def batch(b, side, burst):
    """One run for frames that the stack hands over as a batch: an element for each, and one for all their records, two if the ring
    wraps. It ends with one doorbell."""
    sender = getattr(b, side)
    equal(net.ping(sender, 1)["lost"], 0, "first ping, lost")
    for guest in b.guests:
        net.keep_neighbour(guest)
    sender.modprobe("pktgen")
    sender.check(f"echo rem_device_all > {PKTGEN}/kpktgend_0; echo add_device {net.interface(sender)} > {PKTGEN}/kpktgend_0")
    wraps = 0
    for _ in range(b.size(5, 50)):
        counted, grown = generate(b, sender, burst)
        equal(grown["tx_pkts"], burst, "frames sent")
        equal((grown["tx_batches"], grown["doorbells"]), (1, 1), "batches, doorbells")
        require(grown["elements"] - burst in (1, 2), f"{grown['elements']} elements for {burst} frames")
        wraps += grown["elements"] - burst - 1
        found = reads(counted)
        if side == "ep":
            equal(found, {}, "reads across the link")
        else:
            require(set(found) <= {REGISTERS}, f"{found}: targets of reads across the link")
            equal(counted["rc_regs"]["edma.rd_int_status"]["r"], 1, "reads of int_status")
    require(wraps <= 2, f"the ring of records wrapped {wraps} times")
    sender.rmmod("pktgen")
