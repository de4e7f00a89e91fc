# SPDX-License-Identifier: GPL-2.0
"""Hostile peers: what a machine reads of what its peer can write is wrong. It loses its link at most, and gets that back when
the peer behaves."""

import collections
import re
import struct
import time

import lib_vnet
from lib_heartbeat import Heartbeat
from lib_memory import Memory
from lib_recovery import Load, back, level
from lib_ring import RECORD
from netdev_hostile import Forger, carrier_changes, rejects
from remote_edma import edma
from remote_edma_buffers import NO_WAY
from remote_edma_setup import CMD_SEQ, CMD_SEQ_DONE, COMMAND, CTRL_BAR, STATUS, load, peek, poke, works
from vntb_commands import LINK_DOWN, OK, unexpected
from bench.testing import PATIENCE, equal, fails, net, require, test

RETURNS = 2                             # s, that the link may take
# The debug kernel takes three times as long for the same work, and what finds out are two commands in each guest beside a load
DEBUG_RETURNS = 3 * RETURNS
SPADS, EPOCH = 0x28, 0x160              # of struct ntb_epf_ctrl
# What one word of the control region is for a while, by the bits that change: the link's status is in the upper half
GONE = 0xffff0000
WRONG = {"gone": (STATUS, GONE), "disabled": (STATUS, 0x00030000), "other": (EPOCH, 0x1)}


def link_interrupts(b):
    """The host is sent its interrupts, and looks at the link."""
    b.model.fault("storm rc 1")
    net.wait_no_carrier(b.rc)
    b.model.fault("storm rc 0")


@edma(up="netdev", params={"word": tuple(WRONG)}, covers=("H01",))
def link_status(b, word):
    """The host reads of a link that is up that it is not, and believes it until it reads otherwise: nobody tells it."""
    back(b)
    offset, bits = WRONG[word]
    with b.ep.standing_still():
        was = peek(b, offset)
        poke(b, offset, was | bits if bits == GONE else was ^ bits)
        link_interrupts(b)
        # which the host clears when its link is down, before it reads the status for the last time
        b.until(lambda: not peek(b, peek(b, SPADS)), what="the host's scratchpads to be cleared")
        b.rc.check("true")
        poke(b, offset, was)
    for guest in b.guests:
        net.wait_carrier(guest, RETURNS)
    back(b)
    unexpected(b, NO_WAY)


@edma(up="netdev", covers=("H01",))
def written_status(b):
    """Something on the host writes to the status of the link, which is the endpoint's: that writes it again."""
    back(b)
    was = peek(b, STATUS)
    poke(b, STATUS, was ^ GONE)
    b.until(lambda: peek(b, STATUS) == was, what="the endpoint to write the status")
    back(b)


CONFIGURE_MW = 3                        # a command of the host
NONSENSE, UP = 7, 0x10000               # no answer, and the link's status in the upper half
SPAD_EPOCH = 3                          # the scratchpad with the session that a side offers


def answer_commands(b):
    """In the place of an endpoint that stands still: what is answered to the window for the rings means nothing."""
    def answered():
        seq, command = peek(b, CMD_SEQ), peek(b, COMMAND)
        if seq == peek(b, CMD_SEQ_DONE):
            return False
        poke(b, STATUS, {CONFIGURE_MW: UP | NONSENSE, LINK_DOWN: OK}.get(command, UP | OK))
        poke(b, CMD_SEQ_DONE, seq)
        return command == CONFIGURE_MW
    b.until(answered, what="the host to configure a window")


@edma(covers=("H05",))
def wrong_answer(b):
    """The host reads a wrong answer to a command of its bring-up: it tries again when it has said so, and the link comes up."""
    load(b.ep, b, use_remote_edma=1)
    b.rc.check("modprobe ntb_tool; echo Y > /sys/kernel/debug/ntb_tool/*/link")
    b.until(lambda: peek(b, peek(b, SPADS) + 4 * SPAD_EPOCH), what="the endpoint to offer a session")
    with b.ep.standing_still():
        job = b.rc.spawn(f"rmmod ntb_tool; exec modprobe ntb_transport use_remote_edma=1 max_num_clients={b.plan.clients}")
        answer_commands(b)
        b.rc.wait_dmesg("link stays down: remote eDMA cannot be set up")
    equal(job.wait(PATIENCE).code, 0, "status of modprobe")
    load(b.rc, b)
    for guest in b.guests:
        net.wait_carrier(guest, 2 * RETURNS)
    works(b)


# struct ntb_edma_ctl of the first queue, behind struct ntb_edma_block: the address of the records, the state word
CTL = 64
RECORDS, WORD = CTL, CTL + 8
ELSEWHERE = 0x40                        # MB, which nothing is mapped behind
ELSE = r"^dma-(rc edma-wr|ep edma-rd) writes .*: not mapped"


@edma(up="netdev", params={"side": ("rc", "ep")}, violations=(ELSE,), covers=("H02",))
def wrong_records(b, side):
    """The address of the peer's records is wrong when the queue comes up: its transfers fail, until the link is made anew."""
    victim = getattr(b, side)
    back(b)
    with Memory(b, victim) as memory, Heartbeat(b, b.peer(victim)) as heart:
        def word():
            return struct.unpack_from("<I", memory.map, heart.block + WORD)[0]
        before = word()
        victim.check(f"ip link set {net.interface(victim)} down")
        b.until(lambda: word() > before and word() & 1, what="the peer to offer the next generation of the queue")
        records, = struct.unpack_from("<Q", memory.map, heart.block + RECORDS)
        struct.pack_into("<Q", memory.map, heart.block + RECORDS, records + (ELSEWHERE << 20))
        victim.check(f"ip link set {net.interface(victim)} up")
        pings = victim.spawn(f"exec ping -q -i 0.1 {net.peer_address(victim)}")
        victim.wait_dmesg("all DMA of a queue fails, link goes down")
        pings.kill()
    back(b)


class Loser(Forger):
    """Records have another tag, as if they had gone elsewhere."""

    def put(self, memory, at, record):
        tag, = struct.unpack_from("<I", memory, at + RECORD.size)
        struct.pack_into("<I", memory, at + RECORD.size, tag ^ 1 << 31)


@edma(up="netdev", transport_mtu=None, params={"side": ("rc", "ep")}, covers=("H02",))
def lost_record(b, side):
    """The record of a frame does not arrive, and no other gets past it: the sender finds that out."""
    victim = getattr(b, side)
    back(b)
    for guest in b.guests:
        net.keep_neighbour(guest)
    Loser(b, b.peer(victim)).send([lib_vnet.plain(1000).data], list)
    b.peer(victim).wait_dmesg("peer does not see what is sent, link goes down")
    back(b)


class Hostile:
    """The peer of a side changes what that reads of it. A context manager: it behaves afterwards."""

    def __init__(self, b, side, every, rest, limit, regions=""):
        self._b, self._side = b, side
        self._start = f"start {b.seed} {every} {rest} {limit} {regions}".rstrip()

    def report(self):
        return self._b.model.ask(f"mutate {self._side}")

    def __enter__(self):
        self._b.model.do(f"mutate {self._side} {self._start}")
        return self

    def __exit__(self, *_exception):
        self._b.model.do(f"mutate {self._side} stop")


# What the peer of a side changes, one after the other: words of which regions, one of how many on their way, how many a second
# where they are, and which share of all changes. Interrupts, registers and records are on their way only.
ATTACKS = {
    "ep": (("bar0", 20, 1000, 0.2), ("record", 10, 0, 0.003), ("bar2", 50, 1000, 0.3), ("info,list,regs", 200, 1000, 0.2),
           ("bar0,bar2,record,info,list,regs,payload", 100, 1000, 0.29)),
    "rc": (("regs", 10, 0, 0.01), ("msi", 3, 0, 0.01), ("record", 10, 0, 0.003), ("bar0,ring", 20, 1000, 0.4),
           ("bar0,info,regs,ring,record,msi,payload", 100, 1000, 0.57)),
}
# What a peer that lies leads to. To the endpoint: its CPU and its engine access the host's memory where the host says, and the engine
# follows lists and sends interrupts that the host writes. To the host: it closes its memory when the endpoint says that it is done,
# which both the endpoint and its engine, and the host's own transfers, may not be; it uses what the endpoint has closed; and
# where the endpoint says that its lists are, the engine looks for them.
# The victim's CPU gets nowhere, but that a fence may come before it notices.
REACH = {"ep": "dma-(rc |ep edma-)|edma-|requester edma-|msi-(message|size|masked|disabled) ",
         "rc": "dma-(rc |ep edma-rd (reads|writes) )|inbound-no-window "}
ENGINE = ("^edma (read|write) ",)         # where it has no register, if the peer says that there is one
LINES = 10                              # of the log, a second
REFUSAL = re.compile(r"peer broke the ring \(reject_(\w+)\)")


def changed(b, side, regions, every, rest, count):
    """So many changes, under load; the link returns when they are over."""
    start = time.monotonic()
    with Hostile(b, side, every, rest, count, regions) as hostile:
        b.until(lambda: not hostile.report()["active"], PATIENCE + count / 100, f"{count} changes of {regions}")
        report = hostile.report()
    equal(report["changes"], count, f"changes of {regions}")
    end = time.monotonic()
    flows(b)
    b.log(f"{regions}: {count} changes in {end - start:.1f} s: {report['changed']}; back after {time.monotonic() - end:.1f} s")


def flows(b):
    """Both sides receive again."""
    before = {guest: net.statistics(guest)["rx_packets"] for guest in b.guests}
    for guest in b.guests:
        guest.until(f"[ $(cat /sys/class/net/eth*/statistics/rx_packets) -gt {before[guest]} ]",
                    DEBUG_RETURNS, f"frames that {guest.side} receives")


def refusals(lines):
    """{reason: how often the log says it}"""
    return collections.Counter(found[1] for found in map(REFUSAL.search, lines) if found)


@edma(up="netdev", variants=("debug",), params={"side": ("rc", "ep")}, timeout=600, unknown=ENGINE, covers=("H03",))
def mutated(b, side):
    """Words that a machine reads of its peer are others, whatever state the session is in: nothing but its link suffers, what
    it refuses is counted by reason, and its log is not flooded."""
    victim = getattr(b, side)
    back(b)
    for guest in b.guests:
        net.keep_neighbour(guest)
    since, start = len(victim.lines), time.monotonic()
    with level(b, *b.guests):
        with Load(b):
            for regions, every, rest, share in ATTACKS[side]:
                changed(b, side, regions, every, rest, int(b.size(20000, 1000000) * share))
    lines, counters = victim.lines[since:], rejects(victim)
    b.log(f"{len(lines)} lines, refused {counters}")
    require(counters, "nothing was refused")
    for reason, count in refusals(lines).items():
        require(counters.get(reason, 0) >= count, f"{reason} was refused {count} times, {counters} are counted")
    require(len(lines) <= LINES * (time.monotonic() - start), f"{len(lines)} lines of log")
    back(b)
    unexpected(b, f"^{REACH[side]}|{NO_WAY}")


PENDING, SLOTS = 0x170, 16              # struct ntb_epf_ctrl.db_pending
STORM = 100                             # interrupts a millisecond, if the model gets to so many
SHARE = 0.5                             # of the time that is left to a victim's programs
SECONDS = 2


def processor_share(b, victim):
    """Which part of its processor time a machine has for a program that always wants it. Others on the same processors, as the model
    and the peer, take from both parts."""
    job = victim.spawn("while :; do :; done")
    start = victim.processor_time()

    def used():
        return [now - then for now, then in zip(victim.processor_time(), start)]
    b.until(lambda: sum(used()) >= SECONDS, PATIENCE, f"{SECONDS} s of {victim.side}'s time")
    kernel, programs = used()
    job.kill()
    return programs / (kernel + programs)


def handled(b):
    """Seconds that the driver of the endpoint's engine has spent on interrupts for nothing."""
    return int(b.ep.check("cat /sys/kernel/debug/dmaengine/*/irq0_no_cause_ns")) / 1e9


@edma(up="netdev", params={"side": ("rc", "ep")}, profiles=("generic", "msi-doorbell"), covers=("H04",))
def storm(b, side):
    """Interrupts for nothing, all the time: the victim keeps half of its time for its programs and answers its peer, its log is not
    flooded, and its link stays. While the endpoint waits for a register, none of this machine's processors works for it: what its
    driver measures counts, too."""
    victim = getattr(b, side)
    back(b)
    changes = carrier_changes(victim)
    before = handled(b)
    since, start = len(victim.lines), time.monotonic()
    b.model.fault(f"storm {side} {STORM}" + (f" {CTRL_BAR} {PENDING:#x} {SLOTS}" if side == "ep" else ""))
    kept = processor_share(b, victim)
    lost = (handled(b) - before) / (time.monotonic() - start)
    for guest in b.guests:
        equal(net.ping(guest, 3)["lost"], 0, f"pings lost from {guest.side}")
    b.model.fault(f"storm {side} 0")
    lines = victim.lines[since:]
    b.log(f"a program gets {kept:.0%} of the processor time; the endpoint's driver {lost:.0%} of the time; {len(lines)} lines of log")
    require(kept >= SHARE, f"a program gets {kept:.0%} of the processor time")
    require(lost <= 1 - SHARE, f"the endpoint's driver takes {lost:.0%} of the time")
    require(len(lines) <= LINES * (time.monotonic() - start), f"{len(lines)} lines of log")
    equal(carrier_changes(victim), changes, "carrier changes")
    back(b)


OWN = r"(?m)^ *\d+:((?: +\d+)+) +\S+pMSI\S+ +\d+ +pci_epf_vntb_db$"
MOST = 8000                             # a second: 32 in a millisecond, then none for 10
RUNG = 5


def own_interrupts(ep):
    """Interrupts of doorbells that have one of their own, in all, on all processors."""
    return sum(int(count) for counts in re.findall(OWN, ep.check("cat /proc/interrupts")) for count in counts.split())


LOCKED = fails("pci_epf_write_msi_msg() looks the controller up while the interrupt's lock is held",
               "HARDIRQ-unsafe lock order|Call Trace")


@test(up="netdev", variants=("series",), soak=("debug",), profiles=("msi-doorbell",), shared=False, covers=("H04",),
      expect={"debug": LOCKED})
def doorbells_without_end(b):
    """The host rings all the time, and doorbells have interrupts of their own: most of them are disabled, and no packet is lost;
    when that is over, they interrupt again."""
    back(b)
    before, start = own_interrupts(b.ep), time.monotonic()
    b.model.fault(f"storm ep {STORM}")
    for guest in b.guests:
        equal(net.ping(guest, 5)["lost"], 0, f"pings lost from {guest.side}")
    rate = (own_interrupts(b.ep) - before) / (time.monotonic() - start)
    b.model.fault("storm ep 0")
    b.log(f"{rate:.0f} interrupts a second")
    require(rate <= MOST, f"{rate:.0f} interrupts of doorbells a second")
    back(b)
    before = own_interrupts(b.ep)
    equal(net.ping(b.rc, RUNG)["lost"], 0, "pings lost afterwards")
    require(own_interrupts(b.ep) - before >= RUNG, f"{own_interrupts(b.ep) - before} interrupts for {RUNG} pings")
