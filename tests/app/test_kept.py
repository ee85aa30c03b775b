"""The whole program keeps what players have: killed, started again, backed up while it runs, and restored elsewhere."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from net.protocol import PROTOCOL_VERSION, SUBPROTOCOL_JSON, Hello

if TYPE_CHECKING:
    from tests.conftest import ServerProcess

ROOT = Path(__file__).parents[2]
GAME = """
from dataclasses import dataclass

from tickroom import Game, World

game = Game("wage", tick_rate=50, max_players=4, keyframe_interval=40)

@game.saved
@dataclass(slots=True)
class Purse:
    gold: int = 0
    since: int = 0

@game.on("join")
def join(world: World, player: int) -> None:
    world.saved(player, Purse).since = world.tick

@game.system("logic")
def pay(world: World, dt: float) -> None:
    for player in world.players:
        world.saved(player, Purse).gold += 1
"""
"""Everybody gets a coin each tick: how much gold there has to be follows from the tick."""

Serve = Callable[..., "ServerProcess"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "games").mkdir()
    (tmp_path / "games" / "wage.py").write_text(GAME)
    path = tmp_path / "tickroom.toml"
    path.write_text(f"[mods]\nfolders = [{json.dumps(str(tmp_path / 'games'))}]\nexamples = false\n")
    return path


def joined(server: "ServerProcess", room_id: str, guest: str) -> Any:
    status, body = server.request("POST", f"/join/{room_id}", {"guest": guest})
    assert status == 200, body
    return body


@contextmanager
def entered(seat: Any) -> Iterator[ClientConnection]:
    """A connection that has been welcomed."""
    protocols = [Subprotocol(SUBPROTOCOL_JSON)]
    with connect(seat["socket_url"], subprotocols=protocols, compression=None) as client:
        client.send(msgspec.json.encode(Hello(PROTOCOL_VERSION, seat["token"])).decode())
        welcome = json.loads(client.recv(timeout=60))
        assert welcome[0] == 1 and welcome[4] == seat["player_id"]
        yield client


def tickroom(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """One of the other commands."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def heard(client: ClientConnection, ticks: int) -> None:
    """That many bundles, which are ticks, have come."""
    for _ in range(ticks):
        client.recv(timeout=60)


def ended(server: "ServerProcess", room_id: str) -> tuple[int, int, int]:
    """End the room: the gold, since when, and the tick that the store has then."""
    status, _ = server.request("DELETE", f"/rooms/{room_id}", token=TOKEN)
    assert status == 204
    connection = sqlite3.connect(server.data / "store.sqlite3")
    ((data, tick, holder),) = connection.execute("SELECT data, tick, holder FROM saves").fetchall()
    connection.close()
    assert holder == ""
    values = msgspec.msgpack.decode(data)[1]
    return values["gold"], values["since"], tick


TOKEN = "a-token-of-this-test"


@pytest.mark.slow
def test_a_killed_server_and_a_backup_of_it_pay_every_tick_once(
    serve: Serve, config: Path, tmp_path: Path
) -> None:
    """Backed up while it runs, killed, started again, restored elsewhere: both have the room, the seat and the gold."""
    config.write_text(config.read_text() + f'[auth]\nadmin_token = "{TOKEN}"\n')
    first, guest = serve("--config", str(config)), str(uuid4())
    room_id = first.request("POST", "/create", {"game": "wage"})[1]["room_id"]
    seat = joined(first, room_id, guest)
    with entered(seat) as client:
        heard(client, 60)
        done = tickroom("backup", "--data", str(first.data), str(tmp_path / "copy"))
        assert done.returncode == 0, done.stderr
        heard(client, 250)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(20)
    done = tickroom("restore", "--data", str(tmp_path / "again"), str(tmp_path / "copy"))
    assert done.returncode == 0, done.stderr
    ticks = []
    for data in (first.data, tmp_path / "again"):
        server = serve("--config", str(config), data=data)
        back = joined(server, room_id, guest)
        assert (back["player_id"], back["player"]) == (seat["player_id"], seat["player"])
        with entered(back) as client:
            heard(client, 5)
            gold, since, tick = ended(server, room_id)
        assert gold == tick - since + 1
        ticks.append(tick)
        server.stop()
    assert ticks[0] > 300 > ticks[1] > 60
