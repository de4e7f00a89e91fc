# SPDX-License-Identifier: GPL-2.0
"""Random bytes through sockets, each one looked at by the receiver.

As a program it is one end, in a guest:
    lib_payload.py receive|send tcp|udp|flows|endless STREAMS SEED SIZE DATAGRAM ADDRESS
ADDRESS is the receiver's, of IPv4, or of IPv6 for connections.
tcp, udp: a stream is a connection, or a port, with SIZE random bytes of its own.
tcp: a write is of DATAGRAM bytes, or as large as there is use for if that is 0.
The receiver makes the same bytes again and says where the first wrong one is; a
datagram carries its number and a CRC, and is of random size up to DATAGRAM. The receiver
tells the sender how far it is, so that no socket has to drop any.
flows: SIZE datagrams a stream, each from a socket of its own, in any order.
endless: as tcp, but until the sender's stdin ends; it prints how much there was."""

import os
import random
import select
import socket
import struct
import sys
import threading
import zlib

PORT = 5001
CHUNK = 65536
HEADER = struct.Struct("!II")       # number, CRC of what follows
END = 0xffffffff                    # number of the last datagram
WINDOW = 16                         # datagrams on their way: what a receiving socket has room for
BUFFER = 64 << 20                   # of a receiving socket: all datagrams of a test fit
SO_RCVBUFFORCE = 33


class Problem(Exception):
    """What the receiver found wrong."""


class Stream:
    """One stream of a run, at either end."""

    def __init__(self, number, seed, size, datagram):
        self.port = PORT + number
        self.source = random.Random(f"{seed}/{number}")     # the same at both ends
        self.size = size
        self.datagram = datagram

    def pack(self, number):
        payload = self.source.randbytes(self.source.randrange(self.datagram - HEADER.size + 1))
        return HEADER.pack(number, zlib.crc32(payload)) + payload

    @staticmethod
    def unpack(data):
        number, crc = HEADER.unpack_from(data)
        if zlib.crc32(data[HEADER.size:]) != crc:
            raise Problem(f"datagram {number} has a wrong checksum")
        return number


class Tcp(Stream):
    def send(self, address):
        with socket.create_connection((address, self.port)) as connection:
            for at in range(0, self.size, CHUNK):
                data = self.source.randbytes(CHUNK)[:self.size - at]
                for start in range(0, len(data), self.datagram or CHUNK):
                    connection.sendall(data[start:start + (self.datagram or CHUNK)])

    def listen(self, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, self.port), family=family)

    def receive(self):
        connection, _address = self.listener.accept()
        total = 0
        with connection:
            while True:
                data = connection.recv(CHUNK, socket.MSG_WAITALL)
                wanted = self.source.randbytes(CHUNK)[:len(data)]
                if data != wanted:
                    at = next(i for i in range(len(data)) if data[i] != wanted[i])
                    raise Problem(f"byte {total + at} is {data[at]:#x}, not {wanted[at]:#x}")
                total += len(data)
                if len(data) < CHUNK:
                    return f"{total} bytes"


class Endless(Tcp):
    def send(self, address):
        total = 0
        with socket.create_connection((address, self.port)) as connection:
            while not select.select([sys.stdin], [], [], 0)[0]:
                connection.sendall(self.source.randbytes(CHUNK))
                total += CHUNK
        return f"{total} bytes"


class Udp(Stream):
    def send(self, address):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect((address, self.port))
            seen = 0
            for number in range(self.size // self.datagram):
                while number >= seen + WINDOW:
                    seen, _zero = HEADER.unpack(sender.recv(HEADER.size))
                sender.send(self.pack(number))
            sender.send(HEADER.pack(END, 0))

    def listen(self, address):
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self.receiver.bind((address, self.port))

    def dropped(self):
        """Datagrams that the receiving socket had no room for."""
        inode = str(os.fstat(self.receiver.fileno()).st_ino)
        with open("/proc/net/udp", encoding="ascii") as file:
            return next(words[-1] for words in map(str.split, file) if words[9] == inode)

    def receive(self):
        """In order, none missing, none twice, none changed."""
        number = 0
        while True:
            data, sender = self.receiver.recvfrom(CHUNK)
            found = self.unpack(data)
            if found == END:
                return f"{number} datagrams"
            if found != number:
                raise Problem(f"datagram {found} came, not {number}; the socket dropped {self.dropped()}")
            number += 1
            if number % (WINDOW // 2) == 0:
                self.receiver.sendto(HEADER.pack(number, 0), sender)


class Flows(Udp):
    def send(self, address):
        senders = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(self.size)]
        for number, sender in enumerate(senders):
            sender.sendto(self.pack(number), (address, self.port))

    def receive(self):
        """None missing, none twice, none changed."""
        missing = set(range(self.size))
        while missing:
            number = self.unpack(self.receiver.recv(CHUNK))
            if number not in missing:
                raise Problem(f"datagram {number} came twice")
            missing.remove(number)
        return f"{self.size} datagrams"


KINDS = {"tcp": Tcp, "udp": Udp, "flows": Flows, "endless": Endless}


def at_once(actions):
    """Run each in a thread: what they returned; ends the program when one raised."""
    results = [None] * len(actions)

    def run(number):
        try:
            results[number] = actions[number]()
        except (OSError, Problem) as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, result in enumerate(results):
        if isinstance(result, Exception):
            sys.exit(f"stream {number}: {result}")
    return results


def main(role, kind, streams, seed, size, datagram, address):
    ends = [KINDS[kind](number, seed, int(size), int(datagram)) for number in range(int(streams))]
    if role == "send":
        results = at_once([lambda end=end: end.send(address) for end in ends])
    else:
        for end in ends:
            end.listen(address)
        print("listening", flush=True)
        results = at_once([end.receive for end in ends])
    for result in filter(None, results):
        print(result)


if __name__ == "__main__":
    main(*sys.argv[1:])
