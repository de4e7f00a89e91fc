# SPDX-License-Identifier: GPL-2.0
"""The folder of one run below build/run, and the removal of what a killed run left.

A run holds a lock on a file in its folder as long as it lives; a folder whose lock
nobody holds belongs to nobody.  A folder without that file is kept."""

import fcntl
import os
import shutil
import time

from . import paths

LOCK = "lock"


class RunDirectory:
    """Context manager: .path below build/run, .logs below build/log."""

    def __init__(self, keep=False):
        self._keep = keep
        self.name = time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + f"-{os.getpid()}"
        self.path = os.path.join(paths.RUN, self.name)
        self.logs = os.path.join(paths.LOG, self.name)
        self._lock = None

    def __enter__(self):
        os.makedirs(paths.RUN, exist_ok=True)
        with open(os.path.join(paths.RUN, ".creating"), "w", encoding="ascii") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            sweep()
            os.makedirs(self.path)
            os.makedirs(self.logs)
            self._lock = open(os.path.join(self.path, LOCK), "w", encoding="ascii")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_exception):
        if self._keep:
            os.unlink(os.path.join(self.path, LOCK))    # sweep() leaves it alone
        else:
            shutil.rmtree(self.path)
        self._lock.close()


def sweep():
    """Remove the folders of runs that were killed.  (Their processes died with them.)"""
    for entry in os.listdir(paths.RUN):
        path = os.path.join(paths.RUN, entry)
        if not os.path.isdir(path) or not os.path.exists(os.path.join(path, LOCK)):
            continue
        with open(os.path.join(path, LOCK), "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(path)
