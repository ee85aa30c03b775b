"""The lock-step engine: a game that every client computes itself, from the same commands in the same order.

A generation is the commands of all players and then some fixed iterations. There are no inputs, seats, clocks or bodies: what
enters is a `MasterPacket`, and nothing else.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from ecs.components import Collide
from ecs.dump import Dump, dump, engine_values, restore
from ecs.errors import Refused, WorldError
from ecs.events import Delivery
from ecs.game import Game
from ecs.snapshot import checksum
from ecs.world import World
from systems.command_bodies import MalformedBody, decode_commands
from systems.engine import Refusal, SystemFailed
from systems.pipeline import pipeline

CHECKSUM_BITS = 0xFFFF_FFFF
MAX_ITERATIONS = 1000


@dataclass(frozen=True, slots=True)
class MasterPacket:
    """What all sides run as one generation. `iteration_ms` says how long an iteration is shown; the rules do not see it.

    `bodies` are (player, bytes) in the order of the players' numbers; a player without one gave no commands.
    """

    generation: int
    iterations: int
    iteration_ms: int
    bodies: tuple[tuple[int, bytes], ...] = ()


class LockstepEngine:
    """A game with `model="lockstep"`, generation by generation. The same interface as a JavaScript engine's.

    `refusals` and `events` are what the last generation gave, for whoever shows it; no rule reads them. Raises
    SystemFailed when a rule of the game raises; the world is then in the middle of a generation: init or load it anew.
    """

    def __init__(self, game: Game) -> None:
        game.seal()
        if game.model != "lockstep" or game.setup_declaration is None:
            raise WorldError(f"{game.name} is no lock-step game")
        self.game = game
        self.generation = -1
        """The last generation that was run; -1 before the first."""
        self.refusals: list[Refusal] = []
        self.events: list[Delivery] = []
        self._setup = game.setup_declaration
        self._pipeline = [
            (name, system) for name, system in pipeline(game, _nothing) if system is not _nothing
        ]
        self._world: World | None = None
        self._new: dict[str, Any] = {}

    @property
    def world(self) -> World:
        """The world, to look at. Raises WorldError before `init`."""
        if self._world is None:
            raise WorldError("the lock-step engine has no world yet: init(seed, setup)")
        return self._world

    def init(self, seed: int, setup: object) -> None:
        """Begin a match. `setup` are plain values of the type that the game declared. Raises Refused when the game says
        that no match can begin so; there is no world then."""
        self.close()
        self.generation, self.refusals, self.events = -1, [], []
        try:
            typed: Any = msgspec.convert(setup, self._setup.type)
        except msgspec.ValidationError as error:
            raise Refused(f"the setup is not right: {error}") from None
        world = self._world = World(self.game, seed)
        try:
            self._new = engine_values(world)
            for hook in self.game.hooks["create"]:
                hook(world)
            self._setup.function(world, typed)
            self._end_iteration(world)
        except BaseException as error:
            self.close()
            if isinstance(error, Refused) or not isinstance(error, Exception):
                raise
            raise SystemFailed("setup", error) from error

    def step(self, master: MasterPacket) -> None:
        """Run one generation. Raises WorldError for any but the next."""
        world = self.world
        if master.generation != self.generation + 1:
            raise WorldError(f"generation {self.generation + 1} is next, not {master.generation}")
        if not 1 <= master.iterations <= MAX_ITERATIONS:
            raise WorldError(f"a generation has 1 to {MAX_ITERATIONS} iterations, not {master.iterations}")
        self.refusals, self.events = [], []
        for iteration in range(master.iterations):
            world.tick += 1
            if iteration == 0:
                for player, body in master.bodies:
                    self._command(world, player, body)
            for name, system in self._pipeline:
                self._run(name, system, world, world.dt)
            self._end_iteration(world)
        self.generation = master.generation

    def checksum(self) -> int:
        """32 bits over all that counts; equal numbers mean that two sides computed the same."""
        own = self.game.own_checksum
        return (own(self.world) if own is not None else checksum(self.world)) & CHECKSUM_BITS

    def dump(self) -> Dump:
        """The whole state as named plain values; see `ecs.dump`."""
        return dump(self.world, self.generation, self._new)

    def load(self, given: Dump) -> None:
        """Go on from a dump of the same match: `init` with its seed and setup comes before. Raises SnapshotError."""
        self.generation = restore(self.world, given, self._new)
        self.refusals, self.events = [], []

    def close(self) -> None:
        """Free the world. Doing it again changes nothing."""
        if self._world is not None:
            self._world.close()
            self._world = None

    def _command(self, world: World, player: int, body: bytes) -> None:
        """What is wrong with a body is the same on all sides: either all of its commands run, or none."""
        try:
            commands = decode_commands(self.game, body)
        except MalformedBody as error:
            self.refusals.append(Refusal(player, 0, str(error)))
            return
        for place, (declared, given) in enumerate(commands):
            try:
                declared.handler(world, player, given)
            except Refused as refused:
                self.refusals.append(Refusal(player, place, refused.reason))
            except Exception as error:
                raise SystemFailed(f"command {declared.name}", error) from error

    def _end_iteration(self, world: World) -> None:
        if world.index(Collide).entities:
            raise WorldError(
                "a lock-step game has no bodies (Collide): Chipmunk's hidden state is in no dump, and not in JavaScript"
            )
        self.events += world.log.deliveries
        world.end_tick()

    @staticmethod
    def _run(name: str, system: Any, *arguments: Any) -> None:
        try:
            system(*arguments)
        except Exception as error:
            raise SystemFailed(name, error) from error


def refusal_of(game: Game, seed: int, setup: object) -> str:
    """Why no match of a game can begin with a setup; empty where one can. Raises SystemFailed."""
    engine = LockstepEngine(game)
    try:
        engine.init(seed, setup)
    except Refused as refused:
        return refused.reason
    finally:
        engine.close()
    return ""


def _nothing(_world: object, _dt: float) -> None:
    """What stands where an authoritative game has its physics."""
