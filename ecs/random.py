"""Seeded random numbers that are the same on every runtime, and whose state is in the snapshot."""

import random
import struct
from collections.abc import Callable, MutableSequence, Sequence
from typing import Any, NoReturn, TypeVar

from ecs.errors import WorldError

T = TypeVar("T")
_WORDS = struct.Struct("<625I")
_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


class Random:
    """Verbs for random numbers, all made of one source of floats in [0, 1).

    `random.Random.choice`, `randrange` and `shuffle` are not promised to stay the same between versions; these are.
    """

    __slots__ = ("random",)

    def __init__(self, random: Callable[[], float]) -> None:
        self.random = random
        """A float in [0, 1)."""

    def uniform(self, low: float, high: float) -> float:
        """A float between `low` and `high`."""
        return low + (high - low) * self.random()

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included; at most 2**53 values."""
        if high < low:
            raise ValueError(f"integer() needs low <= high, got {low} and {high}")
        return low + int(self.random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def choice(self, items: Sequence[T]) -> T:
        """One of the items, each as likely."""
        if not items:
            raise ValueError("choice() needs at least one item")
        return items[int(self.random() * len(items))]

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """Put the items in a random order, in place (Fisher-Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = int(self.random() * (last + 1))
            items[last], items[other] = items[other], items[last]


class SeededRandom(Random):
    """The Mersenne Twister, whose `random()` Python documents as stable between versions. 0.03 µs a number."""

    __slots__ = ("_source",)

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)
        super().__init__(self._source.random)

    def save(self) -> bytes:
        """The generator's whole state, 2,500 bytes."""
        return _WORDS.pack(*self._source.getstate()[1])

    def load(self, state: bytes) -> None:
        """Continue from a state that `save` gave. Raises ValueError for anything else."""
        if len(state) != _WORDS.size:
            raise ValueError(f"a random state has {_WORDS.size} bytes, not {len(state)}")
        words = _WORDS.unpack(state)
        if words[624] > 624:
            raise ValueError("the random state is damaged")
        self._source.setstate((3, words, None))


class ServersRandom(SeededRandom):
    """What `world.random` is on the client of an authoritative room: only the server's numbers count."""

    __slots__ = ()

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.random = _refuse


def _refuse() -> NoReturn:
    raise WorldError(
        "world.random is the server's: a client cannot know its numbers. A predicted system uses "
        "world.predicted_random(player, world.input(player).tick), or leaves it to the server: world.ask(...)"
    )


class BriefRandom(Random):
    """splitmix64 (Steele, Lea, Flood 2014): made in an instant, for a few numbers from one seed. 0.4 µs a number."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK
        super().__init__(self._draw)

    def _draw(self) -> float:
        self._state = (self._state + _GAMMA) & _MASK
        return (_finalised(self._state) >> 11) * 2.0**-53


def mix(*parts: int) -> int:
    """A 64-bit seed of several integers: splitmix64's finaliser folded over them."""
    state = 0
    for part in parts:
        state = _finalised((state + part + _GAMMA) & _MASK)
    return state


def _finalised(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
