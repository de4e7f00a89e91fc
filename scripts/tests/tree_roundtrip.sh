#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The repository's own patches: make tree and make export change nothing in the
# repository, plain git am of what make series writes gives the same tree on a
# clean base, and every file at a kernel path belongs to exactly one patch. `make
# check` has this on a base of the files that the series names, `make
# check-maintainer` on the whole base. (In which other orders the topics apply:
# topic_graph.sh.)
# timeout: 120

. "$(dirname "$0")/lib.sh"

snapshot() { (cd "$REAL/repo" && find . -type f -printf '%p %m\n' | sort && find . -type f | sort | xargs -d '\n' sha256sum); }

mails() { find "$REAL/build/series/$1" -name '*.patch' ! -name 0000-cover-letter.patch | sort; }

# am TOPIC...: of all their mails, on a clean base.
am() {
	local topic
	git -C "$REAL/am" checkout -qf base
	for topic in "$@"; do
		mails "$topic" | xargs git -C "$REAL/am" -c user.name=Toy -c user.email=toy@example.org am -q
	done
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

real
mapfile -t topics <"$REPO/patches/series"
plan 7
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
