"""Shows a journal of an authoritative room by running it again: its own world, its own replication, no room."""

from collections.abc import Iterable, Sequence

from ecs.tiles import ChunkChange
from net.hosted import HostedGame
from net.journal.entries import Ended
from net.journal.reader import Frame
from net.players.session import Session
from net.protocol import Happened, PlayerRecord, Said, ServerItem
from net.replay.lengths import Moment
from net.replay.rerun import begin_again, run_frame
from net.replication.audience import Audience
from net.replication.map_feed import MapFeed
from net.replication.replicate import Changes, Replicator
from net.replication.views import view_of
from net.rooms.chat import Chat
from net.rooms.news import News
from net.rooms.outbox import Outbox, Outgoing, TickNews
from net.rooms.play import Play
from net.watching.onlookers import Followed, PublicAudience, PublicReplicator
from net.watching.reel import Reel
from systems.engine import StepResult

OWN = (Happened, Said)
"""What of the things that are said to some players only is for their followers: answers and notices are not."""
NEVER_HEARD = -1


class RerunShow:
    """A show of a reel. `public`: nothing that is for some players only (net/watching/onlookers.py).

    Everything that runs ticks raises one of net.replay.rerun.RERUN_ERRORS.
    """

    def __init__(self, reel: Reel, hosted: HostedGame, *, public: bool) -> None:
        self._reel = reel
        self._public = public
        self._hosted = hosted
        self._ended: Ended | None = None
        self._goal: int | None = None
        self._play = begin_again(reel.header, hosted, reel.rewind(reel.first))
        try:
            self._stage()
        except BaseException:
            self.close()
            raise

    def _stage(self) -> None:
        """What shows the play from here on: whoever watches begins anew."""
        world, game, schema = self._play.engine.world, self._hosted.game, self._hosted.schema
        kind = PublicReplicator if self._public else Replicator
        self._replicator = kind(world, game, schema)
        self._surroundings = Followed(world, self._replicator, public=self._public)
        view = view_of(world, self._replicator, game.view_radius, surroundings=self._surroundings)
        self._map_feed = None
        if world.has_map:
            self._map_feed = MapFeed(world, self._replicator, game.view_radius, self._surroundings)
        self._outbox = Outbox(self._replicator, view, self._map_feed)
        listeners = PublicAudience if self._public else Audience
        self._audience = listeners(world, self._replicator, game.view_radius, self._surroundings)
        self._play.audience = self._audience
        self._base = -1
        self._followed: frozenset[int] | None = None
        self._tiles: Sequence[ChunkChange] = ()
        self._changes: Changes | None = self._observed()

    # What there is ---------------------------------------------------------------------------------------------------

    @property
    def room_id(self) -> str:
        return self._reel.header.room_id

    @property
    def hosted(self) -> HostedGame:
        return self._hosted

    @property
    def first(self) -> int:
        return self._reel.first

    @property
    def last(self) -> int:
        return max(self._reel.last, self.tick)

    @property
    def tick(self) -> int:
        return self._play.engine.world.tick

    @property
    def state(self) -> str:
        return self._play.chart.state

    @property
    def is_over(self) -> bool:
        return self._ended is not None

    @property
    def roster(self) -> list[PlayerRecord]:
        return self._play.seats.records()

    @property
    def players(self) -> tuple[int, ...]:
        return self._play.engine.world.players

    @property
    def nobody(self) -> int:
        """The first player: everything is seen by somebody."""
        return next(iter(self.players), 0)

    @property
    def interval(self) -> float:
        return 1_000.0 / self._hosted.game.tick_rate

    @property
    def moments(self) -> list[Moment]:
        return []

    @property
    def chat(self) -> Chat:
        return self._play.chat

    @property
    def map_feed(self) -> MapFeed | None:
        return self._map_feed

    # Running ---------------------------------------------------------------------------------------------------------

    def run(self, most: int) -> int:
        """Where several ticks are run, the last one is shown, and what happened in all of them."""
        ran = 0
        while ran < most and (frame := self._reel.next()) is not None:
            ran += self._run(frame)
        if ran:
            self._changes = self._observed()
        return ran

    def seek(self, tick: int) -> None:
        """By the nearest keyframe before it, or onwards where that is nearer."""
        goal = min(max(tick, self.first), self._reel.last)
        if not self.tick <= goal or self._reel.nearest(goal) > self.tick:
            self._replace(begin_again(self._reel.header, self._hosted, self._reel.rewind(goal)))
        self._goal = goal
        self._play.audience = None

    def travel(self, most: int) -> bool:
        goal = self._goal
        if goal is None:
            return True
        for _ in range(most):
            frame = self._reel.next() if self.tick < goal else None
            if frame is None:
                self._goal = None
                self._play.news = News()
                self._stage()
                return True
            self._take(frame)
        return False

    def close(self) -> None:
        self._play.engine.close()

    def _replace(self, play: Play) -> None:
        self._play.engine.close()
        self._play, self._ended = play, None

    def _run(self, frame: Frame) -> bool:
        """A frame that is shown: what it has to tell is kept for `write`."""
        step = self._take(frame)
        if step is None:
            return False
        self._tiles = [*self._tiles, *self._play.tiles]
        self._play.tell(step)
        return True

    def _take(self, frame: Frame) -> StepResult | None:
        self._ended = next((each for each in frame.entries if isinstance(each, Ended)), self._ended)
        return run_frame(self._play, frame)

    def _observed(self) -> Changes:
        changes = self._replicator.observe()
        self._audience.begin()
        return changes

    # Showing ---------------------------------------------------------------------------------------------------------

    def write(self, sessions: Iterable[Session], now: float, followed: frozenset[int]) -> Outgoing:
        news, self._play.news = self._play.news, News()
        news.close(self._play.seats)
        changes, self._changes = self._changes, None
        if followed != self._followed:
            self._followed = followed
            self._surroundings.follow(followed)
            changes = changes or Changes.none()
        own = {player: _for_followers(items) for player, items in news.own.items()}
        tick_news = TickNews(self.tick, now, self._base, changes, news.shared, own, self._tiles)
        self._base, self._tiles = self.tick, ()
        return self._outbox.write(sessions, tick_news, lambda _: NEVER_HEARD)


def _for_followers(items: list[ServerItem]) -> list[ServerItem]:
    return [item for item in items if isinstance(item, OWN)]
