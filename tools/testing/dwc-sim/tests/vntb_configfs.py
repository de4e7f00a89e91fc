# SPDX-License-Identifier: GPL-2.0
"""pci-epf-vntb's attributes in configfs: what is taken, what is refused, and how."""

from bench.testing import EndpointFunction, equal, test

WINDOWS = (1, 2, 3, 4)
RANGE = "Numerical result out of range"


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
