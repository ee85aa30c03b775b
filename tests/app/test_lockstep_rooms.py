"""Lock-step rooms of a whole server: made and joined over HTTP, played over sockets, gone on with after SIGKILL."""

import asyncio
import json
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from ecs.game import Game
from net.drivers.asyncio_lockstep import LockstepPlayer
from systems.lockstep import LockstepEngine
from tests.conftest import ServerProcess
from tests.mods import loading
from tests.ports import free_port

SETUP = {"size": "small", "start": "village"}
Serve = Callable[..., ServerProcess]


@pytest.fixture(scope="module")
def skirmish() -> Game:
    """The game, as clients have it."""
    return loading.load("skirmish")


def made(server: ServerProcess, **more: Any) -> str:
    """A room of skirmish; its id."""
    status, room = server.request("POST", "/create", {"game": "skirmish", "setup": SETUP, **more})
    assert status == 201, room
    return str(room["room_id"])


def player(server: ServerProcess, room_id: str, name: str, game: Game) -> LockstepPlayer:
    """A seat in the room, not connected yet."""
    status, seat = server.request("POST", f"/join/{room_id}", {"username": name})
    assert status == 200, seat
    return LockstepPlayer(seat["socket_url"], seat["token"], lambda: LockstepEngine(game))


async def begun(players: list[LockstepPlayer]) -> None:
    """All have chosen a team and are ready; returns when all run the match."""
    for number, each in enumerate(players):
        assert await each.ask("put", f"setup/{each.core.player}", {"changes": {"team": number}}) == 200
    for each in players:
        assert await each.ask("put", "ready", True) == 200
    for each in players:
        await each.until(partial(has_run, each, 3))


def has_run(player: LockstepPlayer, generation: int) -> bool:
    """Whether a player has come so far."""
    return player.lockstep.generation >= generation


def first_realm(engine: LockstepEngine, game: Game) -> Any:
    """A player's gold and wood, as an engine has it."""
    kind: Any = game.components["Realm"].type
    return next(iter(engine.world.query(kind)))[1]


def agree(players: list[LockstepPlayer]) -> bool:
    """Whether all have equal checksums in the generations that they have in common."""
    sums = [dict(each.lockstep._sums) for each in players]
    common = set.intersection(*(set(each) for each in sums))
    return bool(common) and all(len({each[generation] for each in sums}) == 1 for generation in common)


def test_two_clients_play_skirmish(serve: Serve, skirmish: Game) -> None:
    """Made with a seed and options; what `GET /join` tells is what the engines get; both compute the same."""
    server = serve()
    room_id = made(server, seed=7, rules={"generation": 50.0})
    status, listing = server.request("GET", f"/join?game_id={room_id}")
    assert status == 200
    assert listing["engine"]["sha256"]
    assert listing["lockstep"]["seed"] == 7
    assert listing["lockstep"]["options"] == SETUP
    assert listing["state"] == "setup.organizing"

    async def play() -> None:
        ada, ben = (player(server, room_id, name, skirmish) for name in ("Ada", "Ben"))
        async with ada, ben:
            await begun([ada, ben])
            await ada.until(lambda: ada.lockstep.generation >= 20)
            await ben.until(lambda: ben.lockstep.generation >= 20)
            assert agree([ada, ben])
            assert ada.lockstep.match is not None
            assert ada.lockstep.match.seed == 7

    asyncio.run(play())


def test_a_killed_server_goes_on_with_the_match(serve: Serve, skirmish: Game, tmp_path: Path) -> None:
    """SIGKILL in the middle: the room is back, the clients come back by themselves, and the generations go on."""
    data = tmp_path / "data"
    port = str(free_port())
    server = serve("--port", port, data=data)
    room_id = made(server)

    async def play() -> None:
        ada, ben = (player(server, room_id, name, skirmish) for name in ("Ada", "Ben"))
        async with ada, ben:
            await begun([ada, ben])
            server.process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(server.process.wait)
            at = max(ada.lockstep.told, ben.lockstep.told)
            again = await asyncio.to_thread(lambda: serve("--port", port, data=data))
            for each in (ada, ben):
                await each.until(partial(has_run, each, at + 11))
            assert ada.lockstep.match is not None
            assert ada.lockstep.match.number == 1
            assert agree([ada, ben])
            assert again.request("GET", f"/rooms/{room_id}")[1]["state"] == "running.iterating"

    asyncio.run(play())


def test_a_divergence_is_reported_beside_the_journal(serve: Serve, skirmish: Game, tmp_path: Path) -> None:
    """A client's state is changed: the report is a file that names player, entity, component and field."""
    data = tmp_path / "data"
    server = serve(data=data)
    room_id = made(server)

    async def play() -> None:
        ada, ben = (player(server, room_id, name, skirmish) for name in ("Ada", "Ben"))
        async with ada, ben:
            await begun([ada, ben])
            engine = ben.lockstep.engine
            assert isinstance(engine, LockstepEngine)
            realm = first_realm(engine, skirmish)
            realm.gold += 1
            await ada.until(lambda: ada.core.room_state == "running.paused.desynced")
            folder = data / "journals" / room_id
            await ada.until(lambda: list(folder.glob("desync-*.json")))
            report = json.loads((folder / "desync-0.json").read_text())
            assert (report["component"], report["field"]) == ("Realm", "gold")
            assert report["suspects"] == [ben.core.player]

    asyncio.run(play())


def test_what_does_not_fit_is_refused(serve: Serve) -> None:
    """Rules out of bounds, a seed that JavaScript cannot hold, options of a room that is not lock-step."""
    server = serve()
    for body in (
        {"game": "skirmish", "rules": {"delay": 0}},
        {"game": "skirmish", "rules": {"missing": "never"}},
        {"game": "skirmish", "seed": 2**53},
        {"game": "skirmish", "setup": {"players": []}},
        {"game": "arena", "seed": 3},
    ):
        status, problem = server.request("POST", "/create", body)
        assert status == 422, problem


def children(server: ServerProcess) -> list[psutil.Process]:
    """The referees of a server."""
    found = psutil.Process(server.process.pid).children(recursive=True)
    return [each for each in found if "referee" in each.cmdline()]


def test_a_referee_in_a_process_of_its_own_names_the_one_who_is_wrong(
    serve: Serve, skirmish: Game, tmp_path: Path
) -> None:
    """With two players; the report has its checksum. The process ends with the server."""
    data = tmp_path / "data"
    server = serve(data=data)
    room_id = made(server, rules={"referee": True})

    async def play() -> None:
        ada, ben = (player(server, room_id, name, skirmish) for name in ("Ada", "Ben"))
        async with ada, ben:
            await begun([ada, ben])
            engine = ben.lockstep.engine
            assert isinstance(engine, LockstepEngine)
            first_realm(engine, skirmish).gold += 1
            folder = data / "journals" / room_id
            await ada.until(lambda: list(folder.glob("desync-*.json")))
            report = json.loads((folder / "desync-0.json").read_text())
            assert (report["right"], report["wrong"]) == ([ada.core.player], [ben.core.player])
            assert (report["component"], report["field"]) == ("Realm", "gold")
            assert report["referee"] == report["checksums"][str(ada.core.player)]

    asyncio.run(play())
    referees = children(server)
    assert len(referees) == 1
    server.stop()
    assert psutil.wait_procs(referees, timeout=60.0)[1] == []


def test_a_killed_referee_changes_nothing_for_the_room(serve: Serve, skirmish: Game) -> None:
    """All are told; the match goes on, and all agree."""
    server = serve()
    room_id = made(server, rules={"referee": True})
    told: list[str] = []

    def hear(events: list[Any]) -> None:
        told.extend(event.text for event in events if hasattr(event, "text"))

    async def play() -> None:
        ada, ben = (player(server, room_id, name, skirmish) for name in ("Ada", "Ben"))
        ada._on_events = hear
        async with ada, ben:
            await begun([ada, ben])
            (referee,) = children(server)
            referee.kill()
            await ada.until(lambda: any("without the referee: its process ended" in text for text in told))
            at = ada.lockstep.generation
            for each in (ada, ben):
                await each.until(partial(has_run, each, at + 10))
            assert agree([ada, ben])
            assert ada.core.room_state == "running.iterating"

    asyncio.run(play())
