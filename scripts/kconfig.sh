# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The configuration of a kernel: fragments in $KCONFIG_DIR, put together in
# build/kernel/NAME.config, on top of allnoconfig. Sourced.

: "${KCONFIG_DIR:=$ROOT/tools/testing/dwc-sim/kernel}"

# lost_options FRAGMENT CONFIG: what is not as it was asked for, in one line.
lost_options() {
	awk '
		/^# CONFIG_[A-Za-z0-9_]+ is not set$/ { name = $2; value = "n" }
		/^CONFIG_[A-Za-z0-9_]+=/ { name = $1; sub(/=.*/, "", name); value = substr($0, length(name) + 2) }
		name == "" { next }
		FILENAME == ARGV[1] { want[name] = value }
		FILENAME == ARGV[2] { have[name] = value }
		{ name = "" }
		END {
			for (name in want) {
				got = (name in have) ? have[name] : "n"
				if (got != want[name])
					print name "=" want[name] " (is " got ")"
			}
		}' "$1" "$2" | sort | paste -sd' '
}

# require_config OBJECTS: every option asked for is what was asked for.
require_config() {
	local lost
	lost=$(lost_options "$1.config" "$1/.config")
	[ -z "$lost" ] ||
		die "the kernel's configuration lost what $(short "$KCONFIG_DIR") asks for: $lost: a dependency is missing, or this base has no such option"
}
