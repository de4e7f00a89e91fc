# SPDX-License-Identifier: GPL-2.0
"""Documentation/coverage.md and the file mutants: what they name exists, and each of the looks
at them sees what it is for."""

import io
import re

from bench import cases, coverage, external, mutants, paths
from bench.runner import Runner
from bench.testing import equal, require, test


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def problems(table, made):
    """All that is wrong with these two texts."""
    found = external.discover() + cases.discover(paths.TESTS)
    return coverage.problems(coverage.parse(table), mutants.parse(made), found)


@test(bench=False)
def table(_alone):
    """The table, the mutants, the tests, the patches and the sources fit together."""
    equal(problems(read(coverage.FILE), read(mutants.FILE)), [], "what does not fit")


LINE = re.compile(r"(?m)^\| (R01) \|.*\n")
NO_TEST = "no_such_module.no_such_test"
# what is done to the table or the mutants: in which, old text, new text, what has to be said
SPOILED = {
    "row_missing": ("table", LINE, "", r"R01 is there 0 times"),
    "row_twice": ("table", LINE, r"\g<0>\g<0>", r"R01 is there 2 times"),
    "unknown_row": ("table", LINE, r"\g<0>| R99 | a | to do | to do | to do |\n", r"R99 is no row"),
    "empty_cell": ("table", re.compile(r"(?m)^(\| R30 \|)[^|]*"), r"\1 ", r"R30 has an empty cell"),
    "to_do": ("table", re.compile(r"(?m)^(\| R30 \|[^|]*\|)[^|]*"), r"\1 to do ", r"R30: there is no patch 'to do'"),
    "no_patch": ("table", "ntb-core: NTB: core: Add an offset", "ntb-core: NTB: core: Add no offset",
                 r"R04: there is no patch 'ntb-core: NTB: core: Add no offset "),
    "other_topic": ("table", "ntb-core: NTB: core: Add an offset", "um: NTB: core: Add an offset",
                    r"R04: there is no patch 'um: "),
    "no_function": ("table", "vntb_epf_get_dma_dev()", "vntb_epf_get_no_dev()", r"R13: the base has no .*no_dev"),
    "no_file_in_the_base": ("table", "drivers/net/ntb_netdev.c", "drivers/net/netdev.c", r"R28: the base has no "),
    "no_test": ("table", "`vntb_configfs.memory_window_bounds`", f"`{NO_TEST}`", rf"R01: no test matches {NO_TEST}"),
    "failing_test": ("table", "`vntb_configfs.memory_window_bounds`", "`ntb_tool.hexadecimal_address`",
                     r"R01: .* is declared to fail"),
    "glob_in_brackets": ("table", "`remote_edma_setup.unknown_host`", "`remote_edma_setup.unknown_host[series*`",
                         r"R02: .* is neither a name nor a glob without brackets"),
    "no_mutant": ("made", re.compile(r"(?m)^R01\n(.+\n)*"), "", r"R01 has no mutant"),
    "mutant_of_no_row": ("made", re.compile(r"(?m)^R01$"), "R99", r"there is a mutant of R99, which is no row"),
    "mutant_without_file": ("made", "file: drivers/ntb/msi.c", "file: drivers/ntb/msj.c",
                            r"mutant M1: there is no file drivers/ntb/msj.c"),
    "old_text_absent": ("made", "-	if (idx >= ntb->num_mws) {", "-	if (idx => ntb->num_mws) {",
                        r"mutant R01: the old text is 0 times in "),
    "old_text_twice": ("made", "-	if (idx >= ntb->num_mws) {", "-	if (idx",
                       r"mutant R01: the old text is \d+ times in "),
    "mutant_without_test": ("made", re.compile(r"(?m)^(M1\ntest:) .*"), rf"\1 {NO_TEST}",
                            rf"mutant M1: no test matches {NO_TEST}"),
    "mutant_on_base": ("made", re.compile(r"(?m)^(M1\ntest:) .*"), r"\1 netdev.ping",
                       r"mutant M1: netdev.ping\[base,.*\] does not run the kernel series"),
    "mutant_on_another_kernel": ("made", "kernel: debug\n", "", r"mutant D02: .* does not run the kernel series"),
    "mutant_that_fails_anyway": ("made", re.compile(r"(?m)^(M1\ntest:) .*"), r"\1 ntb_tool.hexadecimal_address",
                                 r"mutant M1: .* is declared to fail"),
}


@test(bench=False, params={"case": tuple(SPOILED)})
def notices(_alone, case):
    """A text with one thing wrong: one line says what."""
    which, old, new, says = SPOILED[case]
    texts = {"table": read(coverage.FILE), "made": read(mutants.FILE)}
    before = texts[which]
    texts[which] = old.sub(new, before) if isinstance(old, re.Pattern) else before.replace(old, new)
    require(texts[which] != before, "nothing was changed")
    found = problems(**texts)
    require(any(re.match(says, line) for line in found), f"not said: {found}")


# what the last line of a whole run goes by: the verdicts of all tests, without one
VERDICTS = {"all": (lambda verdicts, name: None, True),
            "failed": (lambda verdicts, name: verdicts.update({name: False}), False),
            "not_run": (lambda verdicts, name: verdicts.pop(name), False)}


@test(bench=False, params={"case": tuple(VERDICTS)})
def last_line(_alone, case):
    """It names the test of the table that has failed, or has not run."""
    change, passes = VERDICTS[case]
    name = "remote_edma_setup.use_msi_alone[series,generic]"
    found = external.discover() + cases.discover(paths.TESTS)
    out = io.StringIO()
    runner = Runner(None, None, 1, out)
    runner.verdicts = {each.name: True for each in found}
    change(runner.verdicts, name)
    runner.check_coverage(found)
    lines = out.getvalue().splitlines()
    require(re.match(rf"{'' if passes else 'not '}ok 1 check\.coverage # ", lines[0]), lines[0])
    equal(lines[1:], [] if passes else [f"# {name}"], "tests that are named")
    equal((runner.passed, runner.failed), (int(passes), int(not passes)), "passed and failed")
