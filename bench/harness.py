"""How figures are measured: interleaved pairs, medians of ratios, and their spread.

A benchmark is a module `bench/bench_*.py` whose functions are registered with `@figure`:

    @figure("tick.n1000.vs_pymunk_step", unit="x", goal=8.0, note="the aim is 4 x")
    def tick(bench: Bench) -> Measured:
        return bench.pairs(ours, theirs, count=15)      # each returns the cost of one run, in the same unit

    @figure("server.memory_at_rest", unit="MB", goal=80.0)
    def memory(bench: Bench) -> Measured:
        return bench.stated(62.5)

Absolute times move with the machine and with its neighbours, so a figure that compares two things runs them in turns
(A B, B A, A B, ...) and reports the median of the ratios A / B of neighbouring runs.
"""

import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

Measure = Callable[[], float]


@dataclass(frozen=True)
class Measured:
    """What a benchmark found: a value, from how many pairs, and the inter-quartile range of their ratios.

    `details` are (what, value) rows for people, such as the two costs behind a ratio.
    """

    value: float
    pairs: int = 1
    spread: float = 0.0
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Figure:
    """A registered benchmark: the flat name of its result, its unit, and the value it must not exceed, or must reach."""

    name: str
    unit: str
    goal: float | None
    note: str
    measure: "Callable[[Bench], Measured]"
    higher_is_better: bool = False


FIGURES: dict[str, Figure] = {}
"""Every figure that the imported benchmark modules have registered, in their order."""


def figure(
    name: str, *, unit: str, goal: float | None = None, note: str = "", higher_is_better: bool = False
) -> "Callable[[Callable[[Bench], Measured]], Callable[[Bench], Measured]]":
    """Registers the decorated function under `name`. Raises ValueError for a name that is taken."""

    def register(measure: "Callable[[Bench], Measured]") -> "Callable[[Bench], Measured]":
        if name in FIGURES:
            raise ValueError(f"two benchmarks are named {name}")
        FIGURES[name] = Figure(name, unit, goal, note, measure, higher_is_better)
        return measure

    return register


def _no_progress(sentence: str) -> None:
    """Says nothing: the default for a benchmark that is run from other code."""


@dataclass
class Bench:
    """What a benchmark is given: the two cores to pin to, a way to measure in pairs, and a place to say how it goes."""

    cores: tuple[int, ...] = field(default_factory=lambda: tuple(sorted(os.sched_getaffinity(0))))
    progress: Callable[[str], None] = _no_progress

    @property
    def server_core(self) -> int:
        """The core for what is measured."""
        return self.cores[0]

    @property
    def load_core(self) -> int:
        """The core for what makes the load: another one wherever there are two."""
        return self.cores[-1]

    def pairs(self, ours: Measure, theirs: Measure, *, count: int, unit: str = "µs") -> Measured:
        """Runs both `count` times in turns and returns the median of ours / theirs.

        `ours` and `theirs` each return the cost of one run in `unit`; each pair begins with the other one, so that
        neither always runs on the warmer machine.
        """
        costs = [self._pair(ours, theirs, number) for number in range(count)]
        ratios = [mine / other for mine, other in costs]
        details = (
            ("ours, median", f"{statistics.median(mine for mine, _ in costs):.1f} {unit}"),
            ("theirs, median", f"{statistics.median(other for _, other in costs):.1f} {unit}"),
            ("ratios", ", ".join(f"{ratio:.2f}" for ratio in ratios)),
        )
        return Measured(statistics.median(ratios), count, spread(ratios), details)

    def _pair(self, ours: Measure, theirs: Measure, number: int) -> tuple[float, float]:
        if number % 2:
            other, mine = theirs(), ours()
        else:
            mine, other = ours(), theirs()
        self.progress(f"pair {number + 1}: {mine:.2f} against {other:.2f} = {mine / other:.2f}")
        return mine, other

    def stated(self, value: float, *details: tuple[str, str]) -> Measured:
        """A value that is not compared with anything."""
        return Measured(value, details=details)


def spread(values: list[float]) -> float:
    """The inter-quartile range: what half of the values lie within."""
    if len(values) < 2:
        return 0.0
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return third - first
