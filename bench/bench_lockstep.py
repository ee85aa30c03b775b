"""Lock-step rooms against a bare relay of the same messages."""

import json
import subprocess
import sys

from bench.harness import Bench, Measured, figure
from bench.processes import LOAD_SECONDS, ROOT, BenchFailed, Server, pinned, relay, tickroom

ROOMS = 200
RATE = 10.0
SECONDS = 8.0
PAIRS = 7
HELD = 0.98
"""The part of the rate that clients must have received for a run to count."""
ATTEMPTS = 3
NOTE = f"""\
Server CPU per client and generation of {ROOMS} lock-step rooms of 4 players, {RATE:.0f} generations a second, on one core, over
that of a bare relay with the same sockets, messages and bytes: it reads packets, puts the commands of a generation together,
tells them, and checks nothing. Ours checks seats, generations, rates and commands, compares checksums, adapts the pace, and
writes the journal; its memory is in large pages (decision 0213), by which the relay, as was tried, would gain nothing. The
load checks that no generation is missed."""


@figure("lockstep.200x4.cpu_vs_relay", unit="x", goal=2.0, note=NOTE)
def lockstep(bench: Bench) -> Measured:
    """Each pair is one run of both."""
    comparison = _Comparison(bench)
    measured = bench.pairs(comparison.ours, comparison.theirs, count=PAIRS)
    return Measured(measured.value, measured.pairs, measured.spread, (*measured.details, *comparison.rows()))


class _Comparison:
    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._reports: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}

    def ours(self) -> float:
        return self._take("ours")

    def theirs(self) -> float:
        return self._take("theirs")

    def rows(self) -> list[tuple[str, str]]:
        """What was the same on both sides, for people."""
        shown = (
            ("generations a second", "rate", 2), ("server's core busy", "server_core", 3), ("load's core busy", "load_core", 2),
            ("bytes of a message to a client", "received", 0), ("bytes of a message of a client", "sent", 0),
        )  # fmt: skip
        return [
            (f"{who}: {what}", ", ".join(f"{report[key]:.{digits}f}" for report in reports))
            for who, reports in self._reports.items()
            for what, key, digits in shown
        ]

    def _take(self, who: str) -> float:
        """One run in which the rate was held: one that something else disturbed says nothing, and is done again."""
        report: dict[str, float] = {}
        for _ in range(ATTEMPTS):
            report = self._run(who)
            if report["missed"]:
                raise BenchFailed(f"{who}: clients missed {report['missed']} generations")
            if report["rate"] >= HELD * RATE:
                self._reports[who].append(report)
                return report["microseconds"]
        raise BenchFailed(f"{who}: {RATE} generations a second were not held in {ATTEMPTS} runs: {report}")

    def _run(self, who: str) -> dict[str, float]:
        if who == "ours":
            with tickroom(self._bench.server_core) as server:
                return self._load("tickroom", server)
        with relay(self._bench.server_core) as server:
            return self._load("relay", server)

    def _load(self, kind: str, server: Server) -> dict[str, float]:
        arguments = [kind, server.url, str(ROOMS), str(SECONDS), str(server.pid)]
        done = subprocess.run(
            [*pinned(self._bench.load_core), sys.executable, "-m", "bench.lockstep_load", *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=LOAD_SECONDS, check=True,
        )  # fmt: skip
        report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return report
