# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's semantic patches (scripts/coccinelle) in report mode, as coccicheck
# runs them on one file. With FULL=1 (make check-maintainer) all of them on each
# source file that the series touches, which takes a quarter of an hour; else those
# that read no header, on the file that the series changes most. Two of them are
# written in OCaml and need a compiler of half a gigabyte: they are for FULL=1.

about() { echo "the kernel's semantic patches on $([ -n "${FULL-}" ] && echo "the touched files" || echo "one touched file")"; }
in_base() { true; }

tool() {
	need spatch coccinelle
	[ -z "${FULL-}" ] || need ocamlopt ocaml
	spatch --version | sed 1q
}
inputs() { touched_content '*.[ch]'; }

# looked_at: the touched files, or the one with most new lines.
looked_at() {
	if [ -n "${FULL-}" ]; then
		touched '*.[ch]'
	else
		git -C "$linux" diff --numstat --no-renames --diff-filter=d base series -- '*.c' | sort -k1,1nr -k3 | awk 'NR == 1 { print $3 }'
	fi
}

# base_names: of files of the series; new ones have none.
base_names() {
	local path old
	while IFS= read -r path; do
		old=$(git -C "$linux" diff --name-status -M base series | awk -v path="$path" '$3 == path { print $2 }')
		[ ! -e "$BUILD/base/${old:-$path}" ] || echo "${old:-$path}"
	done
}

# semantic_patches NAME: all of that name, a pattern.
semantic_patches() {
	find "$linux/scripts/coccinelle" -name "$1" -exec grep -l '^virtual report' {} + | sort |
		if [ -n "${FULL-}" ]; then cat; else xargs grep -L 'script:ocaml' | xargs grep -l 'Options:.*--no-includes'; fi
}

# groups FILE...: those of one folder of the second level together, as spatch wants it.
groups() {
	printf '%s\n' "$@" | awk -F/ '{ group = $1 "/" $2 } NR > 1 && group != last { print "" } { print; last = group }'
}

# spatches NAME TREE FILE...: what the semantic patches of that name say. All files at
# once, so that their headers are read once; by folder, which takes longer, where
# spatch has not enough of a stack for all.
spatches() (
	cd "$2" || exit
	name=$1
	shift 2
	export cocci_groups=$out/coccicheck/groups
	groups "$@" >"$cocci_groups"
	# shellcheck disable=SC2016
	semantic_patches "$name" | xargs -P "$JOBS" -I {} sh -c '
		cocci=$1
		shift
		look() {
			spatch -D report --very-quiet --no-show-diff --cocci-file "$cocci" \
				$(sed -n "s/.*Options: *//p" "$cocci") \
				-I arch/um/include -I include -I arch/um/include/uapi -I include/uapi \
				--include include/linux/compiler-version.h --include include/linux/kconfig.h \
				"$@" 2>"$cocci_log.$(basename "$cocci")"
		}
		said=$(look "$@") || said=$(look --file-groups "$cocci_groups") ||
			{ echo "$cocci: spatch failed, see $cocci_log.*" >&2; echo "$cocci: spatch failed"; exit 255; }
		printf "%s\n" "$said"' sh {} "$@"
)

# Of the base only files that the semantic patches complain about in the series.
findings() {
	local files
	export cocci_log=$out/coccicheck/log
	rm -f "$cocci_log".*
	if [ "$1" = "$linux" ]; then
		mapfile -t files < <(looked_at)
	else
		mapfile -t files < <(sed -n 's/^\([^: ]*\):[0-9].*/\1/p' "$out/coccicheck/findings" | sort -u | base_names)
	fi
	[ ${#files[@]} = 0 ] || spatches '*.cocci' "$1" "${files[@]}" | sed '/^$/d'
}

proof() {
	export cocci_log=$out/coccicheck/log
	spatches kfree.cocci "$linux" "$bad/bad.c" | grep -E 'bad\.c:[0-9]+'
}
