# SPDX-License-Identifier: GPL-2.0
"""ntb_perf: the CPU of one side copies random bytes through its window, for as long as it is told.

     sender: a buffer of the size of the window --- memcpy_toio() ---> receiver's buffer
"""

import re
import signal

from lib_memory import PAGE, Memory
from lib_ntb import ALL, WINDOW, Debugfs, on_each_path, same, written
from bench.testing import PATIENCE, equal, require, test

ENDLESS = 50                    # 2^50 bytes


def perfs(b, **parameters):
    """ntb_perf on both guests: {side: Debugfs}"""
    return {guest.side: Debugfs(guest, "ntb_perf", **parameters) for guest in (b.ep, b.rc)}


def unload(perf):
    for side in ("rc", "ep"):
        perf[side].unload()


@on_each_path(up="ntb", variants=ALL, shared=True)
def runs(b):
    """A run of each side reports what it copied, and so much crossed the link."""
    order = b.size(22, 26)
    perf = perfs(b, total_order=order, chunk_order=16)
    for sender in ("rc", "ep"):
        b.model.reset_counters()
        perf[sender].write("run", 0)
        report = perf[sender].read("run")
        copied = re.search(r"0: copied (\d+) bytes in (\d+) usecs, \d+ MBytes/s", report)
        require(copied, f"no result in {report}")
        equal((int(copied.group(1)), written(b, sender)), (1 << order, 1 << order),
              f"bytes that {sender} reports and that crossed the link")
    unload(perf)


@on_each_path(up="ntb", variants=ALL, shared=True, params={"sender": ("rc", "ep")})
def data(b, sender):
    """While a run goes on, the receiver's buffer holds the bytes of the sender's."""
    perf = perfs(b, total_order=ENDLESS)
    b.model.reset_counters()
    job = getattr(b, sender).spawn(f"echo 0 > '{perf[sender].directory}/run'")
    b.until(lambda: written(b, sender) >= 2 * WINDOW, what="two rounds of the window")
    near = getattr(b, sender)
    info = perf[b.peer(near).side].read("info")
    address = int(re.search(r"In buffer xlat (0x\w+)", info).group(1), 0)
    with Memory(b, near) as sent, Memory(b, b.peer(near)) as received:
        found = received.read(address, WINDOW)
        # the first page is in messages on their way to the model, too
        sources = [sent.map[at:at + WINDOW] for at in sent.find(found[:PAGE])]
        require(sources, "the sender has no page like the first one of the receiver's buffer")
        if found not in sources:
            same(found, sources[0], "the receiver's buffer")
    require(job.running(), "the run ended by itself")
    job.kill(signal.SIGINT)
    unload(perf)


@test(up="ntb", variants=("series",), shared=True, params={"side": ("rc", "ep"), "peer": ("absent", "there")}, covers=("F20",))
def removal_under_a_writer(b, side, peer):
    """A writer pins the module; removal of the device ends a run, and a writer that waits for a peer,
    with an error and at once."""
    near = getattr(b, side)
    guests = (b.peer(near), near) if peer == "there" else (near,)
    perf = [Debugfs(guest, "ntb_perf", total_order=ENDLESS, chunk_order=16) for guest in guests]
    job = near.spawn(f"echo $$; echo 0 > '{perf[-1].directory}/run'")
    writer = job.expect(r"(\d+)\n").group(1).decode()
    near.until(f"grep -q perf_dbgfs_write_run /proc/{writer}/stack")
    if peer == "there":
        b.model.reset_counters()
        b.until(lambda: written(b, side) >= WINDOW, what="a round of the window")
    near.fails("rmmod ntb_perf", "in use", timeout=PATIENCE)
    near.check("echo $(basename $(ls -d /sys/bus/ntb/drivers/ntb_perf/*:*)) > /sys/bus/ntb/drivers/ntb_perf/unbind", timeout=PATIENCE)
    result = job.wait()
    require(not result.ok and "No such device" in result.err, f"the writer ended: {result.describe()}")
    for each in reversed(perf):
        each.unload()
