# SPDX-License-Identifier: GPL-2.0
"""Helpers of the NTB tests: the test modules of drivers/ntb/test in debugfs, the
doorbell path that a test is about, and why some tests fail on some kernels."""

import contextlib
import functools
import os

from bench.testing import PATIENCE, equal, doorbell_path, fails, test

DEBUGFS = "/sys/kernel/debug"
DYNAMIC_DEBUG = f"{DEBUGFS}/dynamic_debug/control"
TRACING = "/sys/kernel/tracing"
DOORBELLS = 14          # db_count 16: slot 0 is for link events, slot 1 was never used
VALID_MASK = (1 << DOORBELLS) - 1
FIRST_SLOT = 2          # slot, and MSI vector, of doorbell 0
WINDOW = 0x100000       # mw1 of guest/vntb.conf

# doorbell path: the profile on which the kernel has to take it
PATHS = {"polled": "no-edma", "embedded": "generic", "msi": "msi-doorbell"}

ALL = ("base", "series", "debug")
BASE_POLLS = fails(
    "the BAR for the embedded doorbell ends before its register, and nobody knows the alignment it "
    "needs: pci-epf-vntb polls", r"^doorbell path: 'polled', wanted 'embedded'$")


def not_yet(reason, *patterns):
    """expect= of a test that fails on base, and on the series as long as it does not mend it."""
    return dict.fromkeys(("base", "series"), fails(reason, *patterns))


def on_base(reason, *patterns):
    """expect= of a test that fails on base, and on the series does not."""
    return {"base": fails(reason, *patterns)}


def on_each_path(*, polled=None, embedded=None, variants=("base", "series"), **header):
    """@test, once for each doorbell path: NAME_polled, NAME_embedded and NAME_msi.  polled and
    embedded are the expect= of each; that base takes no embedded doorbell is added.  Only the
    series has a driver for the controller of the third; the debug kernel runs the embedded one alone."""
    expects = {"polled": polled or {}, "embedded": {"base": BASE_POLLS, **(embedded or {})}, "msi": {}}
    on = {"polled": ("base", "series"), "embedded": ("base", "series", "debug"), "msi": ("series",)}

    def declare(function):
        for path, profile in PATHS.items():
            case = _on_path(function, path)
            kernels = [each for each in variants if each in on[path]]
            function.__globals__[case.__name__] = test(
                profiles=(profile,), variants=kernels, expect=expects[path], **header)(case)
        return function

    return declare


def _on_path(function, path):
    @functools.wraps(function)
    def case(b, **parameters):
        equal(doorbell_path(b.ep), path, "doorbell path")
        function(b, **parameters)

    case.__name__ = f"{function.__name__}_{path}"
    return case


@contextlib.contextmanager
def events(guest, *names):
    """Those of these tracepoints are in the guest's trace."""
    switches = " ".join(f"{TRACING}/events/{name}/enable" for name in names)
    guest.check(f"mount -t tracefs nodev {TRACING} && echo 1 | tee {switches}")
    yield
    guest.check(f"echo 0 | tee {switches} && echo > {TRACING}/trace && umount {TRACING}")


class Debugfs:
    """The debugfs folder that a module of drivers/ntb/test has for its only device."""

    def __init__(self, guest, module, **parameters):
        guest.modprobe(module, **parameters)
        self.guest = guest
        self.module = module
        self.directory = guest.check(f"ls -d {DEBUGFS}/{module}/*:*")

    def read(self, name):
        return self.guest.read(f"{self.directory}/{name}")

    def number(self, name):
        return int(self.read(name), 0)

    def write(self, name, text):
        self.guest.write(f"{self.directory}/{name}", text)

    def until(self, name, value, timeout=PATIENCE):
        """Wait until a file reads as this."""
        self.guest.until(f'[ "$(cat {self.directory}/{name})" = "{value}" ]', timeout,
                         f"{self.module}'s {name} to be {value}")

    def unload(self):
        self.guest.rmmod(self.module)


class Tool(Debugfs):
    """ntb_tool on one guest."""

    def __init__(self, guest):
        super().__init__(guest, "ntb_tool")

    def ring(self, bits):
        self.write("peer_db", f"s {bits:#x}")

    def clear(self, bits=VALID_MASK):
        self.write("db", f"c {bits:#x}")

    def until_rung(self, bits, timeout=PATIENCE):
        """Wait until all of these doorbells are set, whatever others are."""
        self.guest.until(f"(( ($(cat {self.directory}/db) & {bits:#x}) == {bits:#x} ))", timeout,
                         f"doorbells {bits:#x}")

    def allocate(self, size, index=0):
        """An inbound buffer behind a window: (its bus address, its size)."""
        self.write(f"peer0/mw_trans{index}", size)
        lines = dict(line.split("\t") for line in self.read(f"peer0/mw_trans{index}").splitlines())
        return tuple(int(lines[key.ljust(15)], 0) for key in ("DMA Address", "Window Size"))

    def open_window(self, address, size, index=0):
        """Map the peer's window.  In decimal: ntb_tool does not take what its own
        example and ntb_test.sh write."""
        self.write(f"peer0/peer_mw_trans{index}", f"{address}:{size}")

    def close_window(self, index=0):
        self.write(f"peer0/peer_mw_trans{index}", "0:0")

    def free(self, index=0):
        """Give the inbound buffer back."""
        self.write(f"peer0/mw_trans{index}", 0)

    def store(self, name, data):
        """All bytes of a window's file."""
        path = self._share(data)
        self.guest.check(f"dd if={path} of={self.directory}/{name} bs=64K conv=notrunc status=none")
        self._flush(name)

    def patch(self, name, pieces):
        """Pieces of a window's file: [(offset, bytes), ...], each in one write."""
        path = self._share(b"".join(piece for _at, piece in pieces))
        places = [(at, len(piece)) for at, piece in pieces]
        self.guest.check(f"python3 -c 'import os; data = open(\"{path}\", \"rb\"); "
                         f"file = os.open(\"{self.directory}/{name}\", os.O_WRONLY); "
                         f"[os.pwrite(file, data.read(size), at) for at, size in {places}]'")
        self._flush(name)

    def _flush(self, name):
        """Writes through a window are posted: a read through it pushes them to the buffer."""
        self.guest.check(f"dd if={self.directory}/{name} of=/dev/null bs=4 count=1 status=none")

    def load(self, name):
        """All bytes of a window's file."""
        path = self._share(b"")
        self.guest.check(f"dd if={self.directory}/{name} of={path} bs=64K status=none")
        with open(path, "rb") as file:
            return file.read()

    def _share(self, data):
        path = os.path.join(self.guest.share, "data")
        with open(path, "wb") as file:
            file.write(data)
        return path


def enable_link(rc, ep):
    """Both sides enable the link, as each NTB client does.  It is up."""
    ep.write("link", "Y")
    rc.write("link", "Y")
    for tool in (rc, ep):
        tool.until("peer0/link", "Y")


@contextlib.contextmanager
def tools(b, link=True):
    """ntb_tool on both guests with the NTB link up: (rc, ep)."""
    ep, rc = Tool(b.ep), Tool(b.rc)
    if link:
        enable_link(rc, ep)
    yield rc, ep
    rc.unload()
    ep.unload()


def same(found, wanted, what):
    """Fail with the place of the first byte that differs."""
    equal(len(found), len(wanted), f"bytes of {what}")
    if found != wanted:
        at = next(i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1])
        equal(found[at:at + 8].hex(), wanted[at:at + 8].hex(), f"{what} at {at:#x}")


def msi_counts(b):
    """MSIs that the endpoint sent since the counters were reset: {vector: number}."""
    irq = b.model.counters()["irq"]
    return {int(name[len("rc.msi"):]): number for name, number in irq.items()
            if name.startswith("rc.msi")}


def written(b, sender):
    """Bytes that a side's CPU wrote into its window since the counters were reset."""
    target = {"rc": "bar2:ram", "ep": "rc-ram"}[sender]
    return sum(tlp["bytes"] for tlp in b.model.counters()["tlp"]
               if (tlp["kind"], tlp["initiator"], tlp["target"]) == ("MWr", f"{sender}-cpu", target))
