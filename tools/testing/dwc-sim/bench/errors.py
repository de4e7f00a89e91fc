# SPDX-License-Identifier: GPL-2.0
"""What can go wrong, one class for each who has to act on it."""


class BenchError(Exception):
    """The bench cannot do its work: one line that says what, and what to do."""


class Failure(AssertionError):
    """What a test looked at is not as it must be."""


class CommandFailed(Failure):
    """A command in a guest ended with another status than asked for."""

    def __init__(self, result):
        self.result = result
        super().__init__(result.describe())


class WaitTimeout(Failure):
    """A condition did not become true in time."""


class GuestDied(Failure):
    """A guest panicked, hung, or went away when nobody asked it to."""


class Stop(BaseException):
    """SIGTERM, SIGHUP or the hard timeout: unwind, clean up, end.

    Not an Exception, so that no test swallows it."""
