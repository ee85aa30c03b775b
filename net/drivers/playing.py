"""From an address to a client that plays or watches: a seat over HTTP, then the socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ecs.game import Game
from net.client.core import ClientCore
from net.codec import MESSAGEPACK, Codec
from net.conditions import Network
from net.drivers.asyncio_client import AsyncioClient
from net.drivers.lobby import Lobby


@asynccontextmanager
async def play(
    url: str,
    *,
    game: str = "",
    room: str = "",
    username: str | None = None,
    admin_token: str = "",
    account: str = "",
    guest: str | None = None,
    codec: Codec = MESSAGEPACK,
    before_tick: Callable[[AsyncioClient], None] | None = None,
    network: Network | None = None,
    rules: Game | None = None,
) -> AsyncIterator[AsyncioClient]:
    """Take a seat in `room`, or in any room of `game` (a new one where all are full), and play.

    `account` is a JSON Web Token of the server's identity provider, where it has accounts. `guest` is a random UUID of the
    player's own, kept to itself: a game that keeps what players have gives it back to whoever knows it. `network` is simulated
    between this client and its server. With the game's `rules`, as the server has them, own entities are computed ahead
    (`core.prediction`).

    Raises lobby.Refusal, ConnectionEnded, OSError when there is no server at `url`, and RemoteProtocolError.
    """
    lobby = Lobby(url, token=admin_token, account=account)
    ticket = await asyncio.to_thread(lobby.take_seat, game, room, username, guest)
    core = ClientCore(ticket.token, codec=codec, game=rules)
    async with AsyncioClient(ticket.socket_url, core, before_tick=before_tick, network=network) as client:
        yield client


@asynccontextmanager
async def watch(
    url: str, room: str, *, admin_token: str = "", codec: Codec = MESSAGEPACK
) -> AsyncIterator[AsyncioClient]:
    """Watch a room, as a viewer: `client.core.playback` says what is shown, `request("put", "follow", ...)` whose view.

    After a restart of the server it takes a place anew, as soon as there is something that is old enough to be shown.

    Raises as `play` does.
    """
    lobby = Lobby(url, token=admin_token)

    async def new_place() -> str:
        return (await asyncio.to_thread(lobby.watch, room)).token

    ticket = await asyncio.to_thread(lobby.watch, room)
    core = ClientCore(ticket.token, codec=codec)
    async with AsyncioClient(ticket.socket_url, core, new_place=new_place) as client:
        yield client
