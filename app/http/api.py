"""The bodies of the HTTP API, as they travel in JSON. `app/http/operations.py` says which belongs to which address."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from app.rooms.lockstep import LockstepListing, Seed
from net.lockstep.settings import WantedRules
from net.protocol import Text
from net.rooms.moderation import Ban
from net.text import is_plain

GameName = Annotated[str, Meta(min_length=1, max_length=32, description="A game's name, as in `GET /games`.")]
RoomId = Annotated[str, Meta(min_length=1, max_length=64, description="A room's id.")]


class RoomOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """How this room differs from others of its game."""

    max_players: Annotated[
        int, Meta(ge=0, le=65_535, description="Fewer seats than the game allows; 0 for its own number.")
    ] = 0


States = Annotated[
    dict[str, Any] | None,
    Meta(
        description="A lock-step game's states below the room's own, where it brings none (docs/lockstep.md)."
    ),
]


class CreateBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A room to make. `game` may be left out where the server has only one."""

    game: GameName | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=64, description="What the lobby calls the room.")] = ""
    settings: RoomOptions = RoomOptions()
    states: States = None
    seed: Seed | UnsetType = UNSET
    setup: Annotated[
        dict[str, Any], Meta(description="Options that a lock-step room's setup begins with.")
    ] = {}
    rules: Annotated[
        WantedRules,
        Meta(description="How a lock-step room deals with delays and divergence; else as the server has it."),
    ] = WantedRules()


class UploadBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A room to make with an engine of its own, which is the part `engine` of the form; this is its part `room`."""

    name: Annotated[str, Meta(max_length=64, description="What the lobby calls the room.")] = ""
    title: Annotated[str, Meta(max_length=64, description="What the game is called; else as the room.")] = ""
    tick_rate: Annotated[int, Meta(ge=1, le=128, description="Iterations a second.")] = 20
    max_players: Annotated[int, Meta(ge=1, le=256, description="Seats.")] = 8
    states: States = None
    seed: Seed | UnsetType = UNSET
    setup: Annotated[
        dict[str, Any], Meta(description="Options that a lock-step room's setup begins with.")
    ] = {}
    rules: Annotated[
        WantedRules,
        Meta(description="How a lock-step room deals with delays and divergence; else as the server has it."),
    ] = WantedRules()

    def __post_init__(self) -> None:
        """Raises ValueError, which decoding makes a ValidationError of."""
        if not is_plain(self.title):
            raise ValueError("a title has printable characters only")


class CreatedRoom(Struct, frozen=True):
    """A room that was made. `join_url` is for people and programs alike: a page for the one, JSON for the other."""

    room_id: str
    join_url: str
    game: str


class JoinBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Who joins, by which name, and whose saved data it is.

    `guest` is a random UUID of the player's own making, kept to itself like a password: who gives it again in a game that
    saves what players have gets it back, and in the same room the same seat. Without a `username` the name is made of it.
    """

    username: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    guest: UUID | UnsetType = UNSET


class PredictionListing(Struct, frozen=True):
    """What a page needs to run a room's predicted rules itself.

    `engine` is the address of what says how to load the Python engine, empty for the `reason` where there is none;
    `archives` are those of the code, and `module` is what has the `game` in it. `fingerprint` names these rules: a client
    says it in its hello, and predicts where it is the room's. `predictor` is the game's own one in JavaScript, or empty.
    """

    engine: str
    archives: list[str]
    module: str
    fingerprint: str
    predictor: str
    reason: str


class JoinedRoom(Struct, frozen=True):
    """A seat. The `token` is this player's alone and goes into the hello on the socket, never into an address.

    `player_id` is what others know the player by; `player` is the number of the seat.
    """

    room_id: str
    player_id: str
    player: int
    name: str
    token: str
    socket_url: str
    prediction: PredictionListing | None = None
    """Of a game with rules that clients can predict."""


class PythonListing(Struct, frozen=True):
    """What runs an engine in Python in a browser: as `engine`, `archives` and `reason` of a prediction."""

    engine: str
    archives: list[str]
    reason: str


class EngineListing(Struct, frozen=True):
    """The engine that the clients of a lock-step room run. What was uploaded is a stranger's: run it in a sandbox only."""

    url: str
    sha256: str
    media_type: str
    uploaded: bool
    python: PythonListing | None = None
    """Of one in Python."""


class RoomListing(Struct, frozen=True):
    """What anybody may know of a room. `state` is a dotted path; `tick` counts from the room's start."""

    room_id: str
    name: str
    game: str
    title: str
    model: str
    players: int
    max_players: int
    state: str
    tick: int
    tick_rate: int
    join_url: str
    engine: EngineListing | None = None
    lockstep: LockstepListing | None = None
    """Of a lock-step room: what its engine is begun with, and the setup as it is."""
    watchable: bool = False
    """Whether anybody may watch it: `POST /rooms/{room_id}/watch`."""
    prediction: PredictionListing | None = None
    """Of a game with rules that clients can predict."""
    held: bool = False
    """Whether it is kept and does not run, until an operator has looked at it: nobody can join."""


class ViewerTicket(Struct, frozen=True):
    """A place to watch from: `token` opens it at `socket_url`. What is shown is `delay` seconds old."""

    room_id: str
    player_id: str
    token: str
    socket_url: str
    delay: float


class RoomList(Struct, frozen=True):
    """Every room of the server, the oldest first."""

    rooms: list[RoomListing]


class Announcement(Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence for players. It is text, never markup; control characters and line breaks are refused."""

    text: Annotated[Text, Meta(min_length=1, description="What the players are told.")]

    def __post_init__(self) -> None:
        """Raises ValueError, which decoding makes a ValidationError of."""
        if not self.text.strip():
            raise ValueError("an announcement says something")
        if not is_plain(self.text):
            raise ValueError("an announcement has printable characters only")


class Announced(Struct, frozen=True):
    """Who is told, in the next tick of their rooms: so many rooms, and so many players connected there."""

    rooms: int
    players: int


class PlayerListing(Struct, frozen=True):
    """A taken or reserved seat, as the admin sees it. `number` is the player's in the room.

    `network` is whom limits and bans count: the IPv4 address that the player joined from, or the /64 of an IPv6 one;
    `account` is the subject of an account, empty for a guest.
    """

    number: int
    player_id: str
    name: str
    connected: bool
    network: str
    account: str = ""


class PlayerList(Struct, frozen=True):
    """Every player of a room, by number; who has a seat and is not connected, too."""

    players: list[PlayerListing]


class BanList(Struct, frozen=True):
    """Who may not come back into a room, the oldest ban first."""

    bans: list[Ban]


class GameListing(Struct, frozen=True):
    """A game that rooms can be made of. `fingerprint` names its rules."""

    name: str
    title: str
    version: str
    tick_rate: int
    max_players: int
    fingerprint: str


class GameList(Struct, frozen=True):
    """Every game of the server, by name. `create` says who may make rooms: `anyone` or `admin`.

    `network_url` is what others reach the server by, without a path, as in `http://192.168.1.5:7373`; empty where they
    cannot. Who is at the machine itself, at a loopback address, makes links for others of it.
    """

    games: list[GameListing]
    create: str
    network_url: str = ""


class Health(Struct, frozen=True):
    """How the server is. `rooms` and `failures` (rooms ended by a mistake) count since its start."""

    status: str
    rooms: int = 0
    overruns: int = 0
    failures: int = 0
