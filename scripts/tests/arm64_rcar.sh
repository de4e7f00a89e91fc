#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The driver of the R-Car's PCIe controllers, compiled for arm64: before the
# endpoint controller goes, the functions that are bound to it are told.
# timeout: 300
# works in: build

. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/tests/elsewhere.sh
. "$REPO/scripts/tests/elsewhere.sh"

driver=$boards/drivers/pci/controller/dwc/pcie-rcar-gen4.o

calls() { aarch64-linux-gnu-objdump -dr "$driver" | sed -n '/<rcar_gen4_pcie_remove>:/,/^$/s/.*R_AARCH64_CALL26\s*//p'; }
first() {
	local found
	found=$(calls | grep -Ex 'pci_epc_deinit_notify|dw_pcie_ep_deinit' | tr '\n' ' ')
	[ "$found" = "pci_epc_deinit_notify dw_pcie_ep_deinit " ] || { echo "calls: $found"; return 1; }
}

plan 2
verdict "it compiles without a warning" compile arm64
verdict "functions are told before the controller goes" first
