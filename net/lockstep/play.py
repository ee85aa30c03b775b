"""What the journal of a lock-step room determines: seats, chart, chat, setup, and every generation of the match. No engine."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from net.hosted import HostedGame
from net.journal.entries import (
    Begun,
    Chosen,
    Join,
    Line,
    PutRight,
    Readiness,
    SetupRefused,
    Transition,
    Turn,
)
from net.journal.errors import JournalError
from net.lockstep.history import History, unpack_masters
from net.lockstep.settings import LockstepSettings
from net.lockstep.setup import Setup, SetupImage, check_given
from net.lockstep.setup import SetupRefused as ChangeRefused
from net.players.seats import Seats
from net.players.session import Seat
from net.protocol import Configuration, Master, RoomState, Said
from net.rooms.base_play import BasePlay
from net.rooms.chart import ChartError

VIEWERS = 256
"""Players' numbers from here on are of those who watch."""

_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class Match:
    """A match: what the engine is given, and all that has been told of it."""

    number: int
    seed: int
    setup: dict[str, Any]
    players: list[int]
    first_tick: int
    """The tick in which it began: generation g ran in the tick first_tick + 1 + g."""
    history: History = field(default_factory=History)
    last: Master | None = None
    """The last generation that was told."""
    put_right: dict[int, int] = field(default_factory=dict)
    """Who was given the right state, and the last generation that was told before; until a later one is confirmed."""
    times_put_right: dict[int, int] = field(default_factory=dict)
    """How often, in this match."""

    @property
    def generation(self) -> int:
        """The last that was told; -1: none."""
        return self.history.count - 1


class SeatImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A seat whose player has joined."""

    player: int
    player_id: str
    name: str
    connected: bool


class MatchImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A match that runs."""

    seed: int
    setup: dict[str, Any]
    players: list[int]
    first_tick: int
    chunks: list[bytes]
    tail: list[bytes]
    last: Master | None
    put_right: dict[int, int] = {}
    times_put_right: dict[int, int] = {}


class LockstepImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All of a LockstepPlay between two ticks."""

    tick: int
    chart: dict[str, str]
    seats: list[SeatImage]
    chat: list[Said]
    setup: SetupImage
    rules: LockstepSettings
    matches: int
    match: MatchImage | None


_images = msgspec.msgpack.Decoder(LockstepImage)


class LockstepPlay(BasePlay):
    """The part of a lock-step room that is the same each time its journal is run."""

    def __init__(
        self,
        hosted: HostedGame,
        seats: Seats,
        rules: LockstepSettings,
        options: dict[str, Any] | None = None,
    ) -> None:
        """`rules` and `options` are those that the room is made with. Raises net.lockstep.setup.SetupRefused."""
        super().__init__(hosted, seats)
        self.rules = rules
        self.setup = Setup(options, seats=seats.count)
        self.setup_changed = True
        """Whether everybody is to be told of the configuration."""
        self.match: Match | None = None
        self.matches = 0
        """How many have begun."""
        self._tick = 0
        self._verbs |= {
            Chosen: self._chosen,
            Readiness: self._readiness,
            SetupRefused: self._setup_refused,
            Begun: self._begun,
            Turn: self._turn,
            PutRight: self._put_right,
        }

    @property
    def at(self) -> int:
        """The last tick that has run: generations of all matches, and one for the beginning of each."""
        return self._tick

    def tick(self) -> None:
        """The tick of a generation, or of a match that begins."""
        self._tick += 1
        self.seats.rested()

    def configuration(self) -> Configuration:
        """The whole setup, as it is told."""
        setup = self.setup
        return Configuration(
            setup.revision,
            setup.options,
            sorted(setup.players.items()),
            sorted(setup.ready),
            self.host(),
            setup.refusal,
        )

    def host(self) -> int:
        """The setup's host, while connected, else who came first of those who are; -1: nobody.

        While there is a match, of those who play it: who was left out of it watches, and does not end it for them.
        """
        match, connected = self.match, set(self.connected())
        players = [self.setup.host, *self.setup.players]
        if match is not None:
            players = [player for player in players if player in match.players]
        here = [player for player in players if player in connected]
        return (here or players or [-1])[0]

    # What comes in ---------------------------------------------------------------------------------------------------

    def _joined(self, seat: Seat, _join: Join) -> None:
        if seat.player < VIEWERS and self.match is None:
            self.setup.join(seat.player)
            self.setup_changed = True

    def _left(self, player: int) -> None:
        self.setup.leave(player, self.connected())
        if self.match is not None:
            self.match.put_right.pop(player, None)
            self.match.times_put_right.pop(player, None)
        self.setup_changed = True
        if self.match is None:
            self.seats.rested()  # no tick runs in which anybody would have to hear of it

    def _dropped(self, player: int) -> None:
        if self.match is None:
            self.setup.absent(player)
        self.setup_changed = True

    def _returned(self, _player: int) -> None:
        self.setup_changed = True

    def _hearers(self, line: Line) -> Sequence[int] | None:
        """A team is those with an equal option `team`; nobody is far away."""
        if line.channel != "team":
            return None
        team = self.setup.players.get(line.player, {}).get("team")
        others = [player for player, options in self.setup.players.items() if options.get("team") == team]
        return others if team is not None and line.player in others else [line.player]

    def _chosen(self, chosen: Chosen) -> None:
        try:
            if chosen.player < 0:
                self.setup.change_options(chosen.changes)
            else:
                self.setup.change_player(chosen.player, chosen.changes)
        except ChangeRefused as refused:
            raise JournalError(f"the journal has a change of the setup that is none: {refused}") from refused
        self.setup_changed = True

    def _readiness(self, readiness: Readiness) -> None:
        try:
            self.setup.make_ready(readiness.player, ready=readiness.ready)
        except ChangeRefused as refused:
            raise JournalError(f"the journal has a player be ready who is not there: {refused}") from refused
        self.setup_changed = True

    def _setup_refused(self, refused: SetupRefused) -> None:
        self.setup.refused(refused.reason)
        self.setup_changed = True

    def _begun(self, begun: Begun) -> None:
        _check_given(begun.setup)
        host = self.host()
        self.matches += 1
        self.match = Match(self.matches, begun.seed, begun.setup, begun.players, self._tick + 1)
        self.setup_changed |= self.host() != host
        self.news.tell_all(RoomState(self.chart.send("start")))

    def _turn(self, turn: Turn) -> None:
        match = self.match
        if match is None or turn.generation != match.generation + 1:
            raise JournalError(f"the journal has generation {turn.generation}, which is not the next")
        match.last = Master(
            turn.generation, turn.iterations, turn.iteration_ms, turn.bodies, turn.checksum_generation, turn.checksum
        )  # fmt: skip
        match.history.add(match.last)
        if match.put_right:
            confirmed = turn.checksum_generation
            match.put_right = {who: told for who, told in match.put_right.items() if told >= confirmed}

    def _put_right(self, put_right: PutRight) -> None:
        match, player = self.match, put_right.player
        if match is None:
            raise JournalError("the journal has a player be put right outside of a match")
        match.put_right[player] = match.generation
        match.times_put_right[player] = match.times_put_right.get(player, 0) + 1

    def _transition(self, transition: Transition) -> None:
        """Raises IllegalEvent."""
        super()._transition(transition)
        if transition.event == "finish":
            self.match = None
            for seat in self.seats:
                if seat.joined and seat.player < VIEWERS and seat.player not in self.setup.players:
                    self.setup.join(seat.player)
            self.setup.rematch()
            self.setup_changed = True

    def connected(self) -> list[int]:
        """The players who are connected, as far as the journal knows."""
        return [seat.player for seat in self.seats if seat.connected]

    # As bytes --------------------------------------------------------------------------------------------------------

    def image(self) -> bytes:
        """All of it, between two ticks."""
        seats = [
            SeatImage(seat.player, seat.player_id, seat.name, seat.connected)
            for seat in self.seats
            if seat.joined
        ]
        match = self.match
        kept = None
        if match is not None:
            chunks, tail = match.history.save()
            kept = MatchImage(
                match.seed,
                match.setup,
                match.players,
                match.first_tick,
                chunks,
                tail,
                match.last,
                match.put_right,
                match.times_put_right,
            )
        return _encode(
            LockstepImage(
                self._tick,
                self.chart.save(),
                seats,
                list(self.chat.history),
                self.setup.save(),
                self.rules,
                self.matches,
                kept,
            )
        )

    def restore(self, data: bytes) -> None:
        """Become what `image` gave, in a room in which nobody has joined. Raises JournalError."""
        image = read_lockstep_image(data)
        self._tick, self.matches, self.rules = image.tick, image.matches, image.rules
        self.chat.history.extend(image.chat)
        try:
            self.chart.load(image.chart)
            self.setup.load(image.setup)
            for kept in image.seats:
                self.seats.join(kept.player, kept.player_id, kept.name).connected = kept.connected
            self.match = None if image.match is None else _match_of(image.matches, image.match)
        except (ChartError, KeyError, ValueError, ChangeRefused) as error:
            raise JournalError(f"a keyframe cannot be read: {error}") from error

    def is_as_in(self, data: bytes) -> bool:
        """Whether an image has this room: another zlib packs the same generations into other bytes. Raises JournalError."""
        return _plain(read_lockstep_image(data)) == _plain(read_lockstep_image(self.image()))

    def checksum(self) -> int:
        """48 bits over the image."""
        return int.from_bytes(blake2b(self.image(), digest_size=6).digest(), "big")


def _match_of(number: int, image: MatchImage) -> Match:
    """Raises JournalError, and ValueError for generations that no match has."""
    _check_given(image.setup)
    match = Match(number, image.seed, image.setup, image.players, image.first_tick, last=image.last)
    match.history.load(image.chunks, image.tail)
    if match.history.last(1, match.history.count) != [each for each in (image.last,) if each is not None]:
        raise ValueError("the last generation is another one than that of the match")
    match.put_right, match.times_put_right = dict(image.put_right), dict(image.times_put_right)
    return match


def _check_given(setup: dict[str, Any]) -> None:
    """Raises JournalError."""
    try:
        check_given(setup)
    except ChangeRefused as refused:
        raise JournalError(f"the journal has a match with a setup that is none: {refused}") from refused


def _plain(image: LockstepImage) -> LockstepImage:
    """With its generations unpacked."""
    if image.match is None:
        return image
    try:
        chunks = [_encode(unpack_masters(chunk)) for chunk in image.match.chunks]
    except ValueError as error:
        raise JournalError(f"a keyframe cannot be read: {error}") from error
    return replace(image, match=replace(image.match, chunks=chunks))


def read_lockstep_image(data: bytes) -> LockstepImage:
    """What `LockstepPlay.image` gave. Raises JournalError."""
    try:
        return _images.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise JournalError(f"a keyframe cannot be read: {error}") from error
