# SPDX-License-Identifier: GPL-2.0
"""ntb_netdev on both guests: addresses, carrier, ping, iperf3, counters."""

import json
import math
import re

from . import pace
from .errors import Failure
from .loop import PATIENCE

ADDRESS = {"rc": "10.0.0.1", "ep": "10.0.0.2", "rc2": "10.0.1.1", "ep2": "10.0.1.2"}
PEER = {"rc": "ep", "ep": "rc", "rc2": "ep2", "ep2": "rc2"}
PING_TIMEOUT = 10.0         # seconds for the first answer, and
PING_ROUND_TRIP = 1.0       # for each, with the start of ping on a busy debug kernel
PING_INTERVAL = 0.05        # more than a round trip with polled doorbells


def interface(guest, timeout=PATIENCE):
    """The name of the guest's ntb_netdev interface, as soon as it has one."""
    places = f"/sys/bus/pci/devices/{guest.device}/*/*/net/eth*"
    # by nothing but the shell: this is what tests do most often
    names = guest.until(f'set -- {places} && [ -e "$1" ] && echo "${{@##*/}}"', timeout, "an ntb_netdev interface").split()
    if len(names) != 1:
        raise Failure(f"{guest.side} has {len(names)} Ethernet interfaces, not 1: {names}")
    return names[0]


def configure(guest):
    """Give the interface its address, if it has not got it, and set it up."""
    name = interface(guest)
    guest.check(f"ip addr replace {ADDRESS[guest.side]}/24 dev {name} && ip link set {name} up")


def wait_carrier(guest, timeout=PATIENCE):
    name = interface(guest)
    guest.until(f"[ $(cat /sys/class/net/{name}/carrier) = 1 ]", timeout, f"{name}'s carrier")


def wait_no_carrier(guest, timeout=PATIENCE):
    name = interface(guest)
    guest.until(f"[ $(cat /sys/class/net/{name}/carrier) = 0 ]", timeout, f"{name} to lose its carrier")


def peer_address(guest):
    return ADDRESS[PEER[guest.side]]


def statistics(guest):
    """The interface's counters: {'rx_packets': n, ...}."""
    name = interface(guest)
    out = guest.check(f"cd /sys/class/net/{name}/statistics && grep . *")
    return {key: int(value) for key, value in (line.split(":") for line in out.splitlines())}


def keep_neighbour(guest):
    """From here on no ARP asks whether the peer, which has answered, is still there."""
    name, address = interface(guest), peer_address(guest)
    guest.check(f"mac=$(ip neigh show {address} dev {name} | sed -n 's/.*lladdr \\([^ ]*\\).*/\\1/p') && "
                f"ip neigh replace {address} lladdr $mac dev {name} nud permanent")


def ping(guest, count=20, size=56, options="", timeout=None):
    """Ping the peer: {'lost': packets}.

    An answer counts as long as it comes within `timeout` seconds of the start."""
    timeout = timeout or math.ceil(pace.scaled(PING_TIMEOUT + count * PING_ROUND_TRIP))
    # One packet on its way, however slow the machine is: a frame takes twice its MTU in ping's
    # socket, which may have room for one.  -c with -i or -A sends without waiting for answers.
    result = guest.run(f"end=$((SECONDS + {timeout})); for ((i = 0; i < {count} && SECONDS < end; i++)); do "
                       f"ping -n -c 1 -s {size} -W $((end - SECONDS)) {options} {peer_address(guest)}; done",
                       timeout=timeout + 30)
    sent = result.out.count("packets transmitted")
    answered = len(re.findall(r"icmp_seq=1 ttl=\d+", result.out))
    if not sent:
        raise Failure(f"ping printed no statistics: {result.describe()}")
    if answered == sent < count:
        raise Failure(f"only {sent} of {count} pings were sent in {timeout} s; none of them was lost")
    return {"lost": count - answered}


def round_trips(guest, count=20):
    """How long small pings take: {'min', 'avg', 'max' in microseconds, 'lost': packets}.

    All from one process: the start of another takes longer than a round trip, and goes on
    when its packet is on its way already."""
    timeout = math.ceil(pace.scaled(PING_TIMEOUT + count * PING_ROUND_TRIP))
    # -w: without it, ping waits two round trip times for the last answer, which polled doorbells
    # may miss; with it, it sends until there are enough answers
    result = guest.run(f"ping -n -i {PING_INTERVAL} -c {count} -w {timeout} {peer_address(guest)}", timeout=timeout + 30)
    if "packets transmitted" not in result.out:
        raise Failure(f"ping printed no statistics: {result.describe()}")
    answers = re.findall(r"icmp_seq=(\d+) ttl=\d+(?: time=([\d.]+) ms)?", result.out)
    lost = len(set(range(1, count + 1)) - {int(number) for number, _time in answers})
    times = [float(value) * 1000 for _number, value in answers if value]
    if not times:
        return {"min": None, "avg": None, "max": None, "lost": lost}
    return {"min": min(times), "avg": sum(times) / len(times), "max": max(times), "lost": lost}


def iperf(sender, receiver, seconds=3, udp=False, options="", timeout=None):
    """iperf3 from sender to receiver.

    TCP: {'mbps', 'bytes', 'retransmits'}; UDP: {'mbps', 'bytes', 'sent', 'lost'}.
    mbps is what arrived.  UDP sends as fast as it can unless options say -b."""
    server = receiver.spawn("iperf3 -s -1 --forceflush")
    server.expect("Server listening")
    if udp and "-b " not in options:
        options += " -b 0"
    client = sender.run(f"iperf3 -J -t {seconds} {'-u' if udp else ''} {options} "
                        f"-c {ADDRESS[receiver.side]}", timeout or seconds + 30)
    try:
        report = json.loads(client.out)
    except json.JSONDecodeError:
        raise Failure(f"iperf3 printed no report: {client.describe()}") from None
    if not client.ok or "error" in report:
        server.kill()
        raise Failure(f"iperf3 {sender.side} to {receiver.side}: "
                      f"{report.get('error', client.describe())}")
    server.check()
    end = report["end"]
    received = end["sum_received"]
    result = {"mbps": received["bits_per_second"] / 1e6, "bytes": received["bytes"]}
    if udp:
        result.update(sent=end["sum"]["packets"], lost=end["sum"]["lost_packets"])
    else:
        result.update(retransmits=end["sum_sent"]["retransmits"])
    return result
