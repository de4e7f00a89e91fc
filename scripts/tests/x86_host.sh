#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A PC as the host: the transport compiles for x86, and so does a driver of other
# NTB hardware, whose operations are those of the series.
# timeout: 300
# works in: build

. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/tests/elsewhere.sh
. "$REPO/scripts/tests/elsewhere.sh"

objects=$REAL_BUILD/kernel/elsewhere-x86/drivers/ntb
x86() { readelf -h "$objects/$1" | grep -q 'X86-64'; }

plan 3
verdict "both compile without a warning" compile x86
verdict "the transport is one for x86" x86 ntb_transport_core.o
verdict "so is the other hardware's driver" x86 hw/intel/ntb_hw_gen1.o
