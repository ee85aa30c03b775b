"""What a player sees: whether one hits it, and how soon it is the own key that moves it."""

from bench.harness import Bench, Measured, figure
from tests.mods.marksman import TICK_RATE, shoot
from tests.prediction.key_to_screen import FRAME, longest

SHOTS = 8
LATENCY = 125.0
"""ms each way."""
PRESSES = 40


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


@figure(
    "input.to_screen.frames", unit="frames", goal=2.0,
    note="beyond one tick, from a key to the own fighter's first move on the own screen, at most; 60 Hz, any ping",
)  # fmt: skip
def shown(bench: Bench) -> Measured:
    """The native client, in virtual time: presses at any moment. Without prediction, at 250 ms, for comparison."""
    tick = 1000.0 / TICK_RATE
    waits = {ping: longest(PRESSES, latency=ping / 2.0, jitter=10.0) for ping in (0.0, 100.0, 250.0, 500.0)}
    without = longest(PRESSES // 4, latency=LATENCY, predict=False)
    details = (
        *((f"{ping:.0f} ms there and back", f"{wait:.0f} ms") for ping, wait in waits.items()),
        ("250 ms without prediction", f"{without:.0f} ms"),
    )
    return bench.stated((max(waits.values()) - tick) / FRAME, *details)
