"""The Engine: one room's world, stepped through the pipeline tick by tick. It has no clock and no socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from msgspec import to_builtins

from ecs.errors import Refused, WorldError
from ecs.events import Dropped, Joined, Left, Returned
from ecs.game import Game
from ecs.snapshot import load, save
from ecs.tiles import ChunkChange
from ecs.values import TOLD, flaw_of
from ecs.world import World
from systems.events import EventBatch, EventDispatcher
from systems.input import InputDispatcher
from systems.physics import Motion, Physics
from systems.pipeline import pipeline
from systems.queue import Queue, Queued
from systems.saves import Save, SaveCuts

T = TypeVar("T")


class SystemFailed(Exception):
    """A game's system, command, hook or authority raised: `system` names it, `cause` is what it raised."""

    def __init__(self, system: str, cause: Exception) -> None:
        super().__init__(f"{system} raised {type(cause).__name__}: {cause}")
        self.system = system
        self.cause = cause


class Answered(NamedTuple):
    """What an rpc gave back, as plain values; `request_id` is the number the player gave it."""

    player: int
    request_id: int
    value: Any


class Refusal(NamedTuple):
    """A command or rpc that its handler refused; `command_id` is the number the player gave it."""

    player: int
    command_id: int
    reason: str


@dataclass(slots=True)
class StepResult:
    """What one tick gave: its events, the refused commands, the changed tiles, whether it is a keyframe, and ns a system
    where timed."""

    tick: int
    events: EventBatch
    refusals: list[Refusal] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    untold: list[Refusal] = field(default_factory=list)
    """Calls that have run, and whose answers nobody can be told: the game's mistake, which is the asker's alone."""
    tiles: tuple[ChunkChange, ...] = ()
    saves: list[Save] = field(default_factory=list)
    """Players' saved data for the store: all that changed since the last ones, or nothing in most ticks."""
    keyframe: bool = False
    timings: list[tuple[str, int]] = field(default_factory=list)

    @property
    def slowest(self) -> tuple[str, int] | None:
        """The slowest system and its nanoseconds; None when the engine was given no timer."""
        return max(self.timings, key=lambda timing: timing[1], default=None)


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
        self.inputs = InputDispatcher(self.world.idle_input, patience=game.tick_rate)
        self._queue = Queue(game)
        self._physics = Physics(self.world)
        self._saves = SaveCuts(self.world)
        self._dispatcher = EventDispatcher(game)
        self._timer = timer
        self._pipeline = pipeline(game, self._physics.step)
        for resource in (self.inputs, self._queue, self._physics):
            self.world.register(resource)
        self._create()

    # Between ticks --------------------------------------------------------------------------------------------------

    def join(self, player: int, name: str, saved: bytes = b"") -> None:
        """A player takes a seat at the next tick's start, with what the store has kept of it (nothing: a new player).

        Raises SaveUnreadable; WorldError for saved data in a game that declares none.
        """
        if saved:
            if self.world.saved_data is None:
                raise WorldError("the game has no saved data to join with")
            self.world.saved_data.declared.read(saved)
        self._queue.put(Queued("join", player, name, saved))

    def leave(self, player: int) -> None:
        """A player gives up the seat at the next tick's start."""
        self._queue.put(Queued("leave", player))

    def drop(self, player: int) -> None:
        """A player's connection was lost; the seat is kept. What it held goes up with the next tick."""
        self.inputs.release(player)
        self._queue.put(Queued("drop", player))

    def returned(self, player: int) -> None:
        """A player is connected again, or by another connection: its inputs count from now."""
        self.inputs.release(player)
        self._queue.put(Queued("return", player))

    def command(self, player: int, name: str, body: object, command_id: int = 0) -> None:
        """A player's command, decoded to the type that the game declared. Raises QueueFull; WorldError for another type."""
        self._queue.put(Queued("command", player, name, body, command_id))

    def rpc(self, player: int, name: str, body: object, request_id: int) -> None:
        """A player's call, decoded to the type that the game declared. Raises WorldError when it has none such."""
        self._queue.put(Queued("rpc", player, name, body, request_id))

    @property
    def is_full(self) -> bool:
        """Whether `command` and `rpc` raise QueueFull until the next tick."""
        return self._queue.is_full

    def canonicalise(self) -> None:
        """Make physics canonical now: an extra keyframe, which a journal has to say. At a tick that is one it changes nothing."""
        self._run("physics", self._physics.canonicalise)

    def save(self) -> bytes:
        """The whole room's state, from which `load` goes on bit for bit: an extra keyframe.

        Physics is made canonical now, in this engine too. At a tick that is a keyframe anyway that changes nothing; at
        any other it does, and a journal has to say so.
        """
        self.canonicalise()
        return save(self.world)

    def load(self, data: bytes) -> None:
        """Replace the room's state by a saved one of the same game. Raises SnapshotError."""
        load(self.world, data)
        self._saves.loaded()

    def saves(self) -> list[Save]:
        """The saved data of all players, as it is between two ticks. Raises SystemFailed."""
        return self._run("saved data", self._saves.everybody)

    # The tick -------------------------------------------------------------------------------------------------------

    def step(self) -> StepResult:
        """Advance exactly one tick and return what it gave."""
        world = self.world
        world.tick += 1
        result = StepResult(world.tick, EventBatch(), keyframe=world.tick % self.game.keyframe_interval == 0)
        for queued in self._queue.take():
            self._apply(queued, result)
        world.set_inputs(self.inputs.diff(world.tick))
        self._run_pipeline(result)
        result.events = self._dispatcher.collect(world.log.deliveries)
        result.saves = self._run("saved data", self._saves.take)
        if world.has_map:
            result.tiles = world.map.take_changes()
        world.end_tick()
        if world.history is not None:
            self._timed(result, "lag compensation", world.history.record, world)
        if result.keyframe:
            self._timed(result, "keyframe", self._physics.canonicalise)
        return result

    def motion(self) -> Motion:
        """The motion of all bodies that Chipmunk moves, in one block: what the components say now."""
        return self._physics.motion()

    def close(self) -> None:
        """Free the esper context and the Space. Doing it again changes nothing."""
        self.world.close()
        self._physics.close()

    # Inside ---------------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        try:
            for hook in self.game.hooks["create"]:
                self._run(f"on(create) {hook.__name__}", hook, self.world)
            self._run("physics", self._physics.canonicalise)
        except SystemFailed:
            self.close()  # nobody else can: the caller gets no engine
            raise

    def _run_pipeline(self, result: StepResult) -> None:
        world = self.world
        for name, system in self._pipeline:
            self._timed(result, name, system, world, world.dt)

    def _timed(self, result: StepResult, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        timer = self._timer
        if timer is None:
            self._run(name, function, *arguments)
            return
        started = timer()
        self._run(name, function, *arguments)
        result.timings.append((name, timer() - started))

    def _run(self, name: str, function: Callable[..., T], *arguments: Any) -> T:
        try:
            return function(*arguments)
        except Exception as error:
            raise SystemFailed(name, error) from error

    def _apply(self, queued: Queued, result: StepResult) -> None:
        world, player = self.world, queued.player
        match queued.verb:
            case "command" | "rpc":
                self._apply_call(queued, result)
            case "join":
                world.seats.seat(player, queued.name)
                self._run("saved data", self._saves.joined, player, queued.body or b"")
                world.emit(Joined(player, queued.name))
                self._hook("join", player)
            case "leave":
                self._hook("leave", player)
                self._run("saved data", self._saves.left, player)
                self.inputs.forget(player)
                world.emit(Left(player, world.seats.unseat(player).name))
            case "drop":
                world.player(player).connected = False
                world.emit(Dropped(player))
                self._hook("drop", player)
            case "return":
                world.player(player).connected = True
                world.emit(Returned(player))
                self._hook("return", player)

    def _apply_call(self, queued: Queued, result: StepResult) -> None:
        """A command, or an rpc, whose answer is noted."""
        if queued.player not in self.world.seats:
            return  # the player left before the tick began, and takes its commands along
        declared = self.game.commands if queued.verb == "command" else self.game.rpcs
        try:
            value = declared[queued.name].handler(self.world, queued.player, queued.body)
            if queued.verb == "rpc":
                self._answer(queued, to_builtins(value), result)
        except Refused as refused:
            result.refusals.append(Refusal(queued.player, queued.command_id, refused.reason))
        except Exception as error:
            raise SystemFailed(f"{queued.verb} {queued.name}", error) from error

    @staticmethod
    def _answer(queued: Queued, value: Any, result: StepResult) -> None:
        player, request_id = queued.player, queued.command_id
        flaw = flaw_of(value, TOLD)
        if flaw:
            reason = f"the game's answer to {queued.name!r} cannot be told: {flaw}"
            result.untold.append(Refusal(player, request_id, reason))
        else:
            result.answers.append(Answered(player, request_id, value))

    def _hook(self, hook: str, player: int) -> None:
        for function in self.game.hooks[hook]:
            self._run(f"on({hook}) {function.__name__}", function, self.world, player)
