# SPDX-License-Identifier: GPL-2.0
"""Every interleaving of a small model of a protocol: all states that can be reached from the first one."""


class Wrong(Exception):
    """What must not happen in a model."""


def _path_to(seen, state):
    path = []
    while seen[state]:
        state, name = seen[state]
        path.append(name)
    return " > ".join(reversed(path))


def _stuck(seen, before, is_end):
    """A state from which none that is an end can be reached by what can be relied upon; None if there is none."""
    todo = [state for state in seen if is_end(state)]
    good = set(todo)
    while todo:
        for state in before.get(todo.pop(), ()):
            if state not in good:
                good.add(state)
                todo.append(state)
    return next((state for state in seen if state not in good), None)


def _turning(seen, before, after):
    """A state that is come to again and again; None if there is none: each path ends."""
    todo = [state for state in seen if not after.get(state)]
    left = len(seen) - len(todo)
    while todo:
        for state in before.get(todo.pop(), ()):
            after[state] -= 1
            if not after[state]:
                left -= 1
                todo.append(state)
    return next((state for state in seen if after.get(state)), None) if left else None


def explore(first, successors, is_end=None, ends=False):
    """(number of states, None or what is wrong and how it comes to that)

    successors(state) yields (reliable, name, new state), and raises Wrong; only with is_end it has to be possible
    to come to an end from each state, by moves that are reliable; with ends nothing goes round for ever."""
    seen, todo, before, after = {first: None}, [first], {}, {}
    while todo:
        state = todo.pop()
        try:
            moves = list(successors(state))
        except Wrong as wrong:
            return len(seen), f"{wrong}: {_path_to(seen, state)}"
        for reliable, name, new in moves:
            if new == state:
                continue
            if reliable and is_end:
                before.setdefault(new, []).append(state)
                after[state] = after.get(state, 0) + 1
            if new not in seen:
                seen[new] = (state, name)
                todo.append(new)
    stuck = _stuck(seen, before, is_end) if is_end else None
    if stuck is not None:
        return len(seen), f"it is stuck: {_path_to(seen, stuck)}"
    round_ = _turning(seen, before, after) if ends else None
    return len(seen), None if round_ is None else f"it goes round: {_path_to(seen, round_)}"
