"""The side of a room that players meet: they come and go, talk, ask, are moderated. No clock and no socket.

    reserve -> open -> Session.receive -> welcome ... enqueue ... leave, or disconnected -> welcome

What its ticks are, and how it is kept, is net/rooms/base_room.py's.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

from net.codec import Codec
from net.errors import RemoteProtocolError, StoreUnavailable
from net.hosted import HostedGame
from net.journal.entries import Act, Announcement, AnyEntry, Line, Transition
from net.journal.writer import JournalWriter
from net.players.asking import UNAVAILABLE
from net.players.calls import is_call
from net.players.seats import RoomEnded
from net.players.session import Seat, Session
from net.players.sessions import MemorySessions, Sessions
from net.players.tokens import Tokens
from net.protocol import (
    PROTOCOL_VERSION,
    Answer,
    ClientItem,
    CloseReason,
    Command,
    Hello,
    Ping,
    Pong,
    Request,
    Welcome,
)
from net.replication.map_feed import MapFeed
from net.rooms.attendance import Attendance
from net.rooms.base_play import BasePlay
from net.rooms.chat import ChatRefused
from net.rooms.moderation import ACTS, Bans, Mutes
from net.rooms.recorder import Recorder
from net.rooms.standstill import STATE as STANDSTILL
from net.settings import RoomSettings


class MeetingRoom(ABC):
    """What players meet of a room. Times are ms of the server's monotonic clock."""

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
        """What a model's constructor says; `play` is the model's own."""
        self.room_id = room_id
        self.hosted = hosted
        self.settings = settings
        self.play: BasePlay = play
        self.seats, self.chart, self.chat = play.seats, play.chart, play.chat
        self.tick_rate = hosted.game.tick_rate
        self.ended = False
        self.stalled = ""
        """Why the room stands still, where what it gave cannot be kept (`BaseRoom.stall`)."""
        self.bans = Bans()
        self.mutes = Mutes()
        self.epoch = epoch
        self._seed = seed
        self._recorder = Recorder(play, journal)
        tokens = Tokens(
            room_id, self.seats, sessions or MemorySessions(),
            lifetime=settings.token_lifetime, epoch=epoch, make_token=make_token,
        )  # fmt: skip
        self.attendance = Attendance(self.seats, tokens, self._recorder, settings, self.tick_rate, now)
        self._connections = self.attendance.connections

    # What a model adds -----------------------------------------------------------------------------------------------

    def _entered(self, seat: Seat) -> None:
        """A player is connected, for the first time or again."""

    def _left(self, player: int) -> None:
        """A player gives up the seat: what was kept of them is forgotten."""

    @abstractmethod
    def _last_input(self, player: int) -> int:
        """The tick of the last input that was heard of a player."""

    @abstractmethod
    def _why_no_prediction(self, fingerprint: str) -> str:
        """Why a client with these rules cannot predict; empty where it can."""

    @abstractmethod
    def _hear(self, session: Session, seat: Seat, item: ClientItem, now: float) -> None:
        """An item that is no ping and no request. Raises RemoteProtocolError."""

    @abstractmethod
    def _answer(self, session: Session, seat: Seat, request: Request, now: float) -> None:
        """Answer a request in the next bundle."""

    @property
    def is_full(self) -> bool:
        """Whether the next tick takes no more commands and calls, of all players."""
        return False

    def host(self) -> Seat | None:
        """Who may moderate: of those who are connected, who has been here longest."""
        return self.seats.host()

    # How it is -------------------------------------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """The last tick that has run; 0 before the first."""
        return self.play.at

    @property
    def is_running(self) -> bool:
        """Whether ticks are run."""
        return self.chart.within("running.iterating")

    @property
    def state(self) -> str:
        """The state as a dotted path."""
        return STANDSTILL if self.stalled else self.chart.state

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
        self.attendance.keep(seat, now)
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
        seat = self.attendance.tokens.opens(hello.token, now)
        if seat is None or self.ended:
            raise RemoteProtocolError(CloseReason.BAD_TOKEN)
        if self.stalled:
            raise RemoteProtocolError(CloseReason.UNAVAILABLE, self.stalled)
        token = self.attendance.sit(session, seat, hello, now)
        self._entered(seat)
        welcome = self._welcome(seat, token, hello, now)
        session.predicts = not welcome.prediction
        return welcome

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

    def acknowledged(self, session: Session, now: float) -> None:
        """The first bundle of a connection: its client has kept the token of its welcome. Raises RemoteProtocolError."""
        self.attendance.acknowledged(session, now)

    def disconnected(self, session: Session, now: float) -> None:
        """A connection is gone. Its seat is kept for a return, unless another connection has taken it over."""
        self.attendance.disconnected(session, now)

    def leave(self, seat: Seat, reason: CloseReason = CloseReason.LEFT, sentence: str = "") -> None:
        """A player gives up the seat for good, or is made to."""
        self._left(seat.player)
        self.attendance.release(seat, reason, sentence)

    def revoke(self, seat: Seat, reason: str = "") -> None:
        """Nothing opens the seat any more, whoever has its token: who plays with it is cut off, and the seat is free."""
        self.leave(seat, CloseReason.BAD_TOKEN, reason or "The session was revoked; join again.")

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
            self._answer(session, seat, request, now)

    def say(self, seat: Seat, channel: str, text: str, now: float) -> None:
        """Pass a line of chat on to those of its channel. Raises ChatRefused."""
        muted = self.mutes.sentence(seat, now)
        if muted:
            raise ChatRefused(403, muted)
        said = self.chat.say(seat.player, seat.name, channel, text, now)
        self.record(Line(said.player, said.channel, said.text))

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
