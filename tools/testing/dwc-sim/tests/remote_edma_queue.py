# SPDX-License-Identifier: GPL-2.0
"""A queue of the remote eDMA comes up and goes down while its peer sees that late, while packets
arrive, or under a session that has no queue, and goes on without the engine's driver."""

import os
import re

from lib_modules import insert
from lib_recovery import DEVICE, NOWHERE, back, leave_under_load
from lib_traffic import bring_up, payload, queue_counters
from remote_edma import edma
from bench.testing import equal, net, require

QUEUES = 4
CHANNELS = re.compile("remote eDMA: .* ([0-9]+) channels")

# Up, and down again as soon as there is a carrier: the peer, which waits, looks at the queue every
# 10 ms only.
UP_AND_DOWN = """
import fcntl, socket, struct, sys
name = sys.argv[1]
control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def set_up(up):
    request = fcntl.ioctl(control, 0x8913, struct.pack("16sH14x", name.encode(), 0))
    flags = struct.unpack("16sH14x", request)[1]
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", name.encode(), flags & ~1 | up))
for _ in sys.stdin:
    set_up(1)
    while open(f"/sys/class/net/{name}/carrier").read().strip() != "1":
        pass
    set_up(0)
    print("down again", flush=True)
"""


def fenced(guest):
    """Lines of a guest that has fenced its peer, or blames it."""
    return [line for line in guest.dmesg() if "fencing it" in line or "peer broke" in line]


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep")}, covers=("F01",))
def down_just_after_up(b, side):
    """An interface goes down before its peer has noticed that it was up: the peer goes on to the
    next generation, and neither waits for an answer that nobody gives."""
    guest = getattr(b, side)
    peer = b.peer(guest)
    name = net.interface(guest)
    theirs = net.interface(peer)
    guest.check(f"ip link set {name} down")
    job = guest.spawn(f"exec python3 -IS -c '{UP_AND_DOWN}' {name}", stdin=True)
    for _ in range(b.size(12, 120)):
        peer.check(f"ip link set {theirs} down; ip link set {theirs} up")
        job.send(b"\n")
        job.expect("down again")
    job.close_stdin()
    job.check()
    back(b)
    for each in b.guests:
        equal(fenced(each), [], f"what {each.side} says of its peer")


@edma(shared="checked", up="netdev", transport_mtu=None, params={"side": ("rc", "ep")}, timeout=180, covers=("F03",))
def receiver_leaves(b, side):
    """Packets arrive while the client of a queue leaves: it gets all of its buffers back."""
    leave_under_load(b, side, b.size(60, 600))


@edma(up="ntb", profiles=("two-channels",), params={"side": ("rc", "ep")}, covers=("R26",))
def shared_channel(b, side):
    """More queues than channels: the end of a run is heard of by the queue that it is for, whichever has the channel too."""
    sender = getattr(b, side)
    bring_up(b, 1500, QUEUES)
    chans = [int(word) for guest in b.guests for line in guest.dmesg() for word in CHANNELS.findall(line)]
    require(max(chans) < QUEUES, f"{chans} channels for {QUEUES} queues: nothing is shared")
    for _ in range(b.size(2, 20)):
        payload(b, sender, b.peer(sender), "flows", 1, 256, 1400)
    for queue in range(QUEUES):
        counters = queue_counters(sender, queue)
        require(counters["tx_batches"], f"queue {queue} has sent nothing")
        equal(counters["doorbells"], 0, f"doorbells of queue {queue}")


@edma(shared="checked", violations=NOWHERE, timeout=120, covers=("F04",))
def host_restarts_without_a_queue(b):
    """The host dies and boots again while the endpoint has a session but no queue: nobody waits for
    the host that was, and the first command of the new one is done in time."""
    b.load_transport()
    for guest in b.guests:
        guest.wait_dmesg("remote eDMA: ")
    b.rc.kill()
    b.boot_rc()
    b.until(lambda: b.model.violations()["list"], what="the endpoint to write to a host that does not listen")
    b.load_ntb()
    require(b.rc.check("ls /sys/bus/ntb/devices").split(), "the host's driver has not bound")
    b.bring_netdev()
    back(b)
    equal(fenced(b.ep), [], "what the endpoint says of the host that was")


@edma(shared="checked", up="netdev", covers=("F09",))
def engine_loses_its_driver(b):
    """The driver of the engine is unbound on the host, which sysfs does not offer: the link starts
    over, with the driver."""
    equal(b.rc.check("ls /sys/bus/auxiliary/drivers/*/ | grep bind || true"), "", "what binds and unbinds drivers")
    child = b.rc.check("basename -a /sys/bus/auxiliary/devices/*").strip()
    insert(b.rc, "unbind", parent=os.path.basename(DEVICE), child=child)
    b.rc.wait_dmesg("the DMA engine has lost its driver, link goes down")
    back(b)
