# SPDX-License-Identifier: GPL-2.0
"""Combinations of what changes how the remote eDMA is used.  Any two values of two
columns meet in some row; remote_edma.every_pair_occurs looks whether that is so."""

import itertools

COLUMNS = ("profile", "queues", "mtu", "kind", "sends")
LARGEST = 0x10000 - 14      # the default transport_mtu, less an Ethernet header

TABLE = """
    generic           1   1500     tcp  rc
    generic           2   9000     udp  ep
    generic           4   LARGEST  tcp  both
    no-emulated-irq   1   LARGEST  udp  ep
    no-emulated-irq   2   1500     tcp  both
    no-emulated-irq   4   9000     udp  rc
    rcar-s4           1   9000     tcp  both
    rcar-s4           2   LARGEST  udp  rc
    rcar-s4           4   1500     tcp  ep
    msix-32           1   1500     udp  both
    msix-32           2   LARGEST  tcp  rc
    msix-32           4   9000     tcp  ep
    msi-doorbell      1   LARGEST  udp  both
    msi-doorbell      2   9000     tcp  ep
    msi-doorbell      4   1500     udp  rc
    generic           2   1500     udp  both
    no-emulated-irq   1   9000     tcp  rc
"""


def rows():
    """One dictionary a row."""
    for line in TABLE.strip().splitlines():
        profile, queues, mtu, kind, sends = line.split()
        yield dict(zip(COLUMNS, (profile, int(queues), LARGEST if mtu == "LARGEST" else int(mtu),
                                 kind, sends)))


def missing_pairs():
    """Pairs of values of two columns that no row has."""
    table = list(rows())
    for one, two in itertools.combinations(COLUMNS, 2):
        wanted = itertools.product({row[one] for row in table}, {row[two] for row in table})
        found = {(row[one], row[two]) for row in table}
        for pair in sorted(set(wanted) - found, key=str):
            yield f"{one}={pair[0]} with {two}={pair[1]}"
