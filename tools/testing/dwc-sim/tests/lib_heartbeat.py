# SPDX-License-Identifier: GPL-2.0
"""The heartbeat of a machine that stands still, written by the test: its peer does not give it up, however long a
slow machine takes for what is to happen meanwhile."""

import struct

from lib_memory import PAGE, Memory

# struct ntb_edma_block, which a page begins with: epoch, heartbeat, channels, changes of irq, which is skipped, and 0
WORDS = struct.Struct("<IIII44xI")
CHANNELS, CHANGES = range(1, 9), range(0, 1000, 2)
BEATS = 3                               # that a heartbeat is known by


class Heartbeat:
    """The one that guest writes to its peer's memory, while it still does.  Context manager."""

    def __init__(self, b, guest):
        self._memory = Memory(b, b.peer(guest))
        pages = range(0, len(self._memory.map), PAGE)
        self._first = {at: words for at, words in self._pages(pages)
                       if words[2] in CHANNELS and words[3] in CHANGES and not words[4]}
        self._at = b.until(self._found, what=f"the heartbeat of {guest.side}")

    @property
    def block(self):
        """Where in its peer's memory what the guest writes there begins: struct ntb_edma_block."""
        return self._at

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._memory.__exit__(*exception)

    def _pages(self, places):
        return [(at, WORDS.unpack_from(self._memory.map, at)) for at in places]

    def _found(self):
        """Where all is as it was, but for a number that has risen by some beats."""
        risen = [at for at, (_epoch, beat, *_rest) in self._pages(self._first)
                 if BEATS <= beat - self._first[at][1] < 10 * BEATS]
        return risen[0] if len(risen) == 1 else None

    def beat(self):
        """As if the guest had come to its next one. Call this again and again, at least twice a second."""
        _epoch, beat, *_rest = WORDS.unpack_from(self._memory.map, self._at)
        struct.pack_into("<I", self._memory.map, self._at + 4, (beat + 1) % (1 << 32))
