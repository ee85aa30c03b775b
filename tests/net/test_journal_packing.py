"""How frames are packed: whatever a PlainWriter and a FrameWriter write, one reader reads."""

from hypothesis import given, settings
from hypothesis import strategies as st

from net.journal.packing import WORTH_DEFLATE, FrameReader, FrameWriter, PlainWriter

LENGTHS = st.sampled_from(
    [1, 2, 3, 60, 255, 256, WORTH_DEFLATE - 1, WORTH_DEFLATE, WORTH_DEFLATE + 1, 70_000]
)
FRAMES = st.lists(st.tuples(LENGTHS, st.integers(0, 255)), max_size=20)


def frame(size: int, first: int) -> bytes:
    """Some bytes."""
    return bytes((first + place * place) % 256 for place in range(size))


@settings(deadline=None)
@given(frames=FRAMES)
def test_plain_frames_are_one_stream_for_the_reader(frames: list[tuple[int, int]]) -> None:
    """Stored and compressed frames in any order come out as they went in, read one after the other."""
    writer, reader = PlainWriter(), FrameReader()
    given = [frame(*each) for each in frames]
    assert [reader.unpack(writer.pack(each)) for each in given] == given


def test_short_plain_frames_are_no_longer_than_a_header_and_themselves() -> None:
    """Six bytes more than the entries, and long ones are compressed."""
    assert len(PlainWriter().pack(b"x" * 60)) == 66
    assert len(PlainWriter().pack(b"x" * 4_000)) < 100


def test_a_shared_stream_refers_to_what_came_before() -> None:
    """A frame that came before in the same words costs next to nothing: what rooms that simulate gain by their compressor."""
    writer = FrameWriter()
    text = frame(400, 7)
    assert len(writer.pack(text)) > 100
    assert len(writer.pack(text)) < 20
