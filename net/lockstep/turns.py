"""The packets of a match: gathered by (player, generation), merged when nobody is awaited any more.

    hear(player, generation, body) ... awaited() == [] -> merge() -> the bodies of the next generation

`generation` is when commands were given: a client writes the packet of generation G when it begins to run G. They run in
G + delay, so that a packet is under way for `delay` generations before anybody waits for it.
"""

from collections.abc import Callable, Iterable
from enum import Enum

from net.errors import RemoteProtocolError
from net.protocol import CloseReason

NEAR = 64
"""Who is back, and level but for the way there, is late by no more generations: 1 s each way at 20 ms. Nobody's length of a
generation follows the way of somebody who is absent, so that all of their packets may come too late."""
Bodies = tuple[tuple[int, bytes], ...]
"""(player, commands) in the order of the players; who gave none is not in it."""


class Heard(Enum):
    """What became of a packet."""

    NEW = "new"
    AGAIN = "again"
    """It had come before: nothing changes."""
    LATE = "late"
    """Its generation has run without it: nothing changes."""


NEW, AGAIN, LATE = Heard
"""CPython 3.11 takes 50 ns to look an enum's member up by the enum."""


def anything(_body: bytes) -> None:
    """The schema of a game that gives none."""


class Turns:
    """Who has given what. Of each player at most `delay` packets wait: none can be given before its generation is told."""

    def __init__(
        self,
        players: Iterable[int],
        *,
        delay: int,
        generation: int = -1,
        max_body: int = 4_096,
        check: Callable[[bytes], None] = anything,
    ) -> None:
        """`generation` is the last one that was told (-1: none). `check` raises ValueError for what is no command of the game."""
        self.generation = generation
        self._delay = delay
        self._max_body = max_body
        self._check = check
        self._since = dict.fromkeys(sorted(players), max(0, generation + 1 - delay))
        """Who is awaited, and from which generation on."""
        self.present = list(self._since)
        """Who is waited for when a packet is missing, ascending."""
        self._absent: set[int] = set()
        self._waiting: dict[int, dict[int, bytes]] = {player: {} for player in self._since}
        self._awaited: list[int] | None = None
        """The answer of `awaited`, until something changes: it is asked for several times a generation."""

    @property
    def players(self) -> list[int]:
        """Who has a part in the match, present or not."""
        return list(self._waiting)

    @property
    def has_players(self) -> bool:
        """Whether anybody has."""
        return bool(self._waiting)

    def is_present(self, player: int) -> bool:
        """Whether a player's packets are waited for."""
        return player in self._since

    def hear(self, player: int, generation: int, body: bytes) -> Heard:
        """A packet has come. An absent player is present again with the first that is in time, or not late by much.

        Raises RemoteProtocolError for who does not play, a generation that has not been told, and what the game cannot have.
        """
        waiting = self._waiting.get(player)
        if waiting is None:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "A packet came from one who does not play.")
        if generation > self.generation:
            sentence = (
                f"A packet of generation {generation} came; {self.generation} is the last that was told."
            )
            raise RemoteProtocolError(CloseReason.MALFORMED, sentence)
        if generation in waiting:
            return AGAIN
        if generation + self._delay <= self.generation:
            if generation >= self.generation - NEAR:
                self._return(player, self.generation)
            return LATE
        self._check_body(body)
        waiting[generation] = body
        self._awaited = None
        self._return(player, generation)
        return NEW

    def awaited(self) -> list[int]:
        """The players whose packets the next generation lacks. The first `delay` generations need none."""
        if self._awaited is None:
            self._awaited = self._lacking()
        return self._awaited

    def _lacking(self) -> list[int]:
        given = self.generation + 1 - self._delay
        if given < 0:
            return []
        lacking = []
        for player, since in self._since.items():
            if given not in self._waiting[player] and since <= given:
                lacking.append(player)
        return lacking

    def merge(self) -> Bodies:
        """Tell the next generation; its bodies. Raises ValueError while somebody is awaited."""
        if awaited := self.awaited():
            raise ValueError(f"the players {awaited} are awaited")
        self.generation += 1
        self._awaited = None
        given = self.generation - self._delay
        bodies = []
        for player, waiting in self._waiting.items():
            if body := waiting.pop(given, b""):
                bodies.append((player, body))
        return tuple(bodies)

    def stand_in(self, player: int) -> None:
        """Go on without a player: empty commands stand in for theirs until they are back. Idempotent."""
        self._awaited = None
        if self._since.pop(player, None) is not None:
            self._absent.add(player)
            self.present = sorted(self._since)

    def leave(self, player: int) -> None:
        """A player has no part in the match any more. Idempotent."""
        self._awaited = None
        self._since.pop(player, None)
        self.present = sorted(self._since)
        self._absent.discard(player)
        self._waiting.pop(player, None)

    def _return(self, player: int, since: int) -> None:
        """Present again, where absent: the packets of the generation `since` and later are waited for."""
        if player in self._absent:
            self._absent.discard(player)
            self._since[player] = since
            self.present = sorted(self._since)

    def _check_body(self, body: bytes) -> None:
        if len(body) > self._max_body:
            sentence = f"A player gives at most {self._max_body} bytes of commands in a generation."
            raise RemoteProtocolError(CloseReason.MALFORMED, sentence)
        if not body:
            return
        try:
            self._check(body)
        except ValueError as error:
            raise RemoteProtocolError(CloseReason.MALFORMED, f"Not of this game: {error}"[:120]) from None
