# SPDX-License-Identifier: GPL-2.0
"""Records that a peer could write, but no Linux does: what they say of a frame cannot be, or is not so.

     sender ---> frames and records in the receiver's memory, which stands still
     test   ---> other records in their place;  the receiver goes on
"""

import os
import struct

import lib_vnet
from ethtool_stats import statistics
from lib_heartbeat import Heartbeat
from lib_memory import Memory
from lib_ring import FOREIGN, RECORD, Ring
from lib_traffic import send_any_number
from lib_vnet import ECN, IPV4, IPV6, LINK, QINQ, TCPV4, TCPV6, UDP_L4, VLAN
from netdev_forward import bridged
from bench.testing import Failure, WaitTimeout, equal, net, require, test

MORE, CSUM, VALID, ERROR = 2, 4, 8, 1 << 31
BUFFER = 4096                           # of the receiver: rx-buf-len
BUFFERS = 17                            # of a frame: MAX_SKB_FRAGS
LENGTH = 1000
MTU = 3 * BUFFER

# Sends the frames of a file when it gets a line.
SENDS = """
import socket, struct, sys
data = open(sys.argv[2], "rb").read()
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
    sender.bind((sys.argv[1], 0))
    print("ready", flush=True)
    input()
    while data:
        size, = struct.unpack_from("<I", data)
        sender.send(data[4:4 + size])
        data = data[4 + size:]
print("sent", flush=True)
"""


class Forger:
    """A sender whose records are replaced.  Each use marks the ring with frames of other lengths."""

    def __init__(self, b, sender):
        self.b, self.sender, self.receiver = b, sender, b.peer(sender)
        # the receiver has copies of the records of what it has sent
        self.marks = iter(range(200 if sender is b.rc else 210, 1500, 20))
        send_any_number(sender)
        # which the kernel would ask for again in between
        net.keep_neighbour(sender)

    def _job(self, frames):
        path = os.path.join(self.sender.share, "frames")
        with open(path, "wb") as file:
            file.write(b"".join(struct.pack("<I", len(frame)) + frame for frame in frames))
        job = self.sender.spawn(f"exec python3 -IS -c '{SENDS}' {net.interface(self.sender)} {path}", stdin=True)
        job.expect("ready")
        return job

    def send(self, frames, forge):
        """Send frames, and let forge() make other records of those that they have got: lists of fields of RECORD."""
        mark = next(self.marks)
        marks = [mark, mark + 7, mark + 1, mark + 4]
        job = self._job([lib_vnet.plain(size).data for size in marks])
        with Memory(self.b, self.receiver) as memory, Heartbeat(self.b, self.receiver) as heart:
            with Heartbeat(self.b, self.sender) as other:
                ring = Ring(memory, other.block)
            job.send(b"\n")
            place = self.b.until(lambda: ring.behind(marks), what="records of frames")
            job = self._job(frames)
            wanted = [length for frame in frames for length in pieces(len(frame))]
            with self.receiver.standing_still():
                job.send(b"\n")
                try:
                    places = self.b.until(lambda: heart.beat() or ring.places(place, wanted),
                                          what="the records of all frames")
                except WaitTimeout:
                    found = ring.lengths(place, len(wanted) + FOREIGN)
                    raise Failure(f"records of {found} bytes, wanted {wanted}") from None
                records = forge([list(RECORD.unpack_from(memory.map, at)) for at in places])
                for at, record in zip(places, records):
                    self.put(memory.map, at, record)
        job.expect("sent")

    def put(self, memory, at, record):
        """What becomes of a record, but for its tag."""
        RECORD.pack_into(memory, at, *record)


def pieces(length):
    """What each buffer of the receiver gets of a frame."""
    return [BUFFER] * (length // BUFFER) + [length % BUFFER] * (length % BUFFER > 0)


def said(flags=CSUM, gso_type=0, size=0, start=0, offset=0, length=LENGTH, of=0):
    """The record with that number says something else; the end of a frame stays that."""
    def forge(records):
        records[of] = [records[of][0] & MORE | flags, gso_type, size, start, offset, length]
        return records
    return forge


def chained(count, length=None):
    """So many frames become one."""
    def forge(records):
        for number, record in enumerate(records):
            record[0] |= MORE if number < count - 1 else 0
            record[-1] = length or record[-1]
        return records
    return forge


# What is refused, by counter: the lengths of the frames, and what becomes of their records.
ONE, LONG = (LENGTH,), (2 * BUFFER + LENGTH,)
REFUSED = {
    "meta": [
        (ONE, said(gso_type=2, size=100, start=14, offset=16)),
        (ONE, said(gso_type=3, size=100, start=14, offset=16)),
        (ONE, said(gso_type=ECN, size=100, start=14, offset=16)),
        (ONE, said(gso_type=UDP_L4 | ECN, size=100, start=14, offset=6)),
        (ONE, said(flags=0, gso_type=TCPV4, size=100)),
        (ONE, said(flags=VALID, gso_type=TCPV4, size=100)),
        (ONE, said(gso_type=TCPV4, start=14, offset=16)),
        (ONE, said(size=100, start=14, offset=16)),
        (ONE, said(start=LENGTH - 1)),
        (ONE, said(offset=LENGTH - 1)),
        (ONE, said(start=0xffff, offset=0xffff)),
        (ONE, said(flags=0, start=1)),
        (ONE, said(flags=VALID, offset=1)),
        (ONE, said(flags=CSUM | VALID, start=14, offset=16)),
        (LONG, said(start=14, offset=16, length=BUFFER, of=1)),
        (LONG, said(flags=0, gso_type=TCPV4, length=BUFFER, of=1)),
        (LONG, said(flags=0, size=100, length=LENGTH, of=2)),
        (LONG, said(start=2 * BUFFER + LENGTH - 1, length=BUFFER)),
    ],
    "index": [((LENGTH,) * (BUFFERS + 1), chained(BUFFERS + 1))],
    "len": [
        (ONE, said(flags=0, length=0)),
        (ONE, said(flags=0, length=BUFFER + 1)),
        ((LENGTH,) * BUFFERS, chained(BUFFERS, BUFFER)),
    ],
    "reserved": [
        (ONE, said(flags=0x10)),
        (ONE, said(flags=0x80)),
        (ONE, said(flags=MORE, length=ERROR)),
    ],
    "status": [(ONE, said(flags=0, length=ERROR | 1))],
}


def carrier_changes(guest):
    return int(guest.read(f"/sys/class/net/{net.interface(guest)}/carrier_changes"))


def rejects(guest):
    """{reason: number} of those that are not 0."""
    counters = statistics(guest)[0].items()
    return {name.removeprefix("reject_"): value for name, value in counters if name.startswith("reject_") and value}


@test(up="netdev", mode="edma", variants=("series",), transport_mtu=None, timeout=300, covers=("N01",),
      params={"side": ("rc", "ep"), "reason": tuple(REFUSED)})
def refused(b, side, reason):
    """A record that cannot be is counted by its reason and costs the link, which returns and carries traffic."""
    receiver = getattr(b, side)
    for guest in b.guests:
        guest.check(f"ip link set {net.interface(guest)} mtu {MTU}")
    equal(net.ping(b.rc, 1)["lost"], 0, "ping, lost")
    for guest in b.guests:
        net.keep_neighbour(guest)
    forger = Forger(b, b.peer(receiver))
    for number, (lengths, forge) in enumerate(REFUSED[reason], 1):
        before = {guest: carrier_changes(guest) for guest in b.guests}
        forger.send([lib_vnet.plain(length).data for length in lengths], forge)
        for guest in b.guests:
            guest.until(f"[ $(cat /sys/class/net/{net.interface(guest)}/carrier_changes) -ge {before[guest] + 2} ]",
                        what=f"the link of {guest.side} to go and return after case {number} of {reason}")
            net.wait_carrier(guest)
        equal(rejects(receiver), {reason: number}, f"what {side} has refused")
        for guest in b.guests:
            equal(net.ping(guest, 1)["lost"], 0, f"ping from {guest.side} after case {number}, lost")


TCP4 = lib_vnet.segmented(TCPV4, 100, 900).data
TCP6 = lib_vnet.segmented(TCPV6, 100, 900, version6=True).data
UDP4 = lib_vnet.segmented(UDP_L4, 100, 900).data
UDP6 = lib_vnet.segmented(UDP_L4, 100, 900, version6=True).data
START4, START6 = 34, 54


def changed(frame, at, *values):
    return frame[:at] + bytes(values) + frame[at + len(values):]


KINDS = (TCPV4, 16), (TCPV6, 16), (TCPV4 | ECN, 16), (TCPV6 | ECN, 16), (UDP_L4, 6)
FRAMES = (TCP4, TCPV4, START4, 16), (TCP6, TCPV6, START6, 16), (UDP4, UDP_L4, START4, 6), (UDP6, UDP_L4, START6, 6)
# Bytes of the frame of IPv4 or IPv6, and of the header behind that: version and lengths, fragments, protocols
NETWORK = ((14, 0x40), (14, 0x4f), (14, 0x60), (16, 0, 0), (16, 0xff, 0xff), (18, 0, 0), (18, 0xff, 0xff),
           (20, 0x20, 1), (20, 0), (20, 44), (20, 59))
TRANSPORT = (12, 0), (12, 0xf0), (4, 0, 0), (4, 0xff, 0xff)
TAGS = 100


def other_kinds():
    """Right frames that are said to be of another kind, with segments of all sizes, or a checksum somewhere else."""
    for frame, start in ((lib_vnet.plain(LENGTH).data, 14), (TCP4, START4), (TCP6, START6), (UDP4, START4), (UDP6, START6)):
        for gso_type, offset in KINDS:
            for size in (1, 100, len(frame), 0xffff):
                yield frame, (CSUM, gso_type, size, start, offset)
            for at, where in ((0, offset), (14, offset), (start, 0), (start - 1, offset), (len(frame) - 2, 0), (600, offset)):
                yield frame, (CSUM, gso_type, 100, at, where)
        yield frame, (VALID, 0, 0, 0, 0)


def wrong_frames():
    """Frames that are cut off, or have other bytes in their headers."""
    for frame, gso_type, start, offset in FRAMES:
        true = CSUM, gso_type, 100, start, offset
        for length in (start + offset + 2, start + 20, start + 21):
            yield frame[:length], true
        for length in (14, 15, 33, 34, 53):
            yield frame[:length], (CSUM, gso_type, 100, 0, 2)
        for at, *values in (*NETWORK, *((start + at, *values) for at, *values in TRANSPORT)):
            yield changed(frame, at, *values), true


def many_headers():
    """Tags, with a frame behind them and without; a chain of headers of IPv6 that does not end."""
    for frame, gso_type, start, offset in FRAMES:
        for tag in (VLAN, QINQ):
            tags = LINK + tag.to_bytes(2, "big") + (b"\0\5" + tag.to_bytes(2, "big")) * TAGS
            yield tags, (CSUM, gso_type, 100, start, offset)
            yield tags + b"\0\5" + frame[12:], (CSUM, gso_type, 100, len(tags) + 2 + start - 12, offset)
    for kind in (IPV4, IPV6):
        chain = LINK + kind.to_bytes(2, "big") + TCP6[14:20] + b"\0" + TCP6[21:54] + bytes(8) * 100
        yield chain, (CSUM, TCPV6, 100, 200, 16)


AT_ONCE = 50                            # frames


@test(up="netdev", mode="edma", variants=("debug",), transport_mtu=None, timeout=300, covers=("N01",),
      params={"side": ("rc", "ep")})
def untrue(b, side):
    """What a record says could be, but not of this frame: the frame is dropped by whoever looks at it, here or
    behind a bridge, which segments it. Nothing else is, and the link stays."""
    receiver = getattr(b, side)
    sender = b.peer(receiver)
    forger = Forger(b, sender)
    cases = [*other_kinds(), *wrong_frames(), *many_headers()]      # (frame, what its record says but for the length)
    with bridged(receiver):
        changes, before = carrier_changes(receiver), net.statistics(receiver)
        for at in range(0, len(cases), AT_ONCE):
            part = cases[at:at + AT_ONCE]
            forger.send([frame for frame, _fields in part],
                        lambda records: [[*fields, record[-1]] for (_frame, fields), record in zip(part, records)])  # pylint: disable=cell-var-from-loop
            b.until(lambda: sum(net.statistics(receiver)[name] - before[name] for name in ("rx_packets", "rx_errors"))
                    >= at + len(part), what="all frames")       # pylint: disable=cell-var-from-loop
        found = net.statistics(receiver)["rx_frame_errors"] - before["rx_frame_errors"]
        b.log(f"{found} of {len(cases)} frames do not fit what was said of them")
        require(found, "everything was believed")
    equal(carrier_changes(receiver), changes, "carrier changes")
    equal(rejects(receiver), {}, f"what {side} has refused")
    for guest in b.guests:
        guest.check(f"ip neigh flush dev {net.interface(guest)}")
        equal(net.ping(guest, 1)["lost"], 0, f"ping from {guest.side}, lost")
