# SPDX-License-Identifier: GPL-2.0
"""A prompt on the machines of a running pair."""

import os
import shutil
import signal
import sys
import termios
import tty

from . import paths
from .errors import BenchError
from .pair import Bench, Plan
from .rundir import RunDirectory

SWITCH = b"\x1d"        # Ctrl-]


def main(args):
    if not sys.stdin.isatty():
        raise BenchError("the shell needs a terminal: use 'bench.py run' in scripts")
    rc, _colon, ep = args.variant.partition(":")
    plan = Plan(profile=args.profile, rc=rc, ep=ep or rc, up=args.up, trace=args.trace)
    with RunDirectory() as run, Bench(plan, os.path.join(run.path, "0"),
                                      os.path.join(run.logs, "shell")) as bench:
        bench.up()
        control = paths.rel(os.path.join(bench.directory, bench.model.CONTROL))
        print(f"The pair is up.  Ctrl-] goes to the other machine and back; 'exit' ends both.\n"
              f"logs: {paths.rel(bench.logs)}   model: nc -U {control}   (status, counters, "
              f"violations, ...)")
        Prompt(bench, getattr(bench, args.side)).serve()
    return 0


class Prompt:
    """A bash on a pty of each guest; the terminal belongs to one of them."""

    def __init__(self, bench, guest):
        self.bench = bench
        self.guest = guest
        self.size = shutil.get_terminal_size()
        self.jobs = {}

    def job(self):
        """The current guest's shell, started when first looked at."""
        if self.guest.side not in self.jobs:
            job = self.guest.spawn("", pty=(self.size.lines, self.size.columns))
            job.on_output = lambda data, guest=self.guest: self.show(guest, data)
            job.waited = True
            self.jobs[self.guest.side] = job
        return self.jobs[self.guest.side]

    def show(self, guest, data):
        if guest is self.guest:
            os.write(sys.stdout.fileno(), data)

    def on_key(self, _readable, _writable):
        before, switch, after = os.read(sys.stdin.fileno(), 4096).partition(SWITCH)
        if before:
            self.job().send(before)
        if switch:
            self.guest = self.bench.peer(self.guest)
            os.write(sys.stdout.fileno(), f"\r\n[{self.guest.side}]\r\n".encode())
            self.job().send(after + b"\n")

    def on_resize(self, _number, _frame):
        self.size = shutil.get_terminal_size()
        for job in self.jobs.values():
            job.resize(self.size.lines, self.size.columns)

    def serve(self):
        stdin = sys.stdin.fileno()
        saved = termios.tcgetattr(stdin)
        tty.setraw(stdin)
        signal.signal(signal.SIGWINCH, self.on_resize)
        self.bench.loop.add(stdin, self.on_key)
        try:
            self.bench.loop.run(lambda: self.job().code is not None, float("inf"), "exit")
        finally:
            self.bench.loop.remove(stdin)
            termios.tcsetattr(stdin, termios.TCSADRAIN, saved)
            print()
