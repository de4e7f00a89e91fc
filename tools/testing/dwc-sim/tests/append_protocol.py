# SPDX-License-Identifier: GPL-2.0
"""Appending to the list of a channel that runs: every interleaving of a small model of driver and engine.

What is modelled: a ring of SLOTS elements and a link, cycle bits; runs that are written body first, control words last to
first; a look at the status then, or none if something is pending, and a doorbell only for a channel that does not run; writes to
memory and to registers, each of these in order, that arrive later; an engine that reads AHEAD elements, each as it was when it was read, whose stop
takes a step, that hears no doorbell before, and that may fail at an element; the driver's timer, which reads the pointer,
then, if that is short of the head, the status, and, if the channel has stopped, the pointer once more; terminate; starting over.
The status may be read before the elements arrive, and a doorbell may overtake them: that costs a turn of the timer, no more.
Not modelled: the exporter, interrupts (nothing depends on one).

What it is a model of: model/edma-list.c, and dw-edma-ring.c and dw-edma-append.c of drivers/dma/dw-edma.
"""

from collections import namedtuple

import lib_model
from lib_model import Wrong
from bench.testing import equal, require, test

SLOTS = 4
AHEAD = 2
ELEMENTS = 9                    # that are appended, in runs of
RUNS = (1, 2, 3)
FAILS = 3                       # which of them may fail, once
LINK = SLOTS                    # the link's place, behind the last element
EMPTY = (0, None)               # an element: its cycle bit, and its number, which stands for its body

# state: stopped, runs, stopping, halted; at: the element that it is at; cycle: of valid ones; ahead: what it has read; done: how many
# it has done, or failed to do; may: how many it may still fail to do
Engine = namedtuple("Engine", "state at cycle ahead done may")
# pc: idle, kick (it has appended), status and again (looks), terminates, stops, aborts; head, tail: elements appended, and known to
# be done; base: number of the first one since it started over; may: terminates that may still come
Driver = namedtuple("Driver", "pc head tail base may")
# memory: the ring; writes: on their way to it; registers: doorbells and stops on their way
State = namedtuple("State", "driver engine memory writes registers")

MISTAKES = {
    "no-timer": "nobody rings again for a channel that stopped with work pending",
    "control-first": "a control word is there before its body",
    "no-free-slot": "a full ring cannot be told from an empty one",
    "same-cycle": "all laps have the same cycle bit",
    "dirty-restart": "control words of before are left when the channel starts over",
    "no-poll": "the channel starts over without a look at whether it has stopped",
    "rings-halted": "the doorbell is rung for a channel that has failed",
    "status-is-enough": "a channel that has stopped is taken for one that has done everything",
    "pointer-means-next": "the pointer is taken for the element behind the one in work",
}


def start():
    return State(Driver("idle", 0, 0, 0, 1), Engine("stopped", 0, 1, (), 0, 1), (EMPTY,) * SLOTS, (), ())


def place(driver, number):
    """Slot and cycle bit of an element."""
    return (number - driver.base) % SLOTS, ((number - driver.base) // SLOTS + 1) & 1


# ---------------------------------------------------------------- the driver

def run_of(driver, length, mistake):
    """The writes of a run: bodies, then control words, last to first."""
    bodies, words = [], []
    for number in range(driver.head, driver.head + length):
        slot, cycle = place(driver, number)
        bodies.append(("body", slot, number))
        words.insert(0, ("word", slot, 1 if mistake == "same-cycle" else cycle))
    return tuple(words + bodies if mistake == "control-first" else bodies + words)


def append(state, mistake):
    driver = state.driver
    room = SLOTS - (0 if mistake == "no-free-slot" else 1) - (driver.head - driver.tail)
    for length in RUNS:
        if length <= min(room, ELEMENTS - driver.head):
            yield f"append {length}", state._replace(
                driver=driver._replace(pc="kick", head=driver.head + length),
                writes=state.writes + run_of(driver, length, mistake))


def progress(state, mistake):
    """The pointer, read: what is known to be done then."""
    driver, engine = state.driver, state.engine
    slot = engine.at + (1 if mistake == "pointer-means-next" else 0)
    tail = driver.tail + (slot - place(driver, driver.tail)[0]) % SLOTS
    if tail > engine.done:
        raise Wrong("an element is taken for done that is not")
    return tail


def rung(state, pc="idle"):
    return state._replace(driver=state.driver._replace(pc=pc), registers=state.registers + ("doorbell",))


def kick(state, mistake):
    """After an append."""
    stopped = ("stopped", "halted") if mistake == "rings-halted" else ("stopped",)
    if state.driver.pc == "kick":
        if state.driver.head - state.driver.tail > 1:
            # an interrupt is to come for something in the list, it is said: it may be lost
            yield "no kick", state._replace(driver=state.driver._replace(pc="idle"))
        yield "kick", rung(state) if state.engine.state in stopped else state._replace(driver=state.driver._replace(pc="idle"))


def look(state, mistake):
    """The timer."""
    driver, engine = state.driver, state.engine
    if driver.pc == "idle" and driver.tail != driver.head:
        tail = progress(state, mistake)
        pc = "idle" if tail == driver.head or mistake == "no-timer" else "status"
        yield "pointer", state._replace(driver=driver._replace(pc=pc, tail=tail))
    elif driver.pc == "status":
        pc = {"stopped": "again", "halted": "aborts"}.get(engine.state, "idle")
        if pc == "again" and mistake == "status-is-enough":
            if driver.head > engine.done:
                raise Wrong("an element is taken for done that is not")
            yield "status", state._replace(driver=driver._replace(pc="idle", tail=driver.head))
        else:
            yield "status", state._replace(driver=driver._replace(pc=pc))
    elif driver.pc == "again":
        tail = progress(state, mistake)
        after = state._replace(driver=driver._replace(pc="idle", tail=tail))
        yield "pointer again", after if tail == driver.head else rung(after)


def start_over(state, mistake, first):
    """The list is empty, and begins with element number `first`."""
    memory = state.memory if mistake == "dirty-restart" else tuple((0, number) for _c, number in state.memory)
    return state._replace(driver=state.driver._replace(pc="idle", base=first, head=first, tail=first), memory=memory,
                          engine=state.engine._replace(at=0, cycle=1, done=first))


def abort(state, mistake):
    """What is done is known, the one that failed is given up, those behind it are appended again."""
    if state.driver.pc == "aborts" and not state.writes:
        failed = progress(state, mistake)
        after = start_over(state, mistake, failed + 1)
        yield "abort", after._replace(engine=after.engine._replace(state="stopped"))


def terminate(state, mistake):
    driver = state.driver
    if driver.pc == "idle" and driver.may and driver.head:
        words = tuple(("word", place(driver, number)[0], 1 - place(driver, number)[1])
                      for number in range(driver.tail, driver.head))
        yield "invalidate", state._replace(driver=driver._replace(pc="terminates", may=driver.may - 1),
                                           writes=state.writes + words)
    elif driver.pc == "terminates" and not state.writes:
        yield "stop", state._replace(driver=driver._replace(pc="stops"), registers=state.registers + ("stop",))
    elif driver.pc == "stops":
        polled = not state.registers and state.engine.state in ("stopped", "halted")
        if polled or mistake == "no-poll":
            yield "start over", start_over(state, mistake, driver.head)


def driver_moves(state, mistake):
    if state.driver.pc == "idle":
        yield from append(state, mistake)
    if not state.registers:         # a read of a register comes after what was written to them
        yield from kick(state, mistake)
        yield from look(state, mistake)
        yield from abort(state, mistake)
    yield from terminate(state, mistake)


# ---------------------------------------------------------------- what is on its way

def arrivals(state):
    if state.writes:
        (what, slot, value), rest = state.writes[0], state.writes[1:]
        memory = list(state.memory)
        cycle, number = memory[slot]
        memory[slot] = (cycle, value) if what == "body" else (value, number)
        yield f"{what} {slot} arrives", state._replace(memory=tuple(memory), writes=rest)
    if state.registers:
        what, engine = state.registers[0], state.engine
        if what == "stop":
            engine = engine._replace(state="stopped", ahead=())
        elif engine.state in ("stopped", "halted"):
            engine = engine._replace(state="runs", ahead=())
        yield f"{what} arrives", state._replace(engine=engine, registers=state.registers[1:])


# ---------------------------------------------------------------- the engine

def element(state, at):
    return "link" if at == LINK else state.memory[at]


def next_to_read(engine):
    """Place of the element behind what was read, or None if that was the end."""
    at, cycle = engine.at, engine.cycle
    for word in engine.ahead:
        if word == "link":
            at, cycle = 0, 1 - cycle
        elif word[0] != cycle:
            return None
        else:
            at += 1
    return at


def engine_moves(state):
    engine = state.engine
    if engine.state == "stopping":
        yield "stops", state._replace(engine=engine._replace(state="stopped", ahead=()))
    if engine.state != "runs":
        return
    at = next_to_read(engine)
    if at is not None and len(engine.ahead) < AHEAD:
        yield f"reads {at}", state._replace(engine=engine._replace(ahead=engine.ahead + (element(state, at),)))
    if not engine.ahead:
        return
    word, ahead = engine.ahead[0], engine.ahead[1:]
    if word == "link":
        yield "follows the link", state._replace(engine=engine._replace(at=0, cycle=1 - engine.cycle, ahead=ahead))
    elif word[0] != engine.cycle:
        yield "finds the end", state._replace(engine=engine._replace(state="stopping"))
    else:
        if word[1] != engine.done or word[1] >= state.driver.head:
            raise Wrong(f"element {word[1]} is done, where {engine.done} is next")
        if word[1] == FAILS and not engine.may:
            raise Wrong(f"element {word[1]} is done again, which has failed")
        yield "does one", state._replace(engine=engine._replace(at=engine.at + 1, done=engine.done + 1, ahead=ahead))
        if engine.may and word[1] == FAILS:
            yield "fails", state._replace(engine=engine._replace(state="halted", ahead=(), may=engine.may - 1))


# ---------------------------------------------------------------- all of it

def successors(state, mistake):
    yield from driver_moves(state, mistake)
    yield from arrivals(state)
    yield from engine_moves(state)


def is_end(state):
    """All that was appended is done, and the driver knows."""
    driver = state.driver
    return driver.pc == "idle" and driver.tail == driver.head == ELEMENTS and state.engine.done == driver.head


def explore(mistake=None):
    """As lib_model.explore()."""
    return lib_model.explore(start(), lambda state: ((True, *move) for move in successors(state, mistake)), is_end)


@test(bench=False)
def every_interleaving(_alone):
    """Each element is done once and in order, the driver never takes one for done that is not, and nothing gets stuck."""
    states, wrong = explore()
    equal(wrong, None, "what is wrong")
    require(states > 10000, f"{states} states only")


@test(bench=False, params={"mistake": tuple(MISTAKES)})
def mistakes(_alone, mistake):
    """The model notices each mistake that the driver could make."""
    _states, wrong = explore(mistake)
    require(wrong, f"nothing is wrong, although {MISTAKES[mistake]}")
