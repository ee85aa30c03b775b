"""Values that one of the two encodings can say and others cannot read: Ext, times, odd keys, NaN, whole numbers of any size."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from net.codec import Codec

FOREIGN: list[Any] = [
    Ext(5, b"a"),
    Ext(-2, b""),
    datetime(2026, 11, 21, tzinfo=UTC),
    datetime(9999, 12, 31, tzinfo=UTC),
    float("nan"),
    float("inf"),
    float("-inf"),
    b"\xff",
    2**53,
    2**63,
    2**64 - 1,
    -(2**63),
    {None: 1},
    {True: 1},
    {1: 1},
    {1.5: 1},
    {float("nan"): 1},
    {b"a": 1},
    {(1, "a"): 1},
    {"__proto__": 1},
    {"a": {"__proto__": {"toString": 1}}},
]
LARGE: list[Any] = [2**64, 10**30, -(10**30), 10**400]
"""Whole numbers that JSON alone can say."""

_texts = st.text(st.characters(codec="utf-8"), max_size=8)
_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    _texts,
    st.binary(max_size=8),
    st.datetimes(timezones=st.just(UTC)),
    st.builds(Ext, st.integers(-128, 127).filter(lambda code: code != -1), st.binary(max_size=8)),
)
_finite = st.floats(allow_nan=False, allow_infinity=False)
_keys = st.one_of(
    _texts,
    _texts,
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.binary(max_size=4),
    st.tuples(st.integers(0, 3), _texts),
    st.just("__proto__"),
)


def _nested(leaves: st.SearchStrategy[Any], keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )


values_of_messagepack = st.sampled_from(FOREIGN) | _nested(_leaves | st.sampled_from(FOREIGN), _keys)
"""All that MessagePack can say."""
values_of_json = st.sampled_from(LARGE) | _nested(
    st.none() | st.booleans() | st.integers() | _finite | _texts | st.sampled_from(LARGE),
    _texts | st.just("__proto__"),
)
"""All that JSON can say."""
anything_of_python = values_of_messagepack | values_of_json
anything_of_messagepack = values_of_messagepack.map(msgspec.msgpack.encode) | st.binary(max_size=40)


def values_of(codec: Codec) -> st.SearchStrategy[Any]:
    """All that an encoding can say."""
    return values_of_json if codec.text else values_of_messagepack


def as_bytes(value: Any, codec: Codec) -> bytes:
    """As a hostile client writes it: of its codec's own encoder nothing is asked, which has no large numbers."""
    return json.dumps(value).encode() if codec.text else msgspec.msgpack.encode(value)
