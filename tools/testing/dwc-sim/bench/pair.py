# SPDX-License-Identifier: GPL-2.0
"""The pair: the model, the endpoint guest, the root-complex guest, and the
steps that a user takes to bring traffic up between the two.

    none     nothing runs; the test starts what it wants
    model    the model runs
    ep       and the endpoint guest, nothing configured on it
    link     and the endpoint function is bound and started, the link is up, and
             the root-complex guest has booted and enumerated it
    ntb      and the NTB hardware driver is loaded on the root complex
    netdev   and ntb_transport and ntb_netdev on both, addresses, carrier

With ports=2 the root complex has two such devices, each with a model and an endpoint
guest of its own.
"""

import dataclasses
import os
import random

from . import devicetree, net, paths
from .console import stamp
from .endpoint import EndpointFunction, settings
from .errors import BenchError
from .guest import Guest, Through
from .loop import PATIENCE, Loop
from .model import Model

SETTINGS = {"memcpy": "vntb", "edma": "vntb-edma"}      # guest/NAME.conf
LEVELS = ("none", "model", "ep", "link", "ntb", "netdev")
SHOWN = 65536           # bytes of a command's output in commands.log
# the model may be busy for longer than the 40 ms that the driver allows
MAX_DELAY = "virtio_pcidev.max_delay_us=60000000"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a pair is: equal plans can share one boot."""

    profile: str = "generic"
    rc: str = "series"                  # kernel variants
    ep: str = "series"
    up: str = "netdev"                  # a level, see above
    function: str = "pci_epf_vntb"      # endpoint function driver
    settings: str = None                # guest/NAME.conf; default: what the mode needs
    function_no: int = 0                # of the function; nobody uses those before it
    changes: tuple = ()                 # ((key, value), ...) on top of the settings
    mode: str = "memcpy"                # who moves the payload: memcpy | edma
    clients: int = 4                    # ntb_transport max_num_clients
    transport_mtu: int = 0x4000         # of ntb_transport, None: its default. 16 frames a queue in
                                        # a 1 MB window; base never sends with the default's 4
    rc_args: tuple = ()                 # words for the kernel command lines
    ep_args: tuple = ()
    ports: int = 1                      # devices of the root complex
    kmemleak: bool = False              # debug kernel: on, and read after the test
    trace: bool = False


class Port:
    """A device of the root complex: the model, the endpoint guest behind it, and the root complex
    as this device sees it.  Helpers that work on a pair take a Bench or a Port."""

    def __init__(self, bench, number):
        suffix = "" if number == 1 else str(number)
        self.plan, self.random = bench.plan, bench.random
        self.size, self.until = bench.size, bench.until
        self.suffix = suffix
        self.directory = os.path.join(bench.directory, suffix)
        os.makedirs(self.directory, exist_ok=True)
        # from the RC's folder, one for each function
        self.rc_sockets = [os.path.join(suffix, name) for name in Model.rc_sockets(self.plan.profile)]
        self.model = Model(bench.loop, self.directory, bench.journal)
        self.ep = Guest(bench.loop, f"ep{suffix}", self.plan.ep, self.directory, bench.journal)
        self.rc = bench.rc
        # UML's devices are on one bus, in the order of the command line
        self.slot = (number - 1) * len(self.rc_sockets)
        if self.plan.ports > 1:
            self.rc = Through(bench.rc, f"rc{suffix}", f"0000:00:{self.slot:02x}.0")
        self.function = EndpointFunction(self.ep, self.plan.function)
        self.trace_start = 0            # of the test that runs

    @property
    def guests(self):
        return self.rc, self.ep

    def peer(self, guest):
        return self.rc if guest is self.ep else self.ep

    def log_to(self, directory):
        self.ep.log_to(os.path.join(directory, f"{self.ep.side}.log"))
        self.model.log_to(os.path.join(directory, f"model{self.suffix}.log"))

    def boot_ep(self):
        """Boot the endpoint guest; its device tree names the model's socket."""
        devicetree.build(self.plan.profile, Model.EP_SOCKET,
                         os.path.join(self.directory, "ep.dtb"))
        self.ep.boot(["dtb=ep.dtb", MAX_DELAY, *common_args(self.plan), *self.plan.ep_args])

    def setup_ep(self):
        """Create the endpoint function, bind it, start the controller."""
        name = self.plan.settings or SETTINGS[self.plan.mode]
        changes = dict(self.plan.changes)
        if self.plan.function == "pci_epf_vntb" and not self.plan.function_no:
            mode = "edma" if name == SETTINGS["edma"] else "memcpy"
            self.function.set_up(paths.settings(name), changes, mode)
            return
        # numbers are given in order: others take those before it, and leave again
        before = [EndpointFunction(self.ep, "pci_epf_test", f"before{number}")
                  for number in range(self.plan.function_no)]
        for function in before:
            function.create(settings("epf-test"))
            function.bind()
        self.function.create(settings(name, changes))
        self.function.bind()
        for function in before:
            function.unbind()
            function.remove()
        self.function.start()


def common_args(plan):
    """kmemleak costs the debug kernel 20 s of its boot: only who asks for it pays."""
    return ["kmemleak=on" if plan.kmemleak else "kmemleak=off"]


class Bench:
    """Context manager.  Everything it started has ended when it is left."""

    def __init__(self, plan, directory, logs, seed=1, soak=False, trace=None):
        self.plan = plan
        self.seed = seed
        self.soak = soak
        self.trace = plan.trace if trace is None else trace
        self.random = random.Random(seed)
        self.directory = directory
        self.logs = None
        self.judged_unknown = set()     # register accesses that a test has answered for
        self.loop = Loop()
        self._commands = None
        os.makedirs(directory, exist_ok=True)
        self.rc = Guest(self.loop, "rc", plan.rc, directory, self.journal)
        self.ports = tuple(Port(self, number) for number in range(1, plan.ports + 1))
        self.model, self.ep, self.function = (
            self.ports[0].model, self.ports[0].ep, self.ports[0].function)
        self.log_to(logs)

    @property
    def guests(self):
        return self.rc, self.ep

    @property
    def machines(self):
        """Every guest that there is."""
        return self.rc, *(port.ep for port in self.ports)

    def peer(self, guest):
        return self.ep if guest is self.rc else self.rc

    def size(self, small, soak):
        """The size of a test: small in a normal run, soak with --soak."""
        return soak if self.soak else small

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """End everything at once, whatever state it is in."""
        for part in (*self.machines, *(port.model for port in self.ports)):
            part.close()
        self.loop.close()
        if self._commands:
            self._commands.close()
            self._commands = None

    def shut_down(self):
        """End in order: raises when a guest or the model does not."""
        for guest in self.machines:
            guest.power_off()
        for port in self.ports:
            port.model.stop()

    # ---------------------------------------------------------- logs

    def log_to(self, directory):
        """From now on logs go to another folder."""
        os.makedirs(directory, exist_ok=True)
        self.logs = directory
        if self._commands:
            self._commands.close()
        self._commands = open(os.path.join(directory, "commands.log"), "a", encoding="utf-8")
        self.rc.log_to(os.path.join(directory, "rc.log"))
        for port in self.ports:
            port.log_to(directory)

    def journal(self, text, out=b"", err=b""):
        """A line in commands.log, with what a command printed."""
        self._commands.write(f"{stamp()} {text}\n")
        for data in (out, err):
            for line in data[:SHOWN].decode("utf-8", "replace").splitlines():
                self._commands.write(f"    {line}\n")
            if len(data) > SHOWN:
                self._commands.write(f"    ... {len(data)} bytes in all\n")
        self._commands.flush()

    def log(self, text):
        """A remark of the test in commands.log."""
        self.journal(f"# {text}")

    # --------------------------------------------------------- steps

    def up(self, level=None):
        """Bring the pair up to a level; from nothing."""
        level = level or self.plan.up
        if level not in LEVELS:
            raise BenchError(f"no level is called '{level}': use one of {', '.join(LEVELS)}")
        steps = (self.start_model, self.boot_ep, self.bring_link, self.load_ntb, self.bring_netdev)
        for step in steps[:LEVELS.index(level)]:
            step()

    def start_model(self):
        for port in self.ports:
            port.model.start(self.plan.profile, self.trace, rc_slot=port.slot)

    def boot_ep(self):
        for port in self.ports:
            port.boot_ep()

    def setup_ep(self):
        for port in self.ports:
            port.setup_ep()

    def boot_rc(self):
        """Boot the root complex; it enumerates what is behind the link."""
        self.rc.boot([*(f"virtio_uml.device={name}:1234" for port in self.ports for name in port.rc_sockets),
                      MAX_DELAY, *common_args(self.plan), *self.plan.rc_args])

    def bring_link(self):
        self.setup_ep()
        for port in self.ports:
            port.model.link("up")
        self.boot_rc()

    def load_ntb(self):
        self.rc.modprobe("ntb_hw_epf")

    def load_transport(self, *guests, **more):
        """On both, or on these; with more parameters than the plan says."""
        parameters = {"max_num_clients": self.plan.clients, **more}
        if self.plan.transport_mtu is not None:
            parameters["transport_mtu"] = self.plan.transport_mtu
        if self.plan.mode == "edma":
            parameters["use_remote_edma"] = 1
        for guest in guests or (self.ep, self.rc):
            guest.modprobe("ntb_transport", **parameters)

    def bring_netdev(self):
        """ntb_transport and ntb_netdev on both; returns when both have a carrier."""
        self.load_transport()
        for guest in (self.ep, self.rc):
            guest.modprobe("ntb_netdev")
        for guest in (self.ep, self.rc):
            net.configure(guest)
        for guest in (self.ep, self.rc):
            net.wait_carrier(guest)

    def until(self, condition, timeout=PATIENCE, what="a condition"):
        """Wait until a Python condition is true, looking every 20 ms."""
        return self.loop.run(condition, timeout, what, every=0.02)
