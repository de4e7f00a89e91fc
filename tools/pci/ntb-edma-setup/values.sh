# SPDX-License-Identifier: GPL-2.0
#
# Part of ntb-edma-setup: the values of a profile, and whether they can be right.
# Nothing here writes anything. The value of KEY is in the variable v_KEY.
# shellcheck shell=sh disable=SC2154,SC2034,SC2086,SC2048

HEADER="vendorid deviceid revid progif_code subclass_code baseclass_code
cache_line_size subsys_vendor_id subsys_id interrupt_pin msi_interrupts
msix_interrupts"
# In the order in which they have to be written
PRIVATE="spad_count db_count num_mws mw1 mw2 mw3 mw4 mw1_offset mw2_offset
mw3_offset mw4_offset ctrl_bar db_bar mw1_bar mw2_bar mw3_bar mw4_bar vntb_vid
vntb_pid vbus_number"
FACTS="epc_compatible epc_align epc_bars"

one_of() {	# WORD WORDS
	word=$1
	shift
	for each in $*; do
		[ $each != "$word" ] || return 0
	done
	return 1
}

is_key() { one_of "$1" "$HEADER $PRIVATE $FACTS"; }

hex() { printf '0x%x' "$1"; }

get() { eval "value=\${v_$1-}"; }

bad() {	# KEY WHY
	get "$1"
	die "$1${value:+ = $value}: $2"
}

words() { words=$* count=$#; }

read_profile() {	# FILE
	at=0
	while IFS= read -r line || [ -n "$line" ]; do
		at=$((at + 1))
		line=${line%%#*}
		words $line
		[ $count -gt 0 ] || continue
		words ${line%%=*}
		key=$words
		case $count$line in
		1*=*)	;;
		*)	die "$1, line $at: not KEY = VALUE" ;;
		esac
		is_key "$key" || die "$1, line $at: $key: no such attribute"
		get "$key"
		[ -z "$value" ] || die "$1, line $at: $key is given twice"
		words ${line#*=}
		[ $count -gt 0 ] || die "$1, line $at: $key has no value"
		eval "v_$key=\$words"
	done <"$1"
}

# To be set after the profile's: sets
set_value() {	# KEY=VALUE
	case $1 in
	*=*[!A-Za-z0-9_,:.\ -]*)	wrong_use "--set '$1' is not KEY=VALUE" ;;
	*=*)	;;
	*)	wrong_use "--set '$1' is not KEY=VALUE" ;;
	esac
	is_key "${1%%=*}" || die "--set $1: no such attribute"
	sets="$sets v_${1%%=*}='${1#*=}';"
}

find_profile() {	# NAME|FILE
	case $1 in
	*/*)	profile=$1 ;;
	*)	profile=$share/profiles/$1 ;;
	esac
	if [ ! -f "$profile" ] || [ ! -r "$profile" ]; then
		list_profiles
		die "no profile is called '$1': use one of$found, or a file with a / in its name"
	fi
}

list_profiles() {
	found=
	set +f
	for each in "$share"/profiles/*; do
		[ ! -f "$each" ] || found="$found ${each##*/}"
	done
	set -f
}

# No octal numbers; not more digits than the shell's numbers have room for
is_number() {
	case $1 in
	0)	;;
	0x|0x*[!0-9a-fA-F]*)	return 1 ;;
	0x*)	;;
	''|0*|*[!0-9]*)	return 1 ;;
	esac
	[ ${#1} -le 17 ]
}

# The value has to be a number from 0 to MAX, or -1 where that is allowed
number() {	# KEY MAX [-1]
	get "$1"
	[ "$value" != "${3-none}" ] || return 0
	is_number "$value" || bad "$1" "is no number from ${3-0} to $(($2)), as 123 or 0x7b"
	[ $((value)) -le $(($2)) ] || bad "$1" "is too large: $(($2)) at most"
}

power_of_2() { [ "$1" -gt 0 ] && [ $(($1 & ($1 - 1))) = 0 ]; }

# Of a BAR: kind, fixed (0: any size)
bar_kind() {	# BAR
	kind=prog fixed=0
	[ "$1" -ge 0 ] || return 0
	set -- $1 $v_epc_bars
	[ $# = 7 ] || return 0
	shift $(($1 + 1))
	kind=${1%%:*}
	[ "$kind" != fixed ] || fixed=$((${1#*:}))
}

check_facts() {
	[ -z "$v_epc_align" ] || {
		number epc_align 0x1000000
		power_of_2 $((v_epc_align)) || bad epc_align "is no power of two"
	}
	words $v_epc_bars
	[ $count = 0 ] || [ $count = 6 ] || bad epc_bars "has $count words, not one for each of six BARs"
	for each in $words; do
		case $each in
		prog|resizable|off|dma)	;;
		fixed:*)	is_number "${each#fixed:}" || bad epc_bars "'$each' has no size" ;;
		*)	bad epc_bars "'$each' is no kind of BAR" ;;
		esac
	done
	# what is mapped has at least the alignment of a page
	align=$((${v_epc_align:-0}))
	[ "$align" -ge 4096 ] || align=4096
}

# The controller: epc
find_epc() {
	[ -d "$configfs/pci_ep/controllers" ] ||
		die "$configfs/pci_ep is not there: does the kernel have CONFIG_PCI_ENDPOINT_CONFIGFS?"
	set +f
	set -- "$configfs"/pci_ep/controllers/*
	set -f
	[ -d "$1" ] || die "there is no endpoint controller: is its driver loaded, and in endpoint mode?"
	names=
	for each in "$@"; do
		names="$names ${each##*/}"
	done
	if [ -n "$epc" ]; then
		one_of "$epc" "$names" || die "no endpoint controller is called '$epc': use one of$names"
	elif [ $# = 1 ]; then
		epc=${1##*/}
	else
		die "there are several endpoint controllers: use --epc with one of$names"
	fi
	controller=$configfs/pci_ep/controllers/$epc
	read -r started <"$controller/start"
	[ "$started" = 0 ] || die "controller $epc is started already: it has another function"
}

# A profile that was made for another controller may do, so this is no error.
note_compatible() {
	at=/sys/class/pci_epc/$epc/device/of_node/compatible
	[ -n "$v_epc_compatible" ] && [ -r "$at" ] || return 0
	words=$(tr '\0' ' ' <"$at")
	for each in $words; do
		! one_of "$each" "$v_epc_compatible" || return 0
	done
	say "note: controller $epc is ${words% }, the profile is for $v_epc_compatible"
}

# Does the kernel know doorbells that interrupt? polls: 1, it does not
find_doorbells() {
	polls=
	[ -r /proc/config.gz ] || return 0
	case $(gzip -dc /proc/config.gz | grep '^CONFIG_PCI_ENDPOINT_MSI_DOORBELL=') in
	*=y)	;;
	*)	polls=1 ;;
	esac
}

note_doorbells() {
	find_doorbells
	[ -z "$polls" ] ||
		say "note: the kernel has no CONFIG_PCI_ENDPOINT_MSI_DOORBELL, the endpoint polls its doorbells"
}


check_numbers() {
	for key in $HEADER $PRIVATE; do
		get "$key"
		[ -n "$value" ] || continue
		case $key in
		vendorid|deviceid|subsys_*|msix_interrupts|vntb_?id)	number "$key" 65535 ;;
		msi_interrupts)	number "$key" 32 ;;
		*_code|revid|cache_line_size|vbus_number)	number "$key" 255 ;;
		interrupt_pin|num_mws)	number "$key" 4 ;;
		db_count)	number "$key" 32 ;;
		spad_count)	number "$key" 8192 ;;
		*_bar)	number "$key" 5 -1 ;;
		mw?|mw?_offset)	number "$key" 0x7fffffffffffff ;;
		esac
	done
	for key in vendorid deviceid db_count spad_count num_mws; do
		get $key
		[ -n "$value" ] || bad $key "is not set"
	done
	num=$((v_num_mws)) db=$((v_db_count))
}

check_counts() {
	[ "$db" -ge 3 ] || bad db_count "is too small: 3 at least, the first two are no doorbells"
	[ "$num" -ge 1 ] || bad num_mws "is too small: the transport needs a window"
	[ $((v_spad_count)) -ge $((4 + 2 * num)) ] ||
		bad spad_count "is too small: the transport needs $((4 + 2 * num))"
	[ -z "$v_msi_interrupts" ] || {
		msi=$((v_msi_interrupts))
		power_of_2 $msi || bad msi_interrupts "is no power of two"
		[ $msi -ge $db ] || bad msi_interrupts "is too small: db_count is $db"
	}
	[ -z "$v_baseclass_code" ] || [ $((v_baseclass_code)) = 5 ] ||
		bad baseclass_code "ntb_hw_epf on the host knows memory only, 0x05"
	[ $((${v_subclass_code:-0})) = 0 ] ||
		bad subclass_code "ntb_hw_epf on the host knows RAM only, 0x00"
	for key in mw1 mw2 mw3 mw4; do
		[ "${key#mw}" -gt $num ] || continue
		for each in $key ${key}_offset ${key}_bar; do
			get $each
			[ -z "$value" ] || bad $each "num_mws is $num"
		done
	done
	[ "$mode" = edma ] || return 0
	[ $num -ge 2 ] || bad num_mws "is too small: the second window shows the DMA engine"
	[ $((v_spad_count)) -ge 8 ] || bad spad_count "is too small: use_remote_edma needs 8"
	[ $((${v_msi_interrupts:-16})) -gt $db ] ||
		bad msi_interrupts "leaves none for the DMA engine: db_count is $db"
	# A description, the registers, and 64 KB for one channel
	each=$((2 * align + (align > 0x10000 ? align : 0x10000)))
	[ $((v_mw2)) -ge $each ] ||
		bad mw2 "is too small: the DMA engine takes $(hex $each) bytes at least"
}

check_bar() {	# KEY
	get "$1"
	[ $((${value:--1})) -ge 0 ] || return 0
	bar_kind "$((value))"
	case $kind in
	off)	bad "$1" "the controller has no such BAR" ;;
	dma)	[ "$1" = db_bar ] ||
			bad "$1" "the controller shows its DMA registers there, it can be for doorbells only"
		find_doorbells
		[ -z "$polls" ] ||
			bad "$1" "needs a kernel with CONFIG_PCI_ENDPOINT_MSI_DOORBELL, as the controller shows its DMA registers there" ;;
	esac
}

# size: of the smallest power of two that holds END bytes
bar_size() {	# BAR END
	bar_kind "$1"
	size=128
	[ "$kind" != resizable ] || size=1048576
	[ "$fixed" = 0 ] || size=$fixed
	while [ $size -lt "$2" ]; do
		size=$((size * 2))
	done
}

check_bars() {
	for key in ctrl_bar db_bar mw1_bar mw2_bar mw3_bar mw4_bar; do
		check_bar $key
		get $key
		at=$((${value:--1}))
		[ $at -ge 0 ] || continue
		case $key in
		ctrl_bar)	;;
		db_bar)	[ $at != $((${v_ctrl_bar:--1})) ] || bad db_bar "ctrl_bar is in the same BAR" ;;
		*)	[ $at != $((${v_ctrl_bar:--1})) ] || bad $key "ctrl_bar is in the same BAR"
			[ $at != $((${v_db_bar:--1})) ] || bad $key "db_bar is in the same BAR" ;;
		esac
	done
	# struct ntb_epf_ctrl, scratchpads of both sides, an MSI-X table of one
	bar_kind $((${v_ctrl_bar:--1}))
	[ "$fixed" = 0 ] || [ $((544 + 8 * v_spad_count + 24)) -le "$fixed" ] ||
		bad ctrl_bar "has $fixed bytes, spad_count takes more"
	bar_kind $((${v_db_bar:--1}))
	[ "$fixed" = 0 ] || [ $((4 * db)) -le "$fixed" ] ||
		bad db_bar "has $fixed bytes, db_count takes more"
}

# Of window W: start, end, bar; one without a BAR gets one of its own
window() {	# W
	eval "bytes=\$((\${v_mw$1:-0})) start=\$((\${v_mw$1_offset:-0})) bar=\$((\${v_mw$1_bar:--1}))"
	[ "$bar" -ge 0 ] || bar=$((-$1))
	end=$((start + bytes))
}

check_windows() {
	w=0
	while [ $w -lt $num ]; do
		w=$((w + 1))
		window $w
		[ $bytes -gt 0 ] || bad mw$w "has no size"
		[ $bytes -le 2147483648 ] || bad mw$w "ends beyond 2 GB"
		[ $end -le 2147483648 ] || bad mw${w}_offset "the window ends beyond 2 GB"
		bar_kind $bar
		[ "$fixed" = 0 ] || [ $bytes -le "$fixed" ] || bad mw$w "BAR$bar has $fixed bytes"
		[ "$fixed" = 0 ] || [ $end -le "$fixed" ] || bad mw${w}_offset "BAR$bar has $fixed bytes"
		this=$bar from=$start to=$end
		other=$w
		while [ $other -gt 1 ]; do
			other=$((other - 1))
			window $other
			[ $bar != $this ] || [ $from -ge $end ] || [ $start -ge $to ] || {
				bad mw${w}_offset "overlaps mw$other, which is at $(printf '0x%x to 0x%x' $start $end) of BAR$this"
			}
		done
	done
	w=0
	while [ $w -lt $num ]; do
		w=$((w + 1))
		check_part $w
	done
}

# What the controller can map of a BAR; nothing is asked of a window that is all of it
check_part() {	# W
	window "$1"
	this=$bar last=$1 top=$end from=$start part=$bytes
	for each in 1 2 3 4; do
		[ $each -le $num ] || break
		window $each
		[ $bar != $this ] || [ $end -le $top ] || { top=$end last=$each; }
	done
	bar_size $this $top
	[ -z "$memory" ] || [ $size -le $((memory * 1024)) ] || {
		window "$last"
		[ $bytes -gt $((memory * 1024)) ] || last=${last}_offset
		bad "mw$last" "a BAR of $size bytes takes as much memory, there are $memory kB"
	}
	[ $part != $size ] || return 0
	[ $((from % align)) = 0 ] ||
		bad "mw$1_offset" "is no multiple of $(hex $align), what the controller can map"
	[ $((part % align)) = 0 ] ||
		bad "mw$1" "is no multiple of $(hex $align), what the controller can map"
}

# ntb_hw_epf on the host goes by the ID to find the control region, which says
# where all else is: drivers/ntb/hw/epf
check_host() {
	case $((v_vendorid)):$((v_deviceid)) in
	$((0x1912)):$((0x0030))|$((0x1957)):$((0x0809))|$((0x1d87)):$((0x3588)))	;;
	$((0x104c)):$((0xb00d)))	bad deviceid "ntb_hw_epf on the host expects what pci-epf-ntb does for this ID" ;;
	*)	say "note: ntb_hw_epf on the host has to know vendorid $v_vendorid, deviceid $v_deviceid"
		return ;;
	esac
	[ $((${v_ctrl_bar:--1})) -le 0 ] || bad ctrl_bar "ntb_hw_epf on the host looks in BAR0"
}

check_values() {
	memory=
	[ ! -r /proc/meminfo ] || read -r _ memory _ </proc/meminfo
	check_facts
	check_numbers
	check_counts
	check_bars
	check_windows
	check_host
}
