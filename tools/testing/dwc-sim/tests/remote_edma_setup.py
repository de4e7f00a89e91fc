# SPDX-License-Identifier: GPL-2.0
"""Peers that do not fit together: an old kernel, another mode, a device without what the
remote eDMA needs. Each side that runs our code says so, once, and has no carrier; when the
setting is corrected the link comes up, without a reboot."""

import re

from lib_traffic import bring_up, directions, no_trouble, payload, refresh
from remote_edma import edma
from bench.testing import equal, net, require, test

ERROR = re.compile(r"(link stays down|use_remote_edma|use_msi|exclude each other|needs \d)")
PEER_COPIES = "link stays down: the peer copies through the memory windows; load ntb_transport with use_remote_edma=1 there, or with 0 here"
PEER_HAS_DMA = "link stays down: the peer uses its DMA engine; load ntb_transport with use_remote_edma=1 here, or with 0 there"


def complaints(guest):
    """What the guest's kernel says about settings that do not fit."""
    return [line for line in guest.dmesg() if ERROR.search(line)]


def load(guest, b, **parameters):
    guest.modprobe("ntb_transport", max_num_clients=b.plan.clients, **parameters)
    guest.modprobe("ntb_netdev")
    net.configure(guest)


def unload(guest):
    guest.run("rmmod ntb_netdev")
    guest.rmmod("ntb_transport")


def says(guest, line):
    """One line, this one."""
    guest.wait_dmesg(re.escape(line), 10)
    found = complaints(guest)
    equal(len(found), 1, f"lines of {guest.side}: {found}")


def no_link(b):
    for guest in b.guests:
        found = guest.run("cat /sys/class/net/eth*/carrier").out.strip()
        require(found in ("", "0"), f"{guest.side} has a carrier")


def works(b):
    for guest in b.guests:
        net.wait_carrier(guest)
    refresh(b)
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 2, 1 << 16)


@test(up="ntb", variants=("series:base", "base:series"), params={"queues": (1, 4)}, covers=("R12", "R16"))
def old_peer(b, queues):
    """An unmodified kernel on one side, in either role: memcpy works as ever."""
    bring_up(b, queues=queues)
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 4, b.size(1 << 16, 1 << 24))
    no_trouble(b, queues)


@test(up="ntb", variants=("series",), params={"rc": (1, 4), "ep": (2,)}, covers=("R12",))
def unequal_queues(b, rc, ep):
    """Two new sides that were given different numbers of queues take the smaller one."""
    for guest, queues in ((b.ep, ep), (b.rc, rc)):
        guest.modprobe("ntb_transport", max_num_clients=queues, transport_mtu=b.plan.transport_mtu)
        guest.modprobe("ntb_netdev")
        net.configure(guest)
    works(b)
    equal([complaints(guest) for guest in b.guests], [[], []], "complaints")


@edma(params={"side": ("rc", "ep")}, covers=("R26",))
def one_side_only(b, side):
    """use_remote_edma=1 on one side, 0 on the other."""
    mine, other = getattr(b, side), b.peer(getattr(b, side))
    load(mine, b, use_remote_edma=1)
    load(other, b, use_remote_edma=0)
    says(mine, PEER_COPIES)
    says(other, PEER_HAS_DMA)
    no_link(b)
    unload(other)
    load(other, b, use_remote_edma=1)
    works(b)


@edma(variants=("series:base", "base:series"), settings="vntb", covers=("R02", "R26"))
def against_an_old_peer(b):
    """The peer's kernel knows nothing of it: our side says so, and copies when it is told to."""
    mine, old = (b.rc, b.ep) if b.plan.ep == "base" else (b.ep, b.rc)
    load(old, b, transport_mtu=0x4000)
    refused = mine.run(f"modprobe ntb_transport max_num_clients={b.plan.clients} use_remote_edma=1")
    require(refused.ok, f"modprobe: {refused.describe()}")
    mine.wait_dmesg(ERROR.pattern, 10)
    equal(len(complaints(mine)), 1, f"lines: {complaints(mine)}")
    no_link(b)
    mine.rmmod("ntb_transport")
    load(mine, b, transport_mtu=0x4000, use_remote_edma=0)
    works(b)


def refused(guest, line, **parameters):
    """ntb_transport does not take the device, and says why; correct it by loading it again."""
    guest.modprobe("ntb_transport", use_remote_edma=1, **parameters)
    says(guest, line)
    equal(guest.run("ls /sys/bus/ntb_transport/devices").out, "", f"devices of ntb_transport on {guest.side}")
    guest.rmmod("ntb_transport")


@edma(profiles=("no-edma",), settings="vntb-edma", covers=("R26",))
def without_an_engine(b):
    """The controller has no eDMA: both sides say so, and copy when they are told to."""
    for guest in b.guests:
        refused(guest, "use_remote_edma: neither side shares a DMA engine through this device")
    for guest in (b.ep, b.rc):
        load(guest, b, transport_mtu=0x4000)
    works(b)


@edma(settings="vntb", covers=("R26",))
def one_window(b):
    """One memory window is too few: both sides say so."""
    for guest in b.guests:
        refused(guest, "use_remote_edma needs 2 memory windows, there are 1")
    for guest in (b.ep, b.rc):
        load(guest, b, transport_mtu=0x4000)
    works(b)


@edma(covers=("M1", "R26"))
def with_use_msi(b):
    """use_msi sends interrupts through a window of its own: not together."""
    for guest in b.guests:
        refused(guest, "use_msi and use_remote_edma exclude each other", use_msi=1)
    for guest in (b.ep, b.rc):
        load(guest, b, use_remote_edma=1)
    works(b)


@test(up="ntb", settings="vntb-edma", variants=("series",), covers=("M1",))
def use_msi_alone(b):
    """An endpoint has no MSI interrupts that its peer could raise through a window: refused."""
    b.ep.modprobe("ntb_transport", use_msi=1)
    b.ep.wait_dmesg("use_msi=1 needs a device with MSI interrupts", 10)
