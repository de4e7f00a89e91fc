# SPDX-License-Identifier: GPL-2.0
"""A guest alone: its sandbox, and the line to its PID 1.

          bench ---- serial line ---- PID 1 of the guest (no model, no peer)
"""

import os
import re

from bench import paths, sandbox
from bench.testing import equal, require, test

# ways out that root inside the guest may try; each has to fail
ATTEMPTS = {
    "root after remount": "mount -o remount,rw / ; touch {repo}/{name}",
    "own hostfs mount": "mkdir -p /tmp/h && mount -t hostfs none /tmp/h -o / && touch /tmp/h{repo}/{name}",
    "own hostfs mount, /tmp": "mkdir -p /tmp/h && mount -t hostfs none /tmp/h -o /tmp && touch /tmp/h/{name}",
    "log folder": "mount -o remount,rw / ; touch {logs}/{name}",
    "peer's share": "mkdir -p /tmp/h && mount -t hostfs none /tmp/h -o {run} && touch /tmp/h/ep/{name}",
    "sysctl of the machine": "mkdir -p /tmp/h && mount -t hostfs none /tmp/h -o /proc/sys/kernel"
                             " && cat /tmp/h/core_pattern > /tmp/h/core_pattern",
    "sysfs of the machine": "mkdir -p /tmp/h && mount -t hostfs none /tmp/h -o /sys/kernel"
                            " && cat /tmp/h/profiling > /tmp/h/profiling",
    "device node": "mkdir -p /tmp/h && mount -t hostfs none /tmp/h -o {share}"
                   " && mknod /tmp/h/disk b 1 0",
}


@test(variants=("series",), up="none", params={"way": tuple(ATTEMPTS)})
def cannot_write_outside(b, way):
    """Root in a guest has no way to change the machine."""
    b.rc.boot()
    name = f"dwc-sim-escape-{os.getpid()}"
    words = dict(repo=paths.REPO, logs=b.logs, run=b.directory, share=b.rc.share, name=name)
    result = b.rc.run(ATTEMPTS[way].format(**words))
    require(not result.ok, f"a guest can write: {way}")
    for place in (paths.REPO, "/tmp", b.logs, b.ep.share):
        require(not os.path.exists(os.path.join(place, name)), f"a guest wrote to {place}")


@test(variants=("series",), up="none")
def share_is_writable(b):
    """The one folder that a guest may write is the one that the test sees."""
    b.rc.boot()
    b.rc.check(f"echo hello > {b.rc.share}/file")
    with open(os.path.join(b.rc.share, "file"), encoding="ascii") as file:
        equal(file.read(), "hello\n", "the file in the share")


@test(variants=("series",), up="none")
def line_is_binary_safe(b):
    """Every byte value in both directions, more than any buffer holds."""
    b.rc.boot()
    data = bytes(range(256)) * 1024 + b.random.randbytes(b.size(1 << 18, 1 << 23))
    result = b.rc.run("cat; echo -n error >&2", stdin=data)
    equal(result.raw == data, True, "the bytes that came back are those sent")
    equal(result.err, "error", "stderr")


@test(variants=("series",), up="none")
def jobs_run_at_the_same_time(b):
    """Several jobs, status and signal of each, kill of one."""
    b.rc.boot()
    forever = b.rc.spawn("echo started; exec sleep 1000")
    forever.expect("started")
    jobs = [b.rc.spawn(f"echo {i}; exit {i}") for i in range(20)]
    for i, job in enumerate(jobs):
        result = job.wait()
        equal((result.code, result.out), (i, f"{i}\n"), f"job {i}")
    require(forever.running(), "an ended job took another one with it")
    equal(forever.kill().code, -9, "the killed job's status")


@test(variants=("series", "debug"), up="none", shared=False)
def processors(b):
    """The debug kernel runs on two processors, any other on one."""
    b.rc.boot()
    equal(b.rc.read("/sys/devices/system/cpu/online"), "0-1" if b.rc.variant == "debug" else "0", "processors")


def functions(trace):
    """Their names, in the order of /proc/PID/stack: the innermost first."""
    return re.findall(r"\[<0>\] (\w+)\+", trace)


@test(variants=("series", "debug"), up="none")
def stack_of_a_task(b):
    """/proc/PID/stack shows who called whom, down to the task's start: of the task that reads it
    nothing of the tracing, of one that sleeps nothing of the scheduler."""
    b.rc.boot()
    own = functions(b.rc.check("cat /proc/self/stack"))
    equal(own[:1] + own[-1:], ["proc_pid_stack", "fork_handler"], "first and last of the own stack")
    require(own.index("vfs_read") < own.index("ksys_read") < own.index("userspace"), f"wrong order: {own}")
    sleeper = b.rc.spawn("echo $$; exec sleep 1000")
    process = sleeper.expect(r"(\d+)\n").group(1).decode()
    b.rc.until(f"grep -q nanosleep /proc/{process}/stack")
    asleep = functions(b.rc.check(f"cat /proc/{process}/stack"))
    sleeper.kill()
    equal(asleep[-3:], ["handle_syscall", "userspace", "fork_handler"], "the sleeper's start")
    require("sys_clock_nanosleep" in asleep, f"no system call: {asleep}")
    require(not {"schedule", "__schedule"} & set(asleep), f"the scheduler is in it: {asleep}")


@test(variants=("series",), up="none")
def killed_guest_leaves_no_process(b):
    """kill() takes the whole process group; the guest boots again."""
    for _ in range(b.size(3, 30)):
        b.rc.boot()
        b.rc.spawn("while :; do :; done")
        require(sandbox.processes(b.directory), "the guest's processes are not found")
        b.rc.kill()
        equal(sandbox.processes(b.directory), {}, "processes after kill()")
