# SPDX-License-Identifier: GPL-2.0
"""How the copying backends of two sides find out what the other one is, and bring a queue up: every interleaving of a small
model of it.

What is modelled: one side, the stayer, keeps ntb_transport loaded; the other one, the leaver, unloads and loads it. Each store
to a scratchpad of the peer, and each clearing of an own one, is a step; the link event that the stayer is sent comes late, or
once for several; the leaver's client comes at any time. A kind "new" knows state words, "old" is what Linux 7.3 has.
Not modelled: more than one queue, lost interrupts, frames; a stayer that is old: it misses a peer that goes and comes.

What it is a model of: ntb_transport_core.c, ntb_transport_memcpy_link.c and ntb_transport_memcpy_state.h.
"""

from collections import namedtuple

import lib_model
from bench.testing import equal, require, test

STAYER, LEAVER = SIDES = (0, 1)
INCS = 3                        # incarnations, of 14
READY = 1                       # value of QP_LINKS

# Scratchpads of a side: its peer stores, the side itself clears them in this order. ext says that it knows state words
Pads = namedtuple("Pads", "ver links size word ext")
# next: steps under way, see STEPS; up: the transport's link; words: state words are used; enabled: the link, as the hardware
# sees it; event, setup, clean, qp: what is pending; phase, inc, ack: as struct ntb_memcpy_link
Side = namedtuple("Side", "kind next up words enabled event setup clean client qp open phase inc ack pads")
State = namedtuple("State", "sides lives")

MISTAKES = {
    "read-once": "whether the peer knows state words is read at link-up only, when it may have been cleared",
    "not-polled": "a queue that is up without state words does not look whether its peer knows them",
    "told-once": "what a side has is not repeated while a queue waits for its peer",
    "no-window": "a peer whose windows have no size is given up",
}


def side(kind, enabled):
    return Side(kind, (), False, False, enabled, enabled, False, False, enabled, False, False, "idle", 0, 0, Pads(0, 0, 0, 0, 0))


def start(kinds, stayer):
    """kinds: of the leaver, one life after the other."""
    return State((side(stayer, True), side(kinds[0], True)), kinds[1:])


def change(state, who, **changes):
    sides = list(state.sides)
    sides[who] = sides[who]._replace(**changes)
    return state._replace(sides=tuple(sides))


def store(state, who, name, value):
    """Into a scratchpad of that side."""
    return change(state, who, pads=state.sides[who].pads._replace(**{name: value}))


def link_is_up(state):
    return all(each.enabled for each in state.sides)


def leave(state, who):
    """The queue is down: qp_reset()."""
    me = state.sides[who]
    inc = me.inc % INCS + 1 if me.phase != "idle" else me.inc
    state = change(state, who, open=False, qp=False, phase="idle", inc=inc, ack=0)
    if link_is_up(state):
        state = store(state, 1 - who, "links", 0)
        if me.words:
            state = store(state, 1 - who, "word", (inc, 0))
    return state


def told(me):
    """What a side tells its peer of itself, the version last."""
    return (("size", 1), ("ext", 1), ("ver", 1)) if me.kind == "new" else (("size", 1), ("ver", 1))


def begin_tell(state, who, then):
    return change(state, who, next=tuple(("tell", *each) for each in told(state.sides[who])) + then)


def begin_clean(state, who, then):
    state = change(leave(state, who), who, up=False)
    return change(state, who, words=False, next=tuple(("clear", name) for name in Pads._fields) + then)


def knows_words(me):
    """Both do, as far as this side can tell."""
    return me.kind == "new" and bool(me.pads.ext)


def check(state, who, mistake):
    """link_setup() after what is told: is there a peer?"""
    me = state.sides[who]
    again = change(state, who, setup=link_is_up(state))
    if not me.pads.ver:
        return again
    if not me.pads.size:
        return state if mistake == "no-window" else again
    return change(state, who, up=True, words=mistake == "read-once" and knows_words(me), qp=me.client)


def init(state, who):
    """The first incarnation is none that the peer may know."""
    me = state.sides[who]
    if me.inc:
        return state
    _inc, ack = me.pads.word or (0, 0)
    return change(state, who, inc=ack % INCS + 1)


def queue_waits(state, who, mistake):
    """qp_link_ready() after what is told: is the peer's queue ready, too?"""
    me = state.sides[who]
    state = store(state, 1 - who, "links", READY)
    if knows_words(me) and mistake != "read-once":
        state = change(state, who, words=True)
        me = state.sides[who]
    if me.words:
        return change(init(state, who), who, next=(("offer",),))
    ready = me.pads.links & READY
    return change(state, who, open=bool(ready), qp=not ready)


def offer(state, who):
    word = state.sides[who].pads.word
    if word and word[0] and word[0] != state.sides[who].ack:
        state = change(state, who, phase="offered", ack=word[0])
    return change(state, who, next=(("word", word),))


def publish(state, who, word):
    me = state.sides[who]
    state = store(state, 1 - who, "word", (me.inc, me.ack))
    if me.phase == "offered" and word == (me.ack, me.inc):
        return change(state, who, phase="open", open=True)
    return change(state, who, qp=True)


def step(state, who, mistake):
    """The next one of what is under way."""
    (what, *values), rest = state.sides[who].next[0], state.sides[who].next[1:]
    state = change(state, who, next=rest)
    if what == "clear":
        return store(state, who, values[0], 0)
    if what == "tell":
        return store(state, 1 - who, *values)
    if what == "again?":
        return change(state, who, setup=state.sides[who].setup or link_is_up(state))
    if what == "check":
        return check(state, who, mistake)
    if what == "queue":
        return queue_waits(state, who, mistake)
    if what == "offer":
        return offer(state, who)
    if what == "word":
        return publish(state, who, values[0])
    if what == "client left":
        return begin_clean(change(state, who, event=False, setup=False, clean=False), who, (("disable",),))
    assert what == "disable"
    return change(change(state, who, enabled=False), 1 - who, event=True)


def begin(state, who, mistake):
    """What can be begun: (name, state)."""
    me = state.sides[who]
    if me.clean:
        yield "clean", begin_clean(change(state, who, clean=False), who, (("again?",),))
    elif me.setup:
        state = change(state, who, setup=False)
        if me.up:
            state = change(leave(state, who), who, up=False)
        yield "setup", begin_tell(state, who, (("check",),))
    elif me.qp and me.up:
        state = change(state, who, qp=False)
        if mistake == "told-once":
            yield "queue", change(state, who, next=(("queue",),))
        else:
            yield "queue", begin_tell(state, who, (("queue",),))
    elif me.open and me.words and me.pads.word != (me.ack, me.inc):
        state = leave(state, who)
        yield "peer left", change(state, who, qp=True)
    elif me.open and not me.words and knows_words(me) and mistake != "not-polled":
        state = leave(state, who)
        yield "peer is new", change(state, who, qp=True)


def is_busy(stayer):
    return stayer.event or stayer.setup or stayer.clean or stayer.next


def reload(state, mistake):
    """The leaver's module goes, with its client first, and comes: another kernel's not before the link is seen down."""
    me = state.sides[LEAVER]
    if me.enabled and state.lives and not me.next:
        ready = me.client
        gone = change(leave(change(state, LEAVER, client=False), LEAVER), LEAVER, next=(("client left",),))
        if ready:
            # an old stayer gets a frame that says so; a new one sees the word
            stayer = gone.sides[STAYER]
            if stayer.open and not stayer.words:
                gone = change(leave(gone, STAYER), STAYER, qp=True)
            yield "unload", gone
    other = state.lives and state.lives[0] != me.kind
    if not me.enabled and not me.next and not (other and is_busy(state.sides[STAYER])):
        kind, lives = state.lives[0], state.lives[1:]
        fresh = side(kind, True)._replace(client=False, pads=me.pads)
        loaded = state._replace(sides=(state.sides[STAYER]._replace(event=True), fresh), lives=lives)
        yield "load", loaded
    if me.enabled and not me.client and not me.next:
        yield "client", change(state, LEAVER, client=True, qp=me.up)


def successors(state, mistake):
    """(reliable, name, state); a life need not end."""
    for who in SIDES:
        me = state.sides[who]
        if me.event:
            after = change(state, who, event=False)
            up = link_is_up(state)
            yield True, f"event {who}", change(after, who, **({"setup": True} if up else {"clean": True}))
        if me.next:
            yield True, f"{'-'.join(map(str, me.next[0]))} {who}", step(state, who, mistake)
        elif me.enabled:
            yield from ((True, f"{name} {who}", after) for name, after in begin(state, who, mistake))
    yield from ((name != "unload", name, after) for name, after in reload(state, mistake))


def is_end(state):
    """Both are up, and each knows what the other one is."""
    words = all(each.kind == "new" for each in state.sides)
    return all(each.open and each.words == words and not each.event and not each.setup and not each.clean and
               (not words or each.pads.word == (each.ack, each.inc)) for each in state.sides)


KINDS = {"new": (("new", "new"), "new"), "old before": (("old", "new"), "new"), "old after": (("new", "old"), "new")}


def explore(kinds="new", mistake=None):
    """As lib_model.explore()."""
    return lib_model.explore(start(*KINDS[kinds]), lambda state: successors(state, mistake), is_end)


@test(bench=False, params={"kinds": tuple(KINDS)}, covers=("F01", "F20"))
def every_interleaving(_alone, kinds):
    """From wherever two sides come to, their queue comes up on both, with state words if both know them."""
    states, wrong = explore(kinds)
    equal(wrong, None, "what is wrong")
    require(states > 1000, f"{states} states only")


@test(bench=False, params={"mistake": tuple(MISTAKES)}, covers=("F01", "F20"))
def mistakes(_alone, mistake):
    """The model notices each mistake that the protocol could make."""
    require(any(explore(kinds, mistake)[1] for kinds in KINDS), f"nothing is wrong, although {MISTAKES[mistake]}")
