"""What becomes of a match when packets are missing: a notice, then a pause, then what the room says. Nobody hangs it for ever.

    quiet -> NOTICE after 0.5 s -> LAG after 1.5 s (the room is in paused.lagging) -> after `patience`, or by vote, GO_ON

Time is a parameter, in ms; what is to be done is data.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from net.lockstep.settings import LockstepSettings

NOTICE_AFTER = 500.0
"""A missing packet is mentioned after this; players of Age of Empires did not notice 250 ms and played with 500."""
LAG_AFTER = 1_500.0
"""The match is paused after this; it stood still before as well, but nobody was told."""
SHORT = 3_000.0
"""`empty` and `drop` go on after this."""
RECOVERS = 0.25
"""What somebody was waited for is forgotten at this rate: whoever gives each packet just in time does not hold a match for ever.
A bad network stalls for seconds a few times a minute, which is less."""
LEAST_BUDGET = 10_000.0
"""So long may be waited for one player in all, before what is forgotten, where a single wait may be shorter."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done now. All lists are of players' numbers."""

    notice: list[int] = field(default_factory=list)
    """Say that these are waited for."""
    lag: list[int] = field(default_factory=list)
    """The match is paused for these: others than a moment ago."""
    stand_in: list[int] = field(default_factory=list)
    """Go on without these; their seats are theirs."""
    drop: list[int] = field(default_factory=list)
    """Go on without these, for good."""
    over: bool = False
    """Nobody is awaited any more: the pause ends."""


NOTHING = Decision()


class Missing:
    """Watches who is awaited, and for how long."""

    def __init__(self, settings: LockstepSettings) -> None:
        self._settings = settings
        self._since: dict[int, float] = {}
        self._used: dict[int, float] = {}
        """For how long each was waited for lately, beyond what is not mentioned (ms)."""
        self._looked_at = 0.0
        self._noticed: set[int] = set()
        self._lagging: list[int] = []
        self._votes: dict[int, dict[int, bool]] = {}
        """Of each awaited player: who voted to go on without (True) or to wait (False)."""

    @property
    def is_lagging(self) -> bool:
        """Whether the match is paused for somebody."""
        return bool(self._lagging)

    def left(self, player: int, now: float) -> float:
        """How long a player is waited for yet (ms)."""
        alone = self._since.get(player, now) + self._limit() - now
        return max(0.0, min(alone, self._budget() - self._used.get(player, 0.0)))

    def vote(self, voter: int, player: int, *, go_on: bool) -> bool:
        """A vote about somebody who is awaited, by somebody who is not. False: there is nothing to vote about."""
        if self._settings.missing != "vote" or player not in self._lagging or voter in self._lagging:
            return False
        self._votes.setdefault(player, {})[voter] = go_on
        return True

    def look(self, awaited: Collection[int], present: Collection[int], now: float) -> Decision:
        """`awaited` are missing now, of all who are `present`."""
        self._count(now)
        if not awaited:
            return self._all_there()
        self._since = {player: self._since.get(player, now) for player in sorted(awaited)}
        notice = self._later_than(NOTICE_AFTER, now, self._noticed)
        self._noticed = (self._noticed & self._since.keys()) | set(notice)
        lagging = self._later_than(LAG_AFTER, now, set())
        lag = lagging if lagging != self._lagging and lagging else []
        self._lagging = lagging or self._lagging
        out = [player for player in self._since if self._is_out(player, present, now)]
        if self._settings.missing == "empty":
            return Decision(notice, lag, stand_in=out)
        return Decision(notice, lag, drop=out)

    def begin_anew(self) -> None:
        """Nobody was awaited for a while: what they were waited for before that still counts."""
        self._since, self._noticed, self._lagging, self._votes = {}, set(), [], {}

    def forget(self, player: int) -> None:
        """This one is not awaited any more. Idempotent."""
        self._since.pop(player, None)
        self._votes.pop(player, None)
        for votes in self._votes.values():
            votes.pop(player, None)

    def _all_there(self) -> Decision:
        was_lagging = bool(self._lagging)
        if self._since:
            self.begin_anew()
        return Decision(over=True) if was_lagging else NOTHING

    def _count(self, now: float) -> None:
        if not (self._used or self._since):
            self._looked_at = now
            return
        forgotten = RECOVERS * (now - self._looked_at)
        self._used = {player: used - forgotten for player, used in self._used.items() if used > forgotten}
        for player, since in self._since.items():
            waited = now - max(self._looked_at, since + NOTICE_AFTER)
            if waited > 0.0:
                self._used[player] = self._used.get(player, 0.0) + waited
        self._looked_at = now

    def _later_than(self, limit: float, now: float, but: set[int]) -> list[int]:
        return [player for player, since in self._since.items() if now - since >= limit and player not in but]

    def _limit(self) -> float:
        return SHORT if self._settings.missing in ("empty", "drop") else self._settings.patience

    def _budget(self) -> float:
        return max(self._limit(), LEAST_BUDGET)

    def _is_out(self, player: int, present: Collection[int], now: float) -> bool:
        waited = now - self._since[player]
        if waited >= self._limit() or (
            waited >= NOTICE_AFTER and self._used.get(player, 0.0) >= self._budget()
        ):
            return True
        others = [each for each in present if each not in self._since]
        votes = self._votes.get(player, {})
        return 2 * sum(votes.get(other, False) for other in others) > len(others) > 0
