# SPDX-License-Identifier: GPL-2.0
"""All that a test module needs: from bench.testing import *"""

from . import net
from .cases import Allow, fails, test
from .endpoint import EndpointFunction, doorbell_path
from .errors import CommandFailed, Failure, GuestDied, WaitTimeout
from .loop import PATIENCE

__all__ = ["Allow", "CommandFailed", "EndpointFunction", "Failure", "GuestDied", "PATIENCE", "WaitTimeout",
           "doorbell_path", "equal", "fails", "net", "require", "test"]


def require(condition, what):
    """Fail with one line that says what is wrong."""
    if not condition:
        raise Failure(what)


def equal(found, wanted, what):
    if found != wanted:
        raise Failure(f"{what}: {found!r}, wanted {wanted!r}")
