"""Hostile, damaged and foreign journal files: an error that names the place, never a crash, never much memory."""

import tracemalloc
import zlib
from io import BytesIO

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from net.drivers.virtual import VirtualRoom
from net.hosted import HostedGame
from net.journal.errors import JournalDamaged, JournalError
from net.journal.packing import MAX_FRAME, FrameWriter, PackedImage, checksum_of
from net.journal.reader import JournalReader
from net.journal.records import HEAD_BYTES, MAGIC, MAX_PAYLOAD, Header, Kind, crc_of, holds_a_record, record
from net.replay.rerun import rerun
from systems.engine import SystemFailed
from tests.effort import examples
from tests.fuzz.fuzzed_game import make_game

HOSTED = HostedGame.of(make_game())


def written() -> bytes:
    """A journal in which something happens."""
    with VirtualRoom(HOSTED, journal=True) as room:
        clients = [room.join(name) for name in ("Ada", "Ben", "Cid")]
        for number in range(30):
            for client in clients:
                key = client.core.schema.inputs.keys[0]
                if number % 2:
                    client.core.inputs.hold(key)
                else:
                    client.core.inputs.release(key)
            clients[number % 3].core.request("post", "chat", {"text": f"line {number}"})
            room.run()
        clients[0].drop()
        room.run(5)
        return bytes(room.journal)


WHOLE = written()
HEADER = JournalReader(BytesIO(WHOLE)).header


def read(data: bytes) -> int:
    """How many frames a file has, read to its end. Raises JournalError for what is wrong."""
    reader = JournalReader(BytesIO(data))
    reader.keyframes()
    count = 0
    for frame in reader.frames():
        count += 1
        if frame.keyframe is not None:
            frame.keyframe.image()
    return count


def forged(*records: tuple[int, bytes], header: Header = HEADER) -> bytes:
    """A file with right checksums and any content."""
    payload = msgspec.msgpack.encode(header)
    seed = crc_of(Kind.HEADER, payload, 0)
    return (
        MAGIC + record(Kind.HEADER, payload, 0) + b"".join(record(kind, data, seed) for kind, data in records)
    )


def keyframe() -> tuple[int, bytes]:
    """The first keyframe of the real file, as a record."""
    first = JournalReader(BytesIO(WHOLE)).keyframes()[0]
    return Kind.KEYFRAME, msgspec.msgpack.encode(first._packed)


def frame(entries: bytes) -> tuple[int, bytes]:
    """A record of these entries."""
    return Kind.TICK, FrameWriter().pack(entries)


FRAMES = read(WHOLE)


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
@examples(300)
def test_a_flipped_byte_is_found_with_its_place(offset: int, flip: int) -> None:
    """No changed byte goes unnoticed, and the place that is named is that of its record."""
    data = bytearray(WHOLE)
    data[offset] ^= flip
    with pytest.raises(JournalError) as error:
        read(bytes(data))
    if isinstance(error.value, JournalDamaged):
        assert error.value.offset <= offset
        assert f"byte {error.value.offset}" in str(error.value)


def test_a_length_that_goes_beyond_the_file_is_no_torn_end() -> None:
    """A flipped bit in a length hides all that follows: that is damage, and not what a crash leaves. So nothing is cut off."""
    frames = list(JournalReader(BytesIO(WHOLE)).frames())
    for each in frames[:-1]:
        data = bytearray(WHOLE)
        data[each.offset + 2] ^= 0x80
        with pytest.raises(JournalDamaged, match="others follow") as error:
            read(bytes(data))
        assert (error.value.offset, error.value.torn) == (each.offset, False)


def test_a_search_for_records_ends() -> None:
    """A file in which a record could begin at every byte does not take minutes."""
    bait = (b"\x00\x00\x10\x00\x02" * 1_000_000)[: 4 * 1024 * 1024]
    assert holds_a_record(bait, 0)


@given(st.integers(0, len(WHOLE)))
@examples(200)
def test_a_file_that_was_cut_is_torn_or_whole(length: int) -> None:
    """A file that ends anywhere reads up to its last whole record, and then says that it is torn, if it is."""
    try:
        assert read(WHOLE[:length]) <= FRAMES
    except JournalError as error:
        assert length < len(MAGIC) if not isinstance(error, JournalDamaged) else error.torn  # noqa: PT017 - it may read


@given(st.binary(max_size=400))
@examples(300)
def test_noise_is_no_journal(data: bytes) -> None:
    """Random bytes, with and without the right beginning, are a JournalError."""
    for each in (data, MAGIC + data, WHOLE[:200] + data):
        with pytest.raises(JournalError):
            read(each)


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=60)), max_size=6))
@example([(Kind.RESUMED, b"\x91\xc0")])
@example([(Kind.KEYFRAME, b"")])
@examples(300)
def test_any_record_with_a_right_checksum(records: list[tuple[int, bytes]]) -> None:
    """Whoever writes the checksums themselves gets no further: an error, or a file that reads."""
    try:
        read(forged(keyframe(), *records))
    except JournalError as error:
        assert str(error)  # noqa: PT017 - whether it raises depends on the records


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=20,
)
ENTRY = st.one_of(
    st.builds(lambda tag, rest: [tag, *rest], st.integers(0, 30), st.lists(PLAIN, max_size=5)),
    st.builds(lambda p, i: [3, p, i, "Eve", b""], st.integers(-1, 70_000), st.text(max_size=4)),
    st.builds(lambda tag, p: [tag, p], st.sampled_from([4, 5, 6]), st.integers(-1, 4)),
    st.builds(lambda tag, p, name, body: [tag, p, 1, name, body], st.sampled_from([7, 8]), st.integers(0, 4),
              st.sampled_from([*HOSTED.game.commands, *HOSTED.game.rpcs, "nothing"]), PLAIN),
    st.builds(lambda event: [11, event, ""], st.sampled_from(["start", "pause", "resume", "finish", "nothing"])),
    st.builds(lambda p, h, a: [1, [], [], [], b"", [[p, 5, h, 0, a]]], st.integers(0, 4), st.integers(0, 9),
              st.lists(st.integers(-40_000, 40_000), max_size=9)),
)  # fmt: skip


@given(st.lists(st.lists(ENTRY, max_size=4), max_size=5))
@examples(200)
def test_hostile_entries_cost_their_reader_an_error(frames: list[list[object]]) -> None:
    """Entries that are well formed and impossible are refused, or run: no other exception leaves a re-run."""
    packer = FrameWriter()
    records = [(int(Kind.TICK), packer.pack(msgspec.msgpack.encode(entries))) for entries in frames]
    reader = JournalReader(BytesIO(forged(keyframe(), *records)))
    try:
        rerun(HOSTED, reader).engine.close()
    except (JournalError, SystemFailed) as error:
        assert str(error)  # noqa: PT017 - whether it raises depends on the entries


@pytest.mark.parametrize("length", [MAX_PAYLOAD, MAX_PAYLOAD + 1, 2**32 - 1])
def test_a_length_takes_no_memory(length: int) -> None:
    """A record that says that it has gigabytes is refused before a byte of it is asked for."""
    data = WHOLE + length.to_bytes(4, "little") + bytes(HEAD_BYTES - 4)
    tracemalloc.start()
    with pytest.raises(JournalDamaged) as error:
        read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.value.offset == len(WHOLE)
    assert peak < 8_000_000


def test_many_keyframes_take_the_memory_of_one() -> None:
    """Who looks for the last keyframe of a long file does not keep the others."""
    kind, payload = keyframe()
    packed = msgspec.msgpack.decode(payload)
    packed[3] = packed[3] + bytes(1_000_000)
    big = [(kind, msgspec.msgpack.encode(packed))] * 40
    reader = JournalReader(BytesIO(forged(*big)))
    tracemalloc.start()
    last = reader.last_keyframe()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert last is not None
    assert peak < 8_000_000


def test_a_bomb_takes_bounded_memory() -> None:
    """A frame and a keyframe that unpack to far more than they may, or than they say, are refused."""
    bomb = b"\x91" + bytes(4 * MAX_FRAME)
    image = zlib.compress(bytes(64_000_000), 9)
    lie = PackedImage(0, checksum_of(b""), 1_000, image)
    for records in ([keyframe(), frame(bomb)], [(int(Kind.KEYFRAME), msgspec.msgpack.encode(lie))]):
        data = forged(*records)
        tracemalloc.start()
        with pytest.raises(JournalDamaged):
            read(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 * MAX_FRAME


def test_a_record_of_another_file_is_none_of_this_one() -> None:
    """Records spliced in from another journal are found, though their own checksums are right there."""
    with VirtualRoom(HOSTED, seed=2, journal=True) as room:
        room.join("Ada")
        room.run(5)
        other = bytes(room.journal)
    reader = JournalReader(BytesIO(other))
    last = list(reader.frames())[-1]
    with pytest.raises(JournalDamaged) as error:
        read(WHOLE + other[last.offset : last.end])
    assert error.value.offset == len(WHOLE)


def test_another_format_is_said() -> None:
    """A journal of a later format is refused by its number."""
    later = msgspec.structs.replace(HEADER, format=2)
    with pytest.raises(JournalError, match="format 2; this version reads 1"):
        JournalReader(BytesIO(MAGIC + record(Kind.HEADER, msgspec.msgpack.encode(later), 0)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"tick_rate": 0},
        {"keyframe_interval": 0},
        {"seats": -1},
        {"seats": 10**6},
        {"created_at": 1e300},
        {"created_at": -1.0},
        {"created_at": float("nan")},
        {"segment": -1},
    ],
)
def test_a_header_that_no_server_writes_is_refused(wrong: dict[str, float]) -> None:
    """Numbers by which somebody would divide, or a date that no calendar has: the file is no journal."""
    with pytest.raises(JournalDamaged, match="the header cannot be read"):
        JournalReader(BytesIO(forged(keyframe(), header=msgspec.structs.replace(HEADER, **wrong))))


@pytest.mark.parametrize(
    "entry", [[20, 0, {}], [21, 0, True], [22, "no"], [23, 1, {}, [0]], [24, 1, 1, 20, [], -1, 0]]
)
def test_entries_of_another_model_are_refused(entry: list[object]) -> None:
    """What only a lock-step room can have had is an error in the journal of a room that is none."""
    file = forged(keyframe(), frame(msgspec.msgpack.encode([entry])))
    with pytest.raises(JournalError, match="a room of the model 'authoritative' has no"):
        rerun(HOSTED, JournalReader(BytesIO(file)))


def test_a_deep_value_is_an_error() -> None:
    """Arrays in arrays in arrays exhaust no stack."""
    deep = b"\x91" * 5_000 + b"\xc0"
    with pytest.raises(JournalDamaged):
        read(forged(keyframe(), frame(deep)))


def test_the_header_is_what_the_room_is() -> None:
    """What one must know to run a journal stands at its beginning."""
    game = HOSTED.game
    assert isinstance(HEADER, Header)
    assert (HEADER.game, HEADER.fingerprint, HEADER.seed) == (game.name, game.fingerprint, 1)
    assert (HEADER.tick_rate, HEADER.keyframe_interval) == (game.tick_rate, game.keyframe_interval)
