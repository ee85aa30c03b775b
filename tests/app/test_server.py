"""The whole program in a process of its own: starting, refusing to start, serving, stopping."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from app.exits import EXIT_SENTENCES, Exit
from net.protocol import PROTOCOL_VERSION, SUBPROTOCOL, SUBPROTOCOL_JSON, CloseReason, Hello

if TYPE_CHECKING:
    from tests.conftest import ServerProcess

ROOT = Path(__file__).parents[2]
GAME = """
from tickroom import Game, World

game = Game({name!r}, tick_rate=20, max_players=4)
game.input(keys=("break",))

@game.system("logic")
def may_break(world: World, dt: float) -> None:
    if any(world.input(player).held("break") for player in world.players):
        raise ZeroDivisionError("the game divided by zero")
"""

Serve = Callable[..., "ServerProcess"]


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    """Writes a configuration whose only games are `walk` and what else is in the folder `games`."""
    (tmp_path / "games").mkdir()
    (tmp_path / "games" / "walk.py").write_text(GAME.format(name="walk"))

    def write(more: str = "", mods: str = "") -> Path:
        path = tmp_path / "tickroom.toml"
        folder = msgspec.json.encode(str(tmp_path / "games")).decode()
        path.write_text(f"[mods]\nfolders = [{folder}]\nexamples = false\n{mods}\n{more}\n")
        return path

    return write


def run(*arguments: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """The program, until it ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def logged(server: "ServerProcess", event: str) -> dict[str, Any]:
    """The first log line of an event. A thread reads what the server writes, so the line may still be under way."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for line in list(server.output):
            if line.startswith("{") and (found := json.loads(line))["event"] == event:
                return dict(found)
        time.sleep(0.01)
    return pytest.fail(f"{event!r} was not logged:\n" + "".join(server.output))


def joined(server: "ServerProcess", room_id: str, name: str) -> Any:
    status, body = server.request("POST", f"/join/{room_id}", {"username": name})
    assert status == 200, body
    return body


def dialled(url: str, subprotocol: str = SUBPROTOCOL_JSON, **options: Any) -> Any:
    """A socket to be opened by `with`, in one of our subprotocols."""
    return connect(url, subprotocols=[Subprotocol(subprotocol)], compression=None, **options)


@contextmanager
def entered(server: "ServerProcess", seat: Any) -> Iterator[Any]:
    """An open socket that has said hello and been welcomed."""
    with dialled(seat["socket_url"]) as client:
        client.send(msgspec.json.encode(Hello(PROTOCOL_VERSION, seat["token"])).decode())
        welcome = json.loads(client.recv(timeout=60))
        assert welcome[0] == 1 and welcome[4] == seat["player_id"]
        yield client


def drain(client: Any) -> None:
    while True:
        client.recv(timeout=60)


def close_code(client: Any) -> int:
    """Reads until the server closes, and answers why."""
    with pytest.raises(ConnectionClosed) as closed:
        drain(client)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_a_player_plays_over_a_real_socket(serve: Serve, config: Callable[..., Path]) -> None:
    """Create, join, hello, welcome, a bundle a tick; in MessagePack and in JSON."""
    server = serve("--config", str(config()))
    status, room = server.request("POST", "/create", {"game": "walk"})
    assert status == 201
    with entered(server, joined(server, room["room_id"], "Ada")) as text:
        ticks = [json.loads(text.recv(timeout=60))[1] for _ in range(5)]
        assert ticks == list(range(ticks[0], ticks[0] + 5))
        seat = joined(server, room["room_id"], "Bob")
        with dialled(seat["socket_url"], SUBPROTOCOL) as binary:
            binary.send(msgspec.msgpack.encode(Hello(PROTOCOL_VERSION, seat["token"])))
            assert msgspec.msgpack.decode(binary.recv(timeout=60))[0] == 1
            assert msgspec.msgpack.decode(binary.recv(timeout=60))[0] == 3


def test_the_admin_token_is_shown_the_first_time_only(
    serve: Serve, config: Callable[..., Path], tmp_path: Path
) -> None:
    """The token of the first start works after the second, which does not show it."""
    data = tmp_path / "kept"
    first = serve("--config", str(config()), data=data)
    token = first.admin_token
    assert token and first.stop() == Exit.OK
    second = serve("--config", str(config()), data=data)
    assert second.admin_token == ""
    _, room = second.request("POST", "/create", {})
    assert second.request("DELETE", f"/rooms/{room['room_id']}", token="wrong")[0] == 403
    assert second.request("DELETE", f"/rooms/{room['room_id']}", token=token)[0] == 204


def test_the_address_is_printed_and_logged(serve: Serve, config: Callable[..., Path]) -> None:
    """With --port 0 the real port is in the line for people and in the event `serving`."""
    server = serve("--config", str(config()))
    serving = logged(server, "serving")
    assert serving["address"] == f"{server.url}/"
    assert server.request("GET", "/readyz")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_in_order(serve: Serve, config: Callable[..., Path], number: int) -> None:
    """Clients are told GOING_AWAY, the exit code is 0, and a repeat within a second changes nothing."""
    server = serve("--config", str(config()))
    _, room = server.request("POST", "/create", {})
    with entered(server, joined(server, room["room_id"], "Ada")) as client:
        server.process.send_signal(number)
        server.process.send_signal(number)
        assert close_code(client) == CloseReason.GOING_AWAY
    assert server.process.wait(30) == Exit.OK


def test_a_client_that_does_not_answer_the_farewell_does_not_hold_the_stop(
    serve: Serve, config: Callable[..., Path]
) -> None:
    """A peer that reads and answers nothing is left behind after stop_timeout."""
    server = serve("--config", str(config("[server]\nstop_timeout = 0.2")))
    _, room = server.request("POST", "/create", {})
    seat = joined(server, room["room_id"], "Ada")
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            f"GET /rooms/{room['room_id']}/socket HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode()
        )
        assert raw.recv(4096).startswith(b"HTTP/1.1 101")
        assert seat["token"]
        assert server.stop() == Exit.OK


def test_a_game_that_raises_does_not_take_the_server_along(serve: Serve, config: Callable[..., Path]) -> None:
    """Its client is closed with ROOM_FAILED, one line of the log has the place and the cause, another room plays on."""
    server = serve("--config", str(config()))
    rooms = [server.request("POST", "/create", {})[1]["room_id"] for _ in range(2)]
    with (
        entered(server, joined(server, rooms[0], "Ada")) as broken,
        entered(server, joined(server, rooms[1], "Bob")) as healthy,
    ):
        broken.send(json.dumps([3, 0, -1, [[1, 1, 1, 1, []]]]))
        assert close_code(broken) == CloseReason.ROOM_FAILED
        assert json.loads(healthy.recv(timeout=60))[0] == 3
    assert server.request("GET", f"/rooms/{rooms[0]}")[0] == 410
    assert server.request("GET", "/healthz")[1]["failures"] == 1
    failure = logged(server, "room failed")
    assert "divided by zero" in failure["cause"]
    assert re.search(r"walk\.py:\d+ in may_break$", failure["where"])
    assert "exception" not in failure


def test_a_broken_game_is_reported_and_the_others_are_served(
    serve: Serve, config: Callable[..., Path], tmp_path: Path
) -> None:
    """File, line and cause are logged; the good game is offered."""
    path = config()
    (tmp_path / "games" / "bad.py").write_text("x = 1\nimport nothing_like_this\n")
    server = serve("--config", str(path))
    failure = logged(server, "game not loaded")
    assert (failure["game"], Path(failure["file"]).name, failure["line"]) == ("bad", "bad.py", 2)
    assert [game["name"] for game in server.request("GET", "/games")[1]["games"]] == ["walk"]


def test_a_broken_game_stops_a_strict_server(config: Callable[..., Path], tmp_path: Path) -> None:
    """With on_broken = "refuse" the exit code is 6 and the message has the place."""
    path = config(mods='on_broken = "refuse"')
    (tmp_path / "games" / "bad.py").write_text("import time\n\nt = time.time()\n")
    ended = run("serve", "--config", str(path), "--port", "0", "--data", str(tmp_path / "data"))
    assert ended.returncode == Exit.MOD
    assert "bad.py:3: time.time is not deterministic; use world.tick and dt" in ended.stderr


def test_a_server_without_games_does_not_start(config: Callable[..., Path], tmp_path: Path) -> None:
    """Nothing to play is exit code 6 with where it looked."""
    path = config(mods='disabled = ["walk"]')
    ended = run("serve", "--config", str(path), "--port", "0", "--data", str(tmp_path / "data"))
    assert ended.returncode == Exit.MOD and "there is no game to serve" in ended.stderr


def test_a_second_server_on_the_same_data_is_refused(
    serve: Serve, config: Callable[..., Path], tmp_path: Path
) -> None:
    """Exit code 5, naming the process that has it and its address; the first serves on."""
    data = tmp_path / "shared"
    path = config()
    server = serve("--config", str(path), data=data)
    ended = run("serve", "--config", str(path), "--port", "0", "--data", str(data))
    assert ended.returncode == Exit.DATA
    assert f"already runs here: {server.url}/ (process {server.process.pid})" in ended.stderr
    assert server.request("GET", "/healthz")[0] == 200


def test_a_port_in_use_is_refused(serve: Serve, config: Callable[..., Path], tmp_path: Path) -> None:
    """Exit code 4, saying which address and what to do."""
    path = config()
    port = serve("--config", str(path)).url.rpartition(":")[2]
    ended = run("serve", "--config", str(path), "--port", port, "--data", str(tmp_path / "other"))
    assert ended.returncode == Exit.ADDRESS
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in ended.stderr
    assert "--port" in ended.stderr and "Traceback" not in ended.stderr


def test_a_host_that_is_none_is_refused(config: Callable[..., Path], tmp_path: Path) -> None:
    """An address of another machine cannot be listened on: exit code 4."""
    ended = run(
        "serve",
        "--config",
        str(config()),
        "--host",
        "192.0.2.1",
        "--port",
        "0",
        "--data",
        str(tmp_path / "d"),
    )
    assert ended.returncode == Exit.ADDRESS and "'192.0.2.1' is no address of this machine" in ended.stderr
    assert "--host" in ended.stderr and "--port" not in ended.stderr


def test_a_default_secret_off_loopback_is_refused(config: Callable[..., Path], tmp_path: Path) -> None:
    """Listening for others with a token that everybody knows is exit code 3, before anything is opened."""
    path = config('[auth]\nadmin_token = "changeme"')
    ended = run(
        "serve", "--config", str(path), "--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path / "d")
    )
    assert ended.returncode == Exit.CONFIGURATION
    assert "auth.admin_token" in ended.stderr and "changeme" not in ended.stderr
    assert run("check", "--config", str(path)).returncode == Exit.OK


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("serve", "--port", "99999"), Exit.CONFIGURATION, "command line: server.port = 99999"),
        (("serve", "--port", "many"), Exit.USAGE, "not a valid integer"),
        (("serve", "--nonsense"), Exit.USAGE, "No such option"),
        (("explode",), Exit.USAGE, "No such command"),
        (("serve", "--config", "missing.toml"), Exit.CONFIGURATION, "missing.toml: it cannot be read"),
        (("check", "missing.toml"), Exit.CONFIGURATION, "missing.toml: it cannot be read"),
    ],
)
def test_wrong_command_lines_end_with_their_code(
    tmp_path: Path, arguments: tuple[str, ...], code: Exit, part: str
) -> None:
    """Usage is 2, configuration 3, with a sentence and no traceback."""
    ended = run(*arguments, cwd=tmp_path)
    assert ended.returncode == code
    assert part in ended.stderr and "Traceback" not in ended.stderr


def test_init_check_and_games(config: Callable[..., Path], tmp_path: Path) -> None:
    """init writes a file that check finds right and does not overwrite it; check and games tell of broken games."""
    assert run("init", cwd=tmp_path / "games").returncode == Exit.OK
    written = (tmp_path / "games" / "tickroom.toml").read_text()
    assert "[server]" in written
    again = run("init", cwd=tmp_path / "games")
    assert again.returncode == Exit.CONFIGURATION and "is there already" in again.stderr
    path = config()
    good = run("check", str(path))
    assert good.returncode == Exit.OK and "the game 'walk'" in good.stdout
    listed = json.loads(run("games", "--json", "--config", str(path)).stdout)
    assert [(game["name"], game["tick_rate"]) for game in listed] == [("walk", 20)]
    (tmp_path / "games" / "bad.py").write_text("x = (\n")
    for command in (("check", str(path)), ("games", "--config", str(path))):
        bad = run(*command)
        assert bad.returncode == Exit.MOD
        assert "the game 'bad' does not load" in bad.stderr and "bad.py:1" in bad.stderr
        assert "walk" in bad.stdout
    path.write_text("port = 1\n[log]\nlevel = 3\n")
    wrong = run("check", str(path))
    assert (wrong.returncode, wrong.stdout) == (Exit.CONFIGURATION, "")
    assert wrong.stderr.count("Error: ") == wrong.stderr.count("\n") == 2
    path.write_text('[mods]\nfolders = ["missing"]\n')
    missing = run("check", str(path))
    assert (missing.returncode, missing.stdout) == (Exit.CONFIGURATION, "")


def test_the_help_names_every_command_and_exit_code() -> None:
    """`--help` is complete and quick: it imports no command."""
    ended = run("--help")
    assert ended.returncode == Exit.OK
    for command in ("serve", "init", "check", "games", "bots"):
        assert re.search(rf"^  {command} ", ended.stdout, re.MULTILINE)
    for code, sentence in EXIT_SENTENCES.items():
        assert re.search(rf"^ +{int(code)}  {re.escape(sentence[:40])}", ended.stdout, re.MULTILINE)


def test_the_documentation_names_every_exit_code() -> None:
    """docs/operating.md says what the program says."""
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    for code, sentence in EXIT_SENTENCES.items():
        assert f"| {int(code)} | {sentence} |" in text


def test_sockets_are_limited_by_address(serve: Serve, config: Callable[..., Path]) -> None:
    """One connection too many is refused before it is a WebSocket, with a problem; the first goes on."""
    server = serve("--config", str(config("[limits]\nconnections_per_address = 1")))
    _, room = server.request("POST", "/create", {})
    with entered(server, joined(server, room["room_id"], "Ada")) as client:
        seat = joined(server, room["room_id"], "Bob")
        with pytest.raises(InvalidStatus) as refused, dialled(seat["socket_url"]):
            pass
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["content-type"] == "application/problem+json"
        assert json.loads(client.recv(timeout=60))[0] == 3


def test_handshakes_are_counted_so_that_refused_ones_do_not_flood_the_log(
    serve: Serve, config: Callable[..., Path]
) -> None:
    """Beyond the minute's number of an address the answer is 429 with a problem, and no line is logged."""
    server = serve("--config", str(config("[limits]\nhandshakes_per_minute = 2")))
    _, room = server.request("POST", "/create", {})
    seat = joined(server, room["room_id"], "Ada")
    answers = []
    for _ in range(4):
        with (
            pytest.raises(InvalidStatus) as refused,
            dialled(seat["socket_url"], additional_headers={"Origin": "https://evil.example"}),
        ):
            pass
        answers.append(refused.value.response)
    assert [answer.status_code for answer in answers] == [403, 403, 429, 429]
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert answers[-1].headers["retry-after"] == "30"
    server.stop()
    assert sum("client_fault" in line for line in server.output) == 2


def test_a_socket_of_a_foreign_page_or_host_is_refused(serve: Serve, config: Callable[..., Path]) -> None:
    """A bad Origin is 403, a second Host header 421, before anything is accepted."""
    server = serve("--config", str(config()))
    _, room = server.request("POST", "/create", {})
    seat = joined(server, room["room_id"], "Ada")
    for headers, status in (({"Origin": "https://evil.example"}, 403), ({"Host": "evil.example"}, 421)):
        with pytest.raises(InvalidStatus) as refused, dialled(seat["socket_url"], additional_headers=headers):
            pass
        assert refused.value.response.status_code == status
