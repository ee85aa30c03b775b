"""What a player misses while the connection is lost is told once: all of it, or the state alone and a word about it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from net.client.events import Answered, GameEvent, Noticed, RosterChanged, Spoken, Welcomed
from net.drivers.virtual import VirtualClient, VirtualRoom
from net.players.missed import AWAY_TOO_LONG, MAX_KEPT, MAX_TOLD, Missed
from net.players.session import Seat
from net.protocol import Happened, Hello, Notice, RoomState, Said, ServerItem
from net.settings import RoomSettings
from tests.net.room_kit import make_game


def told(client: VirtualClient, kind: type) -> list[Any]:
    """All events of a kind."""
    return [event for event in client.events if isinstance(event, kind)]


def line(client: VirtualClient, text: str) -> None:
    """Say something to the room."""
    client.core.request("post", "chat", {"text": text})


def hello(tick: int, time: float = -1.0) -> Hello:
    return Hello(1, "", "", tick, time)


SEAT = Seat(0, "id", "Anna", b"", 0.0)


def test_events_chat_and_notices_of_an_absence_come_after_the_snapshot() -> None:
    """In their order, once, with the tick they happened in; a second loss brings none of them again."""
    with VirtualRoom(make_game()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ada.drop()
        ben.command("wave", {})
        line(ben, "hello?")
        room.run(2)
        room.room.announce("Tea is ready.")
        room.run(20)
        away = len(ada.events)
        ada.reconnect()
        room.run(2)
        kinds = [event for event in ada.events[away:] if isinstance(event, GameEvent | Spoken | Noticed)]
        assert [type(event) for event in kinds] == [Spoken, GameEvent, Noticed]
        assert ada.scene.stale is False and len(list(ada.scene)) == 2
        for _ in range(2):
            ada.drop()
            ada.reconnect()
            room.run(2)
        for kind in (GameEvent, Spoken, Noticed):
            assert len(told(ada, kind)) == 1


def test_what_was_on_its_way_when_the_line_was_cut_is_not_lost() -> None:
    """The server had sent it; the client says in its hello what it has read."""
    with VirtualRoom(make_game()) as room:
        ada, ben = room.join("Ada", latency=150.0), room.join("Ben")
        for number in range(12):
            if number == 8:
                ada.drop()
            ben.command("wave", {})
            room.run()
        ada.reconnect()
        room.run(10)
        assert len(told(ada, GameEvent)) == len(told(ben, GameEvent)) == 12
        ticks, bens = ([event.tick for event in told(each, GameEvent)] for each in (ada, ben))
        assert ticks == bens == sorted(ticks)


def test_a_refusal_that_was_missed_is_told() -> None:
    """Refused by the game in its tick, or by the server at once: each answer comes once."""
    with VirtualRoom(make_game()) as room:
        ada = room.join("Ada", latency=100.0)
        for _ in range(12):
            ada.command("shoot", {})
            room.run()
        room.run(6)
        late = [ada.command("shoot", {}), ada.command("wave", {"team": "red"})]
        room.run(4)
        ada.drop()
        room.run(4)
        ada.reconnect()
        room.run(10)
        answers = [event for event in told(ada, Answered) if event.id in late]
        assert [(answer.id, answer.status) for answer in answers] == [(late[1], 422), (late[0], 409)]


def test_in_a_paused_room_nothing_is_told_twice_and_nothing_is_lost() -> None:
    """Its bundles all have one tick: the hello's time tells them apart."""
    with VirtualRoom(make_game()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.room.transition("pause")
        room.run(2)
        line(ben, "one")
        room.run(2)
        ada.drop()
        line(ben, "two")
        room.run(2)
        ada.reconnect()
        room.run(2)
        assert [said.text for said in told(ada, Spoken)] == ["one", "two"]


def test_a_client_that_knows_nothing_has_missed_nothing() -> None:
    """A page that was loaded again has its state by the snapshot, and no old news."""
    with VirtualRoom(make_game()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ada.drop()
        ben.command("wave", {})
        room.run(3)
        ada.core._seen = (-1, -1.0)
        ada.reconnect()
        room.run(2)
        assert told(ada, GameEvent) == [] and told(ada, Noticed) == []


def test_who_was_away_for_too_long_is_told_so() -> None:
    """More than one client is told: the state, and one sentence."""
    with VirtualRoom(make_game(), settings=RoomSettings(seat_kept=1e9)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ada.drop()
        for _ in range(MAX_TOLD // 30 + 4):  # what was asked last may not have been said yet
            for _ in range(30):
                ben.command("wave", {})
            room.run()
        room.run(2)
        ada.reconnect()
        room.run(2)
        assert told(ada, GameEvent) == []
        assert [notice.text for notice in told(ada, Noticed)] == [AWAY_TOO_LONG.text]
        assert ada.me is not None


def test_the_room_and_the_roster_come_with_the_welcome_alone() -> None:
    """States of the room that have passed are not told as if they were now."""
    with VirtualRoom(make_game()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ada.drop()
        ben.drop()
        room.run(2)
        ben.reconnect()
        room.run(2)
        ada.reconnect()
        before = max(place for place, event in enumerate(ada.events) if isinstance(event, Welcomed))
        room.run(1)
        rosters = [event for event in ada.events[before:] if isinstance(event, RosterChanged)]
        assert [[player.connected for player in roster.players] for roster in rosters] == [[True, True]]


def test_nobody_is_told_what_the_seats_earlier_player_was() -> None:
    """A seat's number is given again: its new player's hello, however forged, brings nothing of before."""
    missed = Missed(100.0)
    missed.add(5, 5.0, [], {0: [Notice("for the one before")]})
    missed.add(7, 7.0, [], {0: [Notice("for Anna")], 1: [Notice("for Ben")]})
    newcomer = Seat(0, "id", "Anna", b"", 0.0, joined_at=6)
    assert missed.since(hello(0), newcomer) == [Notice("for Anna")]


@pytest.mark.parametrize("last", [-1, 0, 3])
def test_after_a_restart_nothing_is_known_of_before(last: int) -> None:
    """Who had read up to the tick that the room began at has missed nothing; who had not is told so."""
    missed = Missed(100.0)
    missed.begin(3)
    assert missed.since(hello(last), SEAT) == ([AWAY_TOO_LONG] if last == 0 else [])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(0, 3)), max_size=120),
    st.integers(0, 120),
)
def test_all_or_a_word_about_it_and_never_twice(said: list[tuple[int, int, int]], heard: int) -> None:
    """Whatever was said and wherever the client stopped: exactly what came later, or the sentence; bounded by ticks."""
    missed = Missed(30.0)
    tick = 0
    every: list[tuple[int, float, list[ServerItem]]] = []
    for place, (ticks, lines, mine) in enumerate(said):
        tick += ticks
        spoken: list[ServerItem] = [Said(1, "room", f"{place}.{n}", "Ben") for n in range(lines)]
        shared: list[ServerItem] = [RoomState("running.iterating", ""), *spoken]
        own: dict[int, list[ServerItem]] = {
            0: [Happened(0, tick, [place, n]) for n in range(mine)],
            1: [Notice("another's")],
        }
        missed.add(tick, float(place), shared, own)
        every.append((tick, float(place), [*spoken, *own[0]]))
    last = every[min(heard, len(every) - 1)][:2] if every else (0, 0.0)
    later = [item for at, now, items in every if (at, now) > last for item in items]
    answer = missed.since(hello(*last), SEAT)
    assert answer == later or (
        answer == [AWAY_TOO_LONG] and (len(later) > MAX_TOLD or (every and every[-1][0] - last[0] > 30))
    )


def test_what_is_told_anew_in_other_ways_is_not_kept() -> None:
    """A state that was seeded anew may be a megabyte: who comes back has it from the snapshot."""
    missed = Missed(1e9)
    missed.add(1, 1.0, [RoomState("running.iterating", "")], {0: [RoomState("running.paused", "")]})
    assert not missed._told
    missed.add(2, 2.0, [RoomState("running.iterating", "")], {0: [Notice("x")]})
    assert missed.since(hello(0), SEAT) == [Notice("x")]
    assert missed._size == 1


def test_what_is_kept_is_bounded() -> None:
    """A room in which much is said to many keeps the latest."""
    missed = Missed(1e9)
    crowd = {player: [Notice("x")] * 10 for player in range(400)}
    for tick in range(40):
        missed.add(tick, float(tick), [], crowd)
    assert missed._size <= MAX_KEPT
    assert missed.since(hello(38, 38.0), SEAT) == [Notice("x")] * 10
    assert missed.since(hello(1), SEAT) == [AWAY_TOO_LONG]
