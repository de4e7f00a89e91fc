# SPDX-License-Identifier: GPL-2.0
"""The bench itself: it fails when it has to, and leaves nothing behind.

Runs bench.py as a child on the modules of tests/bad, each of which does one
thing wrong.
"""

import io
import os
import re
import signal
import subprocess
import sys
import time

from bench import cases, cli, external, pace, paths, rundir, sandbox, soaklog
from bench.loop import Loop
from bench.runner import SLOWEST, Runner, summary
from bench.testing import Failure, WaitTimeout, equal, require, test

BENCH = [sys.executable, os.path.join(paths.SIM, "bench.py")]
BAD = [*BENCH, "run", "--tests", os.path.join(paths.TESTS, "bad")]

# test of bad.py: what the harness has to say about it
FAILURES = {
    "warning_in_dmesg": r"rc console: .*WARNING: CPU: 0 PID: 1 at seeded.c:1",
    "warning_at_power_off": r"rc console: .*WARNING: warn-at-power-off\.c:\d+",
    "panic": r"rc died: .*Kernel panic - not syncing",
    "guest_ends": r"rc died",
    "hang": r"hard timeout: the test took more than 5 s",
    "endless_python": r"hard timeout: the test took more than 2 s",
    "command_fails": r"rc: 'echo because; exit 3' ended with status 3: because",
    "command_times_out": r"rc: '.*' ran into its timeout of 1 s; its output: patience",
    "job_left_running": r"rc: the test left a job running: sleep 1000",
    "process_left_running": r"rc: the test left a process running: sleep 1000",
    "process_left_on_the_machine": r"a process is left: \d+ ",
    "no_verdict": r"no verdict: its process ended with status 0",
    "leaves_the_interpreter": r"no verdict",
    "programming_error": r"KeyError: 'nothing' \(bad.py:\d+\)",
    "passes_unexpectedly": r"passed, but its header says that it fails: it never does",
    "fails_in_another_way": r"failed, but not as its header says .*another thing",
    "declared_violation_missing": r"the declared violation 'something' did not happen",
    "violation": r"model violation: ",
    "model_dies": r"the model ended by itself",
    "second_ep_warns": r"ep2 console: .*WARNING: CPU: 0 PID: 1 at seeded.c:1",
    "second_ep_job_left": r"ep2: the test left a job running: sleep 1000",
    "second_ep_panics": r"ep2 died: .*Kernel panic - not syncing",
    "second_process_left_on_the_machine": r"a process is left: \d+ ",
    "second_violation": r"model2 violation: ",
    "second_model_dies": r"the model ended by itself",
}


def run_bad(name, alone, slowness=None):
    """One test of bad.py: exit status and output. It goes by our pace, or by the given one."""
    env = {**os.environ, **({pace.VARIABLE: str(slowness)} if slowness else {})}
    result = subprocess.run([*BAD, f"bad.{name}"], stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.STDOUT, check=False, cwd=alone.scratch, env=env)
    with open(os.path.join(alone.logs, "output"), "w", encoding="utf-8") as file:
        file.write(result.stdout)
    return result.returncode, result.stdout


@test(bench=False, params={"case": tuple(FAILURES)}, timeout=120)
def reports(alone, case):
    """A test that does one thing wrong fails, and the line says what it was."""
    status, output = run_bad(case, alone)
    require(status != 0, f"the run of a bad test ended with status 0: {output}")
    require(re.search(rf"(?m)^not ok 1 bad\.{case}\[", output), f"no 'not ok' line: {output}")
    require(re.search(rf"(?m)^# .*{FAILURES[case]}", output), f"the reason is not given: {output}")
    equal(output.splitlines()[-1], "0 passed, 1 failed", "the last line")


@test(bench=False, params={"case": ("good", "fails_as_declared")})
def passes(alone, case):
    """The control: what is right passes."""
    status, output = run_bad(case, alone)
    equal((status, output.splitlines()[-1]), (0, "1 passed, 0 failed"), output)


@test(bench=False)
def shared_boot(alone):
    """Tests share a boot; one that takes the worker with it fails alone."""
    _status, output = run_bad("shared_*", alone)
    verdicts = re.findall(r"(?m)^(ok|not ok) \d bad\.shared_(\w)", output)
    equal(verdicts, [("ok", "a"), ("ok", "b"), ("not ok", "c"), ("ok", "d")], output)
    require("no verdict: its process ended with status 7" in output, output)


@test(bench=False, timeout=120)
def checked_boot(alone):
    """Tests that are checked share a boot until one leaves something behind; and that costs a boot, no verdict."""
    _status, output = run_bad("checked_*", alone)
    equal(output.splitlines()[-1], "5 passed, 0 failed", output)


@test(bench=False)
def no_test_is_a_failure(alone):
    """A glob that matches nothing is an error, not a success."""
    status, output = run_bad("such_a_test_does_not_exist", alone)
    require(status != 0 and "no test matches" in output, output)


@test(bench=False)
def soak_table(alone):
    """Each verdict is on the disk at once, in the order of the tests; another run goes on from
    there or adds to it meanwhile, a test that is gone is not kept."""
    path = os.path.join(alone.scratch, "soak.log")
    log = soaklog.SoakLog(("a.x[k=1]", "a.y", "b.z"), "0123456789ab", path)
    log.add("b.z", False, 7.25)
    log.add("a.x[k=1]", True, 1234.5)
    log.add("worker", False, 0)
    other = soaklog.SoakLog(("a.x[k=1]", "b.z", "c.new"), "ba9876543210+", path)
    equal([other.passed(name) for name in other.rows], [True, False, False], "passed")
    one_more = soaklog.SoakLog(("a.x[k=1]", "b.z", "c.new"), "ba9876543210+", path)
    other.add("c.new", True, 3)
    one_more.add("b.z", True, 8)        # which does not know of c.new
    with open(path, encoding="utf-8") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    equal(rows, [["ok", "1234.5", "0123456789ab", "a.x[k=1]"], ["ok", "8.0", "ba9876543210+", "b.z"],
                 ["ok", "3.0", "ba9876543210+", "c.new"]], "rows")
    equal(soaklog.SoakLog(("a.y",), "", path).rows, {"a.y": None}, "rows of other tests")


@test(bench=False)
def bounds_on_time(alone):
    """A bound on time grows as the machine's own pace slows down, which a child measures."""
    out = io.StringIO()
    runner = Runner(None, None, 1, out)
    for seconds, slowness in ((60, 0.5), (61, 0.5), (119, 2), (121, 2)):
        runner.bound("check.x", seconds, 1, slowness, "in all")
    equal(re.findall(r"(?m)^(ok|not ok) ", out.getvalue()), ["ok", "not ok", "ok", "not ok"], out.getvalue())
    machine = pace.Pace()
    try:
        require(0.1 < machine.now() < 500 and machine.now() == machine.overall(), "the first sample makes no sense")
    finally:
        machine.end()
    equal(pace.slowness(3 * pace.REFERENCE, 4 * pace.REFERENCE), 3, "a slow processor")
    equal(pace.slowness(pace.REFERENCE, 10 * pace.REFERENCE), 5, "a busy processor")


def seconds_of(action, raises):
    """How long it takes until it raises that."""
    start = time.monotonic()
    try:
        action()
    except raises:
        return time.monotonic() - start
    raise Failure(f"no {raises.__name__}")


@test(bench=False)
def limits_follow_the_pace(alone):
    """On a machine that is three times slower, a wait, a program and a test may take three times as long."""
    ours, pace._current = pace._current, pace.Given(3.0)
    try:
        waited = seconds_of(lambda: Loop().run(lambda: False, 0.2, "nothing", every=0.02), WaitTimeout)
        program = os.path.join(alone.scratch, "program")
        with open(program, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\necho $SLOWNESS >{alone.scratch}/slowness\nexec sleep 100\n")
        os.chmod(program, 0o755)
        ran = seconds_of(lambda: external.run(program, os.path.join(alone.logs, "program"), 0.5), Failure)
    finally:
        pace._current = ours
    require(0.6 <= waited < 60 and 1.5 <= ran < 90, f"the wait took {waited:.1f} s, the program {ran:.1f} s")
    equal(read(os.path.join(alone.scratch, "slowness")), f"{3 * external.PATIENCE:.2f}\n", "what a program is told")
    _status, output = run_bad("endless_python", alone, slowness=3 * pace.scale())
    took = re.search(r"(?m)^not ok 1 .* # ([\d.]+) s$", output)
    require(took and float(took.group(1)) >= 6, f"a test of 2 s ended too early: {output}")


@test(bench=False)
def sum_of_a_run(_alone):
    """The end of a whole run says the pace, the seconds of each part, and which tests were slow."""
    lines = list(summary({"a.x[k=1]": 1.0, "a.x[k=2]": 20.0, **{f"b.y{number}": 2.0 for number in range(SLOWEST)}}, 7, 1.5))
    require("1.50 times" in lines[0] and "7 s" in lines[0], lines[0])
    equal(lines[1], f"seconds by part: a 21, b {2 * SLOWEST}", "the parts")
    equal((len(lines), lines[3]), (3 + SLOWEST, "   20.0 s a.x[k=2]"), "the slowest")


@test(bench=False)
def kernels_of_a_choice(_alone):
    """make check TEST= builds the kernels that the chosen tests need, and no other."""
    found = cases.discover(paths.TESTS)
    for globs, wanted in ((["kunit.suite"], ["debug", "series"]), (["harness.*"], ["series"]),
                          (["faults.engine_deaf"], ["base"]), (["remote_edma_setup.old_peer"], ["base", "series"])):
        equal(cli.kernels([case for case in found if case.matches(globs)]), wanted, f"kernels for {globs[0]}")


class Interrupted:
    """A bench.py whose pair is up, in a test that waits for ever.  Context manager."""

    def __init__(self, alone, name="waits"):
        self.name = name
        self.process = subprocess.Popen([*BAD, f"bad.{name}"], stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.STDOUT, cwd=alone.scratch,
                                        start_new_session=True)
        self.run = None
        self.directory = None

    def __enter__(self):
        try:
            self.bring_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def bring_up(self):
        head = []
        for line in self.process.stdout:
            head.append(line)
            if line.startswith("# logs: "):
                break
        found = re.search(r"log/([\w-]+)", "".join(head))
        require(found, f"the child does not start: {''.join(head)}")
        self.run = found.group(1)
        self.directory = os.path.join(paths.RUN, self.run)
        log = os.path.join(paths.LOG, self.run, f"bad.{self.name}[series,generic]", "commands.log")
        self.wait(lambda: os.path.exists(log) and "\n    waiting\n" in read(log),
                  "the pair to come up")
        require(self.processes(), "the pair's processes are not found")

    def processes(self):
        return sandbox.processes(self.directory)

    def wait(self, condition, what, timeout=60):
        deadline = time.monotonic() + timeout
        while not condition():
            require(time.monotonic() < deadline, f"waited {timeout} s for {what}")
            require(self.process.poll() is None, f"the child ended before {what}")
            time.sleep(0.02)

    def end(self, number):
        """Send a signal, wait until nothing is left; the exit status."""
        shared = set(os.listdir("/dev/shm"))
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        deadline = time.monotonic() + 10
        while self.processes():
            require(time.monotonic() < deadline, f"processes are left: {self.processes()}")
            time.sleep(0.02)
        equal(set(os.listdir("/dev/shm")) - shared, set(), "shared memory that is left")
        return self.process.returncode


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@test(bench=False, params={"signal_name": ("SIGINT", "SIGTERM", "SIGHUP")}, timeout=180)
def interrupted(alone, signal_name):
    """Ctrl-C and its kin: all ends in order, and the run's folder is gone."""
    with Interrupted(alone) as child:
        equal(child.end(getattr(signal, signal_name)), 130, "exit status")
        require(not os.path.exists(child.directory), f"{child.directory} is left")


@test(bench=False, params={"name": ("waits", "waits_with_two_ports")}, timeout=180)
def killed(alone, name):
    """SIGKILL: no process, no shared memory; the next run removes the folder."""
    with Interrupted(alone, name) as child:
        equal(child.end(signal.SIGKILL), -9, "exit status")
        rundir.sweep()
        require(not os.path.exists(child.directory), f"{child.directory} is left")


@test(bench=False, timeout=180)
def two_runs_at_once(alone):
    """A second run beside a first one passes, and leaves the first one alone."""
    with Interrupted(alone) as child:
        status, output = run_bad("good", alone)
        equal(status, 0, output)
        rundir.sweep()
        require(child.processes() and child.process.poll() is None, "the first run was disturbed")
        child.end(signal.SIGINT)
