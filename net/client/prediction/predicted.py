"""What a prediction shows, and how well it does."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

KEPT_SIZES = 1_000
Shown = tuple[int, dict[str, list[Any]], int | None]
"""An entity: its id (the server's; below 0 while the server has not told it), its components by name with their fields in order,
and, of one that a predicted rule has spawned, a key that stays the same when the server tells it."""


class Predicted(Struct, frozen=True, array_like=True):
    """The predicted entities at the end of client tick `tick`, blended: world units, units a second, radians.

    `gone` are ids of the server's that are predicted to be gone, as long as the server still shows them. `error` is by how many
    units the last comparison was wrong, `corrected` how many corrections there were, `pending` how many inputs the server has
    not answered. `events` are what own predicted rules emitted in this tick: (name, fields). `hint` says why it is wrong all the
    time, where it is.
    """

    tick: int
    last_input: int
    entities: list[Shown]
    gone: list[int]
    error: float
    corrected: int
    pending: int
    events: list[tuple[str, list[Any]]]
    hint: str = ""


@dataclass(slots=True)
class Statistics:
    """Since the prediction began; distances in world units."""

    compared: int = 0
    """States of the server's that were compared with what was predicted for their tick."""
    corrected: int = 0
    """Of those, how many led to a correction."""
    error: float = 0.0
    """The distance of the last comparison."""
    largest: float = 0.0
    """The largest correction of an own entity's place that was not a snap."""
    sizes: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_SIZES))
    """By how much own entities were put somewhere else, the last times; without what was snapped."""
    snapped: int = 0
    """Corrections that were too large to be blended: teleports."""
    replayed: int = 0
    """Ticks that were computed again."""
    pending: int = 0
    matched: int = 0
    """Predicted spawns that the server confirmed."""
    mistaken: int = 0
    """Predicted spawns that the server did not confirm."""
    hint: str = ""
    """While it is wrong in most states: in what, and what that may come from."""

    def clear(self) -> None:
        """Begin to count anew."""
        begun = Statistics(pending=self.pending)
        for name in self.__slots__:
            setattr(self, name, getattr(begun, name))
