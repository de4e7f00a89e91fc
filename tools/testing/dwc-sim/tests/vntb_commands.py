# SPDX-License-Identifier: GPL-2.0
"""Commands of the host that arrive while the endpoint still ends an earlier session, and the
end of a session when the endpoint's NTB device goes."""

import re

from lib_recovery import NOWHERE, Load, back
from remote_edma import edma
from remote_edma_setup import send_command
from bench.testing import equal, require

# include/linux/ntb_epf.h
LINK_UP, LINK_DOWN = 5, 6
OK, BUSY = 1, 3
# what ntb_transport says when a peer has not answered within a second
GIVES_UP = "cutting|silent|does not (leave|answer|get on)"


@edma(up="ntb", covers=("F12",))
def link_up_is_busy(b):
    """A host takes the link down and up while the endpoint's client waits for a host that says
    nothing: the link is up only when the client does no more DMA for the old one."""
    b.load_transport()
    for guest in b.guests:
        guest.wait_dmesg("remote eDMA: ")
    with b.rc.standing_still():
        seq = 0x10000000
        equal(send_command(b, LINK_DOWN, 0, seq), OK, "answer to LINK_DOWN")
        answers = []
        while not answers or answers[-1] == BUSY:
            seq += 1
            answers.append(send_command(b, LINK_UP, 0, seq))
        require(BUSY in answers, f"the link was up at once: {answers}")
        equal(answers[-1], OK, "the last answer to LINK_UP")


@edma(up="ntb", violations=NOWHERE, timeout=120)
def restart_without_client(b):
    """The host crashes while the endpoint has a session, and no client of ntb_transport: the next
    host's driver finds the device."""
    b.load_transport()
    for guest in b.guests:
        guest.wait_dmesg("remote eDMA: ")
    b.rc.kill()
    b.boot_rc()
    b.rc.check("modprobe ntb_hw_epf")
    require(b.rc.check("ls /sys/bus/ntb/devices").strip(), "the host's driver did not bind")


@edma(up="netdev", params={"running": (False, True)}, covers=("F20",))
def endpoint_removed(b, running):
    """The endpoint's NTB device goes and returns while the host is there: both sides end the
    session, the endpoint's client with the help of the host's doorbells and commands."""
    with Load(b, running):
        for _ in range(b.size(3, 20)):
            since = len(b.ep.lines)
            b.ep.check("cd /sys/bus/pci/drivers/pci-vntb && set -- *:*:*.* && echo $1 >/run/vntb && echo $1 >unbind")
            lines = [line for line in b.ep.lines[since:] if re.search(GIVES_UP, line)]
            equal(lines, [], "what the EP has waited for in vain")
            b.ep.check("cat /run/vntb >/sys/bus/pci/drivers/pci-vntb/bind")
            back(b)
