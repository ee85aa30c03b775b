"""The Python engine in a browser: how soon it is ready, what being put right costs there, and how much of a core it takes."""

from bench.browser_worker import worker_page
from bench.crowd import PENDING, crowded_recording, crowded_tape
from bench.harness import Bench, Measured, figure, spread

ROUNDS = 40
RUNS = 5
LIMIT_MS = 6.0
"""That reconciling may take in the Worker."""
TICKS = 600
TICK_MS = 1_000.0 / 60.0


@figure(
    "engine.ready_vs_bare", unit="x", goal=1.3,
    note="Chromium's Worker with the arena's rules imported, over Pyodide with the same wheels in place, from a warm cache",
)  # fmt: skip
def ready(bench: Bench) -> Measured:
    """In turns, each in a Worker of its own; the first ones fill the browser's cache."""
    with worker_page() as page:
        page.ready()
        return bench.pairs(page.ready, page.bare, count=7, unit="ms")


@figure(
    "predict.reconcile12.browser_vs_tick", unit="x", goal=14.0,
    note="12 pending inputs computed again at 100 entities around, over one predicted tick, in Chromium's Worker; under 6 ms",
)  # fmt: skip
def reconcile(_bench: Bench) -> Measured:
    """As `predict.reconcile12.native_vs_tick`, of the same recording."""
    recording = crowded_recording()
    with worker_page() as page:
        runs = [page.costs(recording, ROUNDS) for _ in range(RUNS)]
    if any(pending != PENDING for *_, pending in runs):
        raise RuntimeError(f"{runs[0][2]} inputs were pending, not {PENDING}")
    again, tick = (sorted(costs)[RUNS // 2] for costs in list(zip(*runs, strict=True))[:2])
    if again > LIMIT_MS:
        raise RuntimeError(f"reconciling took {again:.1f} ms; {LIMIT_MS:.0f} are allowed")
    ratios = sorted(whole / one for whole, one, _ in runs)
    details = (("reconciling", f"{again:.2f} ms"), ("a tick", f"{tick:.3f} ms"))
    return Measured(ratios[RUNS // 2], RUNS, spread(ratios), details)


@figure(
    "predict.browser_core", unit="%", goal=30.0,
    note="of a core, for predicting a room of 60 ticks a second, 100 entities, at 200 ms: all frames of both ways in the Worker",
)  # fmt: skip
def core(_bench: Bench) -> Measured:
    """What a connection received and sent in ten seconds of walking and shooting, given to the Worker without a pause."""
    welcome, frames = crowded_tape(TICKS)
    with worker_page() as page:
        runs = [page.feed(welcome, frames) for _ in range(RUNS)]
    shares = sorted(100.0 * spent / (TICKS * TICK_MS) for spent, _ in runs)
    predicted = min(number for _, number in runs)
    if predicted < TICKS * 0.9:
        raise RuntimeError(f"only {predicted} of {TICKS} ticks were predicted")
    details = (
        ("frames", f"{len(frames)}"),
        ("a tick, both frames", f"{shares[RUNS // 2] / 100 * TICK_MS:.2f} ms"),
    )
    return Measured(shares[RUNS // 2], RUNS, spread(shares), details)
