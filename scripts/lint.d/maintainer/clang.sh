# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# clang for User-Mode-Linux: what gcc does not see, on the objects that the linter
# compile has.

target=um-clang fragment=$BUILD/kernel/series.config

about() { echo "clang for User-Mode-Linux, W=1, on the touched objects"; }
in_base() { true; }

tool() { need clang-19 clang-19; clang-19 --version | sed 1q; }
inputs() { compiled_inputs; }

findings() {
	local list
	configured "$1"
	mapfile -t list < <(objects clang)
	compiled "$1" "${list[@]}"
}

proof() { compiled_bad; }
