# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# checkpatch --strict on each patch as it is mailed. Accepted: the missing
# sign-off, which only a person can give. Its question whether MAINTAINERS
# needs an entry for a new file is answered by get_maintainer.pl. It cannot look
# up the commits that Fixes: lines name, as the base has no history here.

about() { echo "checkpatch --strict on each patch"; }
in_base() { false; }

tool() { need perl perl; }
inputs() { lg rev-list base..series; }

# checkpatch MAIL...: its complaints, one line each. One process for all: it reads
# half the include files of the kernel before it begins.
checkpatch() {
	(cd "$linux" && GIT_DIR=/nonexistent perl scripts/checkpatch.pl --strict --terse --no-summary \
		--show-types --ignore MISSING_SIGN_OFF,FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID "$@") || [ $? = 1 ]
}

# The new files of the series that no entry in MAINTAINERS covers.
unmaintained() {
	local path
	git -C "$linux" diff --name-only --diff-filter=A base series | while IFS= read -r path; do
		(cd "$linux" && perl scripts/get_maintainer.pl --no-git --no-git-fallback --no-l --no-rolestats -f "$path") |
			grep -q . || echo "$path: no entry in MAINTAINERS covers this new file"
	done
}

findings() {
	local mails=$out/checkpatch/mails
	rm -rf "$mails"
	lg format-patch -q --zero-commit --no-signature -M --abbrev=12 -o "$mails" base..series
	# a topic's mark has no mail, and checkpatch ends at an empty file
	find "$mails" -empty -delete
	checkpatch "$mails"/*.patch | sed "s|^$mails/||"
	unmaintained
}

proof() { checkpatch "$bad/bad.patch" | grep ERROR:SPACING; }
