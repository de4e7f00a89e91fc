# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Source trees to build from, beside build/linux: build/linux-base for
# VARIANT=base, and others for checks. Only the files that a commit changes in
# the base are files of their own, all others are hard links to build/base:
# such a tree costs a second and no room. Nobody works in one. Sourced.

# base_topics_end: the last commit of the topics in BASE_TOPICS, which come
# first in the series.
base_topics_end() {
	local commit subject end
	end=$(lg rev-parse base)
	for commit in $(lg rev-list --reverse base..series); do
		subject=$(lg log -1 --format=%s "$commit")
		if is_marker "$commit" && [[ " $BASE_TOPICS " != *" ${subject#topic: } "* ]]; then
			break
		fi
		end=$commit
	done
	echo "$end"
}

# replace_files DIR OLD NEW: turn a linked tree from one git tree into another,
# leaving alone what is the same in both. Files are replaced, never written to.
replace_files() {
	local mode path
	while read -r _ mode _ _ _ path; do
		rm -f "$1/$path"
		[ "$mode" != 000000 ] || continue
		mkdir -p "$1/$(dirname "$path")"
		lg cat-file blob "$3:$path" >"$1.file"
		[ "$mode" != 100755 ] || chmod +x "$1.file"
		mv "$1.file" "$1/$path"
	done < <(lg diff-tree -r --no-renames "$2" "$3")
}

# linked_tree DIR COMMIT: bring such a tree to a commit. DIR.id says what it is.
linked_tree() {
	local want have='' have_id=''
	want=$(lg rev-parse "$2^{tree}")
	if [ -f "$1.id" ] && [ -f "$1.filled" ]; then
		have_id=$(sed -n 1p "$1.id")
		have=$(sed -n 2p "$1.id")
	fi
	if [ "$have_id" != "$(base_id)" ] || ! lg cat-file -e "$have"; then
		rm -rf "$1.id" "$1"
		mkdir "$1"
		cp -al "$BUILD/base/." "$1/"
		unique >"$1.filled"
		have=$(lg rev-parse "base^{tree}")
	fi
	if [ "$have" != "$want" ]; then
		replace_files "$1" "$have" "$want"
	fi
	printf '%s\n%s\n' "$(base_id)" "$want" >"$1.id"
}
