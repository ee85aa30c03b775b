"""Chat and moderation in a room: who hears what, what is refused and why, and who may not come back."""

from collections.abc import Iterator
from itertools import count

import msgspec
import pytest

from net.hosted import HostedGame
from net.players.session import Seat
from net.players.sessions import token_digest
from net.protocol import Answer, CloseReason, Notice, Request, Roster, Said
from net.rooms.chat import BURST, KEPT, LINES_PER_SECOND, MAX_LINE, Chat, ChatRefused, checked_line
from net.rooms.moderation import MAX_MUTES, Banned, Bans, Mutes
from tests.net.room_kit import Player, Table, make_game


@pytest.fixture
def table() -> Iterator[Table]:
    """A room whose players see 250 units far; players stand 200 apart."""
    table = Table(make_game(view_radius=250.0))
    yield table
    table.close()


def ask(player: Player, verb: str, resource: str, body: object = None) -> None:
    """Send a request."""
    player.send(Request(player.tick + 1, verb, resource, player.body(body)))


def last_answer(player: Player) -> tuple[int, object]:
    """Status and body of the last answer."""
    item = player.items(Answer)[-1]
    assert isinstance(item, Answer)
    return item.status, item.body


def texts(history: object) -> list[str]:
    """What the lines of an answer to `get chat` say."""
    return [line.text for line in msgspec.convert(history, list[Said])]


@pytest.mark.parametrize(
    ("channel", "hears"),
    [("room", ["Anna", "Ben", "Carl"]), ("near", ["Anna", "Ben"]), ("team", ["Anna", "Carl"])],
)
def test_a_line_reaches_its_channel(table: Table, channel: str, hears: list[str]) -> None:
    """The room, those who are near, the team: a line is told to them and to who said it, as it was typed."""
    players = {name: table.sit(name) for name in ("Anna", "Ben", "Carl")}
    table.step()
    for number in (0, 2):
        table.room.engine.world.set_team(number, 7)
    ask(players["Anna"], "post", "chat", {"text": " <b>hi</b> ", "channel": channel})
    table.step()
    assert [name for name, player in players.items() if player.items(Said)] == hears
    assert players["Anna"].items(Said) == [Said(0, channel, "<b>hi</b>", "Anna")]
    assert last_answer(players["Anna"]) == (200, None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x" * (MAX_LINE + 1)}, 422),
        ({"text": "a\x07b"}, 422),
        ({"text": "a\nb"}, 422),
        ({"text": "\u202egnp.exe"}, 422),
        ({"text": "hi", "channel": "world"}, 422),
        ({"text": 5}, 422),
        ({"line": "hi"}, 422),
        (None, 422),
    ],
    ids=str,
)
def test_what_is_no_line_is_refused(table: Table, body: object, status: int) -> None:
    """Empty, long, with control or direction-changing characters, of the wrong shape: answered, and told to nobody."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    ask(anna, "post", "chat", body)
    table.step()
    assert last_answer(anna)[0] == status
    assert ben.items(Said) == []


def test_an_emoji_of_several_people_is_a_line() -> None:
    """Joiners are invisible and are let through, as some scripts and emoji need them."""
    assert checked_line("👩\u200d👧 क\u200dष") == "👩\u200d👧 क\u200dष"


def test_a_flood_of_lines_is_slowed() -> None:
    """After a burst a player may say a line a second; others are not affected."""
    chat = Chat()
    for _ in range(int(BURST)):
        chat.say(0, "Anna", "room", "spam", 0.0)
    with pytest.raises(ChatRefused, match="too fast"):
        chat.say(0, "Anna", "room", "spam", 0.0)
    chat.say(1, "Ben", "room", "hello", 0.0)
    chat.say(0, "Anna", "room", "one", 1_000.0)
    with pytest.raises(ChatRefused):
        chat.say(0, "Anna", "room", "two", 1_000.0)


def test_a_flood_of_lines_costs_its_sender_only(table: Table) -> None:
    """Two lines a tick for 20 s: the others hear the burst and a line a second, the sender reads 429 for the rest, and
    another player's line is heard as ever."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    numbers, seconds = count(1), 20
    for _ in range(seconds * table.game.tick_rate):
        lines = [Request(next(numbers), "post", "chat", anna.body({"text": "spam"})) for _ in range(2)]
        anna.send(*lines, now=table.now)
        table.step()
    heard = len(ben.items(Said))
    assert BURST <= heard <= BURST + LINES_PER_SECOND * (seconds + 1)
    answers = [item.status for item in anna.items(Answer) if isinstance(item, Answer)]
    assert (answers.count(200), answers.count(429)) == (heard, len(answers) - heard)
    ben.send(Request(1, "post", "chat", ben.body({"text": "hello"})), now=table.now)
    table.step()
    assert ben.items(Said)[-1] == Said(1, "room", "hello", "Ben")


def test_who_comes_later_can_read_what_was_said(table: Table) -> None:
    """The last lines of the room are kept, those to a few are not, and there are never more than the bound."""
    anna = table.sit("Anna")
    table.step()
    ask(anna, "post", "chat", {"text": "psst", "channel": "near"})
    table.step()
    for number in range(KEPT + 5):
        said = table.room.chat.say(0, "Anna", "room", f"line {number}", 2_000.0 * (number + 1))
        table.room.chat.keep(said)
    ben = table.sit("Ben")
    ask(ben, "get", "chat")
    table.step()
    status, lines = last_answer(ben)
    assert status == 200
    assert isinstance(lines, list)
    assert texts(lines) == [f"line {number}" for number in range(5, KEPT + 5)]


def test_a_line_keeps_the_name_of_who_has_left(table: Table) -> None:
    """The history says who spoke, and by no number: that may be another's by now, whose words they are not."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    ask(anna, "post", "chat", {"text": "I stay"})
    ask(ben, "post", "chat", {"text": "I am Ben"})
    table.step()
    seat = ben.session.seat
    assert seat is not None
    number = seat.player
    table.room.leave(seat)
    table.step(2)
    cid = table.sit("Cid")
    table.step()
    assert cid.session.seat is not None
    assert cid.session.seat.player == number
    ask(cid, "post", "chat", {"text": "I am Cid"})
    table.step()
    for asker in (anna, cid):
        ask(asker, "get", "chat")
        table.step()
        assert msgspec.convert(last_answer(asker)[1], list[Said]) == [
            Said(0, "room", "I stay", "Anna"),
            Said(-1, "room", "I am Ben", "Ben"),
            Said(number, "room", "I am Cid", "Cid"),
        ]


def test_tech_meta_is_had_on_request() -> None:
    """Names, chat, the addresses of the game's pictures and the map's header are answered by kind; another kind is 404."""
    game = make_game()
    files = {
        "atlas.png": "/games/walk/1f/atlas.png",
        "atlas.json": "/games/walk/1f/atlas.json",
        "view.js": "/x",
    }
    table = Table(game)
    table.room.hosted = HostedGame.of(game, "/x", files)
    anna = table.sit("Anna")
    table.step()
    for kind in ("names", "chat", "sprites", "map", "secrets"):
        ask(anna, "get", f"meta/{kind}")
    table.step()
    answers = [(item.status, item.body) for item in anna.items(Answer) if isinstance(item, Answer)]
    assert [status for status, _ in answers] == [200, 200, 200, 200, 404]
    assert answers[0][1] == [[0, "id-Anna", "Anna", True, -1]]
    assert answers[2][1] == {name: address for name, address in files.items() if name != "view.js"}
    table.close()


def test_the_host_mutes_and_unmutes(table: Table) -> None:
    """A muted player is told why, at once and at each try, until the time is over or the host says so."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    ask(anna, "post", "players/1/mute", {"reason": "no spoilers", "seconds": 60})
    table.step()
    assert ben.items(Notice) == [Notice("You are muted: no spoilers")]
    ask(ben, "post", "chat", {"text": "he dies"})
    table.step()
    assert last_answer(ben) == (403, "you are muted: no spoilers")
    ask(anna, "post", "players/1/unmute", {})
    table.step()
    ask(ben, "post", "chat", {"text": "sorry"})
    table.step()
    assert anna.items(Said) == [Said(1, "room", "sorry", "Ben")]


def test_a_kicked_player_may_come_back_and_a_banned_one_not(table: Table) -> None:
    """Both are closed with the host's reason; a ban holds for the player's id, name and address."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    ask(anna, "post", "players/1/kick", {"reason": "camping"})
    table.step()
    assert table.closed[-1] == (ben.session, CloseReason.KICKED, "camping")
    assert anna.items(Roster)[-1] == Roster(False, [], [1])
    table.room.reserve("id-Ben", "Ben", token_digest("Ben2"), table.now, "1.2.3.4")
    table.connect().hello("Ben2")
    table.step()
    ask(anna, "post", "players/1/ban", {"reason": "again"})
    table.step()
    for player_id, name, address in (("id-Ben", "x", ""), ("y", "BEN", ""), ("y", "x", "1.2.3.4")):
        with pytest.raises(Banned, match="again"):
            table.room.reserve(player_id, name, b"", table.now, address)
    table.room.reserve("y", "x", b"", table.now, "1.2.3.5")


def test_who_is_muted_is_so_after_joining_again(table: Table) -> None:
    """Under the same name, with the same id, or from the same address; not for others, and not when the time is over."""
    table.sit("Anna")
    back = [
        ("id-Ben", "Ben", "1.2.3.4"),
        ("id-2", "BEN", ""),
        ("id-Ben", "Bill", ""),
        ("id-3", "Bob", "1.2.3.4"),
    ]
    for place, (player_id, name, address) in enumerate([*back, ("id-4", "Cid", "1.2.3.5")]):
        table.room.reserve(player_id, name, token_digest(f"token{place}"), table.now, address)
        player = table.connect()
        player.hello(f"token{place}")
        table.step()
        seat = player.session.seat
        assert seat is not None
        if place == 0:
            table.room.moderate(seat, "mute", "no spoilers", table.now, 60_000.0)
        ask(player, "post", "chat", {"text": "he dies"})
        table.step()
        expected = (403, "you are muted: no spoilers") if place < len(back) else (200, None)
        assert last_answer(player) == expected
        table.room.leave(seat)
        table.step(2)
    table.sit("Ben")
    seat = table.room.attendance.tokens.opens("Ben", table.now)
    assert seat is not None
    with pytest.raises(ChatRefused, match="muted"):
        table.room.say(seat, "room", "sorry", 59_000.0)
    table.room.say(seat, "room", "sorry", 60_000.0 + table.now)


def test_mutes_are_bounded() -> None:
    """The oldest marks are dropped beyond the bound, and unmuting finds whatever is left."""
    mutes = Mutes()
    seats = [Seat(0, f"id-{number}", f"name-{number}", b"", 0.0) for number in range(MAX_MUTES // 2 + 1)]
    for seat in seats:
        mutes.add(seat, 1_000.0, "")
    assert mutes.sentence(seats[0], 0.0) == ""
    assert mutes.sentence(seats[1], 0.0) == "you are muted"
    mutes.lift(seats[1])
    assert mutes.sentence(seats[1], 0.0) == ""


def test_the_host_sees_and_lifts_bans(table: Table) -> None:
    """Bans are listed by number, name and reason, without addresses; who is under none any more may join again."""
    anna = table.sit("Anna")
    table.sit("Ben")
    table.step()
    ask(anna, "post", "players/1/ban", {"reason": "spam"})
    table.step()
    table.room.reserve("id-2", "Bill", token_digest("Bill"), table.now, "1.2.3.4")
    bill = table.room.attendance.tokens.opens("Bill", table.now)
    assert bill is not None
    table.room.moderate(bill, "ban", "", table.now)
    ask(anna, "get", "bans")
    table.step()
    assert last_answer(anna) == (200, [[1, "Ben", "spam"], [2, "Bill", ""]])
    ask(anna, "delete", "bans/1")
    table.step()
    assert last_answer(anna) == (200, None)
    cid = table.sit("Ben")
    table.step()
    with pytest.raises(Banned):
        table.room.reserve("x", "bill", b"", table.now)
    for number in ("1", "0", "x", "-2", "9" * 30):
        ask(anna, "delete", f"bans/{number}")
        table.step()
        assert last_answer(anna)[0] == 404
    for verb, resource in (("get", "bans"), ("delete", "bans/2")):
        ask(cid, verb, resource)
        table.step()
        assert last_answer(cid) == (403, "only the host may do that")
    assert [ban.number for ban in table.room.bans] == [2]


def test_a_ban_that_is_lifted_leaves_others_on_the_same_address(table: Table) -> None:
    """Two players of one address are banned: each name is let in when its ban is lifted, the address when both are."""
    room = table.room
    for number, name in enumerate(("Ben", "Bill"), 1):
        seat = room.reserve(f"id-{name}", name, token_digest(name), table.now, f"10.0.0.{number}")
        seat.address = "1.2.3.4"
        room.moderate(seat, "ban", name, table.now)
    assert room.bans.lift(2)
    with pytest.raises(Banned, match="Ben"):
        room.reserve("id-Bill", "Bill", b"", table.now, "1.2.3.4")
    room.reserve("id-Bill", "Bill", b"1", table.now, "1.2.3.5")
    assert room.bans.lift(1)
    assert not room.bans.lift(1)
    room.reserve("id-Ben", "Ben", b"2", table.now, "1.2.3.4")


def test_bans_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the oldest ban is lifted, with its marks."""
    monkeypatch.setattr("net.rooms.moderation.MAX_BANS", 3)
    bans = Bans()
    for number in range(5):
        bans.add(Seat(0, f"id-{number}", f"name-{number}", b"", 0.0), "")
    assert [ban.number for ban in bans] == [3, 4, 5]
    bans.check("id-1", "name-1", "")
    with pytest.raises(Banned):
        bans.check("id-2", "x", "")


def test_a_ban_does_not_take_a_whole_office_along(table: Table) -> None:
    """A local address, which many may share, is not banned with the player: the name and the id are."""
    table.sit("Anna")
    table.room.reserve("id-Ben", "Ben", token_digest("Ben"), table.now, "192.168.1.7")
    table.step()
    seat = table.room.attendance.tokens.opens("Ben", table.now)
    assert seat is not None
    table.room.moderate(seat, "ban", "", table.now)
    table.room.reserve("id-Carl", "Carl", token_digest("Carl"), table.now, "192.168.1.7")
    with pytest.raises(Banned):
        table.room.reserve("x", "Ben", b"", table.now, "1.2.3.4")


@pytest.mark.parametrize(
    ("who", "resource", "status"),
    [
        ("Ben", "players/0/kick", 403),
        ("Anna", "players/9/kick", 404),
        ("Anna", "players/0/kick", 404),
        ("Anna", "players/-1/kick", 404),
        ("Anna", "players/1/praise", 404),
        ("Anna", "players/1", 404),
        ("Anna", "players/99999999999999999999/kick", 404),
    ],
)
def test_only_the_host_moderates_and_only_others(table: Table, who: str, resource: str, status: int) -> None:
    """A player who isn't the host, a seat that is nobody's, oneself and an unknown act: refused with a reason."""
    players = {name: table.sit(name) for name in ("Anna", "Ben")}
    table.step()
    ask(players[who], "post", resource, {})
    table.step()
    assert last_answer(players[who])[0] == status
    assert len(table.room.seats) == 2


@pytest.mark.parametrize(
    "body", [{"reason": "a\nb"}, {"reason": "x" * 101}, {"seconds": 0}, {"seconds": 86_401}]
)
def test_a_sentence_that_does_not_fit_is_refused(table: Table, body: dict[str, object]) -> None:
    """A reason with control characters or too long, and a time out of bounds: 422, and nobody is kicked."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    ask(anna, "post", "players/1/kick", body)
    table.step()
    assert last_answer(anna)[0] == 422
    assert table.room.seats.get(1) is ben.session.seat is not None


def test_a_host_who_leaves_is_replaced(table: Table) -> None:
    """The one who has been here longest of those that are connected is the host."""
    anna, ben, carl = table.sit("Anna"), table.sit("Ben"), table.sit("Carl")
    table.step()
    anna.session.lost(table.now)
    ask(ben, "post", "players/2/kick", {"reason": "bye"})
    table.step()
    assert last_answer(ben) == (200, None)
    assert (carl.session, CloseReason.KICKED, "bye") in table.closed


def test_the_roster_says_only_what_changed(table: Table) -> None:
    """A newcomer has everybody in the welcome; the others are told of the newcomer alone."""
    anna = table.sit("Anna")
    table.step()
    ben = table.sit("Ben")
    table.step(3)
    assert ben.welcome is not None
    assert [record.name for record in ben.welcome.roster] == ["Anna", "Ben"]
    last = anna.items(Roster)[-1]
    assert isinstance(last, Roster)
    assert ([record.name for record in last.players], last.left, last.full) == (["Ben"], [], False)
    assert len(anna.items(Roster)) == 2
