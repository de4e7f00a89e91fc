# SPDX-License-Identifier: GPL-2.0
"""No receive buffer is unmapped while a transfer to it is under way: one is held up by a
stalled channel while the receiver leaves, on each path on which it can, or takes a sender for
dead. Were the buffers unmapped at once, the transfers would go to nowhere when the channel
goes on, and the model and the DMA layer would report that."""

import os
import re

from lib_frames import __file__ as FRAMES
from lib_modules import insert, parameter
from lib_recovery import NOWHERE, back, level, mappings, stall
from lib_traffic import queue_counters, refresh, send_any_number
from remote_edma import edma
from bench.testing import Allow, equal, net, require

FRAMES_HELD = 8
# where a transfer gets to when the host does not let the endpoint be a bus master, and what its
# CPU writes then or after the window is gone
NO_WAY = f"{NOWHERE[0]}|^outbound-no-window "
LEAVE = {
    "interface": "ip link set {name} down",
    "netdev": "rmmod ntb_netdev",
    "transport": "rmmod ntb_netdev && rmmod ntb_transport",
}


def hold_up(b, sender):
    """Frames on their way from the sender, whose channels stand still."""
    send_any_number(sender)
    stall(b, sender.side, True)
    sender.check(f"python3 -IS {os.path.abspath(FRAMES)} {net.interface(sender)} {FRAMES_HELD} 1000")
    # the last words of a TCP connection may be there as well
    b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] >= FRAMES_HELD, what="all frames to be ready")


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


@edma(shared="checked", up="netdev", params={"receiver": ("rc", "ep"), "path": tuple(LEAVE)}, covers=("R26",))
def wait_for_the_peer(b, receiver, path):
    """The receiver leaves while frames are on their way to it, and waits for their end."""
    receiver = getattr(b, receiver)
    sender = b.peer(receiver)
    for _ in range(b.size(2, 20)):
        hold_up(b, sender)
        before = cleanups(sender)
        leave = receiver.spawn(LEAVE[path].format(name=net.interface(receiver)))
        b.until(lambda: cleanups(sender) > before, what="the sender to hear of it")  # pylint: disable=cell-var-from-loop
        stall(b, sender.side, False)
        leave.check()
        net.wait_no_carrier(sender)
        come_back(b, receiver, path)


@edma(params={"receiver": ("rc", "ep")}, covers=("R26",))
def client_waits_for_the_peer(b, receiver):
    """The same for a client that unmaps each buffer when it gets it back, as ntb_netdev's pools do not."""
    receiver = getattr(b, receiver)
    sender = b.peer(receiver)
    b.load_transport()
    for guest in b.guests:
        insert(guest, "slow-client")
    for guest in b.guests:
        guest.wait_dmesg("qp 0: Link Up")
    receiver.write(parameter("slow-client", "post"), FRAMES_HELD)
    stall(b, sender.side, True)
    sender.until(f"echo 1 > {parameter('slow-client', 'send')} && (($(cat {parameter('slow-client', 'sent')}) >= {FRAMES_HELD // 2}))",
                 what="packets to be on their way")
    leave = receiver.spawn("rmmod slow_client")
    b.until(lambda: cleanups(sender), what="the sender to hear of it")
    stall(b, sender.side, False)
    leave.check()
    sender.rmmod("slow_client")


def closes(receiver):
    """The interface goes down, which unmaps its buffers: a job, as it waits for the transport."""
    return receiver.spawn(f"ip link set {net.interface(receiver)} down")


def cut_off(b, sender):
    """The sender stands still until the receiver has taken it for dead; then its channel goes on,
    and in the end it does itself."""
    receiver = b.peer(sender)
    with level(b, *b.guests):
        for _ in range(b.size(1, 10)):
            hold_up(b, sender)
            # of each receive buffer there is at least a page
            without = mappings(b, receiver) - queue_counters(receiver, 0)["rx_outstanding"]
            before = cleanups(sender)
            with sender.standing_still():
                net.wait_no_carrier(receiver)
                leave = closes(receiver)
                b.until(lambda: mappings(b, receiver) <= without,     # pylint: disable=cell-var-from-loop
                        what="buffers to be unmapped")
                leave.check()
                stall(b, sender.side, False)
            b.until(lambda: cleanups(sender) > before,   # pylint: disable=cell-var-from-loop
                    what="the sender to notice")
            back(b)


@edma(shared="checked", up="netdev", timeout=120, covers=("R26",))
def silent_host(b):
    """The endpoint takes the host's channels away, with the transfers that the host has started."""
    cut_off(b, b.rc)


@edma(shared="checked", up="netdev", timeout=120, covers=("R26",))
def silent_endpoint(b):
    """The host lets the endpoint access its memory no more: what was on its way gets nowhere, and
    what the endpoint's CPU writes before it notices."""
    cut_off(b, b.ep)
    found = [f"{each['kind']} {each['detail']}" for each in b.model.violations()["list"]]
    b.model.clear_violations()
    equal([each for each in found if not re.match(NO_WAY, each)], [], "other violations")
    require(any(each.startswith("bus-master-off edma-wr ") for each in found), f"no transfer was refused: {found}")


STUCK = (Allow("ep", r"read engine did not stop within 200ms", "the model does not let it"),
         Allow("ep", r"DMA channels do not stop, their memory must stay", "what the test is about"))


def attempts(b):
    """How often the endpoint has tried to stop the engine."""
    return sum("read engine did not stop" in line for line in b.ep.dmesg())


@edma(shared="checked", up="netdev", timeout=120, allow=STUCK, covers=("F02",))
def stuck_engine(b):
    """The engine does not stop when the endpoint reclaims the channels of a silent host: receive
    buffers stay mapped, and what was on its way arrives in them, until it has; then all goes on."""
    with level(b, *b.guests):
        hold_up(b, b.rc)
        without = mappings(b, b.ep) - queue_counters(b.ep, 0)["rx_outstanding"]
        b.model.fault("engine stuck")
        with b.rc.standing_still():
            b.ep.wait_dmesg("DMA channels do not stop")
            leave = closes(b.ep)
            stall(b, "rc", False)
            tried = attempts(b)
            b.until(lambda: attempts(b) >= tried + 2, what="the endpoint to try again")
            require(mappings(b, b.ep) > without, "receive buffers are unmapped")
            b.model.fault("engine on")
            b.until(lambda: mappings(b, b.ep) <= without, what="buffers to be unmapped")
            leave.check()
        back(b)
