# SPDX-License-Identifier: GPL-2.0
"""Sends Ethernet frames that nobody answers, one after the other, from one queue.

As a program, in a guest: lib_frames.py INTERFACE COUNT SIZE"""

import socket
import sys

TYPE = 0x88b5           # IEEE 802: for local experiments


def main(interface, count, size):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        head = b"\xff" * 6 + b"\x02" + bytes(5) + TYPE.to_bytes(2, "big")
        for number in range(int(count)):
            sender.send(head + number.to_bytes(4, "big") + bytes(int(size) - len(head) - 4))


if __name__ == "__main__":
    main(*sys.argv[1:])
