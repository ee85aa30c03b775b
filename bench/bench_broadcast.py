"""A broadcast room against a bare node `ws` server that sends the same bytes and receives the same inputs."""

from collections.abc import Callable

from bench.harness import Bench, Measured, figure
from bench.processes import BenchFailed, load, node_ws, tickroom

CLIENTS = 400
TICK_RATE = 20
SECONDS = 5.0
PAIRS = 7
HELD = 0.98
"""The part of the tick rate that clients must have received for a run to count."""
ATTEMPTS = 8
NOTE = f"""\
Server CPU per client-tick of a real room ({CLIENTS} clients that walk all the time and see everybody, {TICK_RATE} Hz: HTTP
joins, hello, inputs decoded and obeyed by the game's rules, replicated; no physics, which has a figure of its own) over
that of a bare node `ws` server that broadcasts messages of the same size and takes the same inputs. The load checks that
every client gets every tick."""


@figure("broadcast.n400.cpu_vs_node_ws", unit="x", goal=1.3, note=NOTE)
def broadcast(bench: Bench) -> Measured:
    """Each pair first runs ours, whose message size the peer then sends."""
    comparison = _Comparison(bench)
    measured = bench.pairs(comparison.ours, comparison.theirs, count=PAIRS)
    return Measured(measured.value, measured.pairs, measured.spread, (*measured.details, *comparison.rows()))


class _Comparison:
    """Both sides, and what the load saw of them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._reports: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
        self._size = 0

    def ours(self) -> float:
        return self._take("ours", self._run_ours)

    def theirs(self) -> float:
        if not self._size:
            self._run_ours()
        return self._take("theirs", self._run_theirs)

    def _run_ours(self) -> dict[str, float]:
        with tickroom(self._bench.server_core) as server:
            report = load(self._bench.load_core, "tickroom:plaza", server, count=CLIENTS, seconds=SECONDS)
        self._size = round(report["bytes"])
        return report

    def _run_theirs(self) -> dict[str, float]:
        with node_ws(self._bench.server_core, self._size) as server:
            return load(self._bench.load_core, "bare", server, count=CLIENTS, seconds=SECONDS)

    def rows(self) -> list[tuple[str, str]]:
        """What was the same on both sides, for people."""
        return [
            (f"{who}: {what}", ", ".join(f"{report[key]:.{digits}f}" for report in reports))
            for who, reports in self._reports.items()
            for what, key, digits in (
                ("bytes per client-tick", "bytes", 0),
                ("ticks a second received by each client", "ticks", 2),
                ("ticks missed by any client", "missed", 0),
                ("load core busy", "load_core", 2),
            )
        ]

    def _take(self, who: str, run: Callable[[], dict[str, float]]) -> float:
        """One run in which the tick rate was held: one that something else disturbed says nothing, and is done again."""
        for _ in range(ATTEMPTS):
            report = run()
            if report["missed"]:
                raise BenchFailed(f"{who}: clients missed {report['missed']} ticks")
            if report["ticks"] >= HELD * TICK_RATE:
                self._reports[who].append(report)
                return report["microseconds"]
        raise BenchFailed(f"{who}: {TICK_RATE} ticks a second were not held in {ATTEMPTS} runs")
