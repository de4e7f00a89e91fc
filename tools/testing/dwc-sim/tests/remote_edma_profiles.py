# SPDX-License-Identifier: GPL-2.0
"""What differs between controllers, and what the remote eDMA does about it."""

import re

from lib_recovery import RESET, Load, back, level, moving, rescan
from remote_edma import edma
from bench import paths
from bench.endpoint import doorbell_path
from bench.testing import equal, net, require, test

GLUE = ("rcar-s4", "no-emulated-irq", "msix-32")
# what a side says that no event of the link has told
WAITED = re.compile("(peer is silent|DMA makes no progress), link goes down")
RCAR_READ = 128         # bytes; R-Car S4 returns wrong data for reads of more
DEVICE = "/sys/bus/pci/devices/0000:00:00.0"


def interrupts(guest, name):
    """How often a handler of that name was called, its line being its own."""
    lines = [line.split() for line in guest.read("/proc/interrupts").splitlines() if line.endswith(name)]
    equal(len(lines), 1, f"lines of {name} in /proc/interrupts")
    return int(lines[0][1])


@edma(profiles=("generic",) + GLUE, covers=("R20", "D05"))
def doorbells(b):
    """Doorbells take the path that the profile names."""
    wanted = paths.read_settings(paths.profile(b.plan.profile))["doorbell"]
    equal(doorbell_path(b.ep), wanted, "doorbell path")


@edma(up="netdev", profiles=("no-emulated-irq",), covers=("R19", "R20"))
def notify_channel(b):
    """No write of the host can interrupt the EP: the last of the delegated channels does, for each
    ring. Payload has the others."""
    for guest in b.guests:
        equal(net.ping(guest, 5)["lost"], 0, f"pings lost from {guest.side}")
    rung = interrupts(b.ep, "pci_epf_vntb_notify")
    b.model.reset_counters()
    equal(net.ping(b.rc, 20)["lost"], 0, "pings lost")
    channels = b.model.counters()["channels"]
    require(channels["rd3"]["elements"] >= 20, f"transfers of the notify-only channel: {channels}")
    require(interrupts(b.ep, "pci_epf_vntb_notify") - rung >= 20, "interrupts of the EP for 20 pings")


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
