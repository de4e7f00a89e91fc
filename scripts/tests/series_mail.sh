#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is mailed: a cover letter made of cover.md, complete patches, numbered
# topic by topic, and a sign-off only where a well-formed one was given.
# timeout: 120

. "$(dirname "$0")/lib.sh"

toy
plan 17
toy_make tree >"$TMP/tree"
echo new >"$linux/lib/new.c"
toy_commit "lib: Add new"
sed -i s/^5$/five/ "$linux/lib/b.c"
toy_commit "lib: Edit b"
toy_make save >"$TMP/save"
cd "$TMP/build"
refused "a topic without a cover letter" 'patches/next/cover.md is missing' toy_make series
echo "# Only a heading" >"$TMP/repo/patches/next/cover.md"
refused "a cover letter without a text" 'needs a heading and a text' toy_make series
printf '# lib: Make b new\n\nWhy & how, with a \\ in it.\n\nMore.\n' >"$TMP/repo/patches/next/cover.md"
verdict "make series" toy_make series
mails=series/next
verdict "an empty topic has none" test ! -e series/um
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
toy_make mbox SIGNOFF='Jörg Doe <doe@example.org>' >"$TMP/mbox"
verdict "each patch has the sign-off once, the cover letter has none" \
	test "$(grep -cx 'Signed-off-by: Jörg Doe <doe@example.org>' series/next/*.patch | sed 's/.*://' | paste -sd' ')" = "0 1 1"
