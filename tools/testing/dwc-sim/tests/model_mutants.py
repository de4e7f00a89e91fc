# SPDX-License-Identifier: GPL-2.0
"""The file model/mutants: each mistake can be made, and some of them are: a unit test notices.
All of them are: make mutants MUTANT='MODEL-*'."""

import os

from bench import external, model_mutants
from bench.testing import Failure, equal, require, test

# one for each of the larger parts of the model
SOME = ("bar-mask", "bar-match", "ll-cb", "int-mask", "msi-requester", "dma-size")


@test(bench=False)
def table(_alone):
    """Each fits the source, and its test is there."""
    there = {case.name for case in external.discover()}
    wrong = []
    for mutant in model_mutants.load():
        require(mutant.label.startswith("MODEL-"), mutant.label)
        require(mutant.test in there, f"{mutant.label}: there is no {mutant.test}")
        try:
            mutant.mutated(model_mutants.paths.REPO)
        except model_mutants.BenchError as error:
            wrong.append(str(error))
    equal(wrong, [], "mistakes that do not fit the source")


@test(bench=False, params={"mistake": SOME})
def noticed(alone, mistake):
    """A unit test of the model notices."""
    workshop = model_mutants.Workshop(os.path.join(alone.scratch, "workshop"))
    model_mutants.notice(workshop, model_mutants.find(f"MODEL-{mistake}"))


@test(bench=False)
def no_notice(alone):
    """A test that is of another part notices nothing, which is a failure."""
    workshop = model_mutants.Workshop(os.path.join(alone.scratch, "workshop"))
    mutant = model_mutants.find("MODEL-bar-mask")
    object.__setattr__(mutant, "test", "model.test-gmem")
    try:
        model_mutants.notice(workshop, mutant)
    except Failure as failure:
        require("notices nothing" in str(failure), str(failure))
        return
    raise Failure("it was noticed")
