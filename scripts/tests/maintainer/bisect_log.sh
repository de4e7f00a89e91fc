#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tools/testing/dwc-sim/results/bisect.log is about the patches that are there: each patch of
# the series has its line, in order, and no warning; each topic ends with tests
# that ran.
# timeout: 120

# shellcheck source=scripts/tests/lib.sh
. "$(dirname "$0")/../lib.sh"

LOG=$REPO/tools/testing/dwc-sim/results/bisect.log
LINUX=$REAL_BUILD/linux
lg() { git -C "$LINUX" "$@"; }

# What the log has to say, without the counts.
wanted() {
	local commit subject topic=''
	for commit in $(lg rev-list --reverse base..series); do
		subject=$(lg log -1 --format=%s "$commit")
		if [ "$(lg rev-parse "$commit^{tree}")" = "$(lg rev-parse "$commit~^{tree}")" ]; then
			[ -z "$topic" ] || echo "topic $topic"
			topic=${subject#topic: }
		else
			echo "$(lg diff-tree -p -M --full-index "$commit" | lg patch-id --stable | cut -c1-12) $topic: $subject"
		fi
	done
	echo "topic $topic"
}
found() {
	sed -E '/^#/d; s/^(topic [a-z0-9-]+): .*/\1/; s/^([0-9a-f]{12}) [0-9]+ [0-9]+ /\1 /' "$1"
}

# same LOG: it is about the patches of build/linux.
same() { diff <(found "$1") <(wanted); }
no_warning() { ! grep -vE '^#|^topic |^[0-9a-f]{12} [0-9]+ 0 ' "$1"; }
tests_ran() {
	! grep -E '^topic ' "$1" | grep -vE "[1-9][0-9]* step\.memcpy|: no test, the bench needs all of "
}

plan 6
verdict "each patch has its line: run make bisect" same "$LOG"
verdict "no patch has a warning" no_warning "$LOG"
verdict "traffic went at the end of each topic" tests_ran "$LOG"
sed '0,/^[0-9a-f]\{12\}/s//000000000000/' "$LOG" >"$TMP/other"
refused "a patch that was changed since is noticed" '^> [0-9a-f]{12} ' same "$TMP/other"
sed '0,/^\([0-9a-f]\{12\} [0-9]*\) 0 /s//\1 3 /' "$LOG" >"$TMP/warned"
refused "a warning is noticed" '^[0-9a-f]{12} [0-9]+ 3 ' no_warning "$TMP/warned"
sed '0,/[0-9]* step.memcpy/s///' "$LOG" >"$TMP/untested"
refused "a topic without traffic is noticed" '^topic ' tests_ran "$TMP/untested"
