# SPDX-License-Identifier: GPL-2.0
"""The cases of the kernel's tools/testing/selftests/ntb/ntb_test.sh, one to one: each
test has the name of its function there, LOCAL is the RC and REMOTE the EP.

The script itself cannot run on base: its link test would wait for ever for the EP
(see link_test), and it reads a doorbell right after ringing it, where a board
whose doorbells are polled needs up to 5 ms.  Here the tests wait for conditions.

Not ported, because nothing is left of them on this hardware:
  msi_test        ntb_msi_test: the endpoint's virtual PCI device has no MSI interrupts
  perf_test 1     (option -d) ntb_perf wants a DMA_MEMCPY channel; a DesignWare eDMA is DMA_SLAVE only
  split_remote, read_file, ... get_number, cleanup: helpers
"""

import os
import re

from lib_ntb import DOORBELLS, Debugfs, not_yet, on_each_path, tools
from bench import paths
from bench.testing import equal, fails, require, test

PORTED = {"port_test", "link_test", "doorbell_test", "scratchpad_test", "message_test", "mw_test",
          "pingpong_test", "perf_test"}
NOT_PORTED = {"msi_test"}
SCRIPT = os.path.join(paths.BUILD, "base", "tools", "testing", "selftests", "ntb", "ntb_test.sh")
BOTH = {"local": ("rc", "ep")}
MW_SIZE = 65536


@test(bench=False)
def all_cases(_alone):
    """No test of the script is missing here."""
    with open(SCRIPT, encoding="utf-8") as file:
        found = set(re.findall(r"(?m)^function (\w+_test)\(\)", file.read()))
    equal(found, PORTED | NOT_PORTED, "tests in ntb_test.sh")


def sides(local, rc, ep):
    return (rc, ep) if local == "rc" else (ep, rc)


@test(up="ntb", shared=True)
def port_test(b):
    """Each side finds the peer's port among its peers."""
    with tools(b, link=False) as (rc, ep):
        for loc, rem in ((rc, ep), (ep, rc)):
            equal(loc.read("peer0/port"), rem.read("port"), "the port of peer 0")


@test(up="ntb", params=BOTH, expect={"base,local=ep": fails(
    "link_disable of pci-epf-vntb does nothing: the script waits for ever",
    r"^peer0/link of loc: 'Y', wanted 'N'$")})
def link_test(b, local):
    """Local link down: down on both sides; and up again."""
    with tools(b) as (rc, ep):
        loc, rem = sides(local, rc, ep)
        loc.write("link", "N")
        equal(loc.read("peer0/link"), "N", "peer0/link of loc")
        loc.write("peer0/link_event", "N")
        equal(rem.read("peer0/link"), "N", "peer0/link of rem")
        loc.write("link", "Y")
        for tool in (rc, ep):
            tool.write("peer0/link_event", "Y")


@on_each_path(up="ntb", shared=True, params=BOTH, covers=("R27",))
def doorbell_test(b, local):
    """Each ring adds its doorbell to those that are set on the other side."""
    with tools(b) as (rc, ep):
        loc, rem = sides(local, rc, ep)
        valid = loc.number("db_valid_mask")
        rem.clear(valid)
        expected = 0
        for bit in range(DOORBELLS + 2):        # the script: 64, of which the rest changes nothing
            equal(rem.read("db"), f"{expected:#x}", "doorbells of rem")
            mask = 1 << bit & valid
            expected |= mask
            loc.ring(mask)
            rem.until_rung(expected)
        rem.write("db_mask", f"c {valid:#x}")
        rem.write("db_event", f"{valid:#x}")
        rem.write("db_mask", f"s {valid:#x}")
        rem.clear(valid)


@test(up="ntb", shared=True, params=BOTH)
def scratchpad_test(b, local):
    """A random value for each of the peer's scratchpads."""
    with tools(b) as (rc, ep):
        loc, rem = sides(local, rc, ep)
        count = int(loc.guest.check(f"ls -1 {loc.directory}/peer0/spad* | wc -l"))
        require(count, "no scratchpads")
        values = [str(b.random.randrange(32768)) for _ in range(count)]
        loc.guest.check(f"cd {loc.directory}/peer0; " + "; ".join(
            f"echo {value} > spad{i}" for i, value in enumerate(values)))
        found = rem.guest.check(f"cd {rem.directory}; cat " + " ".join(
            f"spad{i}" for i in range(count))).split()
        equal([int(value, 0) for value in found], [int(value) for value in values], "scratchpads")


@test(up="ntb", shared=True, params=BOTH)
def message_test(b, local):
    """There are no message registers: the script says 'Unsupported'."""
    with tools(b) as (rc, ep):
        loc, _rem = sides(local, rc, ep)
        loc.guest.fails(f"ls {loc.directory}/peer0/msg*", "No such file")


@test(up="ntb", params=BOTH, expect=not_yet(
    "ntb_tool parses the address with %llu, the script writes a hexadecimal one",
    r"echo: write error: Invalid argument$", r"^model violation: iatu-bar-match "))
def mw_test(b, local):
    """mw_alloc, mw_check, mw_free: local memory is what the peer's window shows."""
    with tools(b) as (rc, ep):
        loc, rem = sides(local, rc, ep)
        address, size = loc.allocate(MW_SIZE)
        rem.write("peer0/peer_mw_trans0", f"{address:#x}:{size}")
        data = b.random.randbytes(size)
        loc.store("mw0", data)
        equal(rem.load("peer0/peer_mw0") == data, True, "the window shows the buffer")
        rem.write("peer0/peer_mw_trans0", f"{address:#x}:0")
        loc.free()


@on_each_path(up="ntb", shared=True)
def pingpong_test(b):
    """The counters of both sides move on."""
    loc, rem = (Debugfs(guest, "ntb_pingpong", delay_ms=10) for guest in b.guests)
    for side in (loc, rem):
        start = side.number("count")
        side.guest.until(f"[ $(cat {side.directory}/count) -gt {start} ]", what="the count to move")
    for side in (loc, rem):
        side.unload()


@on_each_path(up="ntb", shared=True)
def perf_test(b):
    """perf_test 0: ntb_perf of both sides, by the CPU."""
    loc, rem = (Debugfs(guest, "ntb_perf", total_order=20, use_dma=0) for guest in (b.ep, b.rc))
    for side in (loc, rem):
        side.write("run", 0)
        require("MBytes/s" in side.read("run"), "no result")
    for side in (loc, rem):
        side.unload()
