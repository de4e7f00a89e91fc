# SPDX-License-Identifier: GPL-2.0
"""Rules that the sources of ntb_transport keep and that no run can show for all of its lines: what
may wait for the peer, and which messages the peer can cause again and again."""

import glob
import os
import re

from bench import paths
from bench.testing import equal, require, test

LINUX = os.path.join(paths.BUILD, "linux")
# what waits for the peer, or changes a link or a session; not the copying backend's poll of its rings
LINKS = ("drivers/ntb/ntb_transport_core.c", "drivers/ntb/ntb_transport_edma*.c", "drivers/ntb/hw/edma/*.c")
SYSTEM_WORKQUEUE = r"\b(schedule_(?:delayed_)?work(?:_on)?|system_\w*wq|flush_scheduled_work)\b"
# the user causes these: by loading a module, or by a client that takes or returns a queue
BY_THE_USER = {"ntb_transport_init", "ntb_transport_probe", "ntb_transport_choose_backend", "edma_check_device",
               "ntb_transport_create_queue", "ntb_transport_free_queue"}
MESSAGE = r"\b(?:dev|pr)_(?:err|warn|notice|info)\("


def sources():
    """{path: text} of these files."""
    found = {}
    for pattern in LINKS:
        names = glob.glob(os.path.join(LINUX, pattern))
        require(names, f"there is no {pattern}")
        for name in names:
            with open(name, encoding="utf-8") as file:
                found[os.path.relpath(name, LINUX)] = re.sub(r"(?s)/\*.*?\*/", "", file.read())
    return found


def functions(text):
    """(name, body) of each function."""
    return re.findall(r"(?ms)^(?!#|\t|\}|struct |enum |static const )[^\n;{}]*?\b(\w+)\([^;{}]*?\)\n\{\n(.*?)^\}", text)


@test(bench=False, covers=("F20",))
def own_workqueue(_alone):
    """Work that waits for the peer, up to seconds, is not queued on the system's workqueues."""
    found = {name: re.findall(SYSTEM_WORKQUEUE, text) for name, text in sources().items()}
    equal({name: words for name, words in found.items() if words}, {}, "uses of the system's workqueues")


@test(bench=False, covers=("F20",))
def messages_are_limited(_alone):
    """The rate of each message that the peer can cause is limited."""
    total, found = 0, []
    for name, text in sources().items():
        known = functions(text)
        total += sum(len(re.findall(MESSAGE, body)) for _function, body in known)
        equal(sum(len(re.findall(MESSAGE, body)) for _function, body in known), len(re.findall(MESSAGE, text)),
              f"messages in the functions of {name}, and in all of it")
        found += [f"{name}: {function}()" for function, body in known
                  if function not in BY_THE_USER and re.search(MESSAGE, body)]
    require(total, "no message was found")
    equal(found, [], "functions with a message that is not limited")
