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
        return max(0.0, self._since.get(player, now) + self._limit() - now)

    def vote(self, voter: int, player: int, *, go_on: bool) -> bool:
        """A vote about somebody who is awaited, by somebody who is not. False: there is nothing to vote about."""
        if self._settings.missing != "vote" or player not in self._lagging or voter in self._lagging:
            return False
        self._votes.setdefault(player, {})[voter] = go_on
        return True

    def look(self, awaited: Collection[int], present: Collection[int], now: float) -> Decision:
        """`awaited` are missing now, of all who are `present`."""
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

    def forget(self, player: int) -> None:
        """This one is not awaited any more. Idempotent."""
        self._since.pop(player, None)
        self._votes.pop(player, None)
        for votes in self._votes.values():
            votes.pop(player, None)

    def _all_there(self) -> Decision:
        was_lagging = bool(self._lagging)
        if self._since:
            self._since, self._noticed, self._lagging, self._votes = {}, set(), [], {}
        return Decision(over=True) if was_lagging else NOTHING

    def _later_than(self, limit: float, now: float, but: set[int]) -> list[int]:
        return [player for player, since in self._since.items() if now - since >= limit and player not in but]

    def _limit(self) -> float:
        return SHORT if self._settings.missing in ("empty", "drop") else self._settings.patience

    def _is_out(self, player: int, present: Collection[int], now: float) -> bool:
        if now - self._since[player] >= self._limit():
            return True
        others = [each for each in present if each not in self._since]
        votes = self._votes.get(player, {})
        return 2 * sum(votes.get(other, False) for other in others) > len(others) > 0
