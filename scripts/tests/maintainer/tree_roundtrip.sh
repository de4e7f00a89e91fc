#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The same as scripts/tests/tree_roundtrip.sh, on the whole base.
# timeout: 300
# works in: build

export WHOLE=1
exec "$(dirname "$0")/../tree_roundtrip.sh"
