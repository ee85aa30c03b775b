"""Spliced bundles are, byte for byte, what encoding the whole message gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.bundle import BundleWriter, array_header, whole
from net.codec import CODECS, Codec
from net.protocol import Notice, Pong, RoomState, ServerBundle, ServerItem

items = st.lists(
    st.one_of(
        st.builds(Notice, st.text(max_size=40)),
        st.builds(Pong, st.floats(0, 1e9), st.floats(0, 1e9)),
        st.builds(RoomState, st.just("running.iterating"), st.text(max_size=9)),
    ),
    max_size=40,
)


@pytest.mark.parametrize("codec", list(CODECS.values()), ids=list(CODECS))
@given(
    tick=st.integers(0, 2**32 - 1),
    now=st.floats(0, 1e12),
    last=st.integers(-1, 2**31),
    last_id=st.integers(0, 2**32 - 1),
    lead=st.integers(-32_767, 32_767),
    first=items,
    shared=items,
    own=items,
)
def test_splicing_equals_encoding(
    codec: Codec,
    tick: int,
    now: float,
    last: int,
    last_id: int,
    lead: int,
    first: list[ServerItem],
    shared: list[ServerItem],
    own: list[ServerItem],
) -> None:
    """A bundle joined from ready pieces decodes to, and is, the bundle encoded in one go."""
    writer = BundleWriter(codec, tick, now, [codec.encode(item) for item in shared])
    ready = [codec.encode(item) for item in own]
    state = [codec.encode(item) for item in first]
    assert whole(writer.bundle((last, last_id, lead), state, ready)) == codec.encode(
        ServerBundle(tick, now, last, last_id, lead, first + shared + own)
    )


@pytest.mark.parametrize("count", [0, 15, 16, 65_535, 65_536])
def test_array_headers_grow_with_the_count(count: int) -> None:
    """The header of any length is the one that MessagePack's own encoder writes."""
    codec = CODECS["tickroom.v1"]
    assert codec.encode([0] * count).startswith(array_header(count))
    assert len(codec.encode([0] * count)) == len(array_header(count)) + count
