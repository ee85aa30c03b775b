"""The Engine: one room's world, stepped through the pipeline tick by tick. It has no clock and no socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ecs.errors import Refused, WorldError
from ecs.events import Dropped, Joined, Left, Returned
from ecs.game import Game
from ecs.world import World
from systems.events import EventBatch, EventDispatcher
from systems.input import InputDispatcher
from systems.pipeline import arrange

MAX_QUEUED = 4096
"""Joins, leaves and commands waiting for the next tick. `net` limits each player; this is the room's own bound."""


class SystemFailed(Exception):
    """A game's system, command, hook or authority raised: `system` names it, `cause` is what it raised."""

    def __init__(self, system: str, cause: BaseException) -> None:
        super().__init__(f"{system} raised {type(cause).__name__}: {cause}")
        self.system = system
        self.cause = cause


class Refusal(NamedTuple):
    """A command that its handler refused; `command_id` is the number the player gave it."""

    player: int
    command_id: int
    reason: str


@dataclass(slots=True)
class StepResult:
    """What one tick gave: its events, the refused commands, whether it is a keyframe, and ns a system where timed."""

    tick: int
    events: EventBatch
    refusals: list[Refusal] = field(default_factory=list)
    keyframe: bool = False
    timings: list[tuple[str, int]] = field(default_factory=list)

    @property
    def slowest(self) -> tuple[str, int] | None:
        """The slowest system and its nanoseconds; None when the engine was given no timer."""
        return max(self.timings, key=lambda timing: timing[1], default=None)


@dataclass(slots=True, frozen=True)
class _Queued:
    verb: str
    player: int
    name: str = ""
    body: object = None
    id: int = 0


class Engine:
    """One room's world and pipeline. `seed` starts its random numbers; `timer` gives nanoseconds and is optional.

    Raises SystemFailed when a rule of the game raises; the world is then in the middle of a tick: close it.
    """

    def __init__(
        self,
        game: Game,
        seed: int,
        *,
        side: str = "server",
        room_id: str = "",
        timer: Callable[[], int] | None = None,
    ) -> None:
        self.game = game
        self.world = World(game, seed, side=side, room_id=room_id)
        self.inputs = InputDispatcher(self.world.idle_input)
        self._dispatcher = EventDispatcher(game)
        self._timer = timer
        self._queue: list[_Queued] = []
        self._pipeline = tuple((s.name, s.function) for s in arrange(game.systems.values()))
        for hook in game.hooks["create"]:
            self._run(f"on(create) {hook.__name__}", hook, self.world)

    # Between ticks --------------------------------------------------------------------------------------------------

    def join(self, player: int, name: str) -> None:
        """A player takes a seat at the next tick's start."""
        self._enqueue(_Queued("join", player, name))

    def leave(self, player: int) -> None:
        """A player gives up the seat at the next tick's start."""
        self._enqueue(_Queued("leave", player))

    def drop(self, player: int) -> None:
        """A player's connection was lost; the seat is kept."""
        self._enqueue(_Queued("drop", player))

    def returned(self, player: int) -> None:
        """A player is connected again."""
        self._enqueue(_Queued("return", player))

    def command(self, player: int, name: str, body: object, command_id: int = 0) -> None:
        """A player's command, decoded to the type that the game declared. Raises WorldError when it has none such."""
        declaration = self.game.commands.get(name)
        if declaration is None or type(body) is not declaration.type:
            raise WorldError(f"the game has no command {name!r} with a body of type {type(body).__name__}")
        self._enqueue(_Queued("command", player, name, body, command_id))

    # The tick -------------------------------------------------------------------------------------------------------

    def step(self) -> StepResult:
        """Advance exactly one tick and return what it gave."""
        world = self.world
        world.tick += 1
        result = StepResult(world.tick, EventBatch(), keyframe=world.tick % self.game.keyframe_interval == 0)
        queue, self._queue = self._queue, []
        for queued in queue:
            self._apply(queued, result)
        world.set_inputs(self.inputs.diff())
        self._run_pipeline(result)
        result.events = self._dispatcher.collect(world.log.deliveries)
        world.end_tick()
        return result

    def close(self) -> None:
        """Free the esper context. Doing it again changes nothing."""
        self.world.close()

    # Inside ---------------------------------------------------------------------------------------------------------

    def _run_pipeline(self, result: StepResult) -> None:
        world, dt, timer = self.world, self.world.dt, self._timer
        for name, system in self._pipeline:
            started = timer() if timer else 0
            self._run(name, system, world, dt)
            if timer:
                result.timings.append((name, timer() - started))

    def _run(self, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        try:
            function(*arguments)
        except Exception as error:
            raise SystemFailed(name, error) from error

    def _enqueue(self, queued: _Queued) -> None:
        if len(self._queue) >= MAX_QUEUED:
            raise WorldError(f"more than {MAX_QUEUED} joins, leaves and commands wait for one tick")
        self._queue.append(queued)

    def _apply(self, queued: _Queued, result: StepResult) -> None:
        match queued.verb:
            case "command":
                self._apply_command(queued, result)
            case "join":
                self.world.seats.seat(queued.player, queued.name)
                self.world.emit(Joined(queued.player, queued.name))
                self._hook("join", queued.player)
            case "leave":
                self._hook("leave", queued.player)
                player = self.world.seats.unseat(queued.player)
                self.inputs.forget(queued.player)
                self.world.emit(Left(queued.player, player.name))
            case "drop":
                self.world.player(queued.player).connected = False
                self.inputs.release(queued.player)
                self.world.emit(Dropped(queued.player))
                self._hook("drop", queued.player)
            case "return":
                self.world.player(queued.player).connected = True
                self.world.emit(Returned(queued.player))
                self._hook("return", queued.player)

    def _apply_command(self, queued: _Queued, result: StepResult) -> None:
        if queued.player not in self.world.seats:
            return  # the player left before the tick began, and takes its commands along
        handler = self.game.commands[queued.name].handler
        try:
            handler(self.world, queued.player, queued.body)
        except Refused as refused:
            result.refusals.append(Refusal(queued.player, queued.id, refused.reason))
        except Exception as error:
            raise SystemFailed(f"command {queued.name}", error) from error

    def _hook(self, hook: str, player: int) -> None:
        for function in self.game.hooks[hook]:
            self._run(f"on({hook}) {function.__name__}", function, self.world, player)
