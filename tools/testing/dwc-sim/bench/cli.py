# SPDX-License-Identifier: GPL-2.0
"""The command line: run, demo, table, perf, refusals, shell."""

import argparse
import os
import signal
import sys
import time

from . import cases, demo, external, paths, perf, refusals, report, sandbox, shell, soaklog, table
from .errors import BenchError, Failure, GuestDied, Stop, WaitTimeout
from .guest import MEMORY
from .pair import LEVELS
from .rundir import RunDirectory
from .runner import SIGNALS, Runner, stop
from .worker import Options

DESCRIPTION = """\
Boots two User-Mode-Linux kernels with a modelled DesignWare PCIe endpoint
between them: 'ep' is the endpoint's system-on-chip, 'rc' the host."""

EXAMPLES = """\
examples:
  bench.py run                        every test at its small size
  bench.py run 'pci_endpoint*' --list what matches
  bench.py run 'netdev.*' --variant series --trace --keep
  bench.py run --soak                 every test at its full size
  bench.py demo                       ping and iperf3 over the pair, one table
  bench.py shell ep                   a prompt on the endpoint; Ctrl-] goes to the other
logs: build/log/RUN/TEST/{rc,ep,model,commands}.log, trace"""


def parser():
    top = argparse.ArgumentParser(prog="bench.py", description=DESCRIPTION, epilog=EXAMPLES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="command", metavar="run | demo | table | perf | refusals | shell", required=True)

    run = commands.add_parser("run", help="run tests; KTAP out, ends with 'N passed, N failed'")
    run.add_argument("globs", nargs="*", metavar="GLOB", help="names of tests; none: all")
    run.add_argument("--list", action="store_true", help="print the names and stop")
    run.add_argument("--kernels", action="store_true", help="print the kernel variants that they need and stop")
    run.add_argument("--soak", action="store_true",
                     help="full sizes, no bound on the time; keeps the table results/soak.log")
    run.add_argument("--resume", action="store_true", help="only tests that this table does not have as passed")
    run.add_argument("--maintainer", action="store_true", help="the tests of make check-maintainer instead")
    run.add_argument("--seed", type=int, default=1, help="for everything random (default 1)")
    run.add_argument("--keep", action="store_true", help="keep build/run/RUN and all traces")
    run.add_argument("--trace", action="store_true", help="trace the model in every test")
    run.add_argument("--profile", choices=paths.profiles(), help="only tests of this profile")
    run.add_argument("--variant", help="only tests of this kernel variant (base, series, debug)")
    run.add_argument("--jobs", type=int, default=1, help="pairs at a time (default 1)")
    run.add_argument("--tests", default=paths.TESTS, metavar="DIR", help="folder of test modules")

    show = commands.add_parser("demo", help="ping and iperf3 over the pair, one table")
    show.add_argument("--mode", default="all", choices=["all", *demo.MODES])
    show.add_argument("--profile", default="generic", choices=paths.profiles())

    several = commands.add_parser("table", help="the demo's numbers, several runs of each set-up, as Markdown")
    several.add_argument("--runs", type=int, default=5, help="of each set-up (default 5)")

    timed = commands.add_parser("perf", help="what a board would do, in virtual time; one table")
    timed.add_argument("--board", action="append", help="a file of boards/ or any other (default: all of these)")
    timed.add_argument("--modes", nargs="+", default=list(perf.BOOTS), choices=perf.BOOTS,
                       help="transports, and raw transfers of the eDMA")
    timed.add_argument("--jobs", type=int, default=2, help="boots at once (default 2)")
    timed.add_argument("--cpu", nargs="+", default=["off", "on"], choices=["off", "on"],
                       help="with the costs of the guests' CPUs, or without")
    timed.add_argument("--frames", nargs="+", type=int, default=list(perf.FRAMES), choices=perf.FRAMES,
                       metavar="BYTES", help="MTU of the network device; 64: the smallest frames")
    timed.add_argument("--update", action="store_true", help="measure what tests/perf.expected has, and rewrite that")

    timed.add_argument("--keep", action="store_true",
                       help="make what was measured last the baseline, results/perf.jsonl, and the README's table")

    met = commands.add_parser("refusals", help="which refusals of the drivers the tests meet; the list of the others")
    met.add_argument("globs", nargs="*", default=list(refusals.TESTS), metavar="GLOB",
                     help=f"tests to run (default: {' '.join(refusals.TESTS)})")
    met.add_argument("--seed", type=int, default=1, help="for everything random (default 1)")
    met.add_argument("--jobs", type=int, default=2, help="pairs at a time (default 2)")

    prompt = commands.add_parser("shell", help="a prompt on a machine of a running pair")
    prompt.add_argument("side", choices=["rc", "ep"])
    prompt.add_argument("--profile", default="generic", choices=paths.profiles())
    prompt.add_argument("--variant", default="series", help="kernel variant, or RC:EP")
    prompt.add_argument("--up", default="netdev", choices=LEVELS[3:], help="how far to bring it up")
    prompt.add_argument("--trace", action="store_true", help="trace the model")
    return top


def preflight(guests):
    """Everything that would stop all tests, before the first one."""
    paths.require_root()
    for tool, package in (("bwrap", "bubblewrap"), ("dtc", "device-tree-compiler"),
                          ("iperf3", "iperf3"), ("ping", "iputils-ping"), ("ip", "iproute2"),
                          ("ethtool", "ethtool"), ("modprobe", "kmod")):
        paths.require_tool(tool, package)
    paths.require_guest_init()
    paths.require_model()
    sandbox.require_memory(guests, MEMORY)


def find_tests(args):
    """All cases among which the globs and the other options choose."""
    if args.maintainer:
        return external.discover(external.MAINTAINER)
    found = cases.discover(os.path.abspath(args.tests), args.soak)
    return external.discover() + found if args.tests == paths.TESTS else found


def kernels(chosen):
    """The kernel variants that these cases need; one without a pair may boot series by itself."""
    return sorted({side for case in chosen for side in ((case.plan.rc, case.plan.ep) if case.plan else ("series",))})


def run_tests(args):
    full = not (args.globs or args.profile or args.variant or args.soak or
                args.maintainer or args.tests != paths.TESTS)
    found = find_tests(args)
    chosen = [case for case in found if case.matches(args.globs)
              and args.profile in (None, case.profile) and args.variant in (None, case.variant)]
    log = None
    if args.soak and args.tests == paths.TESTS:
        log = soaklog.SoakLog([case.name for case in found], soaklog.commit())
    if args.resume:
        if not log:
            raise BenchError("--resume belongs to --soak: only that has a table")
        chosen = [case for case in chosen if not log.passed(case.name)]
        if not chosen:
            print(f"bench: {paths.rel(log.path)} has them all as passed")
            return True
    if args.kernels:
        print("\n".join(kernels(chosen)))
        return True
    if args.list:
        print("\n".join(case.name for case in chosen))
        return bool(chosen)
    if not chosen:
        raise BenchError(f"no test matches {' '.join(args.globs) or 'the options'}: "
                         f"'bench.py run --list' names them all")
    if args.jobs < 1:
        raise BenchError("--jobs takes a number of at least 1")
    if full and not os.path.isdir(paths.UNIT_TESTS):
        raise BenchError(f"{paths.rel(paths.UNIT_TESTS)} is missing: run 'make kernel'")
    pairs = [case for case in chosen if case.plan]
    if pairs:
        preflight(args.jobs * max(1 + case.plan.ports for case in pairs))
    for variant in {side for case in pairs for side in (case.plan.rc, case.plan.ep)}:
        paths.kernel(variant)
    started = float(os.environ.get("STARTED") or time.time())
    options = Options(args.seed, args.soak, args.keep, args.trace)
    with RunDirectory(args.keep) as run:
        return Runner(run, options, args.jobs, log=log).all(chosen, full, started)


def run_refusals(args):
    """Run tests on the kernel that counts, whatever becomes of them there: make check judges them."""
    chosen = [case for case in cases.discover(paths.TESTS, on="debug") if case.plan and case.matches(args.globs)]
    if not chosen:
        raise BenchError(f"no test matches {' '.join(args.globs)}: 'bench.py run --list' names them all")
    refusals.begin()
    paths.kernel("debug")
    preflight(args.jobs * max(1 + case.plan.ports for case in chosen))
    with RunDirectory() as run:
        Runner(run, Options(args.seed), args.jobs).all(chosen, False, time.time())
    refusals.report()
    return 0


def main(argv):
    for number in SIGNALS:
        signal.signal(number, stop)
    if argv[:1] == ["--shell"]:
        argv = ["shell", *argv[1:]]
    args = parser().parse_args(argv)
    try:
        if args.command == "run":
            return 0 if run_tests(args) else 1
        if args.command == "refusals":
            return run_refusals(args)
        preflight(2)
        if args.command == "demo":
            return demo.main(args)
        if args.command == "table":
            return table.main(args)
        if args.command == "perf":
            return perf.main(args) or (0 if args.keep else report.update() if args.update else report.main(args.jobs))
        return shell.main(args)
    except (BenchError, Failure, GuestDied, WaitTimeout) as error:
        print(f"bench: {error}", file=sys.stderr)
    except Stop as reason:
        print(f"bench: stopped by {reason}", file=sys.stderr)
        return 130
    return 1
