@edma(up="netdev", profiles=("no-emulated-irq",), covers=("R19", "R20"))
def notify_channel(b):
    """No write of the host can interrupt the EP: the last of the lent channels does, for each
    ring. Payload has the others."""
    equal(doorbell_path(b.ep), "polled", "doorbell path")
    for guest in b.guests:
        equal(net.ping(guest, 5)["lost"], 0, f"pings lost from {guest.side}")
    rung = interrupts(b.ep, "pci_epf_vntb_notify")
    b.model.reset_counters()
    equal(net.ping(b.rc, 20)["lost"], 0, "pings lost")
    channels = b.model.counters()["channels"]
    require(channels["rd3"]["elements"] >= 20, f"transfers of the notify-only channel: {channels}")
    require(interrupts(b.ep, "pci_epf_vntb_notify") - rung >= 20, "interrupts of the EP for 20 pings")


def interrupts(guest, name):
    """How often a handler of that name was called, its line being its own."""
    lines = [line.split() for line in guest.read("/proc/interrupts").splitlines() if line.endswith(name)]
    equal(len(lines), 1, f"lines of {name} in /proc/interrupts")
    return int(lines[0][1])


