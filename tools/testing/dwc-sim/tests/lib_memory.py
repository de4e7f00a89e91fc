# SPDX-License-Identifier: GPL-2.0
"""A guest's memory, looked at from outside: what really is where a device writes.

Guest physical address == offset in the file that is its memory; the kernel's DMA
test layer (arch/um/include/asm/dma-test.h) has its page table in the last page."""

import mmap
import os
import struct

from bench import sandbox
from bench.errors import BenchError
from bench.testing import require

PAGE = 4096
ROOT = struct.Struct("<QIIQQQ")     # magic, version, page_shift, bus_base, nr_entries, table
MAGIC = 0x414d442d4d555431
FLAGS = PAGE - 1


class Memory:
    """The running guest's memory, by physical addresses in `map`.  Context manager."""

    def __init__(self, bench, guest):
        with open(_memory_file(bench, guest), "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        magic, _version, _shift, self.base, self.entries, self.table = ROOT.unpack_from(
            self.map, len(self.map) - PAGE)
        require(magic == MAGIC, f"{guest.side} has no DMA test layer")

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.map.close()

    def read(self, bus, size):
        """The bytes behind a bus address."""
        data = bytearray()
        while len(data) < size:
            page, offset = divmod(bus + len(data) - self.base, PAGE)
            require(0 <= page < self.entries, f"{bus:#x} is no bus address")
            entry, = struct.unpack_from("<Q", self.map, self.table + 8 * page)
            require(entry, f"{bus:#x} is not mapped")
            at = (entry & ~FLAGS) + offset
            data += self.map[at:at + min(PAGE - offset, size - len(data))]
        return bytes(data)

    def find(self, data):
        """Physical addresses of pages that begin with these bytes."""
        at = self.map.find(data)
        while at >= 0:
            if at % PAGE == 0:
                yield at
            at = self.map.find(data, at + 1)


def _memory_file(bench, guest):
    """The guest's memory, as its kernel's process has it open."""
    for pid, command in sandbox.processes(bench.directory).items():
        if f" umid={guest.side} " not in command or "bwrap" in command:
            continue
        for entry in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{entry}"
            if os.readlink(path).startswith("/dev/shm/"):
                return path
    raise BenchError(f"the memory of {guest.side} is not found: is it running?")
