"""Lock-step rooms of this server: what they are made with, and what the server knows of an installed game's engine."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from app.rooms.referee import Referees
from ecs.game import Game
from net.hosted import HostedGame
from net.journal.writer import JournalWriter
from net.lockstep.organising import no_check
from net.lockstep.room import LockstepRoom
from net.lockstep.settings import LockstepSettings
from net.lockstep.setup import SetupRefused
from net.lockstep.turns import anything
from net.players.sessions import Sessions
from net.protocol import Configuration
from net.rooms.base_room import BaseRoom
from net.settings import RoomSettings
from systems.command_bodies import MalformedBody, decode_commands
from systems.lockstep import refusal_of

MAX_SEED = 2**53 - 1
"""JavaScript's engines have no larger whole numbers."""
Seed = Annotated[int, Meta(ge=0, le=MAX_SEED, description="What the engine's chance begins with.")]


class LockstepOptions(Struct, frozen=True):
    """What a lock-step room may be made with, beside its game."""

    seed: Seed | UnsetType = UNSET
    setup: dict[str, Any] = {}
    rules: LockstepSettings = LockstepSettings()


class LockstepListing(Struct, frozen=True):
    """What a client of a lock-step room has to know before it connects.

    `seed` is that of the room's first match. `match` is the number of the one that runs, 0: none; `generation`
    is the last that was told of it.
    """

    seed: int
    rules: LockstepSettings
    revision: int
    options: dict[str, Any]
    players: dict[str, dict[str, Any]]
    ready: list[int]
    host: int
    match: int
    generation: int


def lockstep_room(
    room_id: str,
    hosted: HostedGame,
    options: LockstepOptions,
    *,
    seed: int,
    settings: RoomSettings,
    now: float,
    epoch: float,
    sessions: Sessions,
    journal: JournalWriter | None,
    referees: Referees | None = None,
) -> LockstepRoom:
    """A room. Of a game that is installed the server checks setups and commands, and may have a referee.

    Raises net.lockstep.setup.SetupRefused.
    """
    installed = hosted.game.setup_declaration is not None
    if options.rules.referee and not installed:
        raise SetupRefused(
            422, "a referee runs installed games only: the server never runs what was uploaded"
        )
    return LockstepRoom(
        room_id,
        hosted,
        seed=(options.seed if isinstance(options.seed, int) else seed) & MAX_SEED,
        settings=settings,
        now=now,
        rules=options.rules,
        options=options.setup,
        check_setup=partial(refusal_of, hosted.game) if installed else no_check,
        check_body=body_check(hosted.game) if installed else anything,
        make_referee=referees.maker(hosted.game.name, room_id)
        if referees is not None and installed
        else None,
        epoch=epoch,
        sessions=sessions,
        journal=journal,
    )


def listing_of(room: BaseRoom) -> LockstepListing | None:
    """What a client has to know; None for a room of another model."""
    if not isinstance(room, LockstepRoom):
        return None
    told: Configuration = room.play.configuration()
    match = room.play.match
    return LockstepListing(
        seed=room.seed,
        rules=room.play.rules,
        revision=told.revision,
        options=told.options,
        players={str(player): options for player, options in told.players},
        ready=told.ready,
        host=told.host,
        match=match.number if match is not None else 0,
        generation=match.generation if match is not None else -1,
    )


def body_check(game: Game) -> Callable[[bytes], None]:
    """Raises ValueError for a body that is none of the game's."""

    def check(body: bytes) -> None:
        try:
            decode_commands(game, body)
        except MalformedBody as malformed:
            raise ValueError(str(malformed)) from malformed

    return check


def report_json(report: Struct) -> bytes:
    """A divergence's report as it is kept."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1)
