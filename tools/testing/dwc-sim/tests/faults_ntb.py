# SPDX-License-Identifier: GPL-2.0
"""Hardware that does wrong under ntb_netdev, and what the unmodified kernel makes of it:
doorbells that are lost, doubled or late, a link that goes away.

     10.0.0.1 eth0 (RC)  <-- MSI 2.. --  pci-epf-vntb  eth0 (EP) 10.0.0.2
"""

from bench.testing import Allow, PATIENCE, doorbell_path, equal, fails, net, require, test

DELAY = 300             # ms
CARRIER = 3             # s; a link that is gone is noticed in less

WILD = "ntb_epf_peer_db_set() takes the slot's size from the dead link, all ones, and rings far outside the BAR"
WILD_WRITE = r"WARNING: arch/um/kernel/physmem\.c:\d+ at um_ram_write"
NO_ANSWER = r"WARNING: drivers/ntb/hw/epf/ntb_hw_epf\.c:\d+ at ntb_epf_send_command"
# User-Mode-Linux removes the drivers when the power goes off
POWER_OFF = (Allow("rc", WILD_WRITE, WILD), Allow("rc", NO_ANSWER, "the host's drivers leave a peer that is not there"))
# what the survivors of a link that was down do on base
SURVIVORS = (rf"^rc console: .*{WILD_WRITE}", rf"^rc console: .*{NO_ANSWER}",
             r"^model violation: (bar-memory-off|bus-master-off) ",
             r"^model violation: dma-rc ep-cpu writes 0x[0-9a-f]+ \(\d+ bytes\): not mapped")


def know_each_other(b):
    """No frame but those of the test: the answers to ARP are there already."""
    for guest in b.guests:
        peer = b.peer(guest)
        address = peer.read(f"/sys/class/net/{net.interface(peer)}/address")
        guest.check(f"ip neigh replace {net.ADDRESS[peer.side]} lladdr {address} "
                    f"dev {net.interface(guest)} nud permanent")


def one_ping(guest, patience=PATIENCE):
    """One echo request, and so many seconds for the answer."""
    return guest.run(f"ping -n -c 1 -W {patience:g} {net.peer_address(guest)}", timeout=2 * PATIENCE)


def no_answer(guest):
    """An echo request that none comes to: how long one has to wait for nothing is any number."""
    return not one_ping(guest, 1).ok


def received(guest):
    return net.statistics(guest)["rx_packets"]


def up(b):
    know_each_other(b)
    for guest in b.guests:
        require(one_ping(guest).ok, f"the first ping of {guest.side} is lost")


# ------------------------------------------------------------- doorbells

@test(up="netdev", variants=("series",))
def doorbell_to_host_lost(b):
    """The MSI for a frame is lost: the frame arrives when the host polls the ring, without another one."""
    up(b)
    before = received(b.rc)
    b.model.fault("irq drop 1 rc")
    require(one_ping(b.rc).ok, "the answer is lost with its interrupt")
    equal(received(b.rc) - before, 1, "frames")


@test(up="netdev", variants=("base",))
def doorbell_to_host_lost_and_not_polled(b):
    """The MSI for a frame is lost: the frame waits in memory and arrives with the next one."""
    up(b)
    before = received(b.rc)
    b.model.fault("irq drop 1 rc")
    require(no_answer(b.rc), "the answer came without an interrupt")
    equal(received(b.rc) - before, 0, "frames")
    require(one_ping(b.rc).ok, "the next answer is lost as well")
    equal(received(b.rc) - before, 2, "frames: the late one, and the new one")


@test(up="netdev")
def doorbell_to_host_doubled(b):
    """A second MSI for a frame finds nothing to do."""
    up(b)
    before = received(b.rc)
    b.model.fault("irq dup 100 rc")
    for _ in range(10):
        require(one_ping(b.rc).ok, "an answer is lost")
    equal(received(b.rc) - before, 10, "frames")


@test(up="netdev", variants=("base",))
def doorbell_to_host_late(b):
    """A late MSI makes a frame late, where nobody polls the ring meanwhile."""
    up(b)
    b.model.fault(f"irq delay 1 {DELAY} rc")
    result = one_ping(b.rc)
    require(result.ok and result.seconds * 1000 >= DELAY, f"ping: {result.describe()}")


@test(up="netdev", variants=("base",))
def doorbell_to_endpoint_needs_no_interrupt(b):
    """Where the endpoint polls its doorbells, no lost interrupt delays a frame."""
    equal(doorbell_path(b.ep), "polled", "doorbell path")
    up(b)
    b.model.fault("irq drop 1 ep")
    require(one_ping(b.rc).ok, "the ping is lost")
    equal(b.model.counters()["irq"].get("ep.dma"), None, "interrupts of the endpoint")


# ------------------------------------------------------------------ link

@test(up="netdev", variants=("base",), params={"side": ("rc", "ep")}, expect={"base": fails(
    "nobody tells pci-epf-vntb about the link, and ntb_epf_link_is_up() takes all ones for 'up'",
    rf"^waited {CARRIER} s for eth0 to lose its carrier")})
def link_down_takes_the_carrier(b, side):
    """No link, no carrier."""
    b.model.link("down")
    net.wait_no_carrier(getattr(b, side), CARRIER)


@test(up="netdev", variants=("base",), expect={"base": fails(WILD, rf"^rc console: .*{WILD_WRITE}")})
def host_sends_without_a_link(b):
    """What is sent while the link is down is lost, and that is all."""
    up(b)
    b.model.link("down")
    require(no_answer(b.rc), "a ping went through")


@test(up="netdev", variants=("base",), allow=POWER_OFF)
def endpoint_sends_without_a_link(b):
    """What is sent while the link is down is lost, and that is all."""
    up(b)
    b.model.link("down")
    require(no_answer(b.ep), "a ping went through")


@test(up="netdev", variants=("base",), allow=POWER_OFF, violations=(r"^bus-master-off ep-cpu to ",))
def link_flaps_without_a_rescan(b):
    """After a hot reset the endpoint may not send, and does: it was not told."""
    up(b)
    b.model.link("down")
    b.model.link("up")
    require(no_answer(b.ep), "a ping went through")


@test(up="netdev", variants=("base",), timeout=90, expect={"base": fails(
    "the drivers of the host neither end nor start again without the peer, and the endpoint goes on "
    "with the window of before", r"^waited 5 s for the host's new interface on rc$", *SURVIVORS)})
def link_flaps_under_load(b):
    """The link goes while both sides send; it comes back, the host finds the device anew,
    and traffic goes on."""
    up(b)
    jobs = []
    for port, (sender, receiver) in enumerate(((b.rc, b.ep), (b.ep, b.rc)), 5201):
        jobs.append(receiver.spawn(f"iperf3 -s -1 -p {port} --forceflush"))
        jobs[-1].expect("Server listening")
        jobs.append(sender.spawn(f"iperf3 -t 100 -i 0.2 -p {port} --forceflush -c {net.ADDRESS[receiver.side]}"))
        jobs[-1].expect(r"0\.00-\d\.\d+ +sec")
    b.model.link("down")
    for job in jobs:
        job.kill()
    b.model.link("up")
    b.rc.check("echo 1 > /sys/bus/pci/devices/0000:00:00.0/remove && echo 1 > /sys/bus/pci/rescan")
    b.rc.until("ls -d /sys/class/net/eth*", 5, "the host's new interface")
    net.configure(b.rc)
    for guest in b.guests:
        net.wait_carrier(guest)
    know_each_other(b)
    for guest in b.guests:
        require(one_ping(guest).ok, f"{guest.side}: no ping goes through")
