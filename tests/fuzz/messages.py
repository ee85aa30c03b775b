"""What a peer might send: valid messages as plain arrays, trees that were damaged, bytes that were damaged, anything at all."""

from typing import Any

from hypothesis import strategies as st

from net.codec import CODECS, Codec

Plain = Any

HOSTILE: list[Plain] = [
    None,
    True,
    -1,
    -2,
    2**16,
    2**31,
    2**32,
    2**53 + 1,
    2**63,
    2**64 - 1,
    -(2**63),
    0.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    "\x00",
    "\ud7ff\ue000",
    "x" * 600,
    b"",
    b"\xff\xfe",
    [],
    [[]],
    {},
    {"": {"": {"": []}}},
    [0] * 100,
    [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]],
]
"""Values that are out of somebody's bounds."""

codecs = st.sampled_from(list(CODECS.values()))
ticks = st.one_of(st.integers(-1, 20), st.integers(-1, 2**32 - 1))
times = st.floats(-1e15, 1e15, allow_nan=False)
texts = st.text(max_size=20)
anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(),
        texts,
        st.binary(max_size=20),
        st.sampled_from(HOSTILE),
    ),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def encoded(plain: Plain, codec: Codec) -> bytes:
    """A plain value as bytes of a codec, or nothing where the codec has no bytes for it."""
    try:
        return codec.encode(plain)
    except (ValueError, TypeError, RecursionError, OverflowError):
        return b""


@st.composite
def damaged_trees(draw: st.DrawFn, plain: Plain) -> Plain:
    """A value in which one place is changed, taken out, doubled, or has a stranger before it."""
    if not isinstance(plain, list) or not plain or draw(st.integers(0, 3)) == 0:
        return draw(st.one_of(st.sampled_from(HOSTILE), anything))
    place = draw(st.integers(0, len(plain) - 1))
    damage = draw(st.sampled_from(["inside", "inside", "inside", "remove", "double", "insert"]))
    before, here, after = plain[:place], plain[place], plain[place + 1 :]
    if damage == "remove":
        return [*before, *after]
    if damage == "double":
        return [*before, here, here, *after]
    if damage == "insert":
        return [*before, draw(anything), here, *after]
    return [*before, draw(damaged_trees(here)), *after]


@st.composite
def damaged_bytes(draw: st.DrawFn, payload: bytes) -> bytes:
    """A payload with some bytes changed, cut off, or more behind it."""
    damaged = bytearray(payload)
    for _ in range(draw(st.integers(0, 3))):
        if damaged:
            damaged[draw(st.integers(0, len(damaged) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(damaged)))
    tail = draw(st.sampled_from([b"", b"\x00", b"]", b"\xc1", b" "]))
    return bytes(damaged[:cut] if draw(st.booleans()) else damaged) + tail


@st.composite
def payloads(draw: st.DrawFn, messages: st.SearchStrategy[Plain], codec: Codec) -> bytes:
    """Bytes that a peer might send: mostly nearly valid."""
    how = draw(st.sampled_from(["valid", "valid", "tree", "tree", "bytes", "garbage", "anything"]))
    if how == "garbage":
        return draw(st.binary(max_size=200))
    if how == "anything":
        return encoded(draw(anything), codec)
    message = draw(messages)
    if how == "tree":
        message = draw(damaged_trees(message))
    payload = encoded(message, codec)
    return draw(damaged_bytes(payload)) if how == "bytes" else payload
