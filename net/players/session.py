"""One connection of one player to one room, and the seat that it has there: bytes in, replies out. No socket, no clock.

    AWAITING_HELLO --Hello--> OPEN --(close)--> CLOSED
                              OPEN: Sync, ClientBundle

Each message passes, in this order: state, rate, size, decode, validate, handle (DESIGN: order of checks).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from net.bundle import Pieces
from net.codec import Codec
from net.errors import RemoteProtocolError
from net.players.calls import Calls
from net.protocol import (
    PROTOCOL_VERSION,
    ClientBundle,
    ClientItem,
    CloseReason,
    Hello,
    PlayerRecord,
    Sync,
    SyncReply,
    Welcome,
)
from net.rate import TrafficLimit
from net.replication.chunks import Holder
from net.settings import RoomSettings

MAX_SYNCS = 8
"""Clock-sync pings that a connection may send outside its bundles."""
NOTHING: list[bytes] = []


class SessionState(Enum):
    """Where a connection stands."""

    AWAITING_HELLO = auto()
    OPEN = auto()
    CLOSED = auto()


AWAITING_HELLO, OPEN, CLOSED = SessionState
"""CPython 3.11 takes 50 ns to look an enum's member up by the enum; four of them were a fifth of a message's cost."""


class Sink(Protocol):
    """The way to a session's socket."""

    @property
    def send(self) -> Callable[[bytes], None]:
        """Sends one message; an attribute, because the gateway's is the socket's own method."""

    @property
    def send_pieces(self) -> Callable[[Pieces], None]:
        """Sends one message that is in pieces; an attribute likewise."""

    @property
    def send_frame(self) -> Callable[[bytes], None]:
        """Sends one message that is framed already (net/websocket/frames.py, `frame_message`)."""

    def close(self, code: int, reason: str = "", /) -> None:
        """Closes the socket with a reason that the client can read."""


class Host(Protocol):
    """Whose connections these are: a room, or a screening."""

    @property
    def settings(self) -> RoomSettings:
        """Its bounds."""

    @property
    def tick_rate(self) -> int:
        """Ticks a second."""

    @property
    def tick(self) -> int:
        """The last tick that clients may have heard of."""

    def welcome(self, session: "Session", hello: Hello, now: float, /) -> Welcome:
        """Let a connection in by its token. Raises RemoteProtocolError."""

    def acknowledged(self, session: "Session", now: float, /) -> None:
        """Its first bundle has come. Raises RemoteProtocolError."""

    def disconnected(self, session: "Session", now: float, /) -> None:
        """It is gone."""

    def enqueue(self, session: "Session", item: ClientItem, now: float, /) -> None:
        """It says something. Raises RemoteProtocolError."""


@dataclass(slots=True, eq=False)
class Seat:
    """A player's place in a room, from the reservation until it is freed."""

    player: int
    player_id: str
    name: str
    token_hash: bytes
    """Of the token that opens the seat next."""
    since: float
    """When the seat was reserved, or its player was last connected (ms)."""
    address: str = ""
    """Where its player joined from; empty where that is not known."""
    saved: bytes = b""
    """What the store has kept of its player, until it enters the game with it."""
    previous_hash: bytes = b""
    """Of the token before, valid until the client has acknowledged the next one; empty: it is void."""
    account: str = ""
    """The subject of the player's account; empty for a guest."""
    expires_at: float = 0.0
    """When no token opens it any more (unix ms)."""
    created_at: float = 0.0
    """When it was reserved (unix ms); 0 while nothing of it is kept."""
    joined_at: int = -1
    """The room's tick when it was reserved: what was told before was told to others."""
    last_id: int = 0
    """The highest id of a command or request that was heard of its player."""
    session: "Session | None" = None
    calls: Calls = field(default_factory=Calls)
    """Its player's rpc calls, answered or open."""
    joined: bool = False
    """Whether its player has ever connected: the game has been told of them."""
    connected: bool = False
    """Whether its player is connected, as far as the game has been told."""
    recorded_id: int = 0
    """The highest id of a command or call that is in the journal."""

    def is_new(self, item_id: int) -> bool:
        """A command or request of this id has come: False where it has come before, and is a duplicate."""
        if item_id <= self.last_id:
            return False
        self.last_id = item_id
        return True

    def record_id(self, item_id: int) -> None:
        """A command or call of this id is in the journal."""
        self.recorded_id = max(self.recorded_id, item_id)
        self.last_id = max(self.last_id, item_id)

    def record(self) -> PlayerRecord:
        """What the other players see of this seat."""
        return PlayerRecord(self.player, self.player_id, self.name, self.connected)


class Session:
    """A connection. The room makes it (`Room.open`), the gateway feeds it and writes what the room's step returns."""

    __slots__ = (
        "__weakref__",
        "_acknowledged",
        "_max_bytes",
        "_syncs",
        "_traffic",
        "ack",
        "address",
        "codec",
        "congested",
        "congested_at",
        "cursor",
        "heard_at",
        "holder",
        "input_lead",
        "needs_snapshot",
        "opened_at",
        "predicts",
        "room",
        "seat",
        "sink",
        "snapshot_asked_at",
        "state",
        "waiting",
    )

    def __init__(self, room: Host, codec: Codec, now: float, address: str = "") -> None:
        settings = room.settings
        self.room = room
        self.codec = codec
        self.address = address
        self.state = AWAITING_HELLO
        self.seat: Seat | None = None
        self.opened_at = now
        self.heard_at = now
        self.congested = False
        """Set by the gateway while the socket takes nothing more."""
        self.congested_at: float | None = None
        self.holder = Holder()
        """What it holds of the tile map."""
        self.needs_snapshot = True
        self.predicts = False
        """Whether its client may compute ahead: it has the same rules."""
        self.waiting: list[bytes] = []
        """Reliable items of its own for the next bundle, encoded."""
        self.ack = -1
        """The tick of the last bundle that its client has applied."""
        self.cursor = 0
        """The first generation that its client has not been told, in a lock-step room."""
        self.input_lead = 0
        """How much earlier than its tick its newest input came (ms)."""
        self.snapshot_asked_at = float("-inf")
        self.sink: Sink | None = None
        """The gateway's: where the loop writes this session's bytes."""
        self._traffic = TrafficLimit(
            settings.messages_per_second + room.tick_rate,
            settings.message_burst,
            settings.bytes_per_second,
            now,
        )
        self._max_bytes = settings.max_message_bytes
        self._syncs = 0
        self._acknowledged = False
        """Whether a bundle has come: its client has kept the welcome's token."""

    @property
    def text(self) -> bool:
        """Whether its frames are text (the JSON subprotocol)."""
        return self.codec.text

    def receive(self, payload: bytes, now: float) -> list[bytes]:
        """Take one whole message; the replies are to be sent at once. Raises RemoteProtocolError."""
        if self.state is CLOSED:
            return NOTHING
        if not self._traffic.take(len(payload), now):
            raise RemoteProtocolError(CloseReason.RATE_LIMITED)
        if len(payload) > self._max_bytes:
            raise RemoteProtocolError(CloseReason.MESSAGE_TOO_BIG)
        message = self.codec.decode_client(payload)
        self.heard_at = now
        if type(message) is ClientBundle and self.state is OPEN:
            self._bundle(message, now)
            return NOTHING
        if type(message) is Hello and self.state is AWAITING_HELLO:
            return self._hello(message, now)
        if type(message) is Sync and self.state is OPEN:
            return self._sync(message, now)
        raise RemoteProtocolError(CloseReason.OUT_OF_STATE)

    def lost(self, now: float) -> None:
        """The socket is gone. Idempotent, and touches nothing where another connection took the seat over."""
        if self.state is not CLOSED:
            self.state = CLOSED
            self.room.disconnected(self, now)

    def hold(self, items: list[bytes], now: float) -> None:
        """Keep what a congested client, or one that was away, must not miss: it follows the snapshot of its next bundle."""
        if self.congested_at is None:
            self.congested_at = now
        self.needs_snapshot = True
        self.waiting = items

    def is_too_slow(self, now: float) -> bool:
        """Whether it has been congested for too long, or for too many items."""
        settings = self.room.settings
        late = self.congested_at is not None and now - self.congested_at > settings.slow_client
        return late or len(self.waiting) > settings.max_waiting_items

    def close(self) -> None:
        """The room has closed it: nothing more is received or sent."""
        self.state = CLOSED
        self.waiting.clear()

    def _hello(self, hello: Hello, now: float) -> list[bytes]:
        if hello.protocol != PROTOCOL_VERSION:
            sentence = f"The server speaks protocol {PROTOCOL_VERSION}, the client {hello.protocol}."
            raise RemoteProtocolError(CloseReason.UNSUPPORTED_PROTOCOL, sentence)
        welcome = self.room.welcome(self, hello, now)
        self.state = OPEN
        return [self.codec.encode(welcome)]

    def _sync(self, sync: Sync, now: float) -> list[bytes]:
        self._syncs += 1
        if self._syncs > MAX_SYNCS:
            raise RemoteProtocolError(
                CloseReason.RATE_LIMITED, f"More than {MAX_SYNCS} clock-sync pings came."
            )
        return [self.codec.encode(SyncReply(sync.client_time, now))]

    def _bundle(self, bundle: ClientBundle, now: float) -> None:
        if bundle.ack > self.room.tick:
            raise RemoteProtocolError(
                CloseReason.MALFORMED, "A bundle acknowledges a tick that has not been."
            )
        if not self._acknowledged:
            self._acknowledged = True
            self.room.acknowledged(self, now)
        self.ack = bundle.ack
        for item in bundle.items:
            if self.state is not OPEN:
                return  # an item before this one gave the seat up: what follows has no player
            self.room.enqueue(self, item, now)
