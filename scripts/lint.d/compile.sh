# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# gcc with W=1 and sparse on each object that the series touches: those of the
# source files it changes, and in the same folders those that include a header
# it changes. What only arm64 has is left out.

about() { echo "W=1 and sparse on the touched objects"; }
in_base() { true; }
sparse=$BUILD/tools/sparse

tool() {
	[ -x "$sparse" ] || die "$(short "$sparse") is missing: make lint builds it"
	sha256sum <"$sparse"
	gcc --version | sed 1q
}
inputs() {
	touched_content '*.[chS]' '*Kconfig*' '*Makefile'
	cat "$BUILD/kernel/series/.config"
}

# compile TREE ARGS: with the objects in build/kernel/lint.
compile() {
	local tree=$1
	shift
	kbuild_in "$tree" lint W=1 C=2 CHECK="$sparse" "$@" 2>&1
}

findings() {
	local tree=$1 objects=$BUILD/kernel/lint log=$out/compile/log object list=()
	rm -rf "$objects"
	cp -a --reflink=auto "$BUILD/kernel/series" "$objects"
	for object in $(objects compile); do
		rm -f "$objects/$object"
		[ ! -e "$tree/${object%.o}.c" ] || list+=("$object")
	done
	[ ${#list[@]} -gt 0 ] || return 0
	kbuild_in "$tree" lint KCONFIG_ALLCONFIG="$BUILD/kernel/series.config" allnoconfig >"$log" 2>&1
	compile "$tree" "${list[@]}" >"$log" || { tail -n 15 "$log" >&2; die "make failed: $(short "$log")"; }
	for object in "${list[@]}"; do
		[ -f "$objects/$object" ] || die "make did not build $object: $(short "$log")"
	done
	warnings "$log"
}

# Both gcc and sparse must complain, in a module of its own.
proof() {
	local dir=$out/compile/bad log=$out/compile/bad.log
	rm -rf "$dir" "$BUILD/kernel/lint"
	mkdir "$dir"
	cp "$bad/bad.c" "$dir/"
	echo 'obj-m := bad.o' >"$dir/Kbuild"
	cp -a --reflink=auto "$BUILD/kernel/series" "$BUILD/kernel/lint"
	compile "$linux" M="$dir" bad.o >"$log" || return 0
	grep -q 'Wunused-but-set-variable' "$log" && grep -q 'warning: cast removes address space' "$log" && cat "$log"
}
