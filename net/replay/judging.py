"""A report of a divergence beside the match of its journal: which side the game's own engine is on."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ecs.first_difference import Difference
from net.hosted import HostedGame
from net.journal.errors import JournalError
from net.journal.reader import JournalReader
from net.lockstep.differing import difference_of
from net.lockstep.dumps import DumpUnreadable, pack_dump
from net.lockstep.inquest import Report
from net.lockstep.match_run import MatchRun
from net.protocol import Master
from net.replay.lockstep import masters_of

NEVER = 2**32
"""No checksum but the last is looked at."""


@dataclass(slots=True)
class Judgement:
    """What the engine came to in the generation of a report."""

    checksum: int
    right: list[int]
    """Players whose checksum is the engine's."""
    wrong: list[int]
    differences: dict[int, Difference | None] = field(default_factory=dict)
    """By player, of whom there is a dump: the first value that differs; ours is the engine's. None: nothing does."""
    unreadable: dict[int, str] = field(default_factory=dict)
    """Why a player's dump cannot be compared."""


def judge_by_journal(report: Report, reader: JournalReader, hosted: HostedGame, end: int) -> Judgement | None:
    """Run the match of the report from its journal; None where the journal does not have that generation of it.

    Raises JournalError, and START_ERRORS where the engine does not begin.
    """
    masters = (master for _, master in masters_of(reader, hosted, end, report.seed, report.setup))
    return judge(report, hosted, masters)


def judge_by_report(report: Report, hosted: HostedGame) -> Judgement | None:
    """The same from the generations in the report; None where they do not go back to the first. Raises likewise."""
    turns = sorted(report.turns, key=lambda turn: turn.generation)
    masters = (
        Master(turn.generation, turn.iterations, turn.iteration_ms, turn.bodies, -1, 0) for turn in turns
    )
    return judge(report, hosted, masters) if turns and turns[0].generation == 0 else None


def judge(report: Report, hosted: HostedGame, masters: Iterable[Master]) -> Judgement | None:
    """Run a match from its first generation to the one of the report."""
    run = MatchRun(hosted.game, report.seed, report.setup, NEVER)
    try:
        for master in masters:
            reason = run.run(master)
            if run.generation != master.generation:
                raise JournalError(reason)
            if run.generation == report.generation:
                return _judged(report, run)
    finally:
        run.close()
    return None


def _judged(report: Report, run: MatchRun) -> Judgement:
    own = run.engine.checksum()
    sides = report.checksums.items()
    judgement = Judgement(
        own,
        right=sorted(player for player, checksum in sides if checksum == own),
        wrong=sorted(player for player, checksum in sides if checksum != own),
    )
    dump = pack_dump(run.engine.dump())
    for player, packed in sorted(report.dumps.items()):
        try:
            judgement.differences[player] = difference_of(dump, packed)
        except DumpUnreadable as error:
            judgement.unreadable[player] = str(error)
    return judgement
