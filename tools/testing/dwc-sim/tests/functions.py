# SPDX-License-Identifier: GPL-2.0
"""A controller with two PCI functions: pci-epf-vntb on the second one. The host sees the first,
too, and has no driver for it: its bus mastering stays off."""

from bench.testing import equal, net, require, test

SECOND = {"profiles": ("two-functions",), "variants": ("series",), "function_no": 1}
DEVICES = "/sys/bus/pci/devices"


@test(up="ntb", **SECOND)
def two_devices(b):
    """The host finds both, with IDs of their own; vNTB is the second."""
    ids = [b.rc.check(f"cat {DEVICES}/0000:00:0{number}.0/{what}")
           for number in range(2) for what in ("vendor", "device")]
    equal(ids, ["0x16c3", "0xedda", "0x1912", "0x0030"], "vendor and device of the two")
    require("0000:00:01.0" in b.rc.check("ls /sys/bus/pci/drivers/ntb_hw_epf"), "not the driver's")
    status = b.model.status()
    equal((status["bme"], status["bme1"]), (False, True), "bus mastering of the two")


@test(up="netdev", **SECOND)
def memcpy(b):
    """Pings between the two machines: windows, doorbells and MSI of the second function."""
    for guest in b.guests:
        equal(net.ping(guest, b.size(5, 200))["lost"], 0, f"pings lost from {guest.side}")


@test(up="netdev", mode="edma", transport_mtu=None, covers=("F05",), **SECOND)
def edma(b):
    """Pings by the DMA engine, as the second function: any request of the first is a violation."""
    for guest in b.guests:
        equal(net.ping(guest, b.size(5, 200))["lost"], 0, f"pings lost from {guest.side}")
