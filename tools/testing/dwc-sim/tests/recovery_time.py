# SPDX-License-Identifier: GPL-2.0
"""How long it takes until datagrams arrive again after a fault, in virtual time, on R-Car S4 with the costs of its CPUs: the same
figures in each run. A datagram leaves each side every 20 ms, so this is what times are exact to."""

import dataclasses
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
BOTH, NEITHER = ("rc", "ep"), ()


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens, and which sides have to notice: that nothing arrives for a while, that the link goes down."""
    begins: tuple                       # commands for the model
    ends: tuple = ()
    length: int = 0                     # ms, from the beginning to the end
    gaps: tuple = NEITHER
    downs: tuple = NEITHER


def hangs(half, length, gaps, downs=NEITHER):
    """Both channels of a queue stand still."""
    return Fault(tuple(f"fault stall {half} {number} on" for number in (0, 1)),
                 tuple(f"fault stall {half} {number} off" for number in (0, 1)), length, gaps, downs)


DOWN = "the engine takes no doorbell for 3 s"
FAULTS = {
    "interrupts of the host are lost for 3 s": Fault((f"fault irq drop {ALL} rc",), ("fault irq drop 0 rc",), 3000),
    "interrupts of the endpoint are lost for 3 s": Fault((f"fault irq drop {ALL} ep",), ("fault irq drop 0 ep",), 3000),
    "100 interrupts of the host are doubled": Fault(("fault irq dup 100 rc",)),
    "100 interrupts of the endpoint are doubled": Fault(("fault irq dup 100 ep",)),
    "100 interrupts of the host are 50 ms late": Fault(("fault irq delay 100 50 rc",)),
    "100 interrupts of the endpoint are 50 ms late": Fault(("fault irq delay 100 50 ep",)),
    "a transfer of each direction is aborted": Fault(("fault dma abort wr 0 0", "fault dma abort rd 0 0")),
    "a list of each direction has an error": Fault(("fault dma llerr wr 0 0", "fault dma llerr rd 0 0")),
    "the engine takes no doorbell for 1 s": Fault(("fault engine off",), ("fault engine on",), 1000, gaps=BOTH),
    DOWN: Fault(("fault engine off",), ("fault engine on",), 3000, gaps=BOTH, downs=BOTH),
    "the host's channels hang for 1 s": hangs("rd", 1000, gaps=("ep",)),
    "the host's channels hang for 3 s": hangs("rd", 3000, gaps=BOTH, downs=BOTH),
    "the endpoint's channels hang for 1 s": hangs("wr", 1000, gaps=("rc",)),
    "the endpoint's channels hang for 3 s": hangs("wr", 3000, gaps=BOTH, downs=BOTH),
    "the host writes to the status of its link": Fault((f"poke bar {CTRL_BAR} {STATUS:#x} 0xffff0001",)),
}
# What make check has time for: one that nothing but timers make up for, and one that takes the link down, before it ends
CHECKED = ("interrupts of the host are lost for 3 s", DOWN)


def planned(seed, names):
    """([(name, beginning, end)], commands for the model): these faults, at moments that the seed tells."""
    source, faults, plan = random.Random(seed), [], []
    for number, name in enumerate(names):
        fault = FAULTS[name]
        begin = (FIRST + number * EACH) * NS + source.randrange(NS)
        faults.append((name, begin, begin + fault.length * MS))
        plan += [(begin, command) for command in fault.begins] + [(begin + fault.length * MS, command) for command in fault.ends]
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
        equal(len(gaps(text)), sum(side in FAULTS[name].gaps for name in names), f"times that nothing arrived at {side}")
        equal(int(text.split()[-1]), sum(side in FAULTS[name].downs for name in names), f"times that {side} took the link down")
        last, = re.findall(r"(?m)^last (\d+)$", text)
        require(int(last) > (until - 1) * NS, f"nothing arrives at {side} at the end: {text}")
        late = {name: worst for name, worst in ((name, max(each)) for name, each in sides[side].items()) if worst > LIMIT}
        equal(late, {}, f"ms after which datagrams arrive again at {side}")
