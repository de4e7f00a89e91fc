# SPDX-License-Identifier: GPL-2.0
"""Helpers of the ntb_netdev tests: queues, MTU, payload that is checked byte for byte."""

import contextlib
import os
import re

from lib_ntb import DEBUGFS
from bench import paths
from bench.testing import equal, net, require

PAYLOAD = os.path.join(paths.TESTS, "lib_payload.py")
HEADERS = 14 + 12               # Ethernet, and what the transport puts behind each frame
# counters of an interface that say that something went wrong
TROUBLE = ("rx_errors", "tx_errors", "rx_dropped", "tx_dropped", "rx_length_errors",
           "rx_fifo_errors", "tx_aborted_errors")


def directions(b):
    """(sender, receiver), both ways."""
    return (b.rc, b.ep), (b.ep, b.rc)


def bring_up(b, mtu=None, queues=1):
    """ntb_netdev on both sides with an MTU (default: its own) and so many queues; both
    know each other's address, so that no datagram waits for an answer to ARP."""
    b.load_transport()
    for guest in (b.ep, b.rc):
        guest.modprobe("ntb_netdev")
        if mtu:
            guest.check(f"ip link set {net.interface(guest)} mtu {mtu}")
        net.configure(guest)
    set_queues(b, queues)
    equal(net.ping(b.rc, 1)["lost"], 0, "first ping, lost")


def set_queues(b, queues):
    """On both sides.  One by one: on base the links of several may miss each other for
    ever (netdev.links_of_several_queues)."""
    current = int(b.rc.check(f"ethtool -l {net.interface(b.rc)} | sed -n 's/^Combined:[^0-9]*//p' | tail -1"))
    wait_queues(b, current)
    while current != queues:
        current += 1 if current < queues else -1
        for guest in b.guests:
            guest.check(f"ethtool -L {net.interface(guest)} combined {current}")
        wait_queues(b, current)


def wait_queues(b, queues):
    """Wait until each queue has its link, on both sides."""
    for guest in b.guests:
        for queue in range(queues):
            guest.until(f"grep -q . {DEBUGFS}/ntb_transport/{guest.device}/qp{queue}/stats",
                        what=f"the link of queue {queue}")
        net.wait_carrier(guest)


def queue_counters(guest, queue):
    """ntb_transport's counters of a queue: {'rx_pkts': n, 'free tx': n, ...}; empty without a link."""
    text = guest.check(f"cat {DEBUGFS}/ntb_transport/{guest.device}/qp{queue}/stats")
    found = re.findall(r"(?m)^([\w ]+?)(?: \(\w\))?(?: - *\t?|: )(\d+)$", text)
    return {key: int(value) for key, value in found}


def tcp_counters(netstat):
    """What TCP has counted, of /proc/net/netstat: {'PruneCalled': n, ...}."""
    names, numbers = (line.split()[1:] for line in netstat.splitlines() if line.startswith("TcpExt:"))
    return dict(zip(names, map(int, numbers)))


def send_any_number(guest):
    """The stack does not stop queue 0 for what is on its way (byte queue limits); the ring still does."""
    guest.write(f"/sys/class/net/{net.interface(guest)}/queues/tx-0/byte_queue_limits/limit_min", 1 << 20)
    # a limit is worked out when a frame completes
    equal(net.ping(guest, 1)["lost"], 0, "ping, lost")


def refresh(b):
    """Forget the peer's address: an interface that was made again has another random one."""
    for guest in b.guests:
        guest.check(f"ip neigh flush dev {net.interface(guest)}")


class Transfer:
    """Random bytes from one side to the other, see lib_payload.py; address: the receiver's, if it
    is not the interface's own.  A context manager: what still runs when it is left is killed."""

    def __init__(self, b, sender, receiver, kind, streams, size, datagram=0, address=None):
        self.words = (f"{kind} {streams} {b.random.getrandbits(32)} {size} {datagram} "
                      f"{address or net.ADDRESS[receiver.side]}")
        self.sender, self.receiver = sender, receiver
        self.what = f"{kind} {sender.side} to {receiver.side}"
        self.wanted = [{"tcp": f"{size} bytes", "udp": f"{size // datagram if datagram else 0} datagrams",
                        "flows": f"{size} datagrams", "endless": None}[kind]] * streams
        self.timeout = 60 + b.size(0, 600)
        self.jobs = [receiver.spawn(f"python3 -IS {PAYLOAD} receive {self.words}")]
        self.jobs[0].expect("listening")

    def start(self):
        self.jobs.append(self.sender.spawn(f"python3 -IS {PAYLOAD} send {self.words}"))

    def finish(self):
        """Raises at the first wrong byte."""
        there, here = self.jobs
        here.check(self.timeout)
        equal(there.check(self.timeout).out.splitlines()[1:], self.wanted, self.what)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        for job in self.jobs:
            if job.running():
                job.kill()


class Endless(Transfer):
    """Random bytes over TCP until finish() is called."""

    def __init__(self, b, sender, receiver, streams):
        super().__init__(b, sender, receiver, "endless", streams, 0)

    def start(self):
        self.jobs.append(self.sender.spawn(f"python3 -IS {PAYLOAD} send {self.words}", stdin=True))

    def finish(self):
        self.jobs[1].close_stdin()
        self.wanted = self.jobs[1].check(self.timeout).out.splitlines()
        super().finish()


def payload(b, sender, receiver, kind, streams, size, datagram=0, meanwhile=None, address=None):
    """A whole transfer. meanwhile() is called while it runs."""
    with Transfer(b, sender, receiver, kind, streams, size, datagram, address) as transfer:
        transfer.start()
        if meanwhile:
            meanwhile()
        transfer.finish()


def payload_both_ways(b, kind, streams, size, datagram=0):
    """The same in both directions at once."""
    with contextlib.ExitStack() as stack:
        transfers = [stack.enter_context(Transfer(b, sender, receiver, kind, streams, size, datagram))
                     for sender, receiver in directions(b)]
        for transfer in transfers:
            transfer.start()
        for transfer in transfers:
            transfer.finish()


def no_trouble(b, queues=1):
    """Nothing was dropped or refused anywhere, on either side."""
    for guest in b.guests:
        counters = net.statistics(guest)
        bad = {key: counters[key] for key in TROUBLE if counters[key]}
        for queue in range(queues):
            found = queue_counters(guest, queue)
            require(found, f"{guest.side}: queue {queue} has no link")
            bad.update({f"qp{queue} {key}": value for key, value in found.items()
                        if value and ("_err_" in key or key.startswith("reject_"))})
        equal(bad, {}, f"counters of {guest.side}")
