# SPDX-License-Identifier: GPL-2.0
"""What the model has to reproduce before anybody believes it: published figures of boards, what virtual time
makes of them, and by how much it is off.  One figure calibrates a cost, and says so; no cost is tuned to a
figure that it is to predict."""

import dataclasses
import os

from . import perf, physics
from .figures import Run
from .virtual import board

DATAGRAM = 65480        # bytes, as in the mails; a frame of 64 KB
MTU = DATAGRAM + 28
BLOCK = 512 << 10       # of a raw transfer on RK3588
PIECE = 4096            # a block is scattered over pages, so a list has an element for each
LIST = 8192             # bytes of it: two blocks
POLLED = "no-emulated-irq"


def udp(name, sides, direction, size):
    return Run(name, sides, f"{MTU},on", f"$program iperf3 -J -c $peer -u -b 0 -l {DATAGRAM} -P 2 -n {size}", "on", MTU, direction, 2)


def blocks(name, direction, way, depth=32):
    """So many blocks are under way, and one is appended to the list when another is done."""
    return Run(name, "rc", f"{LIST},on", f"measure {BLOCK} {PIECE} {depth} 64 1 {way}", "on", BLOCK, direction, 1)


# A boot for each of these: (board, mode, profile) and its runs. Each ping comes at another phase of the poll.
BOOTS = {
    "copying": ("rcar-s4", "memcpy", None, (udp("udp", "rc", "rc_to_ep", "16M"), udp("udp-back", "ep", "ep_to_rc", "16M"))),
    "remote-edma": ("rcar-s4", "edma", None, (udp("udp", "rc", "rc_to_ep", "64M"), udp("udp-back", "ep", "ep_to_rc", "64M"))),
    "polled": ("rcar-s4", "memcpy", POLLED, (Run("ping", "rc", "1500,on", "ping -n -c 41 -i 0.023 -w 4 $peer", "on", 1500),)),
    # the driver that was measured had one descriptor in the list, and wrote the next one when that was done
    "raw": ("rk3588", "raw", None, (blocks("one-back", "ep_to_rc", 1, 1), blocks("one", "rc_to_ep", 0, 1),
                                    blocks("blocks-back", "ep_to_rc", 1), blocks("blocks", "rc_to_ep", 0))),
}


def mbits(row, _values):
    return row["gbps"] * 1000


def mib(row, _values):
    return row["gbps"] * 1e9 / 8 / (1 << 20)


def shortest(row, _values):
    return min(row["rtts_us"]) / 1000


def longest(row, _values):
    """The first one also resolves the address."""
    return max(row["rtts_us"][1:]) / 1000


@dataclasses.dataclass(frozen=True)
class Figure:
    """A published one.  bound is the deviation in percent that is allowed; None: it is reported only,
    and `why` says why."""

    boot: str
    run: str
    value: object               # takes the row and the board's values
    unit: str
    published: float
    source: str
    bound: float | None
    why: str = ""


UNLIKE = "the CPU's costs are guesses, and the transport is not theirs"
FIGURES = (
    Figure("copying", "udp", mbits, "Mbit/s", 575, "mails on the remote eDMA series: before, -l 65480 -P 2", 5,
           "calibrates store_rc"),
    Figure("copying", "udp-back", mbits, "Mbit/s", 558, "the same, endpoint to host", 20),
    Figure("polled", "ping", shortest, "ms", 1.3, "the same, ping with a doorbell polled every 5 ms: the shortest", None,
           "by chance: how long before a poll it came"),
    Figure("polled", "ping", longest, "ms", 12, "the longest", None,
           "a timer of 5 ms fires at the second tick: 20 ms with the guests' tick of 10; 12 would be the third of 4, a guess"),
    Figure("remote-edma", "udp", mbits, "Mbit/s", 10100, "RFC v3, 44 % loss, without append", None, UNLIKE),
    Figure("remote-edma", "udp-back", mbits, "Mbit/s", 12200, "the same, endpoint to host, 18 % loss", None, UNLIKE),
    Figure("raw", "one-back", mib, "MiB/s", 2390, "one descriptor a run, QD32, 512 KB: host reads", 10,
           "calibrated store_rc, which the list is written with between two runs, by a driver that had the next one "
           "at hand; here its client's callback is in that gap, too"),
    Figure("raw", "one", mib, "MiB/s", 1041, "the same, host writes", 5, "calibrates mrrs and eng_tags"),
    Figure("raw", "blocks-back", mib, "MiB/s", 3290, "with append: host reads", 20),
    Figure("raw", "blocks", mib, "MiB/s", 1620, "with append: host writes", None,
           "append saved 57 us a block of the reads and 172 us of the writes, and no cost of a run is both: "
           "the writes' blocks were perhaps shorter (the mails have 128 KB, too), or append mends more than the gap there"),
)


def compare(directory, logs, boots=tuple(BOOTS)):
    """[(figure, what came out, deviation in percent)]"""
    found, rows = {}, []
    for name in boots:
        kind, mode, profile, runs = BOOTS[name]
        found[name] = {row["scenario"]: row for row in perf.boot(
            kind, mode, runs, os.path.join(directory, name), os.path.join(logs, name), profile)}
    for figure in FIGURES:
        if figure.boot in found:
            value = figure.value(found[figure.boot][figure.run], physics.values(board(BOOTS[figure.boot][0])))
            rows.append((figure, value, 100 * (value - figure.published) / figure.published))
    return rows


def table(rows):
    """Markdown."""
    lines = ["| board | figure | published | virtual time | deviation | allowed |", "|---|---|---|---|---|---|"]
    for figure, value, deviation in rows:
        allowed = f"{figure.bound} %" if figure.bound is not None else "reported"
        lines.append(f"| {BOOTS[figure.boot][0]} | {figure.boot}: {figure.source} | {figure.published:g} {figure.unit} | "
                     f"{value:.4g} | {deviation:+.1f} % | {allowed}{f': {figure.why}' if figure.why else ''} |")
    return "\n".join(lines)


def wrong(rows):
    """Figures that are off by more than they may be, a line each."""
    return [f"{figure.boot} {figure.run}: {value:.4g} {figure.unit}, published {figure.published:g}: "
            f"{deviation:+.1f} %, allowed {figure.bound} %" for figure, value, deviation in rows
            if figure.bound is not None and abs(deviation) > figure.bound]
