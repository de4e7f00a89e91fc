# SPDX-License-Identifier: GPL-2.0
"""A run in virtual time: the model is the calendar of both guests, a board file says what things
cost, and a scenario that PID 1 starts runs without any input from outside.  Nothing that a guest
can see depends on the machine, the folder or the moment: paths in the guests are the same in
each run.  Results are read when the guests have powered off."""

import concurrent.futures
import json
import os
import re
import shutil

from . import devicetree, paths, sandbox
from .console import Console
from .endpoint import settings
from .errors import BenchError, Failure, GuestDied
from .guest import BUS_BASE, MEMORY
from .loop import Loop
from .model import Model

VARIANT = "series"
# as the guests see them
REPO, BUILD, SHARE, RUN = "/mnt/repo", "/mnt/build", "/mnt/share", "/mnt/run"
CALENDAR, MARKS, PLAN = "calendar", "marks", "plan"
SIDES = {"rc": 1, "ep": 2}              # number in time-travel=ext, and seed
NS = 10 ** 9
# the eDMA takes 64 KB a channel and two windows of 64 KB, as in tools/pci/ntb-edma-setup/profiles/rk3588
LARGE_GRANULE = {"mw1": 0x80000, "mw2": 0x80000, "mw2_offset": 0x80000}
HOST_AT = 2 * NS                        # the host is switched on
UNTIL = 1000 * NS                       # no run takes that long
ENDED = re.compile(r"dwc-sim scenario ended with (-?\d+)")


def board(name):
    """The path of a board file: one of ours by its name, or any."""
    path = os.path.abspath(name) if os.sep in name else os.path.join(paths.BOARDS, name)
    if not os.path.isfile(path):
        raise BenchError(f"no board is called '{name}': use one of {', '.join(sorted(os.listdir(paths.BOARDS)))}, "
                         f"or the path of a file")
    return path


def pool(jobs):
    """For so many runs at once: each keeps one processor busy."""
    return concurrent.futures.ProcessPoolExecutor(jobs, initializer=sandbox.die_with, initargs=(os.getpid(),))


class Machine:
    """One guest, from its start to its end."""

    def __init__(self, loop, side, directory, logs):
        self.side = side
        self.lines = []
        self.share = os.path.join(directory, side)
        os.makedirs(self.share)
        self._directory = directory
        self._console = Console(loop, self.lines)
        self._console.log_to(os.path.join(logs, f"{side}.log"))
        self._process = None

    def start(self, script, variables, arguments):
        """script is the guest's path of what PID 1 runs; variables are for it."""
        argv = [paths.kernel(VARIANT).replace(paths.BUILD, BUILD), f"mem={MEMORY >> 20}M", f"umid={self.side}",
                "uml_dir=/dev/shm/", "rootfstype=hostfs", "ro",
                f"init={paths.GUEST_INIT.replace(paths.BUILD, BUILD)}",
                "con0=null,fd:1", "con=null", "ssl=null", "panic=-1", "ignore_loglevel", "printk.time=1",
                "seccomp=on", f"um_dma.base={BUS_BASE[self.side]:#x}",
                f"time-travel=ext:{SIDES[self.side]}:{CALENDAR}", f"time-travel-seed={SIDES[self.side]}",
                f"DWC_SIDE={self.side}", f"DWC_VARIANT={VARIANT}", f"DWC_REPO={REPO}", f"DWC_BUILD={BUILD}", f"DWC_SHARE={SHARE}",
                f"DWC_MODS={paths.modules(VARIANT).replace(paths.BUILD, BUILD)}", f"DWC_SCENARIO={script}",
                *(f"{key}={value}" for key, value in variables.items()), *arguments]
        places = (["--ro-bind", paths.REPO, REPO], ["--ro-bind", paths.BUILD, BUILD],
                  ["--bind", self.share, SHARE], ["--bind", self._directory, RUN])
        self._process = sandbox.start(argv, MEMORY, [], RUN, self._console.write, (), places)
        self._console.started()

    def ended(self):
        return self._console.eof

    def check(self):
        """Its scenario has to have ended well."""
        if self._console.fatal:
            raise GuestDied(f"{self.side} died: {self._console.fatal}")
        codes = [match.group(1) for match in map(ENDED.search, self.lines) if match]
        if codes != ["0"]:
            out = os.path.join(self.share, "out")
            last = (self.result("out").splitlines() if os.path.exists(out) else []) or self.lines
            raise Failure(f"{self.side}'s scenario ended with {codes or 'nothing'}: {' / '.join(last[-3:])}")

    def result(self, name):
        with open(os.path.join(self.share, name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def close(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._console.close()


class Virtual:
    """Context manager.  run() goes from the start to the end of both guests."""

    def __init__(self, directory, logs, board_file="generic", profile=None, mode="memcpy", until=UNTIL,
                 trace=False):
        """profile is the controller's, by default the board's."""
        self.directory = directory
        self.logs = logs
        self.board = board(board_file)
        self.profile = profile or paths.read_settings(self.board).get("profile", "generic")
        self.mode = mode
        self.until = until
        self.tracing = trace
        os.makedirs(directory, exist_ok=True)
        os.makedirs(logs, exist_ok=True)
        self.loop = Loop()
        self._journal = open(os.path.join(logs, "commands.log"), "a", encoding="utf-8")
        self.model = Model(self.loop, directory, self._log)
        self.model.log_to(os.path.join(logs, "model.log"))
        self.rc, self.ep = (Machine(self.loop, side, directory, logs) for side in SIDES)

    def _log(self, text, out=b"", _err=b""):
        self._journal.write(text + "\n" + (out.decode("utf-8", "replace") + "\n" if out else ""))
        self._journal.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        for part in (self.rc, self.ep, self.model):
            part.close()
        self.loop.close()
        self._journal.close()

    def run(self, scenario, timeout=120, variables=None, files=None, arguments=(), plan=()):
        """Run a scenario of scenarios/ to its end on both guests.  files, {name: text}, are in the
        share of each; arguments are words for both kernels; plan is what the model is told when:
        pairs of a time, ns, and a command."""
        sandbox.require_memory(2, MEMORY)
        functions = int(paths.read_settings(paths.profile(self.profile))["functions"])
        if functions != 1:
            raise BenchError(f"profile {self.profile} has {functions} functions: virtual time knows one")
        with open(os.path.join(self.directory, PLAN), "w", encoding="ascii") as file:
            file.writelines(f"{when} {command}\n" for when, command in plan)
        self.model.start(self.profile, self.tracing, options=(
            "--board", self.board, "--calendar", CALENDAR, "--host-at", str(HOST_AT), "--until", str(self.until),
            "--marks", MARKS, "--plan", PLAN))
        devicetree.build(self.profile, Model.EP_SOCKET, os.path.join(self.directory, "ep.dtb"))
        self._write_settings()
        words = {"SCENARIO": scenario, "MODE": self.mode, **(variables or {})}
        start = f"{REPO}/tools/testing/dwc-sim/scenarios/lib/start.sh"
        for machine in (self.rc, self.ep):
            for name, text in (files or {}).items():
                with open(os.path.join(machine.share, name), "w", encoding="ascii") as file:
                    file.write(text)
        self.ep.start(start, words, ["dtb=ep.dtb", *arguments])
        self.rc.start(start, words, [f"virtio_uml.device={Model.RC_SOCKET}:1234", *arguments])
        try:
            self.loop.run(lambda: self.rc.ended() and self.ep.ended(), timeout, f"the end of {scenario}")
        finally:
            self._keep()
        for machine in (self.rc, self.ep):
            machine.check()
        self.model.connect()

    def marks(self):
        """End the model: {number of a mark: counters then}."""
        self.model.stop()
        with open(os.path.join(self.directory, MARKS), encoding="ascii") as file:
            lines = [line.partition(" ") for line in file]
        return {int(number): json.loads(counters) for number, _space, counters in lines}

    def _write_settings(self):
        """The endpoint's configfs values, for ntb-edma-setup."""
        name = "vntb-edma" if self.mode == "edma" else "vntb"
        granule = int(paths.read_settings(paths.profile(self.profile))["iatu_align"])
        changes = LARGE_GRANULE if self.mode == "edma" and granule > 4096 else None
        with open(os.path.join(self.ep.share, "vntb.conf"), "w", encoding="ascii") as file:
            for key, value in settings(name, changes).items():
                file.write(f"{key} = {value}\n")

    def _keep(self):
        trace = os.path.join(self.directory, Model.TRACE)
        if os.path.exists(trace):
            shutil.copy(trace, self.logs)
        for machine in (self.rc, self.ep):
            shutil.copytree(machine.share, os.path.join(self.logs, machine.side), dirs_exist_ok=True)
