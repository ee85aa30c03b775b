"""The HTTP API: making, finding, joining and ending rooms, and every way to be refused."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from starlette.types import Message

from app.http.application import application
from net.protocol import CloseReason
from tests.app.site_kit import ADMIN, Kit, loaded, make_kit, walk_game
from tests.systems.lockstep_games import counting_game

JSON = {"Accept": "application/json"}
BEARER = {"Authorization": f"Bearer {ADMIN}"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def assert_problem(response: httpx.Response, status: int, part: str) -> None:
    """The answer is a problem of this status that says `part`."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status and part in body["detail"] and body["title"] and body["type"]


def test_a_room_is_made_found_and_joined() -> None:
    """The way of a player: create, look, join; every answer leads to the next."""
    kit = make_kit()
    created = kit.request("POST", "/create", json={"game": "walk", "name": "Friday"})
    assert created.status_code == 201
    room_id = created.json()["room_id"]
    assert created.json() == {
        "room_id": room_id,
        "join_url": f"http://127.0.0.1:7373/join/{room_id}",
        "game": "walk",
    }
    assert created.headers["location"] == f"/rooms/{room_id}"
    listing = kit.request("GET", "/rooms").json()["rooms"]
    assert listing == [kit.request("GET", f"/rooms/{room_id}").json()]
    expected = {
        "room_id": room_id,
        "name": "Friday",
        "game": "walk",
        "title": "Walk",
        "players": 0,
        "max_players": 4,
    }
    assert expected.items() <= listing[0].items()
    joined = kit.request("POST", f"/join/{room_id}", json={"username": " Ada  Byron "}).json()
    assert joined["name"] == "Ada Byron"
    assert joined["socket_url"] == f"ws://127.0.0.1:7373/rooms/{room_id}/socket"
    assert joined["player_id"] not in joined["token"] and joined["token"] not in joined["socket_url"]
    assert kit.request("GET", f"/rooms/{room_id}").json()["players"] == 1


def test_put_does_what_post_does() -> None:
    """Both methods make rooms and take seats."""
    kit = make_kit()
    room_id = kit.request("PUT", "/create", json={"game": "walk"}).json()["room_id"]
    assert kit.request("PUT", f"/join/{room_id}", json={"username": "Ada"}).status_code == 200


def test_the_games_are_listed_by_name() -> None:
    """Every game is there with what a lobby shows, and who may create; on loopback nobody else reaches the server."""
    kit = make_kit(loaded(walk_game("walk")), loaded(walk_game("run", tick_rate=60)))
    answer = kit.request("GET", "/games").json()
    assert (answer["create"], answer["network_url"]) == ("anyone", "")
    assert [(game["name"], game["title"], game["tick_rate"]) for game in answer["games"]] == [
        ("walk", "Walk", 20),
        ("run", "Walk", 60),
    ]


def test_a_guest_is_named_by_a_hash_of_its_uuid() -> None:
    """The same UUID gives the same name, which does not contain it; without one the server makes a guest."""
    kit = make_kit()
    guest = uuid4()
    names = []
    for body in ({"guest": str(guest)}, {"guest": str(guest)}, {}):
        room_id = kit.create(game="walk")
        names.append(kit.request("POST", f"/join/{room_id}", json=body).json()["name"])
    assert names[0] == names[1] != names[2]
    assert all(name.startswith("Guest-") for name in names)
    assert str(guest)[:8] not in names[0]


def test_a_join_without_a_body_is_a_guest() -> None:
    """No body is an empty one."""
    kit = make_kit()
    assert kit.request("POST", f"/join/{kit.create()}").json()["name"].startswith("Guest-")


def test_the_game_may_be_left_out_where_there_is_one() -> None:
    """With two games the answer asks which."""
    assert make_kit().create()
    kit = make_kit(loaded(walk_game("walk")), loaded(walk_game("run")))
    assert_problem(kit.request("POST", "/create", json={}), 422, "there are: walk, run")


def test_a_room_may_have_fewer_seats_than_its_game() -> None:
    """`max_players` takes seats away and never adds any."""
    kit = make_kit()
    for asked, seats in ((2, 2), (99, 4), (0, 4)):
        room_id = kit.create(settings={"max_players": asked})
        assert kit.request("GET", f"/rooms/{room_id}").json()["max_players"] == seats


def test_a_browser_gets_the_page_and_a_program_json(web_kit: Kit) -> None:
    """`GET /join/<room_id>` and `GET /join?game_id=` answer by what the client would rather have."""
    room_id = web_kit.create()
    page = web_kit.request("GET", f"/join/{room_id}", headers=BROWSER)
    assert (page.status_code, page.text) == (200, "<h1>play</h1>")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for path in (f"/join/{room_id}", f"/join?game_id={room_id}"):
        program = web_kit.request("GET", path, headers=JSON)
        assert program.json()["room_id"] == room_id
        assert "Accept" in program.headers["vary"]
    assert web_kit.request("GET", f"/join?game_id={room_id}", headers=BROWSER).text == page.text


def test_a_page_of_a_room_that_is_not_there_says_so_in_its_status(web_kit: Kit) -> None:
    """A browser gets the page, which tells the person, with 404 or 410; a program a problem."""
    assert web_kit.request("GET", "/join/nowhere1", headers=BROWSER).status_code == 404
    room_id = web_kit.create()
    web_kit.request("DELETE", f"/rooms/{room_id}", headers=BEARER)
    assert web_kit.request("GET", f"/join/{room_id}", headers=BROWSER).status_code == 410
    assert_problem(web_kit.request("GET", f"/join/{room_id}", headers=JSON), 410, "has ended")


@pytest.mark.parametrize("path", ["/rooms/nowhere1", "/join/nowhere1", "/join?game_id=nowhere1"])
def test_an_unknown_room_is_404(path: str) -> None:
    """The detail names the room."""
    assert_problem(make_kit().request("GET", path), 404, "There is no room 'nowhere1'.")


def test_joining_what_is_not_there_full_ended_or_taken() -> None:
    """404, 409, 410 and 409 with a reason each."""
    kit = make_kit()
    room_id = kit.create(settings={"max_players": 2})
    join = f"/join/{room_id}"
    assert_problem(kit.request("POST", "/join/nowhere1", json={}), 404, "There is no room")
    assert kit.request("POST", join, json={"username": "Ada"}).status_code == 200
    assert_problem(kit.request("POST", join, json={"username": "aDA"}), 409, "taken")
    assert kit.request("POST", join, json={"username": "Bob"}).status_code == 200
    assert_problem(kit.request("POST", join, json={"username": "Eve"}), 409, "seats")
    kit.request("DELETE", f"/rooms/{room_id}", headers=BEARER)
    assert_problem(kit.request("POST", join, json={"username": "Eve"}), 410, "has ended")


@pytest.mark.parametrize("name", ["", " ", "\u0000x", "x" * 65, "x" * 25, "a\nb\u200b"])
def test_a_bad_name_is_422(name: str) -> None:
    """Empty, long and unprintable names are refused."""
    kit = make_kit()
    response = kit.request("POST", f"/join/{kit.create()}", json={"username": name})
    assert_problem(response, 422, "")


def test_a_guest_may_have_a_name() -> None:
    """The UUID says whose saved data it is, the username what others read."""
    kit = make_kit()
    body = {"username": "Ada", "guest": str(uuid4())}
    assert kit.request("POST", f"/join/{kit.create()}", json=body).json()["name"] == "Ada"


BAD_BODIES = [
    (b"{", "application/json", 400, "not JSON"),
    (b"[" * 5_000, "application/json", 422, "does not fit"),
    (b'{"game": "\xff"}', "application/json", 400, "not JSON"),
    (b"[]", "application/json", 422, "does not fit"),
    (b'{"game": 3}', "application/json", 422, "$.game"),
    (b'{"games": "walk"}', "application/json", 422, "unknown field `games`"),
    (b'{"settings": {"max_players": -1}}', "application/json", 422, "$.settings.max_players"),
    (b'{"settings": {"max_players": NaN}}', "application/json", 400, "not JSON"),
    (b'{"game": "chess"}', "application/json", 404, "There is no game 'chess'; there are: walk."),
    (b'{"name": "a\\u0007"}', "application/json", 422, "printable"),
    (b"game=walk", "application/x-www-form-urlencoded", 415, "application/json"),
    (b"{}", "text/plain", 415, "application/json"),
    (b"{" + b" " * 20_000 + b"}", "application/json", 413, "16384 bytes"),
]


@pytest.mark.parametrize(("body", "media", "status", "detail"), BAD_BODIES)
def test_a_bad_body_is_refused_with_a_reason(body: bytes, media: str, status: int, detail: str) -> None:
    """Each kind of bad body has its status and says what is wrong; no room is made."""
    kit = make_kit()
    assert_problem(
        kit.request("POST", "/create", content=body, headers={"Content-Type": media}), status, detail
    )
    assert len(kit.rooms) == 0


def test_a_body_without_a_length_is_bounded_too() -> None:
    """A chunked body is cut off at the limit, however long it would go on."""
    kit = make_kit()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b" " * 1_024

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/create", content=endless(), headers={"Content-Type": "application/json"})

    assert_problem(kit.http(act), 413, "16384 bytes")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/create", 405), ("POST", "/rooms", 405), ("GET", "/rooms/", 404)],
)
def test_what_is_not_there_is_a_problem_too(method: str, path: str, status: int) -> None:
    """Starlette's own answers are problems like all others; 405 says what is allowed."""
    response = make_kit().request(method, path)
    assert_problem(response, status, "")
    assert status != 405 or response.headers["allow"]


def test_a_mistake_of_ours_is_a_problem_without_details(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in a handler is 500, and says nothing of the inside."""
    kit = make_kit()
    monkeypatch.setattr(type(kit.rooms), "__iter__", lambda _: 1 // 0)
    response = kit.request("GET", "/rooms")
    assert_problem(response, 500, "The server made a mistake.")
    assert "ZeroDivision" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_game_that_breaks_when_its_room_begins_is_a_problem() -> None:
    """The mistake is the game's: 500 with its name, no room, and the server goes on."""
    game = walk_game()
    game.on("create")(_broken)
    kit = make_kit(loaded(game))
    assert_problem(kit.request("POST", "/create", json={}), 500, "The game 'walk' made a mistake")
    assert kit.request("GET", "/rooms").json() == {"rooms": []}


def _broken(world: object) -> None:
    raise LookupError("no map")


# --- who may --------------------------------------------------------------------------------------------------------


def test_off_loopback_only_the_admin_creates() -> None:
    """Listening for others, creating needs the token: none is 401, a wrong one 403, the right one 201."""
    kit = make_kit(toml='[server]\nhost = "0.0.0.0"')
    missing = kit.request("POST", "/create", json={})
    assert_problem(missing, 401, "admin token")
    assert missing.headers["www-authenticate"] == "Bearer"
    for wrong in ("Bearer nonsense", f"Basic {ADMIN}", "Bearer", f"Bearer {ADMIN}x"):
        response = kit.request("POST", "/create", json={}, headers={"Authorization": wrong})
        assert response.status_code in {401, 403}
    assert kit.request("POST", "/create", json={}, headers=BEARER).status_code == 201
    assert kit.request("GET", "/games").json()["create"] == "admin"


@pytest.mark.parametrize(
    ("toml", "status"),
    [
        ("", 201),
        ('[auth]\ncreate = "admin"', 401),
        ('[server]\nhost = "0.0.0.0"\n[auth]\ncreate = "anyone"', 201),
        ('[server]\npublic_url = "http://127.0.0.1:7373"', 401),
        ('[server]\nhost = "localhost"', 201),
        ('[server]\nhost = "::1"', 201),
        ('[server]\nhost = "::"', 401),
    ],
)
def test_auth_create_decides(toml: str, status: int) -> None:
    """`auto` is anyone on loopback without a proxy; anyone and admin are what they say."""
    assert make_kit(toml=toml).request("POST", "/create", json={}).status_code == status


def test_ending_a_room_always_needs_the_admin() -> None:
    """Also on loopback; with the token its players are told and the room is gone."""
    kit = make_kit()
    room_id = kit.create()
    _, recorder = kit.play(room_id, "Ada")
    assert_problem(kit.request("DELETE", f"/rooms/{room_id}"), 401, "admin token")
    assert kit.request("DELETE", f"/rooms/{room_id}", headers=BEARER).status_code == 204
    assert recorder.closed == (CloseReason.ROOM_ENDED, "An admin ended the room.")
    assert_problem(kit.request("DELETE", f"/rooms/{room_id}", headers=BEARER), 410, "has ended")


def test_a_page_of_another_origin_may_not_act() -> None:
    """Create, join and end refuse a foreign Origin; our own page, an allowed one, and a program are let in."""
    kit = make_kit(toml='[server]\nallowed_origins = ["https://friend.example"]')
    room_id = kit.create()
    for origin, status in (
        ("https://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1:9999", 403),
        ("https://friend.example", 200),
        ("http://127.0.0.1:7373", 200),
    ):
        headers = {"Origin": origin}
        assert kit.request("POST", f"/join/{room_id}", json={}, headers=headers).status_code == status
    foreign = {"Origin": "https://evil.example"}
    assert_problem(kit.request("POST", "/create", json={}, headers=foreign), 403, "origin")
    assert_problem(kit.request("DELETE", f"/rooms/{room_id}", headers={**foreign, **BEARER}), 403, "origin")


def test_pages_of_allowed_origins_may_read_the_answers() -> None:
    """With allowed_origins a browser's preflight is answered and answers name the origin; others get neither."""
    kit = make_kit(toml='[server]\nallowed_origins = ["https://friend.example"]')
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    friend, evil = ({"Origin": f"https://{name}.example"} for name in ("friend", "evil"))
    allowed = kit.request("OPTIONS", "/create", headers={**friend, **preflight})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, friend["Origin"])
    assert kit.request("OPTIONS", "/create", headers={**evil, **preflight}).status_code == 400
    room = kit.request("POST", "/create", json={}, headers=friend)
    assert room.headers["access-control-allow-origin"] == friend["Origin"]
    assert "access-control-allow-origin" not in kit.request("GET", "/rooms", headers=evil).headers
    assert make_kit().request("OPTIONS", "/create", headers={**friend, **preflight}).status_code == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7373", 200),
        ("localhost:7373", 200),
        ("[::1]:80", 200),
        ("evil.example", 421),
        ("a b", 421),
        ("", 421),
    ],
)
def test_on_loopback_only_its_own_names_are_answered(host: str, status: int) -> None:
    """A page that rebinds its DNS name to 127.0.0.1 sends its own name, and is refused."""
    response = make_kit().request("GET", "/games", headers={"Host": host})
    assert response.status_code == status
    if status == 421:
        assert_problem(response, 421, "This server is not")


def test_off_loopback_any_well_formed_host_is_answered() -> None:
    """A server that listens for others is reached by names it does not know."""
    kit = make_kit(toml='[server]\nhost = "0.0.0.0"')
    assert kit.request("GET", "/games", headers={"Host": "play.example.org"}).status_code == 200
    assert kit.request("GET", "/games", headers={"Host": "a/../b"}).status_code == 421


def test_links_follow_the_public_url() -> None:
    """Behind a proxy, links are made of the configured address."""
    kit = make_kit(toml='[server]\npublic_url = "https://play.example.org"\n[auth]\ncreate = "anyone"')
    created = kit.request("POST", "/create", json={}).json()
    assert created["join_url"] == f"https://play.example.org/join/{created['room_id']}"
    joined = kit.request("POST", f"/join/{created['room_id']}", json={}).json()
    assert joined["socket_url"] == f"wss://play.example.org/rooms/{created['room_id']}/socket"
    assert kit.request("GET", "/games").json()["network_url"] == kit.config.server.public_url


# --- how often ------------------------------------------------------------------------------------------------------


def test_one_address_creates_only_so_often() -> None:
    """The minute's budget, then 429 with Retry-After; another address is not touched; time gives it back."""
    kit = make_kit(toml="[limits]\ncreates_per_minute = 2\nrooms = 50\nrooms_per_address = 50")
    kit.create()
    kit.create()
    refused = kit.request("POST", "/create", json={})
    assert_problem(refused, 429, "create rooms 2 times a minute")
    assert refused.headers["retry-after"] == "30"
    assert kit.request("POST", "/create", json={}, client=("10.0.0.9", 1)).status_code == 201
    kit.clock.pass_ms(30_000)
    kit.create()


def test_one_address_joins_only_so_often() -> None:
    """A flood of joins costs its sender only."""
    kit = make_kit(toml="[limits]\njoins_per_minute = 1")
    room_id = kit.create()
    assert kit.request("POST", f"/join/{room_id}", json={}).status_code == 200
    assert_problem(kit.request("POST", f"/join/{room_id}", json={}), 429, "join 1 times a minute")
    assert kit.request("POST", f"/join/{room_id}", json={}, client=("10.0.0.9", 1)).status_code == 200


def test_addresses_of_one_household_count_as_one() -> None:
    """IPv6 addresses of one /64 share a budget, of two they do not; an IPv4-mapped one is its IPv4 address."""
    kit = make_kit(toml="[limits]\ncreates_per_minute = 1")
    codes = [
        kit.request("POST", "/create", json={}, client=(address, 1)).status_code
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "10.0.0.1", "::ffff:10.0.0.1")
    ]
    assert codes == [201, 429, 201, 201, 429]


def test_rooms_are_limited_for_the_server_and_for_an_address() -> None:
    """503 when the server is full, 429 when one address has its share."""
    kit = make_kit(toml="[limits]\nrooms = 2\nrooms_per_address = 1")
    kit.create()
    assert_problem(kit.request("POST", "/create", json={}), 429, "One address may have 1 rooms")
    assert kit.request("POST", "/create", json={}, client=("10.0.0.9", 1)).status_code == 201
    assert_problem(kit.request("POST", "/create", json={}, client=("10.0.0.8", 1)), 503, "takes no more")


def test_a_body_that_never_ends_is_given_up() -> None:
    """A client that announces a body and does not send it gets 408."""
    kit = make_kit(toml="[limits]\nrequest_timeout = 0.1")
    assert_problem(stuck_body(kit), 408, "in time")


def stuck_body(kit: Kit) -> httpx.Response:
    """httpx's ASGI transport sends a body whole, so the ASGI messages are given by hand."""
    coming: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}]
    messages: list[Message] = []

    async def receive() -> Message:
        if not coming:
            await asyncio.Event().wait()
        return coming.pop()

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/create",
        "raw_path": b"/create",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
        "http_version": "1.1",
    }

    async def run() -> None:
        await application(kit.site)(scope, receive, send)

    asyncio.run(run())
    start, body = messages
    return httpx.Response(start["status"], headers=start["headers"], content=body["body"])


# --- what browsers are told -----------------------------------------------------------------------------------------


def test_every_answer_has_the_security_headers(web_kit: Kit) -> None:
    """Pages, JSON, files and problems carry the policy; it names our own sockets and nobody else's host."""
    for path in ("/", "/games", "/assets/app-1234.js", "/nowhere"):
        headers = web_kit.request("GET", path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "ws://127.0.0.1:7373 wss://127.0.0.1:7373" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_token_is_never_cached() -> None:
    """Answers of the API say no-store."""
    kit = make_kit()
    assert kit.request("POST", f"/join/{kit.create()}", json={}).headers["cache-control"] == "no-store"


def test_health_and_readiness() -> None:
    """healthz answers always; readyz only while the loop runs and no stop has begun."""
    kit = make_kit()
    assert kit.request("GET", "/healthz").json()["status"] == "alive"
    assert kit.request("GET", "/readyz").status_code == 503
    kit.loop.running = True
    assert kit.request("GET", "/readyz").status_code == 200
    kit.site.readiness.ready = False
    assert kit.request("GET", "/readyz").status_code == 503


def test_a_stopping_server_says_so_to_whoever_comes_back() -> None:
    """While it stops, all but its health is 503: a 404 of the rooms that have ended would tell players to give up."""
    kit = make_kit()
    room_id = kit.create()
    kit.loop.stop_all(1_000.0)
    assert_problem(kit.request("GET", f"/rooms/{room_id}"), 410, "ended")
    kit.site.readiness.stopping = True
    answer = kit.request("GET", f"/rooms/{room_id}")
    assert_problem(answer, 503, "stopping")
    assert answer.headers["retry-after"] == "1"
    assert kit.request("GET", "/healthz").status_code == 200


def test_a_lock_step_room_is_made_with_seed_setup_and_rules() -> None:
    """They are in what `GET /join?game_id=` tells; a room of another model has none of them."""
    kit = make_kit(loaded(walk_game()), loaded(counting_game()))
    assert [game["name"] for game in kit.request("GET", "/games").json()["games"]] == ["walk", "counting"]
    body = {"game": "counting", "seed": 5, "setup": {"size": "small"}, "rules": {"delay": 3}}
    made = kit.request("POST", "/create", json=body).json()
    room = kit.request(
        "GET", f"/join?game_id={made['room_id']}", headers={"Accept": "application/json"}
    ).json()
    told = room["lockstep"]
    assert (told["seed"], told["options"], told["rules"]["delay"]) == (5, {"size": "small"}, 3)
    assert (told["match"], told["players"], room["state"]) == (0, {}, "setup.organizing")
    other = kit.request("POST", "/create", json={"game": "walk"}).json()
    assert kit.request("GET", f"/rooms/{other['room_id']}").json()["lockstep"] is None
    assert_problem(
        kit.request("POST", "/create", json={"game": "walk", "seed": 5}), 422, "is no lock-step game"
    )
