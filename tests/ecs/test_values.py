"""The values that are taken from outside: what is let through has bytes in both encodings, and means the same in each."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from msgspec.msgpack import Ext

from ecs.values import INT64, SAFE_INTEGER, Allowed, flaw_of
from tests.fuzz.foreign import anything_of_messagepack, anything_of_python

STRICT = Allowed(levels=4, largest=SAFE_INTEGER, typed=False)
TYPED = Allowed(levels=4, largest=INT64, typed=True)
KINDS = pytest.mark.parametrize("allowed", [STRICT, TYPED], ids=["strict", "typed"])


@KINDS
@pytest.mark.parametrize(
    ("value", "word"),
    [
        (float("nan"), "infinities"),
        (float("-inf"), "infinities"),
        (2**64, "whole numbers go from"),
        (-(10**30), "whole numbers go from"),
        (Ext(5, b"a"), "Ext may not be sent"),
        (datetime(2026, 11, 21, tzinfo=UTC), "datetime may not be sent"),
        ({None: 1}, "not null"),
        ({True: 1}, "not bool"),
        ({1.0: 1}, "not float"),
        ({b"a": 1}, "not binary data"),
        ({(1,): 1}, "not an array"),
        ({"__proto__": 1}, "'__proto__' is no key"),
        ([[[[[]]]]], "deeper than 4"),
        ({"a": {"a": {"a": {"a": {}}}}}, "deeper than 4"),
    ],
)
@pytest.mark.parametrize(
    "around", [lambda value: value, lambda value: [0, value], lambda value: {"a": value}]
)
def test_foreign_values_are_refused_wherever_they_stand(
    allowed: Allowed, value: object, word: str, around: Any
) -> None:
    """What one of the encodings cannot say, or a page cannot read, is refused by itself, in a list and in a map."""
    assert word in flaw_of(around(value), allowed)


@pytest.mark.parametrize(
    "value", [None, True, 0, -SAFE_INTEGER, SAFE_INTEGER, -0.0, 1e308, "", "\0", [], {}, {"": [[[1]]]}]
)
@KINDS
def test_plain_values_are_taken(allowed: Allowed, value: object) -> None:
    """All that JSON, MessagePack and JavaScript have in common, up to the bounds."""
    assert flaw_of(value, allowed) == ""


@pytest.mark.parametrize("value", [b"a", SAFE_INTEGER + 1, -INT64, {1: 2}, {-INT64: [b""]}, (1, ("a",))])
def test_a_declared_type_may_take_bytes_large_numbers_and_numbers_as_keys(value: object) -> None:
    """Where no type says what comes they are refused: they are something else in JSON or in JavaScript."""
    assert flaw_of(value, STRICT) and flaw_of(value, TYPED) == ""


@given(value=anything_of_python)
def test_what_is_taken_comes_out_the_same_of_both_encodings(value: object) -> None:
    """Strictly: each decodes to the value, and so does one encoding of the other. With a type: both can say it."""
    if flaw_of(value, STRICT) == "":
        packed, text = msgspec.msgpack.encode(value), msgspec.json.encode(value)
        assert msgspec.msgpack.decode(packed) == msgspec.json.decode(text) == value
        assert msgspec.json.encode(msgspec.msgpack.decode(packed)) == text
    if flaw_of(value, TYPED) == "":
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), strict=False) == value
        msgspec.json.encode(value)


@given(data=anything_of_messagepack)
def test_no_bytes_are_too_much_for_the_walk(data: bytes) -> None:
    """Whatever MessagePack decodes to, the walk ends with a sentence or without, and raises nothing."""
    try:
        value = msgspec.msgpack.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    assert flaw_of(value, STRICT) or flaw_of(value, TYPED) == ""
