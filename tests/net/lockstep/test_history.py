"""The history of a match: whatever piece is asked for, the same generations; hostile bytes are none."""

import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.lockstep.history import CHUNK, CHUNK_BYTES, History, unpack_masters
from net.protocol import Master


def master(generation: int) -> Master:
    """One of many."""
    return Master(generation, 2, 50, [(0, b"%d" % generation)], max(-1, generation - 3), generation * 7)


def filled(count: int) -> History:
    """With so many generations."""
    history = History()
    for generation in range(count):
        history.add(master(generation))
    return history


@given(st.integers(1, 3 * CHUNK), st.data())
def test_pieces_make_the_whole(count: int, data: st.DataObject) -> None:
    """From any generation to any other, piece after piece, over chunks that are packed and the newest that are not."""
    history = filled(count)
    assert len(history) == count
    first = data.draw(st.integers(0, count - 1))
    end = data.draw(st.integers(first + 1, count))
    found: list[Master] = []
    while len(found) < end - first:
        piece = history.piece(first + len(found), end)
        some = unpack_masters(piece.data)
        assert (piece.first, piece.count) == (some[0].generation, len(some))
        found += some
    assert found == [master(generation) for generation in range(first, end)]
    assert history.last(40, end) == [master(generation) for generation in range(max(0, end - 40), end)]


def test_a_history_that_is_saved_is_the_same() -> None:
    """What `save` gave is loaded by another, which goes on."""
    history, again = filled(CHUNK + 5), History()
    again.load(*history.save())
    for each in (history, again):
        each.add(master(CHUNK + 5))
    assert again.save() == history.save()
    assert len(again) == CHUNK + 6


def test_large_commands_make_short_chunks() -> None:
    """Sixteen players with 8 kB in each generation: no piece is more than a client unpacks, before and after a restart."""
    history, again = History(), History()
    noise = Random(5)
    masters = [
        Master(each, 2, 50, [(player, noise.randbytes(8_192)) for player in range(16)], -1, 0)
        for each in range(300)
    ]
    for each in masters:
        history.add(each)
    again.load(*history.save())
    for kept in (history, again):
        found: list[Master] = []
        while len(found) < len(masters) - 1:
            piece = kept.piece(1 + len(found), len(masters))
            assert len(piece.data) < 2 * CHUNK_BYTES
            found += unpack_masters(piece.data)
        assert found == masters[1:]
        assert kept.last(32, 200) == masters[168:200]


@pytest.mark.parametrize(("first", "end"), [(5, 5), (-1, 3), (10, 20)])
def test_what_is_not_there_is_no_piece(first: int, end: int) -> None:
    """Nothing, and what is beyond the end, raise ValueError."""
    with pytest.raises(ValueError, match="no generation"):
        filled(10).piece(first, end)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_generations(junk: bytes) -> None:
    """A client that is told nonsense knows it."""
    for data in (junk, zlib.compress(junk), zlib.compress(junk)[:-1]):
        with pytest.raises(ValueError, match=r"these are no generations|generations are cut off"):
            unpack_masters(data)
