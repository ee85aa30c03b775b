"""Who makes room when something bounded is full: the address that holds the most of it, before a newcomer is refused."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar


class Addressed(Protocol):
    """Something that somebody holds from an address."""

    @property
    def address(self) -> str:
        """Where its holder comes from; empty where that is not known."""


Held = TypeVar("Held", bound=Addressed)


def who_makes_room(held: Sequence[Held], newcomer: str) -> Held | None:
    """The oldest of what the greediest address holds, or None when it has hardly more than the newcomer.

    `held` is in order of age, the oldest first. So no address can keep all others out, and a newcomer takes nothing
    from one who holds as little as it would hold itself.
    """
    counts = _counts(held)
    if not counts:
        return None
    greediest = max(counts, key=lambda address: counts[address])
    if counts[greediest] <= counts.get(newcomer, 0) + 1:
        return None
    return next(each for each in held if each.address == greediest)


def _counts(held: Iterable[Addressed]) -> Counter[str]:
    return Counter(each.address for each in held)
