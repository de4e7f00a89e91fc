# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Debian packages of other suites, verified by apt, without touching the
# system's sources: an apt of our own under build/apt that uses the mirror the
# machine itself uses. No host name is written down anywhere. Sourced.

apt=$BUILD/apt
apt_options=(-o APT::Sandbox::User=root -o APT::Update::Error-Mode=any -o Acquire::Languages=none
	-o Dir::Cache="$apt/cache")

# private_apt LIST ARGS: apt-get with the sources list build/apt/LIST.list.
private_apt() {
	local list=$1
	shift
	apt-get "${apt_options[@]}" -o Dir::Etc::sourcelist="$apt/$list.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$apt/$list.lists" "$@"
}

# no_mirror LOG WHAT: give up, with apt's own reason
no_mirror() {
	local why
	why=$(sed -n '/^E: /{s///p;q}' "$BUILD/log/$1.log")
	die "apt cannot get $2 from Debian's mirror (${why:+$why; }see $(short "$BUILD/log/$1.log")): is the network up? KERNEL=/path/to/linux works without"
}

# The Debian mirrors among the machine's own sources. $(...) is apt's syntax.
debian_sites() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(SITE) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' "$@" |
		awk '$2 == "Debian" && $3 !~ /security/ { print $1 }' | sort -u
}

# Set $site. If the machine has no lists (a container image), fetch them for us only.
find_site() {
	local lists=(-o Dir::State::lists="$apt/system.lists")
	site=$(debian_sites)
	if [ -z "$site" ]; then
		mkdir -p "$apt/system.lists/partial"
		attempt apt-system apt-get "${apt_options[@]}" "${lists[@]}" update || no_mirror apt-system "its lists"
		site=$(debian_sites "${lists[@]}")
	fi
	[ -n "$site" ] ||
		die "apt knows no Debian mirror on this machine: add one to its sources, or give KERNEL=/path/to/linux"
	site=${site%%$'\n'*}
}

# use_suite LIST TYPE SUITE WHAT: let LIST be that suite, with fresh lists.
use_suite() {
	[ -f "$BASE_KEYRING" ] || die "$BASE_KEYRING is missing: install debian-archive-keyring"
	mkdir -p "$apt/$1.lists/partial" "$apt/cache/archives/partial"
	find_site
	echo "$2 [signed-by=$BASE_KEYRING] $site $3 main" >"$apt/$1.list"
	attempt "apt-$1" private_apt "$1" update || no_mirror "apt-$1" "$4"
}
