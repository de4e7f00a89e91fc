# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# patches/ and the whole new files on one side, git commits in build/linux on
# the other: `assemble` makes commits of files, `export_series` files of
# commits. Neither touches a working tree. Used by tree, export and series.
#
# In build/linux the branch `series` holds, on top of the tag `base`, for each
# topic an empty commit "topic: NAME" and then the topic's patches. The marker
# commits survive a rebase and are never exported.

linux=$BUILD/linux
maker_name="make tree" maker_mail=make-tree@localhost maker_date="@946684800 +0000"

# git on the repository in build/linux, wherever its files are.
lg() { git --git-dir="${linux_git:-$linux/.git}" "$@"; }

# git that makes commits which depend on their content only.
maker() {
	GIT_AUTHOR_NAME=$maker_name GIT_AUTHOR_EMAIL=$maker_mail GIT_AUTHOR_DATE=$maker_date \
	GIT_COMMITTER_NAME=$maker_name GIT_COMMITTER_EMAIL=$maker_mail GIT_COMMITTER_DATE=$maker_date \
		lg "$@"
}

# A topic marker is an empty commit with such a subject.
is_marker() {
	[[ $(lg log -1 --format=%s "$1") =~ ^topic:\ [a-z0-9-]+$ ]] &&
		[ "$(lg rev-parse "$1^{tree}")" = "$(lg rev-parse "$1~^{tree}")" ]
}

# patch_id COMMIT: what it is as a mail, wherever it is applied.
patch_id() { lg diff-tree -p -M --full-index "$1" | lg patch-id --stable | cut -d' ' -f1; }

# topics DIR: the topics of the patches folder, in order.
topics() { sed 's/#.*//; /^[[:space:]]*$/d' "$1/series"; }

# new_files PATCH: the new files it lists, which are kept whole.
new_files() { sed -n '/^---$/,/^diff --git /s/^new file: //p' "$1"; }

# patch_files DIR: all patches of a patches folder, in order.
patch_files() {
	local topic
	for topic in $(topics "$1"); do
		[ ! -d "$1/$topic" ] || find "$1/$topic" -name '[0-9]*.patch' | sort
	done
}

# base_commit: the commit that holds the tracked folders of build/base.
base_commit() {
	local index=$BUILD/base.index path tracked=() tree
	# shellcheck disable=SC2153
	for path in $TRACKED; do
		[ ! -e "$BUILD/base/$path" ] || tracked+=("$path")
	done
	[ ${#tracked[@]} -gt 0 ] || die "the base has none of the folders that base.mk tracks: $TRACKED"
	rm -f "$index"
	GIT_INDEX_FILE=$index lg -c core.compression=1 -c core.autocrlf=false \
		--work-tree="$BUILD/base" add -f -- "${tracked[@]}"
	tree=$(GIT_INDEX_FILE=$index lg write-tree)
	rm -f "$index"
	maker commit-tree "$tree" -m "Linux $(kernel_version "$BUILD/base")"
}

# add_new_file PATCH FILES PATH: put one whole new file into the index.
add_new_file() {
	local mode=100644 blob
	[ -f "$2/$3" ] || die "$(short "$1") lists the new file $3, which is not in the repository"
	[ ! -e "$BUILD/base/$3" ] || die "$(short "$1") lists the new file $3, but the base has it"
	[ ! -x "$2/$3" ] || mode=100755
	blob=$(lg hash-object -w --no-filters "$2/$3")
	lg update-index --add --cacheinfo "$mode,$blob,$3"
}

# apply_patch PATCH FILES PARENT: the commit that the patch makes of PARENT.
apply_patch() {
	local patch=$1 files=$2 parent=$3 mail=$BUILD/mail path tree log=$BUILD/log/apply.log
	git mailinfo --encoding=UTF-8 "$mail.msg" "$mail.diff" <"$patch" >"$mail.info" ||
		die "$(short "$patch") is no mail with a patch"
	mkdir -p "$BUILD/log"
	lg apply --cached --allow-empty --whitespace=nowarn "$mail.diff" >"$log" 2>&1 ||
		die "$(short "$patch") does not apply to Linux $(kernel_version "$BUILD/base") ($(awk '/^error: / { print; exit }' "$log")): take a nearer KERNEL=, or rebase the series (make rebase)"
	while IFS= read -r path; do
		add_new_file "$patch" "$files" "$path"
	done < <(new_files "$patch")
	tree=$(lg write-tree)
	[ "$tree" != "$(lg rev-parse "$parent^{tree}")" ] || die "$(short "$patch") changes nothing"
	{
		sed -n 's/^Subject: //p' "$mail.info"
		echo
		cat "$mail.msg"
	} | git stripspace >"$mail.full"
	author_commit "$mail.info" "$tree" -p "$parent" -F "$mail.full"
	rm -f "$mail".*
}

# author_commit INFO ARGS...: commit-tree as the patch's author, at its date.
author_commit() {
	local name mail date
	name=$(sed -n 's/^Author: //p' "$1")
	mail=$(sed -n 's/^Email: //p' "$1")
	date=$(sed -n 's/^Date: //p' "$1")
	shift
	GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=$mail GIT_AUTHOR_DATE=$date \
	GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=$mail GIT_COMMITTER_DATE=$date \
		lg commit-tree "$@"
}

# assemble BASE PATCHES FILES: build the whole chain on the commit BASE; prints
# its end. (It may be asked in an if, where set -e does not hold: hence || return.)
assemble() {
	local parent=$1 topic patch
	local -x GIT_INDEX_FILE=$BUILD/assemble.index
	rm -f "$GIT_INDEX_FILE"
	lg read-tree "$parent"
	for topic in $(topics "$2"); do
		parent=$(maker commit-tree "$parent^{tree}" -p "$parent" -m "topic: $topic") || return
		[ -d "$2/$topic" ] || continue
		while IFS= read -r patch; do
			parent=$(apply_patch "$patch" "$3" "$parent") || return
		done < <(find "$2/$topic" -name '[0-9]*.patch' | sort)
	done
	rm -f "$GIT_INDEX_FILE"
	echo "$parent"
}

# with_new_files DIR: all patches of a patches folder, and after each the new files
# that it lists, with a tab in front: new_files of all in one process.
# shellcheck disable=SC2016
with_new_files() {
	patch_files "$1" | xargs -r -d '\n' awk '
		FNR == 1 { print FILENAME; listing = 0 }
		/^---$/ { listing = 1 }
		listing && sub(/^new file: /, "") { print "\t" $0 }
		/^diff --git / { listing = 0 }'
}

# inputs: one hash over patches/ and the whole new files. Each make target asks
# for it, so all files are read by one process.
inputs() (
	cd "$ROOT" || exit
	local entries=() sums=() modes=() entry patch i
	mapfile -t entries < <(with_new_files patches)
	for entry in "${entries[@]}"; do
		case $entry in
		$'\t'*)	[ -f "${entry#?}" ] || die "$patch lists the new file ${entry#?}, which is not in the repository" ;;
		*)	patch=$entry ;;
		esac
	done
	if [ ${#entries[@]} -gt 0 ]; then
		mapfile -t sums < <(printf '%s\n' "${entries[@]#$'\t'}" | xargs -d '\n' sha256sum)
		mapfile -t modes < <(printf '%s\n' "${entries[@]#$'\t'}" | xargs -d '\n' stat -c %A)
	fi
	{
		topics patches
		for i in "${!entries[@]}"; do
			[[ ${entries[i]} != $'\t'* ]] || echo "${modes[i]}"
			echo "${sums[i]}"
		done
	} | sha256sum | cut -d' ' -f1
)

base_id() { echo "$(paste -sd' ' "$BUILD/base.id"), tracked: $TRACKED"; }

# What build/linux was last made of, or exported to: the commit `base`, the hash
# of the patches, and the base kernel, in .git/made; the commit that equals the
# patches is refs/made/series.
record_made() {
	printf '%s\n%s\n%s\n' "$2" "$3" "$(base_id)" >"$1/made.part"
	mv "$1/made.part" "$1/made"
}
made_base() { sed -n 1p "$linux/.git/made"; }
made_inputs() { sed -n 2p "$linux/.git/made"; }
same_patches() { [ "$(made_inputs)" = "$(inputs)" ]; }
same_base() { [ "$(sed -n 3p "$linux/.git/made")" = "$(base_id)" ]; }
same_kernel() { [ "$(sed -n 3p "$linux/.git/made" | sed 's/, tracked: .*//')" = "$(paste -sd' ' "$BUILD/base.id")" ]; }

# All that is in a tree, one line each. .git/made.list has it of build/linux as
# it was made, to tell whether a file that git does not track was changed.
listing() {
	(cd "$1" && find . -name .git -prune -o ! -type d -printf '%P\t%y %s %T@ %l\n' | sort)
}

# Stop if build/linux has changes that git does not see: export could not write
# them. A file that is what it is in the base again counts as unchanged.
require_untracked_unchanged() {
	local changed=() path how="list its folder in TRACKED in base.mk, then make tree"
	while IFS= read -r path; do
		if [ ! -e "$BUILD/base/$path" ] && [ ! -L "$BUILD/base/$path" ]; then
			die "$(short "$linux")/$path is new, in a folder that git does not track there: $how"
		elif ! cmp -s "$BUILD/base/$path" "$linux/$path"; then
			changed+=("$path")
		fi
	done < <(comm -3 "$linux/.git/made.list" <(listing "$linux") | sed 's/^\t//' | cut -f1 | sort -u |
		comm -23 - <({ lg ls-files && lg ls-tree -r --name-only base; } | sort -u) | sed '/^\.gitignore$/d')
	[ ${#changed[@]} -eq 0 ] ||
		die "$(short "$linux")/${changed[0]} was changed (${#changed[@]} such files), but git does not track it there: $how"
}

# Stop unless build/linux is ours and holds no uncommitted work.
require_tree() {
	[ -d "$linux" ] || die "there is no $(short "$linux"): make tree"
	[ -f "$linux/.git/made" ] ||
		die "$(short "$linux") was not made by make tree: move it out of the way"
}
require_clean() {
	local changes
	[ ! -e "$linux/.git/rebase-merge" ] || die "$(short "$linux") is in the middle of a rebase: finish that first"
	[ ! -e "$linux/.git/rebase-apply" ] ||
		die "$(short "$linux") is in the middle of a rebase or am: finish that first"
	changes=$(git -C "$linux" status --porcelain)
	[ -z "$changes" ] ||
		die "$(short "$linux") has uncommitted work (${changes%%$'\n'*}): commit or stash it first"
	[ "$(git -C "$linux" symbolic-ref -q --short HEAD)" = series ] ||
		die "$(short "$linux") is not on its branch series: git checkout series there first"
}
