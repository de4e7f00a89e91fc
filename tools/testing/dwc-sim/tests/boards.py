# SPDX-License-Identifier: GPL-2.0
"""tools/pci/ntb-edma-setup, as the user of a board runs it: in the guests, on both sides."""

import os
import re
import shlex
import shutil
import subprocess

from lib_traffic import payload_both_ways
from bench import paths
from bench.endpoint import CONFIGFS, EndpointFunction
from bench.testing import equal, net, require, test

TOOL = paths.SETUP_TOOL
NAME = "ntb"                                    # the tool's default
RECORDS = "/run/ntb-edma-setup"
OURS = ("ntb", "pci_epf_vntb", "ntb_hw_epf", "ntb_hw_edma", "dw_edma_aux", "ntb_transport", "ntb_netdev")
PROFILES = sorted(os.listdir(os.path.join(os.path.dirname(TOOL), "profiles")))

SENT = 1 << 16

# What is on the machine of the tool's doing: folders and links in configfs, modules, records
STATE = (f"find {CONFIGFS} -type d -o -type l; ls {RECORDS} 2>&1; cd /sys/module; ls -d {' '.join(OURS)} 2>/dev/null; "
         f"ip -o addr; cat {CONFIGFS}/controllers/*/start 2>/dev/null; exit 0")

# Options on top of `ep --profile generic`, the attribute that is wrong, and why.  One line is
# said, and nothing is written.
WRONG = [
    ("--set vendorid=", "vendorid", "is not set"),
    ("--set deviceid=0x10000", "deviceid", "is too large: 65535"),
    ("--set vendorid=renesas", "vendorid", "is no number"),
    ("--set db_count=2", "db_count", "3 at least"),
    ("--set db_count=33", "db_count", "is too large: 32"),
    ("--set db_count=", "db_count", "is not set"),
    ("--set db_count=010", "db_count", "is no number"),
    ("--set db_count=0x", "db_count", "is no number"),
    ("--set msi_interrupts=24", "msi_interrupts", "is no power of two"),
    ("--set msi_interrupts=64", "msi_interrupts", "is too large: 32"),
    ("--set msi_interrupts=8", "msi_interrupts", "is too small: db_count is 16"),
    ("--set msi_interrupts=16", "msi_interrupts", "leaves none for the DMA engine"),
    ("--set spad_count=8193", "spad_count", "is too large: 8192"),
    ("--set spad_count=7", "spad_count", "is too small"),
    ("--mode memcpy --set spad_count=7", "spad_count", "is too small"),
    ("--set num_mws=5", "num_mws", "is too large: 4"),
    ("--set num_mws=0", "num_mws", "is too small"),
    ("--set num_mws=1", "mw2", "num_mws is 1"),
    ("--set num_mws=1 --set mw2=", "mw2_offset", "num_mws is 1"),
    ("--set num_mws=1 --set mw2= --set mw2_offset=", "mw2_bar", "num_mws is 1"),
    ("--set num_mws=1 --set mw2= --set mw2_offset= --set mw2_bar=", "num_mws", "the DMA engine"),
    ("--set mw1=0", "mw1", "has no size"),
    ("--set mw1=", "mw1", "has no size"),
    ("--set mw1=0xe0800 --set mw2_offset=0x100000", "mw1", "is no multiple of 0x1000"),
    ("--set mw2=0x2000", "mw2", "is too small: the DMA engine"),
    ("--set mw2_offset=0x40000", "mw2_offset", "overlaps mw1"),
    ("--set mw2_offset=", "mw2_offset", "overlaps mw1"),
    ("--set mw2_offset=0xe0800", "mw2_offset", "is no multiple of 0x1000"),
    ("--set mw2_offset=0x80000000", "mw2_offset", "ends beyond 2 GB"),
    ("--set mw2_offset=0x100000000", "mw2_offset", "ends beyond 2 GB"),
    ("--set mw2_offset=0x10000000000000000", "mw2_offset", "is no number"),
    ("--set mw2_offset=0x10000000", "mw2_offset", "takes as much memory"),
    ("--set mw1_offset=0x20000000 --set mw2_offset=0", "mw1_offset", "takes as much memory"),
    ("--set epc_align=0x10000 --set mw2=0x30000 --set mw2_offset=0xe8000", "mw2_offset", "is no multiple of 0x10000"),
    ("--set epc_align=0x10000 --set mw2=0x20000", "mw2", "is too small: the DMA engine takes 0x30000 bytes"),
    ("--set epc_align=0x3000", "epc_align", "is no power of two"),
    ("--set ctrl_bar=6", "ctrl_bar", "is too large: 5"),
    ("--set ctrl_bar=-2", "ctrl_bar", "is no number"),
    ("--set db_bar=0", "db_bar", "ctrl_bar is in the same BAR"),
    ("--set mw2_bar=0", "mw2_bar", "ctrl_bar is in the same BAR"),
    ("--set mw1_bar=4", "mw1_bar", "db_bar is in the same BAR"),
    ("--set ctrl_bar=3", "ctrl_bar", "ntb_hw_epf on the host looks in BAR0"),
    ("--set vendorid=0x104c --set deviceid=0xb00d", "deviceid", "ntb_hw_epf on the host expects"),
    ("--set baseclass_code=2", "baseclass_code", "ntb_hw_epf on the host"),
    ("--set subclass_code=0x80", "subclass_code", "ntb_hw_epf on the host"),
    ("--set interrupt_pin=5", "interrupt_pin", "is too large: 4"),
    ("--set vbus_number=256", "vbus_number", "is too large: 255"),
    ("--set 'epc_bars=prog prog'", "epc_bars", "has 2 words"),
    ("--set 'epc_bars=prog prog prog prog prog many'", "epc_bars", "'many' is no kind"),
    ("--set 'epc_bars=prog prog prog prog fixed: prog'", "epc_bars", "'fixed:' has no size"),
    ("--set 'epc_bars=prog prog prog prog off prog'", "db_bar", "no such BAR"),
    ("--set 'epc_bars=dma prog prog prog prog prog'", "ctrl_bar", "shows its DMA registers"),
    ("--set 'epc_bars=prog prog dma prog prog prog'", "mw1_bar", "shows its DMA registers"),
    ("--set 'epc_bars=prog prog fixed:0x80000 prog prog prog'", "mw1", "BAR2 has 524288 bytes"),
    ("--set 'epc_bars=prog prog fixed:0xf0000 prog prog prog'", "mw2_offset", "BAR2 has 983040 bytes"),
    ("--set 'epc_bars=fixed:1024 prog prog prog prog prog'", "ctrl_bar", "spad_count takes more"),
    ("--set 'epc_bars=prog prog prog prog fixed:32 prog'", "db_bar", "db_count takes more"),
]

# The rest of the command line, and the one line that is said
REFUSED = [
    ("", "ep or rc"),
    ("on", "'on' is neither ep nor rc"),
    ("ep", "ep needs --profile"),
    ("ep --fast", "ep has no option '--fast'"),
    ("rc --epc x", "rc has no option '--epc'"),
    ("ep --profile", "--profile needs an argument"),
    ("ep --profile nice", f"no profile is called 'nice': use one of {' '.join(PROFILES)}"),
    ("ep --profile ''", "no profile is called ''"),
    ("ep --profile /run/none", "no profile is called '/run/none'"),
    ("ep --profile generic --set", "--set needs an argument"),
    ("ep --profile generic --set mw9=1", "--set mw9=1: no such attribute"),
    ("ep --profile generic --set db_count", "--set 'db_count' is not KEY=VALUE"),
    ("ep --profile generic --set 'db_count=1; reboot'", "--set 'db_count=1; reboot' is not KEY=VALUE"),
    ("ep --profile generic --epc x", "no endpoint controller is called 'x': use one of 10000000"),
    ("ep --profile generic --name a/b", "'a/b' is no name"),
    ("ep --profile generic --mode dma", "--mode is edma or memcpy, not 'dma'"),
    ("ep --profile generic --net 10.0.0.2", "'10.0.0.2' is not ADDRESS/PREFIX"),
    ("ep --profile generic --net '/;'", "is not ADDRESS/PREFIX"),
    ("ep --profile generic --queues 2", "--queues is for ntb_transport, which ep loads only with --net"),
    ("rc --queues 300", "'300' is no number from 1 to 255"),
    ("rc", "there is no NTB endpoint on PCI: set it up, then ntb-edma-setup rc --rescan"),
    ("rc --device 01:00.0", "--device '01:00.0' is no PCI device, as 0000:01:00.0"),
    ("rc --device 0000:01:00.0", "there is no NTB endpoint 0000:01:00.0 on PCI"),
    ("rc --rescan", "there is no NTB endpoint on PCI after a rescan"),
    ("ep --profile /run/no-equals", "/run/no-equals, line 2: not KEY = VALUE"),
    ("ep --profile /run/unknown", "/run/unknown, line 1: db_counts: no such attribute"),
    ("ep --profile /run/twice", "/run/twice, line 3: db_count is given twice"),
    ("ep --profile /run/empty", "/run/empty, line 1: db_count has no value"),
]
FILES = {
    "no-equals": "# comment\ndb_count 16\n",
    "unknown": "db_counts = 16\n",
    "twice": "db_count = 16\n\ndb_count = 16 # again\n",
    "empty": "db_count =\n",
}


def state(guest):
    return guest.check(STATE)


def refuses(guest, words):
    """What the tool says, in one line, when it refuses; it has changed nothing."""
    before = state(guest)
    result = guest.run(f"{TOOL} {words}")
    equal(result.code, 1, f"status of '{words}', which said {result.out}{result.err}")
    lines = [line for line in result.err.splitlines() if ": note: " not in line]
    equal((len(lines), result.out), (1, ""), f"lines of '{words}': {result.err}")
    equal(state(guest), before, f"state after '{words}'")
    require(lines[0].startswith("ntb-edma-setup: "), lines[0])
    return lines[0].removeprefix("ntb-edma-setup: ")


# Ends with 9 at the first sign of the tool having written anything
UNTOUCHED = (f"[ ! -e {CONFIGFS}/functions/pci_epf_vntb ] && [ ! -e /sys/module/ntb ] && [ ! -e {RECORDS} ] || "
             "{ echo 'it has written something' >&2; exit 9; }")


@test(up="ep", variants=("series",), timeout=240)
def wrong_values(b):
    """A value that cannot be right: the attribute and the reason are named in one line, and nothing
    is written."""
    before = state(b.ep)
    # one process of the guest for each, as they are many
    script = "\n".join(f"{TOOL} ep --profile generic {words} 2>&1; echo \"status $?\"; {UNTOUCHED}"
                       for words, _attribute, _why in WRONG)
    answers = b.ep.check(script, timeout=200).split("status 1")
    equal(answers.pop(), "", "what is behind the last status")
    equal(len(answers), len(WRONG), "answers with status 1")
    problems = []
    for (words, attribute, why), answer in zip(WRONG, answers):
        if not re.fullmatch(rf"ntb-edma-setup: {attribute}( = [^\n]*)?: [^\n]*{re.escape(why)}[^\n]*", answer.strip()):
            problems.append(f"{words}: {answer.strip()}")
    equal(problems, [], "wrong explanations")
    equal(state(b.ep), before, "state")


@test(up="ep", variants=("series",), timeout=120)
def wrong_command_lines(b):
    """One clear line, and nothing is done. Where the command line is to blame it points to the help."""
    before = state(b.ep)
    for name, text in FILES.items():
        b.ep.write(f"/run/{name}", text)
    script = "\n".join(f"{TOOL} {words} 2>&1; echo \"status $?\"; {UNTOUCHED}" for words, _why in REFUSED)
    answers = re.findall(r"(?s)(.*?)\nstatus (\d+)\n?", b.ep.check(script, timeout=100))
    equal(len(answers), len(REFUSED), "answers")
    for (words, why), (answer, status) in zip(REFUSED, answers):
        require(re.fullmatch(rf"ntb-edma-setup: [^\n]*{re.escape(why)}[^\n]*", answer), f"'{words}': {answer}")
        equal(status, "2" if answer.endswith("; see ntb-edma-setup --help") else "1", f"status of '{words}': {answer}")
    equal(state(b.ep), before, "state")


@test(up="ep", variants=("series",), profiles=("rcar-s4",))
def refused_by_the_kernel(b):
    """What only the kernel can know: its reason is in the line, and all is undone."""
    said = refuses(b.ep, "ep --profile generic --set vendorid=0x1234 --set db_bar=1")
    require(re.search(r"does not bind the function to 10000000\.pcie-ep, .*oorbell", said), said)


@test(up="ep", variants=("base",))
def attribute_of_a_newer_kernel(b):
    """A kernel without offsets of windows: that is said, and the function is removed again."""
    said = refuses(b.ep, "ep --profile generic")
    require(re.match("mw2_offset = 0xa0000: .*no such attribute", said), said)


@test(up="ep", variants=("series",))
def notes(b):
    """What may be a mistake is said and done: a profile for another controller, an ID that no host
    knows, a kernel that polls doorbells. Every profile has values that agree."""
    def said(words):
        result = b.ep.run(f"{TOOL} ep --dry-run {words}")
        equal(result.code, 0, f"status of '{words}': {result.err}")
        return [line.removeprefix("ntb-edma-setup: note: ") for line in result.err.splitlines()]

    for profile in PROFILES:
        equal(len(said(f"--profile {profile}")), 0 if profile == "generic" else 1, f"notes for {profile}")
    require("controller 10000000.pcie-ep is snps,dw-pcie-ep, the profile is for rockchip,rk3588-pcie-ep" in
            said("--profile rk3588"), f"{said('--profile rk3588')}")
    require("has to know vendorid 0x1234" in said("--profile generic --set vendorid=0x1234")[0], "no note about the ID")
    b.ep.check("zcat /proc/config.gz | grep -v MSI_DOORBELL | gzip > /run/config.gz && "
               "mount --bind /run/config.gz /proc/config.gz")
    equal([line for line in said("--profile generic") if "MSI_DOORBELL" in line],
          ["the kernel has no CONFIG_PCI_ENDPOINT_MSI_DOORBELL, the endpoint polls its doorbells"], "notes")
    why = refuses(b.ep, "ep --profile rk3588")
    require(why.startswith("db_bar = 4: needs a kernel with CONFIG_PCI_ENDPOINT_MSI_DOORBELL"), why)
    b.ep.check("umount /proc/config.gz")


def ep_up(b, options="", tool=TOOL):
    return b.ep.check(f"{tool} ep --profile {b.plan.profile} --queues 2 --net {net.ADDRESS['ep']}/24 {options}")


def rc_up(b, options="", tool=TOOL):
    return b.rc.check(f"{tool} rc --queues 2 --net {net.ADDRESS['rc']}/24 {options}")


def down(guest, side, options="", tool=TOOL):
    return guest.check(f"{tool} {side} --down {options}")


def nothing_left(guest, clean):
    equal(guest.run(f"cd /sys/module; ls -d {' '.join(OURS)} 2>/dev/null").out, "", f"modules on {guest.side}")
    equal(state(guest), clean, f"state of {guest.side}")


def both_down(b, clean, tool=TOOL):
    """Twice, as there is no harm in that."""
    for guest, side in ((b.rc, "rc"), (b.ep, "ep")):
        for note in ("", f"ntb-edma-setup: note: nothing to undo, there is no {RECORDS}/"):
            result = guest.run(f"{tool} {side} --down")
            require(result.ok and result.err.startswith(note) and bool(result.err) == bool(note), result.describe())
            nothing_left(guest, clean[side])


def moved_by_dma(b):
    """A ping is answered, and the engine moves what is sent, both ways. One ping at a time: its
    socket has no room for two frames of the default transport_mtu."""
    for guest in b.guests:
        net.wait_carrier(guest)
    b.model.reset_counters()
    for guest in b.guests:
        equal(net.ping(guest, 1)["lost"], 0, f"pings lost from {guest.side}")
    payload_both_ways(b, "tcp", 1, SENT)
    moved = b.model.counters()["sum"]
    require(min(moved["dma_read_bytes"], moved["dma_write_bytes"]) > SENT, f"the engine moved too little: {moved}")


def first_time(b, tool=TOOL):
    """Sets both sides up; what they were like before."""
    clean = {"ep": state(b.ep)}
    ep_up(b, tool=tool)
    b.model.link("up")
    b.boot_rc()
    clean["rc"] = state(b.rc)
    rc_up(b, tool=tool)
    moved_by_dma(b)
    return clean


@test(up="ep", variants=("series",), profiles=("generic", "rcar-s4"), timeout=120)
def up_and_down(b):
    """Both sides with the tool alone: pings go by the DMA engine. --down leaves nothing, and
    can be said twice; then the same again."""
    clean = first_time(b)
    both_down(b, clean)
    ep_up(b)
    b.model.link("up")
    rc_up(b, "--rescan")
    moved_by_dma(b)
    both_down(b, clean)


@test(up="ep", variants=("series",), timeout=120)
def set_up_already(b):
    """What does not agree with what is there is refused, and what is there goes on."""
    clean = first_time(b)
    for guest, words, why in (
            (b.ep, "ep --name other --profile generic", "controller 10000000.pcie-ep is started already"),
            (b.rc, "rc --mode memcpy", "ntb_transport is loaded, with use_remote_edma=Y: unload it"),
            (b.rc, "rc --queues 3", "ntb_transport is loaded, with max_num_clients=2: unload it")):
        said = refuses(guest, words)
        require(said.startswith(why), f"'{words}': {said}")
    moved_by_dma(b)
    both_down(b, clean)


# All commands are busybox's, but for modprobe: it would not find the modules of a guest
SMALL_SYSTEM = ("[ -d /run/small ] || { mkdir /run/small && busybox --install -s /run/small && "
                "ln -sf /run/bin/modprobe /run/small; }; "
                f"PATH=/run/small /run/small/sh {TOOL}")


@test(up="ep", variants=("series",), timeout=120)
def small_system(b):
    """The same where busybox is the shell and all commands."""
    both_down(b, first_time(b, SMALL_SYSTEM), SMALL_SYSTEM)


@test(up="ep", variants=("series",), timeout=120)
def dry_run(b):
    """--dry-run changes nothing and prints the commands that are run without it, up and down; given
    to a shell they set up the same."""
    clean = state(b.ep)
    printed = ep_up(b, "--dry-run")
    equal(state(b.ep), clean, "state after --dry-run")
    equal(ep_up(b, "--verbose"), printed, "commands that were run")
    wanted = attributes(b)
    require("mw2_offset=655360" in wanted, f"attributes: {wanted}")
    up = state(b.ep)

    b.model.link("up")
    b.boot_rc()
    clean_rc = state(b.rc)
    printed_rc = rc_up(b, "--dry-run")
    equal(state(b.rc), clean_rc, "state of the RC after --dry-run")
    equal(rc_up(b, "--verbose"), printed_rc, "commands that were run on the RC")
    moved_by_dma(b)

    for guest, side, before in ((b.rc, "rc", clean_rc), (b.ep, "ep", clean)):
        now = state(guest)
        printed_down = down(guest, side, "--dry-run")
        equal(state(guest), now, f"state of {guest.side} after --down --dry-run")
        equal(down(guest, side, "--verbose"), printed_down, "commands of --down")
        nothing_left(guest, before)

    by_shell(b.ep, printed)
    equal(attributes(b), wanted, "attributes")
    equal(essence(state(b.ep)), essence(up), "state")
    b.model.link("up")
    by_shell(b.rc, rc_up(b, "--rescan --dry-run"))
    moved_by_dma(b)
    b.rc.rmmod("ntb_netdev", "ntb_transport", "ntb_hw_epf")
    b.ep.rmmod("ntb_netdev", "ntb_transport")
    function = EndpointFunction(b.ep, name=NAME)
    function.stop()
    function.unbind()
    function.remove()


def by_shell(guest, commands):
    """As somebody who pastes them, but that the first failure ends it."""
    guest.check("cat > /run/commands; sh -e /run/commands", stdin=commands.encode())


def essence(text):
    """Of a state: without what is different each time, and the tool's record."""
    lines = [re.sub(r"^\d+: ", "", line) for line in text.splitlines()]
    return [line for line in lines if not re.search(f"inet6 fe80|pci_epf_vntb[.]|^ep[.]{NAME}$|{RECORDS}", line)]


def attributes(b):
    """All values of the function, as name=value."""
    return b.ep.check(f"cd {CONFIGFS}/functions/pci_epf_vntb/{NAME} && for f in * pci_epf_vntb.*/*; do [ ! -f $f ] || "
                      "{ v=$(cat $f 2>/dev/null) && echo ${f##*/}=$v; }; done; exit 0").splitlines()


# What --down does, backwards
UNDO = ["rmmod ntb", "rmmod pci_epf_vntb", "rmdir", "rm", "echo", "rmmod ntb_hw_edma", "rmmod ntb_transport",
        "rmmod ntb_netdev", "ip addr", "ip link"]

# The command at which the tool is killed: its name, its first argument, before or after it is done,
# and how many of these there are to undo
HALF = {
    "modprobe-before": ("modprobe", "pci_epf_vntb", "before", 0),
    "modprobe-after": ("modprobe", "pci_epf_vntb", "after", 2),
    "mkdir-before": ("mkdir", f"{CONFIGFS}/functions/pci_epf_vntb/{NAME}", "before", 2),
    "mkdir-after": ("mkdir", f"{CONFIGFS}/functions/pci_epf_vntb/{NAME}", "after", 3),
    "bind-before": ("ln", "-s", "before", 3),
    "bind-after": ("ln", "-s", "after", 4),
    "transport-before": ("modprobe", "ntb_transport", "before", 5),
    "transport-after": ("modprobe", "ntb_transport", "after", 7),
    "netdev-after": ("modprobe", "ntb_netdev", "after", 8),
    "address-after": ("ip", "addr", "after", 10),
}


def stand_in(guest, command, *lines):
    """The tool finds a script of these lines where the command was."""
    guest.check(f"mkdir -p /run/half && rm -f /run/half/* && cat > /run/half/{command} && chmod +x /run/half/{command}",
                stdin="\n".join(["#!/bin/sh", *lines, ""]).encode())
    return f"PATH=/run/half:$PATH {TOOL}"


@test(up="ep", variants=("series",), timeout=240)
def half_finished(b):
    """Killed in the middle: --down removes what there is, and can be said twice."""
    clean = state(b.ep)
    net_words = f"ep --profile generic --net {net.ADDRESS['ep']}/24"
    for case, (command, argument, when, steps) in HALF.items():
        kill = f'[ "$1" != "{argument}" ] || kill -9 0'
        real = f'{shlex.quote(b.ep.check(f"command -v {command}"))} "$@"'
        lines = [kill, real] if when == "before" else [real, kill]
        result = b.ep.run(f"{stand_in(b.ep, command, *lines)} {net_words}")
        require(result.code not in (0, 1, 2), f"{case}: the tool was not killed, status {result.code}: {result.err}")
        require(b.ep.run(f"test -s {RECORDS}/ep.{NAME}").ok, f"{case}: nothing is on record")
        for wanted in (UNDO[:steps][::-1], []):
            undone = down(b.ep, "ep", "--verbose").splitlines()
            require(len(undone) == len(wanted) and all(map(str.startswith, undone, wanted)),
                    f"{case}: --down did {undone}, wanted {wanted}")
            equal(state(b.ep), clean, f"{case}: state after --down")
    b.ep.check(f"{TOOL} {net_words}")
    # a set-up that is refused leaves the one that there is
    before = state(b.ep)
    b.ep.fails(f"{TOOL} {net_words}", "function ntb is there already")
    equal(state(b.ep), before, "state")
    down(b.ep, "ep")
    equal(state(b.ep), clean, "state after --down")


@test(up="ep", variants=("series",), timeout=120)
def fails_in_the_middle(b):
    """A command fails near the end, or somebody interrupts: one line at most, and all is undone, on
    both sides."""
    clean = state(b.ep)
    tool = stand_in(b.ep, "ln", "kill -TERM $PPID")
    equal(b.ep.run(f"{tool} ep --profile generic").code, 1, "status when it is interrupted")
    equal(state(b.ep), clean, "state after an interruption")
    for guest, words in ((b.ep, "ep --profile generic"), (b.rc, "rc")):
        if guest is b.rc:
            ep_up(b)
            b.model.link("up")
            b.boot_rc()
        before = state(guest)
        real = f'exec {guest.check("command -v ip")} "$@"'
        tool = stand_in(guest, "ip", """[ "$1$2" != addrreplace ] || { echo 'ip: has no time' >&2; exit 1; }""", real)
        result = guest.run(f"{tool} {words} --net 10.0.0.9/24")
        equal(result.code, 1, f"status on {guest.side}: {result.err}")
        require(re.fullmatch("ntb-edma-setup: ip addr replace 10.0.0.9/24 .*: has no time\n", result.err), result.err)
        equal(state(guest), before, f"state of {guest.side}")


@test(up="ep", variants=("series",))
def in_use(b):
    """What cannot be undone is named, and stays on record."""
    clean = state(b.ep)
    b.ep.check(f"{TOOL} ep --profile generic")
    b.ep.check("modprobe ntb_pingpong")
    result = b.ep.fails(f"{TOOL} ep --down", "ntb-edma-setup: rmmod ntb: ERROR: Module ntb is in use by: ntb_pingpong")
    equal(len(result.err.splitlines()), 1, f"lines: {result.err}")
    b.ep.rmmod("ntb_pingpong")
    down(b.ep, "ep")
    equal(state(b.ep), clean, "state after --down")


@test(up="ep", variants=("series",))
def configfs_not_mounted(b):
    """The tool mounts it, and takes it away again: when a set-up fails, and with --down."""
    root = os.path.dirname(CONFIGFS)
    b.ep.check(f"umount {root}")
    clean = state(b.ep)
    require(clean.startswith("ls:"), f"configfs is mounted: {clean}")
    equal(refuses(b.ep, "ep --profile generic --dry-run"), f"configfs is not mounted: mount -t configfs none {root}", "line")
    refuses(b.ep, "ep --profile generic --set db_count=33")
    tool = stand_in(b.ep, "ln", "exit 1")
    equal(b.ep.run(f"{tool} ep --profile generic").code, 1, "status where the function cannot be bound")
    equal(state(b.ep), clean, "state after a failed set-up")
    ep_up(b)
    down(b.ep, "ep")
    equal(state(b.ep), clean, "state after --down")
    b.ep.check(f"mount -t configfs none {root}")


@test(up="ep", variants=("series",))
def what_was_there_before(b):
    """--down unloads no module that somebody else has loaded."""
    b.ep.check("modprobe ntb && modprobe ntb_transport use_remote_edma=1 max_num_clients=2")
    before = state(b.ep)
    ep_up(b)
    down(b.ep, "ep")
    equal(state(b.ep), before, "state after --down")


@test(bench=False)
def install(alone):
    """make install makes a tool that finds its profiles, and says what is missing where it is alone."""
    subprocess.run(["make", "-s", "-C", os.path.dirname(TOOL), "install", f"DESTDIR={alone.scratch}", "prefix=/usr"],
                   check=True)
    tool = os.path.join(alone.scratch, "usr/bin/ntb-edma-setup")
    found = subprocess.run([tool, "profiles"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    equal(found, PROFILES, "profiles")
    shown = subprocess.run([tool, "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
    with open(tool, encoding="utf-8") as file:
        options = set(re.findall(r"(?:ep|rc|\?\?)(--[a-z-]+)", file.read()))
    require(len(options) > 10, f"options in the tool: {options}")
    equal([option for option in options if option not in shown], [], "options that are not in the help")
    alone_there = shutil.copy(tool, alone.scratch)
    result = subprocess.run([alone_there, "profiles"], check=False, stderr=subprocess.PIPE, text=True)
    equal(result.returncode, 1, "status of a tool without its other files")
    require(re.fullmatch("ntb-edma-setup: values.sh, steps.sh and profiles are not in .*: copy .*\n", result.stderr), result.stderr)
