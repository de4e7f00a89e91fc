# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tests of the scripts share: KTAP output, and a toy repository (these
# scripts, patches of its own) with a toy kernel, in a folder that vanishes.
# Sourced; each test is a program that `make check` runs from the repository.

set -eu -o pipefail
shopt -s inherit_errexit
export LC_ALL=C

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
REAL_BUILD=${BUILD:-$REPO/build}
TMP=$(mktemp -d)
chmod 755 "$TMP"
trap '[ -n "${DEBUG-}" ] || rm -rf "$TMP" "${REAL-}"; [ "$planned" = "$done_cases" ] || echo "Bail out! the script stopped in the middle"' EXIT
planned=0 done_cases=0
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES KERNEL VARIANT SIGNOFF FULL TEST MUTANT LINTER RESUME LIST FILES BUILD V

# no git may still be tidying up when the folder vanishes
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=gc.auto GIT_CONFIG_VALUE_0=0

plan() { planned=$1; echo "KTAP version 1"; echo "1..$1"; }
ok() { done_cases=$((done_cases + 1)); echo "ok $done_cases $1"; }
not_ok() { done_cases=$((done_cases + 1)); echo "not ok $done_cases $1${2:+: $2}"; }

# try COMMAND...: its status in $status, its output in $TMP/out. set -e holds
# within it, which it would not in a condition.
try() {
	set +e
	(set -e; "$@") >"$TMP/out" 2>&1
	status=$?
	set -e
}
show() {
	tail -n 30 "$TMP/out" | sed 's/^/# /'
	[ -z "${DEBUG-}" ] || exit 1
}

# verdict NAME COMMAND...: the case passes if the command succeeds.
verdict() {
	local name=$1
	shift
	try "$@"
	if [ "$status" = 0 ]; then
		ok "$name"
	else
		show
		not_ok "$name" "'$*' failed"
	fi
}

# refused NAME PATTERN COMMAND...: it must fail, and the last line that is not
# make's own must say why.
refused() {
	local name=$1 pattern=$2 line
	shift 2
	try "$@"
	line=$(sed '/^make\(\[[0-9]*\]\)\?: /d' "$TMP/out" | tail -n 1)
	if [ "$status" = 0 ]; then
		show
		not_ok "$name" "'$*' was not refused"
	elif [[ $line =~ $pattern ]]; then
		ok "$name"
	else
		show
		not_ok "$name" "it does not say '$pattern'"
	fi
}

# A kernel of a few files, with Debian's ignore rule, and a repository for it.
toy() {
	mkdir -p "$TMP"/kernel/{arch/um,lib,kernel} "$TMP/repo/patches"
	printf 'VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\n' >"$TMP/kernel/Makefile"
	seq 20 >"$TMP/kernel/lib/b.c"
	seq 30 >"$TMP/kernel/arch/um/a.c"
	seq 40 >"$TMP/kernel/kernel/untracked.c"
	echo maintainers >"$TMP/kernel/MAINTAINERS"
	printf '*.o\n/*\n!/debian/\n' >"$TMP/kernel/.gitignore"
	cp -r "$REPO"/{Makefile,base.mk,scripts} "$TMP/repo/"
	printf 'um\nnext\n' >"$TMP/repo/patches/series"
	linux=$TMP/build/linux
	export GIT_AUTHOR_NAME=Toy GIT_AUTHOR_EMAIL=toy@example.org GIT_COMMITTER_NAME=Toy \
		GIT_COMMITTER_EMAIL=toy@example.org GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
}

# toy_make ARGS: make in the toy repository, on the toy kernel.
toy_make() { make -s -C "$TMP/repo" BUILD="$TMP/build" KERNEL="$TMP/kernel" "$@"; }

# toy_commit SUBJECT: commit all that is in the toy's build/linux.
toy_commit() {
	git -C "$linux" add -A
	git -C "$linux" commit -q -m "$1" -m "Why: because."
}

# A copy of this repository, in $REAL, and for it a base of those files of the
# real one that the series names: all that make tree, export and series look at,
# in a hundredth of the time. With WHOLE=1 it is all of the base (on the same
# disk: its files are hard links). The paths in `also` are
# there as well.
also=()
real() {
	[ -f "$REAL_BUILD/base.id" ] || { echo "Bail out! there is no base kernel: make fetch"; exit 1; }
	REAL=$(mktemp -d ${WHOLE:+-p "$REAL_BUILD" test.XXXXXX})
	mkdir -p "$REAL/repo" "$REAL/build"
	(cd "$REPO" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -c) | tar -x -C "$REAL/repo"
	cp "$REAL_BUILD/base.id" "$REAL/build/"
	if [ -n "${WHOLE-}" ]; then
		ln -s "$REAL_BUILD/base" "$REAL/build/"
	else
		mkdir "$REAL/build/base"
		(cd "$REAL_BUILD/base" && { named; printf '%s\n' Makefile "${also[@]}"; } | sort -u | existing | tar -T - -c) |
			tar -x -C "$REAL/build/base"
	fi
}
# Every path that a patch of the series edits, renames or adds.
named() {
	find "$REPO/patches" -name '[0-9]*.patch' -exec sed -nE 's#^diff --git a/(.*) b/(.*)$#\1\n\2#p; s/^new file: //p' {} +
}
existing() {
	local path
	while IFS= read -r path; do
		[ ! -e "$path" ] || echo "$path"
	done
}

# real_make ARGS: make in that copy; the base is what it is.
real_make() { make -s -C "$REAL/repo" -o fetch BUILD="$REAL/build" FILES=link "$@"; }
