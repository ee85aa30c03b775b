"""The lobby's HTTP side against a server that answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from net.drivers.lobby import Lobby, Refusal, RoomSummary, Ticket, is_loopback

TICKET: dict[str, Any] = {
    "room_id": "b",
    "player_id": "p",
    "token": "t",
    "socket_url": "ws://x/rooms/b/socket",
    "player": 3,
}


def summary(room_id: str, players: int, game: str = "arena") -> dict[str, Any]:
    """A room as GET /rooms lists it."""
    return {
        "room_id": room_id,
        "game": game,
        "title": game.title(),
        "players": players,
        "max_players": 4,
        "state": "running.iterating",
        "join_url": f"/join/{room_id}",
    }


SECRET = "0a4c1c5e-5a39-4a7e-9d0b-0d9fd3a1c5aa"


class FakeServer:
    """`answers` maps "METHOD /path" to a status and a body; `asked` is what came in."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[tuple[str, Any, str | None]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                line = f"{self.command} {self.path}"
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                fake.asked.append((line, body, self.headers.get("Authorization")))
                status, payload = fake.answers.get(line, (404, {"title": "Not Found", "status": 404}))
                data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = answer  # noqa: N815 - http.server's names

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - its name too
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    """A running fake server."""
    fake = FakeServer()
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.01,))
    thread.start()
    yield fake
    fake.server.shutdown()
    thread.join()
    fake.server.server_close()


def test_a_room_of_ones_choice_is_joined_with_the_name(fake: FakeServer) -> None:
    """The ticket has the seat; ids are quoted in addresses."""
    fake.answers["POST /join/a%2Fb"] = (200, TICKET)
    assert Lobby(fake.url + "/").take_seat(room_id="a/b", username="Ada") == Ticket(**TICKET)
    assert fake.asked == [("POST /join/a%2Fb", {"username": "Ada"}, None)]


def test_any_room_of_the_game_with_a_free_seat_will_do(fake: FakeServer) -> None:
    """Full rooms and other games are passed over; where somebody was quicker the next is tried."""
    rooms = [summary("full", 4), summary("other", 0, "chess"), summary("race", 3), summary("b", 0)]
    fake.answers["GET /rooms"] = (200, {"rooms": rooms})
    fake.answers["POST /join/race"] = (409, {"title": "Conflict", "detail": "all 4 seats are taken"})
    fake.answers["POST /join/b"] = (200, TICKET)
    assert Lobby(fake.url).take_seat("arena").room_id == "b"
    assert [line for line, _, _ in fake.asked] == ["GET /rooms", "POST /join/race", "POST /join/b"]


def test_a_room_is_created_where_there_is_none(fake: FakeServer) -> None:
    """The admin's token goes with the request, in its header."""
    fake.answers["GET /rooms"] = (200, {"rooms": []})
    fake.answers["POST /create"] = (201, {"room_id": "b", "join_url": "/join/b"})
    fake.answers["POST /join/b"] = (200, TICKET)
    Lobby(fake.url, token="secret").take_seat("arena")
    assert fake.asked[1] == ("POST /create", {"game": "arena"}, "Bearer secret")


def test_the_secret_of_a_guest_goes_to_whichever_room_is_found(fake: FakeServer) -> None:
    """So that a game that keeps what players have knows the player again."""
    fake.answers["GET /rooms"] = (200, {"rooms": [summary("b", 0)]})
    fake.answers["POST /join/b"] = (200, TICKET)
    Lobby(fake.url).take_seat("arena", "", "Ada", SECRET)
    assert fake.asked[1] == ("POST /join/b", {"username": "Ada", "guest": SECRET}, None)


def test_refusals_say_the_servers_sentence(fake: FakeServer) -> None:
    """The detail of a problem document, its title, or the status in words."""
    fake.answers["POST /create"] = (403, {"title": "Forbidden", "detail": "Rooms are for admins to create."})
    fake.answers["GET /rooms/x"] = (410, {"title": "Gone"})
    fake.answers["GET /rooms"] = (502, b"<html>")
    lobby = Lobby(fake.url)
    refused: list[tuple[Callable[[], object], int, str]] = [
        (lambda: lobby.create("arena"), 403, "Rooms are for admins to create."),
        (lambda: lobby.room("x"), 410, "Gone"),
        (lobby.rooms, 502, "Bad Gateway"),
        (lambda: lobby.join("x"), 404, "Not Found"),
    ]
    for ask, status, detail in refused:
        with pytest.raises(Refusal) as caught:
            ask()
        assert (caught.value.status, caught.value.detail) == (status, detail)


def test_a_server_that_is_no_tickroom_is_found_out(fake: FakeServer) -> None:
    """An answer of another shape is a refusal, not a crash."""
    fake.answers["GET /rooms"] = (200, {"hello": "world"})
    with pytest.raises(Refusal, match="as a Tickroom server"):
        Lobby(fake.url).rooms()


def test_one_room_is_described(fake: FakeServer) -> None:
    """Fields that a later server adds are let through."""
    fake.answers["GET /rooms/b"] = (200, summary("b", 2) | {"tick": 7})
    assert Lobby(fake.url).room("b") == RoomSummary(**summary("b", 2))


@pytest.mark.parametrize("url", ["", "127.0.0.1:7373", "ftp://host/", "file:///etc/passwd", "http://"])
def test_addresses_that_are_none_are_refused(url: str) -> None:
    """A client speaks HTTP to servers only."""
    with pytest.raises(ValueError, match="begins with http"):
        Lobby(url)


def test_the_environments_proxy_is_not_asked_for_the_loopback() -> None:
    """It could not reach this machine's own."""
    assert is_loopback("127.0.0.1") and is_loopback("localhost") and is_loopback("::1")
    assert not is_loopback("example.org") and not is_loopback(None)
