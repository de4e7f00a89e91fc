# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# What a reviewer can read at once: at most 400 changed lines in a patch, unless
# it moves code and its subject says so, and at most 15 patches in a topic. A
# patch moves code if 90 % of the lines that it adds are among those that it
# removes; `static`, white space, comments, and #include lines do not count.

about() { echo "at most 400 changed lines in a patch that does not move code, 15 patches in a topic"; }
in_base() { false; }

tool() { need awk mawk; }
inputs() { lg rev-list base..series; }

# oversized: what is too large in a log of format '%x01%s' with patches, in order.
oversized() {
	awk -v most=400 -v share=90 -v topic_most=15 '
		function line() {
			sub(/^./, "")
			sub(/^static (inline )?/, "")
			gsub(/[ \t]+/, "")
			return $0
		}
		function end_topic() {
			if (patches > topic_most)
				print topic ": " patches " patches, more than " topic_most
			patches = 0
		}
		function end_patch(  i, moved, percent) {
			if (changed > most) {
				for (i = 1; i <= added; i++)
					if (removed[new[i]]-- > 0)
						moved++
				percent = added ? int(100 * moved / added) : 100
				if (subject !~ /Move / || percent < share)
					print subject ": " changed " changed lines, more than " most ", and " \
						(subject !~ /Move / ? "its subject does not say Move" : "only " percent " % of them moved")
			}
			split("", removed)
			changed = added = 0
		}
		/^\001/ {
			end_patch()
			subject = substr($0, 2)
			hunk = 0
			if (sub(/^topic: /, "", subject)) {
				end_topic()
				topic = subject
			} else {
				patches++
			}
			next
		}
		/^diff --git / { hunk = 0 }
		/^@@ / { hunk = 1; next }
		!hunk { next }
		/^-/ { changed++; removed[line()]++ }
		/^[+]/ {
			changed++
			text = line()
			if (text != "" && text !~ /^(#include|\/?[*]|\/\/)/)
				new[++added] = text
		}
		END { end_patch(); end_topic() }'
}

findings() { lg log --reverse -p -M --format='%x01%s' base..series | oversized; }

# toy_patch SUBJECT ADDED REMOVED: numbers of lines, each with another text.
toy_patch() {
	printf '\001%s\ndiff --git a/a b/a\n@@ -1 +1 @@\n' "$1"
	seq -f '+static int line_%g(void);' "$2"
	seq -f '-int line_%g(void);' "$3"
}

# Of four large patches only the one that moves code as it says is fine.
proof() {
	local patch found
	found=$({
		printf '\001topic: full\n'
		toy_patch "a: Move code" 200 201
		toy_patch "a: Rewrite code" 200 201
		toy_patch "a: Move code and add some" 230 200
		toy_patch "a: Add code" 401 0
		toy_patch "a: Add less code" 400 0
		for patch in {6..16}; do toy_patch "a: Patch $patch" 1 0; done
		printf '\001topic: next\n'
	} | oversized | sed 's/,.*//')
	[ "$found" != "a: Rewrite code: 401 changed lines
a: Move code and add some: 430 changed lines
a: Add code: 401 changed lines
full: 16 patches" ] || echo "$found"
}
