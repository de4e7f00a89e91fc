# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's kernel-doc on each source file that the series touches.

about() { echo "kernel-doc comments of the touched files"; }
in_base() { true; }

tool() { need python3 python3; python3 --version; }
inputs() { touched_content '*.[ch]'; }

# kernel_doc TREE FILE...: its status is the number of complaints.
kernel_doc() { (cd "$1" && shift && python3 scripts/kernel-doc -none -Wall "$@" 2>&1) || [ $? -lt 126 ]; }

# Without line numbers: a patch moves what the base complains about already.
findings() {
	local path files=()
	for path in $(touched '*.[ch]'); do
		[ ! -e "$1/$path" ] || files+=("$path")
	done
	[ ${#files[@]} = 0 ] || kernel_doc "$1" "${files[@]}" | sed -n -E 's/^(warning|error): ([^: ]*):[0-9]+ /\2: /Ip'
}

proof() { kernel_doc "$linux" "$bad/bad.c" | grep -i 'registers.*not described'; }
