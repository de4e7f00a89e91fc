# SPDX-License-Identifier: GPL-2.0
"""The report's plots, of one board each, made of result.json's rows and nothing else."""

import io

from . import perf
from .errors import BenchError

MODES = {"memcpy": "copying", "edma": "remote eDMA"}
COLOURS = {"memcpy": "#f58518", "edma": "#4c78a8"}
ACT_COLOURS = ("#4c78a8", "#f58518", "#e45756", "#72b7b2", "#54a24b", "#eeca3b", "#b279a2", "#ff9da6", "#9d755d", "#bab0ac")
BULK = 65000            # frames of which there are most runs
SIZE = (6.4, 4.2)


def pyplot():
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise BenchError("matplotlib is missing: run 'make deps FOR=perf' (Debian package python3-matplotlib)") from None
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "dwc-sim"     # the same picture from the same numbers
    matplotlib.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
                                "grid.color": "#e6e6e6", "axes.axisbelow": True, "font.size": 9, "legend.fontsize": 8,
                                "legend.frameon": False, "axes.titlesize": 10})
    from matplotlib import pyplot as plt
    return plt


def as_svg(figure):
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg"):]


def select(rows, **keys):
    return [line for line in rows if all(line[key] == value for key, value in keys.items())]


def value_of(rows, key, **keys):
    found = select(rows, **keys)
    return found[0][key] if found else None


def sizes_axis(axes, sizes):
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size // 1024}K" if size % 1024 == 0 else str(size) for size in sizes])
    axes.minorticks_off()


def throughput(plt, rows):
    """One flow over the frame size, each direction, TCP and UDP, against the link's limit."""
    figure, both = plt.subplots(1, 2, figsize=(2 * SIZE[0], SIZE[1]), sharey=True)
    for axes, suffix, title in zip(both, ("", "-back"), ("host to endpoint", "endpoint to host")):
        frames = set()
        for mode, colour in COLOURS.items():
            for protocol, marker in (("tcp", "o"), ("udp", "s")):
                for cpu, style in (("off", "--"), ("on", "-")):
                    line = sorted((each["frame"], each["gbps"]) for each in
                                  select(rows, mode=mode, cpu=cpu, scenario=f"{protocol}-1{suffix}"))
                    if line:
                        frames |= {frame for frame, _gbps in line}
                        axes.plot(*zip(*line), marker=marker, markersize=4, color=colour, linestyle=style, linewidth=1.2,
                                  label=f"{MODES[mode]}, {protocol.upper()}, CPU costs {cpu}")
        limit = value_of(rows, "limit_gbps", scenario=f"tcp-1{suffix}")
        if limit:
            axes.axhline(limit, color="k", linewidth=1, linestyle=":", label=f"limit of the link, {limit:.1f}")
        axes.set(xlabel="bytes of a frame", title=f"One flow, {title}", yscale="log")
        sizes_axis(axes, sorted(frames))
    both[0].set_ylabel("Gbit/s")
    both[1].legend(loc="lower right", fontsize=7)
    return figure


def directions(plt, rows):
    """To the endpoint, back, and both at once."""
    figure, axes = plt.subplots(figsize=SIZE)
    at, names = 0, []
    for protocol in ("tcp", "udp"):
        for mode in perf.MODES:
            for cpu in ("off", "on"):
                rates = [value_of(rows, "gbps", mode=mode, cpu=cpu, frame=BULK, scenario=f"{protocol}-1{suffix}") or 0
                         for suffix in ("", "-back", "-both")]
                for number, (rate, colour) in enumerate(zip(rates, ("#f58518", "#e45756", "#72b7b2"))):
                    bar = axes.bar(at + 0.27 * number, rate, 0.25, color=colour,
                                   label=("to the endpoint", "back", "both, sum")[number] if not at else None)
                    axes.bar_label(bar, [f"{rate:.2g}"], fontsize=6)
                names.append(f"{protocol.upper()}\n{mode}\n{cpu}")
                at += 1
    axes.set_xticks([number + 0.27 for number in range(at)], names, fontsize=7)
    axes.set(ylabel="Gbit/s", title=f"Directions: one flow, {BULK} bytes, CPU costs off and on")
    axes.grid(axis="x", visible=False)
    axes.legend()
    return figure


def cpu_time(plt, rows):
    """CPU time a packet by act, both sides."""
    figure, both = plt.subplots(1, 2, figsize=(2 * SIZE[0], SIZE[1]), sharey=True)
    for axes, side, title in zip(both, ("rc", "ep"), ("host", "endpoint")):
        chosen = [line for line in select(rows, cpu="on", scenario="tcp-1") if line[f"cpu_{side}_ns"]]
        bottom = [0.0] * len(chosen)
        for number, act in enumerate(chosen[0][f"cpu_{side}_ns"] if chosen else ()):
            heights = [line[f"cpu_{side}_ns"][act] / 1000 for line in chosen]
            axes.bar(range(len(chosen)), heights, bottom=bottom, label=act, color=ACT_COLOURS[number], width=0.7)
            bottom = [low + high for low, high in zip(bottom, heights)]
        axes.set_xticks(range(len(chosen)), [f"{line['mode']}\n{line['frame']}" for line in chosen], fontsize=8)
        axes.set(title=f"CPU time a packet, {title}: one TCP flow to the endpoint")
        axes.grid(axis="x", visible=False)
    both[0].set_ylabel("us a packet (stores to the other side are not in it)")
    both[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def latency(plt, rows):
    """Every round trip of the pings, and of a burst, sorted."""
    figure, axes = plt.subplots(figsize=SIZE)
    for scenario, width in (("ping", 1.6), ("burst-8", 0.9)):
        for line in select(rows, scenario=scenario):
            times = sorted(line["rtts_us"])
            axes.plot([0, times[0], *times], [0, 0, *((n + 1) / len(times) for n in range(len(times)))],
                      drawstyle="steps-post", color=COLOURS[line["mode"]], linewidth=width,
                      linestyle="-" if line["cpu"] == "on" else "--",
                      label=f"{scenario}, {MODES[line['mode']]}, CPU costs {line['cpu']}")
    axes.set(xlabel="round trip, us", ylabel="share", title="Round trips of pings, and of 8 frames of 1500 bytes at once")
    axes.set_xlim(left=0)
    axes.legend(fontsize=7)
    return figure


def utilisation(plt, rows):
    """What is busy, and for how much of the time."""
    figure, axes = plt.subplots(figsize=SIZE)
    parts = {"link_down_percent": "link down", "link_up_percent": "link up", "engine_rd_percent": "engine, reads",
             "engine_wr_percent": "engine, writes", "cpu_rc_percent": "host CPU", "cpu_ep_percent": "endpoint CPU"}
    names = []
    for mode in perf.MODES:
        for scenario in ("tcp-1", "tcp-1-back"):
            found = select(rows, mode=mode, cpu="on", frame=BULK, scenario=scenario)
            for number, (key, name) in enumerate(parts.items()):
                axes.bar(len(names) + 0.14 * number, (found[0][key] or 0) if found else 0, 0.13, color=ACT_COLOURS[number],
                         label=name if not names else None)
            names.append(f"{mode}\n{scenario}")
    axes.set_xticks([number + 0.35 for number in range(len(names))], names, fontsize=8)
    axes.set(ylabel="% of the time", title=f"What is busy: one TCP flow, {BULK} bytes, CPU costs on", ylim=(0, 100))
    axes.grid(axis="x", visible=False)
    axes.legend(ncols=2, loc="upper left", fontsize=7)
    return figure


def raw(plt, rows):
    """The engine alone, over the size of a transfer."""
    figure, both = plt.subplots(1, 2, figsize=(2 * SIZE[0], SIZE[1]), sharey=True)
    for axes, direction, title in zip(both, ("rc_to_ep", "ep_to_rc"), ("host to endpoint", "endpoint to host")):
        chosen = [line for line in select(rows, direction=direction) if line["scenario"].startswith("raw")]
        for scenario, colour in zip(dict.fromkeys(line["scenario"] for line in chosen), ACT_COLOURS):
            line = sorted((each["frame"], each["gbps"]) for each in select(chosen, scenario=scenario))
            _raw, depth, channels = scenario.split("-")
            axes.plot(*zip(*line), marker="o", markersize=4, color=colour, linewidth=1.2,
                      label=f"{depth[1:]} queued, {channels} channel{'s' if channels != '1' else ''}")
        if chosen:
            axes.axhline(chosen[0]["limit_gbps"], color="k", linewidth=1, linestyle=":",
                         label=f"limit of the link, {chosen[0]['limit_gbps']:.1f}")
            sizes_axis(axes, sorted({line["frame"] for line in chosen}))
        axes.set(xlabel="bytes of a transfer", title=f"The eDMA alone, {title}", yscale="log")
    both[0].set_ylabel("Gbit/s")
    both[1].legend(loc="lower right")
    return figure


ALL = (throughput, directions, utilisation, cpu_time, latency, raw)
