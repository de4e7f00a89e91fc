# SPDX-License-Identifier: GPL-2.0
"""ethtool -S of ntb_netdev: what ntb_transport has counted for each queue."""

import os
import re

from lib_frames import __file__ as FRAMES
from lib_traffic import bring_up, directions, payload, queue_counters, set_queues
from bench.testing import equal, net, require, test

COUNT = 128
SIZE = 1000
# Of debugfs: the state of a queue, which is no counter.
STATE = {"rx_index", "rx_max_entry", "rx_alloc_entry", "tx_index", "RRI", "tx_max_entry", "free tx", "tx_room",
         "tx_in_flight", "rx_outstanding"}
# A counter that only one of the backends has.
OWN = {"memcpy": "rx_memcpy", "edma": "rx_posted"}


def statistics(guest):
    """A dictionary of the counters for each queue, in the order of the queues."""
    lines = guest.check(f"ethtool -S {net.interface(guest)}").splitlines()
    equal(lines.pop(0), "NIC statistics:", "first line")
    found = [re.fullmatch(r" +q(\d+)_(\w+): (\d+)", line).groups() for line in lines]
    queues = [{} for _ in dict.fromkeys(queue for queue, _, _ in found)]
    for queue, name, value in found:
        require(name not in queues[int(queue)], f"{name} of queue {queue} is there twice")
        queues[int(queue)][name] = int(value)
    return queues


def agree(b, queues):
    """Both ways to read the counters name the same ones and have the same numbers."""
    for guest in b.guests:
        found = statistics(guest)
        equal(len(found), queues, f"queues of {guest.side}")
        for queue, counters in enumerate(found):
            shown = {key: value for key, value in queue_counters(guest, queue).items() if key not in STATE}
            equal(counters, shown, f"queue {queue} of {guest.side}")
            require(OWN[b.plan.mode] in counters, f"{guest.side} has no counters of {b.plan.mode}")


def growth(guest, before, key):
    """What each queue has counted since."""
    return [new[key] - old[key] for new, old in zip(statistics(guest), before)]


def sent_and_received(b, sender, receiver, count, send):
    """What send() sends, so many frames: they are counted on both sides, in the same queues, and
    nothing else is. Returns the frames and the bytes of each queue."""
    here, there = statistics(sender), statistics(receiver)
    send()
    b.until(lambda: sum(growth(sender, here, "tx_pkts")) == count, what="all frames to be counted as sent")
    b.until(lambda: sum(growth(receiver, there, "rx_pkts")) == count, what="all frames to be counted as received")
    sent = growth(sender, here, "tx_pkts"), growth(sender, here, "tx_bytes")
    received = growth(receiver, there, "rx_pkts"), growth(receiver, there, "rx_bytes")
    equal(received, sent, "frames and bytes received by each queue")
    equal(sum(growth(sender, here, "rx_pkts")), 0, "frames that came back")
    return sent


def counted(b, queues):
    """With that many queues, and with as many as there are after the number has changed."""
    bring_up(b, queues=queues)
    for guest in b.guests:
        net.keep_neighbour(guest)
    for sender, receiver in directions(b):
        command = f"python3 -IS {os.path.abspath(FRAMES)} {net.interface(sender)} {COUNT} {SIZE}"
        _frames, found = sent_and_received(b, sender, receiver, COUNT, lambda: sender.check(command))    # pylint: disable=cell-var-from-loop
        equal(sum(found), COUNT * SIZE, "bytes sent")
        frames, _bytes = sent_and_received(b, sender, receiver, COUNT,
                                           lambda: payload(b, sender, receiver, "flows", 1, COUNT, SIZE))    # pylint: disable=cell-var-from-loop
        require(all(frames), f"not all queues were used: {frames}")
    agree(b, queues)
    for number in (5 - queues, queues):
        set_queues(b, number)
        agree(b, number)


@test(up="ntb", variants=("series",), shared=False, params={"queues": (1, 4)}, covers=("R28",))
def memcpy(b, queues):
    """Frames and bytes are counted, each once and by the queue that moves them, as debugfs says, when
    a CPU copies them."""
    counted(b, queues)


@test(up="ntb", variants=("series",), shared=False, mode="edma", params={"queues": (1, 4)}, covers=("R26", "R28"))
def edma(b, queues):
    """The same, when the endpoint's DMA engine moves them."""
    counted(b, queues)
