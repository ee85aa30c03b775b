"""The Python client, for programs that play: native clients, bots, tools.

    from tickroom.client import play

    async with play("http://127.0.0.1:7373", game="arena", username="Ada") as client:
        async for event in client:
            ...

The core (`ClientCore` and what it hands out) does no I/O and runs in a browser tab too. What needs asyncio is imported when it
is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from net.client.backoff import Backoff
from net.client.core import ClientCore
from net.client.debug import debug_rows
from net.client.entity import Entity
from net.client.errors import CallFailed, LocalProtocolError
from net.client.events import (
    Answered,
    ChunkArrived,
    ClientEvent,
    Disconnected,
    EntityEntered,
    EntityLeft,
    GameEvent,
    LockstepTold,
    Noticed,
    PlaybackChanged,
    RoomStateChanged,
    RosterChanged,
    ServerAway,
    Spoken,
    Ticked,
    TilesChanged,
    Welcomed,
)
from net.client.inputs import InputState
from net.client.prediction.predicted import Predicted, Statistics
from net.client.scene import Scene
from net.client.states import ClientState
from net.client.view import Pose
from net.codec import JSON, MESSAGEPACK
from net.conditions import PERFECT, PRESETS, Conditions, Network
from net.errors import RemoteProtocolError
from net.protocol import CloseReason, GameSchema, KindSchema, Playback, PlayerRecord

if TYPE_CHECKING:
    from net.drivers.asyncio_client import AsyncioClient, ConnectionEnded
    from net.drivers.lobby import Lobby, Refusal, RoomSummary, Ticket
    from net.drivers.playing import play, watch

__all__ = [
    "JSON",
    "MESSAGEPACK",
    "PERFECT",
    "PRESETS",
    "Answered",
    "AsyncioClient",
    "Backoff",
    "CallFailed",
    "ChunkArrived",
    "ClientCore",
    "ClientEvent",
    "ClientState",
    "CloseReason",
    "Conditions",
    "ConnectionEnded",
    "Disconnected",
    "Entity",
    "EntityEntered",
    "EntityLeft",
    "GameEvent",
    "GameSchema",
    "InputState",
    "KindSchema",
    "Lobby",
    "LocalProtocolError",
    "LockstepTold",
    "Network",
    "Noticed",
    "Playback",
    "PlaybackChanged",
    "PlayerRecord",
    "Pose",
    "Predicted",
    "Refusal",
    "RemoteProtocolError",
    "RoomStateChanged",
    "RoomSummary",
    "RosterChanged",
    "Scene",
    "ServerAway",
    "Spoken",
    "Statistics",
    "Ticked",
    "Ticket",
    "TilesChanged",
    "Welcomed",
    "debug_rows",
    "play",
    "watch",
]

LATER = {
    "AsyncioClient": "net.drivers.asyncio_client",
    "ConnectionEnded": "net.drivers.asyncio_client",
    "Lobby": "net.drivers.lobby",
    "Refusal": "net.drivers.lobby",
    "RoomSummary": "net.drivers.lobby",
    "Ticket": "net.drivers.lobby",
    "play": "net.drivers.playing",
    "watch": "net.drivers.playing",
}
"""Where the names are that need asyncio or sockets."""


def __getattr__(name: str) -> Any:
    """Import a name of `LATER`. Raises AttributeError for any other."""
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(LATER[name]), name)
