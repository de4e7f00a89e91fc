# SPDX-License-Identifier: GPL-2.0
"""The remote-eDMA transport carries traffic: use_remote_edma=1 on both sides.

     RC memory  ---->  eDMA read channels, driven by the RC   ---->  EP memory
     RC memory  <----  eDMA write channels, driven by the EP  <----  EP memory
"""

from lib_pairwise import LARGEST, missing_pairs, rows
from lib_recovery import CHANNELS
from lib_traffic import (bring_up, directions, no_trouble, payload, payload_both_ways,
                         queue_counters, refresh, set_queues)
from bench.testing import equal, net, require, test

CPU_SHARE = 0.05            # bytes that CPUs write across the link, for a byte of payload
LEAST = 0.4                 # of a queue's elements, that a channel of two moves
ETHERNET_MTU = 1500
UDP = 28                    # IP and UDP headers


def edma(**header):
    """@test of the remote eDMA on the series. ping's socket has room for one frame of the default
    transport_mtu, so the bench's 16 KB are the default here. With --soak also on the debug kernel."""
    words = {"mode": "edma", "variants": ("series",), "up": "ntb", "shared": False, **header}
    if words["variants"] == ("series",):
        words.setdefault("soak", ("debug",))
    return test(**words)


@edma(transport_mtu=None, params={"mtu": (1500, LARGEST)}, covers=("R26",))
def ping(b, mtu):
    """Pings up to the largest that needs no fragments, both ways."""
    bring_up(b, mtu)
    for guest in b.guests:
        for size in (16, 56, mtu // 2, mtu - UDP):
            result = net.ping(guest, count=b.size(5, 200), size=size, options="-M do")
            equal(result["lost"], 0, f"pings of {size} bytes lost from {guest.side}")
    no_trouble(b)


@edma(transport_mtu=None, params={"queues": (1, 2, 4)}, timeout=180, covers=("R26", "R28"))
def integrity(b, queues):
    """64 MB (1 GB) each way at once, in datagrams of 1 byte to the largest MTU, each with a
    checksum: all arrive, in order and right, and nobody drops anything."""
    bring_up(b, LARGEST, queues)
    # half of the size on average, as sizes are random
    payload_both_ways(b, "udp", queues, b.size(1 << 27, 1 << 31) // queues, LARGEST - UDP)
    no_trouble(b, queues)


TABLE = {"-".join(str(value) for value in row.values()): row for row in rows()}
PROFILES = tuple(dict.fromkeys(row["profile"] for row in TABLE.values()))


def rows_of(profile):
    """The rows of the table with that profile, by what else is in them."""
    return {"row": [name.removeprefix(f"{profile}-") for name, row in TABLE.items() if row["profile"] == profile]}


@edma(transport_mtu=None, profiles=PROFILES, params=rows_of, timeout=120, covers=("R05", "R09", "R26", "R28", "R33"))
def combination(b, row):
    """A row of the table: random bytes, checked; nobody drops anything."""
    row = TABLE[f"{b.plan.profile}-{row}"]
    bring_up(b, row["mtu"], row["queues"])
    arguments = row["kind"], 4, b.size(1 << 22, 1 << 28) // 4, row["mtu"] - UDP
    if row["sends"] == "both":
        payload_both_ways(b, *arguments)
    else:
        sender = getattr(b, row["sends"])
        payload(b, sender, b.peer(sender), *arguments)
    no_trouble(b, row["queues"])


@test(bench=False)
def every_pair_occurs(_alone):
    """Any two values of two columns of the table meet in some row."""
    equal(list(missing_pairs()), [], "pairs that no row has")


@edma(transport_mtu=None, params={"side": ("rc", "ep"), "writer": ("engine", "cpu")}, covers=("R26",))
def records(b, side, writer):
    """Records are elements of the engine's lists behind the payload, or the CPU of a side writes them that is told to; the other side
    need not know."""
    sender = getattr(b, side)
    if writer == "cpu":
        b.load_transport(sender, edma_cpu_records=1)
    bring_up(b)
    # each frame is in one buffer at both sides
    payload(b, sender, b.peer(sender), "udp", 4, b.size(1 << 18, 1 << 24), ETHERNET_MTU - UDP)
    b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == 0, what="the sender to hear of it")
    frames = queue_counters(sender, 0)["tx_pkts"]
    moved = b.model.counters()["channels"]
    elements = sum(moved[channel.replace(" ", "")]["elements"] for channel in CHANNELS[sender.side])
    if writer == "cpu":
        equal(elements, frames, "elements")
    else:
        wakes = queue_counters(sender, 0)["tx_wakes"]
        require(frames < elements - wakes <= 2 * frames, f"{elements} elements for {frames} frames and {wakes} wakes")
    no_trouble(b)


@edma(params={"queues": (1, 4)}, covers=("R26",))
def payload_goes_by_dma(b, queues):
    """CPUs write next to nothing across the link, the engine moves all bytes, both ways."""
    bring_up(b, queues=queues)
    size = b.size(1 << 22, 1 << 26)
    for sender, receiver in directions(b):
        b.model.reset_counters()
        payload(b, sender, receiver, "tcp", 4, size // 4)
        total = b.model.counters()["sum"]
        moved = total["dma_read_bytes" if sender is b.rc else "dma_write_bytes"]
        require(moved >= size, f"{sender.side} sends: the engine moved {moved} bytes of {size}")
        share = total["cpu_write_bytes"] / size
        require(share < CPU_SHARE, f"{sender.side} sends: CPUs wrote {share:.3f} bytes for a byte of payload")
    no_trouble(b, queues)


@edma(params={"side": ("rc", "ep")}, covers=("R28",))
def lanes(b, side):
    """A queue sends by two channels, and each moves about half of its elements."""
    bring_up(b)
    sender = getattr(b, side)
    b.model.reset_counters()
    payload(b, sender, b.peer(sender), "tcp", 1, b.size(1 << 22, 1 << 26))
    counted = b.model.counters()["channels"]
    moved = {name: each["elements"] for name, each in counted.items()
             if name.startswith(CHANNELS[side][0].split()[0]) and each["elements"]}
    equal(sorted(moved), [channel.replace(" ", "") for channel in CHANNELS[side]], "channels in use")
    require(min(moved.values()) > LEAST * sum(moved.values()), f"elements of each: {moved}")
    no_trouble(b)


@edma(params={"queues": (2, 4)}, covers=("R28",))
def each_queue_is_used(b, queues):
    """Flows are spread: 256 of them reach every queue, and several channels move them."""
    bring_up(b, 1500, queues)
    for sender, receiver in directions(b):
        before = [queue_counters(receiver, queue)["rx_pkts"] for queue in range(queues)]
        payload(b, sender, receiver, "flows", 1, 256, 1000)
        after = [queue_counters(receiver, queue)["rx_pkts"] for queue in range(queues)]
        require(all(new > old for new, old in zip(after, before)),
                f"{receiver.side} received nothing on some queue: {before} before, {after} after")
    no_trouble(b, queues)


@edma(variants=("debug",), timeout=180, shared=False, covers=("R26", "R28"))
def all_kinds(b):
    """TCP, UDP and many flows over four queues, both ways at once, and a side that leaves and
    comes back, under the eyes of the debug kernel."""
    bring_up(b, 1500, 4)
    for kind, size, datagram in (("tcp", b.size(1 << 18, 1 << 24), 0), ("udp", b.size(1 << 17, 1 << 22), 1400),
                                 ("flows", 64, 1000)):
        payload_both_ways(b, kind, 4 if kind != "flows" else 1, size, datagram)
    no_trouble(b, 4)
    for guest in b.guests:
        guest.rmmod("ntb_netdev", "ntb_transport")
        b.load_transport(guest)
        guest.modprobe("ntb_netdev")
        net.configure(guest)
        for each in b.guests:
            net.wait_carrier(each)
    refresh(b)
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 2, 1 << 16)


@edma(up="netdev")
def queues_while_up(b):
    """The number of queues changes while the link is up, more and fewer, on both sides."""
    for queues in (2, 4, 1):
        set_queues(b, queues)
        for sender, receiver in directions(b):
            payload(b, sender, receiver, "tcp", 4, 1 << 16)
        no_trouble(b, queues)


@edma(transport_mtu=None, params={"side": ("rc", "ep"), "mtu": (1500, LARGEST)}, timeout=90, covers=("R26",))
def flood(b, side, mtu):
    """UDP as fast as it can: the queue is stopped and woken, nothing is dropped on the way. What
    iperf3 misses is what the receiving socket had no room for."""
    bring_up(b, mtu)
    sender = getattr(b, side)
    receiver = b.peer(sender)
    before = socket_errors(receiver)
    found = net.iperf(sender, receiver, b.size(2, 60), udp=True)
    # those that come after iperf3 has counted are among the socket's alone
    no_room = socket_errors(receiver) - before
    require(found["lost"] <= no_room, f"{found['lost']} datagrams lost, {no_room} of them in the socket")
    no_trouble(b)


def socket_errors(guest):
    """Datagrams that found no room in a socket."""
    names, values = (line.split() for line in guest.read("/proc/net/snmp").splitlines() if line.startswith("Udp:"))
    return int(values[names.index("RcvbufErrors")])
