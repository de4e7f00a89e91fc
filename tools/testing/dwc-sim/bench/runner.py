# SPDX-License-Identifier: GPL-2.0
"""Runs cases in worker processes and prints KTAP, one line for each case, and after a whole
run where the time went."""

import collections
import json
import os
import selectors
import signal
import sys
import time

from . import coverage, pace, paths, sandbox, worker
from .cases import LANES
from .errors import Stop

CHECK_MINUTES = 25          # all tests at their small size, from a clean tree; see pace.py
COST = {"debug": 3}         # times as long as others that cases of a variant take, about
DEBUG_MINUTES = 10          # of those, on the debug kernel
SLOWEST = 10                # tests that are named at the end
MOST = 40                   # tests of one boot: two pairs are to end at about the same time
STOP_GRACE = 60.0           # seconds that a worker has to clean up
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CLEAN = "ended with status 0"
WORKER_EXTRA = 30.0         # seconds beyond its own hard timeouts


class Lane:
    """Groups of cases, so many of which run at a time."""

    def __init__(self, width, waiting):
        self.width = width
        self.waiting = collections.deque(waiting)
        self.running = 0


class Worker:
    """A child process that runs one group, as its parent sees it."""

    def __init__(self, number, lane, cases, run, options):
        self.lane = lane
        self.cases = collections.deque(cases)
        self.options = options
        self.current = None
        self.current_start = None
        self.slowness = 1.0         # the most since the current case began
        self.boots = 0
        self.log = os.path.join(run.logs, f"worker-{number}.log")
        self._input = b""
        sys.stdout.flush()
        self.report, write = os.pipe()
        parent = os.getpid()
        # until the child has its own handlers, a signal must not run ours in it
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.pid = os.fork()
        if self.pid == 0:
            self._child(parent, list(cases), number, run, options, write)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.close(write)

    def _child(self, parent, cases, number, run, options, report):
        """Never returns.  The parent's death ends it, and all that it started."""
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)    # the parent tells us
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, stop)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.close(self.report)
            sandbox.die_with(parent)
            log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            worker.main(cases, os.path.join(run.path, str(number)), run.logs, options, report)
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def messages(self):
        """What it reported since the last call; None at its end."""
        data = os.read(self.report, 65536)
        if not data:
            return None
        *lines, self._input = (self._input + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def overdue(self):
        case = self.current
        if case is None:
            return False
        bound = (self.options.timeout(case) + worker.BRING_UP.get(case.variant, worker.BRING_UP_DEFAULT) +
                 worker.VERDICT + WORKER_EXTRA)
        self.slowness = max(self.slowness, pace.scale())
        return time.monotonic() - self.current_start > bound * self.slowness

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def end(self):
        """Reap it; how it ended, in words."""
        os.close(self.report)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"


def stop(number, _frame):
    """Signal handler: unwind."""
    raise Stop(signal.Signals(number).name)


def groups(cases):
    """Lists of cases: those that share a boot together, all others alone; the longest
    lists first, so that none is left over at the end."""
    shared = {}
    result = []
    for case in cases:
        if case.shared and case.plan:
            if len(shared.get(case.plan, ())) in (0, MOST):
                shared[case.plan] = []
                result.append(shared[case.plan])
            shared[case.plan].append(case)
        else:
            result.append([case])
    return sorted(result, key=lambda group: -sum(COST.get(case.variant, 1) for case in group))


def summary(seconds, built, slowness):
    """Lines that say where the time of a run went; seconds is {name of a case: seconds}."""
    yield (f"pace: a fixed job took {slowness:.2f} times the reference's time; "
           f"{built:.0f} s went by before the first test")
    parts = collections.Counter()
    for name, each in seconds.items():
        parts[name.partition(".")[0]] += each
    yield "seconds by part: " + ", ".join(f"{part} {total:.0f}" for part, total in parts.most_common())
    yield f"the {SLOWEST} slowest tests:"
    for name in sorted(seconds, key=seconds.get, reverse=True)[:SLOWEST]:
        yield f"{seconds[name]:7.1f} s {name}"


class Runner:
    def __init__(self, run, options, jobs, out=sys.stdout, log=None):
        self.run = run
        self.log = log              # a SoakLog, or None
        self.options = options
        self.jobs = jobs
        self.passed = 0
        self.failed = 0
        self.verdicts = {}          # name of a case: has it passed?
        self.seconds = {}           # name of a case: how long it took
        self.debug_seconds = 0.0
        self.boots = 0              # of pairs
        self._out = out
        self._workers = {}
        self._number = 0
        self._selector = selectors.DefaultSelector()

    def print(self, text):
        print(text, file=self._out, flush=True)

    def all(self, cases, bounds, started):
        """Run the cases; with bounds, check the bounds on time and the table of what they cover as well."""
        built = time.time() - started
        machine = pace.start()
        try:
            self.print("KTAP version 1")
            self.print(f"1..{len(cases) + (3 if bounds else 0)}")
            self.print(f"# logs: {paths.rel(self.run.logs)}, seed {self.options.seed}; pace: {machine.now():.2f} "
                       f"times the reference's time for a fixed job")
            self._run(cases)
            if bounds:
                self._sum_up(machine, built, started)
                self.check_coverage(cases)
        finally:
            machine.end()
        self.print(f"{self.passed} passed, {self.failed} failed")
        return self.passed > 0 and self.failed == 0

    def _run(self, cases):
        lanes = [Lane(self.jobs if lane == "pair" else 1,
                      groups(case for case in cases if case.lane == lane)) for lane in LANES]
        try:
            while self._workers or any(lane.waiting for lane in lanes):
                for lane in lanes:
                    while lane.waiting and lane.running < lane.width:
                        self._start(lane)
                for key, _mask in self._selector.select(1.0):
                    self._handle(key.data)
                for each in self._workers.values():
                    if each.overdue():
                        each.kill()
        finally:
            self._stop_all()

    def _sum_up(self, machine, built, started):
        """Where the time went, and whether it was too much."""
        for line in summary(self.seconds, built, machine.overall()):
            self.print(f"# {line}")
        self.print(f"# {self.boots} boots of pairs")
        self.bound("check.debug_time", self.debug_seconds, DEBUG_MINUTES, machine.overall(), "on the debug kernel")
        self.bound("check.total_time", time.time() - started, CHECK_MINUTES, machine.overall(), "in all")

    def _start(self, lane):
        self._number += 1
        new = Worker(self._number, lane, lane.waiting.popleft(), self.run, self.options)
        lane.running += 1
        self._workers[new.report] = new
        self._selector.register(new.report, selectors.EVENT_READ, new)

    def _handle(self, each):
        """A worker reported or ended."""
        messages = each.messages()
        for message in messages or ():
            self._message(each, message)
        if messages is not None:
            return
        self._selector.unregister(each.report)
        del self._workers[each.report]
        self.boots += each.boots
        how = each.end()
        if each.current:
            self._result(each.current, False, f"no verdict: its process {how}",
                         time.monotonic() - each.current_start)
        elif how != CLEAN and not each.cases:
            # all verdicts are out: a failure on a line of its own
            self._result(None, False, f"after its last verdict a worker {how}", 0, each.log)
        each.lane.running -= 1
        if each.cases:
            each.lane.waiting.appendleft(list(each.cases))

    def _message(self, each, message):
        if "start" in message:
            each.current = each.cases.popleft()
            each.current_start = time.monotonic()
            each.slowness = 1.0
            return
        case, each.current = each.current, None
        each.boots = message["boots"]
        self._result(case, message["passed"], message["text"], message["seconds"])

    def _result(self, case, passed, text, seconds, log=None):
        self.passed += passed
        self.failed += not passed
        number = self.passed + self.failed
        name = case.name if case else "worker"
        self.verdicts[name] = passed
        self.seconds[name] = seconds
        if self.log:
            self.log.add(name, passed, seconds)
        if case and "debug" in case.variant:
            self.debug_seconds += seconds
        if passed:
            self.print(f"ok {number} {name} # {seconds:.1f} s" + (f", {text}" if text else ""))
            return
        self.print(f"not ok {number} {name} # {seconds:.1f} s")
        for line in text.splitlines():
            self.print(f"# {line}")
        if pace.scale() > 1:
            self.print(f"# limits of time are {pace.scale():.2f} times as long as they say: as slow is this machine")
        self.print(f"# log: {paths.rel(log or os.path.join(self.run.logs, name))}")

    def bound(self, name, seconds, minutes, slowness, what):
        """Print the verdict on a time; the machine's slowness is pace.py's."""
        allowed = minutes * 60 * max(1.0, slowness)
        passed = seconds <= allowed
        self.passed += passed
        self.failed += not passed
        number = self.passed + self.failed
        self.print(f"{'' if passed else 'not '}ok {number} {name} # {seconds:.0f} s {what}, at most "
                   f"{minutes * 60} s" + (f" x {slowness:.2f} = {allowed:.0f} s" if slowness > 1 else ""))

    def check_coverage(self, cases):
        """Every test that the table of the coverage names has passed."""
        missing = coverage.unproved(coverage.load(), cases, self.verdicts)
        self.passed += not missing
        self.failed += bool(missing)
        self.print(f"{'not ' if missing else ''}ok {self.passed + self.failed} check.coverage # "
                   f"{len(missing)} tests of {paths.rel(coverage.FILE)} have not passed")
        for name in missing:
            self.print(f"# {name}")

    def _stop_all(self):
        """Only after an interruption is there anyone left: let them clean up."""
        for each in self._workers.values():
            os.kill(each.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_GRACE
        for each in self._workers.values():
            os.set_blocking(each.report, False)
            while time.monotonic() < deadline:
                if self._ended(each):
                    break
            else:
                each.kill()
            each.end()
        self._workers.clear()

    def _ended(self, each):
        self._selector.select(0.2)
        try:
            return each.messages() is None
        except BlockingIOError:
            return False


