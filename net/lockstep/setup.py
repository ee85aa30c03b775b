"""Before a match: who plays, with which configuration, and who is ready. First come, first served.

A configuration is options of the room and options of each player. What the engine is given is
`{**options, "players": [{"player": number, **options of the player}, ...]}`, players by number.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ecs.values import SAFE_INTEGER, Allowed, flaw_of

MAX_BYTES = 8_192
"""Of the room's options in MessagePack; and of those of all players, who have equal shares of it."""
LEAST_SHARE = 64
"""Bytes of a player's options, however many seats there are."""
VALUES = Allowed(levels=8, largest=SAFE_INTEGER, typed=False)
"""What an option may be: all players' engines begin with it, in either encoding and in JavaScript too."""
MAX_OPTION = 64
"""The longest name of an option, in characters."""
RESERVED = ("players", "player")

Options = dict[str, Any]
Check = Callable[[Mapping[str, Any]], str]
"""Asks the engine about a setup: the reason why no match can begin with it, or nothing."""


class SetupRefused(Exception):
    """A change of the setup is not made. `status` is as in HTTP."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


class SetupImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A Setup as a journal's keyframe has it."""

    revision: int
    options: Options
    players: dict[int, Options]
    ready: list[int]
    host: int
    refusal: str


class Setup:
    """The setup of one room, over all of its matches."""

    def __init__(self, options: Mapping[str, Any] | None = None, *, seats: int = 1) -> None:
        """`options` are those that the room is made with, for so many players at most. Raises SetupRefused."""
        self.share = max(LEAST_SHARE, MAX_BYTES // max(seats, 1))
        """Bytes of one player's options in MessagePack: nobody takes the place of others'."""
        self.revision = 0
        """One more with each change."""
        self.options: Options = {}
        self.players: dict[int, Options] = {}
        """The options of each player who takes part, by number."""
        self.ready: set[int] = set()
        self.host = -1
        """Who may start alone; -1: nobody is here."""
        self.refusal = ""
        """Why the engine did not begin with the last configuration."""
        if options:
            self.options = _changed(self.options, options, MAX_BYTES)

    def all_ready(self, but: Collection[int] = ()) -> bool:
        """Whether all who take part are ready, `but` those: at least one is."""
        here = [player for player in self.players if player not in but]
        return bool(here) and self.ready.issuperset(here)

    def join(self, player: int, options: Mapping[str, Any] | None = None) -> None:
        """A player is there. The first one is the host."""
        self.players[player] = dict(options or {})
        if self.host < 0:
            self.host = player
        self._change()

    def leave(self, player: int, present: Collection[int] = ()) -> None:
        """A player is gone; a host is replaced by the one of those present who came first, else of all. Idempotent."""
        if self.players.pop(player, None) is None:
            return
        if self.host == player:
            heirs = [each for each in self.players if each in present] or list(self.players)
            self.host = heirs[0] if heirs else -1
        self._change()

    def absent(self, player: int) -> None:
        """A player's connection is lost: they are not ready."""
        self.ready.discard(player)

    def change_options(self, changes: Mapping[str, Any]) -> None:
        """Options of the room get these values; null removes one. All are unready. Raises SetupRefused."""
        self.options = _changed(self.options, changes, MAX_BYTES)
        self._change()

    def change_player(self, player: int, changes: Mapping[str, Any]) -> None:
        """Options of a player get these values. All are unready. Raises SetupRefused."""
        self.players[player] = _changed(self._of(player), changes, self.share)
        self._change()

    def check_change(self, player: int, changes: Mapping[str, Any]) -> None:
        """Whether a player's options, or (-1) the room's, may be changed so; nothing is. Raises SetupRefused."""
        if player < 0:
            _changed(self.options, changes, MAX_BYTES)
        else:
            _changed(self._of(player), changes, self.share)

    def check_revision(self, revision: int | None) -> None:
        """A change of an older configuration comes too late. Raises SetupRefused."""
        if revision is not None and revision != self.revision:
            raise SetupRefused(409, f"another change came first: the configuration is at {self.revision} now")

    def make_ready(self, player: int, *, ready: bool) -> None:
        """A player commits to the configuration as it is, or withdraws. Raises SetupRefused."""
        self._of(player)
        if ready:
            self.ready.add(player)
        else:
            self.ready.discard(player)

    def refused(self, reason: str) -> None:
        """The engine does not begin so: nobody is ready, and all are shown why."""
        self._change()
        self.refusal = reason

    def rematch(self) -> None:
        """A match is over: the same players with the same configuration, none of them ready."""
        self._change()

    def for_engine(self, but: Collection[int] = ()) -> Options:
        """What `init` is given; `but` those players, for whom nobody waits any more."""
        here = sorted(player for player in self.players if player not in but)
        players = [{**self.players[player], "player": player} for player in here]
        return {**self.options, "players": players}

    def save(self) -> SetupImage:
        """All of it."""
        players = {player: dict(options) for player, options in self.players.items()}
        return SetupImage(self.revision, self.options, players, sorted(self.ready), self.host, self.refusal)

    def load(self, image: SetupImage) -> None:
        """Become what `save` gave. Raises SetupRefused."""
        for options in (image.options, *image.players.values()):
            _check_values(options)
        self.revision, self.options, self.players = image.revision, image.options, dict(image.players)
        self.ready, self.host, self.refusal = set(image.ready), image.host, image.refusal

    def _change(self) -> None:
        self.revision += 1
        self.refusal = ""
        self.ready.clear()

    def _of(self, player: int) -> Options:
        if player not in self.players:
            raise SetupRefused(404, f"no player {player} takes part")
        return self.players[player]


def _changed(options: Options, changes: Mapping[str, Any], most: int) -> Options:
    """Options with these values, in at most so many bytes. Raises SetupRefused."""
    for name in changes:
        if name in RESERVED or not 1 <= len(name) <= MAX_OPTION or not name.isprintable():
            raise SetupRefused(422, f"{name[:MAX_OPTION]!r} is no name of an option")
    _check_values(dict(changes))
    merged = {name: value for name, value in {**options, **changes}.items() if value is not None}
    if len(msgspec.msgpack.encode(merged)) > most:
        raise SetupRefused(422, f"these options have at most {most} bytes")
    return merged


def check_given(setup: Options) -> None:
    """Whether `for_engine` could have given this. Raises SetupRefused."""
    _check_values(setup, VALUES._replace(levels=VALUES.levels + 2))


def _check_values(options: Options, allowed: Allowed = VALUES) -> None:
    flaw = flaw_of(options, allowed)
    if flaw:
        raise SetupRefused(422, f"the options do not fit: {flaw}")
