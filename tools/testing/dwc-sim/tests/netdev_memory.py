# SPDX-License-Identifier: GPL-2.0
"""What a queue takes of memory is what Documentation/driver-api/ntb.rst says: its slots, its part of the block, and its
receive buffers while it is in use."""

import collections
import contextlib
import os
import re

from lib_ntb import TRACING, events
from lib_recovery import mappings
from lib_traffic import queue_counters, set_queues
from remote_edma import edma
from bench import paths
from bench.testing import equal, net, require, test

DOCUMENT = os.path.join(paths.BUILD, "linux", "Documentation", "driver-api", "ntb.rst")
KB, PAGE = 1 << 10, 4096
QUEUES = 4
SMALL = KB                      # less is not counted
OTHERS = 4                      # KB a queue, of all structures that are one array for all queues
BUFFER = "16384"                # KB of the trace


def document():
    """What the document says: {'entries', 'buffer', 'buffers', 'block', 'slots', 'taken': number, 'parts': [KB, ...]}"""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = " ".join(file.read().split())
    text = text[text.index("**Memory.**"):text.index("**Interrupts.**")]
    patterns = {"entries": r"Rings have (\d+) entries", "buffer": r"``rx-buf-len`` bytes \((\d+)\)",
                "buffers": r"makes (\d+) MB for a queue that is in use", "block": r"in use or not, has (\d+) KB of the block",
                "slots": r"block and (\d+) KB of slots", "taken": r"\((\d+) as allocated\)"}
    says = {name: re.search(pattern, text) for name, pattern in patterns.items()}
    equal([name for name, found in says.items() if not found], [], "what the document does not say")
    parts = text[says["taken"].end():].partition(".")[0]
    return {**{name: int(found.group(1)) for name, found in says.items()}, "parts": sorted(map(int, re.findall(r"\b\d+\b", parts)))}


def live(guest):
    """What the transport has got from kmalloc() since the trace began, and still has: [(bytes that it asked for, bytes that these
    take), ...]"""
    found = {}
    for line in guest.check(f"cat {TRACING}/trace").splitlines():
        fields = dict(re.findall(r"(\w+)=(\S+)", line))
        if " kmalloc: " in line and "[ntb_transport]" in line:
            found[fields["ptr"]] = int(fields["bytes_req"]), int(fields["bytes_alloc"])
        elif " kfree: " in line:
            found.pop(fields["ptr"], None)
    lost = sum(map(int, re.findall(r"(?m)^overrun: (\d+)$", guest.check(f"cat {TRACING}/per_cpu/cpu*/stats"))))
    equal(lost, 0, f"lost events of {guest.side}")
    return list(found.values())


@contextlib.contextmanager
def loaded(b, queues):
    """ntb_transport and ntb_netdev with so many queues, all of them in use; what they allocate is in the trace."""
    with contextlib.ExitStack() as stack:
        for guest in b.guests:
            stack.enter_context(events(guest, "kmem/kmalloc", "kmem/kfree"))
            guest.write(f"{TRACING}/buffer_size_kb", BUFFER)
            guest.write(f"{TRACING}/events/kmem/kmalloc/filter", f"bytes_req >= {SMALL}")
        b.load_transport(max_num_clients=queues)
        for guest in b.guests:
            guest.modprobe("ntb_netdev")
            net.configure(guest)
        set_queues(b, queues)
        yield
        for guest in b.guests:
            guest.rmmod("ntb_netdev", "ntb_transport")
            equal(live(guest), [], f"left of the transport of {guest.side}")


def posted(b, guest, queues, entries):
    """Wait until all buffers of so many queues are."""
    b.until(lambda: all(queue_counters(guest, queue).get("rx_outstanding") == entries for queue in range(queues)),
            what=f"{entries} buffers a queue")


def measured(b, guest, queues, says):
    """(live() and pages that are mapped, with the interface down), pages that are mapped for its buffers when it is up"""
    posted(b, guest, queues, says["entries"])
    up = mappings(b, guest)
    guest.check(f"ip link set {net.interface(guest)} down")
    found = live(guest), mappings(b, guest)
    guest.check(f"ip link set {net.interface(guest)} up")
    return *found, up - found[1]


@test(up="ntb", mode="edma", variants=("series",), transport_mtu=None, covers=("N01",))
def queues(b):
    """One queue, and four: what each has more, with the interface down and up."""
    says = document()
    equal(sum(says["parts"]), says["slots"], "KB of slots, by the document, and the sum of its parts")
    found = {}
    for number in (1, QUEUES):
        with loaded(b, number):
            for guest in b.guests:
                found[guest, number] = measured(b, guest, number, says)
                net.wait_carrier(guest)
    for guest in b.guests:
        compare(b, guest, says, found[guest, 1], found[guest, QUEUES])


def compare(b, guest, says, one, several):
    """What measured() has found of one queue and of QUEUES, and the document."""
    (few, few_pages, few_buffers), (many, many_pages, many_buffers) = one, several
    buffers = says["buffers"] * KB * KB // PAGE
    equal((few_buffers, many_buffers), (buffers, QUEUES * buffers), f"pages of buffers of {guest.side}, 1 and {QUEUES} queues")
    more = collections.Counter(many)
    more.subtract(few)
    slots = [size for size, count in more.items() if count == QUEUES - 1]
    # the block and, of the slots, the records are memory for DMA
    pages = (many_pages - few_pages) / (QUEUES - 1)
    records = pages * PAGE / KB - says["block"]
    taken = sum(taken for _asked, taken in slots) / KB + records
    others = sum(taken * count for (asked, taken), count in more.items() if (asked, taken) not in slots) / KB / (QUEUES - 1)
    b.log(f"{guest.side}: a queue asks for {sorted(asked for asked, _taken in slots)} bytes, takes {taken} KB and {others:.1f} KB of "
          f"other structures; its peer reaches {pages} pages, and {few_buffers} more with the interface up")
    equal(sorted([*(round(asked / KB) for asked, _taken in slots), records]), says["parts"], f"KB of slots of {guest.side}, by parts")
    equal(taken, says["taken"], f"KB that the slots of a queue of {guest.side} take")
    require(others < OTHERS, f"a queue of {guest.side} takes {others} KB for what the document does not name")


PORT = 4000
# Waits until there is a datagram, and does not read it.
HOLDS = f"""
import select, socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", {PORT}))
print("bound", flush=True)
select.select([s], [], [])
print("there", flush=True)
time.sleep(1000)
"""
SENDS = f"""
import socket, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(1400), (sys.argv[1], {PORT}))
"""


@edma(transport_mtu=None, params={"side": ("rc", "ep")}, covers=("N01",))
def held_by_a_socket(b, side):
    """Nobody reads a packet that has arrived, and the driver goes: the device cannot reach its buffer any more."""
    victim = getattr(b, side)
    before = mappings(b, victim)
    b.bring_netdev()
    job = victim.spawn(f"exec python3 -IS -c '{HOLDS}'")
    b.until(lambda: b"bound" in job.out, what="a socket")
    b.peer(victim).check(f"exec python3 -IS -c '{SENDS}' {net.peer_address(b.peer(victim))}")
    b.until(lambda: b"there" in job.out, what="a packet to arrive")
    victim.rmmod("ntb_netdev", "ntb_transport")
    after = mappings(b, victim)
    job.kill()
    equal(after, before, "pages that are mapped")
