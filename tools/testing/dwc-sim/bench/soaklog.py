# SPDX-License-Identifier: GPL-2.0
"""The table of `make soak`, results/soak.log: for each test of full size how it ended
the last time, after how many seconds, and on which commit of this repository.  A soak
takes hours: each verdict is written as it comes, and --resume runs those that are missing.
Several may run at a time."""

import fcntl
import os
import subprocess

from . import paths

FILE = os.path.join(paths.RESULTS, "soak.log")
HEAD = """\
# make soak: every test at its full size, as it ended the last time; after how many seconds (two
# pairs ran at a time), and on which commit of this repository ('+': with uncommitted changes)
"""


def commit():
    """What the repository is."""
    def git(*words):
        return subprocess.run(("git", "-C", paths.REPO, *words), check=True, capture_output=True,
                              text=True).stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", f":!{paths.rel(FILE)}")
    return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")


class SoakLog:
    """The table, and the names that it may have, in order."""

    def __init__(self, names, at, path=FILE):
        self.path = path
        self.at = at
        self.rows = dict.fromkeys(names)
        self._read()

    def _read(self):
        if not os.path.exists(self.path):
            return
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                verdict, rest = line[:6].strip(), line[6:].rstrip("\n")
                name = rest.split(maxsplit=2)[-1]
                if verdict in ("ok", "not ok") and name in self.rows:
                    self.rows[name] = line.rstrip("\n")

    def passed(self, name):
        return (self.rows.get(name) or "").startswith("ok ")

    def add(self, name, passed, seconds):
        """A verdict: the table on the disk has it at once.  Other names are not its business."""
        if name not in self.rows:
            return
        folder = os.open(os.path.dirname(self.path), os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            self._read()
            self.rows[name] = f"{'ok' if passed else 'not ok':6} {seconds:8.1f} {self.at:13} {name}"
            with open(self.path + ".part", "w", encoding="utf-8") as file:
                file.write(HEAD + "".join(f"{row}\n" for row in self.rows.values() if row))
            os.replace(self.path + ".part", self.path)
        finally:
            os.close(folder)
