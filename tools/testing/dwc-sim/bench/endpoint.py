# SPDX-License-Identifier: GPL-2.0
"""An endpoint function set up through configfs, as the user of a board does it
(Documentation/PCI/endpoint/pci-vntb-howto.rst, pci-test-howto.rst)."""

import re

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
    """One function on the endpoint guest.  create(), bind(), start(), and back."""

    def __init__(self, ep, driver="pci_epf_vntb", name="func1"):
        self.ep = ep
        self.driver = driver
        self.name = name
        self.epc = None
        self.directory = f"{CONFIGFS}/functions/{driver}/{name}"
        self.private = None         # the driver's own attributes

    def create(self, values):
        """mkdir, then each value in its order.  A value that is refused is an error."""
        # a test may have loaded a driver of that name by itself
        self.ep.check(f"test -d {CONFIGFS}/functions/{self.driver} || modprobe {self.driver}")
        self.ep.check(f"mkdir {self.directory}")
        self.private = self.ep.check(f"ls -d {self.directory}/{self.driver}.*")
        lines = []
        for key, value in values.items():
            if not re.fullmatch(r"\w+", key):
                raise BenchError(f"'{key}' is no name of a configfs attribute")
            lines.append(f"echo {value} > {self.attribute(key)} || "
                         f"{{ echo '{key} = {value} is refused'; exit 1; }}")
        self.ep.check("\n".join(lines))

    def attribute(self, key):
        return f"{self.directory if key in FUNCTION_KEYS else self.private}/{key}"

    def set(self, key, value):
        self.ep.write(self.attribute(key), value)

    def get(self, key):
        return self.ep.read(self.attribute(key))

    def bind(self):
        self.epc = controller(self.ep)
        self.ep.check(f"ln -s {CONFIGFS}/controllers/{self.epc} {self.directory}/primary")

    def start(self):
        self.ep.check(f"echo 1 > {CONFIGFS}/controllers/{self.epc}/start")

    def stop(self):
        self.ep.check(f"echo 0 > {CONFIGFS}/controllers/{self.epc}/start")

    def unbind(self):
        self.ep.check(f"rm {self.directory}/primary/{self.epc}")

    def remove(self):
        self.ep.check(f"rmdir {self.directory}")


def doorbell_path(ep):
    """The path that pci-epf-vntb took for doorbells: polled, embedded or msi."""
    if not ep.run("grep -q pci_epf_vntb_db /proc/interrupts").ok:
        return "polled"
    embedded = any("Using embedded (DMA) doorbell fallback" in line
                   for line in ep.lines[ep.boot_mark:])
    return "embedded" if embedded else "msi"
