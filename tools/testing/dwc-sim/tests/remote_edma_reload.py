# SPDX-License-Identifier: GPL-2.0
"""Modules of the remote-eDMA transport are unloaded and loaded again, on either side, in any
order that their users allow, idle and under traffic: the link returns, nothing leaks."""

from lib_recovery import RESET, Load, back, level, moving, rescan
from remote_edma import edma
from bench.testing import Allow, net

# What one side unloads, from the top down, and loads again.
LAYERS = {
    "netdev": ("ntb_netdev",),
    "transport": ("ntb_netdev", "ntb_transport"),
    "helper": ("ntb_netdev", "ntb_transport", "ntb_hw_edma"),
    "engine": ("ntb_netdev", "ntb_transport", "ntb_hw_edma", "dw_edma_aux"),
    "device": ("ntb_hw_epf",),
    "all": ("ntb_netdev", "ntb_transport", "ntb_hw_edma", "dw_edma_aux", "ntb_hw_epf"),
    "all_upwards": ("ntb_hw_epf", "ntb_netdev", "ntb_transport", "dw_edma_aux", "ntb_hw_edma"),
}
CYCLES = 2, 20


def again(b, guest, modules):
    """Load what was unloaded."""
    if "ntb_hw_epf" in modules:
        guest.modprobe("ntb_hw_epf")
    if "ntb_transport" in modules:
        b.load_transport(guest)
    if "ntb_netdev" in modules:
        guest.modprobe("ntb_netdev")
    net.configure(guest)


def cycles(b, running, once):
    """once() several times, with traffic or without."""
    with level(b, *b.guests), Load(b, running):
        for _ in range(b.size(*CYCLES)):
            if running:
                moving(b)
            once()
            back(b)


def side(b, guest, layer, running):
    """Modules of one side come and go."""
    def once():
        guest.rmmod(*LAYERS[layer])
        again(b, guest, LAYERS[layer])

    cycles(b, running, once)


@edma(shared="checked", up="netdev", params={"layer": tuple(LAYERS)}, timeout=180, covers=("R26",))
def host(b, layer):
    """Modules of the RC come and go under traffic."""
    side(b, b.rc, layer, running=True)


@edma(shared="checked", up="netdev", params={"layer": ("transport", "all")}, timeout=180, covers=("R26",))
def idle_host(b, layer):
    """The same without traffic."""
    side(b, b.rc, layer, running=False)


@edma(shared="checked", up="netdev", params={"layer": ("netdev", "transport", "helper")}, timeout=180, covers=("R26",))
def endpoint(b, layer):
    """Modules of the EP come and go under traffic."""
    side(b, b.ep, layer, running=True)


@edma(shared="checked", up="netdev", timeout=180, covers=("R26",))
def idle_endpoint(b):
    """The same without traffic."""
    side(b, b.ep, "helper", running=False)


@edma(shared="checked", up="netdev", params={"first": ("rc", "ep"), "last": ("rc", "ep")}, timeout=180, covers=("R26",))
def both(b, first, last):
    """Both sides unload everything of the transport under traffic, one before the other, and load it in
    either order."""
    def once():
        one = getattr(b, first)
        for guest in (one, b.peer(one)):
            guest.rmmod(*LAYERS["helper"])
        two = getattr(b, last)
        for guest in (b.peer(two), two):
            again(b, guest, LAYERS["helper"])

    cycles(b, True, once)


@edma(shared="checked", up="netdev", params={"running": (False, True)}, timeout=180, violations=RESET, covers=("R26",))
def function(b, running):
    """The endpoint function goes under the feet of everything and is set up again; the RC
    finds the device anew."""
    def once():
        b.function.stop()
        b.model.link("down")            # which the generic controller cannot do
        b.function.unbind()
        b.function.remove()
        b.ep.rmmod("pci_epf_vntb")
        b.setup_ep()
        b.model.link("up")
        rescan(b)

    cycles(b, running, once)


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep"), "running": (False, True)}, timeout=180,
      covers=("R26",))
def interface(b, side, running):
    """The interface of one side is set down and up."""
    guest = getattr(b, side)

    def once():
        guest.check(f"ip link set {net.interface(guest)} down")

    cycles(b, running, once)


STUCK = (Allow("ep", r"read engine did not stop within 200ms", "the model does not let it"),
         Allow("ep", r"DMA channels do not stop, their memory must stay", "what the test is about"))


@edma(shared="checked", up="netdev", allow=STUCK, covers=("F02",))
def stuck_engine(b):
    """The endpoint's engine does not stop when its channels are reclaimed: the modules leave when it
    has, and the channels can be delegated again without setting up the function anew."""
    modules = LAYERS["transport"]
    back(b)                             # pings: both halves of the engine are on
    b.model.fault("engine stuck")
    leave = b.ep.spawn(" && ".join(f"rmmod {module}" for module in modules))
    b.ep.wait_dmesg("DMA channels do not stop")
    b.model.fault("engine on")
    leave.check()
    again(b, b.ep, modules)
    back(b)
