# SPDX-License-Identifier: GPL-2.0
"""tools/pci/ntb-edma-setup/ntb-edma-pattern, as the user of two boards runs it."""

import contextlib
import os
import re
import subprocess

from lib_recovery import overtake
from lib_traffic import bring_up, queue_counters
from remote_edma import edma
from bench import paths
from bench.testing import equal, net, require, test

TOOL = os.path.join(paths.REPO, "tools/pci/ntb-edma-setup/ntb-edma-pattern")
SIZE = 8000             # bytes of the longest datagram
ALL_USED = 400          # frames that were received, until each buffer of a ring has been used
STILL = 20              # looks at the counter, 20 ms apart, until all is received that is there: the monitor's poll is in between
UNMAPPED = (r"^dma-(ep|rc) edma-(rd|wr) (reads|writes) .* not mapped",)     # bytes that come too late, of buffers that were given back


@contextlib.contextmanager
def pattern(b, sender, seconds):
    """The tool at both ends: the receiver's job and the sender's."""
    receiver = b.peer(sender)
    jobs = [receiver.spawn(f"exec python3 -IS {TOOL} receive")]
    try:
        jobs[0].expect("waits for datagrams")
        jobs.append(sender.spawn(f"exec python3 -IS {TOOL} send {net.ADDRESS[receiver.side]} --seconds {seconds} --size {SIZE}"))
        yield jobs
    finally:
        for job in jobs:
            if job.running():
                job.kill()


@edma(params={"side": ("rc", "ep")}, covers=("R26",))
def every_byte(b, side):
    """All arrive."""
    bring_up(b)
    with pattern(b, getattr(b, side), b.size(1, 60)) as (receiving, sending):
        sending.check()
        printed = receiving.check().out
    require("\npassed: every byte was there\n" in printed, printed)


@edma(params={"side": ("rc", "ep")}, violations=UNMAPPED, covers=("R26",))
def overtaken(b, side):
    """A record that was in memory before its frame is noticed: the receiver was handed an older one."""
    bring_up(b)
    sender = getattr(b, side)
    receiver = b.peer(sender)

    def received():
        return queue_counters(receiver, 0)["rx_pkts"]

    def still(seen=[]):     # pylint: disable=dangerous-default-value
        seen.append(received())
        return len(seen) > STILL and seen[-STILL] == seen[-1]

    with pattern(b, sender, 600) as (receiving, sending):
        b.until(lambda: received() > ALL_USED, what="all buffers to have been used")
        overtake(b, side)
        b.until(still, what="the channel to stand still")
        b.model.fault("clear")
        b.until(lambda: not still(), what="the channel to go on")
        sending.kill()
        result = receiving.wait()
    equal(result.code, 1, f"status: {result.out}")
    found = dict(re.findall(r"([a-z ]+): (\d+)", result.out.splitlines()[-1]))
    require(found.get("twice or late") != "0" or found.get("changed") != "0" or found.get("dropped for a wrong checksum") != "0",
            f"only missing ones: {result.out}")
    require("edma_cpu_records=1" in result.err, result.err)


@test(bench=False)
def command_line(_alone):
    """--help names everything, and what is wrong is said in a line."""
    shown = subprocess.run([TOOL, "send", "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
    for word in ("--seconds", "--size", "--seed", "--port", "address"):
        require(word in shown, f"{word} is not in the help")
    for words, why in ((["send"], "arguments are required"), (["send", "10.0.0.1", "--size", "15"], "--size 15: from 16"),
                       (["send", "10.0.0.1", "--size", "70000"], "to 65507"), (["send", "10.0.0.1", "--seconds", "0"], "--seconds 0"),
                       (["receive", "--port", "0"], "--port 0"), ([], "required"), (["look"], "invalid choice")):
        result = subprocess.run([TOOL, *words], check=False, stderr=subprocess.PIPE, text=True)
        equal(result.returncode, 2, f"status of {words}")
        require(why in result.stderr.splitlines()[-1], f"{words}: {result.stderr}")
