# SPDX-License-Identifier: GPL-2.0
"""ntb_netdev and single frames: what one is charged to the socket that receives it, frames that
are none, and a ring that is full.

     sender: socket ---> ntb_netdev ---> receive buffer, or a copy of it ---> socket that nobody reads
"""

import re
import struct

from lib_frames import __file__ as FRAMES
from lib_heartbeat import Heartbeat
from lib_memory import Memory
from lib_ntb import DYNAMIC_DEBUG
from lib_pairwise import LARGEST
from lib_ring import Ring
from lib_traffic import bring_up, directions, no_trouble, payload, queue_counters, send_any_number, tcp_counters
from bench.testing import equal, net, require, test

UDP = 28                        # IP and UDP headers
ETHERNET = 14
ROOM = 1 << 21                  # bytes that may be charged to a socket
CHARGE = 4                      # a frame may be charged as so many times its length, or
SMALLEST = 2048                 # as much as this
SIZES = (1, 100, 1400, 8000, 16000, 17000, 24000, 32000, 33000, 43000, 44000, LARGEST - UDP)
PORT = 5000                     # of the first size

# Sockets that nobody reads for a while, and how much each has kept.
KEEPS = f"""
import socket
sockets = []
for port in range({PORT}, {PORT + len(SIZES)}):
    sockets += [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
    sockets[-1].setsockopt(socket.SOL_SOCKET, 33, {ROOM // 2})      # SO_RCVBUFFORCE, which the kernel doubles
    sockets[-1].bind(("", port))
    sockets[-1].setblocking(False)
print("bound", flush=True)
input()
for receiver in sockets:
    kept = 0
    try:
        while receiver.recv(1):
            kept += 1
    except BlockingIOError:
        print(kept, "kept", flush=True)
"""
# Arguments: address, then size and count for each port
SENDS = f"""
import socket, sys
address, *words = sys.argv[1:]
with socket.socket(type=socket.SOCK_DGRAM) as sender:
    for i in range(len(words) // 2):
        for _ in range(int(words[2 * i + 1])):
            sender.sendto(bytes(int(words[2 * i])), (address, {PORT} + i))
"""


@test(up="ntb", mode="edma", variants=("series",), transport_mtu=None, covers=("F19",))
def charge(b):
    """A datagram of whatever size uses at most four times its length of a socket's memory."""
    bring_up(b)
    wanted = {size: ROOM // max(CHARGE * (size + UDP + ETHERNET), SMALLEST) for size in SIZES}
    words = " ".join(f"{size} {count}" for size, count in wanted.items())
    total = sum(wanted.values())
    for sender, receiver in directions(b):
        job = receiver.spawn(f"exec python3 -IS -c '{KEEPS}'", stdin=True)
        job.expect("bound")
        before = net.statistics(receiver)["rx_packets"]
        sender.check(f"python3 -IS -c '{SENDS}' {net.ADDRESS[receiver.side]} {words}")
        b.until(lambda: net.statistics(receiver)["rx_packets"] >= before + total, what=f"{total} datagrams")    # pylint: disable=cell-var-from-loop
        job.send(b"\n")
        found = map(int, re.findall(r"(\d+) kept", job.check().out))
        equal(dict(zip(SIZES, found)), wanted, f"datagrams that a socket of {receiver.side} keeps, by size")
    no_trouble(b)


PRUNED = ("PruneCalled", "RcvPruned", "OfoPruned", "TCPRcvQDrop", "TCPZeroWindowDrop")


def pruned(guest):
    """What TCP has done for want of memory for what it has received."""
    counters = tcp_counters(guest.read("/proc/net/netstat"))
    return {name: counters[name] for name in PRUNED}


@test(up="ntb", mode="edma", variants=("series",), transport_mtu=None, params={"sends": ("ep", "rc")}, covers=("F19",))
def window(b, sends):
    """TCP connections with the default buffers: what is charged fits the window that was advertised."""
    bring_up(b)
    sender = getattr(b, sends)
    receiver = b.peer(sender)
    before = pruned(receiver)
    for _ in range(b.size(3, 100)):
        payload(b, sender, receiver, "tcp", 1, 1 << 22)
    equal(pruned(receiver), before, f"what TCP of {receiver.side} has pruned")


# Sends so many frames of such sizes, when it gets a line.
SENDS_RAW = f"""
import runpy, sys
print("ready", flush=True)
input()
for size in sys.argv[3].split(","):
    sys.argv[1:] = sys.argv[1], sys.argv[2], size
    runpy.run_path("{FRAMES}", run_name="__main__")
print("sent", flush=True)
"""


def raw(sender, count, *sizes):
    """A job that sends so many frames of each size as soon as it gets a line."""
    job = sender.spawn(f"exec python3 -IS -c '{SENDS_RAW}' {net.interface(sender)} {count} {','.join(map(str, sizes))}", stdin=True)
    job.expect("ready")
    return job


def send(job):
    job.send(b"\n")
    job.expect("sent")


MARKS = {"rc": (1001, 1002, 1003, 1004), "ep": (1011, 1012, 1013, 1014)}      # of a sender, which has copies of its records, too


@test(up="netdev", mode="edma", variants=("series",), covers=("F20",))
def no_header(b):
    """Frames that are shorter than an Ethernet header, as no Linux sends them: each is dropped
    and counted, the next one is received."""
    short = range(1, ETHERNET)
    for sender, receiver in directions(b):
        marks = MARKS[sender.side]
        send_any_number(sender)
        send(raw(sender, 1, *marks))
        job = raw(sender, len(short), marks[0])
        before = net.statistics(receiver)
        with Memory(b, receiver) as memory, Heartbeat(b, sender) as heart:
            ring = Ring(memory, heart.block)
            place = b.until(lambda: ring.behind(list(marks)), what="records of frames")     # pylint: disable=cell-var-from-loop
            with receiver.standing_still():
                send(job)
                places = b.until(lambda: ring.places(place, [marks[0]] * len(short)),   # pylint: disable=cell-var-from-loop
                                 what="the same number of records")
                for at, length in zip(places, short):
                    struct.pack_into("<I", memory.map, at + 8, length)
        equal(net.ping(sender, 1)["lost"], 0, "ping behind them, lost")
        after = net.statistics(receiver)
        for name in ("rx_errors", "rx_length_errors"):
            equal(after[name] - before[name], len(short), f"{name} of {receiver.side}")


@test(up="netdev", mode="edma", variants=("series",), transport_mtu=None, covers=("F20",))
def largest_mtu(b):
    """The largest MTU is shown and can be used; one more is refused with the reason."""
    for guest in b.guests:
        name = net.interface(guest)
        equal(int(guest.check(f"ip -d link show {name} | sed -n 's/.* maxmtu \\([0-9]*\\) .*/\\1/p'")), LARGEST, "maxmtu")
        guest.fails(f"ip link set {name} mtu {LARGEST + 1}", "mtu greater than device maximum")
        guest.fails(f"echo {LARGEST + 1} > /sys/class/net/{name}/mtu", "Invalid argument")
        guest.wait_dmesg(f"{name}: mtu greater than device maximum")
        guest.check(f"ip link set {name} mtu {LARGEST}")
    for guest in b.guests:
        equal(net.ping(guest, 3, size=LARGEST - UDP, options="-M do")["lost"], 0, f"largest pings of {guest.side}, lost")


POSTED = 64                     # buffers, the fewest that ethtool accepts
LEFT = 16                       # posts that a queue leaves when it stops: a frame may need one more


@test(up="netdev", mode="edma", variants=("series",), covers=("F20",))
def stops_before_the_ring_is_full(b):
    """A queue whose peer posts no buffers stops when a frame of any size would not fit, whether or not the peer had
    posted any when the link came up: for one of the two sides it had not."""
    for guest in b.guests:
        guest.check(f"ethtool -G {net.interface(guest)} rx {POSTED}")
    for sender in b.guests:
        send_any_number(sender)
        # what was posted before the ring became smaller is used up
        sender.check(f"python3 -IS {FRAMES} {net.interface(sender)} 2048 64")
        job = raw(sender, 2 * POSTED, 64)
        with b.peer(sender).standing_still():
            send(job)
            equal(queue_counters(sender, 0)["tx_in_flight"], POSTED - LEFT, "frames in buffers of the peer")
        b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] < POSTED - LEFT, what="the peer to go on")    # pylint: disable=cell-var-from-loop


TIMER = "func ntb_netdev_tx_timer"
A_SECOND = "python3 -IS -c 'import select; select.select((), (), (), 1)'"
TX_USECS = 10000


def looks(guest):
    """How often the timer of its queue has expired in a second. That is what is measured, not waited for."""
    def number():
        return sum("Timer of queue 0" in line for line in guest.dmesg())

    before = number()
    guest.check(f"echo '{TIMER} +p' > {DYNAMIC_DEBUG}")
    guest.check(A_SECOND)
    guest.check(f"echo '{TIMER} -p' > {DYNAMIC_DEBUG}")
    return number() - before


@test(up="netdev", variants=("series",), covers=("F20",))
def timer_ends_with_the_link(b):
    """Where a CPU copies, a queue that has stopped looks for room each tx-usecs, but only as long as there is a link."""
    b.ep.check(f"ethtool -C {net.interface(b.ep)} tx-usecs {TX_USECS}")
    room = queue_counters(b.ep, 0)["tx_max_entry"]
    job = raw(b.ep, 2 * room, 64)
    with b.rc.standing_still():
        send(job)
        found = looks(b.ep)
        most = 1000000 // TX_USECS
        require(most // 10 <= found <= 2 * most, f"the queue has looked for room {found} times in a second")
        b.model.link("down")
        net.wait_no_carrier(b.ep)
        equal(looks(b.ep), 0, "timers of the queue while there is no link")
