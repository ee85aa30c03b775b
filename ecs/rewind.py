"""Lag compensation: where entities were some ticks ago, for a rule that asks what a shooter saw.

    game.lag_compensation(Health, milliseconds=300)       places of entities with a Health are kept for so long
    world.seen_by(player).crossed(x0, y0, x1, y1)         what lay on that way in the view that the player had

Clients draw the others a little in the past, between two states that were sent (net/client/view.py), and say with each input how
far back that was. The method is that of Source (Bernier, "Latency Compensating Methods", 2001), without moving anything.

Nobody is met where nobody was: who went farther in a tick than the game's `teleport` was in the one place and then in the other,
who came was nowhere before, and whose body was away since (a Collide that was taken off: who fell and came back) is another one.
"""

from collections import deque
from collections.abc import Iterable
from math import floor, hypot, sqrt
from operator import is_
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ecs.components import Collide, Position
from ecs.declare import LagCompensation
from ecs.errors import SnapshotError, WorldError
from ecs.maths import angle_difference, rotated

if TYPE_CHECKING:
    from ecs.world import World


class Place(NamedTuple):
    """Where an entity was: its centre, and its angle in radians."""

    x: float
    y: float
    angle: float


class Crossing(NamedTuple):
    """An entity on the way; `part` of the way (0 to 1) is before it, which leads to (x, y)."""

    part: float
    entity: int
    x: float
    y: float


class Kept(NamedTuple):
    """The end of a tick: where everything was, and which of it could be met."""

    places: dict[int, Place]
    bodies: frozenset[int]


class _Saved(msgspec.Struct, array_like=True):
    """A tick as `save` gives it. Snapshots of before 2026-11-20 do not say who had a body: then all had one."""

    tick: int
    places: list[tuple[int, float, float, float]]
    bodies: list[int] | None = None


class PlaceHistory:
    """The places at the end of each of the last ticks. A resource: a loaded world looks back as the saved one did."""

    checksum = False  # made of Positions alone, which count in each tick

    def __init__(self, declared: LagCompensation, tick_rate: int) -> None:
        self.types = declared.types
        self.teleport = declared.teleport
        """World units. Whoever went farther in a tick was never in between."""
        self.most = declared.milliseconds * tick_rate / 1000.0
        """How many ticks it looks back at most."""
        self._count = int(self.most) + 2
        self._ticks: deque[tuple[int, Kept]] = deque(maxlen=self._count)
        self._queried: list[object] = []
        self._bodies: frozenset[int] = frozenset()

    def record(self, world: "World") -> None:
        """Keep where everything is at the end of this tick."""
        places: dict[int, Place] = {}
        for of in self.types:
            for entity, _, at in world.query(of, Position):
                places[entity] = Place(at.x, at.y, at.angle)
        self._ticks.append((world.tick, Kept(places, self._bodies_of(world))))

    def _bodies_of(self, world: "World") -> frozenset[int]:
        """Whoever has a Collide. A query gives the same object as the last time when nothing was added or removed."""
        queried: list[tuple[tuple[int, Any, Collide], ...]] = [world.query(of, Collide) for of in self.types]
        if len(queried) != len(self._queried) or not all(map(is_, queried, self._queried)):
            self._queried = [*queried]
            self._bodies = frozenset(entity for rows in queried for entity, *_ in rows)
        return self._bodies

    def keep(self, tick: int, kept: Kept) -> None:
        """On a client: what the server told of the end of a tick. Ticks that it has not told are as the one before."""
        if self._ticks and tick <= self._ticks[-1][0]:
            if tick < self._ticks[-1][0]:
                self._ticks.clear()  # another server, or a room that was set back
            else:
                self._ticks.pop()
        if self._ticks:
            last, before = self._ticks[-1]
            for missing in range(max(last + 1, tick - self._count), tick):
                self._ticks.append((missing, before))
        self._ticks.append((tick, kept))

    def of_tick(self, tick: int) -> Kept | None:
        """Where everything was at the end of a tick; None where that is not kept (any more)."""
        if not self._ticks:
            return None
        place = tick - self._ticks[0][0]
        return self._ticks[place][1] if 0 <= place < len(self._ticks) else None

    def had_body(self, entity: int, first: int, last: int) -> bool:
        """Whether an entity could be met in all of these ticks that are kept."""
        ticks = [self.of_tick(tick) for tick in range(first, last + 1)]
        return all(entity in kept.bodies for kept in ticks if kept is not None)

    @property
    def oldest(self) -> int | None:
        """The oldest tick that is kept."""
        return self._ticks[0][0] if self._ticks else None

    def save(self) -> Any:
        """Plain values."""
        return [
            [tick, [[entity, *place] for entity, place in kept.places.items()], sorted(kept.bodies)]
            for tick, kept in self._ticks
        ]

    def load(self, data: Any) -> None:
        """Take over what `save` gave. Raises SnapshotError."""
        try:
            ticks = msgspec.convert(data, list[_Saved])
        except msgspec.ValidationError as error:
            raise SnapshotError(f"the places of the last ticks cannot be read: {error}") from None
        self._ticks.clear()
        for saved in ticks:
            places = {entity: Place(*at) for entity, *at in saved.places}
            bodies = places if saved.bodies is None else saved.bodies
            self._ticks.append((saved.tick, Kept(places, frozenset(bodies))))


class Past:
    """The world as it was `ago` ticks before now, which need not be a whole number: between two ticks, as clients draw it.

    Only entities that the game's `lag_compensation` names are elsewhere than now. Nothing can be changed by it.
    """

    __slots__ = ("_history", "_world", "ago")

    def __init__(self, world: "World", history: PlaceHistory | None, ago: float) -> None:
        self._world = world
        self._history = history
        oldest = None if history is None else history.oldest
        most = 0.0 if history is None or oldest is None else min(history.most, float(world.tick - oldest))
        self.ago = min(max(ago, 0.0), most)
        """In ticks: 0 is now, and the most is what the game declares."""

    def place(self, entity: int) -> Place | None:
        """Where the entity was; None where it was not there."""
        return self._place(entity, self._world.tick - self.ago)

    def crossed(
        self, x0: float, y0: float, x1: float, y1: float, radius: float = 0.0, *, moving: bool = False
    ) -> list[Crossing]:
        """What is met on the way from (x0, y0) to (x1, y1) by something round of that radius; the first one first.

        Of entities that the game names and that have a Collide now and had one ever since then; its shape is today's. A ray
        meets them where they were; with `moving` the way takes the tick that ended then, in which they moved too: for
        projectiles. Raises WorldError where the game has not declared `game.lag_compensation`: nobody would ever be met.
        """
        if self._history is None:
            raise WorldError(
                "whom a shot meets is asked of entities that game.lag_compensation(...) names; the game has none"
            )
        crossings = []
        box = (min(x0, x1) - radius, min(y0, y1) - radius, max(x0, x1) + radius, max(y0, y1) + radius)
        kept = self._kept()
        for entity, collide in self._bodies():
            if kept is not None and _is_far(entity, max(collide.w, collide.h), box, kept):
                continue
            part = self._part(entity, collide, (x0, y0, x1, y1), radius, moving=moving)
            if part is not None and self._is_same(entity):
                crossings.append(Crossing(part, entity, x0 + (x1 - x0) * part, y0 + (y1 - y0) * part))
        return sorted(crossings)

    def _is_same(self, entity: int) -> bool:
        """Whether its body of now is the one that it had then."""
        now, history = self._world.tick, self._history
        return history is None or self.ago == 0.0 or history.had_body(entity, floor(now - self.ago), now)

    def _kept(self) -> tuple[Kept, ...] | None:
        """The three ticks between which everything is that `crossed` asks for, where all of them are over and kept."""
        history, whole = self._history, floor(self._world.tick - self.ago)
        if history is None or whole + 1 >= self._world.tick:
            return None
        ticks = [history.of_tick(tick) for tick in (whole - 1, whole, whole + 1)]
        known = tuple([kept for kept in ticks if kept is not None])
        return known if len(known) == len(ticks) else None

    def _bodies(self) -> Iterable[tuple[int, Collide]]:
        if self._history is None:
            return ()
        bodies: dict[int, Collide] = {}
        for of in self._history.types:
            bodies.update((entity, collide) for entity, _, collide in self._world.query(of, Collide))
        return bodies.items()

    def _part(
        self,
        entity: int,
        collide: Collide,
        way: tuple[float, float, float, float],
        radius: float,
        *,
        moving: bool,
    ) -> float | None:
        """How much of the way is before the body; None where it is not on it."""
        then = self._world.tick - self.ago
        at = self._place(entity, then)
        if at is None:
            return None
        before = self._before(entity, then, at) if moving else at
        start, end = (way[0] - before.x, way[1] - before.y), (way[2] - at.x, way[3] - at.y)
        if collide.shape == "circle":
            return _into_circle(start, end, radius + collide.w / 2.0)
        return _into_box(_turned(start, at.angle), _turned(end, at.angle), collide, radius)

    def _before(self, entity: int, tick: float, at: Place) -> Place:
        """Where the entity was a tick before it was at a place: there, where it has come by a step, or was not met before."""
        before, history = self._place(entity, tick - 1.0), self._history
        if before is None or self._is_step(before, at):
            return at
        whole = floor(tick - 1.0)
        return before if history is None or history.had_body(entity, whole, whole) else at

    def _is_step(self, first: Place, second: Place) -> bool:
        """Whether it is farther from one place to the other than anything goes in a tick."""
        history = self._history
        return history is not None and hypot(second.x - first.x, second.y - first.y) > history.teleport

    def _place(self, entity: int, tick: float) -> Place | None:
        whole = floor(tick)
        part = tick - whole
        first = self._at(entity, whole)
        if part == 0.0 or first is None:
            return first
        second = self._at(entity, whole + 1)
        if second is None:
            return None
        if self._is_step(first, second):
            return first
        return Place(
            first.x + (second.x - first.x) * part,
            first.y + (second.y - first.y) * part,
            first.angle + angle_difference(first.angle, second.angle) * part,
        )

    def _at(self, entity: int, tick: int) -> Place | None:
        world, history = self._world, self._history
        if history is not None and tick < world.tick and any(world.has(entity, of) for of in history.types):
            kept = history.of_tick(tick)
            if kept is not None:
                return kept.places.get(entity)
        now = world.try_get(entity, Position)
        return None if now is None else Place(now.x, now.y, now.angle)


def _is_far(
    entity: int, reach: float, box: tuple[float, float, float, float], kept: tuple[Kept, ...]
) -> bool:
    """Whether a body was on one side of the box in all of these ticks, so that it was there between them too. A fifth of the
    cost of looking."""
    first, second, third = (each.places.get(entity) for each in kept)
    if first is None or second is None or third is None:
        return False
    left, top, right, bottom = box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach
    return (
        (first.x < left and second.x < left and third.x < left)
        or (first.x > right and second.x > right and third.x > right)
        or (first.y < top and second.y < top and third.y < top)
        or (first.y > bottom and second.y > bottom and third.y > bottom)
    )


def _into_circle(start: tuple[float, float], end: tuple[float, float], radius: float) -> float | None:
    """The first part of the way from start to end that is no further than `radius` from the origin."""
    (x, y), dx, dy = start, end[0] - start[0], end[1] - start[1]
    inside = x * x + y * y - radius * radius
    if inside <= 0.0:
        return 0.0
    along, square = x * dx + y * dy, dx * dx + dy * dy
    root = along * along - square * inside
    if along >= 0.0 or root < 0.0:
        return None
    part = (-along - sqrt(root)) / square
    return part if part <= 1.0 else None


def _into_box(
    start: tuple[float, float], end: tuple[float, float], collide: Collide, radius: float
) -> float | None:
    """Likewise for a box around the origin, grown by the radius on each side (its corners are not rounded)."""
    first, last = 0.0, 1.0
    for at, to, half in (
        (start[0], end[0], collide.w / 2.0 + radius),
        (start[1], end[1], collide.h / 2.0 + radius),
    ):
        way = to - at
        if way == 0.0:
            if not -half <= at <= half:
                return None
            continue
        one, other = (-half - at) / way, (half - at) / way
        first, last = max(first, min(one, other)), min(last, max(one, other))
    return first if first <= last else None


def _turned(point: tuple[float, float], angle: float) -> tuple[float, float]:
    """A point in the frame of a body that is turned by `angle`."""
    return point if angle == 0.0 else rotated(*point, -angle)
