# SPDX-License-Identifier: GPL-2.0
"""A queue of the remote eDMA comes up and goes down while its peer sees that late, and while
packets arrive."""

from remote_edma import edma
from lib_recovery import back
from bench.testing import equal, net

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
    return [line for line in guest.dmesg() if "cutting it off" in line or "fenc" in line or "peer broke" in line]


@edma(up="netdev", params={"side": ("rc", "ep")}, covers=("F01",))
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
