#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The repository's own patches: make tree and make export change nothing in the
# repository, plain git am of what make series writes gives the same tree on a
# clean base, and every file at a kernel path belongs to exactly one patch. What
# each topic's cover letter says it depends on is enough: plain git am of those
# and of the topic works on a clean base, and the ids that the letter gives are
# theirs. `make check` has this on a base of the files that the series names,
# `make check-maintainer` on the whole base.
# timeout: 120

. "$(dirname "$0")/lib.sh"

snapshot() { (cd "$REAL/repo" && find . -type f -printf '%p %m\n' | sort && find . -type f | sort | xargs -d '\n' sha256sum); }

mails() { find "$REAL/build/series/$1" -name '*.patch' ! -name 0000-cover-letter.patch | sort; }

# am TOPIC...: of all their mails, on a clean base. The tag am/FIRST/SECOND/... is what
# that gave: topics that were applied in this order already are not applied again.
am() {
	local topic before=base after=am
	for topic in "$@"; do
		after+=/+$topic
		if ! git -C "$REAL/am" rev-parse -q --verify "refs/tags/$after/=" >/dev/null; then
			rm -rf "$REAL/am/.git/rebase-apply"
			git -C "$REAL/am" checkout -qf "$before"
			mails "$topic" | xargs git -C "$REAL/am" -c user.name=Toy -c user.email=toy@example.org am -q
			git -C "$REAL/am" tag "$after/="
		fi
		before=$after/=
	done
	git -C "$REAL/am" checkout -qf "$before"
}

same_files() { git -C "$REAL/am" diff --exit-code --stat HEAD "$(git -C "$REAL/build/linux" rev-parse series)"; }

# Whole new files are listed by one patch each, and nothing else lies at a kernel path, but for
# what the project says about itself (*.md; the kernel's documentation is *.rst).
listed() { find "$REAL/repo/patches" -name '*.patch' -exec sed -n '/^---$/,/^diff --git /s/^new file: //p' {} + | sort; }
at_kernel_paths() {
	local top
	cd "$REPO"
	for top in */; do
		case $top in
		build/|patches/|scripts/|tools/) ;;
		*) git ls-files --cached --others --exclude-standard "$top" ;;
		esac
	done | grep -vE '^Documentation/[^/]*\.md$' | sort
}

# ids TOPIC: of its patches, in order.
ids() {
	[ -f "$TMP/$1.ids" ] ||
		mails "$1" | while IFS= read -r mail; do git patch-id --stable <"$mail" | cut -d' ' -f1; done >"$TMP/$1.ids"
	cat "$TMP/$1.ids"
}
declared() { sed -n 's/^prerequisite-patch-id: //p' "$REAL/build/series/$1/0000-cover-letter.patch"; }

# needed TOPIC: the earlier topics whose patches its letter names, in order.
needed() {
	local topic
	for topic in "${topics[@]}"; do
		[ "$topic" != "$1" ] || break
		if declared "$1" | grep -xF "$(ids "$topic" | sed -n 1p)" >"$TMP/named"; then
			echo "$topic"
		fi
	done
}

# applies TOPIC: with nothing but what it needs.
applies() {
	local needed
	mapfile -t needed < <(needed "$1")
	am "${needed[@]}" "$1"
}

# whole TOPIC: of a topic that it needs it names each patch.
whole() {
	local topic
	diff <(declared "$1" | sort) <(for topic in $(needed "$1"); do ids "$topic"; done | sort)
}

real
mapfile -t topics <"$REPO/patches/series"
plan $((7 + 2 * ${#topics[@]}))
before=$(snapshot)
verdict "make tree" real_make tree
verdict "make export" real_make export
verdict "they change nothing" diff <(echo "$before") <(snapshot)
verdict "make series" real_make series
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
git clone -q --shared --no-checkout "$REAL/build/linux" "$REAL/am"
verdict "plain git am on a clean base" am "${topics[@]}"
verdict "it gives the same files" same_files
verdict "each file at a kernel path belongs to exactly one patch" diff <(at_kernel_paths) <(listed | grep -v '^tools/')
for topic in "${topics[@]}"; do
	verdict "$topic names each patch of what it needs" whole "$topic"
	verdict "$topic applies to the base with that" applies "$topic"
done
