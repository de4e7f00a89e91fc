# SPDX-License-Identifier: GPL-2.0
"""What applications do that a bulk transfer does not: short connections, small writes, pages that are not copied.

As a program it is one end, in a guest; both print "ready":
    lib_short.py serve                          answers each connection with REPLY bytes, until stdin ends
    lib_short.py fetch ADDRESS SECONDS          a connection each INTERVAL; prints number, median and longest time to
                                                the last byte, in ms, the first one left out, and that of the first one
    lib_short.py pieces ADDRESS HOW SEED        writes of 1 .. 5000 bytes to lib_short.py collect ADDRESS SEED that go
                                                by HOW: splice or zerocopy
    lib_short.py datagrams ADDRESS SEED SIZE..  one of each size to lib_short.py gather SEED SIZE..
"""

import fcntl
import os
import random
import select
import socket
import statistics
import sys
import threading
import time

PORT = 6001
REPLY = 10240
INTERVAL = 0.01
WRITES = 2000
PIPE_PACKET = os.O_DIRECT               # each write to the pipe is a page of its own
IN_PIPE = 40
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
SO_RCVBUFFORCE = 33


def serve():
    listener = socket.create_server(("", PORT), backlog=1024)
    print("ready", flush=True)
    while True:
        for source in select.select([listener, sys.stdin], [], [])[0]:
            if source is sys.stdin:
                return
            connection, _address = listener.accept()
            with connection:
                connection.sendall(bytes(REPLY))


def fetch(address, seconds):
    times, failed = [], []

    def one():
        start = time.monotonic()
        try:
            with socket.create_connection((address, PORT)) as connection:
                size = len(connection.recv(REPLY, socket.MSG_WAITALL))
                times.append(1000 * (time.monotonic() - start))
                if size != REPLY or connection.recv(1):
                    failed.append(f"{size} bytes")
        except OSError as error:
            failed.append(str(error))

    threads = []
    print("ready", flush=True)
    for number in range(int(float(seconds) / INTERVAL)):
        threads.append(threading.Thread(target=one))
        threads[-1].start()
        select.select([], [], [], INTERVAL)
    for thread in threads:
        thread.join()
    if failed:
        sys.exit(f"{len(failed)} of {len(threads)} connections failed: {failed[0]}")
    print(f"{len(times)} {statistics.median(times[1:]):.3f} {max(times[1:]):.3f} {times[0]:.3f}")


def chunks(seed):
    source = random.Random(seed)
    for _ in range(WRITES):
        yield source.randbytes(source.choice((source.randrange(1, 64), source.randrange(1, 5000))))


def spliced(connection, seed):
    there, here = os.pipe2(PIPE_PACKET)
    fcntl.fcntl(here, fcntl.F_SETPIPE_SZ, IN_PIPE * 4096)
    waiting = []
    for data in (*chunks(seed), None):
        if data is None or len(waiting) == IN_PIPE // 2:
            left = sum(waiting)
            while left:
                left -= os.splice(there, connection.fileno(), left)
            waiting = []
        if data:
            waiting += [os.write(here, data)]


def zerocopy(connection, seed):
    connection.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    kept = [memoryview(data) for data in chunks(seed)]      # as the kernel reads it until it is acknowledged
    for data in kept:
        while data:
            data = data[connection.send(data, MSG_ZEROCOPY):]
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)


def pieces(address, how, seed):
    print("ready", flush=True)
    with socket.create_connection((address, PORT)) as connection:
        {"splice": spliced, "zerocopy": zerocopy}[how](connection, seed)


def collect(seed):
    with socket.create_server(("", PORT)) as listener:
        print("ready", flush=True)
        connection, _address = listener.accept()
    with connection:
        for number, data in enumerate(chunks(seed)):
            if connection.recv(len(data), socket.MSG_WAITALL) != data:
                sys.exit(f"write {number} of {len(data)} bytes came otherwise")
        if connection.recv(1):
            sys.exit("more came than was sent")


def datagrams(address, seed, *sizes):
    source = random.Random(seed)
    print("ready", flush=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for size in sizes:
            sender.sendto(source.randbytes(int(size)), (address, PORT))


def gather(seed, *sizes):
    source = random.Random(seed)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        receiver.bind(("", PORT))
        print("ready", flush=True)
        for size in sizes:
            if receiver.recv(1 << 17) != source.randbytes(int(size)):
                sys.exit(f"the datagram of {size} bytes came otherwise")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
