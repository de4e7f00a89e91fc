# SPDX-License-Identifier: GPL-2.0
"""Commands of the host that arrive while the endpoint still ends an earlier session, and the
end of a session when the endpoint's NTB device goes."""

import os
import re

from lib_recovery import NOWHERE, Load, back
from remote_edma import edma
from remote_edma_buffers import NO_WAY
from remote_edma_reload import STUCK
from remote_edma_setup import CMD_SEQ, CMD_SEQ_DONE, CTRL_BAR, STATUS, peek, send_command, write_command
from bench.testing import equal, net, require

# include/linux/ntb_epf.h
LINK_UP, LINK_DOWN = 5, 6
OK, BUSY = 1, 3
FENCED = "the host has fenced the endpoint"
# what a driver says when its peer has not answered within a second
GIVES_UP = "fencing|silent|no progress|did not answer"


@edma(up="netdev", allow=STUCK, covers=("F12",))
def link_up_is_busy(b):
    """A host takes the link down and up while the endpoint's DMA engine does not stop: the link is
    up only when it has stopped, as the host lets the endpoint access its memory then."""
    back(b)                             # pings: both halves of the engine are on
    b.model.fault("engine stuck")
    with b.rc.standing_still():
        equal(send_command(b, LINK_DOWN, 0, 0x10000000), OK, "answer to LINK_DOWN")
        b.ep.wait_dmesg("DMA channels do not stop")
        equal(send_command(b, LINK_UP, 0, 0x10000001), BUSY, "answer to LINK_UP while the engine runs")
        b.model.fault("engine on")
        equal(send_command(b, LINK_UP, 0, 0x10000002), OK, "answer to LINK_UP when it has stopped")


def unexpected(b, may_happen):
    """No violations but those that depend on when a side notices that the other is gone."""
    found = [f"{each['kind']} {each['detail']}" for each in b.model.violations()["list"]]
    b.model.clear_violations()
    equal([each for each in found if not re.match(may_happen, each)], [], "other violations")


def before_bus_mastering(b):
    """What the host accessed last in the control region before it enabled bus mastering, each time
    since the mark."""
    with open(os.path.join(b.model.directory, b.model.TRACE), encoding="ascii") as file:
        lines = file.read().partition(FENCED)[2].splitlines()
    last, found = None, []
    for line in lines:
        access = re.search(rf"rc-cpu (M..) fn0 bar{CTRL_BAR}\+(0x[0-9a-f]+)", line)
        if access:
            last = access[1], int(access[2], 16)
        elif re.search(r"rc-cpu fn0 cfg 0x004 = 0x[0-9a-f]*[4-7c-f]$", line):
            found.append(last)
    return found


@edma(up="netdev", trace=True, covers=("F12",))
def fenced_endpoint_is_asked(b):
    """A host that has fenced the endpoint enables bus mastering again only when the endpoint has
    answered a command."""
    back(b)
    with b.ep.standing_still():
        net.wait_no_carrier(b.rc)
        b.until(lambda: not b.model.status()["bme"], what="the host to fence the endpoint")
        b.model.trace_mark(FENCED)
    back(b)
    equal(b.model.status()["bme"], True, "bus mastering when traffic goes on")
    b.model.trace_mark("back")
    equal(before_bus_mastering(b), [("MRd", STATUS)], "the last access before bus mastering")
    unexpected(b, NO_WAY)


@edma(up="netdev", timeout=120, allow=STUCK, covers=("F04",))
def first_command_is_busy(b):
    """A host is restarted while the endpoint's DMA engine does not stop: its driver repeats its first
    command until the engine has stopped, and binds."""
    back(b)
    b.model.fault("engine stuck")
    b.rc.kill()
    b.boot_rc()
    last = peek(b, CMD_SEQ_DONE)
    probe = b.rc.spawn("modprobe ntb_hw_epf")
    b.until(lambda: peek(b, CMD_SEQ_DONE) != last, what="the answer to the first command")
    b.model.fault("engine on")
    probe.check()
    require(b.rc.check("ls /sys/bus/ntb/devices").split(), "the host's driver has not bound")
    b.load_transport(b.rc)
    b.rc.modprobe("ntb_netdev")
    net.configure(b.rc)
    for guest in b.guests:
        net.wait_carrier(guest)
    back(b)
    unexpected(b, NOWHERE[0])


@edma(up="netdev", params={"running": (False, True)}, covers=("F20",))
def endpoint_removed(b, running):
    """The endpoint's NTB device goes and returns while the host is there: both sides end the
    session, and the host's commands are answered, though nobody uses the device."""
    with Load(b, running):
        for _ in range(b.size(3, 20)):
            since = {guest: len(guest.lines) for guest in b.guests}
            last = peek(b, CMD_SEQ)
            b.ep.check("cd /sys/bus/pci/drivers/pci-vntb && set -- *:*:*.* && echo $1 >/run/vntb && echo $1 >unbind")
            b.until(lambda: peek(b, CMD_SEQ) != last, what="a command of the host, which ends the session, too")
            b.until(lambda: peek(b, CMD_SEQ_DONE) == peek(b, CMD_SEQ), what="the answer to the host's command")
            b.ep.check("cat /run/vntb >/sys/bus/pci/drivers/pci-vntb/bind")
            back(b)
            for guest in b.guests:
                lines = [line for line in guest.lines[since[guest]:] if re.search(GIVES_UP, line)]
                equal(lines, [], f"what {guest.side} has waited for in vain")


@edma(up="netdev", covers=("F20",))
def link_down_by_accident(b):
    """Something on the host writes LINK_DOWN to the control region: the driver enables the link
    again, and traffic goes on without anybody doing anything."""
    back(b)
    write_command(b, LINK_DOWN, 0, 0x10000000)
    b.rc.wait_dmesg("endpoint has disabled the link, enabling it again")
    back(b)
