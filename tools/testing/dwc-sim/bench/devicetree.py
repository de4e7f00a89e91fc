# SPDX-License-Identifier: GPL-2.0
"""The endpoint guest's device tree: which driver there is for the controller of
a profile, and what it is told about it."""

import subprocess

from . import paths
from .errors import BenchError

# enum pci_epc_bar_type, in include/linux/pci-epc.h
CFG_SIZE = 0x1000         # of a function in DBI and DBI2, see model/dbi.h
BAR_TYPES = {"prog": 0, "fixed": 1, "resizable": 2, "off": 4}


def bars(words):
    """'prog,fixed:256,...' as cells."""
    cells = []
    for word in words.split(","):
        kind, _colon, size = word.strip().partition(":")
        if kind not in BAR_TYPES:
            raise BenchError(f"'{kind}' is no kind of BAR: use one of {', '.join(BAR_TYPES)}")
        cells.append(f"<{BAR_TYPES[kind]} {size or 0}>")
    return ", ".join(cells)


def source(profile, socket):
    """Of a profile's values."""
    def read(path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    text = read(paths.DTS)
    if profile["app"] == "1":
        flags = {"linux,msix;": profile["msix_entries"] != "0",
                 "linux,no-irq-emulation;": profile["emulation"] == "0"}
        text += read(paths.DTS_GLUE)
        functions = int(profile["functions"])
        text = text.replace("@BARS@", bars(profile["bars"]))
        text = text.replace("@FUNCTIONS@", str(functions)).replace("@CFG_SIZE@", hex(functions * CFG_SIZE))
        text = text.replace("@FLAGS@", " ".join(flag for flag, there in flags.items() if there))
    if profile["doorbell"] == "msi":
        text += read(paths.DTS_FRAME)
    return text.replace("@SOCKET@", socket)


def build(profile, socket, blob):
    """Compile it to the file `blob`."""
    paths.require_tool("dtc", "device-tree-compiler")
    values = paths.read_settings(paths.profile(profile))
    result = subprocess.run(["dtc", "-q", "-O", "dtb", "-o", blob], input=source(values, socket),
                            text=True, stderr=subprocess.PIPE, check=False)
    if result.returncode:
        raise BenchError(f"dtc refuses the device tree of profile {profile}: "
                         f"{result.stderr.strip()}")
