# SPDX-License-Identifier: GPL-2.0
"""ntb_pingpong: each side writes its count into the peer's scratchpad 0, rings doorbell
0, and does so again when it was rung itself.  The EP rings in a timer's interrupt."""

import re

from lib_ntb import Debugfs, on_each_path
from bench.testing import equal, fails, require

ALL = ("base", "series", "debug")
MANY_EVENTS = fails(
    "all doorbells share the embedded doorbell's interrupt: a ring is 14 events for the EP",
    r"^the EP was rung \d+ times by \d+ pings$")


def numbers(guest, pattern):
    return [int(value, 0) for value in re.findall(pattern, "\n".join(guest.dmesg()))]


@on_each_path(up="ntb", variants=ALL, covers=("D02", "D03", "D08"),
              embedded={"series": MANY_EVENTS, "debug": MANY_EVENTS})
def counts(b):
    """Both count on; each value that arrives is one that was sent, in that order."""
    for guest in b.guests:
        guest.modprobe("ntb")
    ep, rc = (Debugfs(guest, "ntb_pingpong", delay_ms=10, dyndbg="+p") for guest in (b.ep, b.rc))
    goal = b.size(20, 1000)
    for side in (ep, rc):
        side.guest.until(f"[ $(cat {side.directory}/count) -ge {goal} ]", 10 + goal, "the count")
    for side in (rc, ep):
        side.unload()
    for near, far in ((b.rc, b.ep), (b.ep, b.rc)):
        pings = numbers(near, r"Ping port 0 spad (0x\w+|0)\b")
        pongs = numbers(far, r"Pong spad (0x\w+|0)\b")
        require(len(pongs) <= len(pings), f"the {far.side.upper()} was rung {len(pongs)} times by "
                                          f"{len(pings)} pings")
        require(len(pongs) >= goal, f"{len(pongs)} pongs on {far.side}")
        require(set(pongs) <= set(pings), f"{far.side} read what {near.side} never wrote: "
                                          f"{set(pongs) - set(pings)}")
        equal(pongs, sorted(pongs), f"values that {far.side} read")
