#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make kernel stops when an option of the fragment is not in .config as asked
# for, names each, and then builds nothing.
# timeout: 180

. "$(dirname "$0")/lib.sh"

# The real source, in a build folder of its own: only .config is made.
mkdir "$TMP/config" "$TMP/build"
cp "$REAL_BUILD/base.id" "$TMP/build/"
ln -s "$REAL_BUILD/base" "$REAL_BUILD/linux" "$TMP/build/"
touch "$TMP/config/debug.config"
cat >"$TMP/config/um.config" <<'CONFIG'
CONFIG_PRINTK=y
CONFIG_NO_SUCH_OPTION=y
CONFIG_LOG_BUF_SHIFT=99
CONFIG_NTB=m
# CONFIG_UML is not set
CONFIG

plan 4
refused "an option that does not exist" 'lost what .* asks for: .*CONFIG_NO_SUCH_OPTION=y \(is n\)' \
	make -s -C "$REPO" --eval 'only: ; @scripts/kernel' only VARIANT=debug BUILD="$TMP/build" KCONFIG_DIR="$TMP/config"
cp "$TMP/out" "$TMP/all"
verdict "one out of range, one without its dependency, one that cannot be off" \
	sh -c "grep -q 'CONFIG_LOG_BUF_SHIFT=99 ' '$TMP/all' && grep -q 'CONFIG_NTB=m (is n)' '$TMP/all' && grep -q 'CONFIG_UML=n (is y)' '$TMP/all'"
verdict "one that is there is not named" sh -c "! grep -q CONFIG_PRINTK '$TMP/all'"
verdict "nothing was built" test ! -e "$TMP/build/kernel/debug/linux" -a ! -e "$TMP/build/kernel/debug/stamp"
