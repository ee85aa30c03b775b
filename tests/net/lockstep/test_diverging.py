"""States that are changed on purpose, in virtual time: found at once, named, and dealt with as the room says."""

import pytest

from net.client.speech import LockstepSaid
from net.lockstep.dumps import pack_dump
from net.lockstep.inquest import NO_DUMP
from net.protocol import CloseReason, DumpPart
from tests.net.lockstep.match_kit import (
    Give,
    LockstepSettings,
    VirtualLockstep,
    agree,
    changed,
    notices,
    purse_of,
    purses,
)


@pytest.mark.parametrize("players", [2, 3, 4])
def test_a_changed_state_is_found_at_once_and_named(players: int) -> None:
    """The next generation's checksum is another one: the report has the culprit, the generation, entity and component."""
    with VirtualLockstep(purses()) as room:
        clients = [room.join(name) for name in ("Ada", "Ben", "Cleo", "Dan")[:players]]
        room.begin()
        room.run(2_000.0)
        clean = clients[1].lockstep.generation
        entity = changed(clients[1])
        room.run(5_000.0)
        assert room.room.state == "running.paused.desynced"
        (report,) = room.reports
        assert report.generation == clean + 1
        assert (report.entity, report.component, report.field) == (entity, "Purse", "gold")
        assert (report.wrong if players > 2 else report.suspects) == [1]
        assert report.confirmed == clean
        assert report.compared[1] == 1
        assert any("Ben" in text for text in notices(clients[0]))
        assert [turn.generation for turn in report.turns][-1] == report.generation


def test_a_diverged_client_is_put_right_and_the_game_goes_on() -> None:
    """With `resync` the wrong one gets the state of the right ones; from there on all agree."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="resync")) as room:
        ada, ben, cleo = (room.join(name, latency=30.0, jitter=20.0) for name in ("Ada", "Ben", "Cleo"))
        room.begin()
        room.run(2_000.0)
        changed(cleo)
        room.run(5_000.0)
        assert room.room.state == "running.iterating"
        at = ada.lockstep.generation
        cleo.lockstep.command("give", Give(4))
        room.run(8_000.0)
        assert len(room.reports) == 1
        assert ada.lockstep.generation > at + 20
        assert purse_of(ada, 2).given == [4]
        assert agree([ada, ben, cleo])


def test_large_states_are_told_without_a_flood() -> None:
    """Dumps of 300 kB go out as fast as a server lets them, are compared and give the wrong one the right state."""
    with VirtualLockstep(purses(ballast=300_000), rules=LockstepSettings(desync="resync")) as room:
        clients = [room.join(name, latency=20.0) for name in ("Ada", "Ben", "Cleo")]
        room.begin()
        room.run(1_000.0)
        entity = changed(clients[2])
        room.run(15_000.0)
        assert [client.ended for client in clients] == [None] * 3
        (report,) = room.reports
        assert (report.wrong, report.entity, report.component) == ([2], entity, "Purse")
        assert room.room.state == "running.iterating"
        assert agree(clients)


@pytest.mark.parametrize("has_asked", [False, True])
@pytest.mark.parametrize("players", [3, 4])
def test_a_right_player_who_sends_nonsense_for_a_state_spoils_nothing(players: int, has_asked: bool) -> None:
    """The state that most of the right ones sent is taken; where that cannot be told, whoever gets nonsense computes
    the match anew, also where it is too soon to ask for it."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="resync")) as room:
        clients = [room.join(name, latency=20.0) for name in ("Ada", "Ben", "Cleo", "Dan")[:players]]
        room.begin()
        room.run(1_000.0)
        say, nonsense = clients[0].core.say, pack_dump({"entities": "none"})

        def lie(item: LockstepSaid) -> None:
            say(DumpPart(item.generation, 0, 1, nonsense) if isinstance(item, DumpPart) else item)

        clients[0].core.say = lie  # type: ignore[method-assign]
        if has_asked:
            assert clients[-1].ask("get", "match").status == 202
            room.run(500.0)
        changed(clients[-1])
        room.run(10_000.0)
        assert room.room.state == "running.iterating"
        assert [report.wrong for report in room.reports] == [[players - 1]]
        assert all(client.lockstep.generation > 60 for client in clients)
        assert agree(clients)


def test_what_is_commanded_while_the_states_differ_is_not_lost() -> None:
    """Generations that are run again are not answered anew: a command goes with the first packet that had not been sent."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="resync", delay=4)) as room:
        ada, ben, cleo = (room.join(name, latency=150.0) for name in ("Ada", "Ben", "Cleo"))
        room.begin()
        room.run(2_000.0)
        changed(cleo)
        room.run_until(lambda: room.room.state == "running.paused.desynced")
        room.run(250.0)  # all that was told has been run and answered
        cleo.lockstep.command("give", Give(4))
        room.run(5_000.0)
        assert room.room.state == "running.iterating"
        assert purse_of(ada, 2).given == [4]
        assert agree([ada, ben, cleo])


def test_a_diverged_client_is_dropped_where_the_room_says_so() -> None:
    """With `drop` the wrong one is put out, and the others play on."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="drop")) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        changed(cleo)
        room.run(5_000.0)
        assert cleo.ended is not None
        assert cleo.ended.code == CloseReason.KICKED
        assert room.room.state == "running.iterating"
        assert agree([ada, ben])


def test_resync_falls_back_to_halt_where_nobody_is_right() -> None:
    """Two players: there is no majority, so the game halts, and the report says what is known."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="resync")) as room:
        _, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        changed(ben)
        room.run(5_000.0)
        assert room.room.state == "running.paused.desynced"
        assert room.reports[0].suspects == [1]


def test_a_viewer_that_diverges_halts_nobody_and_begins_anew() -> None:
    """It is told, gets the match from its beginning, and agrees again."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        eve = room.join("Eve")
        room.run(2_000.0)
        changed(eve)
        room.run(15_000.0)
        assert room.room.state == "running.iterating"
        assert any("another one" in text for text in notices(eve))
        assert agree([ada, ben, eve])


def test_wrong_checksums_on_purpose_cost_the_liar() -> None:
    """One of three whose engine is right and who says otherwise is the wrong one, although its state does not differ."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="drop")) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        sums = cleo.lockstep._sums
        cleo.lockstep._sums = _Lies(sums)
        room.run(5_000.0)
        assert room.reports[0].wrong == [2]
        assert cleo.ended is not None
        assert agree([ada, ben])


PUT_OUT = LockstepSettings(desync="resync", diverges_again="drop")


def test_resync_falls_back_to_halt_where_it_does_not_help() -> None:
    """Who was put right three times and differs again: the game halts, and stays so when the server is killed."""
    with VirtualLockstep(purses(), journal=True, rules=LockstepSettings(desync="resync")) as room:
        clients = [room.join(name) for name in ("Ada", "Ben", "Cleo")]
        room.begin()
        clients[2].lockstep._sums = _Lies(clients[2].lockstep._sums)
        room.run(20_000.0)
        assert [report.wrong for report in room.reports] == [[2]] * 4
        assert room.room.state == "running.paused.desynced"
        room.restart()
        for client in clients:
            client.reconnect()
        room.run(20_000.0)
        assert room.room.state == "running.paused.desynced"
        assert all(client.ended is None for client in clients)


def test_who_lies_again_and_again_is_put_out_and_the_others_play_on() -> None:
    """Where the room has it so: after three times that one is not put right any more, and may come again to watch."""
    with VirtualLockstep(purses(), rules=PUT_OUT) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        cleo.lockstep._sums = _Lies(cleo.lockstep._sums)
        room.run(20_000.0)
        assert [report.wrong for report in room.reports] == [[2]] * 4
        assert cleo.ended is not None
        assert cleo.ended.code == CloseReason.KICKED
        assert room.room.state == "running.iterating"
        assert agree([ada, ben])
        assert room.join("Cleo again").core.player >= 256


def test_a_kill_of_the_server_does_not_forgive_who_lies() -> None:
    """Whoever was put right three times before it is put out with the fourth time, as without: the journal counts."""
    with VirtualLockstep(purses(), journal=True, rules=PUT_OUT) as room:
        clients = [room.join(name) for name in ("Ada", "Ben", "Cleo")]
        room.begin()
        cleo = clients[2]
        cleo.lockstep._sums = _Lies(cleo.lockstep._sums)
        room.run_until(lambda: len(room.reports) == 3)
        room.run(50.0)
        room.restart()
        for client in clients:
            client.reconnect()
        room.run(20_000.0)
        assert [report.wrong for report in room.reports] == [[2]] * 4
        assert cleo.ended is not None
        assert room.room.state == "running.iterating"


def test_states_that_are_too_large_to_be_sent_halt_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report has nothing to compare, and the wrong one computes the match again from its journal."""
    monkeypatch.setattr("net.client.lockstep.MAX_PACKED", 10)
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="resync")) as room:
        clients = [room.join(name) for name in ("Ada", "Ben", "Cleo")]
        room.begin()
        changed(clients[2])
        room.run_until(lambda: room.room.state == "running.paused.desynced")
        room.run(1_000.0)
        assert room.room.state == "running.iterating", "that nothing comes is said, and not waited for"
        room.run(10_000.0)
        (report,) = room.reports
        assert (report.wrong, report.difference) == ([2], NO_DUMP)
        assert room.room.state == "running.iterating"
        assert agree(clients)


def test_what_was_sent_of_a_state_when_a_connection_was_lost_is_asked_for_again() -> None:
    """Ben's dump is half on its way: when he is back all of it comes, within the time that the others would have waited."""
    with VirtualLockstep(purses(ballast=100_000)) as room:
        clients = [room.join(name, latency=20.0) for name in ("Ada", "Ben", "Cleo")]
        room.begin()
        room.run(1_000.0)
        changed(clients[2])
        room.run_until(lambda: room.room.state == "running.paused.desynced")
        room.run(500.0)
        assert not room.reports
        clients[1].drop()
        room.run(1_000.0)
        clients[1].reconnect()
        room.run(9_000.0)
        (report,) = room.reports
        assert sorted(report.dumps) == [0, 1, 2]


class _Lies(dict[int, int]):
    """Says other numbers than it was told."""

    def get(self, key: int, default: int = 0) -> int:  # type: ignore[override]
        return (super().get(key, default) + 1) & 0xFFFF_FFFF
