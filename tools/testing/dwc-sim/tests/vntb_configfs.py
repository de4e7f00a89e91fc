# SPDX-License-Identifier: GPL-2.0
"""pci-epf-vntb's attributes in configfs: what is taken, what is refused, and how."""

import re

from lib_recovery import level
from lib_traffic import payload_both_ways
from bench.endpoint import settings
from bench.testing import CommandFailed, EndpointFunction, Failure, equal, require, test

WINDOWS = (1, 2, 3, 4)
RANGE = "Numerical result out of range"

# Two windows in one BAR, with one wrong value: the value, and what the EP has to say when it is
# bound, or None: it is refused when it is written.
WRONG = {
    "overlap": ({"mw2_offset": 0x40000}, "MW2 .*offset 0x40000 .*overlaps"),
    "unaligned": ({"mw2_offset": 0xe0800}, "MW2 .*offset 0xe0800 .*cannot map"),
    "beyond_the_bar": ({"mw2_offset": 0x80000000}, "MW2 .*offset 0x80000000 .*beyond"),
    "beyond_32_bits": ({"mw2_offset": 1 << 32}, "MW2 .*offset 0x100000000 .*beyond"),
    "beyond_64_bits": ({"mw2_offset": 1 << 64}, None),
    "beyond_memory": ({"mw2_offset": 0x10000000}, "mwN_offset: a BAR of 0x20000000 bytes"),
    "no_size": ({"mw1": 0}, "MW1 .*no size"),
    "too_many": ({"num_mws": 5}, None),
    "doorbells_with_control": ({"db_bar": 0}, "ctrl_bar and db_bar are both BAR0"),
    "window_with_control": ({"mw2_bar": 0}, "ctrl_bar and mw2_bar are both BAR0"),
    "window_with_doorbells": ({"mw1_bar": 4}, "db_bar and mw1_bar are both BAR4"),
}


@test(up="ep", covers=("R01",))
def memory_window_bounds(b):
    """Each window keeps a size of its own; one that is not there can be neither written nor read."""
    for num_mws in range(len(WINDOWS) + 1):
        function = EndpointFunction(b.ep, "pci_epf_vntb")
        function.create({"num_mws": num_mws})
        for window in WINDOWS[:num_mws]:
            function.set(f"mw{window}", window << 20)
        for window in WINDOWS[num_mws:]:
            attribute = function.attribute(f"mw{window}")
            b.ep.fails(f"echo 4096 > {attribute}", RANGE)
            b.ep.fails(f"cat {attribute}", RANGE)
            b.ep.wait_dmesg(rf"MW{window} out of range \(num_mws={num_mws}\)")
        for window in WINDOWS[:num_mws]:
            equal(int(function.get(f"mw{window}")), window << 20, f"mw{window} of {num_mws}")
        function.remove()


@test(up="ep", covers=("R01",))
def fewer_windows_than_before(b):
    """The bound is the number of windows now, not the largest that there was."""
    function = EndpointFunction(b.ep, "pci_epf_vntb")
    function.create({"num_mws": 4, "mw4": 0x4000})
    function.set("num_mws", 2)
    b.ep.fails(f"cat {function.attribute('mw4')}", RANGE)
    b.ep.fails(f"echo 5 > {function.attribute('num_mws')}", "Invalid argument")
    equal(int(function.get("num_mws")), 2, "num_mws")
    function.remove()


def write(function, values):
    """Write values until one is refused: its name, or None."""
    for key, value in values.items():
        if not function.ep.run(f"echo {value} > {function.attribute(key)}").ok:
            return key
    return None


def binds(function):
    try:
        function.bind()
    except CommandFailed:
        return False
    return True


@test(up="ep", variants=("series",), mode="edma", params={"case": tuple(WRONG)},
      covers=("R01", "R02", "F14"))
def wrong_window(b, case):
    """A window, or doorbells, that cannot be where they are: one line says which, when it is written or bound, and
    nothing is left of the attempt. With the right value the same function binds, and works."""
    wrong, says = WRONG[case]
    b.function.create({})
    with level(b, b.ep):
        at = write(b.function, settings("vntb-edma", wrong))
        equal(at, None if says else next(iter(wrong)), "what is refused when it is written")
        if not at and binds(b.function):
            raise Failure(f"{wrong} is taken")
    equal(b.ep.run("grep pci_epf_vntb /proc/interrupts").out, "", "interrupts that are left")
    lines = [line for line in b.ep.dmesg() if re.search(r"\b(MW\d|mw[\dN]|num_mws|ctrl_bar|db_bar)", line)]

    equal(write(b.function, settings("vntb-edma")), None, "what is refused with the right values")
    b.function.bind()
    b.function.start()
    b.model.link("up")
    b.boot_rc()
    b.load_ntb()
    b.bring_netdev()
    payload_both_ways(b, "tcp", 2, 1 << 16)

    equal(len(lines), 1 if says else 0, f"lines of the EP about {wrong}: {lines}")
    require(not says or re.search(says, lines[0]), f"what the EP says of {wrong}: {lines}")
