# SPDX-License-Identifier: GPL-2.0
"""The protocol between the interrupts of the peer's runs and the polls of queues that share them, every interleaving of
a small model of it, on several CPUs.

What is modelled: two queues that send by the same two channels, the lanes of each, with an interrupt for each channel;
either both send by one channel, or one of them by both.  A run writes a record and then raises the interrupt of its
channel; runs of different channels end in any order, and the records are read in order.  A handler that masks the
interrupt for each queue and schedules its poll; NAPI's bits SCHED and MISSED; a poll that reads records, completes,
gives back both interrupts and looks once more (at all queues, when nobody masks one of them any more), where the next
poll may begin on another CPU as soon as it has completed.  An interrupt that comes while it is masked is latched (the
endpoint's engine), sent again when it is unmasked, or lost (a host whose interrupt controller cannot send it again).

What it is a model of: irq_handler(), ntb_edma_irq_share() and ntb_edma_irq_unmask() of ntb_transport_edma_irq.c,
ntb_edma_qp_poll_end(), ntb_edma_mask_irq() and ntb_edma_unmask_irq() (one step each, under a lock), and
napi_schedule_prep() and napi_complete_done() of net/core/dev.c.
"""

from collections import namedtuple

import lib_model
from lib_model import Wrong
from bench.testing import equal, require, test

QUEUES = (0, 1)
# The runs of each queue, with a record each: their channels
ONE, BOTH = ((0, 0), (0,)), ((0, 1), ())
RUNS = {"one": ONE, "both": BOTH}
FEW = ((0,), (0,))              # enough for most mistakes
CPUS = 2                        # that a queue can be at: where it completes, and where it is polled next
MASKED = ("latched", "lost")    # what becomes of an interrupt that comes while it is masked

# runs: of each, where it is; taken: records; off: which interrupts the queue has masked; poll: where that is; ends: what
# polls that have completed still do
Queue = namedtuple("Queue", "runs taken sched missed off poll ends")
MOVES, WRITTEN, TOLD = range(3)
# lines: the interrupts are there to be handled; handlers: the steps that each has still to do
State = namedtuple("State", "lines handlers queues")

MISTAKES = {
    "mask-last": ("latched", FEW, "the handler schedules the poll before it masks the interrupt"),
    "unmask-first": ("latched", FEW, "a poll unmasks an interrupt before it takes back that it has masked it"),
    "look-first": ("lost", FEW, "a poll looks once more before it unmasks the interrupts"),
    "no-look": ("lost", FEW, "a poll does not look once more"),
    "own-queue": ("lost", FEW, "who unmasks an interrupt looks at its own queue only"),
    "one-lane": ("latched", BOTH, "a poll unmasks the interrupt of the first lane only"),
    "busy": ("latched", FEW, "a queue that always has something to do keeps another one from its interrupt"),
    "waits": ("latched", FEW, "a poll has the others polled while an interrupt is masked, whether or not they have a reason"),
}


def start(runs):
    queues = tuple(Queue((MOVES,) * len(each), 0, False, False, (False, False), "idle", ()) for each in runs)
    return State((False, False), ((), ()), queues)


def put(values, at, value):
    return (*values[:at], value, *values[at + 1:])


def change(state, q, **changes):
    return state._replace(queues=put(state.queues, q, state.queues[q]._replace(**changes)))


def masked_now(state, lane):
    return any(queue.off[lane] for queue in state.queues)


def arrived(queue):
    """Records behind one that is still moved are not seen."""
    return queue.runs.index(MOVES) if MOVES in queue.runs else len(queue.runs)


def schedule(state, q):
    return change(state, q, **{"missed" if state.queues[q].sched else "sched": True})


def set_off(state, q, lane, off):
    return change(state, q, off=put(state.queues[q].off, lane, off))


def look(state, queues, mistake=None):
    for q in queues:
        if arrived(state.queues[q]) != state.queues[q].taken or mistake == "waits":
            state = schedule(state, q)
    return state


def engine(state, runs, masked):
    for q in QUEUES:
        for number, (lane, now) in enumerate(zip(runs[q], state.queues[q].runs)):
            if now != TOLD:
                new = change(state, q, runs=put(state.queues[q].runs, number, now + 1))
                lost = masked == "lost" and masked_now(state, lane)
                if now == WRITTEN and not lost:
                    new = new._replace(lines=put(state.lines, lane, True))
                yield ("record", "interrupt")[now] + f" {q}.{number}", new


def handler(state, lane, mistake):
    if not state.handlers[lane]:
        if state.lines[lane] and not masked_now(state, lane):
            order = ("schedule", "mask") if mistake == "mask-last" else ("mask", "schedule")
            steps = tuple((step, q) for q in QUEUES for step in order)
            yield f"interrupted {lane}", state._replace(lines=put(state.lines, lane, False),
                                                        handlers=put(state.handlers, lane, steps))
        return
    (step, q), rest = state.handlers[lane][0], state.handlers[lane][1:]
    state = state._replace(handlers=put(state.handlers, lane, rest))
    yield f"handler {lane}: {step} {q}", set_off(state, q, lane, True) if step == "mask" else schedule(state, q)


def ends_of(lanes, mistake):
    """What a poll does when it has completed."""
    steps = [("give back", lane) for lane in lanes]
    if mistake == "unmask-first":
        steps = [(step, lane) for lane in lanes for step in ("unmask", "give back")]
    if mistake == "one-lane":
        steps = steps[:1]
    if mistake == "look-first":
        return (("look", 0), *steps)
    return tuple(steps) if mistake == "no-look" else (*steps, ("look", 0))


def poll(state, q, lanes, mistake, busy):
    queue = state.queues[q]
    if queue.poll == "idle":
        if queue.sched and len(queue.ends) < CPUS:
            yield "poll", change(state, q, poll="reads")
    elif queue.poll == "reads":
        # who is busy for ever never completes; who masks an interrupt looks at the others
        ends = queue.taken == arrived(queue) and not (busy and q == 0)
        state = change(state, q, taken=arrived(queue), poll="completes" if ends else "reads")
        shares = any(masked_now(state, lane) for lane in lanes) and mistake != "busy"
        yield "read", look(state, (1 - q,), mistake) if shares else state
    elif queue.missed:
        yield "once more", change(state, q, missed=False, poll="reads")
    else:
        yield "complete", change(state, q, sched=False, poll="idle", ends=tuple(sorted((*queue.ends, ends_of(lanes, mistake)))))


def end_step(state, q, step, rest, mistake):
    """One of what a poll does when it has completed: (what is left to do, state)."""
    what, lane = step
    if what == "look":
        return rest, look(state, (q,) if lane == 0 else QUEUES)
    mine, was = state.queues[q].off[lane], masked_now(state, lane)
    if what == "unmask":            # only by mistake: what others have masked stays so in "off", but is not masked
        if mine and any(other.off[lane] for other in state.queues if other is not state.queues[q]):
            raise Wrong("an interrupt is unmasked that others have masked")
        return rest, state
    state = set_off(state, q, lane, False)
    if was and mine and not masked_now(state, lane) and mistake != "own-queue":
        rest = tuple(("look", 1) if each[0] == "look" else each for each in rest)
    return rest, state


def end(state, q, mistake):
    """A step of any of the polls that have completed."""
    ends = state.queues[q].ends
    for number, (step, *rest) in enumerate(ends):
        rest, new = end_step(state, q, step, tuple(rest), mistake)
        others = ends[:number] + ends[number + 1:]
        yield f"{step[0]} {step[1]}", change(new, q, ends=tuple(sorted((*others, rest) if rest else others)))


def successors(masked, runs, mistake=None, busy=False):
    lanes = sorted({lane for each in runs for lane in each})

    def moves(state):
        for name, new in engine(state, runs, masked):
            yield True, name, new
        for lane in lanes:
            for name, new in handler(state, lane, mistake):
                yield True, name, new
        for q in QUEUES:
            for name, new in (*poll(state, q, lanes, mistake, busy), *end(state, q, mistake)):
                yield True, f"{name} of {q}", new
    return moves


def is_end(state):
    """All is received, and the interrupts will be there for what comes next."""
    return (not any(queue.off[0] or queue.off[1] for queue in state.queues) and
            all(queue.taken == len(queue.runs) for queue in state.queues))


@test(bench=False, params={"masked": MASKED, "runs": tuple(RUNS)})
def nothing_is_left(_alone, masked, runs):
    """Whatever happens in which order, all records are received, no interrupt is masked for good, and the polls end."""
    states, wrong = lib_model.explore(start(RUNS[runs]), successors(masked, RUNS[runs]), is_end, ends=True)
    equal(wrong, None, "what is wrong")
    require(states > 20000, f"{states} states only")


def is_fair(state):
    """The queue that is not busy for ever has received everything."""
    return state.queues[1].taken == len(state.queues[1].runs)


@test(bench=False, params={"masked": MASKED})
def nobody_is_kept_waiting(_alone, masked):
    """A queue whose poll never ends does not keep the other one, which shares its interrupts, from its records."""
    states, wrong = lib_model.explore(start(ONE), successors(masked, ONE, busy=True), is_fair)
    equal(wrong, None, "what is wrong")
    require(states > 1000, f"{states} states only")


@test(bench=False, params={"mistake": tuple(MISTAKES)})
def mistakes(_alone, mistake):
    """Each step of the protocol is needed: without it, the model finds what goes wrong."""
    masked, runs, what = MISTAKES[mistake]
    busy = mistake == "busy"
    _states, wrong = lib_model.explore(start(runs), successors(masked, runs, mistake, busy), is_fair if busy else is_end,
                                       ends=not busy)
    require(wrong, f"nothing is wrong, although {what}")
