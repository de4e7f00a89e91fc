# of tests/remote_edma_faults.py

@edma(up="netdev", timeout=240, violations=RESET + NOWHERE, covers=("R26",))
def link_flaps(b):
    """The link goes and returns while both sides send; the RC finds the device anew."""
    with level(b, *b.guests), Load(b):
        for _ in range(b.size(5, 50)):
            moving(b)
            b.model.link("down")
            b.model.link("up")
            rescan(b)
            back(b)


@edma(up="netdev", params={"side": ("rc", "ep")}, timeout=120, covers=("R26",))
def channel_hangs(b, side):
    """A transfer that does not end takes the link down; it returns when the channel was
    stopped."""
    with level(b, *b.guests), Load(b):
        moving(b)
        b.model.fault(f"stall {CHANNEL[side]} on")
        getattr(b, side).wait_dmesg("DMA does not get on, link goes down", NOTICE)
        net.wait_no_carrier(getattr(b, side), NOTICE)
        b.model.fault(f"stall {CHANNEL[side]} off")
        back(b)


