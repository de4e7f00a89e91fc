# SPDX-License-Identifier: GPL-2.0
"""What the model has to reproduce before anybody believes it: published figures of boards, what virtual time
makes of them, and by how much it is off.  One figure calibrates a cost, and says so; no cost is tuned to a
figure that it is to predict."""

import dataclasses
import json
import os

from . import perf
from .virtual import Virtual, board

DATAGRAM = 65480        # bytes, as in the mails; a frame of 64 KB
MTU = DATAGRAM + 28


@dataclasses.dataclass(frozen=True)
class Figure:
    """A published one.  bound is the deviation in percent that is allowed; None: it is reported only,
    and `why` says why."""

    board: str
    mode: str
    name: str
    published: float            # Mbit/s
    source: str
    bound: float
    why: str = ""


# name is that of a run in RUNS
FIGURES = (
    Figure("rcar-s4", "memcpy", "udp", 575, "mails on the remote eDMA series: before, -l 65480 -P 2", 5,
           "calibrates store_rc"),
    Figure("rcar-s4", "memcpy", "udp-back", 558, "the same, endpoint to host", 20),
    Figure("rcar-s4", "edma", "udp", 10100, "RFC v3, 44 % loss, without append", None,
           "the CPU's costs are guesses, and the transport is not theirs"),
)
UDP = f"iperf3 -J -u -b 0 -l {DATAGRAM} -P 2"
RUNS = {
    "memcpy": {"udp": f"{UDP} -n 16M -c 10.0.0.2", "udp-back": f"{UDP} -n 16M -R -c 10.0.0.2"},
    # iperf3 -R waits for a last datagram that may be lost, so there is no udp-back
    "edma": {"udp": f"{UDP} -n 64M -c 10.0.0.2"},
}


def arrived(text):
    """Mbit/s that arrived, of iperf3's report, which may have a warning before it."""
    end = json.loads(text[text.index("{"):])["end"]
    return end["sum_received"]["bits_per_second"] / 1e6


def measure(name, mode, directory, logs):
    """{run: Mbit/s} on a board, with the costs of its CPUs."""
    path = board(name)
    runs = RUNS[mode]
    with Virtual(directory, logs, path, mode=mode) as run:
        run.run("perf", timeout=300, arguments=perf.cpu_arguments(perf.values(path)),
                variables={"TRANSPORT_MTU": "0x10000", "MTU": MTU},
                files={"runs": "".join(f"{key} {command}\n" for key, command in runs.items())})
        return {key: arrived(run.rc.result(f"{key}.out")) for key in runs}


def compare(directory, logs):
    """[(figure, what came out, deviation in percent)]"""
    found, rows = {}, []
    for figure in FIGURES:
        key = figure.board, figure.mode
        if key not in found:
            name = "-".join(key)
            found[key] = measure(*key, os.path.join(directory, name), os.path.join(logs, name))
        value = found[key][figure.name]
        rows.append((figure, value, 100 * (value - figure.published) / figure.published))
    return rows


def table(rows):
    """Markdown."""
    lines = ["| board | figure | published Mbit/s | virtual time | deviation | allowed |", "|---|---|---|---|---|---|"]
    for figure, value, deviation in rows:
        allowed = f"{figure.bound} %" if figure.bound is not None else "reported"
        lines.append(f"| {figure.board} | {figure.mode} {figure.name}: {figure.source} | {figure.published:g} | {value:.0f} | "
                     f"{deviation:+.1f} % | {allowed}{f': {figure.why}' if figure.why else ''} |")
    return "\n".join(lines)


def wrong(rows):
    """Figures that are off by more than they may be, a line each."""
    return [f"{figure.board} {figure.mode} {figure.name}: {value:.0f} Mbit/s, published {figure.published:g}: "
            f"{deviation:+.1f} %, allowed {figure.bound} %" for figure, value, deviation in rows
            if figure.bound is not None and abs(deviation) > figure.bound]
