"""The two ways of interest on the same data, in process: cells that are encoded once and spliced, or columns with one gather.

500 NPCs and N clients walk in 2000 x 2000 units; each way works out for every client who comes, who goes, and the packed
moves that it is sent. Records of those who come are counted, not encoded: both ways encode them once for all.
"""

import os
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from time import perf_counter_ns
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.cells import Cells
from bench.harness import Bench, Measured, figure
from net.replication.columns import MOVED, Columns, MotionColumns, motion_columns
from net.replication.gather import Told, gathered
from net.replication.interest import Eyes, Interest, Subjects
from net.replication.pairs import Points

SIDE, RADIUS, NPCS = 2000.0, 250.0, 500
STEP = 1 / 32
TICKS = 60
PAIRS = 7
CELL = 125.0
OTHER_CELLS = (62.5, 250.0)
RECORD = 36
"""Bytes of an entity's record in MessagePack."""

Places = NDArray[np.float64]


@dataclass(frozen=True)
class Tick:
    """Everybody's place after a tick, and what moved in it."""

    x: Places
    y: Places
    motion: MotionColumns
    places: NDArray[np.void]


@cache
def ticks_of(clients: int) -> list[Tick]:
    """The same walks for both ways: clients at 100 units a second, NPCs at 60, a new direction now and then."""
    random = np.random.default_rng(1)
    count = clients + NPCS
    x, y = random.uniform(0, SIDE, count), random.uniform(0, SIDE, count)
    speed = np.where(np.arange(count) < clients, 100.0, 60.0) / 20
    angle = random.uniform(0, 2 * np.pi, count)
    rows: list[tuple[Places, Places]] = []
    for _ in range(TICKS + 1):
        angle = np.where(random.random(count) < 0.02, random.uniform(0, 2 * np.pi, count), angle)
        x, y = np.clip(x + speed * np.cos(angle), 0, SIDE), np.clip(y + speed * np.sin(angle), 0, SIDE)
        rows.append((x, y))
    slots = np.arange(count)
    return [Tick(*row, *_motion(slots, before, row)) for before, row in pairwise(rows)]


def _motion(
    slots: NDArray[np.int64], before: tuple[Places, Places], now: tuple[Places, Places]
) -> tuple[MotionColumns, NDArray[np.void]]:
    old, new = _columns(*before), _columns(*now)
    places = np.empty(len(slots), MOVED[16])
    places["slot"], places["x"], places["y"] = slots, new.x, new.y
    return motion_columns(slots, new, old, 16), places


def _columns(x: Places, y: Places) -> Columns:
    zeros = np.zeros(len(x), np.int64)
    return Columns(
        np.rint(x / STEP).astype(np.int64), np.rint(y / STEP).astype(np.int64), zeros, zeros, zeros
    )


class Way(Protocol):
    """Works out a tick for all clients."""

    def tick(self, tick: Tick) -> int:
        """Makes what each client is sent, and says how many bytes all of it has."""

    def sees(self, client: int) -> set[int]:
        """Whom a client sees."""


class ByColumns:
    """net/replication/interest.py, as net/replication/views.py uses it."""

    def __init__(self, clients: int) -> None:
        self._interest = Interest(RADIUS)
        self._clients = clients

    def tick(self, tick: Tick) -> int:
        x, y = tick.x.astype(np.float32), tick.y.astype(np.float32)
        clients = self._clients
        self._interest.look(clients, Eyes(np.arange(clients), x[:clients], y[:clients]), ())
        sight = self._interest.update(Subjects(Points(x, y)), ())
        entering, leaving = sight.entering(), sight.leaving()
        told = Told(sight.pairs, sight.stays)
        moved = gathered(told, tick.motion.moved.slots, tick.motion.moved.records)
        nudged = gathered(told, tick.motion.nudged.slots, tick.motion.nudged.records)
        size = 0
        for client in range(clients):
            come, gone = entering.get(client, ()), leaving.get(client, ())
            size += len(moved.of(client)) + len(nudged.of(client)) + RECORD * len(come) + 2 * len(gone)
        return size

    def sees(self, client: int) -> set[int]:
        return set(self._interest.sees(client))


class ByCells:
    """bench/cells.py."""

    def __init__(self, clients: int, cell: float = CELL) -> None:
        self._cells = Cells(SIDE, cell, RADIUS, clients)
        self._clients = clients

    def tick(self, tick: Tick) -> int:
        cells = self._cells
        cells.update(tick.x, tick.y, tick.motion, tick.places)
        size = 0
        for client in range(self._clients):
            moved, nudged = cells.moves_of(client)
            come, gone = cells.entering.get(client, ()), cells.leaving.get(client, ())
            size += len(moved) + len(nudged) + RECORD * len(come) + 2 * len(gone)
        return size

    def sees(self, client: int) -> set[int]:
        return self._cells.sees(client)


def run(way: Way, clients: int) -> tuple[float, float]:
    """µs and bytes for each client in each tick, without the first tick. Raises RuntimeError where a near one is not seen."""
    first, *ticks = ticks_of(clients)
    way.tick(first)
    begin = perf_counter_ns()
    size = sum(way.tick(tick) for tick in ticks)
    cost = perf_counter_ns() - begin
    last = ticks[-1]
    for client in range(0, clients, 10):
        away = np.hypot(last.x - last.x[client], last.y - last.y[client])
        if missed := set(np.flatnonzero(away < RADIUS - 0.1).tolist()) - way.sees(client):
            raise RuntimeError(f"{type(way).__name__}: client {client} does not see {sorted(missed)}")
    each = len(ticks) * clients
    return cost / 1000 / each, size / each


def compared(bench: Bench, clients: int) -> Measured:
    """Cells over columns, in turns; the sizes and other cells in the details."""
    os.sched_setaffinity(0, {bench.server_core})
    ticks_of(clients)
    measured = bench.pairs(
        lambda: run(ByCells(clients), clients)[0], lambda: run(ByColumns(clients), clients)[0], count=PAIRS
    )
    rows = [("bytes per client-tick: columns", f"{run(ByColumns(clients), clients)[1]:.0f}")]
    for cell in (CELL, *OTHER_CELLS):
        cost, size = run(ByCells(clients, cell), clients)
        rows.append((f"cells of {cell:g} units", f"{size:.0f} bytes, {cost:.2f} µs per client-tick"))
    return Measured(measured.value, measured.pairs, measured.spread, (*measured.details, *rows))


NOTE = f"µs per client-tick of cells of {CELL:g} units (ours in the row `ours`) over those of columns; no goal: it chooses a way"


@figure("interest.n100.cells_vs_columns", unit="x", note=NOTE)
def n100(bench: Bench) -> Measured:
    """100 clients."""
    return compared(bench, 100)


@figure("interest.n400.cells_vs_columns", unit="x", note=NOTE)
def n400(bench: Bench) -> Measured:
    """400 clients."""
    return compared(bench, 400)


@figure("interest.n1600.cells_vs_columns", unit="x", note=NOTE)
def n1600(bench: Bench) -> Measured:
    """1,600 clients."""
    return compared(bench, 1600)
