# SPDX-License-Identifier: GPL-2.0
"""Rows of build/perf/result.json: what one run in virtual time left behind, as figures."""

import dataclasses
import json
import re

from .errors import Failure

CPU = "cpu_"
# what a guest's kernel is charged for, in the order of time_travel_costs.acts
ACTS = ("syscall", "irq", "softirq", "switch", "napi", "xmit", "receive", "copy", "map", "unmap")
SIDES = ("rc", "ep")


@dataclasses.dataclass(frozen=True)
class Run:
    """One line of a boot's runs: see scenarios/lib/runs.sh.  Of raw transfers, frame is the size of one."""

    scenario: str
    sides: str
    setup: str
    command: str
    cpu: str = "off"
    frame: int = 0
    direction: str | None = None
    flows: int | None = None

    @property
    def key(self):
        return f"{self.scenario}.{self.direction or 'none'}.{self.frame}.{self.cpu}"

    @property
    def line(self):
        return f"{self.key} {self.sides} {self.setup} {self.command}\n"

    @property
    def leads(self):
        """The sides that do something."""
        return SIDES if self.sides == "both" else (self.sides,)


def state(text):
    """Lines of a .state file: [{key: value} before, after]."""
    found, last = [], {}
    for line in text.splitlines():
        key, value = line.split()
        if key in last:
            found.append(last)
            last = {}
        last[key] = dict(zip(ACTS, map(int, value.split(",")))) if key == "acts" else int(value)
    return [*found, last]


def report(text):
    """iperf3's, which may have a warning before it: its end."""
    try:
        return json.loads(text[text.index("{"):])["end"]
    except (ValueError, KeyError):
        raise Failure(f"iperf3: {text[-300:]}") from None


def received(ends):
    """[iperf3's end of each client]: what arrived in each direction, {bytes, seconds, lost_percent, retransmits}"""
    sums = [end[key] for end in ends for key in ("sum_received", "sum_received_bidir_reverse") if key in end]
    if not sums:
        raise Failure(f"iperf3: no sums in {ends}")
    seconds = max(each["seconds"] for each in sums)
    lost = [each["lost_percent"] for each in sums if "lost_percent" in each]
    again = [end[key]["retransmits"] for end in ends for key in ("sum_sent", "sum_sent_bidir_reverse")
             if "retransmits" in end.get(key, {})]
    # both directions count for as long as the slower one takes
    return {"gbps": sum(each["bytes"] for each in sums) * 8 / seconds / 1e9, "seconds": seconds,
            "lost_percent": round(max(lost), 3) if lost else None, "retransmits": sum(again) if again else None}


def delta(before, after, *keys):
    for key in keys:
        before, after = before.get(key, {}), after.get(key, {})
    return (after or 0) - (before or 0)


def share(busy, ns):
    """Percent of the time that is measured.  More than 100 means that work went on when iperf3's clock had stopped."""
    return round(100 * busy / ns, 2)


def counted(first, last, packets, ns):
    """Between two marks: for each packet; and how busy link and engine were in ns of that time."""
    irqs = sum(last["irq"].values()) - sum(first["irq"].values())
    each = {"reads": delta(first, last, "sum", "cpu_read"), "interrupts": irqs,
            "doorbells": delta(first, last, "sum", "doorbells"),
            "cpu_bytes": delta(first, last, "sum", "cpu_write_bytes")}
    row = {key: round(value / packets, 4) if packets else None for key, value in each.items()}
    for lane in ("down", "up"):
        busy = delta(first, last, "link", lane, "wire") * last["link"]["byte_fs"] / 1e6
        row[f"link_{lane}_percent"] = share(busy, ns)
    for half in ("rd", "wr"):
        row[f"engine_{half}_percent"] = share(delta(first, last, "engine", half), ns)
    return row


def transfers(first, last, direction):
    """What a half of the engine did between two marks, or both halves at once."""
    halves = {"ep_to_rc": ("wr",), "rc_to_ep": ("rd",)}.get(direction, ("wr", "rd"))
    names = [f"{half}{channel}" for half in halves for channel in range(8)]
    return {"engine_ns": max(delta(first, last, "engine", half) for half in halves),
            **{key: sum(delta(first, last, "channels", name, key) for name in names) for key in ("runs", "elements")}}


def charged(act, count, costs):
    """ns of so many acts, or bytes copied."""
    return count * costs.get(CPU + act, 0) / (1000 if act == "copy" else 1)


def cpu(states, packets, ns, costs, on, flows):
    """How busy each side's CPU was in ns, with iperf3's beginning and end, and with what, for each packet; the first
    only of flows, because the shell around a few pings does more."""
    row = {}
    for side in SIDES:
        before, after = states[side]
        row[f"cpu_{side}_percent"] = share(after["total_ns"] - before["total_ns"], ns) if on and flows else None
    for side in SIDES:
        before, after = states[side]
        row[f"cpu_{side}_ns"] = {act: round(charged(act, count - before["acts"][act], costs) / packets, 1)
                                 for act, count in after["acts"].items()} if packets and on else None
    return row


def round_trips(text, count):
    """Each of ping's, us."""
    times = [round(float(value) * 1000, 3) for value in re.findall(r"time=([\d.]+) ms", text)]
    if len(times) != count:
        raise Failure(f"ping: {len(times)} of {count} answers: {text[-300:]}")
    return times


def between(run, number, marks):
    """Counters when the first side began, and when the last one ended."""
    own = [4 * number + 2 * SIDES.index(side) for side in run.leads]
    return (min((marks[each] for each in own), key=lambda each: each["now"]),
            max((marks[each + 1] for each in own), key=lambda each: each["now"]))


def row(machines, run, number, marks, identity, limit, costs):
    """One run's line; machines are {side: virtual.Machine}, limit is the link's in Gbit/s."""
    first, last = between(run, number, marks)
    states = {side: state(machines[side].result(f"{run.key}.state")) for side in SIDES}
    outs = [machines[side].result(f"{run.key}.out") for side in run.leads]
    ns = whole = last["now"] - first["now"]
    line = {**identity, "scenario": run.scenario, "cpu": run.cpu, "direction": run.direction, "frame": run.frame,
            "flows": run.flows, "gbps": None, "limit_gbps": None, "percent": None, "rtt_us": None}
    lead = states[run.leads[0]]
    packets = sum(lead[1].get(key, 0) - lead[0].get(key, 0) for key in ("rx_packets", "tx_packets"))
    extra = {}
    if run.command.startswith("ping"):
        times = round_trips(outs[0], int(re.search(r"-c (\d+)", run.command).group(1)))
        line["rtt_us"] = max(times) if "-l" in run.command else sorted(times)[len(times) // 2]
        extra["rtts_us"] = times
    elif run.command.startswith("measure"):
        size, _piece, _depth, count, channels, _way = map(int, run.command.split()[1:])
        packets, ns = count * channels, int(outs[0])
        line["gbps"] = size * packets * 8 / ns
        extra = transfers(first, last, run.direction)
    else:
        extra = received([report(out) for out in outs])
        line["gbps"], ns = extra.pop("gbps"), extra.pop("seconds") * 1e9
    if line["gbps"] is not None:
        line.update(gbps=round(line["gbps"], 4), limit_gbps=round(limit, 4), percent=round(100 * line["gbps"] / limit, 2))
    return {**line, "packets": packets, "ns": round(ns), **counted(first, last, packets, ns),
            **cpu(states, packets, whole, costs, run.cpu == "on", run.flows), "lost_percent": None, "retransmits": None, **extra}
