# SPDX-License-Identifier: GPL-2.0
"""The modules of guest/modules, which are built for each kernel variant."""

import os

from bench import paths
from bench.testing import require


def insert(guest, name, **parameters):
    """Load one; its parameters are then in parameter()."""
    path = os.path.join(paths.BUILD, "dwc-sim", "modules", guest.variant, f"{name}.ko")
    require(os.path.exists(path), f"{paths.rel(path)} is missing: run 'make model' after 'make kernel'")
    words = " ".join(f"{key}={value}" for key, value in parameters.items())
    guest.check(f"insmod {path} {words}")


def parameter(name, key):
    """The path of a parameter of a loaded module."""
    return f"/sys/module/{name.replace('-', '_')}/parameters/{key}"
