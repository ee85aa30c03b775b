"""Inputs of real clients in real rooms, in virtual time: in their tick on any line; neutral from who sleeps; back cleanly."""

from collections.abc import Callable
from typing import Any

import pytest

from net.client.events import Ticked
from net.conditions import Conditions
from net.drivers.virtual import VirtualClient, VirtualRoom
from tests.client.stroll import game

RATE = game.tick_rate
NEVER = float("inf")


def late_ticks(client: VirtualClient, since: int) -> int:
    """Ticks after `since` for which the client's input had not come."""
    told = [event for event in client.events if isinstance(event, Ticked) and event.tick > since]
    return sum(event.last_input != event.tick for event in told)


@pytest.mark.parametrize(
    ("latency", "jitter"), [(0.0, 0.0), (20.0, 10.0), (110.0, 30.0), (250.0, 0.0), (250.0, 60.0)]
)
def test_each_input_is_applied_in_its_tick(latency: float, jitter: float) -> None:
    """From the third second on for a minute, on lines up to half a second there and back."""
    with VirtualRoom(game) as room:
        client = room.join("Ada", conditions=Conditions(latency, jitter))
        room.run(3 * RATE)
        since = room.tick
        room.run(60 * RATE)
        assert late_ticks(client, since) == 0


def test_who_does_nothing_for_a_minute_holds_nothing_and_comes_back() -> None:
    """A tab in the background: it hears and does not tick. The server lets its keys go after a second; back, it is in time."""
    with VirtualRoom(game) as room:
        client = room.join("Ada", conditions=Conditions(40.0, 10.0))
        key = client.core.schema.inputs.keys[0]
        client.hold(key)
        room.run(2 * RATE)
        assert room.world.input(client.core.player).held(key)
        asleep(client)
        room.run(2 * RATE)
        assert not room.world.input(client.core.player).held(key)
        room.run(58 * RATE)
        awake(client)
        room.run(2 * RATE)
        assert room.world.input(client.core.player).held(key), "it is held still, and says so again"
        since = room.tick
        room.run(10 * RATE)
        assert late_ticks(client, since) == 0
        assert client.ended is None


@pytest.mark.parametrize("jump", [90_000.0, -90_000.0])
def test_a_clock_that_jumps_is_found_out(jump: float) -> None:
    """The client's clock is another one all at once: soon inputs are in their ticks again, and the offset is right."""
    with VirtualRoom(game) as room:
        client = room.join("Ada", conditions=Conditions(40.0, 10.0))
        room.run(5 * RATE)
        offset = client.core.clock.offset
        shift_clock(client, jump)
        room.run(3 * RATE)
        since = room.tick
        room.run(10 * RATE)
        assert late_ticks(client, since) == 0
        assert client.core.clock.offset == pytest.approx(offset - jump, abs=50.0)


def test_a_room_that_stands_still_takes_no_inputs_and_loses_no_press() -> None:
    """What is pressed while the room is paused is pressed in a tick after it, once."""
    with VirtualRoom(game) as room:
        client = room.join("Ada", conditions=Conditions(40.0, 10.0))
        key = client.core.schema.inputs.keys[0]
        room.run(3 * RATE)
        room.room.transition("pause")
        room.run(10 * RATE)
        before = room.tick
        client.tap(key)
        room.run(10 * RATE)
        assert room.tick == before
        room.room.transition("resume")
        presses = 0
        for _ in range(3 * RATE):
            room.run()
            presses += room.world.input(client.core.player).pressed(key)
        assert presses == 1
        since = room.tick
        room.run(5 * RATE)
        assert late_ticks(client, since) == 0


def asleep(client: VirtualClient) -> None:
    """No tick is due."""
    client.core.next_tick = lambda: NEVER  # type: ignore[method-assign]


def awake(client: VirtualClient) -> None:
    """Ticks are due again."""
    del client.core.next_tick


def shift_clock(client: VirtualClient, jump: float) -> None:
    """From now on the core is told other times."""

    def shifted(method: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: method(*arguments[:-1], arguments[-1] + jump)

    core: Any = client.core
    due = core.next_tick
    core.receive, core.tick = shifted(core.receive), shifted(core.tick)
    core.next_tick = lambda: min(due() - jump, client._room.now + 1000.0 / RATE)
