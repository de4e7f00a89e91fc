# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Several runs in one boot: $share/runs has a line for each, "KEY SIDES SETUP COMMAND", and run i has SLOT
# seconds from AT + 1 + i * SLOT on. Both sides do `prepare SETUP` at its beginning, a second later those that SIDES names
# (rc, ep or both) do COMMAND, with a mark before and after it: 4 * i and the next, on the endpoint 2 more. $share gets
# KEY.out, and KEY.state, what `state` prints before and after; a side that does nothing prints it when
# the slot is over.

SLOT=${SLOT:-3}

runs() {
	local key sides setup command i=0 first
	while read -r key sides setup command; do
		at $((AT + i * SLOT + 1))
		prepare "$setup"
		at $((AT + i * SLOT + 2))
		state >>"$share/$key.state"
		first=$((4 * i + 2 * (number - 1)))
		i=$((i + 1))
		if [ "$sides" = both ] || [ "$sides" = "$side" ]; then
			mark "$first"
			eval "$command" >"$share/$key.out" 2>&1 </dev/null || echo "failed with $?" >>"$share/$key.out"
			mark $((first + 1))
		else
			at $((AT + i * SLOT))
		fi
		state >>"$share/$key.state"
	done <"$share/runs"
	at $((AT + i * SLOT + 2))
}

# acts: what this side's kernel was charged for so far
acts() {
	local name value
	for name in total_ns acts; do
		read -r value <"/sys/module/time_travel_costs/parameters/$name"
		echo "$name $value"
	done
}

# charge on|off: the costs of $share/costs, lines of a name and a value, or none
charge() {
	local name value
	while read -r name value; do
		[ "$1" = on ] || value=0
		echo "$value" >"/sys/module/time_travel_costs/parameters/$name"
	done <"$share/costs"
}
