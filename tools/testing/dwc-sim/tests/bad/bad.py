# SPDX-License-Identifier: GPL-2.0
"""Tests that have to fail, each in its own way: harness.py runs them and looks.

Not part of a run: bench.py run --tests tests/bad
"""

import os
import signal
import sys

from bench import paths, sandbox
from bench.testing import equal, fails, require, test

ALONE = {"variants": ("series",), "up": "none", "shared": False}


@test(**ALONE)
def good(b):
    """The control: this one passes."""
    b.rc.boot()


@test(**ALONE)
def warning_in_dmesg(b):
    b.rc.boot()
    b.rc.check("echo '<4>WARNING: CPU: 0 PID: 1 at seeded.c:1' > /dev/kmsg")


@test(**ALONE)
def warning_at_power_off(b):
    b.rc.boot()
    b.rc.check(f"insmod {paths.BUILD}/dwc-sim/modules/{b.rc.variant}/warn-at-power-off.ko")


@test(**ALONE)
def panic(b):
    b.rc.boot()
    b.rc.run("echo c > /proc/sysrq-trigger; sleep 1000", timeout=1000)


@test(**ALONE)
def guest_ends(b):
    b.rc.boot()
    b.rc.run("echo o > /proc/sysrq-trigger; sleep 1000", timeout=1000)


@test(timeout=5, **ALONE)
def hang(b):
    b.rc.boot()
    for pid in sandbox.processes(b.directory):
        os.kill(pid, signal.SIGSTOP)
    b.rc.check("true", timeout=1000)


@test(timeout=2, **ALONE)
def endless_python(_b):
    while True:
        pass


@test(**ALONE)
def command_fails(b):
    b.rc.boot()
    b.rc.check("echo because; exit 3")


@test(**ALONE)
def command_times_out(b):
    b.rc.boot()
    b.rc.check("echo patience; sleep 1000", timeout=1)


@test(**ALONE)
def job_left_running(b):
    b.rc.boot()
    b.rc.spawn("sleep 1000")


@test(**ALONE)
def process_left_running(b):
    b.rc.boot()
    b.rc.check("setsid sleep 1000 > /dev/null 2>&1 &")


@test(**ALONE)
def process_left_on_the_machine(b):
    b.rc.boot()
    if os.fork() == 0:
        os.setsid()
        os.execv(sys.executable, [sys.executable, "-c", "import signal; signal.pause()", b.directory])


@test(**ALONE)
def no_verdict(b):
    b.rc.boot()
    os._exit(0)


@test(**ALONE)
def leaves_the_interpreter(b):
    b.rc.boot()
    raise SystemExit(0)


@test(**ALONE)
def programming_error(_b):
    return {}["nothing"]


@test(expect={"series": fails("it never does", "never")}, **ALONE)
def passes_unexpectedly(b):
    b.rc.boot()


@test(expect={"series": fails("it says one thing", "one thing")}, **ALONE)
def fails_in_another_way(_b):
    require(False, "another thing")


@test(expect={"series": fails("it says one thing", "one thing")}, **ALONE)
def fails_as_declared(_b):
    require(False, "one thing")


@test(violations=("something",), variants=("series",), up="model", shared=False)
def declared_violation_missing(_b):
    pass


@test(variants=("series",), up="ntb", shared=False)
def violation(b):
    """The RC turns memory space off under its driver, which then reads a BAR."""
    b.rc.check("setpci -s 00:00.0 COMMAND=0:2 && modprobe -r ntb_hw_epf")


@test(variants=("series",), up="model", shared=False)
def model_dies(b):
    os.kill(b.model.pid, signal.SIGKILL)
    b.model.wait(link="up", timeout=100)


# The second port is judged as the first one is.
@test(variants=("series",), up="ep", ports=2, shared=False)
def second_ep_warns(b):
    b.ports[1].ep.check("echo '<4>WARNING: CPU: 0 PID: 1 at seeded.c:1' > /dev/kmsg")


@test(variants=("series",), up="ep", ports=2, shared=False)
def second_ep_job_left(b):
    b.ports[1].ep.spawn("sleep 1000")


@test(variants=("series",), up="ep", ports=2, shared=False)
def second_ep_panics(b):
    b.ports[1].ep.run("echo c > /proc/sysrq-trigger; sleep 1000", timeout=1000)


@test(variants=("series",), up="ep", ports=2, shared=False)
def second_process_left_on_the_machine(b):
    if os.fork() == 0:
        os.setsid()
        os.execv(sys.executable, [sys.executable, "-c", "import signal; signal.pause()", b.ports[1].directory])


@test(variants=("series",), up="ntb", ports=2, shared=False)
def second_violation(b):
    """The RC turns memory space of its second device off under the driver, which then reads a BAR."""
    b.rc.check("setpci -s 00:01.0 COMMAND=0:2 && modprobe -r ntb_hw_epf")


@test(variants=("series",), up="ep", ports=2, shared=False)
def second_model_dies(b):
    os.kill(b.ports[1].model.pid, signal.SIGKILL)
    b.model.wait(link="up", timeout=100)


# Four tests that share a boot, until one of them takes the worker with it.
SHARED = {"variants": ("series",), "up": "ep", "shared": True}


@test(**SHARED)
def shared_a_writes(b):
    b.ep.check("echo here > /tmp/file")


@test(**SHARED)
def shared_b_reads(b):
    b.ep.check("grep here /tmp/file")


@test(**SHARED)
def shared_c_dies(_b):
    os._exit(7)


@test(**SHARED)
def shared_d_is_fresh(b):
    b.ep.check("! test -e /tmp/file")


# The state of a pair that each may leave behind; the next one boots anew and finds nothing of it.
LEFT = {
    "address": "ip addr add 10.9.9.9/32 dev lo",
    "file": "echo here > /tmp/file",
    "module": "modprobe ntb_transport",
    "nothing": "true",
}
CHECKED_BOOT = []


def boot(b):
    return b.ep.check("cat /proc/sys/kernel/random/boot_id")


@test(variants=("series",), up="ep", shared="checked", params={"what": ("address", "file", "module", "nothing")})
def checked_leaves(b, what):
    """None has the boot of one that left something."""
    require(boot(b) not in CHECKED_BOOT, "an earlier test has had this boot")
    CHECKED_BOOT.append(boot(b))
    b.ep.check(LEFT[what])


@test(variants=("series",), up="ep", shared="checked")
def checked_next(b):
    """The same boot as the one before."""
    equal(boot(b), CHECKED_BOOT[-1], "boot")


@test(variants=("series",), up="link", shared=False, timeout=600)
def waits(b):
    """For the tests that interrupt a run."""
    b.rc.check("echo waiting")
    b.rc.check("sleep 1000", timeout=600)


@test(variants=("series",), up="link", ports=2, shared=False, timeout=600)
def waits_with_two_ports(b):
    b.rc.check("echo waiting")
    b.rc.check("sleep 1000", timeout=600)
