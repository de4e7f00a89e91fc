# SPDX-License-Identifier: GPL-2.0
"""How long it takes until datagrams arrive again after a fault, in virtual time, on R-Car S4 with the costs of its CPUs: the same
figures in each run. A datagram leaves each side every 20 ms, so this is what times are exact to."""

import os
import random
import re
import statistics

from remote_edma_setup import CTRL_BAR, STATUS
from bench import perf, physics
from bench.testing import equal, require, test
from bench.virtual import NS, Virtual, board

MS = 10 ** 6
FIRST, EACH = 10, 7            # s: the first fault, and from one to the next
EXACT = 20 * MS
LIMIT = 2000                    # ms, from a fault's end
ALL = 1000000000                # interrupts: more than there are
DOWN = "the engine takes no doorbell for 3 s"
# name: how long it lasts, ms; commands at its beginning and at its end
FAULTS = {
    "interrupts of the host are lost for 3 s": (3000, (f"fault irq drop {ALL} rc",), ("fault irq drop 0 rc",)),
    "interrupts of the endpoint are lost for 3 s": (3000, (f"fault irq drop {ALL} ep",), ("fault irq drop 0 ep",)),
    "100 interrupts of the host are doubled": (0, ("fault irq dup 100 rc",), ()),
    "100 interrupts of the endpoint are doubled": (0, ("fault irq dup 100 ep",), ()),
    "a transfer of each direction is aborted": (0, ("fault dma abort wr 0 0", "fault dma abort rd 0 0"), ()),
    "a list of each direction has an error": (0, ("fault dma llerr wr 0 0", "fault dma llerr rd 0 0"), ()),
    "the engine takes no doorbell for 1 s": (1000, ("fault engine off",), ("fault engine on",)),
    DOWN: (3000, ("fault engine off",), ("fault engine on",)),
    "the host writes to the status of its link": (0, (f"poke bar {CTRL_BAR} {STATUS:#x} 0xffff0001",), ()),
}
# What make check has time for: one that nothing but timers make up for, and one that takes the link down, before it ends
CHECKED = ("interrupts of the host are lost for 3 s", DOWN)


def planned(seed, names):
    """([(name, beginning, end)], commands for the model): these faults, at moments that the seed tells."""
    source, faults, plan = random.Random(seed), [], []
    for number, name in enumerate(names):
        length, begins, ends = FAULTS[name]
        begin = (FIRST + number * EACH) * NS + source.randrange(NS)
        faults.append((name, begin, begin + length * MS))
        plan += [(begin, command) for command in begins] + [(begin + length * MS, command) for command in ends]
    return faults, plan


def gaps(text):
    """[(from, to)] of one side, ns; none is open at the end."""
    return [tuple(map(int, found)) for found in re.findall(r"(?m)^gap (\d+) (\d+)$", text)]


def recoveries(faults, found):
    """{name: [ms from its end until datagrams arrive again, of each fault]}; 0 if they never stopped, or did so before its end."""
    took = {name: [] for name, _begin, _end in faults}
    for number, (name, begin, end) in enumerate(faults):
        after = faults[number + 1][1] if number + 1 < len(faults) else begin + EACH * NS
        mine = [last for first, last in found if begin - EXACT <= first < after - EXACT]
        took[name].append(max(0, max(mine, default=0) - end) / MS)
    return took


def table(sides):
    """Lines of Documentation/robustness.md: {side: recoveries()}, by the side that receives."""
    for name in sides["rc"]:
        values = [f"{statistics.median(took[name]):.0f} / {max(took[name]):.0f}" for took in sides.values()]
        yield f"| {name} | {' | '.join(values)} |"


@test(bench=False, timeout=2000, covers=("R26",))
def faults(alone):
    """Datagrams arrive again within 2 s after each fault; where there is another way to learn of what was lost, they never stop."""
    names = tuple(FAULTS) * 10 if alone.soak else CHECKED
    found, plan = planned(alone.seed, names)
    until = FIRST + len(found) * EACH
    costs = perf.cpu_costs(physics.values(board("rcar-s4")))
    files = {"costs": "".join(f"{name} {cost}\n" for name, cost in costs.items())}
    with Virtual(alone.scratch, alone.logs, "rcar-s4", mode="edma", until=(until + 30) * NS) as run:
        run.run("recover", timeout=120 + 20 * len(names), files=files, variables={"MTU": "1500", "LENGTH": str(until)}, plan=plan)
        texts = {machine.side: machine.result("out") for machine in (run.rc, run.ep)}
    sides = {side: recoveries(found, gaps(text)) for side, text in texts.items()}
    with open(os.path.join(alone.logs, "table"), "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in table(sides))
    for side, text in texts.items():
        equal(len(gaps(text)), sum(name.startswith("the engine") for name in names), f"times that nothing arrived at {side}")
        equal(int(text.split()[-1]), names.count(DOWN), f"times that {side} took the link down")
        last, = re.findall(r"(?m)^last (\d+)$", text)
        require(int(last) > (until - 1) * NS, f"nothing arrives at {side} at the end: {text}")
        late = {name: worst for name, worst in ((name, max(each)) for name, each in sides[side].items()) if worst > LIMIT}
        equal(late, {}, f"ms after which datagrams arrive again at {side}")
