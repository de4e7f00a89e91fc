# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tests share that compile for arm64 or x86, and look into what came out.
# Of the device trees of Spider `rc` is the host's, `ep` the endpoint's. Sourced.

boards=$REAL_BUILD/kernel/elsewhere-arm64

# compile arm64|x86: what scripts/elsewhere does, if it is not there already.
compile() { make -s -C "$REPO" BUILD="$REAL_BUILD" --eval "only: ; @scripts/elsewhere $1" only; }

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
