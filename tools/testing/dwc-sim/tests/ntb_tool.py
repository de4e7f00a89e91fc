# SPDX-License-Identifier: GPL-2.0
"""Each function of the NTB hardware drivers by itself, through ntb_tool.

     RC: ntb_hw_epf -- BAR0 control, scratchpads; BAR4 doorbells; BAR2 window --> EP
     EP: pci-epf-vntb -- MSI 2..15 for doorbells 0..13; outbound window --> RC
"""

import re

from lib_ntb import (ALL, DOORBELLS, DYNAMIC_DEBUG, FIRST_SLOT, VALID_MASK, WINDOW, Tool, msi_counts,
                     not_yet, on_base, on_each_path, same, tools)
from bench.endpoint import settings
from bench.testing import equal, test


# ------------------------------------------------------------------ scratchpads

@on_each_path(up="ntb", variants=ALL, shared=True, params={"writer": ("rc", "ep")})
def scratchpads(b, writer):
    """What a side writes into the peer's scratchpads, the peer reads in its own, for each of
    them; and a side's own scratchpads read from the other side."""
    with tools(b, link=False) as (rc, ep):
        here, there = (rc, ep) if writer == "rc" else (ep, rc)
        count = 128
        equal(here.guest.check(f"ls -d {here.directory}/peer0/spad* | wc -l"), str(count),
              "scratchpads")
        for write, read in (("peer0/spad", "spad"), ("spad", "peer0/spad")):
            values = [b.random.getrandbits(32) for _ in range(count)]
            here.guest.check(f"cd {here.directory}; " + "; ".join(
                f"echo {value:#x} > {write}{i}" for i, value in enumerate(values)))
            found = there.guest.check(f"cd {there.directory}; cat " + " ".join(
                f"{read}{i}" for i in range(count))).split()
            equal([int(value, 0) for value in found], values, f"values in {read}")


# ------------------------------------------------------------------ link

@on_each_path(up="ntb", variants=ALL, shared=True)
def link_follows_the_rc(b):
    """The RC enables and disables the link: both sides see it, the EP gets an event."""
    with tools(b, link=False) as (rc, ep):
        ep.write("link", "Y")
        for state in ("Y", "N"):
            waiting = b.ep.spawn(f"echo waiting; echo {state} > {ep.directory}/peer0/link_event")
            waiting.expect("waiting")
            rc.write("link", state)
            waiting.check()
            equal((rc.read("peer0/link"), ep.read("peer0/link")), (state, state), "link of RC and EP")


@on_each_path(up="ntb", variants=ALL, shared=True, polled=on_base(
    "link_enable and link_disable of pci-epf-vntb do nothing",
    r"^link of RC and EP: \('Y', 'Y'\), wanted \('N', 'N'\)$"))
def link_follows_the_ep(b):
    """The EP disables and enables the link: both sides see it, the RC gets one interrupt for each."""
    with tools(b) as (rc, ep):
        for state in ("N", "Y"):
            b.model.reset_counters()
            ep.write("link", state)
            equal((rc.read("peer0/link"), ep.read("peer0/link")), (state, state), "link of RC and EP")
            equal(msi_counts(b).get(0, 0), 1, "interrupts of the RC for the link")


@test(up="ntb", expect=on_base("the endpoint's client has no say",
                               r"^link after one side: \('Y', 'Y'\), wanted \('N', 'N'\)$"))
def link_needs_both(b):
    """The link is up when both sides have enabled it, whoever is first, and down when one disables it."""
    with tools(b) as (rc, ep):
        for first, second in ((rc, ep), (ep, rc)):
            for tool in (first, second):
                tool.write("link", "N")
            first.write("link", "Y")
            equal((rc.read("peer0/link"), ep.read("peer0/link")), ("N", "N"), "link after one side")
            second.write("link", "Y")
            equal((rc.read("peer0/link"), ep.read("peer0/link")), ("Y", "Y"), "link after both")


# ------------------------------------------------------------------ doorbells

@test(up="ep", covers=("D04", "D05"), params={"db_count": (3, 16, 32)})
def valid_doorbells_of_the_ep(b, db_count):
    """One doorbell for each slot but the two that are reserved."""
    b.function.create(settings("vntb", {"db_count": db_count}))
    b.function.bind()
    equal(Tool(b.ep).number("db_valid_mask"), (1 << db_count - 2) - 1, "valid doorbells of the EP")


@test(up="ep", covers=("D04",), params={"db_count": (2, 33)})
def wrong_db_count(b, db_count):
    """No doorbell left, or more slots than the control region has: refused."""
    b.function.create(settings("vntb"))
    b.ep.fails(f"echo {db_count} > {b.function.attribute('db_count')}", "Invalid argument")


@test(up="ntb", changes={"db_count": 8}, covers=("D07",), expect=on_base(
    "the host is not told the EP's db_count, it takes all MSI vectors it gets",
    r"^valid doorbells of RC and EP: \(16383, 63\), wanted \(63, 63\)$"))
def valid_doorbells_agree(b):
    """With fewer doorbells than MSI vectors both sides use as many as there are."""
    with tools(b, link=False) as (rc, ep):
        equal((rc.number("db_valid_mask"), ep.number("db_valid_mask")), (63, 63),
              "valid doorbells of RC and EP")


@on_each_path(up="ntb", variants=ALL, shared=True, covers=("D04", "D07"))
def valid_doorbells(b):
    """Both sides know 14 doorbells: db_count, or the MSI vectors, less two reserved slots."""
    with tools(b, link=False) as (rc, ep):
        equal((rc.number("db_valid_mask"), ep.number("db_valid_mask")), (VALID_MASK, VALID_MASK),
              "valid doorbells of RC and EP")


def doorbell_events(guest):
    """What ntb_tool was told of doorbells: [(vector, its mask), ...]"""
    found = re.findall(r"doorbell vec (\d+) mask (0x\w+)", "\n".join(guest.dmesg()))
    return [(int(vector), int(mask, 0)) for vector, mask in found]


def interrupts(guest, name):
    """Interrupts that a driver got, in the order of /proc/interrupts."""
    lines = guest.check(f"grep -w {name} /proc/interrupts").splitlines()
    return [int(line.split()[1]) for line in lines]


@on_each_path(up="ntb", variants=ALL, shared=True, covers=("R27", "D06", "D08", "D10"))
def doorbells_to_the_rc(b):
    """The EP rings each doorbell: the RC gets exactly that one, by its own MSI vector."""
    with tools(b) as (rc, ep):
        b.rc.check(f"echo 'module ntb_tool +p' > {DYNAMIC_DEBUG}")
        for bit in range(DOORBELLS):
            b.model.reset_counters()
            before = interrupts(b.rc, "ntb_epf")
            ep.ring(1 << bit)
            rc.until_rung(1 << bit)
            equal(rc.read("db"), f"{1 << bit:#x}", f"doorbells of the RC after ringing {1 << bit:#x}")
            delta = [new - old for new, old in zip(interrupts(b.rc, "ntb_epf"), before)]
            equal(delta, [int(i == bit + FIRST_SLOT) for i in range(len(delta))],
                  f"interrupts of doorbell {bit}")
            equal(msi_counts(b), {bit + FIRST_SLOT: 1}, f"MSIs of doorbell {bit}")
            rc.clear(1 << bit)
            equal(rc.read("db"), "0x0", "doorbells of the RC after clearing")
        b.rc.check(f"echo 'module ntb_tool -p' > {DYNAMIC_DEBUG}")
        equal(doorbell_events(b.rc), [(bit, 1 << bit) for bit in range(DOORBELLS)],
              "doorbell vectors of the RC and their masks")


@on_each_path(up="ntb", shared=True, covers=("R27", "D01", "D03", "D05"))
def doorbells_to_the_ep(b):
    """The RC rings each doorbell: the EP gets exactly that one, as the vector of its number."""
    with tools(b) as (rc, ep):
        b.ep.check(f"echo 'module ntb_tool +p' > {DYNAMIC_DEBUG}")
        for bit in range(DOORBELLS):
            rc.ring(1 << bit)
            ep.until_rung(1 << bit)
            equal(ep.read("db"), f"{1 << bit:#x}", f"doorbells of the EP after ringing {1 << bit:#x}")
            ep.clear(1 << bit)
            equal(ep.read("db"), "0x0", "doorbells of the EP after clearing")
        b.ep.check(f"echo 'module ntb_tool -p' > {DYNAMIC_DEBUG}")
        equal(doorbell_events(b.ep), [(bit, 1 << bit) for bit in range(DOORBELLS)],
              "doorbell vectors of the EP and their masks")


@on_each_path(up="ntb", variants=ALL, shared=True, covers=("D09",))
def several_doorbells_to_the_rc(b):
    """The EP rings several at once: the RC gets them all, and clears those it names."""
    with tools(b) as (rc, ep):
        ep.ring(0x2805)
        rc.until_rung(0x2805)
        equal(rc.read("db"), "0x2805", "doorbells of the RC")
        rc.clear(0x2004)
        equal(rc.read("db"), "0x801", "doorbells of the RC after clearing 0x2004")


@on_each_path(up="ntb", shared=True, covers=("D09",), polled=on_base(
    "ntb_epf_peer_db_set() rings the lowest doorbell only",
    r"^doorbells of the EP after ringing 0x2804: '0x4', wanted '0x2804'$"))
def several_doorbells_to_the_ep(b):
    """The RC rings several at once: the EP gets them all, and no other."""
    with tools(b) as (rc, ep):
        rc.ring(0x2804)
        # whoever looks for doorbells has looked at all of them since, twice
        for _ in range(2):
            rc.ring(0x1)
            ep.until_rung(0x1)
            ep.clear(0x1)
        equal(ep.read("db"), "0x2804", "doorbells of the EP after ringing 0x2804")


@on_each_path(up="ntb", variants=ALL, shared=True, covers=("D04", "D07"))
def invalid_doorbells(b):
    """A doorbell beyond the last one: the RC refuses it, the EP sends nothing."""
    with tools(b) as (rc, ep):
        b.rc.fails(f"echo s {1 << DOORBELLS:#x} > {rc.directory}/peer_db", "Invalid argument")
        b.model.reset_counters()
        ep.ring(1 << DOORBELLS)
        ep.ring(1)
        rc.until_rung(1)
        equal(msi_counts(b), {FIRST_SLOT: 1}, "MSIs")


# ------------------------------------------------------------------ memory windows

def window(b, near, far, size):
    """near's peer_mw0 is a window to far's mw0.  Open, look at every byte, close."""
    address, found = far.allocate(size)
    equal(found, size, "size of the buffer")
    near.open_window(address, size)
    data = bytearray(b.random.randbytes(size))
    near.store("peer0/peer_mw0", data)
    same(far.load("peer0/mw0"), data, "the buffer, written through the window,")
    data = bytearray(b.random.randbytes(size))
    far.store("peer0/mw0", data)
    same(near.load("peer0/peer_mw0"), data, "the window, written in the buffer,")
    pieces = []
    for _ in range(b.size(20, 1000)):
        piece = b.random.randbytes(b.random.randrange(1, 200))
        at = b.random.randrange(size - len(piece))
        data[at:at + len(piece)] = piece
        pieces.append((at, piece))
    near.patch("peer0/peer_mw0", pieces)
    same(far.load("peer0/mw0"), data, "the buffer, pieces of it written through the window,")
    near.close_window()
    far.free()


@on_each_path(up="ntb", variants=ALL, shared=True)
def window_to_the_ep(b):
    """The RC's window shows the EP's buffer: every byte, written and read from both sides."""
    with tools(b) as (rc, ep):
        window(b, rc, ep, WINDOW)


@on_each_path(up="ntb", variants=ALL, shared=True, params={"size": (WINDOW, WINDOW // 4)})
def window_to_the_rc(b, size):
    """The EP's window shows the RC's buffer: every byte, written and read from both sides."""
    with tools(b) as (rc, ep):
        window(b, ep, rc, size)


@test(up="ntb", expect=on_base(
    "pci-epf-vntb points the whole BAR at a buffer that is smaller than it and aligned to its own size "
    "only, a BAR-match target has to be aligned to the BAR's: what the host writes would land elsewhere",
    r"^model violation: iatu-bar-match ", r"^violations when the window was set: 1, wanted 0$"))
def small_window_to_the_ep(b):
    """A buffer that is smaller than the window."""
    with tools(b) as (rc, ep):
        ep.allocate(WINDOW // 4)
        equal(b.model.violations()["total"], 0, "violations when the window was set")
        ep.free()
        window(b, rc, ep, WINDOW // 4)


@test(up="ntb", settings="vntb-edma", variants=("series",), covers=("R05", "R06", "R07"))
def two_windows_in_one_bar(b):
    """Windows that share BAR2 show their own buffers, smaller than the windows or not: every byte,
    from both sides. What is behind the one that was given back is out of reach, not the other."""
    sizes = 0xa0000 // 4, 0x60000       # mw1 and mw2 of guest/vntb-edma.conf
    data = [bytearray(b.random.randbytes(size)) for size in sizes]
    with tools(b) as (rc, ep):
        for index, size in enumerate(sizes):
            address, found = ep.allocate(size, index)
            equal(found, size, f"size of buffer {index}")
            rc.open_window(address, size, index)
        for index, wanted in enumerate(data):
            rc.store(f"peer0/peer_mw{index}", wanted)
        for index, wanted in enumerate(data):
            same(ep.load(f"peer0/mw{index}"), wanted, f"buffer {index}, written through its window,")
            wanted.reverse()
            ep.store(f"peer0/mw{index}", wanted)
        for index, wanted in enumerate(data):
            same(rc.load(f"peer0/peer_mw{index}"), wanted, f"window {index}, written in its buffer,")
        ep.free(0)
        rc.store("peer0/peer_mw0", b"late")
        same(rc.load("peer0/peer_mw1"), data[1], "the window that is left")
        for index in range(2):
            rc.close_window(index)
        ep.free(1)


@test(up="ntb", expect=on_base(
    "mw_clear_trans() of pci-epf-vntb does nothing: the BAR still shows what was the buffer",
    r"^model violation: dma-ep rc-cpu writes "))
def freed_buffer_of_the_ep(b):
    """What the RC writes into its window after the EP freed the buffer reaches no memory."""
    with tools(b) as (rc, ep):
        address, size = ep.allocate(WINDOW)
        rc.open_window(address, size)
        ep.free()
        rc.store("peer0/peer_mw0", b"late")
        rc.close_window()


@test(up="ntb", variants=ALL, shared=True, violations=("^outbound-no-window ",))
def freed_buffer_of_the_rc(b):
    """What the EP writes into its window after the RC freed the buffer does not leave the EP."""
    with tools(b) as (rc, ep):
        address, size = rc.allocate(WINDOW)
        ep.open_window(address, size)
        rc.free()
        b.model.reset_counters()
        ep.store("peer0/peer_mw0", b"late")
        equal(b.model.counters()["sum"]["cpu_write"], 0, "writes that crossed the link")
        ep.close_window()


@test(up="ntb", params={"side": ("rc", "ep")}, expect=not_yet(
    "tool_remove() of ntb_tool removes its debugfs folder and then each window's file in it again",
    r"^(rc|ep) (died|console): .*Kernel mode fault at addr"))
def unload_with_an_open_window(b, side):
    """ntb_tool can be unloaded while windows are open."""
    with tools(b) as (rc, ep):
        near, far = (rc, ep) if side == "rc" else (ep, rc)
        address, size = far.allocate(WINDOW)
        near.open_window(address, size)


@test(up="ntb", expect=not_yet("ntb_tool parses the address with %llu",
                               r"echo: write error: Invalid argument$"))
def hexadecimal_address(b):
    """The example in ntb_tool.c, and ntb_test.sh: echo 0xADDRESS:SIZE > peer_mw_trans0"""
    with tools(b) as (rc, ep):
        address, size = rc.allocate(WINDOW)
        ep.write("peer0/peer_mw_trans0", f"{address:#x}:{size}")
