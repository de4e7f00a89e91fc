# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tests of the device trees of Spider share: they are compiled, by
# scripts/boards, and looked into; `rc` is the host's, `ep` the endpoint's. Sourced.

boards=$REAL_BUILD/kernel/boards

# All of it, if it is not there already: see scripts/boards.
compile() { make -s -C "$REPO" BUILD="$REAL_BUILD" --eval 'only: ; @scripts/boards' only; }

dtb() { echo "$boards/arch/arm64/boot/dts/renesas/r8a779f0-spider-$1.dtb"; }

# cells TREE NODE PROPERTY: hexadecimal numbers
cells() { fdtget -t x "$(dtb "$1")" "$2" "$3"; }

# enabled TREE NAME: the one device of that name that is not disabled.
enabled() {
	local node found=()
	for node in $(fdtget -l "$(dtb "$1")" /soc | grep "^$2@"); do
		[ "$(fdtget -d okay "$(dtb "$1")" "/soc/$node" status)" = disabled ] || found+=("/soc/$node")
	done
	[ ${#found[@]} = 1 ] || { echo "${#found[@]} devices $2 are enabled" >&2; return 1; }
	echo "${found[0]}"
}
