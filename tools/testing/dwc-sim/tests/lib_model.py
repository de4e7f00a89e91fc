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


def explore(first, successors, is_end=None):
    """(number of states, None or what is wrong and how it comes to that)

    successors(state) yields (reliable, name, new state), and raises Wrong; only with is_end it has to be possible
    to come to an end from each state, by moves that are reliable."""
    seen, todo, before = {first: None}, [first], {}
    while todo:
        state = todo.pop()
        try:
            after = list(successors(state))
        except Wrong as wrong:
            return len(seen), f"{wrong}: {_path_to(seen, state)}"
        for reliable, name, new in after:
            if new == state:
                continue
            if reliable and is_end:
                before.setdefault(new, []).append(state)
            if new not in seen:
                seen[new] = (state, name)
                todo.append(new)
    stuck = _stuck(seen, before, is_end) if is_end else None
    return len(seen), None if stuck is None else f"it is stuck: {_path_to(seen, stuck)}"
