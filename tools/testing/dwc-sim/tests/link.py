# SPDX-License-Identifier: GPL-2.0
"""The pair comes up, step by step.

     RC guest --- vhost-user --- model --- vhost-user --- EP guest
"""

from bench.testing import equal, net, require, test


@test(variants=("base", "series", "debug"), up="link")
def enumerates(b):
    """The RC finds the function that configfs described."""
    device = b.rc.check("cat /sys/bus/pci/devices/0000:00:00.0/{vendor,device}").split()
    equal(device, ["0x1912", "0x0030"], "vendor and device")
    b.model.wait(link="up", rc=True, ep=True)


@test(variants=("base", "series", "debug"), up="link")
def dma_layer_is_on(b):
    """Both kernels give every DMA mapping a bus address of its own, and the model sees it."""
    b.model.wait(rc_dma_table=True, ep_dma_table=True)


@test(variants=("base", "series", "debug"), up="netdev")
def ping(b):
    """Both machines answer each other."""
    for guest in b.guests:
        result = net.round_trips(guest, count=b.size(5, 1000))
        equal(result["lost"], 0, f"packets lost from {guest.side}")
        require(result["avg"] > 0, "ping measured no time")


@test(variants=("series",), up="netdev")
def rc_reboots(b):
    """The RC is killed and boots again; the endpoint and the model stay.  What base
    makes of it is another test's business: here the bench has to survive."""
    b.rc.kill()
    b.model.wait(rc=False)
    b.boot_rc()
    b.model.wait(rc=True)
