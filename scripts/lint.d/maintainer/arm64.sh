# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# gcc for arm64: all touched objects. (That the modules, Image and the device
# trees build without a warning, make arm64 sees.)

target=arm64 fragment=$KCONFIG_DIR/arm64.config

about() { echo "gcc for arm64, W=1, on the touched objects"; }
in_base() { true; }

tool() { need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu; aarch64-linux-gnu-gcc --version | sed 1q; }
inputs() { compiled_inputs; }

findings() {
	local list
	configured "$1"
	mapfile -t list < <(elsewhere)
	compiled "$1" "${list[@]}"
}

proof() { compiled_bad; }
