"""Cheating by watching: what only some may know is in nothing that a viewer of a public show is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pytest

from net.bundle import whole
from net.client.events import GameEvent, Spoken
from net.hosted import HostedGame
from net.journal.entries import Line
from net.journal.reader import JournalReader
from net.protocol import CloseReason
from net.replay.outline import read_outline
from net.settings import RoomSettings
from net.watching.reel import FileReel
from net.watching.rerun_show import RerunShow
from net.watching.screening import Screening
from tests.replay.recording import Recording
from tests.replay.watcher import Cinema, Watcher
from tickroom import Game, Position, Scene, Velocity, World

RADIUS = 100.0
FAR = 900.0
BOTS = 3
CLOAKED = 2
"""The player whose own entity is hidden."""
SECRET = "only-for-some"
"""A text that stands in everything that a viewer may not get."""


def make_game() -> Game:
    """Players stand far apart; each has a purse, a plan of its team, traps; everybody is told things alone and by team."""
    game = Game(
        "spies", title="Spies", tick_rate=20, max_players=4, width=1000, height=1000, view_radius=RADIUS
    )
    game.kind("spy", shape="circle", colour="red", label=True)
    game.kind("trap", shape="box", colour="blue")
    game.kind("stone", shape="box", colour="grey")

    @game.component(replicate="owner")
    @dataclass(slots=True)
    class Purse:
        text: str = SECRET

    @game.component(replicate="team")
    @dataclass(slots=True)
    class Plan:
        text: str = SECRET

    @game.event
    @dataclass(slots=True)
    class Whisper:
        text: str

    @game.event
    @dataclass(slots=True)
    class Bang:
        text: str

    @game.on("join")
    def appear(world: World, player: int) -> None:
        world.set_team(player, player % 2)
        x = FAR * player / BOTS + 20.0
        hidden = "team" if player == CLOAKED else "near"
        world.spawn(
            Position(x, 500.0), Velocity(), Scene("spy", owner=player, seen_by=hidden), Purse(), Plan()
        )
        world.spawn(Position(x + 5.0, 500.0), Scene("trap", state=SECRET, owner=player, seen_by="owner"))
        world.spawn(Position(x + 8.0, 500.0), Scene("trap", state=SECRET, owner=player, seen_by="team"))
        world.spawn(Position(x + 10.0, 500.0), Scene("stone", state=f"stone-{player}"))

    @game.system("logic")
    def talk(world: World, dt: float) -> None:
        """Emits Whisper, Bang."""
        del dt
        for player in world.players:
            world.emit(Whisper(SECRET), to=player)
            world.emit(Whisper(SECRET), team=player % 2)
            world.emit(Bang(f"bang-{player}"), at=(FAR * player / BOTS + 20.0, 500.0))

    return game


HOSTED = HostedGame.of(make_game())


@pytest.fixture(scope="module")
def journal() -> bytes:
    """Some seconds of it, with lines of chat to a team."""
    recording = Recording(HOSTED, BOTS)
    for tick in range(120):
        if tick % 10 == 9:
            recording.record(Line(0, "team", SECRET))
        recording.step()
    recording.close()
    return bytes(recording.journal)


@pytest.fixture
def cinemas(journal: bytes) -> Iterator[tuple[Cinema, Cinema]]:
    """The same, for everybody and for who has the file."""
    made = []
    for public in (True, False):
        reader = JournalReader(BytesIO(journal))
        show = RerunShow(FileReel(reader, read_outline(reader)), HOSTED, public=public)
        made.append(Cinema(Screening(show, settings=RoomSettings(), now=0.0, viewers=4, controlled=True)))
    yield made[0], made[1]
    for cinema in made:
        cinema.screening.end(CloseReason.ROOM_ENDED)


def following(cinema: Cinema, player: int) -> tuple[Watcher, list[bytes]]:
    """A viewer of a player, and every byte that it is sent from the beginning."""
    sent: list[bytes] = []
    cinema.on_sent = lambda _, pieces: sent.append(whole(pieces))
    watcher = cinema.watch()
    cinema.run(10)
    watcher.ask("put", "follow", {"player": player})
    cinema.run(60)
    return watcher, sent


@pytest.mark.parametrize("player", range(BOTS))
def test_nothing_secret_is_in_the_bytes(cinemas: tuple[Cinema, Cinema], player: int) -> None:
    """Whomever a viewer follows: the text of what is for some is nowhere in what it is sent, also after a jump."""
    public, private = cinemas
    watcher, sent = following(public, player)
    watcher.ask("put", "playback/tick", {"tick": 40})
    public.run(20)
    assert watcher.core.server_tick > 40
    assert len(sent) > 60
    assert not [payload for payload in sent if SECRET.encode() in payload]
    _, everything = following(private, player)
    assert [payload for payload in everything if SECRET.encode() in payload], "who has the file is shown it"


def test_what_is_near_is_seen_and_heard(cinemas: tuple[Cinema, Cinema]) -> None:
    """The followed player, the stone beside it, the bang there; not those of the others."""
    watcher, _ = following(cinemas[0], 1)
    assert {entity.state for entity in watcher.core.scene if entity.kind == "stone"} == {"stone-1"}
    assert {entity.owner for entity in watcher.core.scene if entity.kind == "spy"} == {1}
    watcher.events.clear()
    cinemas[0].run(5)
    assert {event.body.text for event in watcher.events if isinstance(event, GameEvent)} == {"bang-1"}
    assert not [event for event in watcher.events if isinstance(event, Spoken) and event.channel != "room"]


def test_nobody_looks_through_hidden_eyes(cinemas: tuple[Cinema, Cinema]) -> None:
    """Who follows a player that is hidden does not learn from what is around it where it is; who has the file does."""
    public, private = cinemas
    watcher, _ = following(public, CLOAKED)
    assert watcher.playback.follow == CLOAKED
    assert list(watcher.core.scene) == []
    watcher.events.clear()
    public.run(5)
    assert not [event for event in watcher.events if isinstance(event, GameEvent)]
    other, _ = following(private, CLOAKED)
    assert {entity.state for entity in other.core.scene if entity.kind == "stone"} == {f"stone-{CLOAKED}"}
