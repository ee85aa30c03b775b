"""The two encodings carry the same messages and refuse everything else as the peer's fault."""

from typing import Any

import msgspec
import pytest

from net.codec import CODECS, JSON, MESSAGEPACK, VELOCITY_LAYOUT, Codec
from net.errors import BodyError, RemoteProtocolError
from net.protocol import (
    MAX_DEPTH,
    MAX_ITEMS,
    ClientBundle,
    CloseReason,
    Command,
    Diff,
    Hello,
    Input,
    Ping,
    ServerBundle,
    Sync,
)

BOTH = pytest.mark.parametrize("codec", list(CODECS.values()), ids=list(CODECS))


class Body(msgspec.Struct):
    """A command's body."""

    name: str
    values: Any = None


@BOTH
def test_a_client_bundle_survives_the_journey(codec: Codec) -> None:
    """Every client item decodes to what was encoded."""
    bundle = ClientBundle(7, 6, [Input(7, 3, 1, [-32767, 0, 32767]), Ping(12.5)])
    assert codec.decode_client(codec.encode(bundle)) == bundle


@BOTH
def test_a_server_bundle_survives_the_journey(codec: Codec) -> None:
    """A diff with packed columns decodes in both codecs, to bytes in the one and integers in the other."""
    column = VELOCITY_LAYOUT.pack(5, -1, 2)
    packed = codec.pack(column, VELOCITY_LAYOUT)
    assert packed == ([5, -1, 2] if codec.text else column)
    bundle = ServerBundle(2, 50.0, 1, 0, 7, [Diff(1, 2, [3], [], [], [], packed, [], [])])
    assert codec.decode_server(codec.encode(bundle)) == bundle


@BOTH
@pytest.mark.parametrize(
    "message",
    [
        [9, 1],
        [3, 1, 1, [[99, 1]]],
        [3, 1, 1, [[1, 1, -1]]],
        [3, 1, 1, [[1, 1, 0, 0, [40_000]]]],
        [3, 1, 1, [[1, 1, 0, 0, [0] * 9]]],
        [3, 1, 1, [[4, 1.0]] * (MAX_ITEMS + 1)],
        [3, 1, 1, [], "more"],
        [3, "1", 1, []],
        [2, "now"],
        [2, 1e300],
        [1, 1, "x" * 129],
        [3, 1, 1, [[3, 1, "look", "x", None]]],
        {"tag": 1},
        "hello",
        None,
        [],
    ],
    ids=repr,
)
def test_what_is_no_message_is_malformed(codec: Codec, message: object) -> None:
    """Unknown tags, wrong types, numbers out of bounds, too many items and extra fields cost the sender the connection."""
    with pytest.raises(RemoteProtocolError) as caught:
        codec.decode_client(codec.encode(message))
    assert caught.value.reason is CloseReason.MALFORMED


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_none_are_malformed(number: float) -> None:
    """NaN and the infinities never get in: MessagePack can carry them, JSON has no way to."""
    with pytest.raises(RemoteProtocolError):
        MESSAGEPACK.decode_client(msgspec.msgpack.encode([2, number]))
    with pytest.raises(RemoteProtocolError):
        JSON.decode_client(b"[2,NaN]")


@BOTH
@pytest.mark.parametrize(
    "payload", [b"", b"\xc1", b"\xff" * 40, b"[", b"\x93\x03\x01", '[1,1,"ä'.encode()[:-1]]
)
def test_garbage_is_malformed(codec: Codec, payload: bytes) -> None:
    """Bytes that are no MessagePack or JSON, or not all of it, are the peer's fault."""
    with pytest.raises(RemoteProtocolError):
        codec.decode_client(payload)


def test_ten_thousand_levels_are_too_deep() -> None:
    """Nesting beyond the interpreter's stack is refused, not a crash, also inside a body kept raw."""
    deep = 100_000
    for codec, payload in (
        (MESSAGEPACK, b"\x94\x03\x01\x01\x91\x94\x02\x01\xa1x" + b"\x91" * deep + b"\x01"),
        (JSON, b'[3,1,1,[[2,1,"x",' + b"[" * deep + b"]" * deep + b"]]]"),
        (JSON, b"[" * deep),
    ):
        with pytest.raises(RemoteProtocolError):
            codec.decode_client(payload)


@BOTH
@pytest.mark.parametrize(("levels", "fine"), [(MAX_DEPTH - 1, True), (MAX_DEPTH, False)])
def test_a_body_nests_so_deep_and_no_deeper(codec: Codec, levels: int, fine: bool) -> None:
    """A command's body may nest to MAX_DEPTH and is answered with a reason beyond."""
    value: object = 1
    for _ in range(levels):
        value = [value]
    body = msgspec.Raw(codec.encode({"name": "x", "values": value}))
    if fine:
        assert codec.decode_body(body, Body).values == value
    else:
        with pytest.raises(BodyError, match="deeper"):
            codec.decode_body(body, Body)


@BOTH
def test_a_body_of_the_wrong_type_names_the_place(codec: Codec) -> None:
    """The sentence says which field is wrong."""
    with pytest.raises(BodyError, match="name"):
        codec.decode_body(msgspec.Raw(codec.encode({"name": 5})), Body)


@BOTH
def test_a_command_keeps_its_body_raw(codec: Codec) -> None:
    """A body is decoded with its declared type only, after the command is known."""
    payload = codec.encode([3, 1, 1, [[2, 9, "build", {"name": "barracks"}]]])
    bundle = codec.decode_client(payload)
    assert isinstance(bundle, ClientBundle)
    command = bundle.items[0]
    assert isinstance(command, Command)
    assert codec.decode_body(command.body, Body) == Body("barracks")


@BOTH
def test_a_later_hello_can_be_read_for_its_version(codec: Codec) -> None:
    """Extra fields of a hello are let through, so that it is refused for its version and not as garbage."""
    assert codec.decode_client(codec.encode([1, 2, "token", "", -1, -1.0, 0, -1, "new"])) == Hello(2, "token")
    assert codec.decode_client(codec.encode([2, 5.0])) == Sync(5.0)
