"""Packed dumps are compared as decoded ones are, and cost little whatever they are made of."""

import tracemalloc
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from ecs.first_difference import first_difference
from net.lockstep.differing import MAX_ENTRIES, MAX_PIECE, difference_of
from net.lockstep.dumps import DumpUnreadable, pack_dump
from net.lockstep.inquest import Inquest
from net.text import is_plain
from tests.fuzz.foreign import anything_of_messagepack, values_of_messagepack
from tests.net.lockstep.test_inquest import report, send, verdict

NAMES = st.sampled_from(["1", "2", "10", "Body", "hp", "x"])
VALUES = st.none() | st.integers(0, 3) | st.floats(0, 1) | st.lists(st.integers(0, 3), max_size=3)
ENTITIES = st.dictionaries(NAMES, st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES)), max_size=3)
DUMPS = st.fixed_dictionaries(
    {"generation": st.just(9), "entities": ENTITIES, "resources": ENTITIES}, optional={"score": VALUES}
)
EXTS = (("x", Ext(5, b"a")), ("y", 1))
BOMB = b"\xdd" + (8_000_000).to_bytes(4, "big") + b"\x90" * 8_000_000
"""A list of eight million empty lists: 8 kB packed, 600 MB decoded."""


@given(DUMPS, DUMPS)
@settings(deadline=None)
def test_it_finds_what_is_found_in_decoded_dumps(ours: Any, theirs: Any) -> None:
    """The piecemeal comparison names the same entity, component, field and values as that of the whole states."""
    found, whole = difference_of(pack_dump(ours), pack_dump(theirs)), first_difference(ours, theirs)
    assert str(found) == str(whole)
    assert (found is None) == (whole is None)


DUMPED = anything_of_messagepack | st.builds(
    lambda name, value: msgspec.msgpack.encode({"entities": {"1": {"A": {name: value}}}}),
    st.sampled_from(["x", "\u202e", "\n"]),
    values_of_messagepack,
)


@given(DUMPED, DUMPED)
def test_what_is_told_of_any_dumps_is_a_line_of_text(ours: bytes, theirs: bytes) -> None:
    """Ext, times and odd keys are compared by what they are, and told to all: nothing of the server's memory is in it."""
    try:
        told = str(difference_of(zlib.compress(ours), zlib.compress(theirs)))
    except DumpUnreadable as unreadable:
        told = str(unreadable)
    assert is_plain(told) and " at 0x" not in told and len(told) < 600


def test_an_equal_ext_is_no_difference() -> None:
    """The same bytes written in another order of fields."""
    ours, theirs = ({"resources": {"A": dict(pairs)}} for pairs in (EXTS, EXTS[::-1]))
    assert difference_of(pack_dump(ours), pack_dump(theirs)) is None
    other = {"resources": {"A": {"x": Ext(5, b"b"), "y": 1}}}
    assert "('ext', 5, b'a') here and ('ext', 5, b'b') there" in str(
        difference_of(pack_dump(ours), pack_dump(other))
    )


def test_another_way_of_writing_the_same_is_no_difference() -> None:
    """Entities in another order, and numbers in more bytes than they need, are the same state."""
    ours = msgspec.msgpack.encode({"entities": {"1": {"A": {"x": 1}}, "2": {"A": {"x": 2}}}})
    theirs = b"\x81\xa8entities\x82\xa12\x81\xa1A\x81\xa1x\xcd\x00\x02\xa11\x81\xa1A\x81\xa1x\x01"
    assert difference_of(zlib.compress(ours), zlib.compress(theirs)) is None


@pytest.mark.parametrize(
    "place",
    [
        b"%b",
        b"\x81\xa8entities%b",
        b"\x81\xa8entities\x81\xa11%b",
        b"\x82\xa8entities\x81\xa11\x81\xa1A\x81\xa1x\x01\xa1x%b",
    ],
)
def test_a_bomb_is_not_decoded(place: bytes) -> None:
    """Eight kilobytes that would become hundreds of megabytes are refused in words, wherever they are."""
    small = pack_dump({"entities": {"1": {"A": {"x": 1}}}})
    tracemalloc.start()
    with pytest.raises(DumpUnreadable, match=str(MAX_PIECE)):
        difference_of(zlib.compress(place.replace(b"%b", BOMB)), small)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 64 * 1_048_576


def test_too_many_entities_are_refused() -> None:
    """A million entities would be as many objects: no more than MAX_ENTRIES are looked at."""
    count = MAX_ENTRIES + 1
    entries = b"".join(b"\xce%b\x80" % each.to_bytes(4, "big") for each in range(count))
    many = b"\x81\xa8entities\xdf" + count.to_bytes(4, "big") + entries
    with pytest.raises(DumpUnreadable, match="65536"):
        difference_of(zlib.compress(many), pack_dump({}))


@pytest.mark.parametrize("depth", [100, 500, 980, 5_000])
def test_what_nests_deeply_ends_no_room(depth: int) -> None:
    """A report is made of a dump of hundreds of lists in each other, and nothing is raised."""
    nested = b"\x81\xa8entities\x81\xa11\x81\xa1a\x81\xa1b" + b"\x91" * depth
    inquest = Inquest(verdict({0: 1, 1: 2}, None), [0, 1], 0.0)
    for who, value in ((0, b"\x01"), (1, b"\x02")):
        inquest.part(who, 9, 0, 1, zlib.compress(nested + value), 0.0)
    assert report(inquest).difference


def test_an_engine_may_have_states_of_any_shape() -> None:
    """What is neither entity nor resource is named too: an engine of somebody's own has what it likes."""
    inquest = Inquest(verdict({0: 1, 1: 2}, None), [0, 1], 0.0)
    send(inquest, 0, {"count": 3, "given": {"ada": 1}})
    send(inquest, 1, {"count": 3, "given": {"ada": 2}})
    told = report(inquest)
    assert (told.component, told.field) == ("given", "ada")
    assert "given.ada is 1 here and 2 there" in told.difference
