#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The two-machine bench of dwc-sim: see bench.py --help and README.md."""

import sys

sys.dont_write_bytecode = True

if __name__ == "__main__":
    from bench.cli import main
    sys.exit(main(sys.argv[1:]))
