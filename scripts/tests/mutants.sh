#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make mutants on a toy kernel, with a build and a bench that go by what is in
# one file: what counts as noticed and what does not, and nothing stays behind.

. "$(dirname "$0")/lib.sh"

toy
sim=$TMP/repo/tools/testing/dwc-sim
mkdir -p "$sim/model" "$TMP/build"
cp -r "$REPO/tools/testing/dwc-sim/bench" "$sim/"
: >"$sim/model/mutants"
# The kernel is the file; one that has "broken" does not build.
cat >"$TMP/repo/scripts/kernel" <<'E2'
#!/bin/bash
. "$(dirname "$0")/lib.sh"
lock kernel
lock tree -s
cp "$BUILD/linux/lib/b.c" "$BUILD/kernel-$VARIANT"
! grep -q broken "$BUILD/linux/lib/b.c" || die "does not build"
E2
cat >"$sim/bench.py" <<'E2'
#!/bin/bash
echo "KTAP version 1"
[ "$2" != nothing ] || { echo "bench: no test matches" >&2; exit 1; }
if cmp -s "$BUILD/kernel-series" "$BUILD/linux/lib/b.c" && grep -q "$2" "$BUILD/kernel-series"; then
	printf 'not ok 1 %s # 1.0 s\n# there is a %s\n# log: somewhere\n' "$2" "$2"
	exit 1
fi
echo "ok 1 $2 # 1.0 s"
E2
chmod +x "$TMP/repo/scripts/kernel" "$sim/bench.py"

# mutants TEST NEW [SAYS] [OLD]: the file has this one mutant.
mutants() {
	printf 'R01\ntest: %s\nfile: lib/b.c\n%s-%s\n+%s\n' "$1" "${3:+says: $3$'\n'}" "${4-13}" "$2" >"$sim/mutants"
}
only=''
run() { toy_make -o deps-check -o kernel-base -o kernel-series -o model mutants MUTANT="$only"; }
as_before() {
	[ -z "$(git -C "$linux" status --porcelain)" ] && cmp "$TMP/kernel/lib/b.c" "$TMP/build/kernel-series"
}
noticed() {
	run | tee "$TMP/said"
	grep -qx "ok R01 wrong: there is a wrong" "$TMP/said"
	[ "$(tail -n 1 "$TMP/said")" = "1 mutants noticed, 0 not" ]
	as_before
}
# unnoticed PATTERN: it is not, for that reason, and the kernel is what it was.
unnoticed() {
	! run >"$TMP/said" 2>&1 || return 1
	grep -q "^not ok R01 [a-z]*: $1" "$TMP/said"
	grep -qx "0 mutants noticed, 1 not" "$TMP/said"
	as_before
}

plan 9
toy_make tree >"$TMP/out" 2>&1
mutants wrong "this is wrong"
verdict "a test that fails notices" noticed
mutants wrong "this is wrong" "another thing"
verdict "a test that fails in another way does not" unnoticed "it failed in another way: there is a wrong"
mutants wrong "this is right"
verdict "a test that passes does not" unnoticed "the test passed"
mutants wrong "this is broken and wrong"
verdict "a kernel that does not build is no notice" unnoticed "the kernel does not build"
mutants nothing "this is wrong"
verdict "no test is no notice" unnoticed "no test has failed: bench: no test matches"
mutants wrong "this is wrong" "" 1
verdict "old text that is there more than once is refused" unnoticed "R01: the old text is 12 times in lib/b.c"
mutants wrong "this is wrong" "" 99
verdict "old text that is not there is refused" unnoticed "R01: the old text is 0 times in lib/b.c"
only=R02
refused "a label that no mutant has" "no label of .* matches R02" run
only=''
echo work >>"$linux/lib/b.c"
refused "uncommitted work" "has uncommitted work" run
