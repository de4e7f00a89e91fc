# SPDX-License-Identifier: GPL-2.0
"""One of the machines dies (power failure), and comes back: what the other one makes of
it.  A test says what should happen; what the base does instead is in its header."""

from lib_ntb import written
from lib_traffic import payload, queue_counters, refresh
from bench.testing import Allow, doorbell_path, equal, fails, net, require, test

PATIENCE = 3            # s
TX_STOP = 5             # ntb_netdev stops a queue when less of its ring is free
CARRIER = 2             # s; a peer that is gone is noticed in less

# What the RC's drivers say when they are unloaded while the EP is gone.
NO_ANSWER = r"WARNING: drivers/ntb/hw/epf/ntb_hw_epf\.c:\d+ at ntb_epf_send_command"
SILENCE = "ntb_epf_send_command() warns when the peer does not answer within a second"
WILD_WRITE = r"WARNING: arch/um/kernel/physmem\.c:\d+ at um_ram_write"
WILD = "ntb_epf_peer_db_set() takes the slot's size from the dead link, all ones, and rings far outside the BAR"


def unload_rc(b):
    for module in ("ntb_netdev", "ntb_transport", "ntb_hw_epf"):
        b.rc.rmmod(module)


def load_rc(b):
    b.load_ntb()
    b.load_transport(b.rc)
    b.rc.modprobe("ntb_netdev")
    net.configure(b.rc)


def traffic(b):
    """Both have a carrier, ping each other, and random bytes arrive."""
    for guest in b.guests:
        net.wait_carrier(guest)
    refresh(b)
    for guest in b.guests:
        equal(net.ping(guest, 3)["lost"], 0, f"pings lost from {guest.side}")
        payload(b, guest, b.peer(guest), "tcp", 2, 1 << 16)


@test(up="netdev", variants=("base",), params={"victim": ("rc", "ep")}, expect={"base": fails(
    "neither side looks whether its peer still lives", rf"^waited {CARRIER} s for eth0 to lose its carrier")})
def carrier_of_the_survivor(b, victim):
    """Without a peer there is no carrier."""
    dead = getattr(b, victim)
    dead.kill()
    net.wait_no_carrier(b.peer(dead), CARRIER)


@test(up="netdev", variants=("base",), expect={"base": fails(
    f"{SILENCE}; {WILD}", rf"^rc console: .*{NO_ANSWER}", rf"^rc console: .*{WILD_WRITE}")})
def unload_without_the_ep(b):
    """The modules of the RC can be unloaded when the EP is gone, without a warning."""
    b.ep.kill()
    unload_rc(b)


@test(up="netdev", variants=("base",), allow=(Allow("rc", NO_ANSWER, SILENCE), Allow("rc", WILD_WRITE, WILD)))
def ep_restarts(b):
    """The EP dies and boots again; the RC unloads its drivers, finds the device anew, and loads them."""
    b.ep.kill()
    unload_rc(b)
    b.boot_ep()
    b.setup_ep()
    b.model.link("up")
    b.rc.check("echo 1 > /sys/bus/pci/devices/0000:00:00.0/remove && echo 1 > /sys/bus/pci/rescan")
    b.load_transport(b.ep)
    b.ep.modprobe("ntb_netdev")
    net.configure(b.ep)
    load_rc(b)
    traffic(b)


@test(up="netdev", variants=("base",))
def rc_restarts(b):
    """The RC dies and boots again.  Nothing has to be done on the EP."""
    b.rc.kill()
    b.boot_rc()
    load_rc(b)
    traffic(b)


@test(up="netdev", variants=("base",), expect={"base": fails(
    "nobody tells the EP that the host was reset: it sends to the window of before; and "
    "dw_pcie_ep_raise_msi_irq() does not look whether MSI is enabled, so it maps address 0 and later reads it",
    r"^model violation: dma-rc ep-cpu reads 0x0 \(4 bytes\): not a bus address",
    r"^model violation: dma-rc ep-cpu writes .*: not mapped", r"^model violation: bus-master-off ep-cpu to ")})
def rc_restarts_while_the_ep_sends(b):
    """The same, but the EP goes on sending while the RC is dead."""
    b.rc.kill()
    require(net.ping(b.ep, 1, timeout=2)["lost"], "somebody answered")
    b.boot_rc()
    load_rc(b)
    traffic(b)


FOR_EVER = fails(
    "the ring is full, so nothing is sent, so no doorbell tells the receiver to look at the ring",
    rf"^waited {PATIENCE} s for the transfer to go on$",
    r"receive tcp .* ran into its timeout of 60 s; its output: listening$")


# A full ring makes the jobs of a transfer that has failed slow to end, too.
@test(up="netdev", params={"side": ("rc", "ep")}, timeout=180, expect={
    "base,side=rc": FOR_EVER}, covers=("F16",))
def tcp_with_lost_doorbells(b, side):
    """Doorbells to the receiver are lost until the sender's ring is full, or until all is sent where
    the receiver polls: the transfer goes on.  (Where the EP polls its doorbells there is nothing to lose.)"""
    receiver = getattr(b, side)
    sender = b.peer(receiver)
    size = b.size(1 << 22, 1 << 24)

    def goes_on(to, timeout=PATIENCE):
        b.until(lambda: written(b, sender.side) >= to, timeout, "the transfer to go on")

    def stands():
        return queue_counters(sender, 0)["free tx"] < TX_STOP

    def lose_doorbells():
        goes_on(size // 4, 20)
        b.model.fault(f"irq drop 1000000 {side}")
        if doorbell_path(b.ep) == "embedded" or side == "rc":
            b.until(lambda: stands() or written(b, sender.side) >= size,
                    what="the ring to fill, or all of it to be sent")
        b.model.fault("clear")
        goes_on(size)

    b.model.reset_counters()
    payload(b, sender, receiver, "tcp", 4, size // 4, meanwhile=lose_doorbells)
