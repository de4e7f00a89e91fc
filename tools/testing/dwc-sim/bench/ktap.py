# SPDX-License-Identifier: GPL-2.0
"""Reads KTAP, strictly: what is not clearly a pass is a failure."""

import re

RESULT = re.compile(r"^(not )?ok (\d+)\s*(?:- )?(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)")


def problems(text):
    """Problems of a program's KTAP output, nested tests included.  Empty: all passed."""
    found = []
    plan = None
    seen = 0
    for line in text.splitlines():
        nested = line[:1] in " \t"
        line = line.strip()
        match = PLAN.match(line)
        if match and not nested:
            if plan is not None:
                found.append("two test plans")
            plan = int(match.group(1))
        match = RESULT.match(line)
        if not match:
            if line.startswith("Bail out!"):
                found.append(line)
            continue
        seen += not nested
        if match.group(1):
            found.append(f"not ok: {match.group(3)}")
        elif re.search(r"#\s*SKIP", line, re.IGNORECASE):
            found.append(f"skipped, which counts as failed: {match.group(3)}")
    if plan is None:
        found.append("no test plan (1..N) in the output")
    elif plan == 0:
        found.append("a test plan of no tests")
    elif plan != seen:
        found.append(f"{plan} tests were planned, {seen} have a result")
    return found
