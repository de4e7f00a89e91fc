# SPDX-License-Identifier: GPL-2.0
"""ntb_transport itself, when it copies: clients that come before the device, clients that leave
under load, a parameter that is written during a probe."""

import os
import signal

from lib_modules import insmod
from lib_ntb import on_base
from lib_recovery import DEVICE, Load, back, leave_under_load
from lib_traffic import HEADERS
from bench.testing import equal, net, require, test

LARGEST = 0x4000 - HEADERS      # with the bench's transport_mtu
ROUNDS = 10, 300
STALL = 10                      # s; a link that is up and delivers nothing for so long is dead


@test(up="link", covers=("F18",), expect=on_base(
    "ntb_transport_register_client_dev() refuses a client while there is no NTB device",
    r"modprobe.* ntb_netdev.*No such device"))
def client_before_the_device(b):
    """ntb_netdev can be loaded on the RC before its NTB device is found, and uses it then."""
    b.load_transport(b.rc)
    b.rc.modprobe("ntb_netdev")
    b.load_ntb()
    b.load_transport(b.ep)
    b.ep.modprobe("ntb_netdev")
    for guest in b.guests:
        net.configure(guest)
    for guest in b.guests:
        net.wait_carrier(guest)
        equal(net.ping(guest, 3)["lost"], 0, f"pings lost from {guest.side}")


@test(up="ntb", variants=("series",), shared=True, covers=("F20",))
def device_list_is_written(b):
    """A probe does not read remote_edma_devs while a writer replaces it, but waits."""
    driver, device = "/sys/bus/ntb/drivers/ntb_transport", os.path.basename(DEVICE)
    b.load_transport(b.rc)
    holder = b.rc.spawn("exec " + insmod(b.rc, "hold-parameters", parent=device, child=device))
    b.rc.wait_dmesg("holding the parameters of ntb_transport")
    b.rc.check(f"echo {device} > {driver}/unbind")
    job = b.rc.spawn(f"echo $$; echo {device} > {driver}/bind")
    prober = job.expect(r"(\d+)\n").group(1).decode()
    b.rc.until(f"! [ -d /proc/{prober} ] || grep -q kernel_param_lock /proc/{prober}/stack", what="the probe to wait")
    require(job.running(), "the probe has read the list while it was held")
    holder.kill(signal.SIGINT)
    job.check()
    equal(b.rc.check(f"ls -d {driver}/{device}"), f"{driver}/{device}", "device that is bound")
    b.rc.rmmod("ntb_transport")


def frames_arrive(b):
    """Each side has a carrier and receives what the other one sends."""
    for guest in b.guests:
        guest.until("n=$(echo /sys/class/net/eth*); [ $(cat $n/carrier) = 1 ] && a=$(cat $n/statistics/rx_packets) && "
                    "sleep 0.02 && [ $(cat $n/statistics/rx_packets) -gt $a ]", STALL, f"frames that {guest.side} receives")


@test(up="netdev", variants=("series",), timeout=240, covers=("F15",))
def mtu_of_both_sides_under_load(b):
    """Both sides change their MTU at the same time, again and again, while both send: each
    direction goes on after each change."""
    with Load(b):
        for number in range(b.size(*ROUNDS)):
            mtu = (1500, LARGEST)[number % 2]
            jobs = [guest.spawn(f"ip link set {net.interface(guest)} mtu {mtu}") for guest in b.guests]
            for job in jobs:
                job.check()
            frames_arrive(b)
        back(b)


@test(up="netdev", variants=("series",), params={"side": ("rc", "ep")}, timeout=240, covers=("F15",))
def down_and_up_under_load(b, side):
    """The interface of one side goes down and up at once, again and again, while both send:
    each direction goes on."""
    guest = getattr(b, side)
    name = net.interface(guest)
    with Load(b):
        for _ in range(b.size(*ROUNDS)):
            guest.check(f"ip link set {name} down; ip link set {name} up")
            frames_arrive(b)
        back(b)


@test(up="netdev", variants=("series",), transport_mtu=None, params={"side": ("rc", "ep")}, timeout=180, covers=("F03",))
def receiver_leaves(b, side):
    """Packets arrive while the client of a queue leaves: it gets all of its buffers back."""
    leave_under_load(b, side, b.size(60, 600))
