"""A hostile client against a real room: only the peer's fault escapes, and it costs nobody but its sender."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.codec import CODECS, MESSAGEPACK, Codec
from net.drivers.virtual import VirtualClient, VirtualRoom
from net.errors import RemoteProtocolError
from net.hosted import HostedGame
from net.players.session import Session, SessionState
from net.players.sessions import token_digest
from net.protocol import MAX_ITEMS, MAX_MESSAGE_BYTES, Answer, CloseReason, Hello
from net.settings import RoomSettings
from tests.fuzz.client_messages import messages
from tests.fuzz.fuzzed_game import make_game
from tests.fuzz.messages import codecs, encoded, payloads

HOSTED = HostedGame.of(make_game())
TOKEN = "token of Mallory"
HELLO = [1, 1, TOKEN, "", -1]
TICK = "tick"
RECONNECT = "reconnect"
STUCK, DRAINED = "stuck", "drained"
IMPATIENT = RoomSettings(
    hello_timeout=100.0,
    silence=300.0,
    seat_kept=150.0,
    reservation=100.0,
    slow_client=200.0,
    max_waiting_items=20,
    snapshot_interval=0.0,
)
"""Every time-out within a few ticks."""


class Mallory:
    """Speaks to the room as the gateway would let anybody: raw payloads, and a new connection after each that was closed."""

    def __init__(self, room: VirtualRoom, codec: Codec) -> None:
        self.virtual = room
        self.codec = codec
        self.reasons: list[CloseReason] = []
        self.sentences: list[str] = []
        self.session = self.connect()

    def connect(self) -> Session:
        """A new connection, whose seat is there unless it was given up."""
        seat = next((seat for seat in self.virtual.room.seats if seat.name == "Mallory"), None)
        if seat is None:
            seat = self.virtual.room.reserve("id", "Mallory", token_digest(TOKEN), self.virtual.now)
        seat.token_hash = token_digest(TOKEN)  # so that the one hello opens it each time
        self.session = self.virtual.room.open(self.codec, self.virtual.now)
        return self.session

    def send(self, payload: bytes) -> list[bytes]:
        """One message; where it was refused the connection is closed as by the gateway, and another one opened."""
        try:
            replies = self.session.receive(payload, self.virtual.now)
        except RemoteProtocolError as error:
            self.reasons.append(error.reason)
            self.sentences.append(error.sentence)
            self.session.lost(self.virtual.now)
            self.connect()
            return []
        if self.session.state is SessionState.CLOSED:
            self.connect()
        return replies


def play(codec: Codec, actions: list[Any], settings: RoomSettings | None = None) -> Mallory:
    """Let Mallory act while Ada plays; Ada must not notice."""
    with VirtualRoom(HOSTED, settings=settings) as room:
        ada = room.join("Ada")
        mallory = Mallory(room, codec)
        for action in actions:
            if action == TICK:
                room.run()
            elif action == RECONNECT:
                mallory.session.lost(room.now)
                mallory.connect()
            elif action in {STUCK, DRAINED}:
                mallory.session.congested = action == STUCK
            else:
                mallory.send(action)
        healthy(room, ada)
        assert all(0 < len(sentence.encode()) <= 123 for sentence in mallory.sentences)
        assert len(mallory.session.waiting) <= len(actions) * MAX_ITEMS
    return mallory


def healthy(room: VirtualRoom, ada: VirtualClient) -> None:
    """Ada plays on: she moves, and sees it."""
    before = ada.me.y
    ada.hold("down")
    room.run(10)
    ada.release("down")
    assert ada.playing and (ada.me.y != before or before > 990.0)


def actions(codec: Codec) -> st.SearchStrategy[list[Any]]:
    """Payloads, most of them after a hello, with ticks, reconnects and a stuck socket between them."""
    hello = codec.encode(HELLO)
    happens = st.sampled_from([hello, TICK, TICK, RECONNECT, STUCK, DRAINED])
    one = st.one_of(payloads(messages, codec), payloads(messages, codec), happens)
    return st.lists(one, max_size=20).map(lambda rest: [hello, *rest])


@given(data=st.data(), codec=codecs)
def test_nothing_that_a_client_sends_harms_the_room(data: st.DataObject, codec: Codec) -> None:
    """Any messages in any order, damaged or not: only RemoteProtocolError escapes and the others play on."""
    play(codec, data.draw(actions(codec)), data.draw(st.sampled_from([None, IMPATIENT])))


@given(data=st.data(), codec=codecs)
def test_valid_messages_are_taken_in_any_order_that_the_table_allows(
    data: st.DataObject, codec: Codec
) -> None:
    """After a hello no valid bundle is ever called malformed, but for an acknowledgement of the future."""
    bundles = [each for each in data.draw(st.lists(messages, max_size=10)) if each[0] == 3]
    sent = [encoded([3, tick, -1, items], codec) for _, tick, _, items in bundles]
    mallory = play(codec, [codec.encode(HELLO), *(payload for payload in sent if payload), TICK])
    assert CloseReason.MALFORMED not in mallory.reasons


def hostile(codec: Codec) -> dict[str, tuple[bytes, CloseReason]]:
    """Bad messages after a hello, and the reason that each is closed for."""
    e = codec.encode
    deep = b"[" * 5_000 if codec.text else b"\x91" * 5_000
    nan = b"NaN" if codec.text else b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"
    infinite = b"1e999" if codec.text else b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"
    sync = b"[2,%s]" if codec.text else b"\x92\x02%s"
    bundle = e([3, 1, -1, [[1, 1, 0, 0, [0, 0]]]])
    malformed = {
        "empty": b"",
        "garbage": b"\xc1\xff\x00garbage",
        "truncated": bundle[:-1],
        "more behind": bundle + bundle,
        "too deep": deep,
        "nan": sync % nan,
        "infinite": sync % infinite,
        "time out of bounds": e([2, 1e300]),
        "text for a tick": e([3, "1", -1, []]),
        "fraction for a tick": e([3, 1.5, -1, []]),
        "null for a tick": e([3, None, -1, []]),
        "negative tick": e([3, -2, -1, []]),
        "huge tick": e([3, 2**64 - 1, -1, []]),
        "missing field": e([3, 1]),
        "extra field": e([3, 1, -1, [], 0]),
        "map for an array": e({"tick": 1}),
        "unknown tag": e([9, 1]),
        "text for a tag": e(["3", 1, -1, []]),
        "unknown item": e([3, 1, -1, [[9, 1]]]),
        "axis out of bounds": e([3, 1, -1, [[1, 1, 0, 0, [40_000]]]]),
        "fraction for an axis": e([3, 1, -1, [[1, 1, 0, 0, [0.5]]]]),
        "too many axes": e([3, 1, -1, [[1, 1, 0, 0, [0] * 9]]]),
        "too many items": e([3, 1, -1, [[4, 0.0]] * (MAX_ITEMS + 1)]),
        "unknown verb": e([3, 1, -1, [[3, 1, "burn", "room", None]]]),
        "nameless command": e([3, 1, -1, [[2, 1, "", None]]]),
        "long name": e([3, 1, -1, [[2, 1, "x" * 65, None]]]),
        "acknowledges the future": e([3, 1, 1_000_000, []]),
    }
    out_of_state = {"second hello": e(HELLO)}
    return {
        **{name: (payload, CloseReason.MALFORMED) for name, payload in malformed.items()},
        **{name: (payload, CloseReason.OUT_OF_STATE) for name, payload in out_of_state.items()},
        "too big": (e([3, 1, -1, [[2, 1, "note", "x" * MAX_MESSAGE_BYTES]]]), CloseReason.MESSAGE_TOO_BIG),
    }


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
@pytest.mark.parametrize("name", hostile(MESSAGEPACK))
def test_each_bad_message_has_its_reason(codec: Codec, name: str) -> None:
    """What is wrong with a message is what its sender is told, and nobody else is touched."""
    payload, reason = hostile(codec)[name]
    assert play(codec, [codec.encode(HELLO), TICK, payload, TICK]).reasons == [reason]


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
def test_who_gives_the_seat_up_says_nothing_after_it(codec: Codec) -> None:
    """What follows in the same bundle is not heard: no second leaving, no input or command of nobody."""
    leaving, pressing, noting = [3, 1, "delete", "seat", None], [1, 5, 3, 3, [0, 0]], [2, 2, "note", {}]
    with VirtualRoom(HOSTED) as room:
        ada = room.join("Ada")
        mallory = Mallory(room, codec)
        mallory.send(codec.encode(HELLO))
        room.run()
        mallory.send(codec.encode([3, 1, -1, [leaving, leaving, pressing, noting]]))
        room.run(3)
        assert ada.heard("Noted") == [] and mallory.reasons == []
        assert room.room.engine.inputs.last_input(1) == -1


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
def test_before_a_hello_nothing_else_is_allowed(codec: Codec) -> None:
    """A sync or a bundle first, a wrong version and an unknown token have a reason each."""
    wrong = [
        [2, 1.0],
        [3, 1, -1, []],
        [1, 2, TOKEN],
        [1, 99, TOKEN, "", -1, -1.0, 0, -1, "later", {}],
        [1, 1, "guess"],
    ]
    reasons = play(codec, [codec.encode(message) for message in wrong]).reasons
    unsupported = CloseReason.UNSUPPORTED_PROTOCOL
    assert reasons == [CloseReason.OUT_OF_STATE] * 2 + [unsupported] * 2 + [CloseReason.BAD_TOKEN]


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
def test_a_flood_is_cut_off(codec: Codec) -> None:
    """More messages in one moment than the burst allows are closed with RATE_LIMITED, and the room goes on."""
    settings = RoomSettings()
    flood = [codec.encode([3, 1, -1, []])] * round(settings.message_burst)
    assert play(codec, [codec.encode(HELLO), *flood, TICK]).reasons[:1] == [CloseReason.RATE_LIMITED]


@pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
def test_many_commands_in_one_tick_are_answered_and_not_run(codec: Codec) -> None:
    """Above the limit of a tick each command is answered with 429: one client cannot fill a tick."""
    bundle = codec.encode([3, 1, -1, [[2, number, "note", {}] for number in range(1, MAX_ITEMS + 1)]])
    with VirtualRoom(HOSTED) as room:
        ada = room.join("Ada")
        mallory = Mallory(room, codec)
        mallory.send(codec.encode(HELLO))
        mallory.send(bundle)
        room.run(3)
        allowed = RoomSettings().max_commands
        assert mallory.session.seat is not None
        told = room.room.attendance.missed.since(Hello(1, "", "", 0), mallory.session.seat)
        refused = [item.status for item in told if isinstance(item, Answer)]
        assert len(ada.heard("Noted")) == allowed and refused == [429] * (MAX_ITEMS - allowed)
