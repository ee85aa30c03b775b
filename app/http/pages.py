"""The pages: the lobby at `/`, the play page at `/join/<room_id>`, and the files that both and the games' views need."""

import re
import sys
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import Response

from app.games.mods import LoadedGame
from app.http.api import RoomListing
from app.http.assets import IMMUTABLE, REVALIDATE, Assets
from app.http.lobby import Lobby, answer
from app.http.problems import Problem

SANDBOX = "sandbox.html"
PYTHON_WORKER = "assets/python-worker-"
PYTHON_WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""Of the Worker with the Python engine, the one place where WebAssembly may be compiled; it fetches from here alone."""
CHECKOUT = Path(__file__).resolve().parents[2]
NOT_BUILT = (
    "The web client is not built. In a checkout, `make web` builds it; the released program has it inside."
)


def web_folder() -> Path:
    """Where the built web client is: in the one-file program's own folder, or in the checkout."""
    bundled = getattr(sys, "_MEIPASS", None)
    return Path(bundled) / "web" if bundled else CHECKOUT / "web" / "dist"


class Files:
    """The handlers of everything that is a file."""

    def __init__(self, folder: Path, games: Mapping[str, LoadedGame]) -> None:
        self._web = Assets.of(folder) if folder.is_dir() else Assets({})
        self._games = games
        self._sandbox_policy = sandbox_policy(self._web)
        if "index.html" not in self._web.files:
            structlog.get_logger("pages").warning("web client not built", folder=str(folder))

    async def watch_page(self, request: Request) -> Response:
        """`GET /watch/<room_id>`: the play page, whatever there is to watch: it asks, and says why not."""
        return await self._page(request, "play.html")

    async def sandbox(self, request: Request) -> Response:
        """`/sandbox`: the frame in which an uploaded engine runs. It has no origin, and reaches nothing."""
        response = await self._page(request, SANDBOX)
        response.headers["Content-Security-Policy"] = self._sandbox_policy
        return response

    async def asset(self, request: Request) -> Response:
        """`/assets/<path>`: the name has the content's hash in it, so it may be kept for good."""
        name = f"assets/{request.path_params['path']}"
        asset = self._web.files.get(name)
        if asset is None:
            raise Problem(404, "There is no such file.")
        response = await asset.response(request, IMMUTABLE)
        if name.startswith(PYTHON_WORKER):
            response.headers["Content-Security-Policy"] = PYTHON_WORKER_POLICY
        return response

    async def game_asset(self, request: Request) -> Response:
        """`/games/<game>/<hash>/<path>`: an old hash is gone, so that old and new files never mix."""
        game = self._games.get(request.path_params["game"])
        if game is None or game.assets_hash != request.path_params["digest"]:
            raise Problem(404, "There is no such file now; the welcome says the address of a game's view.")
        asset = game.assets.files.get(request.path_params["path"])
        if asset is None:
            raise Problem(404, "The game has no such file.")
        return await asset.response(request, IMMUTABLE)

    async def icon(self, request: Request) -> Response:
        for name in ("favicon.ico", "favicon.svg"):
            if asset := self._web.files.get(name):
                return await asset.response(request, REVALIDATE)
        raise Problem(404, "There is no icon.")

    async def _page(self, request: Request, name: str, status: int = 200) -> Response:
        asset = self._web.files.get(name)
        if asset is None:
            raise Problem(503, NOT_BUILT)
        response = await asset.response(request, REVALIDATE, status)
        response.headers["Vary"] = "Accept, Accept-Encoding"
        return response


class Pages(Files):
    """Files, and the pages that say something of rooms."""

    def __init__(self, folder: Path, games: Mapping[str, LoadedGame], lobby: Lobby) -> None:
        super().__init__(folder, games)
        self._lobby = lobby
        self._engine = lobby.predictions.engine

    async def engine_file(self, request: Request) -> Response:
        """`/assets/engine/<path>`."""
        return await self._engine.response(request, request.path_params["path"])

    async def lobby_page(self, request: Request) -> Response:
        return await self._page(request, "index.html")

    async def join_page(self, request: Request) -> Response:
        """`GET /join/<room_id>`: a page for a browser, JSON for a program. A room that is not there is 404 or 410 in both."""
        return await self._join(request, request.path_params["room_id"])

    async def join_by_query(self, request: Request) -> Response:
        """`GET /join?game_id=<room_id>`: the same by another address."""
        room_id = request.query_params.get("game_id", "")
        if not room_id:
            raise Problem(422, "The address does not say which room: /join?game_id=ROOM_ID.")
        return await self._join(request, room_id)

    async def _join(self, request: Request, room_id: str) -> Response:
        try:
            listing = self._lobby.listing_of(request, room_id)
        except Problem as missing:
            if wants_page(request):
                return await self._page(request, "play.html", missing.status_code)
            raise
        return await self._page(request, "play.html") if wants_page(request) else _room(listing)


def sandbox_policy(web: Assets) -> str:
    """The Content-Security-Policy of the sandbox: its own script, Workers of blobs, and nothing from anywhere.

    A Worker of a blob has the policy of the page that made it, and the engine in it can have none other.
    """
    page = web.files.get(SANDBOX)
    script = re.search(rb"<script>(.*?)</script>", page.path.read_bytes(), re.DOTALL) if page else None
    digest = b64encode(sha256(script.group(1)).digest()).decode() if script else ""
    return (
        f"sandbox allow-scripts; default-src 'none'; script-src 'sha256-{digest}' blob: 'wasm-unsafe-eval'; "
        "worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def wants_page(request: Request) -> bool:
    """Whether the client would rather have HTML than JSON: browsers say so, programs do not."""
    weights = {"text/html": 0.0, "application/json": 0.0}
    for part in request.headers.get("accept", "").split(","):
        media, *parameters = (each.strip().lower() for each in part.split(";"))
        if media in weights:
            weights[media] = max(weights[media], _weight(parameters))
    return weights["text/html"] > weights["application/json"]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _room(listing: RoomListing) -> Response:
    return answer(listing, headers={"Vary": "Accept"})
