"""The test vector of docs/journal.md is what the reader reads and the writer writes."""

import re
from io import BytesIO
from pathlib import Path

from msgspec import Raw, msgpack

from net.journal.entries import Join, Order, Transition
from net.journal.reader import Frame, JournalReader
from net.journal.records import MAGIC
from net.journal.writer import JournalWriter
from net.protocol import Input

PAGE = (Path(__file__).parents[2] / "docs/journal.md").read_text(encoding="utf-8")
VECTOR = [bytes.fromhex(row) for row in re.findall(r"^[a-z ,0-9]+? +([0-9a-f]{18,})$", PAGE, re.MULTILINE)]
WAVE = Raw(msgpack.encode({"to": 2}))


def frames(data: bytes) -> list[Frame]:
    """All frames of a file."""
    return list(JournalReader(BytesIO(data)).frames())


def test_the_vector_is_read() -> None:
    """Header, keyframe, entries, inputs, checksum: what the page says in words."""
    data = b"".join(VECTOR)
    header = JournalReader(BytesIO(data)).header
    assert (header.room_id, header.name, header.game, header.seed, header.seats) == (
        "room",
        "A room",
        "walk",
        7,
        4,
    )
    keyframe, aside, *ticks, checksum, resumed = frames(data)
    assert keyframe.keyframe is not None
    assert keyframe.keyframe.image() == b"image"
    assert aside.entries == (Join(0, "id", "Ada"), Transition("start"))
    assert [frame.entries for frame in ticks] == [
        ([(0, Input(5, 1, 1, [100]))], Order(0, 1, "wave", WAVE)),
        ([(0, Input(6, 1, 0, [100]))],),
        ([(0, Input(7, 1, 0, [98]))],),
        (),
    ]
    assert [frame.tick for frame in ticks] == [1, 2, 3, 4]
    assert (checksum.checksum, resumed.tick) == (0x123456789ABC, 4)


def test_the_vector_is_written() -> None:
    """The writer's records say the same, byte for byte but for what deflate is free to choose."""
    header = JournalReader(BytesIO(b"".join(VECTOR))).header
    writer = JournalWriter()
    written = [writer.begin(header), writer.keyframe(0, b"image")]
    for entry in (Join(0, "id", "Ada"), Transition("start")):
        writer.note(entry)
    written.append(writer.aside())
    writer.hear((0, Input(5, 1, 1, [100])))
    writer.note(Order(0, 1, "wave", WAVE))
    written.append(writer.tick())
    for given in (Input(6, 1, 0, [100]), Input(7, 1, 0, [98])):
        writer.hear((0, given))
        written.append(writer.tick())
    written += [writer.tick(), writer.checksum(4, 0x123456789ABC), writer.resumed(4)]
    assert len(written) == len(VECTOR)
    assert written[0] == VECTOR[0]
    assert written[-3:] == VECTOR[-3:]
    assert [each[4] for each in written[1:]] == [each[4] for each in VECTOR[1:]]
    ours, theirs = frames(b"".join(written)), frames(b"".join(VECTOR))
    assert [(frame.tick, frame.runs, frame.entries) for frame in ours] == [
        (frame.tick, frame.runs, frame.entries) for frame in theirs
    ]
    assert VECTOR[0].startswith(MAGIC)
