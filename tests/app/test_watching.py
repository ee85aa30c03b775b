"""Rooms that are watched while they are played: over real sockets, with the SDK on both sides."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from net.client.core import ClientCore
from net.client.events import Spoken, Ticked
from net.drivers.asyncio_client import AsyncioClient, ConnectionEnded
from net.drivers.lobby import Lobby, Refusal
from net.drivers.playing import play, watch
from net.protocol import CloseReason
from tests.conftest import ServerProcess
from tests.ports import free_port

Serve = Callable[..., ServerProcess]


def configured(tmp_path: Path, **watching: object) -> Path:
    """A configuration with these settings of viewers."""
    lines = [f"{key} = {value}" for key, value in watching.items()]
    path = tmp_path / "tickroom.toml"
    path.write_text("[watching]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


async def until(client: AsyncioClient, condition: Callable[[], object]) -> list[object]:
    """Read what happens until the condition holds; returns it all."""
    seen: list[object] = []
    async with asyncio.timeout(60.0):
        while not condition():
            seen.append(await anext(client))
    return seen


@pytest.mark.parametrize("game", ["arena", "village"])
def test_a_viewer_sees_a_player_move_and_takes_no_seat(serve: Serve, tmp_path: Path, game: str) -> None:
    """Without a delay: the player's entity is where it is for the player, and nothing private is known of it."""
    server = serve("--config", str(configured(tmp_path, delay=0)))

    async def scene() -> None:
        async with play(server.url, game=game, username="Ada") as ada:
            room = ada.core.welcome.room_id
            async with watch(server.url, room) as viewer:
                await until(viewer, lambda: viewer.core.playback and viewer.core.playback.follow == 0)
                assert viewer.core.is_viewer
                ada.core.inputs.hold("right")
                await until(viewer, lambda: any(e.vx > 1.0 for e in viewer.core.scene.owned_by(0)))
                assert all(not entity.private for entity in viewer.core.scene)
                assert [player.name for player in viewer.core.roster] == ["Ada"]
                assert Lobby(server.url).room(room).players == 1
                assert [player.name for player in ada.core.roster] == ["Ada"]

    asyncio.run(scene())


def test_a_viewer_is_shown_what_was_before_the_delay(serve: Serve, tmp_path: Path) -> None:
    """A line of chat and the ticks come so much later, and no earlier than asked for."""
    server = serve("--config", str(configured(tmp_path, delay=2)))

    async def scene() -> None:
        happened: dict[int, float] = {}

        async def play_on(ada: AsyncioClient) -> None:
            async for event in ada:
                if isinstance(event, Ticked):
                    happened[event.tick] = event.server_time

        async with play(server.url, game="arena", username="Ada") as ada:
            await until(ada, lambda: ada.core.server_tick > 75)
            async with watch(server.url, ada.core.welcome.room_id) as viewer:
                await until(viewer, lambda: viewer.core.server_tick > 0)
                said_after = ada.core.server_tick
                await ada.ask("post", "chat", {"text": "now", "channel": "room"})
                playing = asyncio.create_task(play_on(ada))
                shown: dict[int, float] = {}
                heard: list[object] = []
                async with asyncio.timeout(60.0):
                    while not any(isinstance(event, Spoken) for event in heard) or not shown:
                        heard.append(await anext(viewer))
                        if isinstance(heard[-1], Ticked) and heard[-1].tick in happened:
                            shown[heard[-1].tick] = heard[-1].server_time
                playing.cancel()
                assert viewer.core.server_tick >= said_after
                assert min(at - happened[tick] for tick, at in shown.items()) >= 2000.0
                assert viewer.core.playback is not None
                assert (viewer.core.playback.delay, viewer.core.playback.controlled) == (2000.0, False)

    asyncio.run(scene())


def test_a_viewer_follows_another_player_and_does_nothing(serve: Serve, tmp_path: Path) -> None:
    """Whom it follows is its own choice; what it would do is refused with a reason, and its controls are none."""
    server = serve("--config", str(configured(tmp_path, delay=0)))

    async def scene() -> None:
        async with play(server.url, game="village", username="Ada") as ada:
            room = ada.core.welcome.room_id
            async with play(server.url, room=room, username="Ben") as ben, watch(server.url, room) as viewer:
                await until(viewer, lambda: len(viewer.core.roster) == 2)
                answer = await viewer.ask("put", "follow", {"player": ben.core.player})
                assert answer.status == 200
                await until(viewer, lambda: viewer.core.playback and viewer.core.playback.follow == 1)
                await until(viewer, lambda: viewer.core.scene.owned_by(1))
                for verb, resource, body in (
                    ("post", "chat", {"text": "cheat"}),
                    ("post", "rpc/goods", {}),
                    ("put", "playback", {"playing": False}),
                ):
                    answer = await viewer.ask(verb, resource, body)
                    assert answer.status == 403
                    assert str(answer.body)
                assert ada.core.player == 0

    asyncio.run(scene())


def test_a_viewer_goes_on_watching_after_a_restart(serve: Serve, tmp_path: Path) -> None:
    """The new server knows no viewer of the old one: a place is taken anew, and the room is seen to go on."""
    arguments = ("--config", str(configured(tmp_path, delay=0)), "--port", str(free_port()))
    server = serve(*arguments)

    async def scene() -> None:
        async with play(server.url, game="arena", username="Ada") as ada:
            room = ada.core.welcome.room_id
            async with watch(server.url, room) as viewer:
                await until(viewer, lambda: len(viewer.core.scene) > 3)
                place = viewer.core.welcome.player_id
                await asyncio.to_thread(server.stop, signal.SIGKILL)
                before = viewer.core.server_tick
                await asyncio.to_thread(serve, *arguments, data=server.data)
                await until(ada, lambda: ada.reconnects >= 1)
                await until(viewer, lambda: viewer.reconnects >= 1 and viewer.core.server_tick > before)
                await until(viewer, lambda: viewer.core.scene.owned_by(0))
                assert viewer.core.welcome.player_id != place

    asyncio.run(scene())


def test_a_viewer_comes_back_after_a_lost_connection(serve: Serve, tmp_path: Path) -> None:
    """By the token of its last welcome."""
    server = serve("--config", str(configured(tmp_path, delay=0)))

    async def scene() -> None:
        async with play(server.url, game="arena") as ada:
            ticket = Lobby(server.url).watch(ada.core.welcome.room_id)
            core = ClientCore(ticket.token)
            async with AsyncioClient(ticket.socket_url, core) as first:
                await until(first, lambda: len(first.core.scene) > 3)
            again = ClientCore(core.token)
            async with AsyncioClient(ticket.socket_url, again) as second:
                await until(second, lambda: len(second.core.scene) > 3)
                assert second.core.welcome.player_id == first.core.welcome.player_id

    asyncio.run(scene())


def test_a_place_of_another_life_of_the_server_is_gone_and_the_room_is_not(
    serve: Serve, tmp_path: Path
) -> None:
    """Who comes with it is told to ask for another one, as pages do by themselves; where there is no room, that it has ended."""
    server = serve("--config", str(configured(tmp_path, delay=0)))
    room = Lobby(server.url).create("arena")
    old = ClientCore("of another life")

    async def scene(room_id: str, code: int) -> None:
        url = f"{server.url.replace('http', 'ws', 1).rstrip('/')}/rooms/{room_id}/watch"
        with pytest.raises(ConnectionEnded, match=str(code)):
            async with AsyncioClient(url, old):
                pass

    asyncio.run(scene(room, CloseReason.BAD_TOKEN))
    old = ClientCore("of another life")
    asyncio.run(scene("abcdefgh", CloseReason.ROOM_ENDED))


def test_places_are_bounded(serve: Serve, tmp_path: Path) -> None:
    """Viewers of a room, and rooms that are watched: one too many is told so."""
    server = serve("--config", str(configured(tmp_path, viewers=2, rooms=1, delay=0)))
    lobby = Lobby(server.url)
    first, second = lobby.create("arena"), lobby.create("arena")
    lobby.watch(first)
    lobby.watch(first)
    with pytest.raises(Refusal, match="2 viewers watch") as full:
        lobby.watch(first)
    assert full.value.status == 409
    with pytest.raises(Refusal, match="1 rooms are watched") as many:
        lobby.watch(second)
    assert many.value.status == 503


@pytest.mark.parametrize(("who", "status"), [('"nobody"', 403), ('"admin"', 401)])
def test_the_operator_says_who_may_watch(serve: Serve, tmp_path: Path, who: str, status: int) -> None:
    """Nobody, or the admin alone; the list of rooms says whether it is for anyone."""
    server = serve("--config", str(configured(tmp_path, who=who)))
    room = Lobby(server.url).create("arena")
    with pytest.raises(Refusal) as refused:
        Lobby(server.url).watch(room)
    assert refused.value.status == status
    assert server.request("GET", f"/rooms/{room}")[1]["watchable"] is False
    if status == 401:
        assert Lobby(server.url, token=server.admin_token).watch(room).token


def test_a_room_that_ends_is_over_for_its_viewers(serve: Serve, tmp_path: Path) -> None:
    """When they have seen the end of it: later by the delay, with the room's end as the reason."""
    server = serve("--config", str(configured(tmp_path, delay=1)))

    async def scene() -> None:
        async with play(server.url, game="arena") as ada:
            room = ada.core.welcome.room_id
            await until(ada, lambda: ada.core.server_tick > 60)
            async with watch(server.url, room) as viewer:
                await until(viewer, lambda: len(viewer.core.scene) > 3)
                seen = viewer.core.server_tick
                status, _ = await asyncio.to_thread(
                    server.request, "DELETE", f"/rooms/{room}", token=server.admin_token
                )
                assert status == 204
                with pytest.raises(StopAsyncIteration):
                    await until(viewer, lambda: False)
                assert viewer.core.server_tick > seen + 10

    asyncio.run(scene())
