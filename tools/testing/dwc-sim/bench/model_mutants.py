# SPDX-License-Identifier: GPL-2.0
"""The file model/mutants: mistakes to make in the model on purpose, one at a time, and the
unit test that has to notice each.  Nothing is changed but a copy of the sources.

    python3 -m bench.model_mutants list [GLOB...]   labels of those that match, or of all
    python3 -m bench.model_mutants run [GLOB...]    make them
"""

import concurrent.futures
import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tempfile

from . import mutants, paths
from .errors import BenchError, Failure

FILE = os.path.join(paths.SIM, "model", "mutants")
BUILT = os.path.join(paths.BUILD, "dwc-sim")
TIMEOUT = 120.0         # seconds, to build or to run


def load():
    with open(FILE, encoding="utf-8") as file:
        return mutants.parse(file.read())


def find(label):
    return next(mutant for mutant in load() if mutant.label == label)


class Workshop:
    """A copy of the model's sources and objects in `directory`, which must not exist."""

    def __init__(self, directory):
        self.sources = os.path.join(directory, "tools", "testing", "dwc-sim")
        self.out = os.path.join(directory, "out")
        self._tree = directory
        shutil.copytree(os.path.join(paths.SIM, "model"), os.path.join(self.sources, "model"))
        shutil.copy2(os.path.join(paths.SIM, "Makefile"), self.sources)
        # as new as they are: only what a mistake touches is built
        for kind in ("o", "san"):
            shutil.copytree(os.path.join(BUILT, kind), os.path.join(self.out, kind))

    def build(self, mutant, target):
        """With the mistake in it: the path of a program, 'dwc-sim' or 'tests/NAME'."""
        path = os.path.join(self._tree, mutant.file)
        program = os.path.join(self.out, target)
        with open(path, encoding="utf-8") as file:
            right = file.read()
        mutant.apply(self._tree)
        try:
            # a mistake may leave a variable without use
            made = subprocess.run(
                ["make", "-s", "-C", self.sources, f"OUT={self.out}", "WARN=", "CFLAGS=-O0 -g", program],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                timeout=TIMEOUT, check=False, env=_plain_environment())
        finally:
            with open(path, "w", encoding="utf-8") as file:
                file.write(right)
        if made.returncode:
            raise BenchError(f"{mutant.label} does not build: {made.stdout.strip()}")
        return program


def _plain_environment():
    """Without what a make that called us handed on."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}


def notice(workshop, mutant):
    """How its test notices the mistake: one line.  A Failure if it does not."""
    program = workshop.build(mutant, f"tests/{mutant.test.removeprefix('model.')}")
    try:
        run = subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        raise Failure(f"{mutant.test} does not end") from None
    failed = re.findall(r"(?m)^not ok \d+ (\S+)$", run.stdout)
    if not failed:
        raise Failure(f"{mutant.test} notices nothing: status {run.returncode}")
    if mutant.says and not any(re.search(mutant.says, name) for name in failed):
        raise Failure(f"{mutant.test} fails in another way: {' '.join(failed)}")
    return " ".join(failed)


def _prepare(directory):
    if not os.path.isdir(os.path.join(BUILT, "san")):
        raise BenchError(f"{paths.rel(BUILT)} is missing: run 'make model'")
    return Workshop(directory)


def main(command, *globs):
    chosen = [mutant for mutant in load()
              if not globs or any(fnmatch.fnmatchcase(mutant.label, glob) for glob in globs)]
    if command == "list":
        print("".join(f"{mutant.label}\n" for mutant in chosen), end="")
        return 0
    workers = os.cpu_count()
    noticed = 0
    with tempfile.TemporaryDirectory(prefix="model-mutants-", dir=paths.BUILD) as scratch, \
            concurrent.futures.ThreadPoolExecutor(workers) as pool:
        free = [_prepare(os.path.join(scratch, str(number))) for number in range(workers)]

        def one(mutant):
            workshop = free.pop()
            try:
                return True, notice(workshop, mutant)
            except (BenchError, Failure) as error:
                return False, str(error)
            finally:
                free.append(workshop)

        for mutant, (good, how) in zip(chosen, pool.map(one, chosen)):
            noticed += good
            print(f"{'ok' if good else 'not ok'} {mutant.label} {mutant.test}: {how[:200]}", flush=True)
    print(f"{noticed} mutants of the model noticed, {len(chosen) - noticed} not")
    return 0 if noticed == len(chosen) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except BenchError as problem:
        sys.exit(str(problem))
