"""A hundred bots in the arena for a minute, two hundred in one village for two: does the server hold its tick rate?"""

import json
import subprocess
import sys
from typing import Any

import psutil

from bench.harness import Bench, Measured, figure
from bench.processes import ROOT, BenchFailed, Server, pinned, tickroom

ARENA_NOTE = """\
`tickroom bots --count 100 --seconds 60` on the other core, in arenas of 16 (physics, shots, hunters): the part of the ticks that
the bots were not sent. No bot may have an error."""
VILLAGE_NOTE = """\
`tickroom bots --game village --count 200 --seconds 120` on the other core, all in one room with its 500 NPCs: the part of the
ticks that the bots were not sent. No bot may have an error."""


@figure("bots.n100.ticks_lost", unit="%", goal=1.0, note=ARENA_NOTE)
def arena(bench: Bench) -> Measured:
    """One run; the details have what `tickroom bots` reports."""
    return _ticks_lost(bench, "arena", count=100, seconds=60.0)


@figure("bots.village200.ticks_lost", unit="%", goal=1.0, note=VILLAGE_NOTE)
def village(bench: Bench) -> Measured:
    """Likewise."""
    return _ticks_lost(bench, "village", count=200, seconds=120.0)


def _ticks_lost(bench: Bench, game: str, *, count: int, seconds: float) -> Measured:
    with tickroom(bench.server_core) as server:
        before = _cpu_seconds(server)
        report = _play(server, bench.load_core, game, count, seconds)
        cpu = _cpu_seconds(server) - before
    if report["errors"]:
        raise BenchFailed(f"{report['errors']} bots had errors")
    client_ticks = report["bots"] * report["seconds"] * report["ticks_per_second"]
    lost = max(0.0, 100.0 * (1.0 - report["ticks_per_second"] / report["tick_rate"]))
    return bench.stated(
        lost,
        ("ticks a second", f"{report['ticks_per_second']:.2f} of {report['tick_rate']}"),
        ("rooms", str(report["rooms"])),
        ("between ticks, ms", _spread(report["interval_ms"])),
        ("round trip, ms", _spread(report["rtt_ms"])),
        ("bytes a client-tick", f"{report['bytes_per_client_tick']:.0f}"),
        ("server CPU a client-tick (joining and game included)", f"{cpu / client_ticks * 1e6:.1f} µs"),
        ("reconnects", str(report["reconnects"])),
    )


def _play(server: Server, core: int, game: str, count: int, seconds: float) -> dict[str, Any]:
    arguments = [
        "bots",
        server.url,
        "--game",
        game,
        "--count",
        str(count),
        "--seconds",
        str(seconds),
        "--json",
    ]
    done = subprocess.run(
        [*pinned(core), sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds + 60.0,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _cpu_seconds(server: Server) -> float:
    times = psutil.Process(server.pid).cpu_times()
    return float(times.user + times.system)


def _spread(spread: dict[str, float]) -> str:
    return f"p50 {spread['p50']:.1f}, p99 {spread['p99']:.1f}, max {spread['max']:.1f}"
