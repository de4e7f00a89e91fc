# SPDX-License-Identifier: GPL-2.0
"""What crosses the link for a batch of packets, counted: frames that are sent while the
channel stands still are all ready when it goes on, and those of pktgen's bursts are one run."""

import os
import time

from lib_frames import __file__ as FRAMES
from lib_recovery import stall
from lib_traffic import queue_counters, send_any_number
from remote_edma import edma
from bench.testing import equal, net, require

SIZE = 1000
# All that the RC that drives the engine of the EP reads across the link: a channel's status when it appends to its list, and status
# and position when it looks at it, as a timer does while packets are not consumed.
REGISTERS = "bar2:dma-regs"
ELEMENT, POST, WORD = 24, 16, 4     # bytes
EVENT = 65536                       # bytes of payload for which a sender asks for an event
HEARTBEAT = 0.2                     # s


def sums(counted, kind, side, what="tlps"):
    """What the CPU of a side did across the link: {target: number}."""
    return {tlp["target"]: tlp[what] for tlp in counted["tlp"]
            if tlp["kind"] == kind and tlp["initiator"] == f"{side}-cpu"}


def runs_heard(guest):
    """Interrupts by runs of the peer."""
    lines = [line.split() for line in guest.read("/proc/interrupts").splitlines() if line.endswith("ntb_hw_edma")]
    require(lines, f"{guest.side} has no interrupt for runs of the peer")
    return sum(int(word) for line in lines for word in line[1:] if word.isdigit())


def state(b):
    """Of both sides: counters of queue 0, and interrupts by runs."""
    return {guest.side: {**queue_counters(guest, 0), "heard": runs_heard(guest)} for guest in b.guests}


def settled(b, before):
    """When nothing moves any more: the model's counters, and by how much those of each side have grown."""
    found = []

    def still():
        found[:] = [state(b), b.model.counters(), state(b)]
        return found[0] == found[2]

    b.until(still, what="both sides to have nothing left to do")
    after = found[2]
    return found[1], {side: {key: after[side][key] - before[side][key] for key in after[side]} for side in after}


def check(b, sender, counted, grown, seconds):
    """What fastpath's table of counts says, whatever was sent in how many runs."""
    mine, other = grown[sender.side], grown[b.peer(sender).side]
    # each run interrupts its receiver, and nothing else interrupts anybody
    for one, peer in ((mine, other), (other, mine)):
        equal(one["doorbells"], 0, "doorbells by a CPU")
        require(one["heard"] <= peer["tx_batches"] + peer["tx_wakes"], f"{one['heard']} interrupts, the peer: {peer}")
    equal(sums(counted, "MRd", "ep"), {}, "reads of the EP across the link")
    rc = grown["rc"]
    found = sums(counted, "MRd", "rc")
    require(set(found) <= {REGISTERS}, f"{found}: targets of reads across the link")
    registers = {name: count["r"] for name, count in counted["rc_regs"].items() if count["r"]}
    wanted = rc["tx_batches"] + rc["tx_wakes"]
    status = sum(count for name, count in registers.items() if name.endswith("_control1"))
    require(wanted <= status <= wanted + rc["tx_looks"], f"{status} reads of the status: {rc}")
    require(found.get(REGISTERS, 0) <= wanted + 3 * rc["tx_looks"], f"{registers}: {rc}")
    for side in ("rc", "ep"):
        one = grown[side]
        known = (ELEMENT * one["elements"] * (side == "rc") + POST * one["rx_posted"] +
                 WORD * (one["rx_post_batches"] + one["rx_batches"]))
        written = sum(count for target, count in sums(counted, "MWr", side, "bytes").items() if target != REGISTERS)
        beats = (written - known) / WORD
        require(beats == int(beats) and 0 <= beats <= seconds / HEARTBEAT + 4,
                f"{side} has written {written} bytes in {seconds:.1f} s, {known} are accounted for: {one}")


def elements(b, side):
    """How many elements a side's channels have moved, ever."""
    prefix = "rd" if side == "rc" else "wr"
    return sum(each["elements"] for name, each in b.model.counters()["channels"].items() if name.startswith(prefix))


def measure(b, act):
    """The model's counters of what act() leads to, by how much those of both sides have grown, and how long it took."""
    before = state(b)
    b.model.reset_counters()
    moved = {side: elements(b, side) for side in ("rc", "ep")}
    since = time.monotonic()
    act(before)
    counted, grown = settled(b, before)
    for side in ("rc", "ep"):
        grown[side]["elements"] = elements(b, side) - moved[side]
    return counted, grown, time.monotonic() - since


def send(b, sender, count):
    """Frames, all of them ready before the first is moved."""
    receiver = b.peer(sender)

    def act(before):
        stall(b, sender.side, True)
        sender.check(f"python3 -IS {os.path.abspath(FRAMES)} {net.interface(sender)} {count} {SIZE}")
        b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == count, what="all frames to be ready")
        stall(b, sender.side, False)
        b.until(lambda: queue_counters(receiver, 0)["rx_pkts"] == before[receiver.side]["rx_pkts"] + count,
                what="all frames to arrive")
        b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == 0, what="the sender to hear of it")

    return measure(b, act)


def quiet(b):
    """Neighbours are known, and stay so."""
    equal(net.ping(b.rc, 1)["lost"], 0, "first ping, lost")
    for guest in b.guests:
        net.keep_neighbour(guest)
        send_any_number(guest)


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep"), "burst": (1, 8, 64)}, covers=("R19", "R26"))
def burst(b, side, burst):
    """Frames that the stack sends one by one: a run each. Runs interrupt the receiver, all of them at once if they were ready, and
    never the sender. The EP reads nothing across the link, the RC a register for each run."""
    sender = getattr(b, side)
    quiet(b)
    for _ in range(b.size(3, 50)):
        counted, grown, seconds = send(b, sender, burst)
        equal(grown[side]["tx_pkts"], burst, "frames reported")
        equal(grown[side]["tx_batches"], burst, "runs")
        check(b, sender, counted, grown, seconds)
    for guest in b.guests:
        bad = {key: value for key, value in queue_counters(guest, 0).items()
               if value and ("_err_" in key or key.startswith("reject_"))}
        equal(bad, {}, f"counters of {guest.side}")


PKTGEN = "/proc/net/pktgen"
NOBODY = "192.0.2.1"        # who does not answer


def generate(b, sender, count):
    """The stack announces that each frame but the last is followed by another."""
    receiver, interface = b.peer(sender), net.interface(sender)
    address = receiver.read(f"/sys/class/net/{net.interface(receiver)}/address").strip()
    for line in (f"count {count}", f"burst {count}", f"pkt_size {SIZE}", f"dst_mac {address}",
                 f"dst {NOBODY}"):
        sender.check(f"echo {line} > {PKTGEN}/{interface}")

    def act(before):
        sender.check(f"echo start > {PKTGEN}/pgctrl")
        b.until(lambda: queue_counters(receiver, 0)["rx_pkts"] == before[receiver.side]["rx_pkts"] + count,
                what="all frames to arrive")
        b.until(lambda: queue_counters(sender, 0)["tx_in_flight"] == 0, what="the sender to hear of it")

    return measure(b, act)


@edma(shared="checked", up="netdev", params={"side": ("rc", "ep"), "burst": (1, 8, 64)}, covers=("R26",))
def batch(b, side, burst):
    """One run for frames that the stack hands over as a batch: an element for each, and one for all their records, two if the ring
    wraps. It interrupts the receiver once, and the sender only if it has asked for that: once in 64 KB."""
    sender = getattr(b, side)
    other = b.peer(sender).side
    quiet(b)
    sender.modprobe("pktgen")
    sender.check(f"echo rem_device_all > {PKTGEN}/kpktgend_0; echo add_device {net.interface(sender)} > {PKTGEN}/kpktgend_0")
    wraps, events, rounds = 0, 0, b.size(5, 50)
    for _ in range(rounds):
        counted, grown, seconds = generate(b, sender, burst)
        mine, peer = grown[side], grown[other]
        equal((mine["tx_pkts"], mine["tx_batches"], mine["tx_wakes"]), (burst, 1, 0), "frames, runs, wakes")
        equal((peer["heard"], mine["heard"], peer["tx_batches"]), (1, peer["tx_wakes"], 0),
              "interrupts of the receiver, of the sender, and what else the receiver has sent")
        require(mine["elements"] - burst in (1, 2), f"{mine['elements']} elements for {burst} frames")
        wraps += mine["elements"] - burst - 1
        events += peer["tx_wakes"]
        check(b, sender, counted, grown, seconds)
    require(wraps <= 2 + rounds * burst // 256, f"the ring of records wrapped {wraps} times")
    require(events <= 1 + rounds * burst * SIZE // EVENT, f"{events} interrupts of the sender")
    require(burst > 8 or events <= 1, f"{events} interrupts of the sender for {rounds} bursts of {burst}")
    sender.rmmod("pktgen")
