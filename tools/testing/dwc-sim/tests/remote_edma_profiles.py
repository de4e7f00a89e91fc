# SPDX-License-Identifier: GPL-2.0
"""What differs between controllers, and what the remote eDMA does about it."""

import re

from lib_recovery import RESET, Load, back, level, moving, rescan
from lib_traffic import payload, queue_counters
from remote_edma import edma
from remote_edma_counts import runs_heard
from bench import paths
from bench.endpoint import doorbell_path
from bench.testing import equal, net, require, test

GLUE = ("rcar-s4", "no-emulated-irq", "msix-32", "msi-doorbell")
# what a side says that no event of the link has told
WAITED = re.compile("(peer is silent|DMA makes no progress|all DMA of a queue fails), link goes down")
RCAR_READ = 128         # bytes; R-Car S4 returns wrong data for reads of more
DEVICE = "/sys/bus/pci/devices/0000:00:00.0"


@edma(profiles=("generic",) + GLUE, covers=("R20", "D05"))
def doorbells(b):
    """Doorbells take the path that the profile names."""
    wanted = paths.read_settings(paths.profile(b.plan.profile))["doorbell"]
    equal(doorbell_path(b.ep), wanted, "doorbell path")


@edma(up="netdev", profiles=("generic", "no-emulated-irq", "msi-doorbell"), covers=("R19", "R20"))
def runs_interrupt(b):
    """The end of a run interrupts the other side, whether or not a write of the host can interrupt the EP. What is owed to a
    sender that has asked for an event is a run, too. Nobody rings a doorbell."""
    for guest in b.guests:
        equal(net.ping(guest, 5)["lost"], 0, f"pings lost from {guest.side}")
    for receiver in b.guests:
        sender = b.peer(receiver)
        before = {guest.side: (queue_counters(guest, 0), runs_heard(guest)) for guest in b.guests}
        equal(net.ping(sender, 20)["lost"], 0, "pings lost")
        payload(b, sender, receiver, "tcp", 1, b.size(1 << 22, 1 << 26))
        for guest in b.guests:
            then, heard = before[guest.side]
            now = queue_counters(guest, 0)
            equal(now["doorbells"] - then["doorbells"], 0, f"doorbells of {guest.side}")
            require(runs_heard(guest) - heard >= 20, f"interrupts of {guest.side} for 20 pings")
        wakes = queue_counters(receiver, 0)["tx_wakes"] - before[receiver.side][0]["tx_wakes"]
        require(wakes >= b.size(1 << 22, 1 << 26) // 65536 // 4, f"{wakes} wakes by {receiver.side}")


@test(variants=("series", "base:series"), profiles=("msix-32",), up="netdev", covers=("R14",))
def msi_instead_of_msix(b):
    """The controller shows MSI-X, which pci-epf-vntb cannot raise: hosts, old ones too, use MSI,
    and nobody's MSI-X table is written over the control region."""
    kinds = set(b.rc.check(f"cat {DEVICE}/msi_irqs/*").split())
    equal(kinds, {"msi"}, "kinds of interrupts")
    for guest in b.guests:
        equal(net.ping(guest, 5)["lost"], 0, f"pings lost from {guest.side}")


@edma(profiles=("rcar-s4",), covers=("R29",))
def read_requests(b):
    """The endpoint reads no more at a time than R-Car S4 can: what the host finds in
    Max_Read_Request_Size is too much."""
    before = int(paths.read_settings(paths.profile("rcar-s4"))["mrrs"])
    require(before > RCAR_READ, f"the profile has {before} bytes at reset: nothing is shown")
    control = int(b.rc.check(f"od -An -tu2 -j $((0x78)) -N 2 {DEVICE}/config"))
    require(128 << (control >> 12 & 7) <= RCAR_READ, f"Device Control is {control:#x}")


@edma(up="netdev", profiles=("generic",) + GLUE, timeout=120, violations=RESET, covers=("R26",))
def link_is_lost(b):
    """The link goes while both sides send, and returns when they have noticed. A controller that
    tells of that spares the EP the wait for a silent peer; the generic one cannot."""
    with level(b, *b.guests), Load(b):
        for _ in range(b.size(2, 20)):
            moving(b)
            since = len(b.ep.lines)
            b.model.link("down")
            for guest in b.guests:
                net.wait_no_carrier(guest)
            if b.plan.profile in GLUE:
                equal(list(filter(WAITED.search, b.ep.lines[since:])), [], "what the EP waited for")
            else:
                b.ep.wait_dmesg(WAITED.pattern, since=since)
            b.model.link("up")
            rescan(b)
            back(b)
