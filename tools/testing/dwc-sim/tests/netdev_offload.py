# SPDX-License-Identifier: GPL-2.0
"""Frames that are not summed up or segmented yet, across the link: as they were sent, or not at all.

     packet socket: metadata and frame ---> ntb_netdev ===> records of the ring ===> ntb_netdev ---> packet socket
"""

import lib_vnet
from lib_traffic import Endless, bring_up, directions, no_trouble, queue_counters
from bench.testing import equal, net, require, test

# What ethtool calls what can be turned off
FEATURES = ("tx-checksumming", "scatter-gather", "tcp-segmentation-offload", "tx-udp-segmentation")
UDP_GSO = 1200                  # bytes of a segment
SEGMENTS = 40


def features(guest):
    """{name: on} of the features of its interface that are not fixed."""
    lines = guest.check(f"ethtool -k {net.interface(guest)}").splitlines()[1:]
    pairs = [line.strip().split(": ", 1) for line in lines if ": " in line]
    return {name: value.startswith("on") for name, value in pairs}


def offload_test(**header):
    def declare(function):
        return test(up="netdev", mode="edma", variants=("series",), transport_mtu=None, covers=("N01",), **header)(function)
    return declare


def carry(sender, receiver, *names):
    """Send frames and compare what arrives."""
    job = receiver.spawn(f"exec python3 -IS {lib_vnet.__file__} receive {net.interface(receiver)} {len(names)}")
    job.expect("listening")
    sender.check(f"python3 -IS {lib_vnet.__file__} send {net.interface(sender)} {' '.join(names)}")
    found = job.check().out.splitlines()[1:]
    # in any order: GRO may hold a segment while another flow's goes on
    equal(sorted(found), sorted(map(lib_vnet.expected, names)), f"frames from {sender.side}")


# the stack counts a frame with two tags as dropped where there is no VLAN
@offload_test(shared=False)
def metadata(b):
    """Frames of each type that virtio-net's metadata knows, and checksums at each edge, arrive with the same
    metadata and bytes, each as one packet."""
    for sender, receiver in directions(b):
        before = queue_counters(sender, 0)["tx_pkts"]
        carry(sender, receiver, *lib_vnet.FRAMES)
        sent = queue_counters(sender, 0)["tx_pkts"] - before
        require(len(lib_vnet.FRAMES) <= sent < len(lib_vnet.FRAMES) + 8, f"{sent} packets for {len(lib_vnet.FRAMES)} frames")
        equal(net.statistics(receiver)["rx_errors"], 0, f"rx_errors of {receiver.side}")


@offload_test(shared="checked")
def defaults(b):
    """What people expect of an interface is on, and the MTU is Ethernet's."""
    for guest in b.guests:
        found = features(guest)
        equal({name: found[name] for name in (*FEATURES, "rx-checksumming", "generic-receive-offload", "tx-tcp6-segmentation",
                                              "tx-tcp-ecn-segmentation", "tx-gso-robust")},
              {name: True for name in (*FEATURES, "rx-checksumming", "generic-receive-offload", "tx-tcp6-segmentation",
                                       "tx-tcp-ecn-segmentation", "tx-gso-robust")}, f"features of {guest.side}")
        equal(int(guest.read(f"/sys/class/net/{net.interface(guest)}/mtu")), 1500, "MTU")


@offload_test(timeout=120)
def toggled_under_load(b):
    """Features that one side turns off and on, one by one, under load in both directions."""
    bring_up(b)
    with Endless(b, b.rc, b.ep, 2) as one, Endless(b, b.ep, b.rc, 2) as other:
        one.start()
        other.start()
        for _ in range(b.size(1, 50)):
            for guest in b.guests:
                for name in FEATURES:
                    for state in "off", "on":
                        guest.check(f"ethtool -K {net.interface(guest)} {name} {state}")
        one.finish()
        other.finish()
    no_trouble(b)
    for guest in b.guests:
        require(all(features(guest)[name] for name in FEATURES), f"{features(guest)}: are off")


SENDS_UDP = f"""
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_UDP if hasattr(socket, "SOL_UDP") else 17, 103, {UDP_GSO})       # UDP_SEGMENT
sender.sendto(b"".join(bytes([number]) * {UDP_GSO} for number in range({SEGMENTS})), (sys.argv[1], 7000))
"""
GETS_UDP = f"""
import socket
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("", 7000))
print("listening", flush=True)
for number in range({SEGMENTS}):
    data = receiver.recv(65536)
    assert data == bytes([number]) * {UDP_GSO}, (number, len(data), data[:4])
print("all", flush=True)
"""


@offload_test(shared="checked")
def udp_segments(b):
    """Datagrams that an application sends as one buffer cross the link as one packet."""
    for sender, receiver in directions(b):
        job = receiver.spawn(f"exec python3 -IS -c '{GETS_UDP}'")
        job.expect("listening")
        before = queue_counters(sender, 0)["tx_pkts"]
        sender.check(f"python3 -IS -c '{SENDS_UDP}' {net.ADDRESS[receiver.side]}")
        job.expect("all")
        job.check()
        sent = queue_counters(sender, 0)["tx_pkts"] - before
        require(sent < SEGMENTS // 2, f"{sent} packets for {SEGMENTS} datagrams")
