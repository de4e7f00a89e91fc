#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make clean removes what was built, and mounts below the build folder, but
# neither work, nor downloads, nor anything under a live run; make distclean
# removes all but unsaved work.
# timeout: 60

. "$(dirname "$0")/lib.sh"

toy
plan 12
toy_make tree >"$TMP/tree"
cd "$TMP/build"
mkdir -p kernel/base/mods run/dead run/live run/mnt apt ccache "$TMP/elsewhere"
touch kernel/base/linux apt/package run/dead/lock run/live/lock "$TMP/elsewhere/file"
mount -t tmpfs toy run/mnt
exec 9>>run/live/lock
flock 9
refused "a live run" 'a bench is running in .*/run/live' toy_make clean
verdict "nothing was removed" test -e kernel/base/linux -a -e run/dead/lock
exec 9>&-
verdict "clean" toy_make clean
verdict "what was built is gone" test ! -e kernel -a ! -e run
verdict "no mount is left" sh -c "! grep -q ' $TMP/' /proc/self/mountinfo"
verdict "work and downloads are there" test -e linux/.git -a -e base.id -a -e apt/package -a -d ccache
verdict "nothing else was touched" test -e "$TMP/elsewhere/file"
verdict "clean again" toy_make clean
echo work >>"$linux/lib/b.c"
refused "distclean: uncommitted work" 'uncommitted work' toy_make distclean
toy_commit "lib: Work"
refused "distclean: an unsaved commit" 'make export first' toy_make distclean
toy_make export >"$TMP/save"
verdict "distclean" toy_make distclean
verdict "all is gone" test ! -e "$TMP/build"
