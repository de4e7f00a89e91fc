# SPDX-License-Identifier: GPL-2.0
"""ethtool and ip link on an ntb_netdev interface: what they show, what they set while traffic runs, and what
they refuse, with the reason."""

import contextlib
import re

import lib_frames
from lib_ntb import TRACING, events
from lib_traffic import Endless, directions, no_trouble, queue_counters, wait_queues
from remote_edma_reload import LAYERS, again
from remote_edma_two_ports import running
from bench.testing import equal, net, require, test

FEWEST, MOST_BUFFERS = 64, 17       # of a ring; of a frame
FRAMES = 20
BY_HAND = "02:00:00:00:42:01"


def ethtool_test(**header):
    def declare(function):
        return test(**{"up": "netdev", "mode": "edma", "variants": ("series",), "transport_mtu": None, "timeout": 120,
                       "shared": "checked", "covers": ("N01",), **header})(function)
    return declare


def carrier_changes(guest):
    return int(guest.read(f"/sys/class/net/{net.interface(guest)}/carrier_changes"))


@contextlib.contextmanager
def one_link(b):
    """The carrier stays, under load both ways, and each byte arrives."""
    before = [carrier_changes(guest) for guest in b.guests]
    with running(Endless(b, sender, receiver, 2) for sender, receiver in directions(b)):
        yield
    equal([carrier_changes(guest) for guest in b.guests], before, "carrier changes")


def refused(guest, option, words, message):
    """ethtool names the limit."""
    guest.fails(f"ethtool {option} {net.interface(guest)} {words}", message)


def shown(guest, option, name):
    """The current value of a setting."""
    return int(re.findall(rf"(?mi)^{name}:\s+(\d+)$", guest.check(f"ethtool {option} {net.interface(guest)}"))[-1])


def identity(b):
    """The driver, its version, the device, and how the payload moves."""
    for guest in b.guests:
        name = net.interface(guest)
        found = dict(re.findall(r"(?m)^([\w-]+): (.*)$", guest.check(f"ethtool -i {name}")))
        equal((found["driver"], found["firmware-version"]), ("ntb_netdev", b.plan.mode), "driver and mode")
        require(found["version"], "no version")
        require(re.fullmatch(r"[0-9a-f:]+\.\d", found["bus-info"]), f"bus-info is {found['bus-info']!r}")
        link = guest.check(f"ip -d link show {name}")
        require(re.search(rf"(?m)^\s+ntb_{b.plan.mode}\b", link), f"no kind of link in: {link}")
        guest.fails(f"ip link del {name}", "Operation not supported")
        guest.fails(f"ip link add type ntb_{b.plan.mode}", "Unknown device type|Operation not supported")


@ethtool_test()
def identity_edma(b):
    """The driver, its version, the device, and that the DMA engine moves the payload."""
    identity(b)


@ethtool_test(mode="memcpy")
def identity_memcpy(b):
    """The same, and that a CPU does."""
    identity(b)


def until_posted(b, guest, wanted):
    """Wait for so many buffers, less what a frame has taken."""
    b.until(lambda: wanted - MOST_BUFFERS <= queue_counters(guest, 0)["rx_outstanding"] <= wanted,
            what=f"{wanted} buffers to be posted")


@ethtool_test()
def ring(b):
    """The ring of receive buffers shrinks and grows while traffic runs: so many are posted, and the link stays."""
    largest = {guest: shown(guest, "-g", "RX") for guest in b.guests}
    with one_link(b):
        for size in (FEWEST, 2 * FEWEST, None, FEWEST, None):
            for guest in b.guests:
                wanted = size or largest[guest]
                guest.check(f"ethtool -G {net.interface(guest)} rx {wanted}")
                equal(shown(guest, "-g", "RX"), wanted, "size of the ring")
                until_posted(b, guest, wanted)
    no_trouble(b)


@ethtool_test()
def ring_limits(b):
    """What a ring cannot be is refused with its limits, and changes nothing."""
    for guest in b.guests:
        largest, before = shown(guest, "-g", "RX"), carrier_changes(guest)
        for size in (0, FEWEST - 1):
            refused(guest, "-G", f"rx {size}", f"rx ring must be {FEWEST} to {largest}")
        refused(guest, "-G", f"rx {largest + 1}", "exceeds maximum")
        refused(guest, "-G", f"tx {largest // 2}", "the tx ring is the rx ring of the peer")
        for length in (2048, 5000, 131072):
            refused(guest, "-G", f"rx-buf-len {length}", "rx-buf-len must be a power of two, 4096 to 65536")
        equal((shown(guest, "-g", "RX"), shown(guest, "-g", "RX Buf Len")), (largest, 4096), "ring and buffers")
        equal(carrier_changes(guest), before, "carrier changes")


@ethtool_test()
def buffers(b):
    """Larger receive buffers, and smaller ones again, under load: shown, used, and each byte arrives."""
    with running(Endless(b, sender, receiver, 2) for sender, receiver in directions(b)):
        for length in (65536, 8192, 4096):
            for guest in b.guests:
                guest.check(f"ethtool -G {net.interface(guest)} rx-buf-len {length}")
                equal(shown(guest, "-g", "RX Buf Len"), length, "bytes of a buffer")
            for guest in b.guests:
                net.wait_carrier(guest)
    equal([net.ping(guest, 3)["lost"] for guest in b.guests], [0, 0], "pings lost")


@ethtool_test()
def coalescing_limits(b):
    """What completions cannot wait for is refused with the limits."""
    for guest in b.guests:
        before = [shown(guest, "-c", name) for name in ("tx-usecs", "tx-frames")]
        for usecs in (0, 10001):
            refused(guest, "-C", f"tx-usecs {usecs}", "tx-usecs must be 1 to 10000")
        refused(guest, "-C", "tx-frames 1025", "tx-frames must be 0 to 1024")
        refused(guest, "-C", "rx-usecs 10", "[Uu]nsupported|not supported")
        equal([shown(guest, "-c", name) for name in ("tx-usecs", "tx-frames")], before, "tx-usecs and tx-frames")


def restarted(b, guest):
    """The interface goes down and up."""
    guest.check(f"ip link set {net.interface(guest)} down && ip link set {net.interface(guest)} up")
    for each in b.guests:
        net.wait_carrier(each)
    equal(net.ping(b.rc, 1)["lost"], 0, "ping, lost")


def answers(guest):
    """Interrupts for its peer that carry nothing else."""
    counters = queue_counters(guest, 0)
    return counters["doorbells"] + counters["tx_wakes"]


@ethtool_test(params={"side": ("rc", "ep")})
def completions(b, side):
    """After so many frames the peer answers at once, and not otherwise; also when the interface was down."""
    guest = getattr(b, side)
    for frames in (0, 1):
        guest.check(f"ethtool -C {net.interface(guest)} tx-frames {frames}")
        restarted(b, guest)
        equal(shown(guest, "-c", "tx-frames"), frames, "tx-frames")
        before = answers(b.peer(guest))
        guest.check(f"for ((i = 0; i < {FRAMES}; i++)); do python3 -IS {lib_frames.__file__} {net.interface(guest)} 1 64; done")
        found = answers(b.peer(guest)) - before
        require(found >= FRAMES if frames else found < FRAMES // 2,
                f"{found} interrupts for {FRAMES} frames with tx-frames {frames}")
    guest.check(f"ethtool -C {net.interface(guest)} tx-frames 0")


@ethtool_test(params={"side": ("rc", "ep")})
def looks(b, side):
    """How often the driver looks whether the peer has what was sent is set, also for an interface that was down since."""
    guest = getattr(b, side)
    found = {}
    for usecs in (10000, 100):
        guest.check(f"ethtool -C {net.interface(guest)} tx-usecs {usecs}")
        restarted(b, guest)
        equal(shown(guest, "-c", "tx-usecs"), usecs, "tx-usecs")
        with events(guest, "timer/hrtimer_expire_entry"), b.peer(guest).standing_still():
            # ping is what waits: half a second, in which the peer is not taken for dead yet
            text = guest.check(f"echo > {TRACING}/trace; ping -n -c 1 -W 0.5 {net.peer_address(guest)} > /dev/null; cat {TRACING}/trace")
        found[usecs] = text.count("function=reap_timer")
    b.log(f"looks in half a second, by tx-usecs: {found}")
    require(0 < found[10000] <= 100 and found[100] > 2 * found[10000], f"looks in half a second, by tx-usecs: {found}")


def mtu_under_load(b):
    with one_link(b):
        for mtu in (9000, 1500, 4000, 9000):
            for guest in b.guests:
                guest.check(f"ip link set {net.interface(guest)} mtu {mtu}")
            # ahead of what is queued, with the new size
            for guest in b.guests:
                equal(net.ping(guest, 1, size=min(mtu - 28, 1472), options="-M do")["lost"], 0, "ping, lost")
    no_trouble(b)


@ethtool_test(shared=False)
def mtu(b):
    """Each MTU up to 9000 is set under load without a flap of the link."""
    mtu_under_load(b)


@ethtool_test(mode="memcpy", transport_mtu=0x4000, shared=False)
def mtu_memcpy(b):
    """The same where a CPU copies."""
    mtu_under_load(b)


@ethtool_test(shared=False)
def channels(b):
    """Queues come and go under load, on one side or both; the link of the others stays."""
    with one_link(b):
        for wanted in ((4, 1), (4, 4), (1, 4), (1, 1)):
            for guest, number in zip(b.guests, wanted):
                guest.check(f"ethtool -L {net.interface(guest)} combined {number}")
                equal(shown(guest, "-l", "Combined"), number, "queues")
            wait_queues(b, min(wanted))
    for guest in b.guests:
        refused(guest, "-L", "combined 0", "requested channel counts are too low|Invalid argument")
        refused(guest, "-L", "combined 65", "exceeds maximum")
    equal([net.ping(guest, 3)["lost"] for guest in b.guests], [0, 0], "pings lost")


@ethtool_test(params={"side": ("rc", "ep")})
def address_set_by_hand(b, side):
    """A MAC address that was set by hand, with the interface up, stays when the peer's modules go and return."""
    guest = getattr(b, side)
    name, peer = net.interface(guest), b.peer(guest)
    before = guest.read(f"/sys/class/net/{name}/address")
    guest.check(f"ip link set {name} address {BY_HAND}")
    modules = LAYERS["all" if peer is b.rc else "helper"]
    peer.rmmod(*modules)
    net.wait_no_carrier(guest)
    again(b, peer, modules)
    for each in b.guests:
        net.wait_carrier(each)
        each.check(f"ip neigh flush dev {net.interface(each)}")
    equal(guest.read(f"/sys/class/net/{name}/address"), BY_HAND, "MAC address")
    for each in b.guests:
        equal(net.ping(each, 3)["lost"], 0, f"pings lost from {each.side}")
    require(BY_HAND in peer.check(f"ip neigh show dev {net.interface(peer)}"), "the peer uses another address")
    guest.check(f"ip link set {name} address {before}")
