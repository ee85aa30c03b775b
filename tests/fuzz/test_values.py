"""Foreign values from one player: they cost that player an answer, and nobody else in the room or the lobby anything."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Raw
from structlog.testing import capture_logs

from ecs.game import Game
from ecs.world import World
from net.codec import CODECS, JSON, MESSAGEPACK, Codec
from net.players.session import Session, SessionState
from net.protocol import PROTOCOL_VERSION, Answer, CloseReason, Configuration, Happened, Hello, ServerBundle
from tests.app.site_kit import Kit, Recorder, loaded, make_kit
from tests.fuzz.foreign import FOREIGN, LARGE, as_bytes, values_of
from tests.net.lockstep.match_kit import purses
from tickroom import Position, Scene

BOTH = pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
codecs = st.sampled_from(list(CODECS.values()))
SIZE = 2_000
"""Bytes of a value that is sent: what is larger is another test's."""


@dataclass(slots=True)
class Kept:
    """A component that all see, of everything that a component may be."""

    number: float = 0.0
    count: int = 0
    word: str = ""


@dataclass(slots=True)
class Told:
    """What a game tells everybody of a body, just as it came."""

    number: float
    count: int
    words: list[str]
    table: dict[str, float]


@dataclass(slots=True)
class Keep:
    """A body of any numbers and words, and a place within bounds."""

    number: float = 0.0
    count: int = 0
    words: list[str] = field(default_factory=list)
    table: dict[str, float] = field(default_factory=dict)
    x: Annotated[float, Meta(ge=0.0, le=1000.0)] = 0.0


@dataclass(slots=True)
class Echo:
    """A body of anything."""

    value: Any = None


def echoing() -> Game:
    """A game that trusts bodies: it keeps what it is told, tells it to all, and gives it back."""
    game = Game("echoing", tick_rate=20, max_players=4, width=1000.0, height=1000.0)
    game.kind("player")
    game.component(Kept, replicate="always")
    game.event(Told)

    @game.on("join")
    def enter(world: World, player: int) -> None:
        world.spawn(Position(0.0, 0.0), Scene("player", owner=player), Kept())

    @game.command
    def keep(world: World, player: int, body: Keep) -> None:
        for _, scene, kept, position in world.query(Scene, Kept, Position):
            if scene.owner == player:
                kept.number, kept.count, kept.word = body.number, body.count, "".join(body.words)
                position.x = body.x
        world.emit(Told(body.number, body.count, body.words, body.table))

    @game.rpc
    def echo(world: World, player: int, body: Echo) -> Any:
        return body.value

    return game


UNTOLD: list[Any] = [
    float("nan"),
    [float("inf")],
    2**64,
    {None: 1},
    {True: 1},
    {(1, 2): 3},
    {"__proto__": 1},
    {1.5: 1},
]
"""What a game may compute, and what cannot be told in both codecs."""


@dataclass(slots=True)
class Which:
    """The place in UNTOLD; below 0: something that everybody can be told."""

    place: int = -1


@dataclass(slots=True)
class Nested:
    """An event with values inside of values."""

    numbers: list[float]
    named: dict[str, int]
    seats: dict[int, tuple[int, bytes]]


def careless() -> Game:
    """A game that answers and tells what it should not."""
    game = Game("careless", tick_rate=20, max_players=4)
    game.event(Nested)

    @game.rpc
    def answer(world: World, player: int, body: Which) -> Any:
        return UNTOLD[body.place] if body.place >= 0 else [(1, {2: b"a"}), {"a": Which()}, 2**63 - 1]

    @game.command
    def tell(world: World, player: int, body: Which) -> None:
        table = {
            0: [float("nan")],
            1: {"__proto__": 1},
            2: {"a": 2**64},
            3: [Decimal(1)],
            4: defaultdict(int),
        }
        odd: Any = table.get(body.place, [])
        numbers = odd if isinstance(odd, list) else []
        world.emit(Nested(numbers, odd if isinstance(odd, dict) else {"a": 1}, {1: (2, b"a")}))

    return game


class Watcher:
    """Somebody in the room who does nothing, and must go on hearing of it."""

    def __init__(self, kit: Kit, room_id: str, name: str, codec: Codec) -> None:
        self.kit, self.codec = kit, codec
        self.room = kit.rooms.entry(room_id).room
        token = kit.request("POST", f"/join/{room_id}", json={"username": name}).json()["token"]
        self.session: Session = self.room.open(codec, kit.clock())
        self.session.sink = self.recorder = Recorder()
        self.session.receive(codec.encode(Hello(PROTOCOL_VERSION, token)), kit.clock())
        self._tick, self._id = 0, 0

    def say(self, *items: list[Any]) -> None:
        """A bundle of these items, each without its id."""
        self._tick += 1
        made = [[tag, self._next_id(), *rest] for tag, *rest in items]
        bundle = [3, self._tick, -1, made]
        self.session.receive(self.codec.encode(bundle), self.kit.clock())

    def say_again(self, item: list[Any]) -> None:
        """An item with the id of the last one."""
        self._id -= 1
        self.say(item)

    def heard(self) -> list[Any]:
        """The items since it was last asked; each message is one that clients take, and pages can decode."""
        payloads, self.recorder.sent = self.recorder.sent, []
        bundles = [self.codec.decode_server(payload) for payload in payloads]
        for payload in payloads if not self.codec.text else []:
            page_reads(msgspec.msgpack.decode(payload))
        return [item for bundle in bundles if isinstance(bundle, ServerBundle) for item in bundle.items]

    @property
    def is_well(self) -> bool:
        """Whether it is connected and playing, in a room that goes on."""
        return (
            self.session.state is SessionState.OPEN and self.recorder.closed is None and not self.room.ended
        )

    def _next_id(self) -> int:
        self._id += 1
        return self._id


def page_reads(value: Any) -> None:
    """What @msgpack/msgpack throws for in a page is not there."""
    if isinstance(value, dict):
        for key in value:
            assert type(key) in (str, int) and key != "__proto__", key
    assert not isinstance(value, msgspec.msgpack.Ext)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        page_reads(inner)


class Hall:
    """A room with one player in each codec besides Mallory, who says foreign things."""

    def __init__(self, game: Game, codec: Codec) -> None:
        self.kit = make_kit(loaded(game))
        self.room_id = self.kit.create()
        self.mallory = Watcher(self.kit, self.room_id, "Mallory", codec)
        self.others = [Watcher(self.kit, self.room_id, f"p{each.text}", each) for each in CODECS.values()]
        self.kit.turn(200.0)
        for each in (self.mallory, *self.others):
            each.heard()

    def say(self, *items: list[Any]) -> list[Answer]:
        """Mallory says it, and all is well with the others, who hear what is said after it; what Mallory was answered."""
        self.mallory.say(*items)
        for each in self.others:
            each.say([3, "get", "roster", None])
        self.kit.turn(2_000.0)
        self.kit.turn(2_000.0)
        for each in self.others:
            assert each.is_well
            assert [item.status for item in each.heard() if isinstance(item, Answer)] == [200]
        listed = self.kit.request("GET", "/rooms")
        assert listed.status_code == 200 and self.room_id in listed.text
        for path in (f"/rooms/{self.room_id}", f"/join?game_id={self.room_id}"):
            assert self.kit.request("GET", path).status_code == 200
        assert self.mallory.is_well
        return [item for item in self.mallory.heard() if isinstance(item, Answer)]


def body_of(template: str, value: bytes, codec: Codec) -> Raw:
    """A map with one key and these bytes as its value."""
    if codec.text:
        return Raw(b'{"%s":%s}' % (template.encode(), value))
    return Raw(b"\x81" + msgspec.msgpack.encode(template) + value)


ASKED = [("put", "setup"), ("put", "setup/0"), ("put", "ready"), ("post", "chat"), ("put", "result"), ("put", "refusal"),
         ("put", "votes/1"), ("post", "events/go"), ("post", "players/1/mute"), ("get", "roster")]  # fmt: skip


@given(data=st.data(), codec=codecs)
def test_no_body_in_a_lockstep_room_touches_anybody_else(data: st.DataObject, codec: Codec) -> None:
    """Whatever a player asks with, the others get their bundles in both codecs, and the lobby its rooms."""
    hall = Hall(purses(), codec)
    values = values_of(codec).map(lambda value: as_bytes(value, codec)).filter(lambda data: len(data) < SIZE)
    for _ in range(2):
        value = data.draw(values)
        changes = [body_of("changes", body_of("x", value, codec), codec), body_of("changes", value, codec)]
        verb, resource = data.draw(st.sampled_from(ASKED))
        hall.say(
            [3, "put", "setup", changes[0]],
            [3, "put", "setup/0", changes[1]],
            [3, verb, resource, Raw(value)],
        )


@given(data=st.data(), codec=codecs)
def test_no_body_in_an_authoritative_room_touches_anybody_else(data: st.DataObject, codec: Codec) -> None:
    """A game that keeps, tells and gives back whatever passed its types goes on for all."""
    hall = Hall(echoing(), codec)
    values = values_of(codec).map(lambda value: as_bytes(value, codec)).filter(lambda data: len(data) < SIZE)
    for _ in range(2):
        value, name = (
            data.draw(values),
            data.draw(st.sampled_from(["number", "count", "words", "table", "x"])),
        )
        hall.say(
            [2, "keep", body_of(name, value, codec)],
            [2, "keep", Raw(value)],
            [3, "post", "rpc/echo", body_of("value", value, codec)],
            [3, "post", "chat", body_of("text", value, codec)],
            [3, *data.draw(st.sampled_from(ASKED)), Raw(value)],
        )


def foreign_to(codec: Codec) -> list[bytes]:
    """What a codec can say of what no setup may have."""
    values = [*LARGE, 2**53, {"__proto__": 1}] if codec.text else FOREIGN
    return [as_bytes(value, codec) for value in values]


@BOTH
def test_foreign_options_are_refused_with_422(codec: Codec) -> None:
    """Each by itself and inside of a list: the sender is told why, and the configuration is as before."""
    hall = Hall(purses(), codec)
    around = b"[1,%s]" if codec.text else b"\x92\x01%s"
    for value in foreign_to(codec):
        for each in (value, around % value):
            change = body_of("changes", body_of("x", each, codec), codec)
            answers = hall.say([3, "put", "setup", change], [3, "put", "setup/0", change])
            assert [answer.status for answer in answers] == [422, 422], each
            assert all(isinstance(answer.body, str) and answer.body for answer in answers)
    room = hall.others[0].room
    assert room.play.configuration().options == {}  # type: ignore[attr-defined] # of a lock-step room


@BOTH
def test_plain_options_reach_players_of_both_codecs_as_the_same(codec: Codec) -> None:
    """What is taken is one configuration for all: numbers up to 2^53 - 1, floats, text, null inside, lists and maps."""
    hall = Hall(purses(), codec)
    options = {
        "a": 2**53 - 1,
        "b": -1.5,
        "c": "\u00e9\0",
        "d": [None, True, {"": [1e308]}],
        "e": -(2**53) + 1,
    }
    hall.mallory.say([3, "put", "setup", {"changes": options}])
    hall.kit.turn(1_000.0)
    for each in (hall.mallory, *hall.others):
        told = [item.options for item in each.heard() if isinstance(item, Configuration)]
        assert told[-1] == options


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["number", "x", "table"])
def test_commands_with_numbers_that_are_not_finite_are_answered(value: float, name: str) -> None:
    """MessagePack can say them; what a rule made of them would end the room of everybody."""
    hall = Hall(echoing(), MESSAGEPACK)
    given = {"a": value} if name == "table" else value
    answers = hall.say([2, "keep", {name: given}], [3, "post", "rpc/echo", {"value": given}])
    assert sorted(answer.status for answer in answers) == [422, 422]


@pytest.mark.parametrize("number", LARGE, ids=range(len(LARGE)))
@pytest.mark.parametrize(
    "item", [[2, "keep", "count"], [2, "keep", "number"], [3, "post", "rpc/echo", "value"]]
)
def test_whole_numbers_that_messagepack_cannot_say_are_answered(number: int, item: list[Any]) -> None:
    """JSON can: they are refused where they come in, and the connection stays."""
    hall = Hall(echoing(), JSON)
    body = body_of(item[-1], as_bytes(number, JSON), JSON)
    assert [answer.status for answer in hall.say([*item[:-1], body])] == [422]


@BOTH
def test_what_a_game_s_types_let_through_is_told_to_all(codec: Codec) -> None:
    """64 bits, floats of any finite size, bytes where anything goes: no more is refused than has to be."""
    hall = Hall(echoing(), codec)
    body = {"number": -1e308, "count": 2**63 - 1, "words": ["\0"], "table": {"": 1.5}, "x": 3.0}
    hall.mallory.say([2, "keep", body], [3, "post", "rpc/echo", {"value": [1, None, {"a": b"a"}]}])
    hall.kit.turn(100.0)
    for each in hall.others:
        told = [item.body for item in each.heard() if isinstance(item, Happened)]
        assert told == [[-1e308, 2**63 - 1, ["\0"], {"": 1.5}]]
    assert [item.status for item in hall.mallory.heard() if isinstance(item, Answer)] == [200]


@BOTH
@pytest.mark.parametrize("place", range(len(UNTOLD)))
def test_an_answer_that_cannot_be_told_is_its_asker_s_alone(codec: Codec, place: int) -> None:
    """In either codec the call has run and is answered with 500, also when it is sent again; the room goes on."""
    hall = Hall(careless(), codec)
    with capture_logs() as logs:
        (answer,) = hall.say([3, "post", "rpc/answer", {"place": place}])
    assert [line["room"] for line in logs if line["event"] == "the game made a mistake"] == [hall.room_id]
    assert answer.status == 500 and "cannot be told" in str(answer.body)
    hall.mallory.say_again([3, "post", "rpc/answer", {"place": place}])
    hall.kit.turn(100.0)
    assert [item for item in hall.mallory.heard() if isinstance(item, Answer)] == [answer]


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_an_event_that_cannot_be_told_is_the_game_s_mistake(place: int) -> None:
    """Nested values are looked at as those of fields are, and so is what is no plain value at all."""
    hall = Hall(careless(), MESSAGEPACK)
    hall.mallory.say([2, "tell", {"place": place}])
    hall.kit.turn(100.0)
    assert hall.mallory.recorder.closed is not None
    assert hall.mallory.recorder.closed[0] == CloseReason.ROOM_FAILED


def test_nobody_is_called_what_no_page_can_read() -> None:
    """A game that tells scores by names would end for all, whatever it does right."""
    kit = make_kit(loaded(careless()))
    room_id = kit.create()
    for name in ("__proto__", "  __proto__ "):
        assert kit.request("POST", f"/join/{room_id}", json={"username": name}).status_code == 422
    assert kit.request("POST", f"/join/{room_id}", json={"username": "proto"}).status_code == 200


@BOTH
def test_answers_and_events_of_any_plain_values_are_told(codec: Codec) -> None:
    """Dataclasses, tuples, bytes, whole numbers as keys: both codecs have them."""
    hall = Hall(careless(), codec)
    assert [answer.status for answer in hall.say([3, "post", "rpc/answer", {}])] == [200]
    hall.mallory.say([2, "tell", {}])
    hall.kit.turn(100.0)
    for each in hall.others:
        assert len([item for item in each.heard() if isinstance(item, Happened)]) == 1


@pytest.mark.parametrize(
    "value", [*map(str, LARGE), str(2**53), "NaN", "1e400", '{"__proto__": 1}', '{"a": [[[[[[[[1]]]]]]]]}']
)
def test_a_room_is_not_made_with_foreign_options(value: str) -> None:
    """`POST /create` says why, and never that the server made a mistake."""
    kit = make_kit(loaded(purses()))
    answer = kit.request(
        "POST",
        "/create",
        content=f'{{"setup": {{"x": {value}}}}}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (400, 422) and answer.json()["detail"]
    assert kit.request("GET", "/rooms").json() == {"rooms": []}
