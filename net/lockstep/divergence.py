"""The comparing side of a match: from a checksum that differs to what the room does about it. Time is a parameter, in ms.

quiet -> disagreed (the room halts) -> an Inquest, once it is clear who is right or that nobody is -> a Conclusion
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from net.lockstep.inquest import Inquest, Report
from net.lockstep.settings import DesyncPolicy, LockstepSettings
from net.lockstep.verdicts import REFEREE, Verdict, Verdicts

DECIDE_AFTER = 10_000.0
"""How long checksums of others are waited for, that could make a majority, and the referee's, where one runs: the match stands
still, and a line may too, for seconds. Then it goes as without."""
MAX_RESYNCS = 3
"""So often one player is put right in a match."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows from an inquest: `act` is `halt`, `resync` or `drop` of `wrong`."""

    act: DesyncPolicy
    wrong: list[int]
    state: bytes = b""
    """The right state after `generation`, packed, for those who are to be put right; empty: they compute the match again."""
    generation: int = -1
    dropped: tuple[int, ...] = ()
    """Who of `wrong` has been put right too often, and is put out."""


class Divergence:
    """Watches the checksums of one match."""

    def __init__(
        self,
        rules: LockstepSettings,
        confirmed: int = -1,
        checksum: int = 0,
        resyncs: Mapping[int, int] | None = None,
    ) -> None:
        """`confirmed` and its `checksum`, and how often who was put right (`resyncs`), are of a match that goes on."""
        self.verdicts = Verdicts(confirmed, checksum)
        self.inquest: Inquest | None = None
        self.halted = False
        """Whether the match cannot go on."""
        self._policy = rules.desync
        self._again = rules.diverges_again
        self._disagreed_at: float | None = None
        self._resyncs = dict(resyncs or {})

    @property
    def is_open(self) -> bool:
        """Whether something differs that nothing has been done about."""
        return self._disagreed_at is not None or self.halted

    def look(self, voters: Collection[int], now: float) -> Verdict | None:
        """Compare what has come. The verdict, once, when there is one."""
        if self.inquest is not None or self.halted:
            return None
        if self._disagreed_at is None and self.verdicts.agree(voters):
            return None
        if self._disagreed_at is None and self.verdicts.disagree(voters):
            self._disagreed_at = now
        patient = True
        if self._disagreed_at is not None:
            patient = now - self._disagreed_at < DECIDE_AFTER
        verdict = self.verdicts.judge(voters, patient=patient)
        if verdict is None and self._disagreed_at is not None and not self.verdicts.disagree(voters):
            self._disagreed_at = None  # who differed has left
        return verdict

    def inquire(self, verdict: Verdict, connected: Collection[int], now: float) -> Inquest:
        """Everybody who said anything, and is there, is asked; so is the referee."""
        there = {*connected, REFEREE} if self.verdicts.referee else {*connected}
        self.inquest = Inquest(verdict, [who for who in verdict.checksums if who in there], now)
        return self.inquest

    def gone(self, who: int) -> None:
        """This one has no part in the match any more. Idempotent."""
        self.verdicts.forget(who)
        if self.inquest is not None:
            self.inquest.gone(who)

    def conclude(self, inquest: Inquest, told: int) -> Conclusion:
        """What the room's policy makes of an inquest that is over. `told` is the last generation that was told."""
        self.inquest, self._disagreed_at = None, None
        verdict = inquest.verdict
        wrong = list(verdict.wrong)
        if not verdict.right or not wrong or verdict.checksum is None or self._policy == "halt":
            self.halted = True
            return Conclusion("halt", inquest.wrong())
        if self._policy == "resync":
            return self._resync(inquest, verdict.checksum, wrong, told)
        self.verdicts.settle(verdict.generation, verdict.checksum, told)
        for who in wrong:
            self.verdicts.forget(who)
        return Conclusion("drop", wrong)

    def _resync(self, inquest: Inquest, checksum: int, wrong: list[int], told: int) -> Conclusion:
        for who in wrong:
            self._resyncs[who] = self._resyncs.get(who, 0) + 1
        dropped = tuple(who for who in wrong if self._resyncs[who] > MAX_RESYNCS)
        if dropped and self._again == "halt":
            self.halted = True
            return Conclusion("halt", inquest.wrong())
        state = inquest.dump_of(REFEREE) or _most_common(
            inquest.dump_of(who) for who in inquest.verdict.right
        )
        generation = inquest.verdict.generation
        self.verdicts.settle(generation, checksum, told)
        for who in dropped:
            self.verdicts.forget(who)
        return Conclusion("resync", wrong, state or b"", generation, dropped)


def _most_common(dumps: Iterable[bytes | None]) -> bytes | None:
    """The state that most of the right ones sent, else the first: one of them may have a right checksum and send anything."""
    counted = Counter(dump for dump in dumps if dump)
    return counted.most_common(1)[0][0] if counted else None


def told(report: Report, names: Mapping[int, str]) -> str:
    """A sentence for everybody in the room."""
    wrong = report.wrong or report.suspects
    who = " and ".join(names.get(player, f"player {player}") for player in wrong)
    if report.wrong:
        others = "the others'" if report.referee is None else "the referee's"
        begin = f"In generation {report.generation} the game of {who} is another one than {others}"
    elif wrong:
        begin = (
            f"In generation {report.generation} the games differ, and that of {who} does not come out again"
        )
    else:
        begin = f"In generation {report.generation} the games differ, and nobody is known to be right"
    return f"{begin}: {report.difference}."[:500]
