"""What is shown of a room that is being played: exactly what is older than the delay, over files that are turned over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import JournalsSection
from app.journals.journals import Journals, RoomJournal
from app.rooms.live_reel import LiveReel, TooEarly
from net.codec import MESSAGEPACK
from net.hosted import HostedGame
from net.journal.writer import JournalWriter
from net.players.sessions import token_digest
from net.protocol import Input
from net.replay.rerun import begin_again, run_frame
from net.rooms.play import Play
from net.rooms.room import Room
from net.settings import RoomSettings
from tests.app.resume_kit import purse_game
from tests.net.room_kit import Player

TICK = 50.0
HOSTED = HostedGame.of(purse_game(keyframe_interval=20))
DELAY = 1_000.0
"""20 ticks."""


class Stage:
    """A room with one player who runs about, written to a disk in files of two keyframes each."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.journals = Journals(folder, JournalsSection(), DELAY)
        self.room = Room(
            "live", HOSTED, seed=1, settings=RoomSettings(), now=0.0, epoch=1e12, journal=JournalWriter()
        )
        beginning = self.room.begin_journal(name="Live", created_at=1e12)
        self.journal: RoomJournal = self.journals.create("live", beginning)
        self.room.reserve("id", "Ada", token_digest("Ada"), 0.0)
        self.player = Player(self.room, self.room.open(MESSAGEPACK, 0.0))
        self.player.hello("Ada")
        self.images: dict[int, bytes] = {}
        """The room after each tick."""
        self.reel: LiveReel | None = None

    def run(self, ticks: int = 1) -> None:
        """So many ticks of the room, each written."""
        for _ in range(ticks):
            self.now += TICK
            self.player.send(
                Input(self.room.tick + 1, self.room.tick // 7 % 4, 0, [self.room.tick % 99]), now=self.now
            )
            step = self.room.step(self.now)
            self.journal.append(step.journal, self.now, keyframe=step.keyframe)
            self.images[self.room.tick] = self.room.play.image()
            if step.keyframe and self.room.tick % 40 == 0:
                self.journal.turn_over(
                    self.room.begin_journal(name="Live", created_at=1e12, segment=self.journal.number + 1)
                )
            if self.reel is not None:
                self.reel.note(self.now)

    def watch(self, delay: float = DELAY) -> tuple[LiveReel, Play]:
        """Begin to watch: the reel, and the play of what it shows."""
        self.reel = LiveReel(self.room, self.journal, delay, self.now)
        self.reel.note(self.now)
        return self.reel, begin_again(self.reel.header, HOSTED, self.reel.rewind(0))

    def close(self) -> None:
        """Free what there is."""
        if self.reel is not None:
            self.reel.close()
        self.room.close()
        self.journal.close()
        self.journals.close()


def shown(reel: LiveReel, play: Play) -> int:
    """Run what may be shown now; the tick that is."""
    while (frame := reel.next()) is not None:
        run_frame(play, frame)
    return play.engine.world.tick


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A new room."""
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def test_each_tick_is_shown_when_it_is_old_enough(stage: Stage) -> None:
    """For ten seconds and five files: 20 ticks later, and then as it was."""
    stage.run(55)
    reel, play = stage.watch()
    assert reel.first == 20
    for _ in range(200):
        tick = shown(reel, play)
        assert stage.room.tick - 21 <= tick <= stage.room.tick - 20
        assert play.image() == stage.images[tick]
        stage.run()
    assert stage.journal.number > 4
    play.engine.close()


def test_a_room_that_stands_still_is_shown_to_its_end(stage: Stage) -> None:
    """Ticks that do not come any more are no reason to keep back those that came: time passes all the same."""
    stage.run(60)
    reel, play = stage.watch()
    stage.room.transition("pause")
    stage.run(10)
    assert stage.room.tick == 60
    assert shown(reel, play) in (49, 50)
    stage.run(10)
    assert shown(reel, play) == 60
    stage.run(3)
    shown(reel, play)
    assert play.chart.state == stage.room.chart.state
    play.engine.close()


def test_a_room_that_is_younger_than_the_delay_begins_empty(stage: Stage) -> None:
    """Its first keyframe has nobody; the rest follows when it is due."""
    stage.run(5)
    reel, play = stage.watch()
    assert shown(reel, play) == 0
    stage.run(25)
    assert shown(reel, play) == 10
    play.engine.close()


def test_a_room_that_makes_up_for_lost_time_is_shown_no_earlier(stage: Stage) -> None:
    """Ticks that come faster than the clock are as old as the clock says, also those from before anybody watched."""
    stage.run(60)
    for _ in range(30):
        stage.run()
        stage.now -= TICK / 2  # twice as fast
    reel, play = stage.watch()
    assert shown(reel, play) in (53, 54, 55)  # a second ago; 20 ticks ago it was 70
    assert stage.room.tick == 90
    play.engine.close()


def test_without_an_old_keyframe_it_is_too_early(stage: Stage) -> None:
    """As right after a restart: who would watch is told when to come again."""
    stage.run(45)
    stage.journal.trail.keyframes.clear()
    stage.journal.trail.marks.clear()
    stage.journal.trail.keyframe(1, 0)
    stage.run(1)
    with pytest.raises(TooEarly) as early:
        stage.watch()
    assert 0 < early.value.seconds <= 2.0
    stage.run(20)
    _, play = stage.watch()
    play.engine.close()


def test_without_a_delay_everything_is_shown_at_once(stage: Stage) -> None:
    """The last tick, and what entered after it."""
    stage.run(33)
    reel, play = stage.watch(delay=0.0)
    assert shown(reel, play) == 33
    stage.run(30)
    assert shown(reel, play) == 63
    play.engine.close()
