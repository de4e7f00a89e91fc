# SPDX-License-Identifier: GPL-2.0
"""The modules of guest/modules, which are built for each kernel variant."""

import os

from bench import paths
from bench.testing import require


def insmod(guest, name, **parameters):
    """The command that loads one."""
    path = os.path.join(paths.BUILD, "dwc-sim", "modules", guest.variant, f"{name}.ko")
    require(os.path.exists(path), f"{paths.rel(path)} is missing: run 'make model' after 'make kernel'")
    words = " ".join(f"{key}={value}" for key, value in parameters.items())
    return f"insmod {path} {words}"


def insert(guest, name, **parameters):
    """Load one; its parameters are then in parameter()."""
    guest.check(insmod(guest, name, **parameters))


def parameter(name, key):
    """The path of a parameter of a loaded module."""
    return f"/sys/module/{name.replace('-', '_')}/parameters/{key}"
