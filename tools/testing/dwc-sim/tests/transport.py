# SPDX-License-Identifier: GPL-2.0
"""ntb_transport itself, when it copies: clients that come before the device, clients that leave
under load."""

from lib_ntb import on_base
from bench.testing import equal, net, test


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
