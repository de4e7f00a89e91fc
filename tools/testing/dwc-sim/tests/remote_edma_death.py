# SPDX-License-Identifier: GPL-2.0
"""One of the machines dies (power failure) while payload goes by the remote eDMA, and comes
back.  On the survivor nobody does anything but, if it is the RC, remove the device and look
for it again."""

from lib_recovery import NOWHERE, RESET, Load, back, level, moving, rescan
from remote_edma import edma
from bench.testing import net


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
