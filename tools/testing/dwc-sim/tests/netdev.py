# SPDX-License-Identifier: GPL-2.0
"""ntb_netdev over ntb_transport: what a user of the network interface sees.

     10.0.0.1 eth0 (RC)  ---  queue pairs in one window of each side  ---  eth0 (EP) 10.0.0.2
"""

from lib_traffic import (HEADERS, bring_up, directions, no_trouble, payload, queue_counters,
                         refresh, set_queues, wait_queues)
from lib_ntb import ALL, DEBUGFS, WINDOW, on_base
from bench.testing import PATIENCE, equal, fails, net, require, test

LARGEST = 0x4000 - HEADERS      # with the bench's transport_mtu
SPAD_OFFSET = 0x28              # word of the control region: where the RC's scratchpads are in BAR 0
QP_LINKS = 4 * 1                # scratchpad 1: queues that the EP announced


@test(up="ntb", params={"mtu": (1500, LARGEST)})
def ping(b, mtu):
    """Pings up to the largest that needs no fragments, both ways."""
    bring_up(b, mtu)
    for guest in b.guests:
        for size in (16, 56, mtu // 2, mtu - 28):
            result = net.ping(guest, count=b.size(5, 200), size=size, options="-M do")
            equal(result["lost"], 0, f"pings of {size} bytes lost from {guest.side}")
    no_trouble(b)


@test(up="ntb", params={"queues": (1, 4), "mtu": (1500, LARGEST)}, timeout=180, covers=("R11", "R13", "R28"))
def tcp_and_udp(b, queues, mtu):
    """Random bytes in eight connections, datagrams of random sizes with a checksum each, both
    ways: each byte arrives, all datagrams do and in order, nobody drops anything."""
    bring_up(b, mtu, queues)
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 8, b.size(1 << 16, 1 << 25))
        payload(b, sender, receiver, "udp", 4, b.size(1 << 16, 1 << 24), mtu - 28)
    no_trouble(b, queues)


@test(up="ntb", params={"queues": (2, 4)}, covers=("R28",))
def each_queue_is_used(b, queues):
    """Flows are spread: 256 of them reach every queue; what a queue sends, its peer receives."""
    bring_up(b, queues=queues)
    for sender, receiver in directions(b):
        before = [queue_counters(receiver, queue)["rx_pkts"] for queue in range(queues)]
        payload(b, sender, receiver, "flows", 1, 256, 1000)
        after = [queue_counters(receiver, queue)["rx_pkts"] for queue in range(queues)]
        require(all(new > old for new, old in zip(after, before)),
                f"{receiver.side} received nothing on some queue: {before} before, {after} after")
    for sender, receiver in directions(b):
        for queue in range(queues):
            b.until(lambda: queue_counters(sender, queue)["tx_pkts"] ==
                    queue_counters(receiver, queue)["rx_pkts"],
                    what=f"queue {queue} of {receiver.side} to receive what its peer sent")
    no_trouble(b, queues)


@test(up="netdev", variants=("debug",), covers=("R11", "R13", "R28"))
def all_kinds(b):
    """TCP, UDP and many flows over four queues, both ways, under the eyes of the debug kernel."""
    set_queues(b, 4)
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 4, b.size(1 << 17, 1 << 24))
        payload(b, sender, receiver, "udp", 4, b.size(1 << 16, 1 << 22), 1400)
        payload(b, sender, receiver, "flows", 1, 64, 1000)
    no_trouble(b, 4)
    set_queues(b, 1)


@test(up="netdev", variants=("debug",), covers=("R13",))
def device_of_the_mapping(b):
    """The window's buffer is mapped for the device that accesses it: on the RC the PCI
    device, on the EP the endpoint controller and not the virtual PCI device."""
    for guest, driver, device in ((b.rc, "ntb_hw_epf", "0000:00:00.0"), (b.ep, "dw-pcie", "10000000.pcie-ep")):
        lines = guest.check(f"grep ' L={WINDOW:x} ' {DEBUGFS}/dma-api/dump").splitlines()
        equal({tuple(line.split()[:2]) for line in lines}, {(driver, device)},
              f"devices that have mappings of {WINDOW:#x} bytes on {guest.side}")


@test(up="netdev", variants=ALL, shared=True, params={"side": ("rc", "ep")})
def carrier(b, side):
    """One side's interface goes down and up: the peer's carrier follows, and pings get through."""
    guest = getattr(b, side)
    name = net.interface(guest)
    for _ in range(b.size(3, 100)):
        guest.check(f"ip link set {name} down")
        net.wait_no_carrier(b.peer(guest))
        guest.check(f"ip link set {name} up")
        for each in b.guests:
            net.wait_carrier(each)
        for each in b.guests:
            equal(net.ping(each, 3)["lost"], 0, f"pings lost from {each.side}")


@test(up="netdev", variants=ALL, shared=True, params={"side": ("rc", "ep")})
def mtu_while_up(b, side):
    """The MTU of an interface in use changes, down and up again; too large a one is refused."""
    guest = getattr(b, side)
    name = net.interface(guest)
    guest.fails(f"ip link set {name} mtu {LARGEST + 1}", "mtu greater than device maximum|Invalid argument")
    for mtu in (1500, LARGEST):
        guest.check(f"ip link set {name} mtu {mtu}")
        wait_queues(b, 1)
        for each in b.guests:
            equal(net.ping(each, 3, size=1472)["lost"], 0, f"pings lost from {each.side}")


@test(up="netdev", expect=on_base("a frame that is larger than the receiver's MTU has no buffer", r"^pings of 4000 bytes lost: 3, wanted 0$"))
def frame_larger_than_the_mtu(b):
    """A frame that is larger than the receiver's MTU is received, as the peer could send it, and so is the next one."""
    name = net.interface(b.rc)
    # down and up: base keeps buffers of the larger size otherwise
    b.rc.check(f"ip link set {name} down && ip link set {name} mtu 1500 && ip link set {name} up")
    wait_queues(b, 1)
    equal(net.ping(b.ep, 3, size=4000, options="-M do -W 1")["lost"], 0, "pings of 4000 bytes lost")
    equal(net.ping(b.ep, 3, size=1472)["lost"], 0, "pings of 1472 bytes lost")


@test(up="netdev", transport_mtu=0x10000, covers=("R28",), expect={"base": fails(
    "in 256 KB a queue there are 3 frames of the default transport_mtu, ntb_netdev wants 5 free ones",
    r"^pings lost from rc: 3, wanted 0$")})
def default_transport_mtu(b):
    """ntb_transport's own transport_mtu, with four queues in a window of 1 MB."""
    for guest in b.guests:
        equal(net.ping(guest, 3)["lost"], 0, f"pings lost from {guest.side}")
    for sender, receiver in directions(b):
        payload(b, sender, receiver, "tcp", 2, 1 << 18)


@test(up="ntb", covers=("R28",), expect=on_base(
    "ntb_qp_link_work() adds its queue's bit to what the peer announced, not to what it announced itself: "
    "queues overwrite each other's bits, and a link can miss the peer's for ever",
    r"^waited 2 s for all queues to be announced$"))
def links_of_several_queues(b):
    """A side whose four queues are ready tells its peer so of all four."""
    b.load_transport()
    for guest in b.guests:
        guest.modprobe("ntb_netdev")
    b.ep.check(f"ethtool -L {net.interface(b.ep)} combined 4")
    net.configure(b.ep)
    links = b.model.do(f"peek bar 0 {SPAD_OFFSET:#x}")["value"] + QP_LINKS
    b.until(lambda: b.model.do(f"peek bar 0 {links:#x}")["value"] == 0xf, 2,
            "all queues to be announced")


def unload(guest, *modules):
    for module in modules:
        guest.rmmod(module)


@test(up="netdev", variants=ALL, shared=True, params={"side": ("rc", "ep")})
def reload_netdev(b, side):
    """ntb_netdev of one side is unloaded and loaded again: traffic goes on."""
    guest = getattr(b, side)
    for _ in range(b.size(2, 50)):
        guest.rmmod("ntb_netdev")
        guest.modprobe("ntb_netdev")
        net.configure(guest)
        traffic_goes_on(b)


@test(up="netdev", params={"side": ("rc", "ep")}, shared=True, covers=("F20",), expect={"base,side=ep": fails(
    "the EP cannot tell the RC that its link is down, so the RC does not announce its windows again",
    r"^waited 5 s for eth0's carrier on (rc|ep)$")})
def reload_transport(b, side):
    """ntb_netdev and ntb_transport of one side are unloaded and loaded again."""
    guest = getattr(b, side)
    for _ in range(b.size(2, 50)):
        unload(guest, "ntb_netdev", "ntb_transport")
        b.load_transport(guest)
        guest.modprobe("ntb_netdev")
        net.configure(guest)
        # the EP's fails on base: no need to wait longer
        traffic_goes_on(b, 5 if (side, guest.variant) == ("ep", "base") else PATIENCE)
    equal([line for line in b.rc.dmesg() if "enabling it again" in line], [], "what the RC takes for an accident")


@test(up="netdev", variants=("series",), shared=True, covers=("F20",))
def reload_transport_unnoticed(b):
    """The same on the EP, but the interrupt is lost that tells the RC of its return."""
    unload(b.ep, "ntb_netdev", "ntb_transport")
    net.wait_no_carrier(b.rc)
    b.model.fault("irq drop 1000000 rc")
    b.load_transport(b.ep)
    b.model.fault("clear")
    b.ep.modprobe("ntb_netdev")
    net.configure(b.ep)
    traffic_goes_on(b)


@test(up="netdev", variants=ALL, shared=True)
def reload_hardware_of_the_rc(b):
    """All modules of the RC are unloaded, from the top, and loaded again."""
    for _ in range(b.size(1, 50)):
        unload(b.rc, "ntb_netdev", "ntb_transport", "ntb_hw_epf")
        b.load_ntb()
        b.load_transport(b.rc)
        b.rc.modprobe("ntb_netdev")
        net.configure(b.rc)
        traffic_goes_on(b)


@test(up="link", profiles=("generic", "no-edma"), expect=on_base(
    "epf_ntb_db_bar_clear() of a polled doorbell frees the BAR's memory, and with it forgets its number, "
    "before it clears the BAR: the host still reaches that memory, and the next bind follows a stale pointer",
    r"^sizes of the BARs after unbind: \[0, 0, 0, 0, 128, 0\]"))
def unbind(b):
    """The function lets go of all BARs."""
    b.rc.check("echo 1 > /sys/bus/pci/devices/0000:00:00.0/remove")
    b.function.stop()
    b.function.unbind()
    equal([bar["size"] for bar in b.model.status()["bars"]], [0] * 6, "sizes of the BARs after unbind")


@test(up="netdev", variants=ALL, shared=True)
def reload_everything(b):
    """All modules of both sides, in order: the RC lets go of the device, the EP of its function."""
    for _ in range(b.size(1, 50)):
        unload(b.rc, "ntb_netdev", "ntb_transport", "ntb_hw_epf")
        b.rc.check("echo 1 > /sys/bus/pci/devices/0000:00:00.0/remove")
        unload(b.ep, "ntb_netdev", "ntb_transport")
        b.function.stop()
        b.function.unbind()
        b.function.remove()
        unload(b.ep, "pci_epf_vntb", "ntb")
        b.setup_ep()
        b.rc.check("echo 1 > /sys/bus/pci/rescan")
        b.load_ntb()
        b.bring_netdev()
        traffic_goes_on(b)


def traffic_goes_on(b, patience=PATIENCE):
    for guest in b.guests:
        net.wait_carrier(guest, patience)
    refresh(b)
    for guest in b.guests:
        equal(net.ping(guest, 3)["lost"], 0, f"pings lost from {guest.side}")
