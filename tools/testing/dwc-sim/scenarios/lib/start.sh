# SPDX-License-Identifier: GPL-2.0
#
# What PID 1 of a guest runs in virtual time: bring the NTB up as far as the scenario wants, wait
# for its time, run its function for this side. A scenario is a file that says NEED=none|ntb|netdev and
# has functions rc and ep, and perhaps begin, for both at once, and clients, for those that come before ntb_netdev; AT is when these start, in seconds since the beginning of the run.
# Waits poll in long steps: a fork costs more of the real time than anything else here.

set -eu
sim=$DWC_REPO/tools/testing/dwc-sim
side=$DWC_SIDE
share=$DWC_SHARE
modules=$DWC_BUILD/dwc-sim/modules/$DWC_VARIANT
number=2
[ "$side" != rc ] || number=1
AT=8
NEED=netdev
rc() { :; }
ep() { :; }
begin() { :; }
clients() { :; }
# shellcheck source=/dev/null
. "$sim/scenarios/$SCENARIO"

# now: microseconds since the beginning
now() {
	echo $((${EPOCHREALTIME/./} - 1767225600000000))
}

# mark NUMBER: the model writes its counters down
mark() {
	echo "$1" >/sys/kernel/um-ext-time/bc-message
}

# at SECONDS: sleep until then
at() {
	local left=$(($1 * 1000000 - $(now)))
	if [ $left -le 0 ]; then
		echo "$side: it is too late for second $1 by $((-left)) us" >&2
		exit 1
	fi
	sleep "$((left / 1000000)).$(printf %06d $((left % 1000000)))"
}

# interface: the name of the NTB's network device, once there is one
interface() {
	local dir
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		for dir in /sys/bus/pci/devices/*/*/*/net/eth*; do
			[ ! -d "$dir" ] || { echo "${dir##*/}"; return; }
		done
		sleep 0.2
	done
	return 1
}

set_up_ep() {
	"$DWC_REPO/tools/pci/ntb-edma-setup/ntb-edma-setup" ep --name func1 \
		--profile "$share/vntb.conf" --mode "$MODE" >"$share/setup" 2>&1
}

bring_netdev_up() {
	local words="max_num_clients=${CLIENTS:-1} transport_mtu=${TRANSPORT_MTU:-0x4000}" name
	[ "$MODE" != edma ] || words="$words use_remote_edma=1"
	# shellcheck disable=SC2086
	modprobe ntb_transport $words
	clients
	modprobe ntb_netdev
	name=$(interface)
	ip addr replace "10.0.0.$number/24" dev "$name"
	[ -z "${MTU-}" ] || ip link set "$name" mtu "$MTU"
	ip link set "$name" up
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$(cat "/sys/class/net/$name/carrier")" != 1 ] || return 0
		sleep 0.2
	done
	return 1
}

[ "$side" != ep ] || [ "$NEED" = none ] || set_up_ep
[ "$side" != rc ] || [ "$NEED" = none ] || modprobe ntb_hw_epf
[ "$NEED" != netdev ] || bring_netdev_up
begin
at "$AT"
"$side" >"$share/out" 2>&1
# what is under way still reaches the other side before this one goes
sleep 1
