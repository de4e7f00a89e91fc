# SPDX-License-Identifier: GPL-2.0
"""Runs one group of cases: those that share a boot, or a single one.

A worker is a process of its own.  It reports each verdict as soon as it has it;
a case without a verdict when the worker ends has failed, whatever the reason.
"""

import contextlib
import json
import os
import shutil
import signal
import time
import traceback

from . import pace, refusals, state, verdict
from .cases import CHECKED
from .errors import BenchError, Failure, GuestDied, Stop
from .pair import Bench

BRING_UP = {"debug": 240}       # seconds that booting and link-up may take
BRING_UP_DEFAULT = 90
HARD = "hard timeout"
SOAK = 20                       # times its timeout that a test of full size may take
VERDICT = 180                   # seconds that judging and shutting down may take


class Options:
    """What the command line says about every case."""

    def __init__(self, seed=1, soak=False, keep=False, trace=False):
        self.seed = seed
        self.soak = soak
        self.keep = keep
        self.trace = trace

    def timeout(self, case):
        """Seconds that the test itself may take."""
        return case.timeout * (SOAK if self.soak and case.plan else 1)


def describe(error):
    """One line for an exception: what, and for a programming error where."""
    if isinstance(error, (BenchError, Failure, GuestDied)):
        return str(error)
    if isinstance(error, AssertionError) and str(error):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    at = frames[-1]
    return (f"{type(error).__name__}: {error or at.line} "
            f"({os.path.basename(at.filename)}:{at.lineno})")


def limit(seconds, phase):
    """Arm the hard timeout: so many seconds, more of them on a slow machine (see pace.py)."""
    start = time.monotonic()

    def expired(_signal, _frame):
        # it may have become slower meanwhile
        left = start + pace.scaled(seconds) - time.monotonic()
        if left <= 0:
            raise Stop(f"{HARD}: {phase} took more than {seconds:g} s")
        signal.setitimer(signal.ITIMER_REAL, left)

    signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, pace.scaled(seconds))


class Alone:
    """What a test without a pair gets: two folders and the options."""

    def __init__(self, logs, scratch, options):
        self.logs = logs
        self.scratch = scratch          # removed after the test
        self.seed = options.seed
        self.soak = options.soak


class Group:
    """The cases, and the pair that they share (None: the next case boots one)."""

    def __init__(self, directory, logs, options):
        self.directory = directory
        self.logs = logs
        self.options = options
        self.bench = None
        self.before = None      # state of the pair before a test that is checked; None: not known
        self.boots = 0

    def run(self, case, last):
        """One case to its verdict: (passed, text, seconds).  The last one of the
        group answers for the orderly end of the pair."""
        start = time.monotonic()
        os.environ[pace.VARIABLE] = f"{pace.scale():.2f}"
        logs = os.path.join(self.logs, case.name)
        os.makedirs(logs, exist_ok=True)
        problems = (self._run_alone(case, logs) if case.plan is None
                    else self._run_pair(case, logs, last))
        passed, text = verdict.outcome(case, problems)
        self._keep_logs(case, logs, passed, problems)
        return passed, text, time.monotonic() - start

    def _run_alone(self, case, logs):
        scratch = os.path.join(self.directory, "scratch")
        os.makedirs(scratch)
        try:
            alone = Alone(logs, scratch, self.options)
            return self._guarded(case, logs, lambda: case.function(alone, **dict(case.parameters)))
        finally:
            shutil.rmtree(scratch)

    def _run_pair(self, case, logs, last):
        problems = []
        if self.bench is None:
            problems = self._guarded(case, logs, lambda: self._boot(case, logs),
                                     BRING_UP.get(case.variant, BRING_UP_DEFAULT), "bringing the pair up")
        else:
            self.bench.log_to(logs)
        if not problems:
            self.bench.journal(f"---- {case.name}")
            problems += self._guarded(case, logs, lambda: self._call(case))
        limit(VERDICT, "the verdict")
        try:
            problems += verdict.judge(self.bench, case)
            self._take_traces(logs)
            if any(word in problem for problem in problems for word in ("timeout", "waited")):
                verdict.explain(self.bench, problems)
            if problems or last or not self._reusable(case):
                problems += self.finish(None if problems else case)
        except Stop as stop:
            if HARD not in str(stop):
                raise
            problems += [str(stop)] + self.finish()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return problems

    def _boot(self, case, logs):
        self.boots += 1
        directory = os.path.join(self.directory, str(self.boots))
        self.bench = Bench(case.plan, directory, logs, self.options.seed, self.options.soak,
                           case.plan.trace or self.options.trace)
        self.bench.up()

    def _call(self, case):
        if case.shared == CHECKED and self.before is None:
            state.reset(self.bench)
            self.before = state.read(self.bench)
        case.function(self.bench, **dict(case.parameters))

    def _reusable(self, case):
        """Whether the next test may have this pair.  What a test was allowed to do to it, in its
        console or the model, may go on."""
        if case.shared != CHECKED:
            self.before = None
            return case.shared
        if case.allow or case.violations or case.unknown:
            return False
        state.reset(self.bench)
        found = state.difference(self.before, state.read(self.bench))
        if found:
            self.bench.log(f"the next test boots anew: {found}")
        return not found

    def _guarded(self, case, logs, action, seconds=None, phase="the test"):
        """Run action under the hard timeout: the problems it raised."""
        limit(seconds or self.options.timeout(case), phase)
        try:
            action()
            return []
        except Exception as error:          # whatever a test raises is its failure
            problem = describe(error)
            with open(os.path.join(logs, "traceback"), "a", encoding="utf-8") as file:
                traceback.print_exc(file=file)
            return [problem]
        except Stop as stop:
            if HARD not in str(stop):
                raise
            with open(os.path.join(logs, "traceback"), "a", encoding="utf-8") as file:
                traceback.print_exc(file=file)
            return [str(stop)]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _take_traces(self, logs):
        """The traces since the last test become this test's."""
        for port in self.bench.ports:
            size = port.model.trace_size() if port.model.running() else port.trace_start
            if size > port.trace_start:
                source = os.path.join(port.directory, port.model.TRACE)
                copied = os.path.join(logs, f"trace{port.suffix}")
                with open(source, "rb") as trace, open(copied, "wb") as copy:
                    trace.seek(port.trace_start)
                    shutil.copyfileobj(trace, copy)
            port.trace_start = size

    def finish(self, case=None):
        """End the pair: in order if a case answers for that.  Problems with it, and what is left of it."""
        if self.bench is None:
            return []
        bench, self.bench, self.before = self.bench, None, None
        problems = []
        with contextlib.ExitStack() as stack:
            stack.callback(bench.close)
            if case:
                try:
                    bench.shut_down()
                except (Failure, GuestDied) as error:
                    problems.append(str(error))
                problems += verdict.judge_end(bench, case)
            else:
                refusals.rescue(bench.machines)
        if case and not problems:
            problems += verdict.judge_remains(bench.directory)
        if not self.options.keep:
            shutil.rmtree(bench.directory)
        return problems

    def _keep_logs(self, case, logs, passed, problems):
        with open(os.path.join(logs, "verdict"), "w", encoding="utf-8") as file:
            file.write("passed\n" if passed else "failed\n")
            file.writelines(f"{problem}\n" for problem in problems)
        if passed and not self.options.keep:
            for port in range(1, case.plan.ports + 1 if case.plan else 1):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(logs, f"trace{'' if port == 1 else port}"))


def main(cases, directory, logs, options, report_fd):
    """The worker process: report each verdict as one line of JSON."""
    os.makedirs(directory, exist_ok=True)
    group = Group(directory, logs, options)
    try:
        for case in cases:
            _send(report_fd, {"start": case.name})
            passed, text, seconds = group.run(case, last=case is cases[-1])
            _send(report_fd, {"name": case.name, "passed": passed, "text": text,
                              "seconds": seconds, "boots": group.boots})
    finally:
        group.finish()


def _send(fd, message):
    os.write(fd, json.dumps(message).encode() + b"\n")
