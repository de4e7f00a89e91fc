# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# checkpatch --strict on each patch as it is mailed. Accepted: the missing
# sign-off, which only a person can give. Its question whether MAINTAINERS
# needs an entry for a new file is answered here. It cannot look up the commits
# that Fixes: lines name, as the base has no history here.

about() { echo "checkpatch --strict on each patch"; }
in_base() { false; }

tool() { need perl perl; }
inputs() { lg rev-list base..series; }

accepted=MISSING_SIGN_OFF,FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID
# checkpatch MAIL...: its complaints, one line each. One process for all: it reads
# half the include files of the kernel before it begins.
checkpatch() {
	(cd "$linux" || exit
		GIT_DIR=/nonexistent perl scripts/checkpatch.pl --strict --terse --no-summary \
		--show-types --ignore "$accepted" "$@" || [ $? = 1 ]) | not_moved
}

# not_moved: only the complaints about lines that the same mail does not remove elsewhere:
# code of the base moves as it is.
not_moved() {
	local complaint mail line text
	while IFS= read -r complaint; do
		IFS=: read -r mail line _ <<<"$complaint"
		text=$(sed -n "${line}p" "$mail" 2>/dev/null) || text=''
		if [[ $text == +* ]] && grep -qxF -e "-${text#+}" "$mail"; then
			continue
		fi
		echo "$complaint"
	done
}

# unmaintained LIST MAINTAINERS: the files of a list that no line F: covers. As in
# get_maintainer.pl, which takes half a second for a file: a pattern that ends
# with "/" covers all below, any other what has as many slashes as it.
unmaintained() {
	awk '
		FILENAME == ARGV[1] { wanted[$0] = gsub("/", "/"); next }
		/^[^\t ]/ && !/^[A-Z]:\t/ { rest = /^THE REST/ }
		/^F:\t/ && !rest {
			pattern = $2
			slashes = pattern ~ "/$" ? -1 : gsub("/", "/", pattern)
			gsub(/[.+(){}|^$\[\]]/, "\\\\&", pattern)
			gsub(/\*/, ".*", pattern)
			gsub(/\?/, ".", pattern)
			pattern = "^" pattern (slashes < 0 ? "" : "$")
			for (path in wanted)
				if ((slashes < 0 || slashes == wanted[path]) && path ~ pattern)
					delete wanted[path]
		}
		END { for (path in wanted) print path ": no entry in MAINTAINERS covers this new file" }' "$1" "$2" | sort
}

findings() {
	local mails=$out/checkpatch/mails
	rm -rf "$mails"
	lg format-patch -q --zero-commit --no-signature -M --abbrev=12 -o "$mails" base..series
	# a topic's mark has no mail, and checkpatch ends at an empty file
	find "$mails" -empty -delete
	checkpatch "$mails"/*.patch | sed "s|^$mails/||"
	git -C "$linux" diff --name-only --diff-filter=A base series >"$out/checkpatch/new"
	unmaintained "$out/checkpatch/new" "$linux/MAINTAINERS"
}

# A file that nobody maintains must be named, one that is listed must not.
proof() {
	printf '%s\n' kernel/no_such_file.c drivers/ntb/new.c >"$out/checkpatch/new"
	[ "$(unmaintained "$out/checkpatch/new" "$linux/MAINTAINERS" | sed 's/:.*//')" = kernel/no_such_file.c ] || return 0
	checkpatch "$bad/bad.patch" | grep ERROR:SPACING
}
