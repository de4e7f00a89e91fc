# SPDX-License-Identifier: GPL-2.0
"""The layers of the model: the list in model/sim.h, and what the sources include and call."""

import os
import re

from bench import paths
from bench.testing import equal, require, test

MODEL = os.path.join(paths.SIM, "model")
# state and words that every layer shares, and the process around all of them
SHARED, ABOVE = {"types", "sim"}, {"main", "args"}
CALL = r"(?m)^(?!static|typedef|#)[\w \*]+?\b(\w+)\((?!\*)"


def read(name):
    with open(os.path.join(MODEL, name), encoding="utf-8") as file:
        return file.read()


def layers():
    """The list in sim.h, lowest first."""
    return re.findall(r"(?m)^ \*   (\w+) {2,}\S", read("sim.h"))


def sources():
    """{source file without suffix: its layer}: files of one layer share its name."""
    names = {name.partition(".")[0] for name in os.listdir(MODEL) if re.fullmatch(r".*\.[ch]", name)}
    return {name: name.partition("-")[0] for name in sorted(names - ABOVE)}


def text(name):
    """All that a pair of files says, without comments."""
    there = [suffix for suffix in (".h", ".c") if os.path.exists(os.path.join(MODEL, name + suffix))]
    return re.sub(r"(?s)/\*.*?\*/|//[^\n]*", "", "".join(read(name + suffix) for suffix in there))


@test(bench=False)
def listed(_alone):
    """Each source file belongs to a layer of the list, and each of these has one."""
    equal(sorted(set(sources().values()) - SHARED), sorted(set(layers()) - SHARED), "layers")
    equal(len(set(layers())), len(layers()), "layers of the list")


@test(bench=False)
def includes(_alone):
    """No layer includes the header of one above it."""
    order = layers()
    wrong = []
    for name, layer in sources().items():
        if name in SHARED:
            continue
        for header in re.findall(r'(?m)^#include "([\w-]+)\.h"', text(name)):
            other = header.partition("-")[0]
            if other not in SHARED and order.index(other) > order.index(layer):
                wrong.append(f"{name} includes {header}.h")
    equal(wrong, [], "includes of a layer above")


@test(bench=False)
def calls(_alone):
    """What a layer calls it includes, so it is of a layer below; sim.h brings the others' state only."""
    of = {function: name for name in sources() if os.path.exists(os.path.join(MODEL, f"{name}.h"))
          for function in re.findall(CALL, re.sub(r"(?s)/\*.*?\*/", "", read(f"{name}.h")))}
    require("cfg_bme" in of and "irq_line" in of, f"functions are not found: {sorted(of)}")
    wrong = []
    for name, layer in sources().items():
        body = text(name)
        included = set(re.findall(r'(?m)^#include "([\w-]+)\.h"', body))
        for function in sorted(set(re.findall(r"\b\w+\b", body)) & set(of)):
            owner = of[function]
            if owner not in SHARED | included | {name} and owner.partition("-")[0] != layer:
                wrong.append(f"{name} uses {function}() without {owner}.h")
    equal(wrong, [], "uses without an include")
