"""The frame parser as a pure function of bytes: cutting changes nothing, garbage ends in a close, `websockets` agrees."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from net.websocket.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    MESSAGE_TOO_BIG,
    NO_STATUS,
    PING,
    PONG,
    PROTOCOL_ERROR,
    SENDABLE_CODES,
    TEXT,
    Closed,
    Event,
    FrameReader,
    Message,
    Ping,
    Pong,
    Violation,
    frame_close,
    frame_message,
    frame_ping,
    frame_pong,
    unmask,
)
from tests.net.socket_kit import close_frame, masked_frame

MAX_SIZE = 300
UNFINISHED = "incomplete fragmented message"


def read(chunks: Iterable[bytes], max_size: int = MAX_SIZE) -> list[Event]:
    """All events that the chunks hold."""
    reader = FrameReader(max_size)
    events: list[Event] = []
    for chunk in chunks:
        reader.receive(chunk)
        while (event := reader.next_event()) is not None:
            events.append(event)
    return events


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The data, cut at the places."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


payloads = st.binary(max_size=140)
data_frames = st.builds(
    masked_frame,
    st.sampled_from([TEXT, BINARY, CONTINUATION]),
    payloads | st.text(max_size=40).map(str.encode),
    fin=st.booleans(),
)
control_frames = st.builds(masked_frame, st.sampled_from([PING, PONG]), payloads)
closes = st.builds(close_frame, st.sampled_from([1000, 1001, 3000, 4999, 1005, 0]), st.binary(max_size=20))
odd_frames = st.builds(
    masked_frame,
    st.integers(0, 15),
    payloads,
    fin=st.booleans(),
    reserved=st.integers(0, 7),
    masked=st.booleans(),
)
streams = st.lists(
    data_frames | control_frames | closes | odd_frames | st.binary(max_size=12), max_size=12
).map(b"".join)
cuts = st.lists(st.integers(0, 2000), max_size=12)


@given(streams, cuts)
def test_how_the_stream_is_cut_changes_nothing(data: bytes, places: list[int]) -> None:
    """Any chunking of any bytes gives the same events, and single bytes too."""
    whole = read([data])
    assert read(cut(data, places)) == whole
    assert read(data[place : place + 1] for place in range(len(data))) == whole


@given(st.binary(max_size=400))
def test_garbage_ends_in_one_violation_or_close_and_nothing_after(data: bytes) -> None:
    """Arbitrary bytes never raise: there are events, then at most one that ends the reading, with a code to send."""
    events = read([data, b"\x81\x80\x00\x00\x00\x00" * 3])
    assert not any(isinstance(event, Violation | Closed) for event in events[:-1])
    last = events[-1] if events else None
    if isinstance(last, Violation):
        assert last.code in SENDABLE_CODES
        assert frame_close(last.code, last.reason)
    if isinstance(last, Closed):
        assert last.code in SENDABLE_CODES | {NO_STATUS}


@given(st.lists(data_frames | control_frames | closes | odd_frames, max_size=8).map(b"".join))
def test_websockets_agrees(data: bytes) -> None:
    """The well-known library reads the same messages, pings and close from the same bytes, or refuses with the same code.

    Two differences are known: it looks at UTF-8 in another order and for data at another level, and it calls a close inside of an
    unfinished message an error, which RFC 6455 does not (and Autobahn 7.1.5 expects a clean close).
    """
    ours, theirs = read([data]), read_by_websockets(data)
    if any(isinstance(event, Violation) and event.code == 1007 for event in [*ours, *theirs]):
        return
    if ours and isinstance(ours[-1], Closed) and theirs[-1] == Violation(PROTOCOL_ERROR, UNFINISHED):
        theirs[-1] = ours[-1]
    assert [_without_reason(event) for event in ours] == [_without_reason(event) for event in theirs]


def read_by_websockets(data: bytes) -> list[Event]:
    """What the `websockets` library reads, as our events."""
    protocol = Protocol(Side.SERVER, state=State.OPEN, max_size=MAX_SIZE)
    protocol.receive_data(data)
    events: list[Event] = []
    message, opcode = b"", Opcode.BINARY
    for frame in protocol.events_received():
        assert isinstance(frame, Frame)
        if frame.opcode is Opcode.PING:
            events.append(Ping(bytes(frame.data)))
        elif frame.opcode is Opcode.PONG:
            events.append(Pong(bytes(frame.data)))
        elif frame.opcode is Opcode.CLOSE:
            assert protocol.close_rcvd is not None
            events.append(Closed(protocol.close_rcvd.code, protocol.close_rcvd.reason))
        else:
            opcode = frame.opcode if frame.opcode is not Opcode.CONT else opcode
            message += bytes(frame.data)
            if frame.fin:
                events.append(Message(message, opcode is Opcode.TEXT))
                message = b""
    if protocol.parser_exc is not None:
        assert isinstance(protocol.parser_exc, ProtocolError | PayloadTooBig | UnicodeDecodeError | EOFError)
        code = protocol.close_sent.code if protocol.close_sent else PROTOCOL_ERROR
        events.append(Violation(code, str(protocol.parser_exc)))
    return events


def _without_reason(event: Event) -> Event:
    """How a violation is worded is each library's own."""
    return event._replace(reason="") if isinstance(event, Violation) else event


@given(st.binary(max_size=140), st.binary(min_size=1, max_size=10))
def test_the_short_cut_reads_what_the_general_way_reads(payload: bytes, more: bytes) -> None:
    """A whole short binary message gives the same payload by `whole_binary`; anything else is left to the general way."""
    frame = masked_frame(BINARY, payload)
    short = FrameReader(MAX_SIZE).whole_binary(frame)
    assert short == (payload if len(payload) <= 125 else None)
    assert read([frame]) == [Message(payload, False)]
    assert FrameReader(MAX_SIZE).whole_binary(frame + more) is None or len(frame + more) == len(frame)


@pytest.mark.parametrize(
    "before",
    [
        masked_frame(BINARY, b"part", fin=False),
        masked_frame(BINARY, b"whole")[:-1],
        b"\x82",
        masked_frame(3),
    ],
)
def test_the_short_cut_waits_its_turn(before: bytes) -> None:
    """In the middle of a frame or a message, and after the end, a whole message is not taken by the short cut."""
    reader = FrameReader(MAX_SIZE)
    reader.receive(before)
    while reader.next_event() is not None:
        pass
    assert reader.whole_binary(masked_frame(BINARY, b"me first")) is None


def test_the_short_cut_keeps_the_size_limit() -> None:
    """A message over the limit is left to the general way, which refuses it."""
    frame = masked_frame(BINARY, b"*" * 11)
    assert FrameReader(10).whole_binary(frame) is None
    assert [event.code for event in read([frame], 10) if isinstance(event, Violation)] == [MESSAGE_TOO_BIG]


def test_events_can_be_left_for_later() -> None:
    """A reader that stops between two events of a chunk loses nothing."""
    reader = FrameReader(MAX_SIZE)
    reader.receive(masked_frame(BINARY, b"1") + masked_frame(BINARY, b"2")[:4])
    assert reader.next_event() == Message(b"1", False)
    reader.receive(masked_frame(BINARY, b"2")[4:] + masked_frame(PING, b"3"))
    assert [reader.next_event(), reader.next_event(), reader.next_event()] == [
        Message(b"2", False),
        Ping(b"3"),
        None,
    ]


@given(st.binary(max_size=3000), st.binary(min_size=4, max_size=4))
def test_masking_twice_is_nothing(payload: bytes, mask: bytes) -> None:
    """XOR is its own inverse, at every length."""
    masked = unmask(payload, mask)
    assert masked == bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    assert unmask(masked, mask) == payload


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_our_frames_are_read_by_websockets(size: int) -> None:
    """What we frame is what a client's library reads."""
    payload = b"*" * size
    client = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
    client.receive_data(frame_message(payload) + frame_message(payload, text=True))
    client.receive_data(frame_ping(b"a") + frame_pong(b"b") + frame_close(1001, "bye"))
    frames = [event for event in client.events_received() if isinstance(event, Frame)]
    assert [frame.opcode for frame in frames] == [
        Opcode.BINARY,
        Opcode.TEXT,
        Opcode.PING,
        Opcode.PONG,
        Opcode.CLOSE,
    ]
    assert [bytes(frame.data) for frame in frames[:4]] == [payload, payload, b"a", b"b"]
    assert client.close_rcvd is not None and (client.close_rcvd.code, client.close_rcvd.reason) == (
        1001,
        "bye",
    )


@given(st.sampled_from(sorted(SENDABLE_CODES)), st.text(max_size=200))
def test_a_long_reason_is_cut_between_characters(code: int, reason: str) -> None:
    """A close frame always fits, and its reason is always UTF-8 and the beginning of what was given."""
    frame = frame_close(code, reason)
    assert frame[0] == 0x80 | CLOSE and len(frame) == 2 + frame[1] <= 127
    assert reason.startswith(frame[4:].decode())
    assert frame[4:].decode() == reason or len(frame) > 120


@pytest.mark.parametrize("code", [0, 999, 1004, 1006, 1015, 2000, 5000])
def test_we_send_no_code_that_may_not_be_sent(code: int) -> None:
    """Our own mistake is a ValueError, not a broken frame."""
    with pytest.raises(ValueError, match=str(code)):
        frame_close(code)


def test_no_status_is_an_empty_close() -> None:
    """1005 never travels; it means that there is no code."""
    assert frame_close(NO_STATUS) == b"\x88\x00"
