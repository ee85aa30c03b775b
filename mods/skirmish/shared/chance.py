"""Chance of the game's own: xorshift32 (Marsaglia 2003), which is the same four lines in any language."""

from dataclasses import dataclass

MASK = 0xFFFF_FFFF


@dataclass(slots=True)
class Chance:
    """A resource; `state` is never 0."""

    state: int = 1

    def seed(self, seed: int) -> None:
        """Start from a room's seed, of which all bits count."""
        self.state = ((seed ^ (seed // (MASK + 1))) * 2_654_435_769 & MASK) or 1
        for _ in range(8):
            self.below(2)

    def below(self, end: int) -> int:
        """A number from 0 to end - 1; `end` is small."""
        state = self.state
        state ^= state << 13 & MASK
        state ^= state >> 17
        state ^= state << 5 & MASK
        self.state = state
        return (state >> 8) % end
