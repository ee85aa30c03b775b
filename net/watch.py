"""Which fields of one component changed since they were last sent, and what they are now as they travel."""

from collections.abc import Iterable, Sequence
from math import isfinite
from operator import attrgetter
from typing import Any

from net.columns import NotFinite

Values = list[Any]
Field = tuple[str, float]
"""A field's name and its step; a step of 0 sends the value as it is."""


class Watch:
    """The watched fields of one component type, over the entities that clients see and that have it."""

    def __init__(self, name: str, fields: Sequence[Field]) -> None:
        self._name = name
        self._fields = tuple(fields)
        self._readers = [attrgetter(field) for field, _ in fields]
        self._version = -1
        self._columns: list[list[Any]] = []
        self.known: dict[int, Values] = {}
        """Entity -> its values as last sent."""

    def changes(
        self, version: int, entities: Sequence[int], objects: Sequence[object]
    ) -> list[tuple[int, Values | None]]:
        """(entity, new values or None for removed), by entity. `objects` are the components, parallel to `entities`.

        `version` changes whenever `entities` does. Costs about 25 µs a field for 1,000 entities when nothing changed.
        """
        columns = [[*map(read, objects)] for read in self._readers]
        before, self._columns = self._columns, columns
        if version == self._version:
            if columns == before:
                return []
            return self._changed(self._differing(columns, before), entities, objects)
        self._version = version
        here = set(entities)
        gone: list[tuple[int, Values | None]] = [
            (entity, None) for entity in sorted(self.known) if entity not in here
        ]
        for entity, _ in gone:
            del self.known[entity]
        return gone + self._changed(range(len(entities)), entities, objects)

    def values(self, entity: int, component: object) -> Values:
        """The fields of a component as they travel. Raises NotFinite."""
        return [
            travelling(getattr(component, name), step, f"{self._name}.{name}", entity)
            for name, step in self._fields
        ]

    def _differing(self, columns: list[list[Any]], before: list[list[Any]]) -> Iterable[int]:
        places = {
            place
            for column, old in zip(columns, before, strict=True)
            for place, (new, then) in enumerate(zip(column, old, strict=True))
            if new is not then and new != then
        }
        return sorted(places)

    def _changed(
        self, places: Iterable[int], entities: Sequence[int], objects: Sequence[object]
    ) -> list[tuple[int, Values | None]]:
        changes: list[tuple[int, Values | None]] = []
        for place in places:
            entity = entities[place]
            values = self.values(entity, objects[place])
            if self.known.get(entity) != values:
                self.known[entity] = values
                changes.append((entity, values))
        return changes


def travelling(value: Any, step: float, name: str, entity: int) -> Any:
    """A field's value as it travels: in steps, or as it is."""
    if isinstance(value, float) and not isfinite(value):
        raise NotFinite(name, entity)
    return round(value / step) if step else value
