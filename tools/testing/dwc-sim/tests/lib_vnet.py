# SPDX-License-Identifier: GPL-2.0
"""Ethernet frames with the metadata of struct virtio_net_hdr, through packet sockets.

As a program it is one end, in a guest:
    lib_vnet.py receive INTERFACE COUNT     prints "listening", then a line for each frame: metadata, length, CRC
    lib_vnet.py send INTERFACE NAME...      sends the frame of each name, see FRAMES; prints what lib_vnet.expected() says
"""

import socket
import struct
import sys
import zlib
from collections import namedtuple

SOL_PACKET, PACKET_VNET_HDR = 263, 15
SO_RCVBUFFORCE = 33
HEADER = struct.Struct("<BBHHHH")       # flags, gso_type, hdr_len, gso_size, csum_start, csum_offset
NEEDS_CSUM = 1
TCPV4, TCPV6, UDP_L4, ECN = 1, 4, 5, 0x80
TCP, UDP = 6, 17
IPV4, IPV6, VLAN, QINQ = 0x0800, 0x86dd, 0x8100, 0x88a8
LOCAL = 0x88b5                          # IEEE 802: for local experiments
LINK = b"\xff" * 6 + b"\x02" + bytes(5)
MARK = b"frame of lib_vnet "            # where the payload starts

Frame = namedtuple("Frame", "gso_type size csum_start csum_offset data")


def sum16(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def ipv4(protocol, length):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + length, 1, 0, 64, protocol, 0, bytes((10, 9, 0, 1)), bytes((10, 9, 0, 2)))
    return head[:10] + (~sum16(head) & 0xffff).to_bytes(2, "big") + head[12:]


def ipv6(protocol, length):
    return struct.pack(">IHBB16s16s", 6 << 28, length, protocol, 64, b"\xfd" + bytes(14) + b"\1", b"\xfd" + bytes(14) + b"\2")


def payload(length):
    return (MARK + bytes(range(256)) * (length // 256 + 1))[:length]


def segmented(gso_type, size, length, tags=(), version6=False):
    """A frame of one packet that is still to be cut into segments of so many bytes of payload."""
    protocol = UDP if gso_type == UDP_L4 else TCP
    if protocol == TCP:
        flags = 0x18 | (0x80 if gso_type & ECN else 0)
        transport = struct.pack(">HHIIBBHHH", 40000, 9, 1, 1, 5 << 4, flags, 1000, 0, 0) + payload(length)
        offset = 16
    else:
        transport = struct.pack(">HHHH", 40000, 9, 8 + length, 0) + payload(length)
        offset = 6
    network = (ipv6 if version6 else ipv4)(protocol, len(transport))
    # the sum of the pseudo header is what hardware, or the receiver, starts with
    addresses = network[8:40] if version6 else network[12:20]
    partial = sum16(addresses + struct.pack(">HH", protocol, len(transport)))
    transport = transport[:offset] + partial.to_bytes(2, "big") + transport[offset + 2:]
    link = LINK + b"".join(struct.pack(">HH", kind, number) for kind, number in tags) + (IPV6 if version6 else IPV4).to_bytes(2, "big")
    return Frame(gso_type, size, len(link) + len(network), offset, link + network + transport)


def summed(start, offset, length):
    """A frame of no known protocol, whose checksum is still to be filled in."""
    return Frame(0, 0, start, offset, (LINK + LOCAL.to_bytes(2, "big") + payload(length))[:length])


def plain(length):
    return Frame(0, 0, None, None, (LINK + LOCAL.to_bytes(2, "big") + payload(length))[:length])


FRAMES = {
    "tcp4": segmented(TCPV4, 1448, 40000),
    "tcp4-two": segmented(TCPV4, 1448, 1449),
    "tcp4-ecn": segmented(TCPV4 | ECN, 1448, 40000),
    "tcp4-smallest": segmented(TCPV4, 8, 100),
    "tcp4-vlan": segmented(TCPV4, 1448, 40000, tags=((VLAN, 5),)),
    "tcp4-qinq": segmented(TCPV4, 1448, 40000, tags=((QINQ, 7), (VLAN, 5))),
    "tcp6": segmented(TCPV6, 1428, 40000, version6=True),
    "tcp6-ecn": segmented(TCPV6 | ECN, 1428, 40000, version6=True),
    "udp4": segmented(UDP_L4, 1200, 48000),
    "udp6": segmented(UDP_L4, 1200, 48000, version6=True),
    "csum-first": summed(20, 0, 1000),
    "csum-last": summed(998, 0, 1000),
    "csum-far": summed(20, 978, 1000),
    "csum-of-two": summed(60, 2, 64),
    "plain-smallest": plain(60),
    "plain": plain(1514),
}


def header(frame):
    if frame.csum_start is None:
        return bytes(HEADER.size)
    # only a frame of segments has a length of headers that anybody looks at
    transport = {0: 0, UDP_L4: 8}.get(frame.gso_type, 20)
    return HEADER.pack(NEEDS_CSUM, frame.gso_type, frame.csum_start + transport if frame.gso_type else 0, frame.size,
                       frame.csum_start, frame.csum_offset)


def line(flags, gso_type, size, start, offset, data):
    return f"{flags} {gso_type:#x} {size} {start} {offset} {len(data)} {zlib.crc32(data):08x}"


def expected(name):
    """What the receiver prints for a frame: the outermost tag is not in the bytes that a packet socket gets."""
    frame = FRAMES[name]
    if int.from_bytes(frame.data[12:14], "big") in (VLAN, QINQ):
        frame = frame._replace(csum_start=frame.csum_start - 4, data=frame.data[:12] + frame.data[16:])
    if frame.csum_start is None:
        return line(0, 0, 0, 0, 0, frame.data)
    return line(NEEDS_CSUM, frame.gso_type, frame.size, frame.csum_start, frame.csum_offset, frame.data)


def open_socket(interface, protocol):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.bind((interface, protocol))
    return sock


def send(interface, *names):
    with open_socket(interface, 0) as sender:
        for name in names:
            try:
                sender.send(header(FRAMES[name]) + FRAMES[name].data)
            except OSError as error:
                sys.exit(f"{name}: {error}")


def receive(interface, count):
    """Frames that have MARK in them: others are not of interest."""
    with open_socket(interface, 3) as receiver:     # ETH_P_ALL
        receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        print("listening", flush=True)
        for _ in range(int(count)):
            data, kind = b"", socket.PACKET_OUTGOING
            while MARK[:16] not in data[:200] or kind == socket.PACKET_OUTGOING:
                data, (_name, _protocol, kind, _type, _address) = receiver.recvfrom(1 << 17)
            flags, gso_type, _hdr_len, size, start, offset = HEADER.unpack_from(data)
            print(line(flags, gso_type, size, start, offset, data[HEADER.size:]), flush=True)


if __name__ == "__main__":
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
