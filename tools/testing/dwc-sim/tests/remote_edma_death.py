# SPDX-License-Identifier: GPL-2.0
"""One of the machines dies (power failure) while payload goes by the remote eDMA, and comes
back.  On the survivor nobody does anything but, if it is the RC, remove the device and look
for it again."""

import time

from lib_recovery import NOWHERE, RESET, Load, back, level, moving, rescan, stall
from remote_edma import edma
from bench.testing import equal, net

PATIENCE = 2                            # seconds without a heartbeat: the peer is dead

# For some times as long as a silent peer has: whatever a kernel thread does is not done, as the
# heartbeat. Interrupts are.
BUSY = """
import os, time
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
end = time.monotonic() + 8
while time.monotonic() < end:
    pass
"""
# From the peer meanwhile, all the time.
FRAMES = """
import select, socket, sys
print("sends", flush=True)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    while not select.select([sys.stdin], (), (), 0.05)[0]:
        sender.sendto(bytes(100), (sys.argv[1], 9))
"""


def bring(b, guest):
    """What the user of a machine that has just booted does."""
    if guest is b.rc:
        b.load_ntb()
    b.load_transport(guest)
    guest.modprobe("ntb_netdev")


def again(b, guest, missed):
    """It boots, and the survivor may do what it needs.  Was it missed before?"""
    if guest is b.ep:
        b.boot_ep()
        b.setup_ep()
        b.model.link("up")
        rescan(b)
    else:
        b.boot_rc()
        if not missed:
            b.until(lambda: b.model.violations()["list"], what="the EP to send to a host that does not listen")
    bring(b, guest)


def restarts(b, victim):
    """The victim dies and returns, several times."""
    with level(b, b.peer(victim)), Load(b) as load:
        for _ in range(b.size(2, 20)):
            moving(b)
            load.kill(victim)
            again(b, victim, missed=False)
            back(b)
            load.start(victim)


def noticed(b, victim):
    """The survivor has no carrier soon, and only then the victim returns."""
    with level(b, b.peer(victim)), Load(b) as load:
        moving(b)
        load.kill(victim)
        net.wait_no_carrier(b.peer(victim))
        again(b, victim, missed=True)
        back(b)


@edma(up="netdev", timeout=180, violations=RESET, covers=("R26",))
def ep_restarts(b):
    """The EP dies and boots again at once; the RC removes the device and finds it again."""
    restarts(b, b.ep)


@edma(up="netdev", timeout=180, violations=NOWHERE, covers=("R26",))
def rc_restarts(b):
    """The RC dies and boots again at once.  Nothing is done on the EP."""
    restarts(b, b.rc)


@edma(up="netdev", timeout=120, violations=RESET, covers=("R26",))
def ep_is_missed(b):
    """The EP dies; the RC notices."""
    noticed(b, b.ep)


@edma(up="netdev", timeout=120, covers=("R26",))
def rc_is_missed(b):
    """The RC dies; the EP notices."""
    noticed(b, b.rc)


def ends(guest):
    return [line for line in guest.dmesg() if "link goes down" in line]


def busy(b, guest):
    """A machine gets to nothing but its interrupts: it lives as long as it takes packets from
    its peer, and is silent if there are none. Then the link returns. What it sends itself only
    ends when it is no longer busy; then it is not taken for stuck."""
    peer = b.peer(guest)
    back(b)
    for each in b.guests:
        net.keep_neighbour(each)
    # no share for others than the real-time task
    guest.write("/proc/sys/kernel/sched_rt_runtime_us", -1)
    guest.write("/sys/kernel/debug/sched/fair_server/cpu0/runtime", 0)
    sends = peer.spawn(f"exec python3 -IS -c '{FRAMES}' {net.peer_address(peer)}", stdin=True)
    sends.expect("sends")
    stall(b, guest.side, True)
    guest.check(f"python3 -IS -c '{BUSY}'")
    stall(b, guest.side, False)
    sends.close_stdin()
    sends.check()
    equal(net.ping(peer, 1)["lost"], 0, "lost pings")
    equal([ends(each) for each in b.guests], [[], []], "ends of a link")
    alone = guest.spawn(f"exec python3 -IS -c '{BUSY}'")
    peer.wait_dmesg("peer is silent, link goes down")
    alone.check()
    back(b)


@edma(up="netdev", covers=("R26",))
def busy_host(b):
    """The host has no time for the heartbeat."""
    busy(b, b.rc)


@edma(up="netdev", violations=NOWHERE, covers=("R26",))
def busy_endpoint(b):
    """The endpoint has no time for the heartbeat."""
    busy(b, b.ep)


@edma(up="netdev", params={"first": ("rc", "ep")}, covers=("R26",))
def machine_stands_still(b, first):
    """Both sides stand still for longer than a silent peer has, as two virtual machines of one host may, and
    go on one after the other: no side is taken for dead."""
    back(b)
    guest = getattr(b, first)
    with b.peer(guest).standing_still():
        # it knows the last heartbeat then
        guest.check("sleep 0.5")
        with guest.standing_still():
            time.sleep(2 * PATIENCE)
        # and looks for the next
        guest.check("sleep 0.5")
    for each in b.guests:
        equal(net.ping(each, 1)["lost"], 0, f"ping from {each.side}, lost")
    equal([ends(each) for each in b.guests], [[], []], "ends of a link")


@edma(up="netdev", timeout=240, violations=RESET + NOWHERE, covers=("R26",))
def link_flaps(b):
    """The link goes and returns while both sides send, which resets the endpoint function; the
    RC finds the device anew. Nothing tells the EP but the host that comes."""
    with level(b, *b.guests), Load(b):
        for _ in range(b.size(5, 50)):
            moving(b)
            b.model.link("down")
            b.model.link("up")
            rescan(b)
            back(b)
