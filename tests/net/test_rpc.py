"""Calls inside the bundle: answered in the tick they run in, once for each id, with a reason when they are refused."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.errors import RemoteProtocolError
from net.players.calls import KEPT, MAX_OPEN, CallRefused, Calls
from net.protocol import MAX_MESSAGE_BYTES, Answer, CloseReason, Request
from tests.net.room_kit import Player, Table


@pytest.fixture
def table() -> Iterator[Table]:
    """A room with a shop."""
    table = Table()
    yield table
    table.close()


def call(player: Player, number: int, body: object, name: str = "buy") -> None:
    """Send a call."""
    player.send(Request(number, "post", f"rpc/{name}", player.body(body)))


def answers(player: Player) -> list[tuple[int, int, object]]:
    """All answers so far."""
    return [(item.id, item.status, item.body) for item in player.items(Answer) if isinstance(item, Answer)]


def test_a_call_is_answered_in_the_next_bundle(table: Table) -> None:
    """The answer is what the handler gave back, and only the caller gets it."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    call(anna, 7, {"item": "bread"})
    table.step()
    assert answers(anna) == [(7, 200, {"item": "bread", "purchases": 1})]
    assert answers(ben) == []


def test_a_call_sent_again_runs_once_and_gets_the_same_answer(table: Table) -> None:
    """The same id before the tick, after it, and after a reconnect: one purchase, one and the same answer."""
    anna = table.sit("Anna")
    table.step()
    call(anna, 7, {"item": "bread"})
    call(anna, 7, {"item": "bread"})
    table.step()
    call(anna, 7, {"item": "bread"})
    table.step()
    anna.session.lost(table.now)
    again = table.connect()
    again.hello(anna.token, table.now)
    call(again, 7, {"item": "bread"})
    call(again, 8, {"item": "cheese"})
    table.step()
    bread = (7, 200, {"item": "bread", "purchases": 1})
    assert answers(anna) == [bread, bread]
    assert answers(again) == [bread, (8, 200, {"item": "cheese", "purchases": 2})]


def test_a_call_whose_answer_was_lost_is_answered_after_the_reconnect(table: Table) -> None:
    """A connection lost between call and tick does not lose the purchase, and the return learns of it."""
    anna = table.sit("Anna")
    table.step()
    call(anna, 7, {"item": "bread"})
    anna.session.lost(table.now)
    table.step(3)
    again = table.connect()
    again.hello(anna.token, table.now)
    call(again, 7, {"item": "bread"})
    table.step()
    assert answers(again) == [(7, 200, {"item": "bread", "purchases": 1})]


@pytest.mark.parametrize(
    ("name", "body", "status", "word"),
    [
        ("sell", {"item": "bread"}, 404, "sell"),
        ("buy", {"item": 5}, 422, "item"),
        ("buy", None, 422, "object"),
        ("buy", ["bread"], 422, "object"),
        ("buy", {"item": "bread", "count": 1.5}, 422, "count"),
        ("buy", {"item": "bread", "count": 10**18}, 409, "not so many"),
        ("buy/it", {"item": "bread"}, 404, "buy/it"),
        ("", {"item": "bread"}, 404, ""),
        ("buy", {"item": "bread", "count": 6}, 409, "not so many"),
    ],
)
def test_a_wrong_call_is_answered_with_a_reason(
    table: Table, name: str, body: object, status: int, word: str
) -> None:
    """Unknown name, wrong types, the game's own no: each has its status and a sentence."""
    anna = table.sit("Anna")
    table.step()
    call(anna, 1, body, name)
    table.step()
    ((_, given, sentence),) = answers(anna)
    assert given == status
    assert word in str(sentence)


def test_a_call_that_is_too_large_costs_its_sender_only(table: Table) -> None:
    """A message beyond the bound closes the connection that sent it, nothing is bought, and the others are served."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step()
    with pytest.raises(RemoteProtocolError) as caught:
        call(anna, 1, {"item": "x" * MAX_MESSAGE_BYTES})
    assert caught.value.reason is CloseReason.MESSAGE_TOO_BIG
    call(ben, 1, {"item": "bread"})
    table.step()
    assert answers(ben) == [(1, 200, {"item": "bread", "purchases": 1})]


def test_an_id_is_for_one_call_only(table: Table) -> None:
    """The id of one call with another's body is refused, as its answer would be another's."""
    anna = table.sit("Anna")
    table.step()
    call(anna, 7, {"item": "bread"})
    table.step()
    call(anna, 7, {"item": "cheese"})
    table.step()
    assert [status for _, status, _ in answers(anna)] == [200, 409]


def test_too_many_open_calls_are_refused(table: Table) -> None:
    """Calls beyond the bound of open ones are answered with 429 and may be tried again after the tick."""
    anna = table.sit("Anna")
    table.step()
    for number in range(MAX_OPEN + 2):
        call(anna, number, {"item": "bread"})
    table.step()
    assert sorted(status for _, status, _ in answers(anna)) == [200] * MAX_OPEN + [429] * 2
    call(anna, MAX_OPEN, {"item": "bread"})
    table.step()
    assert answers(anna)[-1][1] == 200


def test_a_paused_room_takes_no_calls(table: Table) -> None:
    """Where no tick runs a call would wait for ever: it is answered with 503."""
    anna = table.sit("Anna")
    table.step()
    table.room.transition("pause")
    call(anna, 1, {"item": "bread"})
    table.step()
    assert answers(anna) == [(1, 503, "the room is not running")]


@given(st.lists(st.tuples(st.sampled_from(["call", "tick"]), st.integers(0, 90)), max_size=300))
def test_memory_of_calls_is_bounded(deeds: list[tuple[str, int]]) -> None:
    """Whatever a client does, its seat keeps at most so many open and so many answered calls, and runs none twice."""
    calls, open_ones, run = Calls(), [], []
    for deed, number in deeds:
        if deed == "call":
            with suppress(CallRefused):
                if calls.look(number, "buy", b"") == "new":
                    calls.begin(number, "buy", b"")
                    open_ones.append(number)
        else:
            for each in open_ones:
                run.append(each)
                calls.end(Answer(each, 200, None))
            open_ones = []
        assert len(calls._calls) <= KEPT + MAX_OPEN
    assert len(set(run)) == len(run)
