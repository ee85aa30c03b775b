"""Lag compensation: whether one hits what one sees."""

from bench.harness import Bench, Measured, figure
from tests.mods.marksman import shoot

SHOTS = 8
LATENCY = 125.0
"""ms each way."""


@figure(
    "aim.at250.misses", unit="of 8", goal=0.0,
    note="shots at a running target, aimed at what is drawn, in the arena at 250 ms there and back; virtual time",
)  # fmt: skip
def aimed(bench: Bench) -> Measured:
    """With lag compensation; the same without it, and with 30 ms of jitter, are in the details. The same in each run."""
    done, without = shoot(SHOTS, latency=LATENCY), shoot(SHOTS, latency=LATENCY, tells=False)
    jittery = shoot(SHOTS, latency=LATENCY - 15.0, jitter=30.0)
    details = (
        ("without lag compensation", f"{without.hits} of {SHOTS} hit"),
        ("with 30 ms of jitter", f"{jittery.hits} of {SHOTS} hit"),
        ("the target was seen", f"{done.behind:.0f} ms behind"),
    )
    return bench.stated(SHOTS - done.hits, *details)
