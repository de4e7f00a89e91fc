# SPDX-License-Identifier: GPL-2.0
"""The limit for doorbells that interrupt: every interleaving of a small model of one doorbell, its handler and the timer.

What is modelled: a host that writes something and rings RINGS times; an interrupt controller that remembers one ring while the
interrupt is enabled, and that may forget a ring while it is disabled; a handler that delivers the doorbell, and then, under the lock,
holds it if it likes to (whether the budget is used up is of no matter); a timer that delivers a doorbell that is held each time, gives it
up under the lock after any number of rounds, and delivers it once more. Handler and timer are on different processors. A doorbell is
delivered if a delivery begins after the ring: the client then looks at all that the host wrote before.
Not modelled: several doorbells (they share nothing but the timer and its rounds), the end (vntb_db_limit_stop()).

What it is a model of: pci-epf-vntb-db-limit.c in drivers/pci/endpoint/functions.
"""

from collections import namedtuple

import lib_model
from bench.testing import equal, require, test

RINGS = 4

# rung: rings so far; seen: those that some delivery saw; pending, enabled: of the interrupt; held: polled by the timer
# handler: idle, deliver, count; timer: off, armed, decide, deliver (after a round), last (after the release)
State = namedtuple("State", "rung seen pending enabled held handler timer")

MISTAKES = {
    "enables-last": "the timer delivers for the last time before it enables the interrupt",
    "no-last-delivery": "the timer enables the interrupt, and does not deliver again",
    "holds-unarmed": "the doorbell is held, and nobody starts the timer",
    "never-releases": "the timer goes on for ever",
}


def start():
    return State(0, 0, False, True, False, "idle", "off")


def host(state):
    if state.rung < RINGS:
        rung = state._replace(rung=state.rung + 1)
        yield False, "ring", rung._replace(pending=True)
        if not state.enabled:
            yield False, "ring, forgotten", rung


def handler(state, mistake):
    if state.handler == "idle" and state.pending and state.enabled:
        yield True, "interrupt", state._replace(pending=False, handler="deliver")
    elif state.handler == "deliver":
        yield True, "handler delivers", state._replace(seen=state.rung, handler="count")
    elif state.handler == "count":
        yield True, "within budget", state._replace(handler="idle")
        timer = "armed" if state.timer == "off" and mistake != "holds-unarmed" else state.timer
        yield False, "hold", state._replace(handler="idle", enabled=False, held=True, timer=timer)


def release(state, mistake):
    if mistake == "enables-last":
        return state._replace(timer="enable", seen=state.rung)
    after = "off" if mistake == "no-last-delivery" else "last"
    return state._replace(enabled=True, held=False, timer=after)


def timer(state, mistake):
    if state.timer == "armed":
        yield True, "round", state._replace(timer="decide")
    elif state.timer == "decide":
        # under the lock
        yield False, "goes on", state._replace(timer="deliver")
        if mistake != "never-releases":
            yield True, "release", release(state, mistake)
    elif state.timer == "deliver":
        yield True, "timer delivers", state._replace(seen=state.rung, timer="armed")
    elif state.timer == "last":
        # the handler may have held it again meanwhile, and started the timer
        yield True, "timer delivers at last", state._replace(seen=state.rung, timer="armed" if state.held else "off")
    elif state.timer == "enable":
        yield True, "enable", state._replace(enabled=True, held=False, timer="off")


def successors(state, mistake):
    yield from host(state)
    yield from handler(state, mistake)
    yield from timer(state, mistake)


def is_end(state):
    """All was delivered, and the next ring interrupts."""
    return state.seen == state.rung and not state.held and state.enabled and state.handler == "idle" and state.timer == "off"


def explored(mistake=None):
    return lib_model.explore(start(), lambda state: successors(state, mistake), is_end)


@test(bench=False, covers=("H04",))
def every_interleaving(_alone):
    """No ring is lost, whatever the controller forgets, and the doorbell interrupts again in the end."""
    states, wrong = explored()
    equal(wrong, None, "what is wrong")
    require(states > 100, f"only {states} states")


@test(bench=False, params={"mistake": tuple(MISTAKES)}, covers=("H04",))
def mistakes(_alone, mistake):
    """Each mistake is found."""
    require(explored(mistake)[1], f"{MISTAKES[mistake]}: nobody notices")
