# SPDX-License-Identifier: GPL-2.0
"""Documentation/coverage.md: what each row of it names has to exist, and to have passed."""

import collections
import email
import fnmatch
import functools
import os
import re
import subprocess

from . import mutants, paths
from .errors import BenchError

FILE = os.path.join(paths.REPO, "Documentation", "coverage.md")
PATCHES = os.path.join(paths.REPO, "patches")
ROWS = (*(f"R{number:02}" for number in range(1, 36)), *(f"D{number:02}" for number in range(1, 11)), "M1",
        *(f"F{number:02}" for number in range(1, 21)), "A01", "A02", "N01",
        *(f"H{number:02}" for number in range(1, 6)))
COLUMNS = ("row", "what", "where", "tests", "mutation")
BREAK = "<br>"
IN_BASE = re.compile(r"base: `([\w./-]+)`: `(\w+)\(\)`")
OURS = re.compile(r"([a-z0-9-]+): (.*)")

Row = collections.namedtuple("Row", COLUMNS)


def parse(text):
    """The rows of the table, each with a tuple of tests and one of where it is done."""
    found = []
    for line in text.splitlines():
        if not re.match(r"\| *[A-Z]\d+ *\|", line):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != len(COLUMNS):
            raise BenchError(f"coverage.md: {cells[0]} has {len(cells)} cells, not {len(COLUMNS)}")
        row = Row(*cells)
        found.append(row._replace(where=tuple(row.where.split(BREAK)),
                                  tests=tuple(test.strip("`") for test in row.tests.split(BREAK))))
    return found


def load():
    with open(FILE, encoding="utf-8") as file:
        return parse(file.read())


def subjects():
    """{topic: subjects of its patches}"""
    found = {}
    for topic in sorted(os.listdir(PATCHES)):
        folder = os.path.join(PATCHES, topic)
        if not os.path.isdir(folder):
            continue
        found[topic] = set()
        for name in fnmatch.filter(os.listdir(folder), "[0-9]*.patch"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                subject = " ".join(email.message_from_file(file)["Subject"].split())
            found[topic].add(re.sub(r"^\[PATCH[^]]*\] ", "", subject))
    return found


def _rows(rows):
    """Each row is there, once."""
    numbers = collections.Counter(row.row for row in rows)
    for name in ROWS:
        if numbers[name] != 1:
            yield f"{name} is there {numbers[name]} times"
    for name in numbers:
        if name not in ROWS:
            yield f"{name} is no row"
    for row in rows:
        if not all((row.what, *row.where, *row.tests, row.mutation)):
            yield f"{row.row} has an empty cell"


def _in_base(path, function):
    """Does that file of the base, as build/linux has it under the tag base, have such a function?"""
    return bool(re.search(rf"(?m)^\S.*\b{function}\(", _base_file(path)))


@functools.cache
def _base_file(path):
    return subprocess.run(["git", "-C", mutants.LINUX, "show", f"base:{path}"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False).stdout.decode()


def _where(rows, patches):
    """The function of the base exists, or the patch."""
    for row in rows:
        for item in row.where:
            base, ours = IN_BASE.fullmatch(item), OURS.fullmatch(item)
            if base and not _in_base(*base.groups()):
                yield f"{row.row}: the base has no {item.removeprefix('base: ')}"
            elif not base and (not ours or ours.group(2) not in patches.get(ours.group(1), ())):
                yield f"{row.row}: there is no patch '{item}'"


def _tests(rows, found):
    """Each named test exists, and one of those that it names is not declared to fail."""
    for row in rows:
        for test in row.tests:
            matching = [case for case in found if case.matches([test])]
            if not matching:
                yield f"{row.row}: no test matches {test}"
            elif all(case.expect for case in matching):
                yield f"{row.row}: {test} is declared to fail"
            elif "[" in test and test not in {case.name for case in matching}:
                yield f"{row.row}: {test} is neither a name nor a glob without brackets"


def _mutants(rows, found, made, tree):
    """Each row has a mutant, which can be made; its test runs that kernel and shall pass there."""
    labels = {mutant.label.split("-")[0] for mutant in made}
    wanted = {row.row for row in rows}
    yield from (f"{name} has no mutant" for name in sorted(wanted - labels))
    for name in sorted(labels - wanted):
        if name != "INV4":
            yield f"there is a mutant of {name}, which is no row"
    for mutant in made:
        matching = [case for case in found if case.matches([mutant.test])]
        if not matching:
            yield f"mutant {mutant.label}: no test matches {mutant.test}"
        for case in matching:
            if case.plan and mutant.kernel not in (case.plan.rc, case.plan.ep):
                yield f"mutant {mutant.label}: {case.name} does not run the kernel {mutant.kernel}"
            elif case.expect:
                yield f"mutant {mutant.label}: {case.name} is declared to fail"
        try:
            mutant.mutated(tree)
        except BenchError as error:
            yield f"mutant {error}"


def problems(rows, made, found, patches=None, tree=mutants.LINUX):
    """All that is wrong with the table and the mutants, one line each."""
    patches = subjects() if patches is None else patches
    return [*_rows(rows), *_where(rows, patches), *_tests(rows, found), *_mutants(rows, found, made, tree)]


def unproved(rows, found, verdicts):
    """Tests that the table names and that have not passed, or are not there: [name, ...]"""
    named = set()
    for test in {test for row in rows for test in row.tests}:
        named |= {case.name for case in found if case.matches([test])} or {test}
    return sorted(name for name in named if not verdicts.get(name))
