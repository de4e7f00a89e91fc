# SPDX-License-Identifier: GPL-2.0
"""A network namespace of a guest, with the calls of a guest."""

import contextlib


class Namespace:
    """What runs in it, runs on the guest: the same files, the same processes."""

    def __init__(self, guest, pid):
        self.side = guest.side
        self.pid = pid
        self._guest = guest

    def _inside(self, command):
        return f"exec nsenter -n -t {self.pid} bash -c '{command}'"

    def check(self, command, *words):
        return self._guest.check(self._inside(command), *words)

    def spawn(self, command, **words):
        return self._guest.spawn(self._inside(command), **words)

    def read(self, path):
        return self.check(f"cat {path}")


@contextlib.contextmanager
def namespace(guest):
    """A new one, until the context is left."""
    holder = guest.spawn("exec unshare -n bash -c 'echo $$; exec sleep infinity'")
    try:
        yield Namespace(guest, holder.expect(r"(\d+)\n").group(1).decode())
    finally:
        holder.kill()
