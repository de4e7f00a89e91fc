# SPDX-License-Identifier: GPL-2.0
"""What a board allows, computed from its file by formulas: the link's limits, and how long the engine takes.
Figures of virtual time are compared with these; nothing here runs anything."""

from . import paths

GT = {1: 2.5, 2: 5.0, 3: 8.0, 4: 16.0, 5: 32.0}
CPL_HEADER = 12
READ, WRITE = "rd", "wr"                # host to endpoint, endpoint to host


def values(path):
    """A board's values as numbers."""
    return {key: int(value) if value.isdigit() else value for key, value in paths.read_settings(path).items()}


def raw_gbps(board):
    """Of one direction, after the encoding and DLLPs."""
    gen = board["link_gen"]
    encoding = 8 / 10 if gen < 3 else 128 / 130
    return GT[gen] * board["link_lanes"] * encoding * (1 - board["dllp_permille"] / 1000)


def limits(board):
    """Payload that the link allows, Gbit/s: writes up, completions down."""
    raw, framing = raw_gbps(board), board["framing"]
    cpl = min(board["mps"], board["mrrs"])
    return {"ep_to_rc": raw * board["mps"] / (board["mps"] + framing + board["header_host"]),
            "rc_to_ep": raw * cpl / (cpl + framing + CPL_HEADER)}


def wire_ns(board, payload, tlps, header):
    """What a direction takes for so many bytes in so many TLPs."""
    return (payload + tlps * (board["framing"] + header)) * 8 / raw_gbps(board)


def parts(size, most):
    return -(-size // most)


def data_ns(board, half, size):
    """An element's data: from its first request until its last byte is there (READ) or sent (WRITE)."""
    local = size * board["eng_local"] / 1000
    if half == WRITE:
        return max(wire_ns(board, size, parts(size, board["mps"]), board["header_host"]), local)
    one = min(size, board["mrrs"])
    requests = parts(size, one)
    ask = wire_ns(board, 0, 1, board["header_host"])
    answer = wire_ns(board, one, parts(one, board["mps"]), CPL_HEADER)
    local_one = one * board["eng_local"] / 1000
    trip = ask + board["latency_up"] + board["host_read"] + answer + board["latency_down"] + local_one
    step = max(ask, answer, local_one)
    tags = board["eng_tags"]
    if tags * step >= trip:             # the link is what limits it
        return trip + (requests - 1) * step
    rounds, rest = divmod(requests - 1, tags)
    return trip + rounds * trip + rest * step


def element_ns(board, half, size):
    """One element of a long list."""
    busy = board["eng_gap"] + board["eng_start"] + data_ns(board, half, size)
    return max(busy, board["eng_fetch"]) if board["eng_prefetch"] else busy + board["eng_fetch"]


def engine_ns(board, half, size, elements, runs):
    """The engine is busy for so long with so many elements of size bytes in so many runs of one channel."""
    busy = board["eng_start"] + data_ns(board, half, size)
    # it stops when it has fetched the element that is not there, which it began with the last one
    stop = max(board["eng_fetch"] - busy, 0) if board["eng_prefetch"] else board["eng_fetch"]
    first = board["eng_doorbell"] + board["eng_fetch"] + busy
    return runs * (first + stop) + (elements - runs) * element_ns(board, half, size)
