# SPDX-License-Identifier: GPL-2.0
"""ntb_pingpong: each side writes its count into the peer's scratchpad 0, rings doorbell
0, and does so again when it was rung itself.  It rings in a timer's interrupt."""

import re

from lib_ntb import ALL, Debugfs, on_each_path
from bench.testing import equal, require


def numbers(guest, pattern):
    return [int(value, 0) for value in re.findall(pattern, "\n".join(guest.dmesg()))]


def play(b, near, far):
    """Until far was rung often enough: each value it read is one that near wrote, in that order,
    and it was rung no more often than near rang."""
    ep, rc = (Debugfs(guest, "ntb_pingpong", delay_ms=10, dyndbg="+p") for guest in (b.ep, b.rc))
    goal = b.size(20, 1000)
    for side in (ep, rc):
        side.guest.until(f"[ $(cat {side.directory}/count) -ge {goal} ]", 30 + goal, "the count")
    for side in (rc, ep):
        side.unload()
    pings = numbers(near, r"Ping port 0 spad (0x\w+|0)\b")
    pongs = numbers(far, r"Pong spad (0x\w+|0)\b")
    require(len(pongs) <= len(pings), f"{far.side} was rung {len(pongs)} times by {len(pings)} pings")
    require(len(pongs) >= goal, f"{len(pongs)} pongs on {far.side}")
    require(set(pongs) <= set(pings), f"{far.side} read what {near.side} never wrote: "
                                      f"{set(pongs) - set(pings)}")
    equal(pongs, sorted(pongs), f"values that {far.side} read")


@on_each_path(up="ntb", variants=ALL, covers=("D02", "D08"), shared=True)
def ep_rings(b):
    """The EP rings the RC out of atomic context; the debug kernel would see it sleep."""
    play(b, b.ep, b.rc)


@on_each_path(up="ntb", covers=("D03",))
def rc_rings(b):
    """The RC rings the EP, once for each event of the EP."""
    play(b, b.rc, b.ep)
