# SPDX-License-Identifier: GPL-2.0
"""Finds what a kernel complained about in its console lines.

What an unmodified kernel is known to print stands in tests/allowed-dmesg, each
line with its reason; a test may allow more in its header, with a reason.
"""

import dataclasses
import os
import re

from . import paths
from .errors import BenchError

BAD = re.compile("|".join((
    r"WARNING:", r"\bBUG\b", r"\bOops\b", r"Kernel panic", r"Kernel mode fault", r"Call Trace:",
    r"KASAN", r"UBSAN", r"\[ cut here \]", r"DMA-API:", r"general protection",
    r"possible (recursive|circular|irq lock inversion)", r"inconsistent lock state",
    r"suspicious RCU usage", r"INFO: task .* blocked", r"rcu: .*\b(stall|detected)",
    r"soft lockup", r"scheduling while atomic", r"sleeping function called",
    r"unreferenced object", r"\d+ new suspected memory leaks", r"refcount_t:",
    r"list_(add|del) corruption", r"unable to handle", r"Invalid (read|write|mem\w+_\w+io)",
    r"nobody cared", r"Unbalanced enable", r"bad unlock balance", r"lock held when returning",
    r"held lock freed", r"trying to free unused", r"virtio_pcidev.*(error|fail|timed? ?out)",
    r"stack-protector", r"page allocation failure", r"Out of memory", r"Attempted to kill init",
)))
CUT = re.compile(r"\[ cut here \]")
END = re.compile(r"\[ end trace")
# lines that belong to the report above them
TRACE = re.compile(r"^(\[[^]]*\])?\s*(<\w+>|\[<|\?|Call Trace|RIP|EIP|Stack:|CPU:|PID:|Modules linked|"
                   r"Hardware name|Tainted|=+$|-+$|Workqueue:|[0-9a-f]{8,16}\b|.*\+0x[0-9a-f]+/0x|$)")
LONGEST = 200           # lines of one report


@dataclasses.dataclass(frozen=True)
class Allow:
    """A message that is no failure: on guest side ('rc', 'ep' or 'any'; 'ep' is every endpoint)."""

    side: str
    pattern: str
    reason: str


@dataclasses.dataclass
class Report:
    title: str          # the line that tells most
    text: str           # all its lines


def reports(lines):
    """What a list of console lines complains about, in order."""
    at = 0
    while at < len(lines):
        if not BAD.search(lines[at]):
            at += 1
            continue
        end = at + 1
        if CUT.search(lines[at]):
            stop = min(len(lines), at + LONGEST)
            end = next((i + 1 for i in range(at, stop) if END.search(lines[i])), stop)
            title = next((line for line in lines[at + 1:end] if BAD.search(line)), lines[at])
        else:
            title = lines[at]
            while end < len(lines) and end - at < LONGEST and TRACE.match(lines[end]):
                end += 1
        yield Report(title.strip(), "\n".join(lines[at:end]))
        at = end


def load(name, fields):
    """A list file of the repository: entries of `fields` words and a pattern, each
    directly below a '#' comment that gives its reason."""
    path = os.path.join(paths.TESTS, name)
    entries = []
    reason = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if line.startswith("#"):
                reason.append(line.lstrip("# "))
                continue
            if not line:
                reason = []
                continue
            words = line.split(None, fields)
            if len(words) != fields + 1 or not reason:
                raise BenchError(f"{paths.rel(path)}:{number}: an entry is {fields} words and a "
                                 f"pattern below a comment that gives its reason")
            entries.append((*words, " ".join(reason)))
    return entries


def _is_on(where, side):
    return where == "any" or side.startswith(where)


def findings(lines, side, variant, extra=()):
    """Reports that nothing allows."""
    allowed = [re.compile(pattern) for variants, where, pattern, _reason in load("allowed-dmesg", 2)
               if (variants == "any" or variant in variants.split(",")) and _is_on(where, side)]
    allowed += [re.compile(a.pattern) for a in extra if _is_on(a.side, side)]
    return [report for report in reports(lines)
            if not any(pattern.search(report.text) for pattern in allowed)]
