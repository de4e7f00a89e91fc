# SPDX-License-Identifier: GPL-2.0
"""All waiting of one bench happens in one loop.

One thread reads both consoles, both command lines and the model, whatever the
caller waits for: no output is lost or late, and a guest that dies ends the
wait at once.
"""

import selectors
import time

from . import pace
from .errors import WaitTimeout

PATIENCE = 30.0     # seconds for what has to happen, on a busy machine and the debug kernel, too
TICK = 0.5          # seconds; how often guards run while nothing happens


class Loop:
    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._guards = []

    def add(self, fd, on_event, write=False):
        """Call on_event(readable, writable) whenever fd is ready."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if write else 0)
        self._selector.register(fd, events, on_event)

    def want_write(self, fd, write):
        key = self._selector.get_key(fd)
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if write else 0)
        if key.events != events:
            self._selector.modify(fd, events, key.data)

    def remove(self, fd):
        self._selector.unregister(fd)

    def add_guard(self, guard):
        """guard() runs in every wait and raises when waiting makes no sense."""
        self._guards.append(guard)

    def remove_guard(self, guard):
        self._guards.remove(guard)

    def poll(self, timeout=0.0):
        """Handle what is there, waiting at most timeout seconds for the first event."""
        for key, mask in self._selector.select(timeout):
            # an earlier handler of this round may have removed this one
            if key.fd in self._selector.get_map():
                key.data(bool(mask & selectors.EVENT_READ), bool(mask & selectors.EVENT_WRITE))

    def run(self, until, timeout, what, every=TICK):
        """Wait until until() is true; WaitTimeout naming `what` after `timeout` seconds, more
        of them on a slow machine (see pace.py).

        `every` bounds the time between two looks at a condition that no
        event of ours announces."""
        start = time.monotonic()
        while True:
            value = until()
            if value:
                return value
            for guard in self._guards:
                guard()
            left = start + pace.scaled(timeout) - time.monotonic()
            if left <= 0:
                raise WaitTimeout(f"waited {timeout:g} s for {what}")
            self.poll(min(left, every))

    def close(self):
        self._selector.close()
