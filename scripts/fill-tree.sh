# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# How build/linux comes to be: a whole tree is made in build/linux.part and put
# in place at the end, with a repository that may be the old one's. Sourced by
# tree and rebase.

part=$linux.part

# Ignore rules: what is not tracked stays out of git's sight, so that a new
# file in a tracked folder shows up as untracked. Outermost folders first.
exclude_rules() {
	local path depth
	echo '/*'
	for depth in 1 2 3 4 5 6; do
		for path in $TRACKED; do
			awk -F/ -v d="$depth" '{
				if (NF < d) exit
				p = ""; for (i = 1; i <= d; i++) p = p "/" $i
				print "!" p
				if (NF > d) print p "/*"
			}' <<<"$path"
		done | awk '!seen[$0]++'
	done
}

# fill GITDIR BASE SERIES: a whole tree at SERIES in build/linux.part.
fill() {
	local -x GIT_INDEX_FILE=$part.index
	mkdir -p "$part"
	# FILES=link shares them with build/base: for tests, where nobody edits.
	if [ "${FILES-}" = link ]; then
		cp -al "$BUILD/base/." "$part/"
	else
		logged tree-copy cp -a --reflink=auto "$BUILD/base/." "$part/"
	fi
	# Debian's package ignores everything at the top level.
	if [ -f "$part/.gitignore" ]; then
		sed -i -e '/^\/\*$/d' -e '/^!\/debian\/$/d' "$part/.gitignore"
	fi
	listing "$part" >"$1/made.list"
	unique >"$1/filled"
	rm -f "$GIT_INDEX_FILE"
	git --git-dir="$1" --work-tree="$part" read-tree "$2"
	git --git-dir="$1" --work-tree="$part" update-index -q --refresh
	git --git-dir="$1" --work-tree="$part" read-tree -m -u "$2" "$3"
}

# point GITDIR BASE SERIES [MADE INPUTS]: let branch, tag and records name what
# is checked out, which is what the patches say unless told otherwise.
point() {
	exclude_rules >"$1/info/exclude"
	git --git-dir="$1" symbolic-ref HEAD refs/heads/series
	git --git-dir="$1" update-ref -m "make tree" refs/heads/series "$3"
	git --git-dir="$1" update-ref refs/made/series "${4-$3}"
	git --git-dir="$1" update-ref refs/tags/base "$2"
	record_made "$1" "$2" "${5-$(inputs)}"
}

# Start from nothing, or from where an interrupted run was about to end.
prepare_fill() {
	if [ -f "$part/.git/made" ] && [ ! -e "$linux/.git" ]; then
		swap
	fi
	rm -rf "$part" "$part.index"
	trap 'rm -rf "$part" "$part.index" "$BUILD"/mail.*' EXIT
}

# Put the finished build/linux.part in place; also finishes an interrupted run.
swap() {
	if [ -e "$linux" ]; then
		rm -rf "$linux.old"
		mv "$linux" "$linux.old"
	fi
	mv "$part" "$linux"
	rm -rf "$linux.old"
}
