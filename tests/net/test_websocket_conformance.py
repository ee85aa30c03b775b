"""RFC 6455, case by case in the manner of the Autobahn test suite, as raw bytes against a real server.

Every case runs against a plain ASGI app and against the direct hand-over, each on uvloop and on asyncio's own loop.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.net.socket_kit import (
    BINARY,
    CLOSE,
    CONTINUATION,
    MASK,
    MAX_SIZE,
    PING,
    PONG,
    TEXT,
    Frame,
    RawClient,
    RunningServer,
    close_frame,
    connected,
    direct_echo_app,
    echo_app,
    masked_frame,
    serving,
)

MESSAGE_SIZES = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 131_072]
REFUSED = 1002
END = close_frame(1000)


@dataclass(frozen=True)
class Endpoint:
    """A server and the opcode in which it echoes a text."""

    server: RunningServer
    text: int


@pytest.fixture(
    scope="module",
    params=[("asgi", "uvloop"), ("direct", "uvloop"), ("asgi", "asyncio"), ("direct", "asyncio")],
    ids="-".join,
)
def endpoint(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    kind, loop = request.param
    app = echo_app if kind == "asgi" else direct_echo_app
    with serving(app, loop=loop, ws_max_size=MAX_SIZE) as server:
        yield Endpoint(server, TEXT if kind == "asgi" else BINARY)


Answer = tuple[int, bytes | int]


def ending(endpoint: Endpoint, *frames: bytes, piece: int | None = None) -> list[Answer]:
    """Sends the frames and answers what came back, up to the close frame, of which only the code is told."""
    with connected(endpoint.server) as client:
        _send(client, frames, piece)
        return _rest(client)


def exchange(endpoint: Endpoint, *frames: bytes, count: int, piece: int | None = None) -> list[Answer]:
    """Sends the frames, waits for `count` answers, closes, and answers what came: the answers and nothing else."""
    with connected(endpoint.server) as client:
        _send(client, frames, piece)
        answers = [_answer(client.frame()) for _ in range(count)]
        client.send(close_frame(1000))
        assert _rest(client) == [(CLOSE, 1000)]
        return answers


def _send(client: RawClient, frames: tuple[bytes, ...], piece: int | None) -> None:
    data = b"".join(frames)
    if piece is None:
        client.send(data)
    else:
        client.send_in_pieces(data, piece)


def _rest(client: RawClient) -> list[Answer]:
    *frames, close = client.frames_until_close()
    assert client.rest() == b"", "nothing follows a close frame"
    return [*map(_answer, frames), (CLOSE, close.code)]


def _answer(frame: Frame) -> Answer:
    return frame.opcode, frame.payload


class TestFraming:
    """Autobahn 1: messages of every length class."""

    @pytest.mark.parametrize("size", MESSAGE_SIZES)
    def test_texts_and_binaries_come_back_whole(self, endpoint: Endpoint, size: int) -> None:
        """A message of any length encoding is received and sent in full."""
        payload = b"*" * size
        answers = exchange(endpoint, masked_frame(TEXT, payload), masked_frame(BINARY, payload), count=2)
        assert answers == [(endpoint.text, payload), (BINARY, payload)]

    @pytest.mark.parametrize("piece", [1, 997])
    def test_how_tcp_cuts_a_message_does_not_matter(self, endpoint: Endpoint, piece: int) -> None:
        """A message that arrives in pieces is the same message."""
        payload = bytes(range(256)) * (1 if piece == 1 else 256)
        assert exchange(endpoint, masked_frame(BINARY, payload), count=1, piece=piece) == [(BINARY, payload)]

    def test_many_messages_in_one_segment_come_back_in_order(self, endpoint: Endpoint) -> None:
        """Frames that arrive together are all answered, in their order."""
        payloads = [b"%d" % number for number in range(500)]
        answers = exchange(endpoint, *(masked_frame(BINARY, payload) for payload in payloads), count=500)
        assert answers == [(BINARY, payload) for payload in payloads]

    @pytest.mark.parametrize(
        "head",
        [
            b"\x82\xfe\x00\x7d",  # 125 in 16 bits
            b"\x82\xff" + (65_535).to_bytes(8, "big"),  # 65,535 in 64 bits
            b"\x82\xff" + (2**63).to_bytes(8, "big"),  # the most significant bit
        ],
    )
    def test_a_length_in_a_longer_encoding_than_needed_is_refused(
        self, endpoint: Endpoint, head: bytes
    ) -> None:
        """Only the shortest encoding of a length is valid (section 5.2)."""
        assert ending(endpoint, head + MASK) == [(CLOSE, REFUSED)]

    def test_an_unmasked_frame_is_refused(self, endpoint: Endpoint) -> None:
        """A client must mask (section 5.1)."""
        assert ending(endpoint, masked_frame(TEXT, b"plain", masked=False)) == [(CLOSE, REFUSED)]


class TestPings:
    """Autobahn 2: pings and pongs."""

    @pytest.mark.parametrize("payload", [b"", b"Hello, world!", bytes([0, 255, 254, 253, 0]), b"\xfe" * 125])
    def test_a_ping_is_answered_with_its_payload(self, endpoint: Endpoint, payload: bytes) -> None:
        """The pong carries exactly what the ping did."""
        assert exchange(endpoint, masked_frame(PING, payload), count=1) == [(PONG, payload)]

    def test_a_ping_in_single_bytes_is_answered(self, endpoint: Endpoint) -> None:
        """A control frame may arrive in pieces."""
        assert ending(endpoint, masked_frame(PING, b"\xfe" * 125), END, piece=1)[0] == (PONG, b"\xfe" * 125)

    def test_a_ping_that_is_too_long_is_refused(self, endpoint: Endpoint) -> None:
        """A control frame holds at most 125 bytes."""
        assert ending(endpoint, masked_frame(PING, b"*" * 126)) == [(CLOSE, REFUSED)]

    def test_unasked_pongs_are_ignored(self, endpoint: Endpoint) -> None:
        """A pong that nobody asked for changes nothing."""
        answers = exchange(endpoint, masked_frame(PONG, b"unasked"), masked_frame(PING, b"asked"), count=1)
        assert answers == [(PONG, b"asked")]

    def test_ten_pings_get_ten_pongs_in_order(self, endpoint: Endpoint) -> None:
        """A few pings at once are each answered."""
        pings = [b"ping-%d" % number for number in range(10)]
        answers = exchange(endpoint, *(masked_frame(PING, payload) for payload in pings), count=10)
        assert answers == [(PONG, payload) for payload in pings]

    def test_a_flood_of_pings_ends_the_connection(self, endpoint: Endpoint) -> None:
        """More pings than anybody needs cost their sender the connection: 1008."""
        answers = ending(endpoint, masked_frame(PING) * 1000)
        assert answers[-1] == (CLOSE, 1008)
        assert len(answers) < 400


class TestReserved:
    """Autobahn 3 and 4: reserved bits and opcodes."""

    @pytest.mark.parametrize("reserved", range(1, 8))
    @pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, CLOSE])
    def test_reserved_bits_are_refused(self, endpoint: Endpoint, reserved: int, opcode: int) -> None:
        """No extension was agreed, so no reserved bit may be set; what came before is still answered."""
        frames = (
            masked_frame(BINARY, b"before"),
            masked_frame(opcode, b"", reserved=reserved),
            masked_frame(PING),
        )
        answers = ending(endpoint, *frames)
        assert answers[-1] == (CLOSE, REFUSED)
        assert all(answer == (BINARY, b"before") for answer in answers[:-1])

    @pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
    def test_reserved_opcodes_are_refused(self, endpoint: Endpoint, opcode: int) -> None:
        """An opcode without a meaning ends the connection."""
        assert ending(endpoint, masked_frame(opcode, b"what?")) == [(CLOSE, REFUSED)]


class TestFragments:
    """Autobahn 5: fragmentation."""

    @pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
    def test_a_control_frame_must_not_be_fragmented(self, endpoint: Endpoint, opcode: int) -> None:
        """A control frame with FIN unset is refused."""
        assert ending(endpoint, masked_frame(opcode, fin=False), masked_frame(CONTINUATION)) == [
            (CLOSE, REFUSED)
        ]

    @pytest.mark.parametrize("piece", [None, 1])
    def test_fragments_become_one_message(self, endpoint: Endpoint, piece: int | None) -> None:
        """The pieces of a message are put together, empty ones too."""
        parts = [b"frag", b"", b"ment", b""]
        frames = [
            masked_frame(TEXT if place == 0 else CONTINUATION, part, fin=place == len(parts) - 1)
            for place, part in enumerate(parts)
        ]
        assert exchange(endpoint, *frames, count=1, piece=piece) == [(endpoint.text, b"fragment")]

    def test_a_ping_between_fragments_is_answered_at_once(self, endpoint: Endpoint) -> None:
        """A control frame may come in the middle of a message, and is not delayed by it."""
        answers = exchange(
            endpoint,
            masked_frame(TEXT, b"one", fin=False),
            masked_frame(PING, b"now"),
            masked_frame(CONTINUATION, b"two"),
            count=2,
        )
        assert answers == [(PONG, b"now"), (endpoint.text, b"onetwo")]

    @pytest.mark.parametrize("fin", [True, False])
    def test_a_continuation_of_nothing_is_refused(self, endpoint: Endpoint, fin: bool) -> None:
        """There must be a message to continue."""
        assert ending(endpoint, masked_frame(CONTINUATION, b"?", fin=fin)) == [(CLOSE, REFUSED)]

    def test_a_finished_message_can_not_be_continued(self, endpoint: Endpoint) -> None:
        """After the last fragment a continuation is refused."""
        frames = (
            masked_frame(BINARY, b"1", fin=False),
            masked_frame(CONTINUATION, b"2"),
            masked_frame(CONTINUATION),
        )
        assert ending(endpoint, *frames)[-1] == (CLOSE, REFUSED)

    def test_a_message_can_not_begin_inside_another(self, endpoint: Endpoint) -> None:
        """Messages do not interleave."""
        frames = (masked_frame(TEXT, b"first", fin=False), masked_frame(TEXT, b"second"))
        assert ending(endpoint, *frames) == [(CLOSE, REFUSED)]

    def test_a_flood_of_empty_fragments_ends_the_connection(self, endpoint: Endpoint) -> None:
        """Fragments that add nothing cost their sender the connection, not us our time."""
        count = 2 * (128 + MAX_SIZE // 64)
        frames = masked_frame(BINARY, fin=False) + masked_frame(CONTINUATION, fin=False) * count
        assert ending(endpoint, frames) == [(CLOSE, 1008)]


class TestUtf8:
    """Autobahn 6: text is UTF-8, whatever way it is cut."""

    VALID = "Hello-µ@ßöäüàá-UTF-8!! κόσμε \U0010ffff \ufffe \u0800 \U00010000 \ud7ff\ue000".encode()

    @pytest.mark.parametrize("piece", [None, 1])
    def test_valid_text_comes_back(self, endpoint: Endpoint, piece: int | None) -> None:
        """Every length of UTF-8 sequence is taken, also cut in the middle."""
        answers = exchange(endpoint, masked_frame(TEXT, self.VALID), count=1, piece=piece)
        assert answers == [(endpoint.text, self.VALID)]

    def test_a_character_may_be_cut_by_fragments(self, endpoint: Endpoint) -> None:
        """Fragments of a byte each, with characters of four, are one valid text."""
        frames = [
            masked_frame(CONTINUATION if place else TEXT, self.VALID[place : place + 1], fin=False)
            for place in range(len(self.VALID))
        ]
        answers = exchange(endpoint, *frames, masked_frame(CONTINUATION), count=1)
        assert answers == [(endpoint.text, self.VALID)]

    @pytest.mark.parametrize(
        "invalid",
        [
            b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",  # a surrogate
            b"\xc0\xaf",  # overlong /
            b"\xe0\x80\xaf",
            b"\xf0\x80\x80\xaf",
            b"\xf4\x90\x80\x80",  # past U+10FFFF
            b"\xf8\x88\x80\x80\x80",  # five bytes
            b"\xff",
            b"\xfe",
            b"\x80",  # a lonely continuation byte
            b"\xc3",  # cut short
            b"\xe2\x82",
            b"\xf0\x9f\x98",
        ],
    )
    def test_what_is_not_utf8_is_refused(self, endpoint: Endpoint, invalid: bytes) -> None:
        """Overlong, surrogate, out-of-range and cut sequences close with 1007, whole or in fragments."""
        assert ending(endpoint, masked_frame(TEXT, b"ok " + invalid)) == [(CLOSE, 1007)]
        fragments = (
            masked_frame(TEXT, b"ok " + invalid[:1], fin=False),
            masked_frame(CONTINUATION, invalid[1:]),
        )
        assert ending(endpoint, *fragments) == [(CLOSE, 1007)]

    def test_it_fails_at_the_first_wrong_byte(self, endpoint: Endpoint) -> None:
        """A text that can't become valid is refused before its end has come."""
        whole = masked_frame(TEXT, b"\xf4\x90" + b"-" * 1000)
        assert ending(endpoint, whole[:-500]) == [(CLOSE, 1007)]

    def test_binary_may_be_anything(self, endpoint: Endpoint) -> None:
        """Only text is checked."""
        assert exchange(endpoint, masked_frame(BINARY, b"\xff\xfe\x80"), count=1) == [
            (BINARY, b"\xff\xfe\x80")
        ]


class TestClosing:
    """Autobahn 7: the closing handshake."""

    @pytest.mark.parametrize(
        "code",
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999],
    )
    def test_a_close_is_answered_with_its_code(self, endpoint: Endpoint, code: int) -> None:
        """The code comes back, with or without a reason of up to 123 bytes."""
        assert ending(endpoint, close_frame(code)) == [(CLOSE, code)]
        assert ending(endpoint, close_frame(code, "ü".encode() * 61 + b".")) == [(CLOSE, code)]

    def test_a_close_without_a_code_is_answered_without_one(self, endpoint: Endpoint) -> None:
        """An empty close frame is valid."""
        assert ending(endpoint, masked_frame(CLOSE)) == [(CLOSE, 1005)]

    @pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
    def test_codes_that_may_not_be_sent_are_refused(self, endpoint: Endpoint, code: int) -> None:
        """Reserved and undefined codes are a protocol error."""
        assert ending(endpoint, close_frame(code)) == [(CLOSE, REFUSED)]

    def test_a_close_of_one_byte_is_refused(self, endpoint: Endpoint) -> None:
        """A close frame has two bytes of code or nothing."""
        assert ending(endpoint, masked_frame(CLOSE, b"\x03")) == [(CLOSE, REFUSED)]

    def test_a_reason_that_is_too_long_is_refused(self, endpoint: Endpoint) -> None:
        """Code and reason have 125 bytes."""
        assert ending(endpoint, close_frame(1000, b"*" * 124)) == [(CLOSE, REFUSED)]

    def test_a_reason_that_is_not_utf8_is_refused(self, endpoint: Endpoint) -> None:
        """The reason is text."""
        assert ending(endpoint, close_frame(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80")) == [(CLOSE, 1007)]

    def test_what_follows_a_close_is_ignored(self, endpoint: Endpoint) -> None:
        """A message, a ping and a second close after the first are not answered."""
        frames = (END, masked_frame(TEXT, b"too late"), masked_frame(PING), END)
        assert ending(endpoint, *frames) == [(CLOSE, 1000)]

    def test_a_close_may_come_in_the_middle_of_a_message(self, endpoint: Endpoint) -> None:
        """An unfinished message is dropped."""
        assert ending(endpoint, masked_frame(TEXT, b"unfini", fin=False), END) == [(CLOSE, 1000)]

    def test_a_peer_that_just_hangs_up_leaves_nothing_behind(self, endpoint: Endpoint) -> None:
        """A connection without a close frame ends on our side too."""
        with connected(endpoint.server) as client:
            client.send(masked_frame(BINARY, b"here"))
            assert client.frame() == (BINARY, b"here")
        assert exchange(endpoint, masked_frame(BINARY, b"next"), count=1) == [(BINARY, b"next")]


class TestLimits:
    """Autobahn 9: big messages, and our bound on them."""

    def test_a_message_as_big_as_the_limit_comes_back(self, endpoint: Endpoint) -> None:
        """The limit itself is allowed, in one frame or in fragments of 4 KB."""
        payload = bytes(range(256)) * (MAX_SIZE // 256)
        fragments = [
            masked_frame(CONTINUATION if start else BINARY, payload[start : start + 4096], fin=False)
            for start in range(0, MAX_SIZE, 4096)
        ]
        answers = exchange(
            endpoint, masked_frame(BINARY, payload), *fragments, masked_frame(CONTINUATION), count=2
        )
        assert answers == [(BINARY, payload)] * 2

    def test_a_message_over_the_limit_is_refused_before_it_has_come(self, endpoint: Endpoint) -> None:
        """The header alone is enough for 1009; nothing is stored."""
        head = b"\x82\xff" + (MAX_SIZE + 1).to_bytes(8, "big") + MASK
        assert ending(endpoint, head) == [(CLOSE, 1009)]

    def test_fragments_over_the_limit_are_refused(self, endpoint: Endpoint) -> None:
        """The limit is on the message, not on its fragments."""
        half = b"*" * (MAX_SIZE // 2 + 1)
        frames = (masked_frame(BINARY, half, fin=False), masked_frame(CONTINUATION, half))
        assert ending(endpoint, *frames) == [(CLOSE, 1009)]

    def test_the_reason_reaches_a_client_that_is_still_sending(self, endpoint: Endpoint) -> None:
        """Megabytes that follow a refused frame don't reset the connection before its close frame is read."""
        frames = masked_frame(TEXT, masked=False) + masked_frame(BINARY, b"*" * MAX_SIZE) * 2
        assert ending(endpoint, frames) == [(CLOSE, REFUSED)]
