"""Interest worked out anew for every player and every slot: what net/replication/interest.py must agree with."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from net.replication.interest import HYSTERESIS, Eyes, Subjects

Pair = tuple[int, int]


class DenseInterest:
    """As Interest, by sets of (row, slot) and one look at each pair, in the same precision."""

    def __init__(self, radius: float) -> None:
        self._enter = np.float32(radius * radius)
        self._leave = np.float32((radius * HYSTERESIS) ** 2)
        self._rows = 0
        self._eyes: dict[int, tuple[np.float32, np.float32]] = {}
        self.seen: set[Pair] = set()
        self.entered: set[Pair] = set()
        self.left: set[Pair] = set()
        self.stays: set[Pair] = set()

    def look(self, rows: int, eyes: Eyes, gone: Sequence[int]) -> None:
        """Where rows look from."""
        self._rows = max(self._rows, rows)
        for row in gone:
            self._eyes.pop(row, None)
        self._eyes.update(zip(eyes.rows.tolist(), zip(eyes.x, eyes.y, strict=True), strict=True))

    def update(self, subjects: Subjects, gone: Sequence[int]) -> None:
        """Look at every pair."""
        lost = {(row, slot) for row, slot in self.seen if slot in gone}
        before = self.seen - lost
        audience = subjects.audience
        now = {
            (row, slot)
            for row, slot in product(self._eyes, range(len(subjects.places.x)))
            if slot not in audience.hidden and self._is_near(subjects, row, slot, (row, slot) in before)
        }
        now |= set(audience.shown) | set(product(range(self._rows), audience.always))
        self.seen, self.stays, self.entered = now, now & before, now - before
        self.left = (before - now) | lost

    def _is_near(self, subjects: Subjects, row: int, slot: int, seen: bool) -> bool:
        square = self.square(subjects, row, slot)
        return bool(square < self._enter or (seen and square < self._leave))

    def square(self, subjects: Subjects, row: int, slot: int) -> np.float32:
        """The squared distance of a row's eye from a slot."""
        x, y = self._eyes.get(row, (np.float32(np.nan), np.float32(np.nan)))
        dx, dy = subjects.places.x[slot] - x, subjects.places.y[slot] - y
        return np.float32(dx * dx + dy * dy)
