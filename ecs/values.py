"""Which values are taken from outside: those that have bytes in both encodings, and mean the same to whoever reads them.

MessagePack can say more than JSON (Ext, times, NaN, keys of any kind), JSON more than MessagePack (whole numbers of any size),
and a page reads less than either. What is not in all of them is refused where it comes in, and costs its sender an answer: once
it is in a room, it would cost everybody there.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Any, NamedTuple

INT64 = 2**63 - 1
SAFE_INTEGER = 2**53 - 1
"""The largest whole number of which JavaScript tells all from their neighbours."""
PROTO = "__proto__"
"""A page's decoder of MessagePack refuses a message that has this key."""


class Allowed(NamedTuple):
    """What may be in a value of one kind: `None`, bool, text, finite floats, lists and dicts may always."""

    levels: int
    """How deep lists and dicts may nest."""
    largest: int
    """The largest whole number, in either direction from 0."""
    typed: bool
    """Whether a type that a game has declared says more: then bytes, tuples, and whole numbers as keys, may be in it too."""


TOLD = Allowed(levels=32, largest=INT64, typed=True)
"""What a game may tell of its own: an answer, or what is nested in an event."""


def flaw_of(value: object, allowed: Allowed) -> str:
    """Why a decoded value is not taken, in words for whoever sent it; nothing for one that is."""
    return _flaw((value,), allowed.levels, allowed)


def _flaw(values: Iterable[Any], levels: int, allowed: Allowed) -> str:
    """The first flaw of some values, which stand `levels` above the deepest that there may be."""
    largest = allowed.largest
    for value in values:
        kind = type(value)
        if kind is float:
            flaw = "" if isfinite(value) else "NaN and the infinities may not be sent"
        elif kind is int:
            flaw = "" if -largest <= value <= largest else _too_large(allowed)
        elif kind is str or kind is bool or value is None:
            continue
        elif kind is dict or kind is list:
            flaw = _flaw_inside(value, levels, allowed)
        elif kind is bytes and allowed.typed:
            continue
        elif kind is tuple and allowed.typed:
            flaw = _flaw_inside(value, levels, allowed)
        else:
            flaw = f"{_named(kind)} may not be sent: only null, true, false, numbers, text, lists and maps"
        if flaw:
            return flaw
    return ""


def _flaw_inside(value: Any, levels: int, allowed: Allowed) -> str:
    if levels <= 0:
        return f"it nests deeper than {allowed.levels}"
    if type(value) is dict:
        return _flaw_of_keys(value, allowed) or _flaw(value.values(), levels - 1, allowed)
    return _flaw(value, levels - 1, allowed)


def _flaw_of_keys(value: dict[Any, Any], allowed: Allowed) -> str:
    for key in value:
        kind = type(key)
        if kind is int and allowed.typed:
            if not -allowed.largest <= key <= allowed.largest:
                return _too_large(allowed)
        elif kind is not str:
            return f"a key is text, not {_named(kind)}"
        elif key == PROTO:
            return f"{PROTO!r} is no key"
    return ""


def _too_large(allowed: Allowed) -> str:
    return f"whole numbers go from -{allowed.largest} to {allowed.largest}"


def _named(kind: type) -> str:
    return {type(None): "null", bytes: "binary data", tuple: "an array"}.get(kind, kind.__name__)
