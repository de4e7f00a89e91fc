# SPDX-License-Identifier: GPL-2.0
"""Where everything lives, and the checks that it is there."""

import os
import shutil

from .errors import BenchError

SIM = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REPO = os.path.dirname(os.path.dirname(os.path.dirname(SIM)))
BUILD = os.path.abspath(os.environ.get("BUILD") or os.path.join(REPO, "build"))
RUN = os.path.join(BUILD, "run")
LOG = os.path.join(BUILD, "log")
TESTS = os.path.join(SIM, "tests")
SCRIPT_TESTS = os.path.join(REPO, "scripts", "tests")
MAINTAINER_TESTS = os.path.join(SCRIPT_TESTS, "maintainer")
RESULTS = os.path.join(SIM, "results")
UNIT_TESTS = os.path.join(BUILD, "dwc-sim", "tests")
MODEL = os.path.join(BUILD, "dwc-sim", "dwc-sim")
GUEST_INIT = os.path.join(BUILD, "dwc-sim", "guest-init")
DTS = os.path.join(SIM, "guest", "ep.dts.in")
DTS_FRAME = os.path.join(SIM, "guest", "ep-frame.dts.in")
DTS_GLUE = os.path.join(SIM, "guest", "ep-glue.dts.in")
RESULT = os.path.join(BUILD, "demo", "result.json")
SETUP_TOOL = os.path.join(REPO, "tools", "pci", "ntb-edma-setup", "ntb-edma-setup")

VARIANTS = ("base", "series", "debug", "bisect", "gcov")
_instead = {}                           # variant: the one that is used in its place
BOARDS = os.path.join(SIM, "boards")
SCENARIOS = os.path.join(SIM, "scenarios")


def use(variant, other):
    """From now on boot another kernel in the place of a variant."""
    _instead[variant] = other


def is_used(other, variant):
    """Is it what boots as that variant?"""
    return _instead.get(variant, variant) == other


def kernel(variant):
    """The kernel binary of a variant, or one line that says how to get it."""
    if variant not in VARIANTS:
        raise BenchError(f"no kernel variant is called '{variant}': use one of {', '.join(VARIANTS)}")
    variant = _instead.get(variant, variant)
    path = os.path.join(BUILD, "kernel", variant, "linux")
    if not os.access(path, os.X_OK):
        option = "" if variant == "series" else f" VARIANT={variant}"
        raise BenchError(f"{rel(path)} is missing: run 'make kernel{option}'")
    return path


def modules(variant):
    return os.path.join(BUILD, "kernel", _instead.get(variant, variant), "mods")


def profile(name):
    path = os.path.join(SIM, "profiles", name)
    if not os.path.isfile(path):
        raise BenchError(f"no profile is called '{name}': use one of {', '.join(profiles())}")
    return path


def profiles():
    return sorted(os.listdir(os.path.join(SIM, "profiles")))


def settings(name):
    """Values for the endpoint's configfs: guest/NAME.conf."""
    path = os.path.join(SIM, "guest", f"{name}.conf")
    if not os.path.isfile(path):
        raise BenchError(f"no endpoint settings are called '{name}': {rel(path)} is missing")
    return path


def read_settings(path):
    """A file of 'key = value' lines with '#' comments, as a dict in file order."""
    values = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.split("#", 1)[0].strip()
            if not line:
                continue
            key, equals, value = (part.strip() for part in line.partition("="))
            if not equals or not key or not value:
                raise BenchError(f"{rel(path)}:{number}: not a 'key = value' line: {line}")
            if key in values:
                raise BenchError(f"{rel(path)}:{number}: {key} is given twice")
            values[key] = value
    return values


def rel(path):
    """A path as a reader wants to see it: from the repository's root."""
    return os.path.relpath(path, REPO) if path.startswith(REPO + os.sep) else path


def require_root():
    if os.geteuid() != 0:
        raise BenchError("the bench needs root (mount namespaces): run it as root")


def require_tool(name, package):
    if not shutil.which(name):
        raise BenchError(f"{name} is missing: run 'make deps' (Debian package {package})")


def require_model():
    if not os.access(MODEL, os.X_OK):
        raise BenchError(f"{rel(MODEL)} is missing: run 'make kernel'")


def require_guest_init():
    if not os.access(GUEST_INIT, os.X_OK):
        raise BenchError(f"{rel(GUEST_INIT)} is missing: run 'make kernel'")
