# SPDX-License-Identifier: GPL-2.0
"""The two-machine bench: two UML guests, the endpoint model between them.

Bottom up: errors, paths, loop (all waiting), sandbox, console, agent (the line
to PID 1), guest, model, vntb (the endpoint's configfs), pair (all of it
together), net (traffic).  Tests: cases (declaration), verdict (what makes a
test fail after it ran), worker (runs one group), runner (runs all), external
(scripts and unit tests), cli, demo, shell.
"""
