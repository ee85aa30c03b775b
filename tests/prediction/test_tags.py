"""Components without fields, which say something by being there: put on and taken off while they are predicted."""

from dataclasses import dataclass
from typing import Literal

import pytest

from net.drivers.virtual import VirtualClient, VirtualRoom
from tickroom import Collide, Game, Position, Scene, Velocity, World

SPEED = 100.0
WAY = 100.0
"""ms, each way."""
Audience = Literal["near", "owner"] | None


@dataclass(slots=True)
class Runner:
    """Runs to the right all the time."""

    player: int


@dataclass(slots=True)
class Rooted:
    """Whoever has it does not run."""


def make_game(audience: Audience) -> Game:
    """Runners who root themselves and tear loose with a key."""
    game = Game("roots", tick_rate=20, width=4_000.0, height=1_000.0)
    game.fingerprint = "the same rules"
    game.input(keys=("root",))
    game.kind("runner")
    game.component(Runner, replicate="near", predicted=True)
    game.component(Rooted, replicate=audience, predicted=True)

    @game.on("join")
    def join(world: World, player: int) -> None:
        parts = (Position(100.0, 100.0), Velocity(), Collide(w=20.0))
        world.spawn(Runner(player), *parts, Scene("runner", owner=player))

    @game.system("input", predicted=True)
    def root(world: World, dt: float) -> None:
        for entity, runner in world.query(Runner):
            if not world.input(runner.player).pressed("root"):
                continue
            if world.has(entity, Rooted):
                world.remove(entity, Rooted)
            else:
                world.add(entity, Rooted())

    @game.system("input", predicted=True)
    def run(world: World, dt: float) -> None:
        for entity, _, velocity in world.query(Runner, Velocity):
            velocity.x = 0.0 if world.has(entity, Rooted) else SPEED

    return game


def x_of(client: VirtualClient) -> float:
    """Where the own runner is predicted."""
    predicted = client.core.prediction.predicted
    assert predicted is not None
    ((_, components, _),) = predicted.entities
    return float(components["Position"][0])


def is_predicted_rooted(client: VirtualClient) -> bool:
    """Whether the prediction has the tag."""
    predicted = client.core.prediction.predicted
    assert predicted is not None
    return "Rooted" in predicted.entities[0][1]


@pytest.mark.parametrize("audience", [None, "near", "owner"])
def test_what_a_predicted_rule_puts_on_and_takes_off(audience: Audience) -> None:
    """At once on the own screen, and right: the server says the same a round trip later, and nothing is corrected."""
    with VirtualRoom(make_game(audience)) as room:
        ada = room.join("Ada", predict=True, latency=WAY)
        room.run(30)
        ada.core.prediction.statistics.clear()
        for rooted in (True, False, True, False):
            ada.tap("root")
            room.run(2)
            assert is_predicted_rooted(ada) is rooted
            assert room.world.has(ada.me.id, Rooted) is not rooted, "the server has not heard of it yet"
            room.run(20)
            assert room.world.has(ada.me.id, Rooted) is rooted
        assert ada.core.prediction.why_not == ""
        assert ada.core.prediction.statistics.compared > 50
        assert ada.core.prediction.statistics.corrected == 0


@pytest.mark.parametrize("audience", [None, "near", "owner"])
def test_what_the_server_puts_on_and_takes_off(audience: Audience) -> None:
    """One correction each time; then the prediction stands or runs as the server has it."""
    with VirtualRoom(make_game(audience)) as room:
        ada = room.join("Ada", predict=True, latency=WAY)
        room.run(30)
        statistics = ada.core.prediction.statistics
        for rooted in (True, False, True):
            statistics.clear()
            if rooted:
                room.world.add(ada.me.id, Rooted())
            else:
                room.world.remove(ada.me.id, Rooted)
            room.run(30)
            assert is_predicted_rooted(ada) is rooted
            assert statistics.corrected == 1
            before = x_of(ada)
            room.run(20)
            assert (x_of(ada) - before) == pytest.approx(0.0 if rooted else SPEED, abs=0.1)
            assert statistics.corrected == 1


def test_an_entity_with_nothing_predicted_left_is_as_the_server_tells_it() -> None:
    """The last predicted component is taken off: no place of before holds it; it is computed ahead again when it has one."""
    with VirtualRoom(make_game(None)) as room:
        ada = room.join("Ada", predict=True, latency=WAY)
        room.run(20)
        runner = room.world.remove(ada.me.id, Runner)
        room.run(20)
        predicted = ada.core.prediction.predicted
        assert predicted is not None and predicted.entities == []
        position = room.world.get(ada.me.id, Position)
        position.y = 700.0
        room.world.get(ada.me.id, Velocity).x = 0.0
        room.run(20)
        (pose,) = ada.core.poses(room.now)
        assert (pose.x, pose.y) == pytest.approx((position.x, 700.0), abs=0.2)
        room.world.add(ada.me.id, runner)
        room.run(20)
        before = x_of(ada)
        room.run(10)
        assert x_of(ada) - before == pytest.approx(SPEED / 2, abs=0.1)
        assert x_of(ada) > position.x + 5.0
