"""What the journal of a room determines: engine, seats taken, state chart, chat, answered calls. No connection, no clock.

    apply(entry)... tick() ... apply(entry)... tick()

`apply`, `hear` and `tick` are the only ways in, for a room that is played and for one whose journal is run again: the same
entries give the same room. What is to be told is in `news`, by player number.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Raw, Struct

from ecs.errors import SaveUnreadable, SnapshotError, WorldError
from ecs.snapshot import checksum, load, save
from ecs.tiles import ChunkChange
from net.hosted import HostedGame
from net.journal.entries import (
    Call,
    Canonicalised,
    Foreign,
    Join,
    Line,
    Order,
)
from net.journal.errors import JournalError
from net.players.calls import CallsImage
from net.players.seats import Seats
from net.players.session import Seat
from net.protocol import AXIS_SCALE, Answer, Happened, Input, Said
from net.replication.audience import Audience
from net.rooms.base_play import BasePlay
from net.rooms.chart import ChartError
from net.schema import EventWriter
from systems.engine import Engine, StepResult

OK = 200
REFUSED = 409
"""The status of a command or call that the game itself refused."""
MISTAKEN = 500
"""The status of a call that has run, and whose answer cannot be told."""

_encode = msgspec.msgpack.Encoder().encode


class SeatImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A seat whose player has joined."""

    player: int
    player_id: str
    name: str
    connected: bool
    recorded_id: int
    calls: CallsImage


class PlayImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All of a Play between two ticks."""

    world: bytes
    chart: dict[str, str]
    seats: list[SeatImage]
    resting: dict[int, str]
    """Who has left and is in the world until the next tick: number -> player_id."""
    chat: list[Said]


_images = msgspec.msgpack.Decoder(PlayImage)


class Play(BasePlay):
    """The part of an authoritative room that is the same each time its journal is run."""

    def __init__(
        self,
        room_id: str,
        hosted: HostedGame,
        seats: Seats,
        *,
        seed: int,
        timer: Callable[[], int] | None = None,
    ) -> None:
        """Raises SystemFailed when the game's `create` raises."""
        super().__init__(hosted, seats)
        self.engine = Engine(hosted.game, seed, side="server", room_id=room_id, timer=timer)
        self.audience: Audience | None = None
        """Who hears what; without one (a journal is run again for its own sake) nobody is told of what happens."""
        self.waiting: Counter[int] = Counter()
        """How many commands of a player wait for the engine's next tick."""
        self.tiles: Sequence[ChunkChange] = ()
        """What changed on the tile map in the last tick."""
        self._events = EventWriter(hosted.game)
        self._verbs |= {Order: self._order, Call: self._call, Foreign: self._foreign}

    @property
    def at(self) -> int:
        """The last tick that has run; 0 before the first."""
        return self.engine.world.tick

    # What comes in ---------------------------------------------------------------------------------------------------

    def hear(self, player: int, given: Input) -> bool:
        """Queue an input. False where one of that tick or a later one came before, or it is too far ahead: it changes nothing."""
        axes = tuple([value / AXIS_SCALE for value in given.axes]) if given.axes else ()
        return self.engine.inputs.enqueue(player, given.tick, given.held, given.pressed, axes, given.view)

    def _joined(self, _seat: Seat, join: Join) -> None:
        try:
            self.engine.join(join.player, join.name, join.saved)
        except (SaveUnreadable, WorldError) as error:
            raise JournalError(f"player {join.player} comes with saved data that is none: {error}") from None

    def _left(self, player: int) -> None:
        self.engine.leave(player)

    def _dropped(self, player: int) -> None:
        self.engine.drop(player)

    def _returned(self, player: int) -> None:
        self.engine.returned(player)

    def _order(self, order: Order) -> None:
        seat = self._seat(order.player)
        declared = self.hosted.game.commands.get(order.name)
        if declared is None:
            raise JournalError(f"the game has no command {order.name!r}")
        seat.record_id(order.id)
        self.waiting[order.player] += 1
        self.engine.command(order.player, order.name, _body(order.body, declared.type), order.id)

    def _call(self, call: Call) -> None:
        seat = self._seat(call.player)
        declared = self.hosted.game.rpcs.get(call.name)
        if declared is None:
            raise JournalError(f"the game has no rpc {call.name!r}")
        seat.record_id(call.id)
        seat.calls.begin(call.id, call.name, digest_of(call.body))
        self.engine.rpc(call.player, call.name, _body(call.body, declared.type), call.id)

    def _hearers(self, line: Line) -> Sequence[int] | None:
        """Nobody, where a journal is run again for its own sake."""
        return () if self.audience is None else self.audience.of_line(line.player, line.channel)

    def _foreign(self, foreign: Foreign) -> None:
        declared = self.hosted.game.events.get(foreign.name)
        if declared is None:
            raise JournalError(f"the game has no event {foreign.name!r}")
        event = declared.layout.build(_body(foreign.body, list[Any]))
        self.news.tell_all(self._happened(event))

    def _canonicalise(self, _: Canonicalised) -> None:
        self.engine.canonicalise()

    # The tick --------------------------------------------------------------------------------------------------------

    def tick(self) -> StepResult:
        """One tick of the engine. Raises SystemFailed."""
        step = self.engine.step()
        self.seats.rested()
        self.waiting.clear()
        self.tiles = step.tiles
        for player, answer in _answers(step):
            seat = self.seats.get(player)
            if seat is not None:
                seat.calls.end(answer)  # kept for who asks again
        return step

    def tell(self, step: StepResult) -> None:
        """What happened in a tick becomes news, once its audience has been looked at."""
        if self.audience is None:
            return
        for delivery in step.events.deliveries:
            if self._events.is_public(delivery.event):
                self.news.tell(self.audience.of(delivery), self._happened(delivery.event))
        for player, answer in _answers(step):
            self.news.tell([player], answer)

    def is_public(self, event: object) -> bool:
        """Whether clients may hear of an event."""
        return self._events.is_public(event)

    def _happened(self, event: object) -> Happened:
        place, fields = self._events.write(event)
        return Happened(place, self.engine.world.tick, fields)

    # As bytes --------------------------------------------------------------------------------------------------------

    def image(self) -> bytes:
        """All of it, between two ticks of which the last one was a keyframe, or after a `Canonicalised`."""
        seats = [
            SeatImage(
                seat.player, seat.player_id, seat.name, seat.connected, seat.recorded_id, seat.calls.save()
            )
            for seat in self.seats
            if seat.joined
        ]
        world, chart, chat = save(self.engine.world), self.chart.save(), list(self.chat.history)
        return _encode(PlayImage(world, chart, seats, self.seats.resting, chat))

    def restore(self, data: bytes) -> None:
        """Become what `image` gave, in a room in which nobody has joined. Raises JournalError."""
        image = read_image(data)
        try:
            load(self.engine.world, image.world)
            self.chart.load(image.chart)
        except (SnapshotError, ChartError, KeyError) as error:
            raise JournalError(f"the keyframe does not fit the game: {error}") from None
        for kept in image.seats:
            seat = self.seats.join(kept.player, kept.player_id, kept.name)
            seat.record_id(kept.recorded_id)
            seat.calls.load(kept.calls)
            seat.connected = kept.connected
        self.seats.resting |= image.resting
        self.chat.history.extend(image.chat)

    def checksum(self) -> int:
        """48 bits over the world. Raises SnapshotError."""
        return checksum(self.engine.world)

    def close(self) -> None:
        """Free the engine's world. Doing it again changes nothing."""
        self.engine.close()


def _answers(step: StepResult) -> list[tuple[int, Answer]]:
    """What came of the calls of a tick, and of the commands that were refused."""
    answered = [(player, Answer(request, OK, value)) for player, request, value in step.answers]
    refused = [(player, Answer(request, REFUSED, reason)) for player, request, reason in step.refusals]
    mistaken = [(player, Answer(request, MISTAKEN, reason)) for player, request, reason in step.untold]
    return answered + refused + mistaken


def read_image(data: bytes) -> PlayImage:
    """A keyframe's image in its parts. Raises JournalError."""
    try:
        return _images.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise JournalError(f"a keyframe cannot be read: {error}") from None


def packed_body(body: object) -> Raw:
    """A body as the journal has it."""
    return Raw(_encode(body))


def digest_of(body: Raw) -> bytes:
    """What tells two bodies of calls apart."""
    return blake2b(bytes(body), digest_size=16).digest()


def _body(body: Raw, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise JournalError(f"a body does not fit: {error}") from None
