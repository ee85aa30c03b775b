"""Connections that are lost, pages that are loaded again, and servers that are killed, in the middle of a match."""

import pytest

from net.drivers.virtual_lockstep import VirtualPlayer
from net.lockstep.settings import DesyncPolicy
from tests.net.lockstep.match_kit import (
    Give,
    LockstepSettings,
    VirtualLockstep,
    agree,
    changed,
    purse_of,
    purses,
)


def test_one_who_comes_back_goes_on_where_it_was() -> None:
    """A lost connection of 2 s: nothing is lost or doubled, the engine is the same, and nobody was dropped."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=50.0)
        room.begin()
        for amount in range(1, 6):
            ben.lockstep.command("give", Give(amount))
            room.run(250.0)
        engine = ben.engine
        ben.lockstep.command("give", Give(6))
        ben.drop()
        room.run(2_000.0)
        assert room.room.state == "running.paused.lagging"
        assert "Ben" in room.room.chart.detail
        ben.reconnect()
        room.run(3_000.0)
        assert room.room.state == "running.iterating"
        assert ben.engine is engine
        assert purse_of(ada, 1).given == [1, 2, 3, 4, 5, 6]
        assert agree([ada, ben])


def test_one_who_reloads_runs_the_match_again() -> None:
    """A client that knows nothing any more gets the seat, and all generations, and plays on."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ben.lockstep.command("give", Give(6))
        room.run(40_000.0)
        token = ben.core.token
        ben.drop()
        room.clients.remove(ben)
        again = VirtualPlayer(room, "Ben", token, ben.core.codec)
        room.clients.append(again)
        again.connect()
        room.run_until(lambda: again.lockstep.generation >= 0 and again.lockstep.behind <= 2)
        again.lockstep.command("give", Give(8))
        room.run(2_000.0)
        assert purse_of(ada, 1).given == purse_of(again, 1).given == [6, 8]
        assert agree([ada, again])


def test_the_server_is_killed_and_the_match_goes_on() -> None:
    """The journal brings the room back: same match, same seats, every command once."""
    with VirtualLockstep(purses(), journal=True) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=60.0)
        room.begin()
        for amount in range(1, 20):
            ben.lockstep.command("give", Give(amount))
            room.run(170.0)
            if amount % 6 == 0:
                room.restart()
                for client in (ben, ada):
                    client.reconnect()
        room.run(3_000.0)
        assert purse_of(ada, 1).given == list(range(1, 20))
        assert agree([ada, ben])
        assert room.room.state == "running.iterating"


def test_a_server_that_is_killed_in_the_setup_knows_it_again() -> None:
    """Options, who is ready, the host and the chart are as they were."""
    with VirtualLockstep(purses(), journal=True, options={"gold": 3}) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ada.lockstep.setup({"gold": 4})
        room.run(300.0)
        before = room.room.play.setup.save()
        room.restart()
        for client in (ada, ben):
            client.reconnect()
        assert room.room.play.setup.save() == before
        room.begin()
        assert purse_of(ada, 0).gold >= 4


def test_who_was_dropped_comes_back_over_a_long_way() -> None:
    """The others play on with short generations; a way that is longer than two of them leads back into the match all the same."""
    with VirtualLockstep(purses(), rules=LockstepSettings(missing="empty")) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=250.0)
        room.begin()
        ben.frozen = True
        room.run(20_000.0)
        assert room.room._turns is not None
        assert not room.room._turns.is_present(1)
        ben.frozen = False
        room.run(10_000.0)
        assert room.room._turns.is_present(1)
        ben.lockstep.command("give", Give(5))
        room.run(5_000.0)
        assert purse_of(ada, 1).given == [5]
        assert agree([ada, ben])


@pytest.mark.parametrize(
    ("policy", "state"), [("resync", "running.iterating"), ("halt", "running.paused.desynced")]
)
def test_a_server_that_is_killed_while_the_games_differ(policy: DesyncPolicy, state: str) -> None:
    """Where the room puts right who is wrong it does that after all; where it halts the match, that stays as it is."""
    with VirtualLockstep(purses(), journal=True, rules=LockstepSettings(desync=policy)) as room:
        clients = [room.join(name, latency=50.0) for name in ("Ada", "Ben", "Cleo")]
        room.begin()
        room.run(1_000.0)
        changed(clients[2])
        room.run_until(lambda: room.room.state == "running.paused.desynced")
        room.restart()
        for client in clients:
            client.reconnect()
        room.run(10_000.0)
        assert room.room.state == state
        assert agree(clients) == (policy == "resync")


def test_a_server_that_is_killed_before_the_right_state_has_arrived() -> None:
    """The journal says who was to be put right: that one computes the match again, and the games do not differ once more."""
    with VirtualLockstep(purses(), journal=True, rules=LockstepSettings(desync="resync")) as room:
        clients = [room.join(name, latency=50.0) for name in ("Ada", "Ben", "Cleo")]
        room.begin()
        room.run(1_000.0)
        changed(clients[2])
        room.run_until(lambda: room.reports)
        room.restart()
        for client in clients:
            client.reconnect()
        room.run(10_000.0)
        assert [report.wrong for report in room.reports] == [[2]]
        assert room.room.state == "running.iterating"
        assert agree(clients)
        assert room.room.play.match is not None
        assert room.room.play.match.put_right == {}


def test_a_restart_shows_viewers_nothing_before_its_time() -> None:
    """Who sees the match two seconds later sees it two seconds later after a kill of the server too."""
    with VirtualLockstep(purses(), journal=True, rules=LockstepSettings(viewer_delay=2_000.0)) as room:
        ada = room.join("Ada")
        room.begin()
        eve = room.join("Eve")
        room.run(5_000.0)
        room.restart()
        for client in (ada, eve):
            client.reconnect()
        for _ in range(50):
            room.run(100.0)
            assert ada.lockstep.generation - eve.lockstep.generation >= 15
        assert eve.lockstep.generation > 30


def test_a_match_is_told_from_its_beginning_now_and_then_only() -> None:
    """It may be many MB: who asks again at once gets 429, and five seconds later the match."""
    with VirtualLockstep(purses()) as room:
        ada = room.join("Ada")
        room.begin()
        assert [ada.ask("get", "match").status for _ in range(2)] == [202, 429]
        room.run(5_000.0)
        assert ada.ask("get", "match").status == 202
        room.run(3_000.0)
        assert ada.lockstep.generation > 60
