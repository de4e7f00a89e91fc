#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What no file of the repository may have: a host name of a package mirror, a
# path of the machine it was written on, a sign-off that no person gave; and in
# our own code no error that is swallowed and no loose ends. Patches are the
# project's, not those of whoever's git exported them: who mails them signs them
# (make mbox). Our shell scripts must satisfy shellcheck.
# timeout: 120

. "$(dirname "$0")/lib.sh"

cd "$REPO"
files() { git ls-files -z --cached --others --exclude-standard "$@"; }

# absent PATTERN [PATHSPEC...]: no line of these files has it.
absent() {
	local pattern=$1
	shift
	! files "$@" | xargs -0 grep -nIE -- "$pattern" /dev/null
}

AUTHOR='dwc-sim <dwc-sim@localhost>'
one_author() {
	local others
	others=$(files 'patches/*.patch' | xargs -0 sed -s -n "2{/^From: $AUTHOR\$/!F}")
	echo "$others"
	[ -z "$others" ]
}

shell_files() {
	files scripts .ci tools | xargs -0 grep -lE '^#!/bin/(ba)?sh|^# shellcheck shell=' | grep -v '/bad/'
}
check_shell() { shell_files | xargs shellcheck -x -P scripts/tests:.; }

plan 7
# Written so that this file does not have them itself.
verdict "no host of a package mirror" absent '(deb|security|snapshot|ftp[.a-z]*|cdn[-a-z]*)[.]debian[.]org|cdn[.]kernel[.]org'
verdict "no path of this machine" absent "(^|[^[:alnum:]_./{}\$-])(/(home|root|work)/[a-z]|${REPO//./[.]}/)"
verdict "no sign-off that no person gave" absent '^[+ ]?Signed-off-''by: [^"]*$' ':!scripts/tests'
verdict "no swallowed error" absent '[|][|] (true|:)( |;|$)' Makefile scripts .ci tools
verdict "no loose ends" absent '\b(TO''DO|FIX''ME|XX''X)\b' Makefile scripts .ci tools base.mk README.md
verdict "each patch is by $AUTHOR" one_author
verdict "shellcheck" check_shell
