"""Turns: packets are gathered once each, whoever sends what in whichever order, and merged in the order of the players."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.errors import RemoteProtocolError
from net.lockstep.turns import NEAR, Heard, Turns
from net.protocol import CloseReason


def started(players: int = 2, delay: int = 2) -> Turns:
    """A match whose first generations, which need no packets, are told."""
    turns = Turns(range(players), delay=delay)
    for _ in range(delay):
        assert turns.merge() == ()
    return turns


def test_the_first_generations_are_empty_and_wait_for_nobody() -> None:
    """With a delay of 3, generations 0 to 2 need no packets, and generation 3 needs one of each player."""
    turns = started(delay=3)
    assert turns.generation == 2
    assert turns.awaited() == [0, 1]


def test_commands_run_after_the_delay_in_the_order_of_the_players() -> None:
    """What is given in generation 0 runs in 2, sorted by player, and who gave nothing is not in it."""
    turns = started(players=3)
    for player, body in ((2, b"c"), (0, b"a"), (1, b"")):
        turns.hear(player, 0, body)
    assert turns.merge() == ((0, b"a"), (2, b"c"))
    assert turns.generation == 2


def test_nothing_is_merged_while_somebody_is_awaited() -> None:
    """`merge` refuses, and names who is awaited."""
    turns = started()
    turns.hear(0, 0, b"a")
    with pytest.raises(ValueError, match="1"):
        turns.merge()


@pytest.mark.parametrize(("player", "generation"), [(0, 2), (0, 2**32), (7, 0)])
def test_forged_packets_cost_the_sender(player: int, generation: int) -> None:
    """A generation that has not been told, and one who does not play, are the peer's fault."""
    with pytest.raises(RemoteProtocolError):
        started().hear(player, generation, b"")


def test_too_long_and_foreign_commands_are_refused() -> None:
    """A body over the limit and one that the game's schema refuses are MALFORMED, and leave nothing behind."""

    def check(body: bytes) -> None:
        if body == b"bad":
            raise ValueError("no such command")

    turns = Turns([0], delay=1, max_body=4, check=check)
    turns.merge()
    for body in (b"12345", b"bad"):
        with pytest.raises(RemoteProtocolError) as caught:
            turns.hear(0, 0, body)
        assert caught.value.reason is CloseReason.MALFORMED
    assert turns.hear(0, 0, b"good") is Heard.NEW


def test_a_player_who_is_stood_in_for_is_back_with_the_first_packet_in_time() -> None:
    """An absent player is not awaited; a packet in time makes it awaited from there on."""
    turns = started()
    turns.hear(0, 0, b"a")
    turns.stand_in(1)
    assert turns.merge() == ((0, b"a"),)
    assert not turns.is_present(1)
    assert turns.hear(1, 2, b"back") is Heard.NEW
    turns.hear(0, 1, b"")
    assert turns.merge() == ()
    assert turns.awaited() == [0]
    turns.hear(0, 2, b"")
    assert turns.merge() == ((1, b"back"),)
    assert turns.awaited() == [0, 1]


def test_a_packet_that_is_a_little_late_brings_its_player_back_too() -> None:
    """Who is level but for a long way is awaited again from the last generation that was told; who is far behind is not."""
    turns = started(players=3)
    turns.stand_in(1)
    turns.stand_in(2)
    for generation in range(NEAR + 2):
        turns.hear(0, generation, b"")
        assert turns.merge() == ()
    assert turns.hear(2, turns.generation - NEAR - 1, b"old") is Heard.LATE
    assert not turns.is_present(2)
    assert turns.hear(1, turns.generation - NEAR, b"late") is Heard.LATE
    assert turns.is_present(1)
    for generation in range(NEAR + 2, NEAR + 4):
        turns.hear(0, generation, b"")
    assert turns.merge() == ()
    assert turns.awaited() == [1]
    turns.hear(1, NEAR + 3, b"back")
    turns.hear(0, NEAR + 4, b"")
    assert turns.merge() == ((1, b"back"),)


def test_a_resumed_match_takes_again_what_had_not_been_merged() -> None:
    """After a restart at generation 7 the packets of 6 and 7 are awaited, older ones are late."""
    turns = Turns([0, 1], delay=2, generation=7)
    assert turns.hear(0, 5, b"x") is Heard.LATE
    assert turns.awaited() == [0, 1]
    assert turns.hear(0, 6, b"x") is Heard.NEW
    assert turns.awaited() == [1]


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_whatever_comes_twice_or_out_of_order_is_merged_once(
    players: int, delay: int, data: st.DataObject
) -> None:
    """Each packet is sent one to three times, in any order that causality lets: every body is merged once, where it belongs."""
    turns = Turns(range(players), delay=delay)
    merged: dict[tuple[int, int], bytes] = {}
    sent: list[tuple[int, int]] = []
    while turns.generation < 12:
        for player in turns.players:
            given_in = list(range(max(0, turns.generation - delay), turns.generation + 1))
            for generation in data.draw(st.lists(st.sampled_from(given_in), max_size=4)) if given_in else []:
                turns.hear(player, generation, b"%d:%d" % (player, generation))
                sent.append((player, generation))
        for player in turns.awaited():
            turns.hear(
                player, turns.generation + 1 - delay, b"%d:%d" % (player, turns.generation + 1 - delay)
            )
        for player, body in turns.merge():
            assert (player, turns.generation) not in merged
            merged[player, turns.generation] = body
    expected = {(p, g): b"%d:%d" % (p, g - delay) for p in range(players) for g in range(delay, 13)}
    assert {key: body for key, body in merged.items() if key[1] < 13} == expected
