# SPDX-License-Identifier: GPL-2.0
"""Helpers of the tests that take something away and bring it back: traffic that does not
mind, what a guest has of memory and of DMA mappings, the steps back."""

import contextlib
import re

from lib_memory import Memory
from lib_traffic import directions, payload
from bench.testing import Failure, WaitTimeout, net

LEVEL = 5               # s, for memory to be back
TOLERANCE = 2048        # kB that MemAvailable and Slab may differ for other reasons
TRACES = 16             # kB of a block of call traces
DEVICE = "/sys/bus/pci/devices/0000:00:00.0"
# What the RC writes to an EP that was reset arrives nowhere, nor does what the EP writes to a
# host that has just booted.  They cannot know at once.
RESET = (r"^bar-memory-off bar\d\+0x[0-9a-f]+ accessed with memory space off",)
NOWHERE = (r"^bus-master-off (ep-(cpu|dma)|edma-wr) to ",)
WANTED = "MemAvailable|SUnreclaim"
CHANNELS = {"rc": ("rd 0", "rd 1"), "ep": ("wr 0", "wr 1")}     # whose payload the channels of queue 0 move

# Datagrams in bursts that leave the guest some time, and also when there is no interface.
FLOOD = """
import select, socket, sys
print("sends", flush=True)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    while True:
        try:
            for _ in range(8):
                sender.sendto(bytes(1400), (sys.argv[1], 9))     # not in fragments, which the receiver keeps for 30 s
        except OSError:
            pass
        select.select((), (), (), 0.003)
"""

# The interface is up until frames arrive, and goes down while they do.
LEAVE = """
import fcntl, socket, struct, sys, time
name, rounds = sys.argv[1], int(sys.argv[2])
control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def set_up(up):
    request = fcntl.ioctl(control, 0x8913, struct.pack("16sH14x", name.encode(), 0))
    flags = struct.unpack("16sH14x", request)[1]
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", name.encode(), flags & ~1 | up))
def received():
    return int(open(f"/sys/class/net/{name}/statistics/rx_packets").read())
for _ in range(rounds):
    before = received()
    set_up(1)
    while received() < before + 8:
        pass
    set_up(0)
"""


def stall(b, side, on):
    """The channels that queue 0 of a side sends by stand still, or go on."""
    for channel in CHANNELS[side]:
        b.model.fault(f"stall {channel} {'on' if on else 'off'}")


def overtake(b, side):
    """The record of one of the next frames of queue 0 of a side, or of each of two, overtakes the payload."""
    for channel in CHANNELS[side]:
        b.model.fault(f"overtake {channel}")


class Load:
    """Both sides send, whatever happens to the link.  A context manager."""

    def __init__(self, b, running=True):
        self.b = b
        self.running = running
        self.jobs = {}

    def start(self, guest):
        """Again, when a guest was dead."""
        address = net.ADDRESS[self.b.peer(guest).side]
        self.jobs[guest] = guest.spawn(f"exec python3 -IS -c '{FLOOD}' {address}")
        self.jobs[guest].expect("sends")

    def kill(self, guest):
        """Power failure of a guest."""
        del self.jobs[guest]
        guest.kill()

    def __enter__(self):
        for guest in self.b.guests if self.running else ():
            self.start(guest)
        return self

    def __exit__(self, *_exception):
        for guest, job in self.jobs.items():
            if guest.alive() and job.running():
                job.kill()


def moving(b):
    """Wait until both have sent something within the last 100 ms."""
    for guest in b.guests:
        guest.until("a=$(cat /sys/class/net/eth*/statistics/tx_packets); sleep 0.05; "
                    "[ $(cat /sys/class/net/eth*/statistics/tx_packets) -gt $a ]", what="frames that are sent")


def back(b):
    """The link is there, and what goes over it is right, both ways."""
    for guest in b.guests:
        guest.check(f"n=$(cd /sys/class/net && echo eth*) && "
                    f"ip addr replace {net.ADDRESS[guest.side]}/24 dev $n && ip link set $n up")
    for guest in b.guests:
        guest.until("[ $(cat /sys/class/net/eth*/carrier) = 1 ]", what="the carrier")
    # no flush: that does not end while traffic makes new entries
    address = {guest: guest.check("cat /sys/class/net/eth*/address").strip() for guest in b.guests}
    for guest in b.guests:
        guest.check(f"ip neigh replace {net.peer_address(guest)} lladdr {address[b.peer(guest)]} nud reachable "
                    f"dev $(cd /sys/class/net && echo eth*)")
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 2, 1 << 16)


def rescan(b):
    """What the user of the RC does when the EP was away."""
    b.rc.check(f"echo 1 > {DEVICE}/remove && echo 1 > /sys/bus/pci/rescan")


def memory(guest):
    """{'MemAvailable': kB, 'SUnreclaim': kB}, without what the debug kernel keeps: freed objects,
    which shrink gives back, and each call trace, once, in blocks that are never freed."""
    text = guest.check("echo 3 > /proc/sys/vm/drop_caches; cat /proc/meminfo" if guest.variant != "debug" else
                       "echo 3 > /proc/sys/vm/drop_caches; for file in /sys/kernel/slab/*/shrink; do echo 1 > $file; done; "
                       "cat /proc/meminfo /sys/kernel/debug/stackdepot/stats")
    found = {key: int(value) for key, value in re.findall(rf"(?m)^({WANTED}): +(\d+) kB$", text)}
    for pools in re.findall(r"(?m)^pools: (\d+)$", text):
        found["MemAvailable"] += TRACES * int(pools)
    return found


def mappings(b, guest):
    """How many pages the devices of a guest can reach."""
    with Memory(b, guest) as found:
        at = found.table
        return sum(map(bool, memoryview(found.map[at:at + 8 * found.entries]).cast("Q")))


def is_open(guest):
    return guest.run("[ $(($(cat /sys/class/net/eth*/flags) & 1)) = 1 ]").ok


@contextlib.contextmanager
def closed(b, guests):
    """Interfaces are down, if there are any: what is posted for receiving, and kept for that, is not mapped."""
    were_open = [guest for guest in guests if is_open(guest)]
    for guest in were_open:
        guest.check("ip link set $(cd /sys/class/net && echo eth*) down")
    yield
    for guest in were_open:
        guest.check("ip link set $(cd /sys/class/net && echo eth*) up")
    if were_open and all(map(is_open, b.guests)):
        for guest in b.guests:
            guest.until("[ $(cat /sys/class/net/eth*/carrier) = 1 ]", what="the carrier")


def wait_level(b, more):
    """Wait until more() is empty: {counter: how much more than before it may be}."""
    try:
        b.until(lambda: not more(), LEVEL)
    except WaitTimeout:
        raise Failure(f"more than before after {LEVEL} s: {more()}") from None


@contextlib.contextmanager
def level(b, *guests):
    """Memory is on its level within 5 s of the end."""
    with closed(b, guests):
        pages = {guest: mappings(b, guest) for guest in guests}
    before = {guest: memory(guest) for guest in guests}
    yield

    def more():
        found = {}
        for guest, was in before.items():
            now = memory(guest)
            found[f"{guest.side} kB not available"] = was["MemAvailable"] - now["MemAvailable"] - TOLERANCE
            found[f"{guest.side} kB of slab"] = now["SUnreclaim"] - was["SUnreclaim"] - TOLERANCE
        return {key: value for key, value in found.items() if value > 0}

    def more_pages():
        found = {f"{guest.side} pages mapped for DMA": mappings(b, guest) - was for guest, was in pages.items()}
        return {key: value for key, value in found.items() if value > 0}

    wait_level(b, more)
    with closed(b, guests):
        wait_level(b, more_pages)


def leave_under_load(b, side, rounds):
    """Packets arrive each time the interface of one side goes down: its memory is on its level
    afterwards."""
    guest = getattr(b, side)
    name = net.interface(guest)
    with Load(b) as load:
        load.jobs.pop(guest).kill()
        net.keep_neighbour(b.peer(guest))
        guest.check(f"ip link set {name} down")
        # the first round needs memory that is kept
        guest.check(f"exec python3 -IS -c '{LEAVE}' {name} 1")
        with level(b, guest):
            guest.check(f"exec python3 -IS -c '{LEAVE}' {name} {rounds}", timeout=150)
