#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The way from build/linux to patches/ and back: what a developer commits comes
# back the same from make export and make tree, and nothing unsaved is ever lost.
# timeout: 120

. "$(dirname "$0")/lib.sh"

snapshot() { (cd "$TMP/repo" && find . -type f | sort | xargs sha256sum); }

toy
plan 23
verdict "tree from nothing" toy_make tree
verdict "an empty series exports to itself" toy_make export
test "$(cat "$TMP/repo/patches/series")" = $'um\nnext'

# An edit, new files (one executable, one edited again later), a rename, a removal.
sed -i s/^5$/five/ "$linux/arch/um/a.c"
echo new >"$linux/arch/um/new.c"
echo '#!/bin/sh' >"$linux/lib/run.sh"
chmod +x "$linux/lib/run.sh"
echo one >"$linux/lib/twice.c"
toy_commit "um: Add things — with a dash"
git -C "$linux" mv lib/b.c lib/c.c
sed -i s/^7$/seven/ "$linux/lib/c.c"
echo two >>"$linux/lib/twice.c"
git -C "$linux" rm -q MAINTAINERS
toy_commit "lib: Rename b to c, and a subject so long that it does not fit into one line of a mail header any more"
verdict "export" toy_make export
cd "$TMP/repo"
verdict "new files are whole, with their modes" test -f arch/um/new.c -a -x lib/run.sh -a ! -x arch/um/new.c
verdict "a file that two patches touch stays in them" test ! -e lib/twice.c -a ! -e lib/c.c
verdict "the patch lists its new files and does not hold them" \
	sh -c 'grep -q "^new file: arch/um/new.c$" patches/next/0001-*.patch && ! grep -q "b/arch/um/new.c" patches/next/0001-*.patch'
before=$(snapshot)
tree=$(git -C "$linux" rev-parse 'series^{tree}')
messages=$(git -C "$linux" log --format='%an %ae %at %B' base..series)
rm -rf "$TMP/build/linux"
verdict "tree again" toy_make tree
verdict "it has the same content" test "$(git -C "$linux" rev-parse 'series^{tree}')" = "$tree"
verdict "it has the same messages and authors" \
	test "$(git -C "$linux" log --format='%an %ae %at %B' base..series)" = "$messages"
verdict "export again" toy_make export
verdict "tree and export change nothing" test "$(snapshot)" = "$before"
time_before=$(stat -c %Y "$linux/arch/um/a.c")
verdict "tree has nothing to do" toy_make tree
verdict "it touches no file" test "$(stat -c %Y "$linux/arch/um/a.c")" = "$time_before"

# A fixup of an earlier patch, by ordinary means; the topics survive.
sed -i s/^9$/nine/ "$linux/arch/um/a.c"
git -C "$linux" commit -q -a --fixup ':/um: Add things'
verdict "a rebase with a fixup" env GIT_SEQUENCE_EDITOR=true git -C "$linux" rebase -q -i --autosquash base
verdict "export after the rebase" toy_make export
verdict "the fixup is in its patch" grep -q '^+nine$' patches/next/0001-*.patch
verdict "the topics are what they were" test "$(cat patches/series)" = $'um\nnext'

# Work that is not saved. An input must change, or tree has no reason to touch anything.
edit_patch() { sed -i 's/^+nine$/+NINE/' patches/next/0001-*.patch; }
echo work >>"$linux/arch/um/a.c"
edit_patch
refused "tree does not throw away uncommitted work" 'uncommitted work .*a\.c' toy_make tree
git -C "$linux" commit -q -a -m "um: Work"
refused "tree does not throw away an unsaved commit" 'not in patches/ \(1 commits\)' toy_make tree
refused "export does not overwrite changed patches" 'make rebase' toy_make export
verdict "the work is still there" grep -q '^work$' "$linux/arch/um/a.c"
verdict "rebase takes it over" toy_make rebase
verdict "both changes are there, and export writes them" \
	sh -c "grep -q NINE '$linux/arch/um/a.c' && make -s export BUILD='$TMP/build' KERNEL='$TMP/kernel' && grep -q '^+work' patches/next/0003-*"
