"""The setup of a match: first come, first served, and whoever was ready was so for exactly this configuration."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext
from msgspec.structs import replace

from net.hosted import HostedGame
from net.journal.entries import Begun, Chosen, Join
from net.journal.errors import JournalError
from net.lockstep.play import LockstepPlay
from net.lockstep.seats import LockstepSeats
from net.lockstep.settings import LockstepSettings
from net.lockstep.setup import LEAST_SHARE, MAX_BYTES, Setup, SetupRefused
from tests.net.lockstep.match_kit import purses


def test_the_engine_gets_options_and_players_by_number() -> None:
    """Options of the room at the top, those of the players in a list, in the order of their numbers."""
    setup = Setup({"size": "small"})
    setup.join(1, {"team": 2})
    setup.join(0)
    setup.change_player(0, {"team": 1})
    setup.change_options({"start": "army"})
    assert setup.for_engine() == {
        "size": "small", "start": "army", "players": [{"team": 1, "player": 0}, {"team": 2, "player": 1}],
    }  # fmt: skip


@pytest.mark.parametrize("change", ["option", "player", "join", "leave", "refused"])
def test_any_change_withdraws_readiness(change: str) -> None:
    """Whoever committed did so to another configuration."""
    setup = Setup()
    for player in (0, 1, 2):
        setup.join(player)
    for player in (0, 1, 2):
        setup.make_ready(player, ready=True)
    assert setup.all_ready()
    revision = setup.revision
    {
        "option": lambda: setup.change_options({"size": 1}),
        "player": lambda: setup.change_player(0, {"team": 1}),
        "join": lambda: setup.join(3),
        "leave": lambda: setup.leave(2),
        "refused": lambda: setup.refused("too small"),
    }[change]()
    assert not setup.ready
    assert setup.revision == revision + 1


def test_the_engine_s_refusal_is_shown_until_something_changes() -> None:
    """The reason stays with the configuration that it is about."""
    setup = Setup()
    setup.join(0)
    setup.refused("two players at least")
    assert setup.refusal == "two players at least"
    setup.join(1)
    assert setup.refusal == ""


def test_a_host_who_is_gone_is_replaced_by_who_came_next_and_is_there() -> None:
    """A present one before an absent one; with nobody left there is none, until the next one comes."""
    setup = Setup()
    for player in (2, 0, 1):
        setup.join(player)
    assert setup.host == 2
    setup.leave(2, present=[1])
    assert setup.host == 1
    setup.leave(1)
    assert setup.host == 0
    setup.leave(0)
    assert setup.host == -1
    setup.join(3)
    assert setup.host == 3


def test_a_change_of_what_is_not_so_any_more_is_refused() -> None:
    """Two change revision 1: the first is served, the second is told."""
    setup = Setup()
    setup.join(0)
    setup.check_revision(1)
    setup.change_options({"map": "a"})
    with pytest.raises(SetupRefused) as caught:
        setup.check_revision(1)
    assert caught.value.status == 409


@pytest.mark.parametrize("bad", [
    {"players": []}, {"": 1}, {"x" * 65: 1}, {"a\n": 1}, {"big": "x" * MAX_BYTES}, {"deep": [[[[[[[[[[1]]]]]]]]]]},
])  # fmt: skip
def test_bad_options_change_nothing(bad: dict[str, Any]) -> None:
    """Reserved and unprintable names, too much and too deep are refused with 422, and the setup is as before."""
    setup = Setup({"size": 1})
    setup.join(0)
    before = setup.save()
    for change in (setup.change_options, lambda changes: setup.change_player(0, changes)):
        with pytest.raises(SetupRefused) as caught:
            change(bad)
        assert caught.value.status == 422
    assert setup.save() == before


def test_nobody_takes_the_place_of_others_options() -> None:
    """The room and each player have a share of their own: one that is full keeps nobody else from changing anything."""
    setup = Setup(seats=4)
    for player in range(4):
        setup.join(player)
    setup.change_options({"all": "x" * (MAX_BYTES - 100)})
    for player in range(4):
        setup.change_player(player, {"own": "x" * (MAX_BYTES // 4 - 100)})
        setup.change_player(player, {"own": "y" * (MAX_BYTES // 4 - 100)})
        with pytest.raises(SetupRefused, match="at most 2048 bytes"):
            setup.change_player(player, {"more": "x" * 100})
    setup.change_options({"all": None, "other": "y" * (MAX_BYTES - 100)})


def test_a_room_of_many_seats_leaves_each_player_some_bytes() -> None:
    """8,192 bytes by 256 seats are 32: too few for a team and a colour."""
    setup = Setup(seats=256)
    setup.join(0)
    setup.change_player(0, {"own": "x" * (LEAST_SHARE - 10)})
    with pytest.raises(SetupRefused, match="at most 64 bytes"):
        setup.change_player(0, {"own": "x" * LEAST_SHARE})


def test_a_change_that_is_only_checked_changes_nothing() -> None:
    """The same refusals, and the setup is as it was in either case."""
    setup = Setup(seats=2)
    setup.join(0)
    before = setup.save()
    setup.check_change(-1, {"a": 1})
    setup.check_change(0, {"a": 1})
    for player, status in ((-1, 422), (0, 422), (7, 404)):
        with pytest.raises(SetupRefused) as caught:
            setup.check_change(player, {"a": Ext(1, b"")})
        assert caught.value.status == status
    assert setup.save() == before


FOREIGN = [Ext(5, b"a"), {None: 1}, {"__proto__": 1}, float("nan"), 2**60, b"a"]


def empty() -> LockstepPlay:
    """A room's play without players."""
    return LockstepPlay(HostedGame.of(purses()), LockstepSeats(4, 0), LockstepSettings())


def played() -> LockstepPlay:
    """A room's play with one player."""
    play = empty()
    play.apply(Join(0, "id of Ada", "Ada"))
    return play


@pytest.mark.parametrize("value", FOREIGN, ids=range(len(FOREIGN)))
def test_a_journal_with_foreign_options_is_none(value: object) -> None:
    """A room does not come back with what would break it for all: changes, matches and keyframes of such are refused."""
    setup = {"players": [{"player": 0, "team": value}]}
    for entry in (
        Chosen(-1, {"a": value}),
        Chosen(0, {"a": value}),
        Begun(1, {"a": value}, [0]),
        Begun(1, setup, [0]),
    ):
        with pytest.raises(JournalError):
            played().apply(entry)
    play = played()
    play.setup.options = {"a": value}
    with pytest.raises(JournalError, match="keyframe"):
        empty().restore(play.image())
    play = played()
    play.apply(Begun(1, {"a": 1}, [0]))
    assert play.match is not None
    play.match.setup = setup
    with pytest.raises(JournalError, match="setup that is none"):
        empty().restore(play.image())


@pytest.mark.parametrize("part", ["options", "players"])
def test_an_image_with_foreign_options_is_not_loaded(part: str) -> None:
    """Neither the room's nor a player's."""
    setup = Setup({"size": 1})
    setup.join(0)
    values = {"options": {"a": Ext(1, b"")}, "players": {0: {"a": [Ext(1, b"")]}}}
    with pytest.raises(SetupRefused):
        Setup().load(replace(setup.save(), **{part: values[part]}))


def test_null_removes_an_option_and_who_does_not_play_has_none() -> None:
    """An option is removed by null; a player who is not there cannot be changed or be ready."""
    setup = Setup({"size": 1})
    setup.change_options({"size": None})
    assert setup.options == {}
    with pytest.raises(SetupRefused):
        setup.change_player(5, {})
    with pytest.raises(SetupRefused):
        setup.make_ready(5, ready=True)
    assert not setup.all_ready()
    assert not setup.all_ready(but=setup.players), "somebody has to be there"


@given(st.lists(st.tuples(st.sampled_from("jlra"), st.integers(0, 3)), max_size=30))
def test_an_image_is_the_same_setup(acts: list[tuple[str, int]]) -> None:
    """After any history a setup that loads another's image is equal to it, and the host takes part or there is none."""
    setup = Setup()
    for act, player in acts:
        if act == "j" and player not in setup.players:
            setup.join(player)
        elif act == "l":
            setup.leave(player)
        elif act == "a":
            setup.absent(player)
        elif player in setup.players:
            setup.make_ready(player, ready=True)
    again = Setup()
    again.load(setup.save())
    assert again.save() == setup.save()
    assert setup.host in setup.players if setup.players else setup.host == -1
