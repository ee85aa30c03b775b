"""The ordered index of one query: parallel columns of entities and components, in the order of entity ids."""

from bisect import bisect_left
from typing import Any

Row = tuple[Any, ...]


class Index:
    """The entities that have all of `types`. esper drops its caches at every spawn; this one is updated in place.

    `entities` (ascending) and `columns` (one list of components for each type) are parallel, live, and for reading
    only; `version` changes whenever they do. A part of the engine that follows an index hangs dicts into `logs`: they
    collect, as keys, the entities whose row was put in or taken out, and their reader clears them.
    """

    __slots__ = ("_rows", "columns", "entities", "logs", "types", "version")

    def __init__(self, types: tuple[type, ...]) -> None:
        self.types = types
        self.entities: list[int] = []
        self.columns: tuple[list[Any], ...] = tuple([] for _ in types)
        self.version = 0
        self.logs: list[dict[int, None]] = []
        self._rows: tuple[Row, ...] | None = ()

    def rows(self) -> tuple[Row, ...]:
        """(entity, component, ...) of all, in id order. A tuple of its own: it stays as it is while systems spawn and
        remove, and is the same object as the last time when nothing changed."""
        if self._rows is None:
            self._rows = tuple(zip(self.entities, *self.columns, strict=True))
        return self._rows

    def put(self, entity: int, components: dict[type, Any]) -> None:
        """Add or replace the row of `entity` if it has all the types."""
        for wanted in self.types:
            if wanted not in components:
                return
        self._changed(entity)
        if not self.entities or entity > self.entities[-1]:
            place = len(self.entities)
        else:
            place = bisect_left(self.entities, entity)
            if self.entities[place] == entity:
                self._take(place)
        self.entities.insert(place, entity)
        for wanted, column in zip(self.types, self.columns, strict=True):
            column.insert(place, components[wanted])

    def drop(self, entity: int) -> None:
        """Take the row of `entity` out, if it is there."""
        place = bisect_left(self.entities, entity)
        if place < len(self.entities) and self.entities[place] == entity:
            self._take(place)
            self._changed(entity)

    def clear(self) -> None:
        """Take all rows out."""
        for entity in self.entities:
            self._changed(entity)
        self.entities.clear()
        for column in self.columns:
            column.clear()

    def _take(self, place: int) -> None:
        del self.entities[place]
        for column in self.columns:
            del column[place]

    def _changed(self, entity: int) -> None:
        self.version += 1
        self._rows = None
        for log in self.logs:
            log[entity] = None
