# SPDX-License-Identifier: GPL-2.0
"""What the documentation says of the transport by the endpoint's DMA engine is what the sources
do, as far as a program can tell: names, numbers, the order of fields."""

import glob
import os
import re

from bench import paths
from bench.testing import equal, require, test

LINUX = os.path.join(paths.BUILD, "linux")
TRANSPORT = "drivers/ntb"


def read(*path):
    with open(os.path.join(LINUX, *path), encoding="utf-8") as file:
        return file.read()


def flat(text):
    return " ".join(text.split())


def fields(source, name):
    """Names of the members of a structure that has no other in it, but for what is reserved."""
    body = re.search(rf"(?m)^struct {name} {{\n(.*?)^}};", source, re.DOTALL).group(1)
    return [each for each in re.findall(r"(\w+)(?:\[\d+\])?;", body) if each != "reserved"]


def number(source, name):
    """The value of a macro."""
    return int(re.search(rf"(?m)^#define {name}\s+(\w+)", source).group(1), 0)


@test(bench=False, covers=("R35",))
def remote_edma(_alone):
    """Parameters, structures, versions, times and the order of the writes."""
    text = read("Documentation/driver-api/ntb.rst")
    ring, internal, core = (read(TRANSPORT, f"ntb_transport_{name}") for name in
                            ("edma_ring.h", "internal.h", "core.c"))
    backend = "".join(read(TRANSPORT, f"ntb_transport_edma{name}") for name in
                      (".h", "_run.c", "_tx.c", "_rx.c", "_monitor.c", "_session.c"))
    for name in re.findall(r"module_param\((\w*remote_edma\w*),", core):
        require(f"``{name}" in text, f"the parameter {name} is not described")
    listing = re.search(r"(?m)^   struct ntb_edma_block.*?(?=^\S)", text, re.DOTALL).group(0)
    for name in ("ntb_edma_block", "ntb_edma_ctl"):
        words = re.search(rf"struct {name} +(.*)", listing).group(1).removesuffix(" of the writer")
        equal(words.split(", "), fields(ring, name), f"fields of struct {name}")
    for name in re.findall(r"\b(drivers/[\w/.]+\w)", text):
        require(os.path.exists(os.path.join(LINUX, name)), f"there is no file {name}")
    text = flat(text)
    copies, moves = (number(internal, name) for name in ("NTB_TRANSPORT_VERSION", "NTB_EDMA_VERSION"))
    require(f"VERSION ({moves:#010x} for this protocol, {copies} for copying)" in text, "the versions are others")
    require(f"changes every {number(backend, 'HEARTBEAT_MS')} ms" in text, "the heartbeat is another")
    require(number(backend, "PEER_SILENT_CHECKS") == 10 and "stand still for ten looks in a row" in text,
            "the peer is silent after another number of looks")
    require(number(backend, "PEER_STOP_TIMEOUT_MS") == 1000 and "does not answer within a second" in text,
            "a peer that does not answer is fenced after another time")
    orders = re.findall(r"(?m)^ \*   (.+->.+)$", backend)
    states = re.findall(r"(?m)^\tSESSION_(\w+),", backend)
    require(orders and states, "the backend has no order of writes, or no states")
    for line in orders:
        require(line in text, f"the order '{line}' is another")
    for state in states:
        require(f" {state} " in text, f"the state {state} is not described")


@test(bench=False, covers=("R34",))
def howto(_alone):
    """The guide for pci-epf-vntb says what mwN_offset is, and gives the values of R-Car S4 that
    ntb-edma-setup has for that board, in an order in which they are taken."""
    text = read("Documentation/PCI/endpoint/pci-vntb-howto.rst")
    require("mwN_offset" in text, "mwN_offset is not described")
    listing = text[text.index("Delegating the DMA Engine to the Host"):]
    found = {key: int(value, 0) for value, key in
             re.findall(r"(?m)^\t# echo (\w+) > (?:pci_epf_vntb\.0/)?(\w+)$", listing)}
    profile = paths.read_settings(os.path.join(paths.REPO, "tools/pci/ntb-edma-setup/profiles/rcar-s4"))
    equal(found, {key: int(value, 0) for key, value in profile.items() if not key.startswith("epc_")}, "values")
    order = list(found)
    require(order.index("num_mws") < order.index("mw1"), "a window is described before there are windows")
    for name in re.findall(r"\b(Documentation/[\w/.-]+\w)", text):
        require(os.path.exists(os.path.join(LINUX, name)), f"there is no file {name}")


def rows(text):
    """Cells of the lines of a table, in Markdown or with blanks between, that name a board."""
    found = [line.replace("|", " ").split() for line in text.splitlines()]
    return [cells for cells in found if len(cells) > 3 and cells[1] in ("memcpy", "edma") and cells[2] in ("off", "on")]


@test(bench=False)
def figures(_alone):
    """Figures that are told twice are the same: in the cover letters those of the README, whose table
    is generated, and beside the README's picture of a packet those of its counts."""
    with open(os.path.join(paths.REPO, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    known = {tuple(cells[:3]): cells[3:7] for cells in rows(readme)}
    told = 0
    for name in sorted(glob.glob(os.path.join(paths.REPO, "patches/*/cover.md"))):
        with open(name, encoding="utf-8") as file:
            found = rows(file.read())
        told += len(found)
        equal({tuple(cells[:3]): cells[3:] for cells in found},
              {tuple(cells[:3]): known.get(tuple(cells[:3])) for cells in found}, f"figures of {paths.rel(name)}")
    equal(told, len(known), "rows that a cover letter has")
    counts = re.search(r"(?m)^\| bytes written by a CPU a packet, RC to EP \|(.*)$", readme).group(1).split("|")
    picture = re.findall(r"(?m)^(?:before|after) .* ([\d,]+) bytes$", readme)
    equal(picture, [counts[2].split()[0], counts[3].split()[0]], "bytes in the picture of a packet")
