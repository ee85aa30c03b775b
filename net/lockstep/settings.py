"""The rules of one lock-step room, chosen when it is made. Times are ms."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

MissingPolicy = Literal["wait", "empty", "drop", "vote"]
DesyncPolicy = Literal["halt", "resync", "drop"]
AgainPolicy = Literal["halt", "drop"]
Configurers = Literal["anyone", "host"]
Delay = Annotated[int, Meta(ge=1, le=16)]
Generation = Annotated[float, Meta(ge=20.0, le=1_000.0)]
Longest = Annotated[float, Meta(ge=20.0, le=5_000.0)]
Slowdown = Annotated[float, Meta(ge=1.0, le=10.0)]
Patience = Annotated[float, Meta(ge=1_000.0, le=600_000.0)]
Interval = Annotated[int, Meta(ge=1, le=256)]
Viewers = Annotated[int, Meta(ge=0, le=256)]
ViewerDelay = Annotated[float, Meta(ge=0.0, le=600_000.0)]
Body = Annotated[int, Meta(ge=16, le=8_192)]


class LockstepSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """All clients are told of them with the match."""

    delay: Delay = 2
    """A command given in generation G runs in G + delay. Age of Empires: two turns ahead."""
    generation: Generation = 100.0
    """How long a generation is at least."""
    longest: Longest = 1_000.0
    """How long a generation is at most, at the game's own speed: 500 ms each way with a delay of 2."""
    slowdown: Slowdown = 3.0
    """How many times slower than it is meant a game may run for a client that is slow."""
    missing: MissingPolicy = "wait"
    """What becomes of a player whose packet does not come."""
    patience: Patience = 30_000.0
    """How long `wait` waits and `vote` lets vote; then the player is dropped."""
    keep_dropped: bool = True
    """Whether the seat of a dropped player waits for a return, as long as the server keeps seats; else it is freed."""
    desync: DesyncPolicy = "halt"
    diverges_again: AgainPolicy = "halt"
    """What `resync` falls back to for who was put right three times and differs again: `drop` puts that one out instead."""
    checksum_interval: Interval = 1
    """Every so many generations clients compute a checksum."""
    referee: bool = False
    """Whether the server runs the engine too, in a process of its own: it says who is right. Of installed games only."""
    viewers: Viewers = 16
    """How many may watch once a match has begun; 0: latecomers are refused."""
    viewer_delay: ViewerDelay = 0.0
    """How much later than players viewers see a match."""
    configure: Configurers = "anyone"
    """Who may change the room's options; what is a player's own, the player changes."""
    max_body: Body = 4_096
    """Bytes of one player's commands in one generation."""


class WantedRules(Struct, frozen=True, forbid_unknown_fields=True):
    """What whoever makes a room says of its rules; the operator's defaults say the rest (app/rooms/rules.py)."""

    delay: Delay | UnsetType = UNSET
    generation: Generation | UnsetType = UNSET
    longest: Longest | UnsetType = UNSET
    slowdown: Slowdown | UnsetType = UNSET
    missing: MissingPolicy | UnsetType = UNSET
    patience: Patience | UnsetType = UNSET
    keep_dropped: bool | UnsetType = UNSET
    desync: DesyncPolicy | UnsetType = UNSET
    diverges_again: AgainPolicy | UnsetType = UNSET
    checksum_interval: Interval | UnsetType = UNSET
    referee: bool | UnsetType = UNSET
    viewers: Viewers | UnsetType = UNSET
    viewer_delay: ViewerDelay | UnsetType = UNSET
    configure: Configurers | UnsetType = UNSET
    max_body: Body | UnsetType = UNSET
