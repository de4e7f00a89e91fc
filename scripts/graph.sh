# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The graph of the topics. Its only source is the cover letters: the sentence of
# patches/TOPIC/cover.md that begins with "Depends on" quotes the titles of those
# series that the topic needs to apply, build or run. Used by series and graph.

# direct[TOPIC]: the topics that its cover letter names; titled[TITLE]: whose title it is.
declare -A direct=() titled=()

# cover_text TOPIC: subject in the first line, then the body.
cover_text() {
	local cover=$ROOT/patches/$1/cover.md
	[ -f "$cover" ] || die "patches/$1/cover.md is missing: the cover letter, its first heading is the subject"
	awk '!subject { if (sub(/^#+ */, "")) { print; subject = 1 } next }
		!body && /^$/ { next }
		{ body = 1; print }' "$cover"
}

# read_needs TOPIC: what its cover letter names; those topics were read before.
read_needs() {
	local title text
	direct[$1]=''
	text=$(cover_text "$1")
	while IFS= read -r title; do
		[ -n "${titled[$title]-}" ] || die "patches/$1/cover.md depends on \"$title\", but no earlier topic is called that"
		direct[$1]+=" ${titled[$title]}"
	done < <(awk -v RS= '/^Depends on / { gsub(/\n/, " "); sub(/\. .*/, ""); while (match($0, /"[^"]*"/)) {
		print substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH) } }' <<<"$text")
	titled[$(sed -n 1p <<<"$text")]=$1
}

# needs TOPIC: the topics that it names, and what those need.
needs() {
	local topic
	for topic in ${direct[$1]}; do
		needs "$topic"
		echo "$topic"
	done | awk '!seen[$0]++'
}
