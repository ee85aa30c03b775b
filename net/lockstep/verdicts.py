"""Who has computed what, and who is right.

    hear(who, generation, checksum)... -> judge(voters) -> a Verdict when two differ
    confirmed: the last generation on which all who were asked agree

Players vote; viewers and those who still catch up are measured by what was confirmed. A checksum is compared only for a
generation that has been told to everybody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

REFEREE = -1
"""Stands for the server's own engine, where one runs: it is right."""
KEPT = 1_024
"""Confirmed checksums that late ones are compared with: 100 s at 10 generations a second."""
MAX_OPEN = 256
"""Generations that are not confirmed yet; of the oldest one no more is expected then."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two differ about `generation`. `checksum` is the right one; None: nobody is right."""

    generation: int
    confirmed: int
    """The last generation before on which all agreed; -1: none, so that a re-run begins with the match."""
    checksum: int | None
    right: tuple[int, ...]
    wrong: tuple[int, ...]
    """Empty where nobody is right."""
    checksums: Mapping[int, int] = field(default_factory=dict)
    """What each one said."""


class Verdicts:
    """The checksums of one match."""

    def __init__(self, confirmed: int = -1, checksum: int = 0) -> None:
        """`checksum` is that of the generation `confirmed`, where one was confirmed before (-1: none)."""
        self.confirmed = confirmed
        self.referee = False
        """Whether a referee runs: where two differ its word is waited for."""
        self._overruled: Verdict | None = None
        self._open: dict[int, dict[int, int]] = {}
        """Of generations after `confirmed`: who said what."""
        self._differing: set[int] = set()
        """Those of them about which any two have said something else."""
        self._right: dict[int, int] = {confirmed: checksum} if confirmed >= 0 else {}
        """Confirmed checksums by generation, the oldest first."""
        self._told: dict[int, int] = {}
        """The last generation of which each one has said anything."""
        self._put_right_at: dict[int, int] = {}
        """Of who was put right: the last generation that was told before. What it says of those may have been on its way."""
        self.unproven: set[int] = set()
        """Who was to be put right, and has not agreed with the others since."""
        self.astray: set[int] = set()
        """Who had said otherwise about what was then confirmed without them: viewers, and who catches up."""

    @property
    def checksum(self) -> int:
        """Of the generation `confirmed`; 0 where nothing is."""
        return self._right.get(self.confirmed, 0)

    def hear(self, who: int, generation: int, checksum: int) -> int | None:
        """A checksum has come. Where that generation is confirmed already: what would have been right, if this is not."""
        if generation <= self._put_right_at.get(who, -1):
            return None
        if generation > self.confirmed:
            if len(self._open) >= MAX_OPEN and generation not in self._open:
                return None
            if generation > self._told.get(who, -1):
                self._told[who] = generation
            said = self._open.get(generation)
            if said is None:
                self._open[generation] = {who: checksum}
                return None
            if said.setdefault(who, checksum) != next(iter(said.values())):
                self._differing.add(generation)
            return None
        right = self._right.get(generation, checksum)
        if right != checksum and who == REFEREE and self._overruled is None:
            before = max((each for each in self._right if each < generation), default=-1)
            self._overruled = Verdict(generation, before, checksum, (), (), {REFEREE: checksum})
        return None if right == checksum else right

    def forget(self, who: int) -> None:
        """Nothing more is expected of this one, nor compared. Idempotent."""
        self._told.pop(who, None)
        self._put_right_at.pop(who, None)
        self.unproven.discard(who)
        for said in self._open.values():
            said.pop(who, None)

    def agree(self, voters: Collection[int]) -> bool:
        """Confirm what nobody has contradicted and all voters have said: True where nothing else is open, as nearly always."""
        if self._overruled is not None or self._differing:
            return False
        while self._open:
            generation = min(self._open)
            said = self._open[generation]
            if not said or len(said) != len(voters):
                return False
            for who in voters:
                if who not in said:
                    return False
            self._confirm(generation, next(iter(said.values())))
        return True

    def judge(self, voters: Collection[int], *, patient: bool = True) -> Verdict | None:
        """Confirm what all voters agree on; the verdict on the first generation on which they do not, as soon as there is one.

        With `patient` it is waited for who has not said anything yet and could still make a majority.
        """
        if self._overruled is not None:
            return self._overrule(self._overruled, voters)
        for generation in sorted(self._open):
            said = {
                who: value for who, value in self._open[generation].items() if who in voters or who == REFEREE
            }
            if len(set(said.values())) > 1:
                return self._verdict(generation, said, voters, patient=patient)
            if not self._is_whole(generation, voters):
                return None
            if REFEREE in said or 2 * len(said) > len(voters):
                self._confirm(generation, next(iter(said.values())))
            else:
                del self._open[generation]
                self._differing.discard(generation)
        return None

    def disagree(self, voters: Collection[int]) -> bool:
        """Whether two voters differ about anything that is not confirmed, or the referee about what is."""
        if self._overruled is not None:
            return True
        return any(len(_of(self._open[generation], voters)) > 1 for generation in self._differing)

    def settle(self, generation: int, checksum: int, told: int) -> list[int]:
        """`checksum` is what counts for this generation. Who had said otherwise: they are put right, and heard again from the
        generations on that are told after `told`, the last one."""
        said = self._open.get(generation, {})
        others = sorted(who for who, value in said.items() if value != checksum)
        self._confirm(generation, checksum)
        self.astray -= set(others)
        for who in others:
            self.put_right(who, max(generation, told))
        return others

    def put_right(self, who: int, told: int) -> None:
        """This one is given the right state: what it says of generations up to `told`, the last one, may be of the wrong one."""
        self.forget(who)
        self._told[who] = self._put_right_at[who] = told
        self.unproven.add(who)

    def _overrule(self, found: Verdict, voters: Collection[int]) -> Verdict:
        """The referee came later than what all had agreed on, and to something else: all of them are wrong."""
        self._overruled = None
        agreed = dict.fromkeys(sorted(voters), self._right[found.generation])
        return replace(found, wrong=tuple(agreed), checksums={**agreed, **found.checksums})

    def _may_change(
        self, generation: int, said: Mapping[int, int], voters: Collection[int], right: int | None
    ) -> bool:
        """Whether a word that has not come yet may decide, or is needed to say who is right and who is wrong."""
        if self.referee and REFEREE not in said:
            return True
        silent = any(self._told.get(who, -1) < generation for who in voters)
        return silent and (right is None or REFEREE in said)

    def _is_whole(self, generation: int, voters: Collection[int]) -> bool:
        """Whether nothing more is to be expected: all have said this or something later. Silence holds nobody up for ever."""
        newest = max(self._told.values(), default=-1)
        waited = all(self._told.get(who, -1) >= generation for who in voters)
        return waited or newest - generation > MAX_OPEN // 2

    def _confirm(self, generation: int, checksum: int) -> None:
        self.confirmed = generation
        self._right[generation] = checksum
        said = self._open.get(generation, {})
        if self.unproven:
            self.unproven -= {who for who in self.unproven if said.get(who) == checksum}
        if said and (generation in self._differing or next(iter(said.values())) != checksum):
            self.astray |= {who for who, value in said.items() if value != checksum and who != REFEREE}
        for older in list(self._open):
            if older <= generation:
                del self._open[older]
                self._differing.discard(older)
        while len(self._right) > KEPT:
            del self._right[next(iter(self._right))]

    def _verdict(
        self, generation: int, said: Mapping[int, int], voters: Collection[int], *, patient: bool
    ) -> Verdict | None:
        """None while who has not said anything may still decide."""
        players = {who: value for who, value in said.items() if who != REFEREE}
        right = said[REFEREE] if REFEREE in said else majority(players, len(voters))
        if patient and self._may_change(generation, said, voters, right):
            return None
        if right is None:
            return Verdict(generation, self.confirmed, None, (), (), dict(said))
        return Verdict(
            generation,
            self.confirmed,
            right,
            tuple(sorted(who for who, value in players.items() if value == right)),
            tuple(sorted(who for who, value in players.items() if value != right)),
            dict(said),
        )


def _of(said: Mapping[int, int], voters: Collection[int]) -> set[int]:
    return {value for who, value in said.items() if who in voters or who == REFEREE}


def majority(said: Mapping[int, int], voters: int) -> int | None:
    """What more than half of so many voters say; None: nothing."""
    counts: dict[int, int] = {}
    for value in said.values():
        counts[value] = counts.get(value, 0) + 1
    best = max(counts, key=lambda value: counts[value], default=None)
    return best if best is not None and 2 * counts[best] > voters else None
