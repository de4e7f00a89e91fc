#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The driver of the R-Car's IOMMU, compiled for arm64: it lets the endpoint
# controller have an IOMMU, under the name that the endpoint's device tree gives
# it, and asks for the reserved regions of that tree.
# timeout: 300
# works in: build

. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/tests/elsewhere.sh
. "$REPO/scripts/tests/elsewhere.sh"

driver=$boards/drivers/iommu/ipmmu-vmsa.o

# What of_device_make_bus_id() makes of a node: its address and its name.
device_name() {
	local address
	read -r _ address _ <<<"$(cells ep "$1" reg)"
	echo "$address.$(basename "${1%@*}")"
}
listed() {
	local name
	name=$(device_name "$(enabled ep pcie-ep)")
	aarch64-linux-gnu-readelf -p .rodata.str1.8 "$driver" | awk '{ print $NF }' | grep -qFx "$name" ||
		{ echo "the driver does not have $name"; return 1; }
}
asks() { aarch64-linux-gnu-objdump -r "$driver" | grep -E 'R_AARCH64_ABS64 +iommu_dma_get_resv_regions$'; }

plan 3
verdict "it compiles without a warning" compile arm64
verdict "it lets the endpoint controller have an IOMMU" listed
verdict "it asks for reserved regions" asks
