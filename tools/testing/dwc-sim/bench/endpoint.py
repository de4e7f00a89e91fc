# SPDX-License-Identifier: GPL-2.0
"""An endpoint function set up through configfs, as the user of a board does it
(Documentation/PCI/endpoint/pci-vntb-howto.rst, pci-test-howto.rst), by hand or with
tools/pci/ntb-edma-setup."""

import re
import shlex

from . import paths
from .errors import BenchError

CONFIGFS = "/sys/kernel/config/pci_ep"
# attributes of any endpoint function; all others are the driver's own
FUNCTION_KEYS = ("vendorid", "deviceid", "msi_interrupts", "msix_interrupts", "baseclass_code",
                 "subclass_code", "progif_code", "revid", "subsys_vendor_id", "subsys_id",
                 "cache_line_size", "interrupt_pin")


def settings(name, changes=None):
    """The values of guest/NAME.conf with changes; a change to None leaves a key out."""
    values = paths.read_settings(paths.settings(name))
    for key, value in (changes or {}).items():
        if value is None:
            values.pop(key, None)
        else:
            values[key] = f"{value:#x}" if isinstance(value, int) else value
    return values


def controller(ep):
    """The name of the guest's only endpoint controller."""
    names = ep.check(f"ls {CONFIGFS}/controllers").split()
    if len(names) != 1:
        raise BenchError(f"the endpoint guest has {len(names)} endpoint controllers, not 1: "
                         f"see its console log")
    return names[0]


class EndpointFunction:
    """One function on the endpoint guest.  create(), bind(), start(), and back; or set_up()."""

    def __init__(self, ep, driver="pci_epf_vntb", name="func1"):
        self.ep = ep
        self.driver = driver
        self.name = name
        self.directory = f"{CONFIGFS}/functions/{driver}/{name}"

    def set_up(self, profile, changes=None, mode="memcpy"):
        """All at once, with the tool that boards are set up with.  It refuses wrong values."""
        words = [paths.SETUP_TOOL, "ep", "--name", self.name, "--profile", profile, "--mode", mode]
        for key, value in (changes or {}).items():
            words += ["--set", f"{key}={'' if value is None else value}"]
        self.ep.check(shlex.join(words))

    def create(self, values):
        """mkdir, then each value in its order.  A value that is refused is an error."""
        # a test may have loaded a driver of that name by itself
        self.ep.check(f"test -d {CONFIGFS}/functions/{self.driver} || modprobe {self.driver}")
        self.ep.check(f"mkdir {self.directory}")
        private = self.private()
        lines = []
        for key, value in values.items():
            if not re.fullmatch(r"\w+", key):
                raise BenchError(f"'{key}' is no name of a configfs attribute")
            lines.append(f"echo {value} > {self.attribute(key, private)} || "
                         f"{{ echo '{key} = {value} is refused'; exit 1; }}")
        self.ep.check("\n".join(lines))

    def private(self):
        """The folder of the driver's own attributes."""
        return self.ep.check(f"ls -d {self.directory}/{self.driver}.*")

    def attribute(self, key, private=None):
        return f"{self.directory if key in FUNCTION_KEYS else private or self.private()}/{key}"

    def set(self, key, value):
        self.ep.write(self.attribute(key), value)

    def get(self, key):
        return self.ep.read(self.attribute(key))

    def bind(self):
        self.ep.check(f"ln -s {CONFIGFS}/controllers/{controller(self.ep)} {self.directory}/primary")

    def start(self):
        self.ep.check(f"echo 1 > {CONFIGFS}/controllers/{controller(self.ep)}/start")

    def stop(self):
        self.ep.check(f"echo 0 > {CONFIGFS}/controllers/{controller(self.ep)}/start")

    def unbind(self):
        self.ep.check(f"rm {self.directory}/primary/{controller(self.ep)}")

    def remove(self):
        self.ep.check(f"rmdir {self.directory}")


def doorbell_path(ep):
    """The path that pci-epf-vntb took for doorbells: polled, embedded or msi."""
    if not ep.run("grep -q pci_epf_vntb_db /proc/interrupts").ok:
        return "polled"
    embedded = any("Using embedded (DMA) doorbell fallback" in line
                   for line in ep.lines[ep.boot_mark:])
    return "embedded" if embedded else "msi"
