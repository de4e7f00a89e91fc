# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# What the linters that compile share. Sourced by scripts/lint.

# includers LINTER: objects of the kernel series in the folders that the series
# touches which depend on a touched header.
includers() {
	local headers=$out/$1/headers folders=$out/$1/folders
	touched '*.h' | sed 's|^|/|' >"$headers"
	touched '*.[ch]' | sed 's|/[^/]*$||' | sort -u >"$folders"
	made_with "$BUILD/kernel/series" "$headers" |
		awk -v folders="$folders" 'BEGIN { while ((getline line < folders) > 0) wanted[line] = 1 }
			{ folder = $0; sub("/[^/]*$", "", folder) } folder in wanted'
}

# objects LINTER: what to compile, whether the bench's configuration has it or not.
objects() {
	{
		touched '*.c' ':!tools' "${ONLY_ARM64[@]}" | sed 's/\.c$/.o/'
		includers "$1"
	} | sort -u
}

# warnings LOG: what a compiler or sparse said, one line each; about a place in a
# header once, whoever includes it.
warnings() {
	{ grep -E '^[^ ]+:[0-9]+(:[0-9]+)?: (warning|error|fatal error):' "$1" || [ $? = 1 ]; } | sed "s|^$linux/||" | sort -u
}

# The functions below are for another target than the bench's. The linter sets
# $target, and $fragment, the configuration; the objects are in build/kernel/lint-$target.

# elsewhere: the touched objects that are not only for User-Mode-Linux.
elsewhere() { touched '*.c' ':!tools' ':!arch/um' ':!lib/logic_iomem.c' "$@" | sed 's/\.c$/.o/'; }

# configured TREE: with all that is asked for, and what the unit tests need; no
# warning ends the build.
configured() {
	local objects=$BUILD/kernel/lint-$target
	target "$target"
	rm -rf "$objects"
	mkdir -p "$objects"
	{ cat "$fragment"; printf 'CONFIG_%s\n' WERROR=n KUNIT=m; } >"$objects.config"
	kbuild_in "$1" "lint-$target" KCONFIG_ALLCONFIG="$objects.config" allnoconfig >"$dir/config.log" 2>&1 ||
		die "make failed: $(short "$dir/config.log")"
	# The base does not have the options of the series.
	[ "$1" != "$linux" ] || require_config "$objects"
}

# compiled_inputs: what a result depends on.
compiled_inputs() {
	touched_content '*.[chS]' '*Kconfig*' '*Makefile'
	cat "$fragment"
}

# compiled TREE OBJECT...: what the compiler says with W=1 about those that the tree has.
compiled() {
	local tree=$1 object list=()
	shift
	for object; do
		[ ! -e "$tree/${object%.o}.c" ] || list+=("$object")
	done
	kbuild_in "$tree" "lint-$target" W=1 "${list[@]}" >"$dir/log" 2>&1 ||
		{ tail -n 15 "$dir/log" >&2; die "make failed: $(short "$dir/log")"; }
	for object in "${list[@]}"; do
		[ -f "$BUILD/kernel/lint-$target/$object" ] || die "make did not build $object: $(short "$dir/log")"
	done
	warnings "$dir/log"
}

# compiled_bad: the same about the bad file, as a module of its own.
compiled_bad() {
	configured "$linux"
	rm -rf "$dir/bad"
	mkdir "$dir/bad"
	cp "$bad/bad.c" "$dir/bad/"
	echo 'obj-m := bad.o' >"$dir/bad/Kbuild"
	kbuild_in "$linux" "lint-$target" modules_prepare >"$dir/bad.log" 2>&1 ||
		die "make failed: $(short "$dir/bad.log")"
	kbuild_in "$linux" "lint-$target" W=1 M="$dir/bad" bad.o >"$dir/bad.log" 2>&1 || return 0
	grep 'Wunused-but-set-variable' "$dir/bad.log"
}
