"""Others that are near, computed along as bodies: pushed at once, drawn as the server tells them, let go when they are far."""

from dataclasses import dataclass
from typing import Any

import pytest

from ecs.errors import GameError
from net.drivers.virtual import VirtualClient, VirtualRoom
from tests.prediction.test_trouble import Runner, make_game, place
from tickroom import Collide, Contact, Game, Position, Scene, Velocity, World

NEAR = 100.0


def push(room: VirtualRoom, ada: VirtualClient, away: float) -> int:
    """A ball lies in the way, so far to the right; its entity."""
    at = room.world.get(ada.me.id, Position)
    body = Collide(w=10.0, mass=0.2)
    return room.world.spawn(Position(at.x + away, at.y), Velocity(), body, Scene("ball"))


def largest_error(game: Game) -> float:
    """By how much the own runner was wrong at most, running into a ball."""
    with VirtualRoom(game) as room:
        ada = room.join("Ada", predict=True, latency=100.0)
        room.run(20)
        push(room, ada, 60.0)
        room.run(10)
        ada.core.prediction.statistics.clear()
        ada.hold("right")
        errors = []
        for _ in range(40):
            room.run()
            errors.append(ada.core.prediction.statistics.error)
        return max(errors)


def test_who_is_pushed_gives_way_at_once() -> None:
    """A light ball that stands still stops a runner here until the server says otherwise; one that is computed along does not."""
    assert largest_error(make_game()) > 5.0
    assert largest_error(make_game(neighbours={"ball": NEAR})) < 1.0


def computed(client: VirtualClient) -> dict[int, Any]:
    """What the client computes ahead, and what it shows of that."""
    predictor, predicted = client.core.prediction._predictor, client.core.prediction.predicted
    assert predictor is not None and predicted is not None
    shown = {number for number, _, _ in predicted.entities}
    return {entity: entity in shown for entity in predictor.engine.predicted}


def test_one_is_computed_while_it_is_near_and_never_shown() -> None:
    """It comes near, is computed along and drawn as the server tells it, goes away and stands in the way again."""
    with VirtualRoom(make_game(neighbours={"ball": NEAR})) as room:
        ada = room.join("Ada", predict=True, latency=60.0)
        room.run(20)
        ball = push(room, ada, 300.0)
        room.run(10)
        assert computed(ada) == {ada.me.id: True}
        room.world.get(ball, Position).x -= 240.0
        room.run(10)
        assert computed(ada) == {ada.me.id: True, ball: False}
        drawn = next(pose for pose in ada.core.poses(room.now) if pose.entity.id == ball)
        assert drawn.x == pytest.approx(room.world.get(ball, Position).x, abs=0.1)
        corrected = ada.core.prediction.statistics.corrected
        room.world.get(ball, Velocity).y = 90.0
        room.run(60)
        assert computed(ada) == {ada.me.id: True}
        assert ada.core.prediction.statistics.corrected == corrected, "only others were wrong"
        predicted = ada.core.prediction.predicted
        assert predicted is not None and predicted.gone == []
        room.world.despawn(ball)
        room.run(10)
        assert computed(ada) == {ada.me.id: True}
        assert place(ada, ada.me.id)[0] == pytest.approx(ada.me.x, abs=0.1)


def test_rules_of_players_do_not_run_on_a_neighbour() -> None:
    """Two who run side by side: the other's input is not known here, so no rule may take it to be idle. It goes on with the speed
    that was told, nothing is computed again, and what would have been said of it is not foretold."""
    game = make_game(neighbours={"runner": 250.0})

    @game.event
    @dataclass(slots=True, frozen=True)
    class Stands:
        player: int

    @game.event
    @dataclass(slots=True, frozen=True)
    class Hint:
        text: str

    @game.system("logic", predicted=True)
    def look(world: World, dt: float) -> None:
        for _, runner in world.query(Runner):
            if not world.input(runner.player).held("right"):
                world.emit(Stands(runner.player))
            world.emit(Hint("run"), to=runner.player)

    with VirtualRoom(game) as room:
        ada, ben = room.join("Ada", predict=True, latency=100.0), room.join("Ben", latency=100.0)
        room.run(30)
        ada.hold("right")
        ben.hold("right")
        room.run(20)
        assert computed(ada) == {ada.me.id: True, ben.me.id: False}
        predictor = ada.core.prediction._predictor
        assert predictor is not None
        predictor.statistics.clear()
        told: list[str] = []
        for _ in range(40):
            room.run()
            world = predictor.engine.world
            assert world.get(ben.me.id, Velocity).x == room.world.get(ben.me.id, Velocity).x == 100.0
            predicted = ada.core.prediction.predicted
            assert predicted is not None
            told += [name for name, _ in predicted.events]
        assert predictor.statistics.replayed == 0
        assert set(told) == {"Hint"} and len(told) == 40


def test_rules_are_not_told_what_only_neighbours_touch() -> None:
    """Two balls that roll into each other beside a runner are theirs to tell; that one rolls into the runner is told."""
    game = make_game(neighbours={"ball": 300.0})
    touched: set[tuple[int, int]] = set()

    @game.system("logic", predicted=True)
    def look(world: World, dt: float) -> None:
        if world.side == "client":
            touched.update((contact.a, contact.b) for contact in world.events(Contact))

    with VirtualRoom(game) as room:
        ada = room.join("Ada", predict=True, latency=100.0)
        room.run(20)
        first, second = push(room, ada, 60.0), push(room, ada, 80.0)
        room.world.get(second, Velocity).x = -60.0
        room.run(60)
        assert touched == {(ada.me.id, first)}


def test_what_may_be_hit_is_known_of_a_neighbour_and_no_predicted_component() -> None:
    """The mark of lag compensation it has, as all bodies of others do; one that is predicted is refused there."""

    @dataclass(slots=True)
    class Target:
        pass

    def game(*, predicted: bool = False) -> Game:
        made = make_game(neighbours={"ball": NEAR})
        made.component(Target, replicate="near", predicted=predicted)
        made.lag_compensation(Target, milliseconds=300)
        return made

    with pytest.raises(GameError, match="lag_compensation names Target, which is predicted"):
        game(predicted=True).seal()
    with VirtualRoom(game()) as room:
        ada = room.join("Ada", predict=True, latency=100.0)
        room.run(20)
        ball = push(room, ada, 60.0)
        room.world.add(ball, Target())
        room.run(20)
        assert computed(ada) == {ada.me.id: True, ball: False}
        predictor = ada.core.prediction._predictor
        assert predictor is not None
        assert set(predictor.engine.world.parts_of(ball)) == {Position, Velocity, Collide, Scene, Target}


def test_a_neighbour_is_of_a_kind_and_so_near() -> None:
    """A kind that is not there, a distance that is none: refused."""
    with pytest.raises(GameError, match="neighbours"):
        make_game(neighbours={"ball": -1.0})
    wrong = make_game(neighbours={"lorry": 10.0})
    with pytest.raises(GameError, match="'lorry'"):
        wrong.seal()
