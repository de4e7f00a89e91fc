# SPDX-License-Identifier: GPL-2.0
"""The protocol between the calendar and two guests, every interleaving of a small model of it.

What is modelled: the run token and what is shared (request, time, free-until) with each access to it a step
of its own; START or RUN and WAIT; a kick, which the calendar acknowledges and which plans an interrupt; the interrupt,
which a waiting guest acknowledges after it has asked for the token; a guest's timer; a delay, in which
interrupts are off and are kept until its end.  Not modelled: marks, TIME_OF_DAY, a guest that dies.

What it is a model of: model/calendar.c and calendar-msg.c, and arch/um/kernel/time.c in time-travel=ext mode.
"""

from collections import namedtuple

import lib_model
from lib_model import Wrong
from bench.testing import equal, require, test

GUESTS = (0, 1)
CALENDAR = 2                    # as holder of the token
NEVER = 99
LATER = (0, 2)                  # ns from a kick to the interrupt that it leads to
DELAY = 1
KICKS, DELAYS = (2, 1), 1       # of each guest
TIMER = (1, 2)                  # when each guest's only timer fires

# pc: where it is in its code; req: the time it asked for; own: when its timer fires; irq: interrupts that came; kept: those
# that found interrupts off; until: end of a delay; kicks, delays: how many it may still do; handled: interrupts
Guest = namedtuple("Guest", "pc req own irq kept until kicks delays handled")
# now is the calendar's clock, time the shared one; events: (when, whom it interrupts); kicks: those in the socket, (when, who
# kicked, whom it interrupts, how much later)
State = namedtuple("State", "pc who now time token free events kicks guests")

MISTAKES = {
    "clear-late": "a guest is let run before its last request is cleared: its next one is lost",
    "free-until-stays": "a kick does not lower the time up to which the guest is free",
    "interrupt-without-request": "a guest that takes an interrupt does not ask for the token",
    "event-while-one-runs": "the calendar goes on while a guest runs",
    "kept-too-long": "an interrupt that came with interrupts off stays in its list when these are on again",
    "kick-without-ack": "a guest goes on before its kick was taken note of",
}


def start():
    guests = tuple(Guest("off", 0, TIMER[g], 0, 0, NEVER, KICKS[g], DELAYS, 0) for g in GUESTS)
    return State("choose", None, 0, 0, CALENDAR, 0, (), (), guests)


def with_guest(state, g, **changes):
    guests = list(state.guests)
    guests[g] = guests[g]._replace(**changes)
    return state._replace(guests=tuple(guests))


def wanted(state, g):
    guest = state.guests[g]
    return guest.req if guest.pc in ("off", "waits") else NEVER


def horizon(state):
    return min([when for when, _g in state.events] + [wanted(state, g) for g in GUESTS] + [NEVER])


def first(guest):
    """The earliest of a guest's own events: an interrupt is now, whatever now is."""
    return min(guest.own, guest.until)


def calendar(state, mistake):
    """What the calendar can do next: (name, state)."""
    if state.pc == "choose":
        if any(guest.pc in ("runs", "asks") for guest in state.guests):
            raise Wrong("two run at once")
        event = min(state.events, default=(NEVER, None))
        when, who = min(((wanted(state, g), g) for g in GUESTS), default=(NEVER, None))
        if event[0] == NEVER and when == NEVER:
            return                      # nothing is left to do
        if min(event[0], when) < state.now:
            raise Wrong("an event is late")
        if event[0] <= when:            # of one time, the model goes first
            rest = tuple(each for each in state.events if each is not event)
            yield "event", state._replace(pc="call", who=event[1], now=event[0], time=event[0],
                                          token=CALENDAR, events=rest)
        else:
            yield "chosen", state._replace(pc="clear", who=who, now=when)
    elif state.pc == "clear":
        if mistake == "clear-late":
            yield "share", share(state)._replace(pc="send")
        else:
            yield "clear", with_guest(share(state), state.who, req=NEVER)._replace(pc="send")
    elif state.pc == "send":
        sent = with_guest(state, state.who, pc="runs")
        yield "run", sent._replace(pc="clear late" if mistake == "clear-late" else "serve")
    elif state.pc == "clear late":
        yield "clear", with_guest(state, state.who, req=NEVER)._replace(pc="serve")
    elif state.pc == "call" and state.guests[state.who].pc in ("waits", "off"):
        yield "interrupt", with_guest(state, state.who, pc="called")._replace(pc="acked?")
    elif state.pc == "serve" and state.kicks:
        yield "noted", note(state, mistake)
    elif state.pc == "serve" and mistake == "event-while-one-runs" and state.events:
        yield "choose", state._replace(pc="choose")


def share(state):
    """The token goes to the guest that was chosen."""
    others = [when for when, _g in state.events] + [wanted(state, g) for g in GUESTS if g != state.who]
    return state._replace(time=state.now, token=state.who, free=min(others + [NEVER]))


def note(state, mistake):
    """The calendar takes note of a kick, at the time of the guest that runs."""
    (when, g, peer, later), rest = state.kicks[0], state.kicks[1:]
    if state.time != when or state.time < state.now:
        raise Wrong("a kick is taken note of at another time")
    state = state._replace(now=when, kicks=rest, events=tuple(sorted(state.events + ((when + later, peer),))))
    if mistake != "free-until-stays":
        state = state._replace(free=min(state.free, horizon(state)))
    return with_guest(state, g, pc="runs")


def advance(state, g, to):
    """A guest goes to the time of its next event, by itself or after it was let run."""
    guest = state.guests[g]
    if to < state.free or to == state.time:
        if any(when < to for when, _g in state.events):
            raise Wrong("a guest ran past an event")
        return with_guest(state._replace(time=to), g, pc="runs")
    return with_guest(state, g, pc="asks", req=min(guest.req, to))


def guest_runs(state, g, mistake):
    """What a guest that has the token can do next."""
    guest, now = state.guests[g], state.time
    if state.token != g:
        raise Wrong("a guest runs without the token")
    if guest.irq:
        if guest.until != NEVER:        # interrupts are off
            yield "kept", with_guest(state, g, irq=0, kept=guest.kept + guest.irq)
        else:
            yield "handled", with_guest(state, g, irq=0, handled=guest.handled + guest.irq)
        return
    if guest.own <= now and guest.until == NEVER:
        yield "timer", with_guest(state, g, own=NEVER)
        return
    if guest.until <= now:
        kept = guest.kept if mistake != "kept-too-long" else 0
        yield "delay ends", with_guest(state, g, until=NEVER, handled=guest.handled + kept, kept=guest.kept - kept)
        return
    if guest.until != NEVER:
        yield "goes on", advance(state, g, guest.until)
        return
    if guest.kicks:
        for peer in GUESTS:
            for later in LATER:
                pc = "runs" if mistake == "kick-without-ack" else "kicked"
                yield "kick", with_guest(state, g, kicks=guest.kicks - 1, pc=pc)._replace(
                    kicks=state.kicks + ((now, g, peer, later),))
    if guest.delays:
        yield "delay", with_guest(state, g, delays=guest.delays - 1, until=now + DELAY)
    if guest.kept and mistake != "kept-too-long":
        raise Wrong("a guest goes idle with an interrupt in its list")
    yield "idle", advance(state, g, first(guest))


def guest_moves(state, g, mistake):
    guest = state.guests[g]
    if guest.pc == "runs":
        yield from guest_runs(state, g, mistake)
    elif guest.pc == "asks" and state.pc == "serve" and not state.kicks:
        yield "wait", with_guest(state, g, pc="waits")._replace(pc="choose", now=state.time, token=CALENDAR)
    elif guest.pc == "called":
        req = guest.req if mistake == "interrupt-without-request" else state.time
        yield "asks for the token", with_guest(state, g, pc="waits", irq=guest.irq + 1, req=min(guest.req, req))._replace(pc="choose")


def successors(state, mistake):
    yield from calendar(state, mistake)
    for g in GUESTS:
        yield from ((f"{name} {g}", after) for name, after in guest_moves(state, g, mistake))


def check_end(state):
    """Nobody can do anything any more: then nothing is left to do."""
    planned = sum(KICKS) - sum(guest.kicks for guest in state.guests)
    handled = sum(guest.handled for guest in state.guests)
    if state.events or handled != planned:
        raise Wrong(f"{planned - handled} interrupts were lost")
    if any(guest.own != NEVER or guest.until != NEVER for guest in state.guests):
        raise Wrong("a timer did not fire")
    if any(guest.pc != "waits" for guest in state.guests):
        raise Wrong("a guest waits for a message that nobody sends")


def all_moves(state, mistake):
    after = [(True, *move) for move in successors(state, mistake)]
    if not after:
        check_end(state)
    return after


def explore(mistake=None):
    """As lib_model.explore()."""
    return lib_model.explore(start(), lambda state: all_moves(state, mistake))


@test(bench=False)
def every_interleaving(_alone):
    """One runs at a time, nobody runs past an event, no wake-up is lost, and it comes to an end."""
    states, wrong = explore()
    equal(wrong, None, "what is wrong")
    require(states > 1000, f"{states} states only")


@test(bench=False, params={"mistake": tuple(MISTAKES)})
def mistakes(_alone, mistake):
    """The model notices each mistake that the protocol could make."""
    _states, wrong = explore(mistake)
    require(wrong, f"nothing is wrong, although {MISTAKES[mistake]}")
