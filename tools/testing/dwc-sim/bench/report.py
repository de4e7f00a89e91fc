# SPDX-License-Identifier: GPL-2.0
"""build/perf/report.html: plots and tables, made from result.json, and the journeys beside it."""

import html
import io
import json
import os

from . import journey, paths, perf, validate
from .errors import BenchError
from .rundir import RunDirectory

OUT = os.path.join(paths.BUILD, "perf", "report.html")
STYLE = "body { font-family: sans-serif; margin: 2em } table { border-collapse: collapse } " \
        "td, th { border: 1px solid #ccc; padding: 2px 8px; text-align: right } svg { max-width: 100% }"


def pyplot():
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise BenchError("matplotlib is missing: run 'make deps FOR=perf' (Debian package python3-matplotlib)") from None
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "dwc-sim"     # the same picture from the same numbers
    from matplotlib import pyplot as plt
    return plt


def as_svg(figure):
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg"):]


def select(rows, **keys):
    return [line for line in rows if all(line[key] == value for key, value in keys.items())]


def throughput(plt, rows, board):
    """One TCP flow, host to endpoint, over frame size, against the link's limit."""
    figure, axes = plt.subplots(figsize=(6, 4))
    for mode in perf.MODES:
        for cpu in ("off", "on"):
            line = sorted((each["frame"], each["gbps"]) for each in
                          select(rows, board=board, mode=mode, cpu=cpu, scenario="tcp-1"))
            if line:
                axes.plot(*zip(*line), marker="o", label=f"{mode}, CPU costs {cpu}", linestyle="-" if cpu == "on" else "--")
    limit = select(rows, board=board, scenario="tcp-1")[0]["limit_gbps"]
    axes.axhline(limit, color="k", linewidth=1, label=f"limit of the link, {limit:.1f}")
    axes.set(xscale="log", xlabel="bytes of MTU", ylabel="Gbit/s", title=f"{board}: one TCP flow, host to endpoint")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)
    return figure


def directions(plt, rows, board):
    """Host to endpoint, back, and both at once, with the largest frames."""
    figure, axes = plt.subplots(figsize=(6, 4))
    frame = max(line["frame"] for line in select(rows, board=board))
    names = ("tcp-1", "tcp-1-back", "tcp-1-both")
    at = 0
    for mode in perf.MODES:
        for cpu in ("off", "on"):
            found = {each["scenario"]: each["gbps"] for each in select(rows, board=board, mode=mode, cpu=cpu, frame=frame)}
            axes.bar([at + 0.25 * number for number in range(3)], [found.get(name, 0) for name in names], 0.22,
                     color=["#f58518", "#e45756", "#72b7b2"])
            axes.text(at, -0.02, f"{mode}\n{cpu}", transform=axes.get_xaxis_transform(), va="top", fontsize=8)
            at += 1
    axes.set(xticks=[], ylabel="Gbit/s", title=f"{board}: to the endpoint, back, both; {frame} bytes; CPU costs off/on")
    return figure


def cpu_time(plt, rows, board):
    """CPU time of the host a packet, by act."""
    figure, axes = plt.subplots(figsize=(6, 4))
    chosen = [line for line in select(rows, board=board, cpu="on", scenario="tcp-1") if line["cpu_rc_ns"]]
    bottom = [0.0] * len(chosen)
    for act in sorted({act for line in chosen for act in line["cpu_rc_ns"]}):
        heights = [line["cpu_rc_ns"].get(act, 0) for line in chosen]
        if max(heights, default=0) > 0:
            axes.bar(range(len(chosen)), heights, bottom=bottom, label=act)
            bottom = [low + high for low, high in zip(bottom, heights)]
    axes.set(xticks=range(len(chosen)), ylabel="ns a packet", title=f"{board}: host CPU a packet, one TCP flow")
    axes.set_xticklabels([f"{line['mode']}\n{line['frame']}" for line in chosen], fontsize=8)
    axes.legend(fontsize=8)
    return figure


def latency(plt, rows, board):
    """Every round trip of the pings, sorted."""
    figure, axes = plt.subplots(figsize=(6, 4))
    for line in select(rows, board=board, scenario="ping"):
        if line["frame"] == min(each["frame"] for each in rows):
            axes.plot(sorted(line["rtts_us"]), [(n + 1) / len(line["rtts_us"]) for n in range(len(line["rtts_us"]))],
                      drawstyle="steps-post", label=f"{line['mode']}, CPU costs {line['cpu']}")
    axes.set(xlabel="round trip, us", ylabel="share of pings", title=f"{board}: ping")
    axes.set_xlim(left=0)
    axes.legend(fontsize=8)
    return figure


def html_table(markdown):
    lines = markdown.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    out = ["<table>", "<tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in cells[0]) + "</tr>"]
    out += ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in cells[2:]]
    return "\n".join([*out, "</table>"])


def write(journeys=None, validation=()):
    """From result.json; journeys are {title: svg}, validation is validate.py's."""
    plt = pyplot()
    with open(perf.RESULT, encoding="utf-8") as file:
        rows = json.load(file)
    parts = ["<!DOCTYPE html><html><head><meta charset='utf-8'><title>dwc-sim in virtual time</title>",
             f"<style>{STYLE}</style></head><body><h1>How fast, and what bounds it</h1>",
             "<p>Virtual time: every event takes what the board's file says, nothing else takes time.</p>"]
    for board in dict.fromkeys(line["board"] for line in rows):
        parts.append(f"<h2>{html.escape(board)}</h2>")
        for plot in (throughput, directions, cpu_time, latency):
            figure = plot(plt, rows, board)
            parts.append(as_svg(figure))
            plt.close(figure)
        parts.append(html_table(perf.table(select(rows, board=board))))
    if validation:
        parts.append(f"<h2>Published figures</h2>{html_table(validate.table(validation))}")
    for title, svg in (journeys or {}).items():
        parts.append(f"<h2>{html.escape(title)}</h2>{svg}")
    with open(OUT, "w", encoding="utf-8") as file:
        file.write("\n".join([*parts, "</body></html>"]) + "\n")
    return OUT


def update():
    """Draw the pictures that the repository has."""
    with RunDirectory() as run:
        for mode in perf.MODES:
            with open(journey.kept(mode), "w", encoding="utf-8") as file:
                file.write(journey.picture(journey.BOARD, mode, journey.KEPT, os.path.join(run.path, mode),
                                           os.path.join(run.logs, f"journey.{mode}")))
            print(f"perf: {paths.rel(journey.kept(mode))} is drawn")
    return 0


def main():
    """The journeys on R-Car S4, and everything into one file."""
    journeys = {}
    with RunDirectory() as run:
        for kind in journey.KINDS:
            for mode in perf.MODES:
                name = f"{kind}-{mode}"
                svg = journey.picture(journey.BOARD, mode, kind, os.path.join(run.path, name),
                                      os.path.join(run.logs, f"journey.{name}"))
                with open(os.path.join(os.path.dirname(OUT), f"journey-{name}.svg"), "w", encoding="utf-8") as file:
                    file.write(svg)
                journeys[f"Journey: {journey.KINDS[kind][0]}, {mode}"] = svg
        validation = validate.compare(os.path.join(run.path, "published"), os.path.join(run.logs, "published"))
    print(validate.table(validation))
    print(f"{paths.rel(write(journeys, validation))}: plots, tables and the journeys of packets")
    return 0
