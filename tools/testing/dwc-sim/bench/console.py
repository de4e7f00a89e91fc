# SPDX-License-Identifier: GPL-2.0
"""A guest's console: every line with the host's time in a log file, kept for
the verdict, and watched live for the line that says that all is lost."""

import fcntl
import os
import re
import time

PIPE_SIZE = 1 << 20     # the kernel drops console output when the pipe is full

FATAL = re.compile(r"Kernel panic|Oops|kernel BUG at|BUG: unable to handle|Kernel mode fault"
                   r"|dwc-sim guest: |BUG: soft lockup|Kernel tried to access user memory")


def stamp():
    now = time.time()
    return time.strftime("%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}"


class Console:
    """The console of one boot; lines is the list to add to."""

    def __init__(self, loop, lines):
        self.lines = lines
        self.fatal = None           # the first line that matched FATAL
        self.fatal_time = None
        self.eof = False
        self._loop = loop
        self._partial = b""
        self._log = None
        self._read, self.write = os.pipe()
        fcntl.fcntl(self._read, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        os.set_blocking(self._read, False)
        loop.add(self._read, self._on_event)

    def log_to(self, path):
        """Write what comes from now on to another file."""
        if self._log:
            self._log.close()
        self._log = open(path, "a", encoding="utf-8")

    def started(self):
        """The guest has its copy of the pipe's write end: drop ours, so that we see its end."""
        os.close(self.write)
        self.write = -1

    def _on_event(self, _readable, _writable):
        data = os.read(self._read, 65536)
        if not data:
            if self._partial:
                self._line(self._partial)
            self.eof = True
            self._loop.remove(self._read)
            os.close(self._read)
            self._read = -1
            return
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._line(line)

    def _line(self, raw):
        text = raw.decode("utf-8", "replace").rstrip("\r")
        self.lines.append(text)
        if self._log:
            self._log.write(f"{stamp()} {text}\n")
            self._log.flush()
        if not self.fatal and FATAL.search(text):
            self.fatal = text
            self.fatal_time = time.monotonic()

    def tail(self, count=1):
        return [line for line in self.lines if line.strip()][-count:]

    def close(self):
        if self._read >= 0:
            self._loop.remove(self._read)
            os.close(self._read)
            self._read = -1
        if self.write >= 0:
            os.close(self.write)
            self.write = -1
        if self._log:
            self._log.close()
            self._log = None
