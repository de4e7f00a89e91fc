# SPDX-License-Identifier: GPL-2.0
"""build/perf/report.html: plots and tables, made from result.json, and beside these the journeys of packets and
the published figures."""

import html
import json
import os

from . import journey, paths, perf, plots, validate
from .rundir import RunDirectory
from .virtual import pool

OUT = os.path.join(paths.BUILD, "perf", "report.html")
STYLE = "body { font-family: sans-serif; margin: 2em; max-width: 1500px } table { border-collapse: collapse; font-size: 85% } " \
        "td, th { border: 1px solid #ccc; padding: 2px 8px; text-align: right; white-space: nowrap } " \
        "th { background: #f4f4f4; position: sticky; top: 0 } tr:hover { background: #f8f8e8 } svg { max-width: 100%; height: auto }"
ABOUT = """<p>Virtual time: every event takes what the board's file says, nothing else takes time, and two runs give the
same digits on any machine.  Without CPU costs the rows show what link, engine and registers alone allow; with
them, also what the kernels' work costs.  Userspace takes no time.</p>
<p>A row's frame is the MTU in bytes, 64 the smallest frames, and the size of a transfer in rows of the eDMA alone (raw-qN-M: N
descriptors queued on M channels, driven by the host).  reads, irqs, doorbells and bytes by CPU are for each packet, or transfer;
link, engine and CPU are shares of the time.  "of raw" compares frames of 64 KB with elements of 64 KB that a driver appends
to the list, "factor" with the transport whose sender's CPU told the receiver (results/perf-before.jsonl).  A rate of both directions is what moved until the slower one was done.</p>
<p>The copying transport has a ring of 15 entries, whatever the size of a frame, and its sender is not told when the
peer has read some: it looks every 100 us.  Towards the host, whose interrupt comes later than the ring is full, that is
what bounds small frames.</p>"""


def html_table(markdown):
    lines = markdown.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    out = ["<table>", "<tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in cells[0]) + "</tr>"]
    out += ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in cells[2:]]
    return "\n".join([*out, "</table>"])


def write(journeys=None, validation=()):
    """From result.json; journeys are {title: svg}, validation is validate.py's."""
    plt = plots.pyplot()
    with open(perf.RESULT, encoding="utf-8") as file:
        rows = json.load(file)
    parts = ["<!DOCTYPE html><html><head><meta charset='utf-8'><title>dwc-sim in virtual time</title>",
             f"<style>{STYLE}</style></head><body><h1>How fast, and what bounds it</h1>", ABOUT]
    for board in dict.fromkeys(line["board"] for line in rows):
        own = plots.select(rows, board=board)
        parts.append(f"<h2>{html.escape(board)}</h2>")
        for plot in plots.ALL:
            figure = plot(plt, own)
            parts.append(plots.as_svg(figure))
            plt.close(figure)
        parts.append(html_table(perf.table(own)))
    if validation:
        parts.append(f"<h2>Published figures</h2>{html_table(validate.table(validation))}")
    for title, svg in (journeys or {}).items():
        parts.append(f"<h2>{html.escape(title)}</h2>{svg}")
    with open(OUT, "w", encoding="utf-8") as file:
        file.write("\n".join([*parts, "</body></html>"]) + "\n")
    return OUT


def pictures(run, kinds, jobs):
    """{(kind, mode): svg}"""
    with pool(jobs) as workers:
        started = {(kind, mode): workers.submit(
            journey.picture, journey.BOARD, mode, kind, os.path.join(run.path, f"{kind}-{mode}"),
            os.path.join(run.logs, f"journey.{kind}-{mode}")) for kind in kinds for mode in perf.MODES}
        return {key: job.result() for key, job in started.items()}


def update():
    """Draw the pictures that the repository has."""
    with RunDirectory() as run:
        for (_kind, mode), svg in pictures(run, (journey.KEPT,), len(perf.MODES)).items():
            with open(journey.kept(mode), "w", encoding="utf-8") as file:
                file.write(svg)
            print(f"perf: {paths.rel(journey.kept(mode))} is drawn")
    return 0


def published(run, jobs):
    """validate.py's rows, some boots at once."""
    with pool(jobs) as workers:
        started = [workers.submit(validate.compare, os.path.join(run.path, "published"), os.path.join(run.logs, "published"),
                                  (boot,)) for boot in validate.BOOTS]
        return [row for job in started for row in job.result()]


def main(jobs):
    """The journeys on R-Car S4, the published figures, and everything into one file."""
    journeys = {}
    with RunDirectory() as run:
        for (kind, mode), svg in pictures(run, journey.KINDS, jobs).items():
            with open(os.path.join(os.path.dirname(OUT), f"journey-{kind}-{mode}.svg"), "w", encoding="utf-8") as file:
                file.write(svg)
            journeys[f"Journey: {journey.KINDS[kind][0]}, {mode}"] = svg
        validation = published(run, jobs)
    print(validate.table(validation))
    print(f"{paths.rel(write(journeys, validation))}: plots, tables and the journeys of packets")
    return 0
