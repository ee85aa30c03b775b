"""Prediction: what it costs to be put right."""

import os
from time import perf_counter_ns

from bench.crowd import PENDING, crowded_recording
from bench.harness import Bench, Measured, figure, spread
from net.client.prediction.recorded import Reconciling
from tests.mods.loading import load
from tests.prediction.far_players import play

ROUNDS = 60
RUNS = 21
LIMIT = 2_000.0
"""µs that reconciling may take."""
MINUTE = 60.0
PUSHERS = 6
SEEN = 20.0
"""World units, half a fighter: smaller corrections are blended without being seen."""


@figure(
    "predict.reconcile12.native_vs_tick", unit="x", goal=14.0,
    note="12 pending inputs computed again at 100 entities around, over one predicted tick; under 2 ms",
)  # fmt: skip
def reconcile(bench: Bench) -> Measured:
    """The arena: back to the server's state and all inputs again, in turns with one tick of the same world."""
    os.sched_setaffinity(0, {bench.server_core})
    reconciling = Reconciling(load("arena"), crowded_recording())
    if reconciling.pending != PENDING:
        raise RuntimeError(f"{reconciling.pending} inputs were pending, not {PENDING}")
    runs = [reconciling.measure(perf_counter_ns, ROUNDS) for _ in range(RUNS)]
    reconciling.close()
    again, tick = (sorted(costs)[RUNS // 2] / 1e3 for costs in zip(*runs, strict=True))
    if again > LIMIT:
        raise RuntimeError(f"reconciling took {again:.0f} µs; {LIMIT:.0f} are allowed")
    ratios = sorted(whole / one for whole, one in runs)
    details = (("reconciling", f"{again:.0f} µs"), ("a tick", f"{tick:.1f} µs"))
    return Measured(ratios[RUNS // 2], RUNS, spread(ratios), details)


@figure(
    "predict.alone.corrections", unit="corrections", goal=0.0,
    note="of more than a unit, in a minute of walking and shooting in the arena at 250 ms with 30 ms jitter, nobody pushing",
)  # fmt: skip
def alone(bench: Bench) -> Measured:
    """Virtual time; the same in each run."""
    (statistics,) = play("arena", 1, MINUTE, shoots=True)
    large = [size for size in statistics.sizes if size > 1.0]
    shots = f"{statistics.matched} matched, {statistics.mistaken} taken back"
    return bench.stated(len(large) + statistics.snapped, ("shots", shots))


@figure(
    "predict.crowd.corrections", unit="a player and minute",
    note="of more than a unit: six players who run into one another in the arena, at 250 ms with 30 ms jitter",
)  # fmt: skip
def crowd(bench: Bench) -> Measured:
    """Others are computed along while they are near, by what is known of them; both sides of a push move."""
    everybody = play("arena", PUSHERS, MINUTE, shoots=False)
    large = sorted(size for statistics in everybody for size in statistics.sizes if size > 1.0)
    middle, most = large[len(large) // 2], large[-1]
    seen = sum(size > SEEN for size in large) / PUSHERS * 60.0 / MINUTE
    details = (
        ("median", f"{middle:.1f} units"),
        ("largest", f"{most:.0f} units"),
        (f"of more than {SEEN:.0f} units", f"{seen:.1f}"),
    )
    return bench.stated(len(large) / PUSHERS * 60.0 / MINUTE, *details)
