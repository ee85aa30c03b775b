"""Prediction where something goes wrong: rules that raise, connections that end, frames that are none, rooms that stand still."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from net.client.prediction.predicted import Predicted
from net.client.prediction.worker import PredictionWorker
from net.codec import MESSAGEPACK
from net.drivers.virtual import VirtualClient, VirtualRoom
from net.errors import RemoteProtocolError
from net.protocol import ClientBundle
from tests.mods.loading import load
from tickroom import Collide, Game, Position, Scene, Velocity, World

_decoder = msgspec.msgpack.Decoder(Predicted)


@dataclass(slots=True)
class Runner:
    """Runs while a key is held."""

    player: int


def make_game(name: str = "run", **options: Any) -> Game:
    """Runners without collisions."""
    game = Game(name, tick_rate=20, width=1000.0, height=1000.0)
    game.fingerprint = "the same rules"
    game.input(keys=("right",))
    game.kind("runner")
    game.kind("ball")
    game.component(Runner, replicate="near", predicted=True)
    game.prediction(bodies={"runner": Collide(w=20.0), "ball": Collide(w=10.0, mass=0.2)}, **options)

    @game.on("join")
    def join(world: World, player: int) -> None:
        parts = (Position(100.0, 100.0 + 200.0 * player), Velocity(), Collide(w=20.0))
        world.spawn(Runner(player), *parts, Scene("runner", owner=player))

    @game.system("input", predicted=True)
    def run(world: World, dt: float) -> None:
        for _, runner, velocity in world.query(Runner, Velocity):
            velocity.x = 100.0 if world.input(runner.player).held("right") else 0.0

    return game


def place(client: VirtualClient, entity: int) -> tuple[float, float]:
    """Where an entity is predicted."""
    predicted = client.core.prediction.predicted
    assert predicted is not None
    components = next(components for number, components, _ in predicted.entities if number == entity)
    x, y, _ = components["Position"]
    return x, y


def test_a_rule_that_draws_the_servers_numbers_ends_the_prediction_alone() -> None:
    """The client says why, in words that say what to do, and plays on."""
    game = make_game()

    @game.system("logic", predicted=True)
    def gamble(world: World, dt: float) -> None:
        world.random.random()

    with VirtualRoom(game) as room:
        ada = room.join("Ada", predict=True)
        ada.hold("right")
        room.run(20)
        assert "gamble" in ada.core.prediction.why_not
        assert "world.predicted_random" in ada.core.prediction.why_not
        assert ada.core.prediction.predicted is None
        assert ada.me.x > 150.0
        assert ada.core.poses(room.now)


def test_what_a_rule_asks_is_the_servers_to_answer() -> None:
    """On the client nothing happens but that the request is noted; the server is asked once for one input."""
    game, asked = make_game(), []

    @dataclass(slots=True, frozen=True)
    class Toll:
        at: float

    @game.system("logic", predicted=True)
    def ask(world: World, dt: float) -> None:
        for _, runner, position in world.query(Runner, Position):
            if world.input(runner.player).pressed("right"):
                world.ask(Toll(position.x), runner.player)

    @game.authority(Toll)
    def answer(world: World, player: int, request: Toll) -> None:
        asked.append((world.side, player))

    with VirtualRoom(game) as room:
        ada = room.join("Ada", predict=True, latency=60.0)
        room.run(10)
        ada.tap("right")
        room.run(20)
    assert asked == [("server", 0)]


def test_what_the_server_decided_comes_as_events_that_rules_hear_once() -> None:
    """The answer to what was asked: predicted rules see it in one tick of the client's, and what they say of it is shown; in the
    tick of the question they know nothing yet. Systems that are not predicted never run there."""
    game, heard, ran = make_game(), [], []

    @dataclass(slots=True, frozen=True)
    class Toll:
        at: float

    @game.event
    @dataclass(slots=True, frozen=True)
    class Paid:
        player: int

    @game.event
    @dataclass(slots=True, frozen=True)
    class Cheered:
        player: int

    @game.system("logic", predicted=True)
    def ask(world: World, dt: float) -> None:
        for _, runner, position in world.query(Runner, Position):
            if world.input(runner.player).pressed("right"):
                world.ask(Toll(position.x), runner.player)
        for paid in world.events(Paid):
            heard.append((world.side, world.tick))
            world.emit(Cheered(paid.player), to=paid.player)

    @game.system("logic", after="ask")
    def alone(world: World, dt: float) -> None:
        ran.append(world.side)

    @game.authority(Toll)
    def answer(world: World, player: int, request: Toll) -> None:
        world.emit(Paid(player), to=player)

    with VirtualRoom(game) as room:
        ada = room.join("Ada", predict=True, latency=60.0)
        room.run(10)
        ada.tap("right")
        told = []
        for _ in range(30):
            room.run()
            predicted = ada.core.prediction.predicted
            assert predicted is not None
            told += [(name, predicted.tick) for name, _ in predicted.events]
    ((server, decided), (client, known)) = heard
    assert (server, client) == ("server", "client") and known > decided
    assert ("Cheered", known) in told
    assert set(ran) == {"server"}


def test_another_connection_goes_on_predicting() -> None:
    """After a cut and a return own moves are ahead again, and where the server has them in the end."""
    with VirtualRoom(make_game()) as room:
        ada = room.join("Ada", predict=True, latency=80.0)
        ada.hold("right")
        room.run(20)
        ada.drop()
        room.run(10)
        ada.reconnect()
        room.run(40)
        assert ada.core.prediction.why_not == ""
        assert place(ada, ada.me.id)[0] > ada.me.x + 5.0
        ada.release("right")
        room.run(30)
        assert place(ada, ada.me.id) == pytest.approx((ada.me.x, ada.me.y), abs=0.1)


def test_a_room_that_stands_still_is_not_run_ahead_of() -> None:
    """Nobody walks away in a paused room."""
    with VirtualRoom(make_game()) as room:
        ada = room.join("Ada", predict=True)
        room.run(20)
        room.room.transition("pause")
        room.run(5)
        ada.hold("right")
        before = place(ada, ada.me.id)
        room.run(40)
        assert place(ada, ada.me.id) == before
        room.room.transition("resume")
        room.run(20)
        assert place(ada, ada.me.id)[0] > before[0] + 20.0


def test_what_everybody_predicts() -> None:
    """A kind that the game names is computed ahead on every client, whoever owns it."""
    with VirtualRoom(make_game(kinds=("ball",))) as room:
        ball = room.world.spawn(
            Position(500.0, 500.0), Velocity(60.0, 0.0), Collide(w=10.0, mass=0.2), Scene("ball")
        )
        ada = room.join("Ada", predict=True, latency=100.0)
        room.run(30)
        seen = ada.scene.get(ball)
        assert seen is not None
        assert place(ada, ball)[0] > seen.x + 5.0
        assert place(ada, ball)[1] == pytest.approx(500.0, abs=0.1)


def test_what_a_predicted_rule_keeps_for_itself_stays() -> None:
    """A spawn without a Scene is told by nobody, and is no mistake: it is there until a rule despawns it."""
    game = make_game()

    @game.system("logic", predicted=True)
    def remember(world: World, dt: float) -> None:
        for _, runner in world.query(Runner):
            if world.input(runner.player).pressed("right"):
                world.spawn(Position(1.0, 2.0))
                world.spawn(Runner(-1))

    with VirtualRoom(game) as room:
        ada = room.join("Ada", predict=True, latency=60.0)
        room.run(20)
        ada.tap("right")
        room.run(40)
        predictor = ada.core.prediction._predictor
        assert predictor is not None
        alone = [at for _, at in predictor.engine.world.query(Position) if (at.x, at.y) == (1.0, 2.0)]
        assert len(alone) == 1
        assert ada.core.prediction.statistics.mistaken == 0


def test_a_worker_sees_what_the_native_client_does() -> None:
    """Fed with the frames of a connection, in the order in which they passed, it predicts the same, tick by tick."""
    with VirtualRoom(load("arena"), seed=2) as room:
        ada, native = room.join("Ada", predict=True, latency=90.0, jitter=20.0), []
        ada.drop()
        ada.tape = []
        ada.reconnect()
        ada.hold("right", "fire")
        for _ in range(90):
            room.run()
            native.append(ada.core.prediction.predicted)
    worker, shown = PredictionWorker(), {}
    frames = iter(ada.tape)
    worker.begin(load("arena"), next(payload for how, payload in frames if how == "received"))
    for how, payload in frames:
        if how == "received":
            worker.server_frame(payload)
        else:
            predicted = _decoder.decode(worker.client_frame(payload))
            shown[predicted.tick] = predicted.entities
    last = [each for each in native[-30:] if each is not None]
    assert len(last) == 30
    for each in last:
        assert msgspec.msgpack.encode(each.entities) == msgspec.msgpack.encode(shown[each.tick])


def test_frames_that_are_none() -> None:
    """Before the welcome, and for bytes that are no message, the worker says whose fault it is."""
    worker = PredictionWorker()
    with pytest.raises(RemoteProtocolError, match="no welcome"):
        worker.client_frame(MESSAGEPACK.encode(ClientBundle(1, 0, [])))
    with pytest.raises(RemoteProtocolError):
        worker.server_frame(b"\xc1")
    with pytest.raises(ImportError, match="has no game"):
        worker.start("json", b"")


def test_prediction_is_declared_in_words_that_fit() -> None:
    """A kind that is not there, a body that is none, a second declaration: each is refused with the reason."""
    from ecs.errors import GameError

    game = Game("wrong")
    game.kind("car")
    with pytest.raises(GameError, match="a body is a Collide"):
        game.prediction(bodies={"car": "box"})  # type: ignore[dict-item]
    game.prediction(bodies={"lorry": Collide()})
    with pytest.raises(GameError, match="declared twice"):
        game.prediction()
    with pytest.raises(GameError, match="'lorry'"):
        game.seal()
