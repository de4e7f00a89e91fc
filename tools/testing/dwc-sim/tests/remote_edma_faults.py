# SPDX-License-Identifier: GPL-2.0
"""Hardware that does wrong while payload goes by the remote eDMA: a link that goes away,
transfers that fail or never end, an engine that is off, interrupts that are lost or late.
The link says so, if it has to go down, and returns."""

from lib_frames import __file__ as FRAMES
from lib_recovery import CHANNELS, NOWHERE, RESET, Load, back, level, moving, overtake, rescan, stall
from lib_traffic import bring_up, queue_counters
from remote_edma import edma
from bench.testing import equal, net, require

ELEMENTS = 5            # that a channel moves before the one that fails
LATE = 300              # ms
FRAME = 1000            # bytes
UNMAPPED = (r"^dma-(ep|rc) edma-(rd|wr) (reads|writes) .* not mapped",)     # bytes that come too late, of buffers that were given back


def errors(guest):
    """Frames of the sender that failed, and runs that were only to interrupt its peer."""
    return net.statistics(guest)["tx_errors"] + queue_counters(guest, 0)["tx_err_wake"]


def received(b):
    """Frames that each side has received."""
    return [net.statistics(guest)["rx_packets"] for guest in b.guests]


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep")}, timeout=120, covers=("R26",))
def transfers_fail(b, side):
    """A frame whose transfer is aborted is lost, and counted; all others arrive. A wake that is aborted is made up for."""
    sender = getattr(b, side)
    with level(b, *b.guests), Load(b):
        for _ in range(b.size(3, 50)):
            moving(b)
            before = errors(sender)
            b.model.fault(f"dma abort {CHANNELS[side][0]} {ELEMENTS}")
            b.until(lambda: errors(sender) > before, what="a frame to fail")    # pylint: disable=cell-var-from-loop
            moving(b)
    back(b)


@edma(shared="checked", up="netdev", timeout=120, covers=("R26",))
def engine_is_off(b):
    """An engine that does not start takes the link down, with a message, and no payload
    goes any other way; it returns with the engine."""
    with level(b, *b.guests), Load(b):
        moving(b)
        b.model.fault("engine off")
        for guest in b.guests:
            guest.wait_dmesg("DMA makes no progress, link goes down|peer has left, link goes down")
            net.wait_no_carrier(guest)
        before = received(b)
        b.rc.wait_dmesg("DMA makes no progress, link goes down", since=len(b.rc.lines))
        equal(received(b), before, "frames that arrived without the engine")
        b.model.fault("engine on")
        back(b)


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep"), "number": (1, 20)}, timeout=120, covers=("R26",))
def interrupts_are_lost(b, side, number):
    """Interrupts of one side are lost: traffic goes on."""
    with level(b, *b.guests), Load(b):
        for _ in range(b.size(3, 20)):
            moving(b)
            b.model.fault(f"irq drop {number} {side}")
            back(b)


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep")}, timeout=120, covers=("R26",))
def interrupts_are_late(b, side):
    """Interrupts of one side are late: traffic goes on."""
    with level(b, *b.guests), Load(b):
        for _ in range(b.size(3, 20)):
            moving(b)
            b.model.fault(f"irq delay 20 {LATE} {side}")
            back(b)


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep")}, timeout=120, covers=("R26",))
def channel_hangs(b, side):
    """A transfer that does not end takes the link down; it returns when the channel was
    stopped."""
    with level(b, *b.guests), Load(b):
        moving(b)
        stall(b, side, True)
        getattr(b, side).wait_dmesg("DMA makes no progress, link goes down")
        net.wait_no_carrier(getattr(b, side))
        stall(b, side, False)
        back(b)


def overtaken_frame(b, sender):
    """Send a frame whose bytes the record behind them overtakes, if there is one: how many had moved when it was received?"""
    receiver = b.peer(sender)
    bring_up(b)
    b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == 0, what="the sender to hear of all frames")
    before = queue_counters(receiver, 0)["rx_pkts"]
    b.model.reset_counters()
    overtake(b, sender.side)
    sender.check(f"python3 {FRAMES} {net.interface(sender)} 1 {FRAME}")
    b.until(lambda: queue_counters(receiver, 0)["rx_pkts"] > before, what="the frame to be received")
    moved = b.model.counters()["sum"]["dma_read_bytes" if sender is b.rc else "dma_write_bytes"]
    b.model.fault("clear")
    b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == 0, what="the channel to go on")
    return moved


@edma(params={"side": ("rc", "ep")}, violations=UNMAPPED, covers=("R26",))
def record_overtakes_payload(b, side):
    """With a controller that lets one write overtake another, a frame is received before its bytes are there, which then arrive in memory that was given back."""
    moved = overtaken_frame(b, getattr(b, side))
    require(moved < FRAME, f"{moved} bytes had moved")


@edma(params={"side": ("rc", "ep")}, covers=("R26",))
def nothing_overtakes_a_cpu(b, side):
    """Where the CPU writes the records, with the same controller, no frame is received before its bytes are there."""
    sender = getattr(b, side)
    b.load_transport(sender, edma_cpu_records=1)
    moved = overtaken_frame(b, sender)
    require(moved >= FRAME, f"{moved} bytes had moved")
