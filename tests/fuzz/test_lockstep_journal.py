"""Keyframes of lock-step rooms with any content, their checksums right: an error that names the place, never a crash, an endless
run, or much memory."""

import tracemalloc
import zlib
from functools import cache
from io import BytesIO
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from net.hosted import HostedGame
from net.journal.errors import JournalError
from net.journal.reader import JournalReader
from net.journal.records import Header
from net.journal.writer import JournalWriter
from net.lockstep.history import CHUNK, unpack_masters
from net.lockstep.play import LockstepImage, read_lockstep_image
from net.protocol import Master
from net.replay.lockstep import LockstepVerdict, dump_at, verify_lockstep
from tests.effort import examples
from tests.net.lockstep.match_kit import VirtualLockstep, purses

HOSTED = HostedGame.of(purses())
encode = msgspec.msgpack.encode


@cache
def real() -> tuple[Header, LockstepImage]:
    """Of a match of 300 generations, of which a part is packed."""
    with VirtualLockstep(HOSTED.game, journal=True) as room:
        room.join("Ada")
        room.begin()
        room.run_until(lambda: room.room.tick > 300)
        return JournalReader(BytesIO(room.journal)).header, read_lockstep_image(room.room.play.image())


def of_match(**changes: Any) -> bytes:
    """The keyframe, with another match."""
    image = real()[1]
    assert image.match is not None
    return encode(replace(image, match=replace(image.match, **changes)))


def journal(image: bytes) -> JournalReader:
    """A file whose one keyframe this is."""
    header, writer = real()[0], JournalWriter()
    return JournalReader(BytesIO(writer.begin(header) + writer.keyframe(300, image)))


def verified(image: bytes) -> LockstepVerdict:
    """What is said of it."""
    reader = journal(image)
    return verify_lockstep(reader, HOSTED, end=1 << 40)


def packed(*masters: Master) -> bytes:
    """A chunk of a history."""
    return zlib.compress(encode(masters))


FIRST = Master(0, 2, 50, [], -1, 0)
FORGED: dict[str, dict[str, Any]] = {
    "all of one generation": {"chunks": [], "tail": [encode(FIRST)] * 145},
    "a chunk of one generation": {"chunks": [packed(*[FIRST] * CHUNK)], "tail": []},
    "generations that begin late": {"chunks": [], "tail": [encode(replace(FIRST, generation=1))]},
    "a tail that is none": {"tail": [b"\xc1"]},
    "an empty tail": {"tail": [b""]},
    "a tail that is too long": {
        "chunks": [],
        "tail": [encode(replace(FIRST, generation=at)) for at in range(CHUNK)],
    },
    "a chunk that is not packed": {"chunks": [b"abc"], "tail": []},
    "a chunk of nothing": {"chunks": [zlib.compress(b"")], "tail": []},
    "a chunk of no generations": {"chunks": [zlib.compress(b"\x90")] * 3},
    "a chunk that says it has more": {"chunks": [zlib.compress(b"\xdc\xff\xff")], "tail": []},
    "a chunk of millions": {
        "chunks": [zlib.compress(b"\xdd\x00\x20\x00\x00" + encode(FIRST) * 2**21)],
        "tail": [],
    },
    "a chunk that is cut off": {"chunks": [packed(FIRST)[:-1]], "tail": []},
    "no last generation": {"last": None},
    "another last generation": {"last": FIRST},
    "a last generation of none": {"chunks": [], "tail": [], "last": FIRST},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED.keys())
def test_forged_generations_are_refused_with_their_place(changes: dict[str, Any]) -> None:
    """`--verify` and `--dump` both say where the journal is damaged, with little memory."""
    image = of_match(**changes)
    tracemalloc.start()
    mismatch = verified(image).mismatch
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    offset = next(frame.offset for frame in journal(image).frames() if frame.keyframe is not None)
    assert mismatch is not None
    assert f"damaged at byte {offset}: a keyframe cannot be read" in mismatch.reason
    assert peak < 64 * 2**20
    with pytest.raises(JournalError, match=f"damaged at byte {offset}"):
        dump_at(journal(image), HOSTED, 1 << 40, (1, 299))


def test_the_keyframe_itself_is_right() -> None:
    """As it is, all of its generations run."""
    _, image = real()
    assert image.match is not None
    assert len(unpack_masters(image.match.chunks[0])) == CHUNK
    verdict = verified(encode(image))
    assert (verdict.mismatch, verdict.generations) == (None, CHUNK + len(image.match.tail))


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), st.text(max_size=20), st.binary(max_size=20),
    st.lists(st.integers(0, 3), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2),
)  # fmt: skip


@given(st.data())
@examples(300)
def test_a_keyframe_with_an_odd_value_anywhere_is_no_crash(data: st.DataObject) -> None:
    """It is run, or refused with a sentence."""
    tree = msgspec.msgpack.decode(encode(real()[1]))
    odd_anywhere(tree, data)
    try:
        verdict = verified(encode(tree))
    except JournalError:
        return
    assert verdict.mismatch is None or verdict.mismatch.reason


def odd_anywhere(tree: Any, data: st.DataObject) -> None:
    """One value of a tree becomes another."""
    while True:
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if not isinstance(tree[key], list | dict) or data.draw(st.booleans()):
            tree[key] = data.draw(ODD)
            return
        tree = tree[key]
