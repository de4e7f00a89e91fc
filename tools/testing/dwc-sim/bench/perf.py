# SPDX-License-Identifier: GPL-2.0
"""How fast each transport would be on a board: runs in virtual time, rows of build/perf/result.json,
and a table made from that file and nothing else."""

import json
import os
import re
import time

from . import paths
from .errors import BenchError, Failure
from .rundir import RunDirectory
from .virtual import Virtual, board

RESULT = os.path.join(paths.BUILD, "perf", "result.json")
MODES = ("memcpy", "edma")
FRAMES = (1500, 9000, 65000)            # bytes of MTU
HEADERS = 40                            # of IP and TCP in each
BYTES = {"memcpy": {1500: "2M", 9000: "4M", 65000: "8M"}, "edma": {1500: "2M", 9000: "8M", 65000: "24M"}}
# name: (direction, flows, what iperf3 is told)
FLOWS = {
    "tcp-1": ("rc_to_ep", 1, ""),
    "tcp-1-back": ("ep_to_rc", 1, "-R"),
    "tcp-1-both": ("both", 1, "--bidir"),
    "tcp-4": ("rc_to_ep", 4, "-P 4"),
}
# What the regression test measures: (board, mode, costs of CPUs, frame), and which runs.
EXPECTED = os.path.join(paths.TESTS, "perf.expected")
SMALL = tuple(("generic", mode, "on", 9000) for mode in MODES)
SMALL_RUNS = ("tcp-1", "tcp-1-back", "ping")
CPU = "cpu_"
# what a guest's kernel is charged for, in the order of time_travel_costs.acts
ACTS = ("syscall", "irq", "softirq", "switch", "napi", "xmit", "receive", "copy", "map", "unmap")
GT = {1: 2.5, 2: 5.0, 3: 8.0, 4: 16.0, 5: 32.0}
CPL_HEADER = 12


def values(path):
    """A board's values as numbers."""
    return {key: int(value) if value.isdigit() else value for key, value in paths.read_settings(path).items()}


def raw_gbps(values_):
    """Of one direction, after the encoding and DLLPs."""
    gen = values_["link_gen"]
    encoding = 8 / 10 if gen < 3 else 128 / 130
    return GT[gen] * values_["link_lanes"] * encoding * (1 - values_["dllp_permille"] / 1000)


def limits(values_):
    """Payload that the link allows, Gbit/s: writes up, completions down."""
    raw, framing = raw_gbps(values_), values_["framing"]
    cpl = min(values_["mps"], values_["mrrs"])
    return {"ep_to_rc": raw * values_["mps"] / (values_["mps"] + framing + values_["header_host"]),
            "rc_to_ep": raw * cpl / (cpl + framing + CPL_HEADER)}


def cpu_arguments(values_):
    """Words for the guests' command lines: what their kernels' work costs."""
    return [f"time_travel_costs.{key[len(CPU):]}={value}" for key, value in values_.items() if key.startswith(CPU)]


def commands(mode, frame, only=None):
    """[(name, command)] of one boot; those that are named, or all."""
    runs = [*((name, f"iperf3 -J -c 10.0.0.2 -n {BYTES[mode][frame]} {words}")
              for name, (_direction, _flows, words) in FLOWS.items()),
            ("ping", "ping -n -c 20 -i 0.002 -w 1 10.0.0.2")]
    return [(name, command) for name, command in runs if not only or name in only]


def state(text):
    """Lines of a .state file: [{key: value} for each time]."""
    found, last = [], {}
    for line in text.splitlines():
        key, value = line.split()
        if key in last:
            found.append(last)
            last = {}
        last[key] = dict(zip(ACTS, map(int, value.split(",")))) if key == "acts" else int(value)
    return [*found, last]


def received(report):
    """iperf3's report: (Gbit/s that arrived, in each direction; ns that it took)."""
    end = report["end"]
    sums = [end[key] for key in ("sum_received", "sum_received_bidir_reverse") if key in end]
    if not sums:
        raise Failure(f"iperf3: {report.get('error', 'no sums')}")
    return [each["bits_per_second"] / 1e9 for each in sums], max(each["seconds"] for each in sums) * 1e9


def counted(before, after, packets, ns):
    """Between two marks, for each packet; and how busy the link was in ns of that time."""
    def delta(*keys):
        one, two = before, after
        for key in keys:
            one, two = one.get(key, {}), two.get(key, {})
        return (two or 0) - (one or 0)

    irqs = sum(after["irq"].values()) - sum(before["irq"].values())
    each = {"reads": delta("sum", "cpu_read"), "interrupts": irqs, "doorbells": delta("sum", "doorbells"),
            "cpu_bytes": delta("sum", "cpu_write_bytes")}
    row = {key: round(value / packets, 4) if packets else None for key, value in each.items()}
    for lane in ("down", "up"):
        busy = delta("link", lane, "wire") * after["link"]["byte_fs"] / 1e6
        row[f"link_{lane}_percent"] = round(100 * busy / ns, 2)
    return row


def charged(act, count, costs):
    """ns of so many acts, or bytes copied."""
    return count * costs.get(CPU + act, 0) / (1000 if act == "copy" else 1)


def row(run, name, number, marks, identity, costs):
    """One run's line of the result."""
    out = run.rc.result(f"{name}.out")
    before, after = state(run.rc.result(f"{name}.state"))
    packets = sum(after[key] - before[key] for key in ("rx_packets", "tx_packets"))
    first, last = marks[2 * number], marks[2 * number + 1]
    between = ns = last["now"] - first["now"]
    if name in FLOWS:
        try:
            rates, ns = received(json.loads(out))
        except json.JSONDecodeError:
            raise Failure(f"iperf3 {name}: {out[-300:]}") from None
    line = {**identity, "scenario": name, "direction": None, "flows": None, "gbps": None, "limit_gbps": None,
            "percent": None, "rtt_us": None, "packets": packets, "ns": round(ns), **counted(first, last, packets, ns),
            "cpu_rc_percent": round(100 * (after["total_ns"] - before["total_ns"]) / between, 2)}
    line["cpu_rc_ns"] = {act: round(charged(act, count - before["acts"][act], costs) / packets, 1)
                         for act, count in after["acts"].items()} if packets and identity["cpu"] == "on" else None
    if name == "ping":
        times = [float(value) * 1000 for value in re.findall(r"time=([\d.]+) ms", out)]
        if len(times) != 20:
            raise Failure(f"ping: {len(times)} of 20 answers: {out[-300:]}")
        line.update(scenario="ping", rtt_us=round(sorted(times)[len(times) // 2], 3), rtts_us=[round(each, 3) for each in times])
        return line
    direction, flows, _words = FLOWS[name]
    limit = limits(costs)
    bound = sum(limit.values()) if direction == "both" else limit[direction]
    line.update(direction=direction, flows=flows, gbps=round(sum(rates), 4), limit_gbps=round(bound, 4),
                percent=round(100 * sum(rates) / bound, 2))
    return line


def measure(name, mode, cpu, frame, directory, logs, only=None):
    """The rows of one boot."""
    path = board(name)
    costs = values(path)
    arguments = cpu_arguments(costs) if cpu == "on" else []
    runs = commands(mode, frame, only)
    with Virtual(directory, logs, path, mode=mode) as run:
        run.run("perf", timeout=900, arguments=arguments, variables={"TRANSPORT_MTU": "0x10000", "MTU": frame},
                files={"runs": "".join(f"{key} {command}\n" for key, command in runs)})
        violations = run.model.violations()["list"]
        if violations:
            raise Failure(f"violations: {violations}")
        marks = run.marks()
        identity = {"board": os.path.basename(path), "mode": mode, "cpu": cpu, "frame": frame}
        return [row(run, key, number, marks, identity, costs) for number, (key, _c) in enumerate(runs)]


def as_text(rows):
    """A row a line, as the file of the expected ones has them."""
    return "".join(json.dumps(line) + "\n" for line in rows)


def update(run):
    """Measure what the regression test does, and expect that from now on."""
    rows = [line for point in SMALL for line in
            measure(*point, os.path.join(run.path, point[1]), os.path.join(run.logs, point[1]), SMALL_RUNS)]
    with open(EXPECTED, "w", encoding="ascii") as file:
        file.write(as_text(rows))
    print(f"perf: {paths.rel(EXPECTED)} has {len(rows)} rows; the commit says why they changed")
    return 0


def table(rows):
    """Markdown, a line for each row."""
    lines = ["| board | mode | CPU | frame | scenario | Gbit/s | of the link | RTT us | link down/up | host CPU | "
             "reads | irqs | bytes by CPU a packet |", "|" + "---|" * 13]
    for line in rows:
        rate = f"{line['gbps']:.2f}" if line["gbps"] is not None else ""
        percent = f"{line['percent']:.1f} %" if line["percent"] is not None else ""
        rtt = f"{line['rtt_us']:g}" if line["rtt_us"] is not None else ""
        lines.append(f"| {line['board']} | {line['mode']} | {line['cpu']} | {line['frame']} | {line['scenario']} | {rate} | "
                     f"{percent} | {rtt} | {line['link_down_percent']:.0f}/{line['link_up_percent']:.0f} % | "
                     f"{line['cpu_rc_percent']:.0f} % | {line['reads']:.2f} | {line['interrupts']:.2f} | "
                     f"{line['cpu_bytes']:.0f} |")
    return "\n".join(lines)


def main(args):
    start = time.monotonic()
    rows = []
    boards = args.board or sorted(os.listdir(paths.BOARDS))
    with RunDirectory() as run:
        if args.update:
            return update(run)
        for name in boards:
            for mode in args.modes:
                for cpu in args.cpu:
                    for frame in args.frames:
                        key = f"{os.path.basename(name)}-{mode}-{cpu}-{frame}"
                        begin = time.monotonic()
                        rows += measure(name, mode, cpu, frame, os.path.join(run.path, key),
                                        os.path.join(run.logs, f"perf.{key}"))
                        print(f"perf: {key}: {time.monotonic() - begin:.0f} s", flush=True)
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
