"""Shows a journal of a lock-step room: its master packets, as the room told them; whoever watches computes the match.

There is no engine here. Going back is telling a match anew, from its beginning, and the client runs it as fast as it can.
"""

from collections.abc import Iterable, Sequence

from net.hosted import HostedGame
from net.journal.entries import Ended, Transition
from net.journal.reader import Frame, Keyframe
from net.lockstep.outbox import LockstepOutbox, StepNews
from net.lockstep.play import LockstepPlay, Match
from net.lockstep.seats import LockstepSeats
from net.lockstep.settings import LockstepSettings
from net.players.session import Session
from net.protocol import Happened, PlayerRecord, Said, ServerItem
from net.replay.lengths import Moment
from net.replication.map_feed import MapFeed
from net.rooms.chat import Chat
from net.rooms.news import News
from net.rooms.outbox import Outgoing
from net.watching.reel import Reel

VIEWERS = 256
"""More never watched a room, by the bounds of its rules."""
OWN = (Happened, Said)
"""What of the things that are said to some players only is for their followers."""
NOBODY = -1


class LockstepShow:
    """A show of a reel. What goes on raises JournalError where the journal has what cannot have been."""

    def __init__(self, reel: Reel, hosted: HostedGame) -> None:
        self._reel = reel
        self._hosted = hosted
        self._ended: Ended | None = None
        self._goal: int | None = None
        self._next: Frame | None = None
        """A frame that was looked at and is yet to be run."""
        self._told: Match | None = None
        """The match that viewers have been told of."""
        self._anew = False
        """Whether what viewers hold is of elsewhere."""
        self._begin(reel.rewind(reel.first))

    def _begin(self, keyframe: Keyframe) -> None:
        header = self._reel.header
        play = LockstepPlay(self._hosted, LockstepSeats(header.seats, VIEWERS), LockstepSettings())
        play.restore(keyframe.image())
        self._play, self._next, self._ended = play, None, None
        self._outbox = LockstepOutbox(play, play.rules, round(1000.0 / header.tick_rate))
        self._told, self._anew = play.match, True

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
        return self._play.at

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
        """Those of the match: whoever follows one sees what that player saw."""
        match = self._play.match
        return tuple(sorted(match.players)) if match is not None else ()

    @property
    def nobody(self) -> int:
        """Nobody: such a viewer sees everything."""
        return NOBODY

    @property
    def interval(self) -> float:
        """As long as the last generation was."""
        match = self._play.match
        last = match.last if match is not None else None
        return float(last.iterations * last.iteration_ms) if last is not None else self._play.rules.generation

    @property
    def moments(self) -> list[Moment]:
        return self._reel.moments

    @property
    def chat(self) -> Chat:
        return self._play.chat

    @property
    def map_feed(self) -> MapFeed | None:
        return None

    # Running ---------------------------------------------------------------------------------------------------------

    def run(self, most: int) -> int:
        """A match that ends is told to its end first, before the room goes on."""
        ran = 0
        while ran < most and (frame := self._take()) is not None:
            if ran and any(
                isinstance(entry, Transition) and entry.event == "finish" for entry in frame.entries
            ):
                self._next = frame
                break
            self._run(frame)
            ran += frame.runs
        return ran

    def seek(self, tick: int) -> None:
        """Onwards from here, so that whoever watches computes on; or from the keyframe before it."""
        goal = min(max(tick, self.first), self._reel.last)
        if self.tick > goal:
            self._begin(self._reel.rewind(goal))
        self._goal = goal

    def travel(self, most: int) -> bool:
        goal = self._goal
        if goal is None:
            return True
        for _ in range(most):
            frame = self._take() if self.tick < goal else None
            if frame is None:
                self._goal = None
                self._play.news = News()
                return True
            self._run(frame)
        return False

    def close(self) -> None:
        self._play.close()

    def _take(self) -> Frame | None:
        frame, self._next = self._next, None
        return frame or self._reel.next()

    def _run(self, frame: Frame) -> None:
        self._ended = next((each for each in frame.entries if isinstance(each, Ended)), self._ended)
        self._play.feed(frame.entries)
        if frame.runs:
            self._play.tick()

    # Showing ---------------------------------------------------------------------------------------------------------

    def write(self, sessions: Iterable[Session], now: float, followed: frozenset[int]) -> Outgoing:  # noqa: ARG002 - any show's
        """Whoever lacks generations is told them packed, a bounded piece at a time, as a room does."""
        sessions = list(sessions)
        news, self._play.news = self._play.news, News()
        news.close(self._play.seats)
        shared = list(news.shared)
        if self._play.setup_changed:
            self._play.setup_changed = False
            shared.append(self._play.configuration())
        self._turn(sessions)
        own = {player: _for_followers(items) for player, items in news.own.items()}
        return self._outbox.write(sessions, StepNews(self.tick, now, shared, own, 0, everybody=False))

    def _turn(self, sessions: Sequence[Session]) -> None:
        """Where another match is shown, or the same one from further back, everybody begins anew."""
        match, anew = self._play.match, self._anew
        if match is not self._told:
            self._told, anew = match, True
        self._anew = False
        for session in sessions if anew else ():
            session.needs_snapshot, session.cursor = True, 0


def _for_followers(items: Sequence[ServerItem]) -> list[ServerItem]:
    return [item for item in items if isinstance(item, OWN)]
