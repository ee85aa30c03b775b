"""Setups in virtual time: who comes, chooses, is ready, begins, watches and ends a match."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ecs.errors import Refused
from net.client.events import Answered
from net.players.seats import RoomFull
from systems.lockstep import LockstepEngine
from tests.net.lockstep.match_kit import Give, LockstepSettings, VirtualLockstep, agree, purse_of, purses


def test_everybody_sees_each_change_and_who_comes_later_the_whole() -> None:
    """Options of the room and of players are told to all, with the revision; a later change withdraws readiness."""
    with VirtualLockstep(purses(), options={"gold": 1}) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ada.lockstep.setup({"gold": 5})
        room.run(300.0)
        ben.lockstep.setup({"team": 2}, player=1)
        room.run(300.0)
        cleo = room.join("Cleo")
        room.run(300.0)
        for client in (ada, ben, cleo):
            told = client.lockstep.configuration
            assert told is not None
            assert told.options == {"gold": 5}
            assert told.players == [(0, {}), (1, {"team": 2}), (2, {})]
            assert told.host == 0
        ada.lockstep.ready()
        room.run(300.0)
        assert room.room.play.setup.ready == {0}
        ben.lockstep.setup({"gold": 6})
        room.run(300.0)
        assert room.room.play.setup.ready == set()


def test_first_come_first_served() -> None:
    """Of two changes of the same revision the first is made and the second is told that it came too late."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.run(300.0)
        first, second = ada.lockstep.setup({"gold": 1}), ben.lockstep.setup({"gold": 2})
        room.run(500.0)
        statuses = [
            getattr(client.answer_to(asked), "status", 0) for client, asked in ((ada, first), (ben, second))
        ]
        assert sorted(statuses) == [200, 409]


def test_nobody_changes_what_is_another_player_s() -> None:
    """Options of another player are the host's to change, and nobody else's; bad names are refused with 422."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.run(200.0)
        assert ben.ask("put", "setup/0", {"changes": {"team": 3}}).status == 403
        assert ada.ask("put", "setup/1", {"changes": {"team": 3}}).status == 200
        assert ada.ask("put", "setup", {"changes": {"players": 3}}).status == 422
        assert ada.ask("put", "setup/7", {"changes": {"team": 3}}).status == 404
        assert ben.ask("post", "start").status == 403


def test_the_engine_refuses_a_setup_and_all_see_why() -> None:
    """The host starts with what the engine does not take: the room stays in its setup, with the reason."""
    with VirtualLockstep(purses(), options={"gold": 13}) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        for client in (ada, ben):
            client.lockstep.ready()
        room.run(1_000.0)
        assert room.room.state == "setup.organizing"
        assert ben.lockstep.configuration is not None
        assert ben.lockstep.configuration.refusal == "13 is no number"
        ada.lockstep.setup({"gold": 12})
        room.run(300.0)
        room.begin()
        assert room.room.state == "running.iterating"


def test_engines_refuse_a_setup_that_the_server_cannot_check() -> None:
    """Where the server knows nothing of the engine, most players' engines end the match before it begins."""
    with VirtualLockstep(purses(), options={"gold": 13}, check_setup=lambda _seed, _setup: "") as room:
        for name in ("Ada", "Ben"):
            room.join(name).lockstep.ready()
        room.run(2_000.0)
        assert room.room.state == "setup.organizing"
        assert room.clients[0].lockstep.configuration is not None
        assert room.clients[0].lockstep.configuration.refusal == "13 is no number"


def test_the_host_starts_and_is_replaced_when_it_leaves() -> None:
    """The host starts although nobody is ready; the one after it is host when it has left."""
    with VirtualLockstep(purses()) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        ada.core.request("delete", "seat")
        room.run(500.0)
        assert ada.ended is not None
        room.clients.remove(ada)
        assert ben.ask("post", "start").status == 202
        room.run_until(lambda: cleo.lockstep.generation > 3)


def test_a_lost_connection_does_not_hold_up_those_who_are_ready() -> None:
    """One who is gone for ten seconds is not waited for: the match begins without, who comes back watches it, as late as
    viewers do, and takes part in the next one."""
    with VirtualLockstep(purses(), rules=LockstepSettings(viewer_delay=2_000.0)) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        cleo.drop()
        for client in (ada, ben):
            client.lockstep.ready()
        room.run(9_000.0)
        assert room.room.state == "setup.organizing"
        room.run(2_000.0)
        assert room.room.state == "running.iterating"
        cleo.reconnect()
        room.run(5_000.0)
        assert not cleo.lockstep.plays
        assert ada.lockstep.plays
        assert 18 <= ada.lockstep.generation - cleo.lockstep.generation <= 24
        assert agree([ada, cleo])
        assert cleo.ask("post", "events/draft").status == 403
        assert ada.ask("post", "finish").status == 200
        assert room.room.play.setup.players.keys() == {0, 1, 2}
        for client in (ada, ben, cleo):
            client.lockstep.ready()
        room.run_until(lambda: cleo.lockstep.plays)


def test_a_host_who_was_left_out_of_a_match_does_not_rule_it() -> None:
    """Who is back and watches may not pause it or end it; who came first of those who play may. Afterwards all is as before."""
    with VirtualLockstep(purses()) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        ada.drop()
        for client in (ben, cleo):
            client.lockstep.ready()
        room.run(12_000.0)
        ada.reconnect()
        room.run(3_000.0)
        assert ada.lockstep.configuration is not None
        assert (ada.lockstep.plays, ada.lockstep.configuration.host) == (False, 1)
        assert [client.ask("post", "pause").status for client in (ada, cleo, ben)] == [403, 403, 200]
        assert [client.ask("post", "finish").status for client in (ada, ben)] == [403, 200]
        room.run(1_000.0)
        assert ada.lockstep.configuration.host == 0


class Unwilling(LockstepEngine):
    """Begins with no setup."""

    def init(self, seed: int, setup: object) -> None:  # noqa: ARG002 - as engines have it
        """Raises Refused."""
        raise Refused("not here")


def test_a_client_whose_engine_refuses_keeps_nothing_of_the_match() -> None:
    """The others play; it hears of each generation, and could not run any."""
    rules = LockstepSettings(missing="empty")
    with VirtualLockstep(purses(), rules=rules) as room:
        ada, _, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")

        cleo.lockstep._make_engine = lambda: Unwilling(room.game)
        for client in room.clients:
            client.lockstep.ready()
        room.run_until(lambda: ada.lockstep.generation > 100)
        assert cleo.lockstep.engine is None
        assert cleo.core.holds[1] > 90
        assert not cleo.lockstep._waiting


def test_seats_are_locked_and_who_comes_watches() -> None:
    """Once it has begun a latecomer gets a viewer's number, follows the match, and gives no commands."""
    with VirtualLockstep(purses(), rules=LockstepSettings(viewers=1)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ada.lockstep.command("give", Give(5))
        room.run(3_000.0)
        eve = room.join("Eve", latency=500.0)
        room.run_until(lambda: eve.lockstep.behind < 12 and eve.lockstep.generation > 30)
        assert eve.core.player >= 256
        assert purse_of(eve, 0).given == [5]
        room.run(3_000.0)
        assert agree([ada, ben, eve])
        assert room.room._pace.length.iterations == 2, "a viewer slows nobody"
        with pytest.raises(RoomFull):
            room.join("Zoe")


def test_nobody_watches_where_the_room_says_so() -> None:
    """With no places to watch from a latecomer is refused."""
    with VirtualLockstep(purses(), rules=LockstepSettings(viewers=0)) as room:
        room.join("Ada")
        room.join("Ben")
        room.begin()
        with pytest.raises(RoomFull, match="begun"):
            room.join("Eve")


def test_viewers_may_see_it_later() -> None:
    """With a delay of 2 s a viewer is 2 s behind, and sees the same."""
    with VirtualLockstep(purses(), rules=LockstepSettings(viewer_delay=2_000.0)) as room:
        ada, _ = room.join("Ada"), room.join("Ben")
        room.begin()
        room.run(5_000.0)
        eve = room.join("Eve")
        room.run(5_000.0)
        assert 18 <= ada.lockstep.generation - eve.lockstep.generation <= 24
        assert agree([ada, eve])


def test_a_rematch_with_the_same_seats() -> None:
    """When most engines say that it is over the room is in its setup again; another match has another seed."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        first = ada.lockstep.match
        room.run(1_000.0)
        ada.lockstep.over("Ada wins")
        room.run(500.0)
        assert room.room.state == "running.iterating"
        ben.lockstep.over("Ada wins")
        room.run(500.0)
        assert room.room.state == "setup.organizing"
        assert room.room.play.setup.players.keys() == {0, 1}
        for client in (ada, ben):
            client.lockstep.ready()
        room.run_until(lambda: ada.lockstep.match is not first and ada.lockstep.generation > 5)
        assert first is not None
        assert ada.lockstep.match is not None
        assert ada.lockstep.match.seed != first.seed
        assert agree([ada, ben])


def test_a_result_that_is_lost_with_its_connection_is_said_again() -> None:
    """Nobody's match goes on for ever because a line was cut when an engine said that it is over."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ada.lockstep.over("Ada wins")
        ben.lockstep.over("Ada wins")
        ben.drop()
        room.run(500.0)
        assert room.room.state != "setup.organizing"
        ben.reconnect()
        room.run_until(lambda: room.room.state == "setup.organizing")


def test_a_result_that_is_one_request_too_many_is_said_again() -> None:
    """Nobody's match goes on for ever because its player had asked a lot when it ended."""
    with VirtualLockstep(purses()) as room:
        clients = room.join("Ada"), room.join("Ben")
        room.begin()
        for client in clients:
            for _ in range(40):
                client.core.request("get", "setup")
            client.lockstep.over("Ada wins")
        room.run(500.0)
        assert all(
            429 in [event.status for event in client.events if isinstance(event, Answered)]
            for client in clients
        )
        assert room.room.play.match is not None
        room.run_until(lambda: room.room.play.match is None, 5_000.0)


def test_a_match_that_ends_without_a_connection_is_told_to_be_over_when_it_is_back() -> None:
    """What had come before the line was cut is run, and its end is no program's to remember."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ben.drop()
        ben.lockstep.over("Ada wins")
        ada.lockstep.over("Ada wins")
        ben.reconnect()
        room.run_until(lambda: room.room.state == "setup.organizing", 5_000.0)


def counted(calls: list[int]) -> Callable[[int, Mapping[str, Any]], str]:
    """Takes every setup, and notes when the engine is asked."""

    def check(seed: int, _: Mapping[str, Any]) -> str:
        calls.append(seed)
        return ""

    return check


def test_a_host_who_starts_and_ends_matches_again_and_again_costs_little() -> None:
    """Three at once, then one every ten seconds: the engine's beginning is the server's time, and all rooms'."""
    calls: list[int] = []
    with VirtualLockstep(purses(), check_setup=counted(calls)) as room:
        ada, _ = room.join("Ada"), room.join("Ben")
        begun, statuses = room.now, []
        for _ in range(90):
            statuses.append(ada.ask("post", "start").status)
            room.run(100.0)
            ada.core.request("post", "finish")
            room.run(100.0)
        assert statuses[:4] == [202, 202, 202, 429]
        assert len(calls) == 3 + int((room.now - begun) / 10_000.0) > 4


def test_those_who_are_ready_again_and_again_wait() -> None:
    """As where the host says so; nobody is told that it was too soon, and the match begins by itself."""
    calls: list[int] = []
    with VirtualLockstep(purses(), check_setup=counted(calls)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        for _ in range(4):
            for client in (ada, ben):
                client.lockstep.ready()
            room.run(500.0)
            ada.core.request("post", "finish")
            room.run(500.0)
        assert len(calls) == 3
        assert room.room.state == "setup.ready"
        room.run_until(lambda: room.room.play.match is not None, 10_000.0)


def test_the_host_pauses_goes_on_and_ends_the_match() -> None:
    """Others may not; a pause takes as long as it takes and nobody is dropped for it; after the end the setup is as before."""
    with VirtualLockstep(purses(), rules=LockstepSettings(patience=5_000.0)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        assert ben.ask("post", "pause").status == 403
        assert ada.ask("post", "resume").status == 409
        assert ada.ask("post", "pause").status == 200
        assert room.room.state == "running.paused.host"
        stands = room.room.tick
        room.run(20_000.0)
        assert room.room.tick == stands
        assert ada.ask("post", "resume").status == 200
        room.run(2_000.0)
        assert room.room.state == "running.iterating"
        assert room.room.tick > stands + 10
        assert agree([ada, ben])
        assert ada.ask("post", "finish").status == 200
        assert room.room.state == "setup.organizing"
        assert ada.ask("post", "finish").status == 409


def test_events_of_the_game_s_own_states() -> None:
    """A player sends one, all see the state; an illegal one, one of the room's own and one of a viewer are refused."""
    document = {
        "states": {"setup.organizing": {"states": {"teams": {}, "draft": {}}}},
        "events": ["draft"],
        "transitions": [{"event": "draft", "from": "setup.organizing.teams", "to": "setup.organizing.draft"}],
    }
    with VirtualLockstep(purses(states=document)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        assert room.room.state == "setup.organizing.teams"
        assert ben.ask("post", "events/draft").status == 200
        assert ada.core.room_state == "setup.organizing.draft"
        assert ben.ask("post", "events/draft").status == 409
        assert ben.ask("post", "events/start").status == 409
        room.begin()
        assert room.join("Eve").ask("post", "events/draft").status == 403
