# SPDX-License-Identifier: GPL-2.0
"""What a test could leave behind in a pair that the next one shares: the worker compares it
before and after a test that is declared shared="checked", and boots anew if it differs.

Left out is what differs between two equal pairs: hardware addresses, counters of traffic,
and what a reload of the modules makes anew."""

from .guest import Guest

# Neighbours are forgotten, since an interface that was made again has another address. Each
# test of pci_endpoint_test loads it first.
RESET = "ip neigh flush all nud all 2>/dev/null; rmmod pci_endpoint_test 2>/dev/null; true"

READ = r"""
cd /
cat /proc/sys/kernel/random/boot_id /proc/mounts
cut -d' ' -f1 /proc/modules | sort
for dir in /sys/module/{ntb*,pci_epf*,dw_edma*,dmatest}/parameters; do
	[ -d $dir ] && grep -s . $dir/*
done
for device in /sys/bus/{pci,ntb,auxiliary,platform}/devices/*; do
	echo $device $(readlink $device/driver)
done
find /sys/kernel/config -type l
grep -rs . /sys/kernel/config
ip -o addr | sed 's/^[0-9]*: //; s/ *valid_lft.*//'
for dir in /sys/class/net/*; do
	(cd $dir && grep -s . mtu flags carrier tx_queue_len threaded | sed "s|^|$dir |")
done
for stats in /sys/kernel/debug/ntb_transport/*/qp*/stats; do
	[ -f $stats ] && grep -E '_err_|reject_' $stats | sed "s|^|$stats |"
done
find /tmp /run -xdev -type f ! -path '/run/share/*'
true
"""


def reset(bench):
    """Take back what no test has to answer for."""
    for guest in filter(Guest.alive, bench.machines):
        guest.check(RESET)
    for port in bench.ports:
        port.model.fault("clear")
        port.model.reset_counters()


def read(bench):
    """{side: lines}, and the link of each model."""
    found = {guest.side: guest.check(READ).splitlines() if guest.alive() else ['is off'] for guest in bench.machines}
    for port in bench.ports:
        found[f"model{port.suffix}"] = [f"link {port.model.status().get('link')}"]
    return found


def difference(before, after):
    """The first line that is not in both, in words; '' if there is none."""
    for side, lines in before.items():
        for line in sorted(set(lines) ^ set(after[side])):
            return f"{side} has {'lost' if line in lines else 'got'}: {line}"
    return ""
