"""Where two dumps of a lock-step game differ: what a desync report names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MISSING = "(missing)"
TOO_DEEP = "(nested too deeply)"
MAX_TOLD = 120
"""A value, or a name, is told in so many characters."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first value that differs. `entity` is None for a resource, whose name is in `component`; both `component`
    and `field` are empty where something whole is missing or of a wrong shape."""

    entity: int | None
    component: str
    field: str
    ours: Any
    theirs: Any

    def __str__(self) -> str:
        owner = f"entity {self.entity}" if self.entity is not None else "resource"
        place = f"{owner} {_named(self.component)}.{_named(self.field)}".rstrip(".").rstrip()
        return f"{place} is {_told(self.ours)} here and {_told(self.theirs)} there"


def first_difference(ours: Any, theirs: Any) -> Difference | None:
    """The first thing in which two dumps differ, or None: the generation, entities by id, their components and fields by
    name, then resources, then whatever else the dumps of an engine have. Never raises: they come from clients."""
    try:
        return _first(_mapping(ours), _mapping(theirs))
    except RecursionError:
        return Difference(None, "", "", TOO_DEEP, TOO_DEEP)


def _first(mine: Mapping[str, Any], other: Mapping[str, Any]) -> Difference | None:
    if _differ(mine.get("generation"), other.get("generation")):
        return Difference(None, "generation", "", mine.get("generation"), other.get("generation"))
    for section in ("entities", "resources"):
        found = _of_section(section, mine.get(section, {}), other.get(section, {}))
        if found is not None:
            return found
    return _of_section("rest", _rest(mine), _rest(other))


def _rest(dump: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in dump.items() if name not in ("generation", "entities", "resources")
    }


def _of_section(section: str, ours: Any, theirs: Any) -> Difference | None:
    for path, mine, other in _walk(ours, theirs, 3 if section == "entities" else 2):
        if _differ(mine, other):
            entity = int(path[0]) if section == "entities" and path and _is_number(path[0]) else None
            names = (*(path[1:] if entity is not None else path), "", "")
            place, inner_ours, inner_theirs = _inside(mine, other)
            return Difference(entity, names[0], names[1] + place, inner_ours, inner_theirs)
    return None


def _walk(ours: Any, theirs: Any, depth: int) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """(path, ours, theirs) of all values `depth` mappings below, in order; of less where one side has no mapping."""
    if depth == 0 or not isinstance(ours, Mapping) or not isinstance(theirs, Mapping):
        yield (), ours, theirs
        return
    left, right = ({str(key): value for key, value in side.items()} for side in (ours, theirs))
    for key in sorted(left.keys() | right.keys(), key=_order):
        for path, mine, other in _walk(left.get(key, MISSING), right.get(key, MISSING), depth - 1):
            yield (key, *path), mine, other


def _inside(ours: Any, theirs: Any) -> tuple[str, Any, Any]:
    """Further into lists of one length: the place of the first item that differs."""
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            if _differ(mine, other):
                inner, *values = _inside(mine, other)
                return f"[{place}]{inner}", values[0], values[1]
    return "", ours, theirs


def _differ(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        return len(ours) != len(theirs) or any(map(_differ, ours, theirs))
    return type(ours) is not type(theirs) or repr(ours) != repr(theirs)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"generation": value}


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 17


def _order(key: str) -> tuple[int, int, str]:
    return (0, int(key), "") if _is_number(key) else (1, 0, key)


def _named(name: str) -> str:
    """A name of a component or field as people are told it; a client may have made it."""
    text = name if name.isprintable() else repr(name)
    return text if len(text) <= MAX_TOLD else f"{text[:MAX_TOLD]}..."


def _told(value: Any) -> str:
    text = value if value is MISSING else repr(value)
    return text if len(text) <= MAX_TOLD else f"{text[:MAX_TOLD]}..."
