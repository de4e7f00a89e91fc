# SPDX-License-Identifier: GPL-2.0
"""Rings of the remote-eDMA transport, version 2: every interleaving of a small model of one queue, one direction.

What is modelled: a sender whose records the engine writes, with the request for an event (EVENT) in the record; an engine
that interrupts the receiver at the end of a run, and may miss the doorbell of a run that is appended while it runs; a sender
that reaps by consumed alone, at its polls and by a timer; a receiver that takes a record for valid by its tag, posts
buffers again, and owes the sender a doorbell, which is a write or a run without payload of the receiver's own engine; writes of both
sides, records, interrupts and doorbells, in order, that arrive later; a refill that fails, the timers, a doorbell and an interrupt
that get lost, and the end of a generation from either side. Senders stop for want of posts and of list elements. Receivers are of
three kinds: interrupted by a message (host), by a line that stays asserted until DONE is cleared and is masked meanwhile
(endpoint), and by a line whose handler clears DONE and has all queues of the channel polled.
Not modelled: aborts, sessions, what the other queues of a channel send, what a hostile peer writes.

What it is a model of: drivers/ntb/ntb_transport_edma_event.h, and "Rings" in Documentation/driver-api/ntb.rst.
"""

from collections import namedtuple

import lib_model
from lib_model import Wrong
from bench.testing import equal, require, test

# buffers, and slots of a ring; frame: posts that a frame may need; list: records that the engine's list holds; packets: that are sent;
# latch: the receiver has a line, not messages; rough: there are timers, and what they are for may happen; flaps: ends of a generation;
# run: the receiver's doorbell is a run of its engine; shared: other queues end runs on the channel
Setting = namedtuple("Setting", "buffers frame list packets latch rough flaps run shared", defaults=(False, False))
SETTINGS = {
    "message": Setting(2, 1, 9, 4, False, False, 0),
    "line": Setting(2, 1, 9, 4, True, False, 0),
    "shared": Setting(2, 1, 9, 4, True, False, 0, shared=True),
    "frames": Setting(3, 2, 9, 3, False, False, 0),
    "short-list": Setting(3, 1, 1, 4, False, False, 0),
    "rough-message": Setting(2, 1, 9, 3, False, True, 0),
    "rough-line": Setting(2, 1, 9, 3, True, True, 0),
    "rough-frames": Setting(3, 2, 9, 2, False, True, 0),
    "rough-shared": Setting(2, 1, 9, 2, True, True, 0, run=True, shared=True),
    "doorbell-run": Setting(2, 1, 9, 3, False, False, 0, run=True),
    "generations": Setting(2, 1, 9, 2, False, True, 1),
    "run-generations": Setting(2, 1, 9, 1, False, True, 1, run=True),
}
STALE = (0, 0, False)           # a slot with an invalid tag; a record: generation, index, EVENT

# phase: open, drain, offered; pc: idle, stop (it has decided to), look (has stopped, reads once more); event: the last record has EVENT;
# left: packets still to send; due: its poll is to run
Sender = namedtuple("Sender", "phase pc stopped gen head reaped freed event left due")
# what the receiver has written to the sender: indices, and its state word
Told = namedtuple("Told", "posts consumed word")
# phase: open, closing, offered; poll: idle, due, reads, ends; again: an interrupt since it started; consumed: that it has written;
# rerun: the poll is to run once more (shared)
Receiver = namedtuple("Receiver", "phase gen poll again rx posted consumed owe ring word want rerun", defaults=(False,))
# awake: it works on its list; list: records to write, each with: is it the last of its run?
Engine = namedtuple("Engine", "awake list")
# the receiver's own engine; runs: doorbells in its list
Bell = namedtuple("Bell", "awake runs")
NO_BELL = Bell(False, 0)
State = namedtuple("State", "sender told engine receiver to_receiver to_sender flaps lost bell", defaults=(NO_BELL,))

# the setting that shows it, and what it is
MISTAKES = {
    "want-word": ("message", "the sender asks for an event by a word in the receiver's memory"),
    "no-event": ("message", "the queue stops and its last record has no EVENT"),
    "owe-starts-false": ("message", "no doorbell tells a new generation of its first posts"),
    "owe-forgotten": ("generations", "the receiver forgets that it owes a doorbell when it has no buffer to post"),
    "bell-first": ("message", "the doorbell is before the posts that it is for"),
    "low-threshold": ("frames", "the receiver rings for fewer posts than a frame needs"),
    "no-second-look": ("message", "a queue that stops does not read the indices again"),
    "no-look-at-open": ("message", "a queue that comes up does not read the indices"),
    "no-channel-look": ("generations", "the sender's timer does not start a channel that has stopped with work pending"),
    "no-reap": ("generations", "nothing but a doorbell has the sender look at consumed"),
    "no-refill-timer": ("generations", "a refill that failed is not tried again"),
    "clear-late": ("line", "DONE is cleared after the records were read"),
    "one-queue": ("shared", "the handler has only the queue polled whose run ended last on the channel"),
    "poll-clears": ("shared", "the poll of each queue clears DONE of the channel, not the handler that has all of them polled"),
    "no-rerun": ("shared", "an interrupt whose handler finds the poll running does not have it run again"),
    "no-bell-look": ("doorbell-run", "the timer ends with the packets, although a doorbell is in a channel that has stopped"),
    "bell-covers": ("doorbell-run", "a doorbell whose end is not known yet is taken for one that is still to come"),
    "not-again": ("message", "an interrupt while the poll runs is forgotten"),
    "interrupt-first": ("message", "the interrupt is there before the record"),
    "no-lap": ("message", "the tag of a record is the same in each lap"),
    "stale-slots": ("generations", "tags are the same in each generation, and the slots are not filled with invalid ones"),
    "indices-kept": ("generations", "an offer leaves the indices of the generation before"),
    "reclaims-early": ("generations", "the receiver does not wait for the sender's DOWN"),
    "down-early": ("generations", "the sender writes DOWN while its engine works"),
}


def start(setting):
    return State(Sender("offered", "idle", True, 1, 0, 0, 0, False, setting.packets, False), Told(0, 0, ("down", 0)),
                 Engine(False, ()),
                 Receiver("offered", 1, "idle", False, 0, 0, 0, False, (STALE,) * setting.buffers, ("down", 0), 0),
                 (("up", 1),), (("up", 1),), 0, 0)


def past(word, gen):
    """Has the writer of a state word left a generation?"""
    return word[1] > gen or word == ("down", gen)


# ---------------------------------------------------------------- the sender

def room(setting, sender, told):
    return (told.posts - sender.head >= setting.frame and
            setting.list - (sender.head - sender.freed) >= setting.frame)


def reap(setting, state):
    """What the poll, the timer and the second look have in common: consumed frees packets, the engine's pointer frees the list."""
    sender, told = state.sender, state.told
    if not sender.reaped <= told.consumed <= sender.head:
        raise Wrong("consumed is not where it can be")
    sender = sender._replace(reaped=told.consumed, freed=sender.head - len(state.engine.list))
    if sender.stopped and sender.pc != "stop":
        sender = sender._replace(stopped=not room(setting, sender, told))
    return sender


def send(setting, state, mistake):
    sender, told = state.sender, state.told
    if sender.phase != "open" or sender.pc != "idle" or sender.stopped:
        return
    for length in range(1, setting.frame + 2):
        if length > min(sender.left, told.posts - sender.head, setting.list - (sender.head - sender.freed)):
            break
        head = sender.head + length
        after = sender._replace(head=head, left=sender.left - length)
        stop = not room(setting, after, told)
        event = stop and mistake not in ("no-event", "want-word")
        after = after._replace(event=event, pc="stop" if stop else "idle")
        run = tuple(((sender.gen, index, event and index == head - 1), index == head - 1)
                    for index in range(sender.head, head))
        new = state._replace(sender=after, engine=Engine(True, state.engine.list + run))
        yield True, f"sends {length}", new
        if setting.rough and state.engine.awake:
            yield False, f"sends {length}, unheard", new._replace(engine=Engine(False, new.engine.list))


def sender_moves(setting, state, mistake):
    sender, told, engine = state.sender, state.told, state.engine
    if sender.phase != "open":
        if sender.due:
            yield True, "the sender polls a closed queue", state._replace(sender=sender._replace(due=False))
        return
    yield from send(setting, state, mistake)
    if sender.pc == "stop":
        want = (("want", sender.head),) if mistake == "want-word" else ()
        yield True, "stops", state._replace(
            sender=sender._replace(stopped=True, pc="idle" if mistake == "no-second-look" else "look"),
            to_receiver=state.to_receiver + want)
    if sender.pc == "look":
        yield True, "looks again", state._replace(sender=reap(setting, state)._replace(pc="idle"))
    if sender.due:
        yield True, "the sender polls", state._replace(sender=reap(setting, state)._replace(due=False))
    if setting.rough and sender.reaped != sender.head:
        after = sender if mistake == "no-reap" else reap(setting, state)
        rings = after.reaped == sender.reaped and not engine.awake and engine.list and mistake != "no-channel-look"
        yield True, "the sender's timer", state._replace(
            sender=after, engine=Engine(True, engine.list) if rings else engine)


# ---------------------------------------------------------------- the engine

def engine_moves(state, mistake):
    engine, receiver = state.engine, state.receiver
    if not engine.awake:
        return
    if not engine.list:
        yield True, "the engine sleeps", state._replace(engine=Engine(False, ()))
        return
    (record, last), rest = engine.list[0], engine.list[1:]
    if record[0] != receiver.gen or not receiver.rx <= record[1] < receiver.posted:
        raise Wrong("the engine writes to a buffer that is not posted")
    writes = (("record", record),) + ((("interrupt", None),) if last else ())
    if mistake == "interrupt-first":
        writes = writes[::-1]
    yield True, "the engine does one", state._replace(engine=Engine(True, rest), to_receiver=state.to_receiver + writes)


# ---------------------------------------------------------------- the receiver

def valid(receiver, slot, mistake):
    """Is a slot the next record? Which parts of a record's place its tag is made of is what some mistakes are about."""
    gen, index, _event = slot
    return (slot != STALE and (gen == receiver.gen or mistake == "stale-slots") and
            (index == receiver.rx or mistake == "no-lap"))


def ring_bell(setting, state, mistake):
    """A run of one element: the engine rings when it comes to it, and the doorbell to the engine is lost if it runs."""
    bell = state.bell
    if not setting.run:
        return state._replace(to_sender=state.to_sender + (("doorbell", None),))
    if mistake == "bell-covers" and bell.awake:
        return state
    # while it runs it may have read ahead: the timer is what can be relied upon
    return state._replace(bell=Bell(not bell.awake, bell.runs + 1))


def bell_moves(state, mistake):
    bell = state.bell
    if bell.awake and bell.runs:
        yield True, "the engine rings", state._replace(bell=bell._replace(runs=bell.runs - 1),
                                                       to_sender=state.to_sender + (("doorbell", None),))
    elif bell.awake:
        yield True, "the receiver's engine sleeps", state._replace(bell=NO_BELL)
    elif bell.runs and mistake != "no-bell-look":
        yield True, "the receiver's look at its channel", state._replace(bell=bell._replace(awake=True))


def refill(setting, state, mistake, works):
    """Posts, their index, consumed; then the doorbell, if one is owed and there are posts for it."""
    receiver = state.receiver
    posted = receiver.rx + setting.buffers if works else receiver.posted
    writes = ()
    if posted != receiver.posted:
        writes += (("posts", posted),)
    if receiver.rx != receiver.consumed:
        writes += (("consumed", receiver.rx),)
    enough = posted - receiver.rx >= (1 if mistake == "low-threshold" else setting.frame)
    asked = receiver.owe or (receiver.want and receiver.rx >= receiver.want)
    rings = asked and enough
    owe = receiver.owe and not rings and mistake != "owe-forgotten"
    state = state._replace(
        receiver=receiver._replace(posted=posted, consumed=receiver.rx, owe=owe, want=0 if rings else receiver.want))
    if rings and mistake == "bell-first":
        state = ring_bell(setting, state, mistake)
    state = state._replace(to_sender=state.to_sender + writes)
    if rings and mistake != "bell-first":
        state = ring_bell(setting, state, mistake)
    return state


def reads(setting, state, mistake):
    receiver = state.receiver
    slot = receiver.ring[receiver.rx % setting.buffers]
    if valid(receiver, slot, mistake):
        if slot[:2] != (receiver.gen, receiver.rx):
            raise Wrong("a record of before is taken for the next one")
        yield True, "reads a record", state._replace(receiver=receiver._replace(rx=receiver.rx + 1,
                                                                                owe=receiver.owe or slot[2]))
        return
    for works in (True, False) if setting.rough or setting.frame > 1 else (True,):
        new = refill(setting, state, mistake, works)
        yield works, f"posts{'' if works else ' nothing'}", new._replace(receiver=new.receiver._replace(poll="ends"))
    if setting.frame > 1 and receiver.posted < receiver.rx + setting.buffers:
        new = refill(setting._replace(buffers=receiver.posted - receiver.rx + 1), state, mistake, True)
        yield False, "posts one", new._replace(receiver=new.receiver._replace(poll="ends"))


def handler_moves(state, mistake):
    """The line is not masked while polls run: the handler clears DONE, then has the queues polled."""
    receiver = state.receiver
    clears = mistake != "poll-clears"
    if receiver.again and (clears or receiver.poll == "idle"):
        due = receiver._replace(again=not clears)
        if receiver.poll == "idle":
            due = due._replace(poll="due")
        elif mistake != "no-rerun":
            due = due._replace(rerun=True)
        yield True, "the handler has all queues polled", state._replace(receiver=due)
    if receiver.again and mistake == "one-queue":
        yield True, "the handler has another queue polled", state._replace(receiver=receiver._replace(again=False))
    if mistake == "poll-clears" and receiver.again:
        yield True, "another queue's poll clears DONE", state._replace(receiver=receiver._replace(again=False))


def receiver_moves(setting, state, mistake):
    receiver = state.receiver
    if receiver.phase != "open":
        return
    if setting.shared:
        yield from handler_moves(state, mistake)
    elif receiver.poll == "idle" and setting.latch and receiver.again:
        yield True, "the line interrupts", state._replace(receiver=receiver._replace(poll="due"))
    if receiver.poll == "due":
        clear = mistake == "poll-clears" if setting.shared else mistake != "clear-late"
        yield True, "the receiver polls", state._replace(
            receiver=receiver._replace(poll="reads", again=receiver.again and not clear))
    elif receiver.poll == "reads":
        yield from reads(setting, state, mistake)
    elif receiver.poll == "ends":
        again = receiver.again and not (setting.latch and mistake == "clear-late")
        if setting.shared:
            yield True, "the poll ends", state._replace(
                receiver=receiver._replace(poll="due" if receiver.rerun else "idle", rerun=False))
            return
        poll = "due" if again and not setting.latch and mistake != "not-again" else "idle"
        yield True, "the poll ends", state._replace(
            receiver=receiver._replace(poll=poll, again=again and poll == "idle" and setting.latch))
    waits = receiver.owe or receiver.posted - receiver.rx < setting.buffers
    if receiver.poll == "idle" and waits and mistake != "no-refill-timer" and (setting.rough or setting.frame > 1):
        yield True, "the refill timer", refill(setting, state, mistake, True)


# ---------------------------------------------------------------- generations

def leaves(setting, state):
    """Either side ends the generation, or sees that the other has."""
    sender, receiver = state.sender, state.receiver
    may = state.flaps < setting.flaps
    if sender.phase == "open" and sender.pc == "idle":
        new = state._replace(sender=sender._replace(phase="drain", stopped=True))
        if past(state.told.word, sender.gen):
            yield True, "the sender follows", new
        elif may:
            yield False, "the sender leaves", new._replace(flaps=state.flaps + 1)
    if receiver.phase == "open" and receiver.poll == "idle":
        new = state._replace(receiver=receiver._replace(phase="closing"),
                             to_sender=state.to_sender + (("down", receiver.gen),))
        if past(receiver.word, receiver.gen):
            yield True, "the receiver follows", new
        elif may:
            yield False, "the receiver leaves", new._replace(flaps=state.flaps + 1)


def sender_generation(state, mistake):
    sender, told, engine = state.sender, state.told, state.engine
    if sender.phase == "drain" and engine.list and mistake != "down-early":
        yield True, "the channel is stopped", state._replace(engine=Engine(False, ()))
    elif sender.phase == "drain":
        yield True, "the sender is down", state._replace(
            sender=sender._replace(phase="offered", gen=sender.gen + 1, head=0, reaped=0, freed=0, event=False),
            to_receiver=state.to_receiver + (("down", sender.gen), ("up", sender.gen + 1)))
    elif sender.phase == "offered" and past(told.word, sender.gen):
        yield True, "the sender offers the next", state._replace(
            sender=sender._replace(gen=sender.gen + 1), to_receiver=state.to_receiver + (("up", sender.gen + 1),))
    elif sender.phase == "offered" and told.word == ("up", sender.gen):
        pc = "idle" if mistake == "no-look-at-open" else "look"
        yield True, "the sender opens", state._replace(sender=sender._replace(phase="open", pc=pc))


def receiver_generation(setting, state, mistake):
    receiver = state.receiver
    skips = receiver.phase == "offered" and past(receiver.word, receiver.gen)
    if skips or receiver.phase == "closing" and (past(receiver.word, receiver.gen) or mistake == "reclaims-early"):
        gen = receiver.gen + 1
        offer = (("posts", 0), ("consumed", 0), ("up", gen))
        ring = receiver.ring if mistake == "stale-slots" else (STALE,) * setting.buffers
        yield True, "buffers are reclaimed", state._replace(
            receiver=Receiver("offered", gen, "idle", False, 0, 0, 0, False, ring, receiver.word, 0), bell=NO_BELL,
            to_sender=state.to_sender + (offer[2:] if mistake == "indices-kept" else offer))
    elif receiver.phase == "offered" and receiver.word == ("up", receiver.gen):
        yield True, "the receiver opens", state._replace(
            receiver=receiver._replace(phase="open", poll="due", owe=mistake != "owe-starts-false"))


# ---------------------------------------------------------------- what is on its way

def interrupt(setting, receiver):
    if receiver.poll == "idle" and not setting.latch and receiver.phase == "open":
        return receiver._replace(poll="due")
    return receiver._replace(again=receiver.phase == "open")


def at_receiver(setting, receiver, what, value):
    if what == "record":
        ring = list(receiver.ring)
        ring[value[1] % setting.buffers] = value
        return receiver._replace(ring=tuple(ring))
    if what == "want":
        return receiver._replace(want=value)
    if what == "interrupt":
        return interrupt(setting, receiver)
    return receiver._replace(word=(what, value))


def arrivals(setting, state):
    if state.to_receiver:
        (what, value), rest = state.to_receiver[0], state.to_receiver[1:]
        new = state._replace(to_receiver=rest)
        yield True, f"{what} arrives", new._replace(receiver=at_receiver(setting, state.receiver, what, value))
        if what == "interrupt" and setting.rough and not state.lost:
            yield False, "an interrupt is lost", new._replace(lost=1)
    if state.to_sender:
        (what, value), rest = state.to_sender[0], state.to_sender[1:]
        new = state._replace(to_sender=rest)
        if what == "doorbell":
            yield True, "doorbell arrives", new._replace(sender=state.sender._replace(due=True))
            if setting.rough and not state.lost:
                yield False, "a doorbell is lost", new._replace(lost=1)
        elif what in ("posts", "consumed"):
            yield True, f"{what} arrive", new._replace(told=state.told._replace(**{what: value}))
        else:
            yield True, f"{what} arrives", new._replace(told=state.told._replace(word=(what, value)))
    # the monitor polls both sides now and then; it is needed only when something was lost, and would hide what else gets stuck
    if state.lost == 1:
        yield True, "the monitor", state._replace(lost=2, sender=state.sender._replace(due=True),
                                                  receiver=interrupt(setting, state.receiver))


# ---------------------------------------------------------------- all of it

def successors(setting, state, mistake):
    """(can it be relied upon?, name, state)"""
    yield from sender_moves(setting, state, mistake)
    yield from engine_moves(state, mistake)
    yield from bell_moves(state, mistake)
    yield from receiver_moves(setting, state, mistake)
    yield from leaves(setting, state)
    yield from sender_generation(state, mistake)
    yield from receiver_generation(setting, state, mistake)
    yield from arrivals(setting, state)


def check(state):
    """A queue that is stopped can rely on an event."""
    sender, receiver = state.sender, state.receiver
    if sender.phase != "open" or not sender.stopped or sender.pc != "idle" or past(state.told.word, sender.gen):
        return
    asked = sender.event and sender.reaped != sender.head
    promised = receiver.owe or receiver.phase != "open" or receiver.gen != sender.gen
    coming = sender.due or state.bell.runs or any(what in ("doorbell", "down") for what, _value in state.to_sender)
    if not (asked or promised or coming or state.lost):
        raise Wrong("a stopped queue cannot rely on an event")


def is_end(setting, state):
    """All packets are sent and read; with timers, the sender knows."""
    sender, receiver = state.sender, state.receiver
    return (not sender.left and sender.phase == receiver.phase == "open" and receiver.rx == sender.head and
            receiver.gen == sender.gen and (sender.reaped == sender.head or not setting.rough))


def checked_moves(setting, state, mistake):
    if mistake != "want-word":
        check(state)
    return successors(setting, state, mistake)


def explore(setting, mistake=None):
    """As lib_model.explore()."""
    return lib_model.explore(start(setting), lambda state: checked_moves(setting, state, mistake),
                             lambda state: is_end(setting, state))


@test(bench=False, params={"setting": tuple(SETTINGS)})
def every_interleaving(_alone, setting):
    """Records are taken once and in order, into buffers that are posted; a stopped queue can rely on an event; nothing gets stuck."""
    states, wrong = explore(SETTINGS[setting])
    equal(wrong, None, "what is wrong")
    require(states > 20000, f"{states} states only")


@test(bench=False, params={"mistake": tuple(MISTAKES)})
def mistakes(_alone, mistake):
    """The model notices each mistake that the two sides could make, among them the word that EVENT replaces."""
    setting, what = MISTAKES[mistake]
    _states, wrong = explore(SETTINGS[setting], mistake)
    require(wrong, f"nothing is wrong, although {what}")
