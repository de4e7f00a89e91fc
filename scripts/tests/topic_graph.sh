#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The graph of the topics, which the cover letters hold (scripts/graph.sh). What a
# topic needs is enough: it applies to the base with that alone, uses nothing that
# a topic outside of it adds to a header or exports, and its letter gives the ids of
# those patches. And no order is forbidden that the graph allows: two topics that
# change the same file, and do not need one another, apply both ways round on as
# little as they need; and the whole in orders that put each two topics both ways
# round. Each gives the same files. The picture and the README's reading order agree
# with the graph. Mails are applied as git am does, but to an index: no files are
# written.
# timeout: 200

. "$(dirname "$0")/lib.sh"

mails() { find "$REAL/build/series/$1" -name '*.patch' ! -name 0000-cover-letter.patch | sort; }
known() { cut -d: -f1 "$TMP/graph"; }
needs() { sed -n "s/^$1: *//p" "$TMP/graph"; }

# closure TOPIC: all that it needs, in the order of patches/series.
closure() {
	awk -F ': *' -v wanted="$1" '
		{ name[NR] = $1; needs[$1] = $2 }
		function add(topic,  list, i, n) {
			n = split(needs[topic], list, " ")
			for (i = 1; i <= n; i++)
				if (!(list[i] in found)) {
					found[list[i]] = 1
					add(list[i])
				}
		}
		END { add(wanted); for (i = 1; i <= NR; i++) if (name[i] in found) print name[i] }' "$TMP/graph"
}

# apply TOPIC...: to the base; $tree is what that gives. What was applied to a tree
# before is not applied again.
declare -A applied=()
apply() {
	local topic key
	tree=$base
	for topic in "$@"; do
		key=$tree/$topic
		if [ -z "${applied[$key]-}" ]; then
			"${lg[@]}" read-tree "$tree"
			mails "$topic" | xargs "${lg[@]}" apply --cached --whitespace=nowarn || { echo "$topic does not apply behind: $*"; return 1; }
			applied[$key]=$("${lg[@]}" write-tree)
		fi
		tree=${applied[$key]}
	done
}

# verdict_here: as verdict, in this shell, for what remembers.
verdict_here() {
	local name=$1
	shift
	if "$@" >"$TMP/out" 2>&1; then
		ok "$name"
	else
		show
		not_ok "$name" "'$*' failed"
	fi
}

# shellcheck disable=SC2046
applies() { apply $(closure "$1") "$1"; }

ids() { mails "$1" | while IFS= read -r mail; do git patch-id --stable <"$mail" | cut -d' ' -f1; done; }
# names_ids TOPIC: its letter names the patches of what it needs, and no others.
names_ids() {
	local topic
	diff <(sed -n 's/^prerequisite-patch-id: //p' "$REAL/build/series/$1/0000-cover-letter.patch" | sort) \
		<(for topic in $(closure "$1"); do cat "$TMP/$topic.ids"; done | sort)
}

# orders SEED: orders of the topics, one a line, so that of each two that do not need
# one another each comes first in some order. What comes next in an order is the topic
# that, with those that need it, was never yet before most others, less those that were
# never yet before it; the seed decides between equals.
orders() {
	local topic
	for topic in "${topics[@]}"; do
		closure "$topic" | sed "s/^/$topic /"
	done >"$TMP/below"
	awk -v seed="$1" '
		function ready(topic,  i) {
			for (i = 1; i <= count; i++)
				if (((topic, name[i]) in below) && !(name[i] in placed))
					return 0
			return !(topic in placed)
		}
		function gain(topic,  i, j, sum) {
			for (i = 1; i <= count; i++) {
				if (name[i] in placed)
					continue
				sum -= (name[i], topic) in missing
				if (name[i] == topic || ((name[i], topic) in below))
					for (j = 1; j <= count; j++)
						sum += !(name[j] in placed) && ((name[i], name[j]) in missing)
			}
			return sum + rand()
		}
		function place(topic,  i) {
			placed[topic] = 1
			line = line " " topic
			for (i = 1; i <= count; i++)
				if (!(name[i] in placed) && ((topic, name[i]) in missing)) {
					delete missing[topic, name[i]]
					left--
				}
		}
		FILENAME == ARGV[1] { below[$1, $2] = 1; next }
		{ name[++count] = $1 }
		END {
			srand(seed)
			for (i = 1; i <= count; i++)
				for (j = 1; j <= count; j++)
					if (i != j && !((name[i], name[j]) in below) && !((name[j], name[i]) in below)) {
						missing[name[i], name[j]] = 1
						left++
					}
			while (left > 0) {
				split("", placed)
				line = ""
				for (n = 1; n <= count; n++) {
					most = -1000
					for (i = 1; i <= count; i++)
						if (ready(name[i]) && (g = gain(name[i])) > most) {
							most = g
							next_topic = name[i]
						}
					place(next_topic)
				}
				print substr(line, 2)
			}
		}' "$TMP/below" <(known)
}

# touched: "FILE TOPIC" of all that they change.
touched() {
	local topic
	for topic in "${topics[@]}"; do
		mails "$topic" | xargs sed -nE 's#^diff --git a/(.*) b/(.*)$#\1\n\2#p' | sort -u | sed "s#\$# $topic#"
	done
}

# neighbours: "TOPIC TOPIC FILE" of each two that change a file and do not need one another.
neighbours() {
	local file first second
	touched | sort | awk '$1 != file { file = $1; count = 0 } { for (i = 1; i <= count; i++) print list[i], $2, file; list[++count] = $2 }' |
		sort -u -k1,2 | while read -r first second file; do
			closure "$first" >"$TMP/below"
			closure "$second" >>"$TMP/below"
			grep -qxF -e "$first" -e "$second" "$TMP/below" || echo "$first $second $file"
		done
}

# both_ways FIRST SECOND: on as little as they need.
# shellcheck disable=SC2086
both_ways() {
	local before one
	before=$({ closure "$1"; closure "$2"; } | grep -xF -f - <(known))
	apply $before "$1" "$2" || return
	one=$tree
	apply $before "$2" "$1" || return
	"${lg[@]}" diff-tree --exit-code --stat "$one" "$tree"
}

# same_files ORDER: applied in this order, the topics give what the series is.
same_files() {
	# shellcheck disable=SC2086
	apply $1 || return
	"${lg[@]}" diff-tree --exit-code --stat "$tree" series
}

# outside TOPIC: names that it uses, and that a topic outside of what it needs adds: to a
# header, or as an exported symbol. A name is added where the series has it first.
outside() {
	grep -vxF -e "$1" -f <(closure "$1") <(known) >"$TMP/others" || return 0
	awk -v topic="$1" '
		FILENAME == ARGV[1] { other[$0] = 1; next }
		FILENAME == ARGV[2] { if ($1 in other) added[$2] = $1; next }
		$1 == topic && ($2 in added) && !told[$2]++ { print topic " uses " $2 ", which " added[$2] " adds" }' \
		"$TMP/others" "$TMP/names" "$TMP/uses"
}
uses_what_it_needs() {
	outside "$1" >"$TMP/outside"
	cat "$TMP/outside"
	[ ! -s "$TMP/outside" ]
}

# words: "TOPIC NAME" of what the topics add, in names, and of all they say in code, in uses.
words() {
	local topic
	for topic in "${topics[@]}"; do
		echo "topic $topic"
		mails "$topic" | xargs cat
	done | awk -v names="$TMP/names" -v uses="$TMP/uses" '
		/^topic / { topic = $2; next }
		/^From [0-9a-f]+ Mon Sep 17/ { code = 0; next }
		/^[+][+][+] / { path = $2; code = path ~ /[.][ch]$/; next }
		/^diff --git / || !code || !/^[-+ ]/ { next }
		{
			text = substr($0, 2)
			if (text ~ /^[ \t]*(\/?\*|\/\/)/)
				next
			defined = ""
			if (/^[+]/) {
				if (path ~ /[.]h$/ && match(text, /^#define \w+/))
					defined = substr(text, 9, RLENGTH - 8)
				else if (path ~ /[.]h$/ && text ~ /^(struct|enum|union) [a-z0-9_]+ \{/) {
					split(text, part, " ")
					defined = part[2]
				} else if (match(text, /^EXPORT_SYMBOL[A-Z_]*\([a-z0-9_]+/)) {
					defined = text
					sub(/^EXPORT_SYMBOL[A-Z_]*\(/, "", defined)
					sub(/[^a-z0-9_].*/, "", defined)
				}
			}
			count = split(text, part, /[^A-Za-z0-9_]+/)
			for (i = 1; i <= count; i++) {
				word = part[i]
				if (length(word) < 6)
					continue
				if (!(word in first))
					first[word] = /^[+]/ ? topic : ""
				if (/^[+]/ && !((topic, word) in said)) {
					said[topic, word] = 1
					print topic, word >uses
				}
			}
			if (defined != "" && first[defined] == topic)
				print topic, defined >names
		}'
}

svg_nodes() { sed -n 's/^<title>\(.*\)<\/title>$/\1/p' "$REPO/patches/topics.svg" | sed 's/&#45;/-/g; s/&gt;/>/' | sed 1d; }
picture() {
	diff <(svg_nodes | sort) <(awk -F ': *' '{ print $1; n = split($2, list, " "); for (i = 1; i <= n; i++) print list[i] "->" $1 }' "$TMP/graph" | sort)
}

# reading: the topics that the README names under "Reading order", in order.
# shellcheck disable=SC2016
reading() {
	awk '/^#/ { here = /^#+ Reading order$/; next } here' "$REPO/README.md" | grep -o '`[^`]*`' | tr -d '`' |
		grep -xF -f <(known)
}
reading_order() {
	local topic need
	diff <(reading | sort) <(known | sort)
	reading | while read -r topic; do
		for need in $(needs "$topic"); do
			grep -qxF "$need" "$TMP/read" || { echo "$topic comes before $need, which it needs"; return 1; }
		done
		echo "$topic" >>"$TMP/read"
	done
}

real
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
real_make tree >"$TMP/out"
real_make series >"$TMP/out"
real_make --eval 'only: ; @scripts/graph' only >"$TMP/graph"
mapfile -t topics < <(known)
orders 1 >"$TMP/orders"
mapfile -t orders <"$TMP/orders"
mapfile -t pairs < <(neighbours)
plan $((3 * ${#topics[@]} + ${#pairs[@]} + ${#orders[@]} + 2))
: >"$TMP/read"
verdict "the picture shows this graph (make graph draws it)" picture
verdict "the README's reading order has each topic once, behind what it needs" reading_order
export GIT_INDEX_FILE=$TMP/index
lg=(git "--git-dir=$REAL/build/linux/.git")
base=$("${lg[@]}" rev-parse 'base^{tree}')
for topic in "${topics[@]}"; do
	ids "$topic" >"$TMP/$topic.ids"
done
words
for topic in "${topics[@]}"; do
	verdict "$topic names each patch of what it needs" names_ids "$topic"
	verdict_here "$topic applies to the base with that" applies "$topic"
	verdict "$topic uses what it has then" uses_what_it_needs "$topic"
done
for pair in "${pairs[@]}"; do
	read -r first second file <<<"$pair"
	verdict_here "$first and $second, which both change $file, apply both ways round" both_ways "$first" "$second"
done
for order in "${orders[@]}"; do
	verdict_here "in this order: $order" same_files "$order"
done
