"""One running instance of a game: seats, connections, state chart, engine. No clock and no socket.

    Session.receive -> Room.enqueue ... Room.step: engine -> replicate -> own items -> a bundle for each session

`step` returns data: the gateway and the loop write it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ecs.events import Delivery
from ecs.tiles import ChunkChange
from net.allowance import Allowance
from net.audience import Audience
from net.chart import RoomChart
from net.chat import Chat, ChatRefused
from net.codec import Codec
from net.commands import CommandRefused, command_body
from net.connections import Closing, Connections
from net.errors import RemoteProtocolError, SceneError
from net.hosted import HostedGame
from net.map_feed import MapFeed
from net.moderation import ACTS, Bans, Mutes
from net.news import News
from net.outbox import Outbox, Outgoing, TickNews
from net.protocol import (
    AXIS_SCALE,
    PROTOCOL_VERSION,
    Answer,
    ClientItem,
    CloseReason,
    Command,
    Happened,
    Hello,
    Input,
    Notice,
    Ping,
    Pong,
    Request,
    RoomState,
    Welcome,
)
from net.replicate import Changes, Replicator
from net.requests import Asker, answer, is_call
from net.schema import EventWriter
from net.seats import RoomEnded, Seat, Seats
from net.session import Session
from net.sessions import random_token
from net.settings import RoomSettings
from net.views import view_of
from systems.engine import Engine, SystemFailed
from systems.queue import QueueFull

HOUSEKEEPING = 500.0
"""How often a room looks for silent connections and seats to free (ms)."""
OK = 200
REFUSED = 409
"""The status of a command or call that the game itself refused."""


@dataclass(slots=True)
class RoomStep:
    """What one step of a room wants done outside of it."""

    outgoing: Outgoing = field(default_factory=list)
    closing: Closing = field(default_factory=list)
    """Sessions to close after their bytes are written, with the sentence for the player."""
    server_wide: list[object] = field(default_factory=list)
    """Events for the other rooms of the same game: hand each to their `deliver`."""
    failure: Exception | None = None
    """The game's mistake that ended the room."""
    slowest: tuple[str, int] | None = None
    """The slowest system of the tick and its time (ns), where the room has a timer."""


class Room:
    """A room. Times are ms of the server's monotonic clock."""

    def __init__(
        self,
        room_id: str,
        hosted: HostedGame,
        *,
        seed: int,
        settings: RoomSettings,
        now: float,
        epoch: float = 0.0,
        timer: Callable[[], int] | None = None,
        make_token: Callable[[], str] = random_token,
    ) -> None:
        """`epoch` is the wall clock (unix ms) at time 0; `timer` gives ns, to name the slowest system.
        `make_token` makes the resume tokens: 256 random bits, but for tests.

        Raises SystemFailed when the game's `create` raises.
        """
        game = hosted.game
        self.room_id = room_id
        self.hosted = hosted
        self.settings = settings
        self.engine = Engine(game, seed, side="server", room_id=room_id, timer=timer)
        self.chart = RoomChart(hosted.chart)
        self.seats = Seats(min(game.max_players, settings.max_players or game.max_players), make_token)
        self.tick_rate = game.tick_rate
        self.ended = False
        self.empty_since: float | None = now
        """Since when nobody is connected and no seat is reserved, or None."""
        self._epoch = epoch
        self._replicator = Replicator(self.engine.world, game, hosted.schema)
        self._events = EventWriter(game)
        view = view_of(self.engine.world, self._replicator, game.view_radius, settings.byte_budget)
        self.map_feed = None
        if self.engine.world.has_map:
            self.map_feed = MapFeed(self.engine.world, self._replicator, game.view_radius)
        self._outbox = Outbox(self._replicator, view, self.map_feed)
        self._audience = Audience(self.engine.world, self._replicator, game.view_radius)
        self.chat = Chat()
        self.bans = Bans()
        self.mutes = Mutes()
        self._connections = Connections(settings)
        self._news = News()
        self._tiles: Sequence[ChunkChange] = ()
        """What changed on the tile map in the last tick."""
        self._commands: dict[int, int] = defaultdict(int)
        """How many commands of a player wait for the engine's next tick."""
        self._allowances: dict[int, Allowance] = {}
        """What each player has left to ask, by number."""
        self._base = -1
        self._housekeeping_at = now

    @property
    def tick(self) -> int:
        """The last tick that has run; 0 before the first."""
        return self.engine.world.tick

    @property
    def is_running(self) -> bool:
        """Whether ticks are run."""
        return self.chart.within("running.iterating")

    @property
    def state(self) -> str:
        """The state as a dotted path."""
        return self.chart.state

    # Seats and connections -------------------------------------------------------------------------------------------

    def reserve(self, player_id: str, name: str, token_hash: bytes, now: float, address: str = "") -> Seat:
        """Reserve a seat. Raises a RoomRefusal: RoomEnded, Banned, RoomFull, NameTaken, BadName."""
        if self.ended:
            raise RoomEnded("the room has ended")
        self.bans.check(player_id, name, address)
        seat = self.seats.reserve(player_id, name, token_hash, now, address)
        self.empty_since = None
        return seat

    def open(self, codec: Codec, now: float, address: str = "") -> Session:
        """A new connection, which must say hello in time. Raises RoomEnded, or RoomFull where too many have not."""
        if self.ended:
            raise RoomEnded("the room has ended")
        session = Session(self, codec, now, address)
        self._connections.greet(session)
        return session

    def welcome(self, session: Session, hello: Hello, now: float) -> Welcome:
        """Seat a connection by its token; a connection that sat there before is replaced. Raises RemoteProtocolError."""
        seat = self.seats.by_token(hello.token)
        if seat is None or self.ended:
            raise RemoteProtocolError(CloseReason.BAD_TOKEN)
        if seat.session is not None:
            self._connections.close(seat.session, CloseReason.REPLACED)
        self._connections.play(session)
        session.seat, seat.session, seat.since = seat, session, now
        token = self.seats.rotate(seat, hello.token)
        self._enter(seat)
        return self._welcome(seat, token, hello, now)

    def acknowledged(self, session: Session) -> None:
        """The first bundle of a connection: its client has kept the token that the welcome gave it."""
        if session.seat is not None:
            self.seats.acknowledge(session.seat)

    def disconnected(self, session: Session, now: float) -> None:
        """A connection is gone. Its seat is kept for a return, unless another connection has taken it over."""
        self._connections.forget(session)
        seat = session.seat
        if seat is not None and seat.session is session:
            seat.session, seat.since = None, now
            self.engine.drop(seat.player)
            self._news.seat_changed(seat.player)

    def leave(self, seat: Seat, reason: CloseReason = CloseReason.LEFT, sentence: str = "") -> None:
        """A player gives up the seat for good, or is made to."""
        if seat.session is not None:
            self._connections.close(seat.session, reason, sentence)
        self.seats.free(seat)
        self.chat.forget(seat.player)
        self._allowances.pop(seat.player, None)
        self._audience.forget(seat.player)
        if self.map_feed is not None:
            self.map_feed.forget(seat.player)
        if seat.joined:
            self.engine.leave(seat.player)
            self._news.seat_changed(seat.player)

    def moderate(self, seat: Seat, act: str, reason: str, now: float, length: float = 600_000.0) -> None:
        """Kick, ban, mute (for `length` ms) or unmute a player; the reason is shown to them. Raises ValueError."""
        if act == "mute":
            self.mutes.add(seat, now + length, reason)
            self._news.tell([seat.player], Notice(f"You are muted: {reason}" if reason else "You are muted."))
        elif act == "unmute":
            self.mutes.lift(seat)
        elif act in ("kick", "ban"):
            if act == "ban":
                self.bans.add(seat, reason)
            self.leave(seat, CloseReason.KICKED, reason)
        else:
            raise ValueError(f"an act is one of {', '.join(ACTS)}, not {act!r}")

    def say(self, seat: Seat, channel: str, text: str, now: float) -> None:
        """Pass a line of chat on to those of its channel. Raises ChatRefused."""
        muted = self.mutes.sentence(seat, now)
        if muted:
            raise ChatRefused(403, muted)
        said = self.chat.say(seat.player, seat.name, channel, text, now)
        self._news.tell(self._audience.of_line(seat.player, channel), said)

    def allowance(self, seat: Seat, now: float) -> Allowance:
        """What the player of a seat has left to ask."""
        allowance = self._allowances.get(seat.player)
        if allowance is None:
            allowance = self._allowances[seat.player] = Allowance(now)
        return allowance

    def _enter(self, seat: Seat) -> None:
        if seat.joined:
            self.engine.returned(seat.player)
        else:
            seat.joined = True
            self.engine.join(seat.player, seat.name)
        if self.chart.state == "setup.organizing":
            self.transition("start")
        self._news.seat_changed(seat.player)

    def _welcome(self, seat: Seat, token: str, hello: Hello, now: float) -> Welcome:
        game = self.hosted.game
        return Welcome(
            protocol=PROTOCOL_VERSION,
            room_id=self.room_id,
            model=game.model,
            player_id=seat.player_id,
            player=seat.player,
            tick_rate=self.tick_rate,
            tick=self.tick,
            server_time=now,
            unix_time=self._epoch + now,
            fingerprint=game.fingerprint,
            prediction=_why_no_prediction(hello.fingerprint, game.fingerprint),
            state=self.state,
            schema=self.hosted.schema,
            roster=self.seats.records(),
            token=token,
            last_input=self.engine.inputs.last_heard(seat.player),
            last_id=seat.last_id,
        )

    # What comes in ---------------------------------------------------------------------------------------------------

    def enqueue(self, session: Session, item: ClientItem, now: float) -> None:
        """Take one item of a bundle. Raises RemoteProtocolError where the protocol is broken."""
        seat = session.seat
        if seat is None:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE)
        if isinstance(item, Input):
            axes = tuple([value / AXIS_SCALE for value in item.axes]) if item.axes else ()
            self.engine.inputs.enqueue(seat.player, item.tick, item.held, item.pressed, axes)
        elif isinstance(item, Ping):
            session.waiting.append(session.codec.encode(Pong(item.client_time, now)))
        elif isinstance(item, Command):
            if seat.is_new(item.id):
                self._command(session, seat, item)
        else:
            self._request(session, seat, item, now)

    def _request(self, session: Session, seat: Seat, request: Request, now: float) -> None:
        """Answer a request; one that has come before only where it is a call, whose answer may be kept."""
        if seat.is_new(request.id) or is_call(request):
            answer(request, Asker(self, session, seat, now, request))

    def _command(self, session: Session, seat: Seat, command: Command) -> None:
        """Queue a command for the next tick, or answer why not."""
        try:
            if self._commands[seat.player] >= self.settings.max_commands:
                raise CommandRefused(429, "too many commands in one tick")
            body = command_body(command, self.hosted.game, session.codec)
            self._queue(seat.player, command, body)
        except CommandRefused as refused:
            session.waiting.append(session.codec.encode(Answer(command.id, refused.status, str(refused))))
            return
        self._commands[seat.player] += 1

    def _queue(self, player: int, command: Command, body: object) -> None:
        """Raises CommandRefused where all players together have said too much: nobody's fault in particular."""
        try:
            self.engine.command(player, command.name, body, command.id)
        except QueueFull:
            raise CommandRefused(429, "too many commands of all players in one tick") from None

    def transition(self, event: str, detail: str = "") -> None:
        """Send an event to the state chart; everybody sees the new state. Raises IllegalEvent."""
        self._news.tell_all(RoomState(self.chart.send(event, detail), detail))

    def announce(self, text: str) -> None:
        """Say a sentence to every player in the next bundle."""
        self._news.tell_all(Notice(text))

    def deliver(self, event: object) -> None:
        """An event from another room of the same game, for everybody here."""
        self._news.tell_all(self._happened(event))

    # What goes out ---------------------------------------------------------------------------------------------------

    def step(self, now: float) -> RoomStep:
        """Run one tick and write its bundles. A game's mistake ends the room and is in the answer's `failure`."""
        if self.ended:
            return RoomStep()
        if now >= self._housekeeping_at:
            self._housekeep(now)
        result = RoomStep()
        try:
            changes = self._run(result) if self.is_running else None
        except (SystemFailed, SceneError) as failure:
            ended = self.end(CloseReason.ROOM_FAILED)
            ended.failure = failure
            return ended
        result.outgoing = self._write(changes, now)
        for session in self._connections.too_slow(now):
            self._cut(session, CloseReason.SLOW_CLIENT, now)
        result.closing = self._connections.take_closing()
        return result

    def end(self, reason: CloseReason, sentence: str = "") -> RoomStep:
        """End the room: everybody is told why, the engine is freed. Idempotent."""
        if self.ended:
            return RoomStep()
        self.ended = True
        self._connections.close_all(reason, sentence)
        for seat in self.seats:
            seat.session = None
        self.engine.close()
        return RoomStep(closing=self._connections.take_closing())

    def describe(self) -> dict[str, object]:
        """What anybody may know of the room."""
        return {
            "room_id": self.room_id,
            "game": self.hosted.schema.name,
            "title": self.hosted.schema.title,
            "model": self.hosted.game.model,
            "players": len(self.seats),
            "max_players": self.seats.count,
            "state": self.state,
            "tick": self.tick,
            "tick_rate": self.tick_rate,
        }

    def _run(self, result: RoomStep) -> Changes:
        """One tick of the engine. Its events become items."""
        step = self.engine.step()
        self.seats.rested()
        self._commands.clear()
        result.slowest = step.slowest
        self._tiles = step.tiles
        changes = self._replicator.observe()
        self._audience.begin()
        for delivery in step.events.deliveries:
            self._route(delivery, result)
        for player, request, value in step.answers:
            self._answer(player, Answer(request, OK, value))
        for player, request, reason in step.refusals:
            self._answer(player, Answer(request, REFUSED, reason))
        return changes

    def _answer(self, player: int, item: Answer) -> None:
        """Tell a player what came of a command or call; a call's answer is kept for who asks again."""
        self._news.tell([player], item)
        seat = self.seats.get(player)
        if seat is not None:
            seat.calls.end(item)

    def _route(self, delivery: Delivery, result: RoomStep) -> None:
        """An event goes to everybody, or to those of its audience; one for rules only goes nowhere."""
        if not self._events.is_public(delivery.event):
            return
        item = self._happened(delivery.event)
        self._news.tell(self._audience.of(delivery), item)
        if delivery.scope == "server":
            result.server_wide.append(delivery.event)

    def _happened(self, event: object) -> Happened:
        place, fields = self._events.write(event)
        return Happened(place, self.tick, fields)

    def _write(self, changes: Changes | None, now: float) -> Outgoing:
        news, self._news = self._news, News()
        news.close(self.seats)
        tick_news = TickNews(self.tick, now, self._base, changes, news.shared, news.own, self._tiles)
        outgoing = self._outbox.write(self._connections.playing, tick_news, self.engine.inputs.last_input)
        self._base = self.tick
        return outgoing

    # Upkeep ----------------------------------------------------------------------------------------------------------

    def _housekeep(self, now: float) -> None:
        """Close what is silent, free what is not used any more."""
        self._housekeeping_at = now + HOUSEKEEPING
        settings = self.settings
        for session in self._connections.late_greetings(now):
            self._connections.close(session, CloseReason.HELLO_TIMEOUT)
        for session in self._connections.silent(now):
            self._cut(session, CloseReason.SILENT, now)
        for seat in [each for each in self.seats if each.session is None]:
            if now - seat.since > (settings.seat_kept if seat.joined else settings.reservation):
                self.leave(seat)
        if len(self.seats):
            self.empty_since = None
        elif self.empty_since is None:
            self.empty_since = now

    def _cut(self, session: Session, reason: CloseReason, now: float) -> None:
        """Close a connection whose player may come back."""
        session.lost(now)
        self._connections.close(session, reason)


def _why_no_prediction(theirs: str, ours: str) -> str:
    """Empty where client and server have the same rules."""
    if not theirs:
        return "the client sent no fingerprint"
    return "" if theirs == ours else "the client's rules are not the server's"
