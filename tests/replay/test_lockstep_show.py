"""Watching a lock-step journal: a viewer's own engine has what the players had, however it comes there. In virtual time."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from ecs.game import Game
from net.client.events import Noticed
from net.client.lockstep import LockstepClient
from net.codec import JSON, MESSAGEPACK, Codec
from net.hosted import HostedGame
from net.journal.errors import JournalError
from net.journal.reader import JournalReader
from net.players.sessions import token_digest
from net.protocol import CloseReason
from net.replay.lockstep import dump_at
from net.replay.outline import Outline, read_outline
from net.settings import RoomSettings
from net.watching.lockstep_show import LockstepShow
from net.watching.reel import FileReel
from net.watching.requests import WATCHING
from net.watching.screening import Screening
from systems.lockstep import LockstepEngine
from tests.net.lockstep.match_kit import Give, VirtualLockstep, purses
from tests.replay.watcher import TICKET, Cinema, Watcher

SHORT = 12
"""Seconds of each of the two matches."""


class Recorded:
    """A journal of two matches, and what was in it."""

    def __init__(self) -> None:
        self.game: Game = purses()
        self.hosted = HostedGame.of(self.game)
        with VirtualLockstep(self.game, journal=True) as room:
            players = [room.join(name, latency=20.0) for name in ("Ada", "Ben", "Cem")]
            for _ in range(2):
                room.begin()
                for second in range(SHORT):
                    players[second % 3].lockstep.command("give", Give(second + 1))
                    room.run(1_000.0)
                players[0].core.request("post", "finish", None)
                room.run(1_000.0)
            self.data = bytes(room.journal)

    def outline(self) -> Outline:
        """What the file has."""
        return read_outline(self.reader())

    def reader(self) -> JournalReader:
        """A fresh one."""
        return JournalReader(BytesIO(self.data))

    def dump(self, match: int, generation: int) -> dict[str, Any]:
        """The state then, by the journal alone, without the room's part."""
        reader, outline = self.reader(), self.outline()
        dumped = dump_at(reader, self.hosted, outline.size, (match, generation))
        dumped["resources"] = {name: value for name, value in dumped["resources"].items() if name != "Room"}
        return dumped


class Viewer(Watcher):
    """A viewer who computes what is told."""

    def __init__(self, cinema: "Theatre", token: str, codec: Codec) -> None:
        self.game = cinema.game
        self.lockstep: LockstepClient | None = None
        super().__init__(cinema, token, codec)
        self.lockstep = LockstepClient(self.core, lambda: LockstepEngine(self.game))
        self._seen = 0
        self._local = 0.0

    def compute(self) -> None:
        """All that was told, as if a second were over for each generation."""
        assert self.lockstep is not None
        events, self._seen = self.events[self._seen :], len(self.events)
        self.lockstep.heard(events, self.cinema.now)
        while self.lockstep.next_time() < float("inf"):
            self._local += 1_000.0
            self.lockstep.advance(self._local)

    def dump(self) -> dict[str, Any]:
        """What the own engine has."""
        assert self.lockstep is not None
        assert isinstance(self.lockstep.engine, LockstepEngine)
        return self.lockstep.engine.dump()


class Theatre(Cinema):
    """A screening of matches."""

    def __init__(self, screening: Screening, game: Game) -> None:
        super().__init__(screening)
        self.game = game

    def enter(self, name: str, codec: Codec = MESSAGEPACK) -> Viewer:
        """A viewer with an engine."""
        self.screening.viewers.admit(name, token_digest(TICKET + name), self.now)
        viewer = Viewer(self, TICKET + name, codec)
        self.watchers.append(viewer)
        self.run(1)
        return viewer


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """The journal."""
    return Recorded()


@pytest.fixture
def theatre(recorded: Recorded) -> Iterator[Theatre]:
    """It on a screen."""
    show = LockstepShow(FileReel(recorded.reader(), recorded.outline()), recorded.hosted)
    screening = Screening(show, settings=RoomSettings(), now=0.0, viewers=4, controlled=True, piece=500)
    theatre = Theatre(screening, recorded.game)
    yield theatre
    screening.end(CloseReason.ROOM_ENDED)


@pytest.mark.parametrize("codec", [MESSAGEPACK, JSON])
def test_a_viewer_has_the_state_of_any_generation(recorded: Recorded, theatre: Theatre, codec: Codec) -> None:
    """Forwards, backwards, into the other match and back: the engine's state is the journal's."""
    viewer, outline = theatre.enter("viewer", codec), recorded.outline()
    assert viewer.ask("put", "playback", {"playing": False}).status == 200
    for match, generation in ((1, 30), (1, 31), (1, 5), (2, 40), (2, 80), (1, 100), (2, 0)):
        tick = outline.tick_of(match, generation)
        assert viewer.ask("put", "playback/tick", {"tick": tick}).status == 202
        theatre.run(3)
        viewer.compute()
        assert (viewer.playback.tick, viewer.playback.goal) == (tick, -1)
        assert viewer.dump() == recorded.dump(match, generation)


def test_it_plays_at_the_speed_of_its_generations(recorded: Recorded, theatre: Theatre) -> None:
    """A generation of 100 ms is told each 100 ms, four times as often at four times the speed."""
    viewer, begin = theatre.enter("viewer"), recorded.outline().tick_of(1, 0)
    viewer.ask("put", "playback", {"playing": False})
    viewer.ask("put", "playback/tick", {"tick": begin})
    theatre.run(2)
    for speed in (1.0, 4.0):
        before, then = viewer.playback.tick, theatre.now
        viewer.ask("put", "playback", {"playing": True, "speed": speed})
        theatre.run(10)
        viewer.ask("put", "playback", {"playing": False})
        theatre.run(2)
        ticks = theatre.screening.show.tick - before
        assert abs(ticks - speed * (theatre.now - then) / 100.0) <= 4 * speed


def test_it_is_played_to_its_end(recorded: Recorded, theatre: Theatre) -> None:
    """Through both matches, sixteen times as fast: no generation is left out, and at the end it stands still."""
    viewer, outline = theatre.enter("viewer"), recorded.outline()
    viewer.ask("put", "playback", {"playing": True, "speed": 16.0})
    while theatre.screening.control.playing:
        theatre.run(1)
        viewer.compute()
    theatre.run(2)
    assert viewer.playback.tick == outline.last
    assert viewer.dump() == recorded.dump(2, outline.matches[2])
    assert viewer.playback.speed == 0.0


def test_a_late_viewer_computes_what_the_others_have(recorded: Recorded, theatre: Theatre) -> None:
    """Who comes when a match is shown gets its beginning, packed."""
    early = theatre.enter("early")
    early.ask("put", "playback", {"playing": False})
    early.ask("put", "playback/tick", {"tick": recorded.outline().tick_of(2, 70)})
    theatre.run(2)
    late = theatre.enter("late")
    theatre.run(2)
    for viewer in (early, late):
        viewer.compute()
        assert viewer.dump() == recorded.dump(2, 70)


def test_a_viewer_follows_a_player_or_nobody(recorded: Recorded, theatre: Theatre) -> None:
    """Nobody at first: everything is seen; a player of the match that is shown can be chosen, another one cannot."""
    viewer = theatre.enter("viewer")
    viewer.ask("put", "playback/tick", {"tick": recorded.outline().tick_of(1, 10)})
    theatre.run(2)
    assert viewer.playback.follow == -1
    assert viewer.ask("put", "follow", {"player": 1}).status == 200
    theatre.run(2)
    assert viewer.playback.follow == 1
    assert viewer.ask("put", "follow", {"player": 7}).status == 404
    assert viewer.ask("put", "follow", {"player": -1}).status == 200
    theatre.run(2)
    assert viewer.playback.follow == -1


def test_what_a_computing_viewer_says_is_no_offence(recorded: Recorded, theatre: Theatre) -> None:
    """Packets with checksums come from whoever computes a match: nobody is told that viewers only watch."""
    viewer = theatre.enter("viewer")
    for _ in range(60):
        theatre.run(1)
        viewer.compute()
    assert viewer.lockstep is not None
    assert viewer.lockstep.generation > 20
    assert not [event for event in viewer.events if isinstance(event, Noticed) and event.text == WATCHING]
    assert viewer.closed is None
    assert recorded.outline().matches.keys() == {1, 2}


def test_the_roster_is_that_of_the_moment(recorded: Recorded, theatre: Theatre) -> None:
    """Names of who played then, also after a jump."""
    viewer = theatre.enter("viewer")
    viewer.ask("put", "playback/tick", {"tick": recorded.outline().tick_of(2, 10)})
    theatre.run(2)
    assert [record.name for record in theatre.screening.show.roster] == ["Ada", "Ben", "Cem"]
    assert {record.name for record in viewer.core.roster} == {"Ada", "Ben", "Cem"}


def test_a_journal_of_another_kind_is_refused(recorded: Recorded) -> None:
    """What is no keyframe of a lock-step room is a JournalError, not a bug."""
    reel = FileReel(recorded.reader(), recorded.outline())

    class Broken:
        """A reel whose keyframe is none."""

        header, first, last = reel.header, reel.first, reel.last

        def rewind(self, tick: int) -> Any:
            """A keyframe of nothing."""
            keyframe = reel.rewind(tick)

            class Nothing:
                """It."""

                offset = keyframe.offset

                def image(self) -> bytes:
                    return b"\x90"

            return Nothing()

    broken: Any = Broken()
    with pytest.raises(JournalError, match="keyframe"):
        LockstepShow(broken, recorded.hosted)
