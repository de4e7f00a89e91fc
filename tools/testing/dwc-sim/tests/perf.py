# SPDX-License-Identifier: GPL-2.0
"""The figures of a few runs in virtual time are what tests/perf.expected says, to the last digit.
`make perf UPDATE=1` rewrites that file; the commit that does so says why."""

import hashlib
import json
import os

from bench import journey, paths, perf, physics, validate
from bench.journey import Act
from bench.testing import equal, require, test

# sha256 of each file of costs: a figure that gets better must not have got cheaper
FROZEN = {
    "generic": "9a359883b681d03ecdff95f2eee5bc23ee82e65b364dfc2d5a82001a3fe7f342",
    "rcar-s4": "4f0344a4b9837c851258888e8f4e0a8c96d50e80173e4c1a70225f0c8fac7e28",
    "rk3588": "a0525d465fc951bd81d236346fd1d2b6a284499672219844a8bf0e90e251d3d1",
}


def engine(row, values):
    """What the engine has to take for raw transfers, ns: of one channel by the formula, and of several of one direction what the
    link takes, if the transfers are long."""
    if row["direction"] == "both":
        return None
    half = physics.WRITE if row["direction"] == "ep_to_rc" else physics.READ
    if row["flows"] == 1:
        return physics.engine_ns(values, half, row["frame"], row["elements"], row["runs"])
    return row["elements"] * row["frame"] * 8 / row["limit_gbps"] if row["frame"] >= 65536 else None


@test(bench=False, timeout=120, params={"mode": perf.BOOTS})
def expected(alone, mode):
    """No figure changes by any amount unless somebody says so; and the engine takes what the formula says."""
    with open(perf.EXPECTED, encoding="ascii") as file:
        everything = [json.loads(line) for line in file]
    name = next(name for name, each in perf.SMALL if each == mode)
    found = perf.boot(name, mode, perf.small(mode), os.path.join(alone.scratch, "run"), alone.logs)
    wanted = [row for row in everything if (row["mode"], "raw" in row["scenario"]) ==
              ("edma" if mode == "raw" else mode, mode == "raw")]
    # first what no new file of expected figures makes good
    for row in found if mode == "memcpy" else ():
        # a copying sender that waited for the tick, 10 ms, after each ring of 14 frames would be below 0.02
        require(row["gbps"] is None or row["gbps"] > 0.2, f"{row['scenario']} collapses: {row['gbps']} Gbit/s")
    for row in found if mode == "raw" else ():
        formula = engine(row, physics.values(perf.board(name)))
        require(formula is None or abs(row["engine_ns"] - formula) <= formula * (0.01 if row["flows"] == 1 else 0.05),
                f"{row['scenario']} {row['direction']} {row['frame']}: {row['engine_ns']} ns, the formula says {formula}")
    equal([row["scenario"] for row in found], [row["scenario"] for row in wanted], "runs")
    for row, was in zip(found, wanted):
        changed = [f"{key} {was.get(key)} is {row[key]} now" for key in row if row[key] != was.get(key)]
        require(not changed, f"{row['scenario']}: {', '.join(changed)}: make perf UPDATE=1, and say why")


@test(bench=False, timeout=120, params={"boot": tuple(validate.BOOTS)})
def published(alone, boot):
    """What boards were measured to do is what virtual time says, as far as it has to."""
    rows = validate.compare(alone.scratch, alone.logs, (boot,))
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
def baseline(_alone):
    """The README's table is that of the rows that the repository keeps, which are of all boards."""
    with open(perf.BASELINE, encoding="ascii") as file:
        rows = [json.loads(line) for line in file]
    new, old = perf.in_readme(rows)
    require(new == old, "the README's table is another: bench.py perf --keep")
    equal(sorted({row["board"] for row in rows}), sorted(os.listdir(paths.BOARDS)), "boards")


@test(bench=False)
def costs_are_frozen(_alone):
    """Boards are what they were when the baseline was measured."""
    found = {}
    for name in sorted(os.listdir(paths.BOARDS)):
        with open(os.path.join(paths.BOARDS, name), "rb") as file:
            found[name] = hashlib.sha256(file.read()).hexdigest()
    equal(found, FROZEN, "files of costs: no figure of the repository is comparable with those of others")


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
    values = physics.values(perf.board("generic"))
    values.update(header_host=16)       # 24 bytes of overhead
    equal(round(physics.raw_gbps(values), 1), 31.5, "raw, Gbit/s")
    equal(round(physics.limits(values)["ep_to_rc"], 1), 28.8, "writes with 256 bytes of payload")
    values.update(mps=128)
    equal(round(physics.limits(values)["ep_to_rc"], 1), 26.5, "writes with 128 bytes of payload")


def flow(**changed):
    """A row, as far as comparisons need it."""
    return {"board": "generic", "mode": "edma", "cpu": "off", "frame": 65000, "scenario": "tcp-1", "direction": "rc_to_ep",
            "gbps": 20.0, "rtt_us": None, **changed}


@test(bench=False)
def comparisons(_alone):
    """A row is compared with that of the same run before, and with the engine alone only where both move 64 KB."""
    ping = flow(scenario="ping", gbps=None, rtt_us=30)
    was = {perf.key(row): row for row in (flow(gbps=10.0), {**ping, "rtt_us": 45})}
    equal([perf.factor(row, was) for row in (flow(), ping, flow(cpu="on"))], [2, 1.5, None], "factors")
    alone = perf.reference([flow(scenario="raw-q32-1", frame=65536, gbps=25.0), flow(scenario="raw-q1-1", frame=65536, gbps=5.0),
                            flow(scenario="raw-q32-2", frame=65536, gbps=40.0, direction="both")])
    rows = (flow(), flow(direction="both"), flow(direction="ep_to_rc"), flow(cpu="on"), flow(frame=1500), flow(mode="memcpy"))
    equal([perf.of_raw(row, alone) for row in rows], [80, 50, None, None, None, None], "percent of the engine alone")
    equal({perf.key(row) for row in perf.before().values()} >= {perf.key(flow(board=name)) for name in os.listdir(paths.BOARDS)},
          True, "the rows before have all boards")
