# SPDX-License-Identifier: GPL-2.0
"""The protocol between the interrupt of the peer's runs and the polls of queues that share it, every interleaving of a
small model of it, on several CPUs.

What is modelled: records and then an interrupt for each queue; a handler that masks the interrupt for each queue and
schedules its poll; NAPI's bits SCHED and MISSED; a poll that reads records, completes, unmasks and looks once more (at
all queues, when nobody masks the interrupt any more), where the next poll may begin on another CPU as soon as it has
completed.  An interrupt that comes while it is masked is
latched (the endpoint's engine), sent again when it is unmasked, or lost (a host whose interrupt controller cannot send it
again).

What it is a model of: irq_handler(), ntb_edma_irq_share() and ntb_edma_irq_unmask() of ntb_transport_edma_irq.c, ntb_edma_qp_poll_end(),
ntb_edma_mask_irq(), and napi_schedule_prep() and napi_complete_done() of net/core/dev.c.
"""

from collections import namedtuple

import lib_model
from lib_model import Wrong
from bench.testing import equal, require, test

QUEUES = (0, 1)
RECORDS = (2, 1)                # of each queue
CPUS = 2                        # that a queue can be at: where it completes, and where it is polled next
MASKED = ("latched", "lost")    # what becomes of an interrupt that comes while it is masked

# arrived, taken: records; owed: an interrupt follows the records; off: the queue has the interrupt masked; ends: what polls
# that have completed still do; poll: where the poll is
Queue = namedtuple("Queue", "arrived taken owed sched missed off poll ends")
# line: the interrupt is there to be handled; masks: how often it is masked; handler: steps it has still to do
State = namedtuple("State", "line masks handler queues")

MISTAKES = {
    "mask-last": ("latched", "the handler schedules the poll before it masks the interrupt"),
    "unmask-first": ("latched", "a poll unmasks the interrupt before it takes back that it has masked it"),
    "look-first": ("lost", "a poll looks once more before it unmasks the interrupt"),
    "no-look": ("lost", "a poll does not look once more"),
    "own-queue": ("lost", "who unmasks the interrupt looks at its own queue only"),
    "busy": ("latched", "a queue that always has something to do keeps another one from its interrupt"),
}


def start():
    return State(False, 0, (), tuple(Queue(0, 0, False, False, False, False, "idle", ()) for _q in QUEUES))


def change(state, q, **changes):
    queues = list(state.queues)
    queues[q] = queues[q]._replace(**changes)
    return state._replace(queues=tuple(queues))


def schedule(state, q):
    return change(state, q, **{"missed" if state.queues[q].sched else "sched": True})


def mask(state, q):
    if state.queues[q].off:
        return state
    return change(state, q, off=True)._replace(masks=state.masks + 1)


def unmask(state):
    if not state.masks:
        raise Wrong("an interrupt is unmasked that is not masked")
    return state._replace(masks=state.masks - 1)


def look(state, queues):
    for q in queues:
        if state.queues[q].arrived != state.queues[q].taken:
            state = schedule(state, q)
    return state


def engine(state, masked):
    for q in QUEUES:
        queue = state.queues[q]
        if queue.arrived < RECORDS[q] and not queue.owed:
            yield f"record {q}", change(state, q, arrived=queue.arrived + 1, owed=True)
        elif queue.owed:
            lost = masked == "lost" and state.masks
            yield f"interrupt {q}", change(state, q, owed=False)._replace(line=state.line or not lost)


def handler(state, mistake):
    if not state.handler:
        if state.line and not state.masks:
            order = ("schedule", "mask") if mistake == "mask-last" else ("mask", "schedule")
            yield "interrupted", state._replace(line=False, handler=tuple((step, q) for q in QUEUES for step in order))
        return
    (step, q), rest = state.handler[0], state.handler[1:]
    state = state._replace(handler=rest)
    yield f"handler: {step} {q}", (mask if step == "mask" else schedule)(state, q)


def poll(state, q, mistake, busy):
    queue = state.queues[q]
    if queue.poll == "idle":
        if queue.sched and len(queue.ends) < CPUS:
            yield "poll", change(state, q, poll="reads")
    elif queue.poll == "reads":
        # who is busy for ever never completes; who masks the interrupt looks at the others
        ends = queue.taken == queue.arrived and not (busy and q == 0)
        state = change(state, q, taken=queue.arrived, poll="completes" if ends else "reads")
        others = tuple(other for other in QUEUES if other != q and state.masks and mistake != "busy")
        yield "read", look(state, others)
    elif queue.missed:
        yield "once more", change(state, q, missed=False, poll="reads")
    else:
        steps = {"unmask-first": ("unmask", "take back", "look"), "look-first": ("look", "take back", "unmask"),
                 "no-look": ("take back", "unmask")}.get(mistake, ("take back", "unmask", "look"))
        yield "complete", change(state, q, sched=False, poll="idle", ends=tuple(sorted((*queue.ends, steps))))


def end_step(state, q, step, rest, mistake):
    """One of what a poll does when it has completed: (what is left to do, state)."""
    mine = state.queues[q].off
    if step == "take back":
        if mistake != "unmask-first" and not mine:
            rest = tuple(each for each in rest if each != "unmask")
        return rest, change(state, q, off=False)
    if step == "unmask":
        if mistake == "unmask-first" and not mine:
            return rest, state
        state = unmask(state)
        if not state.masks and mistake != "own-queue":
            rest = tuple("look at all" if each == "look" else each for each in rest)
        return rest, state
    return rest, look(state, QUEUES if step == "look at all" else (q,))


def end(state, q, mistake):
    """A step of any of the polls that have completed."""
    for number, (step, *rest) in enumerate(state.queues[q].ends):
        ends = state.queues[q].ends
        rest, new = end_step(state, q, step, tuple(rest), mistake)
        others = ends[:number] + ends[number + 1:]
        yield step, change(new, q, ends=tuple(sorted((*others, rest))) if rest else others)


def successors(masked, mistake, busy=False):
    def moves(state):
        for name, new in engine(state, masked):
            yield True, name, new
        for name, new in handler(state, mistake):
            yield True, name, new
        for q in QUEUES:
            for name, new in (*poll(state, q, mistake, busy), *end(state, q, mistake)):
                yield True, f"{name} {q}", new
    return moves


def is_end(state):
    """All is received, and the interrupt will be there for what comes next."""
    return not state.masks and all(queue.taken == RECORDS[q] for q, queue in enumerate(state.queues))


@test(bench=False, params={"masked": MASKED})
def nothing_is_left(_alone, masked):
    """Whatever happens in which order, all records are received, and the interrupt is not masked for good."""
    states, wrong = lib_model.explore(start(), successors(masked, None), is_end)
    equal(wrong, None, "what is wrong")
    require(states > 10000, f"{states} states only")


def is_fair(state):
    """The queue that is not busy for ever has received everything."""
    return state.queues[1].taken == RECORDS[1]


@test(bench=False, params={"masked": MASKED})
def nobody_is_kept_waiting(_alone, masked):
    """A queue whose poll never ends does not keep the other one, which shares its interrupt, from its records."""
    states, wrong = lib_model.explore(start(), successors(masked, None, busy=True), is_fair)
    equal(wrong, None, "what is wrong")
    require(states > 1000, f"{states} states only")


@test(bench=False, params={"mistake": tuple(MISTAKES)})
def mistakes(_alone, mistake):
    """Each step of the protocol is needed: without it, the model finds what goes wrong."""
    masked, what = MISTAKES[mistake]
    busy = mistake == "busy"
    _states, wrong = lib_model.explore(start(), successors(masked, mistake, busy), is_fair if busy else is_end)
    require(wrong, f"nothing is wrong, although {what}")
