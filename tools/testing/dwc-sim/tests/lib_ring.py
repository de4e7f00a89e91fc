# SPDX-License-Identifier: GPL-2.0
"""The ring of records of the first queue, which begins again behind its end: see ntb_transport_edma_ring.h."""

import struct

# struct ntb_edma_block and struct ntb_edma_ctl of the first queue, behind which there are posts and then records
BEFORE, ENTRIES = 64 + 64, 1024
RECORD = struct.Struct("<BBHHHI")       # flags, gso_type, gso_size, csum_start, csum_offset, len; the tag is behind them
SLOT = 16
FOREIGN = 8                             # frames of others, at most


class Ring:
    """The records of the first queue in a receiver's memory."""

    def __init__(self, memory, block):
        self._memory, self._first = memory, block + BEFORE + SLOT * ENTRIES

    def _at(self, index):
        return self._first + SLOT * (index % ENTRIES)

    def lengths(self, index, count):
        return [RECORD.unpack_from(self._memory.map, self._at(each))[-1] for each in range(index, index + count)]

    def behind(self, lengths):
        """The index behind records of these lengths, one behind the other; None: not there yet."""
        count = len(lengths)
        found = self.lengths(0, ENTRIES + count)
        return next((index + count for index in range(ENTRIES) if found[index:index + count] == lengths), None)

    def places(self, index, lengths):
        """Where the records of frames of these lengths are, None before all are there. The sender's kernel may put in a
        frame of its own, as an answer to the one before."""
        places = []
        for each, length in enumerate(self.lengths(index, len(lengths) + FOREIGN), index):
            if len(places) < len(lengths) and length == lengths[len(places)]:
                places.append(self._at(each))
        return places if len(places) == len(lengths) else None
