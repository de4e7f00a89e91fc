# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's dtbs_check on the device trees of all boards with an R-Car S4,
# and its dt_binding_check on the bindings that the series touches.

target=arm64 fragment=$KCONFIG_DIR/arm64.config
schema=$BUILD/tools/dt-schema
python=/usr/bin/python3
export PATH=$schema:$PATH

about() { echo "dtbs_check of boards with an R-Car S4, dt_binding_check of the touched bindings"; }
in_base() { true; }

tool() {
	[ -x "$schema/dt-validate" ] || die "$(short "$schema") is missing: make lint LINTER=dtbs fetches it"
	need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
	need yamllint yamllint
	"$python" -c 'import ruamel.yaml' || die "a module of $python is missing: make deps FOR=check-maintainer"
	dt-validate --version
}
inputs() { touched_content 'arch/arm64/boot/dts' 'Documentation/devicetree'; }

# check_trees TREE ARGS: what make says; nothing else comes out of make -s.
check_trees() {
	local tree=$1
	shift
	if ! kbuild_in "$tree" "lint-$target" -s W=1 PYTHON3="$python" "$@" >"$dir/log" 2>&1 ||
		grep -qE '^Traceback|not installed' "$dir/log"; then
		tail -n 15 "$dir/log" >&2
		die "make failed: $(short "$dir/log")"
	fi
	sed '/^[[:space:]]*from schema /d; /^WARNING: Unable to reopen jobserver/d' "$dir/log"
}

findings() {
	local bindings
	configured "$1"
	check_trees "$1" CHECK_DTBS=y dtbs
	bindings=$(touched 'Documentation/devicetree/bindings/*.yaml' | sed 's|^Documentation/devicetree/bindings/||' | paste -sd:)
	[ -z "$bindings" ] || check_trees "$1" DT_SCHEMA_FILES="$bindings" dt_binding_check
}

proof() {
	dtc -q -o "$dir/bad.dtb" "$bad/bad.dts"
	dt-validate -s "$linux/Documentation/devicetree/bindings/pci" "$dir/bad.dtb" 2>&1 | grep 'is a required property'
}
