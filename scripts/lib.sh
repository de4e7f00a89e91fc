# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What all scripts here share: one-line messages, steps whose output goes to a
# log while a progress line shows that they live, the lock on the build folder,
# and a git that does not depend on its user's configuration.
#
# A script sources this file first. The Makefile exports what base.mk sets;
# BUILD is the folder for everything generated.

set -eu -o pipefail
shopt -s inherit_errexit

ME=${0##*/}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(realpath -m "${BUILD:-$ROOT/build}")
export LC_ALL=C

say() { echo "$ME: $*"; }
die() { echo "$ME: $*" >&2; exit 1; }

# The first paragraph of a script is its help.
if [ "${1-}" = --help ]; then
	sed -n '3,/^$/s/^# \{0,1\}//p' "$0"
	exit
fi

: "${BASE_PACKAGE:?is not set: run this through make (see make help)}"

# short PATH: as seen from the repository, for messages.
short() { echo "${1#"$ROOT"/}"; }

# lock NAME [-s]: hold build/NAME.lock until this process ends, or stop.
# With -s it is shared: readers do not keep each other out. The holder of locks
# says so in HELD to the scripts that it runs itself.
lock() {
	local fd file=$BUILD/$1.lock holder
	[[ " ${HELD-} " != *" $1 "* ]] || return 0
	mkdir -p "$BUILD"
	exec {fd}>>"$file"
	if ! flock -n ${2:+"$2"} "$fd"; then
		holder=$(cat "$file")
		die "another run is at work in $(short "$BUILD") (${holder:-a reader}); start again when it has finished"
	fi
	if [ -z "${2-}" ]; then
		echo "$ME, process $$" >"$file"
	else
		: >"$file"
	fi
}

# need_room MB WHAT: stop if the build folder's disk has less room than that.
need_room() {
	local free
	mkdir -p "$BUILD"
	free=$(df -Pm "$BUILD" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$1" ] ||
		die "$2 needs $1 MB, $(short "$BUILD") has $free MB free: make room, or set BUILD=/another/disk"
}

# Copy standard input to the log. On a terminal one line, written again and again,
# shows that the step is alive; elsewhere there is a line a minute. V=1: all of it.
progress() {
	local name=$1 log=$2 start=$SECONDS every=60 next lines=0 line part='' before='' after=$'\n'
	if [ -t 1 ]; then
		every=1 before=$'\r' after=$'\e[K'
	fi
	next=$((SECONDS + every))
	while :; do
		if IFS= read -r -t 1 line; then
			printf '%s\n' "$part$line"
			[ -z "${V-}" ] || printf '%s\n' "$part$line" >&3
			part='' lines=$((lines + 1))
		elif [ $? -gt 128 ]; then
			part+=$line
		else
			break
		fi
		if [ "$SECONDS" -ge "$next" ] && [ -z "${V-}" ]; then
			next=$((SECONDS + every))
			printf '%s' "$before$ME: $name: $((SECONDS - start)) s, $lines lines$after" >&3
		fi
	done 3>&1 >"$log"
	[ -z "$part$line" ] || printf '%s\n' "$part$line" >>"$log"
	[ -z "$before" ] || printf '\r\e[K'
}

# logged NAME COMMAND...: run a command (or a function of one command) with its
# output in build/log/NAME.log; if it fails, show the log's end and its name,
# and stop.
logged() {
	local name=$1 log
	log=$BUILD/log/$1.log
	attempt "$@" || {
		tail -n 15 "$log" >&2
		die "$name failed: the lines above are the end of $(short "$log")"
	}
}

# attempt NAME COMMAND...: the same, but the caller says what a failure means.
attempt() {
	local name=$1
	shift
	mkdir -p "$BUILD/log"
	"$@" </dev/null 2>&1 | progress "$name" "$BUILD/log/$name.log"
}

# A word that was never printed before.
unique() { echo "$(date +%s%N)-$$"; }

# git without the user's or the system's configuration.
git() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 command git "$@"
}

# kernel_version TREE: 7.3.4, or nothing if this is no kernel tree.
kernel_version() {
	[ -f "$1/Makefile" ] || return 0
	awk -F ' *= *' '
		$1 == "VERSION" && !v { v = $2 }
		$1 == "PATCHLEVEL" && !p { p = $2 }
		$1 == "SUBLEVEL" && !s { s = $2 }
		$1 == "EXTRAVERSION" && !e { e = $2 }
		FNR > 20 { exit }
		END { if (v != "" && p != "") print v "." p (s == "" ? "" : "." s) e }' \
		"$1/Makefile"
}
