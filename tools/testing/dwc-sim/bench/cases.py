# SPDX-License-Identifier: GPL-2.0
"""Test declarations: the @test header, and the cases that come out of it.

A module tests/NAME.py holds functions under @test(...).  Each combination of
variant, profile and parameters is one case, called
NAME.function[variant,profile,key=value].
"""

import dataclasses
import fnmatch
import importlib.util
import itertools
import os
import re
import sys

from .dmesg import Allow
from .errors import BenchError
from .pair import LEVELS, Plan

__all__ = ["CHECKED", "Allow", "Case", "LANES", "discover", "fails", "test"]

# Where a case waits for its turn: a pair's (two run at a time); one that writes
# to the build folder, and one that needs neither (one of each, beside the pairs).
LANES = ("pair", "build", "aside")

CHECKED = "checked"         # see test()


@dataclasses.dataclass(frozen=True)
class Fails:
    """Expected outcome: fails, because of `reason`; every problem has to match one of `match`."""

    reason: str
    match: tuple


def fails(reason, *match):
    """expect={"base": fails("why base cannot do it", r"regex of the failure")}"""
    if not reason or not match:
        raise BenchError("fails() needs a reason and at least one pattern of the failure")
    return Fails(reason, match)


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    function: object            # called with the bench and the parameters
    parameters: tuple           # ((key, value), ...)
    plan: object                # a Plan; None: the function gets no bench
    variant: str
    profile: str
    timeout: float
    expect: object              # None: passes; else a Fails
    shared: object              # True, False or CHECKED
    covers: tuple
    allow: tuple
    violations: tuple           # patterns of violations; each has to occur
    unknown: tuple              # patterns of unknown register accesses that may occur
    lane: str = "pair"          # one of LANES

    def matches(self, globs):
        """No globs: every case.  A glob may leave the brackets out."""
        bare = self.name.partition("[")[0]
        return not globs or any(
            self.name == glob or fnmatch.fnmatchcase(bare, glob) or
            fnmatch.fnmatchcase(self.name, glob.replace("[", "[[]")) for glob in globs)


def test(*, variants=("base", "series"), soak=(), profiles=("generic",), params=None, expect=None,
         covers=(), timeout=60, shared="debug", allow=(), violations=(), unknown=(),
         bench=True, **plan):
    """Declare a test.  The words of Plan (up=, changes=, rc_args=, ...) are taken too.

    variants     'base', 'series', 'debug'; 'base:series' is RC base, EP series
    soak         variants that --soak has in addition
    bench        False: the test gets no pair (but .logs, .scratch, .seed, .soak)
    shared       whether it may share a boot with tests of an equal plan: True: it leaves the
                 pair as it found it; 'debug': the same on the debug kernel only; False;
                 'checked': yes, and the next one boots anew if state.py finds a difference
    params       {'queues': (1, 4)}: one case for each value, passed by name; or a
                 function that gives this for a profile
    expect       {'base': fails(...)}: keys are parts of the brackets, comma separated
    """
    unknown_words = set(plan) - {field.name for field in dataclasses.fields(Plan)}
    if unknown_words:
        raise BenchError(f"@test does not know {', '.join(sorted(unknown_words))}")
    if plan.get("up", "none") not in LEVELS:
        raise BenchError(f"no level is called '{plan['up']}': use one of {', '.join(LEVELS)}")
    if shared not in (True, False, "debug", CHECKED):
        raise BenchError(f"shared is True, False, 'debug' or '{CHECKED}'")
    if not bench:
        variants, soak, profiles, shared = ("none",), (), ("none",), False
    header = dict(bench=bench, variants=variants, soak=soak, profiles=profiles, params=params or {}, expect=expect or {},
                  covers=tuple(covers), timeout=timeout, shared=shared, allow=tuple(allow),
                  violations=tuple(violations), unknown=tuple(unknown), plan=plan)

    def declare(function):
        function.dwc_header = header
        return function

    return declare


def _expected(header, labels, name):
    """The one expectation whose key's parts are all among the labels."""
    found = [value for key, value in header["expect"].items()
             if set(key.split(",")) <= set(labels)]
    if len(found) > 1:
        raise BenchError(f"{name}: more than one expectation applies")
    return found[0] if found else None


def _plan(header, variant, profile):
    if not header["bench"]:
        return None
    words = dict(header["plan"])
    rc, _colon, ep = variant.partition(":")
    for key in ("rc_args", "ep_args"):
        words[key] = tuple(words.get(key, ()))
    words["changes"] = tuple(dict(words.get("changes", ())).items())
    words.setdefault("trace", words.get("up", "netdev") != "netdev")
    return Plan(profile=profile, rc=rc, ep=ep or rc, **words)


def _combinations(header, soak, on):
    """(variant, profile, ((key, value), ...)) of each case."""
    variants = (*header["variants"], *(header["soak"] if soak else ()))
    if on:
        variants = [on for variant in variants if variant in ("series", on)]
    for variant, profile in itertools.product(dict.fromkeys(variants), header["profiles"]):
        params = header["params"]
        if callable(params):
            params = params(profile)
        for values in itertools.product(*params.values()):
            yield variant, profile, tuple(zip(params, values))


def expand(module, function, soak=False, on=None):
    """The cases of one declared function."""
    header = function.dwc_header
    shared = header["shared"]
    for variant, profile, parameters in _combinations(header, soak, on):
        plan = _plan(header, variant, profile)
        labels = [f"{key}={value}" for key, value in parameters]
        if plan:
            labels = [variant, profile] + labels
        name = f"{module}.{function.__name__}" + (f"[{','.join(labels)}]" if labels else "")
        yield Case(name=name, function=function, parameters=parameters, plan=plan,
                   variant=variant, profile=profile, timeout=header["timeout"],
                   expect=_expected(header, labels, name),
                   shared="debug" in variant if shared == "debug" else shared,
                   covers=header["covers"], allow=header["allow"],
                   violations=header["violations"], unknown=header["unknown"])


def _load(path):
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(f"dwc_tests_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return name, module


def discover(directory, soak=False, on=None):
    """All cases of a folder's modules, in the order in which they are written; those of the series on another variant, if
    that is given, and none of base or without a kernel."""
    cases = []
    sys.dont_write_bytecode = True
    if directory not in sys.path:
        sys.path.insert(0, directory)       # tests may share helpers: lib_*.py
    for entry in sorted(os.listdir(directory)):
        if not re.fullmatch(r"(?!lib_)\w+\.py", entry):
            continue
        name, module = _load(os.path.join(directory, entry))
        for function in vars(module).values():
            if hasattr(function, "dwc_header") and function.__module__ == module.__name__:
                cases += expand(name, function, soak, on)
    names = [case.name for case in cases]
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise BenchError(f"more than one test is called {', '.join(sorted(double))}")
    return cases
