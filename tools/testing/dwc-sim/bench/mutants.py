# SPDX-License-Identifier: GPL-2.0
"""The file mutants: mistakes to make in build/linux on purpose, one at a time, and the test
that has to notice each. A block is

    R01                     row of Documentation/coverage.md, R01-NAME for one more, or INV4-NAME;
                            MODEL-NAME in model/mutants, see model_mutants.py
    test: NAME              what to run, as bench.py run takes it
    file: PATH              in the kernel's tree
    kernel: debug           what to build; without it, series
    says: REGEX             how the test has to fail; without it, any failure will do
    -OLD TEXT               must be in the file, once; one or more lines
    +NEW TEXT               instead of it; no such line: nothing

and ends with an empty line. A line that starts with '#' is a comment.

    python3 -m bench.mutants list [GLOB...]     label, test, file, kernel and says, with tabs
    python3 -m bench.mutants apply LABEL TREE   change the file there
"""

import collections
import dataclasses
import fnmatch
import os
import re
import sys

from . import paths
from .errors import BenchError

FILE = os.path.join(paths.SIM, "mutants")
LINUX = os.path.join(paths.BUILD, "linux")
LABEL = re.compile(r"((R\d\d|D\d\d|F\d\d|A\d\d|N\d\d|H\d\d|M1)(-[a-z0-9-]+)?|(INV4|MODEL)-[a-z0-9-]+)")
KEYS = ("test", "file", "kernel", "says")


@dataclasses.dataclass(frozen=True)
class Mutant:
    label: str
    test: str
    file: str
    kernel: str
    says: str
    old: str
    new: str

    def mutated(self, tree):
        """The text of the file with the mistake in it."""
        path = os.path.join(tree, self.file)
        if not os.path.isfile(path):
            raise BenchError(f"{self.label}: there is no file {self.file}")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        found = text.count(self.old)
        if found != 1:
            raise BenchError(f"{self.label}: the old text is {found} times in {self.file}, must be once")
        return text.replace(self.old, self.new)

    def apply(self, tree):
        text = self.mutated(tree)
        with open(os.path.join(tree, self.file), "w", encoding="utf-8") as file:
            file.write(text)


def _block(lines):
    """One mutant of its lines."""
    label = lines[0]
    words = {"kernel": "series", "says": ""}
    text = {"-": [], "+": []}
    for line in lines[1:]:
        key, colon, value = line.partition(": ")
        if line[0] in text:
            text[line[0]].append(line[1:])
        elif colon and key in KEYS and not text["-"]:
            words[key] = value
        else:
            raise BenchError(f"mutants: {label}: not understood: {line}")
    if not LABEL.fullmatch(label) or not {"test", "file"} <= set(words) or not text["-"]:
        raise BenchError(f"mutants: {label}: needs a label, test, file and old text")
    mutant = Mutant(label, old="\n".join(text["-"]), new="\n".join(text["+"]), **words)
    if mutant.old == mutant.new:
        raise BenchError(f"mutants: {label}: old and new text are the same")
    return mutant


def parse(text):
    """All mutants of a text, in its order."""
    blocks = [[]]
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line.strip():
            blocks[-1].append(line)
        else:
            blocks.append([])
    found = [_block(lines) for lines in blocks if lines]
    for label, number in collections.Counter(mutant.label for mutant in found).items():
        if number > 1:
            raise BenchError(f"mutants: {label} is there {number} times")
    return found


def load():
    with open(FILE, encoding="utf-8") as file:
        return parse(file.read())


def main(command, *words):
    try:
        if command == "list":
            for mutant in load():
                if not words or any(fnmatch.fnmatchcase(mutant.label, glob) for glob in words):
                    print(mutant.label, mutant.test, mutant.file, mutant.kernel, mutant.says, sep="\t")
        else:
            label, tree = words
            next(mutant for mutant in load() if mutant.label == label).apply(tree)
    except BenchError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
