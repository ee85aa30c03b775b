"""What a room has told its players lately, for one who was not there to hear it: by tick, and encoded for who asks only."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from net.players.session import Seat
from net.protocol import Answer, Happened, Hello, Notice, Said, ServerItem

MAX_KEPT = 50_000
"""Items that are kept of a room, those for one player counted each: about 1 MB. The oldest ticks go first."""
MAX_TOLD = 500
"""Items that one who comes back is told; whoever missed more gets the state alone."""
AWAY_TOO_LONG = Notice("You were away for too long to be told what happened meanwhile.")
TOLD_AGAIN = (Happened, Answer, Notice, Said)
"""What is told to one who missed it. Roster and room state are in the welcome, the rest in the snapshot."""


class _Told(NamedTuple):
    """What one bundle of the room said, at `now` (ms): bundles of a room that stands still have one tick."""

    tick: int
    now: float
    shared: Sequence[ServerItem]
    own: Mapping[int, Sequence[ServerItem]]
    size: int


class Missed:
    """A bounded ring of what was said."""

    def __init__(self, ticks: float) -> None:
        """`ticks` is for how long seats are kept: nobody comes back later than that."""
        self._ticks = ticks
        self._told: deque[_Told] = deque()
        self._size = 0
        self._gone = -1
        """The tick up to which something is not kept any more."""

    def add(
        self,
        tick: int,
        now: float,
        shared: Sequence[ServerItem],
        own: Mapping[int, Sequence[ServerItem]],
    ) -> None:
        """The bundles of this tick, at `now` (ms), have these items, which are not changed from here on."""
        if shared or own:
            shared = _told_again(shared)
            own = {player: kept for player, items in own.items() if (kept := _told_again(items))}
        size = len(shared) + sum(map(len, own.values()))
        if size:
            self._told.append(_Told(tick, now, shared, own, size))
            self._size += size
        while self._told and (self._size > MAX_KEPT or tick - self._told[0].tick > self._ticks):
            self._drop()

    def begin(self, tick: int) -> None:
        """The room begins at this tick, restored: what was said before is not known."""
        self._told.clear()
        self._size = 0
        self._gone = tick

    def since(self, hello: Hello, seat: Seat) -> list[ServerItem]:
        """What the player of a seat has missed since the bundle that its hello names; nothing for one who knows nothing.

        Nobody is told what was said before they joined: the number of the seat may have been another's.
        """
        if hello.last_tick < 0:
            return []
        if max(hello.last_tick, seat.joined_at) < self._gone:
            return [AWAY_TOO_LONG]
        missed: list[ServerItem] = []
        for told in reversed(self._told):
            if (told.tick, told.now) <= (hello.last_tick, hello.last_time) or told.tick <= seat.joined_at:
                break
            missed[:0] = [*told.shared, *told.own.get(seat.player, ())]
            if len(missed) > MAX_TOLD:
                return [AWAY_TOO_LONG]
        return missed

    def _drop(self) -> None:
        oldest = self._told.popleft()
        self._size -= oldest.size
        self._gone = oldest.tick


def _told_again(items: Sequence[ServerItem]) -> list[ServerItem]:
    return [item for item in items if isinstance(item, TOLD_AGAIN)]
