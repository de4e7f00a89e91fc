# SPDX-License-Identifier: GPL-2.0
"""Two NTB devices of one host, each with an endpoint of its own: one uses the remote eDMA, the
other copies. What happens to one is nothing to the other."""

import contextlib

from lib_recovery import RESET, Load
from lib_traffic import Endless, Transfer, directions, no_trouble
from bench.testing import equal, net, require, test

MORE = 1 << 20          # bytes

# How the host is told which device uses the eDMA, and which port that is.
CHOICES = {
    "this_one": ({"use_remote_edma": 0, "remote_edma_devs": "0000:00:00.0=1"}, 0),
    "all_but": ({"use_remote_edma": 1, "remote_edma_devs": "0000:00:00.0=0"}, 1),
    "each": ({"use_remote_edma": 0, "remote_edma_devs": "0000:00:00.0=0,0000:00:01.0=1"}, 1),
}


def two_ports(**header):
    """@test of a host with two devices, on the series."""
    return test(**{"ports": 2, "up": "ntb", "settings": "vntb-edma", "variants": ("series",), "timeout": 180,
                   "covers": ("R06", "R26"), **header})


def load_transport(b, guest, **parameters):
    guest.modprobe("ntb_transport", max_num_clients=b.plan.clients, transport_mtu=b.plan.transport_mtu, **parameters)
    guest.modprobe("ntb_netdev")


def bring(b, choice):
    """ntb_netdev on all three, with addresses and carrier: (port with eDMA, port that copies)."""
    parameters, dma = CHOICES[choice]
    for number, port in enumerate(b.ports):
        load_transport(b, port.ep, use_remote_edma=int(number == dma))
    load_transport(b, b.rc, **parameters)
    for port in b.ports:
        connect(port)
    return b.ports[dma], b.ports[1 - dma]


def connect(port):
    """Addresses, and carrier on both sides."""
    for guest in port.guests:
        net.configure(guest)
    for guest in port.guests:
        net.wait_carrier(guest)
    for guest in port.guests:
        guest.check(f"ip neigh flush dev {net.interface(guest)}")


def at_once(ports, kind, *words):
    """Random bytes on each of the ports, both ways, all at once."""
    with running(kind(port, sender, receiver, *words) for port in ports for sender, receiver in directions(port)):
        pass


@contextlib.contextmanager
def running(transfers):
    """Transfers that are finished, and right, in the end."""
    with contextlib.ExitStack() as stack:
        transfers = [stack.enter_context(transfer) for transfer in transfers]
        for transfer in transfers:
            transfer.start()
        yield
        for transfer in transfers:
            transfer.finish()


def moved_by_dma(port):
    total = port.model.counters()["sum"]
    return total["dma_read_bytes"], total["dma_write_bytes"]


@two_ports(params={"choice": tuple(CHOICES)})
def traffic(b, choice):
    """Pings and random bytes on both ports at the same time, both ways: all is right, nothing is
    dropped, and the engine moves what the port with eDMA carries, and nothing else."""
    dma, copies = bring(b, choice)
    for port in b.ports:
        for guest in port.guests:
            equal(net.ping(guest, 5)["lost"], 0, f"pings lost from {guest.side}")
        port.model.reset_counters()
    size = b.size(1 << 20, 1 << 27)
    at_once(b.ports, Transfer, "tcp", 2, size)
    require(min(moved_by_dma(dma)) >= 2 * size, f"the engine moved {moved_by_dma(dma)} bytes of {2 * size} each way")
    equal(moved_by_dma(copies), (0, 0), "bytes that the other port's engine moved")
    at_once(b.ports, Transfer, "udp", 2, size, 1400)
    for port in b.ports:
        no_trouble(port)


def rescan(port):
    """The user of the host looks anew for this device alone."""
    port.rc.check(f"echo 1 > /sys/bus/pci/devices/{port.rc.device}/remove && echo 1 > /sys/bus/pci/rescan")


def goes_on(port):
    """Wait until both sides have received more."""
    for guest in port.guests:
        count = f"$(cat /sys/class/net/{net.interface(guest)}/statistics/rx_bytes)"
        wanted = net.statistics(guest)["rx_bytes"] + MORE
        guest.until(f"[ {count} -gt {wanted} ]", what="traffic to go on")


@two_ports(params={"choice": ("this_one", "all_but")}, violations=RESET)
def ep_dies(b, choice):
    """The EP with the eDMA dies while both ports carry traffic, boots again, and the host removes its
    device and finds it again: the other port's traffic goes on all the time, nothing is lost there.
    In the end both work."""
    dma, copies = bring(b, choice)
    with running(Endless(copies, sender, receiver, 2) for sender, receiver in directions(copies)):
        with Load(dma) as load:
            for _ in range(b.size(1, 10)):
                dma.model.reset_counters()
                dma.until(lambda: min(moved_by_dma(dma)) > MORE, what="traffic on the port with eDMA")
                load.kill(dma.ep)
                net.wait_no_carrier(dma.rc)
                goes_on(copies)
                dma.boot_ep()
                dma.setup_ep()
                dma.model.link("up")
                rescan(dma)
                goes_on(copies)
                load_transport(b, dma.ep, use_remote_edma=1)
                connect(dma)
                load.start(dma.ep)
        goes_on(copies)
    no_trouble(copies)
    at_once(b.ports, Transfer, "tcp", 2, 1 << 18)
    equal(copies.model.violations()["list"], [], "violations on the port that copies")


@two_ports(variants=(), soak=("debug",), shared=False, timeout=300, violations=RESET)
def under_the_debug_kernel(b):
    """An EP dies, with the debug kernel on all three."""
    ep_dies(b, "all_but")
