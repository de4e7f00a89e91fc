# SPDX-License-Identifier: GPL-2.0
"""What users of a network interface do: short connections, sockets with small buffers, memory that runs
short, networks that lose packets, pages that are sent as they are.

     10.0.0.1 eth0 (RC)  ====  remote eDMA  ====  eth0 (EP) 10.0.0.2
"""

import contextlib
import re

import lib_short
from lib_ntb import TRACING, events
from lib_pairwise import LARGEST
from lib_traffic import Endless, Transfer, directions, no_trouble, payload_both_ways, queue_counters, tcp_counters
from netdev_frames import pruned
from remote_edma_two_ports import running
from bench.testing import equal, net, require, test

HEADERS = 14 + 28               # Ethernet, IP and UDP
MOST = 16                       # buffers of a frame
PROBES = 2                      # that a window may see which is closed for less than a second


def users_test(**header):
    def declare(function):
        return test(**{"up": "netdev", "mode": "edma", "variants": ("series",), "transport_mtu": None, "timeout": 120,
                       "covers": ("N01",), **header})(function)
    return declare


def program(guest, words, stdin=False):
    """One end of lib_short.py, ready."""
    job = guest.spawn(f"exec python3 -IS {lib_short.__file__} {words}", stdin=stdin)
    job.expect("ready")
    return job


def both_ends(b, sender, send, receive):
    """A run of lib_short.py from one side to the other."""
    there = program(b.peer(sender), receive)
    here = program(sender, send)
    here.check()
    there.check()


@users_test(shared="checked")
def short_connections(b):
    """10 KB a connection, one each 10 ms, both ways at once: all are answered, and TCP has room for each."""
    before = {guest: pruned(guest) for guest in b.guests}
    servers = [program(guest, "serve", stdin=True) for guest in b.guests]
    clients = [(guest, program(guest, f"fetch {net.peer_address(guest)} {b.size(3, 60)}")) for guest in b.guests]
    for guest, client in clients:
        number, median, worst, first = client.check(180).out.split()[1:]
        b.log(f"{number} connections of {guest.side}: {median} ms to the last byte at the median, "
              f"{worst} ms at the worst, {first} ms the first one")
    for server in servers:
        server.close_stdin()
        server.check()
    for guest in b.guests:
        equal(pruned(guest), before[guest], f"what TCP of {guest.side} has pruned")
    no_trouble(b)


def probes(guest):
    """Windows that were probed because they were closed."""
    return tcp_counters(guest.read("/proc/net/netstat"))["TCPWinProbe"]


@users_test(params={"write": (16300, 16500)})
def small_windows(b, write):
    """Two bulk streams cross between sockets of at most 212992 bytes, by writes at either side of 16 KB: no window
    stays closed."""
    for guest in b.guests:
        guest.write("/proc/sys/net/ipv4/tcp_rmem", "4096 131072 212992")
    before = {guest: (pruned(guest), probes(guest)) for guest in b.guests}
    payload_both_ways(b, "tcp", 1, b.size(1 << 23, 1 << 28), write)
    for guest in b.guests:
        equal(pruned(guest), before[guest][0], f"what TCP of {guest.side} has pruned")
        found = probes(guest) - before[guest][1]
        require(found <= PROBES, f"{guest.side} has probed closed windows {found} times")
    no_trouble(b)


STREAMS = 8
MOVED = 1 << 20                 # bytes that show that traffic has returned
# One program, before the others of the guest: a command takes a second to start under this load.
FLUSHES = """
import select, subprocess, sys
name, rounds, moved = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def received():
    with open(f"/sys/class/net/{name}/statistics/rx_bytes") as file:
        return int(file.read())
def until_moving():
    before = received()
    while received() < before + moved:
        select.select((), (), (), 0.01)
until_moving()
for _ in range(rounds):
    # traffic makes new entries meanwhile: ip gives up after some rounds, which is a failure to it
    found = subprocess.run(("ip", "-s", "neigh", "flush", "dev", name), stdout=subprocess.PIPE, text=True).stdout
    if "deleting 1 entries" not in found:
        sys.exit(f"nothing was flushed: {found}")
    print("flushed", flush=True)
    until_moving()
    print("moves", flush=True)
"""


@users_test(shared="checked")
def neighbours_flushed(b):
    """Neighbour tables of both sides are flushed again and again under load: traffic returns each time, and each byte arrives."""
    with running(Endless(b, sender, receiver, STREAMS) for sender, receiver in directions(b)):
        words = {guest: f"{net.interface(guest)} {b.size(5, 100)} {MOVED}" for guest in b.guests}
        jobs = [guest.spawn(f"exec chrt --rr 1 python3 -IS -c '{FLUSHES}' {words[guest]}") for guest in b.guests]
        for job in jobs:
            job.check()
    no_trouble(b)


@users_test(shared="checked")
def lossy(b):
    """1 % of the packets, most of them large, are lost above the link on both sides: each byte arrives."""
    for guest in b.guests:
        guest.modprobe("sch_netem")
        guest.check(f"tc qdisc add dev {net.interface(guest)} root netem loss 1%")
    payload_both_ways(b, "tcp", 4, b.size(1 << 21, 1 << 26))
    for guest in b.guests:
        found = guest.check(f"tc -s qdisc show dev {net.interface(guest)}")
        lost = int(re.search(r"dropped (\d+)", found).group(1))
        require(lost, f"{guest.side} has lost nothing")
        guest.check(f"tc qdisc del dev {net.interface(guest)} root")
        guest.rmmod("sch_netem")
    no_trouble(b)


@users_test(shared="checked", params={"how": ("splice", "zerocopy")})
def pieces(b, how):
    """Packets of many small pieces, which are not copied on their way to the DMA engine: each byte arrives."""
    for sender, receiver in directions(b):
        seed = b.random.getrandbits(32)
        both_ends(b, sender, f"pieces {net.ADDRESS[receiver.side]} {how} {seed}", f"collect {seed}")
    no_trouble(b)


@users_test(params={"buffer": (4096, 16384)})
def every_number_of_buffers(b, buffer):
    """Frames that just fill 1, 2, ... buffers of the receiver, one byte less and one more."""
    for guest in b.guests:
        guest.check(f"ip link set {net.interface(guest)} mtu {LARGEST}")
        if buffer != 4096:
            guest.check(f"ethtool -G {net.interface(guest)} rx-buf-len {buffer}")
    for guest in b.guests:
        net.wait_carrier(guest)
    # datagrams that wait for an address may be dropped
    equal(net.ping(b.rc, 1)["lost"], 0, "ping, lost")
    full = range(buffer, 65536 + 1, buffer)
    sizes = [size + more - HEADERS for size in full for more in (-1, 0, 1)]
    words = " ".join(str(size) for size in sizes if size <= LARGEST - 28)
    for sender, receiver in directions(b):
        seed = b.random.getrandbits(32)
        both_ends(b, sender, f"datagrams {net.ADDRESS[receiver.side]} {seed} {words}", f"gather {seed} {words}")
    no_trouble(b)


def rate(b, sender):
    """Mbit/s of a while."""
    return net.iperf(sender, b.peer(sender), seconds=b.size(2, 10))["mbps"]


def ring(guest):
    """The size that is set."""
    found = guest.check(f"ethtool -g {net.interface(guest)}")
    return int(re.findall(r"(?m)^RX:\s+(\d+)$", found)[1])


FAULTS = "/sys/kernel/debug/fail_page_alloc"
FAILURES = 50


def fail_page_alloc(guest, order, probability):
    """So many percent of the pages of that order and larger are not there for who cannot wait."""
    guest.check(f"cd {FAULTS} && echo N > task-filter && echo {order} > min-order && echo 0 > verbose && echo -1 > times && "
                f"echo 1 > interval && echo {probability} > probability")


def new_buffers(guest, size):
    """Receive buffers of another size: those before are not used again."""
    guest.check(f"ethtool -G {net.interface(guest)} rx-buf-len {size}")


@users_test(variants=("debug",), shared="checked", timeout=180, params={"side": ("rc", "ep")})
def no_memory_for_a_while(b, side):
    """Receive buffers cannot be allocated for a while, under load: afterwards as many are posted as the ring has, and
    the rate is back."""
    receiver = getattr(b, side)
    size = ring(receiver)
    before = rate(b, b.peer(receiver))
    with running(Endless(b, sender, other, 2) for sender, other in directions(b)):
        # without the pages that hold several
        fail_page_alloc(receiver, order=3, probability=100)
        new_buffers(receiver, 16384)
        b.until(lambda: queue_counters(receiver, 0)["rx_outstanding"] >= size - MOST, what="buffers of small pages")
        # then without most of those that are large enough for one; the debug code of DMA gives up without single ones
        fail_page_alloc(receiver, order=1, probability=90)
        new_buffers(receiver, 8192)
        b.until(lambda: queue_counters(receiver, 0)["rx_err_no_buf"] > FAILURES, what="buffers to be missing")
        fail_page_alloc(receiver, order=1, probability=0)
        b.until(lambda: queue_counters(receiver, 0)["rx_outstanding"] >= size - MOST, what="all buffers to be posted")
    # other work on the machine makes it that different as well, but not for long
    b.until(lambda: rate(b, b.peer(receiver)) > before / 2, what=f"half of the {before:.0f} Mbit/s of before")
    b.until(lambda: queue_counters(receiver, 0)["rx_outstanding"] == size, what="all buffers to be posted again")


KEPT = 100000
KEEPS = f"""
import socket
with socket.create_server(("", 5000)) as listener:
    listener.setsockopt(socket.SOL_SOCKET, 33, 1 << 21)         # SO_RCVBUFFORCE
    print("ready", flush=True)
    connection, _address = listener.accept()
input()
print(connection.recv({KEPT}, socket.MSG_WAITALL) == bytes([7]) * {KEPT}, flush=True)
"""
GIVES = f"""
import socket, sys
connection = socket.create_connection((sys.argv[1], 5000))
connection.sendall(bytes([7]) * {KEPT})
print("sent", flush=True)
input()
"""


@contextlib.contextmanager
def freed_at_once(guest):
    """What a socket returns does not wait for another CPU, which waits for traffic."""
    switch = "/proc/sys/net/core/skb_defer_max"
    before = guest.check(f"if [ -e {switch} ]; then cat {switch} && echo 0 > {switch}; fi")
    yield
    if before:
        guest.write(switch, before)


def in_flight(guest):
    """{pool: pages that it still misses}, of those that were closed."""
    found = re.findall(r"page_pool=(\w+) inflight=(-?\d+)", guest.read(f"{TRACING}/trace"))
    return {pool: int(number) for pool, number in found}


@users_test(soak=("debug",), shared="checked", params={"side": ("rc", "ep")})
def pools_end(b, side):
    """All pages of the receive buffers are there when the driver goes, or as soon as the last socket has been read."""
    receiver = getattr(b, side)
    with freed_at_once(receiver), events(receiver, "page_pool/page_pool_release"):
        with Transfer(b, b.peer(receiver), receiver, "tcp", 4, b.size(1 << 20, 1 << 26)) as transfer:
            transfer.start()
            transfer.finish()
        keeper = receiver.spawn(f"exec python3 -IS -c '{KEEPS}'", stdin=True)
        keeper.expect("ready")
        giver = b.peer(receiver).spawn(f"exec python3 -IS -c '{GIVES}' {net.ADDRESS[side]}", stdin=True)
        giver.expect("sent")
        receiver.until(f"ss -tn | grep -q '^ESTAB *{KEPT} '", what="all to be in the socket")
        receiver.rmmod("ntb_netdev")
        require(any(in_flight(receiver).values()), f"the socket holds no page: {in_flight(receiver)}")
        keeper.send(b"\n")
        keeper.expect("True")
        keeper.check()
        giver.kill()
        b.until(lambda: in_flight(receiver) and not any(in_flight(receiver).values()), what="all pages to return")
    receiver.modprobe("ntb_netdev")
    net.configure(receiver)
    for guest in b.guests:
        net.wait_carrier(guest)
        guest.check(f"ip neigh flush dev {net.interface(guest)}")
    for guest in b.guests:
        equal(net.ping(guest, 1)["lost"], 0, f"ping from {guest.side}, lost")
