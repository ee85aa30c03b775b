"""A room and one player far away, tick by tick: inputs take half the way there, bundles half the way back, to the tick."""

from collections import deque
from typing import Any

import msgspec

from ecs.inputs import VIEW_STEPS
from net.bundle import whole
from net.client.prediction.predicted import Predicted, Statistics
from net.client.prediction.worker import PredictionWorker
from net.codec import MESSAGEPACK
from net.hosted import HostedGame
from net.players.session import Session
from net.players.sessions import token_digest
from net.protocol import PROTOCOL_VERSION, ClientBundle, Hello, Input
from net.rooms.room import Room
from net.settings import RoomSettings
from tickroom import Game, Position, Scene, World

NEVER = 2**31
DRAWN_BEHIND = 2
"""Ticks by which the player's picture of the others is behind the newest state."""
Place = tuple[float, float]
_decoder = msgspec.msgpack.Decoder(Predicted)


class FarTable:
    """The player's clock runs ahead by the way there, so that an input is with the server just before its tick."""

    def __init__(self, game: Game, *, way: int = 6, seed: int = 1) -> None:
        """`way` is in ticks, in each direction."""
        self.game = game
        self.way = way
        self.room = Room("room", HostedGame.of(game), seed=seed, settings=RoomSettings(), now=0.0)
        self.worker = PredictionWorker()
        self.places: dict[int, Place] = {}
        """Where the server had the own entity after each tick."""
        self.deaf = False
        """Set: no bundle of the server's gets through, until it is taken back; then all of them do."""
        self._there: deque[tuple[int, bytes]] = deque()
        self._back: deque[tuple[int, bytes]] = deque()
        if "Nest" in game.components:
            for kind in ("Nest", "Pad"):
                of: type[Any] = game.components[kind].type
                for _, source in self.world.query(of):
                    source.next_tick = NEVER
        token = "Ada"
        self.room.reserve("id", "Ada", token_digest(token), 0.0)
        self.session = self.connect(token)
        for _ in range(2 * way + 2):
            self.step()

    @property
    def world(self) -> World:
        """The server's."""
        return self.room.engine.world

    @property
    def statistics(self) -> Statistics:
        """Of the prediction."""
        return self.worker.predictor.statistics

    @property
    def now(self) -> float:
        """ms."""
        return self.room.tick * 1000.0 / self.game.tick_rate

    def connect(self, token: str) -> Session:
        """Say hello, with the right rules."""
        session = self.room.open(MESSAGEPACK, self.now)
        (welcome,) = session.receive(
            MESSAGEPACK.encode(Hello(PROTOCOL_VERSION, token, self.game.fingerprint)), self.now
        )
        self.worker.begin(self.game, welcome)
        return session

    def own(self) -> int:
        """The player's entity, the first that it got."""
        return next(entity for entity, scene in self.world.query(Scene) if scene.owner == 0)

    def part(self, component: str) -> Any:
        """A component of the own entity, by name: the server's."""
        of: type[Any] = self.game.components[component].type
        return self.world.get(self.own(), of)

    def step(self, *keys: str, pressed: str = "", axes: tuple[float, ...] = ()) -> Predicted:
        """A tick on both sides with these keys held; what the player sees after it."""
        tick = self.room.tick + 1
        names = self.game.inputs.keys
        held = sum(1 << names.index(key) for key in keys)
        down = 1 << names.index(pressed) if pressed else 0
        behind = (2 * self.way + DRAWN_BEHIND) * VIEW_STEPS
        given = Input(tick + self.way, held, down, [round(value * 32_767) for value in axes], behind)
        bundle = MESSAGEPACK.encode(ClientBundle(given.tick, -1, [given]))
        while not self.deaf and self._back and self._back[0][0] <= tick:
            self.worker.server_frame(self._back.popleft()[1])
        shown = self.worker.client_frame(bundle)
        self._there.append((given.tick, bundle))
        self._serve(tick)
        return _decoder.decode(shown)

    def _serve(self, tick: int) -> None:
        while self._there and self._there[0][0] <= tick:
            self.session.receive(self._there.popleft()[1], self.now)
        step = self.room.step(self.now + 1000.0 / self.game.tick_rate)
        if step.failure is not None:
            raise step.failure
        for session, pieces in step.outgoing:
            if session is self.session:
                self._back.append((tick + self.way, whole(pieces)))
        for _, scene, at in self.world.query(Scene, Position):
            if scene.owner == 0:
                self.places[tick] = (at.x, at.y)
                break


def place_of(predicted: Predicted, entity: int) -> Place:
    """Where an entity is shown."""
    components = next(components for number, components, _ in predicted.entities if number == entity)
    x, y, _ = components["Position"]
    return x, y
