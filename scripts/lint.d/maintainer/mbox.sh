# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# What make mbox writes, as those see it who get it: each topic is complete and in
# order for b4; each patch is signed by who sends it, and by nobody after that; the
# letter has lines of 75 columns; somebody is in To, a list beside linux-kernel in Cc,
# nobody in both; no mail names who wrote the commit; no line begins as if another
# mail began in an mbox; checkpatch --strict, this time with the sign-offs. b4 needs
# the ids that git send-email gives to mails; Debian's cannot read a subject of two
# lines. It asks nobody over the network, as nothing in the mails is attested.

about() { echo "what make mbox writes: b4 am, recipients, sign-offs, checkpatch --strict"; }
in_base() { false; }

tool() {
	need b4 b4
	need perl perl
	b4 --version
}
inputs() {
	lg rev-list base..series
	cat "$ROOT"/patches/*/cover.md "$ROOT"/scripts/{series,graph.sh,patches.sh,lint.d/checkpatch.sh}
}

sender="Jane Doe <jane@example.org>"

# letters FILE...: complaints about the mails of one topic, in order.
letters() {
	awk -v sender="$sender" -v total=$(($# - 1)) '
		function complain(what) { n = split(FILENAME, part, "/"); print part[n - 1] "/" part[n] ": " what }
		function end_header(  i, count, list) {
			count = split(to, list, / *, */)
			for (i = 1; i <= count; i++)
				if (index("," cc ",", "," list[i] ","))
					complain(list[i] " is in To and in Cc")
			if (to !~ /@/) complain("nobody is in To")
			if (cc !~ /@[^,]*,.*@/) complain("no list beside linux-kernel is in Cc")
			if (subject !~ ("^\\[PATCH[a-z -]* 0*" number "/" total "\\] [^ ]+: ") && number) complain("subject: " subject)
			if (!number && subject !~ ("^\\[PATCH[a-z -]* 0*0/" total "\\] ")) complain("subject: " subject)
			if (from != sender) complain("it is from " from)
		}
		function end_mail() { if (number && last != "Signed-off-by: " sender) complain("it ends with: " last) }
		FNR == 1 {
			if (NR > 1) { end_mail(); number++ }
			header = 1
			body = 1
			to = cc = from = subject = last = key = ""
			number += 0
			next
		}
		header && /^$/ { header = 0; end_header(); next }
		header {
			if (!/^ /) { key = $1; sub(/^[^ ]* /, "") } else sub(/^ +/, key == "Subject:" ? " " : "")
			if (key == "To:") to = to $0
			if (key == "Cc:") cc = cc $0
			if (key == "From:") from = from $0
			if (key == "Subject:") subject = subject $0
			next
		}
		/^dwc-sim|dwc-sim@localhost/ { complain("names who wrote the commit") }
		/^From / { complain("begins a line with From: " $0) }
		/^---$/ || /^(dwc-sim|Jane Doe) \([0-9]+\):$/ { body = 0 }
		body && !number && length($0) > 75 { complain("line of " length($0) " columns: " $0) }
		body && !/^$/ { last = $0 }
		END { end_mail() }' "$@"
}

# for_b4 NUMBER <FILE: the mail with an id, as git send-email gives it, and a subject of
# one line.
for_b4() {
	awk -v number="$1" '
		NR == 1 {
			print "Message-ID: <" number "@mbox>"
			if (number) print "In-Reply-To: <0@mbox>\nReferences: <0@mbox>"
			header = 1
			next
		}
		/^$/ { header = 0 }
		header && /^Subject:/ { subject = $0; next }
		subject != "" && /^ / { subject = subject $0; next }
		subject != "" { print subject; subject = "" }
		{ print }'
}

# b4_am FOLDER: what b4 finds missing in a topic's mails.
b4_am() {
	local dir=$out/mbox/b4 topic=${1##*/} number=0 mail found
	rm -rf "$dir"
	mkdir -p "$dir"/mails/{cur,new,tmp}
	git init -q "$dir/repository"
	printf '[user]\n\tname = Jane Doe\n\temail = jane@example.org\n' >"$dir/.gitconfig"
	for mail in "$1"/*.patch; do
		for_b4 "$number" <"$mail" >"$dir/mails/new/$number"
		number=$((number + 1))
	done
	(cd "$dir/repository" && HOME=$dir b4 -n am -C --no-cache --no-parent -m ../mails -o "$dir" 0@mbox) >"$dir/log" 2>&1 ||
		echo "$topic: b4 failed: $(tail -n 1 "$dir/log")"
	found=$(sed -n 's/^Total patches: //p' "$dir/log")
	[ "$found" = "$(sed -n 's#^Subject: \[.* 0*0/\([0-9]*\)\].*#\1#p' "$1/0000-cover-letter.patch")" ] || echo "$topic: b4 finds ${found:-no} patches"
	grep -E 'ERROR|WARNING|missing|base-commit .* not known' "$dir/log" | sed "s/^ */$topic: b4: /" || [ $? = 1 ]
}

# strict MAIL...: as the linter checkpatch, but for the sign-offs.
strict() (
	# shellcheck source=scripts/lint.d/checkpatch.sh
	. "$ROOT/scripts/lint.d/checkpatch.sh"
	accepted=FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID
	checkpatch "$@"
)

findings() {
	local mails=$out/mbox/mails mbox topic patches
	MAILS=$mails SIGNOFF=$sender "$ROOT/scripts/series" --mbox >"$out/mbox/log" || exit
	for mbox in "$mails"/*.mbox; do
		topic=$(basename "$mbox" .mbox)
		letters "$mails/$topic"/*.patch
		b4_am "$mails/$topic"
	done
	mapfile -t patches < <(find "$mails" -name '*.patch' ! -name 0000-cover-letter.patch | sort)
	strict "${patches[@]}" | sed "s|^$mails/||"
}

# A topic whose letter is wide, whose patch 1 is Nobody's and goes to nobody, and whose
# patch 2 is missing.
proof() {
	local dir=$out/mbox/bad complaint
	rm -rf "$dir"
	mkdir -p "$dir/topic"
	{
		printf 'From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\nFrom: %s\n' "$sender"
		printf 'Date: Mon, 30 Nov 2026 00:00:00 +0000\nSubject: [PATCH 0/2] a: b\nTo: a@example.org\nCc: a@example.org\n\n%080d\nFrom here\n' 1
	} >"$dir/topic/0000-cover-letter.patch"
	sed '/^Signed-off-by/d; s/^Subject: \[PATCH\]/Subject: [PATCH 1\/2]/' "$bad/bad.patch" >"$dir/topic/0001-bad.patch"
	letters "$dir"/topic/*.patch >"$dir/found"
	b4_am "$dir/topic" >>"$dir/found"
	strict "$dir/topic/0001-bad.patch" >>"$dir/found"
	for complaint in 'is in To and in Cc' 'nobody is in To' 'no list' 'line of 80' 'begins a line' 'it is from' 'it ends with' 'b4 finds' MISSING_SIGN_OFF; do
		grep -q "$complaint" "$dir/found" || { echo "mbox: $complaint: no complaint" >&2; return 0; }
	done
	cat "$dir/found"
}
