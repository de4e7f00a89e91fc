# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# The configuration of each kernel that was built has what was asked for; and
# what the series' documents name, a board's kernel is asked to have.

about() { echo ".config of each built kernel against what was asked for"; }
in_base() { false; }

tool() { awk -W version 2>&1 | sed -n 1p; }
built() {
	local name
	for name in base series debug arm64; do
		[ ! -f "$BUILD/kernel/$name/.config" ] || echo "$name"
	done
}
inputs() {
	local name
	for name in $(built); do
		cat "$BUILD/kernel/$name.config" "$BUILD/kernel/$name/.config"
	done
	cat "$KCONFIG_DIR/arm64.config"
	touched_content 'Documentation/*.rst'
}

# Options that the documents name.
documented() {
	(cd "$linux" && touched 'Documentation/*.rst' | xargs grep -ohE 'CONFIG_[A-Z0-9_]+') | sort -u
}

findings() {
	local name option
	for name in $(built); do
		lost_options "$BUILD/kernel/$name.config" "$BUILD/kernel/$name/.config" | sed "/^$/d; s/^/$name: /"
	done
	for option in $(documented); do
		grep -qE "^$option=[ym]$" "$KCONFIG_DIR/arm64.config" || echo "arm64.config: no $option, which the documents name"
	done
}

proof() { lost_options "$bad/bad.config" "$BUILD/kernel/series/.config" | grep CONFIG_NO_SUCH_OPTION; }
