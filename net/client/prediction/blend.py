"""Hides corrections: a small one is blended over some ticks, a large one is shown at once (rubber-banding)."""

from math import hypot

Offset = tuple[float, float]


class Blend:
    """By how much each entity is shown beside its true place, less with each tick."""

    def __init__(self, blend_ms: float, snap: float, tick_rate: int) -> None:
        self._ticks = max(1, round(blend_ms * tick_rate / 1000.0)) if blend_ms > 0.0 else 0
        self._snap = snap
        self._offsets: dict[int, tuple[float, float, int]] = {}
        """Entity -> the offset at its correction, and the ticks that are left of it."""

    def offset(self, entity: int) -> Offset:
        """What to add to an entity's true place now."""
        x, y, left = self._offsets.get(entity, (0.0, 0.0, 0))
        return (x * left / self._ticks, y * left / self._ticks) if left else (0.0, 0.0)

    def correct(self, entity: int, x: float, y: float) -> bool:
        """An entity was shown (x, y) beside where it is now known to be. False where that is too far to hide."""
        if hypot(x, y) > self._snap:
            self._offsets.pop(entity, None)
            return False
        if self._ticks and (x or y):
            self._offsets[entity] = (x, y, self._ticks)
        return True

    def tick(self) -> None:
        """A tick more was computed."""
        self._offsets = {
            entity: (x, y, left - 1) for entity, (x, y, left) in self._offsets.items() if left > 1
        }
