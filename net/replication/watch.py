"""Which fields of one component changed since they were last sent, and what they are now as they travel."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import isfinite
from operator import attrgetter
from typing import Any

from net.errors import SceneError
from net.replication.columns import NotFinite

Values = list[Any]
ValueChanges = list[tuple[int, Values | None]]
"""(entity, its new values, or None where it has the component no more)."""
Field = tuple[str, float]
"""A field's name and its step; a step of 0 sends the value as it is."""


LARGEST = 2**63 - 1
"""The largest whole number that travels, in either direction from 0."""


class Watch:
    """The watched fields of one component type, over the entities that clients see and that have it."""

    def __init__(self, name: str, fields: Sequence[Field]) -> None:
        self._name = name
        self._fields = tuple(fields)
        self._readers = [attrgetter(field) for field, _ in fields]
        self._rows: object = None
        self._columns: list[list[Any]] = []
        self.known: dict[int, Values] = {}
        """Entity -> its values as last sent."""

    def scan(self, rows: object, entities: Sequence[int], objects: Sequence[object]) -> ValueChanges:
        """What changed, by reading every object: about 20 µs a field for 1,000 objects when nothing did.

        `objects` are the components, parallel to `entities`; `rows` is another object whenever those lists differ.
        """
        columns = [[*map(read, objects)] for read in self._readers]
        before, self._columns = self._columns, columns
        if rows is not self._rows:
            return self._follow(rows, entities, objects)
        if columns == before:
            return []
        return self._changed(_differing(columns, before), entities, objects)

    def look(
        self, rows: object, entities: Sequence[int], objects: Sequence[object], written: Iterable[int]
    ) -> ValueChanges:
        """As `scan`, for components whose writes are known: only the `written` entities are read."""
        if rows is not self._rows:
            return self._follow(rows, entities, objects)
        seen = sorted(entity for entity in written if entity in self.known)
        return self._changed([bisect_left(entities, entity) for entity in seen], entities, objects)

    def _follow(self, rows: object, entities: Sequence[int], objects: Sequence[object]) -> ValueChanges:
        """Entities have come or gone: compare all of them."""
        self._rows = rows
        here = set(entities)
        gone = sorted(entity for entity in self.known if entity not in here)
        for entity in gone:
            del self.known[entity]
        changed = self._changed(range(len(entities)), entities, objects)
        return [*((entity, None) for entity in gone), *changed]

    def values(self, entity: int, component: object) -> Values:
        """The fields of a component as they travel. Raises NotFinite."""
        return [
            travelling(getattr(component, name), step, f"{self._name}.{name}", entity)
            for name, step in self._fields
        ]

    def _changed(
        self, places: Iterable[int], entities: Sequence[int], objects: Sequence[object]
    ) -> ValueChanges:
        changes: ValueChanges = []
        for place in places:
            entity = entities[place]
            values = self.values(entity, objects[place])
            if self.known.get(entity) != values:
                self.known[entity] = values
                changes.append((entity, values))
        return changes


def _differing(columns: list[list[Any]], before: list[list[Any]]) -> list[int]:
    """The places where any of the columns differs from what it was."""
    places = {
        place
        for column, old in zip(columns, before, strict=True)
        for place, (new, then) in enumerate(zip(column, old, strict=True))
        if new is not then and new != then
    }
    return sorted(places)


class TooLarge(SceneError):
    """A game put a whole number into what clients see that has more than 64 bits, or has them in steps."""

    def __init__(self, name: str, entity: int) -> None:
        super().__init__(f"{name} of entity {entity} does not fit into 64 bits")


def travelling(value: Any, step: float, name: str, entity: int) -> Any:
    """A field's value as it travels: in steps, or as it is. Raises NotFinite or TooLarge."""
    if isinstance(value, float) and not isfinite(value):
        raise NotFinite(name, entity)
    if step:
        steps = value / step
        value = round(steps) if isfinite(steps) else LARGEST + 1
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise TooLarge(name, entity)
    return value
