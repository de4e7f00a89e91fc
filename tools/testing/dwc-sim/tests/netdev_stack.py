# SPDX-License-Identifier: GPL-2.0
"""What people put on top of ntb_netdev: IPv6, a VLAN, a bridge to a container, a packet filter.

     10.0.0.1  fd00::1  10.0.5.1 (VLAN 5)  RC  ----  EP  10.0.5.2 (VLAN 5)  fd00::2  10.0.0.2
                                                     EP  bridge, veth, namespace  10.0.0.3
"""

import re

from bench.testing import equal, net, require, test

VLAN = 5
PINGS = 3
RULES = """
table inet bench {
    chain input {
        type filter hook input priority 0; policy accept;
        icmp type echo-reply counter
    }
}
"""


def pings(guest, address):
    """Ping an address until it has answered several times."""
    guest.check(f"ping -n -i 0.2 -c {PINGS} -w 30 {address}")


def stack_test(function):
    return test(up="netdev", variants=("debug",), shared=True)(function)


@stack_test
def ipv6(b):
    """IPv6 addresses of both sides reach each other."""
    for guest, address in ((b.rc, "fd00::1"), (b.ep, "fd00::2")):
        name = net.interface(guest)
        guest.write(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", 0)
        guest.check(f"ip addr add {address}/64 dev {name} nodad")
    pings(b.rc, "fd00::2")
    pings(b.ep, "fd00::1")
    for guest in b.guests:
        guest.write(f"/proc/sys/net/ipv6/conf/{net.interface(guest)}/disable_ipv6", 1)


@stack_test
def vlan(b):
    """A VLAN carries traffic beside what has no tag."""
    for number, guest in enumerate((b.rc, b.ep), 1):
        name = net.interface(guest)
        guest.modprobe("8021q")
        guest.check(f"ip link add link {name} name vlan type vlan id {VLAN} && ip link set vlan mtu 1500 up && "
                    f"ip addr add 10.0.{VLAN}.{number}/24 dev vlan")
    pings(b.rc, f"10.0.{VLAN}.2")
    equal(net.ping(b.ep, 1)["lost"], 0, "ping without a tag, lost")
    for guest in b.guests:
        guest.check("ip link del vlan")
        guest.rmmod("8021q")


@stack_test
def bridge(b):
    """A network namespace of the EP that is bridged to the interface is reached from the RC."""
    name = net.interface(b.ep)
    b.ep.modprobe("bridge", "veth")
    holder = b.ep.spawn("exec unshare -n bash -c 'echo $$; exec sleep infinity'")
    container = holder.expect(r"(\d+)\n").group(1).decode()
    b.ep.check(f"ip link add br0 type bridge && ip link add veth0 type veth peer name veth1 netns {container} && "
               f"ip link set {name} master br0 && ip link set veth0 master br0 && "
               "ip link set br0 up && ip link set veth0 up")
    b.ep.check(f"nsenter -n -t {container} bash -c 'ip addr add 10.0.0.3/24 dev veth1 && ip link set veth1 up'")
    pings(b.rc, "10.0.0.3")
    b.ep.check("ip link del br0 && ip link del veth0")
    holder.kill()
    b.ep.rmmod("bridge", "stp", "llc", "veth")
    b.rc.check(f"ip neigh flush dev {net.interface(b.rc)}")


@stack_test
def packet_filter(b):
    """nftables sees what arrives, and what it drops is dropped."""
    b.rc.check("nft -f -", stdin=RULES.encode())
    pings(b.rc, net.ADDRESS["ep"])
    found = b.rc.check("nft list chain inet bench input")
    # a ping that takes long is sent again, and answered twice
    counted = int(re.search(r"counter packets (\d+) ", found).group(1))
    require(counted >= PINGS, f"{counted} answers were counted, {PINGS} have come")
    b.rc.check("nft add rule inet bench input icmp type echo-reply drop")
    b.rc.fails(f"ping -n -c 1 -W 1 {net.ADDRESS['ep']}", "100% packet loss")
    b.rc.check("nft delete table inet bench")
    b.rc.rmmod("nf_tables")
    equal(net.ping(b.rc, 1)["lost"], 0, "ping without the filter, lost")
