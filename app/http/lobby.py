"""The lobby: which games and rooms there are, and making, joining and ending rooms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import msgspec
import structlog
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from app.accounts.account import Account, AccountRefused, Accounts
from app.accounts.admin import AdminToken
from app.accounts.guests import identity, token, wanted_name
from app.config import Config
from app.games.mistakes import cause_of, told
from app.games.mods import LoadedGame
from app.http.addresses import Addresses, client_address, is_open
from app.http.api import (
    CreateBody,
    CreatedRoom,
    EngineListing,
    GameList,
    GameListing,
    JoinBody,
    JoinedRoom,
    PythonListing,
    RoomList,
    RoomListing,
)
from app.http.body import read_body
from app.http.budgets import Budget, network
from app.http.predictions import Predictions
from app.http.problems import Problem
from app.http.upload import is_upload, read_upload
from app.repeated import Repeated
from app.rooms.definition import Definition
from app.rooms.door import SOON, Door
from app.rooms.entry import Entry
from app.rooms.lockstep import LockstepOptions
from app.rooms.lockstep import listing_of as lockstep_listing
from app.rooms.loop import deliver
from app.rooms.rooms import RoomDirectory, RoomHeld, RoomMissing, TooManyRooms
from app.rooms.rules import chosen_rules
from app.rooms.uploads import Uploads, defined
from net.errors import StoreUnavailable
from net.hosted import EngineSource, HostedGame
from net.lockstep.settings import LockstepSettings, WantedRules
from net.lockstep.setup import Options, Setup, SetupRefused
from net.players.seats import RoomRefusal
from net.players.sessions import token_digest
from net.protocol import CloseReason
from net.rooms import standstill
from systems.engine import SystemFailed

GUEST = Account("")

log = structlog.get_logger("lobby")


@dataclass(frozen=True, slots=True)
class Lobby:
    """The handlers of the API. `clock` gives monotonic ms; `anyone_creates` is `auth.create` worked out."""

    config: Config
    games: Mapping[str, LoadedGame]
    rooms: RoomDirectory
    admin: AdminToken
    addresses: Addresses
    anyone_creates: bool
    clock: Callable[[], float]
    creates: Budget
    joins: Budget
    door: Door
    predictions: Predictions
    accounts: Accounts | None = None
    wrong_tokens: Repeated = field(default_factory=Repeated)

    @property
    def anyone_watches(self) -> bool:
        """`watching.who` worked out: whether it is for anyone."""
        chosen = self.config.watching.who
        return not is_open(self.config) if chosen == "auto" else chosen == "anyone"

    # Reading ---------------------------------------------------------------------------------------------------------

    async def list_games(self, _: Request) -> Response:
        listings = [
            GameListing(
                name=each.name,
                title=each.hosted.schema.title,
                version=each.hosted.schema.version,
                tick_rate=each.hosted.game.tick_rate,
                max_players=each.hosted.game.max_players,
                fingerprint=each.hosted.game.fingerprint,
            )
            for each in self.games.values()
        ]
        create = "anyone" if self.anyone_creates else "admin"
        return answer(GameList(listings, create, self.addresses.network_url))

    async def list_rooms(self, request: Request) -> Response:
        running = [self._listing(request, entry) for entry in self.rooms]
        held = [self._held_listing(request, room_id) for room_id in self.rooms.held]
        return answer(RoomList(running + [each for each in held if each is not None]))

    async def show_room(self, request: Request) -> Response:
        return answer(self.listing_of(request, request.path_params["room_id"]))

    # Writing ---------------------------------------------------------------------------------------------------------

    async def create_room(self, request: Request) -> Response:
        """Order of checks: who, how often, what, whether there is room."""
        self.check_origin(request)
        if not self.anyone_creates:
            self.check_admin(request)
        address, now = client_address(request), self.clock()
        self.creates.spend(address, now)
        hosted, name, seats, options = await self._wanted(request)
        entry = self._make(hosted, name, seats, network(address), options)
        room_id = entry.room.room_id
        log.info("room created", room=room_id, game=hosted.game.name, by=address)
        created = CreatedRoom(room_id, self._join_url(request, room_id), hosted.game.name)
        return answer(created, 201, {"Location": f"/rooms/{room_id}"})

    async def join_room(self, request: Request) -> Response:
        self.check_origin(request)
        address, now = client_address(request), self.clock()
        self.joins.spend(address, now)
        body = await read_body(request, JoinBody, self.config.limits)
        account = self.account(request)
        name = account.name or wanted_name(body, account.subject)
        who, secret = identity(body, account.subject), token()
        room = self.entry(request.path_params["room_id"]).room
        try:
            await self.door.clear(who, room.room_id)
            seat = self.door.seat(room, who, name, token_digest(secret), network(address), account.subject)
        except RoomRefusal as refusal:
            raise Problem(refusal.status, f"{_sentence(refusal.reason)}") from refusal
        except StoreUnavailable as refusal:
            log.error("nobody can join", room=room.room_id, why=str(refusal))  # noqa: TRY400 - no mistake of ours
            raise Problem(503, "The server cannot keep anything now. Try again later.", SOON) from refusal
        socket_url = f"{self.addresses.socket_base(request)}/rooms/{room.room_id}/socket"
        prediction = self.predictions.listing(room.hosted.game.name)
        joined = JoinedRoom(
            room.room_id, seat.player_id, seat.player, seat.name, secret, socket_url, prediction
        )
        return answer(joined)

    async def end_room(self, request: Request) -> Response:
        self.admin_only(request)
        entry = self.entry(request.path_params["room_id"])
        deliver(self.rooms.end(entry, CloseReason.ROOM_ENDED, "An admin ended the room."))
        log.info("room ended", room=entry.room.room_id, why="admin", by=client_address(request))
        return Response(status_code=204)

    # Helpers ---------------------------------------------------------------------------------------------------------

    def listing_of(self, request: Request, room_id: str) -> RoomListing:
        """What anybody may know of a room. Raises Problem 404, 410, or 503 for a held one of which nothing can be read."""
        return self._held_listing(request, room_id) or self._listing(request, self.entry(room_id))

    def entry(self, room_id: str) -> Entry:
        """The room of an address. Raises Problem 404, 410, or 503 for one that is kept and does not run."""
        try:
            return self.rooms.entry(room_id)
        except RoomHeld as held:
            raise Problem(503, _sentence(held.reason)) from held
        except RoomMissing as missing:
            raise Problem(410 if missing.ended else 404, _sentence(str(missing))) from missing

    def admin_only(self, request: Request) -> None:
        """Raises Problem 401 or 403 unless the admin asks, and from no foreign page."""
        self.check_origin(request)
        self.check_admin(request)

    def _listing(self, request: Request, entry: Entry) -> RoomListing:
        described = entry.room.describe()
        more = {
            "name": entry.name,
            "join_url": self._join_url(request, entry.room.room_id),
            "watchable": self.anyone_watches and entry.is_watchable,
            "lockstep": lockstep_listing(entry.room),
            "engine": self._engine(request, entry.room.hosted.engine),
            "prediction": self.predictions.listing(entry.room.hosted.game.name),
        }
        return msgspec.convert({**described, **more}, RoomListing)

    def _held_listing(self, request: Request, room_id: str) -> RoomListing | None:
        """A room that waits for an operator, as its journal describes it; None where it is none, or cannot be read."""
        held = self.rooms.held.get(room_id)
        if held is None or held.header is None:
            return None
        header, game = held.header, self.games.get(held.header.game)
        return RoomListing(
            room_id=room_id,
            name=header.name,
            game=header.game,
            title=game.hosted.schema.title if game else header.game,
            model=header.model,
            players=0,
            max_players=header.seats,
            state=standstill.STATE,
            tick=held.tick,
            tick_rate=header.tick_rate,
            join_url=self._join_url(request, room_id),
            held=True,
        )

    def _engine(self, request: Request, engine: EngineSource | None) -> EngineListing | None:
        python = self.predictions.python(engine.media_type) if engine is not None else None
        return engine_listing(engine, self.addresses.base(request), python)

    def _join_url(self, request: Request, room_id: str) -> str:
        return f"{self.addresses.base(request)}/join/{room_id}"

    def _game(self, name: str | UnsetType) -> LoadedGame:
        offered = self.games
        if isinstance(name, UnsetType):
            if len(offered) == 1:
                return next(iter(offered.values()))
            raise Problem(422, f"The body does not say which game; there are: {', '.join(offered)}.")
        if name not in offered:
            raise Problem(404, f"There is no game {name!r}; there are: {', '.join(offered) or 'none'}.")
        return offered[name]

    async def _wanted(self, request: Request) -> tuple[HostedGame, str, int, LockstepOptions | None]:
        """The game of a room that is to be made, its name, its seats (0: as the game has), and what a lock-step room has more."""
        if is_upload(request):
            body, upload = await read_upload(request, self.config.limits)
            name = _room_name(body.name)
            options = LockstepOptions(
                body.seed, _checked(body.setup), self._rules(body.rules, installed=False)
            )
            return await self.uploads.take(body, upload), name, 0, options
        wanted = await read_body(request, CreateBody, self.config.limits)
        hosted = self._game(wanted.game).hosted
        options = LockstepOptions(
            wanted.seed, _checked(wanted.setup), self._rules(wanted.rules, installed=True)
        )
        given = wanted.seed is not UNSET or wanted.setup or wanted.rules != WantedRules()
        if hosted.game.model != "lockstep" and (given or wanted.states is not None):
            raise Problem(
                422,
                f"{hosted.game.name!r} is no lock-step game: it has no seed, setup, states or rules to be given.",
            )
        hosted = defined(Definition(states=wanted.states), hosted)
        return hosted, _room_name(wanted.name), wanted.settings.max_players, options

    def _rules(self, wanted: WantedRules, *, installed: bool) -> LockstepSettings:
        try:
            return chosen_rules(self.config.lockstep, wanted, installed=installed)
        except SetupRefused as refusal:
            raise Problem(422, _sentence(str(refusal))) from refusal

    @property
    def uploads(self) -> Uploads:
        """The engines that rooms have brought."""
        return Uploads(self.rooms, self.config.store.engine_days)

    def _make(
        self, hosted: HostedGame, name: str, seats: int, creator: str, options: LockstepOptions | None
    ) -> Entry:
        try:
            return self.rooms.create(hosted, name, creator, seats, options)
        except SetupRefused as refusal:
            raise Problem(422, _sentence(f"setup: {refusal}")) from refusal
        except TooManyRooms as refusal:
            raise Problem(503 if refusal.everybody else 429, _sentence(str(refusal))) from refusal
        except SystemFailed as failure:
            game = hosted.game.name
            log.error("room not created", game=game, **told(failure))  # noqa: TRY400 - one line, no traceback
            log.debug("room not created, in full", game=game, exc_info=cause_of(failure))
            raise Problem(500, f"The game {game!r} made a mistake when its room began.") from None

    def account(self, request: Request) -> Account:
        """Who joins: an account, or a guest, whose subject is empty. Raises Problem 401."""
        given = _bearer(request)
        if given and self.admin.opens(given):
            return GUEST
        if not given:
            if self.config.auth.require_account:
                _refuse_account(
                    "Joining needs an account: Authorization: Bearer TOKEN, as your sign-in gives it."
                )
            return GUEST
        if self.accounts is None:
            _refuse_account("This server has no accounts: leave the Authorization header out.")
        try:
            return self.accounts.account_of(given)
        except AccountRefused as refused:
            log.info("account refused", by=client_address(request), why=str(refused))
            _refuse_account(str(refused))

    def check_admin(self, request: Request) -> None:
        given = _bearer(request)
        if not given:
            _refuse_admin(401, "This needs the admin token: Authorization: Bearer TOKEN.")
        if not self.admin.opens(given.strip()):
            times = self.wrong_tokens.happened(self.clock())
            if times:
                log.warning("wrong admin token", by=client_address(request), times=times)
            _refuse_admin(403, "This is not the admin token.")

    def check_origin(self, request: Request) -> None:
        """A page of another origin may not act in a visitor's name."""
        if not self.addresses.origin_allowed(request):
            raise Problem(
                403, "Pages of this origin may not do that; server.allowed_origins lists those that may."
            )


def _checked(setup: Options) -> Options:
    """Options that a room can be made with, before an engine is kept for it. Raises Problem 422."""
    try:
        return Setup(setup).options
    except SetupRefused as refusal:
        raise Problem(422, _sentence(f"setup: {refusal}")) from refusal


def _room_name(given: str) -> str:
    """Raises Problem 422."""
    name = given.strip()
    if not name.isprintable():
        raise Problem(422, "A room's name has printable characters only.")
    return name


def _bearer(request: Request) -> str:
    """The token of the Authorization header, or empty."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def _refuse_account(detail: str) -> NoReturn:
    raise Problem(401, detail, {"WWW-Authenticate": "Bearer"})


def _refuse_admin(status: int, detail: str) -> NoReturn:
    raise Problem(status, detail, {"WWW-Authenticate": "Bearer"})


def engine_listing(
    engine: EngineSource | None, base: str, python: PythonListing | None = None
) -> EngineListing | None:
    """Where clients get the engine of a lock-step room; `base` is the server's address, `python` what one in Python needs."""
    if engine is None:
        return None
    return EngineListing(base + engine.address, engine.sha256, engine.media_type, engine.uploaded, python)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def answer(body: msgspec.Struct, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A struct as JSON. What a room is now is not kept by caches."""
    fresh = {"Cache-Control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(body), status, fresh, media_type="application/json")
