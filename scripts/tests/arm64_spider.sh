#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The device trees of Spider as host (rc) and as endpoint (ep): they compile,
# one role of the controller is enabled in each and goes by the IOMMU, and no
# DMA address is where the controller's own window is. (dtbs_check is a linter
# of make check-maintainer.)
# timeout: 300
# works in: build

. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/tests/elsewhere.sh
. "$REPO/scripts/tests/elsewhere.sh"

same() { [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }

# one TREE ROLE: that role of channel 0 is enabled, the other one is not.
one() {
	local tree=$1 other
	other=$([ "$2" = pcie ] && echo pcie-ep || echo pcie)
	[ "$(enabled "$tree" "$2")" = "/soc/$2@e65d0000" ]
	[ "$(fdtget "$(dtb "$tree")" "/soc/$other@e65d0000" status)" = disabled ]
}

# behind TREE NODE PROPERTY CELL: from there it is micro-TLB 32 of the IOMMU for high-speed peripherals.
behind() {
	local found
	read -ra found <<<"$(cells "$1" "$2" "$3")"
	same "${found[*]:$4:2}" "$(cells "$1" /soc/iommu@eed40000 phandle) 20"
}

# reserved TREE NODE: what is reserved for a node, as four cells, address and size.
reserved() {
	local region found
	for region in $(fdtget -l "$(dtb "$1")" /reserved-memory); do
		[ "$(cells "$1" "/reserved-memory/$region" phandle)" = "$(cells "$1" "$2" memory-region)" ] || continue
		read -ra found <<<"$(cells "$1" "/reserved-memory/$region" iommu-addresses)"
		[ "${found[0]}" != "$(cells "$1" "$2" phandle)" ] || echo "${found[*]: -4}"
	done
}

# window TREE NODE NAME: the same of a register window of a node.
window() {
	local names found number=0 name
	read -ra names <<<"$(fdtget "$(dtb "$1")" "$2" reg-names)"
	for name in "${names[@]}"; do
		[ "$name" != "$3" ] || break
		number=$((number + 1))
	done
	read -ra found <<<"$(cells "$1" "$2" reg)"
	echo "${found[*]:$((4 * number)):4}"
}

ep_apart() {
	local node
	node=$(enabled ep pcie-ep)
	same "$(reserved ep "$node")" "$(window ep "$node" addr_space)"
}
rc_apart() {
	local node
	node=$(enabled rc pcie)
	same "$(reserved rc "$node/pci@0,0")" "$(window rc "$node" config)"
}

plan 7
verdict "they compile without a warning" compile arm64
verdict "the host's has PCIe channel 0 as a host" one rc pcie
verdict "the endpoint's has it as an endpoint" one ep pcie-ep
verdict "the host's devices are behind the IOMMU" behind rc /soc/pcie@e65d0000 iommu-map 1
verdict "the endpoint is behind the IOMMU" behind ep /soc/pcie-ep@e65d0000 iommus 0
verdict "the host's DMA addresses are apart from its config aperture" rc_apart
verdict "the endpoint's are apart from its window to the host" ep_apart
