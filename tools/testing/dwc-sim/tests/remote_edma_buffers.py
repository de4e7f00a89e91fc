# SPDX-License-Identifier: GPL-2.0
"""No receive buffer is unmapped while a transfer to it is under way: one is held up by a
stalled channel while the receiver leaves, on each path on which it can. Were the buffers
unmapped at once, the transfers would go to nowhere when the channel goes on, and the model and
the DMA layer would report that."""

import os

from lib_frames import __file__ as FRAMES
from lib_traffic import queue_counters, refresh
from remote_edma import edma
from bench.testing import equal, net

FRAMES_HELD = 8
LEAVE = {
    "interface": "ip link set {name} down",
    "netdev": "rmmod ntb_netdev",
    "transport": "rmmod ntb_netdev && rmmod ntb_transport",
}


def cleanups(guest):
    """How often the link of queue 0 went down."""
    return sum("qp 0: Link Cleanup" in line for line in guest.dmesg())


def come_back(b, guest, path):
    if path == "transport":
        b.load_transport(guest)
    if path != "interface":
        guest.modprobe("ntb_netdev")
    net.configure(guest)
    for each in b.guests:
        net.wait_carrier(each)
    refresh(b)
    for each in b.guests:
        equal(net.ping(each, 3)["lost"], 0, f"pings lost from {each.side}")


@edma(up="netdev", params={"receiver": ("rc", "ep"), "path": tuple(LEAVE)}, covers=("R26",))
def wait_for_the_peer(b, receiver, path):
    """The receiver leaves while frames are on their way to it, and waits for their end."""
    receiver = getattr(b, receiver)
    sender = b.peer(receiver)
    channel = "rd 0" if sender is b.rc else "wr 0"
    for _ in range(b.size(2, 20)):
        b.model.fault(f"stall {channel} on")
        sender.check(f"python3 -IS {os.path.abspath(FRAMES)} {net.interface(sender)} {FRAMES_HELD} 1000")
        b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == FRAMES_HELD, 5, "all frames to be ready")
        before = cleanups(sender)
        leave = receiver.spawn(LEAVE[path].format(name=net.interface(receiver)))
        b.until(lambda: cleanups(sender) > before, 5, "the sender to hear of it")  # pylint: disable=cell-var-from-loop
        b.model.fault(f"stall {channel} off")
        leave.check(10)
        net.wait_no_carrier(sender, 5)
        come_back(b, receiver, path)
