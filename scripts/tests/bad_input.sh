#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bad input and trouble: each ends with one line that says what is wrong and
# what to do, and with a status that is not 0.
# timeout: 120

. "$(dirname "$0")/lib.sh"

toy
plan 25
refused "KERNEL= that does not exist" 'KERNEL=/nowhere does not exist' toy_make fetch KERNEL=/nowhere
mkdir "$TMP/empty"
refused "KERNEL= that is no kernel" 'is no kernel tree' toy_make fetch KERNEL="$TMP/empty"
tar -cJf "$TMP/empty.tar.xz" -C "$TMP" empty
refused "KERNEL= that is a tarball of something else" 'is no kernel tarball' toy_make fetch KERNEL="$TMP/empty.tar.xz"
refused "KERNEL= that is no tarball" 'neither a kernel tree nor a tarball' toy_make fetch KERNEL="$TMP/repo/Makefile"
cp -r "$TMP/kernel" "$TMP/built"
mkdir -p "$TMP/built/include/config"
touch "$TMP/built/include/config/auto.conf"
refused "KERNEL= that was built in" 'make mrproper' toy_make fetch KERNEL="$TMP/built"
verdict "no base is left of all these" test ! -e "$TMP/build/base" -a ! -e "$TMP/build/base.id" -a ! -e "$TMP/build/base.part"
refused "no room" 'needs 99999999 MB' toy_make fetch NEED_FETCH_MB=99999999
refused "no network" 'Failed to fetch .* is the network up\?' \
	env http_proxy=http://127.0.0.1:1 make -s -C "$TMP/repo" BUILD="$TMP/build" fetch
tar -cJf "$TMP/kernel.tar.xz" -C "$TMP" kernel
verdict "a tarball is taken" toy_make tree KERNEL="$TMP/kernel.tar.xz"
verdict "a tree is taken instead" toy_make tree
verdict "it says so" grep -q "^tree $TMP/kernel " "$TMP/build/base.id"

refused "a variant that does not exist" "No rule to make target|there are base, series, debug and gcov" env VARIANT=nosuch BUILD="$TMP/build" \
	make -s -C "$TMP/repo" --eval 'try: ; @scripts/kernel' try VARIANT=nosuch
refused "a deps target that does not exist" "no target called 'nosuch'" toy_make deps FOR=nosuch

# Two runs at once: the lock is held here. A run that has nothing to do is not refused.
exec 9>>"$TMP/build/tree.lock"
flock 9
echo "tree, process 1" >"$TMP/build/tree.lock"
refused "two runs at once" 'another run is at work .*process 1' toy_make tree KERNEL="$TMP/kernel.tar.xz"
verdict "nothing to do meanwhile" toy_make tree
exec 9>&-
verdict "the lock is free again" toy_make tree

# Without root, with a package missing: as seen through a dpkg-query that has none.
mkdir "$TMP/bin"
printf '#!/bin/sh\necho not-installed\n' >"$TMP/bin/dpkg-query"
chmod +x "$TMP/bin/dpkg-query"
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent "$@"; }
refused "not root, a package missing" 'needs root: run make deps FOR=demo as root' \
	nobody PATH="$TMP/bin:$PATH" make -s -C "$TMP/repo" BUILD="$TMP/nobody" deps
mkdir "$TMP/nothing"
ln -s /usr/bin/{dirname,realpath,sed} "$TMP/nothing/"
refused "no Debian" 'this is no Debian .* xz-utils' \
	env PATH="$TMP/nothing" BUILD="$TMP/x" BASE_PACKAGE=x "$BASH" "$TMP/repo/scripts/deps" tree

# Names of earlier versions: each is refused with its new one.
for names in T/TEST M/MUTANT L/LINTER REST/RESUME; do
	refused "${names%/*}= is ${names#*/}=" "${names%/*}= is now called ${names#*/}=" toy_make help "${names%/*}=x"
done
refused "make save is make export" 'make save is now called make export' toy_make save

# Every target that make has is explained.
verdict "make alone is make help" test "$(make -s -C "$TMP/repo")" = "$(make -s -C "$TMP/repo" help)"
missing=$(sed -n 's/^\.PHONY: //p' "$TMP/repo/Makefile" | tr ' ' '\n' | sed '/^kernel-/d; /^model-/d; /^help$/d' |
	while read -r target; do grep -q "^##   $target\b" "$TMP/repo/Makefile" || echo "$target"; done)
verdict "make help explains every target" test -z "$missing"
