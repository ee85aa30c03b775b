"""What happens in a tick, as data: events the systems emit, and to whom each goes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

Scope = Literal["player", "near", "team", "room", "server"]


@dataclass(slots=True, frozen=True)
class Delivery:
    """One event and its audience: `player` (own), `at` (those who see the place), `team`, the room or all rooms."""

    event: Any
    scope: Scope
    player: int = -1
    at: tuple[float, float] | None = None
    team: int = -1


@dataclass(slots=True, frozen=True)
class Joined:
    """A player took a seat; emitted at the start of the tick."""

    player: int
    name: str


@dataclass(slots=True, frozen=True)
class Left:
    """A player gave up the seat for good."""

    player: int
    name: str


@dataclass(slots=True, frozen=True)
class Dropped:
    """A player's connection was lost; the seat is kept."""

    player: int


@dataclass(slots=True, frozen=True)
class Returned:
    """A player came back to the kept seat."""

    player: int


@dataclass(slots=True, frozen=True)
class Contact:
    """Two entities touch, `a` < `b`. Emitted by physics each tick for each pair, ordered by (a, b).

    `phase`: "begin" in the first tick, "stay" in the next ones, "end" in the first tick apart. The normal points from
    `a` to `b`; (x, y) is a point of the contact in world units; `depth` >= 0 is how deep they overlap. A pair with a
    sensor touches without pushing. For "end" and for bodies already gone the numbers are those of the last touch.
    """

    a: int
    b: int
    phase: str
    nx: float
    ny: float
    depth: float
    x: float
    y: float

    def other(self, entity: int) -> int:
        """The other entity of the pair."""
        return self.b if entity == self.a else self.a


@dataclass(slots=True, frozen=True)
class TileContact:
    """The entity `a` touches the tile (tile_x, tile_y): a solid one, a one-way one that holds it, or one with damage or
    a trigger. Emitted by physics each tick for each such tile, after the Contacts, ordered by (a, tile_x, tile_y).

    `kind` is the name of the tile's kind (its key where it has no name), the uppermost that matters; `region` the
    region the tile lies in. `phase` as in Contact. The normal points from the tile to the entity; it is (0, 0) when
    the entity's centre is in the tile. For "end" kind and normal are those of the last touch.
    """

    a: int
    tile_x: int
    tile_y: int
    region: tuple[int, int]
    kind: str
    nx: float
    ny: float
    phase: str


class EventLog:
    """What was emitted in the current tick: in order, by type, and as deliveries for those who are told."""

    __slots__ = ("_by_type", "deliveries")

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self._by_type: dict[type, list[Any]] = {}

    def add(self, delivery: Delivery) -> None:
        """Append an event."""
        self.deliveries.append(delivery)
        self._by_type.setdefault(type(delivery.event), []).append(delivery.event)

    def of(self, event_type: type) -> tuple[Any, ...]:
        """This tick's events of a type so far, in the order they were emitted."""
        return tuple(self._by_type.get(event_type, ()))

    def drop(self, types: Iterable[type], is_dropped: Callable[[Any], bool]) -> None:
        """Forget those of this tick's events of these types."""
        dropped: set[int] = set()
        for of in types:
            dropped |= {id(event) for event in self._by_type.get(of, ()) if is_dropped(event)}
            self._by_type[of] = [event for event in self._by_type.get(of, ()) if id(event) not in dropped]
        self.deliveries = [each for each in self.deliveries if id(each.event) not in dropped]

    def clear(self) -> None:
        """Forget all; the tick is over."""
        self.deliveries = []
        self._by_type.clear()
