# SPDX-License-Identifier: GPL-2.0
"""One guest: a User-Mode-Linux kernel in its sandbox, its console, its PID 1."""

import contextlib
import os
import re
import shlex
import signal
import time

from . import paths, refusals, sandbox
from .agent import Agent
from .console import Console
from .errors import BenchError, CommandFailed, GuestDied, WaitTimeout
from .loop import PATIENCE

MEMORY = 256 << 20
BUS_BASE = {"rc": 0x40000000, "ep": 0x80000000, "ep2": 0xc0000000}
BOOT_TIMEOUT = {"base": 60, "series": 60, "debug": 180, "bisect": 60}
LAST_WORDS = 2.0        # seconds that a panicking kernel has for its call trace
GRACE = 20.0            # seconds that a guest has to power off
# without IPv6, which sends frames on its own, until a test turns it on: others count frames
DEBUG_ARGUMENTS = ("ncpus=2", "ipv6.disable_ipv6=1", "DWC_QUARANTINE=1")


class Guest:
    """side is 'rc', 'ep' or 'ep2'.  arguments are words for the kernel command line."""

    device = "*"                        # its NTB devices are those whose PCI names match

    def __init__(self, loop, side, variant, directory, journal):
        self.loop = loop
        self.side = side
        self.variant = variant
        self.kernel = paths.kernel(variant)
        self.share = os.path.join(directory, side)      # writable, under the same path there
        self.console = None
        self.agent = None
        self.boot_seconds = None
        self.lines = []                 # console, all boots
        self.mark = 0                   # lines before this one are judged already
        self.boot_mark = 0              # first line of this boot
        self._directory = directory
        self._journal = journal
        self._process = None
        self._log = None
        self._may_die = False
        os.makedirs(self.share, exist_ok=True)
        loop.add_guard(self._guard)

    # ---------------------------------------------------------- life

    def boot(self, arguments=()):
        """Start the kernel and wait until PID 1 serves."""
        if self.alive():
            raise BenchError(f"{self.side} runs already")
        sandbox.require_memory(1, MEMORY)
        self.boot_mark = len(self.lines)
        self.console = Console(self.loop, self.lines)
        if self._log:
            self.console.log_to(self._log)
        self.agent = Agent(self.loop, self.side, self._journal, self._last_words)
        self._may_die = False
        line = self.agent.guest_end.fileno()
        argv = [self.kernel, f"mem={MEMORY >> 20}M", f"umid={self.side}", "uml_dir=/dev/shm/",
                "rootfstype=hostfs", "ro", f"init={paths.GUEST_INIT}",
                "con0=null,fd:1", "con=null", f"ssl0=fd:{line}", "ssl=null", "panic=-1",
                "ignore_loglevel", "printk.time=1",
                "seccomp=on", f"um_dma.base={BUS_BASE[self.side]:#x}",
                f"DWC_SIDE={self.side}", f"DWC_REPO={paths.REPO}", f"DWC_BUILD={paths.BUILD}",
                f"DWC_SHARE={self.share}",
                f"DWC_MODS={paths.modules(self.variant)}",
                *(DEBUG_ARGUMENTS if self.variant == "debug" else ()), *arguments]
        self._journal(f"{self.side} boots: {shlex.join(argv)}", b"", b"")
        start = time.monotonic()
        self._process = sandbox.start(argv, MEMORY, [self.share], self._directory,
                                      self.console.write, (line,))
        self.console.started()
        self.agent.started()
        self.loop.run(lambda: self.agent.release, BOOT_TIMEOUT[self.variant],
                      f"{self.side} to boot")
        self.boot_seconds = time.monotonic() - start

    def alive(self):
        return self._process is not None and not self.console.eof

    def death(self):
        """Why the guest is lost although nobody asked for it; None: it is not."""
        if self._process is None or self._may_die:
            return None
        console = self.console
        if not console.eof and (not console.fatal or
                                time.monotonic() - console.fatal_time < LAST_WORDS):
            return None
        self._may_die = True            # told once
        return self._describe_death()

    def _describe_death(self):
        words = self.console.fatal or " / ".join(self.console.tail(2)) or "it printed nothing"
        return f"{self.side} died: {words}"

    def _last_words(self):
        """Its line broke: wait for what its console still has to say."""
        with contextlib.suppress(WaitTimeout, GuestDied):
            self.loop.run(lambda: self.console.eof, LAST_WORDS, "the end of the console")
        self._may_die = True
        return self._describe_death()

    def _guard(self):
        """Runs in every wait: a guest that is lost ends the wait."""
        death = self.death()
        if death:
            raise GuestDied(death)

    @contextlib.contextmanager
    def may_die(self):
        """What is inside makes the guest panic or go away, on purpose."""
        self._may_die = True
        yield
        self._may_die = not self.alive()

    def wait_dead(self, timeout=GRACE):
        """Wait until no process of the guest is left."""
        self._may_die = True
        self.loop.run(lambda: self.console.eof, timeout, f"{self.side} to end")
        self._process.wait()
        self._process = None
        self.agent.close()

    def kill(self):
        """SIGKILL to every process of the guest, as if its power failed."""
        if self._process is None:
            return
        self._may_die = True
        self._journal(f"{self.side} is killed", b"", b"")
        self._process.send_signal(signal.SIGKILL)
        self.wait_dead()

    def processor_time(self):
        """Seconds that its kernel has run on the machine's processors, and its programs that have not ended."""
        kernel = self._kernel_process()
        return sandbox.processor_time(kernel), sum(map(sandbox.processor_time, sandbox.children(kernel)))

    def _kernel_process(self):
        return sandbox.descendant(self._process.pid, os.path.basename(self.kernel))

    @contextlib.contextmanager
    def standing_still(self):
        """Its processors stop; its memory is there, and its devices go on."""
        kernel = self._kernel_process()
        self._journal(f"{self.side} stands still", b"", b"")
        os.kill(kernel, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(kernel, signal.SIGCONT)
            self._journal(f"{self.side} goes on", b"", b"")

    def power_off(self):
        """Let it shut down in order; kills it and raises if it does not."""
        if self._process is None:
            return
        refusals.fetch(self)
        self._may_die = True
        self.agent.close()
        try:
            self.wait_dead()
        except WaitTimeout:
            self.kill()
            raise GuestDied(f"{self.side} did not power off within {GRACE:g} s") from None

    def close(self):
        """Whatever state it is in: nothing of it is left after this."""
        if self._process is not None:
            self.kill()
        self.loop.remove_guard(self._guard)
        if self.console:
            self.console.close()

    def log_to(self, path):
        self._log = path
        if self.console:
            self.console.log_to(path)

    # ------------------------------------------------------ commands

    def spawn(self, command, stdin=False, pty=None):
        """Start a bash command in the background: a Job."""
        if self.agent is None or self.agent.closed:
            raise BenchError(f"{self.side} is not running")
        return self.agent.spawn(command, stdin, pty)

    def run(self, command, timeout=60.0, stdin=None):
        """Run a bash command to its end: a Result, whatever its status is."""
        job = self.spawn(command, stdin=stdin is not None)
        if stdin is not None:
            job.send(stdin)
            job.close_stdin()
        return job.wait(timeout)

    def check(self, command, timeout=60.0, stdin=None):
        """run() for a command that has to succeed; its stdout, stripped."""
        result = self.run(command, timeout, stdin)
        if not result.ok:
            raise CommandFailed(result)
        return result.out.strip()

    def fails(self, command, pattern=".", timeout=60.0):
        """run() for a command that has to fail and say `pattern`: the Result."""
        result = self.run(command, timeout)
        if result.ok:
            raise CommandFailed(result)
        if not re.search(pattern, result.out + result.err):
            raise CommandFailed(result)
        return result

    def until(self, condition, timeout=PATIENCE, what=None):
        """Wait inside the guest until a bash condition is true; what it has printed."""
        command = f"until {condition}; do sleep 0.01; done"
        job = self.spawn(command)
        try:
            self.loop.run(lambda: job.code is not None, timeout,
                          f"{what or condition} on {self.side}")
        finally:
            job.waited = True
            if job.code is None:
                job.kill()
        return job.result().out

    def read(self, path):
        return self.check(f"cat {shlex.quote(path)}")

    def write(self, path, text):
        """Write a value the way `echo value > file` does; raises what the kernel says."""
        self.check(f"echo {shlex.quote(str(text))} > {shlex.quote(path)}")

    def modprobe(self, *names, **parameters):
        """Load modules; parameters go to the last one."""
        words = " ".join(f"{key}={value}" for key, value in parameters.items())
        self.check("set -e; " + "; ".join(f"modprobe {name}" for name in names) +
                   (f" {words}" if words else ""))

    def rmmod(self, *names):
        self.check("set -e; " + "; ".join(f"rmmod {name}" for name in names))

    # --------------------------------------------------------- dmesg

    def dmesg(self):
        """Console lines since the test began."""
        self.loop.poll()
        return self.lines[self.mark:]

    def wait_dmesg(self, pattern, timeout=PATIENCE, since=None):
        """Wait for a console line that matches: the match."""
        regex = re.compile(pattern)
        at = self.mark if since is None else since

        def look():
            return next(filter(None, map(regex.search, self.lines[at:])), None)

        return self.loop.run(look, timeout, f"'{pattern}' on {self.side}'s console")

    def leftovers(self):
        """User processes beside PID 1: {pid: command line}."""
        out = self.check("for d in /proc/[0-9]*; do p=${d#/proc/}; "
                         "[ $p = 1 ] || [ $p = $$ ] && continue; "
                         "read -r -d '' c 2>/dev/null <$d/cmdline; "
                         "[ -n \"$c\" ] && tr '\\0' ' ' <$d/cmdline && echo \"|$p\"; done; true")
        found = {}
        for line in out.splitlines():
            command, _bar, pid = line.rpartition("|")
            found[int(pid)] = command.strip()
        return found


class Through:
    """A guest with several NTB devices as one of them sees it: helpers that look for an interface,
    its address or its counters find those of this device."""

    def __init__(self, guest, side, device):
        self.guest = guest
        self.side = side                # for addresses and messages
        self.device = device            # PCI name

    def __getattr__(self, name):
        return getattr(self.guest, name)
