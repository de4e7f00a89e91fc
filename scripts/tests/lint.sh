#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each linter of scripts/lint.d has nothing to say about the series. (That it
# can complain it proves itself, each time, on a bad file.) And a bad commit is
# found in a small copy of the tree that has nothing else.
# timeout: 600
# works in: build

. "$(dirname "$0")/lib.sh"

# lint REPOSITORY BUILD NAME: one linter, on what is built there.
# shellcheck disable=SC2016
lint() { make -s -C "$1" BUILD="$2" --eval 'only: ; @scripts/tools sparse && scripts/lint $(LINTER)' only LINTER="$3"; }

linters=("$REPO"/scripts/lint.d/*.sh)
plan $((${#linters[@]} + 3))
for linter in "${linters[@]}"; do
	name=$(basename "$linter" .sh)
	verdict "$name" lint "$REPO" "$REAL_BUILD" "$name"
done

# Both tools want the kernel's folders to be there, and find what they need in some.
also=(COPYING CREDITS Kbuild MAINTAINERS README scripts tools/docs tools/lib/python
	Documentation/dev-tools/checkpatch.rst include/linux/compiler-version.h)
real
mkdir -p "$REAL/build/tools" "$REAL"/build/base/{arch,drivers,fs,init,ipc,kernel,lib}
ln -s "$REAL_BUILD/tools/sparse" "$REAL/build/tools/"
real_make tree >"$TMP/tree"
linux=$REAL/build/linux
git -C "$linux" reset -q --hard base
cat >"$linux/lib/dwc_sim_bad.c" <<'C'
// SPDX-License-Identifier: GPL-2.0
/**
 * bad() - has a parameter that is not described
 */
int bad(int parameter)
{
	int value=parameter;

	return value;
}
C
git -C "$linux" add lib/dwc_sim_bad.c
git -C "$linux" -c user.name=Toy -c user.email=toy@example.org commit -q -m "lib: Add a bad function" -m "Text."
refused "a bad commit is found by checkpatch" 'checkpatch failed' lint "$REAL/repo" "$REAL/build" checkpatch
refused "a bad commit is found by kernel-doc" 'kernel-doc failed' lint "$REAL/repo" "$REAL/build" kernel-doc
seq -f '// %g' 401 >"$linux/lib/dwc_sim_large.c"
git -C "$linux" add lib/dwc_sim_large.c
git -C "$linux" -c user.name=Toy -c user.email=toy@example.org commit -q -m "lib: Add a large file" -m "Text."
refused "a large commit is found by size" 'size failed' lint "$REAL/repo" "$REAL/build" size
