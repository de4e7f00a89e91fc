# SPDX-License-Identifier: GPL-2.0
"""How a guest's kernel process is run: inside bubblewrap.

It sees the machine read-only, may do nothing that takes a capability, has a pid
namespace of its own and a private tmpfs as /dev/shm, which holds its memory and its umid folder.
Killing the outer process, or the death of whoever started it, kills every
process inside and with them all that memory: nothing can be left behind.
"""

import ctypes
import os
import signal
import subprocess

from .errors import BenchError

PR_SET_PDEATHSIG = 1
SLACK = 64 << 20                # kernel's page tables, umid folder, small files
_libc = ctypes.CDLL(None, use_errno=True)


def die_with(parent):
    """For a new process: SIGKILL when its starter, process `parent`, is gone."""
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)             # it went before we asked


def memory_available():
    """Bytes that can still be used: of the machine, or of the control group."""
    with open("/proc/meminfo", encoding="ascii") as file:
        available = next(int(line.split()[1]) << 10 for line in file
                         if line.startswith("MemAvailable:"))
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            limit = file.read().strip()
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as file:
            used = int(file.read())
    except FileNotFoundError:           # the root group has no limit
        return available
    return available if limit == "max" else min(available, int(limit) - used)


def require_memory(guests, size):
    need = guests * (size + SLACK)
    have = memory_available()
    if have < need:
        raise BenchError(f"not enough memory: {guests} guest(s) need {need >> 20} MB, "
                         f"{have >> 20} MB are free: end other programs, or run fewer jobs")


def command(argv, memory, writable, directory, places=()):
    """The bubblewrap command line around argv.  With places, (option, path, path inside) of binds,
    /mnt holds these and nothing else."""
    wrap = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-net",
            "--ro-bind", "/", "/", "--dev", "/dev",
            "--size", str(memory + SLACK), "--tmpfs", "/dev/shm",
            # root may write sysctls without any capability
            "--proc", "/proc", "--remount-ro", "/proc"]
    for path in writable:
        wrap += ["--bind", path, path]
    if places:
        wrap += ["--tmpfs", "/mnt"]
    for place in places:
        wrap += place
    wrap += ["--chdir", directory, "--clearenv", "--setenv", "TMPDIR", "/dev/shm",
             "--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "--setenv", "HOME", "/dev/shm"]
    # What is left is enough to read a clone in somebody's private home.  Not with
    # bwrap --cap-drop: it keeps the bounding set, so that each exec counts as a
    # gain, and UML executes itself for ever to be rid of address randomisation.
    keep = "-all,+dac_read_search"
    return wrap + ["--", "setpriv", f"--bounding-set={keep}", f"--inh-caps={keep}", "--"] + argv


def start(argv, memory, writable, directory, stdout, pass_fds, places=()):
    """Start argv in the sandbox; its only way out is stdout and pass_fds."""
    try:
        return subprocess.Popen(command(argv, memory, writable, directory, places),
                                stdin=subprocess.DEVNULL, stdout=stdout, stderr=stdout,
                                pass_fds=pass_fds, start_new_session=True)
    except FileNotFoundError:
        raise BenchError("bwrap is missing: run 'make deps' (Debian package bubblewrap)") from None


def descendant(pid, name):
    """The first process of that name that pid, or a child of it, has started."""
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        if file.read().strip() == name:
            return pid
    return next(filter(None, (descendant(child, name) for child in children(pid))), None)


def children(pid):
    """The processes that pid has started."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [int(child) for child in file.read().split()]


def processor_time(pid):
    """Seconds that a process has run, 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processes(marker):
    """The processes of this machine whose command line or working directory contains
    marker: {pid: command}."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                text = file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
            directory = os.readlink(f"/proc/{entry}/cwd")
        except (FileNotFoundError, ProcessLookupError):     # it just ended
            continue
        except PermissionError:                             # none of ours
            continue
        if text and (marker in text or marker in directory):    # without text: it is ending
            found[int(entry)] = text
    return found
