#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What each topic's cover letter says it depends on is enough: plain git am of
# those and of the topic works on a clean base, and the ids that the letter
# gives are theirs.
# timeout: 300

. "$(dirname "$0")/lib.sh"

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
mails() { find "$REAL/build/series/$1" -name '*.patch' ! -name 0000-cover-letter.patch | sort; }
ids() { mails "$1" | while IFS= read -r mail; do git patch-id --stable <"$mail" | cut -d' ' -f1; done; }
declared() { sed -n 's/^prerequisite-patch-id: //p' "$REAL/build/series/$1/0000-cover-letter.patch"; }

# needed TOPIC: the earlier topics whose patches its letter names, in order.
needed() {
	local topic
	for topic in "${topics[@]}"; do
		[ "$topic" != "$1" ] || break
		if declared "$1" | grep -qxF "$(ids "$topic" | head -n 1)"; then
			echo "$topic"
		fi
	done
}

# applies TOPIC: with nothing but what it needs.
applies() {
	local topic
	rm -rf "$REAL/am/.git/rebase-apply"
	git -C "$REAL/am" checkout -qf base
	{
		for topic in $(needed "$1"); do
			mails "$topic"
		done
		mails "$1"
	} | xargs git -C "$REAL/am" -c user.name=Toy -c user.email=toy@example.org am -q
}

# whole TOPIC: of a topic that it needs it names each patch.
whole() {
	local topic
	diff <(declared "$1" | sort) <(for topic in $(needed "$1"); do ids "$topic"; done | sort)
}

real
mapfile -t topics <"$REPO/patches/series"
plan $((2 * ${#topics[@]}))
real_make tree >"$TMP/tree"
real_make series >"$TMP/series"
git clone -q --shared --no-checkout "$REAL/build/linux" "$REAL/am"
for topic in "${topics[@]}"; do
	verdict "$topic names each patch of what it needs" whole "$topic"
	verdict "$topic applies to the base with that" applies "$topic"
done
