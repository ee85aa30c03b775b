"""Where two snapshots differ: what to look at first when two sides disagree."""

from typing import Any

import msgspec

from ecs.errors import SnapshotError


def difference(ours: bytes, theirs: bytes) -> str:
    """The first thing in which two snapshots of a game differ, in a sentence; empty when they are the same.

    Names the entity, the component and the field, with floats in full. Raises SnapshotError for what is no snapshot.
    """
    if ours == theirs:
        return ""
    a, b = _sections(ours), _sections(theirs)
    for name in ("game", "tick"):
        if a[name] != b[name]:
            return f"{name} is {a[name]!r} here and {b[name]!r} there"
    return (
        _first(a["components"], b["components"])
        or _first(a["resources"], b["resources"])
        or next(
            (f"{name} is {a[name]!r} here and {b[name]!r} there" for name in a if a[name] != b[name]),
            "the bytes differ and the values do not",
        )
    )


def _sections(data: bytes) -> dict[str, Any]:
    try:
        _, _, game, tick, following, random, entities, doomed, components, events, resources = (
            msgspec.msgpack.decode(data)
        )
        values = {
            (entity, name, field): value
            for name, fields, ids, rows in components
            for entity, row in zip(ids, rows, strict=True)
            for field, value in zip(fields, row, strict=True)
        }
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        raise SnapshotError(f"this is no snapshot: {error}") from None
    return {
        "game": game,
        "tick": tick,
        "components": values,
        "resources": {(name,): value for name, value in resources},
        "next entity": following,
        "entities": entities,
        "despawned entities": doomed,
        "waiting events": events,
        "random state": random,
    }


def _first(ours: dict[tuple[Any, ...], Any], theirs: dict[tuple[Any, ...], Any]) -> str:
    for key in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(key, "missing"), theirs.get(key, "missing")
        if repr(mine) != repr(other):  # tells 1 from 1.0 and 0.0 from -0.0, and NaN is like itself
            what = f"entity {key[0]} {key[1]}.{key[2]}" if len(key) > 1 else f"resource {key[0]}"
            return f"{what} is {mine!r} here and {other!r} there"
    return ""
