# SPDX-License-Identifier: GPL-2.0
"""The table of results: the demo's measurement, several times for each set-up, as median and
range, in the form that README.md has."""

import os
import statistics

from . import paths
from .demo import DIRECTIONS, measure, require_numbers, say
from .errors import Failure
from .pair import Bench, Plan
from .rundir import RunDirectory

# name, kernel of both sides, mode, transport_mtu
SETUPS = (
    ("base, memcpy, 16 KB", "base", "memcpy", 0x4000),      # base sends nothing with its default
    ("series, memcpy, 16 KB", "series", "memcpy", 0x4000),  # so that those two compare
    ("series, memcpy, 64 KB", "series", "memcpy", None),
    ("series, edma, 64 KB", "series", "edma", None),
)
SECONDS = 3             # of each iperf3 run
ARROW = {"rc_to_ep": "RC to EP", "ep_to_rc": "EP to RC"}


def main(args):
    results = {name: [] for name, *_rest in SETUPS}
    with RunDirectory() as run:
        for number in range(args.runs):
            for name, variant, mode, mtu in SETUPS:
                say(f"run {number + 1} of {args.runs}: {name}")
                results[name].append(once(run, f"{number}.{variant}-{mode}-{mtu or 'default'}", variant, mode, mtu))
    print(markdown(results))
    return 0


def once(run, label, variant, mode, mtu):
    """The numbers of one run, see demo.measure()."""
    plan = Plan(rc=variant, ep=variant, mode=mode, transport_mtu=mtu)
    result = {"modes": {}}
    with Bench(plan, os.path.join(run.path, label), os.path.join(run.logs, label)) as bench:
        try:
            moved = measure(bench, mode, result, check=variant != "base", seconds=SECONDS)
            bench.shut_down()
        except Failure as error:
            raise Failure(f"{error}; log: {paths.rel(bench.logs)}") from error
    require_numbers(result["modes"], "modes")
    return {**result["modes"][mode], "moved": moved}


def rows():
    """(title, function of a run's numbers)"""
    for way in DIRECTIONS:
        yield f"TCP {ARROW[way]}, Mbit/s", lambda run, way=way: run["tcp"][way]["mbps"]
    for way in DIRECTIONS:
        yield f"UDP {ARROW[way]}, Mbit/s received", lambda run, way=way: run["udp"][way]["mbps"]
    for title, key in (("bytes written by a CPU", "cpu_write_bytes"), ("CPU reads", "cpu_read"),
                       ("doorbells", "doorbells"), ("MSI", "msi")):
        for way in DIRECTIONS:
            yield (f"{title} a packet, {ARROW[way]}",
                   lambda run, way=way, key=key: run["tlp"][way][key] / run["tlp"][way]["packets"])
    for way in DIRECTIONS:
        yield (f"bytes written by a CPU for one that arrives, {ARROW[way]}",
               lambda run, way=way: run["tlp"][way]["cpu_write_bytes"] / run["moved"][way])
    yield "ping, ms (average)", lambda run: run["ping_us"]["avg"] / 1000


def number(value):
    for least, places in ((100, 0), (10, 1), (0.1, 2), (0, 4)):
        if value >= least:
            return f"{value:,.{places}f}"
    raise ValueError(value)


def markdown(results):
    lines = ["| | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for title, value in rows():
        cells = []
        for runs in results.values():
            values = [value(run) for run in runs]
            cells.append(f"{number(statistics.median(values))} ({number(min(values))} to {number(max(values))})")
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
