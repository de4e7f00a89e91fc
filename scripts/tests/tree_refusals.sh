#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What build/linux must not be made of or exported from: each is refused with one
# line that names the file, and nothing is changed.
# timeout: 120

. "$(dirname "$0")/lib.sh"

toy
plan 24
toy_make tree
cd "$linux"

echo changed >>kernel/untracked.c
refused "export: an untracked file of the base was changed" 'kernel/untracked\.c was changed.*TRACKED' toy_make export
cp -p "$TMP/kernel/kernel/untracked.c" kernel/untracked.c
touch kernel/untracked.c
verdict "export: an untracked file is what it was again" toy_make export
touch kernel/new.c
refused "export: a new file in an untracked folder" 'kernel/new\.c is new.*TRACKED' toy_make export
git add -f kernel/new.c kernel/untracked.c
git commit -q -m "kernel: Add"
refused "export: a commit adds a file of the base" 'adds kernel/untracked\.c.*TRACKED' toy_make export
git reset -q --hard HEAD~1
mkdir -p kernel
cp -p "$TMP/kernel/kernel/untracked.c" kernel/untracked.c
echo x >>lib/b.c
refused "export: uncommitted work" 'uncommitted work .*lib/b\.c' toy_make export
git commit -q -a -m "lib: Add x" -m $'Text\n---\nmore text'
refused "export: a message that a mail cannot carry" 'does not give the same commits' toy_make export
git reset -q --hard HEAD~1
git checkout -q -b mine
refused "export: another branch" 'not on its branch series' toy_make export
git checkout -q series
git branch -q -D mine
git rebase -q --exec false base >"$TMP/rebase" 2>&1 || echo "(stopped in a rebase on purpose)"
refused "export: in the middle of a rebase" 'middle of a rebase' toy_make export
git rebase --abort
git reset -q --hard base
echo y >>lib/b.c
git commit -q -a -m "lib: Before any topic"
refused "export: a commit before the first topic" "comes before the first 'topic: NAME'" toy_make export
git reset -q --hard refs/made/series
echo z >>lib/b.c
git commit -q -a -m "lib: Add z"
echo own >"$TMP/repo/lib-file"
verdict "export: a plain edit" toy_make export
mkdir -p scripts lib/deps
echo 1 >lib/deps/new
git add lib && git commit -q -m "lib: Add deps"
mkdir -p "$TMP/repo/lib/deps"
echo 2 >"$TMP/repo/lib/deps/new"
refused "export: the repository has another file of that name" 'lib/deps/new, but the repository has' toy_make export
rm "$TMP/repo/lib/deps/new"
verdict "export: it is gone" toy_make export

cd "$TMP/repo"
rm lib/deps/new
refused "tree: a listed new file is missing" 'lists the new file lib/deps/new' toy_make tree
mkdir -p lib/deps
echo 1 >lib/deps/new
verdict "tree: it is back" toy_make tree
sed -i s/^20$/twenty/ "$TMP/kernel/lib/b.c"
refused "tree: a patch does not apply to the new base" 'next/0001-lib-Add-z\.patch does not apply to Linux 7\.3\.4 .*lib/b\.c' toy_make tree
verdict "tree: build/linux is what it was" grep -qx z "$linux/lib/b.c"
sed -i s/^twenty$/20/ "$TMP/kernel/lib/b.c"

# More of the base tracked, with work at hand that is not saved: nothing is lost.
toy_make tree
cd "$linux"
echo w >>lib/b.c
git commit -q -a -m "lib: Add w"
echo k >>kernel/untracked.c
sed -i 's/^\tinclude lib/\tinclude kernel lib/' "$TMP/repo/base.mk"
refused "export: other folders are to be tracked" 'make tree' toy_make export
verdict "tree: they are" toy_make tree
verdict "tree: the unsaved commit is there" test "$(git log -1 --format=%s)" = "lib: Add w"
verdict "tree: the edit is in sight" test "$(git diff --name-only)" = kernel/untracked.c
git commit -q -a -m "kernel: Add k"
verdict "export: all of it" toy_make export
verdict "export: the patches hold it" grep -q '^+k$' "$TMP/repo/patches/next/"*kernel-Add-k.patch

# Another base that takes the patches with a little help.
echo n >>lib/b.c
git commit -q -a -m "lib: Add n"
sed -i s/^1$/one/ "$TMP/kernel/lib/b.c"
verdict "rebase: unsaved work goes to another base" toy_make rebase
cd "$TMP/repo"

rm -rf "$linux"
mkdir "$linux"
refused "tree: a build/linux that is not ours" 'not made by make tree' toy_make tree
