# SPDX-License-Identifier: GPL-2.0
"""The journey of one packet: what each act on its way took, as an SVG with a lane for each part of the
hardware.  Acts of the link, the engine and the interrupts come from the model's trace, those of the
kernels from what they were charged for."""

import dataclasses
import html
import os
import re

from . import paths, perf, physics
from .errors import Failure
from .virtual import Virtual, board

EPOCH = 1767225600 * 10 ** 9            # of virtual time, see model/calendar.h
LANES = ("rc", "down", "up", "engine", "ep")
TITLES = {"rc": "host CPU", "down": "link down", "up": "link up", "engine": "engine", "ep": "endpoint CPU"}
COLOURS = {"rc": "#4c78a8", "down": "#f58518", "up": "#e45756", "engine": "#72b7b2", "ep": "#54a24b"}
KINDS = {"ping": ("a ping's round trip", "rc"), "burst": ("8 frames of 1500 bytes", "ep")}
FRAME = 1500
BOARD = "rcar-s4"                       # what the README shows
KEPT = "ping"                           # the kind of which results/ has pictures
WIDTH, LEFT, RIGHT, ROW, TEXT = 1360, 110, 50, 18, 11   # pixels
CHARACTER = 6.2
SPAN = re.compile(r"\d+ span (\w+) (\d+) (\d+) (.*)")


@dataclasses.dataclass(frozen=True)
class Act:
    """Something that took from start to end, ns."""

    lane: str
    start: int
    end: int
    name: str
    flight: bool = False                # on its way between the two ends of the link

    @property
    def ns(self):
        return self.end - self.start


def between_marks(trace):
    """The lines of the trace from mark 1 to mark 2."""
    inside = False
    for line in trace.splitlines():
        if re.search(r"calendar: mark [12] of rc$", line):
            inside = line.endswith("mark 1 of rc")
        elif inside:
            yield line


def spans(trace, latency):
    """What the model says; latency is {lane: ns}."""
    for match in filter(None, map(SPAN.match, between_marks(trace))):
        lane, start, end, name = match.group(1), int(match.group(2)), int(match.group(3)), match.group(4)
        yield Act(lane, start, end, name)
        if lane in latency:
            yield Act(lane, end, end + latency[lane], name + ", under way", True)


def charged(lane, text):
    """What a kernel was charged for."""
    for line in text.splitlines():
        at, ns, name = line.split(" ", 2)
        yield Act(lane, int(at) - EPOCH, int(at) - EPOCH + int(ns), name)


def cut(acts, ends_at):
    """The packet's own: from the system call that sends it to the last reception at its end.

    What the link carries first is the packet, and the system call before that sent it."""
    first = min((act.start for act in acts if act.lane in ("down", "up")), default=None)
    arrived = [act.end for act in acts if act.lane == ends_at and act.name == "receive"]
    if first is None or not arrived:
        raise Failure("no packet crossed the link in the journey")
    calls = [act.start for act in acts if act.lane == "rc" and act.name == "system call" and act.start <= first]
    begin, end = max(calls, default=first), max(arrived)
    return sorted((act for act in acts if act.start >= begin and act.end <= end), key=lambda act: (act.start, act.end))


def critical_path(acts):
    """From the end back: what ended last before the next one began.  [(act or None, ns)], a None is
    time in which nothing of this went on that has a name."""
    path, at = [], max(act.end for act in acts)
    begin = min(act.start for act in acts)
    left = set(acts)
    while at > begin:
        before = [act for act in left if act.end <= at and act.ns]
        if not before:
            path.append((None, at - begin))
            break
        # of those that end together, the one that began first
        act = max(before, key=lambda each: (each.end, -each.start, each.lane))
        if act.end < at:
            path.append((None, at - act.end))
        path.append((act, act.ns))
        left.discard(act)
        at = act.start
    return path[::-1]


def rows(acts):
    """{act: row}: acts of a lane that overlap lie below each other."""
    free, found = [], {}
    for act in acts:
        for number, end in enumerate(free):
            if end <= act.start:
                break
        else:
            number = len(free)
            free.append(0)
        free[number] = max(act.end, act.start + 1)
        found[act] = number
    return found, max(len(free), 1)


def bar(act, x, y, width, critical):
    colour = COLOURS[act.lane]
    edge = ' stroke="#000" stroke-width="1.5"' if critical else ""
    opacity = ' fill-opacity="0.25"' if act.flight else ""
    lines = [f'<g><title>{html.escape(act.name)}: {act.ns} ns</title>'
             f'<rect x="{x:.1f}" y="{y}" width="{max(width, 1):.1f}" height="{ROW - 4}" fill="{colour}"{opacity}{edge}/>']
    text = f"{act.name} {act.ns}"
    if len(text) * CHARACTER < width:
        lines.append(f'<text x="{x + 3:.1f}" y="{y + 11}">{html.escape(text)}</text>')
    return "".join(lines) + "</g>"


def scale_marks(begin, end, to_x, bottom):
    """A line for every so many ns."""
    step = next(step for step in (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 10 ** 9)
                if (end - begin) / step <= 20)
    for ns in range(0, end - begin + 1, step):
        x = to_x(begin + ns)
        yield (f'<line x1="{x:.1f}" y1="28" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>'
               f'<text x="{x + 2:.1f}" y="38" fill="#777">{ns / 1000:g} us</text>')


def path_table(path, y):
    """The critical path in words, summed by name."""
    sums = {}
    for act, ns in path:
        name = f"{TITLES[act.lane]}: {re.sub(' (0x[0-9a-f]+|[0-9]+)(?=,|$)', '', act.name)}" if act else "memory, waiting"
        count, total = sums.get(name, (0, 0))
        sums[name] = (count + 1, total + ns)
    whole = sum(ns for _act, ns in path)
    lines = [f'<text x="10" y="{y}" font-weight="bold">critical path (framed): {whole} ns</text>']
    for number, (name, (count, total)) in enumerate(sorted(sums.items(), key=lambda item: -item[1][1])):
        column, line = divmod(number, 8)
        lines.append(f'<text x="{10 + 340 * column}" y="{y + 16 * (line + 1)}">'
                     f'{total} ns  {100 * total / whole:.0f} %  {html.escape(name)}{f" x {count}" if count > 1 else ""}</text>')
    return lines, y + 16 * 9


def svg(acts, title):
    """The picture."""
    path = critical_path(acts)
    critical = {act for act, _ns in path if act}
    begin, end = min(act.start for act in acts), max(act.end for act in acts)

    def to_x(ns):
        return LEFT + (ns - begin) * (WIDTH - LEFT - RIGHT) / (end - begin)

    body, y = [], 46
    for lane in LANES:
        mine = [act for act in acts if act.lane == lane]
        place, count = rows(mine)
        body.append(f'<text x="10" y="{y + 12}" font-weight="bold">{TITLES[lane]}</text>')
        body += [bar(act, to_x(act.start), y + ROW * place[act], to_x(act.end) - to_x(act.start), act in critical)
                 for act in mine]
        y += ROW * count + 8
        body.append(f'<line x1="0" y1="{y - 5}" x2="{WIDTH}" y2="{y - 5}" stroke="#bbb"/>')
    words, bottom = path_table(path, y + 16)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{bottom}" viewBox="0 0 {WIDTH} {bottom}" '
            f'font-family="sans-serif" font-size="{TEXT}"><rect width="100%" height="100%" fill="#fff"/>'
            f'<text x="10" y="18" font-size="15">{html.escape(title)}</text>')
    return "\n".join([head, *scale_marks(begin, end, to_x, y), *body, *words, "</svg>"]) + "\n"


def kept(mode):
    """The path of the picture that is in the repository."""
    return os.path.join(paths.RESULTS, f"journey-{KEPT}-{mode}.svg")


def picture(name, mode, kind, directory, logs):
    """Run the journey on a board, with the costs of its CPUs: the picture as text."""
    path = board(name)
    values = physics.values(path)
    title, ends_at = KINDS[kind]
    with Virtual(directory, logs, path, mode=mode, trace=True) as run:
        run.run("journey", variables={"WHAT": kind, "MTU": FRAME, "TRANSPORT_MTU": "0x10000"},
                arguments=perf.cpu_arguments(values))
        with open(os.path.join(logs, "trace"), encoding="utf-8") as file:
            acts = list(spans(file.read(), {"down": values["latency_down"], "up": values["latency_up"]}))
        for machine in (run.rc, run.ep):
            acts += charged(machine.side, machine.result("costs"))
    return svg(cut(acts, ends_at), f"{title} on {os.path.basename(path)}, {mode}")
