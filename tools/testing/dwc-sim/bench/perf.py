# SPDX-License-Identifier: GPL-2.0
"""How fast each transport would be on a board: runs in virtual time, rows of build/perf/result.json,
and a table made from that file and nothing else."""

import json
import os
import time

from . import figures, paths, physics
from .errors import BenchError, Failure
from .figures import CPU, Run
from .rundir import RunDirectory
from .virtual import Virtual, board, pool

RESULT = os.path.join(paths.BUILD, "perf", "result.json")
BASELINE = os.path.join(paths.RESULTS, "perf.jsonl")    # what the repository keeps of it
# the same of the transport whose receiver was interrupted by the sender's CPU, at the end of November 2026: to be beaten
BEFORE = os.path.join(paths.RESULTS, "perf-before.jsonl")
README = os.path.join(paths.REPO, "README.md")
MODES = ("memcpy", "edma")
FRAMES = (64, 1500, 9000, 65000)        # bytes of MTU; 64 are those of a frame
DATAGRAM = {64: 22, 1500: 1472, 9000: 8972, 65000: 64972}
# what an iperf3 client sends, bytes
BYTES = {"memcpy": {64: "64K", 1500: "1M", 9000: "4M", 65000: "8M"},
         "edma": {64: "64K", 1500: "8M", 9000: "8M", 65000: "32M"}}
LONG = {"memcpy": "3M", "edma": "24M"}  # where the start of a connection is to count less
# What runs with which frames: tcp and udp, NAME[-back][-both][-long]
TCP = {1500: ("tcp-1", "tcp-1-back", "tcp-4", "tcp-1-long", "tcp-1-back-long"), 9000: ("tcp-1", "tcp-1-back"),
       65000: ("tcp-1", "tcp-1-back", "tcp-1-both", "tcp-4", "tcp-4-back")}
UDP = {64: ("udp-1", "udp-1-back"), 1500: ("udp-1", "udp-1-back"), 9000: ("udp-1",),
       65000: ("udp-1", "udp-1-back", "udp-1-both", "udp-4", "udp-4-back")}
PINGS, BURSTS = 20, (8, 32)
# Raw transfers: sizes, queue depths, channels
SIZES, DEPTHS, CHANNELS = (64, 512, 4096, 65536, 1 << 20), (1, 32), (1, 4)
LIST = 1024                             # bytes of a channel's list: all that is queued is one run
RAW_PROFILE = "generic"                 # raw transfers need BARs that not each profile has
RAW_FUNCTION = {"vendorid": "0x16c3", "deviceid": "0xedda", "msi_interrupts": "32", "bar4_size": "0x2000",
                "bar5_size": "0x200000"}
# What the regression test measures: (board, mode), and which runs.
EXPECTED = os.path.join(paths.TESTS, "perf.expected")
SMALL = tuple(("generic", mode) for mode in (*MODES, "raw"))
BOOTS = (*MODES, "raw")


def limit(run, values):
    """The link's, of a run, Gbit/s."""
    allowed = physics.limits(values)
    return sum(allowed.values()) if run.direction == "both" else allowed.get(run.direction)


def cpu_costs(values):
    """What the guests' kernels' work costs: {parameter of time_travel_costs: value}"""
    return {key[len(CPU):]: value for key, value in values.items() if key.startswith(CPU)}


def cpu_arguments(values):
    """The same as words for the guests' command lines."""
    return [f"time_travel_costs.{key}={value}" for key, value in cpu_costs(values).items()]


def flow(name, mode, frame, cpu):
    """A run of iperf3, tcp-N or udp-N, -back, -both, -long.

    UDP never goes back with -R: the client waits for a number of bytes, and for 120 s if the last of them are
    lost.  The endpoint is the client then, and both sides are for both directions."""
    protocol, flows, *way = name.split("-")
    direction = {"back": "ep_to_rc", "both": "both"}.get(way[0] if way else "", "rc_to_ep")
    sides, words = "rc", []
    if protocol == "udp":
        sides = {"ep_to_rc": "ep", "both": "both"}.get(direction, "rc")
        words += ["-u", "-b", "0", "-l", str(DATAGRAM[frame])]
    elif direction != "rc_to_ep":
        words.append("-R" if direction == "ep_to_rc" else "--bidir")
    if flows != "1":
        words += ["-P", flows]
    command = " ".join(["$program iperf3 -J -c $peer -n", LONG[mode] if "long" in way else BYTES[mode][frame], *words])
    return Run(name, sides, f"{max(frame, 1500)},{cpu}", command, cpu, frame, direction, int(flows))


def traffic(mode, cpus=("off", "on"), frames=FRAMES):
    """The runs of a boot with the network device."""
    found = []
    for cpu in cpus:
        for frame in frames:
            found += [flow(name, mode, frame, cpu) for table in (TCP, UDP) for name in table.get(frame, ())]
            if frame != 1500:
                continue
            setup = f"{frame},{cpu}"
            found.append(Run("ping", "rc", setup, f"ping -n -c {PINGS} -i 0.02 -w 2 $peer", cpu, frame))
            found += [Run(f"burst-{count}", "rc", setup, f"ping -n -c {count} -l {count} -s 1472 -S 1000000 -w 2 $peer", cpu, frame)
                      for count in BURSTS]
    return found


def transfers(cpus=("off",), sizes=SIZES):
    """The runs of a boot with raw transfers, driven by the host."""
    ways = {"rc_to_ep": (0, CHANNELS), "ep_to_rc": (1, CHANNELS), "both": (2, (2,))}
    return [Run(f"raw-q{depth}-{channels}", "rc", f"{LIST},{cpu}", f"measure {size} {size} {depth} {count} {channels} {way}",
                cpu, size, direction, channels)
            for cpu in cpus for direction, (way, numbers) in ways.items() for size in sizes for depth in DEPTHS
            for channels in numbers for count in (16 if depth == 1 else 128 if size < 65536 else 32,)]


def small(mode):
    """The runs of the regression test."""
    if mode == "raw":
        return transfers(sizes=(64, 65536))
    chosen = ("tcp-1", "tcp-1-back", "udp-1-back", "ping", "burst-8")
    return [run for run in traffic(mode, ("on",), (1500,)) if run.scenario in chosen]


def boot(name, mode, runs, directory, logs, profile=None):
    """The rows of one boot; mode is one of BOOTS, profile another than the board's."""
    path = board(name)
    values = physics.values(path)
    raw = mode == "raw"
    files = {"runs": "".join(run.line for run in runs),
             "costs": "".join(f"{key} {value}\n" for key, value in cpu_costs(values).items()),
             "function": "".join(f"{key} {value}\n" for key, value in RAW_FUNCTION.items())}
    with Virtual(directory, logs, path, profile=RAW_PROFILE if raw else profile, mode="memcpy" if raw else mode) as run:
        run.run("raw" if raw else "perf", timeout=900, files=files,
                variables={} if raw else {"TRANSPORT_MTU": "0x10000", "MTU": 1500})
        violations = run.model.violations()["list"]
        if violations:
            raise Failure(f"violations: {violations}")
        marks = run.marks()
        identity = {"board": os.path.basename(path), "mode": "edma" if raw else mode}
        return [figures.row({"rc": run.rc, "ep": run.ep}, each, number, marks, identity, limit(each, values), values)
                for number, each in enumerate(runs)]


def as_text(rows):
    """A row a line, as the file of the expected ones has them."""
    return "".join(json.dumps(line) + "\n" for line in rows)


def update(run):
    """Measure what the regression test does, and expect that from now on."""
    rows = [line for name, mode in SMALL for line in
            boot(name, mode, small(mode), os.path.join(run.path, mode), os.path.join(run.logs, mode))]
    with open(EXPECTED, "w", encoding="ascii") as file:
        file.write(as_text(rows))
    print(f"perf: {paths.rel(EXPECTED)} has {len(rows)} rows; the commit says why they changed")
    return 0


def text(value, pattern="{:.2f}"):
    return "" if value is None else pattern.format(value)


def reference(rows):
    """{(board, direction): Gbit/s of the eDMA alone, 64 KB elements that are appended to the list, CPUs without costs}"""
    return {(row["board"], row["direction"]): row["gbps"] for row in rows
            if row["scenario"] in ("raw-q32-1", "raw-q32-2") and row["frame"] == 65536 and row["cpu"] == "off"}


def of_raw(row, alone):
    """What the network device makes of the engine, in percent; None where the two do not compare."""
    best = alone.get((row["board"], row["direction"]))
    if best is None or (row["mode"], row["cpu"], row["frame"]) != ("edma", "off", 65000) or row["gbps"] is None:
        return None
    return 100 * row["gbps"] / best


def before():
    """{(board, mode, CPU, frame, scenario, direction): row} of what is to be beaten"""
    with open(BEFORE, encoding="ascii") as file:
        rows = [json.loads(line) for line in file]
    return {key(row): row for row in rows}


def key(row):
    return tuple(row[name] for name in ("board", "mode", "cpu", "frame", "scenario", "direction"))


def factor(row, was):
    """How many times as fast it is now, by bandwidth or else by latency; None if that was not measured."""
    old = was.get(key(row))
    if old is None:
        return None
    if row["gbps"] and old["gbps"]:
        return row["gbps"] / old["gbps"]
    return old["rtt_us"] / row["rtt_us"] if row["rtt_us"] and old["rtt_us"] else None


def table(rows):
    """Markdown, a line for each row."""
    alone, was = reference(rows), before()
    heads = ("board", "mode", "CPU", "frame", "scenario", "Gbit/s", "limit", "of it", "of raw", "lost", "RTT us", "factor", "link down/up",
             "engine rd/wr", "CPU host/endpoint", "reads", "irqs", "doorbells", "bytes by CPU")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for line in rows:
        busy = "" if line["cpu_rc_percent"] is None else f"{line['cpu_rc_percent']:.0f}/{line['cpu_ep_percent']:.0f} %"
        cells = (line["board"], line["mode"], line["cpu"], str(line["frame"]), line["scenario"] + (
                     f" {line['direction']}" if line["scenario"].startswith("raw") else ""),
                 text(line["gbps"]), text(line["limit_gbps"], "{:.1f}"), text(line["percent"], "{:.1f} %"),
                 text(of_raw(line, alone), "{:.1f} %"),
                 text(line["lost_percent"] or None, "{:.1f} %"), text(line["rtt_us"], "{:g}"),
                 text(factor(line, was), "x{:.2f}"),
                 f"{line['link_down_percent']:.0f}/{line['link_up_percent']:.0f} %",
                 f"{line['engine_rd_percent']:.0f}/{line['engine_wr_percent']:.0f} %", busy,
                 text(line["reads"]), text(line["interrupts"]), text(line["doorbells"]), text(line["cpu_bytes"], "{:.0f}"))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


# The columns of the README's table: (head, scenario, frame, key)
SUMMARY = (("TCP 1500", "tcp-1", 1500, "gbps"), ("back", "tcp-1-back", 1500, "gbps"),
           ("TCP 64K", "tcp-1", 65000, "gbps"), ("back", "tcp-1-back", 65000, "gbps"), ("both", "tcp-1-both", 65000, "gbps"),
           ("UDP 64K", "udp-1", 65000, "gbps"), ("back", "udp-1-back", 65000, "gbps"), ("ping, us", "ping", 1500, "rtt_us"))


def summary(rows):
    """Markdown: a line for each board, transport, and CPUs without and with costs."""
    heads = ("board", "mode", "CPU costs", *(head for head, *_rest in SUMMARY), "limit down/up")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name in dict.fromkeys(row["board"] for row in rows):
        allowed = physics.limits(physics.values(board(name)))
        limits = f"{allowed['rc_to_ep']:.1f}/{allowed['ep_to_rc']:.1f}"
        for mode in MODES:
            for cpu in ("off", "on"):
                found = {(row["scenario"], row["frame"]): row for row in rows
                         if (row["board"], row["mode"], row["cpu"]) == (name, mode, cpu)}
                cells = [f"{found[scenario, frame][key]:.3g}" for _head, scenario, frame, key in SUMMARY]
                lines.append(f"| {name} | {mode} | {cpu} | {' | '.join(cells)} | {limits} |")
    return "\n".join(lines)


def in_readme(rows):
    """The README with the table of these rows, and as it is."""
    with open(README, encoding="utf-8") as file:
        old = file.read()
    heads = summary(rows).splitlines()[0]
    before, found, after = old.partition(heads)
    if not found:
        raise BenchError(f"{paths.rel(README)} has no table that begins with {heads}")
    after = after[after.index("\n\n"):]
    return before + summary(rows) + after, old


def keep():
    """Make the rows that were measured last the baseline in the repository, and the README's table."""
    with open(RESULT, encoding="utf-8") as file:
        rows = json.load(file)
    with open(BASELINE, "w", encoding="ascii") as file:
        file.write(as_text(rows))
    new, _old = in_readme(rows)
    with open(README, "w", encoding="utf-8") as file:
        file.write(new)
    print(f"perf: {paths.rel(BASELINE)} has {len(rows)} rows, and {paths.rel(README)} a table of them")
    print("perf: the cover letter of ntb-edma-transport repeats some, by hand (the test documentation.figures)")
    return 0


def plan(args):
    """[(board, mode, runs)] of what was asked for: a boot each."""
    found = []
    for name in args.board or sorted(os.listdir(paths.BOARDS)):
        for mode in args.modes:
            runs = transfers() if mode == "raw" else traffic(mode, args.cpu, args.frames)
            found.append((name, mode, runs))
    return found


def timed_boot(name, mode, runs, directory, logs):
    begin = time.monotonic()
    title = f"{os.path.basename(name)}-{mode}"
    rows = boot(name, mode, runs, os.path.join(directory, title), os.path.join(logs, f"perf.{title}"))
    with open(os.path.join(logs, f"perf.{title}", "rows"), "w", encoding="ascii") as file:
        file.write(as_text(rows))
    print(f"perf: {title}: {len(rows)} runs, {time.monotonic() - begin:.0f} s", flush=True)
    return rows


def measure(args, run):
    """The rows of all boots, some at once."""
    with pool(args.jobs) as workers:
        jobs = [workers.submit(timed_boot, *item, run.path, run.logs) for item in plan(args)]
        return [row for job in jobs for row in job.result()]


def main(args):
    start = time.monotonic()
    if args.keep:
        return keep()
    with RunDirectory() as run:
        if args.update:
            return update(run)
        rows = measure(args, run)
    if not rows:
        raise BenchError("nothing to measure")
    os.makedirs(os.path.dirname(RESULT), exist_ok=True)
    with open(RESULT, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    with open(RESULT, encoding="utf-8") as file:
        print(table(json.load(file)))
    print(f"{paths.rel(RESULT)}, {time.monotonic() - start:.0f} s")
    return 0
