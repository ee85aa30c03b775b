"""Bots: what they play, what they report, and what counts as an error."""

import asyncio
import json
from array import array
from collections.abc import Awaitable, Callable
from math import hypot
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.bots.brain import WanderingBrain
from app.bots.command import bots
from app.bots.swarm import Spread, Swarm
from app.exits import Exit
from net.client.inputs import InputState
from net.conditions import PRESETS, Conditions
from net.drivers.lobby import Lobby, Refusal, Ticket
from net.protocol import AXIS_SCALE, CloseReason, InputSchema
from tests.client.room_server import RoomServer, room_server

INPUTS = InputSchema(["left", "right", "fire"], ["aim_x", "aim_y", "throttle"], {})


def invoke(*arguments: str) -> Result:
    """`tickroom bots` with these arguments, in this process."""
    return CliRunner().invoke(bots, list(arguments), catch_exceptions=False)


def test_a_report_has_what_it_measured(stroll_server: Any) -> None:
    """Six bots fill two rooms of four, are served bundles and answers, and leave their seats free."""
    result = invoke(stroll_server.url, "--game", "stroll", "--count", "6", "--seconds", "2", "--json")
    assert result.exit_code == Exit.OK, result.output
    report = json.loads(result.stdout)
    assert {
        "bots",
        "seconds",
        "interval_ms",
        "rtt_ms",
        "bytes_per_client_tick",
        "errors",
        "reconnects",
    } <= set(report)
    assert (report["bots"], report["rooms"], report["errors"], report["reconnects"]) == (6, 2, 0, 0)
    assert report["tick_rate"] == 30 and report["ticks_per_second"] > 0
    assert report["bytes_per_client_tick"] > 10
    for spread in (report["interval_ms"], report["rtt_ms"]):
        assert 0 < spread["p50"] <= spread["p99"] <= spread["max"]
    status, listed = stroll_server.request("GET", "/rooms")
    assert status == 200 and [room["players"] for room in listed["rooms"]] == [0, 0]


def test_bots_play_through_a_network_of_their_own(stroll_server: Any) -> None:
    """With --network their round trips are that network's, and playing is no error."""
    arguments = ("--game", "stroll", "--count", "2", "--seconds", "1.5", "--json", "--network", "far")
    result = invoke(stroll_server.url, *arguments)
    assert result.exit_code == Exit.OK, result.output
    report = json.loads(result.stdout)
    assert (report["errors"], report["reconnects"]) == (0, 0)
    assert report["rtt_ms"]["p50"] >= 2 * PRESETS["far"].latency


def test_what_the_simulated_network_cuts_is_no_error(stroll_server: Any) -> None:
    """Bots that their own network cuts off, also at the very end, are back before they leave: reconnects, and no errors."""

    async def play() -> tuple[int, list[str]]:
        conditions = Conditions(latency=5.0, cut_every=400.0, away=300.0)
        swarm = Swarm(Lobby(stroll_server.url), "stroll", seed=3, conditions=conditions)
        await swarm.join(4, lambda _: None)
        report = await swarm.play(2.5, lambda _: None)
        await swarm.leave()
        return report.reconnects, swarm.failures

    reconnects, failures = asyncio.run(play())
    assert reconnects > 0 and failures == []


def test_a_room_of_ones_choice_takes_as_many_as_it_has_seats(stroll_server: Any) -> None:
    """With --room the bots go nowhere else: those that find no seat are errors, in words and in the exit code."""
    _, created = stroll_server.request("POST", "/create", {"game": "stroll"})
    arguments = ("--room", created["room_id"], "--count", "6", "--seconds", "0.5", "--text")
    result = invoke(stroll_server.url, *arguments)
    assert result.exit_code == Exit.BOTS
    assert "4 bots in 1 room" in result.stdout and "errors 2" in result.stdout
    assert "All 4 seats are taken" in result.stderr


def test_an_unknown_game_is_said(stroll_server: Any) -> None:
    """No bot plays, and the server's sentence says why."""
    result = invoke(stroll_server.url, "--game", "chess", "--count", "3")
    assert (
        result.exit_code == Exit.BOTS
        and "chess" in result.stderr
        and result.stdout == "no bot played chess: errors 3, reconnects 0\n"
    )


def test_without_a_server_nothing_hangs() -> None:
    """A port that nobody listens on is an error of every bot."""
    result = invoke("http://127.0.0.1:1", "--count", "2", "--json")
    assert result.exit_code == Exit.BOTS and json.loads(result.stdout)["errors"] == 2
    assert "refused" in result.stderr


def test_an_address_that_is_none_is_a_usage_error() -> None:
    """It is said before anything is tried."""
    result = invoke("127.0.0.1:7373")
    assert result.exit_code == Exit.USAGE and "http://" in result.stderr


class OneRoom(Lobby):
    """The lobby of a test server: a seat for each who asks."""

    def __init__(self, server: RoomServer) -> None:
        super().__init__("http://127.0.0.1:1")
        self.server = server

    def take_seat(
        self, game: str = "", room_id: str = "", username: str | None = None, guest: str | None = None
    ) -> Ticket:
        """A seat in the one room, whatever is asked for."""
        assert (game, room_id, guest) == ("walk", "", None)
        if len(self.server.room.seats) == self.server.room.seats.count:
            raise Refusal(409, "full")
        return Ticket("room", str(username), self.server.seat(str(username)), self.server.url)


def with_swarm(scenario: Callable[[Swarm, RoomServer], Awaitable[None]]) -> list[str]:
    """Three bots on a test server; their failures after they have left."""

    async def run() -> list[str]:
        async with asyncio.timeout(60.0), room_server() as server:
            swarm = Swarm(OneRoom(server), "walk")
            await swarm.join(3, lambda _: None)
            await scenario(swarm, server)
            await swarm.leave()
            return swarm.failures

    return asyncio.run(run())


def test_connections_that_are_regained_are_no_errors() -> None:
    """All bots are cut off once and come back: three reconnects, no error."""

    async def scenario(swarm: Swarm, server: RoomServer) -> None:
        await server.drop(CloseReason.GOING_AWAY)
        reports = [await swarm.play(0.2, lambda _: None)]
        while reports[-1].reconnects < 3:
            reports.append(await swarm.play(0.2, lambda _: None))
        assert reports[-1].reconnects == 3

    assert with_swarm(scenario) == []


def test_a_bot_that_is_kicked_is_an_error_each() -> None:
    """A close that is final is a failure, with its sentence, once for each bot."""

    async def scenario(swarm: Swarm, server: RoomServer) -> None:
        await server.drop(CloseReason.KICKED)
        await swarm.play(0.2, lambda _: None)

    assert with_swarm(scenario) == ["dropped by the test (4010)"] * 3


def test_a_server_that_breaks_the_protocol_is_an_error_each() -> None:
    """Garbage from the server is counted, not raised."""

    async def scenario(swarm: Swarm, server: RoomServer) -> None:
        await server.say(b"\xc1")
        await swarm.play(0.2, lambda _: None)

    assert [failure[:27] for failure in with_swarm(scenario)] == ["A message could not be read"] * 3


def test_a_brain_uses_every_key_and_axis_within_bounds() -> None:
    """Within a minute each key was held and let go, pairs of axes lie on the unit circle, and a lone axis moves."""
    inputs, brain = InputState(INPUTS), WanderingBrain(INPUTS, Random(3))
    seen = []
    for tick in range(30 * 60):
        brain.play(inputs, tick * 1000.0 / 30.0)
        seen.append(inputs.take(tick))
    for bit in (1, 2, 4):
        assert {bool(each.held & bit) for each in seen} == {True, False}
    assert all(abs(hypot(*each.axes[:2]) - AXIS_SCALE) < 2.0 for each in seen)
    assert len({each.axes[2] for each in seen}) > 100


def test_the_same_seed_is_the_same_play() -> None:
    """A bot's play can be repeated."""

    def play(seed: int) -> list[Any]:
        inputs, brain = InputState(INPUTS), WanderingBrain(INPUTS, Random(seed))
        played = []
        for tick in range(100):
            brain.play(inputs, tick * 50.0)
            played.append(inputs.take(tick))
        return played

    assert play(1) == play(1) != play(2)


@pytest.mark.parametrize(
    ("samples", "spread"),
    [([], (0, 0, 0)), ([5.0], (5, 5, 5)), (range(101), (50, 99, 100)), ([9.0, 1.0, 2.0], (2, 9, 9))],
)
def test_a_spread_is_by_nearest_rank(samples: Any, spread: tuple[float, ...]) -> None:
    """Median, 99th percentile and maximum of the samples themselves."""
    assert Spread.of(array("d", samples)) == Spread(*spread)
