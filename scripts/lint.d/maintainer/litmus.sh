# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# herd7, with the kernel's memory model, on the litmus tests: each has the result
# that it states, and another one without any of its barriers. And each barrier of
# the series, with those that it pairs with, has a test that names its function.

tests=$ROOT/tools/testing/dwc-sim/litmus
herd=$BUILD/tools/herdtools7/herd7

# How one line of a test is weakened; the lines are those that this changes.
weaken='s/smp_[rw]?mb\(\);//
	s/smp_mb__[a-z_]+\(\);//
	s/synchronize_rcu\(\);//
	s/smp_store_release\(([^,]+), /WRITE_ONCE(*\1, /
	s/smp_load_acquire\(/READ_ONCE(*/
	s/atomic_read_acquire\(/atomic_read(/
	s/(atomic_[a-z_]+)_(acquire|release)\(/\1_relaxed(/
	s/xchg\(/xchg_relaxed(/
	s/if \(.+\) \{ \/\/ control dependency/if (1 == 1) {/'
# Of a lock or an RCU reader the whole process is, which starts with P and a number.
unlock='s/(rcu_read|spin)_(un)?lock\([a-z_]*\);//'

about() { echo "herd7 on the litmus tests, and barriers that have none"; }
in_base() { false; }

tool() {
	[ -x "$herd" ] || die "$(short "$herd") is missing: make lint LINTER=litmus fetches it"
	"$herd" -version
}
inputs() {
	cat "$tests"/*.litmus "$linux"/tools/memory-model/linux-kernel.*
	touched_content 'drivers/*.[ch]' 'include/*.h'
}

# verdicts TREE FILE...: a line for each: name, result, flags.
verdicts() (
	cd "$1/tools/memory-model" || exit
	shift
	"$herd" -conf linux-kernel.cfg "$@" 2>"$dir/log" | awk '
		$1 == "Test" { flags = "" }
		$1 == "Flag" { flags = flags " " ($2 == "data-race" ? "DATARACE" : $2) }
		$1 == "Observation" { print $2, $3 flags }'
)

# mutate FILE: write its mutants; a line for each: name, line number and text.
mutate() {
	local name line start
	name=$(basename "$1" .litmus)
	sed -nE "/^\t/{h;$weaken;x;G;/^(.*)\n\1\$/!{s/\n.*//;=;p}}" "$1" |
		while IFS= read -r line && IFS= read -r text; do
			sed -E "1s/.*/C $name.$line/;${line}{$weaken}" "$1" >"$dir/mutants/$name.$line.litmus"
			echo "$name.$line $line ${text//$'\t'/}"
		done
	grep -nE '^P[0-9]+\(' "$1" | cut -d: -f1 | while read -r start; do
		line=$(sed -nE "$start,/^}/{/\t(rcu_read|spin)_lock\(/{=;q}}" "$1")
		[ -n "$line" ] || continue
		sed -E "1s/.*/C $name.$line/;$start,/^}/{$unlock}" "$1" >"$dir/mutants/$name.$line.litmus"
		echo "$name.$line $line $(sed -n "${line}s/\t//gp" "$1")"
	done
}

# judge TREE FILE...: tests whose result is another one, and barriers that are not needed.
judge() {
	local tree=$1 file says states name line text
	shift
	rm -rf "$dir/mutants"
	mkdir "$dir/mutants"
	verdicts "$tree" "$@" >"$dir/verdicts" || die "herd7 failed: $(short "$dir/log")"
	for file; do
		name=$(basename "$file" .litmus)
		states=$(sed -n 's/^ \* Result: //p' "$file")
		says=$(sed -n "s/^$name //p" "$dir/verdicts")
		if [ "$says" != "$states" ]; then
			echo "$(short "$file"): states '$states', herd7 says '${says:-$(grep -F "$file" "$dir/log")}'"
		elif [ "$states" = Never ]; then
			mutate "$file" >>"$dir/mutants/list"
		elif ! grep -qE '^ \* (Defect|Harmless): ' "$file"; then
			echo "$(short "$file"): states '$states', but no 'Defect: ' or 'Harmless: '"
		fi
	done
	[ -s "$dir/mutants/list" ] || return 0
	verdicts "$tree" "$dir"/mutants/*.litmus >"$dir/verdicts" || die "herd7 failed: $(short "$dir/log")"
	while read -r name line text; do
		grep -qE "^$name (Sometimes|Always|Never .*DATARACE)" "$dir/verdicts" ||
			echo "$(short "$tests/${name%.*}.litmus"):$line: is Never as well without '$text'"
	done <"$dir/mutants/list"
}

# named: file and function of each test: test, file, function.
named() {
	local file path functions function
	for file in "$tests"/*.litmus; do
		sed -nE 's/^ \* Code: ([^:]+): (.*)$/\1 \2/p' "$file" |
			while read -r path functions; do
				for function in $functions; do
					echo "$(basename "$file") $path ${function%%(*}"
				done
			done
	done
}

# barriers TREE PATH...: a line for each in these files: file, function, barrier or 'pair',
# and for that the function that a comment says it pairs with.
barriers() (
	cd "$1" || exit
	shift
	for path; do
		[ ! -f "$path" ] || awk -v path="$path" '
			function pairs(text) {
				if (!sub(/.*[Pp]airs? with/, "", text) || !sub(/.* in /, "", text))
					return
				while (match(text, /[a-z_0-9]+\(\)/)) {
					print path, name, "pair", substr(text, RSTART, RLENGTH - 2)
					text = substr(text, RSTART + RLENGTH)
				}
			}
			/^[A-Za-z_].*[A-Za-z_0-9]\(/ {
				name = $0
				sub(/\(.*/, "", name)
				sub(/.*[ *]/, "", name)
			}
			/\/\*/ { comment = 1; said = "" }
			comment { said = said " " $0 }
			comment && /\*\// { comment = 0; pairs(said); next }
			comment || !/^\t/ { next }
			match($0, /(smp_r?w?mb|smp_mb__[a-z_]+|smp_store_release|smp_load_acquire|dma_r?w?mb|synchronize_[a-z]+|atomic[a-z_0-9]*_(acquire|release))\(/) ||
			match($0, /[^a-z_][rw]?mb\(/) {
				found = substr($0, RSTART, RLENGTH - 1)
				gsub(/[^a-z_0-9]/, "", found)
				print path, name, found
			}' "$path"
	done
)

# naming PATH FUNCTION [FUNCTION]: tests that name the first, and the other of any file.
naming() {
	sed -n "s| $1 $2\$||p" "$dir/named" | sort -u |
		if [ -n "${3-}" ]; then grep -xFf <(sed -n "s/ .* $3\$//p" "$dir/named"); else cat; fi
}

# untested TREE: barriers that no test has, and names that are none any more.
untested() {
	local test path function barrier other count paths found
	named >"$dir/named"
	while read -r test path function; do
		grep -qsE "^[A-Za-z_].*\b$function\(" "$1/$path" ||
			echo "$(short "$tests/$test"): there is no $function() in $path"
	done <"$dir/named"
	mapfile -t paths < <(git -C "$linux" diff --name-only --no-renames base series -- 'drivers/*.[ch]' 'include/*.h' ':!*/tests/*')
	barriers "$BUILD/base" "${paths[@]}" | cut -d' ' -f2- | sort -u >"$dir/old"
	barriers "$1" "${paths[@]}" | sort | uniq -c |
		while read -r count path function barrier other; do
			! grep -qxF "$function $barrier" "$dir/old" || continue
			mapfile -t found < <(naming "$path" "$function" "$other")
			if [ -n "$other" ]; then
				[ ${#found[@]} -gt 0 ] ||
					echo "$path: no litmus test names both $function() and $other(), which pair"
			elif [ "$(cd "$tests" && cat /dev/null "${found[@]}" | grep -oE "\b$barrier\(" | wc -l)" -lt "$count" ]; then
				echo "$path: $function() has $count $barrier(), the litmus tests that name it (${found[*]}) have fewer"
			fi
		done
}

findings() {
	judge "$1" "$tests"/*.litmus
	untested "$1"
}

proof() { judge "$linux" "$bad/bad.litmus"; }
