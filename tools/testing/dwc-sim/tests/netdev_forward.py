# SPDX-License-Identifier: GPL-2.0
"""Frames that are still to be segmented, on their way through more than the link: a router, a bridge, tags.

     EP  10.0.0.2 ===> 10.0.0.1  RC  10.0.1.1 ===> 10.0.1.2  EP 2                           router
     RC  10.0.0.1 ===> EP  bridge, veth0 --- veth1  namespace  10.0.0.3  fd00::3            bridge
     RC  10.0.5.1 ===> 10.0.5.2  EP, over one VLAN, or one in another                       tagged
"""

import contextlib

from lib_namespace import namespace
from lib_traffic import Transfer, directions, no_trouble, queue_counters
from remote_edma_two_ports import connect, load_transport
from bench.testing import equal, net, require, test

MTU = 1500
HEADERS = {4: 40, 6: 60}        # bytes of IP and TCP
LARGE = 3                       # packets are large on average if they have so many segments
AT_LEAST = 16                   # segments that TCP waits for, if its window is as large


def forward_test(**header):
    def declare(function):
        return test(covers=("N01",), timeout=180, **header)(function)
    return declare


def csum_errors(guest):
    """Segments that TCP has refused."""
    lines = [line.split()[1:] for line in guest.read("/proc/net/snmp").splitlines() if line.startswith("Tcp:")]
    return int(dict(zip(*lines))["InCsumErrors"])


def packets(guest):
    """What the transport of its first queue has sent."""
    return queue_counters(guest, 0)["tx_pkts"]


@contextlib.contextmanager
def counted(counter, at_least=0, at_most=None):
    """A counter that grows so far."""
    before = counter()
    yield
    grown = counter() - before
    require(grown >= at_least, f"{grown} packets, less than {at_least}")
    require(at_most is None or grown <= at_most, f"{grown} packets, more than {at_most}")


def segments(size, version=4):
    return size // (MTU - HEADERS[version])


def transfer(b, sender, receiver, size, address=None):
    """Over two connections. TCP makes large packets even if the path is slow."""
    sender.check(f"echo {AT_LEAST} > /proc/sys/net/ipv4/tcp_min_tso_segs")
    with Transfer(b, sender, receiver, "tcp", 2, size // 2, address=address) as job:
        job.start()
        job.finish()
    equal(csum_errors(receiver), 0, f"segments with a wrong checksum at {receiver.side}")


@forward_test(ports=2, up="ntb", settings="vntb-edma", variants=("series",), transport_mtu=0x10000, params={"out": ("edma", "memcpy")})
def router(b, out):
    """Large packets of one endpoint that the host forwards to another arrive there: as large ones, or as
    segments with right checksums where the interface takes no others."""
    for number, port in enumerate(b.ports):
        load_transport(b, port.ep, use_remote_edma=int(number == 0 or out == "edma"))
    load_transport(b, b.rc, use_remote_edma=1, remote_edma_devs=f"0000:00:01.0={int(out == 'edma')}")
    for port in b.ports:
        for guest in port.guests:
            guest.check(f"ip link set {net.interface(guest)} mtu {MTU}")
        connect(port)
        port.ep.check(f"ip route replace 10.0.0.0/16 via {net.ADDRESS[port.rc.side]}")
    b.rc.write("/proc/sys/net/ipv4/ip_forward", 1)
    size = b.size(1 << 22, 1 << 28)
    here, there = b.ports
    few, many = segments(size) // LARGE, segments(size)
    with counted(lambda: packets(here.ep), at_most=few):
        with counted(lambda: packets(there.rc), **({"at_most": few} if out == "edma" else {"at_least": many})):
            transfer(b, here.ep, there.ep, size)
    with counted(lambda: packets(there.ep), **({"at_most": few} if out == "edma" else {"at_least": many})):
        transfer(b, there.ep, here.ep, size)
    for port in b.ports:
        no_trouble(port)


@contextlib.contextmanager
def ipv6_addresses(*places):
    """(guest, interface, address) of each."""
    for guest, name, address in places:
        guest.check(f"echo 0 > /proc/sys/net/ipv6/conf/{name}/disable_ipv6 && ip addr add {address}/64 dev {name} nodad")
    yield
    for guest, name, _address in places:
        guest.check(f"echo 1 > /proc/sys/net/ipv6/conf/{name}/disable_ipv6")


@contextlib.contextmanager
def bridged(guest):
    """A namespace behind the interface, a bridge, and an interface that takes neither segments nor checksums to come."""
    name = net.interface(guest)
    guest.modprobe("bridge", "veth")
    with namespace(guest) as inside:
        guest.check("ip link add br0 type bridge && "
                    f"ip link add veth0 type veth peer name veth1 netns {inside.pid} && "
                    f"ip link set {name} master br0 && ip link set veth0 master br0 && "
                    "ethtool -K veth0 tx-checksumming off && ip link set br0 up && ip link set veth0 up")
        inside.check("ip addr add 10.0.0.3/24 dev veth1 && ip link set veth1 up")
        yield inside
        guest.check("ip link del br0 && ip link del veth0")
    guest.rmmod("bridge", "stp", "llc", "veth")


@forward_test(up="netdev", mode="edma", variants=("debug",), transport_mtu=None, shared="checked", params={"version": (4, 6)})
def bridge(b, version):
    """Large packets cross the link and a bridge, and reach a namespace by an interface that takes no
    such packets: as segments with right checksums. The other way they stay large."""
    size = b.size(1 << 21, 1 << 26)
    few, many = segments(size, version) // LARGE, segments(size, version)
    with bridged(b.ep) as inside, contextlib.ExitStack() as stack:
        addresses = "10.0.0.3", "10.0.0.1"
        if version == 6:
            addresses = "fd00::3", "fd00::1"
            stack.enter_context(ipv6_addresses((inside, "veth1", addresses[0]), (b.rc, net.interface(b.rc), addresses[1])))
        with counted(lambda: packets(b.rc), at_most=few):
            with counted(lambda: int(b.ep.read("/sys/class/net/veth0/statistics/tx_packets")), at_least=many):
                transfer(b, b.rc, inside, size, addresses[0])
        with counted(lambda: packets(b.ep), at_most=few):
            transfer(b, inside, b.rc, size, addresses[1])
    no_trouble(b)


TAGS = {"vlan": ("802.1q",), "qinq": ("802.1ad", "802.1q")}


@forward_test(up="netdev", mode="edma", variants=("series",), transport_mtu=None, params={"tags": tuple(TAGS)})
def tagged(b, tags):
    """Large packets with one tag, or two, cross the link as such, both ways."""
    for number, guest in enumerate((b.rc, b.ep), 1):
        guest.modprobe("8021q")
        below = net.interface(guest)
        for level, protocol in enumerate(TAGS[tags]):
            guest.check(f"ip link add link {below} name tag{level} type vlan proto {protocol} id {5 + level} && "
                        f"ip link set tag{level} up")
            below = f"tag{level}"
        guest.check(f"ip addr add 10.0.5.{number}/24 dev {below}")
    size = b.size(1 << 22, 1 << 27)
    for sender, receiver in directions(b):
        with counted(lambda: packets(sender), at_most=segments(size) // LARGE):     # pylint: disable=cell-var-from-loop
            transfer(b, sender, receiver, size, "10.0.5.1" if receiver is b.rc else "10.0.5.2")
    no_trouble(b)


@forward_test(up="netdev", mode="edma", variants=("debug",), transport_mtu=None, shared="checked")
def ipv6(b):
    """Large packets of IPv6 cross the link as such, both ways."""
    addresses = {b.rc: "fd00::1", b.ep: "fd00::2"}
    size = b.size(1 << 21, 1 << 26)
    with ipv6_addresses(*((guest, net.interface(guest), address) for guest, address in addresses.items())):
        for sender, receiver in directions(b):
            with counted(lambda: packets(sender), at_most=segments(size, 6) // LARGE):  # pylint: disable=cell-var-from-loop
                transfer(b, sender, receiver, size, addresses[receiver])
    no_trouble(b)
