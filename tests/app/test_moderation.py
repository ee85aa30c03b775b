"""The admin over HTTP: announcements, the list of players, and kick, ban, mute and unmute, in rooms with real sessions."""

from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from app.repeated import HOUR
from net.codec import MESSAGEPACK
from net.players.session import Session
from net.protocol import Answer, ClientBundle, CloseReason, Notice, Request, Said, ServerBundle, ServerItem
from net.rooms.moderation import MAX_REASON
from tests.app.site_kit import ADMIN, Kit, Recorder, make_kit
from tests.app.test_lobby import BEARER, assert_problem

ACTS = ("kick", "ban", "mute", "unmute")
TICK = 50.0


def post(kit: Kit, path: str, body: Any = None, headers: Any = BEARER) -> Any:
    """What the admin does."""
    return kit.request("POST", path, json=body or {}, headers=headers)


def heard(recorder: Recorder, kind: type[ServerItem]) -> list[Any]:
    """The items of one kind that a player has been sent."""
    messages = [MESSAGEPACK.decode_server(payload) for payload in recorder.sent]
    bundles = [each for each in messages if isinstance(each, ServerBundle)]
    return [item for bundle in bundles for item in bundle.items if isinstance(item, kind)]


def chat(kit: Kit, session: Session, number: int, text: str) -> None:
    """A player says something, and a tick passes."""
    request = Request(number, "post", "chat", msgspec.Raw(msgspec.msgpack.encode({"text": text})))
    bundle = ClientBundle(-1, -1, [request])
    session.receive(msgspec.msgpack.encode(bundle), kit.clock())
    kit.turn(TICK)


def test_an_announcement_reaches_every_room() -> None:
    """Every connected player of every room reads it once, and the answer counts them."""
    kit = make_kit()
    players = [kit.play(kit.create(), name)[1] for name in ("Ada", "Bob")]
    answer = post(kit, "/announce", {"text": "Back in <b>ten</b> minutes \U0001f44b"})
    assert (answer.status_code, answer.json()) == (200, {"rooms": 2, "players": 2})
    for _ in range(3):
        kit.turn(TICK)
    for recorder in players:
        assert heard(recorder, Notice) == [Notice("Back in <b>ten</b> minutes \U0001f44b")]


def test_an_announcement_in_one_room_stays_there() -> None:
    """The players of another room read nothing; who only has a seat reserved is not counted."""
    kit = make_kit()
    here, there = kit.create(), kit.create()
    ada, bob = kit.play(here, "Ada")[1], kit.play(there, "Bob")[1]
    kit.request("POST", f"/join/{here}", json={"username": "Carl"})
    assert post(kit, f"/rooms/{here}/announce", {"text": "x" * 500}).json() == {"rooms": 1, "players": 1}
    kit.turn(TICK)
    assert (heard(ada, Notice), heard(bob, Notice)) == ([Notice("x" * 500)], [])


def test_a_room_that_stands_still_is_not_told() -> None:
    """While its disk is full nothing is queued in a room: by its address the answer is 503, for all rooms the others count."""
    kit = make_kit()
    here, there = kit.create(), kit.create()
    recorder = kit.play(here, "Ada")[1]
    room = kit.rooms.entry(here).room
    room.stall("The disk is full.", kit.clock())
    assert_problem(post(kit, f"/rooms/{here}/announce", {"text": "Hello?"}), 503, "cannot")
    assert post(kit, "/announce", {"text": "Hello?"}).json() == {"rooms": 1, "players": 0}
    room.unstall(kit.clock())
    kit.turn(TICK)
    assert there != here and heard(recorder, Notice) == []


def test_an_announcement_needs_no_room() -> None:
    """A server without rooms says that nobody has heard it."""
    assert post(make_kit(), "/announce", {"text": "Hello?"}).json() == {"rooms": 0, "players": 0}


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "text"),
        ({"text": ""}, "length >= 1"),
        ({"text": "  "}, "says something"),
        ({"text": "x" * 501}, "length <= 500"),
        ({"text": "two\nlines"}, "printable"),
        ({"text": "bell\x07"}, "printable"),
        ({"text": "\u202egnp.exe"}, "printable"),
        ({"text": 5}, "Expected `str`"),
        ({"text": "hi", "colour": "red"}, "colour"),
    ],
)
def test_an_announcement_that_does_not_fit_is_refused(body: Any, part: str) -> None:
    """422 with the cause, everywhere and in one room, and nobody is told anything."""
    kit = make_kit()
    room_id = kit.create()
    _, recorder = kit.play(room_id, "Ada")
    for path in ("/announce", f"/rooms/{room_id}/announce"):
        assert_problem(post(kit, path, body), 422, part)
    kit.turn(TICK)
    assert heard(recorder, Notice) == []


def test_the_admin_lists_the_players() -> None:
    """By number: who is connected, who has only a seat, and from which network; an IPv6 address is its /64."""
    kit = make_kit()
    room_id = kit.create()
    kit.play(room_id, "Ada")
    far = ("2001:db8:1:2:3::4", 50_000)
    bob = kit.request("POST", f"/join/{room_id}", json={"username": "Bob"}, client=far).json()
    answer = kit.request("GET", f"/rooms/{room_id}/players", headers=BEARER)
    assert answer.headers["cache-control"] == "no-store"
    players = answer.json()["players"]
    ada = kit.rooms.entry(room_id).room.seats.get(0)
    assert ada is not None
    assert players == [
        {
            "number": 0,
            "player_id": ada.player_id,
            "name": "Ada",
            "connected": True,
            "network": "127.0.0.1",
            "account": "",
        },
        {
            "number": 1,
            "player_id": bob["player_id"],
            "name": "Bob",
            "connected": False,
            "network": "2001:db8:1:2::/64",
            "account": "",
        },
    ]


def test_a_kicked_player_reads_why_and_may_come_back() -> None:
    """The socket is closed with the reason, the token opens nothing, and a new join gets a seat."""
    kit = make_kit()
    room_id = kit.create()
    _, recorder = kit.play(room_id, "Ada")
    kit.turn(TICK)
    assert post(kit, f"/rooms/{room_id}/players/0/kick", {"reason": "asleep"}).status_code == 204
    kit.turn(TICK)
    assert recorder.closed == (CloseReason.KICKED, "asleep")
    assert kit.request("GET", f"/rooms/{room_id}/players", headers=BEARER).json() == {"players": []}
    assert kit.request("POST", f"/join/{room_id}", json={"username": "Ada"}).status_code == 200


def test_a_banned_player_cannot_rejoin_and_sees_the_reason() -> None:
    """Whatever the address and the case of the name; others come in, and other rooms are open to the banned one."""
    kit = make_kit()
    room_id, other = kit.create(), kit.create()
    _, recorder = kit.play(room_id, "Ada")
    kit.turn(TICK)
    assert post(kit, f"/rooms/{room_id}/players/0/ban", {"reason": "Cheating."}).status_code == 204
    kit.turn(TICK)
    assert recorder.closed == (CloseReason.KICKED, "Cheating.")

    def join(room: str, name: str, address: str) -> Any:
        return kit.request("POST", f"/join/{room}", json={"username": name}, client=(address, 50_000))

    for name, address in (("Ada", "127.0.0.1"), ("ADA", "10.0.0.9")):
        refused = join(room_id, name, address)
        assert_problem(refused, 403, "")
        assert refused.json()["detail"] == "You are banned from this room: Cheating."
    assert (
        join(room_id, "Bob", "127.0.0.1").status_code == 200
    )  # a local address is not banned with the player
    assert join(other, "Ada", "127.0.0.1").status_code == 200


def test_the_admin_lists_and_lifts_bans() -> None:
    """Each ban by its number, with whom and what it is on; when it is lifted the player joins again, and it is gone."""
    kit = make_kit()
    room_id = kit.create()
    far = ("2001:db8:1:2:3::4", 50_000)
    for name, client in (("Ada", far), ("Bob", ("127.0.0.1", 50_000))):
        kit.request("POST", f"/join/{room_id}", json={"username": name}, client=client)
    room = kit.rooms.entry(room_id).room
    ids = [seat.player_id for seat in room.seats]
    for number in (0, 1):
        post(kit, f"/rooms/{room_id}/players/{number}/ban", {"reason": f"reason {number}"})
    answer = kit.request("GET", f"/rooms/{room_id}/bans", headers=BEARER)
    assert answer.headers["cache-control"] == "no-store"
    bans = [
        {"number": 1, "player_id": ids[0], "name": "Ada", "network": "", "reason": "reason 0", "account": ""},
        {"number": 2, "player_id": ids[1], "name": "Bob", "network": "", "reason": "reason 1", "account": ""},
    ]
    assert answer.json() == {"bans": bans}
    lifted = kit.request("DELETE", f"/rooms/{room_id}/bans/1", headers=BEARER)
    assert (lifted.status_code, lifted.content) == (204, b"")
    assert kit.request("POST", f"/join/{room_id}", json={"username": "Ada"}, client=far).status_code == 200
    assert_problem(kit.request("POST", f"/join/{room_id}", json={"username": "Bob"}), 403, "reason 1")
    for unknown in ("1", "0", "x", "-2", "9" * 5_000):
        refused = kit.request("DELETE", f"/rooms/{room_id}/bans/{unknown}", headers=BEARER)
        assert_problem(refused, 404, "no ban")
    assert kit.request("GET", f"/rooms/{room_id}/bans", headers=BEARER).json() == {"bans": bans[1:]}


def test_a_flood_of_wrong_tokens_is_a_few_lines() -> None:
    """The first wrong token of an hour is a line in the log, then the tenth, the hundredth and so on, with their number."""
    kit = make_kit()
    wrong = {"Authorization": f"Bearer {ADMIN}x"}
    with capture_logs() as lines:
        for _ in range(120):
            assert kit.request("POST", "/announce", json={"text": "hi"}, headers=wrong).status_code == 403
        kit.clock.pass_ms(HOUR)
        kit.request("POST", "/announce", json={"text": "hi"}, headers=wrong)
    told = [line["times"] for line in lines if line["event"] == "wrong admin token"]
    assert told == [1, 10, 100, 1]


def test_a_muted_player_is_told_and_heard_again_afterwards() -> None:
    """At once, and at each try, until the seconds are over; or until unmuted."""
    kit = make_kit()
    room_id = kit.create()
    (session, ada), (_, bob) = kit.play(room_id, "Ada"), kit.play(room_id, "Bob")
    kit.turn(TICK)
    body = {"reason": "no spoilers", "seconds": 1}
    assert post(kit, f"/rooms/{room_id}/players/0/mute", body).status_code == 204
    chat(kit, session, 1, "he dies")
    assert (heard(ada, Notice), heard(bob, Notice)) == ([Notice("You are muted: no spoilers")], [])
    assert heard(ada, Answer)[-1] == Answer(1, 403, "you are muted: no spoilers")
    kit.clock.pass_ms(1_000.0)
    chat(kit, session, 2, "sorry")
    assert heard(bob, Said) == [Said(0, "room", "sorry", "Ada")]
    assert post(kit, f"/rooms/{room_id}/players/0/mute").status_code == 204
    assert post(kit, f"/rooms/{room_id}/players/0/unmute").status_code == 204
    chat(kit, session, 3, "again")
    assert heard(bob, Said)[-1] == Said(0, "room", "again", "Ada")


def test_a_seat_that_nobody_has_claimed_may_be_taken_away() -> None:
    """A kick of a player who never connected frees the seat."""
    kit = make_kit()
    room_id = kit.create(settings={"max_players": 1})
    kit.request("POST", f"/join/{room_id}", json={"username": "Ada"})
    assert post(kit, f"/rooms/{room_id}/players/0/kick").status_code == 204
    assert kit.request("POST", f"/join/{room_id}", json={"username": "Bob"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"reason": "x" * (MAX_REASON + 1)}, f"length <= {MAX_REASON}"),
        ({"reason": "a\nb"}, "printable"),
        ({"reason": None}, "Expected `str`"),
        ({"seconds": 0}, "seconds"),
        ({"seconds": 86_401}, "seconds"),
        ({"seconds": "long"}, "Expected `float`"),
        ({"player": 1}, "player"),
    ],
)
@pytest.mark.parametrize("act", ACTS)
def test_a_sentence_that_does_not_fit_is_refused(act: str, body: Any, part: str) -> None:
    """The bounds are those of the host's requests: 422 with the cause, and nothing happens to the player."""
    kit = make_kit()
    room_id = kit.create()
    _, recorder = kit.play(room_id, "Ada")
    assert_problem(post(kit, f"/rooms/{room_id}/players/0/{act}", body), 422, part)
    kit.turn(TICK)
    assert recorder.closed is None and heard(recorder, Notice) == []


PATHS = (
    ("POST", "/announce", {"text": "hi"}),
    ("POST", "/rooms/ROOM/announce", {"text": "hi"}),
    ("GET", "/rooms/ROOM/players", None),
    ("GET", "/rooms/ROOM/bans", None),
    ("DELETE", "/rooms/ROOM/bans/1", None),
    *(("POST", f"/rooms/ROOM/players/0/{act}", {}) for act in ACTS),
)


@pytest.mark.parametrize(("method", "path", "body"), PATHS)
def test_only_the_admin_may(method: str, path: str, body: Any) -> None:
    """No token: 401; a wrong one or a foreign page with the right one: 403; nothing is done in any case."""
    kit = make_kit()
    room_id = kit.create()
    _, recorder = kit.play(room_id, "Ada")
    path = path.replace("ROOM", room_id)
    missing = kit.request(method, path, json=body)
    assert_problem(missing, 401, "admin token")
    assert missing.headers["www-authenticate"] == "Bearer"
    wrong = {"Authorization": f"Bearer {ADMIN}x"}
    assert_problem(kit.request(method, path, json=body, headers=wrong), 403, "not the admin token")
    foreign = {**BEARER, "Origin": "https://evil.example"}
    assert_problem(kit.request(method, path, json=body, headers=foreign), 403, "origin")
    kit.turn(TICK)
    assert recorder.closed is None and heard(recorder, Notice) == []
    assert len(kit.rooms.entry(room_id).room.seats) == 1


@pytest.mark.parametrize(("method", "path", "body"), PATHS[1:])
def test_an_unknown_room_and_one_that_has_ended_are_told_apart(method: str, path: str, body: Any) -> None:
    """404 and 410, as everywhere."""
    kit = make_kit()
    room_id = kit.create()
    kit.request("DELETE", f"/rooms/{room_id}", headers=BEARER)
    for room, status, part in (("nowhere", 404, "no room"), (room_id, 410, "has ended")):
        asked = path.replace("ROOM", room)
        assert_problem(kit.request(method, asked, json=body, headers=BEARER), status, part)


@pytest.mark.parametrize("number", ["1", "-1", "x", "1.0", "65536", "9" * 5_000, "%0a"])
def test_an_unknown_player_is_refused(number: str) -> None:
    """A number that nobody has, and what is no number: 404, whatever the act."""
    kit = make_kit()
    room_id = kit.create()
    kit.play(room_id, "Ada")
    for act in ACTS:
        assert_problem(post(kit, f"/rooms/{room_id}/players/{number}/{act}"), 404, "no player")


def test_an_unknown_act_is_no_address() -> None:
    """There is nothing to do to a player but those four."""
    kit = make_kit()
    assert_problem(post(kit, f"/rooms/{kit.create()}/players/0/praise"), 404, "nothing at this address")
