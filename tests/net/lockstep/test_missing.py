"""Players who say nothing: the room waits for them, by name, and then goes on as its policy says."""

import pytest

from net.lockstep.settings import MissingPolicy
from tests.net.lockstep.match_kit import Give, LockstepSettings, VirtualLockstep, agree, purse_of, purses


@pytest.mark.parametrize("policy", ["wait", "empty", "drop", "vote"])
@pytest.mark.parametrize("how", ["frozen", "gone"])
def test_a_silent_player_does_not_hang_a_room(policy: MissingPolicy, how: str) -> None:
    """Whether the connection is lost or the computer stands still: it is awaited, by name, and then the match goes on."""
    rules = LockstepSettings(missing=policy, patience=5_000.0)
    with VirtualLockstep(purses(), rules=rules) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        if how == "frozen":
            ben.frozen = True
        else:
            ben.drop()
        room.run(2_200.0)
        assert room.room.state == "running.paused.lagging"
        assert "Ben" in room.room.chart.detail
        told = ada.lockstep.generation
        if policy == "vote":
            for client in (ada, cleo):
                client.core.request("put", "votes/1", {"go_on": True})
        room.run(1_500.0 if policy != "wait" else 4_500.0)
        assert room.room.state == "running.iterating"
        assert ada.lockstep.generation > told + 2
        assert agree([ada, cleo])


@pytest.mark.parametrize(("policy", "limit"), [
    ("wait", 5_000.0), ("vote", 5_000.0), ("empty", 3_000.0), ("drop", 3_000.0),
])  # fmt: skip
def test_a_silent_player_is_awaited_as_long_as_the_policy_says(policy: MissingPolicy, limit: float) -> None:
    """Not a generation is run before, and from then on nobody waits for it any more; the seat waits for a return."""
    rules = LockstepSettings(missing=policy, patience=5_000.0)
    with VirtualLockstep(purses(), rules=rules) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        ben.frozen = True
        room.run(limit - 100.0)
        assert room.room.state == "running.paused.lagging"
        stands = room.room.tick
        room.run(500.0)
        assert room.room.state == "running.iterating"
        room.run(2_000.0)
        assert room.room.tick > stands + 15, "it goes on at its pace, and waits no more"
        assert room.room._turns is not None
        assert not room.room._turns.is_present(1)
        assert room.room.seats.get(1) is not None
        assert agree([ada, cleo])


def test_a_dropped_player_comes_back_into_the_match() -> None:
    """The seat is kept: after 10 s away the player catches up, gives commands again, and is awaited again."""
    with VirtualLockstep(purses(), rules=LockstepSettings(missing="empty")) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        room.run(1_000.0)
        ben.drop()
        room.run(10_000.0)
        ben.reconnect()
        room.run(1_000.0)
        ben.lockstep.command("give", Give(9))
        room.run(2_000.0)
        assert purse_of(ada, 1).given == [9]
        assert room.room._turns is not None
        assert room.room._turns.is_present(1)
        assert agree([ada, ben])


def test_a_dropped_player_s_seat_is_freed_where_the_room_says_so() -> None:
    """Without keeping, the connection is closed and the seat is gone."""
    rules = LockstepSettings(missing="drop", keep_dropped=False)
    with VirtualLockstep(purses(), rules=rules) as room:
        _, ben, _ = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        ben.frozen = True
        room.run(6_000.0)
        assert room.room.seats.get(1) is None
        assert room.room.state == "running.iterating"


def test_a_room_that_all_have_left_for_a_while_stands_still() -> None:
    """Nobody is there: no generation is told; whoever comes back goes on from where it was."""
    with VirtualLockstep(purses(), rules=LockstepSettings(missing="drop")) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        room.run(1_000.0)
        ada.drop()
        ben.drop()
        room.run(8_000.0)
        stands = room.room.tick
        room.run(8_000.0)
        assert room.room.tick == stands
        for client in (ada, ben):
            client.reconnect()
        room.run(3_000.0)
        assert room.room.tick > stands + 5
        assert agree([ada, ben])


def test_all_leave_for_good_and_the_match_is_over() -> None:
    """A match without players ends; the room is in its setup again."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.join("Ben")
        room.begin()
        for client in list(room.clients):
            client.core.request("delete", "seat")
        room.run(1_000.0)
        assert room.room.state == "setup.organizing"
