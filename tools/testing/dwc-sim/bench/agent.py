# SPDX-License-Identifier: GPL-2.0
"""The bench's end of the line to a guest's PID 1 (guest/init.c has the protocol)."""

import os
import re
import signal
import socket
import struct
import time

from .errors import CommandFailed, Failure, GuestDied, WaitTimeout
from .loop import PATIENCE

HEADER = struct.Struct("<IIc")
MAX_PAYLOAD = 65536
RUN_STDIN = 1
WINDOW = 3072           # bytes to the guest that PID 1 has not acknowledged
SHOWN = 2000            # bytes of output in an error message


def short(command):
    """A command as one line of an error message."""
    first, newline, _rest = command.partition("\n")
    return first + " ..." if newline else first


class Result:
    """What a command left: .out .err .code (negative: signal) .seconds"""

    def __init__(self, side, command, out, err, code, seconds):
        self.side = side
        self.command = command
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")
        self.raw = out
        self.code = code
        self.seconds = seconds

    @property
    def ok(self):
        return self.code == 0

    def describe(self):
        how = f"signal {-self.code}" if self.code < 0 else f"status {self.code}"
        output = (self.out + self.err).strip()
        if len(output) > SHOWN:
            output = "... " + output[-SHOWN:]
        return f"{self.side}: '{short(self.command)}' ended with {how}" + (f": {output}" if output else "")


class Job:
    """A command that runs in a guest; more than one may run at a time."""

    def __init__(self, agent, number, command):
        self.command = command
        self.out = bytearray()
        self.err = bytearray()
        self.code = None            # set when it has ended
        self.seconds = 0.0
        self.waited = False
        self.on_output = None       # called with new bytes of stdout
        self._agent = agent
        self.number = number
        self._start = time.monotonic()

    def running(self):
        self._agent.loop.poll()
        return self.code is None

    def wait(self, timeout=60.0):
        """Wait for its end: a Result.  Kills it and raises after timeout seconds."""
        self.waited = True
        try:
            self._agent.loop.run(lambda: self.code is not None or self._agent.closed, timeout,
                                 f"the end of '{short(self.command)}'")
        except WaitTimeout:
            self._agent.abandon(self, timeout)
        if self.code is None:
            raise GuestDied(f"{self._agent.death()} (it ran '{short(self.command)}')")
        return self.result()

    def check(self, timeout=60.0):
        """wait() for a command that has to succeed."""
        result = self.wait(timeout)
        if not result.ok:
            raise CommandFailed(result)
        return result

    def result(self):
        return Result(self._agent.side, self.command, bytes(self.out), bytes(self.err),
                      self.code, self.seconds)

    def expect(self, pattern, timeout=PATIENCE):
        """Wait until its stdout or stderr matches a regular expression; the match."""
        regex = re.compile(pattern.encode())

        def look():
            match = regex.search(self.out) or regex.search(self.err)
            if not match and self.code is not None:
                raise Failure(f"no output matched '{pattern}': {self.result().describe()}")
            return match

        return self._agent.loop.run(look, timeout,
                                    f"'{pattern}' in the output of '{self.command}'")

    def kill(self, sig=signal.SIGKILL, timeout=10.0):
        """Signal its process group and wait for its end."""
        self._agent.send(self.number, b"K", bytes([sig]))
        return self.wait(timeout)

    def send(self, data):
        """Bytes for its stdin (spawn(..., stdin=True), or a pty)."""
        for at in range(0, len(data), MAX_PAYLOAD):
            self._agent.send(self.number, b"I", data[at:at + MAX_PAYLOAD])

    def close_stdin(self):
        self._agent.send(self.number, b"I", b"")

    def resize(self, rows, columns):
        self._agent.send(self.number, b"W", struct.pack("<HH", rows, columns))

    def finish(self, status):
        self.code = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - self._start
        self._agent.journal(f"{self.side_label()} ended with {self.code} after "
                            f"{self.seconds:.3f} s", self.out, self.err)

    def side_label(self):
        return f"{self._agent.side}#{self.number}"


class Agent:
    """Frames to and from PID 1.  log(text, out, err) writes commands.log; death()
    is asked why the line broke."""

    def __init__(self, loop, side, log, death):
        self.loop = loop
        self.side = side
        self.release = None         # kernel release, set once PID 1 serves
        self.closed = False
        self.jobs = {}
        self.journal = log
        self.death = death
        self._next = 1
        self._pongs = set()
        self._input = bytearray()
        self._output = bytearray()
        self._room = WINDOW
        self._socket, self.guest_end = socket.socketpair()
        self._socket.setblocking(False)
        loop.add(self._socket.fileno(), self._on_event)

    def started(self):
        """The guest has its end: drop our copy."""
        self.guest_end.close()

    def spawn(self, command, stdin=False, pty=None):
        """Start a command; pty is (rows, columns)."""
        number = self._next
        self._next += 1
        job = Job(self, number, command)
        self.jobs[number] = job
        self.journal(f"{job.side_label()} $ {command}", b"", b"")
        if pty:
            self.send(number, b"T", struct.pack("<HH", *pty) + command.encode())
        else:
            self.send(number, b"R", bytes([RUN_STDIN if stdin else 0]) + command.encode())
        return job

    def ping(self, timeout=10.0):
        """PID 1 answers: the guest's kernel schedules and its serial line works."""
        number = self._next
        self._next += 1
        start = time.monotonic()
        self.send(number, b"P", b"")
        self.loop.run(lambda: number in self._pongs, timeout, f"an answer of {self.side}'s PID 1")
        self._pongs.remove(number)
        return time.monotonic() - start

    def abandon(self, job, timeout):
        """A command ran out of time: end it, then say so."""
        try:
            self.send(job.number, b"K", bytes([signal.SIGKILL]))
            self.loop.run(lambda: job.code is not None, 10, "the killed command's end")
        except WaitTimeout:
            raise WaitTimeout(f"{self.side}: '{short(job.command)}' ran into its timeout of {timeout:g} s "
                              f"and cannot be killed: the guest hangs") from None
        output = (job.result().out + job.result().err).strip()[-SHOWN:]
        raise WaitTimeout(f"{self.side}: '{short(job.command)}' ran into its timeout of {timeout:g} s"
                          + (f"; its output: {output}" if output else "; it printed nothing"))

    def send(self, number, kind, payload):
        self._output += HEADER.pack(len(payload), number, kind) + payload
        self._flush()

    def _flush(self):
        if self.closed:
            return
        try:
            while self._output and self._room:
                sent = self._socket.send(self._output[:self._room])
                self._room -= sent
                del self._output[:sent]
        except BlockingIOError:
            pass                    # the loop goes on when there is room
        except (BrokenPipeError, ConnectionResetError):
            self._output.clear()    # the guest is gone; its console tells why
        self.loop.want_write(self._socket.fileno(), bool(self._output and self._room))

    def _on_event(self, readable, writable):
        if writable:
            self._flush()
        if not readable:
            return
        try:
            data = self._socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        if not data:
            self.close()
            return
        self._input += data
        while len(self._input) >= HEADER.size:
            length, number, kind = HEADER.unpack_from(self._input)
            if len(self._input) < HEADER.size + length:
                break
            payload = bytes(self._input[HEADER.size:HEADER.size + length])
            del self._input[:HEADER.size + length]
            self._frame(number, kind, payload)

    def _frame(self, number, kind, payload):
        if kind == b"H":
            self.release = payload.decode()
            return
        if kind == b"A":
            self._room += struct.unpack("<I", payload)[0]
            self._flush()
            return
        if kind == b"P":
            self._pongs.add(number)
            return
        job = self.jobs[number]
        if kind == b"O":
            job.out += payload
            if job.on_output:
                job.on_output(payload)
        elif kind == b"E":
            job.err += payload
        elif kind == b"X":
            job.finish(struct.unpack("<I", payload)[0])
            del self.jobs[number]
        else:
            raise Failure(f"{self.side}: frame of unknown kind {kind!r} from PID 1")

    def close(self):
        """PID 1 sees the end of its line and powers the guest off."""
        if not self.closed:
            self.closed = True
            self.loop.remove(self._socket.fileno())
            self._socket.close()
        self.guest_end.close()
