"""Where two packed dumps differ, found in bounded time and memory: what clients send may be made to cost as much as it can.

Sections, entities and components that have equal bytes are passed over without being decoded (8 kB of zlib can be 8 MB of
empty lists, which are 600 MB of Python's); of the others a bounded number of bytes is, piece by piece.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec
from msgspec import Raw

from ecs.first_difference import Difference, first_difference
from net.lockstep.dumps import DAMAGED, DumpUnreadable, unpack

MAX_ENTRIES = 65_536
"""Entities, or anything else with a name, in one mapping of a dump that is compared."""
MAX_PIECE = 262_144
"""Bytes of an entity or a resource that are decoded to say what of it differs."""
MAX_DECODED = 2 * 1_048_576
"""Bytes in all; more only where many entities are written otherwise and mean the same."""


def _as_plain(code: int, data: memoryview) -> tuple[str, int, bytes]:
    """An Ext as what can be compared and told: its own `repr` is where it lies in memory."""
    return "ext", code, bytes(data)


_plain = msgspec.msgpack.Decoder(ext_hook=_as_plain)
_mapping = msgspec.msgpack.Decoder(dict[str | int, Raw])
_EMPTY_MAP = Raw(b"\x80")
_NOTHING = Raw(b"")
"""Stands for an entry that one of the two has not."""
_FIXMAP, _MAP16, _MAP32 = 0x80, 0xDE, 0xDF


def difference_of(ours: bytes, theirs: bytes) -> Difference | None:
    """The first value in which two packed dumps differ, as `ecs.first_difference` finds it. Raises DumpUnreadable."""
    left, right = unpack(ours), unpack(theirs)
    if left == right:
        return None
    try:
        return _Comparison().whole(left, right)
    except DAMAGED as error:
        raise DumpUnreadable(f"a dump cannot be read: {error}"[:200]) from None


class _Comparison:
    def __init__(self) -> None:
        self._left = MAX_DECODED

    def whole(self, ours: bytes, theirs: bytes) -> Difference | None:
        mine, other = _entries(ours), _entries(theirs)
        if mine is None or other is None:
            return self._piece((), Raw(ours), Raw(theirs))
        pairs = chain.from_iterable(self._pairs(name, mine, other) for name in _sections(mine, other))
        for path, one, another in pairs:
            if bytes(one) != bytes(another) and (found := self._piece(path, one, another)):
                return found
        return None

    def _pairs(
        self, name: str, mine: Mapping[str, Raw], other: Mapping[str, Raw]
    ) -> Iterator[tuple[tuple[str, ...], Raw, Raw]]:
        """(path, ours, theirs) of a section's entities or resources, in order; of any other section the whole."""
        left, right = (_entries(side.get(name, _EMPTY_MAP)) for side in (mine, other))
        if name not in ("entities", "resources") or left is None or right is None:
            yield (name,), mine.get(name, _NOTHING), other.get(name, _NOTHING)
            return
        for key in sorted(left.keys() | right.keys(), key=_order):
            yield (name, key), left.get(key, _NOTHING), right.get(key, _NOTHING)

    def _piece(self, path: tuple[str, ...], ours: Raw, theirs: Raw) -> Difference | None:
        sizes = len(bytes(ours)), len(bytes(theirs))
        if max(sizes) > MAX_PIECE:
            place = ".".join(path) or "the state"
            raise DumpUnreadable(f"{place[:100]} differs, and has more than {MAX_PIECE} bytes")
        self._left -= sum(sizes)
        if self._left < 0:
            raise DumpUnreadable("the dumps are written in different ways, and too large to be compared")
        return first_difference(_at(path, ours), _at(path, theirs))


def _entries(data: bytes | Raw) -> dict[str, Raw] | None:
    """What a mapping has by name, undecoded; None for what is none. Raises DumpUnreadable for too many."""
    head = bytes(data)[:5]
    kind = head[0] if head else 0
    if kind & 0xF0 == _FIXMAP:
        count = kind & 0x0F
    elif kind in (_MAP16, _MAP32):
        count = int.from_bytes(head[1 : 3 if kind == _MAP16 else 5], "big")
    else:
        return None
    if count > MAX_ENTRIES:
        raise DumpUnreadable(f"a dump has more than {MAX_ENTRIES} entries of one kind")
    return {str(name): value for name, value in _mapping.decode(data).items()}


def _sections(mine: Mapping[str, Raw], other: Mapping[str, Raw]) -> list[str]:
    first = ("generation", "entities", "resources")
    return [*first, *sorted((mine.keys() | other.keys()) - set(first))]


def _at(path: tuple[str, ...], value: Raw) -> Any:
    """A dump of nothing but this."""
    if value == _NOTHING:
        return _at(path[:-1], _EMPTY_MAP)
    decoded = _plain.decode(value)
    for name in reversed(path):
        decoded = {name: decoded}
    return decoded


def _order(key: str) -> tuple[int, int, str]:
    is_number = key.isascii() and key.isdigit() and len(key) < 17
    return (0, int(key), "") if is_number else (1, 0, key)
