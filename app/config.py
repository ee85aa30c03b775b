"""Every setting of the server: its type, bounds, default and meaning. Durations are in seconds, sizes in bytes.

This file is the reference: `tickroom init`, the errors and docs/operating.md are made from it.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import fields


def setting(meaning: str, allowed: str, **bounds: Any) -> Meta:
    """What `init` writes above a setting and what its error says is allowed."""
    return Meta(description=meaning, extra={"allowed": allowed}, **bounds)


def whole(least: int, most: int, meaning: str, unit: str = "") -> Meta:
    """A whole number from `least` to `most`."""
    return setting(meaning, f"a whole number from {least} to {most} {unit}".rstrip(), ge=least, le=most)


def seconds(least: float, most: float, meaning: str) -> Meta:
    """A duration from `least` to `most` seconds."""
    return setting(meaning, f"a number from {least:g} to {most:g} seconds", ge=least, le=most)


def rate(least: float, most: float, meaning: str, unit: str = "") -> Meta:
    """A number from `least` to `most` that need not be whole."""
    return setting(meaning, f"a number from {least:.0f} to {most:.0f} {unit}".rstrip(), ge=least, le=most)


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """The base of a table of the file."""


class ServerSection(Section, frozen=True):
    """Where the server listens and keeps its data."""

    host: Annotated[
        str,
        setting(
            "The address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for every network.",
            "an address or host name, 1 to 255 characters",
            min_length=1,
            max_length=255,
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int, setting("The port; 0 takes one that is free.", "a whole number from 0 to 65535", ge=0, le=65535)
    ] = 7373
    data: Annotated[
        str,
        setting("The folder for what the server keeps. One server at a time.", "a path", min_length=1),
    ] = "./data"
    public_url: Annotated[
        str,
        setting(
            "The address by which players reach the server, when a proxy stands before it. Then the server counts "
            "as open to others, whatever `host` is.",
            'empty, or as in "https://play.example.org"',
            pattern=r"^(https?://[^/\s?#]+)?$",
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        setting(
            "Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
            "a list of addresses or networks",
            max_length=64,
        ),
    ] = ()
    allowed_origins: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(\*|https?://[^/\s?#]+)$")], ...],
        setting(
            "Web pages of other origins that may connect players. The server's own pages always may.",
            'a list of origins as in "https://example.org", or "*" for every page',
            max_length=64,
        ),
    ] = ()
    stop_timeout: Annotated[
        float, seconds(0, 60, "How long a stop waits for clients to take their farewell.")
    ] = 5.0
    back_in: Annotated[
        float, seconds(0, 3_600, "When clients are told to come back when the server stops.")
    ] = 2.0


class LimitsSection(Section, frozen=True):
    """What one client, one address or everybody together may use."""

    rooms: Annotated[int, whole(1, 10_000, "Rooms that exist at a time.")] = 100
    rooms_per_address: Annotated[int, whole(1, 10_000, "Rooms that one address may have created.")] = 20
    referees: Annotated[
        int, whole(0, 1_000, "Referees of lock-step matches that run at a time, each a process of its own.")
    ] = 4
    creates_per_minute: Annotated[int, whole(1, 100_000, "Rooms that one address may create a minute.")] = 60
    joins_per_minute: Annotated[int, whole(1, 1_000_000, "Joins of one address a minute.")] = 600
    handshakes_per_minute: Annotated[
        int, whole(1, 1_000_000, "WebSocket handshakes of one address a minute, refused ones too.")
    ] = 600
    connections: Annotated[int, whole(1, 100_000, "Open WebSockets of all clients together.")] = 4_000
    connections_per_address: Annotated[int, whole(1, 100_000, "Open WebSockets of one address.")] = 512
    body_bytes: Annotated[int, whole(256, 1_048_576, "The largest body of an HTTP request.", "bytes")] = (
        16_384
    )
    upload_bytes: Annotated[
        int,
        whole(0, 67_108_864, "The largest engine that may be uploaded with a room; 0: none may be.", "bytes"),
    ] = 4_194_304
    request_timeout: Annotated[
        float, seconds(0.1, 300, "How long a request's head, and then its body, may take.")
    ] = 10.0
    message_bytes: Annotated[
        int, whole(16_384, 1_048_576, "The largest message that a client may send.", "bytes")
    ] = 16_384
    messages_per_second: Annotated[
        float, rate(1, 10_000, "Messages of one client a second, beyond one a tick.")
    ] = 60.0
    message_burst: Annotated[float, rate(1, 100_000, "Messages that may come at once.")] = 120.0
    bytes_per_second: Annotated[
        float, rate(1_024, 100_000_000, "What one client may send a second.", "bytes")
    ] = 65_536.0
    byte_budget: Annotated[
        int,
        whole(
            0,
            100_000_000,
            "What one client may be sent a second before far things are told less often, in games with a view radius; "
            "0 for no bound.",
            "bytes",
        ),
    ] = 0
    commands: Annotated[int, whole(1, 1_000, "Commands of one player that may wait for the next tick.")] = 32
    waiting_items: Annotated[
        int, whole(16, 100_000, "Items kept for a client that does not read; more close it.")
    ] = 1_000


class RoomsSection(Section, frozen=True):
    """How long rooms, seats and silent clients are kept."""

    empty_timeout: Annotated[float, seconds(1, 604_800, "A room without players ends after this.")] = 60.0
    max_players: Annotated[
        int, whole(0, 65_535, "Fewer seats a room than its game allows; 0 for the game's own number.")
    ] = 0
    hello_timeout: Annotated[
        float, seconds(0.1, 300, "A connection that has not said hello by then is closed.")
    ] = 5.0
    reservation: Annotated[
        float, seconds(1, 3_600, "A seat whose player never connects is freed after this.")
    ] = 30.0
    seat_kept: Annotated[
        float, seconds(0, 86_400, "How long the seat of a lost player waits for a return.")
    ] = 60.0
    token_lifetime: Annotated[
        float,
        seconds(60, 604_800, "How long what opens a player's seat is good while the player is away."),
    ] = 604_800.0
    silence: Annotated[float, seconds(5, 86_400, "A client that says nothing for this long is closed.")] = (
        120.0
    )
    slow_client: Annotated[
        float, seconds(1, 3_600, "A client whose socket takes nothing for this long is closed.")
    ] = 15.0


class StoreSection(Section, frozen=True):
    """What is kept of sessions, players and uploaded engines, in store.sqlite3 in the data folder."""

    synchronous: Annotated[
        Literal["normal", "full"],
        setting(
            "What is written survives a killed server either way. full also waits for the disk, milliseconds each time, so "
            "that a power cut takes nothing; normal may lose the last seconds then.",
            '"normal" or "full"',
        ),
    ] = "normal"
    max_bytes: Annotated[
        int, whole(1_048_576, 1_099_511_627_776, "How large the store may grow.", "bytes")
    ] = 1_073_741_824
    guest_saves: Annotated[
        int, whole(1, 100_000_000, "Saved data of so many guests is kept, of those who played last.")
    ] = 100_000
    engine_bytes: Annotated[
        int, whole(0, 1_099_511_627_776, "What all uploaded engines together may have.", "bytes")
    ] = 268_435_456
    engine_days: Annotated[
        int, whole(1, 36_500, "An uploaded engine that no room has had for so many days is removed.")
    ] = 30


class JournalsSection(Section, frozen=True):
    """The journals of rooms, in journals/ in the data folder: what a room resumes from, and its replay."""

    enabled: Annotated[
        bool,
        setting(
            "Whether rooms are written down. Without it a server that stops ends its rooms.", "true or false"
        ),
    ] = True
    fsync: Annotated[
        Literal["never", "keyframe", "interval", "tick"],
        setting(
            "When what was written is made safe against power cuts; a killed server loses nothing either way. tick waits for "
            "the disk in every tick, interval and keyframe do not wait.",
            '"never", "keyframe", "interval" or "tick"',
        ),
    ] = "interval"
    fsync_interval: Annotated[float, seconds(0.01, 3_600, 'How often, where fsync is "interval".')] = 1.0
    segment_bytes: Annotated[
        int,
        whole(65_536, 1_073_741_824, "A journal that is longer goes on in another file.", "bytes"),
    ] = 67_108_864
    keep_days: Annotated[
        int,
        whole(
            0,
            36_500,
            "Files of ended rooms, and earlier files of running ones, are removed after so many days.",
        ),
    ] = 7
    keep_bytes: Annotated[
        int,
        whole(
            0,
            1_125_899_906_842_624,
            "What these files together may have; the oldest are removed first.",
            "bytes",
        ),
    ] = 2_147_483_648


class LockstepSection(Section, frozen=True):
    """Rules of lock-step rooms: those that a room has unless its maker says otherwise, then how far that may go."""

    delay: Annotated[
        int, whole(1, 16, "Commands run so many generations after the one in which they were given.")
    ] = 2
    generation: Annotated[float, seconds(0.02, 1, "How long a generation is at least.")] = 0.1
    longest: Annotated[float, seconds(0.02, 5, "And at most, at the game's own speed.")] = 1.0
    slowdown: Annotated[
        float, rate(1, 10, "How many times slower a game may run for a slow computer.", "times")
    ] = 3.0
    missing: Annotated[
        Literal["wait", "empty", "drop", "vote"],
        setting("What becomes of a match whose packets are missing.", '"wait", "empty", "drop" or "vote"'),
    ] = "wait"
    patience: Annotated[float, seconds(1, 600, 'How long "wait" waits and "vote" lets vote.')] = 30.0
    keep_dropped: Annotated[
        bool, setting("Whether the seat of a dropped player waits for a return.", "true or false")
    ] = True
    desync: Annotated[
        Literal["halt", "resync", "drop"],
        setting("What a divergence does.", '"halt", "resync" or "drop"'),
    ] = "halt"
    diverges_again: Annotated[
        Literal["halt", "drop"],
        setting('What "resync" does about who was put right three times.', '"halt" or "drop"'),
    ] = "halt"
    checksum_interval: Annotated[int, whole(1, 256, "A checksum every so many generations.")] = 1
    referee: Annotated[
        bool, setting("Whether the server runs the engine of installed games too.", "true or false")
    ] = False
    viewers: Annotated[int, whole(0, 256, "How many may come to watch once the match has begun.")] = 16
    viewer_delay: Annotated[float, seconds(0, 600, "How much later than players they see it.")] = 0.0
    configure: Annotated[
        Literal["anyone", "host"],
        setting("Who changes the room's options.", '"anyone" or "host"'),
    ] = "anyone"
    max_body: Annotated[
        int, whole(16, 8_192, "The most that a player's commands of a generation may take.", "bytes")
    ] = 4_096
    most_delay: Annotated[int, whole(1, 16, "The largest delay that a room may have.")] = 16
    least_generation: Annotated[
        float,
        seconds(
            0.02, 1, "The shortest generation that a room may have: ten of 0.1 s cost ten times one of 1 s."
        ),
    ] = 0.02
    most_generation: Annotated[
        float, seconds(0.02, 5, "The longest that a room may let its generations become.")
    ] = 5.0
    most_slowdown: Annotated[float, rate(1, 10, "The largest slowdown that a room may have.", "times")] = 10.0
    missing_policies: Annotated[
        tuple[Literal["wait", "empty", "drop", "vote"], ...],
        setting("What rooms may choose of.", 'a list of "wait", "empty", "drop" and "vote"', min_length=1),
    ] = ("wait", "empty", "drop", "vote")
    most_patience: Annotated[float, seconds(1, 600, "The most patience that a room may have.")] = 600.0
    desync_policies: Annotated[
        tuple[Literal["halt", "resync", "drop"], ...],
        setting("What rooms may choose of.", 'a list of "halt", "resync" and "drop"', min_length=1),
    ] = ("halt", "resync", "drop")
    most_checksum_interval: Annotated[
        int, whole(1, 256, "The most generations between two checksums that a room may have.")
    ] = 256
    may_have_referee: Annotated[
        bool, setting("Whether a room may ask for a referee (limits.referees at a time).", "true or false")
    ] = True
    most_viewers: Annotated[int, whole(0, 256, "The most viewers that a room may let in.")] = 256
    most_viewer_delay: Annotated[
        float, seconds(0, 600, "The longest delay that a room may have for them.")
    ] = 600.0
    most_body: Annotated[int, whole(16, 8_192, "The largest max_body that a room may have.", "bytes")] = 8_192


class WatchingSection(Section, frozen=True):
    """Viewers of running rooms: they have no seat, and see what is for everybody."""

    who: Annotated[
        Literal["auto", "anyone", "admin", "nobody"],
        setting(
            "Who may watch. auto is anyone while only this machine can connect, nobody otherwise: a viewer may tell a player "
            "what it sees.",
            '"auto", "anyone", "admin" or "nobody"',
        ),
    ] = "auto"
    delay: Annotated[
        float,
        seconds(0, 3_600, "Viewers see a room so much later than it happens; 0 gives away who is where."),
    ] = 10.0
    viewers: Annotated[int, whole(1, 10_000, "Viewers of one room.")] = 20
    rooms: Annotated[
        int, whole(1, 1_000, "Rooms that are watched at a time: each costs about what its game costs again.")
    ] = 4


class ModsSection(Section, frozen=True):
    """Which games there are."""

    folders: Annotated[
        tuple[str, ...],
        setting(
            "Folders with games. A relative one is looked for in the working directory and beside the program.",
            "a list of paths",
            max_length=64,
        ),
    ] = ("mods",)
    examples: Annotated[bool, setting("Whether the bundled example games are offered.", "true or false")] = (
        True
    )
    disabled: Annotated[
        tuple[str, ...],
        setting("Games that are not loaded, by the name of their folder or file.", "a list of names"),
    ] = ()
    on_broken: Annotated[
        Literal["skip", "refuse"],
        setting(
            "When a game does not load: skip reports it and serves the others, refuse does not start.",
            '"skip" or "refuse"',
        ),
    ] = "skip"


class LogSection(Section, frozen=True):
    """What is said, and how. Logs go to standard error."""

    format: Annotated[
        Literal["auto", "console", "json"],
        setting("auto is console on a terminal and JSON otherwise.", '"auto", "console" or "json"'),
    ] = "auto"
    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        setting("The least that is logged.", '"debug", "info", "warning" or "error"'),
    ] = "info"


class AuthSection(Section, frozen=True):
    """Who may do what."""

    create: Annotated[
        Literal["auto", "anyone", "admin"],
        setting(
            "Who may create rooms. auto is anyone while only this machine can connect, admin otherwise.",
            '"auto", "anyone" or "admin"',
        ),
    ] = "auto"
    admin_token: Annotated[
        str,
        setting(
            "The admin's token. Leave it empty: one is generated at the first start, shown once and kept as a hash.",
            "empty, or at least 8 characters",
            pattern=r"^(\S{8,256})?$",
        ),
    ] = ""
    require_account: Annotated[
        bool,
        setting(
            "Whether joining needs an account (see [accounts]). The admin may seat guests all the same.",
            "true or false",
        ),
    ] = False


class AccountsSection(Section, frozen=True):
    """Accounts of your own: JSON Web Tokens of an identity provider. A join with one has its subject as the account."""

    algorithm: Annotated[
        Literal["", "HS256", "RS256", "EdDSA"],
        setting(
            "How the tokens are signed; any other way is refused. Empty: there are no accounts, everybody is a guest.",
            'empty, "HS256", "RS256" or "EdDSA"',
        ),
    ] = ""
    key: Annotated[
        str,
        setting(
            "What the signatures are checked with: a public key as PEM, or for HS256 the secret. This or key_file.",
            "empty, a PEM, a JWKS or at least 32 characters",
            max_length=65_536,
        ),
    ] = ""
    key_file: Annotated[
        str,
        setting(
            "The same in a file, or a JWKS with several keys. It is read again when it has changed.", "a path"
        ),
    ] = ""
    issuer: Annotated[
        str, setting("The `iss` that tokens must have.", "any text, needed with an algorithm", max_length=512)
    ] = ""
    audience: Annotated[
        str, setting("The `aud` that tokens must have.", "any text, needed with an algorithm", max_length=512)
    ] = ""
    name_claim: Annotated[
        str,
        setting(
            "The claim that is the player's name, as in preferred_username. Empty: players name themselves.",
            "empty, or the name of a claim",
            max_length=128,
        ),
    ] = ""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole configuration."""

    server: ServerSection = field(default_factory=ServerSection)
    limits: LimitsSection = field(default_factory=LimitsSection)
    rooms: RoomsSection = field(default_factory=RoomsSection)
    store: StoreSection = field(default_factory=StoreSection)
    journals: JournalsSection = field(default_factory=JournalsSection)
    lockstep: LockstepSection = field(default_factory=LockstepSection)
    watching: WatchingSection = field(default_factory=WatchingSection)
    mods: ModsSection = field(default_factory=ModsSection)
    log: LogSection = field(default_factory=LogSection)
    auth: AuthSection = field(default_factory=AuthSection)
    accounts: AccountsSection = field(default_factory=AccountsSection)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the template, the errors and the documentation say it."""

    section: str
    key: str
    type: Any
    default: Any
    meaning: str
    allowed: str


def settings_of(section: type[Struct]) -> list[Setting]:
    """The settings of a section class, in the order of the file."""
    name = section.__name__.removesuffix("Section").lower()
    found = []
    for each in fields(section):
        default = each.default_factory() if callable(each.default_factory) else each.default
        meta = each.type.__metadata__[0]
        found.append(Setting(name, each.name, each.type, default, meta.description, meta.extra["allowed"]))
    return found


SECTIONS: tuple[type[Section], ...] = (
    ServerSection,
    LimitsSection,
    RoomsSection,
    StoreSection,
    JournalsSection,
    LockstepSection,
    WatchingSection,
    ModsSection,
    LogSection,
    AuthSection,
    AccountsSection,
)
