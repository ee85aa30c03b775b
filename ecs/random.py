"""Seeded random numbers that are the same on every runtime, and whose state is in the snapshot."""

import random
import struct
from collections.abc import MutableSequence, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
_WORDS = struct.Struct("<625I")


class Random:
    """The Mersenne Twister's `random()`, which Python documents as stable between versions, and verbs made only of it.

    `random.Random.choice`, `randrange` and `shuffle` are not promised to stay; these are.
    """

    __slots__ = ("_source", "random")

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)
        self.random = self._source.random
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


_MASK = (1 << 64) - 1


def mix(*parts: int) -> int:
    """A 64-bit seed of several integers: splitmix64's finaliser (Steele, Lea, Flood 2014) folded over them."""
    state = 0
    for part in parts:
        state = (state + (part & _MASK) + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state
