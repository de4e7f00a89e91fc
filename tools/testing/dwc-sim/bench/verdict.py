# SPDX-License-Identifier: GPL-2.0
"""What is looked at after a test has run.  Only when all of it is clean did the
test pass; each problem is one line."""

import json
import os
import re
import signal

from . import dmesg, sandbox
from .errors import BenchError, Failure, GuestDied

KMEMLEAK = "/sys/kernel/debug/kmemleak"
KMEMLEAK_TIMEOUT = 120
NO_ANSWER = "{} does not answer after the test"


def judge(bench, case):
    """Problems of the running pair; the pair is as new for the next test if there are none."""
    problems = []
    bench.loop.poll()
    for guest in bench.machines:
        death = guest.death()
        if death:
            problems.append(death)
        elif guest.alive():
            problems += _judge_guest(guest, case)
    bench.loop.poll()
    for guest in bench.machines:
        problems += _judge_console(guest, case)
    problems += _judge_models(bench, case)
    return problems


def _judge_guest(guest, case):
    problems = []
    try:
        guest.agent.ping()
        for job in list(guest.agent.jobs.values()):
            problems.append(f"{guest.side}: the test left a job running: {job.command}")
            job.kill()
        for pid, command in guest.leftovers().items():
            problems.append(f"{guest.side}: the test left a process running: {command}")
            guest.run(f"kill -9 {pid}")
        if case.plan.kmemleak:
            problems += _judge_kmemleak(guest)
    except (Failure, GuestDied) as error:
        problems.append(f"{NO_ANSWER.format(guest.side)}: {error}")
    return problems


def _judge_kmemleak(guest):
    """Two scans: an object that only a register points to is reported by the first alone."""
    if not guest.run(f"test -w {KMEMLEAK}").ok:
        return [f"{guest.side}: kmemleak is asked for, but {KMEMLEAK} is not there"]
    guest.check(f"echo scan > {KMEMLEAK} && echo scan > {KMEMLEAK}", timeout=KMEMLEAK_TIMEOUT)
    leaks = guest.check(f"cat {KMEMLEAK}", timeout=KMEMLEAK_TIMEOUT)
    return [f"{guest.side}: kmemleak: {' '.join(block.split())[:300]}"
            for block in re.split(r"(?m)^(?=unreferenced object)", leaks) if block.strip()]


def _judge_console(guest, case):
    found = dmesg.findings(guest.lines[guest.mark:], guest.side, guest.variant, case.allow)
    guest.mark = len(guest.lines)
    return [f"{guest.side} console: {report.title}" for report in found]


def _entry_text(entry):
    if isinstance(entry, dict):
        words = [str(value) for key, value in entry.items() if key != "count"]
        return " ".join(words) + (f" (x{entry['count']})" if "count" in entry else "")
    return json.dumps(entry)


def _judge_models(bench, case):
    models = [(f"model{port.suffix}", port.model) for port in bench.ports if port.model.running()]
    if not models:
        return []
    wanted = [re.compile(pattern) for pattern in case.violations]
    problems, seen = [], []
    for name, model in models:
        problems += _judge_model(bench, case, name, model, wanted, seen)
    return problems + [f"the declared violation '{pattern.pattern}' did not happen"
                       for pattern in wanted if not any(map(pattern.search, seen))]


def _judge_model(bench, case, name, model, wanted, seen):
    problems = []
    try:
        found = [_entry_text(entry) for entry in model.violations()["list"]]
        seen += found
        problems += [f"{name} violation: {text}" for text in found
                     if not any(pattern.search(text) for pattern in wanted)]
        allowed = [re.compile(pattern) for pattern, _reason in dmesg.load("allowed-unknown", 0)]
        allowed += [re.compile(pattern) for pattern in case.unknown]
        for entry in model.unknown()["list"]:
            text = _entry_text({key: entry[key] for key in entry if key != "count"})
            if text in bench.judged_unknown:
                continue
            bench.judged_unknown.add(text)
            if not any(pattern.search(text) for pattern in allowed):
                problems.append(f"access to a register the {name} does not know: {text}")
        model.clear_violations()
    except (Failure, GuestDied, BenchError) as error:
        problems.append(f"the {name} does not answer after the test: {error}")
    return problems


def judge_end(bench, case):
    """Problems in what the guests have printed since judge(), down to their last line."""
    bench.loop.poll()
    return [problem for guest in bench.machines for problem in _judge_console(guest, case)]


def explain(bench, problems):
    """After a timeout: the blocked tasks of guests that answer, into their console logs."""
    for guest in bench.machines:
        if guest.alive() and not any(problem.startswith(NO_ANSWER.format(guest.side)) for problem in problems):
            try:
                guest.run("echo w > /proc/sysrq-trigger", timeout=5)
                guest.mark = len(guest.lines)
            except (Failure, GuestDied):        # it is known to be ill
                continue


def judge_remains(directory):
    """Problems after the pair has ended: what is still there of it.  Ends it, too."""
    problems = []
    for pid, command in sandbox.processes(directory).items():
        problems.append(f"a process is left: {pid} {command[:200]}")
        os.kill(pid, signal.SIGKILL)
    problems += [f"a socket is left: {entry}" for _folder, _folders, entries in os.walk(directory)
                 for entry in sorted(entries) if entry.endswith(".sock") or entry == "control"]
    return problems


def outcome(case, problems):
    """(passed, text): problems against what the test's header expects."""
    if case.expect is None:
        return not problems, "; ".join(problems)
    reason = case.expect.reason
    if not problems:
        return False, f"passed, but its header says that it fails: {reason}"
    patterns = [re.compile(pattern) for pattern in case.expect.match]
    other = [problem for problem in problems
             if not any(pattern.search(problem) for pattern in patterns)]
    if other:
        return False, f"failed, but not as its header says ({reason}): {'; '.join(other)}"
    return True, f"fails as declared: {reason}"
