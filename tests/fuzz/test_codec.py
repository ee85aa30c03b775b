"""Whatever bytes come, a decoder answers with a message or with RemoteProtocolError."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from net.codec import CODECS, Codec
from net.errors import BodyError, RemoteProtocolError
from net.protocol import ClientMessage, CloseReason, ServerMessage
from tests.fuzz import client_messages, server_messages
from tests.fuzz.fuzzed_game import MoveTo, Note, Nothing
from tests.fuzz.messages import anything, codecs, encoded, payloads


def decoded(decode: Any, payload: bytes) -> object:
    """The message, or None where it was the peer's fault; any other exception goes on."""
    try:
        message: object = decode(payload)
    except RemoteProtocolError as error:
        refused = error
    else:
        return message
    assert refused.reason is CloseReason.MALFORMED and refused.sentence
    return None


@given(data=st.data(), codec=codecs)
def test_a_client_message_is_read_or_refused(data: st.DataObject, codec: Codec) -> None:
    """Only the peer's fault escapes, and what is read is a message."""
    payload = data.draw(payloads(client_messages.messages, codec))
    message = decoded(codec.decode_client, payload)
    assert message is None or isinstance(message, ClientMessage)


@given(data=st.data(), codec=codecs)
def test_a_server_message_is_read_or_refused(data: st.DataObject, codec: Codec) -> None:
    """The same for what servers say."""
    payload = data.draw(payloads(server_messages.messages, codec))
    message = decoded(codec.decode_server, payload)
    assert message is None or isinstance(message, ServerMessage)


@given(message=client_messages.messages, codec=codecs)
def test_a_valid_client_message_is_read_and_written_back(message: Any, codec: Codec) -> None:
    """Valid arrays are not refused, and writing what was read gives the same message again."""
    payload = encoded(message, codec)
    if payload:  # some bodies have no bytes in JSON, or none at all
        read = codec.decode_client(payload)
        assert codec.decode_client(codec.encode(read)) == read


@given(message=server_messages.messages, codec=codecs)
def test_a_valid_server_message_is_read_and_written_back(message: Any, codec: Codec) -> None:
    """The same for what servers say."""
    read = codec.decode_server(codec.encode(message))
    assert codec.encode(codec.decode_server(codec.encode(read))) == codec.encode(read)


@given(
    body=st.one_of(st.binary(max_size=100), anything),
    kind=st.sampled_from([Note, MoveTo, Nothing]),
    codec=codecs,
)
def test_a_body_is_of_its_type_or_refused(body: Any, kind: type, codec: Codec) -> None:
    """Whatever a body is, it becomes the declared type or a BodyError."""
    raw = body if isinstance(body, bytes) else encoded(body, codec)
    try:
        read: object = codec.decode_body(Raw(raw), kind)
    except BodyError:
        return
    assert type(read) is kind


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
@pytest.mark.parametrize("depth", [20, 100, 1_000, 100_000])
def test_deep_messages_are_refused_however_deep(codec: Codec, depth: int) -> None:
    """Neither decoder overflows: nested arrays and maps, as a message and as a body."""
    arrays = b"[" * depth + b"]" * depth if codec.text else b"\x91" * depth + b"\x90"
    maps = b'{"a":' * depth + b"1" + b"}" * depth if codec.text else b"\x81\xa1a" * depth + b"\x01"
    for payload in (arrays, maps):
        for decode in (codec.decode_client, codec.decode_server):
            with pytest.raises(RemoteProtocolError):
                decode(payload)
        with pytest.raises(BodyError):
            codec.decode_body(Raw(payload), Note)


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
@pytest.mark.parametrize("depth", [100, 10_000])
def test_a_deep_body_inside_a_good_bundle_does_not_break_the_decoder(codec: Codec, depth: int) -> None:
    """The bundle is refused, or read with the body unread and refused later."""
    deep = b"[" * depth + b"]" * depth if codec.text else b"\x91" * depth + b"\x90"
    head = b'[3,1,-1,[[2,1,"note",' if codec.text else b"\x94\x03\x01\xff\x91\x94\x02\x01\xa4note"
    message: Any = decoded(codec.decode_client, head + deep + (b"]]]" if codec.text else b""))
    if message is not None:
        with pytest.raises(BodyError):
            codec.decode_body(message.items[0].body, msgspec.Raw)
