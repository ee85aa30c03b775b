"""The other way of interest (docs/decisions/0090-interest.md): a grid whose cells are each encoded once and spliced.

Every cell's moves are one ready piece for each column; a client is sent the pieces of all cells that may have
something within the radius, wherever in its own cell it is. Entities and clients change cells a margin behind the
border, so that walking along it does not flap. Whoever has come from another cell is said with its place, not with its
step, as some of the cell's watchers have just got its record.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from net.replication.columns import Column, MotionColumns

MARGIN = 0.1
"""How far behind a border, in cells, one is in another cell."""


class Cells:
    """A grid over a square world, and the clients that look at it."""

    def __init__(self, side: float, cell: float, radius: float, clients: int) -> None:
        self._cell = cell
        self._across = ceil(side / cell)
        count = self._across**2
        self._watched = [self._around(home, radius) for home in range(count)]
        self._watchers: list[set[int]] = [set() for _ in range(count)]
        self._homes = [-1] * clients
        self._cell_of = np.full(0, -1)
        self._members: list[set[int]] = [set() for _ in range(count)]
        self.entering: dict[int, set[int]] = {}
        self.leaving: dict[int, set[int]] = {}
        self._moved: list[bytes] = []
        self._nudged: list[bytes] = []

    def update(
        self, x: NDArray[np.float64], y: NDArray[np.float64], motion: MotionColumns, places: NDArray[np.void]
    ) -> None:
        """A tick: where everybody is (the first entities are the clients' own), what moved, and everybody's `moved` record."""
        before = self._cell_of
        now = self._cells_of(x, y)
        self.entering, self.leaving = {}, {}
        crossed = np.flatnonzero(now != before) if len(before) else np.arange(len(now))
        self._cross(crossed.tolist(), before, now)
        self._look(now[: len(self._homes)].tolist())
        came = np.zeros(len(now), np.bool_)
        came[crossed] = True
        steps = ~came[motion.nudged.slots]
        nudged = Column(motion.nudged.slots[steps], motion.nudged.records[steps])
        absolute = np.union1d(motion.moved.slots, crossed)
        self._moved = self._pieces(Column(absolute, places[absolute]), now)
        self._nudged = self._pieces(nudged, now)
        self._cell_of = now

    def moves_of(self, client: int) -> tuple[bytes, bytes]:
        """What a client is sent: its `moved` and `nudged` columns."""
        watched = self._watched[self._homes[client]]
        return b"".join(map(self._moved.__getitem__, watched)), b"".join(
            map(self._nudged.__getitem__, watched)
        )

    def sees(self, client: int) -> set[int]:
        """The entities in all cells that a client watches."""
        return set().union(*(self._members[cell] for cell in self._watched[self._homes[client]]))

    def _cells_of(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        size, across = self._cell, self._across
        column = np.clip((x / size).astype(np.int64), 0, across - 1)
        row = np.clip((y / size).astype(np.int64), 0, across - 1)
        now = row * across + column
        if not len(self._cell_of):
            return now
        middle_x = (self._cell_of % across + 0.5) * size
        middle_y = (self._cell_of // across + 0.5) * size
        reach = (0.5 + MARGIN) * size
        stays = (np.abs(x - middle_x) <= reach) & (np.abs(y - middle_y) <= reach)
        return np.where(stays, self._cell_of, now)

    def _cross(self, crossed: list[int], before: NDArray[np.int64], now: NDArray[np.int64]) -> None:
        """Those who watch one of an entity's two cells only see it come or go."""
        for entity in crossed:
            to = int(now[entity])
            old: set[int] = set()
            if len(before):
                self._members[before[entity]].discard(entity)
                old = self._watchers[before[entity]]
            self._members[to].add(entity)
            for client in self._watchers[to] - old:
                self.entering.setdefault(client, set()).add(entity)
            for client in old - self._watchers[to]:
                self.leaving.setdefault(client, set()).add(entity)

    def _look(self, homes: list[int]) -> None:
        """Clients that have come to another cell see whole cells come and go."""
        for client, (then, home) in enumerate(zip(self._homes, homes, strict=True)):
            if then == home:
                continue
            old = set(self._watched[then]) if then >= 0 else set()
            new = set(self._watched[home])
            self._homes[client] = home
            for cell in new - old:
                self._watchers[cell].add(client)
                self.entering.setdefault(client, set()).update(self._members[cell])
            for cell in old - new:
                self._watchers[cell].discard(client)
                self.leaving.setdefault(client, set()).update(self._members[cell])
            both = self.entering.get(client, set()) & self.leaving.get(client, set())
            if both:  # its cell and the client's changed in one tick: settled by where it is now
                seen = self.sees(client)
                self.leaving[client] -= both & seen
                self.entering[client] -= both - seen

    def _pieces(self, column: Column, cells: NDArray[np.int64]) -> list[bytes]:
        """A column's records, cell by cell."""
        of = cells[column.slots]
        order = np.argsort(of, kind="stable")
        data = column.records[order].tobytes()
        ends = np.searchsorted(of[order], np.arange(self._across**2 + 1)) * column.records.dtype.itemsize
        return [data[start:end] for start, end in pairwise(ends.tolist())]

    def _around(self, home: int, radius: float) -> Sequence[int]:
        """The cells that may have something within the radius of somebody who is in `home`."""
        row, column = divmod(home, self._across)
        reach = radius / self._cell + 2 * MARGIN
        most = ceil(reach) + 1
        return [
            j * self._across + i
            for j in range(max(0, row - most), min(self._across, row + most + 1))
            for i in range(max(0, column - most), min(self._across, column + most + 1))
            if max(0, abs(i - column) - 1) ** 2 + max(0, abs(j - row) - 1) ** 2 < reach**2
        ]
