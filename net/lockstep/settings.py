"""The rules of one lock-step room, chosen when it is made. Times are ms."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

MissingPolicy = Literal["wait", "empty", "drop", "vote"]
DesyncPolicy = Literal["halt", "resync", "drop"]


class LockstepSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """All clients are told of them with the match."""

    delay: Annotated[int, Meta(ge=1, le=16)] = 2
    """A command given in generation G runs in G + delay. Age of Empires: two turns ahead."""
    generation: Annotated[float, Meta(ge=20.0, le=1_000.0)] = 100.0
    """How long a generation is at least."""
    longest: Annotated[float, Meta(ge=20.0, le=5_000.0)] = 1_000.0
    """How long a generation is at most, at the game's own speed: 500 ms each way with a delay of 2."""
    slowdown: Annotated[float, Meta(ge=1.0, le=10.0)] = 3.0
    """How many times slower than it is meant a game may run for a client that is slow."""
    missing: MissingPolicy = "wait"
    """What becomes of a player whose packet does not come."""
    patience: Annotated[float, Meta(ge=1_000.0, le=600_000.0)] = 30_000.0
    """How long `wait` waits and `vote` lets vote; then the player is dropped."""
    keep_dropped: bool = True
    """Whether the seat of a dropped player waits for a return, as long as the server keeps seats; else it is freed."""
    desync: DesyncPolicy = "halt"
    checksum_interval: Annotated[int, Meta(ge=1, le=256)] = 1
    """Every so many generations clients compute a checksum."""
    referee: bool = False
    """Whether the server runs the engine too, in a process of its own: it says who is right. Of installed games only."""
    viewers: Annotated[int, Meta(ge=0, le=256)] = 16
    """How many may watch once a match has begun; 0: latecomers are refused."""
    viewer_delay: Annotated[float, Meta(ge=0.0, le=600_000.0)] = 0.0
    """How much later than players viewers see a match."""
    configure: Literal["anyone", "host"] = "anyone"
    """Who may change the room's options; what is a player's own, the player changes."""
    max_body: Annotated[int, Meta(ge=16, le=8_192)] = 4_096
    """Bytes of one player's commands in one generation."""
