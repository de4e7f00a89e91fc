#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is mailed: a cover letter made of cover.md, complete patches, numbered
# topic by topic, what they need said; and where a well-formed sign-off was
# given that person's mails, to the maintainers.
# timeout: 120

. "$(dirname "$0")/lib.sh"

toy
mkdir "$TMP/kernel/scripts"
cat >"$TMP/kernel/scripts/get_maintainer.pl" <<'P'
#!/bin/sh
case "$*" in
*0001-lib-Add-new.patch*)
	echo 'Max Muster <max@example.org> (maintainer:LIB)'
	echo '"Eva Muster (LIB)" <eva@example.org> (reviewer:LIB (ALL OF IT))'
	echo 'list@example.org (open list:LIB)'
	echo 'max@example.org (open list)'
	;;
*) echo 'list@example.org (open list)' ;;
esac
P
chmod +x "$TMP/kernel/scripts/get_maintainer.pl"
plan 27
toy_make tree >"$TMP/tree"
git -C "$linux" reset -q --hard series~
echo first >"$linux/arch/um/new.c"
toy_commit "um: Add new"
git -C "$linux" commit -q --allow-empty -m "topic: next"
echo new >"$linux/lib/new.c"
toy_commit "lib: Add new"
sed -i s/^5$/five/ "$linux/lib/b.c"
toy_commit "lib: Edit b"
toy_make export >"$TMP/save"
cd "$TMP/build"
printf '# um: Be new\n\nWhy.\n' >"$TMP/repo/patches/um/cover.md"
refused "a topic without a cover letter" 'patches/next/cover.md is missing' toy_make series
echo "# Only a heading" >"$TMP/repo/patches/next/cover.md"
refused "a cover letter without a text" 'needs a heading and a text' toy_make series
printf '# lib: Make b new\n\nWhy.\n\nDepends on the series "um: Be\nold".\n' >"$TMP/repo/patches/next/cover.md"
refused "it depends on nothing that is there" 'depends on "um: Be old", but no earlier topic is called that' toy_make series
printf '# lib: Make b new\n\nWhy & how, with a \\ in it.\n\nDepends on the series "um: Be\nnew".\n' >"$TMP/repo/patches/next/cover.md"
verdict "make series" toy_make series
mails=series/next
verdict "the first topic needs the base only" sh -c "! grep prerequisite series/um/*"
verdict "the base is named" grep -qx 'The patches are for Linux 7.3.4.' series/um/0000-cover-letter.patch
verdict "what the other needs is, too" \
	test "$(git patch-id --stable <series/um/0001-um-Add-new.patch | sed 's/ .*//')" = \
	"$(sed -n 's/^prerequisite-patch-id: //p' $mails/0000-cover-letter.patch)"
verdict "the subject is the heading" grep -qx 'Subject: \[PATCH 0/2\] lib: Make b new' $mails/0000-cover-letter.patch
verdict "the text is there" grep -qxF 'Why & how, with a \ in it.' $mails/0000-cover-letter.patch
verdict "new files are in the patches" grep -qx '+new' $mails/0001-lib-Add-new.patch
verdict "nobody has signed off" sh -c "! grep -r Signed-off-by $mails"
cp -r series first
verdict "again" toy_make series
verdict "the same again" diff -r first series

for bad in '' Jane 'Jane <jane>' '<jane@example.org>' 'Jane <j@example.org>, Joe <k@example.org>' $'Jane\nTo: <j@example.org>'; do
	refused "SIGNOFF='${bad//$'\n'/\\n}'" 'SIGNOFF must be one person' toy_make mbox SIGNOFF="$bad"
done
toy_make mbox SIGNOFF='Jane Doe <doe@example.org>' >"$TMP/mbox"
verdict "each patch has the sign-off once, the cover letter has none" \
	test "$(grep -cx 'Signed-off-by: Jane Doe <doe@example.org>' series/next/*.patch | sed 's/.*://' | paste -sd' ')" = "0 1 1"
verdict "each mail is from that person and nobody else" \
	test "$(grep -h '^From: ' series/next/*.patch | uniq -c | tr -s ' ')" = " 3 From: Jane Doe <doe@example.org>"
verdict "each goes to the maintainer" test "$(grep -cx 'To: Max Muster <max@example.org>,' series/next.mbox)" = 3
verdict "and to the reviewer" test "$(grep -cx '    "Eva Muster (LIB)" <eva@example.org>' series/next.mbox)" = 3
verdict "and to the list" test "$(grep -cx 'Cc: list@example.org' series/next.mbox)" = 3
verdict "the letter lists the patches as that person's" grep -qx 'Jane Doe (2):' series/next/0000-cover-letter.patch
am() {
	git clone -q --shared --no-checkout "$linux" "$TMP/am"
	git -C "$TMP/am" checkout -q base
	git -C "$TMP/am" am -q --empty=drop "$TMP"/build/series/{um,next}.mbox
	git -C "$TMP/am" diff --exit-code HEAD origin/series
}
verdict "git am takes them, and drops the letters" am
verdict "git takes a name in other letters" toy_make mbox SIGNOFF='Jörg Doe <doe@example.org>'
