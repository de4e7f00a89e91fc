# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# gcc for x86: what only x86 or no bench has: the drivers of the other NTB
# hardware, and all touched objects.

target=x86 fragment=$KCONFIG_DIR/x86.config

about() { echo "gcc for x86, W=1, on the touched objects and the NTB drivers"; }
in_base() { true; }

tool() { need gcc gcc; gcc --version | sed 1q; }
inputs() { compiled_inputs; }

findings() {
	local list
	configured "$1"
	mapfile -t list < <({
		elsewhere "${ONLY_ARM64[@]}"
		cd "$1" && find drivers/ntb/hw/{amd,idt,intel,mscc} -name '*.c' | sed 's/\.c$/.o/'
	} | sort -u)
	compiled "$1" "${list[@]}"
}

proof() { compiled_bad; }
