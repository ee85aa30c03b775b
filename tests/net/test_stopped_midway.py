"""A server that is told to stop between two ticks: what waits for the next tick is in the last keyframe, and happens once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pytest

from ecs.game import Game
from ecs.world import World
from net.codec import MESSAGEPACK
from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.journal.writer import JournalWriter
from net.players.sessions import MemorySessions, token_digest
from net.protocol import CloseReason
from net.rooms.room import Room
from net.settings import RoomSettings
from tests.net.journal_kit import stepped
from tests.net.room_kit import Player


@dataclass(slots=True)
class Book:
    """What the game has heard of its players."""

    lines: list[str] = field(default_factory=list)


def make_game() -> Game:
    game = Game("book", tick_rate=20)

    @game.on("create")
    def create(world: World) -> None:
        world.register(Book())

    for hook in ("join", "drop", "return", "leave"):
        declare(game, hook)
    return game


def declare(game: Game, hook: str) -> None:
    def note(world: World, player: int) -> None:
        world.resource(Book).lines.append(f"{hook} {player}")

    game.on(hook)(note)


class Server:
    """A room with a journal and sessions, stopped in order and started again."""

    def __init__(self) -> None:
        self.hosted = HostedGame.of(make_game())
        self.sessions = MemorySessions()
        self.room = self._make(JournalWriter())
        self.file = bytearray(self.room.begin_journal(name="A room", created_at=1e12))

    def _make(self, journal: JournalWriter | None) -> Room:
        return Room(
            "r", self.hosted, seed=1, settings=RoomSettings(), now=0.0, epoch=1e12, sessions=self.sessions, journal=journal
        )  # fmt: skip

    def sit(self, name: str) -> Player:
        """A player, connected."""
        self.room.reserve(f"id-{name}", name, token_digest(name), 0.0)
        player = Player(self.room, self.room.open(MESSAGEPACK, 0.0))
        player.hello(name, 0.0)
        return player

    def step(self) -> None:
        stepped(self.room, self.file, 0.0)

    def restart(self) -> None:
        self.file += self.room.stop(1.0, 5.0).journal
        reader = JournalReader(BytesIO(bytes(self.file)))
        last = reader.keyframes()[-1]
        self.room = self._make(None)
        self.room.restore(last.image())
        for frame in reader.frames(last):
            self.room.rerun(frame)
        self.file += self.room.resume(2.0, JournalWriter(reader.seed))
        self.step()

    def back(self, player: Player) -> None:
        """A player who was there comes back."""
        again = Player(self.room, self.room.open(MESSAGEPACK, 3.0))
        again.hello(player.token, 3.0)
        self.step()

    @property
    def lines(self) -> list[str]:
        return self.room.engine.world.resource(Book).lines


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.room.end(CloseReason.ROOM_ENDED)


def test_a_join_that_waits_for_its_tick(server: Server) -> None:
    """Welcomed a moment before the stop: the player is in the room that goes on, and may come back."""
    ada = server.sit("ada")
    server.restart()
    assert server.lines == ["join 0", "drop 0"]
    server.back(ada)
    assert server.lines == ["join 0", "drop 0", "return 0"]


def test_a_drop_that_waits_for_its_tick(server: Server) -> None:
    """The connection was lost a moment before: the game hears of it once."""
    ada = server.sit("ada")
    server.step()
    server.room.disconnected(ada.session, 0.0)
    server.restart()
    server.back(ada)
    assert server.lines == ["join 0", "drop 0", "return 0"]


def test_a_return_that_waits_for_its_tick(server: Server) -> None:
    """Back a moment before: gone and back again, as often as each other."""
    ada = server.sit("ada")
    server.step()
    server.room.disconnected(ada.session, 0.0)
    server.step()
    again = Player(server.room, server.room.open(MESSAGEPACK, 0.0))
    again.hello(ada.token, 0.0)
    server.restart()
    server.back(again)
    assert server.lines[0] == "join 0"
    assert server.lines[1:] in (["drop 0", "return 0"], ["drop 0", "return 0"] * 2)


def test_a_leave_that_waits_for_its_tick(server: Server) -> None:
    """The number rests until the game has heard of the leave, and the next one who has it is another player."""
    ada = server.sit("ada")
    server.step()
    assert ada.session.seat is not None
    server.room.leave(ada.session.seat)
    before = server.room.seats.resting
    server.restart()
    assert before == {0: "id-ada"} and server.room.seats.resting == {}
    assert server.lines == ["join 0", "leave 0"]
    server.sit("ada")
    server.step()
    assert server.lines == ["join 0", "leave 0", "join 0"]
