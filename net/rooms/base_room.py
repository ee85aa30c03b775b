"""What a room of any model is: seats, connections, state chart, chat, moderation, a journal. No clock and no socket.

    Session.receive -> BaseRoom.enqueue ... BaseRoom.step: prepare -> run -> write: a bundle for each session

`step` returns data: the gateway and the loop write it. A model says what a tick is: net/rooms/room.py, net/lockstep/room.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec import Struct

from ecs.errors import SnapshotError
from ecs.version import VERSION
from net.codec import Codec
from net.errors import RemoteProtocolError, SceneError, StoreUnavailable
from net.hosted import HostedGame
from net.journal.entries import (
    Act,
    Announcement,
    AnyEntry,
    Canonicalised,
    Drop,
    Ended,
    Join,
    Leave,
    Line,
    Return,
    Transition,
)
from net.journal.reader import Frame
from net.journal.records import FORMAT, Header
from net.journal.writer import JournalWriter
from net.players.allowance import Allowance
from net.players.connections import Closing, Connections
from net.players.missed import Missed
from net.players.seats import RoomEnded, Seat
from net.players.session import Session
from net.players.sessions import MemorySessions, Sessions
from net.players.tokens import Tokens
from net.protocol import (
    PROTOCOL_VERSION,
    Answer,
    Away,
    ClientItem,
    CloseReason,
    Command,
    Hello,
    Ping,
    Pong,
    Request,
    RoomState,
    Welcome,
)
from net.replication.map_feed import MapFeed
from net.rooms.base_play import BasePlay
from net.rooms.chat import ChatRefused
from net.rooms.moderation import ACTS, Bans, Mutes
from net.rooms.news import News
from net.rooms.outbox import Outgoing
from net.rooms.recorder import Recorder
from net.rooms.requests import RESOURCES, Asker, Resources, answer, is_call
from net.rooms.standstill import STATE as STANDSTILL
from net.rooms.standstill import standstill
from net.settings import RoomSettings
from systems.engine import SystemFailed
from systems.saves import Save

MIDWAY = (CloseReason.ROOM_FAILED, CloseReason.INTERNAL_ERROR)
"""A room that ends so has stopped in the middle of a tick: what its players have then is not saved."""
UNAVAILABLE = 503
"""The status of what is not taken while the room stands still."""
HOUSEKEEPING = 500.0
"""How often a room looks for silent connections and seats to free (ms)."""
Kept = TypeVar("Kept")


@dataclass(slots=True)
class RoomStep:
    """What one step of a room wants done outside of it."""

    journal: bytes = b""
    """For the room's journal file, before anything else of the step leaves."""
    keyframe: bool = False
    """Whether the journal's last record is the whole room: a new file may begin here (`Room.begin_journal`)."""
    keyframe_at: int = 0
    """Where in `journal` the keyframe begins: it is written after the saves, for a restart from it does not make them again."""
    saves: list[Save] = field(default_factory=list)
    """Players' saved data for the store, after the journal and before the bundles."""
    outgoing: Outgoing = field(default_factory=list)
    closing: Closing = field(default_factory=list)
    """Sessions to close after their bytes are written, with the sentence for the player."""
    server_wide: list[object] = field(default_factory=list)
    """Events for the other rooms of the same game: hand each to their `deliver`."""
    vacated: list[str] = field(default_factory=list)
    """Players, by id, who never took the seat that they had reserved, and have it no more: the game has not heard of them."""
    reports: Sequence[Struct] = ()
    """Of divergences in a lock-step room (net/lockstep/inquest.py), to be kept."""
    failure: Exception | None = None
    """The game's mistake that ended the room."""
    slowest: tuple[str, int] | None = None
    """The slowest system of the tick and its time (ns), where the room has a timer."""


class BaseRoom:
    """A room. Times are ms of the server's monotonic clock."""

    map_feed: MapFeed | None = None
    """What sends the tile map, where the game has one."""

    def __init__(
        self,
        room_id: str,
        hosted: HostedGame,
        play: BasePlay,
        *,
        seed: int,
        settings: RoomSettings,
        now: float,
        epoch: float,
        sessions: Sessions | None,
        make_token: Callable[[], str],
        journal: JournalWriter | None,
    ) -> None:
        """What a subclass's constructor says; `play` is the subclass's own."""
        game = hosted.game
        self.room_id = room_id
        self.hosted = hosted
        self.settings = settings
        self.play: BasePlay = play
        self.seats, self.chart, self.chat = play.seats, play.chart, play.chat
        self.tokens = Tokens(
            room_id, self.seats, sessions or MemorySessions(),
            lifetime=settings.token_lifetime, epoch=epoch, make_token=make_token,
        )  # fmt: skip
        self._vacated: list[str] = []
        """Who gave up a seat since the last step."""
        self._missed = Missed(settings.seat_kept * game.tick_rate / 1000.0)
        self.tick_rate = game.tick_rate
        self.ended = False
        self.empty_since: float | None = now
        """Since when nobody is connected and no seat is reserved, or None."""
        self.stalled = ""
        """Why the room stands still, where what it gave cannot be kept (`stall`)."""
        self.bans = Bans()
        self.mutes = Mutes()
        self._seed = seed
        self.epoch = epoch
        self._recorder = Recorder(play, journal)
        self._connections = Connections(settings)
        self._allowances: dict[int, Allowance] = {}
        """What each player has left to ask, by number."""
        self._base = -1
        """The tick of the last bundles."""
        self._base_before = -1
        self._housekeeping_at = now

    # What a model adds -----------------------------------------------------------------------------------------------

    def _set_stage(self) -> None:
        """The play has become another one: `restore`."""

    def _entered(self, seat: Seat) -> None:
        """A player is connected, for the first time or again."""

    def _left(self, player: int) -> None:
        """A player gives up the seat: what was kept of them is forgotten."""

    def _last_input(self, player: int) -> int:
        """The tick of the last input that was heard of a player."""
        raise NotImplementedError

    def _why_no_prediction(self, fingerprint: str) -> str:
        """Why a client with these rules cannot predict; empty where it can."""
        raise NotImplementedError

    def _hear(self, session: Session, seat: Seat, item: ClientItem, now: float) -> None:
        """An item that is no ping and no request. Raises RemoteProtocolError."""
        raise NotImplementedError

    def _prepare(self, now: float) -> bool:
        """Whether a tick runs in this step. What enters it by itself is recorded here."""
        raise NotImplementedError

    def _run(self, result: RoomStep, *, runs: bool) -> None:
        """Run a tick, or none. Raises SystemFailed, SceneError, SnapshotError."""
        raise NotImplementedError

    def _write(self, now: float) -> Outgoing:
        """The bundles of this step."""
        raise NotImplementedError

    def _rerun_tick(self) -> list[Save]:
        """Run a tick of a journal that is run again. Raises SystemFailed, SceneError."""
        raise NotImplementedError

    def saves(self) -> list[Save]:
        """What all players have now, for the store. Raises SystemFailed."""
        return []

    @property
    def is_full(self) -> bool:
        """Whether the next tick takes no more commands and calls, of all players."""
        return False

    @property
    def resources(self) -> Resources:
        """The requests that it answers."""
        return RESOURCES

    def host(self) -> Seat | None:
        """Who may moderate: of those who are connected, who has been here longest."""
        return self.seats.host()

    @property
    def tick(self) -> int:
        """The last tick that has run; 0 before the first."""
        return self.play.at

    @property
    def journal(self) -> JournalWriter | None:
        """What writes its journal, where it has one."""
        return self._recorder.writer

    @journal.setter
    def journal(self, writer: JournalWriter | None) -> None:
        self._recorder.writer = writer

    @property
    def is_running(self) -> bool:
        """Whether ticks are run."""
        return self.chart.within("running.iterating")

    @property
    def state(self) -> str:
        """The state as a dotted path."""
        return STANDSTILL if self.stalled else self.chart.state

    # Seats and connections -------------------------------------------------------------------------------------------

    def reserve(
        self,
        player_id: str,
        name: str,
        token_hash: bytes,
        now: float,
        address: str = "",
        account: str = "",
        saved: bytes = b"",
    ) -> Seat:
        """Reserve a seat; its player enters the game with what was `saved`, which must be readable.

        Raises StoreUnavailable, or a RoomRefusal: RoomEnded, Banned, RoomFull, NameTaken, BadName.
        """
        if self.ended:
            raise RoomEnded("the room has ended")
        if self.stalled:
            raise StoreUnavailable(self.stalled)
        self.bans.check(player_id, name, address, account)
        seat = self.seats.reserve(player_id, name, token_hash, now, address)
        seat.account, seat.joined_at, seat.saved = account, self.tick, saved
        try:
            self.tokens.keep(seat, now)
        except StoreUnavailable:
            self.seats.free(seat)
            raise
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
        seat = self.tokens.opens(hello.token, now)
        if seat is None or self.ended:
            raise RemoteProtocolError(CloseReason.BAD_TOKEN)
        if self.stalled:
            raise RemoteProtocolError(CloseReason.UNAVAILABLE, self.stalled)
        token = self._kept(lambda: self.tokens.rotate(seat, hello.token, now))
        if seat.session is not None:
            self._connections.close(seat.session, CloseReason.REPLACED)
            self.record(Drop(seat.player))
        self._connections.play(session)
        session.seat, seat.session, seat.since = seat, session, now
        missed = self._missed.since(hello, seat)
        if missed:
            session.hold([session.codec.encode(item) for item in missed], now)
        self._enter(seat)
        welcome = self._welcome(seat, token, hello, now)
        session.predicts = not welcome.prediction
        return welcome

    def acknowledged(self, session: Session, now: float) -> None:
        """The first bundle of a connection: its client has kept the token of its welcome. Raises RemoteProtocolError."""
        seat = session.seat
        if seat is not None:
            self._kept(lambda: self.tokens.acknowledge(seat, now))

    def disconnected(self, session: Session, now: float) -> None:
        """A connection is gone. Its seat is kept for a return, unless another connection has taken it over."""
        self._connections.forget(session)
        seat = session.seat
        if seat is not None and seat.session is session:
            seat.session, seat.since = None, now
            self.record(Drop(seat.player))

    def leave(self, seat: Seat, reason: CloseReason = CloseReason.LEFT, sentence: str = "") -> None:
        """A player gives up the seat for good, or is made to."""
        if seat.session is not None:
            self._connections.close(seat.session, reason, sentence)
        self._allowances.pop(seat.player, None)
        self._left(seat.player)
        if seat.joined:
            self.record(Leave(seat.player))
        else:
            self.seats.free(seat)
        self._let_go()

    def moderate(self, seat: Seat, act: str, reason: str, now: float, length: float = 600_000.0) -> None:
        """Kick, ban, mute (for `length` ms) or unmute a player; the reason is shown to them. Raises ValueError."""
        if act not in ACTS:
            raise ValueError(f"an act is one of {', '.join(ACTS)}, not {act!r}")
        self.record(Act(act, seat.player, reason))
        if act == "mute":
            self.mutes.add(seat, now + length, reason)
        elif act == "unmute":
            self.mutes.lift(seat)
        else:
            if act == "ban":
                self.bans.add(seat, reason)
            self.leave(seat, CloseReason.KICKED, reason)

    def revoke(self, seat: Seat, reason: str = "") -> None:
        """Nothing opens the seat any more, whoever has its token: who plays with it is cut off, and the seat is free."""
        self.leave(seat, CloseReason.BAD_TOKEN, reason or "The session was revoked; join again.")

    def say(self, seat: Seat, channel: str, text: str, now: float) -> None:
        """Pass a line of chat on to those of its channel. Raises ChatRefused."""
        muted = self.mutes.sentence(seat, now)
        if muted:
            raise ChatRefused(403, muted)
        said = self.chat.say(seat.player, seat.name, channel, text, now)
        self.record(Line(said.player, said.channel, said.text))

    def allowance(self, seat: Seat, now: float) -> Allowance:
        """What the player of a seat has left to ask."""
        allowance = self._allowances.get(seat.player)
        if allowance is None:
            allowance = self._allowances[seat.player] = Allowance(now)
        return allowance

    def _kept(self, keep: Callable[[], Kept]) -> Kept:
        """Where the store does not keep it, the client is to come again later. Raises RemoteProtocolError."""
        try:
            return keep()
        except StoreUnavailable as error:
            raise RemoteProtocolError(CloseReason.UNAVAILABLE) from error

    def _enter(self, seat: Seat) -> None:
        if seat.joined:
            self.record(Return(seat.player))
        else:
            self.record(Join(seat.player, seat.player_id, seat.name, seat.saved))
            seat.saved = b""
        self._entered(seat)

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
            unix_time=self.epoch + now,
            fingerprint=game.fingerprint,
            prediction=self._why_no_prediction(hello.fingerprint),
            state=self.state,
            schema=self.hosted.schema,
            roster=self.seats.records(),
            token=token,
            last_input=self._last_input(seat.player),
            last_id=seat.last_id,
        )

    # What comes in ---------------------------------------------------------------------------------------------------

    def enqueue(self, session: Session, item: ClientItem, now: float) -> None:
        """Take one item of a bundle. Raises RemoteProtocolError where the protocol is broken."""
        seat = session.seat
        if seat is None:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE)
        if self.stalled:
            self._refuse(session, item, now)
        elif isinstance(item, Ping):
            session.waiting.append(session.codec.encode(Pong(item.client_time, now)))
        elif isinstance(item, Request):
            self._request(session, seat, item, now)
        else:
            self._hear(session, seat, item, now)

    def _refuse(self, session: Session, item: ClientItem, now: float) -> None:
        """The room stands still: what would have to be kept is not taken."""
        if isinstance(item, Ping):
            session.waiting.append(session.codec.encode(Pong(item.client_time, now)))
        elif isinstance(item, Command | Request):
            session.waiting.append(session.codec.encode(Answer(item.id, UNAVAILABLE, self.stalled)))

    def _request(self, session: Session, seat: Seat, request: Request, now: float) -> None:
        """Answer a request; one that has come before only where it is a call, whose answer may be kept."""
        if seat.is_new(request.id) or is_call(request):
            answer(request, Asker(self, session, seat, now, request))

    def transition(self, event: str, detail: str = "") -> None:
        """Send an event to the state chart; everybody sees the new state. Raises IllegalEvent."""
        self.chart.check(event)
        self.record(Transition(event, detail))

    def announce(self, text: str) -> None:
        """Say a sentence to every player in the next bundle."""
        self.record(Announcement(text))

    def record(self, entry: AnyEntry) -> None:
        """The one way into the room, but for inputs: an entry is noted in the journal and applied."""
        self._recorder.record(entry)

    # What goes out ---------------------------------------------------------------------------------------------------

    def step(self, now: float) -> RoomStep:
        """Run a tick, where one is due, and write its bundles. A game's mistake ends the room: `failure` in the answer."""
        if self.ended:
            return RoomStep()
        if now >= self._housekeeping_at:
            self._housekeep(now)
        runs = self._prepare(now)
        result = RoomStep(journal=self._recorder.frame(runs=runs), vacated=self._take_vacated())
        try:
            self._run(result, runs=runs)
        except (SystemFailed, SceneError, SnapshotError) as failure:
            return self._failed(result, failure)
        result.outgoing = self._write(now)
        for session in self._connections.too_slow(now):
            self._cut(session, CloseReason.SLOW_CLIENT, now)
        result.closing = self._connections.take_closing()
        return result

    def _let_go(self) -> None:
        """Seats were freed: their sessions are no more, whatever happens before the next step."""
        freed, self.seats.vacated = self.seats.vacated, []
        self.tokens.forget(freed)
        self._vacated += [seat.player_id for seat in freed if not seat.joined]

    def _take_vacated(self) -> list[str]:
        self._let_go()
        vacated, self._vacated = self._vacated, []
        return vacated

    def end(self, reason: CloseReason, sentence: str = "") -> RoomStep:
        """End the room for good: everybody is told why, the engine is freed. Idempotent."""
        if self.ended:
            return RoomStep()
        self.record(Ended(reason, sentence))
        saves, failure = self._last_saves(reason)
        step = self._close(self._recorder.frame(runs=False), reason, sentence)
        step.saves, step.failure = saves, failure
        return step

    def _last_saves(self, reason: CloseReason) -> tuple[list[Save], SystemFailed | None]:
        """What the players of a room that is over have, as of its last tick."""
        try:
            return ([] if reason in MIDWAY else self.saves()), None
        except SystemFailed as failure:
            return [], failure

    def _failed(self, step: RoomStep, failure: Exception) -> RoomStep:
        """The game's mistake ends the room; what entered its last tick is in the journal."""
        ended = self.end(CloseReason.ROOM_FAILED)
        ended.journal = step.journal + ended.journal
        ended.vacated = step.vacated + ended.vacated
        ended.failure = failure
        return ended

    def close(self) -> None:
        """Free the engine of a room that nobody has seen. Idempotent."""
        self.ended = True
        self.play.close()

    def _close(self, journal: bytes, reason: CloseReason, sentence: str) -> RoomStep:
        self.ended = True
        self._connections.close_all(reason, sentence)
        for seat in list(self.seats):
            seat.session = None
            if reason is not CloseReason.GOING_AWAY:
                self.seats.free(seat)
        vacated = self._take_vacated()
        self.play.close()
        return RoomStep(journal=journal, closing=self._connections.take_closing(), vacated=vacated)

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

    def _take_news(self, now: float) -> News:
        """What there is to tell, once; who misses it is told when they come back."""
        news, self.play.news = self.play.news, News()
        news.close(self.seats)
        self._missed.add(self.tick, now, news.shared, news.own)
        return news

    # The journal -----------------------------------------------------------------------------------------------------

    def begin_journal(self, *, name: str, created_at: float, segment: int = 0) -> bytes:
        """The beginning of a journal file: header and keyframe. To be called when the room is new, or right after a step whose
        `keyframe` is true. `created_at` is the wall clock (unix ms). Raises JournalError in a room without a journal."""
        game = self.hosted.game
        header = Header(
            format=FORMAT,
            room_id=self.room_id,
            name=name,
            game=game.name,
            game_version=self.hosted.schema.version,
            engine_version=VERSION,
            fingerprint=game.fingerprint,
            rules=game.rules,
            model=game.model,
            tick_rate=game.tick_rate,
            keyframe_interval=game.keyframe_interval,
            seed=self._seed,
            seats=self.seats.count,
            created_at=created_at,
            segment=segment,
            definition=self.hosted.definition,
        )
        return self._recorder.begin(header)

    def flush(self) -> bytes:
        """What has entered and waits for the next step's journal, for who cannot wait for it. May be empty."""
        return b"" if self.ended else self._recorder.frame(runs=False)

    def restore(self, image: bytes) -> None:
        """Become what a keyframe has: a room that is just made. Raises JournalError."""
        self.play.restore(image)
        self._missed.begin(self.tick)
        self._set_stage()

    def rerun(self, frame: Frame) -> list[Save]:
        """Run a frame of the journal again, after `restore`; who comes back is told of it. What it has for the store is returned.

        Raises JournalError, SystemFailed, SceneError.
        """
        self.play.feed(frame.entries)
        saves = self._rerun_tick() if frame.runs else []
        news, self.play.news = self.play.news, News()
        self._missed.add(self.tick, -1.0, news.shared, news.own)
        return saves

    def resume(self, now: float, journal: JournalWriter | None = None) -> bytes:
        """Go on living after `restore` and `rerun`: nobody is connected, all seats wait for their players from `now` on.

        Players without a session leave with the next tick; sessions without a player have a seat reserved. With a `journal` it is
        that of the file that was run again, and the bytes are for it, at once. Raises StoreUnavailable.
        """
        data = b""
        if journal is not None:
            self.journal, data = journal, journal.resumed(self.tick)
        for seat in self.seats:
            seat.since = now
            if seat.connected:
                self.record(Drop(seat.player))
        self._find_sessions(now)
        self.empty_since = None if len(self.seats) else now
        self._housekeeping_at = now + HOUSEKEEPING
        return data

    def _find_sessions(self, now: float) -> None:
        self.seats.vacated.clear()  # by the re-run: their sessions are gone since they left
        for seat in self.tokens.resume(now):
            self.leave(seat)
        self.tokens.reserve_again(now)
        for seat in self.seats:
            if not seat.joined:
                seat.joined_at = self.tick

    def stop(self, now: float, away: float) -> RoomStep:
        """Close the room without ending it: its journal ends in a keyframe, from which any version may resume it.

        Its players are told to come back after `away` ms. Idempotent.
        """
        if self.ended:
            return RoomStep()
        try:
            self.record(Canonicalised())
            journal = self._recorder.frame(runs=False) + self._recorder.keyframe()
        except (SystemFailed, SnapshotError) as failure:
            return self._failed(RoomStep(), failure)
        self.play.news.tell_all(Away(away))
        outgoing = self._write(now)
        step = self._close(journal, CloseReason.GOING_AWAY, "")
        step.outgoing = outgoing
        return step

    def stall(self, why: str, now: float) -> Outgoing:
        """What the last step gave cannot be kept: until `unstall` it must not be told, nobody enters, nothing is heard.

        Returns bundles that say so; each further call gives others, so that clients hear that there is somebody.
        """
        self.stalled = why
        return standstill(self._connections.playing, self._base_before, now, RoomState(STANDSTILL, why))

    def unstall(self) -> None:
        """It has been kept: the room goes on, and says so."""
        self.stalled = ""
        self.play.news.tell_all(RoomState(self.chart.state, self.chart.detail))

    # Upkeep ----------------------------------------------------------------------------------------------------------

    def _housekeep(self, now: float) -> None:
        """Close what is silent, free what is not used any more."""
        self._housekeeping_at = now + HOUSEKEEPING
        settings = self.settings
        self.tokens.renew(now)
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
