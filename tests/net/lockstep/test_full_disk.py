"""A disk that is full for a while: the match stands still, loses nothing, and goes on with everybody."""

import pytest

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

STANDSTILL = "running.paused.storage"


@pytest.mark.parametrize("latency", [5.0, 40.0, 120.0, 400.0])
def test_a_match_goes_on_after_a_full_disk(latency: float) -> None:
    """However long packets are under way: all commands run once, in order, and nobody is left out."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada", latency=latency), room.join("Ben", latency=1.3 * latency)
        room.begin()
        room.run(5_000.0)
        for amount in range(1, 31):
            if amount == 10:
                room.fill_disk(2_000.0)
            ben.lockstep.command("give", Give(amount))
            room.run(150.0)
            assert amount != 20 or room.room.state == STANDSTILL
        room.run(3_000.0)
        assert room.room.state == "running.iterating"
        assert purse_of(ada, 1).given == list(range(1, 31))
        assert agree([ada, ben])
        assert not any("without" in text for text in notices(ada))


@pytest.mark.parametrize("phase", [0.0, 37.0, 61.0, 95.0])
@pytest.mark.parametrize("latencies", [(40.0, 52.0), (5.0, 120.0), (5.0, 60.0, 200.0)])
def test_the_wait_for_the_disk_is_no_way_to_the_server(latencies: tuple[float, ...], phase: float) -> None:
    """What was written before it, and is told after it, tells nobody that the line is slow: generations are no longer for it."""
    with VirtualLockstep(purses()) as room:
        for latency in latencies:
            room.join(f"Player {latency:g}", latency=latency)
        room.begin()
        room.run(5_000.0 + phase)
        before = room.room._pace.length.milliseconds
        room.fill_disk(3_000.0)
        room.run(3_000.0)
        for _ in range(20):
            room.run(500.0)
            assert room.room._pace.length.milliseconds <= before


@pytest.mark.parametrize("phase", [0.0, 37.0, 61.0, 95.0])
def test_a_generation_that_waited_for_the_disk_bears_no_claim_out(phase: float) -> None:
    """Its packets come late by two seconds, which is nobody's latency: who claims so is not believed for it."""
    with VirtualLockstep(purses()) as room:
        _, ben = room.join("Ada", latency=40.0), room.join("Ben", latency=52.0)
        room.begin()
        room.run(5_000.0 + phase)
        room.fill_disk(2_000.0)
        room.run_until(lambda: room.room.state == STANDSTILL)
        ben.lockstep._round_trip.bound = lambda: 2_000  # type: ignore[method-assign]
        room.run(3_500.0)
        assert room.room._pace.length.milliseconds < 500.0


def test_a_full_disk_is_nobodys_absence() -> None:
    """Who was awaited before and after it was not waited for in between."""
    with VirtualLockstep(purses(), rules=LockstepSettings(patience=5_000.0)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ben.stall(13_000.0)
        room.run(1_000.0)
        room.fill_disk(10_000.0)
        room.run(11_000.0)
        assert room.room._turns is not None
        assert room.room._turns.awaited() == [1]
        room.run(3_000.0)
        assert room.room.state == "running.iterating"
        assert not any("without" in text for text in notices(ada))
        assert agree([ada, ben])


def test_states_that_come_while_the_disk_is_full_are_compared() -> None:
    """What clients send about a divergence is said once, too."""
    with VirtualLockstep(purses()) as room:
        _, ben = room.join("Ada", latency=150.0), room.join("Ben", latency=150.0)
        room.begin()
        room.run(3_000.0)
        changed(ben)
        room.run_until(lambda: room.room.state == "running.paused.desynced")
        room.run(100.0)
        room.fill_disk(2_000.0)
        room.run(5_000.0)
        (report,) = room.reports
        assert (report.component, report.field) == ("Purse", "gold")


def test_results_that_are_said_while_the_disk_is_full_end_the_match() -> None:
    """The room does not take them then; they are said again."""
    with VirtualLockstep(purses()) as room:
        clients = room.join("Ada"), room.join("Ben")
        room.begin()
        room.fill_disk(3_000.0)
        room.run(1_000.0)
        for client in clients:
            client.lockstep.over("Ada wins")
        room.run(1_000.0)
        assert room.room.state == STANDSTILL
        room.run_until(lambda: room.room.state == "setup.organizing", 5_000.0)


def test_refusals_that_are_said_while_the_disk_is_full_end_the_match() -> None:
    """As results."""
    options = {"gold": 13}
    with VirtualLockstep(purses(), options=options, check_setup=lambda *_: "") as room:
        clients = [room.join(name, latency=200.0) for name in ("Ada", "Ben")]
        for client in clients:
            client.lockstep.ready()
        room.run_until(lambda: room.room.play.match is not None)
        room.run(150.0)
        room.fill_disk(3_000.0)
        room.run_until(lambda: room.room.state == STANDSTILL)
        room.run(2_000.0)
        assert all(client.lockstep.engine is None for client in clients)
        room.run_until(lambda: room.room.play.match is None, 5_000.0)
        assert room.room.play.setup.refusal == "13 is no number"
