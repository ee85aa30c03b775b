"""After two clients differ: everybody's state is asked for, and a report says who, when and what first.

Where a majority or the referee is right, the others are wrong. Where nobody is right, each one computes the generation again,
from the last one on which all agreed; who does not come to its own checksum again is suspect: its state was changed by
something else than the master packets.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct

from net.errors import RemoteProtocolError
from net.lockstep.differing import difference_of
from net.lockstep.dumps import DumpUnreadable, Parts
from net.lockstep.verdicts import REFEREE, Verdict
from net.protocol import CloseReason

DEADLINE = 10_000.0
"""How long the next part of an answer is waited for (ms)."""
LONGEST = 40_000.0
"""And all of them: a dump of 1 MB comes in 26 s."""
NO_DUMP = "there is nothing to compare: too few dumps came"
NOTHING_DIFFERS = "the dumps do not differ: the checksums do"


class ReportedTurn(Struct, frozen=True):
    """A generation before the divergence: what was commanded."""

    generation: int
    iterations: int
    iteration_ms: int
    bodies: list[tuple[int, bytes]]


class Report(Struct, frozen=True):
    """What is known of one divergence. Players are numbers; `names` says theirs."""

    room_id: str
    game: str
    fingerprint: str
    seed: int
    setup: dict[str, Any]
    generation: int
    confirmed: int
    """The last generation on which all agreed; -1: none."""
    checksums: dict[int, int]
    right: list[int]
    wrong: list[int]
    suspects: list[int]
    """Who did not come to the same checksum again."""
    reruns: dict[int, int]
    compared: list[int]
    """Whose dumps `difference` is about: that of the one who is right (or not suspect) first."""
    difference: str
    entity: int | None
    component: str
    field: str
    turns: list[ReportedTurn]
    names: dict[int, str]
    dumps: dict[int, bytes]
    """MessagePack packed by zlib."""
    referee: int | None = None
    """The checksum of the server's own engine, where one had run so far. Its dump has the player REFEREE."""


class Inquest:
    """One divergence, from the verdict to the report."""

    def __init__(self, verdict: Verdict, asked: Collection[int], now: float) -> None:
        """`asked` are all who are to answer."""
        self.verdict = verdict
        self.needs_rerun = verdict.checksum is None
        self._dumps = {who: Parts() for who in sorted(asked)}
        self._reruns: dict[int, int] = {}
        self._without: set[int] = set()
        """Who has said that there is no dump to come."""
        self._deadline, self._latest = now + DEADLINE, now + LONGEST

    @property
    def asked(self) -> list[int]:
        """Who is to answer."""
        return list(self._dumps)

    def part(self, who: int, generation: int, place: int, count: int, data: bytes, now: float) -> None:
        """A part of somebody's dump has come; a `count` of 0: there is none. Raises RemoteProtocolError."""
        if generation < self.verdict.generation:
            return  # of an earlier divergence: it was on its way
        parts = self._dumps.get(who)
        if parts is None or generation != self.verdict.generation:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "A state dump came that was not asked for.")
        if count == 0 and place == 0 and not data:
            self._without.add(who)
        else:
            parts.add(place, count, data)
        self._deadline = max(self._deadline, min(now + DEADLINE, self._latest))

    def state(self, who: int, generation: int, packed: bytes) -> None:
        """Somebody's whole dump has come; no bytes: there is none."""
        if who in self._dumps and generation == self.verdict.generation:
            self._dumps[who].packed = packed or None
            if not packed:
                self.gone(who)

    def rerun(self, who: int, generation: int, checksum: int) -> None:
        """Somebody has computed the generation again. The first answer counts. Raises RemoteProtocolError."""
        if generation < self.verdict.generation:
            return  # likewise
        if who not in self._dumps or generation != self.verdict.generation or not self.needs_rerun:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "A re-run came that was not asked for.")
        self._reruns.setdefault(who, checksum)

    def gone(self, who: int) -> None:
        """Nothing more comes from this one. Idempotent."""
        self._dumps.pop(who, None)

    def is_over(self, now: float) -> bool:
        """Whether all have answered, or had the time to."""
        return now >= self._deadline or not any(map(self.lacks, self._dumps))

    def lacks(self, who: int) -> bool:
        """Whether anything is to come yet of one who was asked."""
        parts = self._dumps.get(who)
        if parts is None:
            return False
        has_dump = parts.packed is not None or who in self._without
        return not has_dump or (self.needs_rerun and who not in self._reruns)

    def dump_of(self, who: int) -> bytes | None:
        """Somebody's whole dump, packed."""
        parts = self._dumps.get(who)
        return parts.packed if parts is not None else None

    def suspects(self) -> list[int]:
        """Who computed again and came to something else."""
        said = self.verdict.checksums
        return sorted(who for who, checksum in self._reruns.items() if said.get(who, checksum) != checksum)

    def wrong(self) -> list[int]:
        """Who is wrong: by the verdict, else the suspects where others are none."""
        if self.verdict.wrong:
            return list(self.verdict.wrong)
        suspects = self.suspects()
        sound = [who for who in self._reruns if who not in suspects]
        return suspects if sound else []

    def report(
        self,
        *,
        room_id: str,
        game: str,
        fingerprint: str,
        seed: int,
        setup: dict[str, Any],
        turns: Sequence[ReportedTurn],
        names: Mapping[int, str],
    ) -> Report:
        """All that is known. `turns` are the last generations before the divergence."""
        whole = {who: parts.packed for who, parts in self._dumps.items() if parts.packed is not None}
        compared, told, place = self._difference(whole)
        return Report(
            room_id=room_id,
            game=game,
            fingerprint=fingerprint,
            seed=seed,
            setup=setup,
            generation=self.verdict.generation,
            confirmed=self.verdict.confirmed,
            checksums={who: value for who, value in self.verdict.checksums.items() if who != REFEREE},
            right=list(self.verdict.right),
            wrong=list(self.verdict.wrong),
            suspects=self.suspects(),
            reruns=dict(self._reruns),
            compared=compared,
            difference=told,
            entity=place[0],
            component=place[1],
            field=place[2],
            turns=list(turns),
            names={who: names.get(who, "") for who in sorted(self.verdict.checksums) if who != REFEREE},
            dumps=whole,
            referee=self.verdict.checksums.get(REFEREE),
        )

    def _difference(self, whole: Mapping[int, bytes]) -> tuple[list[int], str, tuple[int | None, str, str]]:
        """Who was compared with whom, the sentence about it, and (entity, component, field)."""
        nowhere = (None, "", "")
        wrong = self.wrong()
        said = self.verdict.checksums
        sound = [who for who in whole if who not in wrong]
        others = [who for who in whole if who in wrong] or [
            who for who in sound if said.get(who) != said.get(sound[0])
        ]
        if not sound or not others:
            return [], NO_DUMP, nowhere
        pair = [sound[0], others[0]]
        try:
            found = difference_of(whole[pair[0]], whole[pair[1]])
        except DumpUnreadable as error:
            return pair, str(error), nowhere
        if found is None:
            return pair, NOTHING_DIFFERS, nowhere
        return pair, str(found), (found.entity, found.component, found.field)
