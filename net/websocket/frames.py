"""WebSocket frames (RFC 6455, sections 5 to 8), server side, without I/O: bytes in, events out, and the frames to send.

`FrameReader.receive(data)` takes what came from the socket, `next_event()` hands out one event at a time, so that a reader
that has had enough can stop in the middle of a chunk. What the peer does wrong comes as a `Violation` with the close
code to answer; after a `Violation` or a `Closed` nothing more is read. Payloads are unmasked as they arrive: what is kept
is at most a header and the message in progress, which `max_size` bounds.
"""

import codecs
import struct
from typing import NamedTuple

CONTINUATION, TEXT, BINARY = 0x0, 0x1, 0x2
CLOSE, PING, PONG = 0x8, 0x9, 0xA
OPCODES = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))

NORMAL_CLOSURE = 1000
PROTOCOL_ERROR = 1002
NO_STATUS = 1005
ABNORMAL_CLOSURE = 1006
INVALID_DATA = 1007
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012

MAX_CONTROL_PAYLOAD = 125
MAX_REASON_BYTES = MAX_CONTROL_PAYLOAD - 2
SENDABLE_CODES = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))
"""The codes that may stand in a close frame: RFC 6455 section 7.4 and the IANA registry (1012 to 1014)."""

BYTES_PER_FRAGMENT = 64
SPARE_FRAGMENTS = 128
"""A message may have SPARE_FRAGMENTS + max_size / BYTES_PER_FRAGMENT fragments: tiny ones cost us more than their sender."""

_FIN, _RESERVED, _OPCODE = 0x80, 0x70, 0x0F
_MASKED, _LENGTH = 0x80, 0x7F
_CONTROL = 0x8

MAX_SHORT = 125
_SHORT_HEAD = 6
_WHOLE_BINARY = _FIN | BINARY
_MASK_TURNS = 32
_from_bytes = int.from_bytes
_HEAD = struct.Struct("!BBH").pack


class Message(NamedTuple):
    """A whole data message. The bytes of a text are checked UTF-8."""

    payload: bytes
    text: bool


class Ping(NamedTuple):
    """A ping, to be answered by a pong with the same payload."""

    payload: bytes


class Pong(NamedTuple):
    """The answer to a ping of ours, or an unasked one."""

    payload: bytes


class Closed(NamedTuple):
    """The peer's close frame; `code` is NO_STATUS when it gave none."""

    code: int
    reason: str


class Violation(NamedTuple):
    """The peer broke the protocol; `code` is what to close with."""

    code: int
    reason: str


Event = Message | Ping | Pong | Closed | Violation


class _Broken(Exception):
    """Carries a `Violation` out of the parser's depths; never leaves this module."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.violation = Violation(code, reason)


class FrameReader:
    """Turns a client's byte stream into events, however it is cut. `max_size` bounds a message, in bytes."""

    __slots__ = (
        "max_size", "_data", "_at", "_idle", "_ended", "_in_payload", "_final", "_opcode", "_left", "_mask",
        "_control", "_message", "_message_opcode", "_fragments", "_utf8",
    )  # fmt: skip

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self._data = b""
        self._at = 0
        self._idle = True
        """Nothing is pending: no bytes, no frame, no message, no end."""
        self._ended = False
        self._in_payload = False
        self._final = True
        self._opcode = CONTINUATION
        self._left = 0
        self._mask = b""
        self._control = bytearray()
        self._message = bytearray()
        self._message_opcode: int | None = None
        self._fragments = 0
        self._utf8 = codecs.getincrementaldecoder("utf-8")()

    def whole_binary(self, data: bytes) -> bytes | None:
        """The payload, when `data` is exactly one short binary message and nothing was pending: nearly every read is.

        None otherwise: the caller then takes the general way, `receive` and `next_event`.
        """
        size = len(data) - _SHORT_HEAD
        if not self._idle or not 0 <= size <= MAX_SHORT or size > self.max_size:
            return None
        if data[0] != _WHOLE_BINARY or data[1] != _MASKED + size:
            return None
        # as `unmask`, without a call: this is a tenth of what a message costs in Python
        key = _from_bytes((data[2:6] * _MASK_TURNS)[:size], "little")
        return (_from_bytes(data[6:], "little") ^ key).to_bytes(size, "little")

    def receive(self, data: bytes) -> None:
        """Takes bytes from the socket; they are looked at by `next_event`."""
        if not self._ended:
            self._idle = False
            self._data = self._data[self._at :] + data
            self._at = 0

    def next_event(self) -> Event | None:
        """The next event, or None when more bytes are needed or the reading has ended."""
        try:
            while not self._ended:
                if not self._in_payload and not self._read_header():
                    break
                event, complete = self._read_payload()
                if event is not None:
                    return event
                if not complete:
                    break
        except _Broken as broken:
            self._end()
            return broken.violation
        self._data = self._data[self._at :]
        self._at = 0
        self._idle = not (self._ended or self._data or self._in_payload or self._message_opcode is not None)
        return None

    def _end(self) -> None:
        self._ended = True
        self._data = b""
        self._at = 0

    # Headers

    def _read_header(self) -> bool:
        """Reads a header, if it is there in full, and checks it as soon as its first two bytes are."""
        data, at = self._data, self._at
        if len(data) - at < 2:
            return False
        first, second = data[at], data[at + 1]
        self._check_first_bytes(first, second)
        length, at = second & _LENGTH, at + 2
        if length > MAX_CONTROL_PAYLOAD:
            width = 2 if length == 126 else 8
            if len(data) - at < width:
                return False
            length, at = int.from_bytes(data[at : at + width], "big"), at + width
            _check_length(length, width)
        self._check_size(first & _OPCODE, length)
        if len(data) - at < 4:
            return False
        self._begin_frame(first, length, data[at : at + 4])
        self._at = at + 4
        return True

    def _check_first_bytes(self, first: int, second: int) -> None:
        opcode = first & _OPCODE
        if first & _RESERVED:
            raise _Broken(PROTOCOL_ERROR, "A reserved bit is set and no extension was agreed.")
        if opcode not in OPCODES:
            raise _Broken(PROTOCOL_ERROR, f"Opcode {opcode} is reserved.")
        if not second & _MASKED:
            raise _Broken(PROTOCOL_ERROR, "A client's frames must be masked.")
        if opcode & _CONTROL:
            if not first & _FIN:
                raise _Broken(PROTOCOL_ERROR, "A control frame must not be fragmented.")
            if second & _LENGTH > MAX_CONTROL_PAYLOAD:
                raise _Broken(PROTOCOL_ERROR, "A control frame holds at most 125 bytes.")
        elif opcode == CONTINUATION and self._message_opcode is None:
            raise _Broken(PROTOCOL_ERROR, "There is no message to continue.")
        elif opcode != CONTINUATION and self._message_opcode is not None:
            raise _Broken(PROTOCOL_ERROR, "A new message began inside another.")

    def _check_size(self, opcode: int, length: int) -> None:
        if not opcode & _CONTROL and len(self._message) + length > self.max_size:
            raise _Broken(MESSAGE_TOO_BIG, f"A message may have at most {self.max_size} bytes.")

    def _begin_frame(self, first: int, length: int, mask: bytes) -> None:
        self._final, self._opcode, self._left, self._mask = bool(first & _FIN), first & _OPCODE, length, mask
        self._in_payload = True
        if self._opcode & _CONTROL:
            return
        if self._opcode != CONTINUATION:
            self._message_opcode = self._opcode
            self._fragments = 0
        self._fragments += 1
        if self._fragments > SPARE_FRAGMENTS + self.max_size // BYTES_PER_FRAGMENT:
            raise _Broken(POLICY_VIOLATION, "A message came in too many fragments.")

    # Payloads

    def _read_payload(self) -> tuple[Event | None, bool]:
        """Takes what is there of the frame's payload. Returns an event, if one is whole, and whether the frame is."""
        piece = self._data[self._at : self._at + self._left]
        size = len(piece)
        self._at += size
        self._left -= size
        if size:
            piece = unmask(piece, self._mask)
            turn = size % 4
            self._mask = self._mask[turn:] + self._mask[:turn]
        complete = self._left == 0
        if complete:
            self._in_payload = False
        if self._opcode & _CONTROL:
            self._control += piece
            return (self._take_control() if complete else None), complete
        return self._take_data(piece, complete and self._final), complete

    def _take_data(self, piece: bytes, last: bool) -> Message | None:
        text = self._message_opcode == TEXT
        if text:
            self._check_utf8(piece, last)
        if last and not self._message:
            self._message_opcode = None
            return Message(piece, text)
        self._message += piece
        if not last:
            return None
        payload = bytes(self._message)
        self._message = bytearray()
        self._message_opcode = None
        return Message(payload, text)

    def _check_utf8(self, piece: bytes, last: bool) -> None:
        """Fails at the first byte that can't be part of UTF-8, even in the middle of a frame."""
        try:
            self._utf8.decode(piece, last)
        except UnicodeDecodeError:
            raise _Broken(INVALID_DATA, "A text message is not UTF-8.") from None

    def _take_control(self) -> Event:
        payload = bytes(self._control)
        self._control.clear()
        if self._opcode == PING:
            return Ping(payload)
        if self._opcode == PONG:
            return Pong(payload)
        closed = _read_close(payload)
        self._end()
        return closed


def _check_length(length: int, width: int) -> None:
    """RFC 6455 section 5.2: the shortest encoding, and the most significant bit of 64 is 0."""
    if length < (126 if width == 2 else 65_536) or length >= 2**63:
        raise _Broken(PROTOCOL_ERROR, "A frame's length is not encoded in the shortest way.")


def _read_close(payload: bytes) -> Closed:
    if not payload:
        return Closed(NO_STATUS, "")
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or code not in SENDABLE_CODES:
        raise _Broken(PROTOCOL_ERROR, "A close frame has no valid code.")
    try:
        return Closed(code, payload[2:].decode())
    except UnicodeDecodeError:
        raise _Broken(INVALID_DATA, "The reason in a close frame is not UTF-8.") from None


def unmask(payload: bytes, mask: bytes) -> bytes:
    """XORs `payload` with the four bytes of `mask`, repeated: as one big number, the fastest way without C."""
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(payload, "little") ^ key).to_bytes(size, "little")


# Frames to send: a server's are not masked and never fragmented.


def frame_message(payload: bytes, text: bool = False) -> bytes:
    """A data message, framed and ready for any number of sockets."""
    return frame_head(len(payload), text) + payload


def frame_head(size: int, text: bool = False) -> bytes:
    """What stands before a data message of `size` bytes."""
    if 126 <= size < 65_536:
        return _HEAD(_FIN | TEXT if text else _WHOLE_BINARY, 126, size)
    return _head(TEXT if text else BINARY, size)


def frame_ping(payload: bytes) -> bytes:
    """A ping of at most 125 bytes."""
    return _frame(PING, payload)


def frame_pong(payload: bytes) -> bytes:
    """A pong of at most 125 bytes."""
    return _frame(PONG, payload)


def frame_close(code: int, reason: str = "") -> bytes:
    """A close frame; a reason that is too long is cut between two characters.

    NO_STATUS makes an empty one. Raises ValueError for a code that may not be sent.
    """
    if code == NO_STATUS:
        return _frame(CLOSE, b"")
    if code not in SENDABLE_CODES:
        raise ValueError(f"{code} may not stand in a close frame")
    cut = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
    return _frame(CLOSE, code.to_bytes(2, "big") + cut.encode())


def _frame(opcode: int, payload: bytes) -> bytes:
    return _head(opcode, len(payload)) + payload


def _head(opcode: int, size: int) -> bytes:
    if size < 126:
        return bytes((_FIN | opcode, size))
    if size < 65_536:
        return _HEAD(_FIN | opcode, 126, size)
    return bytes((_FIN | opcode, 127)) + size.to_bytes(8, "big")
