"""The limits and times of a room, as the operator's configuration sets them. Times are in ms."""

from msgspec import Struct


class RoomSettings(Struct, frozen=True):
    """Every bound that the network side of a room keeps."""

    max_players: int | None = None
    """Fewer seats than the game allows, or None for the game's own number."""
    hello_timeout: float = 5_000.0
    """A connection that has not said hello by then is closed."""
    reservation: float = 30_000.0
    """A seat whose player never connects is freed after this."""
    seat_kept: float = 60_000.0
    """How long the seat of a player whose connection is lost waits for a return."""
    token_lifetime: float = 604_800_000.0
    """How long a resume token opens a seat without its player being connected."""
    silence: float = 120_000.0
    """A connection from which no message came for this long is closed. Background tabs speak once a minute."""
    max_message_bytes: int = 16_384
    messages_per_second: float = 60.0
    """Above the game's tick rate, of which one bundle each is always allowed."""
    message_burst: float = 120.0
    bytes_per_second: float = 65_536.0
    byte_budget: float | None = None
    """Bytes a second that one client may be sent before far things are told less often; None: as many as there are."""
    keyframe_bytes: int = 262_144
    """Of a lock-step room: after so many bytes of journal a match has a keyframe, so that no restart runs much more again."""
    max_commands: int = 32
    """Commands of one player that may wait for the next tick; more are answered with 429."""
    snapshot_interval: float = 1_000.0
    """The least time between two snapshots that a client asks for."""
    max_waiting_items: int = 1_000
    """Reliable items that wait for a congested client; more close it with SLOW_CLIENT."""
    slow_client: float = 15_000.0
    """A client whose socket has taken nothing for this long is closed with SLOW_CLIENT."""
    max_connections: int = 64
    """Open connections of a room beyond its seats: those that have not said hello."""
