# SPDX-License-Identifier: GPL-2.0
"""The demonstration: brings a pair up, pings, runs iperf3, writes
build/demo/result.json and prints one table made from that file."""

import json
import os
import time

from . import net, pace, paths
from .endpoint import doorbell_path
from .errors import Failure
from .pair import Bench, Plan
from .rundir import RunDirectory

MODES = ("memcpy", "edma")
SECONDS = 2             # of each iperf3 run
PINGS = 20
DIRECTIONS = ("rc_to_ep", "ep_to_rc")
COUNTS = ("cpu_read", "cpu_write", "cpu_write_bytes", "dma_read_bytes", "dma_write_bytes",
          "msi", "doorbells")


def main(args):
    start = time.monotonic()
    modes = MODES if args.mode == "all" else (args.mode,)
    result = {"kernel": None, "profile": args.profile, "doorbell": None, "modes": {}}
    with RunDirectory() as run:
        for mode in modes:
            with Bench(Plan(profile=args.profile, mode=mode, transport_mtu=None),
                       os.path.join(run.path, mode), os.path.join(run.logs, f"demo.{mode}")) as bench:
                try:
                    measure(bench, mode, result)
                    bench.shut_down()
                except Failure as error:
                    raise Failure(f"{error}; log: {paths.rel(bench.logs)}") from error
    require_numbers(result["modes"], "modes")
    os.makedirs(os.path.dirname(paths.RESULT), exist_ok=True)
    with open(paths.RESULT, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    print(table(paths.RESULT))
    print(f"{paths.rel(paths.RESULT)}, {time.monotonic() - start:.0f} s{speed()}")
    return 0


def speed():
    """Of this machine, and how long all took that make did."""
    used, elapsed = pace.sample()
    started = os.environ.get("STARTED")
    return ((f"; {time.time() - float(started):.0f} s in all" if started else "") +
            f", on a machine that takes {pace.slowness(used, elapsed):.2f} times the reference's time for a fixed job")


def say(text):
    print(f"demo: {text}", flush=True)


def measure(bench, mode, result, check=True, seconds=SECONDS):
    """Fill in result for one mode.  Returns how many bytes TCP moved in each direction."""
    start = time.monotonic()
    bench.up("netdev")
    say(f"{mode}: link and carrier on both sides after {time.monotonic() - start:.1f} s")
    result["kernel"] = f"{bench.ep.agent.release} ({bench.plan.ep})"
    result["doorbell"] = check_doorbell(bench) if check else doorbell_path(bench.ep)
    numbers = result["modes"][mode] = {"ping_us": {}, "tcp": {}, "udp": {}, "tlp": {}}
    numbers["ping_us"] = net.round_trips(bench.rc, PINGS)
    moved = {}
    for direction in DIRECTIONS:
        sender, receiver = (getattr(bench, side) for side in direction.split("_to_"))
        say(f"{mode}: iperf3 TCP, then UDP, {sender.side} to {receiver.side}")
        before = net.statistics(sender)["tx_packets"]
        bench.model.reset_counters()
        tcp = net.iperf(sender, receiver, seconds)
        counted = bench.model.counters()["sum"]
        packets = net.statistics(sender)["tx_packets"] - before
        udp = net.iperf(sender, receiver, seconds, udp=True)
        numbers["tcp"][direction] = {"mbps": tcp["mbps"]}
        moved[direction] = tcp["bytes"]
        numbers["udp"][direction] = {key: udp[key] for key in ("mbps", "sent", "lost")}
        numbers["tlp"][direction] = {"packets": packets, **{key: counted[key] for key in COUNTS}}
    return moved


def check_doorbell(bench):
    """The endpoint's doorbell path has to be the profile's."""
    wanted = paths.read_settings(paths.profile(bench.plan.profile))["doorbell"]
    found = doorbell_path(bench.ep)
    if found != wanted:
        raise Failure(f"doorbells take the '{found}' path, profile {bench.plan.profile} "
                      f"says '{wanted}'")
    return found


def require_numbers(value, where):
    """Every leaf is a number."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            require_numbers(inner, f"{where}.{key}")
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Failure(f"the demo has no number for {where}")


def table(path):
    """The result file as text."""
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    lines = ["", f"kernel {result['kernel']}, profile {result['profile']}, "
                 f"{result['doorbell']} doorbells"]
    for mode, numbers in result["modes"].items():
        ping = numbers["ping_us"]
        lines += ["", f"{mode:<34}{'RC to EP':>14}{'EP to RC':>14}",
                  row("TCP Mbit/s", [numbers["tcp"][d]["mbps"] for d in DIRECTIONS]),
                  row("UDP Mbit/s received", [numbers["udp"][d]["mbps"] for d in DIRECTIONS]),
                  row("UDP packets lost %", [percent(numbers["udp"][d]) for d in DIRECTIONS])]
        lines.append("for a packet of the TCP run:")
        for title, key in (("  CPU reads across the link", "cpu_read"),
                           ("  CPU writes across the link", "cpu_write"),
                           ("  bytes written by CPUs", "cpu_write_bytes"),
                           ("  bytes read by DMA", "dma_read_bytes"),
                           ("  bytes written by DMA", "dma_write_bytes"),
                           ("  MSI", "msi"), ("  doorbells", "doorbells")):
            lines.append(row(title, [per_packet(numbers["tlp"][d], key) for d in DIRECTIONS]))
        lines.append(f"ping, microseconds: min {ping['min']:.0f}, avg {ping['avg']:.0f}, "
                     f"max {ping['max']:.0f}; lost {ping['lost']} of {PINGS}")
    return "\n".join(lines) + "\n"


def row(title, values):
    return f"{title:<34}" + "".join(f"{value:>14,.2f}" for value in values)


def percent(udp):
    return 100 * udp["lost"] / udp["sent"] if udp["sent"] else 0.0


def per_packet(tlp, key):
    return tlp[key] / tlp["packets"] if tlp["packets"] else 0.0
