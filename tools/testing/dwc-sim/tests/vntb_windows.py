# SPDX-License-Identifier: GPL-2.0
"""What pci-epf-vntb publishes about its BARs, and what ntb_hw_epf makes of it."""

from lib_traffic import bring_up, directions, no_trouble, payload
from remote_edma import edma
from remote_edma_setup import load, peek, works
from bench.endpoint import settings
from bench.testing import equal, net, test

MW_ALIGN = 0x1f8            # word of the control region, see include/linux/ntb_epf.h
GRANULE = 0x10000           # bytes, of profile granule-64k

# Other BARs than those that the ID stands for with an old endpoint
ELSEWHERE = {
    "second_window": {"mw2_bar": 3},
    "three_windows": {"num_mws": 3, "mw3": 0x100000, "mw3_bar": 3},
    "doorbells": {"db_bar": 5},
}


@edma(up="ep", params={"case": tuple(ELSEWHERE)}, covers=("F17", "R33"))
def other_bars(b, case):
    """The host takes windows and doorbells from where the endpoint has them, and all of them."""
    b.function.create(settings("vntb-edma", ELSEWHERE[case]))
    b.function.bind()
    b.function.start()
    b.model.link("up")
    b.boot_rc()
    b.rc.check("modprobe ntb_hw_epf")
    equal([line for line in b.rc.dmesg() if "control region" in line], [], "lines of the RC")
    for guest in (b.ep, b.rc):
        load(guest, b, use_remote_edma=1)
    works(b)


@test(up="ntb", variants=("series",), profiles=("granule-64k",), params={"queues": (1, 4)}, covers=("F10",))
def granule(b, queues):
    """The controller maps multiples of 64 KB only: the host's rings are aligned to that, for any
    number of queues."""
    equal(peek(b, MW_ALIGN), GRANULE, "alignment that the endpoint publishes")
    bring_up(b, queues=queues)
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 2, 1 << 16)
    no_trouble(b, queues)


@edma(up="ep", profiles=("granule-64k",), params={"queues": (1, 2, 3)}, covers=("F10",))
def granule_by_dma(b, queues):
    """The same with rings that are smaller than 64 KB."""
    b.function.create(settings("vntb-edma", {"mw1": 0x80000, "mw2": 0x80000, "mw2_offset": 0x80000}))
    b.function.bind()
    b.function.start()
    b.model.link("up")
    b.boot_rc()
    b.rc.check("modprobe ntb_hw_epf")
    for guest in b.guests:
        guest.modprobe("ntb_transport", max_num_clients=queues, use_remote_edma=1)
        guest.modprobe("ntb_netdev")
        net.configure(guest)
    works(b)
