# SPDX-License-Identifier: GPL-2.0
"""The figures of a few runs in virtual time are what tests/perf.expected says, to the last digit.
`make perf UPDATE=1` rewrites that file; the commit that does so says why."""

import json
import os

from bench import journey, perf, validate
from bench.journey import Act
from bench.testing import equal, require, test


@test(bench=False, timeout=120, params={"mode": perf.MODES})
def expected(alone, mode):
    """No figure changes by any amount unless somebody says so."""
    with open(perf.EXPECTED, encoding="ascii") as file:
        wanted = [row for row in map(json.loads, file) if row["mode"] == mode]
    point = next(point for point in perf.SMALL if point[1] == mode)
    found = perf.measure(*point, os.path.join(alone.scratch, "run"), alone.logs, perf.SMALL_RUNS)
    equal([row["scenario"] for row in found], [row["scenario"] for row in wanted], "runs")
    for row, was in zip(found, wanted):
        changed = [f"{key} {was.get(key)} is {row[key]} now" for key in row if row[key] != was.get(key)]
        require(not changed, f"{row['scenario']}: {', '.join(changed)}: make perf UPDATE=1, and say why")


@test(bench=False, timeout=120)
def published(alone):
    """What boards were measured to do is what virtual time says, as far as it has to."""
    rows = validate.compare(alone.scratch, alone.logs)
    with open(os.path.join(alone.logs, "table.md"), "w", encoding="utf-8") as file:
        file.write(validate.table(rows) + "\n")
    equal(validate.wrong(rows), [], "figures that are off")


@test(bench=False, timeout=60, params={"mode": perf.MODES})
def journeys(alone, mode):
    """The picture of a ping's journey that the repository has is what comes out now."""
    with open(journey.kept(mode), encoding="utf-8") as file:
        was = file.read()
    now = journey.picture(journey.BOARD, mode, journey.KEPT, os.path.join(alone.scratch, "run"), alone.logs)
    with open(os.path.join(alone.logs, "journey.svg"), "w", encoding="utf-8") as file:
        file.write(now)
    require(now == was, f"the journey is another than {journey.kept(mode)} shows: make perf UPDATE=1, and say why")


@test(bench=False)
def critical_path(_alone):
    """What ended last before the next began; what overlaps is not on it, and all of it adds up."""
    send = Act("rc", 0, 10, "system call")
    wire = Act("down", 10, 14, "MWr 64")
    beside = Act("rc", 10, 13, "transmit")
    late = Act("up", 12, 40, "CplD 4")
    handle = Act("ep", 20, 30, "interrupt")
    path = journey.critical_path([send, wire, beside, late, handle])
    equal(path, [(send, 10), (None, 2), (late, 28)], "the path with a long act to the end")
    path = journey.critical_path([send, wire, beside, handle])
    equal(path, [(send, 10), (wire, 4), (None, 6), (handle, 10)], "the path")
    equal(sum(ns for _act, ns in path), 30, "its length, ns")


@test(bench=False)
def limits(_alone):
    """The physical limits that figures are compared with: clock.md's, for Gen4 x2."""
    values = perf.values(perf.board("generic"))
    values.update(header_host=16)       # 24 bytes of overhead
    equal(round(perf.raw_gbps(values), 1), 31.5, "raw, Gbit/s")
    equal(round(perf.limits(values)["ep_to_rc"], 1), 28.8, "writes with 256 bytes of payload")
    values.update(mps=128)
    equal(round(perf.limits(values)["ep_to_rc"], 1), 26.5, "writes with 128 bytes of payload")
