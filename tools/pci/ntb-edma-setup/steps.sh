# SPDX-License-Identifier: GPL-2.0
#
# Part of ntb-edma-setup: the steps of a set-up, the record of them, and the way back.
# Each step is in the record, a file below /run, before it is done: --down goes through
# it backwards, and leaves out what is not there.
# shellcheck shell=sh disable=SC2154,SC2034,SC2086

# What is printed can be given to a shell.
show() {
	[ -z "$dry$verbose" ] || printf '%s\n' "$1"
}

# A command; its complaint is ours
run() {	# COMMAND
	show "$1"
	[ -z "$dry" ] || return 0
	set +f
	out=$(eval "$1" 2>&1) || {
		out=${out%%"$newline"*}
		die "$1: ${out#*: }"
	}
	set -f
}

# Not with run(): the shell's own complaint has no reason in it that would help. To be followed
# by || die.
write() {	# VALUE FILE
	show "echo $1 > $2"
	[ -n "$dry" ] || { echo "$1" >"$2"; } 2>/dev/null
}

# In the shell itself: it goes where later commands are, and forks nothing
go() {	# PATTERN
	show "cd $1"
	[ -z "$dry" ] || return 0
	set +f
	eval "cd $1" || die "cannot go to $1"
	set -f
}

put() {	# KEY: write the value, and see that it was taken
	get "$1"
	[ -n "$value" ] || return 0
	[ -n "$dry" ] || [ -e "$1" ] || bad "$1" "this kernel's pci-epf-vntb has no such attribute"
	write "$value" "$1" || bad "$1" "the kernel refuses it"
	[ -z "$dry" ] || return 0
	read -r taken <"$1" || bad "$1" "the kernel refuses it"
	[ $((taken)) = $((value)) ] || bad "$1" "the kernel made it $taken"
}

record() {
	[ -z "$dry" ] || return 0
	# the first is in the file when the second is done
	[ -d "$records" ] || mkdir -p "$records" || die "cannot make $records"
	echo "$*" >>"$records/$who" || die "cannot write to $records/$who"
}

loaded() { [ -d "/sys/module/$1" ]; }

# Modules that are there already are not ours.
load() {	# MODULE PARAMETERS WHAT IT LOADS
	for each in $3 $1; do
		loaded "$each" || record "module $each"
	done
	loaded "$1" || run "modprobe $1${2:+ $2}"
}

load_transport() {
	case $mode in edma) flag=1 ;; *) flag=0 ;; esac
	load ntb_transport "use_remote_edma=$flag${queues:+ max_num_clients=$queues}" "ntb ntb_hw_edma"
	check_transport
	load ntb_netdev '' ''
}

# Of the one that is loaded
check_transport() {
	loaded ntb_transport || return 0
	has=N
	[ ! -r /sys/module/ntb_transport/parameters/use_remote_edma ] ||
		read -r has </sys/module/ntb_transport/parameters/use_remote_edma
	case $mode$has in
	edmaY|memcpyN)	;;
	*)	die "ntb_transport is loaded, with use_remote_edma=$has: unload it, or take another --mode" ;;
	esac
	[ -n "$queues" ] || return 0
	read -r has </sys/module/ntb_transport/parameters/max_num_clients
	[ "$has" = "$queues" ] ||
		die "ntb_transport is loaded, with max_num_clients=$has: unload it, or take another --queues"
}

configure() {	# PATTERN of the PCI device
	[ -n "$net" ] || return 0
	links="/sys/bus/pci/devices/$1/*/*/net/*"
	if [ -z "$dry" ]; then
		wait_for "$links" || die "there is no network interface: see dmesg"
		record "interface ${found##*/} $net"
	fi
	run "ip addr replace $net dev \"\$(basename $links)\""
	run "ip link set \"\$(basename $links)\" up"
}

# Up to 5 s; one, or the first: found
wait_for() {	# PATTERN
	tries=50
	while :; do
		set +f
		for found in $1; do
			break
		done
		set -f
		[ ! -e "$found" ] || return 0
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# What the kernel says about the binding that failed: why
explain_bind() {
	why=
	while IFS= read -r line; do
		case $line in
		*"epf driver loaded"*)	why= ;;
		*"MSI domain"*|*"embedded (DMA) doorbell"*)	;;
		*pci_epf_vntb*)	[ -n "$why" ] || why=", ${line##*pci_epf_vntb.*[0-9]: }" ;;
		esac
	done <<END
$(dmesg 2>&1)
END
}

mount_configfs() {
	[ ! -d "$configfs/pci_ep" ] || return 0
	while read -r _ at _; do
		[ "$at" != "$configfs" ] || return 0
	done </proc/mounts
	[ -d "$configfs" ] || die "$configfs is not there: does the kernel have CONFIG_CONFIGFS_FS?"
	[ -z "$dry" ] || die "configfs is not mounted: mount -t configfs none $configfs"
	begin
	record mount
	run "mount -t configfs none $configfs"
}

ep_up() {
	[ -z "$net" ] || check_transport
	begin
	load pci_epf_vntb '' ntb
	record function
	run "mkdir $function"
	go "$function"
	for key in $HEADER; do
		put "$key"
	done
	go 'pci_epf_vntb.*'
	for key in $PRIVATE; do
		put "$key"
	done
	go /
	record "link $epc"
	bind
	record "start $epc"
	write 1 "$controller/start" || die "controller $epc does not start: see dmesg"
	if [ -n "$net" ]; then
		load_transport
		configure "*:$(printf '%02x' $((${v_vbus_number:-255}))):00.0"
	fi
	finished=1
}

bind() {
	show "ln -s $controller $function/primary"
	[ -z "$dry" ] || return 0
	ln -s "$controller" "$function/primary" 2>/dev/null && return
	explain_bind
	die "the kernel does not bind the function to $epc${why:-: see dmesg}"
}

# Devices that ntb_hw_epf takes: devices
find_devices() {
	devices=
	set +f
	for each in /sys/bus/pci/devices/*; do
		[ -r "$each/class" ] || continue
		read -r class <"$each/class"
		[ "$class" = 0x050000 ] || continue
		read -r vendor <"$each/vendor"
		read -r id <"$each/device"
		case $vendor:$id in
		0x1912:0x0030|0x1957:0x0809|0x1d87:0x3588|0x104c:0xb00d)
			devices="$devices ${each##*/}" ;;
		esac
	done
	set -f
	[ -z "$device" ] || {
		one_of "$device" "$devices" && devices=" $device" || devices=
	}
}

rc_up() {
	find_devices
	[ -n "$devices$rescan" ] ||
		die "there is no NTB endpoint${device:+ $device} on PCI: set it up, then $me rc --rescan"
	check_transport
	begin
	if [ -n "$rescan" ]; then
		for each in $devices; do
			write 1 "/sys/bus/pci/devices/$each/remove" || die "$each cannot be removed: see dmesg"
		done
		write 1 /sys/bus/pci/rescan || die "PCI cannot be searched again: see dmesg"
		[ -n "$dry" ] || find_devices
		[ -n "$devices$dry" ] ||
			die "there is no NTB endpoint${device:+ $device} on PCI after a rescan: is it started, and the link up?"
	fi
	load ntb_hw_epf '' ntb
	[ -n "$dry" ] || for each in $devices; do
		[ -e "/sys/bus/pci/drivers/ntb_hw_epf/$each" ] || die "ntb_hw_epf does not take $each: see dmesg"
	done
	# the kernel loads them itself when the link is up
	[ "$mode" = memcpy ] || for each in dw_edma dw_edma_aux; do
		loaded $each || record "module $each"
	done
	load_transport
	set -- $devices
	[ -z "$net" ] || [ $# -le 1 ] || die "there are several endpoints: use --net with --device and one of$devices"
	configure "${1-*}"
	finished=1
}

begin() {
	[ -z "$dry" ] && [ -n "$finished" ] || return 0
	[ "$(id -u)" = 0 ] || die "only root can do that"
	# a set-up that fails leaves an earlier one as it was
	kept=0
	[ ! -e "$records/$who" ] || while read -r _; do
		kept=$((kept + 1))
	done <"$records/$who"
	finished=
	trap 'end $?' EXIT
	trap 'exit 1' HUP INT TERM
}

end() {	# STATUS
	trap - EXIT
	trap '' HUP INT TERM
	[ -n "$finished" ] || { verbose=''; down $kept; }
	exit "$1"
}

undo() {	# STEP ARGUMENTS, as recorded; 1 if it cannot be done
	case $1 in
	mount)
		run "umount $configfs" ;;
	module)
		# one that is built in has no state
		[ ! -e "/sys/module/$2/initstate" ] || run "rmmod $2" ;;
	function)
		[ ! -d "$function" ] || run "rmdir $function" ;;
	link)
		[ ! -L "$function/primary/$2" ] || run "rm $function/primary/$2" ;;
	start)
		[ -r "$configfs/pci_ep/controllers/$2/start" ] || return 0
		read -r started <"$configfs/pci_ep/controllers/$2/start"
		# another function's, if ours never was at it
		[ "$started" = 0 ] || [ ! -L "$function/primary/$2" ] ||
			write 0 "$configfs/pci_ep/controllers/$2/start" || die "controller $2 does not stop: see dmesg" ;;
	interface)
		[ ! -d "/sys/class/net/$2" ] || {
			run "ip link set $2 down"
			run "ip addr flush dev $2 to $3"
		} ;;
	esac
}

# Everything that can be undone is; what cannot stays in the record.
down() {	# NUMBER of the first steps, which are left
	[ -e "$records/$who" ] || return 0
	left='' at=0
	set -- "$1"
	while IFS= read -r line; do
		at=$((at + 1))
		if [ $at -le "$1" ]; then
			left="$left$line$newline"
		else
			first=$1
			shift
			set -- "$first" "$line" "$@"
		fi
	done <"$records/$who"
	shift
	status=0 late=
	for step in "$@"; do
		(undo $step) || { status=1; late="$step$newline$late"; }
	done
	[ -z "$dry" ] || return 0
	left=$left$late
	if [ -n "$left" ]; then
		printf '%s' "$left" >"$records/$who"
	else
		rm "$records/$who"
		# another set-up may have a record there
		rmdir "$records" 2>/dev/null
	fi
	return $status
}
