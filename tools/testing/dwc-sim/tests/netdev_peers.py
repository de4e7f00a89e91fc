# SPDX-License-Identifier: GPL-2.0
"""The network device of the series and an unmodified one at the other end, which copies: what goes over the
link is the same as ever.

     base, RC  10.0.0.1  ----  10.0.0.2  EP, series        and the other way round
"""

from lib_traffic import bring_up, directions, no_trouble, payload, payload_both_ways
from netdev import LARGEST
from netdev_users import both_ends
from bench.testing import equal, net, require, test


def peers_test(**header):
    def declare(function):
        return test(**{"up": "ntb", "variants": ("base:series", "series:base"), "timeout": 180, "covers": ("N01",), **header})(function)
    return declare


@peers_test(params={"queues": (1, 4), "mtu": (1500, LARGEST)})
def tcp_and_udp(b, queues, mtu):
    """Random bytes in connections and datagrams, with the same MTU at both ends, both ways: nothing is lost."""
    bring_up(b, mtu, queues)
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 8, b.size(1 << 17, 1 << 25))
        payload(b, sender, receiver, "udp", 4, b.size(1 << 16, 1 << 24), mtu - 28)
    payload_both_ways(b, "tcp", 2, b.size(1 << 19, 1 << 26))
    no_trouble(b, queues)


@peers_test()
def every_size(b):
    """Frames of few bytes, and of the most there can be."""
    bring_up(b, LARGEST)
    sizes = " ".join(map(str, (*range(0, 33), *range(LARGEST - 28 - 33, LARGEST - 27))))
    for sender, receiver in directions(b):
        seed = b.random.getrandbits(32)
        both_ends(b, sender, f"datagrams {net.ADDRESS[receiver.side]} {seed} {sizes}", f"gather {seed} {sizes}")
    no_trouble(b)


@peers_test()
def pieces(b):
    """What the series sends in pieces, as it is said to be able to, arrives as one frame; it starts with the MTU of
    its peer, and sends neither segments nor checksums to come."""
    bring_up(b)
    new = b.rc if b.rc.variant == "series" else b.ep
    found = new.check(f"ethtool -k {net.interface(new)}")
    for name, state in (("scatter-gather", "on"), ("tx-checksumming", "off"), ("tcp-segmentation-offload", "off")):
        require(f"{name}: {state}" in found, f"{name} is not {state}")
    mtus = [int(guest.read(f"/sys/class/net/{net.interface(guest)}/mtu")) for guest in b.guests]
    equal(mtus[0], mtus[1], "MTU")
    seed = b.random.getrandbits(32)
    both_ends(b, new, f"pieces {net.peer_address(new)} splice {seed}", f"collect {seed}")
    no_trouble(b)


@peers_test(params={"side": ("rc", "ep")})
def carrier(b, side):
    """The interface of one side goes down and up: the carrier of the other one follows, and traffic returns."""
    bring_up(b)
    guest = getattr(b, side)
    name = net.interface(guest)
    for _ in range(b.size(2, 50)):
        guest.check(f"ip link set {name} down")
        net.wait_no_carrier(b.peer(guest))
        guest.check(f"ip link set {name} up")
        for each in b.guests:
            net.wait_carrier(each)
        for sender, receiver in directions(b):
            payload(b, sender, receiver, "tcp", 2, 1 << 16)
