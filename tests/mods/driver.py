"""Plays games through the Engine alone: no clock, no sockets, no server."""

import random
from collections.abc import Callable
from typing import Any, TypeVar

from systems.engine import Engine
from tickroom import Game, World

E = TypeVar("E")


class Table:
    """A room's engine, with verbs for tests: seat players, press keys, step, look."""

    def __init__(self, game: Game, seed: int = 1) -> None:
        self.game = game
        self.engine = Engine(game, seed)
        self.world: World = self.engine.world
        self.happened: list[Any] = []
        self.saves: dict[int, bytes] = {}
        """What a store would have of each player."""
        self._held: dict[int, tuple[str, ...]] = {}
        self._axes: dict[int, dict[str, float]] = {}

    def seat(self, player: int, name: str = "", saved: bytes = b"") -> None:
        """A player joins, at the next step."""
        self.engine.join(player, name or f"player {player}", saved)

    def hold(self, player: int, *keys: str, **axes: float) -> None:
        """From the next step on the player holds exactly these keys and axes."""
        self._held[player], self._axes[player] = keys, axes

    def forget(self, player: int) -> None:
        """No more input comes from the player."""
        del self._held[player], self._axes[player]

    def step(self, ticks: int = 1) -> list[Any]:
        """Advance some ticks; returns the events of these ticks."""
        before = len(self.happened)
        for _ in range(ticks):
            for player in self._held:
                self.engine.inputs.enqueue(player, self.world.tick + 1, *self._state(player))
            result = self.engine.step()
            self.saves.update({save.player: save.data for save in result.saves})
            self.happened += [delivery.event for delivery in result.events.deliveries]
        return self.happened[before:]

    def step_until(self, condition: Callable[[], object], most: int = 1000) -> int:
        """Advance until the condition holds; returns how many ticks that took. Fails after `most`."""
        for ticks in range(most):
            if condition():
                return ticks
            self.step()
        raise AssertionError(f"it did not happen within {most} ticks")

    def saw(self, event: type[E]) -> list[E]:
        """Every event of a type that has happened so far."""
        return [happened for happened in self.happened if isinstance(happened, event)]

    def _state(self, player: int) -> tuple[int, int, tuple[float, ...]]:
        inputs, axes = self.game.inputs, self._axes[player]
        held = sum(1 << inputs.keys.index(key) for key in self._held[player])
        return held, 0, tuple(axes.get(axis, 0.0) for axis in inputs.axes)


class Fidgeter:
    """A player who presses random keys for random times; the same seed presses the same."""

    def __init__(self, game: Game, seed: int) -> None:
        self._inputs = game.inputs
        self._random = random.Random(seed)
        self._until = 0
        self._held = 0
        self._axes: tuple[float, ...] = ()

    def state(self, tick: int) -> tuple[int, int, tuple[float, ...]]:
        """What the player holds and aims at in this tick."""
        if tick >= self._until:
            self._until = tick + self._random.randrange(3, 25)
            self._held = self._random.getrandbits(len(self._inputs.keys) or 1)
            self._axes = tuple(round(self._random.uniform(-1.0, 1.0), 3) for _ in self._inputs.axes)
        return self._held, 0, self._axes
