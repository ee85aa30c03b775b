"""What a client says of a prediction that is wrong all the time, and that it says nothing of one that is wrong now and then."""

from dataclasses import dataclass
from random import Random

from net.client.prediction.hints import SECONDS
from net.conditions import PRESETS
from net.drivers.virtual import VirtualRoom
from tests.mods.loading import load
from tickroom import Collide, Game, Position, Scene, Velocity, World

RATE = 20


@dataclass(slots=True)
class Runner:
    """Runs while a key is held."""

    player: int


@dataclass(slots=True)
class Mud:
    """Whoever stands in it is slow. Nobody is told of it."""

    part: float = 0.5


def make_game() -> Game:
    """Runners, who are predicted."""
    game = Game("run", tick_rate=RATE, width=4_000.0, height=1_000.0)
    game.fingerprint = "the same rules"
    game.input(keys=("right",))
    game.kind("runner")
    game.component(Runner, replicate="near", predicted=True)
    game.component(Mud)

    @game.on("join")
    def join(world: World, player: int) -> None:
        parts = (Position(100.0, 100.0 + 200.0 * player), Velocity(), Collide(w=20.0))
        world.spawn(Runner(player), *parts, Scene("runner", owner=player))

    @game.system("input", predicted=True)
    def run(world: World, dt: float) -> None:
        for _, runner, velocity in world.query(Runner, Velocity):
            velocity.x = 100.0 if world.input(runner.player).held("right") else 0.0

    return game


def hints(game: Game, *, mud: bool = False) -> list[str]:
    """What a runner's client says of its prediction, state by state."""
    with VirtualRoom(game) as room:
        ada = room.join("Ada", predict=True, latency=60.0)
        if mud:
            room.world.add(ada.me.id, Mud())
        ada.hold("right")
        said = []
        for _ in range(2 * SECONDS * RATE):
            room.run()
            said.append(ada.core.prediction.statistics.hint)
            predicted = ada.core.prediction.predicted
            assert predicted is not None and predicted.hint == said[-1]
        assert ada.core.prediction.why_not == ""
        return said


def test_rules_that_are_the_same_give_no_hint() -> None:
    """Else what follows would prove nothing."""
    assert set(hints(make_game())) == {""}


def test_a_rule_that_is_not_predicted_is_told_of() -> None:
    """Wind on the server alone: after some seconds the client says that its motion is wrong, and what that may come from."""
    game = make_game()

    @game.system("logic")
    def wind(world: World, dt: float) -> None:
        for _, _, velocity in world.query(Runner, Velocity):
            velocity.y += 20.0

    first, last = (said := hints(game))[0], said[-1]
    assert first == ""
    assert "mostly in motion" in last and "a rule that is not predicted" in last


def test_a_component_that_is_not_told_is_named() -> None:
    """A predicted rule asks for Mud, which the server has and no client: the hint says so."""
    game = make_game()

    @game.system("input", predicted=True)
    def slow(world: World, dt: float) -> None:
        for _, mud, velocity in world.query(Mud, Velocity):
            velocity.x *= mud.part

    assert hints(game, mud=True)[-1].endswith(
        "predicted rules ask for Mud, of which this client was told nothing"
    )
    assert set(hints(game)) == {""}, "nobody stands in it: nothing is wrong"


def test_what_is_wrong_now_and_then_gives_no_hint() -> None:
    """A line as in a train, with stalls and cuts, and somebody who is pushed by the server twice a second."""
    rules, random = load("arena"), Random(5)
    with VirtualRoom(rules, seed=5) as room:
        ada = room.join("Ada", predict=True, conditions=PRESETS["train"])
        said = set()
        for tick in range(20 * rules.tick_rate):
            if tick % 10 == 0:
                ada.release("up", "down", "left", "right")
                ada.hold(random.choice(("up", "down", "left", "right")))
            if tick % 15 == 0 and tick > 60:
                fighters = [entity for entity, scene in room.world.query(Scene) if scene.kind == "fighter"]
                room.world.get(fighters[0], Velocity).x += 60.0
            room.run()
            said.add(ada.core.prediction.statistics.hint)
        assert said == {""}
        assert ada.core.prediction.statistics.corrected > 10
