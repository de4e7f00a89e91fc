# SPDX-License-Identifier: GPL-2.0
"""Peers that do not fit together: an old kernel, another mode, a device without what the
remote eDMA needs. Each side that runs our code says so, once, and has no carrier; when the
setting is corrected the link comes up, without a reboot."""

import re

from lib_recovery import back, level, rescan
from lib_traffic import bring_up, directions, no_trouble, payload, queue_counters, refresh
from remote_edma import edma
from bench.endpoint import settings
from bench.testing import equal, net, require, test

# Words of the control region, see include/linux/ntb_epf.h
CTRL_BAR = 0
COMMAND, ARGUMENT, STATUS, VERSION = 0x0, 0x4, 0x8, 0xc
HOST_VERSION, CMD_SEQ, CMD_SEQ_DONE, HOST_EPOCH = 0x164, 0x168, 0x16c, 0x1f0
CONFIGURE_DOORBELL = 1
REFUSED = 2
KNOWN = 1                   # the version that both drivers know

ERROR = re.compile(r"(link stays down|use_remote_edma|use_msi|exclude each other|needs \d)")
NO_DRIVER = "no driver for the peer's DMA engine"
ETHERNET = 14               # bytes of a header
SLOTS = 64                  # of a ring that has the whole window, with the bench's transport_mtu
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
    guest.wait_dmesg(re.escape(line))
    found = complaints(guest)
    equal(len(found), 1, f"lines of {guest.side}: {found}")


def no_link(b):
    for guest in b.guests:
        found = guest.run("cat /sys/class/net/eth*/carrier").out.strip()
        require(found in ("", "0"), f"{guest.side} has a carrier")


def times_up(b):
    """How often the link of a queue has come up: sides that disagree about a ring begin again and again."""
    return {guest.side: sum(": Link Up" in line for line in guest.dmesg()) for guest in b.guests}


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
    """Two new sides that were given different numbers of queues take the smaller one, and lay out
    their rings for it: more frames than a ring has slots get through."""
    for guest, queues in ((b.ep, ep), (b.rc, rc)):
        guest.modprobe("ntb_transport", max_num_clients=queues, transport_mtu=b.plan.transport_mtu)
        guest.modprobe("ntb_netdev")
        net.configure(guest)
    works(b)
    before = times_up(b)
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 2, SLOTS * b.plan.transport_mtu)
    equal(times_up(b), before, "times that the link of a queue came up")
    equal([complaints(guest) for guest in b.guests], [[], []], "complaints")


@edma(transport_mtu=None, params={"smaller": ("rc", "ep")}, covers=("R26",))
def unequal_mtu(b, smaller):
    """Two sides with different transport_mtu agree on the smaller one: the other side says so, once,
    and refuses an MTU that does not fit when it is asked for; the largest that fits works."""
    less = getattr(b, smaller)
    more = b.peer(less)
    load(less, b, use_remote_edma=1, transport_mtu=0x2000)
    load(more, b, use_remote_edma=1, transport_mtu=0x4000)
    works(b)
    line = "the peer accepts 8192 bytes a packet, transport_mtu is 16384 here"
    more.wait_dmesg(line)
    name, fits = net.interface(more), 0x2000 - ETHERNET
    more.fails(f"ip link set {name} mtu {fits + 1}", "mtu greater than device maximum")
    for guest in b.guests:
        guest.check(f"ip link set {net.interface(guest)} mtu {fits}")
    works(b)
    for guest in b.guests:
        equal(net.ping(guest, 3, size=fits - 28, options="-M do")["lost"], 0, f"pings lost from {guest.side}")
    for guest, count in ((more, 1), (less, 0)):
        equal(sum("bytes a packet" in each for each in guest.dmesg()), count, f"lines of {guest.side}")


@edma(covers=("R26",))
def engine_without_a_driver(b):
    """The host has no driver for the endpoint's engine: it says so once, however often it tries,
    and the link comes up when there is one."""
    b.rc.check("printf '#!/bin/sh\\necho \"$@\" >>/run/wanted\\nexit 1\\n' >/run/no-modprobe; chmod +x /run/no-modprobe; "
               "cat /proc/sys/kernel/modprobe >/run/modprobe; echo /run/no-modprobe >/proc/sys/kernel/modprobe")
    for guest in b.guests:
        load(guest, b, use_remote_edma=1)
    b.rc.wait_dmesg(NO_DRIVER)
    b.rc.until("[ $(grep -c dw-edma /run/wanted) -ge 3 ]", what="more attempts")
    equal(sum(NO_DRIVER in line for line in b.rc.dmesg()), 1, "lines of the RC about it")
    equal(len(complaints(b.ep)), 1, f"lines of the EP: {complaints(b.ep)}")
    no_link(b)
    b.rc.check("cat /run/modprobe >/proc/sys/kernel/modprobe")
    works(b)


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
    mine.wait_dmesg(ERROR.pattern)
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
    b.ep.wait_dmesg("use_msi=1 needs a device with MSI interrupts")


def peek(b, offset):
    return b.model.do(f"peek bar {CTRL_BAR} {offset:#x}")["value"]


def poke(b, offset, value):
    b.model.do(f"poke bar {CTRL_BAR} {offset:#x} {value:#x}")


def versions(guest):
    """What a guest says about versions of the control region."""
    return [line for line in guest.dmesg() if "of the control region" in line]


@edma(up="link", params={"version": (2, 0xfffffffe)}, covers=("R02",))
def unknown_endpoint(b, version):
    """The control region has a version that the host does not know: the host says so, leaves the
    device alone, and takes it when the version is right."""
    load(b.ep, b, use_remote_edma=1)
    poke(b, VERSION, version)
    b.rc.check("modprobe ntb_hw_epf")
    equal(len(versions(b.rc)), 1, f"lines of the RC: {versions(b.rc)}")
    require(f"version {version} of" in versions(b.rc)[0] and f"version {KNOWN}" in versions(b.rc)[0],
            f"not both versions are named: {versions(b.rc)[0]}")
    equal(b.rc.check("ls /sys/bus/ntb/devices"), "", "NTB devices of the RC")
    found = b.model.status()
    equal((found["bme"], found["msi_enabled"]), (False, False), "bus mastering and MSI of the device")
    equal(peek(b, HOST_VERSION), 0, "the version that the host has written")
    no_link(b)

    poke(b, VERSION, KNOWN)
    b.rc.check("modprobe -r ntb_hw_epf && modprobe ntb_hw_epf")
    load(b.rc, b, use_remote_edma=1)
    works(b)


def write_command(b, command, argument, seq):
    """A command to the EP, as ntb_hw_epf writes it, which may write the next one at once."""
    poke(b, ARGUMENT, argument)
    poke(b, CMD_SEQ, seq)
    poke(b, COMMAND, command)


def send_command(b, command, argument, seq):
    """The same where the driver is idle: how it was answered."""
    write_command(b, command, argument, seq)
    b.until(lambda: peek(b, CMD_SEQ_DONE) == seq, what="the EP to answer a command")
    return peek(b, STATUS) & 0xffff


@edma(up="link", params={"running": (False, True)}, covers=("R02",))
def unknown_host(b, running):
    """A host writes a version that the EP does not know, alone or in place of one whose link is
    up: the EP says so, refuses it, has no link, and serves the next host."""
    load(b.ep, b, use_remote_edma=1)
    if running:
        b.load_ntb()
        load(b.rc, b, use_remote_edma=1)
        works(b)
    poke(b, HOST_EPOCH, 0x12345678)
    poke(b, HOST_VERSION, KNOWN + 1)
    equal(send_command(b, CONFIGURE_DOORBELL, 16, seq=0x23456789), REFUSED, "answer")
    equal(len(versions(b.ep)), 1, f"lines of the EP: {versions(b.ep)}")
    require(f"host uses version {KNOWN + 1} of" in versions(b.ep)[0] and f"version {KNOWN}" in
            versions(b.ep)[0].replace(f"version {KNOWN + 1}", ""), f"not both versions are named: {versions(b.ep)[0]}")
    equal(peek(b, HOST_VERSION), 0, "the version that the next host finds")
    net.wait_no_carrier(b.ep)

    if running:
        unload(b.rc)
        b.rc.rmmod("ntb_hw_epf")
    b.load_ntb()
    load(b.rc, b, use_remote_edma=1)
    works(b)


PARTS = re.compile(r"link stays down|cannot map|inbound window")


@edma(profiles=("few-windows",), timeout=120, covers=("R26",))
def few_inbound_windows(b):
    """The controller has too few inbound windows: each side has one line, that the link stays down,
    and the EP's says why; nothing is left when the modules are gone, and both copy when they are
    told to."""
    lines = {}
    with level(b, *b.guests):
        for guest in b.guests:
            load(guest, b, use_remote_edma=1)
        for guest in b.guests:
            guest.wait_dmesg(PARTS.pattern)
        # meanwhile they try again
        require(net.ping(b.ep, 1, timeout=3)["lost"], "somebody answered")
        no_link(b)
        for guest in b.guests:
            lines[guest.side] = [line for line in guest.dmesg() if PARTS.search(line)]
            unload(guest)
        for guest in b.guests:
            guest.rmmod("ntb_hw_edma")
    for guest in (b.ep, b.rc):
        load(guest, b, transport_mtu=0x4000, use_remote_edma=0)
    works(b)
    for side, found in lines.items():
        equal(len(found), 1, f"lines of {side}: {found}")
    require("too few inbound windows" in lines["ep"][0], f"the EP does not say why: {lines['ep'][0]}")


NO_VECTOR = re.compile(r"no interrupt vector|link stays down")


# what the tool that sets up boards refuses for this mode
TIGHT = {"msi_interrupts": 16, "num_mws": 2, "mw1": 0xa0000, "mw2": 0x60000, "mw2_offset": 0xa0000, "mw2_bar": 2}


@edma(settings="vntb", changes=TIGHT, covers=("R26",))
def no_vector(b):
    """All MSI vectors are the doorbells': the host names what is missing, the other side where to look, and nobody has a link."""
    for guest in b.guests:
        load(guest, b, use_remote_edma=1)
    for guest in b.guests:
        guest.wait_dmesg("link stays down")
    no_link(b)
    found = [line for line in b.rc.dmesg() if NO_VECTOR.search(line)]
    equal(len(found), 2, f"lines of the RC: {found}")
    require("left for the peer's DMA engine, which has" in found[0], found[0])


@edma(changes={"db_count": 31}, covers=("R26",))
def one_vector(b):
    """A single vector is for errors of the host's channels and for the ends of the endpoint's runs."""
    for guest in (b.ep, b.rc):
        load(guest, b, use_remote_edma=1)
    works(b)
    lines = [line for line in b.rc.read("/proc/interrupts").splitlines() if "ntb_hw_edma" in line]
    require(len(lines) == 1 and "dw-edma" in lines[0], f"handlers of the vector: {lines}")


# Words at the start of the endpoint's block, see struct ntb_edma_block
RING_BAR = 2
CHANS, IRQ_SEQ, IRQ_ADDR, IRQ_NUM, IRQ_DATA, IRQ_RESERVED = 8, 12, 16, 24, 28, 60
HOSTILE = {
    "no_channel": (CHANS, 0, "reject_irq"),
    "channels": (CHANS, 9, "reject_irq"),
    "address": (IRQ_ADDR, 0x1002, "reject_irq"),
    "none": (IRQ_NUM, 0, "reject_irq"),
    "too_many": (IRQ_NUM, 9, "reject_irq"),
    "data": (IRQ_DATA, 0x10000, "reject_irq"),
    "reserved": (IRQ_RESERVED, 1, "reject_reserved"),
}


@edma(shared="checked", up="netdev", params={"field": tuple(HOSTILE)}, covers=("R26",))
def hostile_interrupt(b, field):
    """The host asks the endpoint's engine for an interrupt that it cannot raise: the endpoint counts that and ends the link, which
    starts over with what the host really has."""
    offset, value, counter = HOSTILE[field]
    before = queue_counters(b.ep, 0)[counter]
    since = len(b.ep.lines)
    seq = b.model.do(f"peek bar {RING_BAR} {IRQ_SEQ:#x}")["value"]
    require(seq and not seq & 1, f"irq_seq is {seq}: the block is somewhere else")
    for where, what in ((offset, value), (IRQ_SEQ, seq + 2)):
        b.model.do(f"poke bar {RING_BAR} {where:#x} {what:#x}")
    b.ep.wait_dmesg("the peer cannot be interrupted, link goes down", since=since)
    back(b)
    equal(queue_counters(b.ep, 0)[counter] - before, 1, counter)
